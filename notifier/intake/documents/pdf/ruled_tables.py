"""Ruled tables of a page: cells with their places, as rows of spans."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from notifier.intake.documents.grid import CellSpan
from notifier.intake.documents.pdf.lines import Char, PrintedLine, lines_of

NEAR = 3.0  # points: edges no further apart are one
_PADDING = 6.0  # Word's, 5.4, and a little
_NUMBER = re.compile(r"[\d.,\s]+")
_HYPHEN = re.compile(r"[0-9A-Za-z]-$")
_MOST_RULES = 1_000  # of a page: more are a drawing
_FEWEST_RULES = 3  # that go on where nothing rules a table off: two columns


# x0, top, x1, bottom of each cell of a table
Cells = Sequence[tuple[float, float, float, float]]


@dataclass(slots=True)
class Box:
    """One cell: its edges in points, and its lines of text.

    `is_open`: no rule ends it above or below. `right`: where the longest line of its column ends,
    for a table without rules. `certain` is False where not all of its text may be its own.
    """

    x0: float
    top: float
    x1: float
    bottom: float
    page: int
    lines: list[PrintedLine] = field(default_factory=list)
    is_open: bool = False
    right: float = 0.0
    certain: bool = True

    @property
    def text(self) -> str:
        """The lines of the cell; one that goes on because the cell is full is not broken.

        A line that is one number stays apart from a number below it: they may be two.
        """
        text = ""
        before: PrintedLine | None = None
        for line in self.lines:
            if before is not None:
                full = self.is_full(before, line)
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

    def is_full(self, before: PrintedLine, line: PrintedLine) -> bool:
        """Return whether the line `before` has no room for the first character of `line`."""
        padding = min(
            [_PADDING, *(min(line.x0 - self.x0, self.x1 - line.x1) for line in self.lines)]
        )
        room = self.x1 - self.x0 - 2 * max(padding, 0)
        # programs break a number behind its hyphen, too: 2031- / 7
        return before.x1 - before.x0 + line.first > room or _HYPHEN.search(before.text) is not None


def boxes_of(cells: Cells, chars: list[Char], page: int) -> tuple[list[Box], list[Char]]:
    """The cells with their text, and the characters that stand in none."""
    outside = [char for char in chars if not any(char.is_in(cell) for cell in cells)]
    gone = {id(char) for char in outside}
    inside = [char for char in chars if id(char) not in gone]
    boxes = [
        Box(*cell, page=page, lines=lines_of(char for char in inside if char.is_in(cell)))
        for cell in cells
    ]
    return boxes, outside


def mark_open(boxes: Iterable[Box], closing: Sequence[Mapping[str, Any]]) -> None:
    """Mark the cells that end at strokes which are not drawn."""
    for box in boxes:
        box.is_open = any(
            min(abs(box.top - stroke["top"]), abs(box.bottom - stroke["top"])) <= NEAR
            and _covers(stroke, (box.x0 + box.x1) / 2)
            for stroke in closing
        )


def spans_of(boxes: Iterable[Box]) -> list[list[CellSpan]]:
    """The rows of a table; where the page leaves a hole in the grid there is an empty cell."""
    boxes = list(boxes)
    columns = edges_of([edge for box in boxes for edge in (box.x0, box.x1)])
    rows = edges_of([edge for box in boxes for edge in (box.top, box.bottom)])
    starts: dict[tuple[int, int], tuple[Box, int, int]] = {}
    for box in boxes:
        row, column = nearest(rows, box.top), nearest(columns, box.x0)
        starts.setdefault(
            (row, column),
            (box, nearest(rows, box.bottom) - row, nearest(columns, box.x1) - column),
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
            line.append(
                CellSpan(
                    text=box.text,
                    rowspan=height,
                    colspan=width,
                    page=box.page,
                    certain=box.certain,
                )
            )
        spans.append(line)
    return spans


def closing_strokes(edges: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the strokes that are wanting where rules go on to an end that nothing rules off.

    Some programs leave the cells open that a page cuts. An edge: `x0`, `x1`, `top`, `bottom`,
    `orientation` h or v, None where it slants.
    """
    from pdfplumber.table import merge_edges

    straight = [dict(edge) for edge in edges if edge["orientation"] is not None]
    merged = merge_edges(straight, NEAR, NEAR, NEAR, NEAR)
    across = [edge for edge in merged if edge["orientation"] == "h"]
    down = [edge for edge in merged if edge["orientation"] == "v"]
    if len(down) > _MOST_RULES:
        return []
    strokes = []
    for side in ("top", "bottom"):
        for y in edges_of(edge[side] for edge in down):
            ending = [edge for edge in down if 0 <= edge[side] - y <= NEAR]
            if len(ending) < _FEWEST_RULES:
                continue
            met = [edge for edge in down if edge["top"] - NEAR <= y <= edge["bottom"] + NEAR]
            rules = [edge for edge in across if abs(edge["top"] - y) <= NEAR]
            strokes += [
                _stroke_across(left["x0"], right["x0"], y)
                for left, right in pairwise(sorted(met, key=lambda edge: edge["x0"]))
                if left in ending and right in ending
                if not any(_covers(rule, (left["x0"] + right["x0"]) / 2) for rule in rules)
            ]
    return strokes


def _covers(rule: Mapping[str, Any], x: float) -> bool:
    return bool(rule["x0"] <= x <= rule["x1"])


def _stroke_across(x0: float, x1: float, y: float) -> dict[str, Any]:
    return {
        "object_type": "line",
        "orientation": "h",
        "x0": x0,
        "x1": x1,
        "top": y,
        "bottom": y,
        "width": x1 - x0,
        "height": 0.0,
    }


def edges_of(values: Iterable[float]) -> list[float]:
    """Sorted, those that lie close together once."""
    edges: list[float] = []
    for value in sorted(values):
        if not edges or value - edges[-1] > NEAR:
            edges.append(value)
    return edges


def nearest(edges: Sequence[float], value: float) -> int:
    return min(range(len(edges)), key=lambda number: abs(edges[number] - value))
