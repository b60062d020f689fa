"""Questions to people, which the program does not decide itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A question to people.

    `alert`: its sentence in the catalogues, filled by `params`; `key`: by which it is asked once.
    `city`: whom it may concern.
    """

    key: str
    alert: str
    city: str
    params: Mapping[str, str]
