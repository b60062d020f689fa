"""One way to read a table: its place in the grid, and what every layout asks of a cell."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from notifier.intake.documents import Cell, Paragraph
from notifier.intake.notice.columns import Column
from notifier.intake.notice.folded_text import states_date
from notifier.intake.notice.rows import Entry, Row

Grid = Sequence[Sequence[Cell]]
NAMES = frozenset({"parcel_no", "parcel_name"})
IDENTITY = frozenset({"parcel_no", "parcel_name", "location"})
LONGEST_LABEL = 40
_LABEL_AND_VALUE = re.compile(r"[^:：。；;]{2,20}[:：]\s*\S")
LOOKED_AT = 30  # rows: enough to tell the layouts apart
Contents = tuple[list[Row], list[Paragraph]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """One way to read the rows `begin`..`end` of a grid.

    `name` says which, `score` how well the values fit; `read` gives the rows, and what is running
    text.
    """

    name: str
    begin: int
    end: int
    score: float
    columns: Sequence[Column]
    read: Callable[[], Contents]


def entry_of(column: Column, cell: Cell) -> Entry:
    inherited = not cell.own
    return Entry(
        column=column,
        value=cell.text,
        place=cell.place,
        inherited=inherited,
        certain=cell.certain,
        struck=cell.struck,
        fault=cell.fault,
        other=cell.other,
        yearless=cell.yearless,
    )


def states_time(cell: Cell) -> bool:
    return states_date(cell.text)


def as_text(grid: Grid) -> list[Paragraph]:
    """Rows as running text: `label:value` for two cells, so that a time keeps its label.

    So does each of several: which of them holds for a parcel is then seen to be in doubt.
    """
    paragraphs = []
    for row in grid:
        cells = [cell for cell in row if cell.own and cell.text.strip()]
        if not cells:
            continue
        if len(cells) > 1 and all(_LABEL_AND_VALUE.match(cell.text) for cell in cells):
            paragraphs += [Paragraph(text=cell.text, place=cell.place) for cell in cells]
            continue
        label, *values = cells
        if len(values) > 1 and not states_time(label) and sum(map(states_time, values)) > 1:
            paragraphs += [
                Paragraph(text=f"{label.text}:{value.text}", place=value.place) for value in values
            ]
            continue
        joint = ":" if len(cells) == 2 and not cells[0].text.rstrip().endswith((":", "：")) else " "
        paragraphs.append(
            Paragraph(text=joint.join(cell.text for cell in cells), place=label.place)
        )
    return paragraphs
