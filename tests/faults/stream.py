"""A stream of reminders, some falling due each second, for a real daemon and a real HTTP peer."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from notifier.domain.times import shanghai
from tests.daemon import command, daemon, write_rows
from tests.faults.tally import NUMBER, REPEAT, Tally, count, is_reminder
from tests.peers.http import BOT_TOKEN, ROBOT_KEY, WAIT, HttpPeer, Request

_LEAD = timedelta(hours=1)
_LOOK_AGAIN = 5.0  # seconds between two looks into the ledger


class Stream:
    """`teams` reminders a second for `seconds`, from some seconds after everything is ready for
    them."""

    def __init__(
        self,
        folder: Path,
        peer: HttpPeer,
        *,
        teams: int,
        seconds: int,
        more: str = "",
        telegram: bool = False,
    ) -> None:
        """`telegram`: each team has an address of its own there, instead of one robot for all."""
        self.peer = peer
        self.config = folder / "config.toml"
        self.ledger = folder / "notifier.db"
        self.config.write_text(_config(peer, teams, more, telegram=telegram), encoding="utf-8")
        self.config.chmod(0o600)
        began = time.monotonic()
        command(self.config, "check")  # the first start on a machine takes longest
        after = 5 + 4 * (time.monotonic() - began)
        while not self._prepared(folder, teams, seconds, after):
            # a reminder that is due before its parcel was announced is told with the announcement,
            # and not counted
            after *= 2
            for file in folder.glob("notifier.db*"):
                file.unlink()
            peer.requests.clear()

    def _prepared(self, folder: Path, teams: int, seconds: int, after: float) -> bool:
        """Whether the parcels were announced before anything of them fell due, `after` seconds from
        now on."""
        # a record tells the second, so that what is due is due at a whole one
        begin = (datetime.now(UTC) + timedelta(seconds=after)).replace(microsecond=0)
        self.due = {
            f"测地{team:02}-{second:03}号": begin + timedelta(seconds=second)
            for team in range(teams)
            for second in range(seconds)
        }
        rows = [
            ("测告1号", number, f"{shanghai(at + _LEAD):%Y-%m-%d %H:%M:%S}")
            for number, at in self.due.items()
        ]
        write_rows(folder / "parcels.csv", ("公告编号", "地块编号", "报名截止时间"), rows)
        done = command(self.config, "import", str(folder / "parcels.csv"))
        assert done.returncode == 0, done.stderr
        with daemon(self.config) as running:
            running.wait_for(": sent", times=teams)
            running.stop()
        return datetime.now(UTC) < begin

    def reminded(self) -> set[str]:
        return {number for text in self.texts() for number in NUMBER.findall(text)}

    def repeated(self) -> set[str]:
        """The numbers of which a reminder came that says that it may be a repeat."""
        return {
            number for text in self.texts() if REPEAT in text for number in NUMBER.findall(text)
        }

    def texts(self) -> list[str]:
        """The reminders that arrived, and not the announcements of new parcels."""
        return [request.text for request in list(self.peer.requests) if is_reminder(request.text)]

    def wait_for_some(self, wanted: int, timeout: float = WAIT) -> None:
        """AssertionError if not so many numbers arrive."""
        self.peer.wait_for(lambda _: len(self.reminded()) >= wanted, timeout)

    def wait_for_all(self, longest: float = 300) -> None:
        """Until everything has arrived, or the ledger holds nothing that could, or `longest`
        seconds have passed.

        However slow the machine is, this waits no longer than something can still come: `tally`
        says what is late and what is lost.
        """
        until = time.monotonic() + longest
        while time.monotonic() < until:
            # before the look at the peer: what is recorded as sent has arrived there
            held = self.held()
            with contextlib.suppress(AssertionError):
                self.wait_for_some(len(self.due), timeout=0 if not held else _LOOK_AGAIN)
                return
            if not held:
                return

    def wait_until_nothing_waits(self, longest: float = 300) -> None:
        """Until the ledger has nothing left to send of what is due, or `longest` seconds have
        passed."""
        until = time.monotonic() + longest
        while self.held() & self.due.keys() and time.monotonic() < until:
            self._wait_for_one_more()

    def _wait_for_one_more(self) -> None:
        seen = len(self.peer.requests)
        with contextlib.suppress(AssertionError):
            self.peer.wait_for(lambda asked: len(asked) > seen, timeout=1)

    def tally(self, rounds: int, accepted: Sequence[Request] | None = None) -> Tally:
        """`accepted`: what the peer took, if that is not all that came."""
        held = self.held()
        requests = self.peer.requests if accepted is None else accepted
        return count(rounds, self.due, [(request.at, request.text) for request in requests], held)

    def held(self) -> set[str]:
        """The numbers of which a reminder is planned, claimed, or under way."""
        return self._numbers(
            "SELECT p.body FROM reminders r JOIN parcels p ON p.id = r.parcel_id "
            "WHERE r.kind = 'reminder' AND r.state IN ('planned', 'claimed')"
        )

    def recorded_as_sent(self) -> set[str]:
        """The numbers of the parcels whose reminder's delivery the ledger says was sent."""
        return self._numbers(
            "SELECT p.body FROM deliveries d JOIN reminders r USING (message_id) "
            "JOIN parcels p ON p.id = r.parcel_id WHERE d.state = 'sent' AND r.kind = 'reminder'"
        )

    def _numbers(self, sql: str) -> set[str]:
        with closing(sqlite3.connect(f"file:{self.ledger}?mode=ro", uri=True)) as conn:
            return {json.loads(row[0])["parcel_no"] for row in conn.execute(sql)}

    def times_reminded(self, numbers: set[str]) -> dict[str, int]:
        texts = self.texts()
        return {number: sum(number in text for text in texts) for number in numbers}


def _config(peer: HttpPeer, teams: int, more: str, *, telegram: bool) -> str:
    url = f"tgram://{BOT_TOKEN}/{{to}}" if telegram else f"wecombot://{ROBOT_KEY}"
    recipients = "".join(
        f'[[recipients]]\nname = "team {team}"\n'
        f'channels = ["out{f":{chat_of(team)}" if telegram else ""}"]\n'
        f'filter = {{ parcel_no = "测地{team:02}-*" }}\n'
        'rules = [{ milestone = "registration_close", leads = ["1h"] }]\n'
        for team in range(teams)
    )
    return (
        f'group_wait = "0s"\n[channels.out]\nurl = "{url}"\nendpoint = "{peer.url}"\n'
        f"per_minute = 100000\nseconds_apart = 0\n{more}{recipients}"
    )


def chat_of(team: int) -> str:
    """The team's address in Telegram."""
    return str(1_000 + team)
