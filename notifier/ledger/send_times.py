"""When each channel was given something, by whichever node: the pace that all keep together."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from notifier.domain.jobs import Job
from notifier.domain.pace import PaceLimit
from notifier.ledger.database import Database, from_ms, to_ms

_WINDOW = timedelta(seconds=64)
"""A minute, and what the clocks of two nodes may differ by."""

_OPEN_FOR = timedelta(minutes=5)
"""How long a sending that nobody ended is taken for one under way."""

# What a channel was given since an instant, and what it is being given.
_LATELY = """SELECT at, is_open FROM sends
WHERE channel = ? AND (is_open = 0 AND at > ? OR is_open = 1 AND at > ?)"""

# A message is being handed over.
_BEGIN = "INSERT INTO sends (delivery_id, number, channel, at) VALUES (?, ?, ?, ?)"

# It was handed over.
_END = "UPDATE sends SET at = ?, is_open = 0 WHERE delivery_id = ? AND number = ?"

# It was not, after all.
_UNDO = "DELETE FROM sends WHERE delivery_id = ? AND number = ? AND is_open = 1"

# Nobody is at work on it any more; it may have been handed over just now.
_END_ABANDONED = """UPDATE sends SET at = ?, is_open = 0 WHERE is_open = 1 AND NOT EXISTS
(SELECT 1 FROM deliveries d WHERE d.id = sends.delivery_id AND d.state = 'sending'
AND d.attempts = sends.number)"""

# What counts for nothing any more.
_FORGET = "DELETE FROM sends WHERE channel = ? AND at < ?"


class SendTimes:
    """Count what a channel is given. Verbs that write do so in a transaction of the caller's."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def ready_at(self, channel: str, limit: PaceLimit, now: datetime) -> datetime:
        """Return when `channel` may be given the next message: `now` or later.

        What is under way counts as sent at `now`.
        """
        window = max(_WINDOW, limit.apart)
        since = (to_ms(now - window), to_ms(now - _OPEN_FOR))
        times = sorted(
            max(now, from_ms(row["at"])) if row["is_open"] else from_ms(row["at"])
            for row in self._db.rows(_LATELY, (channel, *since))
        )
        ready = now
        if times:
            ready = max(ready, times[-1] + limit.apart)
        if limit.per_minute is not None and len(times) >= limit.per_minute:
            ready = max(ready, times[-limit.per_minute] + _WINDOW)
        return ready

    def begin(self, job: Job, limit: PaceLimit, now: datetime) -> None:
        """Count a message that is about to be handed over."""
        old = now - max(_OPEN_FOR, limit.apart)
        self._db.execute(_FORGET, (job.channel, to_ms(old)))
        self._db.execute(_BEGIN, (job.id, job.attempt, job.channel, to_ms(now)))

    def end(self, jobs: Iterable[Job], now: datetime) -> None:
        """Note that messages were handed over by `now`, if they were counted."""
        if self._db.node:
            self._db.execute_many(_END, [(to_ms(now), job.id, job.attempt) for job in jobs])

    def undo(self, attempts: Iterable[tuple[int, int]]) -> None:
        """Count these (delivery, attempt) no more: they were not handed over."""
        if self._db.node:
            self._db.execute_many(_UNDO, attempts)

    def end_abandoned(self, now: datetime) -> None:
        """Count what nobody ended as handed over at `now`."""
        self._db.execute(_END_ABANDONED, (to_ms(now),))
