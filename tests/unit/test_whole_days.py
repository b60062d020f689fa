"""A deadline that is a date without a time of day: reminded of by days and on its morning, never at
night."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.config import published_calendar
from notifier.domain.drafts import ItemKind
from notifier.domain.leads import Lead
from notifier.domain.planning import Known, Planner
from notifier.domain.quiet import QuietHours
from notifier.domain.recipients import DEFAULT_RULES, EscalationStep, Recipient, Rule
from notifier.domain.reminders import Reminder
from notifier.domain.times import at_shanghai, shanghai
from notifier.domain.values import Alternative, MilestoneName, Precision
from notifier.testing import a_milestone, an_offer, shanghai_time

_CALENDAR = published_calendar()
_NOW = shanghai_time("2024-11-01 10:00").astimezone(UTC)
_DAY = timedelta(days=1)


def _known(day: str, *, since: datetime = _NOW, name: str = "registration_close") -> Known:
    offer = an_offer(milestones={name: a_milestone(f"{day} 00:00", precision=Precision.DAY)})
    deadlines = {(name.value, milestone.at): since for name, milestone, _ in offer.deadlines()}
    return Known(
        offer=offer,
        stale=1,
        fresh=True,
        deadlines=deadlines,
        watches={},
        acknowledged=frozenset(),
        untold={},
    )


def _recipient(
    leads: str, urgent_from: str = "3h", *, quiet: QuietHours | None = None
) -> Recipient:
    rule = Rule(
        milestone=MilestoneName.REGISTRATION_CLOSE,
        leads=tuple(Lead.parse(lead) for lead in leads.split()),
        urgent_from=Lead.parse(urgent_from) if urgent_from else None,
    )
    return Recipient(name="team", channels=(), rules=(rule,), quiet=quiet)


def _reminders(known: Known, recipient: Recipient, now: datetime = _NOW) -> list[Reminder]:
    plan = Planner(recipients=(recipient,), calendar=_CALENDAR).plan(known, now)
    found = [reminder for reminder in plan.reminders() if reminder.kind is ItemKind.REMINDER]
    return sorted(found, key=lambda reminder: reminder.due_at)


def _when(reminders: Sequence[Reminder]) -> list[str]:
    return [
        f"{shanghai(reminder.due_at):%m-%d %H:%M}{' urgent' if reminder.urgent else ''}"
        for reminder in reminders
    ]


@pytest.mark.parametrize(
    ("leads", "when"),
    [
        ("3wd@09:00 1wd@09:00 3h 30m", ["11-11 09:00", "11-13 09:00", "11-14 08:00 urgent"]),
        ("7d 3d 1d", ["11-07 09:00", "11-11 09:00", "11-13 09:00", "11-14 08:00 urgent"]),
        ("0m", ["11-14 08:00 urgent"]),
        ("30m 10m", ["11-14 08:00 urgent"]),
        ("24h 3h", ["11-13 09:00", "11-14 08:00 urgent"]),
        ("30h", ["11-12 09:00", "11-14 08:00 urgent"]),
        ("1d@23:30", ["11-13 09:00", "11-14 08:00 urgent"]),
        ("0d@10:00", ["11-14 10:00 urgent"]),
        ("0d@15:00", ["11-14 08:00 urgent", "11-14 15:00 urgent"]),
    ],
)
def test_a_day_is_reminded_of_by_days_and_on_its_morning(leads: str, when: list[str]) -> None:
    assert _when(_reminders(_known("2024-11-14"), _recipient(leads))) == when


def test_a_rule_without_leads_stays_switched_off() -> None:
    assert _reminders(_known("2024-11-14"), _recipient("")) == []


def test_an_opening_day_is_reminded_of_on_its_morning_without_urgency() -> None:
    recipient = Recipient(name="team", channels=(), rules=DEFAULT_RULES)
    known = _known("2024-11-14", name="bidding_open")
    assert _when(_reminders(known, recipient)) == ["11-13 09:00", "11-14 08:00"]


def test_a_conditional_day_is_reminded_of_in_the_same_way() -> None:
    day = a_milestone("2024-11-20 00:00", precision=Precision.DAY)
    known = _known("2024-11-14")
    second = Alternative(
        condition="只有一人报名", milestones={MilestoneName.REGISTRATION_CLOSE: day}
    )
    parcel = replace(known.offer.parcel, alternatives=(second,))
    conditional = replace(known, offer=replace(known.offer, parcel=parcel))
    when = _when(_reminders(conditional, _recipient("1d 3h")))
    assert when == ["11-13 09:00", "11-14 08:00 urgent", "11-19 09:00", "11-20 08:00 urgent"]


@pytest.mark.parametrize(
    ("quiet", "days_off", "when"),
    [
        ("22:00-07:30", False, ["11-15 09:00", "11-16 08:00 urgent"]),
        # the hour is ours to choose: quiet hours that end later put it off to their end
        ("22:00-09:30", False, ["11-15 09:30", "11-16 09:30 urgent"]),
        # Saturday: the day itself is urgent, and there is no other
        ("22:00-07:30", True, ["11-15 09:00", "11-16 08:00 urgent"]),
        ("", True, ["11-15 09:00", "11-16 08:00 urgent"]),
        # whoever works at night
        ("08:30-18:00", False, ["11-15 08:30", "11-16 08:00 urgent"]),
    ],
)
def test_quiet_hours_choose_another_hour_of_the_day(
    quiet: str, days_off: bool, when: list[str]
) -> None:
    recipient = _recipient("1wd 3h", quiet=QuietHours.parse(quiet, days_off=days_off))
    assert _when(_reminders(_known("2024-11-16"), recipient)) == when


def test_what_is_not_urgent_leaves_a_quiet_day_off_for_the_day_before() -> None:
    recipient = _recipient("30m", "", quiet=QuietHours.parse("22:00-07:30", days_off=True))
    assert _when(_reminders(_known("2024-11-17"), recipient)) == ["11-15 08:00"]
    # known on the day off only: then on its morning after all
    saturday = shanghai_time("2024-11-16 15:00").astimezone(UTC)
    known = _known("2024-11-17", since=saturday)
    assert _when(_reminders(known, recipient, now=saturday)) == ["11-17 08:00"]


_LEADS = st.builds(
    lambda count, unit, clock: (
        f"{count}{unit}" + (f"@{clock:%H:%M}" if clock and unit in ("d", "wd") else "")
    ),
    st.integers(0, 40),
    st.sampled_from(["m", "h", "d", "wd"]),
    st.none() | st.times(),
)
_CLOCKS = st.times().map(lambda clock: f"{clock:%H:%M}")
_QUIETS = st.none() | st.builds(
    lambda start, end, days_off: QuietHours.parse(
        f"{start}-{end}" if start != end else "", days_off=days_off
    ),
    st.sampled_from(["20:00", "21:30", "22:00", "23:15"]),
    st.sampled_from(["06:00", "07:00", "07:30", "09:30", "11:00"]),
    st.booleans(),
)


@given(
    leads=st.lists(_LEADS, min_size=1, max_size=5, unique=True),
    urgent_from=st.sampled_from(["", "0m", "30m", "3h", "2d"]),
    quiet=_QUIETS,
    day=st.dates(min_value=datetime(2024, 11, 3).date(), max_value=datetime(2025, 3, 1).date()),  # noqa: DTZ001  # a day
)
def test_no_reminder_of_a_day_falls_in_the_night_and_one_comes_in_time(
    leads: list[str], urgent_from: str, quiet: QuietHours | None, day: datetime
) -> None:
    known = _known(f"{day:%Y-%m-%d}")
    found = _reminders(known, _recipient(" ".join(leads), urgent_from, quiet=quiet))
    for reminder in found:
        clock = shanghai(reminder.due_at).time()
        assert time(7) <= clock <= time(22)
        assert reminder.due_at < reminder.over_at
        if quiet is not None and not quiet.days_off:
            assert quiet.spell(reminder.due_at, _CALENDAR) is None
    assert found
    last = max(found, key=lambda reminder: reminder.due_at)
    assert last.due_at >= at_shanghai(day, time(0)) or (quiet is not None and quiet.days_off)
    assert len({reminder.due_at for reminder in found}) == len(found)


@given(minutes=st.integers(0, 30 * 24 * 60), quiet=_QUIETS)
def test_whenever_a_day_becomes_known_somebody_hears_before_it_is_over(
    minutes: int, quiet: QuietHours | None
) -> None:
    known_at = _NOW + timedelta(minutes=minutes)
    known = _known("2024-11-16", since=known_at)
    planner = Planner(recipients=(_recipient("1d 3h", quiet=quiet),), calendar=_CALENDAR)
    planned = list(planner.plan(known, known_at).reminders())
    over_at = at_shanghai(shanghai_time("2024-11-17 00:00").date(), time(0))
    if known_at >= over_at:
        assert {reminder.kind for reminder in planned} <= {ItemKind.NEW}
        return
    assert planned
    assert min(reminder.due_at for reminder in planned) < over_at
    morning = shanghai_time("2024-11-16 08:00")
    first_hour = shanghai_time("2024-11-16 11:00")
    if known_at >= first_hour:
        assert min(reminder.due_at for reminder in planned) <= known_at + timedelta(seconds=30)
    elif known_at < morning:
        assert min(reminder.due_at for reminder in planned) <= first_hour


def test_a_notice_that_comes_in_on_its_day_is_told_at_once_and_escalates() -> None:
    afternoon = shanghai_time("2024-11-14 15:00").astimezone(UTC)
    recipient = replace(_recipient("1d 3h"), escalation=(EscalationStep(to=("boss",)),))
    planner = Planner(
        recipients=(recipient, Recipient(name="boss", channels=(), rules=())), calendar=_CALENDAR
    )
    planned = list(planner.plan(_known("2024-11-14", since=afternoon), afternoon).reminders())
    (news,) = [
        reminder
        for reminder in planned
        if reminder.kind is ItemKind.NEW and reminder.recipient == "team"
    ]
    assert news.urgent
    assert news.due_at <= afternoon + timedelta(seconds=30)
    (escalation,) = [reminder for reminder in planned if reminder.kind is ItemKind.ESCALATION]
    assert shanghai(escalation.due_at) == shanghai_time("2024-11-14 15:15")


def test_a_notice_that_comes_in_the_night_before_waits_for_the_morning() -> None:
    night = shanghai_time("2024-11-13 23:30").astimezone(UTC)
    recipient = _recipient("1d 3h 30m", quiet=QuietHours.parse("22:00-07:30"))
    planner = Planner(recipients=(recipient,), calendar=_CALENDAR)
    planned = list(planner.plan(_known("2024-11-14", since=night), night).reminders())
    assert _when(sorted(planned, key=lambda reminder: reminder.due_at)) == [
        "11-14 07:30",
        "11-14 08:00 urgent",
    ]


def test_what_has_opened_on_a_day_does_not_wake_anybody() -> None:
    night = shanghai_time("2024-11-14 23:30").astimezone(UTC)
    known = _known("2024-11-14", since=night, name="bidding_open")
    closes = {
        MilestoneName.BIDDING_CLOSE: a_milestone("2024-11-24 10:00"),
        **known.offer.parcel.milestones,
    }
    offer = replace(known.offer, parcel=replace(known.offer.parcel, milestones=closes))
    recipient = Recipient(name="team", channels=(), quiet=QuietHours.parse("22:00-07:30"))
    planned = Planner(recipients=(recipient,), calendar=_CALENDAR).plan(
        replace(known, offer=offer), night
    )
    (news,) = [reminder for reminder in planned.reminders() if reminder.kind is ItemKind.NEW]
    assert shanghai(news.due_at) == shanghai_time("2024-11-15 07:30")


def test_the_silence_about_a_day_escalates_from_its_morning_on_and_not_at_night() -> None:
    for after, when in (("15", "11-14 08:15"), ("1000", "11-14 16:00")):
        recipient = replace(
            _recipient("1d 3h"),
            escalation=(EscalationStep(to=("boss",), after=timedelta(minutes=int(after))),),
        )
        planner = Planner(
            recipients=(recipient, Recipient(name="boss", channels=(), rules=())),
            calendar=_CALENDAR,
        )
        planned = planner.plan(_known("2024-11-14"), _NOW).reminders()
        (escalation,) = [reminder for reminder in planned if reminder.kind is ItemKind.ESCALATION]
        assert f"{shanghai(escalation.due_at):%m-%d %H:%M}" == when
    early = replace(
        _recipient("3d", "3d"),
        escalation=(EscalationStep(to=("boss",), after=timedelta(hours=14)),),
    )
    planner = Planner(
        recipients=(early, Recipient(name="boss", channels=(), rules=())), calendar=_CALENDAR
    )
    planned = planner.plan(_known("2024-11-14"), _NOW).reminders()
    (escalation,) = [reminder for reminder in planned if reminder.kind is ItemKind.ESCALATION]
    assert f"{shanghai(escalation.due_at):%m-%d %H:%M}" == "11-12 08:00"
