"""A service on a real ledger, with a clock moved by hand and channels that record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from notifier import app
from notifier.config import Settings, load_settings
from notifier.domain.values import Notice
from notifier.intake.child import FileReader
from notifier.intake.inbox import Inbox
from notifier.ledger import open_ledger
from notifier.service import LONGEST_WAIT, Service, TakenIn, Tried
from notifier.testing import FakeChannel, ManualClock

CONSOLE = '[channels.console]\nurl = "console://"\n'
TEAM = '[[recipients]]\nname = "team"\nchannels = ["console"]\n'
RULES = 'rules = [{ milestone = "registration_close", leads = ["1d", "3h"], urgent_from = "3h" }]\n'
READER = FileReader()
"""One for all: its child is warm after the first file."""

_MOST_LOOKS = 120  # of two seconds each
ONE_TEAM = CONSOLE + TEAM + RULES


def settings_of(folder: Path, text: str) -> Settings:
    """The settings of a config with that text, in `folder`."""
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    return load_settings(file)


class World:
    """One recipient's whole world: config text in, what its channels were given out."""

    def __init__(
        self,
        folder: Path,
        text: str,
        now: datetime,
        *,
        on_tried: Callable[[Tried], None] | None = None,
        longest_wait: timedelta = LONGEST_WAIT,
    ) -> None:
        self.on_tried = on_tried
        self.longest_wait = longest_wait
        self.folder = folder
        self.clock = ManualClock(now)
        self.settings = settings_of(folder, text)
        self.channels = {name: FakeChannel(name) for name in self.settings.channels}
        self.ledger = open_ledger(self.settings.ledger_place)
        self.service = self._build()

    def _build(self) -> Service:
        service = app.build(
            self.settings,
            self.ledger,
            self.clock,
            channels=self.channels,
            reader=READER,
            on_tried=self.on_tried,
            longest_wait=self.longest_wait,
        )
        service.planning.replan_if_config_changed(self.clock.now())
        return service

    def restart(self, text: str | None = None) -> None:
        """As after a crash, perhaps with another config."""
        self.ledger.close()
        if text is not None:
            self.settings = settings_of(self.folder, text)
            self.channels = {
                name: self.channels.get(name) or FakeChannel(name)
                for name in self.settings.channels
            }
        self.ledger = open_ledger(self.settings.ledger_place)
        self.ledger.retries.recover(self.clock.now())
        self.service = self._build()

    def save(self, *notices: Notice) -> TakenIn:
        taken = self.service.ingest.store(notices, self.clock.now())
        self.service.planning.replan(self.clock.now())
        return taken

    def work(self) -> None:
        """All that is to be done at this instant."""
        now = self.clock.now()
        self.service.planning.replan(now)
        self.service.dispatch.queue_due(now)
        again = True
        while again:
            again = any(self.service.sending.send_next(name, now) == now for name in self.channels)

    def read_deposits(self) -> None:
        """Look into the inbox until whatever was put in for somebody has its receipt."""
        inbox = self.service.inbox._kept or Inbox(folder=self.settings.inbox)
        for _ in range(_MOST_LOOKS):
            self.service.inbox.look_into(inbox, self.clock.now())
            self.clock.move(timedelta(seconds=2))
            if not self.ledger.receipts.waited_for():
                return
            for slow in self.service.inbox._slow.values():
                if slow.reading is not None:
                    slow.reading.wait(1)
        raise AssertionError(f"not read: {self.ledger.receipts.waited_for()}")

    def go(self, until: datetime, step: timedelta = timedelta(minutes=1)) -> None:
        """From now to `until`, working at every step."""
        while self.clock.now() < until:
            self.clock.set(min(self.clock.now() + step, until))
            self.work()

    def said(self, channel: str = "console") -> list[str]:
        """The texts that the channel accepted."""
        return [message.text for message, _ in self.channels[channel].accepted]

    def tried(self, channel: str = "console") -> int:
        return len(self.channels[channel].sent)

    def titles(self, channel: str = "console") -> Sequence[str]:
        return [text.splitlines()[0] for text in self.said(channel)]


MakeWorld = Callable[..., World]
