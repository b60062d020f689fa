"""A small .ofd (GB/T 33190) of text lines and one ruled table, for want of a program that writes
one."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

_XML = '<?xml version="1.0" encoding="UTF-8"?>'
_SPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'
_SIZE = 4.0  # millimetres
_LEFT, _ROW = 20.0, 9.0


def ofd(lines: Sequence[str], rows: Sequence[Sequence[str]] = (), *, struck: str = "") -> bytes:
    """The bytes of a file of one page; a stroke goes through the line `struck`."""
    content = []
    y = 20.0
    for line in lines:
        content.append(_text(line, _LEFT, y))
        if line == struck:
            content.append(_stroke(_LEFT, y + 2, _LEFT + len(line) * _SIZE, y + 2))
        y += _ROW
    content += _table(rows, y)
    layer = f'<ofd:Layer ID="1">{"".join(content)}</ofd:Layer>'
    page = f"{_XML}<ofd:Page {_SPACE}><ofd:Content>{layer}</ofd:Content></ofd:Page>"
    parts = {
        "OFD.xml": f"{_XML}<ofd:OFD {_SPACE} "
        'DocType="OFD"><ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>'
        "</ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f'{_XML}<ofd:Document {_SPACE}><ofd:Pages><ofd:Page ID="2" '
        'BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages></ofd:Document>',
        "Doc_0/Pages/Page_0/Content.xml": page,
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return stream.getvalue()


def _text(text: str, x: float, y: float) -> str:
    step = f"g {len(text) - 1} {_SIZE}" if len(text) > 1 else ""
    return (
        f'<ofd:TextObject ID="3" Boundary="{x} {y} 170 5" Font="1" Size="{_SIZE}">'
        '<ofd:TextCode X="0" Y="3.5" '
        f'DeltaX="{step}">{escape(text)}</ofd:TextCode></ofd:TextObject>'
    )


def _stroke(x0: float, y0: float, x1: float, y1: float) -> str:
    return (
        f'<ofd:PathObject ID="4" Boundary="0 0 210 297"><ofd:AbbreviatedData>M {x0} {y0} L '
        f"{x1} {y1}"
        "</ofd:AbbreviatedData></ofd:PathObject>"
    )


def _table(rows: Sequence[Sequence[str]], top: float) -> list[str]:
    if not rows:
        return []
    widths = [max(len(row[at]) for row in rows) * _SIZE + 4 for at in range(len(rows[0]))]
    edges = [_LEFT + sum(widths[:at]) for at in range(len(widths) + 1)]
    drawn = [
        _stroke(edges[0], top + _ROW * at, edges[-1], top + _ROW * at)
        for at in range(len(rows) + 1)
    ]
    drawn += [_stroke(edge, top, edge, top + _ROW * len(rows)) for edge in edges]
    for number, row in enumerate(rows):
        drawn += [
            _text(cell, edges[at] + 2, top + _ROW * number + 2)
            for at, cell in enumerate(row)
            if cell
        ]
    return drawn
