"""Care for the ledger itself: who runs on it, whether it is sound, copies of it, what is old enough to go."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from notifier.ledger.database import COPIED_AT, RESTORED_AT, Database, to_ms


class Upkeep:
    """Answer for the state of the ledger as a whole."""

    def __init__(self, database: Database) -> None:
        self._db = database

    @property
    def path(self) -> Path:
        """The ledger's file."""
        return self._db.path

    def hold(self) -> None:
        """Become the one daemon of this ledger, until it is closed. LedgerHeld says who is."""
        self._db.hold()

    def holder(self) -> str:
        """Return who runs the daemon of this ledger now; empty if nobody does."""
        return self._db.holder()

    def ensure_intact(self) -> None:
        """Raise LedgerError if the ledger that was opened is no longer the one at its place."""
        self._db.ensure_intact()

    def check(self) -> str:
        """Return what is damaged, in the database's own words; empty if the ledger is sound."""
        return self._db.check()

    def backup(self, target: Path, now: datetime) -> None:
        """Write a consistent copy to `target`, whole or not at all. BackupRefused if something is there already."""
        self._db.backup(target, now)

    def forget_that_it_is_a_copy(self) -> None:
        """Treat a copy that is only looked at as the original: nobody has sent meanwhile what waits in it."""
        with self._db.write():
            self._db.execute("DELETE FROM meta WHERE key IN (?, ?)", (COPIED_AT, RESTORED_AT))

    def forget_old(self, now: datetime, keep: timedelta = timedelta(days=730)) -> int:
        """Delete attempts and deliveries of long ago; never a notice, a parcel, a change or a reminder."""
        before = to_ms(now - keep)
        with self._db.write():
            for table in ("attempts", "texts"):
                self._db.execute(
                    f"DELETE FROM {table} WHERE delivery_id IN (SELECT id FROM deliveries WHERE ended_at < ? "  # noqa: S608  # a constant
                    "AND state IN ('sent', 'accepted', 'failed', 'expired'))",
                    (before,),
                )
            return self._db.execute(
                "DELETE FROM deliveries WHERE ended_at < ? AND state IN ('sent', 'accepted', 'failed', 'expired')",
                (before,),
            ).rowcount
