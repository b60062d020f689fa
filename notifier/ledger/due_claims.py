"""What falls due: claimed as one message for each recipient, with its deliveries queued."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b

from notifier.domain import claims
from notifier.domain.claims import Claim, Due
from notifier.domain.delivery import MAYBE_SENT, PASSED
from notifier.domain.drafts import DraftKind
from notifier.domain.offers import Offer
from notifier.domain.recipients import Route
from notifier.domain.silences import Held, hold
from notifier.ledger.database import COPIED_AT, RESTORED_AT, Database, DatabaseRow, from_ms, to_ms
from notifier.ledger.kept_silences import Silences
from notifier.ledger.memory import Memory
from notifier.ledger.message_writer import MessageWriter
from notifier.ledger.plan_difference import NEWS
from notifier.ledger.row_values import due_of, offer_of

_READ_AGAIN = timedelta(hours=1)
_CLAIM_LIMIT = 20_000  # rows in one transaction; the rest follows at once
_NOBODY = ""  # a name that no recipient has: a list in SQL is never empty

# When the next reminder is due, but for those of some recipients.
_NEXT_DUE = "SELECT min(due_at) FROM reminders WHERE state = 'planned' AND recipient NOT IN (?*)"

# The reminders that are due at an instant, the first first, but for those of some recipients.
_DUE = """SELECT * FROM reminders WHERE state = 'planned' AND due_at <= ? AND recipient NOT IN (?*)
ORDER BY due_at LIMIT ?"""

# One parcel.
_PARCEL = """SELECT p.id AS parcel_id, p.key AS parcel_key, p.state AS parcel_state, p.head, p.body
FROM parcels p WHERE p.id = ?"""

# A silence postpones a reminder until an instant, or gives it up.
_POSTPONE = """UPDATE reminders SET state = ?, due_at = coalesce(?, due_at), reason = ?
WHERE parcel_id = ? AND id = ? AND state = 'planned'"""

# The messages made before an instant that were neither tried nor cut: a claim may join them.
_JOINABLE = """SELECT m.id, m.recipient, m.urgent, m.kind,
(SELECT count(*) FROM reminders r WHERE r.message_id = m.id) AS items
FROM deliveries d JOIN messages m ON m.id = d.message_id
WHERE d.state = 'queued' AND m.key IS NULL AND m.created_at < ? GROUP BY m.id
HAVING max(d.attempts) = 0 AND max(d.parts) = 1 AND count(d.items) = 0 AND max(d.fallback_for) = ''
AND count(*) = (SELECT count(*) FROM deliveries o WHERE o.message_id = m.id)"""

# A message tells more than before.
_WIDEN = """UPDATE messages SET kind = ?,
expires_at = CASE WHEN expires_at < ? THEN ? ELSE expires_at END,
soonest_at = CASE WHEN soonest_at > ? THEN ? ELSE soonest_at END WHERE id = ?"""

# A message may say what was said before.
_MARK_REPEAT = "UPDATE deliveries SET maybe_repeat = 1 WHERE message_id = ?"

# A reminder is claimed, missed, or left to a later one.
_CLAIM = """UPDATE reminders SET state = ?, message_id = ?, reason = CASE WHEN ? = '' THEN reason
    ELSE ? END
