"""Bytes to text.

UTF-8 and UTF-16 with or without their mark, else GB18030 as Chinese offices write it.
"""

from __future__ import annotations

import codecs

from notifier.errors import IntakeError

# taken at their word: nothing tells them from GB18030
_OTHERS = frozenset({"big5", "big5-hkscs", "big5hkscs"})
_ZEROS_OF_WIDE = 20  # bytes of text without a mark that have one zero or more among them
_BAD_OF_GOOD = 50  # one broken character to so many whole ones is damage, not another encoding


def decode(data: bytes, declared: str = "") -> str:
    """The text, without its mark; a few broken bytes become U+FFFD.

    IntakeError if it is no text in any of these.

    Text that is valid UTF-8 is UTF-8 whatever was `declared` (a page's charset): browsers save
    pages so.
    """
    if wide := form_of_wide(data):
        encodings = [wide]
    else:
        other = declared.strip().casefold()
        encodings = ["utf-8-sig", *([other] if other in _OTHERS else []), "gb18030"]
    for errors in ("strict", "replace"):
        for encoding in encodings:
            try:
                text = data.decode(encoding, errors)
            except UnicodeError:
                continue
            if "\x00" not in text and (errors == "strict" or _is_mostly_whole(text)):
                return text
    raise IntakeError("this is no text in UTF-8, UTF-16 or GB18030: save it as UTF-8")


def form_of_wide(data: bytes) -> str:
    """Return the form of UTF-16 that a text has, with its mark or without; empty if it has none.

    Figures, commas and ends of lines have a zero as one of their two bytes, always the same one.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if len(data) % 2 or b"\0" not in data:
        return ""
    zeros = [data[at::2].count(0) for at in (0, 1)]
    if min(zeros) or max(zeros) * _ZEROS_OF_WIDE < len(data):
        return ""
    return "utf-16-be" if zeros[0] else "utf-16-le"


def _is_mostly_whole(text: str) -> bool:
    whole = sum(not char.isascii() for char in text)
    return text.count("�") * _BAD_OF_GOOD < whole
