"""Nodes on one ledger on PostgreSQL: planning, what falls due at once, idling, moving.

`python -m bench.nodes plan URL` and `work CONFIG` are processes of their own: one that plans, and a
node that works until its input ends.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

import psycopg

from bench import jobs
from bench.child import postpone
from bench.figures import Figure, percentile
from bench.worlds import (
    cpu_seconds,
    cpu_seconds_of_family,
    rss_mb,
    saved,
    service_on,
    settings_of,
    usual,
)
from notifier import app
from notifier.clock import SystemClock
from notifier.config import load_settings
from notifier.domain.drafts import DraftKind
from notifier.engines.embedded import Embedded
from notifier.ledger import SqlLedger, move_ledger, open_ledger
from notifier.service import Tried
from notifier.testing import FakeChannel, a_notice, a_parcel
from tests.postgres import PostgresServer, postgres_server

_MANY, _MOST = 100_000, 1_000_000
_BURST, _TEAMS = 10_000, 100
_ONES = 60
_IDLE = 30.0  # seconds
_LEAD = timedelta(hours=1)
_LONGEST = 60.0  # seconds after which a burst is given up

# What is due and not told yet.
_WAITING = """SELECT count(*) FROM reminders
WHERE kind = 'reminder' AND state IN ('planned', 'claimed')"""

# What was planned long ago has been announced long ago, too.
_SETTLE = "UPDATE reminders SET state = 'done' WHERE kind = 'new'"

# How many transactions a database has seen.
_TRANSACTIONS = """SELECT xact_commit + xact_rollback FROM pg_stat_database
WHERE datname = current_database()"""


def figures() -> Iterator[Figure]:
    with postgres_server(durable=True) as server:
        yield from _planned(server)
        yield from _bursts(server)
        yield from jobs.figures(server, _BURST)
        yield from _ones(server)
        yield from _idle(server)
        yield _moved(server)


# -- planning -------------------------------------------------------------------------------------


def _planned(server: PostgresServer) -> Iterator[Figure]:
    many, most = (_plan_apart(server, _unplanned(server, count)) for count in (_MANY, _MOST))
    for reminders, found in ((_MANY, many), (_MOST, most)):
        rate = found["rows"] / found["seconds"]
        yield Figure(
            what=f"plan {reminders:,} reminders, PostgreSQL",
            target="≥ 85,000/s; RSS < 150 MB",
            ours=f"{rate:,.0f} reminders/s, {found['rss']:.0f} MB at most",
            met=rate >= 85_000 and found["rss"] < 150,
            beside=f"{found['cpu']:.1f} s of CPU, the server's and the start's included",
            bound="PostgreSQL's indexes, on a machine that others use too",
        )
    yield Figure(
        what=f"one parcel postponed among {_MOST:,}, PostgreSQL",
        target="< 30 ms, whatever the total",
        ours=f"{most['postponed'] * 1000:.1f} ms; {many['postponed'] * 1000:.1f} ms among "
        f"{_MANY:,}",
        met=most["postponed"] < 0.030,
        bound="two transactions that reach the disk",
    )


def _unplanned(server: PostgresServer, reminders: int) -> str:
    """Make a ledger of parcels enough for so many reminders; return its address.

    It is made in a file, and moved: no round trip for each parcel.
    """
    with tempfile.TemporaryDirectory() as name, saved(usual(Path(name)), reminders) as ledger:
        return _moved_to(server, ledger)


def _moved_to(server: PostgresServer, ledger: SqlLedger) -> str:
    url = server.empty_database()
    with open_ledger(url) as target:
        move_ledger(ledger, target)
    return url


def _plan_apart(server: PostgresServer, url: str) -> dict[str, float]:
    before = cpu_seconds_of_family(server.process)
    command = [sys.executable, "-m", "bench.nodes", "plan", url]
    done = subprocess.run(command, check=True, capture_output=True)
    found: dict[str, float] = json.loads(done.stdout)
    found["cpu"] += cpu_seconds_of_family(server.process) - before
    return found


def _plan(url: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        ledger = open_ledger(url)
        service = service_on(usual(Path(folder), url), ledger)
        began = time.perf_counter()
        service.planning.replan(datetime.now(UTC))
        seconds = time.perf_counter() - began
        rows = ledger.database.value("SELECT count(*) FROM reminders")
        found = {"seconds": seconds, "rows": rows, "rss": rss_mb("VmHWM")}
        found["cpu"] = time.process_time()
        found["postponed"] = sorted(postpone(service, days) for days in range(1, 22))[10]
        ledger.close()
    return found


# -- what falls due -------------------------------------------------------------------------------


class _Node:
    """A node in a process of its own, whose channel answers at once."""

    def __init__(self, config: Path) -> None:
        command = [sys.executable, "-m", "bench.nodes", "work", str(config)]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        assert self._out.readline() == "ready\n"

    @property
    def _out(self) -> IO[str]:
        assert self.process.stdout is not None
        return self.process.stdout

    def end(self) -> list[float]:
        """End the node; return how many seconds late each reminder was that it handed over."""
        out, _ = self.process.communicate("")
        late: list[float] = json.loads(out)
        return late


def _work(config: Path) -> None:
    """Work as a node until the input ends, then print how late each reminder was."""
    late: list[float] = []

    def note(tried: Tried) -> None:
        if tried.draft.kind is DraftKind.REMINDER:
            now = datetime.now(UTC)
            entries = [entry for each in tried.job.together for entry in each.entries]
            late.extend((now - entry.reminder.due_at).total_seconds() for entry in entries)

    settings = load_settings(config)
    ledger = open_ledger(settings.ledger_place)
    service = app.build(
        settings,
        ledger,
        SystemClock(),
        channels={"console": FakeChannel("console")},
        on_tried=note,
        node=ledger.upkeep.join(),
    )
    engine = Embedded(service=service, clock=SystemClock(), reload=lambda: None)
    engine.start()
    print("ready", flush=True)
    sys.stdin.read()
    engine.end()
    service.lifecycle.leave()
    ledger.close()
    print(json.dumps(late))


def _config(folder: Path, url: str, teams: int) -> Path:
    recipients = "".join(
        f'[[recipients]]\nname = "team {team}"\nchannels = ["console"]\n'
        f'filter = {{ parcel_no = "测地{team:03}-*" }}\n'
        'rules = [{ milestone = "registration_close", leads = ["1h"] }]\n'
        for team in range(teams)
    )
    ledger = f'[ledger]\nurl = "{url}"\n' if url else ""
    text = (
        f'group_wait = "0s"\n{ledger}[channels.console]\nurl = "console://"\n'
        f"per_minute = 100000\n{recipients}"
    )
    settings_of(folder, text)
    return folder / "config.toml"


def _lateness(server: PostgresServer, nodes: int, due: dict[str, datetime]) -> list[float]:
    """Return how late each reminder was that so many nodes handed over."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as ends:
        teams = len({number[:5] for number in due})
        parcels = tuple(
            a_parcel(parcel_no=number, milestones={"registration_close": at + _LEAD})
            for number, at in due.items()
        )
        settings = load_settings(_config(Path(name), "", teams))
        with open_ledger(settings.ledger) as ledger:
            ledger.notices.save(a_notice(parcels=parcels), (), datetime.now(UTC))
            service = service_on(settings, ledger)
            service.planning.replan_if_config_changed(datetime.now(UTC))
            service.planning.replan(datetime.now(UTC))
            url = _moved_to(server, ledger)
        with psycopg.connect(url) as conn:
            conn.execute(_SETTLE)
        config = _config(Path(name), url, teams)
        assert datetime.now(UTC) < min(due.values()), "too slow: due before it was planned"
        crew = [_Node(config) for _ in range(nodes)]
        for node in crew:
            ends.callback(node.process.kill)
        _wait_until_told(url, max(due.values()))
        return [late for node in crew for late in node.end()]


