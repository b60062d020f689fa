"""Merged cells resolved: spans in, a rectangular grid out, within limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from notifier.domain.values import Place
from notifier.errors import IntakeError
from notifier.intake.documents.document import Cell, Table
from notifier.intake.limits import Limits

_SHORT = 100
_LONG = 500
_LINES_OF_A_PAGE = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class CellSpan:
    """A cell as the file has it.

    `rowspan` 0 reaches to the end of the table; `struck`: it has no text but what is struck out;
    `line` and `page` if known; `certain` as of a Cell.
    """

    text: str
    struck: bool = False
    certain: bool = True
    rowspan: int = 1
    colspan: int = 1
    line: int | None = None
    page: int | None = None


@dataclass(frozen=True, slots=True)
class _Filled:
    span: CellSpan
    starts_row: bool
    starts_column: bool


class Grids:
    """Builds the tables of one document, and numbers them.

    `shows_merges` is False for a format that cannot say which cells are merged. More cells than the
    limits allow are refused.
    """

    def __init__(self, limits: Limits, *, shows_merges: bool = True) -> None:
        self.limits = limits
        self.shows_merges = shows_merges
        self.tables = 0
        self._spread_over = 0  # cells that the file's cells cover
        self._built = 0  # cells of the grids, with those that the file leaves out

    def table(self, rows: Sequence[Sequence[CellSpan]], *, sure: bool = True) -> Table | None:
        """Return the grid of `rows`; None if nothing is left of it.

        Empty rows, and columns in which no cell begins, are left out.

        IntakeError beyond the limits of rows, columns, or cells of the whole document.
        """
        filled = self._fill(rows)
        columns = sorted({column for _, column in _starts(filled)})
        kept = [
            row for row in sorted({row for row, _ in _starts(filled)}) if _has_text(filled[row])
        ]
        if not kept or not columns:
            return None
        self._built = self._within_limit(self._built + len(kept) * len(columns))
        self.tables += 1
        lines = [span.line for row in rows for span in row if span.line is not None]
        pages = [span.page for row in rows for span in row if span.page is not None]
        return Table(
            rows=tuple(
                tuple(self._cell(filled[row], row, c, n) for n, c in enumerate(columns, 1))
                for row in kept
            ),
            place=Place(
                table=self.tables, line=min(lines, default=None), page=min(pages, default=None)
            ),
            sure=sure,
        )

    def _fill(self, rows: Sequence[Sequence[CellSpan]]) -> list[dict[int, _Filled]]:
        if len(rows) > self.limits.rows:
            raise IntakeError(f"a table has more than {self.limits.rows} rows: split the file")
        filled: list[dict[int, _Filled]] = [{} for _ in rows]
        for number, row in enumerate(rows):
            column = 0
            for span in row:
                while column in filled[number]:
                    column += 1
                self._spread(filled, span, number, column)
                column += max(span.colspan, 1)
        return filled

    def _spread(
        self, filled: list[dict[int, _Filled]], span: CellSpan, row: int, column: int
    ) -> None:
        width = max(span.colspan, 1)
        if column + width > self.limits.columns or span.rowspan > self.limits.rows:
            raise IntakeError(
                f"a table has more than {self.limits.columns} columns or {self.limits.rows} "
                "rows: refused"
            )
        if len(span.text) > self.limits.cell_chars:
            raise IntakeError(
                f"a cell of a table holds more than {self.limits.cell_chars} characters: refused"
            )
        height = min(span.rowspan or len(filled), len(filled) - row)
        self._spread_over = self._within_limit(self._spread_over + width * height)
        for down in range(height):
            for right in range(width):
                filled[row + down].setdefault(column + right, _Filled(span, down == 0, right == 0))

    def _within_limit(self, cells: int) -> int:
        """Return the count of cells; IntakeError if a document may not have so many."""
        if cells > self.limits.cells:
            raise IntakeError(
                f"the tables have more than {self.limits.cells} cells: split the file"
            )
        return cells

    def _cell(self, row: dict[int, _Filled], number: int, column: int, shown: int) -> Cell:
        cell = row.get(column)
        place = Place(
            table=self.tables,
            row=number + 1,
            column=str(shown),
            line=cell.span.line if cell else None,
            page=cell.span.page if cell else None,
        )
        if cell is None:
            return Cell(text="", missing=True, place=place)
        return Cell(
            text=cell.span.text,
            own=cell.starts_row and cell.starts_column,
            vacant=self.shows_merges and not cell.span.text.strip(),
            struck=cell.span.struck,
            certain=cell.span.certain,
            place=place,
        )


def _starts(filled: list[dict[int, _Filled]]) -> list[tuple[int, int]]:
    return [
        (number, column)
        for number, row in enumerate(filled)
        for column, cell in row.items()
        if cell.starts_row and cell.starts_column
    ]


def _has_text(row: dict[int, _Filled]) -> bool:
    return any(cell.span.text for cell in row.values())


def is_data(spans: list[list[CellSpan]], *, nested: bool) -> bool:
    """Return whether a table holds data; else it only lays out the page."""
    texts = [[span.text for span in row if span.text] for row in spans]
    if nested:
        return sum(sum(len(text) <= _SHORT for text in row) >= 2 for row in texts) >= 2
    if max(map(len, texts), default=0) < 2 or _is_page(texts):
        return False
    return sum(map(bool, texts)) > 1 or all(len(text) <= _LONG for row in texts for text in row)


def _is_page(texts: list[list[str]]) -> bool:
    """Return whether one cell holds most of the text, in many lines: the page itself."""
    sizes = [(len(text), text.count("\n")) for row in texts for text in row]
    largest, breaks = max(sizes, default=(0, 0))
    return breaks >= _LINES_OF_A_PAGE and largest * 2 > sum(size for size, _ in sizes)
