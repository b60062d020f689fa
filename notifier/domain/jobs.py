"""One delivery that is being tried, with all that its words need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b

from notifier.domain.claims import is_over
from notifier.domain.delivery import DeliveryStep
from notifier.domain.drafts import DraftKind, Item, ItemKind, Told
from notifier.domain.offers import Offer, OfferChange, OfferState
from notifier.domain.plain import Plain
from notifier.domain.recipients import Recipient, Route
from notifier.domain.reminders import Reminder
from notifier.domain.values import Finding, MilestoneName

ACKNOWLEDGED = "acknowledged"

Voices = Mapping[str, str]
"""Recipient -> how they are spoken to (language, notes): the same words reach those of one
voice."""


@dataclass(frozen=True, kw_only=True, slots=True)
class JobEntry:
    """One reminder of a message, with the parcel as it stands now.

    `missed`: its milestone passed unsaid.

    `void`: why it is not said any more (it was acknowledged since the message was made), or empty.
    `missing`: whose own answer to it is still waited for.
    """

    reminder: Reminder
    offer: Offer
    missed: bool
    void: str = ""
    change: OfferChange | None = None
    findings: tuple[Finding, ...] = ()
    told: tuple[Told, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """One delivery that is being tried: everything that sending it needs, but for the words.

    `joined`: the other deliveries that are said by the same message: what else waited for this
    recipient, and what others are told in the same words at the same address.
    """

    id: int
    attempt: int
    unknowns: int
    message_id: int
    recipient: str
    kind: DraftKind
    urgent: bool
    channel: str
    address: str
    part: int
    parts: int
    maybe_repeat: bool
    created_at: datetime
    first_at: datetime
    soonest_at: datetime
    expires_at: datetime
    key: str
    body: Plain
    fallback_for: str = ""
    stands_for: int | None = None
    entries: tuple[JobEntry, ...] = ()
    joined: tuple[Job, ...] = ()

    @property
    def together(self) -> tuple[Job, ...]:
        """The deliveries that one message ends, this one first."""
        return (self, *self.joined)

    @property
    def repeat_key(self) -> str:
        """Return what is the same at each attempt at the same deliveries, and at no others.

        Not the message's id: one message has several deliveries, and parts.
        """
        marks = sorted((each.id, each.created_at.timestamp()) for each in self.together)
        return blake2b(repr(marks).encode(), digest_size=16).hexdigest()

    @property
    def recipients(self) -> tuple[str, ...]:
        """Return the recipients of the message."""
        return tuple(dict.fromkeys(job.recipient for job in self.together))


@dataclass(frozen=True, kw_only=True, slots=True)
class Conclusion:
    """The consequence of an attempt for one delivery.

    `step` is its next state; the rest are the ways that it takes beside.

    `again`: the addresses that did not get it, each with the instant at which it is tried again
    alone. `alone`: what it told together with others, it tells by itself from now on.
    """

    job: Job
    step: DeliveryStep
    fallback: tuple[Route, ...] = ()
    again: Mapping[str, datetime] = field(default_factory=dict)
    alone: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Void:
    """A reminder that is not said after all, and why."""

    entry: JobEntry
    reason: str


def items_of(
    entries: Sequence[JobEntry], recipient: Recipient, now: datetime
) -> tuple[list[Item], list[Void]]:
    """Return the entries that the message still tells at `now`, and those void since the claim.

    A deadline that passed while the message waited is called missed; one that has moved is left to
    the message that tells the change.
    """
    items: list[Item] = []
    void: list[Void] = []
    for entry in entries:
        reason = void_reason(entry)
        if reason:
            void.append(Void(entry=entry, reason=reason))
        else:
            items.append(_item(entry, recipient, now))
    return items, void


def void_reason(entry: JobEntry) -> str:
    """Return the reason why an entry is not told any more; empty if it is told."""
    if entry.void:
        return entry.void
    reminder = entry.reminder
    if entry.missed or reminder.kind not in (ItemKind.REMINDER, ItemKind.ESCALATION):
        return ""
    if entry.offer.state is not OfferState.OPEN:
        return entry.offer.state.value
    if entry.offer.deadline(MilestoneName(reminder.milestone), reminder.milestone_at) is None:
        return "postponed"
    return ""


def _item(entry: JobEntry, recipient: Recipient, now: datetime) -> Item:
    reminder = entry.reminder
    if not reminder.milestone:
        return Item(
            id=reminder.id,
            kind=reminder.kind,
            offer=entry.offer,
            urgent=reminder.urgent,
            change=entry.change,
            findings=entry.findings,
        )
    name = MilestoneName(reminder.milestone)
    found = entry.offer.deadline(name, reminder.milestone_at)
    return Item(
        id=reminder.id,
        kind=ItemKind.MISSED if entry.missed or is_over(reminder, now) else reminder.kind,
        offer=entry.offer,
        milestone=name,
        at=reminder.milestone_at,
        lead=reminder.lead,
        urgent=reminder.urgent,
        provisional=reminder.provisional,
        condition=found[1] if found is not None else "",
        note=recipient.note(name),
        told=entry.told,
        missing=entry.missing,
    )
