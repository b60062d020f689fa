"""From parcels to reminders: what is stale is planned, what differs is stored."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime

from notifier.config import plan_fingerprint
from notifier.domain.planning import Known, ParcelPlan, Planner
from notifier.service.base import Steps
from notifier.service.remembered import PLAN

log = logging.getLogger("notifier")

_AWAY_FOR = 3600  # seconds
_BATCH = 500  # parcels planned in one transaction


class PlanSteps(Steps):
    def replan(self, now: datetime, *, all_parcels: bool = False) -> int:
        """Plan what is stale, or everything; how many reminders differ from before."""
        differed = 0
        with self._planning:
            parts = self._parts
            away = self._away(parts)
            after = 0
            while batch := self._ledger.plans.to_plan(after=after, limit=_BATCH, all_parcels=all_parcels):
                plans = list(self._planned(parts.planner, batch, now))
                differed += self._ledger.plans.replace(plans, now, away=away)
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
        self._see_who_is_away(now)
        settings = self._parts.settings
        fingerprints = ";".join(f"{one.name}={plan_fingerprint(one, settings.calendar)}" for one in settings.recipients)
        if self._ledger.memory.get(PLAN) == fingerprints:
            return False
        self.replan(now, all_parcels=True)
        self._ledger.memory.put(PLAN, fingerprints)
        return True

    # -- recipients who are away --------------------------------------------------------------------

    def _see_who_is_away(self, now: datetime) -> None:
        """A name that is missing from the config may be back in a moment: what waits for it is kept."""
        parts = self._parts
        self._known_recipients = self._ledger.absences.known_recipients() | parts.recipients.keys()
        self._ledger.absences.remember(self._known_recipients)
        away = self._away(parts)
        for name in sorted(away - self._away_since.keys()):
            self._away_since[name] = self._clock.steady()
            log.warning(
                "%s is no longer in the config: what waits for this recipient is kept for %d minutes",
                name,
                _AWAY_FOR // 60,
            )
        for name in sorted(self._away_since.keys() - away):
            self._ledger.retries.bring_forward(name, now)
            del self._away_since[name]
            log.info("%s is in the config again: what has waited is sent", name)

    def give_up_the_absent(self, now: datetime) -> None:
        """Cancel what waits for recipients who stayed away, and say so aloud."""
        long_ago = self._clock.steady() - _AWAY_FOR
        for name in [name for name, since in self._away_since.items() if since <= long_ago]:
            cancelled = self._ledger.absences.give_up(name, now)
            self._known_recipients.discard(name)
            self._ledger.absences.remember(self._known_recipients)
            del self._away_since[name]
            log.warning("%s is gone: %d reminders and messages cancelled", name, cancelled)
            if cancelled:
                params = {"recipient": name, "count": str(cancelled)}
                self._tell_operators(f"gone:{name}:{now.isoformat()}", "recipient-gone", params, now)
