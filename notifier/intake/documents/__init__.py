"""Any published format in, one small document out. Nobody else knows how a file of a format is read."""

from __future__ import annotations

from pathlib import Path

from notifier.errors import IntakeError
from notifier.intake.documents.document import Cell, Document, Paragraph, Table
from notifier.intake.documents.docx import read_docx
from notifier.intake.documents.html import read_html, read_html_text
from notifier.intake.documents.pdf import read_pdf
from notifier.intake.documents.text import read_text
from notifier.intake.limits import Limits

__all__ = [
    "SUFFIXES",
    "Cell",
    "Document",
    "Paragraph",
    "Table",
    "read_document",
    "read_document_file",
    "read_html_text",
]

SUFFIXES = (".md", ".txt", ".html", ".htm", ".docx", ".pdf")


def read_document_file(path: Path, limits: Limits) -> Document:
    """The document in a file of one of SUFFIXES. IntakeError says in one sentence why there is none."""
    try:
        with open(path, "rb") as stream:
            data = stream.read(limits.file_bytes + 1)
    except OSError as fault:
        raise IntakeError(f"it cannot be opened: {fault.strerror}") from None
    return read_document(path.name, data, limits)


def read_document(file: str, data: bytes, limits: Limits) -> Document:
    """The document in the bytes of `file`, whose suffix says how they are read. IntakeError beyond the limits."""
    if len(data) > limits.file_bytes:
        raise IntakeError(f"it is larger than {limits.file_bytes} bytes: refused")
    suffix = Path(file).suffix.lower()
    if suffix in (".html", ".htm"):
        return read_html(data, file, limits)
    if suffix in (".md", ".txt"):
        return read_text(data, file, limits, markdown=suffix == ".md")
    if suffix == ".docx":
        return read_docx(data, file, limits)
    if suffix == ".pdf":
        return read_pdf(data, file, limits)
    raise IntakeError(f"a {suffix or 'nameless'} file is no published notice: expected one of {' '.join(SUFFIXES)}")
