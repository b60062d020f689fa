"""Damage as workbooks come to it, in any sheet: what `tests.damage` is to notices.

A damaged workbook must never state, without a finding that names it, another time than the whole
one does.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from openpyxl import load_workbook
from openpyxl.styles import Font

from notifier.domain.values import Kind, Notice

_ERRORS = ("#REF!", "#N/A", "#VALUE!")


def damaged_book(data: bytes, damage: Callable[[Any, Random], None], random: Random) -> bytes:
    """Return the workbook with one damage done to its first sheet."""
    book = load_workbook(io.BytesIO(data))
    damage(book.worksheets[0], random)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def emptied_value(sheet: Any, random: Random) -> None:
    _any_cell(sheet, random).value = None


def broken_value(sheet: Any, random: Random) -> None:
    _any_cell(sheet, random).value = random.choice(_ERRORS)


def struck_value(sheet: Any, random: Random) -> None:
    _any_cell(sheet, random).font = Font(strike=True)


def shifted_right(sheet: Any, random: Random) -> None:
    """A cell was put into a row: what follows stands one column on."""
    cell = _any_cell(sheet, random)
    values = _row_values(sheet, cell.row)
    _write_row(sheet, cell.row, [*values[: cell.column - 1], None, *values[cell.column - 1 :]])


def shifted_left(sheet: Any, random: Random) -> None:
    """A cell of a row was taken out: what follows stands one column before its own."""
    cell = _any_cell(sheet, random)
    values = _row_values(sheet, cell.row)
    _write_row(sheet, cell.row, [*values[: cell.column - 1], *values[cell.column :], None])


def lost_row(sheet: Any, random: Random) -> None:
    row = _any_cell(sheet, random).row
    _write_row(sheet, row, [None] * sheet.max_column)


def hidden_row(sheet: Any, random: Random) -> None:
    sheet.row_dimensions[_any_cell(sheet, random).row].hidden = True


def hidden_column(sheet: Any, random: Random) -> None:
    sheet.column_dimensions[_any_cell(sheet, random).column_letter].hidden = True


SHEET_DAMAGES: Sequence[Callable[[Any, Random], None]] = (
    emptied_value, broken_value, struck_value, shifted_right, shifted_left, lost_row,
    hidden_row, hidden_column,
)  # fmt: skip


def joined(notices: Sequence[Notice]) -> Notice:
    """Return all that a file says as one notice, so that two readings of it can be compared."""
    parcels = tuple(parcel for notice in notices for parcel in notice.parcels)
    findings = tuple(finding for notice in notices for finding in notice.findings)
    return Notice(file="", kind=Kind.OTHER, parcels=parcels, findings=findings)


def _any_cell(sheet: Any, random: Random) -> Any:
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    return random.choice(cells)


def _row_values(sheet: Any, row: int) -> list[Any]:
    return [sheet.cell(row, column).value for column in range(1, sheet.max_column + 1)]


def _write_row(sheet: Any, row: int, values: Sequence[Any]) -> None:
    """Write values over a row; what a merged cell covers keeps nothing."""
    for ranges in list(sheet.merged_cells.ranges):
        if ranges.min_row <= row <= ranges.max_row:
            sheet.unmerge_cells(str(ranges))
    for column, value in enumerate(values, 1):
        sheet.cell(row, column).value = value
