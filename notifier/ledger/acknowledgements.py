"""What people say that they have done: a milestone of a parcel, or that a parcel is skipped."""

from __future__ import annotations

from datetime import datetime

from notifier.domain.planning import ALL_MILESTONES
from notifier.ledger.database import Database, to_ms


class Acknowledgements:
    """Keep what is done and what is skipped; the parcel is planned anew after each word."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, parcel_id: int, milestone: str, by: str, now: datetime) -> None:
        """`milestone` is done, ALL_MILESTONES: the parcel is skipped. Its reminders are cancelled when planned anew."""
        with self._db.write():
            self._db.execute(
                "INSERT INTO acks VALUES (?, ?, ?, ?) ON CONFLICT (parcel_id, milestone) DO NOTHING",
                (parcel_id, milestone, to_ms(now), by),
            )
            self._db.execute("UPDATE parcels SET stale = stale + 1 WHERE id = ?", (parcel_id,))

    def remove(self, parcel_id: int, milestone: str) -> int:
        """Undo; with ALL_MILESTONES everything that was acknowledged of the parcel. How much that was."""
        with self._db.write():
            undone = self._db.execute(
                "DELETE FROM acks WHERE parcel_id = ? AND (milestone = ? OR ? = ?)",
                (parcel_id, milestone, milestone, ALL_MILESTONES),
            ).rowcount
            if undone:
                self._db.execute("UPDATE parcels SET stale = stale + 1 WHERE id = ?", (parcel_id,))
        return undone

    def skipped(self) -> frozenset[int]:
        """Return the ids of the parcels that people do not bid on."""
        rows = self._db.rows("SELECT parcel_id FROM acks WHERE milestone = ?", (ALL_MILESTONES,))
        return frozenset(row["parcel_id"] for row in rows)
