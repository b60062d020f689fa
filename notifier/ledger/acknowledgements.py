"""What people say that they have done: a milestone of a parcel, or that a parcel is skipped."""

from __future__ import annotations

from datetime import datetime

from notifier.domain.planning import ALL_MILESTONES
from notifier.ledger.database import Database, to_ms

# Keep a word; the first one stays.
_ADD = """INSERT INTO acks (parcel_id, milestone, at, by) VALUES (?, ?, ?, ?)
ON CONFLICT (parcel_id, milestone) DO NOTHING"""

# Take back the word on one milestone, or on all of a parcel.
_REMOVE = "DELETE FROM acks WHERE parcel_id = ? AND (milestone = ? OR ? = 1)"

# A parcel is to be planned anew.
_MAKE_STALE = "UPDATE parcels SET stale = stale + 1 WHERE id = ?"

# The parcels that people do not bid on.
_SKIPPED = "SELECT parcel_id FROM acks WHERE milestone = ?"


class Acknowledgements:
    """Keep what is done and what is skipped; the parcel is planned anew after each word."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, parcel_id: int, milestone: str, by: str, now: datetime) -> None:
        """Keep that `milestone` is done, or with ALL_MILESTONES that the parcel is skipped."""
        with self._db.write():
            self._db.execute(_ADD, (parcel_id, milestone, to_ms(now), by))
            self._db.execute(_MAKE_STALE, (parcel_id,))

    def remove(self, parcel_id: int, milestone: str) -> int:
        """Take back what was said of `milestone`, or with ALL_MILESTONES of the parcel.

        Return how much that was.
        """
        with self._db.write():
            undone = self._db.execute(
                _REMOVE, (parcel_id, milestone, int(milestone == ALL_MILESTONES))
            )
            if undone:
                self._db.execute(_MAKE_STALE, (parcel_id,))
        return undone

    def skipped(self) -> frozenset[int]:
        """Return the ids of the parcels that people do not bid on."""
        return frozenset(row["parcel_id"] for row in self._db.rows(_SKIPPED, (ALL_MILESTONES,)))
