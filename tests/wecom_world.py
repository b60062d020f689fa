"""A service whose WeCom robot is real, on a server that is played."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from notifier import app
from notifier.testing import a_notice, a_parcel, shanghai_time
from tests.peers.wecom_server import BOT_ID, SECRET, Frame, Sent, WecomServer
from tests.services import World

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
        self.world = World(folder, text, shanghai_time("2024-11-13 09:00"))
        self.world.channels["wecom"] = app.open_channels(self.world.settings)["wecom"]  # type: ignore[assignment]
        self.service = app.build(
            self.world.settings,
            self.world.ledger,
            self.world.clock,
            channels=self.world.channels,
            links=app.answer_links(self.world.settings),
        )
        self.world.service = self.service
        self.world.save(
            a_notice(parcels=(a_parcel(milestones={"registration_close": "2024-11-14 17:00"}),))
        )
        self.world.work()  # the news
        self.world.clock.set(shanghai_time("2024-11-13 17:00"))
        self.world.work()

    def card(self, chat: str) -> Sent:
        return [message for message in self.server.cards if message.chat == chat][-1]

    def listen(self) -> None:
        (account,) = self.service.listening.accounts()
        self.service.listening.step(account, self.world.clock.now())

    def press(self, chat: str, words: str, by: str) -> Frame:
        card = self.card(chat)
        number = self.server.press(card, card.key(words), by)
        self.listen()
        return self.server.update_of(number)

    def states(self) -> set[str]:
        now = self.world.clock.now()
        return {line.state for line in self.world.ledger.views.agenda(now, now + timedelta(days=9))}
