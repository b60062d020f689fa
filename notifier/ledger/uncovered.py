"""Parcels that nobody is reminded of: since when, and whether people were told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from notifier.domain.offers import Offer
from notifier.domain.planning import ParcelPlan
from notifier.ledger.database import Database, from_ms, to_ms
from notifier.ledger.row_values import OFFER_COLUMNS, offer_of

_Coverage = tuple[int | None, int]


class UncoveredParcels:
    """Keep since when nobody is reminded of a parcel."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def untold(self) -> list[tuple[Offer, datetime]]:
        """Each uncovered parcel that nobody was told of yet, and since when it is so, the oldest first."""
        rows = self._db.rows(
            f"SELECT {OFFER_COLUMNS}, p.uncovered_at FROM parcels p "  # noqa: S608  # constants
            "WHERE p.uncovered_at IS NOT NULL AND p.uncovered_told = 0 ORDER BY p.uncovered_at, p.id"
        )
        return [(offer_of(row), from_ms(row["uncovered_at"])) for row in rows]

    def mark_told(self, offers: Iterable[Offer]) -> None:
        with self._db.write():
            self._db.execute_many(
                "UPDATE parcels SET uncovered_told = 1 WHERE id = ?", [(offer.id,) for offer in offers]
            )

    def keep(self, changed: Sequence[_Coverage]) -> None:
        """Within `write` only. What is covered is not spoken of again, unless it is uncovered anew."""
        self._db.execute_many("UPDATE parcels SET uncovered_at = ?, uncovered_told = 0 WHERE id = ?", changed)


def coverage_changes(plans: Iterable[ParcelPlan], now: datetime) -> list[_Coverage]:
    """(uncovered since, parcel id) of each parcel whose coverage differs from what is stored."""
    return [
        (to_ms(now) if plan.uncovered else None, plan.parcel_id)
        for plan in plans
        if plan.uncovered != plan.known.uncovered
    ]