def _wait_until_told(url: str, last: datetime) -> None:
    with psycopg.connect(url, autocommit=True) as conn:
        while (datetime.now(UTC) - last).total_seconds() < _LONGEST:
            time.sleep(0.5)
            row = conn.execute(_WAITING).fetchone()
            if row is not None and row[0] == 0:
                return


def _bursts(server: PostgresServer) -> Iterator[Figure]:
    last: dict[int, float] = {}
    for nodes in (1, 2, 4):
        at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=70 + 5 * nodes)
        due = {f"测地{number % _TEAMS:03}-{number}号": at for number in range(_BURST)}
        late = _lateness(server, nodes, due)
        last[nodes] = max(late, default=_LONGEST)
        words = f"the last after {last[nodes]:.2f} s, {_BURST - len(late)} missed"
        yield Figure(
            what=f"{_BURST:,} due in one second, {nodes} node{'s' if nodes > 1 else ''}",
            target="all handed over within 6 s" if nodes == 2 else "",
            ours=words,
            met=last[nodes] < 6 and len(late) == _BURST if nodes == 2 else None,
            beside=f"{last[nodes] / last[1]:.2f} × one node's time",
            bound="one node claims; then a message a recipient, by whichever node",
        )


def _ones(server: PostgresServer) -> Iterator[Figure]:
    begin = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=25)
    due = {f"测地000-{number}号": begin + timedelta(seconds=number) for number in range(_ONES)}
    late = _lateness(server, 2, due)
    yield Figure(
        what="one due, two quiet nodes",
        target=f"p99 of {_ONES} < 100 ms",
        ours=f"p99 {percentile(late, 99) * 1000:.0f} ms, median "
        f"{percentile(late, 50) * 1000:.0f} ms",
        met=len(late) == _ONES and percentile(late, 99) < 0.100,
        bound="some five transactions, each with its round trips",
    )


