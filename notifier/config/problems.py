"""The form of an error in a setting: where, what is wrong, what was expected.

Never with a secret in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from notifier.errors import ConfigError

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{1,20}://)[^\s'\"]+")
_LONGEST = 300


class Problem(NamedTuple):
    """`source`: the file, or the environment; `path`: the setting, as in `recipients.2.quiet`."""

    source: str
    path: str
    words: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.source, self.path, self.words) if part)


def config_error(problems: Iterable[Problem], secrets: Iterable[str] = ()) -> ConfigError:
    """Write all problems at once, one line each.

    Whatever looks like a URL or is one of `secrets` is masked.
    """
    hidden = sorted({secret for secret in secrets if secret}, key=len, reverse=True)
    return ConfigError(
        "\n".join(dict.fromkeys(_masked(str(problem), hidden) for problem in problems))
    )


def _masked(line: str, secrets: list[str]) -> str:
    for secret in secrets:
        line = line.replace(secret, "…").replace(repr(secret)[1:-1], "…")
    line = _URL.sub(r"\1…", line)
    line = "".join(char if char.isprintable() else "�" for char in line)
    return line if len(line) <= _LONGEST else line[:_LONGEST] + "…"
