"""What falls due: ten thousand in one second, and one on a quiet daemon. Ours beside a job per
reminder."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.figures import Figure, percentile
from bench.peers import durable_job_store
from bench.worlds import service_on, settings_of
from notifier import app
from notifier.clock import SystemClock
from notifier.domain.drafts import DraftKind
from notifier.engines.embedded import Embedded
from notifier.ledger import open_ledger
from notifier.service import Tried
from notifier.testing import FakeChannel, a_notice, a_parcel

_BURST, _TEAMS = 10_000, 100
_ONES = 200
_LEAD = timedelta(hours=1)


def figures() -> Iterator[Figure]:
    late = _burst()
    ran, missed = _burst_of_jobs()
    yield Figure(
        what=f"{_BURST:,} due in one second, a channel that answers at once",
        target="all handed over within 1.5 s, p99 < 1.5 s, 0 missed",
        ours=f"the last after {max(late):.2f} s, p99 {percentile(late, 99):.2f} s, "
        f"{_BURST - len(late)} missed",
        met=len(late) == _BURST and max(late) < 1.5,
        beside=f"APScheduler at its defaults: {ran:,} run, {missed:,} missed",
        bound="claiming: one transaction that marks 10,000 rows; then a message a recipient",
    )
    late = _ones()
    yield Figure(
        what="one due, a quiet daemon",
        target=f"p99 of {_ONES} < 50 ms, no poll faster than each 15 s",
        ours=f"p99 {percentile(late, 99) * 1000:.0f} ms, median "
        f"{percentile(late, 50) * 1000:.0f} ms",
        met=len(late) == _ONES and percentile(late, 99) < 0.050,
        bound="two transactions with synchronous=FULL before the channel is asked",
    )


class _Running:
    """The engine on a real clock, with a channel that notes when each reminder was handed to it."""

    def __init__(self, folder: Path, text: str, due: dict[str, datetime]) -> None:
        self.due = due
        self.late: list[float] = []
        self.done = threading.Event()
        settings = settings_of(folder, text)
        self.channel = FakeChannel("console")
        self.ledger = open_ledger(settings.ledger)
        parcels = tuple(
            a_parcel(parcel_no=name, milestones={"registration_close": at + _LEAD})
            for name, at in due.items()
        )
        self.ledger.notices.save(a_notice(parcels=parcels), (), datetime.now(UTC))
        service_on(settings, self.ledger).planning.replan(datetime.now(UTC))
        service = app.build(
            settings,
            self.ledger,
            SystemClock(),
            channels={"console": self.channel},
            on_tried=self._heard,
        )
        self.engine = Embedded(service=service, clock=SystemClock(), reload=lambda: None)

    def _heard(self, tried: Tried) -> None:
        if tried.draft.kind is not DraftKind.REMINDER:
            return
        now = datetime.now(UTC)
        self.late += [
            (now - self.due[item.offer.parcel.parcel_no]).total_seconds()
            for item in tried.draft.items
        ]
        if len(self.late) >= len(self.due):
            self.done.set()

    def run(self, seconds: float) -> list[float]:
        self.engine.start()
        self.done.wait(seconds)
        self.engine.end()
        self.ledger.close()
        return self.late


def _config(teams: int) -> str:
    recipients = "".join(
        f'[[recipients]]\nname = "team {team}"\nchannels = ["console"]\n'
        f'filter = {{ parcel_no = "测地{team:03}-*" }}\n'
        'rules = [{ milestone = "registration_close", leads = ["1h"] }]\n'
        for team in range(teams)
    )
    return (
        'group_wait = "0s"\n[channels.console]\nurl = "console://"\nper_minute = 100000\n'
        f"{recipients}"
    )


def _burst() -> list[float]:
    at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=25)
    due = {f"测地{number % _TEAMS:03}-{number}号": at for number in range(_BURST)}
    with tempfile.TemporaryDirectory() as folder:
        return _Running(Path(folder), _config(_TEAMS), due).run(90)


def _ones() -> list[float]:
    """One a second: a deadline is kept to the second."""
    begin = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=5)
    due = {f"测地000-{number}号": begin + timedelta(seconds=number) for number in range(_ONES)}
    with tempfile.TemporaryDirectory() as folder:
        return _Running(Path(folder), _config(1), due).run(_ONES + 30)


def _burst_of_jobs() -> tuple[int, int]:
    """(run, missed) of as many jobs of one instant on the SQLite store, with everything at its
    default."""
    from apscheduler.events import EVENT_JOB_EXECUTED, EVENT_JOB_MISSED
    from apscheduler.schedulers.background import BackgroundScheduler

    counts = {EVENT_JOB_EXECUTED: 0, EVENT_JOB_MISSED: 0}
    with durable_job_store() as store:
        _run_jobs(BackgroundScheduler(jobstores={"default": store}, timezone=UTC), counts)
    return counts[EVENT_JOB_EXECUTED], counts[EVENT_JOB_MISSED]


def _run_jobs(scheduler: Any, counts: dict[int, int]) -> None:

    def heard(event: Any) -> None:
        counts[event.code] += 1

    scheduler.add_listener(heard, sum(counts))
    scheduler.start(paused=True)
    at = datetime.now(UTC) + timedelta(seconds=30)
    for number in range(_BURST):
        scheduler.add_job(_send, "date", run_date=at, args=[number])
    scheduler.resume()
    last = -1
    while sum(counts.values()) < _BURST and (
        datetime.now(UTC) < at or sum(counts.values()) != last
    ):
        last = sum(counts.values())
        time.sleep(2)
    scheduler.shutdown(wait=False)


def _send(_number: int) -> None:
    """A channel that answers at once."""
