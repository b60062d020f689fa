"""A workbook that is no table of records, as a document; a page that is one, as a sheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from notifier.domain.findings import Code
from notifier.domain.values import Finding, Place, Severity
from notifier.intake.documents.document import Cell, Document, Paragraph, Table
from notifier.intake.documents.words import report_struck_out
from notifier.intake.documents.workbook import Sheet

_MOST_FINDINGS = 50


def document_of_sheets(sheets: Sequence[Sheet], file: str) -> Document:
    """Return the blocks of a sheet: rows with one text are paragraphs, the others tables.

    What is struck out, hidden or without value is named.
    """
    blocks: list[Paragraph | Table] = []
    findings: list[Finding] = []
    for number, sheet in enumerate(sheets, 1):
        blocks += _blocks(sheet, number)
        findings += _findings(sheet)
    return Document(file=file, blocks=tuple(blocks), findings=tuple(findings[:_MOST_FINDINGS]))


def sheet_of_document(document: Document) -> Sheet:
    """Return the tables of a page below each other, each paragraph as a row of one cell.

    Rows are counted from 1 in the order of the page.
    """
    rows: list[Sequence[Cell]] = []
    for block in document.blocks:
        rows += [[Cell(text=block.text)]] if isinstance(block, Paragraph) else block.rows
    width = max(map(len, rows), default=0)
    return Sheet(
        name="",
        rows=tuple(_row_of(row, width, number) for number, row in enumerate(rows, 1)),
        findings=document.findings,
    )


def _row_of(row: Sequence[Cell], width: int, number: int) -> tuple[Cell, ...]:
    place = Place(row=number)
    cells = [replace(cell, place=place) for cell in row]
    return (*cells, *[Cell(text="", place=place)] * (width - len(cells)))


def _blocks(sheet: Sheet, number: int) -> Iterator[Paragraph | Table]:
    rows: list[tuple[Cell, ...]] = []
    for row in sheet.rows:
        texts = [cell for cell in row if cell.own and _shown(cell)]
        if len(texts) > 1:
            rows.append(tuple(_as_shown(cell) for cell in row))
            continue
        yield from _table(rows, number)
        rows = []
        yield from (Paragraph(text=cell.text, place=cell.place) for cell in texts)
    yield from _table(rows, number)


def _table(rows: Sequence[tuple[Cell, ...]], number: int) -> Iterator[Table]:
    if rows:
        yield Table(rows=tuple(rows), place=Place(table=number, row=rows[0][0].place.row))


def _shown(cell: Cell) -> str:
    return "" if cell.struck or cell.fault else cell.text


def _as_shown(cell: Cell) -> Cell:
    return Cell(text=_shown(cell), own=cell.own, hidden=cell.hidden, place=cell.place)


def _findings(sheet: Sheet) -> list[Finding]:
    found: list[Finding] = list(sheet.findings)
    hidden: set[int] = set()
    for row in sheet.rows:
        for cell in row:
            if not cell.own:
                continue
            if cell.struck and cell.text:
                report_struck_out(found, cell.text, cell.place)
            if cell.fault:
                params = {"text": cell.fault, "column": cell.place.column or ""}
                found.append(
                    Finding(
                        code=Code.CELL_WITHOUT_VALUE,
                        severity=Severity.WARNING,
                        place=cell.place,
                        params=params,
                    )
                )
            if cell.hidden and cell.text and cell.place.row is not None:
                hidden.add(cell.place.row)
    rows = sheet.name if sheet.hidden else ", ".join(map(str, sorted(hidden)[:10]))
    if rows:
        params = {"rows": rows}
        place = Place(sheet=sheet.name)
        found.append(
            Finding(code=Code.HIDDEN_CELLS, severity=Severity.WARNING, place=place, params=params)
        )
    return found
