"""What is planned beside what is stored: the rows to insert, and those to change."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from notifier.domain import claims
from notifier.domain.drafts import ItemKind
from notifier.domain.offers import OfferState
from notifier.domain.planning import ParcelPlan
from notifier.domain.reminders import Reminder
from notifier.ledger.database import Row, to_ms
from notifier.ledger.row_values import reminder_row


def difference(
    plan: ParcelPlan, existing: Sequence[Row], now: datetime, away: Collection[str] = ()
) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """Rows to insert and rows to update: (state, due_at, urgent, provisional, day_only, reason,
    parcel_id, id)."""
    reminders = list(plan.reminders())
    stored = {row["id"]: row for row in existing}
    wanted = {one.id: one for one in reminders}
    absent = [one for one in reminders if one.id not in stored]
    revived = [
        one for one in reminders if one.id in stored and stored[one.id]["state"] in _REVIVABLE
    ]
    inserts = [reminder_row(plan.parcel_id, one) for one in _worth(plan, absent, existing, now)]
    updates: list[tuple[object, ...]] = [
        _update(plan.parcel_id, one) for one in _worth(plan, revived, existing, now)
    ]
    for row in existing:
        if row["state"] != "planned" or row["recipient"] in away:
            continue
        one = wanted.get(row["id"])
        now_so = (row["due_at"], row["urgent"], row["provisional"], row["day_only"])
        if one is not None:
            if (to_ms(one.due_at), one.urgent, one.provisional, one.day_only) != now_so:
                updates.append(_update(plan.parcel_id, one))
        elif (
            row["kind"] in (ItemKind.REMINDER, ItemKind.ESCALATION)
            or not plan.watchers
            or _is_stale_news(plan, row)
        ):
            state = "acknowledged" if plan.void in ("acknowledged", "skipped") else "superseded"
            updates.append((state, *now_so, plan.void, plan.parcel_id, row["id"]))
    return inserts, updates


def _is_stale_news(plan: ParcelPlan, row: Row) -> bool:
    """A new parcel that was suspended before it was told: that it is, is told instead."""
    return row["kind"] == ItemKind.NEW and plan.known.offer.state is not OfferState.OPEN


_REVIVABLE = ("superseded", "acknowledged")
NEWS = (ItemKind.NEW, ItemKind.CHANGE)


def _update(parcel_id: int, one: Reminder) -> tuple[object, ...]:
    due_at = to_ms(one.due_at)
    return (
        "planned", due_at, int(one.urgent), int(one.provisional), int(one.day_only), one.reason,
        parcel_id, one.id,
    )  # fmt: skip


def has_passed(plan: ParcelPlan, now: datetime) -> bool:
    return any(
        one.due_at <= now and one.kind not in NEWS
        for audience in plan.audiences
        for one in audience.occasions
    )


def _worth(
    plan: ParcelPlan, reminders: Iterable[Reminder], existing: Sequence[Row], now: datetime
) -> list[Reminder]:
    """Those to plan anew. Of leads that are due already only the last, and only if nothing later
    was planned.

    A rule added or a suspension ended: people are told where they stand now, not all they missed.
    Of a parcel that was saved but never planned (the process died) even what has passed is planned,
    to be called missed.
    """
    ahead: list[Reminder] = []
    past: list[Reminder] = []
    for one in reminders:
        (ahead if one.due_at > now or one.kind in NEWS else past).append(one)
    if not past:
        return ahead
    latest: dict[tuple[str, str, str, int], int] = {}
    for row in existing:
        key = (row["recipient"], row["kind"], row["milestone"], row["milestone_at"])
        if row["state"] not in _REVIVABLE or row["reason"] == claims.LATER_LEAD:
            latest[key] = max(latest.get(key, 0), row["due_at"])
    for one in sorted(past, key=lambda one: one.due_at, reverse=True):
        key = (one.recipient, str(one.kind), str(one.milestone), to_ms(one.milestone_at))
        if to_ms(one.due_at) > latest.get(key, 0) and (one.over_at > now or plan.known.fresh):
            latest[key] = to_ms(one.due_at)
            ahead.append(one)
    return ahead
