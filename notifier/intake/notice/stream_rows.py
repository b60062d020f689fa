"""Rows below headings in a stream of cells: each order of columns is tried."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import itemgetter

from notifier.intake.documents.words import shape_of
from notifier.intake.notice.alignment import Alignment, Cells, begins_with_date
from notifier.intake.notice.columns import (
    SERIAL,
    TIMES,
    Column,
    are_two_times,
    fits,
    is_code,
    is_heading,
    is_of_one_end,
    is_time_label,
    with_number,
)
from notifier.intake.notice.folded_text import states_date
from notifier.intake.notice.pieces import LONG, Piece, Stream
from notifier.intake.notice.rows import Entry, Row, fields_of, uncertain
from notifier.intake.notice.rows_layout import TOTAL
from notifier.intake.notice.stream_headings import begins_headings, orders_of_headings
from notifier.intake.notice.stream_times import begins_times
from notifier.intake.notice.table_layout import IDENTITY, NAMES

_AMOUNTS = frozenset({"area_m2", "start_price_wan", "deposit_wan"})
_FACTS = _AMOUNTS | {"use", "far", "term", "floor_area_m2"} | TIMES
_TIED = _AMOUNTS | TIMES
# `(万元)竞买保证金`: the unit of the heading before; headings were cut in the wrong places
_BEGINS_WITH_A_UNIT = re.compile(r"[(（](?:平方米|公顷|亩|㎡|m2|人民币)?(?:万?元)?[)）]\S")
_IS_CAPTION = re.compile(r"[一-鿿]{2,12}")  # of another table
_LETTERS = re.compile(r"[A-Z]+(?=[\d-])")
_NEAR_TIE, _NEAR_SHARE = 1.5, 0.03
_REMARK = re.compile(r"\s*(?:备注|注|说明)\s*[:：]?")
_MOST_ORDERS = 3  # of columns that are tried on more than the first row
_FEWEST_STRONG = 4
_LEAST_A_CELL = 0.7
_ROW_FOLLOWS = 2.0  # the most
_GOES_ON = -4.0  # cells follow that begin no row
_NEVER = float("-inf")


def table_at(pieces: Stream, at: int) -> tuple[list[Row], int] | None:
    """Return the rows below the headings at `at`, under the order of columns that fits best."""
    if not begins_headings(pieces, at):
        return None
    ways: dict[tuple[Column, ...], int] = {}
    lost: dict[tuple[Column, ...], int] = {}
    for order, begin in orders_of_headings(pieces, at):
        columns = with_number(order, [piece.text for piece in pieces[begin : begin + len(order)]])
        fields = fields_of(columns)
        has_facts = fields & _FACTS or any(is_time_label(column.heading) for column in columns)
        if len(columns) >= 3 and (fields & IDENTITY or fields >= _AMOUNTS) and has_facts:
            ways.setdefault(columns, begin)
        lacks_names = not fields & NAMES and not any("序" in column.heading for column in columns)
        first = pieces[begin].text if begin < len(pieces) else ""
        if lacks_names and fields & IDENTITY and fields & _FACTS and is_code(first):
            # the heading of the numbers was lost
            lost.setdefault((Column("", "parcel_no"), *columns), begin)
        if "location" not in fields and "parcel_no" in fields and fields & _FACTS:
            # that of the places was lost
            at_names = [column.field for column in columns].index("parcel_no") + 1
            places = (*columns[:at_names], Column("", "location"), *columns[at_names:])
            lost.setdefault(places, begin)
    best = max(
        filter(None, (_best_order(pieces, ways), _best_order(pieces, lost))),
        default=None,
        key=itemgetter(0),
    )
    return best[1:] if best is not None else None


def _best_order(
    pieces: Stream, ways: Mapping[tuple[Column, ...], int]
) -> tuple[float, list[Row], int] | None:
    firsts = [
        (ending.score, columns, begin)
        for columns, begin in ways.items()
        if (ending := _ending_of_row(pieces, begin, columns)) is not None
    ]
    read: list[tuple[float, list[Row], int]] = []
    for score, columns, begin in sorted(firsts, key=lambda first: -first[0]):
        if score <= 0 or len(read) == _MOST_ORDERS:
            break
        found = _rows(pieces, begin, columns)
        if found[1]:
            read.append(found)
    read.sort(key=itemgetter(0), reverse=True)
    if not read:
        return None
    score, rows, end = read[0]
    for other, rivals, _ in read[1:]:
        if other >= score - max(_NEAR_TIE, score * _NEAR_SHARE) and len(rivals) == len(rows):
            rows = [_agreed(row, rival) for row, rival in zip(rows, rivals, strict=True)]
    return score, rows, end


def _agreed(row: Row, rival: Row) -> Row:
    """Return the row without amounts and times on which two orders of columns disagree.

    The other order fits nearly as well.
    """
    others = {(entry.column.field, entry.value) for entry in rival.entries}
    kept, loose = [], []
    for entry in row.entries:
        doubted = entry.column.field in _TIED and (entry.column.field, entry.value) not in others
        if not doubted:
            kept.append(entry)
        elif is_time_label(entry.column.heading):
            kept.append(uncertain(entry.column, [entry.value], entry.place))
        else:
            loose.append(entry.value)
    return replace(row, entries=tuple(kept), unplaced=(*row.unplaced, *loose))


def _rows(pieces: Stream, at: int, columns: tuple[Column, ...]) -> tuple[float, list[Row], int]:
    rows: list[Row] = []
    total = 0.0
    begin = at  # of the row above
    while at < len(pieces):
        following = _next_in_count(pieces, begin, at, columns)
        if rows and following > at:
            rest = tuple(piece.text for piece in pieces[at:following])
            rows[-1] = replace(rows[-1], unplaced=(*rows[-1].unplaced, *rest))
            at = following
        read = _row(pieces, at, columns)
        if read is None:
            after = _after_remark(pieces, at, rows)
            if after is None and rows:
                after = _after_rest_of_row(pieces, at, columns)
                if after is not None:
                    rest = tuple(piece.text for piece in pieces[at:after])
                    rows[-1] = replace(rows[-1], unplaced=(*rows[-1].unplaced, *rest))
            if after is None:
                break
            at = after
            continue
        is_sum = TOTAL.match(pieces[at].text) is not None
        begin = at
        score, row, at = read
        if is_sum:
            continue
        total += score
        is_cut = at == len(pieces) and pieces[-1].last
        rows.append(row if is_cut else _carried(row, rows, columns))
    return total, rows, at


def _next_in_count(pieces: Stream, begin: int, at: int, columns: Sequence[Column]) -> int:
    """Return where the row behind the one from `begin` to `at` begins, by the count of the rows.

    The few cells before it are the second line of a parcel of two uses. `at` if it is not counted.
    """
    count = pieces[begin].text.strip()
    if "序" not in columns[0].heading or not count.isdigit() or at == begin:
        return at
    following = str(int(count) + 1)
    end = min(len(pieces), at + 1 + len(columns) // 2)
    return next((place for place in range(at, end) if pieces[place].text.strip() == following), at)


def _after_remark(pieces: Stream, at: int, rows: list[Row]) -> int | None:
    """Return where to go on after a remark or a line of totals between rows.

    None if the table is over.
    """
    if (
        rows
        and _REMARK.match(pieces[at].text)
        and any(piece.starts_row for piece in pieces[at + 1 : at + 2])
    ):
        return at + 1
    if TOTAL.match(pieces[at].text):
        return next(
            (place for place in range(at + 1, len(pieces)) if pieces[place].starts_row), None
        )
    return None


def _after_rest_of_row(pieces: Stream, at: int, columns: tuple[Column, ...]) -> int | None:
    """Return where the next row begins behind the few cells of a row that the one before spans.

    A parcel of two uses has two rows in the columns of its uses, and one in the others.
    """
    end = min(len(pieces), at + 1 + len(columns) // 2)
    after = next((place for place in range(at + 1, end) if pieces[place].starts_row), None)
    if after is None or not pieces[at].starts_row or _row(pieces, after, columns) is None:
        return None
    rest = pieces[at:after]
    is_other = any(is_heading(piece.text) or states_date(piece.text) for piece in rest)
    return None if is_other else after


def _carried(row: Row, above: Sequence[Row], columns: Sequence[Column]) -> Row:
    """Return the row with the times of the row above where it has none.

    A cell that spanned both was written once.
    """
    own = {entry.column for entry in row.entries}
    before = {entry.column: entry for entry in above[-1].entries} if above else {}
    missing = [
        column
        for column in columns
        if column not in own and column in before and is_time_label(column.heading)
    ]
    if row.unplaced or not missing:
        return row
    taken = tuple(
        replace(before[column], inherited=True, blank=True, place=row.place) for column in missing
    )
    return replace(row, entries=row.entries + taken)


@dataclass(frozen=True, slots=True)
class _Ending:
    """Where a row ends best, for it and for what follows: behind `size` of the cells."""

    alignment: Alignment
    size: int
    score: float
    goes_on: bool  # a cell too many follows: which of them all is it?


@lru_cache(maxsize=128)
def _ending_of_row(pieces: Stream, at: int, columns: tuple[Column, ...]) -> _Ending | None:
    """Return how the pieces from `at` on stand best under the columns; None if they do not."""
    end = _window_end(pieces, at, len(columns))
    if end - at < min(3, len(columns)):
        return None
    if sum(is_heading(piece.text) for piece in pieces[at : at + len(columns)]) >= 3:
        return None
    alignment = Alignment(_cells(pieces, at, end), columns)
    best = _Ending(alignment, 0, _NEVER, goes_on=False)
    for size in range(end - at, min(3, len(columns)) - 1, -1):
        own = alignment.score(size)
        if own + _ROW_FOLLOWS <= best.score:
            continue
        follows = _continuation(pieces, at, at + size)
        if own + follows > best.score:
            best = _Ending(alignment, size, own + follows, goes_on=follows <= _GOES_ON)
    return best if best.score >= _LEAST_A_CELL * best.size else None


@lru_cache(maxsize=32)
def _cells(pieces: Stream, begin: int, end: int) -> Cells:
    return Cells(pieces[begin:end])


def _row(pieces: Stream, at: int, columns: tuple[Column, ...]) -> tuple[float, Row, int] | None:
    """Return the best way to place the pieces from `at` on under the columns.

    As (score, row, where the next begins).
    """
    ending = _ending_of_row(pieces, at, columns)
    if ending is None:
        return None
    cells = ending.alignment.placed(ending.size)
    if ending.goes_on:
        skipped = next((at for at, cell in enumerate(cells) if cell.column != at), len(cells))
        cells = [
            replace(cell, certain=cell.certain and number < skipped)
            for number, cell in enumerate(cells)
        ]
    if any(_are_two_in_one(columns[cell.column], cell.value.text) for cell in cells):
        cells = [
            replace(cell, certain=cell.certain and not is_time_label(columns[cell.column].heading))
            for cell in cells
        ]
    if not _enough([fits(columns[cell.column], cell.value.text) for cell in cells if cell.certain]):
        return None
    values = [cell.value for cell in cells]
    lost = _AMOUNTS if any(_BEGINS_WITH_A_UNIT.match(each.heading) for each in columns) else ()
    placed = [
        cell.column if cell.certain and columns[cell.column].field not in lost else None
        for cell in cells
    ]
    return ending.score, _entries(values, columns, placed), at + ending.size


def _are_two_in_one(column: Column, value: str) -> bool:
    """Return whether two times stand where one belongs: a heading beside it was lost.

    Then any of the row's times may be its neighbour's.
    """
    return "\n" in value and is_of_one_end(column) and are_two_times(value)


def _window_end(pieces: Stream, at: int, width: int) -> int:
    """Return the pieces that may belong to the row.

    Up to a section, to prose, to another table, or to the second row that begins.
    """
    end = at
    begun = 0
    while end < len(pieces) and end - at < width * 2 + 2:
        piece = pieces[end]
        if piece.is_section or (piece.is_prose and len(piece.text) > 2 * LONG):
            break
        if end > at and begins_times(pieces, end):
            break
        begun += piece.starts_row and end > at
        if begun:
            break
        end += 1
    return end


def _continuation(pieces: Stream, at: int, end: int) -> float:
    """Return how much the pieces at `end` count for a row that ends there."""
    if end >= len(pieces):
        return 1.0
    following = pieces[end]
    if following.same_cell:
        return -2.0
    if following.starts_row:
        return _ROW_FOLLOWS
    text = following.text.strip()
    if (
        _REMARK.fullmatch(text)
        or following.is_prose
        or TOTAL.match(text)
        or text.endswith((":", "：", "。"))
    ):
        return 1.0
    if _begin_alike(pieces[at].text, text):
        return _ROW_FOLLOWS
    if begins_headings(pieces, end) or begins_times(pieces, end):
        return 1.0
    is_caption = _IS_CAPTION.fullmatch(text) is not None and end + 1 < len(pieces)
    return 1.0 if is_caption and begins_headings(pieces, end + 1) else _GOES_ON


def _begin_alike(first: str, second: str) -> bool:
    """Return whether two rows may begin so: with numbers of one form, as `PG-06号`, `PS-02号`.

    A serial is not any figure.
    """
    first, second = (_LETTERS.sub("A", text) for text in (first, second))
    serials = [SERIAL.fullmatch(text.strip()) is not None for text in (first, second)]
    return shape_of(first) == shape_of(second) and serials[0] == serials[1]


def _enough(scores: Sequence[int | None]) -> bool:
    strong = sum(score == 2 for score in scores)
    return strong >= min(_FEWEST_STRONG, max(2, len(scores) - 1))


def _entries(
    values: Sequence[Piece], columns: Sequence[Column], placed: Sequence[int | None]
) -> Row:
    entries, unplaced = [], []
    for piece, j in zip(values, placed, strict=True):
        if j is None:
            unplaced.append(piece.text)
        elif columns[j].field or is_time_label(columns[j].heading):
            entries.append(Entry(column=columns[j], value=piece.text, place=piece.place))
    if any(begins_with_date(text) for text in unplaced):
        empty = [
            column
            for number, column in enumerate(columns)
            if number not in placed and is_time_label(column.heading)
        ]
        entries += [uncertain(column, unplaced, values[0].place) for column in empty]
    return Row(entries=tuple(entries), place=values[0].place, unplaced=tuple(unplaced))
