"""The upkeep of the ledger: not urgent, and not optional."""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta

from notifier.ports import Clock, Ledger
from notifier.service.absentees import Absentees
from notifier.service.backups import Backups
from notifier.service.clock_watch import ClockWatch
from notifier.service.failover import Failover
from notifier.service.operator_alerts import Alerts
from notifier.service.remembered import LAST_BEAT
from notifier.service.replanning import Planning
from notifier.service.sending import Sending
from notifier.service.steps import Again

log = logging.getLogger("notifier")

_EVERY = timedelta(seconds=60)
_BEAT_EVERY = timedelta(seconds=10)
_CHECK_EVERY = 1800.0  # seconds


class Housekeeping:
    """Keeps the ledger and catches up with the config, once a minute."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        clock: Clock,
        clock_watch: ClockWatch,
        alerts: Alerts,
        backups: Backups,
        sending: Sending,
        planning: Planning,
        absentees: Absentees,
        failover: Failover,
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._clock_watch = clock_watch
        self._alerts = alerts
        self._backups = backups
        self._sending = sending
        self._planning = planning
        self._absentees = absentees
        self._failover = failover
        self._checked_at: float | None = None
        self._lock = threading.Lock()

    def step(self, now: datetime) -> Again:
        """Keep the ledger, then do what a reload could not do while the ledger was locked."""
        with self._lock:
            self.keep_ledger(now)
            # also what was under way on a channel that is gone
            self._failover.reroute(now)
            self._absentees.give_up(now)
            has_planned = self._planning.replan_if_config_changed(now)
        return Again(after=_EVERY, wake=has_planned)

    def beat(self, now: datetime) -> Again:
        """Note that the daemon moves, and have the ledger's log moved into its tables.

        Whoever sends need not wait for the latter then.
        """
        self._ledger.memory.put(LAST_BEAT, now.isoformat())
        self._ledger.upkeep.checkpoint()
        return Again(after=_BEAT_EVERY)

    def keep_ledger(self, now: datetime) -> None:
        """Check the ledger, free what a dead worker left, forget, back up."""
        if self._is_time_to_check():
            self._alert_of_damage(now)
            if self._clock_watch.is_trusted:
                self._ledger.kept_files.forget_old(now)
        if not self._sending.has_unrecorded:
            self._ledger.retries.recover_expired_leases(now, under_way=self._sending.under_way())
        if self._clock_watch.is_trusted:
            self._ledger.upkeep.forget_old(now)
        self._backups.back_up_if_time(now)

    def _is_time_to_check(self) -> bool:
        present = self._clock.steady()
        if self._checked_at is not None and present < self._checked_at + _CHECK_EVERY:
            return False
        self._checked_at = present
        return True

    def _alert_of_damage(self, now: datetime) -> None:
        """Alert of a damaged ledger while it still works: it goes on from memory for a while."""
        if words := self._ledger.upkeep.damage():
            log.error("%s is damaged: %s", self._ledger.upkeep.place, words)
            self._alerts.send_now("ledger-damaged", {"words": words}, now)
