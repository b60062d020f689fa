"""Planning: ours beside a job per reminder, a task per reminder, and the bare writes."""

from __future__ import annotations

import contextlib
import io
import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.figures import Figure, in_turn
from bench.peers import durable_job_store
from bench.worlds import saved, service_on, usual

_MANY, _MOST = 100_000, 1_000_000
_PEERS = 1_000  # jobs of a peer in one round: its cost is the same for each
_BATCH = 500  # parcels in one transaction, as ours


def figures() -> Iterator[Figure]:
    ours, floor, store, memory, tasks = in_turn(_ours, _floor, _job_store, _memory_store, _huey)
    yield Figure(
        what=f"plan {_MANY:,} reminders",
        target="100 × an APScheduler job each on SQLite",
        ours=f"{1 / ours:,.0f} reminders/s, {store / ours:,.0f} ×",
        met=store / ours >= 100,
        beside=f"job store {1 / store:,.0f}/s, in memory {1 / memory:,.0f}/s, huey task with ETA "
        f"{1 / tasks:,.0f}/s",
        bound=f"the bare writes alone are {store / floor:,.0f} × the job store's rate: this "
        "disk commits at once",
    )
    yield Figure(
        what=f"plan {_MANY:,} reminders",
        target="half the rate of the bare reads and writes",
        ours=f"{floor / ours:.0%} of the floor",
        met=floor / ours >= 0.5,
        beside=f"bare sqlite3 {1 / floor:,.0f}/s",
        bound="half is SQLite's, which multiplies what recipients share; the rest reads "
        "parcels and works out leads",
    )
    many, most = _child(_MANY), _child(_MOST)
    per = (most["seconds"] / most["rows"]) / (many["seconds"] / many["rows"])
    yield Figure(
        what=f"plan {_MOST:,} reminders",
        target="≤ 1.3 × the cost of each at 100,000; RSS < 150 MB",
        ours=f"{per:.2f} ×, {most['rss']:.0f} MB at most",
        met=per <= 1.3 and most["rss"] < 150,
        bound="the index of what is due",
    )
    yield Figure(
        what=f"one parcel postponed among {_MOST:,}",
        target="< 10 ms, whatever the total",
        ours=f"{most['postponed'] * 1000:.1f} ms; {many['postponed'] * 1000:.1f} ms among "
        f"{_MANY:,}",
        met=most["postponed"] < 0.010,
        bound="two transactions with synchronous=FULL: the disk",
    )
    yield Figure(
        what="a config that touches nobody",
        target="no write at all",
        ours=f"{most['written']:.0f} rows and bytes written",
        met=most["written"] == 0,
    )


def _child(reminders: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "bench.child", "plan", folder, str(reminders)]
        found: dict[str, float] = json.loads(
            subprocess.run(command, check=True, capture_output=True).stdout
        )
    return found


def _ours(_: int) -> float:
    """Seconds a reminder: the stale parcels read, planned and stored."""
    with tempfile.TemporaryDirectory() as folder:
        settings = usual(Path(folder))
        ledger = saved(settings, _MANY)
        service = service_on(settings, ledger)
        began = time.perf_counter()
        service.planning.replan(datetime.now(UTC))
        seconds = time.perf_counter() - began
        rows: int = ledger.database.value("SELECT count(*) FROM reminders")
        ledger.close()
    return seconds / rows


@contextmanager
def _planned() -> Iterator[tuple[list[Any], list[Any], str]]:
    """(the rows of parcels, the rows of reminders, the statements that make their tables)."""
    with tempfile.TemporaryDirectory() as folder:
        settings = usual(Path(folder))
        ledger = saved(settings, _MANY)
        service_on(settings, ledger).planning.replan(datetime.now(UTC))
        parcels = [tuple(row) for row in ledger.database.rows("SELECT * FROM parcels")]
        reminders = [
            tuple(row) for row in ledger.database.rows("SELECT * FROM reminders ORDER BY parcel_id")
        ]
        schema = ";".join(
            row["sql"]
            for row in ledger.database.rows(
                "SELECT sql FROM sqlite_master WHERE tbl_name IN ('parcels', 'reminders')"
            )
            if row["sql"]
        )
        ledger.close()
    yield parcels, reminders, schema


_ROWS: list[tuple[list[Any], list[Any], str]] = []


def _floor(_: int) -> float:
    """The same rows read and written by sqlite3 alone, into the same tables and indexes, as
    durably."""
    if not _ROWS:
        with _planned() as found:
            _ROWS.append(found)
    parcels, reminders, schema = _ROWS[0]
    each = len(reminders) // len(parcels)
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(sqlite3.connect(Path(folder) / "floor.db")) as conn,
    ):
        conn.execute("PRAGMA journal_mode = WAL")
        conn.execute("PRAGMA synchronous = FULL")
        conn.executescript(schema)
        with conn:
            conn.executemany(
                f"INSERT INTO parcels VALUES ({', '.join('?' * len(parcels[0]))})", parcels
            )
        insert = f"INSERT INTO reminders VALUES ({', '.join('?' * len(reminders[0]))})"
        began = time.perf_counter()
        for first in range(0, len(parcels), _BATCH):
            ids = [
                row[0]
                for row in conn.execute(
                    "SELECT * FROM parcels WHERE id > ? ORDER BY id LIMIT ?", (first, _BATCH)
                )
            ]
            with conn:
                conn.executemany(insert, reminders[first * each : (first + len(ids)) * each])
                conn.executemany(
                    "UPDATE parcels SET planned = 1, stale = 0 WHERE id = ?",
                    [(key,) for key in ids],
                )
        return (time.perf_counter() - began) / len(reminders)


def _remind(parcel: str, lead: str) -> None:
    """What a job would do."""


def _job_store(_: int) -> float:
    with durable_job_store() as store:
        return _jobs(store)


def _memory_store(_: int) -> float:
    from apscheduler.jobstores.memory import MemoryJobStore

    return _jobs(MemoryJobStore())


def _jobs(store: Any) -> float:
    from apscheduler.schedulers.background import BackgroundScheduler

    scheduler = BackgroundScheduler(jobstores={"default": store}, timezone=UTC)
    scheduler.start(paused=True)
    begin = datetime.now(UTC) + timedelta(days=30)
    began = time.perf_counter()
    for number in range(_PEERS):
        scheduler.add_job(
            _remind, "date", run_date=begin + timedelta(seconds=number), args=[f"{number}号", "3h"]
        )
    seconds = (time.perf_counter() - began) / _PEERS
    scheduler.shutdown(wait=False)
    return seconds


def _huey(_: int) -> float:
    from huey import SqliteHuey

    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(io.StringIO()):
        huey = SqliteHuey(filename=f"{folder}/huey.db", fsync=True)
        task = huey.task()(_remind)
        begin = datetime.now() + timedelta(days=30)  # noqa: DTZ005  # huey knows naive times alone
        began = time.perf_counter()
        for number in range(_PEERS):
            task.schedule(args=(f"{number}号", "3h"), eta=begin + timedelta(seconds=number))
        seconds = (time.perf_counter() - began) / _PEERS
        huey.storage.close()
    return seconds
