"""Files made to harm whoever reads them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

_HEAD = ["公告编号", "地块编号", "报名截止时间"]
_ROW = ["测告1号", "测地9号", "2031-12-30 17:00"]


def slow_text(paragraphs: int) -> bytes:
    """Text whose reading takes the longer the more paragraphs it has."""
    paragraph = "甲储出〔2031〕{0}号地块，报名时间为2031年11月{1}日9时至2031年12月{1}日17时。\n"
    return "".join(paragraph.format(number, number % 28 + 1) for number in range(paragraphs)).encode()


def far_cell(place: str, *, dense: bool = False) -> bytes:
    """A small workbook with one parcel and a stray cell at `place`; `dense`: its address is hidden from whoever looks
    for it before the table library does."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (_HEAD, _ROW):
        sheet.append(row)
    plain = io.BytesIO()
    book.save(plain)
    number = "".join(char for char in place if char.isdecimal())
    written = place.replace("X", "&#88;", 1) if dense else place
    stray = f'<row r="{number}"><c r="{written}" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
    return _rewritten(plain.getvalue(), lambda content: content.replace(b"</sheetData>", stray.encode()))


def _rewritten(data: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """The workbook with its sheets changed."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, change(content) if name.startswith("xl/worksheets/") else content)
    return changed.getvalue()
