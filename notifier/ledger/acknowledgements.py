"""What people say that they have done: a milestone of a parcel, or that a parcel is skipped."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from notifier.domain.planning import ALL_MILESTONES
from notifier.ledger.database import Database, from_ms, to_ms

# Keep a word; the first one stays.
_ADD = """INSERT INTO acks (parcel_id, milestone, at, by) VALUES (?, ?, ?, ?)
ON CONFLICT (parcel_id, milestone) DO NOTHING"""

# Keep a person's own word.
_ADD_OWN = """INSERT INTO own_answers (parcel_id, milestone, by, at) VALUES (?, ?, ?, ?)
ON CONFLICT DO NOTHING"""

# Whether a person's own word on a milestone is waited for.
_IS_ASKED = """SELECT 1 FROM asked_people WHERE parcel_id = ? AND milestone = ? AND person = ?
LIMIT 1"""

# Take back everybody's own words on one milestone, or on all of a parcel.
_REMOVE_OWN = "DELETE FROM own_answers WHERE parcel_id = ? AND (milestone = ? OR ? = 1)"

# Who gave an own answer to a milestone, the first one first.
_OWN = """SELECT by, at FROM own_answers WHERE parcel_id = ? AND milestone = ? ORDER BY at, by"""

# Whose own answer to a milestone is missing: of one recipient, or (NULL) of any.
_MISSING = """SELECT DISTINCT person FROM missing_answers
WHERE parcel_id = ? AND milestone = ? AND recipient = coalesce(?, recipient) ORDER BY person"""

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
        is_first = self._db.execute(_ADD, (parcel_id, milestone, to_ms(now), by)) > 0
        is_own = milestone != ALL_MILESTONES and by != ""
        is_own = is_own and self._db.execute(_ADD_OWN, (parcel_id, milestone, by, to_ms(now))) > 0
        is_asked = is_own and self._db.value(_IS_ASKED, (parcel_id, milestone, by)) is not None
        if is_first or is_asked:
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
                self._db.execute(_REMOVE_OWN, which)
                news = [(parcel_id, name, to_ms(now), by, 1) for name in undone]
                self._db.execute_many(_ADD_NEWS, news)
                self._db.execute(_MAKE_STALE, (parcel_id,))
        return len(undone)

    def own(self, parcel_id: int, milestone: str) -> Mapping[str, datetime]:
        """Return who gave an own answer to `milestone` and when, the first one first."""
        rows = self._db.rows(_OWN, (parcel_id, milestone))
        return {row["by"]: from_ms(row["at"]) for row in rows}

    def missing(
        self, parcel_id: int, milestone: str, recipient: str | None = None
    ) -> tuple[str, ...]:
        """Return whose own answer to `milestone` is still waited for, by `recipient` or anybody."""
        rows = self._db.rows(_MISSING, (parcel_id, milestone, recipient))
        return tuple(row["person"] for row in rows)

    def skipped(self) -> frozenset[int]:
        """Return the ids of the parcels that people do not bid on."""
        return frozenset(row["parcel_id"] for row in self._db.rows(_SKIPPED, (ALL_MILESTONES,)))
