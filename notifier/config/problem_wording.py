"""The errors of pydantic, in words for the person who wrote the file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

from notifier.config.problems import Problem
from notifier.config.schema import (
    BackupsTable,
    ChannelTable,
    ConfigFile,
    HookTable,
    LimitsTable,
    OperatorsTable,
    ReadersTable,
    RecipientTable,
    RuleTable,
    WebTable,
)
from notifier.config.sources import FoundSettings

_TABLES: dict[str, type[BaseModel]] = {
    "backups": BackupsTable,
    "channels": ChannelTable,
    "hooks": HookTable,
    "limits": LimitsTable,
    "operators": OperatorsTable,
    "recipients": RecipientTable,
    "readers": ReadersTable,
    "rules": RuleTable,
    "web": WebTable,
}
_KEY = re.compile(r"[\w.-]{1,64}")

Path = tuple[str | int, ...]


def problem(path: Path, words: str, found: FoundSettings, file: str) -> Problem:
    return Problem(found.source_of(path) or file, dotted(path), words)


def dotted(path: Path) -> str:
    """`recipients.2.rules.1.leads`: counted from 1, as people count.

    A key that cannot be one is not shown.
    """
    parts = [str(part + 1) if isinstance(part, int) else part for part in path if part != "[key]"]
    return ".".join(part if _KEY.fullmatch(part) else "…" for part in parts)


def problems_of(fault: ValidationError, found: FoundSettings, file: str) -> list[Problem]:
    return [
        problem(error["loc"], _words(error["type"], error["loc"], error["msg"]), found, file)
        for error in fault.errors(include_url=False, include_input=False)
    ]


def _words(kind: str, path: Path, message: str) -> str:
    if kind == "missing":
        return "is missing"
    if kind == "extra_forbidden":
        return unknown_key(path)
    if kind in ("model_type", "dict_type"):
        return f"expected a table, as in [{dotted(path)}]"
    if kind in ("tuple_type", "list_type"):
        return "expected a list, as in [...]"
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    # "Input should be a valid integer, unable to parse string as an integer", "String should have
    # at most ..."
    wanted = re.sub(r"^\w+ should (be|have) ", "", message)
    return f"expected {wanted.partition(', unable')[0]}"


def unknown_key(path: Path, more: Sequence[str] = ()) -> str:
    """`more`: settings that are known there beside those of the table."""
    tables = [part for part in path[:-1] if part in _TABLES]
    table = _TABLES[str(tables[-1])] if tables else ConfigFile
    key = str(path[-1])
    known = [*table.model_fields, *more]
    near = get_close_matches(key, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known here are {', '.join(known)}"
    return f"no such setting: {hint}"


def sound(table: type[Any], plain: object) -> Any:
    """`plain` as a `table`, None where it is none."""
    try:
        return table.model_validate(plain)
    except ValidationError:
        return None
