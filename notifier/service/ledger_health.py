"""How the ledger is, and whether the daemon's work goes on: alerts that need no ledger."""

from __future__ import annotations

import logging
import threading
from datetime import datetime

from notifier.errors import LedgerBusy, NotifierError
from notifier.ports import Clock
from notifier.service.operator_alerts import Alerts

log = logging.getLogger("notifier")

_BUSY_FOR_LONG = 60.0  # seconds
_ALIVE_WITHIN = 60.0  # seconds


class LedgerHealth:
    """Knows which steps fail, and when what is due was looked for last."""

    def __init__(self, *, alerts: Alerts, clock: Clock, ending: threading.Event) -> None:
        """`ending` is set when the daemon ends: a step that this interrupts alarms nobody."""
        self._alerts = alerts
        self._clock = clock
        self._ending = ending
        self._worked_at = clock.steady()
        self._failing_since: dict[str, float] = {}  # step -> when it began to fail
        self._failed_at: float | None = None

    def note_failure(self, step: str, fault: NotifierError, now: datetime) -> None:
        """Log a step that failed; alert the operators unless the ledger is busy for a moment."""
        if self._ending.is_set():
            log.info("%s: ended before it was done: %s", step, fault)
            return
        log.error("%s: %s", step, fault)
        present = self._clock.steady()
        self._failed_at = present
        since = self._failing_since.setdefault(step, present)
        is_lasting = present - since > _BUSY_FOR_LONG
        if is_lasting or not isinstance(fault, LedgerBusy):
            self._alerts.send_now("ledger-trouble", {"words": str(fault)}, now)

    def note_success(self, step: str, now: datetime) -> None:
        """Note that a step worked; when all that failed work again, tell of the trouble's end."""
        if self._failing_since.pop(step, None) is not None and not self._failing_since:
            self._alerts.send_all_clear("ledger-trouble", "ledger-works", now)

    def note_dispatched(self) -> None:
        """Note that what is due was looked for."""
        self._worked_at = self._clock.steady()

    @property
    def is_alive(self) -> bool:
        """Whether what is due was looked for lately."""
        return self._clock.steady() - self._worked_at < _ALIVE_WITHIN

    @property
    def is_responsive(self) -> bool:
        """Whether the daemon is alive, or says aloud that it cannot reach its ledger."""
        if self.is_alive:
            return True
        # a failure of long ago says nothing of a step that hangs now
        return (
            self._failed_at is not None and self._clock.steady() - self._failed_at < _ALIVE_WITHIN
        )
