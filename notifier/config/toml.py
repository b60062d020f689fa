"""A TOML file as people save it: UTF-8, with or without a byte order mark."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from notifier.errors import ConfigError

_LARGEST = 1_000_000  # bytes
_PLACE = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)


def read_toml(file: Path) -> dict[str, Any]:
    """Read `file`. ConfigError with `file:line:column` where it is no TOML."""
    try:
        with file.open("rb") as stream:
            data = stream.read(_LARGEST + 1)
    except OSError as fault:
        raise ConfigError(f"{file}: cannot be read: {fault.strerror}") from None
    if len(data) > _LARGEST:
        raise ConfigError(f"{file}: larger than {_LARGEST} bytes: this is no configuration")
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        raise ConfigError(f"{file}:{line}: not UTF-8: save the file as UTF-8") from None
    except tomllib.TOMLDecodeError as fault:
        raise ConfigError(_worded(file, str(fault))) from None
    except RecursionError:
        raise ConfigError(f"{file}: nested too deeply: this is no configuration") from None


def _worded(file: Path, fault: str) -> str:
    found = _PLACE.fullmatch(fault)
    if found is None:
        return f"{file}: not TOML: {fault}"
    place = "" if found[2] is None else f":{found[2]}:{found[3]}"
    words = found[1]
    # declare or overwrite; tomllib may notice it no sooner than at the end
    if words.startswith("Cannot"):
        hint = "a name stands twice, or in a table that is closed: keep one"
    elif not place:
        words += " at the end of the file"
        hint = "a value is missing, or a quote or a bracket is not closed"
    else:
        hint = 'texts need quotes, as in key = "value"'
    return f"{file}{place}: not TOML: {words}: {hint}"
