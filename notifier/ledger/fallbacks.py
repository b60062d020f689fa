"""Other ways for what does not get through: its recipient's other routes.

A delivery by another route stands for the first one (`stands_for`). When the first arrives, those
that stand for it expire; when one of these arrives, the first does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from notifier.domain.delivery import failover_at
from notifier.domain.jobs import Job
from notifier.domain.recipients import Route
from notifier.ledger.database import Database, DatabaseRow, from_ms, message_locks, to_ms
from notifier.ledger.row_values import dump

_NO_CHANNEL = ""  # a name that no channel has: a list in SQL is never empty

# A delivery's message, and which of its reminders it tells.
_OWN = "SELECT message_id, items FROM deliveries WHERE id = ?"

# The deliveries of a message by a route, also those that were sent or failed; of the expired only
# those that stood for this delivery.
_BY_ROUTE = """SELECT items, stands_for FROM deliveries
WHERE message_id = ? AND channel = ? AND address = ? AND (state <> 'expired' OR stands_for = ?)"""

# The reminders of a message.
_REMINDERS = "SELECT id FROM reminders WHERE message_id = ?"

# A delivery that stands for another.
_STAND_FOR = """INSERT INTO deliveries (message_id, channel, address, fallback_for, stands_for,
    urgent, next_at,
maybe_repeat, items)
SELECT message_id, ?, ?, channel, id, urgent, ?, maybe_repeat, ? FROM deliveries WHERE id = ?"""

# What stands for a delivery that arrived itself is not needed.
_EXPIRE_FALLBACKS = """UPDATE deliveries SET state = 'expired', words = ?, ended_at = ?
WHERE stands_for = ? AND state = 'queued'"""

# A delivery is not needed if all that stands for it by one route has arrived.
_EXPIRE_ORIGINAL = """UPDATE deliveries SET state = 'expired', words = ?, ended_at = ?
WHERE id = ? AND state = 'queued' AND NOT EXISTS (SELECT 1 FROM deliveries o
WHERE o.stands_for = ? AND o.channel = ? AND o.address = ? AND o.state NOT IN ('sent',
'accepted'))"""

# What is queued for a channel and has nothing that stands for it.
_QUEUED = """SELECT d.id, d.message_id, m.recipient, m.created_at,
coalesce(m.soonest_at, m.expires_at) AS soonest_at
FROM deliveries d JOIN messages m ON m.id = d.message_id
WHERE d.state = 'queued' AND d.channel = ?
AND NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.stands_for = d.id)"""

# What waits for a channel that is not one of some.
_WITHOUT_CHANNEL = """SELECT d.id, d.message_id, m.recipient
FROM deliveries d JOIN messages m ON m.id = d.message_id
WHERE d.state = 'queued' AND d.channel NOT IN (?*)"""

# A delivery whose channel is gone.
_FAIL = """UPDATE deliveries SET state = 'failed', words = 'channel removed', ended_at = ?
WHERE id = ? AND state = 'queued'"""


class Fallbacks:
    """Queue what does not get through for other ways."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add_routes(self, delivery_id: int, routes: Sequence[Route], now: datetime) -> int:
        """Queue what a delivery tells by each of `routes`, too; return how many deliveries.

        A route is left out if the message has a delivery by it already that tells all of it, or
        that stands for this one: whether it is queued, sent or failed. If it tells a part of it,
        the new delivery tells the rest. Within a transaction of the caller's.
        """
        own = self._db.row(_OWN, (delivery_id,))
        if own is None:
            return 0
        added = 0
        for route in routes:
            values = (own["message_id"], route.channel, route.address, delivery_id)
            by_route = self._db.rows(_BY_ROUTE, values)
            # without `items` a delivery tells the whole message
            if any(row["stands_for"] == delivery_id or row["items"] is None for row in by_route):
                continue
            items = own["items"]
            if by_route:
                rest = self._items_of(own)
                for row in by_route:
                    rest -= set(json.loads(row["items"]))
                if not rest:
                    continue
                items = dump(sorted(rest))
            added += self._db.execute(
                _STAND_FOR, (route.channel, route.address, to_ms(now), items, delivery_id)
            )
        return added

    def _items_of(self, delivery: DatabaseRow) -> set[str]:
        """Return the reminders that a delivery tells of: of its part, or of the whole message."""
        if delivery["items"] is not None:
            return set(json.loads(delivery["items"]))
        return {row["id"].hex() for row in self._db.rows(_REMINDERS, (delivery["message_id"],))}

    def expire_unneeded(self, job: Job, now: datetime) -> None:
        """Expire what is not needed now that `job` arrived: its fallbacks, or its original.

        Within a transaction of the caller's.
        """
        self._db.execute(_EXPIRE_FALLBACKS, (f"said by {job.channel} itself", to_ms(now), job.id))
        if job.stands_for is None:
            return
        words = f"said by {job.channel} instead"
        route = (job.channel, job.address)
        self._db.execute(
            _EXPIRE_ORIGINAL, (words, to_ms(now), job.stands_for, job.stands_for, *route)
        )

    def queue_overdue(
        self, channel: str, fallbacks: Mapping[str, Sequence[Route]], now: datetime
    ) -> tuple[int, datetime | None]:
        """Queue what is overdue on `channel` by the `fallbacks` of its recipient, too.

        `fallbacks`: recipient -> routes. Return how many deliveries that made, and when the next
        will be overdue.
        """
        late: list[DatabaseRow] = []
        ahead: list[datetime] = []
        for row in self._db.rows(_QUEUED, (channel,)):
            if not fallbacks.get(row["recipient"]):
                continue
            at = failover_at(from_ms(row["created_at"]), from_ms(row["soonest_at"]))
            if at <= now:
                late.append(row)
            else:
                ahead.append(at)
        added = 0
        if late:
            with self._db.write(*message_locks(row["message_id"] for row in late)):
                # another node may have sent it since
                waiting = {row["id"] for row in self._db.rows(_QUEUED, (channel,))}
                for row in late:
                    if row["id"] in waiting:
                        added += self.add_routes(row["id"], fallbacks[row["recipient"]], now)
        return added, min(ahead, default=None)

    def reroute(
        self, channels: Sequence[str], routes: Mapping[str, Sequence[Route]], now: datetime
    ) -> int:
        """Fail what waits for a channel not among `channels`; queue it by other `routes`.

        `routes`: recipient -> routes. What waits for somebody who has no routes at present goes on
        waiting. Return how many deliveries failed.
        """
        orphans = self._db.rows(_WITHOUT_CHANNEL, ((_NO_CHANNEL, *channels),))
        rows = [row for row in orphans if row["recipient"] in routes]
        if not rows:
            return 0
        with self._db.write(*message_locks(row["message_id"] for row in rows)):
            failed = 0
            for row in rows:
                if self._db.execute(_FAIL, (to_ms(now), row["id"])) == 1:
                    self.add_routes(row["id"], routes[row["recipient"]], now)
                    failed += 1
        return failed
