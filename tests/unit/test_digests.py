"""When the daily digest is due, what is in it; and what a silence holds back."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.config import published_calendar
from notifier.domain.digests import (
    DigestContents,
    agenda_items,
    contents_for,
    due_digest,
    is_news,
    late,
    next_digest,
)
from notifier.domain.drafts import ItemKind
from notifier.domain.leads import Lead
from notifier.domain.matching import Filters
from notifier.domain.recipients import OPERATORS, DigestTime, Recipient, Rule
from notifier.domain.reminders import Reminder
from notifier.domain.reports import AgendaLine
from notifier.domain.silences import Silence, hold
from notifier.domain.times import SHANGHAI, shanghai
from notifier.domain.values import MilestoneName
from notifier.testing import an_offer, shanghai_time

_CALENDAR = published_calendar()
_MORNING = DigestTime(at=time(8, 45))
_NOW = shanghai_time("2024-11-14 08:45").astimezone(UTC)
_INSTANTS = st.datetimes(datetime(2024, 1, 10), datetime(2024, 12, 1), timezones=st.just(SHANGHAI))  # noqa: DTZ001  # bounds


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2024-11-14 08:44", None),
        ("2024-11-14 08:45", date(2024, 11, 14)),
        ("2024-11-14 12:44", date(2024, 11, 14)),
        ("2024-11-14 12:45", None),  # too late: the next day's says the same
        ("2024-11-16 09:00", None),  # a Saturday
        ("2024-10-12 09:00", date(2024, 10, 12)),  # a Saturday that is worked
        ("2024-10-02 09:00", None),  # a holiday
    ],
)
def test_a_digest_is_due_on_working_days_for_some_hours(now: str, day: date | None) -> None:
    assert due_digest(_MORNING, shanghai_time(now), _CALENDAR) == day


def test_a_late_evenings_digest_is_still_that_days() -> None:
    late = DigestTime(at=time(23), days="daily")
    assert due_digest(late, shanghai_time("2024-11-17 01:00"), _CALENDAR) == date(2024, 11, 16)


@given(now=_INSTANTS, at=st.times(), days=st.sampled_from(["working", "daily"]))
def test_between_two_digests_none_is_due_and_each_is_due_when_said(
    now: datetime, at: time, days: str
) -> None:
    digest = DigestTime(
        at=at.replace(microsecond=0), days="daily" if days == "daily" else "working"
    )
    found = next_digest(digest, now, _CALENDAR)
    assert found is not None
    assert found > now
    assert due_digest(digest, found, _CALENDAR) == shanghai(found).date()
    assert days == "daily" or _CALENDAR.is_working(shanghai(found).date())
    if found - now > late(digest):
        before = due_digest(digest, found - timedelta(seconds=1), _CALENDAR)
        assert before is None or shanghai(found).date() > before
    if days == "daily":
        assert found - now <= timedelta(days=1)


def _line(
    state: str = "ahead", city: str = "杭州", after: timedelta = timedelta(hours=26)
) -> AgendaLine:
    return AgendaLine(
        at=_NOW + after,
        milestone="registration_close",
        condition="",
        offer=an_offer(city=city),
        state=state,
    )


def test_the_agenda_holds_what_is_the_recipients_and_marks_what_is_urgent_today() -> None:
    rule = Rule(
        milestone=MilestoneName.REGISTRATION_CLOSE,
        leads=(Lead.parse("3h"),),
        note="问财务",
        urgent_from=Lead.parse("3h"),
    )
    team = Recipient(
        name="team", channels=(), rules=(rule,), filters=Filters.parse({"city": "杭州"})
    )
    lines = [_line(), _line(after=timedelta(hours=28)), _line("acknowledged"), _line(city="宁波")]
    items = agenda_items(lines, team, _NOW)
    assert [(hour.kind, hour.urgent, hour.state, hour.note) for hour in items] == [
        (ItemKind.AGENDA, True, "ahead", "问财务"),
        (ItemKind.AGENDA, False, "ahead", "问财务"),
        (ItemKind.AGENDA, False, "acknowledged", "问财务"),
    ]


def test_a_weekly_digest_comes_on_its_weekday_and_after_days_off_on_the_next_working_day() -> None:
    weekly = DigestTime(at=time(8, 45), on=frozenset({"mon"}))
    at = shanghai_time("2024-09-23 09:00").astimezone(UTC)
    days = []
    for _ in range(4):
        found = next_digest(weekly, at, _CALENDAR)
        assert found is not None
        at = found
        days.append(f"{shanghai(at):%m-%d %a}")
    # Sunday 29 September is worked; 1 to 7 October are days off, so that Monday's digest comes on
    # Tuesday
    assert days == ["09-30 Mon", "10-08 Tue", "10-14 Mon", "10-21 Mon"]
    daily = DigestTime(at=time(8, 45), days="daily", on=frozenset({"mon", "sat"}))
    first = next_digest(daily, shanghai_time("2024-10-02 09:00").astimezone(UTC), _CALENDAR)
    assert first == shanghai_time("2024-10-05 08:45")


def test_a_weekly_digest_is_worth_sending_for_the_rest_of_its_day() -> None:
    weekly = DigestTime(at=time(8, 45), on=frozenset({"mon"}))
    assert due_digest(weekly, shanghai_time("2024-11-18 19:00"), _CALENDAR) == date(2024, 11, 18)
    assert due_digest(weekly, shanghai_time("2024-11-18 21:00"), _CALENDAR) is None


_TEAM = Recipient(name="team", channels=())


def _contents(
    *lines: AgendaLine, uncovered: bool = False, recipient: Recipient = _TEAM
) -> DigestContents:
    return contents_for(recipient, lines, _NOW, lambda _offer: uncovered)


def _marks(*lines: AgendaLine, uncovered: bool = False) -> tuple[str, ...]:
    return _contents(*lines, uncovered=uncovered).marks


def test_what_time_alone_changes_is_no_news() -> None:
    lines = [_line(), _line("acknowledged", after=timedelta(hours=50))]
    later = _NOW + timedelta(hours=24)
    assert not is_news(_marks(*lines), _marks(*lines), later)
    # one has passed since
    assert not is_news(_marks(lines[1]), _marks(*lines), _NOW + timedelta(hours=27))


def test_another_parcel_instant_or_state_is_news_and_so_is_an_end_of_all() -> None:
    last = _marks(_line())
    assert is_news(_marks(_line()), None, _NOW)
    assert is_news(_marks(_line(), _line(city="宁波", after=timedelta(hours=30))), last, _NOW)
    assert is_news(_marks(_line(after=timedelta(hours=28))), last, _NOW)
    assert is_news(_marks(_line("acknowledged")), last, _NOW)
    assert is_news(_marks(_line(), uncovered=True), last, _NOW)
    assert is_news((), last, _NOW)
    assert is_news((), last, _NOW + timedelta(hours=27))
    assert not is_news((), (), _NOW)


@given(st.sets(st.integers(1, 400)), st.sets(st.integers(1, 400)), st.integers(0, 500))
def test_a_digest_is_news_if_and_only_if_what_is_still_ahead_differs(
    before: set[int], since: set[int], hours: int
) -> None:
    now = _NOW + timedelta(hours=hours)
    last = _marks(*(_line(after=timedelta(hours=hour)) for hour in before))
    left = {hour for hour in before if hour > hours}
    added = {hour for hour in since if hour > hours}
    marks = _marks(*(_line(after=timedelta(hours=hour)) for hour in left | added))
    assert is_news(marks, last, now) == (bool(added - left) or (bool(before) and not left | added))


def test_the_operators_digest_holds_what_nobody_is_reminded_of_alone() -> None:
    operators = Recipient(name=OPERATORS, channels=(), rules=())
    assert [item.at for item in _contents(_line(), uncovered=True, recipient=operators).items] == [
        _line().at
    ]
    assert _contents(_line(), recipient=operators).items == ()
    skipped = _contents(_line("skipped"), uncovered=True)
    assert (len(skipped.items), skipped.uncovered) == (1, ())


def _silence(number: int, begin: int, end: int, city: str = "杭州") -> Silence:
    hour = timedelta(hours=1)
    return Silence(
        id=number,
        matchers=(f"city={city}",),
        starts_at=_NOW + begin * hour,
        ends_at=_NOW + end * hour,
        by="张",
        why="出差",
    )


def _reminder(kind: ItemKind, hours: int = 3) -> Reminder:
    at = _NOW + timedelta(hours=hours)
    return Reminder(b"1", "team", kind, "registration_close", "3h", at, _NOW, False, False, "", "")


def test_a_silence_holds_back_until_its_end_or_for_good_if_the_milestone_is_over_by_then() -> None:
    offer = an_offer()
    held = hold(offer, _reminder(ItemKind.REMINDER), [_silence(1, 0, 1), _silence(2, -1, 2)], _NOW)
    assert held is not None
    assert (held.until, held.reason) == (_NOW + timedelta(hours=2), "silence 2, 张, 出差")
    for kind in (ItemKind.REMINDER, ItemKind.ESCALATION):
        over = hold(offer, _reminder(kind), [_silence(1, 0, 3)], _NOW)
        assert over is not None
        assert over.until is None
    news = hold(offer, _reminder(ItemKind.NEW), [_silence(1, 0, 3)], _NOW)
    assert news is not None
    assert news.until == _NOW + timedelta(hours=3)


@pytest.mark.parametrize(
    "silence", [_silence(1, 1, 2), _silence(1, -2, 0), _silence(1, 0, 1, "宁波")]
)
def test_a_silence_that_is_over_or_ahead_or_of_others_holds_nothing(silence: Silence) -> None:
    assert hold(an_offer(), _reminder(ItemKind.REMINDER), [silence], _NOW) is None
