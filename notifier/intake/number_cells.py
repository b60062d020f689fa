"""Cells that name several parcels at once."""

from __future__ import annotations

import re

from notifier.intake.notice.columns import is_code

_JOINT = re.compile(r"\s*[、，,;；/&\n]\s*|(?<=[\d号])\s*[和及与]\s*(?=\S)|\s+")
_DATED = re.compile(r"20\d\d")
_FIGURES = re.compile(r"\d+")
_ENDED = re.compile(r"(.*?\D)(\d{1,4})(号?)", re.DOTALL)
_TAIL = re.compile(r"(\d{1,4})(号?)")
_MOST = 100


def numbers_in_cell(text: str) -> list[str]:
    """The numbers that a cell joins, in order; the text itself where it names one parcel.

    Numbers of one form (`甲储出[2031]5号、甲储出[2031]6号`), or a number and the ends of others
    (`甲储出[2031]5、6号`), each of a year; the blocks of a plan (`FT00-24-05、06地块`) are one.
    """
    parts = [part for part in _JOINT.split(text.strip()) if part]
    if not 1 < len(parts) <= _MOST or not _DATED.search(parts[0]):
        return [text]
    forms = {_FIGURES.sub("0", part) for part in parts}
    if len(forms) == 1 and all(map(is_code, parts)):
        return list(dict.fromkeys(parts))
    first = _ENDED.fullmatch(parts[0])
    tails = [_TAIL.fullmatch(part) for part in parts[1:]]
    if first is None or not is_code(parts[0]) or not all(tails):
        return [text]
    sign = next(reversed([tail[2] for tail in tails if tail is not None]), "") or first[3]
    figures = [first[2], *(tail[1] for tail in tails if tail is not None)]
    return list(dict.fromkeys(f"{first[1]}{figure}{sign}" for figure in figures))
