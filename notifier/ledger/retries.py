"""Deliveries that are tried again: after a crash, after a trouble, when a person asks for it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from notifier.domain.outcomes import About
from notifier.domain.troubles import Trouble
from notifier.ledger.database import ARRIVED, COPIED_AT, RESTORED_AT, Database, to_ms
from notifier.ledger.memory import Memory
from notifier.ledger.settlement import NOT_DELIVERED


class Retries:
    """Queue deliveries again."""

    def __init__(self, database: Database, memory: Memory) -> None:
        self._db = database
        self._memory = memory

    def recover(self, now: datetime) -> int:
        """Queue again, as possible repeats, what was under way when the process died; how many deliveries.

        In a backup that is put to use, whatever waits or was due since it was made may have been sent.
        """
        if self._memory.get(COPIED_AT) is not None and self._memory.get(RESTORED_AT) is None:
            with self._db.write():
                self._db.execute("UPDATE deliveries SET maybe_repeat = 1 WHERE state = 'queued'")
                self._db.execute("INSERT INTO meta VALUES (?, ?)", (RESTORED_AT, now.isoformat()))
        return self._requeue("state = 'sending'", (), now)

    def recover_expired_leases(self, now: datetime, *, but: Collection[int] = ()) -> int:
        """The same for deliveries whose worker has been silent beyond its lease; `but` those that the caller knows to
        be under way, for the clock may have been set forth meanwhile."""
        marks = ", ".join("?" * len(but))
        return self._requeue(f"state = 'sending' AND lease_until < ? AND id NOT IN ({marks})", (to_ms(now), *but), now)

    def _requeue(self, where: str, parameters: tuple[int, ...], now: datetime) -> int:
        if not self._db.value(f"SELECT 1 FROM deliveries WHERE {where} LIMIT 1", parameters):  # noqa: S608  # constants
            return 0
        with self._db.write():
            return self._db.execute(
                "UPDATE deliveries SET state = 'queued', maybe_repeat = 1, next_at = ?, lease_until = NULL "  # noqa: S608
                f"WHERE {where}",
                (to_ms(now), *parameters),
            ).rowcount

    def retry_failed(self, now: datetime) -> int:
        """Queue again what failed for good, is still of use, and was not said by a fallback; how many deliveries."""
        return self._queue_failed(
            f"NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.stands_for = deliveries.id AND o.state IN {ARRIVED})",  # noqa: S608  # a constant
            (),
            now,
        )

    def release(self, trouble: Trouble, now: datetime) -> int:
        """A trouble is over: what waits for the channel, or for the address, is tried now and not each at its own
        next try; with it what was given up because of it, is still of use, and did not arrive in any other way. How
        many deliveries."""
        where = "channel = ?"
        subject: tuple[object, ...] = (trouble.channel,)
        if trouble.about is About.ADDRESS:
            where, subject = f"{where} AND address = ?", (*subject, trouble.address)
        waiting = self._db.value(
            f"SELECT 1 FROM deliveries WHERE state = 'queued' AND next_at > ? AND {where} LIMIT 1",  # noqa: S608  # constants
            (to_ms(now), *subject),
        )
        released = 0
        if waiting is not None:
            with self._db.write():
                released = self._db.execute(
                    f"UPDATE deliveries SET next_at = ? WHERE state = 'queued' AND next_at > ? AND {where}",  # noqa: S608  # constants
                    (to_ms(now), to_ms(now), *subject),
                ).rowcount
        return released + self._queue_failed(
            f"{where} AND about = ? AND ended_at >= ? AND NOT EXISTS (SELECT 1 FROM deliveries o "  # noqa: S608  # constants
            "WHERE o.message_id = deliveries.message_id AND o.state IN ('queued', 'sending', 'sent', 'accepted'))",
            (*subject, trouble.about.value, to_ms(trouble.since)),
            now,
        )

    def _queue_failed(self, which: str, parameters: Sequence[object], now: datetime) -> int:
        """Queue again those of the failed deliveries that are still of use."""
        of_use = "SELECT id FROM messages WHERE expires_at > ?"
        failed = f"state = 'failed' AND message_id IN ({of_use}) AND {which}"  # constants, here and below
        found = self._db.value(f"SELECT 1 FROM deliveries WHERE {failed} LIMIT 1", (to_ms(now), *parameters))  # noqa: S608
        if found is None:
            return 0
        with self._db.write():
            self._db.execute(
                "UPDATE reminders SET state = 'claimed' WHERE state = 'missed' AND reason = ? AND message_id IN "  # noqa: S608
                f"(SELECT message_id FROM deliveries WHERE {failed})",
                (NOT_DELIVERED, to_ms(now), *parameters),
            )
            return self._db.execute(
                f"UPDATE deliveries SET state = 'queued', next_at = ?, ended_at = NULL, unknowns = 0 WHERE {failed}",  # noqa: S608
                (to_ms(now), to_ms(now), *parameters),
            ).rowcount

    def bring_forward(self, recipient: str, now: datetime) -> None:
        """What was put off for `recipient` is tried now."""
        with self._db.write():
            self._db.execute(
                "UPDATE deliveries SET next_at = ? WHERE state = 'queued' AND next_at > ? "
                "AND message_id IN (SELECT id FROM messages WHERE recipient = ?)",
                (to_ms(now), to_ms(now), recipient),
            )
