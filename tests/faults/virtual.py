"""Faults under a clock moved by hand: long outages, a full disk, jumps, floods.

Real ledger, real service.
"""

from __future__ import annotations

import random
import resource
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from notifier.domain.drafts import ItemKind
from notifier.domain.outcomes import Outcome, Verdict
from notifier.domain.times import shanghai
from notifier.errors import LedgerError
from notifier.intake.inbox import Inbox
from notifier.service import Tried
from notifier.testing import a_notice, a_parcel, shanghai_time
from tests.faults.tally import REPEAT, Tally, count
from tests.services import World

BEGIN = shanghai_time("2024-11-14 09:00")
_LEAD = timedelta(hours=12)
_DOWN = Outcome(verdict=Verdict.RETRY, words="Temporary failure in name resolution")


class Sim(World):
    """`teams`, each with one parcel due every `every` from BEGIN on, over `channels` channels."""

    def __init__(
        self, folder: Path, *, teams: int, each: int, every: timedelta, channels: int = 1
    ) -> None:
        self.arrived: list[tuple[datetime, str]] = []
        super().__init__(
            folder, _config(teams, channels), BEGIN - timedelta(hours=1), on_tried=self._hear
        )
        self.due = {
            f"测地{team:02}-{number:03}号": BEGIN + number * every
            for team in range(teams)
            for number in range(each)
        }
        parcels = tuple(
            a_parcel(parcel_no=number, milestones={"registration_close": at + _LEAD})
            for number, at in self.due.items()
        )
        self.save(a_notice(parcels=parcels))
        self.work()

    def _hear(self, tried: Tried) -> None:
        if tried.outcome.verdict is Verdict.SENT:
            numbers = " ".join(
                item.offer.parcel.parcel_no
                for item in tried.draft.items
                if item.kind is ItemKind.REMINDER
            )
            self.arrived.append((self.clock.now(), numbers + REPEAT * tried.draft.maybe_repeat))

    def tally(self, rounds: int) -> Tally:
        self.ledger.close()
        return count(rounds, self.due, self.arrived)


def _config(teams: int, channels: int) -> str:
    table = "".join(
        f'[channels.c{number}]\nurl = "console://"\nper_minute = 100000\n'
        for number in range(channels)
    )
    recipients = "".join(
        f'[[recipients]]\nname = "team {team}"\nchannels = ["c{team % channels}"]\n'
        f'filter = {{ parcel_no = "测地{team:02}-*" }}\n'
        'rules = [{ milestone = "registration_close", leads = ["12h"], roll = "off" }]\n'
        for team in range(teams)
    )
    return f'group_wait = "0s"\n{table}{recipients}'


def network_down(folder: Path, hours: int = 6) -> Tally:
    """No name resolves and nothing can be reached for hours, then everything works again."""
    sim = Sim(folder, teams=4, each=10, every=timedelta(minutes=30))
    channel = sim.channels["c0"]
    until = BEGIN + timedelta(hours=hours)
    channel.script.extend([lambda *_: _DOWN if sim.clock.now() < until else _SENT] * 100_000)
    sim.go(until + timedelta(hours=2), timedelta(seconds=20))
    return sim.tally(1)


_SENT = Outcome(verdict=Verdict.SENT)


def disk_full(folder: Path, rounds: int) -> Tally:
    """No file can grow by a byte at every second instant: while claiming, while marking, while
    recording."""
    chance, refused = random.Random(3), 0
    sim = Sim(folder, teams=4, each=rounds, every=timedelta(minutes=1))
    sim.clock.set(BEGIN - timedelta(minutes=1))
    for _ in range(rounds):
        for step in ("deliver_due", "send_next"):
            sim.clock.move(timedelta(seconds=chance.randint(1, 15)))
            with _full(sim):
                try:
                    sim.work()
                except LedgerError:
                    refused += 1
            if step == "deliver_due":
                # claimed, and then there is no space to mark or record
                sim.service.dispatch.queue_due(sim.clock.now())
        sim.go(sim.clock.now() + timedelta(minutes=1), timedelta(seconds=20))
    sim.go(BEGIN + timedelta(minutes=3 * rounds + 5))
    assert refused, "the disk was never full when it was needed"
    return sim.tally(rounds)


