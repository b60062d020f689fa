"""Administrative places of China, compared as people write them: 宁波市 and 宁波 are one.

A text is cut into regions, the widest first: 浙江省宁波市鄞州区 is 浙江, 宁波, 鄞州.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from notifier.domain.values import squash

_PROVINCES = (
    "北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|"
    "云南|陕西|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门"
)
_PEOPLES = (
    "各族|壮族|回族|维吾尔族?|蒙古族?|哈萨克族?|柯尔克孜族?|锡伯族?|塔吉克族?|土家族|苗族|侗族|布依族|水族|仡佬族|"
    "仫佬族|毛南族|瑶族|藏族|羌族|彝族|哈尼族|傣族|白族|景颇族|傈僳族|拉祜族|佤族|纳西族|独龙族|怒族|普米族|布朗族|"
    "黎族|畲族|满族|朝鲜族|达斡尔族?|鄂伦春族?|鄂温克族?|东乡族|保安族|撒拉族|裕固族|土族"
)
_ZONES = {
    "高新区": "高新技术产业开发区|高新技术产业园区|高新技术开发区|高新产业开发区|高新开发区",
    "经开区": "经济技术开发区|经济开发区",
}
"""A zone's short name, and the long ones that mean the same."""

_SHORTEST_NAME = 2
_PROVINCE, _LOCAL = "province", "local"
_LEVELS = {
    "省": _PROVINCE,
    "自治区": _PROVINCE,
    "特别行政区": _PROVINCE,
    "自治州": _LOCAL,
    "地区": _LOCAL,
    "盟": _LOCAL,
    "市": _LOCAL,
    "自治县": _LOCAL,
    "自治旗": _LOCAL,
    "林区": _LOCAL,
    "县": _LOCAL,
    "旗": _LOCAL,
    "区": _LOCAL,
    "新区": "新区",
    "高新区": "高新区",
    "经开区": "经开区",
    "开发区": "经开区",
    "工业园区": "工业园区",
    "产业园区": "产业园区",
    "保税港区": "保税区",
    "保税区": "保税区",
    "度假区": "度假区",
    "示范区": "示范区",
    "合作区": "合作区",
}
"""Suffix -> what kind of place it makes. A city that became a district (富阳市, 富阳区) is the same
place; a zone that bears a city's name (苏州工业园区) is not the city."""

_SHORT_STATE = "州"  # 恩施州 for 恩施土家族苗族自治州; 连州市 is a city
_SUFFIX = "|".join((*sorted(_LEVELS, key=len, reverse=True), f"{_SHORT_STATE}(?![市县区])"))
_REGION = re.compile(rf"(.{{2,}}?)((?:{_PEOPLES})*)({_SUFFIX})")
_BARE_PROVINCE = re.compile(rf"({_PROVINCES})(?!{_SUFFIX}|{_PEOPLES})(?=..)")


class Region(NamedTuple):
    """One place by its bare name; `level` is empty where the text has no suffix."""

    name: str
    level: str = ""

    def is_same(self, other: Region) -> bool:
        levels_agree = not self.level or not other.level or self.level == other.level
        return levels_agree and (_ends_in(self.name, other.name) or _ends_in(other.name, self.name))


def _ends_in(name: str, tail: str) -> bool:
    """Return whether a name is `tail` with its city before it.

    宁波鄞州区 names its city without a suffix; 马鞍山 is not 鞍山, and no city has one letter.
    """
    before = name.removesuffix(tail)
    return not before or (before != name and len(before) >= _SHORTEST_NAME)


@lru_cache(maxsize=4096)
def regions(text: str) -> tuple[Region, ...]:
    """The places that `text` names, the widest first; empty if it names none."""
    rest = squash(text).casefold()
    for short, long in _ZONES.items():
        rest = re.sub(long, short, rest)
    found: list[Region] = []
    if province := _BARE_PROVINCE.match(rest):
        found.append(Region(province[1]))
        rest = rest[province.end() :]
    while match := _REGION.match(rest):
        found.append(Region(match[1], _LEVELS.get(match[3], _LOCAL)))
        rest = rest[match.end() :]
    if rest:
        found.append(Region(rest))
    return tuple(found)


def place_key(text: str) -> str:
    """Return the bare name of the narrowest place that `text` names.

    It is 宁波 for 宁波, 宁波市 and 浙江省宁波市.
    """
    found = regions(text)
    return found[-1].name if found else ""


def same_place(place: str, other: str) -> bool:
    """Return whether both texts name one place, as far as they tell.

    浙江省宁波市 and 宁波 do, 吉林省 and 吉林市 do not.

    An empty text names no place: it is the same as another empty one alone.
    """
    here, there = regions(place), regions(other)
    if not here or not there:
        return here == there
    return _agree(here, there)


def lies_in(place: str, wider: str) -> bool:
    """Return whether `place` is, or says that it is part of, `wider`: 宁波市鄞州区 lies in 宁波."""
    here, there = regions(place), regions(wider)
    if not there:
        return False
    beginnings = (here[:end] for end in range(1, len(here) + 1))
    return any(_agree(beginning, there) for beginning in beginnings)


def _agree(here: tuple[Region, ...], there: tuple[Region, ...]) -> bool:
    """Return whether two texts name the same place, and the same wider ones if both do."""
    return all(
        left.is_same(right) for left, right in zip(reversed(here), reversed(there), strict=False)
    )
