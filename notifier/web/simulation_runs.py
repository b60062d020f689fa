"""`simulate` for programs: in a child process, one at a time, for a bounded time.

The child has the ledger's copy and no channel's secret. Whatever it costs, the board goes on.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from notifier.config import Settings
from notifier.errors import NotifierError, UsageError

_SECONDS = 60
_LONGEST = timedelta(days=400)
_MOST_OUTAGES = 20


class SimulationBusy(NotifierError):
    """another simulation is under way: try again when it has ended"""


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulationOrder:
    """What is to be simulated: a span, and `down` and `fail` as the command line has them."""

    begin: datetime
    end: datetime
    down: Sequence[str] = ()
    fail: Sequence[str] = ()

    def check(self) -> None:
        """UsageError if it is more than one request may ask for."""
        if self.end <= self.begin:
            raise UsageError("to: it ends before it begins")
        if self.end - self.begin > _LONGEST:
            raise UsageError(f"to: at most {_LONGEST.days} days are simulated")
        if len(self.down) + len(self.fail) > _MOST_OUTAGES:
            raise UsageError(f"down, fail: at most {_MOST_OUTAGES} outages are simulated")


class SimulationRuns:
    """Run simulations, one at a time; each ends within `seconds`."""

    def __init__(self, *, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._running = threading.Lock()

    def messages(self, settings: Settings, order: SimulationOrder) -> list[Any]:
        """Return the messages as `simulate --json` prints them.

        UsageError: the order is not sound, or takes too long. SimulationBusy.
        """
        order.check()
        if not self._running.acquire(blocking=False):
            raise SimulationBusy
        try:
            return self._run(settings, order)
        finally:
            self._running.release()

    def _run(self, settings: Settings, order: SimulationOrder) -> list[Any]:
        with tempfile.TemporaryDirectory() as folder:
            request = {
                **asdict(order),
                "begin": order.begin.isoformat(),
                "end": order.end.isoformat(),
                "config": str(settings.file),
                "ledger": None if settings.ledger_url is not None else str(settings.ledger),
                "folder": folder,
            }
            try:
                ended = subprocess.run(  # our own interpreter and module
                    [sys.executable, "-P", "-m", "notifier.web.simulation_child"],
                    input=json.dumps(request).encode(),
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    timeout=self._seconds,
                    start_new_session=True,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                raise _too_much() from None
        try:
            answer = json.loads(ended.stdout)
        except ValueError:  # it was ended by a limit of its own
            raise _too_much() from None
        if "error" in answer:
            raise UsageError(str(answer["error"]))
        messages: list[Any] = answer["messages"]
        return messages


def _too_much() -> UsageError:
    return UsageError("this simulation takes too long or says too much: ask for a shorter span")
