"""Faults that the daemon must survive, many rounds of each: what was sent, lost, repeated, and how late.

    python -m bench.faults [ROUNDS]

ROUNDS (200) kills at named steps; the other faults take their share. A repeat is right where it was under way when
the fault struck, and must say that it may be one: `unmarked` must be 0, as must `lost`.
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

from tests.daemon import Daemon
from tests.faults import processes, virtual
from tests.faults.tally import Tally

_HOUR = timedelta(hours=1)
_LOCKED = 60.0  # seconds


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    logging.disable()
    columns = [f"{word:>9}" for word in ("rounds", "due", "sent", "lost", "repeated", "unmarked", "p50 s", "p99 s")]
    print(f"{'fault':<46}" + "".join(columns))
    broken = 0
    for name, scenario in _scenarios(rounds):
        with tempfile.TemporaryDirectory() as folder:
            try:
                _print(name, scenario(Path(folder)))
            except Exception as fault:  # noqa: BLE001  # the other faults are measured all the same
                broken += 1
                print(f"{name:<46}DOES NOT HOLD: {fault}"[:400], flush=True)
    sys.exit(1 if broken else 0)


def _print(name: str, one: Tally) -> None:
    print(
        f"{name:<46}{one.rounds:>9}{one.due:>9,}{one.sent:>9,}{one.lost:>9}{one.repeated:>9}{one.unmarked:>9}"
        f"{one.lateness(50):>9,.1f}{one.lateness(99):>9,.1f}",
        flush=True,
    )


def _scenarios(rounds: int) -> list[tuple[str, Callable[[Path], Tally]]]:
    few = max(rounds // 20, 2)
    return [
        ("kill -9 before and after each step", lambda folder: processes.killed_at_steps(folder, rounds)),
        ("kill -9 at random moments", lambda folder: processes.killed_at_random(folder, rounds // 2, seconds=60)),
        ("ledger locked by another process for 60 s", lambda folder: processes.ledger_locked(folder, _a_minute)),
        (
            "peer closes in the middle of its answer",
            lambda folder: processes.peer_fails(folder, processes.HALF_AN_ANSWER, few),
        ),
        ("peer accepts and never answers", lambda folder: processes.peer_fails(folder, processes.SILENCE, few)),
        ("line reset before the answer", lambda folder: processes.peer_fails(folder, processes.RESET, few)),
        ("config read again in a burst", lambda folder: processes.reloaded_in_a_burst(folder, few)),
        ("power cut between any two steps (virtual)", lambda folder: virtual.power_loss(folder, rounds)),
        ("disk full while claiming, recording (virtual)", lambda folder: virtual.disk_full(folder, rounds)),
        ("no name resolves, no network, 6 h (virtual)", virtual.network_down),
        (
            "clock set 2 h forth and back (virtual)",
            lambda folder: virtual.clock_jumps(folder, [2 * _HOUR, -2 * _HOUR] * few),
        ),
        (
            "clock set a day forth and back (virtual)",
            lambda folder: virtual.clock_jumps(folder, [24 * _HOUR, -24 * _HOUR] * 2),
        ),
        ("asleep for 3 h (virtual)", lambda folder: virtual.clock_jumps(folder, [3 * _HOUR] * 3)),
        ("10,000 due at one instant, 3 channels", virtual.burst),
        ("5,000 files in the inbox at once", lambda folder: virtual.inbox_flood(folder, 5_000)),
    ]


def _a_minute(_: Daemon) -> None:
    Event().wait(_LOCKED)


if __name__ == "__main__":
    sys.stderr = open(os.devnull, "w")  # noqa: SIM115  # the refusals of thousands of broken files are no figures
    main()
