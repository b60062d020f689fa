"""People, by the ids that services know them by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownPerson:
    """Somebody who may answer in a group; `ids`: service (`wecom`) -> the person's id there."""

    name: str
    ids: Mapping[str, str] = field(default_factory=dict)
