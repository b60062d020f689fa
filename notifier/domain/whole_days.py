"""Reminders of a date without a time of day: by days, and on the morning of the day itself.

Nobody knows the hour, so the hour of each reminder is chosen here: in the day, outside quiet hours.
Leads of minutes and hours would count from a midnight that no notice states; together they become
the morning of the day.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from notifier.domain.leads import Lead, Roll
from notifier.domain.quiet import QuietHours
from notifier.domain.recipients import Rule
from notifier.domain.times import at_shanghai, shanghai, utc
from notifier.domain.values import Milestone
from notifier.domain.workdays import WorkCalendar

MORNING = time(8)
"""On the day itself: before any office that closes a list on it opens."""

_HOUR = time(9)  # on the days before
_NOON = time(12)
_NIGHT_ENDS, _NIGHT_BEGINS = time(7), time(22)
_MOST_DAYS_BACK = 30  # longer than any run of days off
_ON_THE_DAY = Lead(count=0, unit="d", clock=MORNING)


class DayReminder(NamedTuple):
    """One reminder of a day; `reason`: why it is not at its usual hour."""

    at: datetime
    lead: Lead
    urgent: bool
    provisional: bool
    reason: str


def day_reminders(
    rule: Rule,
    milestone: Milestone,
    quiet: QuietHours | None,
    calendar: WorkCalendar,
    known_at: datetime | None = None,
) -> list[DayReminder]:
    """The reminders of a milestone that is a day, the soonest first, no two at one instant.

    `known_at`: what quiet days off would have said before that is said on its own day after all.
    """
    day = shanghai(milestone.at).date()
    found: dict[datetime, DayReminder] = {}
    for lead in _leads(rule, day, calendar):
        lead_day, provisional = _day_of(lead, day, calendar, rule.roll)
        urgent = _is_urgent(rule, lead) if lead is _ON_THE_DAY else rule.is_urgent(lead)
        usual = at_shanghai(lead_day, _clock_of(lead))
        at = _outside_quiet(usual, quiet, calendar, urgent=urgent)
        if known_at is not None and at <= known_at < usual:
            at = usual
        earlier = found.get(at)
        found[at] = DayReminder(
            at=utc(at),
            lead=lead,
            urgent=urgent or (earlier is not None and earlier.urgent),
            provisional=provisional,
            reason="" if at == usual else "quiet hours",
        )
    return sorted(found.values())


def morning_of(milestone: Milestone, quiet: QuietHours | None, calendar: WorkCalendar) -> datetime:
    """Return when the reminder on the day itself is due, UTC, of a milestone without an hour.

    Before that nothing presses.
    """
    usual = at_shanghai(shanghai(milestone.at).date(), MORNING)
    return utc(_outside_quiet(usual, quiet, calendar, urgent=True))


def by_daylight(at: datetime, until: datetime) -> datetime:
    """`at`, or the morning after it if it falls in the night and that morning is before `until`."""
    local = shanghai(at)
    if _NIGHT_ENDS <= local.time() <= _NIGHT_BEGINS:
        return at
    morning_day = local.date() + timedelta(days=1 if local.time() > _NIGHT_BEGINS else 0)
    morning = utc(at_shanghai(morning_day, MORNING))
    return morning if morning < until else at


def _leads(rule: Rule, day: date, calendar: WorkCalendar) -> Iterator[Lead]:
    """Return the leads in days, the longest first; then the morning, unless one is on it."""
    by_days = sorted(
        (lead for lead in rule.leads if _counts_days(lead)),
        key=lambda lead: lead.length,
        reverse=True,
    )
    yield from by_days
    said_on_it = any(
        _day_of(lead, day, calendar, rule.roll)[0] == day and _clock_of(lead) < _NOON
        for lead in by_days
    )
    if rule.leads and not said_on_it:
        yield _ON_THE_DAY


def _counts_days(lead: Lead) -> bool:
    return lead.unit in ("d", "wd") or lead.length >= timedelta(days=1)


def _day_of(lead: Lead, day: date, calendar: WorkCalendar, roll: Roll | None) -> tuple[date, bool]:
    """Return the day of `lead`, and whether it rests on days off not yet published."""
    if lead.unit == "wd":
        return calendar.working_days_before(day, lead.count)
    whole_days = -(-lead.length // timedelta(days=1))  # 30h is more than a day: two
    lead_day = day - timedelta(days=whole_days)
    if lead.unit == "d" and (roll or lead.default_roll) == "back":
        return calendar.on_or_before(lead_day)
    return lead_day, False


def _clock_of(lead: Lead) -> time:
    usual = _HOUR if lead.count else MORNING
    if lead.clock is None or not _NIGHT_ENDS <= lead.clock <= _NIGHT_BEGINS:
        return usual
    return lead.clock


def _is_urgent(rule: Rule, lead: Lead) -> bool:
    """The morning stands for every shorter lead; the hour may be the next one."""
    presses = rule.urgent_from is not None and rule.urgent_from.length > lead.length
    return presses or any(rule.is_urgent(other) for other in rule.leads)


def _outside_quiet(
    usual: datetime, quiet: QuietHours | None, calendar: WorkCalendar, *, urgent: bool
) -> datetime:
    """Another hour of the same day where `usual` is quiet, else the last day before that has one.

    An urgent one stays on its day: whole days of quiet do not move it.
    """
    if quiet is None:
        return usual
    for days in range(1 if urgent else _MOST_DAYS_BACK):
        at = usual - timedelta(days=days)
        spell = quiet.spell(at, calendar)
        if spell is None:
            return at
        begin, end = (shanghai(edge) for edge in spell)
        if end.date() == at.date() and end.time() <= _NOON:
            return end
        if begin.date() == at.date() and begin.time() >= _NIGHT_ENDS:
            return begin
    return usual
