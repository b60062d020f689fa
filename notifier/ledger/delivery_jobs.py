"""What a delivery tells: its reminders with their parcels, changes and findings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

from notifier.domain.claims import LATER_LEAD, is_over
from notifier.domain.delivery import PASSED
from notifier.domain.drafts import DraftKind, ItemKind, Told
from notifier.domain.jobs import ACKNOWLEDGED, Job, JobEntry
from notifier.domain.offers import Offer, OfferChange
from notifier.domain.pauses import PUT_OFF
from notifier.domain.plain import change_from_plain, finding_from_plain
from notifier.domain.reminders import Reminder
from notifier.domain.values import Finding
from notifier.ledger.database import Database, DatabaseRow, from_ms, to_ms
from notifier.ledger.row_values import due_of, offer_of

# The reminders of a message with their parcels, the soonest milestone first. `is_put_off`: the
# recipient asked for a pause after the message was made.
_ENTRIES = """SELECT r.*, p.key AS parcel_key, p.state AS parcel_state, p.head, p.body, p.findings,
EXISTS (SELECT 1 FROM acks a WHERE a.parcel_id = p.id AND a.milestone IN (r.milestone, '*')
AND (a.milestone = '*' OR NOT EXISTS (SELECT 1 FROM missing_answers m WHERE m.parcel_id = p.id
AND m.milestone = r.milestone
AND m.recipient = CASE r.kind WHEN 'escalation' THEN r.origin ELSE r.recipient END))) AS is_done,
EXISTS (SELECT 1 FROM pauses w JOIN messages m ON m.id = r.message_id
WHERE w.parcel_id = r.parcel_id AND w.milestone = r.milestone AND w.milestone_at = r.milestone_at
AND w.recipient = CASE r.kind WHEN 'escalation' THEN r.origin ELSE r.recipient END
AND w.until > r.due_at AND m.created_at <= w.said_at) AS is_put_off
FROM reminders r JOIN parcels p ON p.id = r.parcel_id WHERE r.message_id = ? ORDER BY
r.milestone_at, p.id"""

# Whose own answers to a milestone a recipient still waits for.
_MISSING = """SELECT person FROM missing_answers
WHERE parcel_id = ? AND milestone = ? AND recipient = ? ORDER BY person"""

# Whether a later reminder of the same milestone is sent, on its way, or has called it missed.
_IS_FOLLOWED = """SELECT 1 FROM reminders WHERE parcel_id = ? AND recipient = ? AND kind = ? AND
    milestone = ?
