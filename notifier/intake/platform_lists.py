"""Lists of notices as trading platforms answer them: JSON, told apart by the fields of its items.

The shapes are those that public programs read; the host plays no part. Two kinds of address are
asked for by POST; see `Fetcher`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

_GUID = re.compile(r"[0-9A-Za-z_-]{1,100}")
_OPTION = re.compile(r"[0-9A-Za-z_-]{0,100}")
_MOST_ITEMS = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class PlatformList:
    """The notices of a list: `entries` as (address, title), the newest first.

    An address is relative to that of the list. `faults`: what was not understood, in sentences.
    """

    entries: tuple[tuple[str, str], ...] = ()
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Shape:
    """The fields of an item: `guid` names its notice, `title` says what it is.

    `detail` makes the address of the notice out of the guid and the `options`, which may be empty.
    """

    guid: str
    title: str
    detail: Callable[..., str]
    options: tuple[str, ...] = ()


def _national(guid: str) -> str:
    return "detail#" + json.dumps({"gyggGuid": guid}, separators=(",", ":"))


def _sister(guid: str) -> str:
    return f"parcels/{quote(guid)}"


def _trading(notice: str, mode: str) -> str:
    return f"queryNoticeLandContentDetails?noticeId={quote(notice)}&transactionMode={quote(mode)}"


_SHAPES = (
    # the national land-market site: `…/list` asks for notices, `…/detail` for one
    _Shape(guid="gyggGuid", title="gyggBt", detail=_national),
    # its sister in Jiangsu
    _Shape(guid="gyggGuid", title="afficheName", detail=_sister),
    # the trading system of Zhejiang, and of cities that run the same one
    _Shape(guid="GGID", title="GGMC", detail=_trading, options=("JYFS",)),
)


@dataclass(slots=True)
class _Reading:
    shape: _Shape
    entries: dict[str, str] = field(default_factory=dict)
    is_whole: bool = True

    def take(self, item: object) -> None:
        """Take one item of a list, or note that its notice cannot be found by it."""
        values = item if isinstance(item, Mapping) else {}
        guid = str(values.get(self.shape.guid) or "")
        title = values.get(self.shape.title)
        options = [str(values.get(name) or "") for name in self.shape.options]
        is_named = _GUID.fullmatch(guid) and all(map(_OPTION.fullmatch, options))
        if is_named and isinstance(title, str) and title.strip():
            self.entries.setdefault(self.shape.detail(guid, *options), title)
        else:
            self.is_whole = False


def platform_list(value: object) -> PlatformList | None:
    """Return the notices that the answer of a platform lists, None if it is no such list."""
    for items in _lists(value):
        shape = _shape_of(items)
        if shape is not None:
            return _read(items, shape)
    return None


def _lists(value: object) -> Iterator[list[Any]]:
    """Yield the lists that stand where platforms put theirs."""
    if not isinstance(value, Mapping):
        return
    data = value.get("data")
    inner = data.get("list") if isinstance(data, Mapping) else None
    for items in (value.get("list"), data, inner):
        if isinstance(items, list):
            yield items


def _shape_of(items: list[Any]) -> _Shape | None:
    """Return the shape that an item of the list has."""
    for item in items[:_MOST_ITEMS]:
        for shape in _SHAPES:
            if isinstance(item, Mapping) and {shape.guid, shape.title} <= item.keys():
                return shape
    return None


def _read(items: list[Any], shape: _Shape) -> PlatformList:
    reading = _Reading(shape)
    for item in items[:_MOST_ITEMS]:
        reading.take(item)
    faults = []
    if not reading.is_whole:
        faults.append("some entries of the list name no notice: look at the list itself")
    if len(items) > _MOST_ITEMS:
        faults.append(f"the list has more than {_MOST_ITEMS} entries: the rest is not looked at")
    return PlatformList(entries=tuple(reading.entries.items()), faults=tuple(faults))
