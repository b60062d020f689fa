"""Silences: what people do not want to be told of for a while."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from notifier.domain.silences import Silence
from notifier.ledger.database import Database, DatabaseRow, from_ms, to_ms
from notifier.ledger.row_values import dump

# One silence.
_ADD = (
    "INSERT INTO silences (matchers, starts_at, ends_at, by, why) VALUES (?, ?, ?, ?, ?) "
    "RETURNING id"
)

# The silences that have not ended, the first to end first.
_CURRENT = "SELECT * FROM silences WHERE ends_at > ? ORDER BY ends_at, id"

# A silence ends now.
_END = "UPDATE silences SET ends_at = ? WHERE id = ?"

# What a silence held back until its end is due now.
_FREE_REMINDERS = """UPDATE reminders SET due_at = ?
WHERE state = 'planned' AND due_at = ? AND reason = ?"""

# The parcels with reminders that a silence gave up because it would have outlasted them. They are
# planned anew, so that what is ahead comes back.
_PLAN_AGAIN = """UPDATE parcels SET stale = stale + 1 WHERE id IN (SELECT parcel_id FROM reminders
WHERE state = 'superseded' AND reason = ? AND milestone_at > ?)"""


class Silences:
    """Keep silences and when they end."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(
        self, matchers: Sequence[str], *, starts_at: datetime, ends_at: datetime, by: str, why: str
    ) -> int:
        """Keep a silence; return its id."""
        values = (dump(list(matchers)), to_ms(starts_at), to_ms(ends_at), by, why)
        with self._db.write():
            return self._db.insert(_ADD, values)

    def end(self, silence_id: int, now: datetime) -> bool:
        """End a silence and let go of what it held back.

        Return False if it had ended, or never was.
        """
        silence = next((silence for silence in self.current(now) if silence.id == silence_id), None)
        if silence is None:
            return False
        with self._db.write("claims"):
            self._db.execute(_END, (to_ms(now), silence_id))
            self._db.execute(_FREE_REMINDERS, (to_ms(now), to_ms(silence.ends_at), silence.words))
            self._db.execute(_PLAN_AGAIN, (silence.words, to_ms(now - timedelta(days=1))))
        return True

    def current(self, now: datetime) -> list[Silence]:
        """Return the silences that have not ended."""
        return [_silence(row) for row in self._db.rows(_CURRENT, (to_ms(now),))]


def _silence(row: DatabaseRow) -> Silence:
    return Silence(
        id=row["id"],
        matchers=tuple(json.loads(row["matchers"])),
        starts_at=from_ms(row["starts_at"]),
        ends_at=from_ms(row["ends_at"]),
        by=row["by"],
        why=row["why"],
    )
