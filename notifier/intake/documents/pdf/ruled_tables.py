"""Ruled tables of a page: cells with their places, joined over page breaks, as rows of spans."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from notifier.intake.documents.grid import CellSpan
from notifier.intake.documents.pdf.lines import PrintedLine

_NEAR = 3.0
_SAME_EDGE = 6.0
_PADDING = 6.0  # Word's, 5.4, and a little
_NUMBER = re.compile(r"[\d.,\s]+")
_HYPHEN = re.compile(r"[0-9A-Za-z]-$")
_DATE = re.compile(r"月|\d{4}\s?[-/.]\s?\d")


@dataclass(slots=True)
class Box:
    """One cell: its edges in points, and its lines of text."""

    x0: float
    top: float
    x1: float
    bottom: float
    page: int
    lines: list[PrintedLine] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The lines of the cell; one that goes on because the cell is full is not broken.

        A line that is one number stays apart from a number below it: they may be two.
        """
        padding = min(
            [_PADDING, *(min(line.x0 - self.x0, self.x1 - line.x1) for line in self.lines)]
        )
        room = self.x1 - self.x0 - 2 * max(padding, 0)
        text = ""
        before: PrintedLine | None = None
        for line in self.lines:
            if before is not None:
                # programs break a number behind its hyphen, too: 2031- / 7
                full = before.x1 - before.x0 + line.first > room or _HYPHEN.search(before.text)
                two = _NUMBER.fullmatch(before.text) and line.text[0].isdecimal()
                words = (
                    before.text[-1].isascii()
                    and before.text[-1].isalpha()
                    and line.text[0].isascii()
                )
                text += "\n" if two or not full else " " if words and line.text[0].isalpha() else ""
            text += line.text
            before = line
        return text


def spans_of(boxes: Iterable[Box]) -> list[list[CellSpan]]:
    """The rows of a table; where the page leaves a hole in the grid there is an empty cell."""
    boxes = list(boxes)
    columns = _edges([edge for box in boxes for edge in (box.x0, box.x1)])
    rows = _edges([edge for box in boxes for edge in (box.top, box.bottom)])
    starts: dict[tuple[int, int], tuple[Box, int, int]] = {}
    for box in boxes:
        row, column = _nearest(rows, box.top), _nearest(columns, box.x0)
        starts.setdefault(
            (row, column),
            (box, _nearest(rows, box.bottom) - row, _nearest(columns, box.x1) - column),
        )
    covered: set[tuple[int, int]] = set()
    spans: list[list[CellSpan]] = []
    for row in range(len(rows) - 1):
        line: list[CellSpan] = []
        for column in range(len(columns) - 1):
            if (row, column) in covered:
                continue
            if (row, column) not in starts:
                line.append(CellSpan(text=""))
                continue
            box, height, width = starts[row, column]
            height, width = max(height, 1), max(width, 1)
            covered.update(
                (row + down, column + right) for down in range(height) for right in range(width)
            )
            line.append(CellSpan(text=box.text, rowspan=height, colspan=width, page=box.page))
        spans.append(line)
    return spans


def continues(above: Sequence[Box], below: Sequence[Box]) -> bool:
    """Return whether a table goes on from the page before.

    It has the columns of the one that ended that page.
    """
    edges, other = (
        _edges([edge for box in boxes for edge in (box.x0, box.x1)]) for boxes in (above, below)
    )
    if len(edges) < len(other):
        edges, other = other, edges
    ends = abs(edges[0] - other[0]) <= _SAME_EDGE and abs(edges[-1] - other[-1]) <= _SAME_EDGE
    return (
        len(other) > 2
        and ends
        and all(abs(edges[_nearest(edges, edge)] - edge) <= _SAME_EDGE for edge in other)
    )


def join(above: list[Box], below: list[Box]) -> list[Box]:
    """Join two tables, the second shifted below the first.

    A row that the page broke is one row again.
    """
    bottom = max(box.bottom for box in above)
    shift = bottom - min(box.top for box in below)
    edges = _edges([edge for box in above for edge in (box.x0, box.x1)])
    for box in below:
        box.top, box.bottom = box.top + shift, box.bottom + shift
        box.x0, box.x1 = _snapped(edges, box.x0), _snapped(edges, box.x1)
    last = [box for box in above if bottom - box.bottom <= _NEAR]
    first = sorted((box for box in below if box.top - bottom <= _NEAR), key=lambda box: box.x0)
    if first[0].lines:
        return above + below
    pairs = [
        (box, next((cell for cell in last if _same_columns(cell, box)), None)) for box in first
    ]
    height = min(box.bottom - box.top for box in first)
    if first[0].bottom - first[0].top > height + _NEAR:
        pairs = pairs[:1]  # a merged cell goes on; the cells beside it begin rows of their own
    if any(
        cell_above is None or (_DATE.search(cell_above.text) and _DATE.search(box.text))
        for box, cell_above in pairs
    ):
        return above + below  # two dates are two rows: joined, they would read as one window
    for box, cell_above in pairs:
        if cell_above is not None:
            cell_above.lines += box.lines
            cell_above.bottom = box.bottom
    goes_on = [box for box, _ in pairs]
    return above + [
        box for box in below if not any(box is continuation for continuation in goes_on)
    ]


def _same_columns(box: Box, other: Box) -> bool:
    return abs(box.x0 - other.x0) <= _NEAR and abs(box.x1 - other.x1) <= _NEAR


def _edges(values: Iterable[float]) -> list[float]:
    """Sorted, those that lie close together once."""
    edges: list[float] = []
    for value in sorted(values):
        if not edges or value - edges[-1] > _NEAR:
            edges.append(value)
    return edges


def _nearest(edges: Sequence[float], value: float) -> int:
    return min(range(len(edges)), key=lambda number: abs(edges[number] - value))


def _snapped(edges: Sequence[float], value: float) -> float:
    nearest = edges[_nearest(edges, value)]
    return nearest if abs(nearest - value) <= _SAME_EDGE else value
