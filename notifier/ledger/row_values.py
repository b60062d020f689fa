"""Values made from rows, and rows from values.

A query that reads a parcel names its columns `p.id AS parcel_id, p.key AS parcel_key, p.state AS
parcel_state, p.head, p.body`; one that reads a reminder begins with all columns of `reminders`, in
the table's order.
"""

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
from notifier.ledger.database import DatabaseRow, from_ms, to_ms


def dump(value: Any) -> str:
    """Return `value` as JSON, as short as it can be."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def offer_of(row: DatabaseRow) -> Offer:
    """Return the parcel of a row."""
    return offer_from_plain(
        id=row["parcel_id"],
        key=row["parcel_key"],
        state=row["parcel_state"],
        head=_head(row["head"]),
        parcel=json.loads(row["body"]),
    )


@lru_cache(maxsize=64)  # the parcels of a notice have one head
def _head(text: str) -> Mapping[str, Any]:
    head: Mapping[str, Any] = json.loads(text)
    return head


def due_of(row: DatabaseRow) -> Due:
    """Return the reminder of a row, with its parcel's id."""
    # by place, which is faster than by name: many may be due at once
    return Due(
        parcel_id=row[0],
        reminder=Reminder(
            row[1],
            row[2],
            ItemKind(row[3]),
            row[4],
            row[5],
            from_ms(row[6]),
            from_ms(row[7]),
            bool(row[8]),
            bool(row[9]),
            row[10],
            row[11],
            bool(row[14]),
        ),
    )


def reminder_row(parcel_id: int, reminder: Reminder) -> tuple[Any, ...]:
    """Return parcel, id, recipient, and what `occasion_columns` gives."""
    return (parcel_id, reminder.id, reminder.recipient, *occasion_columns(reminder))


def occasion_columns(occasion: Reminder | Occasion) -> tuple[Any, ...]:
    """Return what depends neither on the parcel nor on the recipient.

    In order: kind, milestone, lead, milestone_at, due_at, urgent, provisional, reason, origin,
    day_only.
    """
    return (
        str(occasion.kind),
        str(occasion.milestone),
        occasion.lead,
        to_ms(occasion.milestone_at),
        to_ms(occasion.due_at),
        int(occasion.urgent),
        int(occasion.provisional),
        occasion.reason,
        occasion.origin,
        int(occasion.day_only),
    )
