"""A service whose Feishu application is real, on a server that is played."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from notifier.channels.feishu_line import line_of
from notifier.service import Service
from tests.answering_world import answering_world, listen
from tests.peers.feishu_server import APP_ID, SECRET, FeishuServer, Posted, Table

GROUP, ZHANG, LI = "oc_0123456789abcdef", "ou_zhang0001", "ou_li0002"

_CONFIG = """
[channels.feishu]
type = "feishu-app"
app_id = "{app_id}"
secret = "{secret}"
to = "{{to}}"
endpoint = "{endpoint}"
seconds_apart = 0
[channels.console]
url = "console://"
[operators]
channels = ["console"]
[people."张三"]
feishu_id = "{zhang}"
[[recipients]]
name = "张三"
channels = ["feishu:{zhang}"]
rules = [{{ milestone = "registration_close", leads = ["1d", "3h"], urgent_from = "3h" }}]
[[recipients]]
name = "拓展组"
channels = ["feishu:{group}"]
rules = [{{ milestone = "registration_close", leads = ["1d", "3h"], urgent_from = "3h" }}]
"""


class FeishuWorld:
    def __init__(self, folder: Path, server: FeishuServer, more: str = "") -> None:
        text = more + _CONFIG.format(
            app_id=APP_ID, secret=SECRET, endpoint=server.url, zhang=ZHANG, group=GROUP
        )
        self.server = server
        self.world = answering_world(folder, text, "feishu")

    def card(self, chat: str) -> Posted:
        return [message for message in self.server.cards if message.to == chat][-1]

    @property
    def service(self) -> Service:
        return self.world.service

    def listen(self) -> None:
        listen(self.world)

    def open_line(self) -> None:
        """Open the connection, on which nothing has come in yet, as both sides see it."""
        line_of(self.server.url, APP_ID, SECRET).next_event(0)
        self.server.wait_until(lambda: self.server.is_open)

    def press(self, chat: str, words: str, by: str, *, number: str = "") -> Table:
        """Press a button and take it; return what was shown."""
        card = self.card(chat)
        return self.press_value(card, card.value(words), by, number=number)

    def press_value(self, card: Posted, value: object, by: str, *, number: str = "") -> Table:
        self.open_line()
        press = self.server.press(card, value, by, number)
        self.listen()
        return self.server.shown_for(press)

    def correct(self) -> None:
        """Set right what is to be set right by now."""
        (account,) = self.service.listening.accounts()
        for _ in range(5):
            self.service.corrections.step(account, self.world.clock.now())

    def states(self) -> set[str]:
        now = self.world.clock.now()
        return {line.state for line in self.world.ledger.views.agenda(now, now + timedelta(days=9))}
