"""Parcels that nobody is reminded of: since when, and whether people were told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from notifier.domain.offers import Offer
from notifier.domain.planning import ParcelPlan
from notifier.ledger.database import Database, from_ms, to_ms
from notifier.ledger.row_values import offer_of

_Coverage = tuple[int | None, int]

# The uncovered parcels of which nobody was told, the oldest first.
_UNTOLD = """SELECT p.id AS parcel_id, p.key AS parcel_key, p.state AS parcel_state, p.head, p.body,
p.uncovered_at FROM parcels p
WHERE p.uncovered_at IS NOT NULL AND p.uncovered_told = 0 ORDER BY p.uncovered_at, p.id"""

# People were told of an uncovered parcel.
_MARK_TOLD = "UPDATE parcels SET uncovered_told = 1 WHERE id = ?"

# Since when a parcel is uncovered. What is covered is not spoken of again, unless it is uncovered
# anew.
_KEEP = "UPDATE parcels SET uncovered_at = ?, uncovered_told = 0 WHERE id = ?"


class UncoveredParcels:
    """Keep since when nobody is reminded of a parcel."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def untold(self) -> list[tuple[Offer, datetime]]:
        """Return (parcel, uncovered since) of those that nobody was told of, oldest first."""
        return [(offer_of(row), from_ms(row["uncovered_at"])) for row in self._db.rows(_UNTOLD)]

    def mark_told(self, offers: Iterable[Offer]) -> None:
        """Note that people were told of these parcels."""
        with self._db.write():
            self._db.execute_many(_MARK_TOLD, [(offer.id,) for offer in offers])

    def keep(self, changed: Sequence[_Coverage]) -> None:
        """Keep what `coverage_changes` found, within a transaction of the caller's."""
        self._db.execute_many(_KEEP, changed)


def coverage_changes(plans: Iterable[ParcelPlan], now: datetime) -> list[_Coverage]:
    """Return (uncovered since, parcel id) of each parcel whose coverage has changed."""
    return [
        (to_ms(now) if plan.uncovered else None, plan.parcel_id)
        for plan in plans
        if plan.uncovered != plan.known.uncovered
    ]
