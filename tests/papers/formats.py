"""File formats and ways of copying: blocks in, (name, bytes) out.

What a way loses, it loses as the real ones do.
"""

from __future__ import annotations

import html
import io
from collections.abc import Callable, Sequence

from tests.papers.blocks import Block, Grid, placed, spread

Format = Callable[[Sequence[Block]], tuple[str, bytes]]


def _text(blocks: Sequence[Block], write_grid: Callable[[Grid], str]) -> bytes:
    lines = [block if isinstance(block, str) else write_grid(block) for block in blocks]
    return ("\n".join(lines) + "\n").encode()


def txt_tabs(blocks: Sequence[Block]) -> tuple[str, bytes]:
    """As a browser copies a table."""
    return "notice.txt", _text(
        blocks, lambda grid: "\n".join("\t".join(row) for row in spread(grid))
    )


def txt_cell_a_line(blocks: Sequence[Block]) -> tuple[str, bytes]:
    """Spans leave no trace: a covered place is simply not there."""

    def write(grid: Grid) -> str:
        lines = []
        for row in grid.rows:
            lines += [cell.text for cell in row]
        return "\n".join(lines)

    return "notice.txt", _text(blocks, write)


def txt_pipes(blocks: Sequence[Block]) -> tuple[str, bytes]:
    return "notice.txt", _text(
        blocks, lambda grid: "\n".join(" | ".join(row) for row in spread(grid))
    )


def markdown(blocks: Sequence[Block]) -> tuple[str, bytes]:
    def write(grid: Grid) -> str:
        rows = spread(grid)
        lines = [f"| {' | '.join(row)} |" for row in rows]
        lines.insert(1, "|" + " --- |" * len(rows[0]))
        return "\n" + "\n".join(lines) + "\n"

    return "notice.md", _text(blocks, write)


def html_page(blocks: Sequence[Block]) -> tuple[str, bytes]:
    return "notice.html", _page(blocks, "\n")


def html_one_line(blocks: Sequence[Block]) -> tuple[str, bytes]:
    """Minified, as sites serve it."""
    return "notice.html", _page(blocks, "")


def html_in_gbk(blocks: Sequence[Block]) -> tuple[str, bytes]:
    """A page of the older kind, with a table around everything for its looks."""
    inner = _page(blocks, "\n").decode().partition("<body>")[2].partition("</body>")[0]
    page = (
        '<html><head><meta http-equiv="Content-Type" content="text/html; '
        'charset=gb2312"></head><body>'
        "<table width=100%><tr><td><a href=/>首页</a> "
        f"公告</td></tr><tr><td>{inner}</td></tr></table></body></html>"
    )
    return "notice.html", page.encode("gb18030")


def _page(blocks: Sequence[Block], end: str) -> bytes:
    parts = ['<!DOCTYPE html><html><head><meta charset="utf-8"><title>公告</title></head><body>']
    for block in blocks:
        if isinstance(block, str):
            parts.append(f"<p>{html.escape(block)}</p>")
            continue
        parts.append("<table>")
        for row in block.rows:
            parts.append("<tr>")
            for cell in row:
                rows = f' rowspan="{cell.rows}"' if cell.rows > 1 else ""
                columns = f' colspan="{cell.columns}"' if cell.columns > 1 else ""
                parts.append(f"<td{rows}{columns}><p>{html.escape(cell.text)}</p></td>")
            parts.append("</tr>")
        parts.append("</table>")
    parts.append("</body></html>")
    return end.join(parts).encode()


def docx(blocks: Sequence[Block]) -> tuple[str, bytes]:
    from docx import Document

    document = Document()
    for block in blocks:
        if isinstance(block, str):
            document.add_paragraph(block)
            continue
        texts = spread(block)
        table = document.add_table(rows=len(texts), cols=len(texts[0]))
        for row, column, cell in placed(block):
            start = table.cell(row, column)
            if cell.rows > 1 or cell.columns > 1:
                end = table.cell(row + cell.rows - 1, column + cell.columns - 1)
                start = start.merge(end)
            start.text = cell.text
    out = io.BytesIO()
    document.save(out)
    return "notice.docx", out.getvalue()


def xlsx(blocks: Sequence[Block]) -> tuple[str, bytes]:
    """The notice pasted into a sheet: a paragraph a row in the first column, tables as they
    stand."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    line = 1
    for block in blocks:
        if isinstance(block, str):
            sheet.cell(line, 1, block)
            line += 1
            continue
        for row, column, cell in placed(block):
            top, left = line + row, column + 1
            sheet.cell(top, left, cell.text)
            if cell.rows > 1 or cell.columns > 1:
                bottom, right = top + cell.rows - 1, left + cell.columns - 1
                sheet.merge_cells(
                    start_row=top, start_column=left, end_row=bottom, end_column=right
                )
        line += len(block.rows)
    out = io.BytesIO()
    book.save(out)
    return "notice.xlsx", out.getvalue()


FORMATS: Sequence[Format] = (
    txt_tabs, txt_cell_a_line, txt_pipes, markdown, html_page, html_one_line, html_in_gbk, docx,
)  # fmt: skip
