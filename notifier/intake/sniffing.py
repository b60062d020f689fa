"""What kind of file some bytes are, for bytes that come without a name."""

from __future__ import annotations

import io
import json
import zipfile

from notifier.errors import IntakeError
from notifier.intake.encoding import decode
from notifier.intake.limits import Limits

_HEAD = 20_000  # characters: enough for titles above the headings of a table


def suffix_of(data: bytes) -> str:
    """Return the suffix that a file of these bytes would have: `.pdf`, `.xlsx`, `.csv`. IntakeError if they are empty
    or of no kind that is read."""
    if not data:
        raise IntakeError("it is empty")
    if data.startswith(b"%PDF"):
        return ".pdf"
    if data.startswith(b"PK"):
        return _of_archive(data)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return ".doc"  # refused by its name, with what to do
    return _of_text(decode(data)[:_HEAD].lstrip("\ufeff \r\n"))


def _of_archive(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError) as fault:
        raise IntakeError(f"the file is damaged or encrypted: {fault}") from None
    for folder, suffix in (("xl/", ".xlsx"), ("word/", ".docx")):
        if any(name.startswith(folder) for name in names):
            return suffix
    raise IntakeError("it can be read as neither a document nor a table: give it a name with an ending")


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
    """Whether a row of headings that are known stands near the beginning."""
    from notifier.intake import read_data

    whole_lines = text if len(text) < _HEAD else text[: text.rfind("\n") + 1]
    try:
        return bool(read_data("stdin.csv", whole_lines.encode(), Limits()))
    except IntakeError:
        return False
