"""Read published notices: any document becomes parcels with milestones, and findings."""

from __future__ import annotations

from pathlib import PurePath

from notifier.domain.values import Notice
from notifier.errors import IntakeError
from notifier.intake.documents import Document, read_document
from notifier.intake.limits import Limits
from notifier.intake.notice import reader
from notifier.intake.notice.broken_text import mark_broken
from notifier.intake.notice.folded_text import unguarded
from notifier.intake.notice.scanned import mark_scanned

__all__ = ["document_of", "read_notice", "understand"]


def understand(document: Document) -> Notice:
    """The notice that a document is. Whatever is not understood is a finding."""
    document = unguarded(document)
    notice = mark_broken(reader.understand(document), document)
    return mark_scanned(notice, document.scans)


def read_notice(path: PurePath, data: bytes, limits: Limits) -> list[Notice]:
    """The notice in a published text. IntakeError says in one sentence why there is none."""
    return [understand(document_of(path, data, limits))]


def document_of(path: PurePath, data: bytes, limits: Limits) -> Document:
    """The document that a published text is. IntakeError if it holds none."""
    document = read_document(path.name, data, limits)
    if not document.blocks:
        raise IntakeError("it holds no text")
    return document
