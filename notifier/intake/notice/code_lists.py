"""The lists of codes in running text, each with what stands before it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from notifier.intake.headings import names_of
from notifier.intake.notice.parcel_codes import ParcelCode, lists
from notifier.intake.notice.scan import any_of

_LONGEST_LABEL = 28  # characters, with the words behind it
_LABEL = re.compile(
    r"(?P<label>(?:地块|宗地|地籍|土地|挂牌|拍卖)的?(?:编号|号|编码|代码)|(?:出让|转让|租赁)编号"
    rf"|(?:^|(?<=[。,;:\n]))(?:编号|{any_of(names_of('parcel_no'))}(?=[为是:]))|(?P<inside>编号)(?=[为是]))"
    r"[为是:]*(?P<lead>[一-鿿]{0,12})\Z",
    re.MULTILINE,
)
# `(1)甲储出[2031]5号地块位于…`, `地块一:甲储出[2031]5号`: what a line of a list begins with
_MARK = re.compile(
    r"(?P<mark>\([一二三四五六七八九十\d]{1,3}\)|[一二三四五六七八九十]{1,3}、|\d{1,2}[、.](?!\d)"
    r"|\d{1,2}\.(?=20\d\d(?!\d))|\d{1,2}(?=[一-鿿])|[①-⑳])?"
    r"(?:(?P<alias>(?:地块|宗地)[一二三四五六七八九十A-Z\d]{1,2}|[A-Z]地块)[:,])?"
    r"[一-鿿]{0,14}\Z"
)
COUNT = r"(?:的?(?:等|共计?|合计|计)?(?P<count>\d{1,3}|[一二三四五六七八九十两]{1,3})[宗幅块个])"
LAND = re.compile(rf"(?:\([^()]{{2,12}}\))?{COUNT}?的?(?:地块|宗地|地(?=[:,即在位坐]))")


@dataclass(frozen=True, slots=True)
class CodeList:
    """A list of codes of a text with what stands before it.

    `label`: the word for a parcel's number; `mark`: the numbering of the line that it begins,
    `alias` what that line calls the parcel; `begins`: what the words that run into it begin, a line
    (`\\n`), a clause (its stop) or nothing.
    """

    text: str
    codes: Sequence[ParcelCode]
    label: str = ""
    mark: str = ""
    alias: str = ""
    begins: str = ""

    @property
    def first(self) -> ParcelCode:
        return self.codes[0]

    @property
    def end(self) -> int:
        return self.codes[-1].end

    @property
    def sign(self) -> str:
        """The `号` behind the last code, which is all codes'."""
        return self.codes[-1].sign

    @property
    def rest_of_line(self) -> str:
        end = self.text.find("\n", self.end)
        return self.text[self.end : end if end >= 0 else len(self.text)]

    @property
    def is_whole_line(self) -> bool:
        return self.begins == "\n" and self.text[self.end : self.end + 1] in ("", "\n")

    @property
    def is_alone(self) -> bool:
        """Return whether nothing follows on the line but a word for land."""
        return not re.sub("^(?:地块|宗地|地)?[:,]?", "", self.rest_of_line)

    def is_followed_by(self, *patterns: re.Pattern[str]) -> bool:
        return any(pattern.match(self.text, self.end) for pattern in patterns)


_FIGURE = re.compile(r"[\d./]+(?:m2)?")
_DAY = re.compile(r"20\d\d[-/.]\d{1,2}[-/.]\d{1,2}")


@lru_cache(maxsize=2)  # one notice's text is searched for several things
def code_lists(text: str) -> tuple[CodeList, ...]:
    """Every list of codes of a text with what stands before it; bare figures only behind a label.

    Linear: what stands before is looked for as far back as the list before alone.
    """
    named: list[CodeList] = []
    line = last = 0
    for found in lists(text):
        start = found[0].start
        line = max(text.rfind("\n", last, start) + 1, line)
        last = start
        label = _label(text, line, found)
        if label is not None or not _is_figure(text, found):
            named.append(_code_list(text, line, found, label["label"] if label is not None else ""))
    return tuple(named)


def _label(text: str, line: int, found: Sequence[ParcelCode]) -> re.Match[str] | None:
    start = found[0].start
    label = _LABEL.search(text, max(line, start - _LONGEST_LABEL), start)
    if label is not None and label["inside"] and not LAND.match(text, found[-1].end):
        return None  # `编号为2018WG018的东镇地块`: what it tells of is not clear
    return label


def _is_figure(text: str, found: Sequence[ParcelCode]) -> bool:
    """Return whether a list is a figure or a day; `2031-4-12地块`, `71-1、71-3号` are none."""
    code = found[0]
    is_day = _DAY.fullmatch(code.core) is not None and not LAND.match(text, code.end)
    is_plain = is_day or code.is_end or _FIGURE.fullmatch(code.core) is not None
    return code.is_figure or (is_plain and not any(each.sign for each in found))


def _code_list(text: str, line: int, found: Sequence[ParcelCode], label: str) -> CodeList:
    start = found[0].start
    mark = _MARK.match(text, line, start)
    before = start - len(found[0].lead)
    stop = text[before - 1] if before else "\n"
    return CodeList(
        text=text,
        codes=found,
        label=label,
        mark=(mark["mark"] or "") if mark is not None else "",
        alias=(mark["alias"] or "") if mark is not None else "",
        begins="\n" if mark is not None else stop if stop in ",。;:" else "",
    )


def words_behind_label(text: str, code: ParcelCode) -> str:
    """Return the words between the word for a parcel's number and a code."""
    label = _LABEL.search(text, max(code.start - _LONGEST_LABEL, 0), code.start)
    return label["lead"] if label is not None else code.lead
