"""Rows to values."""

from __future__ import annotations

import json
from typing import Any

from notifier.domain.claims import Due
from notifier.domain.drafts import ItemKind
from notifier.domain.offers import Offer
from notifier.domain.plain import offer_from_plain
from notifier.domain.planning import Reminder
from notifier.ledger.store import Row, from_ms, to_ms

OFFER_COLUMNS = "p.id, p.key, p.state, p.head, p.body"
REMINDER_COLUMNS = (
    "parcel_id, id, recipient, kind, milestone, lead, milestone_at, due_at, urgent, provisional, reason, origin"
)


def dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def offer_of(row: Row) -> Offer:
    return offer_from_plain(
        id=row["id"],
        key=row["key"],
        state=row["state"],
        head=json.loads(row["head"]),
        parcel=json.loads(row["body"]),
    )


def offer_of_joined(row: Row) -> Offer:
    """In a join the parcel's columns come after the reminder's: `id` and `key` are taken by position."""
    start = row.keys().index("reminder_state") + 1
    return offer_from_plain(
        id=row[start],
        key=row[start + 1],
        state=row[start + 2],
        head=json.loads(row[start + 3]),
        parcel=json.loads(row[start + 4]),
    )


def due_of(row: Row) -> Due:
    """From REMINDER_COLUMNS."""
    return Due(
        parcel_id=row[0],
        reminder=Reminder(
            row[1], row[2], ItemKind(row[3]), row[4], row[5], from_ms(row[6]), from_ms(row[7]), bool(row[8]),
            bool(row[9]), row[10], row[11],
        ),
    )  # fmt: skip


def reminder_row(parcel_id: int, reminder: Reminder) -> tuple[Any, ...]:
    """In the order of REMINDER_COLUMNS, and its state."""
    own, recipient, kind, milestone, lead, milestone_at, due_at, urgent, provisional, reason, origin = reminder
    return (
        parcel_id, own, recipient, str(kind), str(milestone), lead, to_ms(milestone_at), to_ms(due_at), int(urgent),
        int(provisional), reason, origin, "planned",
    )  # fmt: skip
