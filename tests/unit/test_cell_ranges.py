"""Windows and days as people shorten them in the cells of a sheet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.times import shanghai, utc
from notifier.domain.values import Milestone, MilestoneName, Precision, Source
from notifier.errors import TimeNotUnderstood
from notifier.intake.cell_ranges import ends_of_range, with_month
from notifier.intake.limits import Limits
from notifier.intake.records import read_records
from notifier.intake.written_times import read_instant

_OPEN, _CLOSE = MilestoneName.REGISTRATION_OPEN, MilestoneName.REGISTRATION_CLOSE
_FORMS: dict[str, Callable[[datetime, datetime], str]] = {
    "years": lambda at, end: f"{at:%Y-%m-%d %H:%M}-{end:%Y-%m-%d %H:%M}",
    "slashes": lambda at, end: f"{at:%Y/%m/%d %H:%M} - {end:%Y/%m/%d %H:%M}",
    "second without a year": lambda at, end: f"{at:%Y.%m.%d %H:%M}-{end:%m.%d %H:%M}",
    "dashes alone": lambda at, end: f"{at:%Y-%m-%d %H:%M}-{end:%m-%d %H:%M}",
    "words": lambda at, end: (
        f"{at.year}年{at.month}月{at.day}日{at:%H:%M}至{end.month}月{end.day}日{end:%H:%M}"
    ),
    "from and until": lambda at, end: f"自{at:%Y-%m-%d %H:%M}起至{end:%Y-%m-%d %H:%M}止",
    "lines": lambda at, end: f"{at:%Y-%m-%d %H:%M}\n{end:%Y-%m-%d %H:%M}",
    "lines with a word": lambda at, end: f"{at:%Y-%m-%d %H:%M}\n至\n{end:%Y-%m-%d %H:%M}",
    "arrow": lambda at, end: f"{at:%Y-%m-%d %H:%M}→{end:%Y-%m-%d %H:%M}",
    "wave": lambda at, end: f"{at:%Y-%m-%d %H:%M}～{end:%m-%d %H:%M}",
}
_OPENS = st.datetimes(datetime(2026, 1, 1), datetime(2031, 12, 31)).map(  # noqa: DTZ001 - printed
    lambda at: at.replace(second=0, microsecond=0)
)


def _milestones(cell: str, heading: str = "报名时间", title: str = "") -> dict[str, Milestone]:
    text = f'{title}地块编号,位置,{heading}\nJ1,东路,"{cell}"\n'
    notices = read_records(PurePath("parcels.csv"), text.encode(), Limits())
    return {
        name.value: milestone
        for notice in notices
        for parcel in notice.parcels
        for name, milestone in parcel.milestones.items()
    }


def _local(milestone: Milestone) -> str:
    return f"{shanghai(milestone.at):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize("form", _FORMS)
@given(begin=_OPENS, minutes=st.integers(1, 60 * 24 * 60))
def test_a_window_in_one_cell_is_read_exactly_or_not_at_all(
    form: str, begin: datetime, minutes: int
) -> None:
    end = begin + timedelta(minutes=minutes)
    cell = _FORMS[form](begin, end)
    parts = ends_of_range(cell)
    crosses = end.year > begin.year and end.strftime("%Y") not in cell
    if parts is None:
        assert crosses  # in spring, say: only what spans the winter goes on by itself
        return
    read = [shanghai(read_instant(text).at).replace(tzinfo=None) for text, _ in parts]
    assert read == [begin, end]


@pytest.mark.parametrize(
    ("cell", "opens", "closes"),
    [
        ("2031.11.10-11.20 17:00", "2031-11-10 00:00", "2031-11-20 17:00"),
        ("2031年11月10日9:00-17:00", "2031-11-10 09:00", "2031-11-10 17:00"),
        ("2031-12-20 9:00至1月8日 17:00", "2031-12-20 09:00", "2032-01-08 17:00"),
        ("12月20日9:00至2032年1月8日17:00", None, None),  # which year the first is in is not said
        # the hours of each day
        ("2031-11-10至2031-11-20 9:00-17:00", "2031-11-10 00:00", None),
        ("2031-11-20 17:00-2031-11-10 9:00", None, None),
        ("2031-11-10", None, None),
        ("详见公告2031-11-10", None, None),
    ],
)
def test_a_window_is_parted_in_the_one_way_that_it_can_be(
    cell: str, opens: str | None, closes: str | None
) -> None:
    found = {name: _local(milestone) for name, milestone in _milestones(cell).items()}
    assert (found.get(_OPEN.value), found.get(_CLOSE.value)) == (opens, closes)


def test_the_quote_of_an_end_is_what_the_cell_says() -> None:
    found = _milestones("2031.11.10-11.20 17:00")
    assert [found[name].quote for name in (_OPEN, _CLOSE)] == ["2031.11.10", "11.20 17:00"]
    assert found[_OPEN].precision is Precision.DAY


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("11.20 17:00", "11月20日 17:00"),
        ("11/20", "11月20日"),
        ("1.2 9:00", "1月2日 9:00"),
        ("11.20", "11月20日"),
        ("11.2", "11.2"),  # a number that lost its nought, perhaps
        ("2031.11.20", "2031.11.20"),
        ("1.5倍", "1.5倍"),
    ],
)
def test_a_day_without_a_year_is_one_where_it_can_be_no_number(text: str, read: str) -> None:
    assert with_month(text) == read


def test_a_day_without_a_year_takes_that_of_the_title_and_january_follows_december() -> None:
    title = "2031年供地计划,,\n"
    found = _milestones("12.20 9:00-1.8 17:00", title=title)
    assert found == {}  # a window over the new year without any year is not told
    found = _milestones("11.20 17:00", "报名截止时间", title)
    assert (_local(found[_CLOSE]), found[_CLOSE].source) == ("2031-11-20 17:00", Source.INFERRED)


def test_a_word_behind_a_day_with_one_figure_shows_that_nothing_was_lost() -> None:
    assert with_month("3.8上午10点") == "3月8日上午10点"


def test_days_with_one_figure_are_days_where_two_are_joined() -> None:
    """`3.1` alone may be a number that lost its nought; `3.1-3.5` is text."""
    assert ends_of_range("3.1-3.5 17:00") == (("3月1日", "3.1"), ("3月5日 17:00", "3.5 17:00"))


def test_two_figures_of_the_year_are_those_of_the_title() -> None:
    text = "2031年供地计划,\n地块编号,报名截止时间\nJ1,31年11月20日17:00\nJ2,30年11月20日17:00\n"
    (notice,) = read_records(PurePath("parcels.csv"), text.encode(), Limits())
    (parcel,) = notice.parcels
    assert [_local(milestone) for milestone in parcel.milestones.values()] == ["2031-11-20 17:00"]


def test_in_a_row_without_years_january_follows_december() -> None:
    text = "2031年供地计划,,\n地块编号,报名截止时间,挂牌截止时间\nJ1,12月20日17:00,1月8日10:00\n"
    (notice,) = read_records(PurePath("parcels.csv"), text.encode(), Limits())
    times = [_local(milestone) for milestone in notice.parcels[0].milestones.values()]
    assert times == ["2031-12-20 17:00", "2032-01-08 10:00"]


@pytest.mark.parametrize(
    "text",
    [
        "20310102 17:00",
        "20310102 1700",
        "203101021700",
        "20310102170000",
        "2031-1-2 1700",
        "2031-01-02 17;00",
        "2031–01–02 17:00",
        "2031‑1‑2 17∶00",
        "2031-01-02 (四) 17:00",
        "2031--01--02 17:00",
        "2031,1,2 17:00",
        "2031.1.2号17:00",
        "2031/1/2日 17:00",
        "2031-01-02 17:00；",
        "2031年一月二日下午五点",
        "2031.1.2.17:00",
        "2031-01-02-17:00",
        "2031-01-02 17.00",
        "2031-01-02 5:00 PM",
        "2031-01-02 05:00 p.m.",
        "17:00 2031-01-02",
        "17:00 2031年1月2日",
        "截止2031-01-02 17:00",
        "不晚于：2031年1月2日17时",
        "2031-01-02 17:00（含）",
        "2031-01-02 17:00前到账",
        "W1 周四 2031-01-02 17:00",
        "2031-01-02（第1周，周四）17:00",
        "2031-01-02 KW1 17:00 Uhr",
        "2 Jan 2031 17:00",
        "02-Jan-2031 5:00 PM",
        "January 2nd, 2031, 17:00",
        "Jan. 2, 2031 17:00",
        "二〇三一年一月二日十七时",
        "二O三一年一月二日十七时",
        "二0三一年一月二日17时",
        "2031年1月2日十七时〇〇分",
    ],
)
def test_what_people_type_in_another_order_is_the_same_time(text: str) -> None:
    assert f"{shanghai(read_instant(text).at):%Y-%m-%d %H:%M}" == "2031-01-02 17:00"


@pytest.mark.parametrize(
    "text",
    ["13.02.2031 17:00", "13.2.2031, 17:00 Uhr", "13/02/2031 17:00", "02/13/2031 5:00 PM"],
)
def test_a_date_with_its_year_last_is_read_where_one_figure_can_be_no_month(text: str) -> None:
    assert f"{shanghai(read_instant(text).at):%Y-%m-%d %H:%M}" == "2031-02-13 17:00"


@pytest.mark.parametrize("text", ["2031-01-02 EOD", "2031年1月2日下班前"])
def test_the_end_of_a_day_is_that_day(text: str) -> None:
    assert read_instant(text) == read_instant("2031-01-02")


@pytest.mark.parametrize(
    "text",
    [
        "13.13.2031 17:00",
        "2 Jam 2031 17:00",
        "31.02.2031 17:00",
        "31.1.2 17:00",
        "W1 周五 2031-01-02 17:00",
        "01/02/2031 17:00",
        "暂定2031-01-02 17:00",
        "约2031-01-02 17:00",
        "2031-01-02 17:00左右",
        "2031-01-02 17:00后",
        "2031-01-0217:00",
        "203101021760",
        "2031.1.2–2031.1.5",
        "2031-01-02 (五) 17:00",
        "2031-01-02 1760",
        "2031---02 17:00",
        "2031.1.2号楼",
        "2031-01-02 09:00-11:00",
        "2031-01-02 09:00-2031",
        "20311302 17:00",
        "2031-01-02 12:00 AM",  # midnight to some, noon to others
    ],
)
def test_what_could_be_another_time_is_refused(text: str) -> None:
    with pytest.raises(TimeNotUnderstood):
        read_instant(text)


@given(_OPENS)
def test_each_typed_form_of_an_instant_is_that_instant(at: datetime) -> None:
    forms = ("%Y%m%d %H:%M", "%Y.%m.%d.%H:%M", "%H:%M %Y-%m-%d", "%Y-%m-%d %I:%M %p")
    for form in forms:
        if form.endswith("%p") and at.hour in (0, 12):
            continue
        read = read_instant(at.strftime(form)).at
        assert shanghai(read).replace(tzinfo=None) == at, form
        assert utc(read) == read
