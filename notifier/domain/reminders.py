"""A reminder: one row of the plan, and its identity."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import NamedTuple

from notifier.domain.drafts import ItemKind

_A_DAY = timedelta(days=1)


class Reminder(NamedTuple):
    """One row of the plan. A tuple, because a plan holds a million of them.

    `kind` REMINDER or ESCALATION name a milestone and its instant; NEW and CHANGE are about the
    parcel (`milestone` empty, `milestone_at` the soonest one ahead). `origin`: whose silence is
    escalated, or which change it is. `reason`: why `due_at` is not the lead's own instant.
    `day_only`: the milestone is a day without a time of day.
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
    day_only: bool = False

    @property
    def over_at(self) -> datetime:
        """The instant from which the milestone has surely passed; a day has at its end."""
        return self.milestone_at + _A_DAY if self.day_only else self.milestone_at


class Occasion(NamedTuple):
    """A reminder without its parcel and its recipient. `mark`: its half of the identity."""

    mark: bytes
    kind: ItemKind
    milestone: str
    lead: str
    milestone_at: datetime
    due_at: datetime
    urgent: bool
    provisional: bool
    reason: str
    origin: str
    day_only: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Audience:
    """Recipients who are told the same of one parcel, as those with the same rules are."""

    recipients: Sequence[str]
    occasions: Sequence[Occasion]


def occasion(
    kind: ItemKind,
    due_at: datetime,
    *,
    milestone_at: datetime,
    milestone: str = "",
    lead: str = "",
    urgent: bool,
    provisional: bool = False,
    reason: str = "",
    origin: str = "",
    day_only: bool = False,
    turn: str = "",
) -> Occasion:
    """Return an occasion with its mark. `turn` tells reminders of one lead apart."""
    # when the soonest milestone of a new parcel moves, it is still the same news
    at = str(milestone_at.timestamp()) if milestone else ""
    turns = (turn,) if turn else ()
    mark = _digest(kind, milestone, at, lead, origin, *turns)
    return Occasion(
        mark,
        kind,
        milestone,
        lead,
        milestone_at,
        due_at,
        urgent,
        provisional,
        reason,
        origin,
        day_only,
    )


def whose(recipient: str, offer_key: str) -> bytes:
    """The first half of the identity of a reminder; the second is its occasion's mark.

    Together 16 bytes that are the same for the same (recipient, parcel, milestone, the milestone's
    instant, lead).
    """
    return _digest(recipient, offer_key)


def reminders(audience: Audience, offer_key: str) -> Iterator[Reminder]:
    for name in audience.recipients:
        first = whose(name, offer_key)
        for occasion in audience.occasions:
            yield Reminder(first + occasion.mark, name, *occasion[1:])


def _digest(*words: str) -> bytes:
    return blake2b("\x1f".join(words).encode("utf-8", "surrogatepass"), digest_size=8).digest()
