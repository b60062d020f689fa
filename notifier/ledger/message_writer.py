"""Writes messages: one for a recipient, with a delivery for each way to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from notifier.domain.recipients import Route
from notifier.ledger.database import Database, to_ms

# One message for one recipient.
_INSERT_MESSAGE = """INSERT INTO messages
(recipient, kind, urgent, created_at, soonest_at, expires_at, key, body, content)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id"""

# One way that a message takes, queued at once.
_INSERT_DELIVERY = """INSERT INTO deliveries (message_id, channel, address, urgent, next_at)
VALUES (?, ?, ?, ?, ?)"""


class MessageWriter:
    """Write messages. Each verb is called within a transaction of the caller's."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def insert(
        self,
        recipient: str,
        kind: str,
        *,
        urgent: bool,
        now: datetime,
        soonest_at: datetime,
        expires_at: datetime,
        routes: Sequence[Route],
        key: str | None = None,
        body: str = "",
        content: str | None = None,
    ) -> int:
        """Write a message and one delivery for each of `routes`; return the message's id."""
        values = (
            recipient,
            str(kind),
            int(urgent),
            to_ms(now),
            to_ms(soonest_at),
            to_ms(expires_at),
            key,
            body,
            content,
        )
        message_id = self._db.insert(_INSERT_MESSAGE, values)
        deliveries = [
            (message_id, route.channel, route.address, int(urgent), to_ms(now))
            for route in dict.fromkeys(routes)
        ]
        self._db.execute_many(_INSERT_DELIVERY, deliveries)
        return message_id
