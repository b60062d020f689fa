"""Part a sheet into the tables that stand beside each other in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from notifier.intake.documents import Cell
from notifier.intake.headings import squash_heading
from notifier.intake.notice.columns import TIMES
from notifier.intake.notice.table_forms import heading_field, shows
from notifier.intake.notice.table_layout import NAMES, Grid

_LOOKED_AT = 40  # rows: headings stand near the top


def tables_beside(grid: Grid, holds_parcels: Callable[[Grid], bool]) -> Sequence[Grid]:
    """Return each table of a sheet as a grid of its own; the sheet itself where it has one.

    They are parted by an empty column, or the heading of numbers comes again in a row. Each must
    hold parcels of its own; a line that stands alone above them is of all.
    """
    cuts = [*_behind_empty_columns(grid), *_before_numbers(grid)]
    if not cuts:
        return [grid]
    for begins in (sorted(set(cuts)), _before_numbers(grid)):
        ends = [*begins, len(grid[0])]
        parts = [_part(grid, left, right) for left, right in zip([0, *begins], ends, strict=True)]
        if begins and all(_has_times(part) and holds_parcels(part) for part in parts):
            return parts
    return [grid]


def _behind_empty_columns(grid: Grid) -> Iterator[int]:
    """Yield the first column behind each gap between columns that hold something."""
    filled = [any(shows(row[at]) for row in grid) for at in range(len(grid[0]) if grid else 0)]
    for at in range(1, len(filled)):
        if filled[at] and not filled[at - 1] and any(filled[: at - 1]):
            yield at


def _before_numbers(grid: Grid) -> list[int]:
    """Return where the heading of numbers comes again in a row that begins with it."""
    for row in grid[:_LOOKED_AT]:
        numbers = [
            (at, squash_heading(cell.text))
            for at, cell in enumerate(row)
            if shows(cell) and heading_field(cell) == "parcel_no"
        ]
        again = [at for at, heading in numbers[1:] if heading == numbers[0][1]]
        if again and not any(map(shows, row[: numbers[0][0]])):
            return again
    return []


def lists_cities(grid: Grid) -> bool:
    """Return whether a table has a city for each parcel beside its times, as no notice has."""
    return any(
        "city" in fields and fields & TIMES and fields & NAMES
        for fields in ({heading_field(cell) for cell in row} for row in grid[:_LOOKED_AT])
    )


def _has_times(grid: Grid) -> bool:
    return any(heading_field(cell) in TIMES for row in grid[:_LOOKED_AT] for cell in row)


def _part(grid: Grid, left: int, right: int) -> list[Sequence[Cell]]:
    rows: list[Sequence[Cell]] = []
    for row in grid:
        cells = list(row[left:right])
        shown = [cell for cell in row if shows(cell)]
        if len(shown) == 1 and not any(cell.text.strip() for cell in cells):
            cells[0] = replace(cells[0], text=shown[0].text)
        rows.append(cells)
    return rows
