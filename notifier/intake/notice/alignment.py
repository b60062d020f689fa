"""Cells under columns, in order: the one way in which the values of a row find their headings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import add

from notifier.intake.notice.columns import TIMES, Column, fits, is_time_label, points
from notifier.intake.notice.folded_text import plain
from notifier.intake.notice.pieces import LONG, Piece
from notifier.intake.written_times import tokens

_AFTER_A_SENTENCE = re.compile(r"\D*。")
_GOES_ON = re.compile(r"(?:[-至到于]|\d/|20\d\d年|\d月|\d日)$")
_REMARK = re.compile(r"\s*(?:备\s*注|说\s*明|注\s*[:：])")
_FIGURE = re.compile(r"[\d,.%]+/?")
_UNIT = re.compile(r"(?:[万亿]?元|平方米|m2|公顷|亩)(?:/(?:平方米|m2|公顷|亩))?")
_MOST_JOINED = 3
_MOST_LINES = 8  # of one cell
_BAND = 8  # cells by which a row may be short of its columns, or be broken into more
_OF_ITS_OWN = frozenset({"parcel_no", "area_m2", "start_price_wan", "deposit_wan"}) | TIMES
_SKIPPED_OF_ITS_OWN = -1.0  # what each parcel has for itself is seldom written once for several
_SKIPPED, _SKIPPED_AT_A_GAP, _JOINED, _OUT_OF_ROW = -0.8, -0.1, -0.7, -4.0
_OF_UNKNOWN = 0.6
_MOST_WORTHS = 512  # values under one heading
_NEVER = float("-inf")
_SAME = 1e-9


@dataclass(frozen=True, slots=True)
class Placed:
    """A value, perhaps of several cells, and its column.

    `certain` where no other way to place it is as good.
    """

    value: Piece
    column: int
    certain: bool


class Cells:
    """Cells in order, and how many from each on may be one value, whatever columns they are under.

    `wholes` at a cell: the numbers of cells that may be one value from it on, each with the value
    and what it costs to take them so.
    """

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self.pieces = pieces
        self.wholes = [self._wholes_from(begin) for begin in range(len(pieces))]
        is_cut = bool(pieces) and pieces[-1].last  # its last cells are lost
        self.gaps = [*(piece.gap for piece in pieces), is_cut]
        """Whether cells before each are empty, or lost; at the end, whether some are behind it."""

    def _wholes_from(self, begin: int) -> dict[int, tuple[str, float]]:
        wholes: dict[int, tuple[str, float]] = {}
        text, cost = "", _OUT_OF_ROW if begin and self.pieces[begin].starts_row else 0.0
        for size in range(1, min(_MOST_LINES, len(self.pieces) - begin) + 1):
            piece = self.pieces[begin + size - 1]
            if size > _MOST_JOINED and not piece.same_cell:
                break
            if size > 1:
                too_long = len(text) + len(piece.text) > 2 * LONG and not piece.closed
                if piece.apart or piece.starts_row or piece.is_prose or too_long:
                    break
                if not _may_be_one(self.pieces[begin + size - 2], piece):
                    break
                is_rest = piece.text[:1] in "(（-" or _is_rest_of_amount(
                    self.pieces[begin + size - 2], piece
                )
                cost += 0.0 if piece.same_cell or is_rest else _JOINED
            text = f"{text}\n{piece.text}" if text else piece.text
            following = self.pieces[begin + size : begin + size + 1]
            if not (following and following[0].same_cell):
                wholes[size] = text, cost
        return wholes


class Alignment:
    """Cells under columns: a column may be empty, a value may be broken into several cells."""

    def __init__(self, cells: Cells, columns: Sequence[Column]) -> None:
        self.pieces, self.columns = cells.pieces, columns
        self._wholes, self._gaps = cells.wholes, cells.gaps
        last = len(columns) - 1
        self._worths = [_worths_under(column) for column in columns]
        self._take_prose = [
            column.field == "note" or (at == last and not is_time_label(column.heading))
            for at, column in enumerate(columns)
        ]
        self._skips = [worths.of_nothing for worths in self._worths]
        self._at_a_gap = [_SKIPPED_AT_A_GAP] * len(columns)
        width = len(columns)
        self._bands = [
            (min(max(0, begin - _BAND), width), min(begin + _BAND + 1, width))
            for begin in range(len(self.pieces) + 1)
        ]
        """The first column that each cell may be in, and the end of these."""
        self._gains = [self._gains_from(begin) for begin in range(len(self.pieces))]
        self._forward = self._fill()

    def score(self, size: int) -> float:
        """Return how well the first `size` cells stand under the columns.

        Minus infinity if they cannot.
        """
        return self._forward[size][len(self.columns)]

    def placed(self, size: int) -> list[Placed]:
        """Return the first `size` cells, each in its column."""
        backward = self._backward(size)
        total = backward[0][0]
        if total == _NEVER:
            return []
        found = []
        for begin, count, at in self._groups(size, backward):
            cells = self.pieces[begin : begin + count]
            text = "\n".join(cell.text for cell in cells)
            value = replace(cells[0], text=text) if count > 1 else cells[0]
            ways = self._ways(begin, count, backward)
            rivals = [other for other, whole in ways if other != at and whole > total - _SAME]
            found.append(Placed(value, at, not rivals))
        return found

    def _gains_from(self, begin: int) -> dict[int, list[float]]:
        """Return what each number of cells from `begin` on is worth under each column."""
        low, high = self._bands[begin]
        before, behind = [_NEVER] * low, [_NEVER] * (len(self.columns) - high)
        worths = self._worths[low:high]
        gains = {}
        for size, (text, cost) in self._wholes[begin].items() if worths else ():
            gains[size] = [*before, *[worth[text] + cost for worth in worths], *behind]
        if self.pieces[begin].is_prose:
            for under in gains.values():
                under[:] = [
                    gain if takes else _NEVER
                    for gain, takes in zip(under, self._take_prose, strict=True)
                ]
        return gains

    def _skips_at(self, begin: int) -> list[float]:
        """Return what it costs to leave each column empty before the cell at `begin`."""
        return self._at_a_gap if self._gaps[begin] else self._skips

    def _fill(self) -> list[list[float]]:
        """[i][j]: the best for the first `i` cells under the first `j` columns."""
        count, width = len(self.pieces), len(self.columns)
        best = [[_NEVER] * (width + 1) for _ in range(count + 1)]
        best[0][0] = 0.0
        for i, row in enumerate(best):
            skips = self._skips_at(i)
            for j in range(*self._bands[i]):
                skipped = row[j] + skips[j]
                if skipped > row[j + 1]:
                    row[j + 1] = skipped
            for size, gains in self._gains[i].items() if i < count else ():
                _raise(best[i + size], 1, map(add, row, gains))
        return best

    def _backward(self, size: int) -> list[list[float]]:
        """[i][j]: the best for the cells from `i` to `size` under the columns from `j` on."""
        width = len(self.columns)
        best = [[_NEVER] * (width + 1) for _ in range(size + 1)]
        best[size][width] = 0.0
        for i in range(size, -1, -1):
            row, skips = best[i], self._skips_at(i)
            for count, gains in self._gains[i].items() if i < size else ():
                if i + count <= size:
                    _raise(row, 0, map(add, gains, best[i + count][1:]))
            for j in reversed(range(*self._bands[i])):
                skipped = row[j + 1] + skips[j]
                if skipped > row[j]:
                    row[j] = skipped
        return best

    def _groups(self, size: int, backward: list[list[float]]) -> Iterator[tuple[int, int, int]]:
        """Yield (begin, count, column) of each value on the best way."""
        i = j = 0
        while i < size:
            for count in self._gains[i]:
                if i + count > size:
                    continue
                whole = self._gains[i][count][j] + backward[i + count][j + 1]
                if whole > _NEVER and abs(whole - backward[i][j]) < _SAME:
                    yield i, count, j
                    i += count
                    break
            j += 1

    def _ways(
        self, begin: int, count: int, backward: list[list[float]]
    ) -> Iterator[tuple[int, float]]:
        """Yield (column, the score of all if a value stands there) for each column."""
        for at in range(len(self.columns)):
            behind = backward[begin + count][at + 1]
            yield at, self._forward[begin][at] + self._gains[begin][count][at] + behind


def _raise(best: list[float], first: int, values: Iterable[float]) -> None:
    """Put each value in the place of a lower one, from the place `first` on."""
    for place, value in enumerate(values, first):
        if value > best[place]:
            best[place] = value


class _Worths(dict[str, float]):
    """What values, and none, are worth under a heading, each worked out once."""

    def __init__(self, column: Column) -> None:
        super().__init__()
        self._column = column
        is_its_own = column.field in _OF_ITS_OWN or is_time_label(column.heading)
        self.of_nothing = _SKIPPED_OF_ITS_OWN if is_its_own else _SKIPPED

    def __missing__(self, text: str) -> float:
        if len(self) == _MOST_WORTHS:
            self.clear()
        worth = self[text] = _worth(self._column, text)
        return worth


@lru_cache(maxsize=512)
def _worths_under(column: Column) -> _Worths:
    return _Worths(column)


def _worth(column: Column, text: str) -> float:
    """Return what a value is worth under a heading; minus infinity where it cannot stand there."""
    if fits(column, text) is None or (_REMARK.match(text) and column.field not in ("note", "")):
        return _NEVER  # a remark below the table is no value of its last row
    if is_time_label(column.heading) and _AFTER_A_SENTENCE.match(text):
        return _NEVER  # the table is over: what follows is the notice's text
    if not column.field and not is_time_label(column.heading):
        return _OF_UNKNOWN
    return points(column, text)


def _may_be_one(before: Piece, after: Piece) -> bool:
    """Return whether two lines may be one value that was broken.

    A figure and a word are two; so are a time and a sentence, which the notice goes on with.
    """
    if after.same_cell or after.text[:1] in "(（-" or _is_rest_of_amount(before, after):
        return True
    if after.text.rstrip().endswith("。") and _ends_with_time(before.text):
        return False
    figures = [_FIGURE.fullmatch(piece.text.strip()) is not None for piece in (before, after)]
    return (
        not any(figures)
        or begins_with_date(before.text)
        or _GOES_ON.search(before.text.rstrip()) is not None
    )


def _ends_with_time(text: str) -> bool:
    folded = plain(text.strip())
    return any(token.end == len(folded) for token in tokens(folded))


def _is_rest_of_amount(before: Piece, after: Piece) -> bool:
    """`4130` `万元`, `350` `万元/亩`: the unit stands on a line of its own."""
    return (
        _FIGURE.fullmatch(before.text.strip()) is not None
        and _UNIT.fullmatch(plain(after.text).strip()) is not None
    )


def begins_with_date(text: str) -> bool:
    return any(token.has_date and token.start == 0 for token in tokens(plain(text.strip())))
