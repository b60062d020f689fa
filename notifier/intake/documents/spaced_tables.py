"""Tables whose columns only spaces part, as the text of a PDF has them when it is copied."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_PIECE = re.compile(r"\S+(?: \S+)*")
_FIGURE = re.compile(r"\d")
_FEWEST_COLUMNS = 3
_MOST_COLUMNS = 60
_FEWEST_ROWS = 2  # the headings and a parcel
_LOOKED_AT = 60  # lines: enough to know the columns
_OFF = 2  # widths of a letter by which the beginnings of one column may differ

Row = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A text between runs of spaces, from `begin` to `end` in widths of a Latin letter."""

    text: str
    begin: int
    end: int


def spaced_table(lines: Sequence[str], at: int) -> tuple[list[Row], int]:
    """Return the rows of the table that begins at line `at`, each with its line, and its end.

    No rows where none does, and where the lines end that could have been one. A row begins where
    its first column does; words in the lines below it go on with its cells. Figures there may be
    those of the row below, so that it is no table. Headings may stand in the middle of their
    columns.
    """
    if not _has_columns(lines[at]) or (at and _has_columns(lines[at - 1])):
        return [], at + 1
    first = _pieces(lines[at])
    found = [first]
    for line in lines[at + 1 :]:
        pieces = _pieces(line)
        if not pieces or (len(pieces) == 1 and pieces[0].begin <= first[0].end):
            break
        found.append(pieces)
    end = at + len(found)
    below = next((line for line in lines[end : end + 2] if line.strip()), "")
    if _begins_within(below, first):
        return [], end  # the rest of a row stands behind an empty line
    if max(map(len, found)) > _MOST_COLUMNS:
        return [], end
    columns = _columns(found[:_LOOKED_AT])
    begins_values = next((n for n, pieces in enumerate(found) if _is_below(pieces, columns)), 0)
    rows: list[Row] = []
    for number, pieces in enumerate(found):
        is_heading = number < begins_values
        places = [_place(piece, columns, is_heading=is_heading) for piece in pieces]
        has_figures = any(_FIGURE.search(piece.text) for piece in pieces)
        is_stray = places[0] > 0 and (not rows or has_figures)
        if is_stray or len(set(places)) < len(places):
            return [], end
        if number == 0 or (places[0] == 0 and not is_heading):
            rows.append((at + number, [""] * len(columns)))
        for piece, place in zip(pieces, places, strict=True):
            rows[-1][1][place] += piece.text
    filled = sum(bool(cell) for _, cells in rows for cell in cells)
    is_table = len(rows) >= _FEWEST_ROWS and filled * 4 >= 3 * len(rows) * len(columns)
    return (rows if is_table else []), end


def _has_columns(line: str) -> bool:
    return len(_PIECE.findall(line)) >= _FEWEST_COLUMNS


def _begins_within(line: str, first: Sequence[_Piece]) -> bool:
    """Return whether a line begins behind the first column."""
    pieces = _pieces(line)
    return bool(pieces) and pieces[0].begin > first[0].end


def _columns(found: Sequence[Sequence[_Piece]]) -> Sequence[_Piece]:
    """Return the line of most pieces that the most others stand below of."""
    most = max(map(len, found))
    whole = [pieces for pieces in found if len(pieces) == most]
    return max(whole, key=lambda line: sum(_is_below(other, line) for other in whole))


def _is_below(pieces: Sequence[_Piece], columns: Sequence[_Piece]) -> bool:
    """Return whether there is a piece for each column, which begins where it does."""
    return len(pieces) == len(columns) and all(
        abs(piece.begin - column.begin) <= _OFF
        for piece, column in zip(pieces, columns, strict=True)
    )


def _place(piece: _Piece, columns: Sequence[_Piece], *, is_heading: bool) -> int:
    """Return the number of the column whose beginning is nearest; of a heading, whose middle is."""

    def distance(place: int) -> int:
        column = columns[place]
        if is_heading:
            return abs(column.begin + column.end - piece.begin - piece.end)
        return abs(column.begin - piece.begin)

    return min(range(len(columns)), key=distance)


def _pieces(line: str) -> list[_Piece]:
    pieces = []
    at = end = 0
    for match in _PIECE.finditer(line):
        begin = end + _width(line[at : match.start()])
        at, end = match.end(), begin + _width(match[0])
        pieces.append(_Piece(match[0], begin, end))
    return pieces


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
