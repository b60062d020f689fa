"""A service whose Telegram channels are real, on a bot that is played."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from notifier.domain.answer_links import AnswerLink, Deed, short_key
from notifier.domain.values import MilestoneName
from notifier.service import Service
from notifier.service.answer_desk import answer_key
from notifier.testing import shanghai_time
from tests.answering_world import answering_world, build_again, listen
from tests.peers.http import BOT_TOKEN
from tests.peers.telegram_bot import Posted, TelegramBot

CLOSE = MilestoneName.REGISTRATION_CLOSE
AT = shanghai_time("2024-11-14 17:00")
ZHANG, LI, GROUP = 111111111, 222222222, -1001234567890

_CONFIG = """
[channels.tg]
url = "tgram://{token}/{{to}}"
endpoint = "{endpoint}"
seconds_apart = 0
[channels.console]
url = "console://"
[operators]
channels = ["console"]
[people."张三"]
telegram_id = {zhang}
[[recipients]]
name = "张三"
channels = ["tg:{zhang}"]
rules = [{{ milestone = "registration_close", leads = ["1d", "3h"], urgent_from = "3h" }}]
[[recipients]]
name = "拓展组"
channels = ["tg:{group}"]
rules = [{{ milestone = "registration_close", leads = ["1d", "3h"], urgent_from = "3h" }}]
"""


class TelegramWorld:
    """A service whose Telegram channels are real, on a bot that is played."""

    def __init__(self, folder: Path, bot: TelegramBot, config: str = _CONFIG) -> None:
        text = config.format(token=BOT_TOKEN, endpoint=bot.peer.url, zhang=ZHANG, group=GROUP)
        self.bot = bot
        self.world = answering_world(folder, text, "tg")

    def build(self) -> None:
        build_again(self.world)

    def post(self, chat: int) -> Posted:
        """The latest message of a chat."""
        return [message for message in self.bot.posted if message.chat == chat][-1]

    @property
    def service(self) -> Service:
        return self.world.service

    def listen(self) -> None:
        listen(self.world)

    def press(self, chat: int, words: str, by: int) -> str:
        """Press a button and take it; return the words of the answer."""
        message = self.post(chat)
        number = self.bot.press(message, message.key(words), by)
        self.listen()
        return self.bot.answer_to(number)

    def press_key(self, key: str, chat: int = ZHANG, by: int = ZHANG) -> str:
        number = self.bot.press(self.post(chat), key, by)
        self.listen()
        return self.bot.answer_to(number)

    def states(self) -> set[str]:
        now = self.world.clock.now()
        lines = self.world.ledger.views.agenda(now, now + timedelta(days=99))
        return {line.state for line in lines}

    def answers(self) -> list[tuple[str, str]]:
        (line,) = self.world.ledger.board.lines()
        return [(name, answer.by) for name, answer in line.answers.items()]

    def key(self, deed: Deed = Deed.DONE, **other: object) -> str:
        (offer,) = self.world.ledger.parcels.all()
        values = {
            "deed": deed,
            "recipient": "张三",
            "parcel_id": offer.id,
            "milestone": CLOSE,
            "at": AT,
            **other,
        }
        secret = answer_key(self.world.settings.ledger.parent)
        return short_key(secret, AnswerLink(**values))  # type: ignore[arg-type]
