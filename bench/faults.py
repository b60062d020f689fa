"""Faults that the daemon must survive, many rounds of each: what was sent, lost, repeated, and how
late.

    python -m bench.faults [ROUNDS] [PART OF A NAME]

ROUNDS (200) kills at named steps; the other faults take their share. A repeat is right where it was
under way when the fault struck, and must say that it may be one: `unmarked` must be 0, as must
`lost`. `waiting` is slow, not lost:
the ledger still holds it when the measuring ends. `after each fault`: how late the latest reminder
was that fell due around it; where PostgreSQL was stopped, how long after its return all had
arrived that was due by then.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import NamedTuple

from bench.figures import percentile
from tests.faults import nodes, processes, virtual
from tests.faults.tally import Tally
from tests.peers.http import Reply
from tests.postgres import postgres_server

_HOUR = timedelta(hours=1)
_LOCKED = 60.0  # seconds


class Row(NamedTuple):
    """A fault, and what makes it happen in a folder, over and over: `scenario(folder, rounds)`."""

    name: str
    scenario: Callable[[Path, int], Tally]


def _few(rounds: int) -> int:
    return max(rounds // 20, 2)


def _locked(folder: Path, _: int) -> Tally:
    return processes.ledger_locked(folder, lambda _: Event().wait(_LOCKED))


def _killed_at_random(folder: Path, rounds: int) -> Tally:
    return processes.killed_at_random(folder, rounds // 2, seconds=60)


def _peer_fails(fault: Reply) -> Callable[[Path, int], Tally]:
    return lambda folder, rounds: processes.peer_fails(folder, fault, _few(rounds))


def _for_a_few(scenario: Callable[[Path, int], Tally]) -> Callable[[Path, int], Tally]:
    return lambda folder, rounds: scenario(folder, _few(rounds))


def _jumps(*jumps: timedelta) -> Callable[[Path, int], Tally]:
    return lambda folder, rounds: virtual.clock_jumps(folder, list(jumps) * min(_few(rounds), 10))


def _nodes_struck(*faults: nodes.Strike) -> Callable[[Path, int], Tally]:
    def scenario(folder: Path, rounds: int) -> Tally:
        with postgres_server() as server:
            return nodes.nodes_struck(folder, server, _of_sixty(rounds), faults=faults)

    return scenario


def _of_sixty(rounds: int) -> int:
    return max(3 * rounds // 10, 2)


def _database_stopped(mode: str, seconds: float, times: int) -> Callable[[Path, int], Tally]:
    def scenario(folder: Path, _: int) -> Tally:
        with postgres_server() as server:
            return nodes.database_stopped(folder, server, [(mode, seconds)] * times)

    return scenario


ROWS = (
    Row("kill -9 before and after each step", processes.killed_at_steps),
    Row("kill -9 at random moments", _killed_at_random),
    Row("ledger locked by another process for 60 s", _locked),
    Row("peer closes in the middle of its answer", _peer_fails(processes.HALF_AN_ANSWER)),
    Row("peer accepts and never answers", _peer_fails(processes.SILENCE)),
    Row("line reset before the answer", _peer_fails(processes.RESET)),
    Row("config read again in a burst", _for_a_few(processes.reloaded_in_a_burst)),
    Row("a recipient missing from the config", _for_a_few(processes.recipient_missing)),
    Row("files that kill or hold up their reader", _for_a_few(processes.hostile_files)),
    Row("refused in the body of an HTTP 200", _for_a_few(processes.refused_in_a_yes)),
    Row("one address of a channel refused", _for_a_few(processes.address_refused)),
    Row(
        "wall clock set, hours to decades (libfaketime)",
        _for_a_few(processes.wall_clock_set),
    ),
    Row("three nodes: kill -9, stop, cut, silence", _nodes_struck(*nodes.FAULTS)),
    Row("PostgreSQL stopped, fast, 3 s", _database_stopped("fast", 3, 4)),
    Row("PostgreSQL stopped, immediate, 3 s", _database_stopped("immediate", 3, 4)),
    Row("PostgreSQL stopped, fast, 60 s", _database_stopped("fast", 60, 2)),
    Row("PostgreSQL stopped, immediate, 60 s", _database_stopped("immediate", 60, 2)),
    Row("power cut between any two steps (virtual)", virtual.power_loss),
    Row("disk full while claiming, recording (virtual)", virtual.disk_full),
    Row(
        "no name resolves, no network, 6 h (virtual)",
        lambda folder, _: virtual.network_down(folder),
    ),
    Row("clock set 2 h forth and back (virtual)", _jumps(2 * _HOUR, -2 * _HOUR)),
    Row("clock set a day forth and back (virtual)", _jumps(24 * _HOUR, -24 * _HOUR)),
    Row("asleep for 3 h (virtual)", lambda folder, _: virtual.clock_jumps(folder, [3 * _HOUR] * 3)),
    Row("10,000 due at one instant, 3 channels", lambda folder, _: virtual.burst(folder)),
    Row("5,000 files in the inbox at once", lambda folder, _: virtual.inbox_flood(folder, 5_000)),
)
"""A new fault is a line here. What counts is that the reminders due meanwhile arrive."""


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    wanted = sys.argv[2] if len(sys.argv) > 2 else ""
    logging.disable()
    columns = [f"{word:>9}" for word in _COLUMNS]
    print(f"{'fault':<46}" + "".join(columns))
    broken = 0
    for row in ROWS:
        if wanted not in row.name:
            continue
        with tempfile.TemporaryDirectory() as folder:
            try:
                _print(row.name, row.scenario(Path(folder), rounds))
            except Exception as fault:  # noqa: BLE001  # the other faults are measured all the same
                broken += 1
                print(f"{row.name:<46}DOES NOT HOLD: {fault}"[:400], flush=True)
    sys.exit(1 if broken else 0)


_COLUMNS = ("rounds", "due", "sent", "waiting", "lost", "repeated", "unmarked", "p50 s", "p99 s")


def _print(name: str, tally: Tally) -> None:
    print(
        f"{name:<46}{tally.rounds:>9}{tally.due:>9,}{tally.sent:>9,}{tally.waiting:>9}{tally.lost:>9}"
        f"{tally.repeated:>9}{tally.unmarked:>9}{tally.lateness(50):>9,.1f}{tally.lateness(99):>9,.1f}",
        flush=True,
    )
    if tally.worst:
        worst = f"p50 {percentile(tally.worst, 50):.1f} s, p99 {percentile(tally.worst, 99):.1f} s"
        print(f"    after each fault: {worst}, at most {max(tally.worst):.1f} s", flush=True)


if __name__ == "__main__":
    sys.stderr = open(os.devnull, "w")  # noqa: SIM115  # the refusals of thousands of broken files are no figures
    main()
