"""From parcels to reminders: what is stale is planned, what differs is stored."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator
from datetime import datetime

from notifier.config import plan_fingerprint
from notifier.domain.planning import Known, ParcelPlan, Planner
from notifier.ports import Ledger
from notifier.service.absentees import Absentees
from notifier.service.operator_alerts import Alerts
from notifier.service.remembered import PLAN
from notifier.service.setup import ActiveSetup

log = logging.getLogger("notifier")

_BATCH = 500  # parcels planned in one transaction


class Planning:
    """Plans the reminders of parcels that are stale, and stores what differs."""

    def __init__(
        self, *, ledger: Ledger, active: ActiveSetup, absentees: Absentees, alerts: Alerts
    ) -> None:
        self._ledger = ledger
        self._active = active
        self._absentees = absentees
        self._alerts = alerts
        self._lock = threading.Lock()

    def replan(self, now: datetime, *, all_parcels: bool = False) -> int:
        """Plan what is stale, or everything; return how many reminders differ from before."""
        differed = 0
        with self._lock:
            setup = self._active.setup
            away = self._absentees.away(setup)
            after = 0
            while batch := self._ledger.plans.to_plan(
                after=after, limit=_BATCH, all_parcels=all_parcels
            ):
                planned = list(self._plan_each(setup.planner, batch, now))
                differed += self._ledger.plans.replace(planned, now, away=away)
                if len(batch) < _BATCH:
                    break
                after = batch[-1].offer.id
        return differed

    def replan_if_stale(self, now: datetime) -> bool:
        """Plan what was stored since, by whichever process; return whether there was something."""
        if not self._ledger.plans.has_stale():
            return False
        self.replan(now)
        return True

    def replan_if_config_changed(self, now: datetime) -> bool:
        """Plan everything anew if rules or the calendar are others than at the last time."""
        self._absentees.note(now)
        settings = self._active.setup.settings
        fingerprints = [
            f"{recipient.name}={plan_fingerprint(recipient, settings.calendar)}"
            for recipient in settings.listeners
        ]
        fingerprint = ";".join(fingerprints)
        if self._ledger.memory.get(PLAN) == fingerprint:
            return False
        self.replan(now, all_parcels=True)
        self._ledger.memory.put(PLAN, fingerprint)
        return True

    def _plan_each(
        self, planner: Planner, batch: Iterable[Known], now: datetime
    ) -> Iterator[ParcelPlan]:
        """Plan parcels; one that cannot be planned keeps its plan, with an alert."""
        for known in batch:
            try:
                yield planner.plan(known, now)
            except Exception as fault:
                parcel_no = known.offer.parcel.parcel_no
                log.exception("%s: not planned", parcel_no)
                params = {"parcel": parcel_no, "words": f"{type(fault).__name__}: {fault}"}
                key = f"not-planned:{known.offer.id}:{fault}"
                self._alerts.queue(key, "not-planned", params, now)
