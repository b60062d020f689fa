"""Tables that go on overleaf: whether one does, and which cells a page break cut in two."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from notifier.intake.documents.pdf.ruled_tables import NEAR, Box, edges_of, nearest
from notifier.intake.documents.words import shape_of

_SAME_EDGE = 6.0
_FARTHEST = 60.0  # points by which the margins of two pages may differ
_HIGHEST_HEADINGS = 6  # rows
_DATE = re.compile(r"月|\d{4}\s?[-/.]\s?\d")
# words behind which, or before which, something is wanting
_LEADS_ON = re.compile(
    r"(?:[至到自于从为及和与年月:：,，、(（/~～—–-]|上午|下午|[至到~～年月日时]\s?\d{1,3}|[:：]\d"
    r"|[至到~～]\s?\d{4}(?:[-/.]\d{0,2})?)$"
)
_FOLLOWS = re.compile(r"[至到年月日时点分止前号。,，、;；)）/~～—–]|-(?!\d)|\d{1,2}\s?[时点:：]")


class _Break(Enum):
    """What stands below a page break: the rest of a row, another row, or nobody can tell."""

    CUTS_ROW = auto()
    ENDS_ROW = auto()
    UNSURE = auto()


@dataclass(frozen=True, slots=True)
class _Pair:
    """A cell of the first row below a page break, and the one of the same columns above it."""

    above: Box | None
    below: Box


class BrokenTable:
    """A table with what of it stands on later pages, as far as it has been seen."""

    def __init__(self, boxes: list[Box]) -> None:
        self.boxes = boxes
        self._first = boxes  # of the first page
        self._last = boxes  # of the last page
        self._edges = edges_of(edge for box in boxes for edge in (box.x0, box.x1))

    def goes_on_in(self, below: Sequence[Box]) -> bool:
        """Return whether `below`, which begins the next page, has the columns of this table.

        On a page with another margin all of them; else some may be missing, for cells are merged.
        """
        edges, other = self._edges, edges_of(edge for box in below for edge in (box.x0, box.x1))
        if _is_shifted(edges, other):
            return True
        if len(edges) < len(other):
            edges, other = other, edges
        ends = abs(edges[0] - other[0]) <= _SAME_EDGE and abs(edges[-1] - other[-1]) <= _SAME_EDGE
        return (
            len(other) > 2
            and ends
            and all(abs(edges[nearest(edges, edge)] - edge) <= _SAME_EDGE for edge in other)
        )

    def add(self, below: list[Box]) -> None:
        """Join what stands on the next page.

        Headings that are said again are left out, a row that the page cut is one row again. Where
        it is not sure whether it was cut, the times of both parts are not certain.
        """
        bottom = max(box.bottom for box in self._last)
        right = self._edges[0] - min(box.x0 for box in below)
        rows = _rows(below)
        rows = rows[_repeated(_rows(self._first), rows) :]
        boxes = [box for row in rows for box in row]
        if not boxes:
            return
        down = bottom - min(box.top for box in boxes)
        for box in boxes:
            _move(box, right if abs(right) > _SAME_EDGE else 0.0, down)
            box.x0, box.x1 = self._snapped(box.x0), self._snapped(box.x1)
        joined = self._joined(boxes, bottom)
        gone = {id(pair.below) for pair in joined}
        rest = [box for box in boxes if id(box) not in gone]
        self.boxes += rest
        self._last = rest + [pair.above for pair in joined if pair.above is not None]

    def _joined(self, below: Sequence[Box], bottom: float) -> list[_Pair]:
        """Join the cells that the page cut, and return them."""
        last = [box for box in self._last if bottom - box.bottom <= NEAR]
        first = sorted((box for box in below if box.top - bottom <= NEAR), key=lambda box: box.x0)
        pairs = [
            _Pair(next((cell for cell in last if _same_columns(cell, box)), None), box)
            for box in first
        ]
        goes_on = [pair for pair in pairs if _is_open(pair)]
        if not goes_on:
            goes_on = self._cut_by_rules(pairs, max(box.top for box in last))
        for pair in goes_on:
            _join(pair)
        return goes_on

    def _cut_by_rules(self, pairs: Sequence[_Pair], row_top: float) -> list[_Pair]:
        """Return the cells that go on below a break with rules on both its sides."""
        row_bottom = min(pair.below.bottom for pair in pairs)
        merged = [
            pair
            for pair in pairs
            if pair.below.bottom - row_bottom > NEAR
            or (pair.above is not None and row_top - pair.above.top > NEAR)
        ]
        goes_on = [pair for pair in merged if _is_same_cell(pair, pairs[0], row_bottom)]
        others = [pair for pair in pairs if not any(pair is cell for cell in merged)]
        found = self._break_of(others)
        if found is _Break.CUTS_ROW or (
            found is _Break.UNSURE and others[0] is pairs[0] and not others[0].below.lines
        ):
            return goes_on + others
        _doubt(others if found is _Break.UNSURE else filter(_is_midst, others))
        return goes_on

    def _break_of(self, pairs: Sequence[_Pair]) -> _Break:
        """Return what the page did to the row of these cells, from the left."""
        both = [pair for pair in pairs if pair.below.lines]
        if any(pair.above is None for pair in both):
            return _Break.ENDS_ROW
        if not both:
            return _Break.CUTS_ROW
        leading = pairs[0]
        flows = [_flows(pair) for pair in both]
        if not leading.below.lines:
            return _Break.CUTS_ROW if all(flows) else _Break.UNSURE
        if self._is_a_name(leading):
            return _Break.ENDS_ROW
        if flows[0] and any(map(_is_midst, both)):
            return _Break.CUTS_ROW
        if any(map(_has_two_dates, both)):
            return _Break.ENDS_ROW
        if all(flows) and len(both) < len(pairs):
            return _Break.CUTS_ROW
        return _Break.UNSURE if flows[0] else _Break.ENDS_ROW

    def _is_a_name(self, leading: _Pair) -> bool:
        """Return whether the first cell below the break is whole: others are like it."""
        shape = shape_of(leading.below.text)
        others = [
            box
            for box in (*self._first, *self._last)
            if _same_columns(box, leading.below) and box is not leading.above
        ]
        above = leading.above.text if leading.above is not None else ""
        return shape in {shape_of(box.text) for box in others} | {shape_of(above)}

    def _snapped(self, x: float) -> float:
        edge = self._edges[nearest(self._edges, x)]
        return edge if abs(edge - x) <= _SAME_EDGE else x


def _is_shifted(edges: Sequence[float], other: Sequence[float]) -> bool:
    """Return whether two tables have the same columns, from another margin on."""
    if len(edges) != len(other) or len(edges) <= 2 or abs(edges[0] - other[0]) > _FARTHEST:
        return False
    widths = zip(edges, other, strict=True)
    return all(abs(x - edges[0] - (y - other[0])) <= NEAR for x, y in widths)


def _move(box: Box, right: float, down: float) -> None:
    box.x0, box.x1 = box.x0 + right, box.x1 + right
    box.top, box.bottom = box.top + down, box.bottom + down
    if right:
        box.lines = [replace(line, x0=line.x0 + right, x1=line.x1 + right) for line in box.lines]


def _rows(boxes: Sequence[Box]) -> list[list[Box]]:
    """Return the cells of each row; those that merged cells hold together are one."""
    rows: list[list[Box]] = []
    bottom = 0.0
    for box in sorted(boxes, key=lambda box: (box.top, box.x0)):
        if not rows or box.top > bottom - NEAR:
            rows.append([])
            bottom = box.bottom
        rows[-1].append(box)
        bottom = max(bottom, box.bottom)
    return [sorted(row, key=lambda box: (round(box.top), box.x0)) for row in rows]


def _repeated(above: Sequence[Sequence[Box]], below: Sequence[Sequence[Box]]) -> int:
    """Return how many of the first rows overleaf are said again.

    A title above the headings may be left out.
    """
    words = [_words(row) for row in above[:_HIGHEST_HEADINGS]]
    again = [_words(row) for row in below[:_HIGHEST_HEADINGS]]
    for first in range(len(words)):
        count = 0
        while count < min(len(again), len(words) - first) and (
            any(again[count]) and again[count] == words[first + count]
        ):
            count += 1
        if count:
            return count
    return 0


def _words(row: Sequence[Box]) -> list[str]:
    return ["".join(box.text.split()) for box in row]


def _same_columns(box: Box, other: Box) -> bool:
    return abs(box.x0 - other.x0) <= NEAR and abs(box.x1 - other.x1) <= NEAR


def _is_same_cell(pair: _Pair, leading: _Pair, row_bottom: float) -> bool:
    """Return whether two cells are one merged cell that goes on overleaf.

    An empty one of the first column is, and one of several rows; others stay cells without a value.
    """
    above, below = pair.above, pair.below
    if above is None or not above.lines:
        return False
    is_tall = below.bottom - row_bottom > NEAR
    if not below.lines:
        return pair is leading or is_tall
    return _is_midst(pair) or (is_tall and _flows(pair))


def _is_open(pair: _Pair) -> bool:
    """Return whether no rule parts two cells."""
    return pair.above is not None and (pair.above.is_open or pair.below.is_open)


def _flows(pair: _Pair) -> bool:
    """Return whether the text above a break may go on below it: its last line is full."""
    above, below = pair.above, pair.below
    if above is None or not above.lines or not below.lines:
        return False
    last, line = above.lines[-1], below.lines[0]
    is_full = last.x1 + line.first > above.right if above.right else above.is_full(last, line)
    return _is_midst(pair) or (is_full and not _has_two_dates(pair))


def _is_midst(pair: _Pair) -> bool:
    """Return whether the words at a break say that they are one text."""
    if pair.above is None or not pair.above.lines or not pair.below.lines:
        return False
    return (
        _LEADS_ON.search(pair.above.lines[-1].text) is not None
        or _FOLLOWS.match(pair.below.lines[0].text) is not None
    )


def _has_two_dates(pair: _Pair) -> bool:
    """Return whether both cells hold a date and nothing says that they are the ends of one span."""
    if pair.above is None or _is_midst(pair):
        return False
    return all(_DATE.search(box.text) for box in (pair.above, pair.below))


def _join(pair: _Pair) -> None:
    above, below = pair.above, pair.below
    if above is None:
        return
    is_one = _is_open(pair) or not below.lines or _flows(pair)
    if not is_one and any(_DATE.search(box.text) for box in (above, below)):
        above.certain = False
    above.lines += below.lines
    above.bottom = below.bottom
    above.is_open = below.is_open


def _doubt(pairs: Iterable[_Pair]) -> None:
    """Take no time for certain in cells that may be the halves of one."""
    for pair in pairs:
        for box in (pair.above, pair.below):
            if box is not None and pair.below.lines and _DATE.search(box.text):
                box.certain = False
