"""The daily digest: when it is due, and what is in it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from notifier.domain.drafts import Item, ItemKind
from notifier.domain.recipients import DigestTime, Recipient
from notifier.domain.reports import AgendaLine
from notifier.domain.times import at_shanghai, shanghai, utc
from notifier.domain.values import MilestoneName
from notifier.domain.workdays import WorkCalendar

LATE = timedelta(hours=4)
"""How late a digest is still worth sending; after that the next day's says the same."""

_SEARCH_LIMIT = 60  # days; longer than any run of days off


def due_digest(digest: DigestTime, now: datetime, calendar: WorkCalendar) -> date | None:
    """The day whose digest is to be sent at `now`, if there is one."""
    day = shanghai(now - LATE).date()
    for candidate in (day, day + timedelta(days=1)):
        at = at_shanghai(candidate, digest.at)
        if _is_sent_on(digest, candidate, calendar) and at <= now < at + LATE:
            return candidate
    return None


def next_digest(digest: DigestTime, now: datetime, calendar: WorkCalendar) -> datetime | None:
    """The first instant after `now` at which a digest is due, UTC; None if the calendar knows no such day."""
    day = shanghai(now).date()
    for offset in range(_SEARCH_LIMIT):
        at = at_shanghai(day + timedelta(days=offset), digest.at)
        if at > now and _is_sent_on(digest, day + timedelta(days=offset), calendar):
            return utc(at)
    return None


def _is_sent_on(digest: DigestTime, day: date, calendar: WorkCalendar) -> bool:
    return digest.days == "daily" or calendar.is_working(day)


def agenda_items(lines: Iterable[AgendaLine], recipient: Recipient, now: datetime) -> tuple[Item, ...]:
    """The lines that are `recipient`'s, as items of a digest."""
    return tuple(
        Item(
            kind=ItemKind.AGENDA,
            offer=line.offer,
            milestone=MilestoneName(line.milestone),
            at=line.at,
            urgent=_is_urgent(recipient, line, now),
            condition=line.condition,
            note=recipient.note(MilestoneName(line.milestone)),
            new=line.new,
            changed=line.changed,
            state=line.state,
        )
        for line in lines
        if recipient.filters.match(line.offer)
    )


def _is_urgent(recipient: Recipient, line: AgendaLine, now: datetime) -> bool:
    """Whether its urgent reminders begin before the day is over that a digest is read on."""
    ahead = line.at - now
    return line.state == "ahead" and any(
        rule.urgent_from is not None and ahead <= rule.urgent_from.length + timedelta(days=1)
        for rule in recipient.rules
        if rule.milestone == line.milestone
    )
