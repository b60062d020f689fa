"""Asks people to compare what was read with the original.

They are asked once, and once more before the first deadline.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b

from notifier.domain.comparison_asks import Stage, Waiting, next_stage
from notifier.domain.confirmation import Checked, Uncompared, uncompared
from notifier.domain.drafts import Language
from notifier.domain.offers import Offer
from notifier.domain.recipients import OPERATORS, Recipient
from notifier.domain.values import Source
from notifier.messages import milestone_name
from notifier.messages.alert_lines import first_lines, parcel_words, time_words
from notifier.messages.catalogue import words
from notifier.ports import Ledger
from notifier.service.operator_alerts import Alerts
from notifier.service.setup import ActiveSetup, Setup

log = logging.getLogger("notifier")

_MOST_TOLD = 10  # parcels named in one message
_MOST_TIMES = 6  # of one parcel
_LOOK_EVERY = timedelta(seconds=60)
_ALERTS = {Stage.ASKED: "compare", Stage.ESCALATED: "compare-now"}


class Comparing:
    """Know what nobody has compared yet, and ask for it."""

    def __init__(self, *, ledger: Ledger, active: ActiveSetup, alerts: Alerts) -> None:
        self._ledger = ledger
        self._active = active
        self._alerts = alerts
        self._looked_at: datetime | None = None
        self._next_at: datetime | None = None

    def uncompared(self, offers: Iterable[Offer], now: datetime) -> Uncompared:
        """Return what of `offers` nobody has compared.

        Where the config asks nobody to compare, these are only times from pictures.
        """
        confirmation = self._active.setup.settings.confirmation
        found = list({offer.id: offer for offer in offers}.values())
        if not confirmation.required:
            found = [offer for offer in found if _has_scanned(offer)]
        if not found:
            return Uncompared()
        checked = self._ledger.confirmations.of_parcels(found)
        return uncompared(checked, now, confirmation.people if confirmation.required else 0)

    def ask(self, now: datetime) -> datetime | None:
        """Ask for what is due to be asked; return when to call again, None if nothing is ahead."""
        if not self._active.setup.settings.confirmation.required:
            return None
        if not self._is_time(now):
            return self._next_at
        setup = self._active.setup
        waiting = self._ledger.confirmations.waiting(now, setup.settings.confirmation.people)
        due: dict[Stage, list[Waiting]] = defaultdict(list)
        ahead: list[datetime] = []
        for parcel in waiting:
            stage = next_stage(parcel, setup.settings.calendar)
            if stage is None:
                continue
            if stage[1] <= now:
                due[stage[0]].append(parcel)
            else:
                ahead.append(stage[1])
        for step in Stage:
            self._ask_all(step, due[step], setup, now)
        self._looked_at = now
        self._next_at = min(ahead, default=None)
        return self._next_at

    def _is_time(self, now: datetime) -> bool:
        """Whether something is due, or enough time has passed for something new to have come."""
        if self._looked_at is None or not self._looked_at <= now < self._looked_at + _LOOK_EVERY:
            return True
        return self._next_at is not None and self._next_at <= now

    def _ask_all(
        self, stage: Stage, waiting: Sequence[Waiting], setup: Setup, now: datetime
    ) -> None:
        """One message to each who is concerned, of all that is due."""
        if not waiting:
            return
        confirmations = self._ledger.confirmations
        offers = confirmations.parcels([parcel.parcel_id for parcel in waiting])
        people = setup.settings.confirmation.people
        checked = [
            parcel for parcel in confirmations.of_parcels(offers) if parcel.unconfirmed(now, people)
        ]
        checked.sort(key=lambda parcel: parcel.unconfirmed(now, people)[0][1].at)
        mine: dict[str, list[Checked]] = defaultdict(list)
        for parcel in checked:
            for recipient in _concerned(stage, parcel.offer, setup):
                mine[recipient.name].append(parcel)
        key = _key(stage, waiting)
        for name, listed in mine.items():
            recipient = setup.recipients[name]
            lines = _lines(listed, now, people, recipient.language)
            params = {"count": str(len(listed)), "parcels": "\n".join(lines)}
            self._alerts.queue_for(recipient, key, _ALERTS[stage], params, now)
        log.info("%s: people are asked to compare %d parcels", stage.value, len(checked))
        confirmations.mark_asked([(parcel.parcel_id, stage) for parcel in waiting], now)


def _has_scanned(offer: Offer) -> bool:
    return any(milestone.source is Source.SCANNED for _, milestone, _ in offer.deadlines())


def _concerned(stage: Stage, offer: Offer, setup: Setup) -> list[Recipient]:
    """Return who is asked: those who hear of new parcels.

    At last also those to whom things are escalated, or the operators where nobody is named.
    """
    watchers = [recipient for recipient in setup.planner.watchers(offer) if recipient.is_reminded]
    asked = [recipient for recipient in watchers if recipient.hears_news] or watchers
    if stage is Stage.ASKED:
        return asked
    names = dict.fromkeys(name for recipient in watchers for name in recipient.escalates_to)
    above = [setup.recipients[name] for name in names if name in setup.recipients]
    operators = [setup.recipients[OPERATORS]] if OPERATORS in setup.recipients else []
    everybody = [*asked, *(above or operators)]
    return list({recipient.name: recipient for recipient in everybody}.values())


def _key(stage: Stage, waiting: Sequence[Waiting]) -> str:
    """The same for what was to be asked when the process died before it noted that it had asked."""
    names = sorted(f"{parcel.parcel_id}:{parcel.known_at.isoformat()}" for parcel in waiting)
    digest = blake2b("|".join(names).encode(), digest_size=8).hexdigest()
    return f"compare:{stage.value}:{digest}"


def _lines(checked: Sequence[Checked], now: datetime, people: int, language: Language) -> list[str]:
    return first_lines([_line(parcel, now, people, language) for parcel in checked], _MOST_TOLD)


def _line(checked: Checked, now: datetime, people: int, language: Language) -> str:
    """`甲1号, 宁波: 报名截止 2024-11-14 17:00; 挂牌截止 2024-11-15 09:00`."""
    offer = checked.offer
    say = words(language)
    times = [
        f"{milestone_name(name, language, offer.kind)} {time_words(milestone)}"
        for name, milestone, _ in checked.unconfirmed(now, people)[:_MOST_TIMES]
    ]
    named = parcel_words(offer, say("parcel.no_number"))
    wrong = say("parcel.mark", mark=say("parcel.said_wrong")) if checked.is_said_wrong else ""
    return f"{named}{wrong}: {'; '.join(times)}"
