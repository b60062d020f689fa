"""Rows: what a table, a card or a flattened table says of one parcel, as headings with values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from notifier.domain.values import Place
from notifier.intake.documents import Cell
from notifier.intake.notice.columns import Column


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A value under its heading.

    `inherited`: carried from a merged cell, or from the row above where the cell is `blank`.
    `certain` is False where this may be the value of another column. `struck`, `fault`,
    `other`, `yearless` as of a Cell.
    """

    column: Column
    value: str
    place: Place
    inherited: bool = False
    blank: bool = False
    certain: bool = True
    struck: bool = False
    fault: str = ""
    other: str = ""
    yearless: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """The entries for one parcel in one place.

    `unplaced` are values whose column is not certain; `table` tells rows of one table from those of
    another, `part` those within one stream of cells; `behind` are cells that follow the last row of
    a table and were not read. `line`: the cells that it was read from, each of its `columns`.
    """

    entries: tuple[Entry, ...]
    place: Place
    unplaced: tuple[str, ...] = ()
    table: int = 0
    part: int = 0
    behind: tuple[str, ...] = ()
    line: Sequence[Cell] = ()
    columns: Sequence[Column] = ()

    def has(self, *fields: str) -> bool:
        return any(entry.column.field in fields and entry.value.strip() for entry in self.entries)


def uncertain(column: Column, values: Iterable[str], place: Place) -> Entry:
    """One of `values` may stand under `column`, and which is not known."""
    return Entry(column=column, value="、".join(values), place=place, certain=False)


def fields_of(columns: Iterable[Column]) -> set[str]:
    return {column.field for column in columns if column.field}
