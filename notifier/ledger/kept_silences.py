"""Silences: what people do not want to be told of for a while."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from notifier.domain.silences import Silence
from notifier.ledger.database import Database, from_ms, to_ms
from notifier.ledger.row_values import dump


class Silences:
    """Keep silences and when they end."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, matchers: Sequence[str], *, starts_at: datetime, ends_at: datetime, by: str, why: str) -> int:
        with self._db.write():
            return self._db.insert(
                "INSERT INTO silences (matchers, starts_at, ends_at, by, why) VALUES (?, ?, ?, ?, ?)",
                (dump(list(matchers)), to_ms(starts_at), to_ms(ends_at), by, why),
            )

    def end(self, silence_id: int, now: datetime) -> bool:
        """What it held back is said now; False if it had ended, or never was."""
        silence = next((one for one in self.current(now) if one.id == silence_id), None)
        if silence is None:
            return False
        with self._db.write():
            self._db.execute("UPDATE silences SET ends_at = ? WHERE id = ?", (to_ms(now), silence_id))
            self._db.execute(
                "UPDATE reminders SET due_at = ? WHERE state = 'planned' AND due_at = ? AND reason = ?",
                (to_ms(now), to_ms(silence.ends_at), silence.words),
            )
            # what it would have outlasted was given up; what is ahead of that is planned again
            self._db.execute(
                "UPDATE parcels SET stale = stale + 1 WHERE id IN (SELECT parcel_id FROM reminders "
                "WHERE state = 'superseded' AND reason = ? AND milestone_at > ?)",
                (silence.words, to_ms(now - timedelta(days=1))),
            )
        return True

    def current(self, now: datetime) -> list[Silence]:
        """Those that have not ended."""
        rows = self._db.rows("SELECT * FROM silences WHERE ends_at > ? ORDER BY ends_at", (to_ms(now),))
        return [
            Silence(
                id=row["id"],
                matchers=tuple(json.loads(row["matchers"])),
                starts_at=from_ms(row["starts_at"]),
                ends_at=from_ms(row["ends_at"]),
                by=row["by"],
                why=row["why"],
            )
            for row in rows
        ]
