"""Confirmations: comparisons, by a person, of the times that were read with the original.

Most missed deadlines were entered wrong or not at all, and no reader is so good that nobody has to
look. A time is confirmed by as many people as the config wants. A time that changes afterwards is
another time, which nobody has compared yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from notifier.domain.offers import Offer, OfferState
from notifier.domain.times import aware, utc
from notifier.domain.values import Milestone, MilestoneName, Source


class TimeMark(NamedTuple):
    """One time of a parcel, as a confirmation names it.

    `reading`: how precisely it is known, and its rival.
    """

    milestone: MilestoneName
    at: datetime
    condition: str
    reading: str


def time_mark(name: MilestoneName, milestone: Milestone, condition: str) -> TimeMark:
    """The mark of a milestone of an offer, as `Offer.deadlines` gives it."""
    rival = "" if milestone.rival is None else f" or {utc(milestone.rival).isoformat()}"
    return TimeMark(name, milestone.at, condition, f"{milestone.precision.value}{rival}")


def time_marks(offer: Offer) -> Iterator[TimeMark]:
    """All times of a parcel, those that hold under a condition too."""
    for deadline in offer.deadlines():
        yield time_mark(*deadline)


def has_enough(confirmed_by: int, milestone: Milestone, people: int) -> bool:
    """Return whether so many people are enough to confirm a time, where `people` are wanted.

    A time from a picture needs one person even where the config wants nobody (0): it is never
    certain by itself.
    """
    return confirmed_by >= max(people, int(milestone.source is Source.SCANNED))


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """A person's word after comparing a parcel with the original: `is_right` or not, and `why`."""

    said_at: datetime
    is_right: bool
    by: str = ""
    why: str = ""

    def __post_init__(self) -> None:
        aware(self.said_at, "said_at")


class Trust(StrEnum):
    """The trust in the times of a parcel."""

    CONFIRMED = "confirmed"
    UNCONFIRMED = "unconfirmed"
    WRONG = "wrong"


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """The comparisons of a parcel with the original.

    `confirmed`: a time -> who said that it is right, the nameless once.

    `done`: the milestones that need nobody's look any more, because people said that they are done.
    `last`: the last word that somebody gave.
    """

    offer: Offer
    confirmed: Mapping[TimeMark, frozenset[str]] = field(default_factory=dict)
    done: frozenset[str] = frozenset()
    last: Comparison | None = None

    def unconfirmed(self, now: datetime, people: int) -> list[tuple[MilestoneName, Milestone, str]]:
        """Return the times ahead that fewer than `people` have confirmed, the soonest first."""
        if self.offer.state not in (OfferState.OPEN, OfferState.SUSPENDED):
            return []
        found = [
            deadline
            for deadline in self.offer.deadlines()
            if deadline[1].over_at > now
            and deadline[0] not in self.done
            and not self._is_confirmed(deadline, people)
        ]
        return sorted(found, key=lambda deadline: deadline[1].at)

    def _is_confirmed(self, deadline: tuple[MilestoneName, Milestone, str], people: int) -> bool:
        return has_enough(len(self.confirmed.get(time_mark(*deadline), ())), deadline[1], people)

    def trust(self, now: datetime, people: int) -> Trust:
        """Return the trust in the times that are ahead."""
        if not self.unconfirmed(now, people):
            return Trust.CONFIRMED
        return Trust.WRONG if self.is_said_wrong else Trust.UNCONFIRMED

    @property
    def is_said_wrong(self) -> bool:
        """Return whether the last word on the parcel is that something is wrong."""
        return self.last is not None and not self.last.is_right

    def confirmed_by(self) -> tuple[str, ...]:
        """Everybody who confirmed a time that stands, in the order of their names."""
        standing = set(time_marks(self.offer))
        people = {
            name for mark, names in self.confirmed.items() if mark in standing for name in names
        }
        return tuple(sorted(people - {""}))


@dataclass(frozen=True, kw_only=True, slots=True)
class Uncompared:
    """The part of a message that nobody has compared with the original.

    Its times, by parcel, and the parcels of which somebody said that they are wrong.
    """

    times: Mapping[int, frozenset[tuple[MilestoneName, datetime]]] = field(default_factory=dict)
    wrong: frozenset[int] = frozenset()

    def holds(self, parcel_id: int, name: MilestoneName | None, at: datetime | None) -> bool:
        """Return whether a time is among them; without a name: any time of the parcel."""
        times = self.times.get(parcel_id, frozenset())
        if name is None or at is None:
            return bool(times)
        return (name, at) in times


def uncompared(checked: Iterable[Checked], now: datetime, people: int) -> Uncompared:
    """Return the part of these parcels that nobody has compared yet."""
    times = {}
    for comparison in checked:
        unconfirmed = comparison.unconfirmed(now, people)
        if unconfirmed:
            times[comparison.offer.id] = frozenset(
                (name, milestone.at) for name, milestone, _ in unconfirmed
            )
    wrong = frozenset(
        comparison.offer.id
        for comparison in checked
        if comparison.offer.id in times and comparison.is_said_wrong
    )
    return Uncompared(times=times, wrong=wrong)
