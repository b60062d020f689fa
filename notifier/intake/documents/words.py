"""White space and what cannot be seen: the same in every format."""

from __future__ import annotations

import re

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\x00-\x08\x0e-\x1f\x7f]")
_SPACES = re.compile(r"[^\S\n]+")
_AROUND_BREAK = re.compile(r" ?\n[ \n]*")


def tidy(text: str) -> str:
    """Without invisible characters; runs of white space are one space, or one line break if they hold one."""
    if "  " not in text and text.isprintable():  # nearly always: half the time of reading a page goes by here
        return text.strip()
    return _AROUND_BREAK.sub("\n", _SPACES.sub(" ", _INVISIBLE.sub("", text))).strip()
