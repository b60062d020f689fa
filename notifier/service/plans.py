"""From parcels to reminders: what is stale is planned, what differs is stored."""

from __future__ import annotations

from datetime import datetime

from notifier.config import plan_fingerprint
from notifier.service.base import Steps

_BATCH = 500  # parcels planned in one transaction


class PlanSteps(Steps):
    def replan(self, now: datetime, *, all_parcels: bool = False) -> int:
        """Plan what is stale, or everything; how many reminders differ from before."""
        differed = 0
        with self._planning:
            planner = self._parts.planner
            after = 0
            while batch := self._ledger.to_plan(after=after, limit=_BATCH, all_parcels=all_parcels):
                differed += self._ledger.replace_plan([planner.plan(known, now) for known in batch], now)
                after = batch[-1].offer.id
        return differed

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
