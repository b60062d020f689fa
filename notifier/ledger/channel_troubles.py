"""What keeps failing: a channel, an address of it, the messages that it is given."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from notifier.domain.outcomes import About
from notifier.domain.recipients import Route
from notifier.domain.troubles import Trouble
from notifier.ledger.database import Database, Row, from_ms, to_ms

_KEPT = timedelta(days=30)


class ChannelTroubles:
    """Count failures, and keep which are known to people."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def note_failure(self, channel: str, about: About, address: str, words: str, now: datetime) -> Trouble:
        """Count a failure in a row; the trouble that it belongs to."""
        subject = (channel, about.value, address)
        with self._db.write():
            self._db.execute(
                "DELETE FROM troubles WHERE channel = ? AND about = ? AND address = ? AND last_at < ?",
                (*subject, to_ms(now - _KEPT)),
            )
            self._db.execute(
                "INSERT INTO troubles (channel, about, address, since, failures, words, last_at) "
                "VALUES (?, ?, ?, ?, 1, ?, ?) ON CONFLICT (channel, about, address) DO UPDATE SET "
                "since = CASE WHEN is_over THEN excluded.since ELSE since END, "
                "failures = CASE WHEN is_over THEN 1 ELSE failures + 1 END, "
                "is_reported = CASE WHEN is_over THEN 0 ELSE is_reported END, "
                "is_over = 0, words = excluded.words, last_at = excluded.last_at",
                (*subject, to_ms(now), words, to_ms(now)),
            )
            row = self._db.row("SELECT * FROM troubles WHERE channel = ? AND about = ? AND address = ?", subject)
        assert row is not None  # it was just written
        return _trouble(row)

    def mark_reported(self, trouble: Trouble, now: datetime) -> bool:
        """Whether people have not been told yet that this trouble began; from now on they have."""
        with self._db.write():
            marked = self._db.execute(
                "UPDATE troubles SET is_reported = 1, reported_at = ? "
                "WHERE channel = ? AND about = ? AND address = ? AND is_reported = 0",
                (to_ms(now), trouble.channel, trouble.about.value, trouble.address),
            )
            return marked.rowcount == 1

    def end(self, channel: str, address: str, now: datetime, *, refused: Collection[str] = ()) -> list[Trouble]:
        """`address` of `channel` got a message: what that ends. An empty `address` stands for all that the channel's
        URL names, but for those that `refused` it."""
        rows = self._db.rows("SELECT * FROM troubles WHERE channel = ? AND is_over = 0", (channel,))
        ended = []
        for row in rows:
            is_other = row["address"] != address and (address or row["address"] in refused)
            if row["about"] != About.ADDRESS or not is_other:
                ended.append(_trouble(row))
        if ended:
            with self._db.write():
                self._db.execute_many(
                    "UPDATE troubles SET is_over = 1, reported_at = CASE WHEN is_reported THEN ? ELSE reported_at END "
                    "WHERE channel = ? AND about = ? AND address = ?",
                    [(to_ms(now), one.channel, one.about.value, one.address) for one in ended],
                )
        return ended

    def of(self, channel: str, address: str) -> Trouble | None:
        """What is wrong at present with a channel, or with this address of it."""
        row = self._db.row(
            "SELECT * FROM troubles WHERE channel = ? AND is_over = 0 "
            "AND (about = 'channel' OR about = 'address' AND address = ?) ORDER BY is_reported DESC LIMIT 1",
            (channel, address),
        )
        return None if row is None else _trouble(row)

    def current(self) -> Mapping[str, tuple[datetime, str]]:
        """The channels and addresses that fail at present: since when, and their last words."""
        rows = self._db.rows(
            "SELECT * FROM troubles WHERE is_over = 0 AND about IN ('channel', 'address') ORDER BY channel, address"
        )
        return {
            str(Route(channel=row["channel"], address=row["address"])): (from_ms(row["since"]), row["words"])
            for row in rows
        }


def _trouble(row: Row) -> Trouble:
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
