"""Files made to harm whoever reads them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

_HEAD = ["公告编号", "地块编号", "报名截止时间"]
_END = b"</sheetData>"
_ROW = ["测告1号", "测地9号", "2031-12-30 17:00"]


def slow_text(paragraphs: int) -> bytes:
    """Text whose reading takes the longer the more paragraphs it has."""
    paragraph = "甲储出〔2031〕{0}号地块，报名时间为2031年11月{1}日9时至2031年12月{1}日17时。\n"
    return "".join(
        paragraph.format(number, number % 28 + 1) for number in range(paragraphs)
    ).encode()


def far_cell(place: str) -> bytes:
    """A small workbook with one parcel and a stray cell at `place`."""
    number = "".join(char for char in place if char.isdecimal())
    stray = f'<row r="{number}"><c r="{place}" t="inlineStr"><is><t>x</t></is></c></row>'
    return _workbook(lambda content: content.replace(_END, stray.encode() + _END))


def _workbook(change: Callable[[bytes], bytes]) -> bytes:
    """A workbook with one parcel, its sheet changed."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (_HEAD, _ROW):
        sheet.append(row)
    plain = io.BytesIO()
    book.save(plain)
    return _rewritten(plain.getvalue(), change)


def _rewritten(data: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """The workbook with its sheets changed."""
    changed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, change(content) if name.startswith("xl/worksheets/") else content)
    return changed.getvalue()


def _merges() -> bytes:
    below = b'<row r="49999"><c r="A49999"><v>1</v></c></row>'
    merges = b"<mergeCells>" + b'<mergeCell ref="A1:OJ49999"/>' * 300 + b"</mergeCells>"
    return _workbook(lambda content: content.replace(_END, below + _END + merges))


def _tall_and_wide() -> bytes:
    rows = b"".join(
        b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (number, number)
        for number in range(3, 20_000)
    )
    corner = b'<row r="20000"><c r="OJ20000"><v>1</v></c></row>'
    return _workbook(lambda content: content.replace(_END, rows + corner + _END))


def _laughs() -> bytes:
    entities = b'<!ENTITY a "aaaaaaaaaa">'
    for number in range(98, 107):
        entities += b'<!ENTITY %c "%s">' % (number, b"&%c;" % (number - 1) * 10)
    cell = b'<row r="3"><c r="A3" t="inlineStr"><is><t>&j;</t></is></c></row>'

    def laughing(content: bytes) -> bytes:
        content = content[content.index(b"<worksheet") :].replace(_END, cell + _END)
        return b'<?xml version="1.0"?><!DOCTYPE l [' + entities + b"]>" + content

    return _workbook(laughing)


def _zip_bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * 300_000_000)
    return packed.getvalue()


def _spans() -> bytes:
    return b"<table>" + b"<tr><td rowspan=400>x</td></tr>" * 12_000 + b"</table>"


def _page_box() -> bytes:
    """A PDF of one page that is larger than a town, with a letter as large as a house."""
    text = b"BT /F1 1000000000 Tf 10 10 Td (a) Tj ET 0 0 1000000000 0.5 re f"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 1000000000 1000000000] /Contents 4 0 R "
        b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> "
        b">> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
    ]
    body = b"%PDF-1.4\n"
    for number, content in enumerate(objects, 1):
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    return body + b"trailer << /Root 1 0 R /Size 5 >>\n%%EOF\n"


BOMBS: dict[str, Callable[[], tuple[str, bytes]]] = {
    "merges of a whole sheet": lambda: ("a.xlsx", _merges()),
    "a tall sheet with a cell far to the right": lambda: ("a.xlsx", _tall_and_wide()),
    "a billion laughs": lambda: ("a.xlsx", _laughs()),
    "a folded archive": lambda: ("a.docx", _zip_bomb()),
    "cells over 400 rows": lambda: ("a.html", _spans()),
    "one row of many columns over many of one": lambda: (
        "a.html",
        b"<table><tr>" + b"<td>x" * 400 + b"</tr>" + b"<tr><td>y" * 40_000 + b"</table>",
    ),
    "tables in tables": lambda: ("a.html", b"<table><tr><td>" * 10_000),
    "lists in lists": lambda: ("a.json", b"[" * 500_000),
    "tables of dots": lambda: ("a.toml", b"a." * 20_000 + b"b = 1\n"),
    "one line of commas": lambda: ("a.csv", b"a," * 250_000),
    "a large page": lambda: ("a.pdf", _page_box()),
}
"""Small files that unfold: what they are -> their name and bytes."""
