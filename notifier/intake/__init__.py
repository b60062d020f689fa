"""Files in, notices and findings out. Nobody else knows a file format."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

from notifier.domain.findings import Code
from notifier.domain.values import OFFERING_KINDS, Kind, Notice, Parcel
from notifier.errors import IntakeError, UnknownOffice
from notifier.intake.content import read_bytes
from notifier.intake.formats import BUNDLES, WORKBOOKS, kind_of
from notifier.intake.limits import Limits

__all__ = ["read_bytes", "read_data"]

_RECORDS = frozenset({".csv", ".tsv", ".json", ".jsonl", ".toml"})
_NAMES_OF_WORKBOOKS = frozenset({".xls", ".et", ".xlsx", ".xlsb", ".ods"})


def read_data(name: str, data: bytes, limits: Limits) -> list[Notice]:
    """Return the notices in the bytes of a file, records or published text.

    Its first bytes say how they are read.

    `file` of a notice is `name`, or `name/member` of an archive or a mail. IntakeError says in one
    sentence why there are none. Foreign bytes are read by `child.FileReader`.
    """
    if len(data) > limits.file_bytes:
        raise IntakeError(f"it is larger than {limits.file_bytes} bytes: refused")
    kind = _kind(name, data)
    if not kind:
        from notifier.intake.documents.converted import converted

        made, data = converted(name, data, limits)
        kind = kind_of(made, data)
        return [replace(notice, file=name) for notice in _read(made, kind, data, limits)]
    if kind in BUNDLES:
        from notifier.intake.bundles import read_bundle

        return read_bundle(name, kind, data, limits)
    return [replace(notice, file=name) for notice in _read(name, kind, data, limits)]


def _kind(name: str, data: bytes) -> str:
    """Return the kind by which a file is read, "" for one that another program must convert."""
    from notifier.intake.documents.converted import OTHERS, SHEETS, TEXTS

    suffix = PurePosixPath(name).suffix.lower()
    if suffix in OTHERS and data:
        return ""
    try:
        return kind_of(name, data)
    except UnknownOffice:
        if suffix in (*TEXTS, *SHEETS):
            return ""
        raise


def _read(name: str, kind: str, data: bytes, limits: Limits) -> list[Notice]:
    # loaded when a file comes: most commands read none
    from notifier.intake.landmarket import read_landmarket
    from notifier.intake.records import read_records

    path = PurePosixPath(name)
    if kind == ".json" and (found := read_landmarket(path, data, limits)) is not None:
        return found
    if kind in WORKBOOKS or (kind == ".html" and path.suffix.lower() in _NAMES_OF_WORKBOOKS):
        return _read_workbook(path, kind, data, limits)
    if kind in _RECORDS:
        return read_records(path.with_suffix(kind), data, limits)
    return _read_page(path, data, limits)


def _read_page(path: PurePosixPath, data: bytes, limits: Limits) -> list[Notice]:
    """The notice in a published text, or the records of a page that lists parcels of cities."""
    from notifier.intake.documents import Table
    from notifier.intake.documents.workbook_text import sheet_of_document
    from notifier.intake.notice import document_of, understand
    from notifier.intake.record_tables import records_of_sheets
    from notifier.intake.records import notices_of
    from notifier.intake.tables_beside import lists_cities

    document = document_of(path, data, limits)
    notice = understand(document)
    tables = [block.rows for block in document.blocks if isinstance(block, Table)]
    if notice.notice_no or notice.authority or not any(map(lists_cities, tables)):
        return [notice]
    return notices_of(path.name, list(records_of_sheets([sheet_of_document(document)])))


def _read_workbook(path: PurePosixPath, kind: str, data: bytes, limits: Limits) -> list[Notice]:
    """The records of a workbook; a workbook that holds a published notice is read as one."""
    from notifier.intake.documents.old_sheets import read_sheets
    from notifier.intake.documents.workbook_text import document_of_sheets
    from notifier.intake.notice import understand
    from notifier.intake.records import read_records

    try:
        return read_records(path.with_suffix(kind), data, limits)
    except IntakeError:
        notice = understand(document_of_sheets(read_sheets(kind, data, limits), path.name))
        # a table of which every row is struck out says so
        is_struck = any(finding.code is Code.STRUCK_OUT_TEXT for finding in notice.findings)
        says = notice.parcels or notice.changes or notice.words or is_struck
        if notice.kind is Kind.OTHER or not says:
            raise
        if not notice.title and not all(map(_is_whole, notice.parcels)):
            raise  # a list of days and what happens on them, say
        if not notice.title and _offers_without_times(notice):
            raise  # parcels beside a column that was not understood
        return [notice]


def _offers_without_times(notice: Notice) -> bool:
    offers = notice.kind in OFFERING_KINDS and bool(notice.parcels)
    return offers and not any(parcel.milestones for parcel in notice.parcels)


def _is_whole(parcel: Parcel) -> bool:
    """Return whether a parcel has figures in its number, or no times that could be another's."""
    return not parcel.milestones or any(map(str.isdigit, parcel.parcel_no))
