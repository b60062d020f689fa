"""Cells of a sheet as its table needs them: without wrapping, with Excel's days as dates."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace

from notifier.intake.documents import Cell
from notifier.intake.documents.workbook import time_of_serial
from notifier.intake.notice.columns import TIMES, column_of
from notifier.intake.notice.table_headings import is_end, is_heading_row
from notifier.intake.notice.table_layout import Grid

LOST = "lost"  # the fault of a cell behind the end of its row
_DIGIT = re.compile(r"\d")

_SERIAL_DAY = re.compile(r"[34567]\d{4}(?:\.\d+)?")
_WRAPPED = re.compile(r'="(.*)"', re.DOTALL)


def usable(grid: Grid) -> list[list[Cell]]:
    """Return the grid without wrapping, and with what Excel counts as days turned into dates."""
    rows = [[_usable(cell) if _is_odd(cell) else cell for cell in row] for row in grid]
    return list(_with_days(rows))


def unwrapped(text: str) -> str:
    """`="2026-01"` and `'2026-01` are what people write so that Excel leaves a value alone."""
    found = _WRAPPED.fullmatch(text)
    return found[1] if found else text.removeprefix("'") if len(text) > 1 else text


def _is_odd(cell: Cell) -> bool:
    return cell.struck or cell.missing or cell.text[:1] in ("'", "=")


def _usable(cell: Cell) -> Cell:
    if cell.missing:
        return replace(cell, missing=False, fault=LOST)
    return replace(cell, text=unwrapped(cell.text))


def _with_days(rows: Sequence[Sequence[Cell]]) -> Iterator[list[Cell]]:
    """Yield the rows with what Excel counts as days turned into dates.

    Below and beside headings of times.
    """
    timed: set[int] = set()
    for row in rows:
        beside = next((cell.text for cell in row[:2] if cell.text), "")
        if is_heading_row(row):
            timed = {at for at, cell in enumerate(row) if _is_of_times(cell.text)}
            timed |= _beside(timed, row)
        elif all(not cell.text or is_end(cell.text) for cell in row):
            timed |= {at for at, cell in enumerate(row) if cell.text}
        elif not _DIGIT.search(beside) and _is_of_times(beside):
            yield [_with_day(cell) for cell in row]
            continue
        yield [_with_day(cell) if at in timed else cell for at, cell in enumerate(row)]


def _beside(timed: Set[int], row: Sequence[Cell]) -> set[int]:
    """The columns without a heading behind one of times: a row that slipped ends there."""
    first = min(timed, default=len(row))
    return {at for at, cell in enumerate(row) if at > first and not cell.text.strip()}


def _is_of_times(heading: str) -> bool:
    return column_of(heading).field in TIMES


def _with_day(cell: Cell) -> Cell:
    if not _SERIAL_DAY.fullmatch(cell.text):
        return cell
    return replace(cell, text=time_of_serial(float(cell.text)) or cell.text)
