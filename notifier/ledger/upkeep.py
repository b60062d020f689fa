"""Care for the ledger as a whole: its daemon, damage, copies, and what is old."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from notifier.errors import LedgerError
from notifier.ledger.database import COPIED_AT, RESTORED_AT, Database, to_ms

MOVED_TO = "moved_to"
"""In a ledger that was moved: where it is now."""

# Where a ledger was moved to.
_MOVED_TO = "SELECT value FROM meta WHERE key = ?"

# A ledger was moved.
_NOTE_MOVING = (
    "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = "
    "excluded.value"
)

# A copy becomes an original: nobody else has sent what waits in it.
_FORGET_COPYING = "DELETE FROM meta WHERE key IN (?, ?)"

# The attempts of deliveries that ended before an instant.
_DELETE_ATTEMPTS = """DELETE FROM attempts WHERE delivery_id IN (SELECT id FROM deliveries
WHERE ended_at < ? AND state IN ('sent', 'accepted', 'failed', 'expired'))"""

# The texts of deliveries that ended before an instant.
_DELETE_TEXTS = """DELETE FROM texts WHERE delivery_id IN (SELECT id FROM deliveries
WHERE ended_at < ? AND state IN ('sent', 'accepted', 'failed', 'expired'))"""

# What stood for a delivery that ended before an instant, and may itself have ended later.
_FREE_STAND_INS = """UPDATE deliveries SET stands_for = NULL WHERE stands_for IN (SELECT id
FROM deliveries WHERE ended_at < ? AND state IN ('sent', 'accepted', 'failed', 'expired'))"""

# The deliveries that ended before an instant, after what belongs to them.
_DELETE_DELIVERIES = """DELETE FROM deliveries
WHERE ended_at < ? AND state IN ('sent', 'accepted', 'failed', 'expired')"""


class Upkeep:
    """Answer for the state of the ledger as a whole."""

    def __init__(self, database: Database) -> None:
        self._db = database

    @property
    def place(self) -> str:
        """Where the ledger is, in words for people."""
        return self._db.backend.place

    def hold(self) -> None:
        """Become the one process that works on this ledger, until it is closed.

        LedgerHeld says who is; LedgerError if the ledger was moved to another place.
        """
        self._db.backend.place_taken.hold()
        self._refuse_moved()  # only now: nobody can move it any more

    def join(self) -> str:
        """Become a daemon of this ledger, until it is closed; return its name among the others.

        Empty: the ledger can have no other. LedgerHeld says who keeps it from that; LedgerError if
        the ledger was moved to another place.
        """
        self._db.backend.place_taken.join()
        self._refuse_moved()  # only now: nobody can move it any more
        return self._db.node

    def _refuse_moved(self) -> None:
        moved_to = self._db.value(_MOVED_TO, (MOVED_TO,))
        if moved_to is not None:
            raise LedgerError(
                f"{self.place}: this ledger was moved to {moved_to}: name that one in the "
                "config, as ledger"
            )

    def holder(self) -> str:
        """Return who runs the daemons of this ledger now; empty if nobody does."""
        return self._db.backend.place_taken.holder()

    def ensure_present(self) -> None:
        """Raise LedgerError if the ledger that was opened is no longer the one at its place."""
        self._db.backend.ensure_present()

    def damage(self) -> str:
        """Return what is damaged, in the database's own words; empty if the ledger is sound."""
        return self._db.backend.damage()

    def size(self) -> int:
        """Return how many bytes the ledger takes, without its log."""
        return int(self._db.value(self._db.backend.size_query))

    def checkpoint(self) -> None:
        """Move what was written from the database's log into its tables, beside whoever writes."""
        self._db.backend.checkpoint()

    def copy_to(self, target: Path, now: datetime) -> None:
        """Write a consistent copy to the file `target`, whole or not at all.

        BackupRefused if something is there already. The copy knows that it is one: whoever restores
        it is told what may have been sent since it was made.
        """
        self._db.backend.copy_to(target, now)

    def mark_moved(self, place: str) -> None:
        """Note that this ledger is at `place` now: no daemon works on it any more."""
        with self._db.write():
            self._db.execute(_NOTE_MOVING, (MOVED_TO, place))

    def forget_copying(self) -> None:
        """Forget that this is a copy: nothing will be sent from it."""
        with self._db.write():
            self._db.execute(_FORGET_COPYING, (COPIED_AT, RESTORED_AT))

    def forget_old(self, now: datetime, keep: timedelta = timedelta(days=730)) -> int:
        """Delete attempts, texts and deliveries of long ago; return how many deliveries.

        A notice, a parcel, a change or a reminder is never deleted.
        """
        before = (to_ms(now - keep),)
        with self._db.write():
            self._db.execute(_DELETE_ATTEMPTS, before)
            self._db.execute(_DELETE_TEXTS, before)
            self._db.execute(_FREE_STAND_INS, before)
            return self._db.execute(_DELETE_DELIVERIES, before)
