"""Recipients who are missing from the config: what waits for them is kept for a while."""

from __future__ import annotations

import logging
import threading
from datetime import datetime

from notifier.ports import Clock, Ledger
from notifier.service.operator_alerts import Alerts
from notifier.service.setup import ActiveSetup, Setup

log = logging.getLogger("notifier")

_KEPT_FOR = 3600  # seconds


class Absentees:
    """Keeps what waits for recipients who left the config: it may be under edit."""

    def __init__(
        self, *, ledger: Ledger, active: ActiveSetup, alerts: Alerts, clock: Clock
    ) -> None:
        self._ledger = ledger
        self._active = active
        self._alerts = alerts
        self._clock = clock
        self._known: set[str] = set()
        self._away_since: dict[str, float] = {}
        self._lock = threading.Lock()  # a reload notes while housekeeping gives up

    def away(self, setup: Setup) -> set[str]:
        """Return who has been planned for and is missing from `setup`."""
        return self._known - setup.recipients.keys()

    def note(self, now: datetime) -> None:
        """Notice who is away and who is back; send now what has waited for who is back."""
        with self._lock:
            self._note(now)

    def _note(self, now: datetime) -> None:
        setup = self._active.setup
        self._known = self._ledger.absences.known_recipients() | setup.recipients.keys()
        self._ledger.absences.replace_known(self._known)
        away = self.away(setup)
        for name in sorted(away - self._away_since.keys()):
            self._away_since[name] = self._clock.steady()
            log.warning(
                "%s is no longer in the config: what waits for them is kept for %d minutes",
                name,
                _KEPT_FOR // 60,
            )
        for name in sorted(self._away_since.keys() - away):
            self._ledger.retries.bring_forward(name, now)
            del self._away_since[name]
            log.info("%s is in the config again: what has waited is sent", name)

    def give_up(self, now: datetime) -> None:
        """Cancel what waits for recipients who stayed away, and tell the operators."""
        with self._lock:
            self._give_up(now)

    def _give_up(self, now: datetime) -> None:
        long_ago = self._clock.steady() - _KEPT_FOR
        gone = [name for name, since in self._away_since.items() if since <= long_ago]
        for name in gone:
            cancelled = self._ledger.absences.give_up(name, now)
            self._known.discard(name)
            self._ledger.absences.replace_known(self._known)
            del self._away_since[name]
            log.warning("%s is gone: %d reminders and messages cancelled", name, cancelled)
            if cancelled:
                params = {"recipient": name, "count": str(cancelled)}
                key = f"gone:{name}:{now.isoformat()}"
                self._alerts.queue(key, "recipient-gone", params, now)
