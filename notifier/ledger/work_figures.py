"""Figures of the work: how many deliveries are in which state, and how late what was said came."""

from __future__ import annotations

from datetime import datetime

from notifier.domain.measures import Late, Tally
from notifier.ledger.database import Database, from_ms, to_ms

# How many deliveries each channel has in each state.
_TALLIES = (
    "SELECT channel, state, count(*) AS n FROM deliveries GROUP BY channel, state ORDER BY "
    "channel, state"
)

# What reached people after an instant, with when the first of its reminders was due.
_LATE = """SELECT d.channel, d.ended_at, min(r.due_at) AS due_at FROM deliveries d
JOIN reminders r ON r.message_id = d.message_id
WHERE d.state IN ('sent', 'accepted') AND d.ended_at > ? GROUP BY d.id, d.channel, d.ended_at
ORDER BY d.ended_at"""

# Since when the one that has waited longest could have been sent.
_WAITING_SINCE = "SELECT min(next_at) FROM deliveries WHERE state = 'queued'"


class Measures:
    """Count what was done."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def tallies(self) -> list[Tally]:
        """Return how many deliveries each channel has in each state."""
        return [
            Tally(row["channel"], row["state"], int(row["n"])) for row in self._db.rows(_TALLIES)
        ]

    def late(self, since: datetime) -> list[Late]:
        """Return how late each delivery of a reminder came that reached people after `since`."""
        rows = self._db.rows(_LATE, (to_ms(since),))
        return [
            Late(row["channel"], from_ms(row["ended_at"]), (row["ended_at"] - row["due_at"]) / 1000)
            for row in rows
        ]

    def waiting_since(self) -> datetime | None:
        """Return since when the delivery that waits longest could be sent; None if none does."""
        at = self._db.value(_WAITING_SINCE)
        return None if at is None else from_ms(int(at))
