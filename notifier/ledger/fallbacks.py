"""Other ways for what does not get through: fallbacks, channels that are gone, channels in trouble."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from notifier.domain.delivery import failover_at
from notifier.domain.jobs import Job
from notifier.domain.recipients import Route
from notifier.ledger.database import ARRIVED, Database, Row, from_ms, to_ms
from notifier.ledger.row_values import dump


class Fallbacks:
    """Queue what does not get through for other ways."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add_routes(self, delivery_id: int, routes: Sequence[Route], now: datetime) -> int:
        """What a delivery says, by each of `routes` as well, but for what is on its way there already; how many
        deliveries that made. Within `write`."""
        own = self._db.row("SELECT message_id, items FROM deliveries WHERE id = ?", (delivery_id,))
        if own is None:
            return 0
        added = 0
        for route in routes:
            held = self._db.rows(
                "SELECT items, stands_for = ? AS stands FROM deliveries "
                "WHERE message_id = ? AND channel = ? AND address = ? AND (state <> 'expired' OR stands_for = ?)",
                (delivery_id, own["message_id"], route.channel, route.address, delivery_id),
            )
            if any(row["stands"] or row["items"] is None for row in held):
                continue
            items = own["items"]
            if held:
                missing = self._items_of(own) - {one for row in held for one in json.loads(row["items"])}
                if not missing:
                    continue
                items = dump(sorted(missing))
            added += self._db.execute(
                "INSERT INTO deliveries (message_id, channel, address, fallback_for, stands_for, urgent, next_at, "
                "maybe_repeat, items) "
                "SELECT message_id, ?, ?, channel, id, urgent, ?, maybe_repeat, ? FROM deliveries WHERE id = ?",
                (route.channel, route.address, to_ms(now), items, delivery_id),
            ).rowcount
        return added

    def _items_of(self, delivery: Row) -> set[str]:
        """The reminders that a delivery tells of: of its part, or of the whole message."""
        if delivery["items"] is not None:
            return set(json.loads(delivery["items"]))
        rows = self._db.rows("SELECT id FROM reminders WHERE message_id = ?", (delivery["message_id"],))
        return {row["id"].hex() for row in rows}

    def spare(self, job: Job, now: datetime) -> None:
        """What a fallback has said in full need not be said again by the delivery that it stands for, nor the other
        way round."""
        self._db.execute(
            "UPDATE deliveries SET state = 'expired', words = ?, ended_at = ? "
            "WHERE stands_for = ? AND state = 'queued'",
            (f"said by {job.channel} itself", to_ms(now), job.id),
        )
        if job.stands_for is None:
            return
        self._db.execute(
            "UPDATE deliveries SET state = 'expired', words = ?, ended_at = ? WHERE id = ? AND state = 'queued' "  # noqa: S608  # a constant
            "AND NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.stands_for = ? AND o.channel = ? AND o.address = ? "
            f"AND o.state NOT IN {ARRIVED})",
            (
                f"said by {job.channel} instead", to_ms(now), job.stands_for, job.stands_for, job.channel, job.address
            ),
        )  # fmt: skip

    def queue_overdue(
        self, channel: str, fallbacks: Mapping[str, Sequence[Route]], now: datetime
    ) -> tuple[int, datetime | None]:
        """Send what has waited too long for `channel` by its recipient's `fallbacks`, too; (how many deliveries that
        made, when the next will have waited too long)."""
        rows = self._db.rows(
            "SELECT d.id, m.recipient, m.created_at, coalesce(m.soonest_at, m.expires_at) AS soonest_at "
            "FROM deliveries d JOIN messages m ON m.id = d.message_id "
            "WHERE d.state = 'queued' AND d.channel = ? AND NOT EXISTS "
            "(SELECT 1 FROM deliveries o WHERE o.stands_for = d.id)",
            (channel,),
        )
        late: list[Row] = []
        ahead: list[datetime] = []
        for row in rows:
            if fallbacks.get(row["recipient"]):
                at = failover_at(from_ms(row["created_at"]), from_ms(row["soonest_at"]))
                if at <= now:
                    late.append(row)
                else:
                    ahead.append(at)
        added = 0
        if late:
            with self._db.write():
                added = sum(self.add_routes(row["id"], fallbacks[row["recipient"]], now) for row in late)
        return added, min(ahead, default=None)

    def reroute(self, channels: Sequence[str], routes: Mapping[str, Sequence[Route]], now: datetime) -> int:
        """Fail what waits for a channel that is not one of `channels`, and send it by its recipient's `routes`; what
        waits for somebody who has none at present goes on waiting."""
        marks = ", ".join("?" * len(channels))
        where = f"state = 'queued' AND channel NOT IN ({marks})"
        waiting = self._db.rows(
            f"SELECT d.id, m.recipient FROM deliveries d JOIN messages m ON m.id = d.message_id WHERE d.{where}",  # noqa: S608  # marks
            channels,
        )
        rows = [row for row in waiting if row["recipient"] in routes]
        if not rows:
            return 0
        with self._db.write():
            for row in rows:
                self.add_routes(row["id"], routes.get(row["recipient"], ()), now)
                self._db.execute(
                    "UPDATE deliveries SET state = 'failed', words = 'channel removed', ended_at = ? "
                    "WHERE id = ? AND state = 'queued'",
                    (to_ms(now), row["id"]),
                )
        return len(rows)
