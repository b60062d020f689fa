"""Silences (静默): what nothing is said of for a while, by whom and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from notifier.domain.matching import Filters
from notifier.domain.offers import Offer


@dataclass(frozen=True, kw_only=True, slots=True)
class Silence:
    """Nothing is said, from `starts_at` to `ends_at`, of the parcels that all `matchers` (`city=杭州`) match."""

    id: int
    matchers: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    by: str
    why: str

    def holds(self, offer: Offer, at: datetime) -> bool:
        return self.starts_at <= at < self.ends_at and bool(Filters.parse_matchers(self.matchers).match(offer))
