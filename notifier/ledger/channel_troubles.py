"""What keeps failing: a channel, an address of it, the messages that it is given."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from notifier.domain.outcomes import About
from notifier.domain.recipients import Route
from notifier.domain.troubles import Trouble
from notifier.ledger.database import Database, DatabaseRow, from_ms, to_ms

_KEPT = timedelta(days=30)

# A trouble of long ago has nothing to do with a failure of today.
_FORGET = "DELETE FROM troubles WHERE channel = ? AND about = ? AND address = ? AND last_at < ?"

# One failure more: of the trouble that goes on, or the first of a new one.
_COUNT = """INSERT INTO troubles (channel, about, address, since, failures, words, last_at)
VALUES (?, ?, ?, ?, 1, ?, ?) ON CONFLICT (channel, about, address) DO UPDATE SET
since = CASE WHEN troubles.is_over = 1 THEN excluded.since ELSE troubles.since END,
failures = CASE WHEN troubles.is_over = 1 THEN 1 ELSE troubles.failures + 1 END,
is_reported = CASE WHEN troubles.is_over = 1 THEN 0 ELSE troubles.is_reported END,
is_over = 0, words = excluded.words, last_at = excluded.last_at
RETURNING channel, about, address, since, failures, words, is_reported, reported_at"""

# People are told that a trouble began, unless they know.
_MARK_REPORTED = """UPDATE troubles SET is_reported = 1, reported_at = ?
WHERE channel = ? AND about = ? AND address = ? AND is_reported = 0"""

# The troubles of a channel that are not over.
_OF_CHANNEL = "SELECT * FROM troubles WHERE channel = ? AND is_over = 0 ORDER BY about, address"

# A trouble is over; people who know of it are told so.
_END = """UPDATE troubles SET is_over = 1,
reported_at = CASE WHEN is_reported = 1 THEN ? ELSE reported_at END
WHERE channel = ? AND about = ? AND address = ? AND is_over = 0"""

# What is wrong with a channel, or with one address of it: first what people know of.
_OF_ADDRESS = """SELECT * FROM troubles WHERE channel = ? AND is_over = 0
AND (about = 'channel' OR about = 'address' AND address = ?) ORDER BY is_reported DESC, about LIMIT
1"""

# All channels and addresses that fail.
_CURRENT = """SELECT * FROM troubles WHERE is_over = 0 AND about IN ('channel', 'address')
ORDER BY channel, address"""


class ChannelTroubles:
    """Count failures, and keep which of them people know of."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def note_failure(
        self, channel: str, about: About, address: str, words: str, now: datetime
    ) -> Trouble:
        """Count a failure; return the trouble that it belongs to."""
        subject = (channel, about.value, address)
        with self._db.write():
            self._db.execute(_FORGET, (*subject, to_ms(now - _KEPT)))
            (row,) = self._db.rows(_COUNT, (*subject, to_ms(now), words, to_ms(now)))
        return _trouble(row)

    def mark_reported(self, trouble: Trouble, now: datetime) -> bool:
        """Note that people are told that a trouble began; return False if they knew before."""
        subject = (trouble.channel, trouble.about.value, trouble.address)
        with self._db.write():
            return self._db.execute(_MARK_REPORTED, (to_ms(now), *subject)) == 1

    def end(
        self, channel: str, address: str, now: datetime, *, refused: Collection[str] = ()
    ) -> list[Trouble]:
        """Note that `address` of `channel` got a message; return the troubles that this ends.

        An empty `address` stands for all that the channel's URL names, but for those that `refused`
        the message.
        """
        ended = []
        for row in self._db.rows(_OF_CHANNEL, (channel,)):
            if address:
                got_message = row["address"] == address
            else:
                got_message = row["address"] not in refused or row["address"] == ""
            if row["about"] != About.ADDRESS or got_message:
                ended.append(_trouble(row))
        if not ended:
            return []
        subjects = [
            (to_ms(now), trouble.channel, trouble.about.value, trouble.address) for trouble in ended
        ]
        with self._db.write():
            # of two nodes that end the same trouble, only one tells people
            return [
                trouble
                for trouble, subject in zip(ended, subjects, strict=True)
                if self._db.execute(_END, subject) == 1
            ]

    def of(self, channel: str, address: str) -> Trouble | None:
        """Return what is wrong at present with a channel, or with this address of it."""
        row = self._db.row(_OF_ADDRESS, (channel, address))
        return None if row is None else _trouble(row)

    def current(self) -> Mapping[str, tuple[datetime, str]]:
        """Return route -> (since when it fails, its last words), of all that fail at present."""
        return {
            str(Route(channel=row["channel"], address=row["address"])): (
                from_ms(row["since"]),
                row["words"],
            )
            for row in self._db.rows(_CURRENT)
        }


def _trouble(row: DatabaseRow) -> Trouble:
    return Trouble(
        channel=row["channel"],
        about=About(row["about"]),
        address=row["address"],
        since=from_ms(row["since"]),
        failures=row["failures"],
        words=row["words"],
        is_reported=bool(row["is_reported"]),
        reported_at=None if row["reported_at"] is None else from_ms(row["reported_at"]),
    )
