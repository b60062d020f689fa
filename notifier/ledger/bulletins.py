"""Messages that are not about reminders: digests and alerts, each posted once for its key."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from notifier.domain.drafts import DraftKind
from notifier.domain.plain import Plain
from notifier.domain.recipients import Route
from notifier.ledger.database import Database
from notifier.ledger.message_writer import MessageWriter
from notifier.ledger.row_values import dump


class Bulletins:
    """Queue digests and alerts."""

    def __init__(self, database: Database, messages: MessageWriter) -> None:
        self._db = database
        self._messages = messages

    def was_posted(self, key: str) -> bool:
        return self._db.value("SELECT 1 FROM messages WHERE key = ?", (key,)) is not None

    def post(
        self,
        recipient: str,
        kind: DraftKind,
        routes: Sequence[Route],
        *,
        key: str,
        body: Plain,
        now: datetime,
        keep_for: timedelta,
        urgent: bool = False,
        content: str | None = None,
    ) -> bool:
        """A message that is not about reminders (a digest, an alert); False if `key` was posted before.

        `content`: the same for recipients who are told the same.
        """
        if not routes:
            return False
        with self._db.write():
            if self._db.value("SELECT 1 FROM messages WHERE key = ?", (key,)):
                return False
            self._messages.insert(
                recipient,
                kind,
                urgent=urgent,
                now=now,
                soonest_at=now + keep_for,
                expires_at=now + keep_for,
                routes=routes,
                key=key,
                body=dump(body),
                content=content,
            )
        return True

    def last_digest(self, recipient: str) -> tuple[str, ...] | None:
        """The marks of the last digest that reached `recipient`, or is on its way; None if none has any."""
        body = self._db.value(
            "SELECT m.body FROM messages m WHERE m.recipient = ? AND m.kind = 'digest' AND EXISTS "
            "(SELECT 1 FROM deliveries d WHERE d.message_id = m.id AND d.state NOT IN ('failed', 'expired')) "
            "ORDER BY m.id DESC LIMIT 1",
            (recipient,),
        )
        marks = json.loads(body).get("marks") if body else None
        return None if marks is None else tuple(marks)
