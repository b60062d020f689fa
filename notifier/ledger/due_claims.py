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
from notifier.ledger.database import COPIED_AT, RESTORED_AT, Database, Row, from_ms, to_ms
from notifier.ledger.kept_silences import Silences
from notifier.ledger.memory import Memory
from notifier.ledger.message_writer import MessageWriter
from notifier.ledger.plan_difference import NEWS
from notifier.ledger.row_values import OFFER_COLUMNS, REMINDER_COLUMNS, due_of, offer_of

_READ_AGAIN = timedelta(hours=1)
_CLAIM_LIMIT = 20_000  # rows in one transaction; the rest follows at once


class DueClaims:
    """Claim the reminders that are due."""

    def __init__(self, database: Database, *, silences: Silences, messages: MessageWriter, memory: Memory) -> None:
        self._db = database
        self._silences = silences
        self._messages = messages
        self._memory = memory

    def next_due(self, *, away: Collection[str] = ()) -> datetime | None:
        """When the next reminder is due; what waits for recipients who are `away` is not looked at."""
        marks = ", ".join("?" * len(away))
        sql = f"SELECT min(due_at) FROM reminders WHERE state = 'planned' AND recipient NOT IN ({marks})"  # noqa: S608  # marks
        ms = self._db.value(sql, tuple(away))
        return None if ms is None else from_ms(ms)

    def claim_due(
        self,
        now: datetime,
        group_wait: timedelta,
        routes: Mapping[str, Sequence[Route]],
        *,
        away: Collection[str] = (),
    ) -> list[Claim]:
        """Claim what is due, one message a recipient, with its deliveries queued: all of it one transaction.

        What one recipient would be told within `group_wait` is pulled forward to the first of it. Whoever is `away`
        is told nothing: it waits.
        """
        marks = ", ".join("?" * len(away))
        rows = self._db.rows(
            f"SELECT {REMINDER_COLUMNS} FROM reminders WHERE state = 'planned' AND due_at <= ? "  # noqa: S608  # constants, marks
            f"AND recipient NOT IN ({marks}) ORDER BY due_at LIMIT ?",
            (to_ms(now + group_wait), *away, _CLAIM_LIMIT),
        )
        if not rows or rows[0]["due_at"] > to_ms(now):
            return []
        all_due = [due_of(row) for row in rows]
        held = self._silenced(all_due, now)
        grouped: dict[str, list[Due]] = defaultdict(list)
        for one in all_due:
            if (one.parcel_id, one.reminder.id) not in held:
                grouped[one.reminder.recipient].append(one)
        claimed = [
            claim
            for recipient, due in grouped.items()
            if due[0].reminder.due_at <= now
            for claim in claims.cut(claims.claim(recipient, due, now), now)
        ]
        with self._db.write():
            self._hold(held)
            waiting = self._waiting(now)
            for claim in claimed:
                self._store_claim(claim, routes.get(claim.recipient, ()), waiting, now)
        return claimed

    def _silenced(self, due: Sequence[Due], now: datetime) -> Mapping[tuple[int, bytes], Held]:
        """What a silence holds back, and until when; nothing is read of the parcels if there is no silence."""
        silences = [one for one in self._silences.current(now) if one.starts_at <= now]
        if not silences:
            return {}
        offers: dict[int, Offer] = {}
        held: dict[tuple[int, bytes], Held] = {}
        for one in due:
            if one.parcel_id not in offers:
                row = self._db.row(f"SELECT {OFFER_COLUMNS} FROM parcels p WHERE p.id = ?", (one.parcel_id,))  # noqa: S608  # constants
                if row is None:
                    continue
                offers[one.parcel_id] = offer_of(row)
            found = hold(offers[one.parcel_id], one.reminder, silences, now)
            if found is not None:
                held[one.parcel_id, one.reminder.id] = found
        return held

    def _hold(self, held: Mapping[tuple[int, bytes], Held]) -> None:
        """Within `write` only."""
        self._db.execute_many(
            "UPDATE reminders SET state = ?, due_at = coalesce(?, due_at), reason = ? "
            "WHERE parcel_id = ? AND id = ? AND state = 'planned'",
            [
                ("superseded" if one.until is None else "planned", one.until and to_ms(one.until), one.reason, *key)
                for key, one in held.items()
            ],
        )

    def _waiting(self, now: datetime) -> dict[tuple[str, bool], Row]:
        """(recipient, urgent or not) -> a message of earlier that no channel has been tried for yet, nor cut."""
        rows = self._db.rows(
            "SELECT m.id, m.recipient, m.urgent, m.kind, "
            "(SELECT count(*) FROM reminders r WHERE r.message_id = m.id) AS items "
            "FROM deliveries d JOIN messages m ON m.id = d.message_id "
            "WHERE d.state = 'queued' AND m.key IS NULL AND m.created_at < ? GROUP BY m.id "
            "HAVING max(d.attempts) = 0 AND max(d.parts) = 1 AND max(d.items IS NOT NULL) = 0 "
            "AND max(d.fallback_for) = '' AND count(*) = "
            "(SELECT count(*) FROM deliveries o WHERE o.message_id = m.id)",
            (to_ms(now),),
        )
        return {(row["recipient"], bool(row["urgent"])): row for row in rows}

    def _store_claim(
        self, claim: Claim, routes: Sequence[Route], waiting: Mapping[tuple[str, bool], Row], now: datetime
    ) -> None:
        """As a message of its own, or with one that still waits for its channel: a queue that is late grows no
        longer by it."""
        joined = waiting.get((claim.recipient, claim.urgent))
        if joined is not None and joined["items"] + len(claim.said) + len(claim.missed) <= claims.MOST_ITEMS:
            message_id = joined["id"]
            kind = min(DraftKind(joined["kind"]), claim.kind, key=list(DraftKind).index)
            self._db.execute(
                "UPDATE messages SET kind = ?, expires_at = max(expires_at, ?), soonest_at = min(soonest_at, ?) "
                "WHERE id = ?",
                (kind.value, to_ms(claim.expires_at), to_ms(claim.soonest_at), message_id),
            )
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
            self._db.execute("UPDATE deliveries SET maybe_repeat = 1 WHERE message_id = ?", (message_id,))
        rows: list[tuple[str, int | None, str, Due]] = [("claimed", message_id, "", one) for one in claim.said]
        rows += [("missed", message_id, PASSED, one) for one in claim.missed]
        rows += [("superseded", None, claims.LATER_LEAD, one) for one in claim.superseded]
        self._db.execute_many(
            "UPDATE reminders SET state = ?, message_id = ?, reason = CASE WHEN ? = '' THEN reason ELSE ? END "
            "WHERE parcel_id = ? AND id = ? AND state = 'planned'",
            [(state, message, why, why, one.parcel_id, one.reminder.id) for state, message, why, one in rows],
        )
        self._note_content(message_id)

    def _note_content(self, message_id: int) -> None:
        """The same for messages that tell the same, whoever they are for."""
        rows = self._db.rows(
            "SELECT parcel_id, kind, milestone, milestone_at, lead, origin, state FROM reminders "
            "WHERE message_id = ? ORDER BY parcel_id, kind, milestone, milestone_at, lead, origin",
            (message_id,),
        )
        digest = blake2b(repr([tuple(row) for row in rows]).encode("utf-8", "surrogatepass"), digest_size=16)
        self._db.execute("UPDATE messages SET content = ? WHERE id = ?", (digest.hexdigest(), message_id))

    def _may_have_been_sent(self, claim: Claim) -> bool:
        """Whether an attempt to say some of this ended without an answer, or the ledger is a restored backup and some
        of this was due between its copying and its restoring.

        Files that came in meanwhile are read again after it: their news may have been told, too.
        """
        if any(one.reminder.reason == MAYBE_SENT for one in claim.said):
            return True
        copied, restored = self._memory.get(COPIED_AT), self._memory.get(RESTORED_AT)
        if copied is None or restored is None:
            return False
        begin, end = datetime.fromisoformat(copied), datetime.fromisoformat(restored)
        return any(
            begin <= one.reminder.due_at <= (end + _READ_AGAIN if one.reminder.kind in NEWS else end)
            for one in (*claim.said, *claim.missed)
        )
