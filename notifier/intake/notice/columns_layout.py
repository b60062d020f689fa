"""The layout with headings at the left, one column a parcel."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from notifier.intake.documents import Cell
from notifier.intake.notice.clock_columns import clock_columns, with_hours
from notifier.intake.notice.columns import (
    Column,
    column_of,
    fits,
    is_heading,
    is_time_label,
    points,
)
from notifier.intake.notice.rows import Entry, Row, uncertain
from notifier.intake.notice.rows_layout import AS_LEFT
from notifier.intake.notice.table_headings import (
    LONG_TEXT,
    by_values,
    is_a_time,
    meaning,
    own_texts,
    stack_of,
    worth_of_headings,
)
from notifier.intake.notice.table_layout import (
    IDENTITY,
    LONGEST_LABEL,
    LOOKED_AT,
    Grid,
    Layout,
    as_text,
    entry_of,
    states_time,
)

_AS_ABOVE = re.compile(r"\s*(?:同上|同前)\s*")  # of marks under a row's label nobody knows


def turned_grid(grid: Grid, at: int) -> list[list[Cell]]:
    """The rows from `at` on, while they begin with a label, as columns."""
    looked_at = grid[at : at + LOOKED_AT]
    labelled = sum(any(is_heading(cell.text) for cell in row[:2]) for row in looked_at)
    if labelled < 2 or labelled * 4 < len(looked_at):
        return []
    end = at
    while end < len(grid) and (
        not grid[end][0].text.strip() or len(grid[end][0].text) <= LONGEST_LABEL
    ):
        if end > at and _begins_again(grid[at][0], grid[end][0]):
            break  # another table of its own numbers
        end += 1
    return [list(cells) for cells in zip(*grid[at:end], strict=True)]


def _begins_again(first: Cell, label: Cell) -> bool:
    is_same = label.text.strip() == first.text.strip()
    return is_same and label.own and column_of(first.text).field == "parcel_no"


def columns_beside(grid: Grid, turned: list[list[Cell]], at: int, depth: int) -> Layout | None:
    """Headings in the first `depth` columns, one column a parcel beside them."""
    if len(turned) <= depth or len(turned[0]) < 2:
        return None
    if any(is_a_time(cell.text) for cells in turned[1:depth] for cell in cells):
        return None  # times of a parcel whose number is lost are no labels
    columns = [meaning(stack_of(turned, 0, depth, place)) for place in range(len(turned[0]))]
    if len(turned) > depth + 1:  # one column beside labels is one of cards
        columns = [
            by_values(column, [cells[place] for cells in turned[depth:]])
            for place, column in enumerate(columns)
        ]
    numbers = _row_of_numbers(turned, depth)
    if numbers:
        columns[0] = Column(columns[0].heading, "parcel_no")
    known = [column.field for column in columns if column.field]
    labels = [column for column in columns if column.field or is_time_label(column.heading)]
    if not set(known) & IDENTITY or len(labels) < 2 or known.count("parcel_no") > 1:
        return None
    headings = [text for cells in turned[:depth] for text in own_texts(cells)]
    beyond = [cell for cells in turned[depth:] for cell in cells if cell.own and cell.text.strip()]
    if sum(is_heading(cell.text) for cell in beyond) * 5 > len(beyond):
        return None
    score = worth_of_headings(headings)
    clocks = clock_columns(columns, turned[depth:])
    rows: list[Row] = []
    for cells in turned[depth:]:
        score += sum(
            points(column, cell.text)
            for column, cell in zip(columns, cells, strict=True)
            if cell.own
        )
        row = _column_row(cells, columns, turned[depth:], rows)
        if row.entries:
            rows.append(with_hours(row, clocks) if clocks else row)
    left = [grid[at + number] for number, column in enumerate(columns) if column not in labels]
    end = at + len(turned[0])
    return Layout(
        name="columns",
        begin=at,
        end=end,
        score=score,
        columns=columns,
        read=lambda: (rows, as_text(left)),
    )


def _row_of_numbers(turned: list[list[Cell]], depth: int) -> bool:
    """Return whether the first label is unknown and each column beside it has its own number.

    Such as a row `项目`.
    """
    cells = [line[0] for line in turned[depth:]]
    texts = [cell.text.strip() for cell in cells]
    if (
        is_heading(turned[0][0].text)
        or len(set(texts)) < len(texts)
        or not all(cell.own for cell in cells)
    ):
        return False
    like_numbers = Column(turned[0][0].text, "parcel_no")
    named = all(re.search(r"\d", text) and len(text) <= LONG_TEXT for text in texts)
    return named and all(
        fits(like_numbers, text) == 2 and not states_time(cell)
        for text, cell in zip(texts, cells, strict=True)
    )


def _column_row(
    cells: Sequence[Cell],
    columns: Sequence[Column],
    beside: Sequence[Sequence[Cell]],
    before: Sequence[Row],
) -> Row:
    entries: list[Entry] = []
    for number, (column, cell) in enumerate(zip(columns, cells, strict=True)):
        if any(others[number].missing for others in beside):
            if is_time_label(column.heading):
                texts = [others[number].text for others in beside]
                entries.append(uncertain(column, texts, cell.place))
        elif AS_LEFT.fullmatch(cell.text) or _AS_ABOVE.fullmatch(cell.text):
            source = before[-1].entries[::-1] if before else ()
            wanted = column
            if _AS_ABOVE.fullmatch(cell.text):
                source, wanted = tuple(entries[-1:]), columns[number - 1]
            same = next((entry for entry in source if entry.column == wanted), None)
            if same is not None:
                entries.append(replace(same, column=column, place=cell.place, inherited=True))
        elif cell.text.strip() or cell.fault or cell.struck:
            entries.append(entry_of(column, cell))
    return Row(entries=tuple(entries), place=cells[0].place, line=cells, columns=columns)
