"""The desk's verbs for a while without reminders: remind me again later, somebody works on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from notifier.config import Settings
from notifier.domain.offers import Offer
from notifier.domain.pauses import Pause, PauseKind, pause_of, seen_until, snoozed_until
from notifier.domain.planning import Planner
from notifier.domain.recipients import Recipient
from notifier.domain.times import aware
from notifier.domain.values import Milestone, MilestoneName
from notifier.errors import UsageError
from notifier.ports import Ledger
from notifier.service.desk import Desk

_TOO_LATE = (
    "the last reminder before this deadline has gone out: nothing is put off; "
    "say whether it is done"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Paused:
    """A pause that was kept, with its parcel."""

    offer: Offer
    pause: Pause


class PauseDesk:
    """Puts off what a recipient would be reminded of. Each verb answers with a value."""

    def __init__(self, ledger: Ledger, desk: Desk, settings: Callable[[], Settings]) -> None:
        self._ledger = ledger
        self._desk = desk
        self._settings = settings

    def snooze(
        self,
        parcel: str | Offer,
        milestone: str,
        *,
        wait: timedelta,
        by: str,
        recipient: str = "",
        at: datetime | None = None,
        now: datetime,
    ) -> Paused:
        """Remind `recipient` (empty: `by`) again after `wait`, at the latest at the last lead.

        `at`: of the milestone that stands at that instant; None: of the next one of this name.
        UsageError if that is too late, or nobody of this name is reminded of the parcel.
        """
        return self._pause(PauseKind.SNOOZE, parcel, milestone, recipient, by, at, now, wait)

    def mark_seen(
        self,
        parcel: str | Offer,
        milestone: str,
        *,
        by: str,
        recipient: str = "",
        at: datetime | None = None,
        now: datetime,
    ) -> Paused:
        """Note that somebody works on it.

        No reminder and no escalation comes until shortly before the last lead. Otherwise like
        `snooze`.
        """
        return self._pause(PauseKind.SEEN, parcel, milestone, recipient, by, at, now, timedelta(0))

    def _pause(
        self,
        kind: PauseKind,
        parcel: str | Offer,
        milestone: str,
        recipient: str,
        by: str,
        at: datetime | None,
        now: datetime,
        wait: timedelta,
    ) -> Paused:
        name = self._desk.milestone(milestone)
        offer = self._desk.parcel(parcel) if isinstance(parcel, str) else parcel
        person = self._watcher(offer, recipient or by)
        stands = _standing_at(offer, name, at, now)
        until = self.comes_back(kind, person, name, stands, now, wait)
        if until is None:
            raise UsageError(_TOO_LATE)
        pause = Pause(
            recipient=person.name,
            milestone=name,
            milestone_at=stands.at,
            kind=kind,
            said_at=now,
            until=until,
            by=by,
        )
        self._ledger.pauses.add(offer.id, pause)
        return Paused(offer=offer, pause=pause)

    def comes_back(
        self,
        kind: PauseKind,
        recipient: Recipient,
        name: MilestoneName,
        milestone: Milestone,
        now: datetime,
        wait: timedelta,
    ) -> datetime | None:
        """Return when the reminder would come back; None: too late for a pause."""
        settings = self._settings()
        planner = Planner(recipients=settings.recipients, calendar=settings.calendar)
        last_lead = planner.last_lead(recipient, name, milestone)
        if kind is PauseKind.SNOOZE:
            until = snoozed_until(now + wait, last_lead, now)
        else:
            until = seen_until(milestone, last_lead, now, recipient.answers_within)
        return None if until is None else until.replace(microsecond=0)

    def pause_now(
        self, offer: Offer, recipient: str, name: MilestoneName, at: datetime, now: datetime
    ) -> Pause | None:
        """Return the pause of a recipient that has not ended; None if there is none."""
        own = [
            pause
            for pause in self._ledger.pauses.of_parcel(offer.id)
            if pause.recipient == recipient and pause.until > now
        ]
        return pause_of(own, name, at)

    def _watcher(self, offer: Offer, name: str) -> Recipient:
        watchers = {
            recipient.name: recipient
            for recipient in self._settings().recipients
            if recipient.filters.match(offer)
        }
        if name not in watchers:
            known = ", ".join(watchers)
            raise UsageError(
                f"{name}: nobody of this name is reminded of the parcel: use one of {known}"
            )
        return watchers[name]


def _standing_at(
    offer: Offer, name: MilestoneName, at: datetime | None, now: datetime
) -> Milestone:
    """Return the milestone that is meant. UsageError if it does not stand, or has passed."""
    stated = [milestone for stated_name, milestone, _ in offer.deadlines() if stated_name is name]
    if at is not None:
        aware(at)
        stated = [milestone for milestone in stated if milestone.at == at]
    ahead = [milestone for milestone in stated if milestone.over_at > now]
    if not ahead:
        raise UsageError("no time of this milestone is ahead: there is nothing to be put off")
    return min(ahead, key=lambda milestone: milestone.at)