@contextmanager
def _full(sim: Sim) -> Iterator[None]:
    """The ledger's files may not grow: what SQLite writes is refused by the kernel."""
    sim.ledger.database.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def power_loss(folder: Path, rounds: int) -> Tally:
    """The files as a power cut leaves them, copied between any two steps, open clean and know what
    was sent."""
    sim = Sim(folder, teams=4, each=rounds, every=timedelta(minutes=1))
    copy = folder / "after" / "notifier.db"
    copy.parent.mkdir()
    sim.clock.set(BEGIN - timedelta(minutes=1))
    for _ in range(rounds):
        sim.clock.move(timedelta(minutes=1))
        sim.service.dispatch.queue_due(sim.clock.now())
        for channel in sim.channels:
            while sim.service.sending.send_next(channel, sim.clock.now()) == sim.clock.now():
                _check_copy(sim, copy)
    return sim.tally(rounds)


def _check_copy(sim: Sim, copy: Path) -> None:
    for suffix in ("", "-wal"):
        shutil.copyfile(f"{sim.settings.ledger}{suffix}", f"{copy}{suffix}")
    with closing(sqlite3.connect(copy)) as conn:
        assert conn.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        sent = conn.execute("SELECT count(*) FROM deliveries WHERE state = 'sent'").fetchone()[0]
    assert sent == sum(len(channel.accepted) for channel in sim.channels.values())
    for suffix in ("", "-wal", "-shm"):
        Path(f"{copy}{suffix}").unlink(missing_ok=True)


def clock_jumps(folder: Path, jumps: list[timedelta]) -> Tally:
    """The wall clock is set forth and back, or the machine sleeps, again and again."""
    sim = Sim(folder, teams=4, each=40, every=timedelta(minutes=15))
    for jump in jumps:
        sim.go(sim.clock.now() + timedelta(minutes=20))
        sim.clock.move(jump)
        sim.work()
    sim.go(max(sim.clock.now(), BEGIN + timedelta(hours=11)), timedelta(minutes=5))
    return sim.tally(len(jumps))


def burst(folder: Path, reminders: int = 10_000) -> Tally:
    """All due at one instant, over 3 channels."""
    sim = Sim(folder, teams=20, each=reminders // 20, every=timedelta(0), channels=3)
    sim.clock.set(BEGIN)
    sim.work()
    return sim.tally(1)


def inbox_flood(folder: Path, files: int) -> Tally:
    """Thousands of files at once, one of ten of them broken; every good one is read and reminded
    of."""
    sim = Sim(folder, teams=1 + files // 1_000, each=0, every=timedelta(0))
    inbox = folder / "inbox"
    inbox.mkdir(exist_ok=True)
    at = BEGIN + timedelta(hours=1)
    for number in range(files):
        text = "no record"
        if number % 10:
            name = f"测地{number // 1_000:02}-{number % 1_000:03}号"
            text = (
                "公告编号,地块编号,报名截止时间\n"
                f"测告{number}号,{name},{shanghai(at + _LEAD):%Y-%m-%d %H:%M}\n"
            )
            sim.due[name] = at
        (inbox / f"{number}.csv").write_text(text, encoding="utf-8")
    watched = Inbox.knowing(inbox, {})
    seen = 0
    while seen < files:
        found = sim.service.inbox.look_into(watched, sim.clock.now())
        seen += found
        sim.clock.move(timedelta(seconds=2))
    sim.work()  # the new parcels are announced
    sim.clock.set(at)
    sim.work()
    return sim.tally(1)
