"""Old Word files in (.doc, .wps): turned into a .docx in memory's own folder, and read as one.

What the conversion may lose is looked for a second time: the file's own text, without any layout,
is the witness. A time that only one of both knows is a finding.
"""

from __future__ import annotations

import io
import re
import struct
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from notifier.domain.findings import Code
from notifier.domain.values import Finding, Severity
from notifier.errors import IntakeError
from notifier.intake.documents.document import Document
from notifier.intake.documents.docx import read_docx
from notifier.intake.limits import Limits
from notifier.intake.written_times import fold, tokens

_MOST_TOLD = 10
_WORD_97 = 193  # the version of the format from which on the text stands in pieces
_PAGE = 512  # bytes
_CONTROL = re.compile(r"[\x00-\x1f]")

Time = tuple[int | None, int | None, int | None, int | None, int]


def read_doc(data: bytes, file: str, limits: Limits) -> Document:
    """IntakeError for a protected or damaged file, or one older than Word 97."""
    import doc2docx
    from doc2docx.cfb.container import CompoundFileLimits
    from doc2docx.errors import EncryptedDocumentError

    try:
        with tempfile.TemporaryDirectory(prefix="notifier-") as folder:
            source, target = Path(folder, "a.doc"), Path(folder, "a.docx")
            source.write_bytes(data)
            doc2docx.convert(
                source, target, limits=CompoundFileLimits(max_input_bytes=limits.file_bytes)
            )
            converted = target.read_bytes()
    except EncryptedDocumentError:
        raise IntakeError("it is protected by a password: save it without one") from None
    except MemoryError:
        raise
    except Exception as fault:  # noqa: BLE001  # a damaged file raises from every layer of the conversion
        raise IntakeError(f"this is not a readable .doc: {str(fault)[:200]}") from None
    document = read_docx(converted, file, limits)
    return replace(document, findings=(*document.findings, *_witnessed(document, _text_of(data))))


def _witnessed(document: Document, raw: str) -> Iterator[Finding]:
    """Yield findings of times that only one of both readings knows.

    What the document itself reports as struck out is known.
    """
    struck = " ".join(
        finding.params["text"] for finding in document.findings if "text" in finding.params
    )
    converted = _times("\n".join([*document.texts(), struck]))
    own = _times(raw)
    unsure = [time for time in [*own, *converted] if (time in own) != (time in converted)]
    for time in list(dict.fromkeys(unsure))[:_MOST_TOLD]:
        params = {"text": _shown(time)}
        yield Finding(code=Code.WITNESS_DISAGREES, severity=Severity.WARNING, params=params)


def _times(text: str) -> list[Time]:
    """Every date of a text, with its time of day where one is stated."""
    found = (token for token in tokens(fold(text)) if token.has_date)
    return [(token.year, token.month, token.day, token.hour, token.minute) for token in found]


def _shown(time: Time) -> str:
    year, month, day, hour, minute = time
    date = f"{month}-{day}" if year is None else f"{year}-{month}-{day}"
    return date if hour is None else f"{date} {hour}:{minute:02}"


def _text_of(data: bytes) -> str:
    """Return the text of a Word 97 file by its table of pieces, without any layout.

    [MS-DOC] 2.8.35. IntakeError if there is none.
    """
    import olefile

    try:
        with olefile.OleFileIO(io.BytesIO(data)) as container:
            main = container.openstream("WordDocument").read()
            version, flags = (
                struct.unpack_from("<H", main, 2)[0],
                struct.unpack_from("<H", main, 10)[0],
            )
            if version < _WORD_97:
                raise IntakeError("it is older than Word 97: save it as .docx")
            table = container.openstream("1Table" if flags & 0x0200 else "0Table").read()
        begin, length = struct.unpack_from("<II", main, 0x00FA)
        _check_forms(main, table[begin : begin + length])
        begin, length = struct.unpack_from("<II", main, 0x01A2)
        return "".join(_pieces(main, table[begin : begin + length]))
    except (
        OSError,
        struct.error,
        IndexError,
        ValueError,
        KeyError,
        UnicodeError,
        AttributeError,
    ) as fault:
        raise IntakeError(f"this is not a readable .doc: {str(fault)[:200]}") from None


def _check_forms(main: bytes, plc: bytes) -> None:
    """ValueError if the pages that say how characters look are damaged ([MS-DOC] 2.9.33, 2.9.35).

    What is struck out would stand there as if it held.
    """
    count = (len(plc) - 4) // 8
    for number in struct.unpack_from(f"<{count}I", plc, 4 * (count + 1)):
        begin = _PAGE * (number & 0x3FFFFF)
        page = main[begin : begin + _PAGE]
        runs = page[_PAGE - 1]
        ends = struct.unpack_from(f"<{runs + 1}I", page, 0)
        offsets = page[4 * (runs + 1) : 5 * runs + 4]
        is_ordered = all(first < second for first, second in pairwise(ends))
        if not runs or not is_ordered or any(at and not page[2 * at] for at in offsets):
            raise ValueError("what it says of how its characters look is damaged")


def _pieces(main: bytes, clx: bytes) -> Iterator[str]:
    at = 0
    while clx[at] == 1:  # how pieces are formatted
        at += 3 + int(struct.unpack_from("<H", clx, at + 1)[0])
    size = struct.unpack_from("<I", clx, at + 1)[0]
    plc = clx[at + 5 : at + 5 + size]
    count = (len(plc) - 4) // 12
    ends = struct.unpack_from(f"<{count + 1}I", plc, 0)
    for number in range(count):
        where = struct.unpack_from("<I", plc, 4 * (count + 1) + 8 * number + 2)[0]
        length = ends[number + 1] - ends[number]
        is_narrow, where = bool(where & 0x40000000), where & 0x3FFFFFFF
        part = (
            main[where // 2 : where // 2 + length]
            if is_narrow
            else main[where : where + 2 * length]
        )
        text = part.decode("cp1252" if is_narrow else "utf-16-le", "replace")
        yield _CONTROL.sub("\n", text)
