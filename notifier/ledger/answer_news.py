"""The news of answers: how far each recipient has been told what others have done or skipped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from notifier.domain.answer_words import NEWS_FOR, AnswerWord
from notifier.domain.drafts import DraftKind
from notifier.domain.plain import Plain
from notifier.domain.recipients import Route
from notifier.ledger.database import Database, DatabaseRow, from_ms, to_ms
from notifier.ledger.message_writer import MessageWriter
from notifier.ledger.row_values import dump, offer_of

# The number of the last word.
_LAST = "SELECT max(id) FROM answer_news"

# Up to which word each recipient has been told.
_HEARD = "SELECT recipient, up_to FROM answer_hearers"

# Up to which word one recipient has been told.
_UP_TO = "SELECT up_to FROM answer_hearers WHERE recipient = ?"

# What a recipient has not been told yet, of all parcels (1) or of those that it has heard of (0).
_UNTOLD = """SELECT n.id, n.milestone, n.at, n.by, n.withdrawn, p.id AS parcel_id,
p.key AS parcel_key, p.state AS parcel_state, p.head, p.body
FROM answer_news n JOIN parcels p ON p.id = n.parcel_id
WHERE n.id > ? AND n.at > ? AND (? = 1 OR EXISTS (SELECT 1 FROM reminders r
WHERE r.parcel_id = n.parcel_id AND r.recipient = ? AND r.state IN ('claimed', 'done')))
ORDER BY n.id"""

# Whose own answer is missing.
_MISSING = """SELECT DISTINCT person FROM missing_answers WHERE parcel_id = ? AND milestone = ?
ORDER BY person"""

# A recipient has been told.
_TELL = """INSERT INTO answer_hearers (recipient, up_to) VALUES (?, ?)
ON CONFLICT (recipient) DO UPDATE SET up_to = excluded.up_to"""

# Words that are no news to anybody any more; the last one stays, so that no number comes again.
_FORGET = "DELETE FROM answer_news WHERE at < ? AND id < ?"


class AnswerNews:
    """Keep how far each recipient has been told of answers."""

    def __init__(self, database: Database, messages: MessageWriter) -> None:
        self._db = database
        self._messages = messages

    def last(self) -> int:
        """Return the number of the last word; 0 if there is none."""
        return int(self._db.value(_LAST) or 0)

    def heard(self) -> Mapping[str, int]:
        """Return up to which word each recipient has been told."""
        return {row["recipient"]: row["up_to"] for row in self._db.rows(_HEARD)}

    def untold(self, recipient: str, now: datetime, *, of_all: bool = False) -> list[AnswerWord]:
        """Return what `recipient` has not been told of the parcels that it has heard of.

        `of_all`: of every parcel. In the order in which it was said; what is older than NEWS_FOR is
        left out.
        """
        up_to = self._db.value(_UP_TO, (recipient,)) or 0
        values = (up_to, to_ms(now - NEWS_FOR), int(of_all), recipient)
        return [self._word_of(row) for row in self._db.rows(_UNTOLD, values)]

    def _word_of(self, row: DatabaseRow) -> AnswerWord:
        missing = self._db.rows(_MISSING, (row["parcel_id"], row["milestone"]))
        return AnswerWord(
            number=row["id"],
            offer=offer_of(row),
            milestone=row["milestone"],
            at=from_ms(row["at"]),
            by=row["by"],
            withdrawn=bool(row["withdrawn"]),
            missing=tuple(found["person"] for found in missing),
        )

    def tell(
        self,
        recipient: str,
        up_to: int,
        routes: Sequence[Route],
        *,
        body: Plain | None,
        now: datetime,
        keep_for: timedelta,
        content: str | None = None,
    ) -> bool:
        """Queue the message that tells `recipient` of the words up to `up_to`, once.

        `body` None: nothing of them is told. Return whether a message was queued.
        """
        with self._db.write("answers"):
            if (self._db.value(_UP_TO, (recipient,)) or 0) >= up_to:
                return False
            self._db.execute(_TELL, (recipient, up_to))
            self._db.execute(_FORGET, (to_ms(now - NEWS_FOR), up_to))
            if body is None or not routes:
                return False
            self._messages.insert(
                recipient,
                DraftKind.ALERT,
                urgent=False,
                now=now,
                soonest_at=now + keep_for,
                expires_at=now + keep_for,
                routes=routes,
                key=f"{recipient}:answers:{up_to}",
                body=dump(body),
                content=content,
            )
        return True
