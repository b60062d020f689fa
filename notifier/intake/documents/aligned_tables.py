"""Tables without rules in pictures: pieces of text that stand below each other in columns.

A grid is built only where each row names something in its first column. Where pieces stand side by
side and no grid can be built, or a piece runs through two columns, what stands there may have run
together: it is `doubtful`, so that no time in it counts as recognised.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise

Box = tuple[float, float, float, float]  # x0, top, x1, bottom

_FEWEST_COLUMNS = 3
_FEWEST_ROWS = 2
_LARGEST_GAP = 3.0  # heights of a line: further below begins something else
_LIKE = 0.35  # of the height of a line: distances that differ by less are the same
_OVERLAP = 0.3  # of the height of a line: so far two pieces may reach into each other


@dataclass(slots=True)
class Aligned:
    """`tables`: the cells of each; `doubtful`: the numbers of pieces that may have run together."""

    tables: list[list[Box]] = field(default_factory=list)
    doubtful: set[int] = field(default_factory=set)


@dataclass(slots=True)
class _Line:
    pieces: list[tuple[int, Box]]

    @property
    def top(self) -> float:
        return min(box[1] for _, box in self.pieces)

    @property
    def bottom(self) -> float:
        return max(box[3] for _, box in self.pieces)

    @property
    def height(self) -> float:
        return max(box[3] - box[1] for _, box in self.pieces)


def aligned_tables(
    boxes: Sequence[Box], ruled: Sequence[Sequence[Box]], breaks: Sequence[float] = ()
) -> Aligned:
    """Return the tables that pieces of text form which stand in no ruled table.

    `breaks`: where one page ends and the next begins, from above. A row of a table ends there, and
    what follows may be the rest of it; a table whose parts have other columns is two.
    """
    found = Aligned()
    free = [
        (number, box)
        for number, box in enumerate(boxes)
        if not any(_is_within(box, cell) for cells in ruled for cell in cells)
    ]
    lines = _lines(free)
    first = 0
    while first < len(lines):
        if len(lines[first].pieces) < _FEWEST_COLUMNS:
            first += 1
            continue
        count = _length(lines[first:])
        _add_tables(lines[first : first + count], found, breaks)
        first += count
    return found


def _is_within(box: Box, cell: Box) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return cell[0] <= x < cell[2] and cell[1] <= y < cell[3]


def _lines(pieces: Sequence[tuple[int, Box]]) -> list[_Line]:
    lines: list[_Line] = []
    for number, box in sorted(pieces, key=lambda piece: piece[1][1] + piece[1][3]):
        middle = (box[1] + box[3]) / 2
        if lines and middle - (lines[-1].top + lines[-1].bottom) / 2 < (box[3] - box[1]) / 2:
            lines[-1].pieces.append((number, box))
        else:
            lines.append(_Line([(number, box)]))
    for line in lines:
        line.pieces.sort(key=lambda piece: piece[1][0])
    return lines


def _length(lines: Sequence[_Line]) -> int:
    """Return how many lines from the first on may be one table: a sentence ends it, or a gap."""
    columns = [box for _, box in lines[0].pieces]
    for count, (before, line) in enumerate(pairwise(lines), 1):
        is_far = line.top - before.bottom > _LARGEST_GAP * before.height
        (_, box), *others = line.pieces
        is_sentence = not others and sum(_meets(box, column) for column in columns) > 1
        if is_far or is_sentence:
            return count
    return len(lines) - _is_tail(lines)


def _is_tail(lines: Sequence[_Line]) -> bool:
    """Return whether the last line is a text below the table: it stands alone, and further off."""
    gaps = [after.top - before.bottom for before, after in pairwise(lines)]
    if len(lines) <= _FEWEST_ROWS or len(lines[-1].pieces) > 1:
        return False
    return gaps[-1] > max(gaps[:-1]) + _LIKE * lines[-1].height


def _meets(box: Box, other: Box) -> bool:
    reach = _OVERLAP * min(box[3] - box[1], other[3] - other[1])
    return box[0] + reach < other[2] and other[0] + reach < box[2]


def _add_tables(lines: Sequence[_Line], found: Aligned, breaks: Sequence[float]) -> None:
    parts = _parts(lines, breaks)
    if len(parts) == 1 or not _add_table(lines, found, parts):
        for part in parts:
            if not _add_table(part, found, [part]):
                found.doubtful |= {number for line in part for number, _ in line.pieces}


def _parts(lines: Sequence[_Line], breaks: Sequence[float]) -> list[Sequence[_Line]]:
    """Return the lines of each page."""
    if not breaks:
        return [lines]
    pages = groupby(lines, key=lambda line: bisect_right(breaks, line.top))
    return [list(page) for _, page in pages]


def _add_table(lines: Sequence[_Line], found: Aligned, parts: Sequence[Sequence[_Line]]) -> bool:
    """Return whether the lines are a table, and add it. Overleaf no piece may cross columns."""
    columns, crossing = _columns(lines)
    rows = _rows(parts, columns)
    if len(rows) <= _FEWEST_ROWS or len(columns) < _FEWEST_COLUMNS:
        return False
    if any(number in crossing for part in parts[1:] for line in part for number, _ in line.pieces):
        return False
    found.doubtful |= crossing
    xs = _bounds(columns)
    ys = _bounds([(rows_[0].top, rows_[-1].bottom) for rows_ in rows])
    found.tables.append(
        [(x0, top, x1, bottom) for top, bottom in pairwise(ys) for x0, x1 in pairwise(xs)]
    )
    return True


def _bounds(spans: Sequence[tuple[float, float]]) -> list[float]:
    """Return where the first span begins, the middles between them, and where the last ends."""
    between = [(before[1] + after[0]) / 2 for before, after in pairwise(spans)]
    return [spans[0][0] - 10, *between, spans[-1][1] + 10]


def _columns(lines: Sequence[_Line]) -> tuple[list[tuple[float, float]], set[int]]:
    """Return (from, to) of each column, and the pieces that run through several.

    The line with most pieces begins them; narrow pieces widen them, wide ones come last.
    """
    fullest = max(lines, key=lambda line: len(line.pieces))
    columns = [box for _, box in fullest.pieces]
    crossing: set[int] = set()
    pieces = [piece for line in lines for piece in line.pieces]
    for number, box in sorted(pieces, key=lambda piece: piece[1][2] - piece[1][0]):
        met = [at for at, column in enumerate(columns) if _meets(box, column)]
        if len(met) > 1:
            crossing.add(number)
        elif met:
            (at,) = met
            column = columns[at]
            columns[at] = (min(column[0], box[0]), column[1], max(column[2], box[2]), column[3])
        else:
            return [], set()  # it stands in no column
    return [(column[0], column[2]) for column in columns], crossing


def _rows(
    parts: Sequence[Sequence[_Line]], columns: Sequence[tuple[float, float]]
) -> list[list[_Line]]:
    """Return the lines of each row; nothing where a row would name nothing in its first column.

    The first row overleaf may be the rest of one.
    """
    if not columns:
        return []
    gaps = [after.top - before.bottom for lines in parts for before, after in pairwise(lines)]
    height = max(line.height for lines in parts for line in lines)
    least, most = min(gaps, default=0.0), max(gaps, default=0.0)
    is_even = most - least < _LIKE * height
    limit = least - 1 if is_even else least + _LIKE * height
    rows: list[list[_Line]] = []
    for number, lines in enumerate(parts):
        of_page = _rows_of_page(lines, limit)
        named = of_page[1:] if number else of_page
        if not all(_names(row, columns) for row in named):
            return []
        rows += of_page
    return rows


def _rows_of_page(lines: Sequence[_Line], limit: float) -> list[list[_Line]]:
    rows = [[lines[0]]]
    for before, line in pairwise(lines):
        if line.top - before.bottom > limit:
            rows.append([])
        rows[-1].append(line)
    return rows


def _names(row: Sequence[_Line], columns: Sequence[tuple[float, float]]) -> bool:
    end = columns[0][1]
    return any(box[0] < end for box in _boxes(row))


def _boxes(row: Sequence[_Line]) -> Iterator[Box]:
    for line in row:
        for _, box in line.pieces:
            yield box
