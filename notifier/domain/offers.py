"""A parcel as the ledger keeps it: with the head of its notice and what has become of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from notifier.domain.times import aware
from notifier.domain.values import Kind, Milestone, MilestoneName, Parcel


class OfferState(StrEnum):
    """The state of an offer.

    OPEN is reminded of; SUSPENDED waits for its resumption; TERMINATED and SOLD are over; DROPPED
    was taken back by a person, or was another parcel read badly.
    """

    OPEN = "open"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"
    SOLD = "sold"
    DROPPED = "dropped"


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """One parcel of one notice.

    `id` is the ledger's, `key` stable across ledgers and re-imports, `file` the name of the file
    that brought it or changed it last.
    """

    id: int
    key: str
    parcel: Parcel
    notice_no: str = ""
    kind: Kind = Kind.LISTING
    title: str = ""
    authority: str = ""
    city: str = ""
    published: date | None = None
    platform: str = ""
    contacts: tuple[str, ...] = ()
    file: str = ""
    state: OfferState = OfferState.OPEN

    def deadlines(self) -> Iterator[tuple[MilestoneName, Milestone, str]]:
        """Return every milestone with the condition that it depends on; empty: none."""
        return self.parcel.deadlines()

    def deadline(self, name: MilestoneName, at: datetime) -> tuple[Milestone, str] | None:
        """Return the milestone `name` that stands `at`, with its condition; None if it moved."""
        for other, milestone, condition in self.deadlines():
            if other == name and milestone.at == at:
                return milestone, condition
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class MilestoneChange:
    """A milestone of an offer moved. None: it was not there before, or is not any more.

    `old_day_only`, `new_day_only`: the day is known, but no time of day.
    """

    milestone: MilestoneName
    old: datetime | None
    new: datetime | None
    old_day_only: bool = False
    new_day_only: bool = False

    def __post_init__(self) -> None:
        for instant in (self.old, self.new):
            if instant is not None:
                aware(instant)


@dataclass(frozen=True, kw_only=True, slots=True)
class Dispute:
    """Two instants of one milestone: the one that `stands`, and another.

    `stands` is None where a person said that there is none.

    `is_set`: a person's word stands, `by` whom, and a later document differs; else it is not known
    which is newer. `stands_day_only`, `other_day_only` as in a `MilestoneChange`.
    """

    milestone: MilestoneName
    stands: datetime | None
    other: datetime
    stands_day_only: bool = False
    other_day_only: bool = False
    is_set: bool = False
    by: str = ""

    def __post_init__(self) -> None:
        aware(self.other)


@dataclass(frozen=True, kw_only=True, slots=True)
class OfferChange:
    """The effect of a later revision, a notice of change or a person's word on an offer.

    It says from which notice and file it came; a person's (`is_set`) says `by` whom and `why`.
    """

    milestones: tuple[MilestoneChange, ...] = ()
    state: tuple[OfferState, OfferState] | None = None
    fields: tuple[tuple[str, str, str], ...] = ()
    file: str = ""
    kind: Kind = Kind.OTHER
    notice_no: str = ""
    title: str = ""
    disputes: tuple[Dispute, ...] = ()
    is_set: bool = False
    by: str = ""
    why: str = ""

    @property
    def is_pressing(self) -> bool:
        """Return whether a deadline came nearer, or may be nearer than what is reminded of."""
        nearer = any(
            milestone.old is not None
            and milestone.new is not None
            and milestone.new < milestone.old
            for milestone in self.milestones
        )
        return nearer or any(
            dispute.stands is None or dispute.other < dispute.stands for dispute in self.disputes
        )
