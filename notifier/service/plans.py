"""From parcels to reminders: what is stale is planned, what differs is stored."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime

from notifier.config import plan_fingerprint
from notifier.domain.planning import Known, ParcelPlan, Planner
from notifier.service.base import Steps

log = logging.getLogger("notifier")

_BATCH = 500  # parcels planned in one transaction


class PlanSteps(Steps):
    def replan(self, now: datetime, *, all_parcels: bool = False) -> int:
        """Plan what is stale, or everything; how many reminders differ from before."""
        differed = 0
        with self._planning:
            planner = self._parts.planner
            after = 0
            while batch := self._ledger.to_plan(after=after, limit=_BATCH, all_parcels=all_parcels):
                differed += self._ledger.replace_plan(list(self._planned(planner, batch, now)), now)
                after = batch[-1].offer.id
        return differed

    def _planned(self, planner: Planner, batch: Iterable[Known], now: datetime) -> Iterator[ParcelPlan]:
        """A parcel that cannot be planned keeps its plan of before, and is said aloud; it never stops the others."""
        for known in batch:
            try:
                yield planner.plan(known, now)
            except Exception as fault:
                parcel_no = known.offer.parcel.parcel_no
                log.exception("%s: not planned", parcel_no)
                params = {"parcel": parcel_no, "words": f"{type(fault).__name__}: {fault}"}
                self._tell_operators(f"not-planned:{known.offer.id}:{fault}", "not-planned", params, now)

    def replan_if_config_changed(self, now: datetime) -> bool:
        """Plan everything anew if a recipient's rules or the calendar differ from those planned by."""
        settings = self._parts.settings
        fingerprints = ";".join(f"{one.name}={plan_fingerprint(one, settings.calendar)}" for one in settings.recipients)
        if self._ledger.get("plan") == fingerprints:
            return False
        self._ledger.drop_recipients([one.name for one in settings.recipients])
        self.replan(now, all_parcels=True)
        self._ledger.put("plan", fingerprints)
        return True
