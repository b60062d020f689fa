"""Read a table as the best of several layouts.

Each way to read its cells is scored by how well values fit their headings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from notifier.intake.documents import Cell, Paragraph
from notifier.intake.notice.columns import column_of, is_time_label
from notifier.intake.notice.columns_layout import columns_beside, turned_grid
from notifier.intake.notice.pairs_layout import pairs_of
from notifier.intake.notice.rows import Row, uncertain
from notifier.intake.notice.rows_layout import below_headings
from notifier.intake.notice.table_headings import is_heading_row, may_be_headings
from notifier.intake.notice.table_layout import Contents, Grid, Layout, as_text, states_time

LEFT_OUT: frozenset[str] = frozenset()  # layouts that the bench measures the reader without
_DEEPEST = 4


def read_grid(grid: Grid) -> Contents:
    """Return the rows of a grid, and what in it is running text.

    The best layout is taken from the top on, the next from where it ends.
    """
    rows: list[Row] = []
    text: list[Paragraph] = []
    at = 0
    for part, layout in enumerate(layouts_of(grid)):
        for found, beside in (_without_headings(grid[at : layout.begin]), layout.read()):
            rows += [replace(row, part=part) for row in found]
            text += beside
        at = layout.end
    found, beside = _without_headings(grid[at:])
    return rows + found, text + beside


def _without_headings(grid: Grid) -> Contents:
    """Return rows that no layout reads as text, but for those of which several have a time each.

    Such a label has a time for each parcel, and the parcels stand elsewhere.
    """
    rows: list[Row] = []
    text: list[Paragraph] = []
    for line in grid:
        label, *times = [cell for cell in line if cell.own and cell.text.strip()] or [Cell(text="")]
        if not times or not is_time_label(label.text) or not all(map(states_time, times)):
            text += as_text([line])
        elif len({cell.text for cell in times}) == 1:
            text += as_text([[label, times[0]]])
        else:
            entry = uncertain(column_of(label.text), [cell.text for cell in times], label.place)
            rows.append(Row(entries=(entry,), place=label.place))
    return rows, text


def layouts_of(grid: Grid, *, least: float = 0.0) -> Iterator[Layout]:
    """Yield the best layout from the top on that scores more than `least`, then the next below."""
    headed = [number for number, row in enumerate(grid) if is_heading_row(row)]
    at = 0
    while at < len(grid):
        best = _best(grid, at, headed, least)
        if best is None:
            at += 1
            continue
        yield best
        at = best.end


def _best(grid: Grid, at: int, headed: Sequence[int], least: float) -> Layout | None:
    found = [
        layout
        for layout in _layouts(grid, at, headed)
        if layout.score > least and layout.name not in LEFT_OUT
    ]
    ranked = sorted(found, key=lambda layout: -layout.score)
    return next((layout for layout in ranked if layout.read()[0]), None)


def _layouts(grid: Grid, at: int, headed: Sequence[int]) -> Iterator[Layout]:
    for depth in range(1, min(_DEEPEST, len(grid) - at) + 1):
        if depth > 1 and not may_be_headings(grid[at + depth - 1]):
            break
        layout = below_headings(grid, at, depth, headed)
        if layout is not None:
            yield layout
    turned = turned_grid(grid, at)
    for depth in range(1, min(3, len(turned)) + 1):
        layout = columns_beside(grid, turned, at, depth)
        if layout is not None:
            yield layout
    pairs = pairs_of(grid, at)
    if pairs is not None:
        yield pairs