WHERE parcel_id = ? AND id = ? AND state = 'planned'"""

# What a message tells, in an order that does not depend on whom it tells.
_CONTENT = """SELECT parcel_id, kind, milestone, milestone_at, lead, origin, state FROM reminders
WHERE message_id = ? ORDER BY parcel_id, kind, milestone, milestone_at, lead, origin"""

# The mark of what a message tells.
_NOTE_CONTENT = "UPDATE messages SET content = ? WHERE id = ?"


class DueClaims:
    """Claim the reminders that are due."""

    def __init__(
        self, database: Database, *, silences: Silences, messages: MessageWriter, memory: Memory
    ) -> None:
        self._db = database
        self._silences = silences
        self._messages = messages
        self._memory = memory

    def next_due(self, *, away: Collection[str] = ()) -> datetime | None:
        """Return when the next reminder is due, but for recipients who are `away`."""
        ms = self._db.value(_NEXT_DUE, ((_NOBODY, *away),))
        return None if ms is None else from_ms(ms)

    def claim_due(
        self,
        now: datetime,
        group_wait: timedelta,
        routes: Mapping[str, Sequence[Route]],
        *,
        away: Collection[str] = (),
    ) -> list[Claim]:
        """Claim what is due as a message for each recipient, and queue its deliveries.

        All of it is one transaction. What a recipient would be told within `group_wait` is claimed
        together with the first of it. What is due to recipients who are `away` waits.
        """
        first = self.next_due(away=away)
        if first is None or first > now:
            return []
        # no plan takes away what is claimed, and no channel begins a message that still grows
        outboxes = {"outbox " + route.channel for ways in routes.values() for route in ways}
        with self._db.write("claims", "plans", *outboxes):
            rows = self._db.rows(_DUE, (to_ms(now + group_wait), (_NOBODY, *away), _CLAIM_LIMIT))
            due = [due_of(row) for row in rows]
            silenced = self._silenced(due, now)
            claimed = _claims_of(due, silenced, now)
            self._postpone(silenced)
            joinable = self._joinable(now)
            for claim in claimed:
                self._store_claim(claim, routes.get(claim.recipient, ()), joinable, now)
        return claimed

    def _silenced(self, due: Sequence[Due], now: datetime) -> Mapping[tuple[int, bytes], Held]:
        """Return (parcel id, reminder id) -> how long a silence holds that reminder back.

        Without a silence no parcel is read.
        """
        silences = [silence for silence in self._silences.current(now) if silence.starts_at <= now]
        if not silences:
            return {}
        offers: dict[int, Offer] = {}
        silenced: dict[tuple[int, bytes], Held] = {}
        for entry in due:
            if entry.parcel_id not in offers:
                row = self._db.row(_PARCEL, (entry.parcel_id,))
                if row is None:
                    continue
                offers[entry.parcel_id] = offer_of(row)
            held = hold(offers[entry.parcel_id], entry.reminder, silences, now)
            if held is not None:
                silenced[entry.parcel_id, entry.reminder.id] = held
        return silenced

    def _postpone(self, silenced: Mapping[tuple[int, bytes], Held]) -> None:
        rows = []
        for key, held in silenced.items():
            state = "superseded" if held.until is None else "planned"
            until = None if held.until is None else to_ms(held.until)
            rows.append((state, until, held.reason, *key))
        self._db.execute_many(_POSTPONE, rows)

    def _joinable(self, now: datetime) -> dict[tuple[str, bool], DatabaseRow]:
        """Return (recipient, is urgent) -> a message that was neither tried nor cut yet."""
        rows = self._db.rows(_JOINABLE, (to_ms(now),))
        return {(row["recipient"], bool(row["urgent"])): row for row in rows}

    def _store_claim(
        self,
        claim: Claim,
        routes: Sequence[Route],
        joinable: Mapping[tuple[str, bool], DatabaseRow],
        now: datetime,
    ) -> None:
        """Write a claim into a message of its recipient that still waits, else as a new message.

        So a queue that is late does not become longer.
        """
        joined = joinable.get((claim.recipient, claim.urgent))
        if (
            joined is not None
            and joined["items"] + len(claim.said) + len(claim.missed) <= claims.MOST_ITEMS
        ):
            message_id = joined["id"]
            kind = min(DraftKind(joined["kind"]), claim.kind, key=list(DraftKind).index)
            expires, soonest = to_ms(claim.expires_at), to_ms(claim.soonest_at)
            self._db.execute(_WIDEN, (kind.value, expires, expires, soonest, soonest, message_id))
        else:
            message_id = self._messages.insert(
                claim.recipient,
                claim.kind,
                urgent=claim.urgent,
                now=now,
                soonest_at=claim.soonest_at,
                expires_at=claim.expires_at,
                routes=routes,
            )
        if self._may_have_been_sent(claim):
            self._db.execute(_MARK_REPEAT, (message_id,))
        rows: list[tuple[str, int | None, str, Due]] = [
            ("claimed", message_id, "", due) for due in claim.said
        ]
        rows += [("missed", message_id, PASSED, due) for due in claim.missed]
        rows += [("superseded", None, claims.LATER_LEAD, due) for due in claim.superseded]
        self._db.execute_many(
            _CLAIM,
            [
                (state, message, why, why, due.parcel_id, due.reminder.id)
                for state, message, why, due in rows
            ],
        )
        self._note_content(message_id)

    def _note_content(self, message_id: int) -> None:
        """Keep a mark that is the same for messages that tell the same, whoever they are for."""
        rows = [tuple(row) for row in self._db.rows(_CONTENT, (message_id,))]
        digest = blake2b(repr(rows).encode("utf-8", "surrogatepass"), digest_size=16)
        self._db.execute(_NOTE_CONTENT, (digest.hexdigest(), message_id))

    def _may_have_been_sent(self, claim: Claim) -> bool:
        """Return whether some of this may have been said before.

        It may where an attempt ended without an answer, and in a restored backup if it was due
        between the copying and the restoring. Files that came in meanwhile are read again after it:
        their news may have been told, too.
        """
        if any(due.reminder.reason == MAYBE_SENT for due in claim.said):
            return True
        copied, restored = self._memory.get(COPIED_AT), self._memory.get(RESTORED_AT)
        if copied is None or restored is None:
            return False
        begin, end = datetime.fromisoformat(copied), datetime.fromisoformat(restored)
        for due in (*claim.said, *claim.missed):
            last = end + _READ_AGAIN if due.reminder.kind in NEWS else end
            if begin <= due.reminder.due_at <= last:
                return True
        return False


def _claims_of(
    due: Sequence[Due], silenced: Mapping[tuple[int, bytes], Held], now: datetime
) -> list[Claim]:
    """Return the claims of each recipient for whom something is due by `now` and not silenced."""
    grouped: dict[str, list[Due]] = defaultdict(list)
    for entry in due:
        if (entry.parcel_id, entry.reminder.id) not in silenced:
            grouped[entry.reminder.recipient].append(entry)
    found: list[Claim] = []
    for recipient, entries in grouped.items():
        if entries[0].reminder.due_at <= now:
            found += claims.cut(claims.claim(recipient, entries, now), now)
    return found
