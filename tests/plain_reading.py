"""A second, plain reader of damaged files: does one state a time that the whole file does not?

In a format without checksums a byte that turns one figure into another makes another document. No
reader can tell it from one that was written so; what can be told is whether the file states it.
Nothing here is the program's: the standard library, and python-calamine for the numbers of cells.
"""

from __future__ import annotations

import email
import email.policy
import html
import io
import re
import struct
import unicodedata
import zipfile
from collections.abc import Iterator
from datetime import datetime, time, timedelta

_TAG = re.compile(r"<[^<>]*>")
_RICH = re.compile(
    rb"\\'([0-9a-fA-F]{2})|\\u(-?\d+) ?(?:(?:\\'[0-9a-fA-F]{2})+|\?)?|\\[a-z]+-?\d* ?|[{}\r\n]|(.)",
    re.DOTALL,
)
_FIGURES = re.compile(r"\d+")
_SENTENCE = re.compile(r"[^。；;<>\0\ufffd]*")
# records of an old workbook: merged cells; how cells look, and their fonts; cells with their looks
_MERGED, _LOOKS, _CELLS = 0xE5, (0xE0, 0x31), (0xFD, 0x203, 0x27E, 0xBD)
_OLE = b"\xd0\xcf\x11\xe0"
_NUMBER_OF_CELL = re.compile(r"[^\S\n]+|:00(?=\D|$)")


def states_alone(quote: str, whole: bytes, damaged: bytes) -> bool:
    """Return whether the damaged file states the quoted time, and the whole one nowhere does.

    If nothing was lost or repeated: more often than the whole one does.
    """
    wanted = _squeezed(quote)
    # `10` does not state `1`, of `1 :00`
    stated = re.compile(rf"{re.escape(wanted)}(?!\d)")
    found = max((len(stated.findall(text)) for text in _texts(damaged)), default=0)
    known = max((len(stated.findall(text)) for text in _texts(whole)), default=0)
    if len(damaged) != len(whole) and known:
        return False
    return bool(_FIGURES.search(wanted)) and found > known


def states_otherwise(quote: str, whole: bytes, damaged: bytes) -> bool:
    """Return whether a sentence with the quoted time stands in the damaged file alone, unbroken.

    It was spliced: what stood between its two halves is lost, and nothing shows where.
    """
    wanted = _squeezed(quote)
    found = {
        match[0]
        for text in _texts(damaged, mark="\0")
        for match in _SENTENCE.finditer(text)
        if wanted in match[0]
    }
    known = list(_texts(whole, mark="\0"))
    return any(not any(sentence in text for text in known) for sentence in found)


def looks_otherwise(whole: bytes, damaged: bytes) -> bool:
    """Return whether two files differ in how their text looks alone: in tags, fonts, merged cells.

    Only those of old workbooks and of pages are compared.
    """
    if whole.startswith(b"%PDF"):
        return False  # what it shows is packed
    if not (whole.startswith(_OLE) and damaged.startswith(_OLE)):
        figures = [_FIGURES.findall(_plain_text(data)) for data in (whole, damaged)]
        return bool(figures[0]) and figures[0] == figures[1]
    try:
        records, others = list(_records(whole)), list(_records(damaged))
    except Exception:  # noqa: BLE001  # one of both is no workbook
        return False
    if [(kind, len(data)) for kind, data in records] != [
        (kind, len(data)) for kind, data in others
    ]:
        return False
    return all(
        data == other
        or kind == _MERGED
        or kind in _LOOKS
        or (kind in _CELLS and data[:4] + data[6:] == other[:4] + other[6:])
        for (kind, data), (_, other) in zip(records, others, strict=True)
    )


def _plain_text(data: bytes) -> str:
    """The first reading of a text, and of all members of an archive."""
    return "\n".join(_texts(data)) if data.startswith(b"PK") else next(_texts(data), "")


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    import olefile

    with olefile.OleFileIO(io.BytesIO(data)) as container:
        stream = container.openstream("Workbook").read()
    at = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _texts(data: bytes, mark: str = "") -> Iterator[str]:
    """Yield what a file says, as far as each plain way of reading it goes; `mark` for each tag."""
    for text in _raw_texts(data, mark):
        yield _squeezed(text)


def _raw_texts(data: bytes, mark: str) -> Iterator[str]:
    if data.startswith(_OLE):
        yield data.decode("utf-16-le", "replace")
        yield data[1:].decode("utf-16-le", "replace")
        yield _cells(data)
        yield _numbers(data)
    elif data.startswith(b"{\\rtf"):
        yield _rich(data)
    elif data.startswith(b"PK"):
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                for name in archive.namelist():
                    yield from _raw_texts(archive.read(name), mark)
        except Exception:  # noqa: BLE001  # a damaged archive states nothing
            return
    else:
        for encoding in ("utf-8", "gb18030"):
            text = data.decode(encoding, "replace")
            yield html.unescape(_TAG.sub(mark, text))
        yield from _mailed(data, mark)


def _mailed(data: bytes, mark: str) -> Iterator[str]:
    message = email.message_from_bytes(data, policy=email.policy.compat32)
    for part in message.walk():
        content = part.get_payload(decode=True)
        if isinstance(content, bytes) and content not in (b"", data):
            yield html.unescape(_TAG.sub(mark, content.decode("utf-8", "replace")))


def _rich(data: bytes) -> str:
    """The words of rich text: escaped bytes and characters, no control words."""
    parts = bytearray()
    for code, number, plain in _RICH.findall(data):
        if code:
            parts.append(int(code, 16))
        elif number:
            parts += chr(int(number) & 0xFFFF).encode("gb18030", "replace")
        else:
            parts += plain
    return parts.decode("gb18030", "replace")


def _cells(data: bytes) -> str:
    """The values of an old workbook's cells, a line each."""
    import python_calamine

    try:
        book = python_calamine.load_workbook(io.BytesIO(data))
        sheets = [book.get_sheet_by_index(at).to_python() for at in range(len(book.sheet_names))]
    except BaseException:  # noqa: BLE001  # its library panics on damaged files
        return ""
    values = [value for rows in sheets for row in rows for value in row]
    # a number may be a day whose format is lost
    days = [_day(value) for value in values if isinstance(value, float) and 4e4 < value < 6e4]
    return "\n".join(map(_shown, [*values, *days]))


def _numbers(data: bytes) -> str:
    """Each eight bytes that are a day of these years, for a workbook that its library refuses."""
    places = range(len(data) - 7)
    found = (struct.unpack_from("<d", data, at)[0] for at in places)
    return "\n".join(_shown(_day(number)) for number in found if 4e4 < number < 6e4)


def _day(number: float) -> datetime:
    """Return the day of that number, as a workbook counts them."""
    return datetime.fromisoformat("1899-12-30") + timedelta(days=number)


def _shown(value: object) -> str:
    if isinstance(value, datetime):
        whole_seconds = value + timedelta(milliseconds=500)
        return whole_seconds.isoformat(sep=" ", timespec="seconds")
    return value.isoformat("seconds") if isinstance(value, time) else str(value)


def _squeezed(text: str) -> str:
    return _NUMBER_OF_CELL.sub("", unicodedata.normalize("NFKC", text)).replace("\n", "\0")
