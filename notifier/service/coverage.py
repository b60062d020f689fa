"""Parcels that no recipient is reminded of: told to the operators at once, many in one message."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from notifier.domain.drafts import Language
from notifier.domain.offers import Offer
from notifier.domain.recipients import OPERATORS
from notifier.domain.times import shanghai
from notifier.messages import milestone_name
from notifier.service.plans import PlanSteps

log = logging.getLogger("notifier")

_MOST_TOLD = 10  # parcels named in one message


class CoverageSteps(PlanSteps):
    def tell_uncovered(self, now: datetime) -> datetime | None:
        """Tell of what is newly uncovered, with its like of `group_wait`; when that is due, None if nothing is.

        Without operators the log says it, as `check` and everybody's digest do: a filter is a person's wish.
        """
        waiting = self._ledger.coverage.untold()
        if not waiting:
            return None
        (_, first_since), (_, last_since) = waiting[0], waiting[-1]
        due = first_since + self._parts.settings.group_wait
        if first_since <= now < due:
            return due
        offers = [offer for offer, _ in waiting]
        still = [offer for offer in offers if self._parts.planner.is_uncovered(offer, now)]
        if still:
            still.sort(key=lambda offer: _soonest_at(offer, now))
            log.warning("nobody is reminded of %d parcels: %s", len(still), "; ".join(_lines(still, now, "en")))
            operators = self._parts.recipients.get(OPERATORS)
            if operators is not None:
                params = {"count": str(len(still)), "parcels": "\n".join(_lines(still, now, operators.language))}
                key = f"uncovered:{last_since.isoformat()}:{waiting[-1][0].id}"
                self._tell_operators(key, "uncovered", params, now)
        self._ledger.coverage.mark_told(offers)
        return None


def _lines(offers: Sequence[Offer], now: datetime, language: Language) -> list[str]:
    lines = [_line(offer, now, language) for offer in offers[:_MOST_TOLD]]
    more = len(offers) - _MOST_TOLD
    return [*lines, f"(+{more})"] if more > 0 else lines


def _line(offer: Offer, now: datetime, language: Language) -> str:
    """`甲1号, 宁波 鄞州区: 报名截止 2024-11-14 17:00`."""
    where = " ".join(part for part in (offer.city, offer.parcel.district) if part)
    parcel = ", ".join(part for part in (offer.parcel.parcel_no, where) if part) or offer.title
    ahead = [(one.at, name, one) for name, one, _ in offer.deadlines() if one.over_at > now]
    if not ahead:
        return parcel
    at, name, milestone = min(ahead, key=lambda one: one[0])
    clock = "" if milestone.day_only else f" {shanghai(at):%H:%M}"
    return f"{parcel}: {milestone_name(name, language, offer.kind)} {shanghai(at):%Y-%m-%d}{clock}"


def _soonest_at(offer: Offer, now: datetime) -> datetime:
    """Of what has no deadline that was read: now, for people must look."""
    return min((one.over_at for _, one, _ in offer.deadlines() if one.over_at > now), default=now)
