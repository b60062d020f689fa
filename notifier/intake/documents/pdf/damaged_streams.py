"""Streams of a PDF that fail their checksum: pdfminer reads them all the same, and tells nobody."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
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

    def touch(self, own: set[bytes]) -> bool:
        """Return whether a page that was just read may say something else than it shows.

        `own`: its own streams. Any other that is damaged, such as a font, may be used by each page
        from here on.
        """
        found, self._found = self._found, []
        self._is_shared = self._is_shared or not own.issuperset(found)
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
    from pdfminer.pdftypes import PDFStream, resolve1

    streams = map(resolve1, page.page_obj.contents)
    return {
        stream.rawdata for stream in streams if isinstance(stream, PDFStream) and stream.rawdata
    }
