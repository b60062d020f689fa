"""Columns that hold the time of day of the dates on their left."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from notifier.domain.values import MilestoneName
from notifier.intake.cell_ranges import day_alone, with_month
from notifier.intake.documents import Cell
from notifier.intake.documents.workbook import time_of_serial
from notifier.intake.headings import WINDOW_OF, squash_heading
from notifier.intake.notice.columns import Column
from notifier.intake.notice.rows import Row
from notifier.intake.written_times import fold, tokens

_MILESTONES = frozenset(name.value for name in MilestoneName)
# over a column of hours: it says of no time which one it is
_OF_HOURS = re.compile(
    r"(?:具体|(?P<open>开始|起始)|(?P<close>截止|截至|结束|到账))?"
    r"(?:时间|时刻|时点|钟点|时分|时|点|几点|几时|time|hour|clock)",
    re.IGNORECASE,
)
_OF_DAYS = re.compile(r"日期|date|day", re.IGNORECASE)
_BARE_HOUR = re.compile(r"(?P<hour>0?[89]|1\d|2[0-4])(?:\.0|(?P<minute>[0-5]\d))?")
_TENTHS = re.compile(r"(?:[89]|1\d|2[0-3])\.\d")  # `16.5`: half past, or ten to
_PART_OF_DAY = re.compile(r"0\.\d{3,}")  # as a spreadsheet counts it
_BEHIND = re.compile(r"\s*(?:之?前|止|整)?\s*")


def clock_columns(columns: Sequence[Column], lines: Sequence[Sequence[Cell]]) -> frozenset[int]:
    """Return the places of the columns whose hours are those of the days on their left.

    None, where a day has no hour beside it or an hour no day: they may belong together otherwise.
    """
    shown = [
        [line[at].text for line in lines if line[at].own and line[at].text.strip()]
        for at in range(len(columns))
    ]
    days = {
        at
        for at, column in enumerate(columns)
        if column.field in _MILESTONES and shown[at] and all(map(is_day, shown[at]))
    }
    clocks = {
        at
        for at, column in enumerate(columns)
        if shown[at]
        and all(map(_clock_of, shown[at]))
        and _may_be_hours_of(column, columns[at - 1])
    }
    return frozenset(clocks) if clocks == {at + 1 for at in days} else frozenset()


def is_part_of_time(heading: str) -> bool:
    """Return whether a heading says day or hour alone, of the time that stands above it."""
    bare = squash_heading(heading)
    return _OF_HOURS.fullmatch(bare) is not None or _OF_DAYS.fullmatch(bare) is not None


def is_clock(text: str) -> bool:
    """Return whether a cell is a time of day and nothing else."""
    folded = fold(text).strip()
    found = list(tokens(folded))
    return (
        len(found) == 1
        and not found[0].has_date
        and found[0].start == 0
        and _BEHIND.fullmatch(folded[found[0].end :]) is not None
    )


def _clock_of(text: str) -> str:
    """Return the time of day that a cell of a column of hours is: `17:00`, `17`, `1730`, `0.7083`.

    Empty if it is none, or one of which half of the day is not said: `5`. `16.5` stays as it is, so
    that its row is told.
    """
    bare = text.strip()
    if _PART_OF_DAY.fullmatch(bare):
        return time_of_serial(float(bare))
    hour = _BARE_HOUR.fullmatch(bare)
    if hour is not None:
        return f"{hour['hour']}:{hour['minute'] or '00'}"
    return bare if is_clock(bare) or _TENTHS.fullmatch(bare) else ""


def is_day(text: str) -> bool:
    """Return whether a cell is one date without an hour."""
    found = list(tokens(fold(with_month(day_alone(text)))))
    return len(found) == 1 and found[0].has_date and not found[0].has_clock


def _may_be_hours_of(column: Column, day: Column) -> bool:
    known = day.field
    if known not in _MILESTONES or "天" in column.heading:  # `时间(天)` counts days
        return False
    if column.field:
        return column.field in (known, WINDOW_OF[known])
    hours = _OF_HOURS.fullmatch(squash_heading(column.heading))
    return hours is not None and not hours["open" if known.endswith("close") else "close"]


def with_hours(row: Row, clocks: frozenset[int]) -> Row:
    """Return a row with each day and the hour in the column on its right as one time."""
    entries = list(row.entries)
    for at in sorted(clocks):
        day, clock = row.columns[at - 1], row.line[at]
        place = next((n for n, entry in enumerate(entries) if entry.column == day), len(entries))
        hours = [
            entry
            for entry in entries[place + 1 :]
            if entry.value == clock.text and not (entry.struck or entry.fault or entry.blank)
        ]
        if hours:
            entries.remove(hours[0])
            value = f"{day_alone(entries[place].value)} {_clock_of(clock.text)}"
            entries[place] = replace(entries[place], value=value)
    return replace(row, entries=tuple(entries))
