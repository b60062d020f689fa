"""Bytes to text.

UTF-8 with or without its mark, UTF-16 with its mark, else GB18030 as Chinese offices write it.
"""

from __future__ import annotations

import codecs

from notifier.errors import IntakeError

# taken at their word: nothing tells them from GB18030
_OTHERS = frozenset({"big5", "big5-hkscs", "big5hkscs"})
_BAD_OF_GOOD = 50  # one broken character to so many whole ones is damage, not another encoding


def decode(data: bytes, declared: str = "") -> str:
    """The text, without its mark; a few broken bytes become U+FFFD.

    IntakeError if it is no text in any of these.

    Text that is valid UTF-8 is UTF-8 whatever was `declared` (a page's charset): browsers save
    pages so.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
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


def _is_mostly_whole(text: str) -> bool:
    whole = sum(not char.isascii() for char in text)
    return text.count("�") * _BAD_OF_GOOD < whole
