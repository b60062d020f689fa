"""Writes messages: one for a recipient, with a delivery for each way to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from notifier.domain.recipients import Route
from notifier.ledger.database import Database, to_ms


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
        """A message and one delivery for each of `routes`; within `write` only."""
        message_id = self._db.insert(
            "INSERT INTO messages (recipient, kind, urgent, created_at, soonest_at, expires_at, key, body, "
            "content) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (recipient, str(kind), int(urgent), to_ms(now), to_ms(soonest_at), to_ms(expires_at), key, body, content),
        )
        self._db.execute_many(
            "INSERT INTO deliveries (message_id, channel, address, urgent, next_at) VALUES (?, ?, ?, ?, ?)",
            [(message_id, route.channel, route.address, int(urgent), to_ms(now)) for route in dict.fromkeys(routes)],
        )
        return message_id
