"""JSON from outside: one value for each key, and fractions as they are written."""

from __future__ import annotations

import json
import re
from typing import Any

from notifier.errors import IntakeError
from notifier.intake.encoding import decode

_BEGINNING = re.compile(rb'(?:\xef\xbb\xbf)?\s*(?:\{\s*["}]|\[\s*[\[{"\]])')


def is_json(data: bytes) -> bool:
    """Return whether bytes begin as an object or a list of JSON does.

    No page does, nor does a text whose first word is a number in brackets.
    """
    return _BEGINNING.match(data) is not None


def load_json(data: bytes) -> Any:
    """Return the value. IntakeError says in one sentence why there is none.

    A fraction, and what is no number at all (`NaN`), comes as the text that stands there.
    """
    try:
        return json.loads(
            decode(data),
            object_pairs_hook=without_doubles,
            parse_float=str,
            parse_constant=str,
        )
    except (ValueError, RecursionError) as fault:
        raise IntakeError(f"this is not JSON: {fault}") from None


def without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; IntakeError where one key stands twice: which of its values holds is not said."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found and found[key] != value:
            raise IntakeError(
                f"the key {key[:60]!r} stands twice in one object: keep the value that holds"
            )
        found[key] = value
    return found
