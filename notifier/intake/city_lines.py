"""The city that a line of its own, or the name of a sheet, gives to the parcels below it."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from importlib.resources import files

from notifier.intake.notice.table_forms import shows
from notifier.intake.notice.table_layout import Grid

_LONGEST = 40  # characters of a line
# `一、`, `（二）`, `■`, `【`, and the time that a list is of: `2031年3月`
_BEFORE = (
    r"(?:[(【\[]?(?:\d{1,2}|[一二三四五六七八九十]{1,2})[、.)\]】]\s*|[【\[■●◆▶★#*\s]+)?"
    r"(?:20\d\d年?(?:度|\d{1,2}月份?|[一二三四]季度)?\s*)?(?:[一-鿿]{2,3}(?:省|自治区))?"
)
_BEHIND = (
    r"[】\]]?(?:本级|市区|城区|片区|区域|地区|公司)?\s*(?:20\d\d年?)?(?:度|\d{1,2}月份?|[一二三四]季度)?"
    r"(?:拟|在|已|待|供|的|土拍|土地|地块|宗地|出让|挂牌|拍卖|招拍挂|项目|信息|情况|计划|安排|跟踪|跟进|监测"
    r"|汇总|统计|一览|明细|清单|台账|列表|表)*(?:\([^()]{0,12}\)|共?\d{1,3}[宗块个幅]|[:】\]■●◆\s])*"
)
_OTHER_CITY = r"[一-鿿]{2,5}(?<![城全本各外])市"  # one that the list has not

_BETWEEN = re.compile(r"\s*[-—/·\s]\s*")
_GROUP = re.compile(r"[^\d:：]{1,12}")


def city_named(line: str) -> str:
    """Return the city that a line names, without 市; empty where it says anything else.

    `杭州`, `一、杭州市（3宗）`, `2031年杭州土拍计划`; not `杭州湾新区`.
    """
    folded = unicodedata.normalize("NFKC", line).strip()
    if not folded or len(folded) > _LONGEST:
        return ""
    found = _of_a_city().fullmatch(folded)
    return found["name"].removesuffix("市") if found is not None else ""


def city_and_district(text: str) -> tuple[str, str]:
    """Return the city of a cell, and the district that may stand behind it: `苏州-吴中`.

    Without a count of its parcels: `苏州（2宗）`. A city that is not known is the whole cell.
    """
    bare = " ".join(text.split())
    if city := city_named(bare):
        return city, ""
    parts = _BETWEEN.split(bare, maxsplit=1)
    if len(parts) > 1 and is_city(parts[0]):
        return parts[0].removesuffix("市"), parts[1]
    return bare.removesuffix("市"), ""


@lru_cache(maxsize=4096)
def is_city(text: str) -> bool:
    """Return whether a cell is a city and nothing else."""
    bare = unicodedata.normalize("NFKC", text).strip()
    return bare.removesuffix("市") in _names() or re.fullmatch(_OTHER_CITY, bare) is not None


def city_by_row(grid: Grid, title: str) -> dict[int, str]:
    """Return for each row of a sheet the city of the line above it, else of the sheet's name.

    A line such as `其他` begins rows of no city that it names.
    """
    of_sheet = city = city_named(title)
    cities: dict[int, str] = {}
    for row in grid:
        shown = [cell for cell in row if shows(cell)]
        if len(shown) == 1:
            line = shown[0].text.strip()
            city = city_named(line) or (of_sheet if _GROUP.fullmatch(line) else city)
        if city and row and row[0].place.row is not None:
            cities[row[0].place.row] = city
    return cities


def are_cities(texts: Iterable[str]) -> bool:
    """Return whether a column of districts or regions holds cities alone."""
    filled: Sequence[str] = [text for text in texts if text.strip()]
    return bool(filled) and all(map(is_city, filled))


@cache
def _names() -> frozenset[str]:
    text = files("notifier.intake").joinpath("cities.toml").read_text("utf-8")
    return frozenset(tomllib.loads(text)["names"])


@cache
def _of_a_city() -> re.Pattern[str]:
    names = "|".join(sorted(map(re.escape, _names()), key=len, reverse=True))
    return re.compile(rf"{_BEFORE}(?P<name>(?:{names})市?|{_OTHER_CITY}){_BEHIND}")
