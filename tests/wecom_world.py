"""A service whose WeCom robot is real, on a server that is played."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from notifier.service import Service
from tests.answering_world import answering_world, listen
from tests.peers.wecom_server import BOT_ID, SECRET, Frame, Sent, WecomServer

GROUP = "wrOgQhDgAAMYQiS5ol9G7gK9JVAAAA"

_CONFIG = """
[channels.wecom]
type = "wecom-bot"
bot_id = "{bot_id}"
secret = "{secret}"
to = "{{to}}"
endpoint = "{endpoint}"
[channels.console]
url = "console://"
[operators]
channels = ["console"]
[people."张三"]
wecom_id = "ZhangSan"
[[recipients]]
name = "张三"
channels = ["wecom:@zhangsan"]
rules = [{{ milestone = "registration_close", leads = ["1d", "3h"], urgent_from = "3h" }}]
[[recipients]]
name = "拓展组"
channels = ["wecom:{group}"]
rules = [{{ milestone = "registration_close", leads = ["1d", "3h"], urgent_from = "3h" }}]
"""


class WecomWorld:
    def __init__(self, folder: Path, server: WecomServer, more: str = "") -> None:
        text = more + _CONFIG.format(bot_id=BOT_ID, secret=SECRET, endpoint=server.url, group=GROUP)
        self.server = server
        self.world = answering_world(folder, text, "wecom")

    def card(self, chat: str) -> Sent:
        return [message for message in self.server.cards if message.chat == chat][-1]

    @property
    def service(self) -> Service:
        return self.world.service

    def listen(self) -> None:
        listen(self.world)

    def press(self, chat: str, words: str, by: str) -> Frame:
        card = self.card(chat)
        number = self.server.press(card, card.key(words), by)
        self.listen()
        return self.server.update_of(number)

    def states(self) -> set[str]:
        now = self.world.clock.now()
        return {line.state for line in self.world.ledger.views.agenda(now, now + timedelta(days=9))}
