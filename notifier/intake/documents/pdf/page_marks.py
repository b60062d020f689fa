"""Page numbers, running heads and feet: what stands on pages and belongs to no text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from notifier.intake.documents.pdf.lines import PrintedLine
from notifier.intake.documents.pdf.page_contents import Page

_HEAD, _FOOT = 0, -1
_BARE_MARK = re.compile(r"\d{1,3}(?:\s+\d{1,3})?")
_PAGE_MARK = re.compile(
    r"[-–—~·\s]*(?:第\s*)?\d{1,3}\s*(?:页?\s*[/,，]?\s*共?\s*\d{1,3}\s*页?|页)?[-–—~·\s]*"
)
_NUMBER = re.compile(r"\d+")
_SAME_PLACE = 4.0  # points


def drop_page_marks(pages: Sequence[Page]) -> None:
    """Drop page numbers, and running heads and feet.

    They would part a sentence, a date or a table that goes on overleaf. The head of the first page
    that has it stays.
    """
    for end in (_HEAD, _FOOT):
        while marked := _marked(pages, end):
            for page in marked:
                page.drop_line(end)


def _marked(pages: Sequence[Page], end: int) -> list[Page]:
    """Return the pages whose line at that end is no text."""
    edges = [(page, line) for page in pages if (line := _edge(page, end)) is not None]
    marked = {page.number: page for page, line in edges if _is_number(page, line, end)}
    for (before, above), (page, line) in pairwise(edges):
        if not _runs(before, above, page, line, end):
            continue
        marked[page.number] = page
        if end == _FOOT:
            marked[before.number] = before
    return list(marked.values())


def _edge(page: Page, end: int) -> PrintedLine | None:
    """Return the line at that end of the page if no table stands beyond it."""
    if not page.lines or page.flow()[end] is not page.lines[end]:
        return None
    return page.lines[end]


def _is_number(page: Page, line: PrintedLine, end: int) -> bool:
    if not _PAGE_MARK.fullmatch(line.text):
        return False
    return not _BARE_MARK.fullmatch(line.text) or _stands_off(page, line, end, 1.0)


def _runs(before: Page, above: PrintedLine, page: Page, line: PrintedLine, end: int) -> bool:
    """Return whether two pages have the same line at their ends, but for the number of the page.

    The last line of a cell may be the same on two pages, too: it stands nearer to the text.
    """
    is_at_its_place = abs(above.top - line.top) <= _SAME_PLACE
    if above.text == line.text:
        gap = 0.7 if is_at_its_place else 1.0
        return _stands_off(page, line, end, gap) and _stands_off(before, above, end, gap)
    return (
        is_at_its_place
        and _counts(above.text, line.text, page.number - before.number)
        and _stands_off(page, line, end, 1.0)
        and _stands_off(before, above, end, 1.0)
    )


def _counts(before: str, text: str, pages: int) -> bool:
    """Return whether two lines differ in one number alone, which counts the pages."""
    if _NUMBER.sub("#", before) != _NUMBER.sub("#", text):
        return False
    figures = zip(_NUMBER.findall(before), _NUMBER.findall(text), strict=True)
    differing = [(first, second) for first, second in figures if first != second]
    return len(differing) == 1 and int(differing[0][1]) - int(differing[0][0]) == pages


def _stands_off(page: Page, line: PrintedLine, end: int, heights: float) -> bool:
    """Return whether so many heights of the line lie between it and the text of its page."""
    flow = page.flow()
    if len(flow) < 2:
        return True
    near = flow[1 if end == _HEAD else -2]
    if isinstance(near, PrintedLine):
        top, bottom = near.top, near.bottom
    else:
        top, bottom = min(box.top for box in near), max(box.bottom for box in near)
    gap = top - line.bottom if end == _HEAD else line.top - bottom
    return gap > heights * (line.bottom - line.top)
