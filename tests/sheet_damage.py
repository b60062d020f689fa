"""Damage as workbooks come to it, in any sheet: what `tests.damage` is to notices.

A damaged workbook must never state, without a finding that names it, another time than the whole
one does.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import datetime
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


def doubled_value(sheet: Any, random: Random) -> None:
    """A text stands twice in its cell."""
    texts = [cell for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    cell = random.choice(texts)
    cell.value = f"{cell.value}{random.choice(('', ' ', chr(10)))}{cell.value}"


def pushed_down(sheet: Any, random: Random) -> None:
    """A cell was put into a column: it is empty, and what is below stands one row too low."""
    cell = _any_cell(sheet, random)
    _push(sheet, cell, [None])


def pulled_up(sheet: Any, random: Random) -> None:
    """A cell was taken out of a column: what is below stands one row too high."""
    cell = _any_cell(sheet, random)
    _push(sheet, cell, [], out=1)


def swapped_neighbours(sheet: Any, random: Random) -> None:
    """Two cells of a row that stand beside each other changed places."""
    cell = _any_cell(sheet, random)
    values = _row_values(sheet, cell.row)
    at = min(cell.column - 1, len(values) - 2)
    values[at], values[at + 1] = values[at + 1], values[at]
    _write_row(sheet, cell.row, values)


def repeated_rows(sheet: Any, random: Random) -> None:
    """Two rows come again below the last one, as a second copy of them does."""
    row = _any_cell(sheet, random).row
    for number in (row, row + 1):
        values = _row_values(sheet, number)
        if any(value is not None for value in values):
            _write_row(sheet, sheet.max_row + 1, values)


def cut_off_rows(sheet: Any, random: Random) -> None:
    """The sheet ends within a row."""
    cell = _any_cell(sheet, random)
    values = _row_values(sheet, cell.row)
    _write_row(
        sheet, cell.row, [*values[: cell.column], *[None] * (sheet.max_column - cell.column)]
    )
    for number in range(cell.row + 1, sheet.max_row + 1):
        _write_row(sheet, number, [None] * sheet.max_column)


def wrong_year(sheet: Any, random: Random) -> None:
    """The year of a date is the year before or after it."""
    days = [cell for row in sheet.iter_rows() for cell in row if isinstance(cell.value, datetime)]
    if days:
        cell = random.choice(days)
        day = 28 if (cell.value.month, cell.value.day) == (2, 29) else cell.value.day
        cell.value = cell.value.replace(year=cell.value.year + random.choice((-1, 1)), day=day)


FURTHER_SHEET_DAMAGES: Sequence[Callable[[Any, Random], None]] = (
    doubled_value, pushed_down, pulled_up, swapped_neighbours, repeated_rows, cut_off_rows,
    wrong_year,
)  # fmt: skip


def joined(notices: Sequence[Notice]) -> Notice:
    """Return all that a file says as one notice, so that two readings of it can be compared."""
    parcels = tuple(parcel for notice in notices for parcel in notice.parcels)
    findings = tuple(finding for notice in notices for finding in notice.findings)
    return Notice(file="", kind=Kind.OTHER, parcels=parcels, findings=findings)


def _any_cell(sheet: Any, random: Random) -> Any:
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    return random.choice(cells)


def _push(sheet: Any, cell: Any, put: Sequence[Any], out: int = 0) -> None:
    rows = range(cell.row, sheet.max_row + 1)
    values = [sheet.cell(row, cell.column).value for row in rows]
    moved = [*put, *values[out:], *[None] * out]
    for ranges in list(sheet.merged_cells.ranges):
        if ranges.min_col <= cell.column <= ranges.max_col:
            sheet.unmerge_cells(str(ranges))
    for number, value in enumerate(moved):
        sheet.cell(cell.row + number, cell.column).value = value


def _row_values(sheet: Any, row: int) -> list[Any]:
    return [sheet.cell(row, column).value for column in range(1, sheet.max_column + 1)]


def _write_row(sheet: Any, row: int, values: Sequence[Any]) -> None:
    """Write values over a row; what a merged cell covers keeps nothing."""
    for ranges in list(sheet.merged_cells.ranges):
        if ranges.min_row <= row <= ranges.max_row:
            sheet.unmerge_cells(str(ranges))
    for column, value in enumerate(values, 1):
        sheet.cell(row, column).value = value
