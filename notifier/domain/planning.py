"""From (an offer, the recipients, the calendar) to the full set of its reminders.

Pure and deterministic: planning twice gives the same rows. What a row may become afterwards is decided
in `claims.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import blake2b
from typing import NamedTuple, TypeVar

from notifier.domain.drafts import ItemKind
from notifier.domain.offers import Offer, OfferState
from notifier.domain.recipients import Recipient, Rule
from notifier.domain.values import MilestoneName
from notifier.domain.workdays import WorkCalendar

ALL_MILESTONES = "*"
"""In a set of acknowledged milestones: the whole parcel is skipped."""

_MEMORY = 50_000


class Reminder(NamedTuple):
    """One row of the plan. A tuple, because a plan holds a million of them.

    `kind` REMINDER or ESCALATION name a milestone and its instant; NEW and CHANGE are about the parcel
    (`milestone` empty, `milestone_at` the soonest one ahead). `origin`: whose silence is escalated, or
    which change it is. `reason`: why `due_at` is not the lead's own instant.
    """

    id: bytes
    recipient: str
    kind: ItemKind
    milestone: str
    lead: str
    milestone_at: datetime
    due_at: datetime
    urgent: bool
    provisional: bool
    reason: str
    origin: str


def identity(
    recipient: str,
    offer_key: str,
    kind: ItemKind,
    milestone: str,
    milestone_at: datetime | None,
    lead: str,
    origin: str,
) -> bytes:
    """The stable 16 bytes of (recipient, parcel, milestone, the milestone's instant, lead)."""
    return _digest(_beginning(recipient, offer_key, kind, milestone, milestone_at), lead, origin)


def _beginning(recipient: str, offer_key: str, kind: ItemKind, milestone: str, milestone_at: datetime | None) -> str:
    """What the identities of all leads of one deadline begin with."""
    instant = "" if milestone_at is None else milestone_at.timestamp()
    return f"{recipient}\x1f{offer_key}\x1f{kind}\x1f{milestone}\x1f{instant}\x1f"


def _digest(beginning: str, lead: str, origin: str) -> bytes:
    return blake2b(f"{beginning}{lead}\x1f{origin}".encode("utf-8", "surrogatepass"), digest_size=16).digest()


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """A parcel as planning needs it: since when each deadline and each watcher is known, what is acknowledged,
    and the changes not yet told (change id -> whether a deadline came nearer). `stale` counts what happened to
    the parcel since it was planned; `fresh`: it never was."""

    offer: Offer
    stale: int
    fresh: bool
    deadlines: Mapping[tuple[str, datetime], datetime]
    watches: Mapping[str, datetime]
    acknowledged: frozenset[str]
    untold: Mapping[int, bool]


@dataclass(frozen=True, kw_only=True, slots=True)
class ParcelPlan:
    """The full plan of one parcel. `void` says why a reminder that is no longer in it is void."""

    known: Known
    reminders: Sequence[Reminder]
    watchers: Sequence[str]
    void: str = ""

    @property
    def parcel_id(self) -> int:
        return self.known.offer.id


class _Slot(NamedTuple):
    """A reminder without its parcel: what all parcels with this deadline share."""

    lead: str
    due_at: datetime
    urgent: bool
    provisional: bool
    reason: str


class _News(NamedTuple):
    """An announcement without its parcel."""

    soonest: datetime
    due_at: datetime
    urgent: bool
    reason: str


@dataclass(frozen=True, kw_only=True)
class Planner:
    """Plans for one set of recipients and one calendar; remembers the schedule of a shared deadline."""

    recipients: tuple[Recipient, ...]
    calendar: WorkCalendar
    group_wait: timedelta = timedelta(seconds=30)
    _slots: dict[tuple[str, MilestoneName, datetime, datetime], tuple[_Slot, ...]] = field(default_factory=dict)
    _news: dict[tuple[str, tuple[tuple[MilestoneName, datetime], ...], datetime, bool], _News] = field(
        default_factory=dict
    )

    @cached_property
    def _alike(self) -> Mapping[str, str]:
        """Recipient -> the first one with the same rules and quiet hours: their schedules are one."""
        first: dict[tuple[object, object], str] = {}
        return {one.name: first.setdefault((one.rules, one.quiet), one.name) for one in self.recipients}

    def watchers(self, offer: Offer) -> list[Recipient]:
        """Who is reminded of `offer`, in the order of the config."""
        return [recipient for recipient in self.recipients if recipient.filters.match(offer)]

    def plan(
        self,
        offer: Offer,
        recipient: Recipient,
        *,
        known_at: Callable[[MilestoneName, datetime], datetime],
        acknowledged: frozenset[str] = frozenset(),
    ) -> list[Reminder]:
        """The reminders of `offer` for `recipient` and those its silence escalates to.

        `known_at(milestone, its instant)`: since when both the deadline and the recipient are known; leads
        that were due before then are told by the message that announces the parcel or its change.
        `acknowledged`: names of milestones that are done, ALL_MILESTONES if the parcel is skipped.
        """
        if offer.state is not OfferState.OPEN or ALL_MILESTONES in acknowledged:
            return []
        planned: dict[bytes, Reminder] = {}
        for name, milestone, _condition in offer.deadlines():
            if name in acknowledged:
                continue
            slots = self._schedule(recipient, name, milestone.at, known_at(name, milestone.at))
            for reminder in _reminders(offer, recipient.name, ItemKind.REMINDER, name, milestone.at, slots):
                planned[reminder.id] = reminder
            if recipient.escalate_to:
                for reminder in self._escalations(offer, recipient, name, milestone.at, slots):
                    planned[reminder.id] = reminder
        return list(planned.values())

    def _schedule(
        self, recipient: Recipient, name: MilestoneName, at: datetime, known_at: datetime
    ) -> tuple[_Slot, ...]:
        def slots() -> tuple[_Slot, ...]:
            return tuple(
                slot
                for rule in recipient.rules
                if rule.milestone == name
                for slot in self._leads(recipient, rule, at, known_at)
            )

        return _remembered(self._slots, (self._alike[recipient.name], name, at, known_at), slots)

    def _leads(self, recipient: Recipient, rule: Rule, at: datetime, known_at: datetime) -> Iterable[_Slot]:
        for lead in rule.leads:
            due = lead.due(at, self.calendar, rule.roll)
            if due is None or due.at <= known_at:
                continue
            urgent = rule.is_urgent(lead)
            due_at, reason = due.at, ""
            if recipient.quiet is not None:
                moved = recipient.quiet.move(
                    due.at, known_at=known_at, milestone_at=at, urgent=urgent, calendar=self.calendar
                )
                due_at, reason = moved.at, moved.reason
            yield _Slot(str(lead), due_at, urgent, due.provisional, reason)

    def _escalations(
        self, offer: Offer, recipient: Recipient, name: MilestoneName, at: datetime, slots: tuple[_Slot, ...]
    ) -> Iterable[Reminder]:
        """One a milestone, `escalate_after` its first urgent reminder, or at half the time left if sooner."""
        urgent = [slot for slot in slots if slot.urgent]
        if not urgent:
            return
        first = min(urgent, key=lambda slot: slot.due_at)
        wait = min(recipient.escalate_after, (at - first.due_at) / 2)
        slot = first._replace(due_at=first.due_at + wait, reason="escalation")
        for other in recipient.escalate_to:
            yield from _reminders(offer, other, ItemKind.ESCALATION, name, at, (slot,), origin=recipient.name)

    def announcement(
        self,
        offer: Offer,
        recipient: Recipient,
        kind: ItemKind,
        *,
        now: datetime,
        origin: str = "",
        pressing: bool = False,
    ) -> Reminder | None:
        """The NEW or CHANGE (`origin`: which one) item; None if a NEW parcel has nothing ahead.

        It waits `group_wait` for its like and for the end of quiet hours, unless a deadline is too close.
        `pressing`: urgent whatever the leads say (a deadline came nearer).
        """
        ahead = tuple((name, milestone.at) for name, milestone, _ in offer.deadlines() if milestone.at > now)
        if not ahead and kind is ItemKind.NEW:
            return None
        key = (self._alike[recipient.name], ahead, now, pressing)
        said = _remembered(self._news, key, lambda: self._announced(recipient, ahead, now, pressing=pressing))
        return Reminder(
            identity(recipient.name, offer.key, kind, "", None, "", origin),
            recipient.name, kind, "", "", said.soonest, said.due_at, said.urgent, False, said.reason, origin,
        )  # fmt: skip

    def _announced(
        self, recipient: Recipient, ahead: tuple[tuple[MilestoneName, datetime], ...], now: datetime, *, pressing: bool
    ) -> _News:
        soonest = min((at for _, at in ahead), default=now + timedelta(days=1))
        urgent = pressing or any(self._is_urgent_at(recipient, name, at, now) for name, at in ahead)
        due_at, reason = now + self.group_wait, ""
        if soonest <= due_at:
            due_at = now
        elif recipient.quiet is not None:
            moved = recipient.quiet.move(
                due_at, known_at=now, milestone_at=soonest, urgent=urgent, calendar=self.calendar
            )
            due_at, reason = moved.at, moved.reason
        return _News(soonest, due_at, urgent, reason)

    def _is_urgent_at(self, recipient: Recipient, name: MilestoneName, at: datetime, now: datetime) -> bool:
        """Whether an urgent lead of this deadline is due by now: then its announcement is urgent too."""
        for rule in recipient.rules:
            if rule.milestone == name:
                for lead in rule.leads:
                    due = lead.due(at, self.calendar, rule.roll) if rule.is_urgent(lead) else None
                    if due is not None and due.at <= now + self.group_wait:
                        return True
        return False


_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


def _remembered(memory: dict[_Key, _Value], key: _Key, make: Callable[[], _Value]) -> _Value:
    """What many parcels, or recipients, share is worked out once; a memory that is full begins anew."""
    value = memory.get(key)
    if value is None:
        if len(memory) >= _MEMORY:
            memory.clear()
        value = memory[key] = make()
    return value


def _reminders(
    offer: Offer,
    recipient: str,
    kind: ItemKind,
    name: MilestoneName,
    at: datetime,
    slots: Iterable[_Slot],
    origin: str = "",
) -> list[Reminder]:
    beginning = _beginning(recipient, offer.key, kind, name, at)
    return [
        Reminder(
            _digest(beginning, slot.lead, origin), recipient, kind, name, slot.lead, at,
            slot.due_at, slot.urgent, slot.provisional, slot.reason, origin,
        )
        for slot in slots
    ]  # fmt: skip
