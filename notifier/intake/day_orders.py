"""Days in another order than year, month, day, or with two figures of the year: `23.06.2031`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum

_MARK = r"([./-])"
_YEAR_LAST = re.compile(rf"(?<![\d./-])(\d{{1,2}}){_MARK}(\d{{1,2}})\2(20\d\d)(?![\d./-])")
_SHORT_YEAR = re.compile(rf"(?<![\d./-])(\d{{1,2}}){_MARK}(\d{{1,2}})\2(\d{{2}}|\d)(?![\d./-])")
_MONTHS = 12
_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAME = rf"(?P<name>{'|'.join(_NAMES)})[a-z]*\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"[ ,-]{1,2}(?P<year>20\d\d)(?!\d)"
_NAMED_MONTHS = (
    re.compile(rf"{_DAY}[ -]?{_NAME}{_YEAR}", re.IGNORECASE),
    re.compile(rf"{_NAME} {_DAY}{_YEAR}", re.IGNORECASE),
)
_CENTURY = 100


class DayOrder(StrEnum):
    """What comes first in a date whose year is last."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


def order_shown(texts: Iterable[str], year: int | None) -> DayOrder | None:
    """Return the order in which the dates of a sheet are written; None if they do not show it.

    A figure above twelve is no month. `year` is that of dates with two figures of it.
    """
    short = "" if year is None else f"{year % _CENTURY:02d}"
    shown = {
        _order_of(found)
        for text in texts
        for found in _YEAR_LAST.findall(text)
        + [dated for dated in _SHORT_YEAR.findall(text) if dated[3] == short != dated[0]]
    }
    shown.discard(None)
    return shown.pop() if len(shown) == 1 else None


def _order_of(found: tuple[str, str, str, str]) -> DayOrder | None:
    first, second = int(found[0]), int(found[2])
    if (first > _MONTHS) == (second > _MONTHS):
        return None
    return DayOrder.DAY_FIRST if first > _MONTHS else DayOrder.MONTH_FIRST


def year_first(text: str, order: DayOrder | None = None) -> str:
    """Return a text that begins with such a date with its year first; any other as it is.

    `order` is used where the date itself does not show it; without one it stays as it is then.
    """
    found = _YEAR_LAST.match(text)
    if found is None:
        return text
    first, mark, second, year = found.groups()
    own = _order_of((first, mark, second, year)) or (order if int(first) <= _MONTHS else None)
    own = DayOrder.DAY_FIRST if int(first) == int(second) else own
    if own is None:
        return text
    day, month = (first, second) if own is DayOrder.DAY_FIRST else (second, first)
    return f"{year}-{month}-{day}{text[found.end() :]}"


def with_month_number(text: str) -> str:
    """Return a text that begins with a month's English name beside its day with figures only."""
    found = next(filter(None, (form.match(text) for form in _NAMED_MONTHS)), None)
    if found is None:
        return text
    month = _NAMES.index(found["name"].lower()) + 1
    return f"{found['year']}-{month}-{found['day']}{text[found.end() :]}"


def with_century(text: str, year: int, order: DayOrder | None) -> str:
    """Return a text that begins with a date of the `year` in two figures with all four.

    `31.6.3` and `31年6月3日` are of 2031, and `23.6.31`; a text that can be both, or neither, stays
    as it is.
    """
    found = _SHORT_YEAR.match(text)
    if found is None:
        return re.sub(rf"^{year % _CENTURY:02d}(?=年\s?\d{{1,2}}\s?月)", str(year), text)
    first, mark, second, third = found.groups()
    short = f"{year % _CENTURY:02d}"
    rest = text[found.end() :]
    readings = set()
    if first == short:
        readings.add(f"{year}-{second}-{third}{rest}")
    if third == short:
        turned = f"{first}{mark}{second}{mark}{year}"
        readings.add(year_first(turned, order) + rest)
    return readings.pop() if len(readings) == 1 else text
