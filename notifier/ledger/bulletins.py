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

# Whether a key has been used.
_WAS_POSTED = "SELECT 1 FROM messages WHERE key = ?"

# The last digest of a recipient that arrived or may still arrive.
_LAST_DIGEST = """SELECT m.body FROM messages m WHERE m.recipient = ? AND m.kind = 'digest' AND
    EXISTS
(SELECT 1 FROM deliveries d WHERE d.message_id = m.id AND d.state NOT IN ('failed', 'expired'))
ORDER BY m.id DESC LIMIT 1"""


class Bulletins:
    """Queue digests and alerts."""

    def __init__(self, database: Database, messages: MessageWriter) -> None:
        self._db = database
        self._messages = messages

    def was_posted(self, key: str) -> bool:
        """Return whether a message of this key was posted before."""
        return self._db.value(_WAS_POSTED, (key,)) is not None

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
        """Queue a message by `routes`.

        Return False if `key` was posted before, or there is no way to go.

        It is worth sending for `keep_for`. `content` is the same for recipients who are told the
        same.
        """
        if not routes:
            return False
        with self._db.write("bulletins"):
            if self.was_posted(key):
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
        """Return the marks of the last digest of `recipient`; None if there is none.

        It has reached the recipient, or is on its way.
        """
        body = self._db.value(_LAST_DIGEST, (recipient,))
        marks = json.loads(body).get("marks") if body else None
        return None if marks is None else tuple(marks)
