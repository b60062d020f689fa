"""Leads: from a deadline back to the instant at which people are told."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.config import published_calendar
from notifier.domain.leads import Lead
from notifier.domain.quiet import QuietHours
from notifier.domain.times import SHANGHAI, shanghai
from notifier.domain.workdays import WorkCalendar
from notifier.testing import shanghai_time

_CALENDAR = published_calendar()
_INSTANTS = st.datetimes(datetime(2023, 1, 10), datetime(2025, 12, 1), timezones=st.just(SHANGHAI))  # noqa: DTZ001  # bounds


@pytest.mark.parametrize(
    ("lead", "deadline", "due"),
    [
        ("30m", "2024-11-14 17:00", "2024-11-14 16:30"),
        ("3h", "2024-11-14 17:00", "2024-11-14 14:00"),
        ("0m", "2024-11-14 17:00", "2024-11-14 17:00"),
        ("7d", "2024-11-14 17:00", "2024-11-07 17:00"),
        # seven days before is Saturday 9 November: the working day before
        ("7d", "2024-11-16 17:00", "2024-11-08 17:00"),
        ("3wd@09:00", "2024-11-14 17:00", "2024-11-11 09:00"),
        # 1 to 7 October 2024 are off; Sunday 29 September and Saturday 12 October are made up for
        ("1wd@09:00", "2024-10-08 17:00", "2024-09-30 09:00"),
        ("2wd@09:00", "2024-10-08 17:00", "2024-09-29 09:00"),
        ("1wd@09:00", "2024-10-14 17:00", "2024-10-12 09:00"),
    ],
)
def test_a_lead_falls_where_a_careful_person_would_put_it(
    lead: str, deadline: str, due: str
) -> None:
    found = Lead.parse(lead).due(shanghai_time(deadline), _CALENDAR, None)
    assert found is not None
    assert shanghai(found.at) == shanghai_time(due)
    assert found.provisional is False


def test_working_days_of_a_year_without_a_schedule_are_provisional() -> None:
    found = Lead.parse("3wd@09:00").due(shanghai_time("2099-11-12 17:00"), _CALENDAR, None)
    assert found is not None
    assert found.provisional is True


@pytest.mark.parametrize(
    "text", ["", "3", "h", "-1h", "3w", "1.5h", "3wd@25:00", "99999d", "3h@09:00"]
)
def test_what_is_no_lead_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Lead.parse(text)


@given(deadline=_INSTANTS, count=st.integers(0, 30), unit=st.sampled_from(["m", "h", "d", "wd"]))
def test_no_lead_is_after_its_deadline_and_its_text_reads_back(
    deadline: datetime, count: int, unit: str
) -> None:
    lead = Lead.parse(f"{count}{unit}")
    assert Lead.parse(str(lead)) == lead
    found = lead.due(deadline, _CALENDAR, None)
    assert found is None or found.at <= deadline


@given(deadline=_INSTANTS, count=st.integers(1, 15))
def test_working_day_leads_fall_on_working_days(deadline: datetime, count: int) -> None:
    found = Lead.parse(f"{count}wd@09:00").due(deadline, _CALENDAR, None)
    assert found is not None
    assert _CALENDAR.is_working(shanghai(found.at).date())
    working = sum(
        _CALENDAR.is_working(shanghai(found.at).date() + timedelta(days=offset))
        for offset in range((shanghai(deadline).date() - shanghai(found.at).date()).days)
    )
    assert working == count


@given(
    due=_INSTANTS,
    known=st.timedeltas(timedelta(0), timedelta(days=3)),
    ahead=st.timedeltas(timedelta(minutes=1), timedelta(days=3)),
    urgent=st.booleans(),
    days_off=st.booleans(),
)
def test_quiet_hours_move_earlier_unless_it_was_not_known_and_never_past_the_milestone(
    due: datetime, known: timedelta, ahead: timedelta, urgent: bool, days_off: bool
) -> None:
    quiet = QuietHours.parse("22:00-07:30", days_off=days_off)
    known_at, milestone_at = due - known, due + ahead
    moved = quiet.move(
        due, known_at=known_at, milestone_at=milestone_at, urgent=urgent, calendar=_CALENDAR
    )
    if urgent:
        assert moved.at == due
    if moved.at > due:
        spell = quiet.spell(due, _CALENDAR)
        assert spell is not None
        assert spell[0] < known_at, "only what was not known before the quiet time waits"
        assert moved.at < milestone_at
    if moved.at != due:
        assert moved.reason == "quiet hours"
        assert quiet.spell(moved.at, _CALENDAR) is None


def test_a_calendar_without_any_working_day_is_a_mistake_that_is_said() -> None:
    days = {date(2024, 11, 14) - timedelta(days=offset): False for offset in range(2_000)}
    with pytest.raises(ValueError, match=r"calendar\.toml"):
        WorkCalendar(special=days).on_or_before(date(2024, 11, 14))
