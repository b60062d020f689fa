"""What people say that they have done: a milestone of a parcel, or that a parcel is skipped."""

from __future__ import annotations

from datetime import datetime

from notifier.domain.planning import ALL_MILESTONES
from notifier.ledger.database import Database, to_ms

# Keep a word; the first one stays.
_ADD = """INSERT INTO acks (parcel_id, milestone, at, by) VALUES (?, ?, ?, ?)
ON CONFLICT (parcel_id, milestone) DO NOTHING"""

# What is taken back when the word on one milestone is, or on all of a parcel.
_TO_REMOVE = "SELECT milestone FROM acks WHERE parcel_id = ? AND (milestone = ? OR ? = 1)"

# Take back the word on one milestone, or on all of a parcel.
_REMOVE = "DELETE FROM acks WHERE parcel_id = ? AND (milestone = ? OR ? = 1)"

# A word, or that it was taken back, is to be told to others.
_ADD_NEWS = """INSERT INTO answer_news (parcel_id, milestone, at, by, withdrawn)
VALUES (?, ?, ?, ?, ?)"""

# A parcel is to be planned anew.
_MAKE_STALE = "UPDATE parcels SET stale = stale + 1 WHERE id = ?"

# The parcels that people do not bid on.
_SKIPPED = "SELECT parcel_id FROM acks WHERE milestone = ?"

_SUBJECT = "answers"  # the news of answers is read by its ids, so these must be stored in order


class Acknowledgements:
    """Keep what is done and what is skipped; the parcel is planned anew after each word.

    That others are to be told of a word is stored with it.
    """

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, parcel_id: int, milestone: str, by: str, now: datetime) -> None:
        """Keep that `milestone` is done, or with ALL_MILESTONES that the parcel is skipped."""
        with self._db.write(_SUBJECT):
            self.keep(parcel_id, milestone, by, now)

    def keep(self, parcel_id: int, milestone: str, by: str, now: datetime) -> None:
        """Do as `add` does, within a transaction of the caller's whose subject is "answers"."""
        if self._db.execute(_ADD, (parcel_id, milestone, to_ms(now), by)):
            self._db.execute(_ADD_NEWS, (parcel_id, milestone, to_ms(now), by, 0))
        self._db.execute(_MAKE_STALE, (parcel_id,))

    def remove(self, parcel_id: int, milestone: str, by: str, now: datetime) -> int:
        """Take back what was said of `milestone`, or with ALL_MILESTONES of the parcel.

        Return how much that was.
        """
        which = (parcel_id, milestone, int(milestone == ALL_MILESTONES))
        with self._db.write(_SUBJECT):
            undone = [row["milestone"] for row in self._db.rows(_TO_REMOVE, which)]
            if undone:
                self._db.execute(_REMOVE, which)
                news = [(parcel_id, name, to_ms(now), by, 1) for name in undone]
                self._db.execute_many(_ADD_NEWS, news)
                self._db.execute(_MAKE_STALE, (parcel_id,))
        return len(undone)

    def skipped(self) -> frozenset[int]:
        """Return the ids of the parcels that people do not bid on."""
        return frozenset(row["parcel_id"] for row in self._db.rows(_SKIPPED, (ALL_MILESTONES,)))
