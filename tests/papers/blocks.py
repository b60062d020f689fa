"""What a made-up notice consists of, whatever file it is written to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """Text that covers `rows` x `columns` places of a grid."""

    text: str
    rows: int = 1
    columns: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Grid:
    """Rows of cells; a place that a cell from above or from the left covers has no cell of its
    own."""

    rows: tuple[tuple[Cell, ...], ...]

    @property
    def has_spans(self) -> bool:
        return any(cell.rows > 1 or cell.columns > 1 for row in self.rows for cell in row)


Block = str | Grid


def plain_grid(rows: Sequence[Sequence[str]]) -> Grid:
    return Grid(rows=tuple(_line(row) for row in rows))


def _line(texts: Sequence[str]) -> tuple[Cell, ...]:
    return tuple(Cell(text=text) for text in texts)


def placed(grid: Grid) -> Iterator[tuple[int, int, Cell]]:
    """Each cell with its row and column, counted from 0."""
    taken: set[tuple[int, int]] = set()
    for number, row in enumerate(grid.rows):
        column = 0
        for cell in row:
            while (number, column) in taken:
                column += 1
            yield number, column, cell
            for down in range(cell.rows):
                taken |= {(number + down, column + right) for right in range(cell.columns)}


def spread(grid: Grid) -> list[list[str]]:
    """The grid as a rectangle of texts; a place that is covered by a span is empty."""
    width = sum(cell.columns for cell in grid.rows[0])
    texts = [[""] * width for _ in grid.rows]
    for row, column, cell in placed(grid):
        texts[row][column] = cell.text
    return texts
