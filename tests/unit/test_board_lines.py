"""What the board says of a parcel: states, the next instant, what is picked, where it stands on the
axis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.board_lines import Answer, BoardLine, TimeState, missed_since, next_time
from notifier.domain.findings import Code
from notifier.domain.matching import Filters
from notifier.domain.offers import OfferState
from notifier.domain.planning import ALL_MILESTONES
from notifier.domain.recipients import Recipient
from notifier.domain.values import Alternative, Finding, MilestoneName, Precision, Severity, Source
from notifier.domain.workdays import WorkCalendar
from notifier.testing import a_milestone, an_offer, shanghai_time
from notifier.web.choices import OPEN, STATES, BoardFilter, Measure, chosen, fits, is_doubtful
from notifier.web.phrases import Phrases
from notifier.web.throttle import Throttle
from notifier.web.time_axis import Axis
from notifier.web.wording import page_words

NOW = shanghai_time("2024-11-10 10:00")  # between the opening and the close of `a_parcel`
CLOSE = MilestoneName.REGISTRATION_CLOSE
DONE = Answer(by="张三", at=NOW)


def a_line(
    *,
    answers: Mapping[Any, Answer] | None = None,
    findings: tuple[Finding, ...] = (),
    known_at: datetime = NOW - timedelta(days=9),
    **fields: object,
) -> BoardLine:
    offer = an_offer(**fields)
    return BoardLine(offer=offer, known_at=known_at, answers=answers or {}, findings=findings)


ALL_DONE = dict.fromkeys(MilestoneName, DONE)


@pytest.mark.parametrize(
    ("line", "state"),
    [
        (a_line(), TimeState.AHEAD),
        (a_line(answers={CLOSE: DONE}), TimeState.AHEAD),
        (a_line(answers=ALL_DONE), TimeState.DONE),
        (a_line(answers={ALL_MILESTONES: DONE}), TimeState.SKIPPED),
        (a_line(state=OfferState.SUSPENDED), TimeState.SUSPENDED),
        (a_line(state=OfferState.SUSPENDED, answers=ALL_DONE), TimeState.SUSPENDED),
        (a_line(state=OfferState.SOLD), TimeState.ENDED),
        (a_line(state=OfferState.TERMINATED, answers={ALL_MILESTONES: DONE}), TimeState.ENDED),
        (a_line(milestones={"bidding_close": "2024-11-01 09:00"}), TimeState.PASSED),
        (a_line(milestones={}), TimeState.PASSED),
    ],
)
def test_a_parcel_has_one_state(line: BoardLine, state: TimeState) -> None:
    assert line.state(NOW) is state


def test_the_next_instant_is_the_first_that_nobody_has_answered() -> None:
    assert a_line().next_at(NOW) == shanghai_time("2024-11-14 17:00")
    answers = {CLOSE: DONE, MilestoneName.DEPOSIT_CLOSE: DONE}
    assert a_line(answers=answers).next_at(NOW) == shanghai_time("2024-11-15 09:00")
    assert a_line(answers=ALL_DONE).next_at(NOW) == shanghai_time("2024-11-14 17:00")
    assert a_line().next_at(shanghai_time("2024-12-01 00:00")) is None


def test_a_window_that_opens_is_next_only_where_no_deadline_waits() -> None:
    times = {
        "registration_open": "2024-11-11 09:00",
        "registration_close": "2024-11-20 17:00",
        "bidding_open": "2024-11-12 09:00",
    }
    line = a_line(milestones=times)
    assert line.next_at(NOW) == shanghai_time("2024-11-20 17:00")
    closed = a_line(milestones=times, answers={CLOSE: DONE})
    assert closed.next_at(NOW) == shanghai_time("2024-11-11 09:00")


@given(
    milestones=st.dictionaries(
        st.sampled_from([name.value for name in MilestoneName]), st.integers(-400, 400)
    ),
    answered=st.sets(st.sampled_from(list(MilestoneName))),
)
def test_parcels_are_ordered_by_the_time_that_is_shown_as_next(
    milestones: dict[str, int], answered: set[MilestoneName]
) -> None:
    line = a_line(
        milestones={
            name: a_milestone(NOW + timedelta(hours=hours)) for name, hours in milestones.items()
        },
        answers=dict.fromkeys(answered, DONE),
    )
    shown = next_time(line.times(NOW), NOW)
    if line.next_at(NOW) is not None:
        assert shown is not None
        assert line.next_at(NOW) == shown.milestone.at


@pytest.mark.parametrize(
    ("now", "is_seen"),
    [
        ("2024-11-15 17:01", True),  # a Friday
        ("2024-11-16 12:00", True),
        ("2024-11-18 23:59", True),
        ("2024-11-19 00:00", False),
    ],
)
def test_what_passed_on_a_friday_is_seen_until_monday_has_ended(now: str, is_seen: bool) -> None:
    line = a_line(milestones={"registration_close": "2024-11-15 17:00"})
    at = shanghai_time(now)
    assert bool(line.missed(at, missed_since(at, WorkCalendar()))) is is_seen


def test_what_passed_before_a_holiday_is_seen_on_the_first_day_after_it() -> None:
    holiday = {date(2024, 11, day): False for day in (18, 19, 20)}
    calendar = WorkCalendar(special=holiday, published=frozenset({2024}))
    line = a_line(milestones={"registration_close": "2024-11-15 17:00"})
    for now, is_seen in (("2024-11-21 23:59", True), ("2024-11-22 00:00", False)):
        at = shanghai_time(now)
        assert bool(line.missed(at, missed_since(at, calendar))) is is_seen


def test_a_parcel_with_one_done_and_one_ahead_is_found_under_both() -> None:
    line = a_line(answers={CLOSE: DONE})
    assert fits("done", line, MEASURE)
    assert fits("ahead", line, MEASURE)
    assert not fits("done", a_line(), MEASURE)
    assert not fits("done", a_line(answers={CLOSE: DONE, ALL_MILESTONES: DONE}), MEASURE)


def test_what_people_settled_is_doubtful_no_more() -> None:
    deposit, bidding = MilestoneName.DEPOSIT_CLOSE, MilestoneName.BIDDING_CLOSE
    findings = tuple(
        Finding(code=Code.TIME_NOT_STATED, severity=Severity.WARNING, field=name)
        for name in (CLOSE, deposit, bidding)
    )
    rival = a_milestone("2024-11-20 10:00", rival=shanghai_time("2024-11-21 10:00"))
    times = {"registration_close": "2024-11-14 17:00", "bidding_close": rival}
    line = a_line(findings=findings, milestones=times)
    assert line.unread == (deposit,)
    assert line.doubtful == {CLOSE, bidding}
    settled = replace(line, settled=frozenset({deposit, bidding}))
    assert settled.unread == ()
    assert settled.doubtful == {CLOSE}
    assert [finding.field for finding in settled.open_findings] == [CLOSE]


def test_a_time_of_a_custom_is_doubtful_until_somebody_compared_it() -> None:
    inferred = a_milestone("2024-11-14 17:00", source=Source.INFERRED)
    line = a_line(milestones={"registration_close": inferred})
    assert line.doubtful == {CLOSE}
    assert replace(line, confirmed={(CLOSE, inferred.at, ""): 1}).doubtful == frozenset()


def test_a_time_that_is_only_odd_is_doubtful_until_somebody_compared_it() -> None:
    odd = Finding(code=Code.LISTING_TOO_SHORT, severity=Severity.WARNING, field=CLOSE)
    line = a_line(findings=(odd,), milestones={"registration_close": "2024-11-14 17:00"})
    assert line.doubtful == {CLOSE}
    confirmed: dict[tuple[str, datetime, str], int] = {
        (CLOSE, shanghai_time("2024-11-14 17:00"), ""): 1
    }
    assert replace(line, confirmed=confirmed).doubtful == frozenset()
    unclear = Finding(code=Code.TIME_NOT_STATED, severity=Severity.WARNING, field=CLOSE)
    assert replace(line, findings=(unclear,)).doubtful == {CLOSE}
    assert replace(line, findings=(unclear,), confirmed=confirmed).doubtful == frozenset()


@pytest.mark.parametrize(
    ("lead", "chinese", "english"),
    [
        ("3h", "3小时前", "3 hours before"),
        ("1d@09:00", "1天前 09:00", "1 day before 09:00"),
        ("3wd", "3个工作日前", "3 working days before"),
        ("0m", "到时", "at the time"),
        ("0d@09:00", "当天 09:00", "on the day 09:00"),
        ("repeat", "再次提醒", "said again"),
        ("of another version", "of another version", "of another version"),
    ],
)
def test_a_lead_is_said_in_words(lead: str, chinese: str, english: str) -> None:
    assert Phrases(say=page_words("zh"), now=NOW).lead(lead) == chinese
    assert Phrases(say=page_words("en"), now=NOW).lead(lead) == english


def test_a_day_without_a_time_of_day_is_ahead_until_the_day_is_over() -> None:
    day = a_milestone("2024-11-10 00:00", precision=Precision.DAY)
    line = a_line(milestones={"registration_close": day})
    assert line.times(NOW)[0].state is TimeState.AHEAD
    assert line.times(NOW + timedelta(days=1))[0].state is TimeState.PASSED


@pytest.mark.parametrize(
    ("line", "is_doubtful"),
    [
        (a_line(), False),
        (a_line(findings=(Finding(code="x", field="registration_close"),)), True),
        (
            a_line(
                milestones={
                    "registration_close": a_milestone("2024-11-14 17:00", source=Source.INFERRED)
                }
            ),
            True,
        ),
        (
            a_line(
                milestones={
                    "registration_close": a_milestone("2024-11-14 17:00", source=Source.SET)
                }
            ),
            False,
        ),
        (
            a_line(milestones={"registration_close": a_milestone("2024-11-14 17:00", rival=NOW)}),
            True,
        ),
    ],
)
def test_what_was_not_understood_for_sure_is_doubtful(line: BoardLine, is_doubtful: bool) -> None:
    assert (CLOSE in line.doubtful) is is_doubtful


# -- what is picked --------------------------------------------------------------------------------


HANGZHOU = a_line(id=1, parcel_no="杭政储出[2024]1号", location="江河汇")
NINGBO = a_line(
    id=2, parcel_no="甬储出2号", city="宁波", milestones={"bidding_close": "2024-11-12 09:00"}
)
SKIPPED = a_line(id=3, parcel_no="甬储出3号", city="宁波", answers={ALL_MILESTONES: DONE})
PASSED = a_line(
    id=4, parcel_no="苏4号", city="苏州", milestones={"bidding_close": "2024-11-01 09:00"}
)
LONG_PASSED = a_line(
    id=5, parcel_no="苏5号", city="苏州", milestones={"bidding_close": "2024-09-01 09:00"}
)
LINES = (LONG_PASSED, PASSED, SKIPPED, HANGZHOU, NINGBO)
MEASURE = Measure(now=NOW, missed_since=NOW - timedelta(hours=12), people=1)
TEAMS = (Recipient(name="宁波组", channels=(), filters=Filters.parse({"city": "宁波"})),)


def picked(**query: str) -> list[int]:
    lines = chosen(LINES, BoardFilter.of(query), TEAMS, MEASURE)
    return [line.offer.id for line in lines]


def test_what_waits_comes_first_soonest_first_and_what_has_passed_last() -> None:
    assert picked() == [2, 1, 3]
    assert picked(state="all") == [2, 1, 3, 4, 5]


def test_filters_pick_by_words_city_recipient_state_and_milestone() -> None:
    assert picked(q="江河 杭政") == [1]
    assert picked(q="［2024］1") == [1]  # brackets and width do not count
    assert picked(city="宁波") == [2, 3]
    assert picked(recipient="宁波组") == [2, 3]
    assert picked(state="skipped") == [3]
    assert picked(state="passed") == [4, 5]
    assert picked(milestone="registration_close") == [1, 3]
    assert picked(state="unconfirmed") == [2, 1]


@given(
    st.dictionaries(
        st.sampled_from(["q", "city", "recipient", "state", "milestone", "days", "page", "wall"]),
        st.text(max_size=90),
    )
)
def test_no_address_is_an_error_and_each_leads_to_itself(query: dict[str, str]) -> None:
    choice = BoardFilter.of(query)
    assert choice.state in STATES
    assert choice.page >= 1
    again = choice.address().partition("?")[2]
    assert BoardFilter.of(dict(parse_qsl(again, keep_blank_values=True))) == choice
    assert BoardFilter.of({}).state == OPEN


# -- the axis --------------------------------------------------------------------------------------


def test_days_off_are_those_of_the_calendar_and_days_are_shanghais() -> None:
    axis = Axis(shanghai_time("2024-11-08 23:30"), 7, lambda day: day.weekday() < 5)
    assert [day.day.isoformat() for day in axis.days if day.is_off] == ["2024-11-09", "2024-11-10"]
    assert next(iter(axis.days)).day.isoformat() == "2024-11-07"
    assert axis.x(shanghai_time("2024-11-07 00:00")) == 0
    assert axis.x(shanghai_time("2024-11-15 00:00")) == 100


@given(st.integers(-5_000, 5_000), st.integers(1, 130))
def test_an_instant_stands_behind_every_earlier_one(hours: int, span: int) -> None:
    axis = Axis(NOW, span, lambda _: True)
    instant = NOW + timedelta(hours=hours)
    assert 0 <= axis.x(instant) <= axis.x(instant + timedelta(hours=7)) <= 100


def test_each_doubt_is_drawn_in_a_way_of_its_own() -> None:
    day = a_milestone("2024-11-14 00:00", precision=Precision.DAY)
    line = a_line(
        milestones={
            "registration_close": day,
            "bidding_close": a_milestone("2024-11-15 09:00", rival=NOW),
        }
    )
    lane = Axis(NOW, 14, lambda _: True).lane(line, NOW, 1)
    registration, bidding = lane.bars
    assert "day-only" in registration.classes
    assert registration.fades == pytest.approx(100 / 15, abs=0.01)
    assert "doubtful" in bidding.classes
    assert bidding.fades == 0
    assert all("unconfirmed" in bar.classes and "no-open" in bar.classes for bar in lane.bars)
    confirmed = replace(line, confirmed={(CLOSE, day.at, ""): 1})
    assert (
        "unconfirmed" not in Axis(NOW, 14, lambda _: True).lane(confirmed, NOW, 1).bars[0].classes
    )
    assert (
        Axis(NOW, 14, lambda _: True).lane(line, NOW, 0).bars[0].classes.count("unconfirmed") == 0
    )


def test_the_second_set_of_deadlines_is_drawn_as_conditional() -> None:

    second = Alternative(
        condition="报名不足",
        milestones={MilestoneName.BIDDING_CLOSE: a_milestone("2024-11-16 09:00")},
    )
    lane = Axis(NOW, 14, lambda _: True).lane(a_line(alternatives=(second,)), NOW, 0)
    assert ["conditional" in bar.classes for bar in lane.bars] == [False, False, True]


def test_somebody_may_do_so_much_in_a_span_of_time_and_others_are_not_held_up() -> None:
    seconds = [0.0]
    throttle = Throttle(2, 60, lambda: seconds[0])
    assert [throttle.take("a") for _ in range(3)] == [True, True, False]
    assert throttle.take("b")
    seconds[0] = 60.0
    assert throttle.take("a")


def test_a_time_that_was_not_read_at_all_is_named_and_makes_its_parcel_doubtful() -> None:
    lost = Finding(
        code=Code.TIME_NOT_UNDERSTOOD, severity=Severity.ERROR, field="registration_close"
    )
    line = a_line(milestones={"bidding_close": "2024-11-15 09:00"}, findings=(lost,))
    assert line.unread == (CLOSE,)
    assert is_doubtful(line, NOW)
    stated = a_line(milestones={"registration_close": "2024-11-14 17:00"}, findings=(lost,))
    assert stated.unread == ()
    remark = replace(lost, severity=Severity.INFO)
    assert a_line(milestones={"bidding_close": "2024-11-15 09:00"}, findings=(remark,)).unread == ()


@pytest.mark.parametrize(
    ("source", "quote", "words"),
    [
        (Source.STATED, "11月14日17时", "公告写明"),
        (Source.INHERITED, "2024年11月14日17:00", "由合并单元格或“同上”得出"),
        (Source.INHERITED, "二〇二四年十一月十四日", "由合并单元格或“同上”得出"),
        (Source.INHERITED, "24.11.14 17:00", "由合并单元格或“同上”得出"),
        (Source.INHERITED, "45610", "由合并单元格或“同上”得出"),
        (Source.INHERITED, "11月14日1700", "年份按上下文得出"),
        (Source.INFERRED, "11月14日17时", "年份按公告编号或表格推断"),
        (Source.INFERRED, "２０２４年11月14日17:00", "按公告另一处推断"),
        (Source.SCANNED, "11月14日17时", "扫描件识别"),
        (Source.SET, "", "人工设定"),
    ],
)
def test_the_source_of_a_time_is_named_by_its_cause(source: Source, quote: str, words: str) -> None:
    phrases = Phrases(say=page_words("zh"), now=NOW)
    milestone = replace(a_milestone("2024-11-14 17:00"), source=source, quote=quote)
    assert phrases.source(milestone) == words


def test_what_is_said_of_another_start_marks_no_time_as_not_read() -> None:
    odd = Finding(code=Code.NOTICE_TOO_SHORT, field="bidding_open", params={"days": "3"})
    line = a_line(findings=(odd,), milestones={"auction_start": "2024-11-14 17:00"})
    assert line.unread == ()
