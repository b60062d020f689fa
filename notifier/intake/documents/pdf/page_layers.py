"""The pages of a PDF as blocks in reading order."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from notifier.errors import IntakeError
from notifier.intake.documents.aligned_tables import aligned_tables
from notifier.intake.documents.grid import is_data
from notifier.intake.documents.pdf.lines import (
    Char,
    PrintedLine,
    chars_of,
    is_unreadable,
    lines_of,
    pieces_of,
)
from notifier.intake.documents.pdf.ruled_tables import Box, continues, join, spans_of
from notifier.intake.documents.words import tidy

_MOST_CHARACTERS = 2_000_000
_BARE_MARK = re.compile(r"\d{1,3}")
_PAGE_MARK = re.compile(
    r"[-–—~·\s]*(?:第\s*)?\d{1,3}\s*(?:页?\s*[/,，]?\s*共?\s*\d{1,3}\s*页?|页)?[-–—~·\s]*"
)
_ITEM = re.compile(
    r"[\u4e00-\u9fff]{1,3}、|[（(]?[\u4e00-\u9fff\d]{1,3}[）)]|\d{1,2}[、.](?!\d)|[①-⑳]"
)
_ENDS = ("。", "；", "：", ";", ":", "！", "？", "|")
_NEVER_FIRST = tuple("。，；、：）！？")  # in a line
_FEWEST_FULL = 2  # lines that reach the right margin
_INDENT = 3  # characters by which the first line of a paragraph may be set in
_MARGIN = 20.0  # points by which the right one may differ from the left one
_RULED = {"vertical_strategy": "lines", "horizontal_strategy": "lines"}


# x0, top, x1, bottom of each cell of a ruled table
Cells = Sequence[tuple[float, float, float, float]]


@dataclass(slots=True)
class Page:
    """The contents of one page; `turned`: words that stand upside down or across.

    `width` in points, 0 where it is not known.
    """

    number: int
    width: float = 0.0
    lines: list[PrintedLine] = field(default_factory=list)
    tables: list[list[Box]] = field(default_factory=list)
    turned: str = ""
    struck: list[str] = field(default_factory=list)
    readable: bool = True

    def flow(self) -> list[PrintedLine | list[Box]]:
        """Lines and tables from above."""
        return sorted([*self.lines, *self.tables], key=_top)


def _top(block: PrintedLine | list[Box]) -> float:
    return block.top if isinstance(block, PrintedLine) else min(box.top for box in block)


def read_pages(data: bytes, most_pages: int) -> tuple[list[Page], str]:
    """(the pages of a PDF, its title). IntakeError if it is no readable PDF."""
    import pdfplumber
    from pdfminer.pdfdocument import PDFEncryptionError, PDFPasswordIncorrect
    from pdfplumber.utils.exceptions import PdfminerException

    try:
        with pdfplumber.open(io.BytesIO(data)) as pdf:
            pages = [_page(page) for page in _counted(pdf, most_pages)]
            title = pdf.metadata.get("Title")
    except (IntakeError, MemoryError):
        raise
    except Exception as fault:  # noqa: BLE001  # a damaged file raises from every layer of pdfminer
        cause = fault.args[0] if isinstance(fault, PdfminerException) and fault.args else fault
        if isinstance(cause, PDFPasswordIncorrect | PDFEncryptionError):
            raise IntakeError("it is protected by a password: save it without one") from None
        raise IntakeError(f"this is not a readable PDF: {type(cause).__name__}") from None
    return pages, title if isinstance(title, str) else ""


def answer_of(pages: Sequence[Page], title: str) -> dict[str, Any]:
    """Return what the pages hold as JSON: `{"title", "blocks", "struck", "unread"}`.

    A block is `{"page", "line", "text"}` or `{"page", "rows": [[span]]}`, what is struck out
    `[page, text]`. IntakeError if no page holds text.
    """
    if not any(page.lines or page.tables or page.turned for page in pages if page.readable):
        raise IntakeError(
            "it has no text that can be read (a scan, or letters without meaning): get a "
            "version with text"
        )
    _drop_page_marks(pages)
    for page in pages:
        _join_broken_lines(page)
    return {
        "title": title,
        "blocks": list(_blocks(pages)),
        "struck": [[page.number, text] for page in pages for text in page.struck],
        "unread": [page.number for page in pages if not page.readable],
    }


def _counted(pdf: Any, most_pages: int) -> Iterable[Any]:
    """The pages, each let go of after its use."""
    from pdfminer.pdfpage import PDFPage

    if (
        sum(
            1
            for number, _ in zip(range(most_pages + 1), PDFPage.create_pages(pdf.doc), strict=False)
        )
        > most_pages
    ):
        raise IntakeError(f"it has more than {most_pages} pages: split the file")
    characters = 0
    for page in pdf.pages:
        characters += len(page.chars)
        if characters > _MOST_CHARACTERS:
            raise IntakeError(f"it has more than {_MOST_CHARACTERS} characters: split the file")
        yield page
        page.close()


def _page(page: Any) -> Page:
    chars = chars_of(page)
    ruled = [table.cells for table in page.find_tables(_RULED)]
    places = [_place(piece) for piece in pieces_of(chars)]
    tables = [*ruled, *aligned_tables(places, ruled).tables]
    found = page_of(page.page_number, chars, tables, has_pictures=bool(page.images))
    found.width = float(page.width)
    return found


def _place(piece: Sequence[Char]) -> tuple[float, float, float, float]:
    return (
        piece[0].x0,
        min(char.top for char in piece),
        piece[-1].x1,
        max(char.bottom for char in piece),
    )


def page_of(
    number: int, chars: Sequence[Char], tables: Sequence[Cells], *, has_pictures: bool
) -> Page:
    """The page that holds these characters, in these ruled tables."""
    unreadable = sum(map(is_unreadable, chars))
    found = Page(
        number=number,
        readable=unreadable * 2 <= len(chars) if chars else not has_pictures,
        struck=[line.text for line in lines_of(char for char in chars if char.struck)],
        turned="".join(char.text for char in chars if not char.upright and not char.struck),
    )
    if not found.readable:
        found.struck, found.turned = [], ""
        return found
    left = [char for char in chars if char.upright and not char.struck]
    for cells in tables:
        boxes, rest = _boxes(cells, left, number)
        if is_data(spans_of(boxes), nested=False):
            found.tables.append(boxes)
            left = rest
    found.lines = lines_of(left)
    return found


def ruled_cells(strokes: Iterable[Mapping[str, Any]]) -> Sequence[Cells]:
    """Return the cells of each table that straight strokes rule.

    A stroke: `x0`, `x1`, `top`, `bottom`, `orientation` h or v.
    """
    from pdfplumber import table

    edges = [
        dict(stroke, width=stroke["x1"] - stroke["x0"], height=stroke["bottom"] - stroke["top"])
        for stroke in strokes
    ]
    merged = table.merge_edges(edges, 3, 3, 3, 3)
    crossings = table.edges_to_intersections(merged, 3, 3)
    tables: Sequence[Cells] = table.cells_to_tables(table.intersections_to_cells(crossings))
    return tables


def _boxes(cells: Cells, chars: list[Char], page: int) -> tuple[list[Box], list[Char]]:
    """The cells with their text, and the characters that stand in none."""
    outside = [char for char in chars if not any(char.is_in(cell) for cell in cells)]
    gone = {id(char) for char in outside}
    inside = [char for char in chars if id(char) not in gone]
    boxes = [
        Box(*cell, page=page, lines=lines_of(char for char in inside if char.is_in(cell)))
        for cell in cells
    ]
    return boxes, outside


# page marks


def _drop_page_marks(pages: Sequence[Page]) -> None:
    """Return the blocks without page numbers and running heads.

    They would part a sentence, or a date, that goes on overleaf.
    """
    before: dict[int, str] = {}
    for page in pages:
        for end in (0, -1):
            while page.lines and _is_edge(page, end) and _is_mark(page, end, before.get(end, "")):
                del page.lines[end]
                before.pop(end, None)
            if page.lines:
                before[end] = page.lines[end].text


def _is_edge(page: Page, end: int) -> bool:
    """Return whether no table stands beyond the line at that end of the page."""
    return page.flow()[end] is page.lines[end]


def _is_mark(page: Page, end: int, before: str) -> bool:
    line = page.lines[end]
    if before and line.text == before:
        return True
    if not _PAGE_MARK.fullmatch(line.text):
        return False
    if not _BARE_MARK.fullmatch(line.text):
        return True
    if len(page.lines) < 2:
        return True
    near = page.lines[1 if end == 0 else -2]
    gap = near.top - line.bottom if end == 0 else line.top - near.bottom
    return gap > line.bottom - line.top


# lines that go on


def _join_broken_lines(page: Page) -> None:
    """Make one line of those that the margin broke in the midst of a sentence."""
    left = min((line.x0 for line in page.lines), default=0.0)
    right = max((line.x1 for line in page.lines), default=0.0)
    full = [line for line in page.lines if line.x1 + line.first > right]
    if len(full) < _FEWEST_FULL or abs(page.width - right - left) > _MARGIN:
        return
    joined: list[PrintedLine] = []
    before: PrintedLine | list[Box] | None = None
    for block in page.flow():
        if isinstance(block, PrintedLine):
            is_rest = isinstance(before, PrintedLine) and _goes_on(before, block, left, right)
            if is_rest:
                joined[-1] = replace(joined[-1], text=joined[-1].text + block.text)
            else:
                joined.append(block)
        before = block
    page.lines = joined


def _goes_on(before: PrintedLine, line: PrintedLine, left: float, right: float) -> bool:
    """Return whether `line` is the rest of the sentence of the line before it, which is full."""
    size = max(before.size, line.size)
    if abs(before.size - line.size) > size / 4 or before.parted or line.parted:
        return False
    moved = (
        line.first if line.text[1:2] in _NEVER_FIRST else 0.0
    )  # went overleaf with its full stop
    is_full = before.x1 + line.first + moved > right and before.x0 - left < _INDENT * size
    is_below = line.top - before.bottom < 2 * size and line.x0 - left < size / 2
    ends = before.text.endswith(_ENDS) or _ITEM.match(line.text) is not None
    return is_full and is_below and not ends


# blocks


def _blocks(pages: Sequence[Page]) -> Iterable[dict[str, Any]]:
    """All pages as one flow; a table that goes on overleaf is one table."""
    flow: list[tuple[int, int, PrintedLine | list[Box] | str]] = []
    for page in pages:
        count = 0
        for number, block in enumerate(page.flow()):
            if isinstance(block, PrintedLine):
                count += 1
            last: PrintedLine | list[Box] | str | None = (
                flow[-1][2] if flow and number == 0 else None
            )
            if isinstance(block, list) and isinstance(last, list) and continues(last, block):
                flow[-1] = (flow[-1][0], flow[-1][1], join(last, block))
            else:
                flow.append((page.number, count, block))
        if page.turned:
            flow.append((page.number, count + 1, page.turned))
    for page_number, line, found in flow:
        if isinstance(found, list):
            rows = [
                [asdict(span) | {"text": tidy(span.text)} for span in row]
                for row in spans_of(found)
            ]
            yield {"page": page_number, "rows": rows}
        else:
            text = tidy(found.text if isinstance(found, PrintedLine) else found)
            if text:
                yield {"page": page_number, "line": line, "text": text}