# -- idling and moving ----------------------------------------------------------------------------


def _idle(server: PostgresServer) -> Iterator[Figure]:
    url = server.fresh_database()
    with tempfile.TemporaryDirectory() as name, ExitStack() as ends:
        config = _config(Path(name), url, 1)
        crew = [_Node(config) for _ in range(2)]
        for node in crew:
            ends.callback(node.process.kill)
        time.sleep(10)  # what the start leaves to do is not idling
        follower = crew[1].process.pid
        with psycopg.connect(url, autocommit=True) as conn:
            before = _transactions(conn), cpu_seconds(follower)
            time.sleep(_IDLE)
            after = _transactions(conn), cpu_seconds(follower)
        rate = (after[0] - before[0]) / _IDLE / len(crew)
        share = (after[1] - before[1]) / _IDLE
        rss = rss_mb("VmRSS", follower)
    yield Figure(
        what="an idle node",
        target="< 70 MB RSS, < 0.5 % of a core, at most 1 transaction a second",
        ours=f"{rss:.0f} MB, {share:.2%} of a core, {rate:.1f} transactions a second over "
        f"{_IDLE:.0f} s",
        met=rss < 70 and share < 0.005 and rate <= 1,
        bound="a beat each 2 s, which sees all that may have changed",
    )


def _transactions(conn: psycopg.Connection[Any]) -> int:
    row = conn.execute(_TRANSACTIONS).fetchone()
    assert row is not None
    return int(row[0])


def _cpu(server: PostgresServer) -> float:
    """Seconds of CPU that this process and the server have used."""
    return time.process_time() + cpu_seconds_of_family(server.process)


def _moved(server: PostgresServer) -> Figure:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = usual(folder)
        ledger = saved(settings, _MOST)
        service_on(settings, ledger).planning.replan(datetime.now(UTC))
        ledger.close()
        with (
            open_ledger(settings.ledger, create=False) as source,
            open_ledger(server.empty_database()) as target,
        ):
            began, busy = time.perf_counter(), _cpu(server)
            rows = sum(move_ledger(source, target).rows.values())
            seconds, busy = time.perf_counter() - began, _cpu(server) - busy
    return Figure(
        what=f"move a ledger of {_MOST:,} reminders to PostgreSQL",
        target="< 20 s",
        ours=f"{seconds:.1f} s for {rows:,} rows",
        met=seconds < 20,
        beside=f"{busy:.1f} s of CPU, the server's included",
        bound="each row passes through Python twice",
    )


def main(arguments: Sequence[str]) -> None:
    if arguments[0] == "plan":
        print(json.dumps(_plan(arguments[1])))
    else:
        assert arguments[0] == "work"
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115  # a log is no figure
        _work(Path(arguments[1]))


if __name__ == "__main__":
    main(sys.argv[1:])
