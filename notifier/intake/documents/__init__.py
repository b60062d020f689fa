"""Any published format in, one small document out.

Nobody else knows how a file of a format is read.
"""

from __future__ import annotations

from notifier.errors import IntakeError
from notifier.intake.documents.document import Cell, Document, Paragraph, Table
from notifier.intake.documents.docx import read_docx
from notifier.intake.documents.html import read_html, read_html_text
from notifier.intake.documents.pdf import read_pdf
from notifier.intake.documents.plain_text import read_text
from notifier.intake.formats import DOCUMENTS, PICTURES, kind_of
from notifier.intake.limits import Limits

__all__ = [
    "Cell",
    "Document",
    "Paragraph",
    "Table",
    "read_document",
    "read_html_text",
]


def read_document(file: str, data: bytes, limits: Limits) -> Document:
    """The document in the bytes of `file`, read as what they are.

    IntakeError: there is none, or beyond the limits.
    """
    if len(data) > limits.file_bytes:
        raise IntakeError(f"it is larger than {limits.file_bytes} bytes: refused")
    kind = kind_of(file, data)
    if kind in (".md", ".txt"):
        return read_text(data, file, limits, markdown=kind == ".md")
    if kind == ".docx":
        return read_docx(data, file, limits)
    if kind == ".pdf":
        return read_pdf(data, file, limits)
    if kind == ".html":
        return read_html(data, file, limits)
    return _read_rarer(kind, data, file, limits)


def _read_rarer(kind: str, data: bytes, file: str, limits: Limits) -> Document:
    """Formats whose readers are loaded when one comes."""
    if kind == ".doc":
        from notifier.intake.documents.doc import read_doc

        return read_doc(data, file, limits)
    if kind == ".rtf":
        from notifier.intake.documents.rtf import read_rtf

        return read_rtf(data, file, limits)
    if kind == ".odt":
        from notifier.intake.documents.odf import read_odt

        return read_odt(data, file, limits)
    if kind == ".ofd":
        from notifier.intake.documents.ofd import read_ofd

        return read_ofd(data, file, limits)
    if kind in PICTURES:
        from notifier.intake.documents.pictures import read_picture

        return read_picture(data, file, limits)
    raise IntakeError(
        f"a {kind} file is no published notice: expected one of {' '.join(DOCUMENTS)}"
    )
