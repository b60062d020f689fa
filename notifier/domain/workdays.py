"""Working days in China, make-up working days (调休上班) included.

The State Council publishes each year's days off late in the year before. A year that is not
published is computed from weekends alone and called provisional. The notice of a new year has moved
late December days of the old one, so these stay provisional until the next year is published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

_LATE_DECEMBER = 25  # the first December day that a notice for the next year may still move
_SEARCH_LIMIT = 400


@dataclass(frozen=True, kw_only=True)
class WorkCalendar:
    """`special` maps a day to True (working) or False (off) where it differs from its weekday.

    `published` are the years whose schedule is out. `certain` are days that a person has confirmed
    (calendar.toml): never provisional.
    """

    special: Mapping[date, bool] = field(default_factory=dict)
    published: frozenset[int] = frozenset()
    certain: frozenset[date] = frozenset()

    def is_working(self, day: date) -> bool:
        known = self.special.get(day)
        return day.weekday() < 5 if known is None else known

    def is_provisional(self, day: date) -> bool:
        if day in self.certain:
            return False
        if day.year not in self.published:
            return True
        return day.month == 12 and day.day >= _LATE_DECEMBER and day.year + 1 not in self.published

    def on_or_before(self, day: date) -> tuple[date, bool]:
        """The last working day not after `day`, and whether that is provisional."""
        provisional = self.is_provisional(day)
        for _ in range(_SEARCH_LIMIT):
            if self.is_working(day):
                return day, provisional
            day -= timedelta(days=1)
            provisional = provisional or self.is_provisional(day)
        raise ValueError(
            f"no working day in the {_SEARCH_LIMIT} days before {day}: look at calendar.toml"
        )

    def working_days_before(self, day: date, count: int) -> tuple[date, bool]:
        """Return the `count`-th working day before `day`; 0: `day` itself or the one before."""
        found, provisional = self.on_or_before(day)
        if count and found != day:
            # the milestone stands on a day off: the working day before it is already one working
            # day away
            count -= 1
        for _ in range(count):
            found, more = self.on_or_before(found - timedelta(days=1))
            provisional = provisional or more
        return found, provisional
