"""Bytes to text: UTF-8 with or without its mark, UTF-16 with its mark, else GB18030 as Chinese offices write it."""

from __future__ import annotations

import codecs

from notifier.errors import IntakeError


def decode(data: bytes) -> str:
    """IntakeError if it is no text in any of these."""
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise IntakeError("this is no text in UTF-8, UTF-16 or GB18030: save it as UTF-8")
