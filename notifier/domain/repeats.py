"""Repeats (反复提醒): an urgent reminder is said again until somebody answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from notifier.domain.times import shanghai

REPEATED = "repeat"
"""In the place of a lead: an urgent reminder said once more."""

_OFFICE_OPENS, _OFFICE_CLOSES = time(8), time(18)


def every(span: timedelta, begin: datetime, end: datetime) -> Iterator[datetime]:
    """Yield each instant that is a multiple of `span` after `begin` and before `end`."""
    at = begin + span
    while at < end:
        yield at
        at += span


def is_office_day(at: datetime) -> bool:
    """Return whether somebody may be at an office at that time of day, who can still be reached.

    Of a deadline without a time of day nothing is said again in the evening: it may have passed.
    """
    return _OFFICE_OPENS <= shanghai(at).time() <= _OFFICE_CLOSES
