"""Streams of a PDF that fail their checksum: pdfminer reads them all the same, and tells nobody."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from typing import Any

_HEAD = 2  # bytes before what is packed
_CHECKSUM = 4


class DamagedStreams:
    """The streams that were found to be damaged, told page by page."""

    def __init__(self) -> None:
        self._found: list[bytes] = []
        self._is_shared = False

    def unpacked(self, packed: bytes) -> bytes:
        """Return what a stream holds that zlib refuses. zlib.error if it breaks off or is broken.

        One that lacks nothing but its checksum is not damaged.
        """
        unpacking = zlib.decompressobj(-zlib.MAX_WBITS)
        self._found.append(packed)
        content = unpacking.decompress(packed[_HEAD:])
        if unpacking.eof and len(unpacking.unused_data) < _CHECKSUM:
            self._found.pop()
        return content

    def touch(self, own: Set[bytes], shapes: Set[bytes] = frozenset()) -> bool:
        """Return whether a page that was just read may say something else than it shows.

        `own`: its own streams; `shapes`: those that do not matter. Any other that is damaged, such
        as the map of a font, may be used by each page from here on.
        """
        found, self._found = set(self._found) - shapes, []
        self._is_shared = self._is_shared or not found <= own
        return self._is_shared or bool(found)


@contextmanager
def damaged_streams() -> Iterator[DamagedStreams]:
    """Watch over what pdfminer unpacks meanwhile."""
    from pdfminer import pdftypes

    damaged = DamagedStreams()
    before = pdftypes.decompress_corrupted
    pdftypes.decompress_corrupted = damaged.unpacked  # type: ignore[assignment]
    try:
        yield damaged
    finally:
        pdftypes.decompress_corrupted = before


def own_streams(page: Any) -> set[bytes]:
    """Return the streams of a pdfplumber page that no other uses, packed as the file has them."""
    return set(_packed(page.page_obj.contents))


def shape_streams(page: Any) -> set[bytes]:
    """Return the streams that say how letters of the page look, and not which letters they are.

    A font without a map to characters has none: there the shapes are what its letters are told by.
    """
    found: set[bytes] = set()
    for font in map(_dict, _dict(_dict(page.page_obj.resources).get("Font")).values()):
        if "ToUnicode" not in font:
            continue
        for part in (font, *map(_dict, _list(font.get("DescendantFonts")))):
            descriptor = _dict(part.get("FontDescriptor"))
            found.update(_packed([descriptor.get("FontFile"), descriptor.get("FontFile2")]))
    return found


# a damaged file has anything anywhere


def _dict(value: Any) -> Mapping[str, Any]:
    from pdfminer.pdftypes import resolve1

    found = resolve1(value)
    return found if isinstance(found, dict) else {}


def _list(value: Any) -> Sequence[Any]:
    from pdfminer.pdftypes import resolve1

    found = resolve1(value)
    return found if isinstance(found, list) else []


def _packed(values: Iterable[Any]) -> Iterator[bytes]:
    from pdfminer.pdftypes import PDFStream, resolve1

    for stream in map(resolve1, values):
        if isinstance(stream, PDFStream) and stream.rawdata:
            yield stream.rawdata
