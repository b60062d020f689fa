"""How many parcels a text speaks of."""

from __future__ import annotations

import re
from collections.abc import Sequence

from notifier.intake.notice.folded_text import Line

_COUNT = re.compile(
    r"(?:出让|转让|租赁|以下|下列|位于[^,。]{2,40}的|将)?(\d{1,2}|[一二三四五六七八九十两]{1,2})(?:\(?[宗幅块]\)?)(?:地块|国有|土地|集体|工业|住宅|商|用地|建设)"
)
_MOST_UNNAMED = 30
_HEAD_OF_SECTION = re.compile(
    r"(?:\([一二三四五六七八九十]{1,2}\))?(?:地块|宗地)([一二三四五六七八九十]{1,2})[:,]"
)


def sections(lines: Sequence[Line]) -> int:
    """Return the number of sections `地块一:`, `地块二:`, each of one parcel."""
    found = {match[1] for line in lines if (match := _HEAD_OF_SECTION.match(line.text))}
    return len(found) if len(found) > 1 else 0


def unnamed(lines: Sequence[Line]) -> int:
    """Return the number of parcels without numbers: as many as the text states, else one."""
    return min(max(stated_count(lines), 1), _MOST_UNNAMED)


def stated_count(lines: Sequence[Line]) -> int:
    """Return the number of parcels that the text states it offers; 0 if it states none."""
    for line in lines:
        found = _COUNT.search(line.text)
        if found is not None:
            return number_of(found[1])
    return 0


_DIGITS = {"两": 2} | {digit: value for value, digit in enumerate("一二三四五六七八九", 1)}


def number_of(words: str) -> int:
    """Return the number that figures, or words up to `九十九`, say; 0 where they say none."""
    if words.isdigit():
        return int(words)
    tens, ten, ones = words.rpartition("十")
    return (_DIGITS.get(tens, 1) * 10 if ten else 0) + _DIGITS.get(ones, 0)
