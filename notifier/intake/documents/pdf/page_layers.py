"""The pages of a PDF as blocks in reading order."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import islice, pairwise
from typing import Any

from notifier.errors import IntakeError
from notifier.intake.documents.grid import is_data
from notifier.intake.documents.pdf.broken_tables import BrokenTable
from notifier.intake.documents.pdf.damaged_streams import (
    DamagedStreams,
    damaged_streams,
    own_streams,
    shape_streams,
)
from notifier.intake.documents.pdf.letters import has_no_meaning, is_gibberish
from notifier.intake.documents.pdf.lines import (
    Char,
    PrintedLine,
    chars_of,
    lines_of,
)
from notifier.intake.documents.pdf.page_contents import Page
from notifier.intake.documents.pdf.page_marks import drop_page_marks
from notifier.intake.documents.pdf.ruled_tables import (
    Box,
    Cells,
    boxes_of,
    closing_strokes,
    mark_open,
    spans_of,
)
from notifier.intake.documents.pdf.unruled_tables import set_unruled_tables
from notifier.intake.documents.words import tidy

_MOST_CHARACTERS = 2_000_000
_ITEM = re.compile(
    r"[\u4e00-\u9fff]{1,3}、|[（(]?[\u4e00-\u9fff\d]{1,3}[）)]|\d{1,2}[、.](?!\d)|[①-⑳]"
)
_ENDS = ("。", "；", "：", ";", ":", "！", "？", "|")
_NEVER_FIRST = tuple("。，；、：）！？")  # in a line
_FEWEST_FULL = 2  # lines that reach the right margin
_INDENT = 3  # characters by which the first line of a paragraph may be set in
_MARGIN = 20.0  # points by which the right one may differ from the left one
_SHARE_OF_PATCHES = 10  # a bullet that begins each line is less
_RULED = {"vertical_strategy": "lines", "horizontal_strategy": "lines"}


def read_pages(data: bytes, most_pages: int) -> tuple[list[Page], str]:
    """(the pages of a PDF, its title). IntakeError if it is no readable PDF."""
    import pdfplumber
    from pdfminer.pdfdocument import PDFEncryptionError, PDFPasswordIncorrect
    from pdfplumber.utils.exceptions import PdfminerException

    try:
        with damaged_streams() as damaged, pdfplumber.open(io.BytesIO(data)) as pdf:
            _check_count(pdf, most_pages)
            pages = list(_pages(pdf, damaged))
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
    """Return what the pages hold as JSON: `{"title", "blocks", "struck", "unread", "broken"}`.

    A block is `{"page", "line", "text"}` or `{"page", "rows": [[span]]}`, what is struck out
    `[page, text]`. IntakeError if no page holds text.
    """
    if not any(page.has_text for page in pages):
        raise IntakeError(
            "it has no text that can be read (a scan, or letters without meaning): get a "
            "version with text"
        )
    drop_page_marks(pages)
    set_unruled_tables(pages)
    _take_scraps(pages)
    for page in pages:
        _join_broken_lines(page)
    return {
        "title": title,
        "blocks": list(_blocks(pages)),
        "struck": [[page.number, text] for page in pages for text in page.struck],
        "unread": [page.number for page in pages if not page.readable],
        "broken": [page.number for page in pages if page.readable and page.is_broken],
    }


def _check_count(pdf: Any, most_pages: int) -> None:
    from pdfminer.pdfpage import PDFPage

    pages = PDFPage.create_pages(pdf.doc)
    if sum(1 for _ in islice(pages, most_pages + 1)) > most_pages:
        raise IntakeError(f"it has more than {most_pages} pages: split the file")


def _pages(pdf: Any, damaged: DamagedStreams) -> Iterable[Page]:
    """The pages, each let go of after its use."""
    characters = 0
    for page in pdf.pages:
        own, shapes = own_streams(page), shape_streams(page)
        characters += len(page.chars)
        if characters > _MOST_CHARACTERS:
            raise IntakeError(f"it has more than {_MOST_CHARACTERS} characters: split the file")
        found = _page(page)
        found.damaged = damaged.touch(own, shapes)
        yield found
        page.close()


def _page(page: Any) -> Page:
    chars = chars_of(page)
    closing = closing_strokes(page.edges)
    tables = page.find_tables(_RULED | {"explicit_horizontal_lines": closing})
    found = page_of(
        page.page_number,
        chars,
        [table.cells for table in tables],
        has_pictures=bool(page.images),
        closing=closing,
    )
    found.width = float(page.width)
    return found


def page_of(
    number: int,
    chars: Sequence[Char],
    tables: Sequence[Cells],
    *,
    has_pictures: bool,
    closing: Sequence[Mapping[str, Any]] = (),
) -> Page:
    """The page that holds these characters, in these tables.

    `closing`: the strokes that are not drawn, as `closing_strokes` returns them.
    """
    meaningless = sum(has_no_meaning(char.text) for char in chars)
    is_text = meaningless * 2 <= len(chars) and not is_gibberish("".join(c.text for c in chars))
    found = Page(
        number=number,
        readable=is_text if chars else not has_pictures,
        patchy=meaningless * _SHARE_OF_PATCHES > len(chars),
        struck=[line.text for line in lines_of(char for char in chars if char.struck)],
        turned="".join(char.text for char in chars if not char.upright and not char.struck),
    )
    if not found.readable:
        found.struck, found.turned = [], ""
        return found
    left = [char for char in chars if char.upright and not char.struck]
    for cells in tables:
        boxes, rest = boxes_of(cells, left, number)
        if is_data(spans_of(boxes), nested=False):
            mark_open(boxes, closing)
            found.tables.append(boxes)
            left = rest
        elif any(box.lines for box in boxes):
            mark_open(boxes, closing)
            found.scraps.append(boxes)
    found.set_lines(left)
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
    edges += closing_strokes(edges)
    merged = table.merge_edges(edges, 3, 3, 3, 3)
    crossings = table.edges_to_intersections(merged, 3, 3)
    tables: Sequence[Cells] = table.cells_to_tables(table.intersections_to_cells(crossings))
    return tables


def _take_scraps(pages: Sequence[Page]) -> None:
    """Make the scrap that begins a page a table if the one that ends the page before goes on."""
    for before, page in pairwise(pages):
        scrap = next(iter(page.scraps), None)
        last, first = before.flow()[-1:], page.flow()[:1]
        if scrap is None or not last or not isinstance(last[0], list):
            continue
        is_first = any(first == [line] for box in scrap for line in box.lines)
        if is_first and BrokenTable(last[0]).goes_on_in(scrap):
            page.take_scrap(scrap)


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
    """All pages as one flow; a table that goes on overleaf is one table.

    What is turned stands behind all else of its page, and parts no table.
    """
    flow: list[tuple[int, int, PrintedLine | BrokenTable | str]] = []
    last: PrintedLine | BrokenTable | None = None
    for page in pages:
        count = 0
        for number, block in enumerate(page.flow()):
            if isinstance(block, PrintedLine):
                count += 1
                last = block
            elif number == 0 and isinstance(last, BrokenTable) and last.goes_on_in(block):
                last.add(block)
                continue
            else:
                last = BrokenTable(block)
            flow.append((page.number, count, last))
        if page.turned:
            flow.append((page.number, count + 1, page.turned))
    for page_number, line, found in flow:
        if isinstance(found, BrokenTable):
            rows = [
                [asdict(span) | {"text": tidy(span.text)} for span in row]
                for row in spans_of(found.boxes)
            ]
            yield {"page": page_number, "rows": rows}
        else:
            text = tidy(found.text if isinstance(found, PrintedLine) else found)
            if text:
                yield {"page": page_number, "line": line, "text": text}
