"""The asks to compare a parcel with the original: once, and once more before its first deadline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from notifier.domain.times import at_shanghai, shanghai, utc
from notifier.domain.values import MilestoneName
from notifier.domain.whole_days import by_daylight
from notifier.domain.workdays import WorkCalendar

ASKED_AT = time(9)
"""The hour of a working day at which people are asked: all that waits by then is one message."""

_LEAST_TIME = timedelta(hours=1)  # from learning of a time to being asked about it again
_SEARCH_LIMIT = 60  # days; longer than any run of days off
_OPENINGS = frozenset({MilestoneName.REGISTRATION_OPEN, MilestoneName.BIDDING_OPEN})


class Stage(StrEnum):
    """The urgency of an ask."""

    ASKED = "asked"
    ESCALATED = "escalated"


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """A parcel with unconfirmed times.

    `first_at`: the first deadline among them; `known_at`: when the newest of them came to stand;
    `asked`: when people were asked, by stage.
    """

    parcel_id: int
    first_at: datetime
    known_at: datetime
    asked: Mapping[Stage, datetime] = field(default_factory=dict)


def next_stage(waiting: Waiting, calendar: WorkCalendar) -> tuple[Stage, datetime] | None:
    """Return the next ask about a parcel and its instant; None if there is none.

    Each stage comes once for what is known: at nine on the working day after the parcel came,
    unless the escalation comes by then; and at nine on the last working day before its first
    deadline, or at half of a time that is shorter than that.
    """
    escalation = _escalation_at(waiting, calendar)
    if _was(Stage.ESCALATED, waiting):
        return None
    asking = utc(
        at_shanghai(_working_day_after(shanghai(waiting.known_at).date(), calendar), ASKED_AT)
    )
    if asking < escalation and not _was(Stage.ASKED, waiting):
        return Stage.ASKED, asking
    return Stage.ESCALATED, escalation


def _was(stage: Stage, waiting: Waiting) -> bool:
    """Return whether this was asked since the newest of the times is known."""
    asked_at = waiting.asked.get(stage)
    return asked_at is not None and asked_at >= waiting.known_at


def _escalation_at(waiting: Waiting, calendar: WorkCalendar) -> datetime:
    day, _ = calendar.on_or_before(shanghai(waiting.first_at).date() - timedelta(days=1))
    usual = utc(at_shanghai(day, ASKED_AT))
    if usual >= waiting.known_at + _LEAST_TIME:
        return usual
    half = waiting.known_at + (waiting.first_at - waiting.known_at) / 2
    return by_daylight(half, until=waiting.first_at)


def _working_day_after(day: date, calendar: WorkCalendar) -> date:
    for ahead in range(1, _SEARCH_LIMIT):
        candidate = day + timedelta(days=ahead)
        if calendar.is_working(candidate):
            return candidate
    return day + timedelta(days=1)


def is_deadline(name: MilestoneName) -> bool:
    """Return whether something is lost when it passes; what merely opens is no reason to ask."""
    return name not in _OPENINGS
