"""Headings in a stream of cells, and the orders in which the values below them may come."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from notifier.intake.headings import IGNORED, WINDOWS
from notifier.intake.notice.columns import (
    FOREIGN,
    GROUP,
    SERIAL,
    TIMES,
    Column,
    column_of,
    in_unit,
    is_heading,
    is_sub,
    is_time_label,
    is_unit,
)
from notifier.intake.notice.pieces import LONG, Piece, Stream
from notifier.intake.notice.table_headings import is_end, meaning
from notifier.intake.notice.table_layout import IDENTITY

_MAINS = (
    frozenset({"parcel_no", "parcel_name", "location", "start_price_wan", "deposit_wan"}) | TIMES
)
VALUE = re.compile(r"\d{3,}|\d[.-]\d|[\dA-Za-z]号$|\*\*|[≤≥≦≧⩽⩾<>](?!\s*$)|\d年")
_MONEY_COLUMN = re.compile(r"价|金|幅度|阶梯")
_BOTH_ENDS = re.compile(r"起止|期限|期间")
_REST_OF_A_HEADING = re.compile(r"[及和与或][一-鿿]{1,6}$")  # `增价规则` `及幅度`
LONGEST_HEADING = 40
_MOST_JOINED = 3
_LONGEST_JOINED = 12  # characters of each
_MOST_HEADINGS = 60  # of one table, so that a text of headings alone is read in linear time
_DISTANT = 10  # cells of text between two rows of headings


@lru_cache(maxsize=1024)
def begins_headings(pieces: Stream, at: int) -> bool:
    """Return whether a row of headings begins at `at`."""
    text = pieces[at].text
    if not text.strip() or re.search(r"[:：]|\d{3}", text):
        return False
    if is_heading(heading_at(pieces, at)[0]):
        return _headings_ahead(pieces, at) >= 3
    following = pieces[at + 1].text if at + 1 < len(pieces) else ""
    return len(text) <= 8 and column_of(following).field in IDENTITY and not VALUE.search(text)


def _headings_ahead(pieces: Stream, at: int) -> int:
    """Return how many known headings stand within the next few cells, without values between."""
    count = seen = 0
    while at < len(pieces) and seen < 6:
        text, size = heading_at(pieces, at)
        if is_heading(text):
            count += 1
        elif _is_value(text, pieces[at]):
            break
        at, seen = at + size, seen + 1
    return count


@lru_cache(maxsize=1024)
def heading_at(pieces: Stream, at: int, *, longest: bool = False) -> tuple[str, int]:
    """Return the heading at `at`, and how many pieces it takes.

    Lines of one cell, and what only together is a known one, are one heading; with `longest` so is
    what could be two: `地块` `编号`.
    """
    text = pieces[at].text
    size = 1
    # text above the table
    above = pieces[at].is_section or len(text) > 20 or text.endswith((":", "：", "。"))
    while (
        not above and at + size < len(pieces) and pieces[at + size].same_cell and len(text) < LONG
    ):
        text += pieces[at + size].text
        size += 1
    while (
        at + size < len(pieces)
        and _REST_OF_A_HEADING.match(pieces[at + size].text)
        and len(text) <= LONGEST_HEADING
    ):
        text += pieces[at + size].text
        size += 1
    whole = column_of(text)
    is_whole = pieces[at].closed or whole.field or is_sub(text) or is_time_label(text)
    if size > 1 and not is_whole:
        text, size = pieces[at].text, 1
    if len(text) > _LONGEST_JOINED:
        return text, size
    for more in range(_MOST_JOINED - 1, 0, -1):
        following = pieces[at + size : at + size + more]
        if len(following) < more or any(
            piece.apart or len(piece.text) > _LONGEST_JOINED for piece in following
        ):
            continue
        joined = text + "".join(piece.text for piece in following)
        known = column_of(joined)
        if (
            known.field
            and known.exact
            and not (whole.exact and whole.field == known.field and len(following) > 1)
        ):
            bracket = all(piece.text.startswith(("(", "（")) for piece in following)
            alone = whole.field and all(is_heading(piece.text) for piece in following)
            if bracket or ((longest or not alone) and not re.search(r"\d{3}", joined)):
                return joined, size + more
    return text, size


def _is_value(text: str, piece: Piece) -> bool:
    return len(text) > LONGEST_HEADING or VALUE.search(text) is not None or piece.is_prose


def _known(text: str) -> bool:
    return (
        bool(column_of(text).field)
        or is_sub(text)
        or is_time_label(text)
        or is_unit(text)
        or is_end(text)
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """A heading and the piece behind it."""

    column: Column
    starts_row: bool
    known: bool
    end: int


def orders_of_headings(pieces: Stream, at: int) -> Iterator[tuple[list[Column], int]]:
    """The columns that the run of headings at `at` may name, and where their values begin."""
    run = _run_of_headings(pieces, at)
    joined = _run_of_headings(pieces, at, longest=True)
    for found in [run] if len(run) == len(joined) else [run, joined]:
        yield from _orders_of_run(pieces, found)


def _orders_of_run(pieces: Stream, found: Sequence[_Found]) -> Iterator[tuple[list[Column], int]]:
    last = max((number for number, heading in enumerate(found, 1) if heading.known), default=0)
    for length in range(last, min(len(found), last + 3) + 1):
        if length < 3:
            continue
        run = found[:length]
        units = next(
            (size for size in range(length) if not is_unit(run[length - 1 - size].column.heading)),
            0,
        )
        below = [heading.column for heading in run[length - units :]]
        for columns in _orders(run[: length - units]):
            yield _with_units(columns, below), run[-1].end
        subs, begin = _distant_subs(pieces, run[-1].end)
        if subs and any(heading.column.field == GROUP for heading in run):
            for columns in _orders([*run, *subs]):
                yield columns, begin


def _run_of_headings(pieces: Stream, at: int, *, longest: bool = False) -> list[_Found]:
    found: list[_Found] = []
    unknown = 0
    while at < len(pieces) and unknown < 4 and len(found) < _MOST_HEADINGS:
        text, size = heading_at(pieces, at, longest=longest)
        known = _known(text) or _is_masked_sub(pieces, at)
        if SERIAL.fullmatch(text.strip()) or (not known and _is_value(text, pieces[at])):
            break
        unknown = 0 if known else unknown + 1
        found.append(_Found(column_of(text), pieces[at].starts_row, known, at + size))
        at += size
    return found


def _is_masked_sub(pieces: Stream, at: int) -> bool:
    """A masked heading at the beginning of a second row of headings."""
    following = pieces[at + 1].text if at + 1 < len(pieces) else ""
    return (
        pieces[at].starts_row
        and re.fullmatch(r"\*+", pieces[at].text.strip()) is not None
        and is_sub(following)
    )


def _distant_subs(pieces: Stream, at: int) -> tuple[list[_Found], int]:
    """Find a row of headings below `规划指标` that stands behind a cell over several rows."""
    begin = next(
        (
            place
            for place in range(at, min(at + _DISTANT, len(pieces)))
            if is_sub(pieces[place].text)
        ),
        at,
    )
    end = begin
    while end < len(pieces) and is_sub(pieces[end].text):
        end += 1
    if end - begin < 2 or begin == at or not all(piece.is_prose for piece in pieces[at:begin]):
        return [], at
    subs = [
        _Found(column_of(pieces[place].text), place == begin, True, place + 1)
        for place in range(begin, end)
    ]
    return subs, end


def _orders(run: Sequence[_Found]) -> Iterator[list[Column]]:
    """Return the orders in which the values may come.

    As the headings stand; or those of a second row, which came last, in the place of the heading
    above them, or shared out between two such. A group of headings has no values of its own unless
    none stand below it.
    """
    columns = [heading.column for heading in run]
    groups = [number for number, column in enumerate(columns) if column.field == GROUP]
    if not groups and not any(is_end(column.heading) for column in columns):
        yield columns
    for size in _sizes_of_second_row(run):
        upper, below = columns[: len(columns) - size], columns[len(columns) - size :]
        parted = _parted(upper, below)
        if parted is None:
            continue
        upper, below = parted
        places = [number for number in groups if number < len(upper)]
        for place in places or range(1, len(upper)):
            rest = [column for number, column in enumerate(upper) if number != place or not places]
            yield [*_leaves(rest[:place]), *below, *_leaves(rest[place:])]
        if len(places) == 2:
            first, second = places
            for share in range(1, len(below)):
                yield [
                    *upper[:first],
                    *below[:share],
                    *upper[first + 1 : second],
                    *below[share:],
                    *upper[second + 1 :],
                ]
    if groups and not any(is_end(column.heading) for column in columns):
        yield _leaves(columns)
        yield [
            Column(column.heading, IGNORED) if column.field == GROUP else column
            for column in columns
        ]


def _parted(upper: list[Column], below: list[Column]) -> tuple[list[Column], list[Column]] | None:
    """Part the windows of the upper row into the ends that the second row names.

    The ends are `开始`, `截止`. None where it is not clear which windows these are.
    """
    ends = [column for column in below if is_end(column.heading)]
    if not ends:
        return upper, below
    windows = [
        column
        for column in upper
        if column.field in WINDOWS and not _BOTH_ENDS.search(column.heading)
    ]
    if len(ends) != 2 * len(windows):
        return None
    pairs = {window: ends[2 * number : 2 * number + 2] for number, window in enumerate(windows)}
    whole: list[Column] = []
    for column in upper:
        whole += (
            [meaning([column.heading, end.heading]) for end in pairs[column]]
            if column in pairs
            else [column]
        )
    return whole, [column for column in below if column not in ends]


def _leaves(columns: Sequence[Column]) -> list[Column]:
    return [column for column in columns if column.field != GROUP]


def _sizes_of_second_row(run: Sequence[_Found]) -> Iterator[int]:
    """Return how many of the last headings may stand in a second row.

    Those since a row began, or such as stand there.
    """
    starts = [number for number, heading in enumerate(run) if heading.starts_row and number]
    if starts:
        yield len(run) - starts[-1]
    most = 0
    for heading in reversed(run):
        field, words = heading.column.field, heading.column.heading
        if field == GROUP or (not is_end(words) and (field in _MAINS or is_time_label(words))):
            break
        most += 1
    has_group = any(heading.column.field == GROUP for heading in run)
    grouped = has_group or any(is_end(heading.column.heading) for heading in run)
    lowest = [is_sub(heading.column.heading) or is_end(heading.column.heading) for heading in run]
    # behind a group, headings that may stand in one row as well may be those below it
    known = (size for size in range(most, 0, -1) if any(lowest[-size:]))
    subs = most if has_group else next(known, 0)
    if grouped or subs >= 2:
        yield from (size for size in range(subs, 0, -1) if grouped or size >= 2)


def _with_units(columns: Sequence[Column], units: list[Column]) -> list[Column]:
    """Return the columns above a last row that names only units.

    Such as `万元`, `人民币(万元)`, `美元(万元)`: each belongs to a column of money, in order;
    foreign money has a column of its own behind it.
    """
    own = [unit for unit in units if not FOREIGN.search(unit.heading)]
    money = [place for place, column in enumerate(columns) if _MONEY_COLUMN.search(column.heading)]
    if not units or len(money) != len(own) or units[0] not in own:
        return [*columns, *units]
    below: dict[int, list[Column]] = {}
    place = iter(money)
    at = 0
    for unit in units:
        if FOREIGN.search(unit.heading):
            below[at].append(Column(unit.heading, IGNORED))
        else:
            at = next(place)
            below[at] = [in_unit(columns[at], unit.heading)]
    return [leaf for number, column in enumerate(columns) for leaf in below.get(number, [column])]
