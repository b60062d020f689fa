"""PDF files in: lines and ruled tables, page by page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from notifier.domain.findings import Code
from notifier.domain.values import Finding, Place, Severity
from notifier.errors import IntakeError, NeedsPictures
from notifier.intake.documents.document import Document, Paragraph, Scan, Table
from notifier.intake.documents.grid import CellSpan, Grids
from notifier.intake.documents.pdf.page_contents import Page
from notifier.intake.documents.pdf.page_layers import answer_of, read_pages
from notifier.intake.documents.words import report_struck_out, tidy
from notifier.intake.limits import Limits

__all__ = ["document_of", "read_pdf"]

_HEAD = 1024  # readers look for the mark of a PDF in the first kilobyte


def read_pdf(data: bytes, file: str, limits: Limits) -> Document:
    """Read a PDF.

    IntakeError for a protected or damaged file, too many pages, or no text; NeedsPictures where
    pages must be read as pictures, which the limits do not allow.
    """
    if b"%PDF-" not in data[:_HEAD]:
        raise IntakeError("this is not a readable PDF: its first bytes are not those of one")
    pages, title = read_pages(data, limits.pages)
    scans: list[Scan] = []
    if any(map(_needs_a_picture, pages)):
        pages, scans = _with_pictures(data, pages, limits)
    return document_of(answer_of(pages, title), file, limits, scans=scans)


def _with_pictures(data: bytes, pages: list[Page], limits: Limits) -> tuple[list[Page], list[Scan]]:
    """The pages with what those show that have no text, or none to rely on.

    As they are where nothing is installed that reads pictures, or these are left out.
    """
    has_text = any(page.has_text for page in pages)
    if has_text and limits.leaves_out_pictures:
        return pages, []
    from notifier.intake.documents.pictures import check_possible, page_of_picture, rendered

    try:
        check_possible(limits)
    except NeedsPictures:
        raise
    except IntakeError:
        if has_text:
            return pages, []
        raise
    found: list[Page] = []
    scans: list[Scan] = []
    for page in pages:
        if _needs_a_picture(page):
            with suppress(IntakeError):  # a damaged page cannot always be drawn
                shown, pieces = page_of_picture(page.number, rendered(data, page.number))
                if shown.has_text:
                    found.append(shown)
                    scans += pieces
                    continue
        found.append(page)
    return found, scans


def _needs_a_picture(page: Page) -> bool:
    """Return whether the page may show more than its text says."""
    return page.patchy or not page.readable


def document_of(
    answer: Mapping[str, Any], file: str, limits: Limits, *, scans: Sequence[Scan] = ()
) -> Document:
    """Return the document that the pages of a PDF, or of a like format, make.

    `answer` as `answer_of` returns it.
    """
    grids = Grids(limits, shows_merges=False)
    blocks = [found for block in answer["blocks"] if (found := _block(block, grids)) is not None]
    findings = [
        *(_of_page(Code.NO_TEXT_LAYER, Severity.ERROR, page) for page in answer["unread"]),
        *(_of_page(Code.PAGE_BROKEN, Severity.WARNING, page) for page in answer["broken"]),
    ]
    for page, text in answer["struck"]:
        report_struck_out(findings, text, Place(page=page))
    return Document(
        file=file,
        blocks=tuple(blocks),
        title=tidy(answer["title"]),
        findings=tuple(findings),
        scans=tuple(scans),
        broken_pages=frozenset(answer["broken"]),
    )


def _of_page(code: Code, severity: Severity, page: int) -> Finding:
    return Finding(code=code, severity=severity, place=Place(page=page), params={"page": str(page)})


def _block(block: Mapping[str, Any], grids: Grids) -> Paragraph | Table | None:
    if "rows" in block:
        return grids.table([[CellSpan(**span) for span in row] for row in block["rows"]])
    return Paragraph(text=block["text"], place=Place(page=block["page"], line=block["line"]))
