"""The table of fields: what the program must know of each fact of a parcel or its notice.

The rows of the table are the attributes of `Parcel` and `Notice` in `domain/values.py`. To add a
field, add its line there, its words to the catalogues (`[fact]` and `[field]`), and its headings to
`intake/headings.toml`.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import Any

_KEY = "field"


class FactGroup(IntEnum):
    """The groups of facts, in their order: each is a line below a parcel's number."""

    PLACE = 1
    LAND = 2
    MONEY = 3
    PLATFORM = 4
    CONTACTS = 5
    NOTE = 6
    FILE = 7


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """One row of the table.

    `unit`: of a number, in which a bare figure is understood ("万元", "m2", "元/m2"); empty for a
    text. `is_news`: a change of it is announced, old -> new. `group`: where messages show it; None
    for a field that they do not show by itself. `last_level`: the last level of shortening at which
    it is shown (`messages/context.py`: 0 nothing is left out). `filter_name`: its name in a
    recipient's filter; empty if nobody can filter by it. `is_place`: it is the name of a place, so
    宁波市 and 宁波 are the same; `holds_places`: names of places occur in it.
    """

    name: str
    unit: str = ""
    is_news: bool = False
    group: FactGroup | None = None
    last_level: int = 0
    filter_name: str = ""
    is_place: bool = False
    holds_places: bool = False

    @property
    def is_number(self) -> bool:
        return bool(self.unit)


def text_field(**properties: Any) -> Any:
    """A text, empty where it is not stated. `properties` as in `Field`."""
    return dataclasses.field(default="", metadata=properties_of(**properties))


def number_field(unit: str, **properties: Any) -> Any:
    """A number in `unit`, None where it is not stated."""
    return dataclasses.field(default=None, metadata=properties_of(unit=unit, **properties))


def properties_of(**properties: Any) -> dict[str, dict[str, Any]]:
    """The metadata of a dataclass's attribute that is a row of the table."""
    return {_KEY: properties}


@cache
def fields_of(owner: type) -> tuple[Field, ...]:
    """The rows of the table that `owner`, `Parcel` or `Notice`, has."""
    attributes = dataclasses.fields(owner)
    rows = [(each.name, each.metadata[_KEY]) for each in attributes if _KEY in each.metadata]
    return tuple(Field(name=name, **properties) for name, properties in rows)
