"""The days off and make-up working days: published ones, and those of calendar.toml."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from notifier.config.problems import Problem
from notifier.config.toml import read_toml
from notifier.domain.times import shanghai
from notifier.domain.workdays import WorkCalendar

_KEYS = ("published", "off", "working")
_SPAN = re.compile(r"(\d{4}-\d\d-\d\d)(?:\s*(?:\.\.|~|至)\s*(\d{4}-\d\d-\d\d))?")
_LONGEST_BREAK = 31
_YEARS = range(2000, 2101)


def published_calendar() -> WorkCalendar:
    """Return the days off and make-up days of the State Council's yearly notices.

    They are those of the package chinesecalendar.

    A year counts as published when its National Day stands in the table: the notice of one year may
    name days of the next.
    """
    from chinese_calendar import constants  # type: ignore[import-untyped]  # the package carries no types

    special = dict.fromkeys(constants.holidays, False) | dict.fromkeys(constants.workdays, True)
    return WorkCalendar(
        special={
            day: working for day, working in special.items() if working != (day.weekday() < 5)
        },
        published=frozenset(
            day.year for day in constants.holidays if (day.month, day.day) == (10, 1)
        ),
    )


def overlaid(calendar: WorkCalendar, file: Path) -> tuple[WorkCalendar, list[Problem]]:
    """`calendar` with what calendar.toml says, and all that is wrong there.

    ConfigError if it is no TOML.
    """
    return _overlay(calendar, read_toml(file), str(file))


def _overlay(
    calendar: WorkCalendar, plain: dict[str, Any], name: str
) -> tuple[WorkCalendar, list[Problem]]:
    problems = [
        Problem(name, key, f"no such setting: known here are {', '.join(_KEYS)}")
        for key in plain
        if key not in _KEYS
    ]
    off = _days(plain, "off", name, problems)
    working = _days(plain, "working", name, problems)
    problems += [
        Problem(name, "working", f"{day} stands under off, too: leave one of them out")
        for day in sorted(off & working)
    ]
    years: set[int] = set()
    for number, year in enumerate(_listed(plain, "published", name, problems), 1):
        if not isinstance(year, int) or isinstance(year, bool) or year not in _YEARS:
            problems.append(Problem(name, f"published.{number}", "expected a year, as in 2027"))
        elif year not in calendar.published and not any(day.year == year for day in off):
            # without its days off, every holiday of that year would be taken for a working day, and
            # called certain
            problems.append(
                Problem(
                    name, "published", f"{year} is called published, but no day of it is under off"
                )
            )
        else:
            years.add(year)
    merged = WorkCalendar(
        special={**calendar.special, **dict.fromkeys(off, False), **dict.fromkeys(working, True)},
        published=calendar.published | years,
        certain=calendar.certain | off | working,
    )
    return merged, problems


def _listed(plain: dict[str, Any], key: str, name: str, problems: list[Problem]) -> list[Any]:
    value = plain.get(key, [])
    if isinstance(value, list):
        return value
    problems.append(Problem(name, key, "expected a list, as in [...]"))
    return []


def _days(plain: dict[str, Any], key: str, name: str, problems: list[Problem]) -> set[date]:
    days: set[date] = set()
    for number, value in enumerate(_listed(plain, key, name, problems), 1):
        try:
            days.update(_span(value))
        except ValueError as fault:
            problems.append(Problem(name, f"{key}.{number}", str(fault)))
    return days


def _span(value: object) -> list[date]:
    """The days of 2027-02-06 or "2027-02-06..2027-02-12"."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return [value]
    found = _SPAN.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError(
            'expected a day or a span of days, as in "2027-02-06" or "2027-02-06..2027-02-12"'
        )
    try:
        first = date.fromisoformat(found[1])
        last = date.fromisoformat(found[2]) if found[2] else first
    except ValueError:
        raise ValueError(
            f"{value}: there is no such day: look at the calendar of that month"
        ) from None
    length = (last - first).days + 1
    if not 1 <= length <= _LONGEST_BREAK:
        raise ValueError(
            f"{value}: a span of days goes forward and is at most {_LONGEST_BREAK} days long"
        )
    return [first + timedelta(days=number) for number in range(length)]


def calendar_doubts(calendar: WorkCalendar, now: datetime) -> tuple[str, ...]:
    """Return the doubts about the working days of this year and the next, one sentence each.

    The next year's schedule is out by December; before that its absence is no news.
    """
    today = shanghai(now).date()
    wanted = [today.year, *([today.year + 1] if today.month == 12 else [])]
    return tuple(
        f"working days of {year} are provisional: its schedule is not known here; upgrade "
        "chinesecalendar "
        f"or write the days off into calendar.toml"
        for year in wanted
        if year not in calendar.published
    )
