"""PDF files in: lines and ruled tables, page by page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from notifier.domain.findings import Code
from notifier.domain.values import Finding, Place, Severity
from notifier.errors import IntakeError
from notifier.intake.documents.document import Document, Paragraph, Table
from notifier.intake.documents.grid import Grids, Span
from notifier.intake.documents.pdf.pages import read_pages
from notifier.intake.documents.words import report_struck_out, tidy
from notifier.intake.limits import Limits

__all__ = ["document_of", "read_pdf"]

_HEAD = 1024  # readers look for the mark of a PDF in the first kilobyte


def read_pdf(data: bytes, file: str, limits: Limits) -> Document:
    """IntakeError for a scan without text, a protected or damaged file, too many pages."""
    if b"%PDF-" not in data[:_HEAD]:
        raise IntakeError("this is not a readable PDF: its first bytes are not those of one")
    return document_of(read_pages(data, limits.pages), file, limits)


def document_of(answer: Mapping[str, Any], file: str, limits: Limits) -> Document:
    """The document that the pages of a PDF, or of a like format, make: `answer` as `read_pages` returns it."""
    grids = Grids(limits)
    blocks = [found for block in answer["blocks"] if (found := _block(block, grids)) is not None]
    findings = [
        Finding(code=Code.NO_TEXT_LAYER, severity=Severity.ERROR, place=Place(page=page)) for page in answer["unread"]
    ]
    for page, text in answer["struck"]:
        report_struck_out(findings, text, Place(page=page))
    return Document(file=file, blocks=tuple(blocks), title=tidy(answer["title"]), findings=tuple(findings))


def _block(block: Mapping[str, Any], grids: Grids) -> Paragraph | Table | None:
    if "rows" in block:
        return grids.table([[Span(**span) for span in row] for row in block["rows"]])
    return Paragraph(text=block["text"], place=Place(page=block["page"], line=block["line"]))
