"""Pauses: who asked to hear nothing of a deadline for a while."""

from __future__ import annotations

from notifier.domain.pauses import Pause, PauseKind
from notifier.domain.planning import ALL_MILESTONES
from notifier.domain.values import MilestoneName
from notifier.ledger.database import Database, DatabaseRow, from_ms, to_ms

# Keep a pause; the last word of a recipient on a deadline counts.
_ADD = """INSERT INTO pauses (parcel_id, recipient, milestone, milestone_at, kind, said_at, until,
    by)
VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (parcel_id, recipient, milestone, milestone_at)
DO UPDATE SET kind = excluded.kind, said_at = excluded.said_at, until = excluded.until,
by = excluded.by"""

# Take back the pauses of one milestone, or of all of a parcel.
_REMOVE = "DELETE FROM pauses WHERE parcel_id = ? AND (milestone = ? OR ? = 1)"

# The pauses of a parcel.
_OF_PARCEL = "SELECT * FROM pauses WHERE parcel_id = ? ORDER BY until, recipient"

# A parcel is to be planned anew.
_MAKE_STALE = "UPDATE parcels SET stale = stale + 1 WHERE id = ?"


class Pauses:
    """Keep pauses; the parcel is planned anew after each."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, parcel_id: int, pause: Pause) -> None:
        """Keep a pause in place of the recipient's earlier one of the same deadline."""
        values = (
            parcel_id,
            pause.recipient,
            pause.milestone.value,
            to_ms(pause.milestone_at),
            pause.kind.value,
            to_ms(pause.said_at),
            to_ms(pause.until),
            pause.by,
        )
        with self._db.write():
            self._db.execute(_ADD, values)
            self._db.execute(_MAKE_STALE, (parcel_id,))

    def remove(self, parcel_id: int, milestone: str) -> int:
        """Take back the pauses of `milestone`, or with ALL_MILESTONES of the parcel.

        Return how many that were.
        """
        with self._db.write():
            removed = self._db.execute(
                _REMOVE, (parcel_id, milestone, int(milestone == ALL_MILESTONES))
            )
            if removed:
                self._db.execute(_MAKE_STALE, (parcel_id,))
        return removed

    def of_parcel(self, parcel_id: int) -> list[Pause]:
        """Return the pauses of a parcel, those that ended long ago as well."""
        return [pause_of_row(row) for row in self._db.rows(_OF_PARCEL, (parcel_id,))]


def pause_of_row(row: DatabaseRow) -> Pause:
    """Return the pause of a row of `pauses`."""
    return Pause(
        recipient=row["recipient"],
        milestone=MilestoneName(row["milestone"]),
        milestone_at=from_ms(row["milestone_at"]),
        kind=PauseKind(row["kind"]),
        said_at=from_ms(row["said_at"]),
        until=from_ms(row["until"]),
        by=row["by"],
    )
