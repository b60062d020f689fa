"""The difference between a plan and the stored reminders: rows to insert, rows to update."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from notifier.domain import claims
from notifier.domain.drafts import ItemKind
from notifier.domain.offers import OfferState
from notifier.domain.pauses import PUT_OFF, pause_of
from notifier.domain.planning import POSTPONED, ParcelPlan
from notifier.domain.reminders import Reminder
from notifier.domain.values import MilestoneName
from notifier.ledger.database import DatabaseRow, from_ms, to_ms
from notifier.ledger.row_values import reminder_row


def difference(
    plan: ParcelPlan, existing: Sequence[DatabaseRow], now: datetime, away: Collection[str] = ()
) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """Return the rows to insert and the rows to update.

    An update is (state, due_at, urgent, provisional, day_only, reason, parcel_id, id).
    """
    reminders = list(plan.reminders())
    stored = {row["id"]: row for row in existing}
    wanted = {reminder.id: reminder for reminder in reminders}
    absent = [reminder for reminder in reminders if reminder.id not in stored]
    revivable_ids = {row["id"] for row in existing if row["state"] in _REVIVABLE}
    revivable = [reminder for reminder in reminders if reminder.id in revivable_ids]
    inserts = [
        reminder_row(plan.parcel_id, reminder)
        for reminder in _still_to_plan(plan, absent, existing, now)
    ]
    updates: list[tuple[object, ...]] = [
        _update(plan.parcel_id, reminder)
        for reminder in _still_to_plan(plan, revivable, existing, now)
    ]
    for row in existing:
        if row["state"] != "planned" or row["recipient"] in away:
            continue
        reminder = wanted.get(row["id"])
        current = (row["due_at"], row["urgent"], row["provisional"], row["day_only"])
        if reminder is not None:
            planned = (
                to_ms(reminder.due_at),
                reminder.urgent,
                reminder.provisional,
                reminder.day_only,
            )
            if planned != current:
                updates.append(_update(plan.parcel_id, reminder))
        elif (
            row["kind"] in (ItemKind.REMINDER, ItemKind.ESCALATION)
            or not plan.watchers
            or _is_outdated_news(plan, row)
        ):
            state = "acknowledged" if plan.void in ("acknowledged", "skipped") else "superseded"
            why = PUT_OFF if _is_put_off(plan, row) else plan.void
            updates.append((state, *current, why, plan.parcel_id, row["id"]))
    return inserts, updates


def _is_put_off(plan: ParcelPlan, row: DatabaseRow) -> bool:
    """Return whether a reminder is out of the plan because its recipient asked for a pause."""
    if plan.void != POSTPONED or not row["milestone"]:
        return False
    waits = row["origin"] if row["kind"] == ItemKind.ESCALATION else row["recipient"]
    pauses = plan.known.pauses_of(waits)
    milestone_at = from_ms(row["milestone_at"])
    return pause_of(pauses, MilestoneName(row["milestone"]), milestone_at) is not None


def _is_outdated_news(plan: ParcelPlan, row: DatabaseRow) -> bool:
    """Return whether a reminder is the news of a parcel that has been suspended or ended since.

    The change of its state is told instead.
    """
    return row["kind"] == ItemKind.NEW and plan.known.offer.state is not OfferState.OPEN


_REVIVABLE = ("superseded", "acknowledged")
NEWS = (ItemKind.NEW, ItemKind.CHANGE)


def _update(parcel_id: int, reminder: Reminder) -> tuple[object, ...]:
    return (
        "planned",
        to_ms(reminder.due_at),
        int(reminder.urgent),
        int(reminder.provisional),
        int(reminder.day_only),
        reminder.reason,
        parcel_id,
        reminder.id,
    )


def has_due_occasion(plan: ParcelPlan, now: datetime) -> bool:
    """Return whether any occasion of a plan is due by `now`, news apart."""
    return any(
        occasion.due_at <= now and occasion.kind not in NEWS
        for audience in plan.audiences
        for occasion in audience.occasions
    )


def _still_to_plan(
    plan: ParcelPlan, reminders: Iterable[Reminder], existing: Sequence[DatabaseRow], now: datetime
) -> list[Reminder]:
    """Return the reminders that are of use: what is ahead, and of leads due already the last.

    That last lead is planned only if no later one was, and its milestone is ahead: after a new rule
    or the end of a suspension people are told where they stand now, not all that they missed. Of a
    parcel that was saved but never planned (the process died) what has passed is planned, too, to
    be called missed.
    """
    useful: list[Reminder] = []
    past: list[Reminder] = []
    for reminder in reminders:
        is_ahead = reminder.due_at > now or reminder.kind in NEWS
        (useful if is_ahead else past).append(reminder)
    if not past:
        return useful
    latest: dict[tuple[str, str, str, int], int] = {}
    for row in existing:
        key = (row["recipient"], row["kind"], row["milestone"], row["milestone_at"])
        if row["state"] not in _REVIVABLE or row["reason"] == claims.LATER_LEAD:
            latest[key] = max(latest.get(key, 0), row["due_at"])
    for reminder in sorted(past, key=lambda reminder: reminder.due_at, reverse=True):
        key = (
            reminder.recipient,
            str(reminder.kind),
            str(reminder.milestone),
            to_ms(reminder.milestone_at),
        )
        due_at = to_ms(reminder.due_at)
        if due_at > latest.get(key, 0) and (reminder.over_at > now or plan.known.fresh):
            latest[key] = due_at
            useful.append(reminder)
    return useful
