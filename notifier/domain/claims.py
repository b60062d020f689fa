"""Claims: the due reminders of one recipient, to be sent or not, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from notifier.domain.drafts import DraftKind, ItemKind
from notifier.domain.reminders import Reminder

INSTANT_GRACE = timedelta(minutes=15)
"""How long a reminder due at the milestone itself (`0m`) is still worth sending."""

LATE = timedelta(minutes=5)
"""From how late on a message is a catch-up and says so."""

LATER_LEAD = "later lead"
"""Why a reminder is not said: a later one of the same milestone is."""

MOST_ITEMS = 1_000
"""Of one message."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """A due reminder with the ledger's id of its parcel."""

    parcel_id: int
    reminder: Reminder


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """One message to `recipient`. `superseded` are not said: a later lead of the same milestone is.

    It is worth sending until `expires_at`; `soonest_at` is the first deadline that it tells of,
    which says how long a channel may fail before another one is used.
    """

    recipient: str
    kind: DraftKind
    urgent: bool
    said: tuple[Due, ...]
    missed: tuple[Due, ...]
    superseded: tuple[Due, ...]
    expires_at: datetime
    soonest_at: datetime


def is_over(reminder: Reminder, now: datetime) -> bool:
    """Return whether `reminder` has nothing left to warn of at `now`."""
    if reminder.kind not in (ItemKind.REMINDER, ItemKind.ESCALATION):
        return False
    at_instant = reminder.due_at >= reminder.over_at
    return now >= reminder.over_at + (INSTANT_GRACE if at_instant else timedelta(0))


def claim(recipient: str, due: Iterable[Due], now: datetime) -> Claim:
    """Group what is due for one recipient into one message.

    Of several leads of one milestone only the last is said; a milestone that has passed is called
    missed, once; a parcel that is both new and changed is only new.
    """
    latest: dict[tuple[int, str, str, datetime, str], Due] = {}
    rest: list[Due] = []
    superseded: list[Due] = []
    for claim in due:
        reminder = claim.reminder
        if reminder.kind not in (ItemKind.REMINDER, ItemKind.ESCALATION):
            rest.append(claim)
            continue
        key = (
            claim.parcel_id,
            reminder.kind,
            reminder.milestone,
            reminder.milestone_at,
            reminder.origin,
        )
        held = latest.get(key)
        if held is None:
            latest[key] = claim
        elif held.reminder.due_at <= reminder.due_at:
            superseded.append(held)
            latest[key] = claim
        else:
            superseded.append(claim)
    new = {claim.parcel_id for claim in rest if claim.reminder.kind is ItemKind.NEW}
    superseded += [
        claim for claim in rest if claim.reminder.kind is ItemKind.CHANGE and claim.parcel_id in new
    ]
    told_now = [
        claim
        for claim in rest
        if claim.reminder.kind is not ItemKind.CHANGE or claim.parcel_id not in new
    ]
    told_now += [claim for claim in latest.values() if not is_over(claim.reminder, now)]
    missed = [claim for claim in latest.values() if is_over(claim.reminder, now)]
    return Claim(
        recipient=recipient,
        kind=kind_of(told_now, missed, now),
        urgent=any(claim.reminder.urgent for claim in told_now),
        said=tuple(told_now),
        missed=tuple(missed),
        superseded=tuple(superseded),
        expires_at=expiry((claim.reminder for claim in told_now), now, missed=bool(missed)),
        soonest_at=_soonest(told_now, now),
    )


def cut(whole: Claim, now: datetime, most: int = MOST_ITEMS) -> list[Claim]:
    """Return `whole` as messages of at most `most` items: nobody reads more at once."""
    if len(whole.said) <= most:
        return [whole]
    ordered = sorted(whole.said, key=lambda claim: claim.reminder.milestone_at)
    pieces = []
    for start in range(0, len(ordered), most):
        some, missed = ordered[start : start + most], () if start else whole.missed
        pieces.append(
            replace(
                whole,
                kind=kind_of(some, list(missed), now),
                urgent=any(claim.reminder.urgent for claim in some),
                said=tuple(some),
                missed=missed,
                superseded=() if start else whole.superseded,
                expires_at=expiry((claim.reminder for claim in some), now, missed=bool(missed)),
                soonest_at=_soonest(some, now),
            )
        )
    return pieces


_ANNOUNCED_FOR = timedelta(days=7)
_NEXT_HOUR = timedelta(hours=1)


def expiry(reminders: Iterable[Reminder], now: datetime, *, missed: bool) -> datetime:
    """Until when it is worth trying to deliver these."""
    ends = [now + _ANNOUNCED_FOR] if missed else []
    for reminder in reminders:
        if reminder.kind in (ItemKind.REMINDER, ItemKind.ESCALATION):
            at_instant = reminder.due_at >= reminder.over_at
            ends.append(reminder.over_at + (INSTANT_GRACE if at_instant else timedelta(0)))
        else:
            ends.append(now + _ANNOUNCED_FOR)
    return max(ends, default=now)


def _soonest(entries: Iterable[Due], now: datetime) -> datetime:
    """Return the first deadline ahead; without one, the end of an announcement's time."""
    ahead = [_presses_at(claim.reminder, now) for claim in entries if claim.reminder.over_at > now]
    return min(ahead, default=now + _ANNOUNCED_FOR)


def _presses_at(reminder: Reminder, now: datetime) -> datetime:
    """The milestone; on a day whose hour nobody knows, it may be the next hour."""
    if reminder.milestone_at > now:
        return reminder.milestone_at
    return min(reminder.over_at, now + _NEXT_HOUR)


def kind_of(entries: list[Due], missed: list[Due], now: datetime) -> DraftKind:
    """Return the main kind of a message with these reminders."""
    kinds: Mapping[ItemKind, DraftKind] = {
        ItemKind.ESCALATION: DraftKind.ESCALATION,
        ItemKind.CHANGE: DraftKind.CHANGE,
        ItemKind.REMINDER: DraftKind.REMINDER,
        ItemKind.NEW: DraftKind.NEW,
    }
    if not entries:
        return DraftKind.MISSED
    if missed or any(
        claim.reminder.kind is ItemKind.REMINDER and now - claim.reminder.due_at > LATE
        for claim in entries
    ):
        return DraftKind.CATCH_UP
    found = {claim.reminder.kind for claim in entries}
    return next(draft for item, draft in kinds.items() if item in found)
