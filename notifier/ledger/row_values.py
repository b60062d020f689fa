"""Rows to values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from notifier.domain.claims import Due
from notifier.domain.drafts import ItemKind
from notifier.domain.offers import Offer
from notifier.domain.plain import offer_from_plain
from notifier.domain.reminders import Occasion, Reminder
from notifier.ledger.database import Row, from_ms, to_ms

OFFER_COLUMNS = "p.id, p.key, p.state, p.head, p.body"
REMINDER_COLUMNS = (
    "parcel_id, id, recipient, kind, milestone, lead, milestone_at, due_at, urgent, provisional, reason, origin, "
    "day_only"
)


def dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def offer_of(row: Row) -> Offer:
    return offer_from_plain(
        id=row["id"],
        key=row["key"],
        state=row["state"],
        head=_head(row["head"]),
        parcel=json.loads(row["body"]),
    )


def offer_of_joined(row: Row) -> Offer:
    """In a join the parcel's columns come after the reminder's: `id` and `key` are taken by position."""
    start = row.keys().index("reminder_state") + 1
    return offer_from_plain(
        id=row[start],
        key=row[start + 1],
        state=row[start + 2],
        head=_head(row[start + 3]),
        parcel=json.loads(row[start + 4]),
    )


@lru_cache(maxsize=64)  # the parcels of a notice have one head
def _head(text: str) -> Mapping[str, Any]:
    head: Mapping[str, Any] = json.loads(text)
    return head


def due_of(row: Row) -> Due:
    """From REMINDER_COLUMNS."""
    return Due(
        parcel_id=row[0],
        reminder=Reminder(
            row[1], row[2], ItemKind(row[3]), row[4], row[5], from_ms(row[6]), from_ms(row[7]), bool(row[8]),
            bool(row[9]), row[10], row[11], bool(row[12]),
        ),
    )  # fmt: skip


def reminder_row(parcel_id: int, reminder: Reminder) -> tuple[Any, ...]:
    """In the order of REMINDER_COLUMNS."""
    return (parcel_id, reminder.id, reminder.recipient, *occasion_columns(reminder))


def occasion_columns(one: Reminder | Occasion) -> tuple[Any, ...]:
    """What does not depend on the parcel and the recipient, in the order of REMINDER_COLUMNS."""
    return (
        str(one.kind), str(one.milestone), one.lead, to_ms(one.milestone_at), to_ms(one.due_at), int(one.urgent),
        int(one.provisional), one.reason, one.origin, int(one.day_only),
    )  # fmt: skip
