"""Days and windows as people shorten them in cells: `11.20 17:00`, `2031.11.10-11.20 17:00`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache

from notifier.domain.times import shanghai
from notifier.errors import TimeNotUnderstood
from notifier.intake.written_times import RANGE, fold, read_instant, tokens

_JOINT = re.compile(
    r"\s*起?\s*(?:至|到|~|→|=>|->|—+|--+)\s*|\s*[-–]\s*|\s+(?:/|to)\s+|\s*\n\s*|起\s*"
)
# `起：… 止：…`, on one line or two
_OPENS = re.compile(r"\s*(?:起|开始|开始时间)\s*[:：]?\s*(?=\d)")
_CLOSES = re.compile(r"\s*[,，;；]?\s*(?:止|截止|结束|截止时间)\s*[:：]?\s*(?=\d)")
_MOST_JOINTS = 12
_LONGEST = 120  # characters
# `11.2` alone may be a number that lost its nought: 11.20
_WEEKDAY = r"\(?(?:星期|周|礼拜)[一二三四五六日天]\)?"
_BEHIND = r"(?=$|\s|\(?[周星礼]|[上下中]午|[早晚凌傍])"
_SHORT_DATE = re.compile(
    rf"((?:{_WEEKDAY}\s*)?)(\d{{1,2}})"
    rf"(?:[/-](\d{{1,2}}){_BEHIND}|\.(\d\d){_BEHIND}|\.(\d)(?=\s*{_WEEKDAY}|\s+\d|\s*[上下中]午))"
)
_FIGURE = re.compile(r"^\s*(\d{1,2})\.(\d)(?=\s*$)")
_CLOCK_ALONE = re.compile(r"\d{1,2}:\d{2}")
_AUTUMN, _SPRING = 10, 3  # months between which a window goes on into the next year
_ANY_YEAR = 2000  # a leap year

# `2031/1/2 0:00` is how Excel writes a day into a text file
_MIDNIGHT = re.compile(r"[ T]00:00:00(?:\.0+)?$|(?<=\d)(?<!-\d)(?<!-\d\d) 0:00(?::00)?$")

Ends = tuple[tuple[str, str], tuple[str, str]]


def day_alone(text: str) -> str:
    """A date that was exported with midnight to the second, or as Excel does."""
    return _MIDNIGHT.sub("", text)


def with_month(text: str) -> str:
    """`11.20 17:00` as `11月20日 17:00`; any other text as it is."""
    folded = fold(text).strip()
    found = _SHORT_DATE.match(folded)
    if found is None:
        return text
    day = found[3] or found[4] or found[5]
    return f"{found[1]}{found[2]}月{day}日{folded[found.end() :]}"


@lru_cache(maxsize=4096)
def is_time(text: str) -> bool:
    """Return whether a cell is one time, be it of an unknown year, and nothing else."""
    try:
        read_instant(with_month(day_alone(text)), year=_ANY_YEAR)
    except TimeNotUnderstood:
        return False
    return True


@lru_cache(maxsize=4096)
def ends_of_range(text: str) -> Ends | None:
    """Each end of the one window that a cell is, readable alone, and as it is written.

    The second may leave out the year or the day: `2031.11.10-11.20 17:00`, `11月10日9:00-17:00`.
    None if the cell can be parted in no way, or in several.
    """
    text = text.strip()
    opens = _OPENS.match(text)
    if opens is not None:
        text = _CLOSES.sub("至", text[opens.end() :])
    found: list[Ends] = []
    for parts in _parted(text) if len(text) <= _LONGEST else ():
        ends = _ends(*parts)
        if ends is not None:
            found.append(ends)
    return found[0] if len(found) == 1 else None


def _parted(text: str) -> Iterator[tuple[str, str]]:
    for number, joint in enumerate(_JOINT.finditer(text.translate(_WAVES))):
        first, second = text[: joint.start()], text[joint.end() :]
        if first and second:
            yield first, second
        if number == _MOST_JOINTS:
            return


_WAVES = str.maketrans({"～": "~", "－": "-"})


def _ends(first: str, second: str) -> Ends | None:
    # of two days no number of a cell lost its nought: 3.1-3.5
    begin, end = (with_month(_FIGURE.sub(r"\1/\2", part)) for part in (first, second))
    begin_year, end_year = _year_in(begin), _year_in(end)
    try:
        if begin_year is None and end_year is not None:
            begin = f"{end_year}年{begin}"
        begins = read_instant(begin, year=_ANY_YEAR)
        on = shanghai(begins.at)
        year = begin_year or end_year
        if _CLOCK_ALONE.fullmatch(end.strip()):
            end = f"{on.month}月{on.day}日 {end.strip()}"
        ends = read_instant(end, year=on.year)
        if ends.at < begins.at and end_year is None:
            if on.month < _AUTUMN or shanghai(ends.at).month > _SPRING or year is None:
                return None
            year += 1
        if year is not None and end_year is None:
            end = f"{year}年{end}"
        read_instant(end, year=_ANY_YEAR)
    except TimeNotUnderstood:
        return None
    return (begin, first), (end, second)


def _year_in(text: str) -> int | None:
    return next((token.year for token in tokens(fold(text)) if token.year is not None), None)


@lru_cache(maxsize=16384)
def times_of(text: str) -> tuple[datetime, datetime] | None:
    """The first and the last instant of a cell that holds one time or two; None if it does not."""
    if not any(map(str.isdigit, text)):
        return None
    range_ends = ends_of_range(text)
    ends = [end for end, _ in range_ends] if range_ends else RANGE.split(text, maxsplit=1)
    try:
        found = [read_instant(with_month(end), year=_ANY_YEAR).at for end in ends]
    except TimeNotUnderstood:
        return None
    return found[0], found[-1]
