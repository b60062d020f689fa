"""Values of `domain/values.py` to and from plain JSON, without loss.

What a field is, its type says.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from notifier.domain.times import utc


def to_plain(value: Any) -> Any:
    """Return lists, objects, texts, numbers. A field that has its default value is left out."""
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, datetime):
        return utc(value).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {str(to_plain(key)): to_plain(inner) for key, inner in value.items()}
    if is_dataclass(value):
        return _object_to_plain(value)
    return [to_plain(inner) for inner in value]


def _object_to_plain(value: Any) -> dict[str, Any]:
    plain = {}
    kind: Any = type(value)
    for name, default in _defaults(kind).items():
        inner = getattr(value, name)
        if default is MISSING or inner != default:
            plain[name] = to_plain(inner)
    return plain


@cache
def _defaults(kind: Any) -> dict[str, Any]:
    defaults: dict[str, Any] = {}
    for field in fields(kind):
        made = field.default_factory
        defaults[field.name] = field.default if made is MISSING else made()
    return defaults


def from_plain(kind: Any, plain: Any) -> Any:
    """Return the value of type `kind` that `to_plain` turned into `plain`.

    ValueError or TypeError if it is none: the answer may come from a program that a file has taken
    over.
    """
    build = _builder(kind)
    return build(plain)


@cache
def _builder(kind: Any) -> Any:
    """Return the function that makes a `kind` out of JSON."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        (some,) = (inner_kind for inner_kind in inner if inner_kind is not type(None))
        return lambda plain: None if plain is None else from_plain(some, plain)
    if origin is tuple:
        item = _item_of(kind)
        return lambda plain: tuple(item(plain_item) for plain_item in _checked(plain, list))
    if origin is not None and issubclass(origin, Mapping):
        key, value = _builder(inner[0]), _builder(inner[1])
        return lambda plain: {
            key(name): value(plain_item) for name, plain_item in _checked(plain, dict).items()
        }
    if is_dataclass(kind):
        return _builder_of_object(kind)
    if issubclass(kind, Enum):
        return kind
    if issubclass(kind, date):
        return lambda plain: kind.fromisoformat(_checked(plain, str))
    if issubclass(kind, Decimal):
        return lambda plain: _decimal(_checked(plain, str))
    return lambda plain: _checked(plain, kind)


def _item_of(kind: Any) -> Any:
    inner = get_args(kind)
    if len(inner) != 2 or inner[1] is not Ellipsis:
        raise TypeError(f"{kind}: only tuples of one type and any length are transferred")
    return _builder(inner[0])


def _builder_of_object(kind: Any) -> Any:
    hints = get_type_hints(kind)

    def build(plain: Any) -> Any:
        given = _checked(plain, dict)
        values = {
            name: from_plain(hints[name], plain_item)
            for name, plain_item in given.items()
            if name in hints
        }
        if len(values) != len(given):
            raise ValueError(f"a {kind.__name__} has no such field")
        return kind(**values)

    return build


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except ArithmeticError:
        raise ValueError("no number") from None


def _checked(plain: Any, kind: type) -> Any:
    if not isinstance(plain, kind) or (kind is int and isinstance(plain, bool)):
        raise TypeError(f"a {kind.__name__} was expected")
    return plain
