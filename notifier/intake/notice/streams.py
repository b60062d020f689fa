"""Read tables that were flattened into text.

A stream of cells becomes headings with rows, or cards, whatever fits best.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from notifier.intake.documents import Paragraph
from notifier.intake.notice.columns import is_heading, points
from notifier.intake.notice.pieces import Piece, Stream
from notifier.intake.notice.rows import Row
from notifier.intake.notice.stream_cards import cards_at, table_beside_at
from notifier.intake.notice.stream_headings import LONGEST_HEADING, VALUE, begins_headings
from notifier.intake.notice.stream_rows import table_at
from notifier.intake.notice.stream_times import begins_times, times_at

_FEWEST_LEFT = 3
_OF_LOOSE = 2.0


def read_stream(cells: Sequence[Piece]) -> tuple[list[Row], list[Piece]]:
    """(rows, the pieces that belong to no table).

    A row whose values cannot be placed keeps what is certain.
    """
    pieces = Stream(cells)
    rows: list[Row] = []
    left: list[Piece] = []
    at = part = 0
    while at < len(pieces):
        found, end = _layout(pieces, at)
        if not found:
            left.append(pieces[at])
            at += 1
            continue
        part += 1
        rows += [replace(row, part=part) for row in found]
        at = end
    return rows, left


def worth_of_rows(rows: Sequence[Row]) -> float:
    """Return how well the values of rows fit their headings.

    What could not be placed counts against them.
    """
    entries = [entry for row in rows for entry in row.entries if entry.certain]
    loose = sum(len(row.unplaced) + len(row.behind) for row in rows)
    return sum(points(entry.column, entry.value) for entry in entries) - _OF_LOOSE * loose


def _layout(pieces: Stream, at: int) -> tuple[list[Row], int]:
    """(rows, where they end) of the layout that begins at `at`; no rows if none does."""
    times = times_at(pieces, at)
    if times is not None:
        return times
    table = table_at(pieces, at)
    if table is not None:
        rows, end = table
        return _with_rest(rows, pieces, end), end
    beside = table_beside_at(pieces, at)
    return beside if beside is not None else cards_at(pieces, at)


def _with_rest(rows: list[Row], pieces: Stream, end: int) -> list[Row]:
    """Return the rows; the last knows the cells behind it that were not read.

    They may be other parcels.
    """
    left: list[str] = []
    for number in range(end, min(len(pieces), end + LONGEST_HEADING)):
        piece = pieces[number]
        text = piece.text.strip()
        if (
            piece.is_prose
            or text.endswith((":", "：", "。"))
            or "公告" in text
            or begins_headings(pieces, number)
            or begins_times(pieces, number)
        ):
            break
        if text:
            left.append(text)
    cells = sum(VALUE.search(text) is not None and not is_heading(text) for text in left)
    if len(left) < _FEWEST_LEFT or cells < 2 or cells * 3 < len(left):
        return rows
    return [*rows[:-1], replace(rows[-1], behind=tuple(left))]


def leftover_paragraphs(pieces: Sequence[Piece]) -> list[Paragraph]:
    """The pieces of no table as running text again."""
    found: list[Paragraph] = []
    for piece in pieces:
        paragraph = piece.source or Paragraph(text=piece.text, place=piece.place)
        if piece.text.strip() and not (found and found[-1] is paragraph):
            found.append(paragraph)
    return found
