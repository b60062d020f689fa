"""Scan text for what may be the number of a parcel: codes, and the lists that they stand in.

A code is letters and figures with hyphens and brackets, perhaps with a word inside
(`2031拍-02号`) or before it (`甲储出[2031]5号`). Codes with `、`, `和` or `至` between them are one
list; an end alone (`169号` behind `P(2031)168号`) takes the rest from the one before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from notifier.domain.values import squash

_OPEN, _CLOSE = r"[\[(〔【]", r"[\])〕】]"
YEAR = rf"{_OPEN}20\d\d年?{_CLOSE}"
_WORD = "[一-鿿]"
_ORDINAL = rf"[一二三四五六七八九十]{{1,2}}{_CLOSE}"
# `(挂)G2031-06`: a note before a code, which is no numbering of a list
_NOTE_BEFORE = (
    rf"(?<=[一-鿿A-Za-z]){_OPEN}(?:[A-Z]{{1,4}}|(?!{_ORDINAL}){_WORD}{{1,3}}){_CLOSE}"
    rf"(?=-?[A-Z0-9]|{YEAR})"
)
# a colon before the number in the year's series; before a day it is none of the number
_AND_A_SERIES = r":(?=20\d\d-\d{1,4}(?![\d\-]))"
_INSIDE = (
    YEAR,
    # notes: `TD2031(GY)5`, `[2031]G3(A-10-03)`
    rf"{_OPEN}(?:[A-Z]{{1,4}}|{_WORD}{{1,3}}|\d{{1,4}}){_CLOSE}(?=[A-Za-z0-9\-号]|{_AND_A_SERIES})",
    rf"{_OPEN}[A-Za-z]+[A-Za-z\d]*(?:-[A-Za-z\d]+)+{_CLOSE}",
    rf"(?<=[\])〕】]){_AND_A_SERIES}",  # `XG18(305):2031-18`
    r"[A-Za-z0-9*#]",
    r"[\-/](?=[A-Za-z0-9\[(])",
    r"(?<=[A-Za-z])\.(?=\d)",
    # words: `[2031]丁城市077号`, `BW(2031)拍-8`, `XG挂-2031-15`, `2031C-东园-02`, `2031拍-02号`
    rf"(?<=[A-Za-z\-\])〕】])(?!地块|宗地){_WORD}{{1,8}}(?=-?\d{{1,4}}(?:-\d{{1,3}})?号)",
    rf"(?<=[\])〕】]){_WORD}{{1,4}}(?=-\d)",
    rf"(?<=[A-Za-z]){_WORD}{{1,3}}(?=-20\d\d-)",
    rf"-(?={_WORD}{{1,8}}-\d)|(?<=-){_WORD}{{1,8}}(?=-\d)",
    rf"-(?={_WORD}{{1,2}}\d{{1,3}}(?!\d))|(?<=-){_WORD}{{1,2}}(?=\d{{1,3}}(?!\d))",  # `-工19`
    rf"(?<=20\d\d){_WORD}{{1,4}}(?=-?\d{{1,4}}号)",
    r"(?<=\d)单元(?=[A-Z\d])",
)
_CODE = re.compile(
    # behind no other code, save in a range (`…号-P(2031)5号`), and not within a figure
    r"(?<![A-Za-z0-9*/])(?:(?<!-)|(?<=[号块地]-))(?:(?<!\d\.)|(?=20\d\d|[A-Z]))"
    rf"(?:N[Oo]\.(?:{_WORD}{{1,6}}(?=\d))?)?"
    rf"(?:{YEAR}|{_NOTE_BEFORE}|[A-Za-z0-9*])(?:{'|'.join(_INSIDE)})*"
)
_SIGN = re.compile(rf"号(?:{_OPEN}[一-鿿]{_CLOSE})?(?:/[A-Za-z\d]{{1,8}})?")
_LEAD = re.compile(r"[一-鿿]{0,14}\Z")
_MOST_LEAD = 14
_JOINT = re.compile(r"号?(?:地块|宗地)?(?P<joint>[、和及与,]|以及|[-~至到])")
UP_TO = frozenset("-~至到")
_END = re.compile(r"(?!20\d\d(?:-|$))\d{1,4}(?:-[A-Z\d]{1,3})?")
_LAST_FIGURES = re.compile(r"(?<!\d)(?!20\d\d(?:-|$))\d{1,4}(?:-[A-Z\d]{1,3})?$")
_TWO_FIGURES = re.compile(r"(?<=[\])〕】-])(\d{1,4})-(\d{1,4})$")
_OTHER_FIGURE = re.compile(r"[年月日时点分:%㎡平米亩万元公]|m2")
_MOST_OF_A_RANGE = 100


@dataclass(frozen=True, slots=True)
class ParcelCode:
    """A code at `start`..`end` of a text.

    `lead`: the words of the text that run into it; `sign`: `号`, perhaps with a note (`号(网)`);
    `joint`: what joins it to the code before it in its list, empty for the first.
    """

    start: int
    end: int
    lead: str
    core: str
    sign: str = ""
    joint: str = ""

    @property
    def is_end(self) -> bool:
        """Return whether it is the end of a number alone: `169号` behind `P(2031)168号`."""
        return _END.fullmatch(self.core) is not None

    @property
    def is_figure(self) -> bool:
        """Return whether it can be no whole number, as `5`; `71-1` may be one."""
        return self.is_end and "-" not in self.core


def codes(text: str) -> list[ParcelCode]:
    """Every code of the text with a figure in it, in order."""
    found: list[ParcelCode] = []
    for match in _CODE.finditer(text):
        if any(map(str.isdigit, match[0])):
            found.append(_code(text, match, begin=found[-1].end if found else 0))
    return found


def _code(text: str, match: re.Match[str], begin: int) -> ParcelCode:
    """The code that was found; the words that run into it stand behind `begin`."""
    lead = _LEAD.search(text, max(match.start() - _MOST_LEAD, begin), match.start())
    sign = _SIGN.match(text, match.end())
    return ParcelCode(
        start=match.start(),
        end=sign.end() if sign is not None else match.end(),
        lead=lead[0] if lead is not None else "",
        core=match[0],
        sign=sign[0] if sign is not None else "",
    )


def lists(text: str) -> Iterator[list[ParcelCode]]:
    """Every list of codes in the text, in order; most have one code."""
    together: list[ParcelCode] = []
    for code in codes(text):
        goes_on = together and not together[0].is_figure
        joined = _joined(text, together[-1], code) if goes_on else None
        if joined is not None:
            together.append(joined)
            continue
        yield from _without_figures(text, together)
        together = [code]
    yield from _without_figures(text, together)


def _joined(text: str, before: ParcelCode, code: ParcelCode) -> ParcelCode | None:
    """Return a code as what goes on the list that ends with another; None if it does not."""
    joint = _JOINT.match(text, before.end)
    if joint is None or not joint.end() <= code.start <= joint.end() + _MOST_LEAD:
        return None
    lead = text[joint.end() : code.start]
    if not _LEAD.fullmatch(lead):
        return None
    if code.is_end and (lead or _OTHER_FIGURE.match(text, code.end)):
        return None
    if joint["joint"] == "," and not code.is_end and (lead or form(code.core) != form(before.core)):
        return None
    return replace(code, lead=lead, joint=joint["joint"])


def _without_figures(text: str, together: list[ParcelCode]) -> Iterator[list[ParcelCode]]:
    """The list without ends behind it that may be other figures."""
    found = list(together)
    while len(found) > 1 and found[-1].is_end and not found[-1].sign:
        if text.startswith(("地块", "宗地"), found[-1].end):
            break
        found.pop()
    if found:
        yield found


def completed(end: ParcelCode, name: str, sign: str) -> str:
    """Return the number of an end behind the number `name`; empty if it completes none."""
    bare = name.partition("号")[0]
    last = _LAST_FIGURES.search(bare)
    return f"{bare[: last.start()]}{end.core}{sign}" if last is not None else ""


def between(first: str, last: str) -> list[str]:
    """Return the numbers between two that differ in their last figures alone."""
    bares = first.partition("号")[0], last.partition("号")[0]
    begin, end = (_LAST_FIGURES.search(bare) for bare in bares)
    if begin is None or end is None or not (begin[0].isdigit() and end[0].isdigit()):
        return []
    prefix = bares[0][: begin.start()]
    figures = range(int(begin[0]) + 1, int(end[0]))
    if prefix != bares[1][: end.start()] or len(figures) >= _MOST_OF_A_RANGE:
        return []
    return [f"{prefix}{figure:0{len(begin[0])}}{last[len(bares[1]) :]}" for figure in figures]


def spanned(name: str) -> list[str]:
    """Return the numbers that `[2031]2-4号` spans, if it is a range and no single number."""
    bare, sign, _ = name.partition("号")
    both = _TWO_FIGURES.search(bare)
    if both is None or not 0 < int(both[2]) - int(both[1]) < _MOST_OF_A_RANGE:
        return []
    figures = range(int(both[1]), int(both[2]) + 1)
    return [f"{bare[: both.start()]}{figure:0{len(both[1])}}{sign}" for figure in figures]


_FIGURES = re.compile(r"\d+")
_LETTERS = re.compile(r"[A-Za-z]+")
_WORDS = re.compile(r"(?!号)[一-鿿]+?(?=[^一-鿿]|$)")


def form(name: str) -> str:
    """Return the form that the numbers of one notice have in common."""
    return _WORDS.sub("字", _LETTERS.sub("A", _FIGURES.sub("9", squash(name)))).removesuffix("号")
