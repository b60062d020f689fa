"""Single values that are remembered by a key, such as the last beat or the last backup."""

from __future__ import annotations

from notifier.ledger.database import Database

# The text kept under a key.
_GET = "SELECT value FROM meta WHERE key = ?"

# Keep a text under a key, in the place of what was there.
_PUT = (
    "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = "
    "excluded.value"
)


class Memory:
    """Keep one text for each key."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, key: str) -> str | None:
        """Return the text kept under `key`; None if there is none."""
        value = self._db.value(_GET, (key,))
        return None if value is None else str(value)

    def put(self, key: str, value: str) -> None:
        """Keep `value` under `key`, in the place of what was there."""
        with self._db.write():
            self._db.execute(_PUT, (key, value))
