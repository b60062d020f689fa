"""Tell the kind of file from its bytes.

The first bytes decide; a name only tells kinds of text apart.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from contextlib import suppress
from pathlib import PurePosixPath

from notifier.errors import IntakeError, UnknownOffice
from notifier.intake.encoding import decode
from notifier.intake.limits import Limits

TEXTS = (".md", ".txt", ".csv", ".tsv", ".json", ".jsonl", ".toml", ".html", ".htm")
DOCUMENTS = (
    ".md",
    ".txt",
    ".html",
    ".htm",
    ".docx",
    ".pdf",
    ".doc",
    ".wps",
    ".rtf",
    ".odt",
    ".ofd",
)
SHEETS = (".xlsx", ".xls", ".et", ".xlsb", ".ods")
BUNDLES = (".zip", ".eml", ".mht", ".mhtml")
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".heic")

TEXT_DOCUMENTS = frozenset(
    {".md", ".txt", ".html", ".docx", ".pdf", ".doc", ".rtf", ".odt", ".ofd", *PICTURES}
)
"""Kinds, as `kind_of` tells them, that are read as one published text."""

WORKBOOKS = frozenset({".xlsx", ".xls", ".xlsb", ".ods", ".xml"})
"""Kinds that are sheets of cells."""

_SIGNED = frozenset(DOCUMENTS + SHEETS + PICTURES) - {*TEXTS, ".doc", ".wps", ".xls", ".et"}
"""Formats that begin with a mark of their own; pages and tables of HTML are kept under the names of
the old ones."""

_HEAD = 20_000  # characters: enough for titles above the headings of a table
_MAGIC = (
    (b"{\\rtf", ".rtf"),
    (b"\x89PNG", ".png"),
    (b"\xff\xd8\xff", ".jpg"),
    (b"II*\0", ".tif"),
    (b"MM\0*", ".tif"),
    (b"GIF8", ".gif"),
)
_PDF_HEAD = 1024  # bytes in which readers look for the mark of a PDF
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STREAMS = (
    ("EncryptedPackage", ""),
    ("WordDocument", ".doc"),
    ("Workbook", ".xls"),
    ("Book", ".xls"),
)
_PARTS = (
    ("xl/workbook.bin", ".xlsb"),
    ("xl/", ".xlsx"),
    ("word/", ".docx"),
    ("OFD.xml", ".ofd"),
)
_ODF = {
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
}
_OF_ODF = {"META-INF/manifest.xml", "content.xml"}
_PAGE = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,400}?-->\s*)?(?:<!doctype html|<html|<head|<body)",
    re.I | re.S,
)
_SHEET_XML = re.compile(r"\s*<\?xml[^>]*>.{0,400}?<(?:\w+:)?Workbook[\s>]", re.S)
_MAIL = re.compile(r"(?:[A-Za-z][A-Za-z0-9-]*:[^\n]*\r?\n(?:[ \t][^\n]*\r?\n)*){2,}")
_IS_MIME = re.compile(r"^(?:mime-version|content-type):", re.I | re.M)


def kind_of(name: str, data: bytes) -> str:
    """Return the suffix by which bytes are read: `.pdf`, `.xlsx`, `.csv`.

    That of `name` where the bytes do not tell.

    IntakeError if they are empty, protected by a password or of no kind that is read.
    """
    if not data:
        raise IntakeError("it is empty")
    suffix = PurePosixPath(name).suffix.lower()
    signed = _of_signature(data)
    if signed:
        return signed
    head = _text_head(name, data)
    marked = _of_marked_text(head)
    if marked or suffix in TEXTS + BUNDLES[1:]:
        return marked or {".htm": ".html", ".mhtml": ".mht"}.get(suffix, suffix)
    if suffix in (".doc", ".wps", ".xls", ".et"):
        if head.startswith("<"):  # a table alone, as many an export writes it
            return ".html"
        return ".txt" if suffix in (".doc", ".wps") else ".csv"
    if suffix:
        raise IntakeError(_not_read(suffix))
    return _of_text(head)


def _not_read(suffix: str) -> str:
    kinds = " ".join(DOCUMENTS + SHEETS + BUNDLES + TEXTS[2:7] + PICTURES)
    return f"a {suffix} file is neither a record nor a notice: expected one of {kinds}"


def _of_signature(data: bytes) -> str:
    """The suffix that the first bytes of a binary format tell, or nothing."""
    for magic, suffix in _MAGIC:
        if data.startswith(magic):
            return suffix
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _of_archive(data)
    if data.startswith(_OLE):
        return _of_compound(data)
    if b"%PDF-" in data[:_PDF_HEAD]:  # after archives: one may hold a PDF as it is
        return ".pdf"
    if data.startswith(b"BM") and data[6:10] == bytes(4):  # a heading may begin so, too
        return ".bmp"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return ".webp"
    if data[4:8] == b"ftyp" and data[8:12] in (b"heic", b"heix", b"mif1", b"msf1", b"hevc"):
        return ".heic"
    if data.startswith((b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")):
        raise IntakeError("this is an archive other than .zip: unpack it, or pack it as .zip")
    return ""


def _of_archive(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            kind = (
                archive.read("mimetype")[:100].decode("ascii", "replace").strip()
                if "mimetype" in names
                else ""
            )
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
        EOFError,
        OSError,
        ValueError,
        KeyError,
    ) as fault:
        raise IntakeError(f"the file is damaged or encrypted: {fault}") from None
    except Exception as fault:  # noqa: BLE001  # zlib.error and what a hostile archive may still raise
        raise IntakeError(f"the file is damaged: {fault}") from None
    if kind in _ODF:
        return _ODF[kind]
    if _OF_ODF.issubset(names):  # its members are no notices by themselves
        raise IntakeError("it does not say what kind of OpenDocument it is: save it again")
    return next(
        (suffix for part, suffix in _PARTS if any(name.startswith(part) for name in names)), ".zip"
    )


def _of_compound(data: bytes) -> str:
    """Return the kind of an old file of Word, Excel or WPS.

    They are one container; its folder names the streams within.
    """
    for stream, suffix in _STREAMS:
        if (stream + "\0").encode("utf-16-le") in data:
            if not suffix:
                raise IntakeError("it is protected by a password: save it without one")
            return suffix
    raise UnknownOffice


def _text_head(name: str, data: bytes) -> str:
    """The first characters of a text. IntakeError if it is none."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in _SIGNED:
        raise IntakeError(f"this is not a readable {suffix}: its first bytes are not those of one")
    for part in (data[: 4 * _HEAD], data):  # the cut may have parted a character
        with suppress(IntakeError):
            return decode(part)[:_HEAD].lstrip("\ufeff \r\n\t")
    if suffix and suffix not in TEXTS + BUNDLES:
        raise IntakeError(_not_read(suffix))
    return decode(data)


def _of_marked_text(head: str) -> str:
    """The suffix of a text that says what it is in its first characters, or nothing."""
    if _PAGE.match(head[:2_000]):
        return ".html"
    if _SHEET_XML.match(head[:2_000]):
        return ".xml"
    mail = _MAIL.match(head[:8_000])
    if mail is not None and _IS_MIME.search(mail[0]):
        return ".eml"
    return ""


def _of_text(text: str) -> str:
    if text[:1] in ("{", "["):
        return ".jsonl" if _is_json(text.partition("\n")[0]) and text.count("\n{") else ".json"
    if text[:1] == "<":
        return ".html"
    return ".csv" if _is_table(text) else ".md"


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _is_table(text: str) -> bool:
    """Return whether a row of headings that are known stands near the beginning."""
    from notifier.intake.records import read_records

    whole_lines = text if len(text) < _HEAD else text[: text.rfind("\n") + 1]
    try:
        return bool(read_records(PurePosixPath("stdin.csv"), whole_lines.encode(), Limits()))
    except IntakeError:
        return False
