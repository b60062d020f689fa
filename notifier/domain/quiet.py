"""Quiet hours (免打扰): a reminder moves earlier; later only if it was not known before."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from notifier.domain.times import at_shanghai, shanghai, utc
from notifier.domain.workdays import WorkCalendar

_SPAN = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*[-–~至]\s*([01]?\d|2[0-3]):([0-5]\d)")
_LONGEST_SPELL = 30  # days; longer than any run of days off


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """The instant of a message, UTC, and the reason why it was moved; empty if it was not."""

    at: datetime
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class QuietHours:
    """Quiet hours from `start` to `end` each night, and on days off if so wished.

    `start` and `end` are equal where no nightly hours are quiet.
    """

    start: time = time(0)
    end: time = time(0)
    days_off: bool = False

    @staticmethod
    def parse(text: str, *, days_off: bool = False) -> QuietHours:
        """`22:00-07:30`; empty means no nightly hours."""
        if not text.strip():
            return QuietHours(days_off=days_off)
        found = _SPAN.fullmatch(text.strip())
        if found is None:
            raise ValueError(f"{text!r} are not quiet hours: write 22:00-07:30")
        start, end = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
        if start == end:
            raise ValueError(
                f"{text!r}: quiet hours that begin and end at the same time would be a whole day"
            )
        return QuietHours(start=start, end=end, days_off=days_off)

    def holds(self, at: datetime, calendar: WorkCalendar) -> bool:
        """Return whether `at` is quiet, its two ends left out."""
        return self._is_quiet_before(at, calendar) and self._is_quiet_after(at, calendar)

    def spell(self, at: datetime, calendar: WorkCalendar) -> tuple[datetime, datetime] | None:
        """The quiet spell around `at`, UTC; its two ends are themselves not quiet. None outside."""
        if not self.holds(at, calendar):
            return None
        edges = self._edges(at)
        begin = max(
            (edge for edge in edges if edge < at and not self._is_quiet_before(edge, calendar)),
            default=None,
        )
        end = min(
            (edge for edge in edges if edge > at and not self._is_quiet_after(edge, calendar)),
            default=None,
        )
        # a calendar that knows no working day for weeks is a mistake: then nothing is held back
        return None if begin is None or end is None else (utc(begin), utc(end))

    def move(
        self,
        due: datetime,
        *,
        known_at: datetime,
        milestone_at: datetime | None,
        urgent: bool,
        calendar: WorkCalendar,
    ) -> Moved:
        """Return the instant at which something due at `due` is sent.

        Urgent: at its instant. Else before the quiet spell, if it was known by then; else at the
        end of the spell if that is before the milestone; else at its instant.
        """
        spell = None if urgent else self.spell(due, calendar)
        if spell is None:
            return Moved(at=utc(due))
        begin, end = spell
        if begin >= known_at:
            return Moved(at=begin, reason="quiet hours")
        if milestone_at is None or end < milestone_at:
            return Moved(at=end, reason="quiet hours")
        return Moved(at=utc(due))

    def _is_quiet_after(self, at: datetime, calendar: WorkCalendar) -> bool:
        """Return whether the moment just after `at` is quiet."""
        local = shanghai(at)
        clock = local.time()
        if self.days_off and not calendar.is_working(local.date()):
            return True
        if self.start < self.end:
            return self.start <= clock < self.end
        return self.start != self.end and (clock >= self.start or clock < self.end)

    def _is_quiet_before(self, at: datetime, calendar: WorkCalendar) -> bool:
        """Return whether the moment just before `at` is quiet."""
        return self._is_quiet_after(at - timedelta(microseconds=1), calendar)

    def _edges(self, at: datetime) -> list[datetime]:
        """Every instant around `at` at which quiet may begin or end."""
        day = shanghai(at).date()
        return [
            at_shanghai(day + timedelta(days=offset), clock)
            for offset in range(-_LONGEST_SPELL, _LONGEST_SPELL + 1)
            for clock in {time(0), self.start, self.end}
        ]
