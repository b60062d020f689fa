"""Leads (提前量): how long before a milestone a reminder is due."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cached_property
from typing import Literal, NamedTuple

from notifier.domain.times import at_shanghai, shanghai, utc
from notifier.domain.workdays import WorkCalendar

Unit = Literal["m", "h", "d", "wd"]
Roll = Literal["back", "off"]

_LEAD = re.compile(r"(\d{1,4})(m|h|d|wd)(?:@([01]\d|2[0-3]):([0-5]\d))?")
_LONGEST = timedelta(days=400)
_LENGTHS: dict[Unit, timedelta] = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "wd": timedelta(days=1),
}


class DueInstant(NamedTuple):
    """The instant at which a lead falls due.

    `provisional`: it rests on days off that are not yet published.
    """

    at: datetime
    provisional: bool = False


@dataclass(frozen=True, kw_only=True)
class Lead:
    """`30m`, `3h`, `7d`, `3wd`, `3wd@09:00` or `0m` (at the instant itself)."""

    count: int
    unit: Unit
    clock: time | None = None

    @staticmethod
    def parse(text: str) -> Lead:
        """The lead that `text` writes; ValueError says what was expected."""
        found = _LEAD.fullmatch(text.strip())
        if found is None:
            raise ValueError(f"{text!r} is not a lead: write 30m, 3h, 7d, 3wd, 3wd@09:00 or 0m")
        count, unit = int(found[1]), found[2]
        clock = None
        if found[3] is not None:
            if unit not in ("d", "wd"):
                raise ValueError(f"{text!r}: a time of day goes with d or wd only, as in 1d@09:00")
            clock = time(int(found[3]), int(found[4]))
        lead = Lead(count=count, unit=unit, clock=clock)  # type: ignore[arg-type]  # the pattern admits no other unit
        if lead.length > _LONGEST:
            raise ValueError(f"{text!r}: a lead is at most {_LONGEST.days} days long")
        return lead

    @cached_property
    def _text(self) -> str:
        clock = "" if self.clock is None else f"@{self.clock:%H:%M}"
        return f"{self.count}{self.unit}{clock}"

    def __str__(self) -> str:
        return self._text

    @cached_property
    def length(self) -> timedelta:
        """The length without regard to days off: what leads are ordered by."""
        return self.count * _LENGTHS[self.unit]

    def a_day_earlier(self) -> Lead:
        """Return a lead of a day more, or of a working day more; at the same clock time."""
        if self.unit in ("d", "wd"):
            return Lead(count=self.count + 1, unit=self.unit, clock=self.clock)
        return Lead(count=self.length.days + 1, unit="d")

    @property
    def default_roll(self) -> Roll:
        """Day-leads of at least one day leave days off; hours and minutes are exact."""
        return "back" if self.unit == "d" and self.count >= 1 else "off"

    def due(
        self, milestone_at: datetime, calendar: WorkCalendar, roll: Roll | None = None
    ) -> DueInstant | None:
        """Return the instant at which the reminder is due, UTC.

        None when the lead's clock falls after the milestone itself.

        `roll` "back" moves a `d` lead that falls on a day off to the working day before, at the
        same clock time.
        """
        if self.unit in ("m", "h"):
            return DueInstant(at=utc(milestone_at - self.length))
        local = shanghai(milestone_at)
        day = local.date()
        provisional = False
        if self.unit == "wd":
            day, provisional = calendar.working_days_before(day, self.count)
        else:
            day -= timedelta(days=self.count)
            if (roll or self.default_roll) == "back":
                day, provisional = calendar.on_or_before(day)
        clock = self.clock if self.clock is not None else local.time()
        at = utc(at_shanghai(day, clock))
        if at > milestone_at:
            return None
        return DueInstant(at=at, provisional=provisional)