AND milestone_at = ? AND origin = ? AND due_at > ?
AND (state IN ('claimed', 'done') OR state = 'missed' AND reason = ?) LIMIT 1"""

# What a change changed.
_CHANGE = "SELECT body FROM changes WHERE id = ?"

# Where a recipient was told of a parcel, and where it could not be sent (yet). First what was sent
# of one milestone, urgent before others and the last before the first.
_TOLD = """SELECT r.recipient, d.channel, coalesce(d.ended_at, d.first_at, d.next_at) AS told_at,
d.state IN ('sent', 'accepted') AS arrived, r.urgent
FROM reminders r JOIN deliveries d ON d.message_id = r.message_id
WHERE r.parcel_id = ? AND r.recipient = ? AND (d.state IN ('sent', 'accepted') OR r.state <> 'done')
AND (r.kind IN ('new', 'change') OR r.kind = 'reminder' AND r.milestone = ? AND r.milestone_at = ?)
ORDER BY r.kind <> 'reminder', r.urgent DESC, told_at DESC, d.id DESC"""


class JobReader:
    """Read deliveries as jobs. A row is one of `deliveries` with its message's columns."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def job(self, row: DatabaseRow, now: datetime, *, again: bool = False) -> Job:
        """Return a delivery as it is before its next attempt.

        `again`: other deliveries wait with it, so a later reminder of a milestone of this one may
        be on its way by now.
        """
        only = None if row["items"] is None else set(json.loads(row["items"]))
        entries = self._entries(row["message_id"], only, now, again=again or row["attempts"] > 0)
        return Job(
            id=row["id"],
            attempt=row["attempts"],
            unknowns=row["unknowns"],
            message_id=row["message_id"],
            recipient=row["recipient"],
            kind=DraftKind(row["kind"]),
            urgent=bool(row["urgent"]),
            channel=row["channel"],
            address=row["address"],
            part=row["part"],
            parts=row["parts"],
            maybe_repeat=bool(row["maybe_repeat"]),
            created_at=from_ms(row["created_at"]),
            first_at=from_ms(row["first_at"] or to_ms(now)),
            soonest_at=from_ms(row["soonest_at"] or row["expires_at"]),
            expires_at=from_ms(row["expires_at"]),
            key=row["key"] or "",
            body=json.loads(row["body"]) if row["body"] else {},
            fallback_for=row["fallback_for"],
            stands_for=row["stands_for"],
            entries=tuple(entries),
        )

    def _entries(
        self, message_id: int, only: set[str] | None, now: datetime, *, again: bool
    ) -> Iterator[JobEntry]:
        offers: dict[int, Offer] = {}
        for row in self._db.rows(_ENTRIES, (message_id,)):
            if only is not None and row["id"].hex() not in only:
                continue
            if row["parcel_id"] not in offers:
                offers[row["parcel_id"]] = offer_of(row)
            reminder = due_of(row).reminder
            yield JobEntry(
                reminder=reminder,
                offer=offers[row["parcel_id"]],
                missed=row["state"] == "missed" and reminder.reason == PASSED,
                void=self._void(row, reminder, now, again=again),
                change=self._change_of(reminder),
                findings=_findings(row["findings"]) if reminder.kind is ItemKind.NEW else (),
                told=self._told(row["parcel_id"], reminder)
                if reminder.kind is ItemKind.ESCALATION
                else (),
                missing=self._missing(row["parcel_id"], reminder),
            )

    def answered(self, message_id: int, now: datetime) -> frozenset[bytes]:
        """Return the ids of the reminders of a message that people have answered or put off."""
        found = [(row, due_of(row).reminder) for row in self._db.rows(_ENTRIES, (message_id,))]
        return frozenset(reminder.id for row, reminder in found if _answer(row, reminder, now))

    def _void(self, row: DatabaseRow, reminder: Reminder, now: datetime, *, again: bool) -> str:
        """Return why a reminder is not told any more, or an empty text."""
        answer = _answer(row, reminder, now)
        if answer:
            return answer
        may_be_followed = again or is_over(reminder, now)
        if may_be_followed and self._is_followed(row["parcel_id"], reminder):
            return LATER_LEAD
        return ""

    def _is_followed(self, parcel_id: int, reminder: Reminder) -> bool:
        if reminder.kind is not ItemKind.REMINDER:
            return False
        values = (
            parcel_id,
            reminder.recipient,
            reminder.kind.value,
            str(reminder.milestone),
            to_ms(reminder.milestone_at),
            reminder.origin,
            to_ms(reminder.due_at),
            PASSED,
        )
        return self._db.value(_IS_FOLLOWED, values) is not None

    def _change_of(self, reminder: Reminder) -> OfferChange | None:
        if reminder.kind is not ItemKind.CHANGE:
            return None
        body = self._db.value(_CHANGE, (int(reminder.origin),))
        return None if body is None else change_from_plain(json.loads(body))

    def _missing(self, parcel_id: int, reminder: Reminder) -> tuple[str, ...]:
        if reminder.kind not in (ItemKind.REMINDER, ItemKind.ESCALATION):
            return ()
        waits = reminder.origin if reminder.kind is ItemKind.ESCALATION else reminder.recipient
        rows = self._db.rows(_MISSING, (parcel_id, str(reminder.milestone), waits))
        return tuple(row["person"] for row in rows)

    def _told(self, parcel_id: int, reminder: Reminder) -> tuple[Told, ...]:
        values = (parcel_id, reminder.origin, str(reminder.milestone), to_ms(reminder.milestone_at))
        return tuple(_told_of(row) for row in self._db.rows(_TOLD, values))


def _answer(row: DatabaseRow, reminder: Reminder, now: datetime) -> str:
    """Return by which answer a reminder is not told any more, or an empty text."""
    if row["is_done"] and reminder.kind is not ItemKind.CHANGE:
        return ACKNOWLEDGED
    return PUT_OFF if row["is_put_off"] and not is_over(reminder, now) else ""


def _told_of(row: DatabaseRow) -> Told:
    return Told(
        recipient=row["recipient"],
        channel=row["channel"],
        at=from_ms(row["told_at"]),
        arrived=bool(row["arrived"]),
        urgent=bool(row["urgent"]),
    )


def _findings(text: str) -> tuple[Finding, ...]:
    return tuple(finding_from_plain(plain) for plain in json.loads(text))
