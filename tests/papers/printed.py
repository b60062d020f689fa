"""Pages with words and strokes at places, as PDF and OFD, and notices set on them.

A table that its page has no room for goes on overleaf, as word processors let it.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from math import cos, radians, sin
from xml.sax.saxutils import escape

from tests.papers.blocks import Block, Grid, placed

_MARGIN = 60.0
_PADDING = 3.0  # of a cell, on each side
_MILLIMETRE = 72 / 25.4  # in points
_XML = '<?xml version="1.0" encoding="UTF-8"?>'
_SPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'


@dataclass(frozen=True, slots=True)
class Words:
    """Words that begin at `x` with the lower edge of their line at `y`, in points from the top."""

    text: str
    x: float
    y: float
    size: float = 9.0
    turned: float = 0.0  # degrees


@dataclass(frozen=True, slots=True)
class Stroke:
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(slots=True)
class PrintedPage:
    words: list[Words] = field(default_factory=list)
    strokes: list[Stroke] = field(default_factory=list)
    width: float = 842.0
    height: float = 595.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """How a notice is set.

    `room`: points of a table on each page. `repeats`: so many rows of its headings on each page
    again. `cuts`: a row may be cut between two lines. `closed`: the cells that a page cuts are
    ruled off. `centred`: words stand in the middle of their cell's height. `head`, `foot`: of each
    page, `{}` is its number; `watermark`: across each page. A later page stands `shift` points
    further right, and its columns are by turns wider and narrower by `uneven` points.
    """

    room: float = 100.0
    ruled: bool = True
    repeats: int = 0
    cuts: bool = False
    closed: bool = True
    centred: bool = False
    head: str = ""
    foot: str = ""
    watermark: str = ""
    size: float = 9.0
    shift: float = 0.0
    uneven: float = 0.0

    @property
    def leading(self) -> float:
        return self.size * 1.4


@dataclass(frozen=True, slots=True)
class _Box:
    """A cell on the strip of its table; a line is its text and its lower edge."""

    x0: float
    top: float
    x1: float
    bottom: float
    lines: tuple[tuple[str, float], ...]
    open_above: bool = False
    open_below: bool = False

    def moved(self, right: float, down: float) -> _Box:
        lines = tuple((text, y + down) for text, y in self.lines)
        return replace(
            self,
            x0=self.x0 + right, x1=self.x1 + right,
            top=self.top + down, bottom=self.bottom + down, lines=lines,
        )  # fmt: skip


def set_on_pages(blocks: Sequence[Block], setting: Setting) -> list[PrintedPage]:
    """Return the pages of a notice; each table with more than `setting.room` is broken."""
    pages = [PrintedPage()]
    y = _MARGIN
    for block in blocks:
        if isinstance(block, str):
            for line in _wrapped(block, pages[-1].width - 2 * _MARGIN, setting.size):
                if y + setting.leading > pages[-1].height - _MARGIN:
                    pages.append(PrintedPage())
                    y = _MARGIN
                y += setting.leading
                pages[-1].words.append(Words(line, _MARGIN, y, setting.size))
            continue
        y += setting.leading
        for number, boxes in enumerate(_parts_of(block, setting)):
            if number:
                pages.append(PrintedPage())
                y = _MARGIN
            top = min(box.top for box in boxes)
            right = setting.shift if number else 0.0
            on_page = [box.moved(right, y - top) for box in boxes]
            if number and setting.uneven:
                on_page = _uneven(on_page, setting.uneven)
            for box in on_page:
                _draw(box, pages[-1], setting)
            y = max(box.bottom for box in on_page)
        y += setting.leading
    _furnish(pages, setting)
    return pages


def _uneven(boxes: Sequence[_Box], by: float) -> list[_Box]:
    """Return the cells with every second edge further right."""
    edges = sorted({round(x, 3) for box in boxes for x in (box.x0, box.x1)})
    moved = {
        edge: edge + (by if at % 2 and edge != edges[-1] else 0) for at, edge in enumerate(edges)
    }
    return [replace(box, x0=moved[round(box.x0, 3)], x1=moved[round(box.x1, 3)]) for box in boxes]


def _furnish(pages: Sequence[PrintedPage], setting: Setting) -> None:
    for number, page in enumerate(pages, 1):
        if setting.head:
            page.words.insert(0, Words(setting.head.format(number), _MARGIN, 36.0, 8.0))
        if setting.foot:
            page.words.append(Words(setting.foot.format(number), 380.0, page.height - 24, 8.0))
        if setting.watermark:
            page.words.insert(0, Words(setting.watermark, 250.0, 420.0, 48.0, 30.0))


def _draw(box: _Box, page: PrintedPage, setting: Setting) -> None:
    page.words += [Words(text, box.x0 + _PADDING, y, setting.size) for text, y in box.lines]
    if not setting.ruled:
        return
    page.strokes += [Stroke(x, box.top, x, box.bottom) for x in (box.x0, box.x1)]
    if not box.open_above:
        page.strokes.append(Stroke(box.x0, box.top, box.x1, box.top))
    if not box.open_below:
        page.strokes.append(Stroke(box.x0, box.bottom, box.x1, box.bottom))


def _parts_of(grid: Grid, setting: Setting) -> Iterator[list[_Box]]:
    """Yield the cells of a table that stand on each page."""
    boxes, ends = _strip_of(grid, setting)
    heads = next(  # where the headings end
        end
        for end in ends[setting.repeats :]
        if not any(box.top < end < box.bottom for box in boxes)
    )
    headings = [box for box in boxes if box.bottom <= heads]
    steps = _steps(boxes, ends, setting) if setting.cuts else ends
    begin, room = 0.0, setting.room
    while begin < ends[-1]:
        fitting = [step for step in steps if begin + 1 < step <= begin + room and step > heads]
        later = [step for step in ends if step > max(begin, heads)]
        end = fitting[-1] if fitting else later[0]
        if ends[-1] - end < 1:
            end = ends[-1]
        is_first = begin == 0.0
        above = [] if is_first else [box.moved(0, begin - heads) for box in headings]
        if not setting.repeats:
            above = []
        yield [*above, *_between(boxes, begin, end, setting)]
        begin, room = end, setting.room - (heads if setting.repeats else 0.0)


def _steps(boxes: Sequence[_Box], ends: Sequence[float], setting: Setting) -> list[float]:
    """Return where a table may be cut: where no line of text stands."""
    lines = [y for box in boxes for _, y in box.lines]
    free = [y for y in lines if not any(y < line < y + setting.size for line in lines)]
    return sorted({*free, *ends})


def _between(boxes: Sequence[_Box], begin: float, end: float, setting: Setting) -> list[_Box]:
    """Return the cells of a strip between two cuts."""
    found = []
    for box in boxes:
        top, bottom = max(box.top, begin), min(box.bottom, end)
        if bottom - top < 1:
            continue
        lines = [(text, y) for text, y in box.lines if begin < y <= end]
        over = max([begin + setting.leading - y for _, y in lines[:1]], default=0.0)
        found.append(
            _Box(
                box.x0,
                top,
                box.x1,
                bottom,
                tuple((text, y + max(over, 0.0)) for text, y in lines),
                open_above=not setting.closed and box.top < begin,
                open_below=not setting.closed and box.bottom > end,
            )
        )
    return found


def _strip_of(grid: Grid, setting: Setting) -> tuple[list[_Box], list[float]]:
    """Return the cells of a table on a page without end, and where each row ends, after 0."""
    cells = list(placed(grid))
    columns = max(column + cell.columns for _, column, cell in cells)
    widest = [
        max(
            (_width(cell.text, 1.0) for _, at, cell in cells if at == column and cell.columns == 1),
            default=4.0,
        )
        for column in range(columns)
    ]
    shares = [max(width, 2.0) ** 0.5 for width in widest]
    across = 842.0 - 2 * _MARGIN
    edges = [_MARGIN + part * across / sum(shares) for part in accumulate(shares, initial=0.0)]

    def lines_of(text: str, column: int, width: int) -> list[str]:
        room = edges[column + width] - edges[column] - 2 * _PADDING
        return list(_wrapped(text, room, setting.size)) if text else []

    heights = [0.0] * len(grid.rows)
    for row, column, cell in cells:
        count = len(lines_of(cell.text, column, cell.columns))
        needed = count * setting.leading + 2 * _PADDING
        share = needed / cell.rows
        for down in range(cell.rows):
            heights[row + down] = max(heights[row + down], share)
    ends = list(accumulate(heights, initial=0.0))
    boxes = []
    for row, column, cell in cells:
        lines = lines_of(cell.text, column, cell.columns)
        top, bottom = ends[row], ends[row + cell.rows]
        free = bottom - top - len(lines) * setting.leading - 2 * _PADDING
        begin = top + _PADDING + (free / 2 if setting.centred else 0.0)
        placed_lines = tuple(
            (line, begin + (number + 1) * setting.leading - 1) for number, line in enumerate(lines)
        )
        boxes.append(_Box(edges[column], top, edges[column + cell.columns], bottom, placed_lines))
    return boxes, ends


def _width(text: str, size: float) -> float:
    return sum(size if ord(sign) > 0xFF else size / 2 for sign in text)


def _wrapped(text: str, room: float, size: float) -> Iterator[str]:
    line = ""
    for sign in text:
        if line and _width(line + sign, size) > room:
            yield line
            line = ""
        line += sign
    yield line


# files


def pdf_of(
    pages: Sequence[PrintedPage], *, says: Mapping[int, Callable[[str], str]] | None = None
) -> bytes:
    """The bytes of a .pdf; `says`: what the font of a page, by its number, calls each character.

    A character that it calls nothing is a glyph without a meaning.
    """
    signs = sorted({sign for page in pages for words in page.words for sign in words.text})
    numbers = {sign: number for number, sign in enumerate(signs, 3)}
    widths = " ".join(f"{numbers[sign]} [{500 if ord(sign) <= 0xFF else 1000}]" for sign in signs)
    objects: list[bytes] = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",  # the tree of pages
        _font(6),
        (
            "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Plain /CIDSystemInfo << /Registry "
            "(Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor 5 0 R /DW 1000 "
            f"/W [{widths}] >>"
        ).encode(),
        b"<< /Type /FontDescriptor /FontName /Plain /Flags 4 /FontBBox [0 -120 1000 880] "
        b"/ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 700 /StemV 80 >>",
        _meaning(numbers, str),
    ]
    kids = []
    for number, page in enumerate(pages, 1):
        font = 3
        if says is not None and number in says:
            font = len(objects) + 1
            objects += [_font(font + 1), _meaning(numbers, says[number])]
        kids.append(f"{len(objects) + 1} 0 R")
        objects.append(
            (
                f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {page.width:g} {page.height:g}] "
                f"/Contents {len(objects) + 2} 0 R /Resources << /Font << /F {font} 0 R >> >> >>"
            ).encode()
        )
        objects.append(_stream("\n".join(_operators(page, numbers)).encode()))
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(pages)} >>".encode()
    return _file_of(objects)


def _font(meaning: int) -> bytes:
    return (
        b"<< /Type /Font /Subtype /Type0 /BaseFont /Plain /Encoding /Identity-H "
        b"/DescendantFonts [4 0 R] /ToUnicode %d 0 R >>" % meaning
    )


def _meaning(numbers: Mapping[str, int], say: Callable[[str], str]) -> bytes:
    """Return the map of a font: glyph by glyph, the character that it is called."""
    called = {number: say(sign) for sign, number in numbers.items()}
    mapped = [f"<{number:04x}> <{ord(sign):04x}>" for number, sign in called.items() if sign]
    text = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
        "1 begincodespacerange <0000> <ffff> endcodespacerange\n"
        f"{len(mapped)} beginbfchar\n{chr(10).join(mapped)}\nendbfchar endcmap end end"
    )
    return _stream(text.encode())


def _operators(page: PrintedPage, numbers: dict[str, int]) -> Iterator[str]:
    yield "0.5 w"
    for stroke in page.strokes:
        yield (
            f"{stroke.x0:.2f} {page.height - stroke.y0:.2f} m "
            f"{stroke.x1:.2f} {page.height - stroke.y1:.2f} l S"
        )
    for words in page.words:
        a, b = cos(radians(words.turned)), sin(radians(words.turned))
        codes = "".join(f"{numbers[sign]:04x}" for sign in words.text)
        base = page.height - words.y + 0.12 * words.size
        yield (
            f"BT /F {words.size:g} Tf {a:.4f} {b:.4f} {-b:.4f} {a:.4f} {words.x:.2f} {base:.2f} Tm "
            f"<{codes}> Tj ET"
        )


def _stream(data: bytes) -> bytes:
    packed = zlib.compress(data)
    head = b"<< /Length %d /Filter /FlateDecode >>" % len(packed)
    return head + b"\nstream\n" + packed + b"\nendstream"


def _file_of(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    begin = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for place in places:
        out += b"%010d 00000 n \n" % place
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        begin,
    )
    return bytes(out)


def ofd_of(pages: Sequence[PrintedPage]) -> bytes:
    """The bytes of an .ofd."""
    listed = "".join(
        f'<ofd:Page ID="{number + 2}" BaseLoc="Pages/Page_{number}/Content.xml"/>'
        for number in range(len(pages))
    )
    parts = {
        "OFD.xml": f'{_XML}<ofd:OFD {_SPACE} DocType="OFD"><ofd:DocBody><ofd:DocRoot>'
        "Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f"{_XML}<ofd:Document {_SPACE}><ofd:Pages>{listed}</ofd:Pages>"
        "</ofd:Document>",
    }
    for number, page in enumerate(pages):
        objects = "".join([*map(_path_object, page.strokes), *map(_text_object, page.words)])
        parts[f"Doc_0/Pages/Page_{number}/Content.xml"] = (
            f'{_XML}<ofd:Page {_SPACE}><ofd:Content><ofd:Layer ID="1">{objects}</ofd:Layer>'
            "</ofd:Content></ofd:Page>"
        )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return stream.getvalue()


def _path_object(stroke: Stroke) -> str:
    x0, y0, x1, y1 = (value / _MILLIMETRE for value in (stroke.x0, stroke.y0, stroke.x1, stroke.y1))
    return (
        '<ofd:PathObject ID="4" Boundary="0 0 297 210"><ofd:AbbreviatedData>'
        f"M {x0:.3f} {y0:.3f} L {x1:.3f} {y1:.3f}</ofd:AbbreviatedData></ofd:PathObject>"
    )


def _text_object(words: Words) -> str:
    size = words.size / _MILLIMETRE
    steps = [size if ord(sign) > 0xFF else size / 2 for sign in words.text[:-1]]
    a, b = cos(radians(-words.turned)), sin(radians(-words.turned))
    turned = f' CTM="{a:.4f} {b:.4f} {-b:.4f} {a:.4f} 0 0"' if words.turned else ""
    x, y = words.x / _MILLIMETRE, (words.y - 0.15 * words.size) / _MILLIMETRE
    return (
        f'<ofd:TextObject ID="3" Boundary="{x:.3f} {y:.3f} 200 10" Font="1" '
        f'Size="{size:.3f}"{turned}>'
        f'<ofd:TextCode X="0" Y="0" DeltaX="{" ".join(f"{step:.3f}" for step in steps)}">'
        f"{escape(words.text)}</ofd:TextCode></ofd:TextObject>"
    )
