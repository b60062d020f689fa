"""The tables of a document, flattened ones too, apart from its running text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from notifier.domain.findings import Code
from notifier.domain.values import Severity
from notifier.intake.documents import Document, Paragraph, Table
from notifier.intake.notice.columns import TIMES, Column, is_code, is_time_label
from notifier.intake.notice.compared import as_sentences
from notifier.intake.notice.facts import Reading
from notifier.intake.notice.folded_text import dense, plain, states_date
from notifier.intake.notice.layouts import read_grid
from notifier.intake.notice.parcels_in_text import NAMES
from notifier.intake.notice.pieces import Piece, has_pipes, of_lines, of_pipes, of_table, of_words
from notifier.intake.notice.rows import Row
from notifier.intake.notice.scan import heading_label
from notifier.intake.notice.side_by_side import side_by_side
from notifier.intake.notice.slipped_rows import without_slipped_times
from notifier.intake.notice.streams import leftover_paragraphs, read_stream, worth_of_rows
from notifier.intake.notice.table_forms import formed, with_numbers_named

_FEWEST_SPACES = 8


def tables_and_text(document: Document) -> tuple[list[Row], list[Paragraph]]:
    """Return the rows of a document's tables, flattened ones too, and its running text."""
    rows: list[Row] = []
    left: list[Paragraph] = []
    run: list[Paragraph] = []
    count = 0

    def flush(*, last: bool = False) -> None:
        nonlocal count
        if run:
            count += 1
            found, rest = _flattened(run, last=last)
            unsure, rest = side_by_side(rest)
            rows.extend(replace(row, table=count) for row in [*found, *unsure])
            left.extend(rest)
            run.clear()

    for block in document.blocks:
        if isinstance(block, Paragraph):
            run.append(block)
            continue
        above = run[-1].text if run else ""
        flush()
        count += 1
        found, rest = _table(block, above)
        rows += [replace(row, table=count) for row in found]
        left += rest
    flush(last=True)
    return list(map(without_slipped_times, rows)), left


def _table(table: Table, above: str) -> tuple[list[Row], list[Paragraph]]:
    """The rows of a table, and what in it is text; `above` is the line that stands over it."""
    compared = as_sentences(table)
    if compared is not None:
        return compared
    if not table.sure:
        rows, pieces = _best_stream(table)
        if rows:
            return rows, leftover_paragraphs(pieces)
    grid = formed(table.rows, above)
    rows, text = read_grid(grid)
    if not any(row.has(*NAMES) for row in rows):
        named, beside = read_grid(with_numbers_named(grid))
        numbers = [
            entry.value
            for row in named
            if row.has(*TIMES)
            for entry in row.entries
            if entry.column.field == "parcel_no"
        ]
        if numbers and all(map(is_code, numbers)):
            return named, beside
    return rows, text


def _best_stream(table: Table) -> tuple[list[Row], list[Piece]]:
    """The rows of a table, each on a line of its own, or broken into several if that fits better.

    That is asked only where some cells could not be placed.
    """
    whole = read_stream(of_table(table))
    if whole[0] and not any(row.unplaced or row.behind for row in whole[0]):
        return whole
    broken = read_stream(of_table(table, rows=False))
    return max(whole, broken, key=lambda way: worth_of_rows(way[0]))


def report_empty_tops(rows: Sequence[Row], reading: Reading) -> None:
    """Report each column of times, or of numbers, that is empty in the first row of a table alone.

    All its cells may stand one row too low.
    """
    for _, same in groupby(rows, key=lambda row: (row.table, row.part)):
        first, *others = same
        below = [row.line for row in others if row.columns == first.columns]
        if not below or len(below) < len(others):
            continue
        for number, (column, cell) in enumerate(zip(first.columns, first.line, strict=True)):
            if cell.text.strip() or not all(line[number].text.strip() for line in below):
                continue
            for name in _fields_of_times(column):
                reading.doubt(
                    Code.TIME_CELLS_EMPTY,
                    name,
                    cell.place,
                    severity=Severity.WARNING,
                    rows=str(cell.place.row or 1),
                )
            if column.field == "parcel_no":
                _doubt_numbers(first, below[0][number].text, reading)


def _doubt_numbers(first: Row, number: str, reading: Reading) -> None:
    """Report the times of a table whose `number` may be that of the row above it."""
    for column in first.columns:
        for name in _fields_of_times(column):
            reading.doubt(
                Code.CELL_MAY_HAVE_SLIPPED,
                name,
                first.place,
                severity=Severity.WARNING,
                text=number,
            )


def _fields_of_times(column: Column) -> list[str]:
    """The field of a column of times, or what its heading says they are for; else nothing."""
    if not is_time_label(column.heading):
        return []
    topics, _ = heading_label(dense(plain(column.heading)).rstrip(":"))
    return [column.field or str(topic) for topic in topics]


def _flattened(paragraphs: Sequence[Paragraph], *, last: bool) -> tuple[list[Row], list[Paragraph]]:
    """Tables that were flattened into paragraphs; the rest is text.

    `last`: the file ends with them.
    """
    pieces = of_pipes(paragraphs) if has_pipes(paragraphs) else of_lines(paragraphs)
    if last and pieces:
        pieces[-1] = replace(pieces[-1], last=True)
    rows, left = read_stream(pieces)
    if rows:
        return rows, leftover_paragraphs(left)
    if sum(paragraph.text.strip().count(" ") for paragraph in paragraphs) < _FEWEST_SPACES:
        return [], list(paragraphs)
    ways = [
        read_stream(of_words(paragraphs, rows=rows_are_lines)) for rows_are_lines in (True, False)
    ]
    rows, left = max(ways, key=lambda way: worth_of_rows(way[0]))
    text = {id(piece.source) for piece in left}
    return rows, [
        paragraph
        for paragraph in paragraphs
        # a line of cells with a date may be a sentence, too
        if not rows
        or id(paragraph) in text
        or " " not in paragraph.text.strip()
        or states_date(paragraph.text)
    ]


def text_of_tables(document: Document) -> list[Paragraph]:
    """Return each cell of a document as a paragraph."""
    return [
        Paragraph(text=cell.text, place=cell.place)
        for block in document.blocks
        if isinstance(block, Table)
        for row in block.rows
        for cell in row
        if cell.own and cell.text
    ]


def ending(document: Document) -> str:
    """The last words of a file that ends in running text, perhaps within them."""
    end = document.blocks[-1] if document.blocks else None
    return end.text.strip() if isinstance(end, Paragraph) else ""
