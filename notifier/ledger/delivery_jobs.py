"""What a delivery tells: its reminders with their parcels, changes and findings."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from notifier.domain.claims import LATER_LEAD, is_over
from notifier.domain.delivery import PASSED
from notifier.domain.drafts import DraftKind, ItemKind, Told
from notifier.domain.jobs import ACKNOWLEDGED, Entry, Job
from notifier.domain.offers import Offer, OfferChange
from notifier.domain.plain import change_from_plain, finding_from_plain
from notifier.domain.reminders import Reminder
from notifier.domain.values import Finding
from notifier.ledger.database import Database, Row, from_ms, to_ms
from notifier.ledger.row_values import OFFER_COLUMNS, REMINDER_COLUMNS, due_of, offer_of_joined

QUEUED_DELIVERY = (
    "SELECT d.*, m.recipient, m.kind, m.created_at, m.soonest_at, m.expires_at, m.key, m.body, m.content "
    "FROM deliveries d JOIN messages m ON m.id = d.message_id WHERE d.state = 'queued'"
)


class JobReader:
    """Read deliveries as jobs."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def job(self, row: Row, now: datetime, *, again: bool = False) -> Job:
        """A delivery before its next attempt. `again`: as for `_entries`."""
        only = None if row["items"] is None else set(json.loads(row["items"]))
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
            entries=tuple(self._entries(row["message_id"], only, now, again=again or row["attempts"] > 0)),
        )

    def _entries(self, message_id: int, only: set[str] | None, now: datetime, *, again: bool) -> Iterable[Entry]:
        """`again`: it has been tried before, or others wait with it, so a later lead of the same milestone may be on
        its way by now."""
        columns = ", ".join(f"r.{column.strip()}" for column in REMINDER_COLUMNS.split(","))
        rows = self._db.rows(
            f"SELECT {columns}, r.state AS reminder_state, {OFFER_COLUMNS}, p.findings, "  # noqa: S608  # constants
            "EXISTS (SELECT 1 FROM acks a WHERE a.parcel_id = p.id AND a.milestone IN (r.milestone, '*')) AS is_done "
            "FROM reminders r JOIN parcels p ON p.id = r.parcel_id WHERE r.message_id = ? "
            "ORDER BY r.milestone_at, p.id",
            (message_id,),
        )
        offers: dict[int, Offer] = {}
        for row in rows:
            if only is not None and row[1].hex() not in only:
                continue
            if row["parcel_id"] not in offers:
                offers[row["parcel_id"]] = offer_of_joined(row)
            reminder = due_of(row).reminder
            void = ACKNOWLEDGED if row["is_done"] and reminder.kind is not ItemKind.CHANGE else ""
            if not void and (again or is_over(reminder, now)) and self._is_followed(row["parcel_id"], reminder):
                void = LATER_LEAD
            yield Entry(
                reminder=reminder,
                offer=offers[row["parcel_id"]],
                missed=row["reminder_state"] == "missed" and reminder.reason == PASSED,
                void=void,
                change=self._change_of(reminder),
                findings=_findings(row["findings"]) if reminder.kind is ItemKind.NEW else (),
                told=self._told(row["parcel_id"], reminder) if reminder.kind is ItemKind.ESCALATION else (),
            )

    def _is_followed(self, parcel_id: int, reminder: Reminder) -> bool:
        """Whether a later lead of the same milestone is said, on its way, or has called it missed."""
        if reminder.kind is not ItemKind.REMINDER:
            return False
        found = self._db.value(
            "SELECT 1 FROM reminders WHERE parcel_id = ? AND recipient = ? AND kind = ? AND milestone = ? "
            "AND milestone_at = ? AND origin = ? AND due_at > ? "
            "AND (state IN ('claimed', 'done') OR state = 'missed' AND reason = ?) LIMIT 1",
            (
                parcel_id, reminder.recipient, reminder.kind.value, reminder.milestone,
                to_ms(reminder.milestone_at), reminder.origin, to_ms(reminder.due_at), PASSED,
            ),
        )  # fmt: skip
        return found is not None

    def _change_of(self, reminder: Reminder) -> OfferChange | None:
        if reminder.kind is not ItemKind.CHANGE:
            return None
        body = self._db.value("SELECT body FROM changes WHERE id = ?", (int(reminder.origin),))
        return None if body is None else change_from_plain(json.loads(body))

    def _told(self, parcel_id: int, reminder: Reminder) -> tuple[Told, ...]:
        """Where it was sent to the one who does not answer, and where it could not be sent (yet); first what was sent
        of this very milestone, urgent before others and the last before the first."""
        rows = self._db.rows(
            "SELECT r.recipient, d.channel, coalesce(d.ended_at, d.first_at, d.next_at) AS at, "
            "d.state IN ('sent', 'accepted') AS arrived, r.urgent FROM reminders r "
            "JOIN deliveries d ON d.message_id = r.message_id "
            "WHERE r.parcel_id = ? AND r.recipient = ? AND (d.state IN ('sent', 'accepted') OR r.state <> 'done') "
            "AND (r.kind IN ('new', 'change') OR r.kind = 'reminder' AND r.milestone = ? AND r.milestone_at = ?) "
            "ORDER BY r.kind <> 'reminder', r.urgent DESC, at DESC, d.id DESC",
            (parcel_id, reminder.origin, str(reminder.milestone), to_ms(reminder.milestone_at)),
        )
        return tuple(
            Told(recipient=row[0], channel=row[1], at=from_ms(row[2]), arrived=bool(row[3]), urgent=bool(row[4]))
            for row in rows
        )


def _findings(text: str) -> tuple[Finding, ...]:
    return tuple(finding_from_plain(one) for one in json.loads(text))
