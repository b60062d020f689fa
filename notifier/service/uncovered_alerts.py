"""Alerts of parcels that no recipient is reminded of."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from notifier.domain.drafts import Language
from notifier.domain.offers import Offer
from notifier.domain.recipients import OPERATORS
from notifier.messages import milestone_name
from notifier.messages.alert_lines import first_lines, parcel_words, time_words
from notifier.ports import Ledger
from notifier.service.operator_alerts import Alerts
from notifier.service.setup import ActiveSetup

log = logging.getLogger("notifier")

_MOST_TOLD = 10  # parcels named in one message


class UncoveredAlerts:
    """Tells operators of parcels that no recipient is reminded of."""

    def __init__(self, *, ledger: Ledger, active: ActiveSetup, alerts: Alerts) -> None:
        self._ledger = ledger
        self._active = active
        self._alerts = alerts

    def queue(self, now: datetime) -> datetime | None:
        """Tell the operators which parcels nobody is reminded of since lately, many in one message.

        They wait for others of their kind for `group_wait`; return when that is over, None if none
        waits. Without operators the log says it, as `check` and everybody's digest do: a filter is
        a person's wish.
        """
        waiting = self._ledger.coverage.untold()
        if not waiting:
            return None
        setup = self._active.setup
        (_, first_since), (last_offer, last_since) = waiting[0], waiting[-1]
        due = first_since + setup.settings.group_wait
        if first_since <= now < due:
            return due
        offers = [offer for offer, _ in waiting]
        uncovered = [offer for offer in offers if setup.planner.is_uncovered(offer, now)]
        if uncovered:
            uncovered.sort(key=lambda offer: _soonest_at(offer, now))
            in_log = "; ".join(_lines(uncovered, now, "en"))
            log.warning("nobody is reminded of %d parcels: %s", len(uncovered), in_log)
            operators = setup.recipients.get(OPERATORS)
            if operators is not None:
                lines = _lines(uncovered, now, operators.language)
                params = {"count": str(len(uncovered)), "parcels": "\n".join(lines)}
                key = f"uncovered:{last_since.isoformat()}:{last_offer.id}"
                self._alerts.queue(key, "uncovered", params, now)
        self._ledger.coverage.mark_told(offers)
        return None


def _lines(offers: Sequence[Offer], now: datetime, language: Language) -> list[str]:
    return first_lines([_line(offer, now, language) for offer in offers], _MOST_TOLD)


def _line(offer: Offer, now: datetime, language: Language) -> str:
    """Write a parcel as `甲1号, 宁波 鄞州区: 报名截止 2024-11-14 17:00`."""
    parcel = parcel_words(offer, "") or offer.title
    ahead = [
        (name, milestone) for name, milestone, _ in offer.deadlines() if milestone.over_at > now
    ]
    if not ahead:
        return parcel
    name, milestone = min(ahead, key=lambda deadline: deadline[1].at)
    return f"{parcel}: {milestone_name(name, language, offer.kind)} {time_words(milestone)}"


def _soonest_at(offer: Offer, now: datetime) -> datetime:
    """Return when a parcel's first deadline passes; `now` if none was read: people must look."""
    ends = [milestone.over_at for _, milestone, _ in offer.deadlines()]
    return min((end for end in ends if end > now), default=now)
