"""Tables in a stream of cells that state the parcels' numbers, and nothing but times of each."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from notifier.intake.notice.alignment import begins_with_date
from notifier.intake.notice.columns import Column, column_of, fits, is_code, is_time_label
from notifier.intake.notice.pieces import Piece, Stream
from notifier.intake.notice.rows import Entry, Row
from notifier.intake.notice.stream_headings import heading_at
from notifier.intake.notice.table_layout import NAMES

_MOST_TIMES = 8  # columns


def times_at(pieces: Stream, at: int) -> tuple[list[Row], int] | None:
    """Return (rows, where they end) of a table of numbers and times that begins at `at`.

    None where a time is left behind the rows: a cell, or a heading, was lost.
    """
    headings = _headings(pieces, at)
    if headings is None:
        return None
    columns, at = headings
    rows: list[Row] = []
    while _is_row(pieces, at, columns):
        cells = zip(columns, pieces[at:], strict=False)
        entries = [
            Entry(column=column, value=piece.text, place=piece.place) for column, piece in cells
        ]
        rows.append(Row(entries=tuple(entries), place=pieces[at].place))
        at += len(columns)
    is_left = at < len(pieces) and begins_with_date(pieces[at].text)
    return None if is_left else (rows, at)


def begins_times(pieces: Stream, at: int) -> bool:
    """Return whether such a table begins at `at`."""
    return _headings(pieces, at) is not None


@lru_cache(maxsize=1024)
def _headings(pieces: Stream, at: int) -> tuple[tuple[Column, ...], int] | None:
    """Return the columns, and where the first row begins; None if there is no such table."""
    numbers = column_of(pieces[at].text)
    if numbers.field not in NAMES or not numbers.exact:
        return None
    columns = [numbers]
    at += 1
    while at < len(pieces) and len(columns) <= _MOST_TIMES:
        text, size = heading_at(pieces, at)
        if not is_time_label(text):
            break
        columns.append(column_of(text))
        at += size
    is_table = len(columns) > 1 and _is_row(pieces, at, columns)
    return (tuple(columns), at) if is_table else None


def _is_row(pieces: Sequence[Piece], at: int, columns: Sequence[Column]) -> bool:
    """Return whether a number and a time for each other column stand at `at`."""
    cells = pieces[at : at + len(columns)]
    if len(cells) < len(columns) or not is_code(cells[0].text) or begins_with_date(cells[0].text):
        return False
    return all(
        begins_with_date(cell.text) and fits(column, cell.text) is not None
        for column, cell in zip(columns[1:], cells[1:], strict=True)
    )
