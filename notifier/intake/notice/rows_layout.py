"""The layout of most tables: headings above, one row a parcel."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from notifier.intake.documents import Cell, Paragraph
from notifier.intake.headings import IGNORED, squash_heading
from notifier.intake.notice.alignment import Alignment, Cells
from notifier.intake.notice.clock_columns import clock_columns, with_hours
from notifier.intake.notice.columns import (
    GROUP,
    Column,
    is_heading,
    is_time_label,
    points,
    with_number,
)
from notifier.intake.notice.pieces import Piece
from notifier.intake.notice.rows import Entry, Row, fields_of, uncertain
from notifier.intake.notice.slipped_rows import with_unsure_times
from notifier.intake.notice.table_headings import (
    LONG_TEXT,
    by_values,
    is_a_time,
    meaning,
    own_texts,
    stack_of,
    with_ends,
    worth_of_headings,
)
from notifier.intake.notice.table_layout import (
    IDENTITY,
    LOOKED_AT,
    Contents,
    Grid,
    Layout,
    as_text,
    entry_of,
    states_time,
)

_DITTO = re.compile(r"\s*(?:同上|同前|[〃″\"]+)\s*")
AS_LEFT = re.compile(r"\s*同左\s*")
_REMARK = re.compile(
    r"\s*(?:备\s*注|附\s*注|注|说\s*明)\s*[:：]?\s*"
)  # a row of a cell over all columns
TOTAL = re.compile(r"\s*(?:合\s*计|小\s*计|总\s*计|共\s*计)")


def below_headings(grid: Grid, at: int, depth: int, headed: Sequence[int]) -> Layout | None:
    """Headings in `depth` rows, one row a parcel below them, until other headings come."""
    if depth > 1 and _is_dated_line(grid[at]):
        return None
    stacks = [meaning(stack_of(grid, at, depth, place)) for place in range(len(grid[at]))]
    first = grid[at + depth : at + depth + LOOKED_AT]
    columns = [
        by_values(column, [line[place] for line in first]) for place, column in enumerate(stacks)
    ]
    columns = with_ends(columns, first)
    columns = list(with_number(columns, [cell.text for line in first[:1] for cell in line]))
    known = fields_of(columns)
    times = any(is_time_label(column.heading) for column in columns)
    if not (IDENTITY | {IGNORED}) & known or not (len(known - {IGNORED, GROUP}) >= 2 or times):
        return None
    headings = [text for row in grid[at : at + depth] for text in own_texts(row)]
    if any(len(text) > LONG_TEXT or text.rstrip().endswith((":", "：")) for text in headings):
        return None
    begin = at + depth
    following = bisect_left(headed, begin)
    end = headed[following] if following < len(headed) else len(grid)
    if end == begin:
        return None
    score = worth_of_headings(headings)
    for row in grid[begin : min(end, begin + LOOKED_AT)]:
        score += sum(
            points(column, cell.text) for column, cell in zip(columns, row, strict=True) if cell.own
        )
    blocks = _blocks(columns)
    return Layout(
        name="rows",
        begin=at,
        end=end,
        score=score,
        columns=columns,
        read=cache(lambda: _rows_of_blocks(grid, at, begin, end, columns, blocks)),
    )


def _is_dated_line(row: Sequence[Cell]) -> bool:
    """Return whether a row is a line with a day, such as `更新：2031-01-02`: above no column."""
    return len(own_texts(row)) == 1 and any(map(states_time, row))


def _blocks(columns: Sequence[Column]) -> list[tuple[int, int]]:
    """Return the columns of each of several tables beside each other: their headings begin anew."""
    first = next((number for number, column in enumerate(columns) if column.heading), 0)
    heading = squash_heading(columns[first].heading)
    begins = [
        number for number, column in enumerate(columns) if squash_heading(column.heading) == heading
    ]
    blocks = list(zip(begins, [*begins[1:], len(columns)], strict=True))
    fields = [fields_of(columns[begin:end]) for begin, end in blocks]
    each_is_whole = all(
        fields_of_block & IDENTITY and fields_of_block == fields[0] for fields_of_block in fields
    )
    return blocks if len(blocks) > 1 and each_is_whole else [(0, len(columns))]


def _rows_of_blocks(
    grid: Grid,
    at: int,
    begin: int,
    end: int,
    columns: Sequence[Column],
    blocks: Sequence[tuple[int, int]],
) -> Contents:
    rows: list[Row] = []
    text: list[Paragraph] = []
    for left, right in blocks:
        part = grid if len(blocks) == 1 else [row[left:right] for row in grid]
        found, beside = _data_rows(part, at, begin, end, columns[left:right])
        rows += found
        text += beside
    return rows, text


def _data_rows(grid: Grid, at: int, begin: int, end: int, columns: Sequence[Column]) -> Contents:
    rows: list[Row] = []
    text: list[Paragraph] = []
    whole = not any(cell.missing for cell in grid[at])
    clocks = clock_columns(columns, grid[begin : min(end, begin + LOOKED_AT)])
    slipped = False
    for line in grid[begin:end]:
        slipped = slipped and any(not cell.own for cell in line)
        shown = own_texts(line)
        if not shown or TOTAL.match(shown[0]):
            continue
        is_remark = _REMARK.fullmatch(shown[0]) is not None and len(set(shown)) == 2
        if (len(set(shown)) == 1 or is_remark) and len(columns) > 2:
            text += as_text([line])
        elif _is_swallowed(line, columns):
            own = [cell if cell.own else replace(cell, text="") for cell in line]
            rows.append(_short_row(own, columns, slipped=True))
        elif not whole or slipped or any(cell.missing for cell in line):
            rows.append(_short_row(line, columns, slipped))
            slipped = slipped or any(cell.missing for cell in line)
        else:
            row = _row(line, columns, rows)
            rows.append(with_hours(row, clocks) if clocks else row)
    if any(is_a_time(column.heading) for column in columns):
        rows = list(map(with_unsure_times, rows))
    return rows, text


def _is_swallowed(row: Sequence[Cell], columns: Sequence[Column]) -> bool:
    """Return whether headings that span several rows reach into this row.

    Then a row of headings was lost above it.
    """
    return any(
        not cell.own and is_heading(cell.text) and cell.text == column.heading
        for cell, column in zip(row, columns, strict=True)
    )


def _row(line: Sequence[Cell], columns: Sequence[Column], above: Sequence[Row]) -> Row:
    entries = []
    for place, (cell, column) in enumerate(zip(line, columns, strict=True)):
        value, inherited, blank = cell.text, not cell.own, not cell.text.strip()
        certain = True
        if cell.fault or cell.struck or not cell.certain:
            entries.append(entry_of(column, cell))
            continue
        if blank and (cell.vacant or not is_time_label(column.heading)):
            continue
        if AS_LEFT.fullmatch(value):
            beside = entries[-1] if place and entries else None
            if beside is not None and beside.column == columns[place - 1]:
                value, inherited = beside.value, True
        elif blank or _DITTO.fullmatch(value):
            before = next((row.entries for row in above[-1:]), ())
            same = [entry for entry in before if entry.column == column and entry.value.strip()]
            if not same:
                continue
            value, certain, inherited = same[0].value, same[0].certain, True
        if (
            place
            and not cell.own
            and line[place - 1].text == cell.text
            and columns[place - 1].field == column.field
        ):
            continue
        entries.append(
            Entry(
                column=column,
                value=value,
                place=cell.place,
                inherited=inherited,
                blank=blank,
                certain=certain,
                other=cell.other,
                yearless=cell.yearless,
            )
        )
    return Row(entries=tuple(entries), place=line[0].place, line=line, columns=columns)


def _short_row(row: Sequence[Cell], columns: Sequence[Column], slipped: bool) -> Row:
    """Place the values of a row that lacks a cell, each under the one column that it fits.

    A time stands under no column for certain where it fits several. Merged cells stand where they
    are, unless the row they come from has `slipped`.
    """
    free = [number for number, cell in enumerate(row) if cell.own or slipped]
    shown = [row[number] for number in free if row[number].own and row[number].text.strip()]
    pieces = [Piece(text=cell.text, place=cell.place, apart=True) for cell in shown]
    ways = Alignment(Cells(pieces), [columns[number] for number in free]).placed(len(pieces))
    placed = {free[way.column]: cell for cell, way in zip(shown, ways, strict=False) if way.certain}
    if any(
        states_time(cell) and not is_time_label(columns[number].heading)
        for number, cell in placed.items()
    ):
        placed = {number: cell for number, cell in placed.items() if not states_time(cell)}
    if not slipped:
        placed |= {
            number: cell for number, cell in enumerate(row) if not cell.own and cell.text.strip()
        }
    loose = [cell for cell in shown if cell not in placed.values()]
    loose += [cell for cell in row if slipped and not cell.own and cell.text.strip()]
    entries = []
    for number, column in enumerate(columns):
        if number in placed and (column.field or is_time_label(column.heading)):
            cell = placed[number]
            entries.append(entry_of(column, cell))
        elif number not in placed and loose and is_time_label(column.heading):
            entries.append(uncertain(column, [cell.text for cell in loose], loose[0].place))
    return Row(
        entries=tuple(entries), place=row[0].place, unplaced=tuple(cell.text for cell in loose)
    )
