"""Times as teams keep them in cells: moved ones, marked ones, and those in several columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from notifier.domain.findings import Code
from notifier.domain.times import shanghai
from notifier.domain.values import Notice
from notifier.intake.limits import Limits
from notifier.intake.records import read_records


def _read(*rows: str, encoding: str = "utf-8") -> list[Notice]:
    data = "".join(f"{row}\n" for row in rows).encode(encoding)
    return read_records(Path("parcels.csv"), data, Limits())


def _closes(notices: list[Notice]) -> list[str]:
    """Each time of the parcels that registration closes at; empty where none is read."""
    return [
        f"{shanghai(milestone.at):%Y-%m-%d %H:%M}"
        for notice in notices
        for parcel in notice.parcels
        for name, milestone in parcel.milestones.items()
        if name.value == "registration_close"
    ]


def _has(notices: list[Notice], code: Code) -> bool:
    return any(finding.code is code for notice in notices for finding in notice.findings)


def _of_cell(text: str) -> list[Notice]:
    headings = "地块编号;报名截止时间;挂牌截止时间"
    return _read("2031年1月地块;;", headings, f"甲储2031-1号;{text};2031-01-09 10:00")


@pytest.mark.parametrize(
    "text",
    [
        "原1-2 17:00 改为1-5 17:00",
        "原定2031-01-02 17:00，现延期至2031-01-05 17:00",
        "2031-01-02 17:00（延期至2031-01-05 17:00）",
        "2031年1月2日17:00延期至1月5日17:00",
        "原2031-01-06 17:00提前至2031-01-05 17:00",
        "2031-01-05 16:00改为17:00",
        "2031-01-05 17:00（原2031-01-02 17:00）",
    ],
)
def test_of_an_old_and_a_new_time_in_one_cell_the_new_one_is_read_and_said(text: str) -> None:
    notices = _of_cell(text)
    assert _closes(notices) == ["2031-01-05 17:00"]
    assert _has(notices, Code.REMARK_ON_TIMES)


@pytest.mark.parametrize(
    "text",
    [
        "原2031-01-02 17:00改为2031-01-04 17:00再改为2031-01-05 17:00",
        "2031-01-02 17:00（可能改为2031-01-05 17:00）",
        "1月5日17:00改为待定",
    ],
)
def test_a_cell_of_which_the_time_that_holds_is_not_plain_stays_a_finding(text: str) -> None:
    notices = _of_cell(text)
    assert _closes(notices) == []
    assert _has(notices, Code.TIME_NOT_UNDERSTOOD)


@pytest.mark.parametrize("mark", ["*", "※", "①", " [1]", "（注1）", " 注", "#", " 见注2"])
def test_a_time_with_the_mark_of_a_note_is_read_and_the_mark_is_said(mark: str) -> None:
    notices = _of_cell(f"2031-01-05 17:00{mark}")
    assert _closes(notices) == ["2031-01-05 17:00"]
    assert _has(notices, Code.REMARK_ON_TIMES)


@pytest.mark.parametrize(
    ("headings", "cells"),
    [
        ("报名截止年,报名截止月,报名截止日,报名截止时", "2031,1,5,17"),
        ("报名截止月,报名截止日,报名截止时,报名截止分", "1,5,17,00"),
        ("报名截止（年）,报名截止（月）,报名截止（日）,报名截止（点）", "2031年,1月,5日,17点"),
    ],
)
def test_a_time_whose_parts_stand_in_columns_is_one_time(headings: str, cells: str) -> None:
    notices = _read(
        "2031年地块,,,,,",
        f"地块编号,{headings},挂牌截止时间",
        f"甲储2031-1号,{cells},2031-01-09 10:00",
    )
    assert _closes(notices) == ["2031-01-05 17:00"]


def test_parts_of_a_time_that_are_no_figures_stay_as_they_stand() -> None:
    headings = "地块编号,报名截止月,报名截止日,报名截止时,挂牌截止时间"
    notices = _read(headings, "甲储2031-1号,1,待定,,2031-01-09 10:00")
    assert _closes(notices) == []
    assert _has(notices, Code.TIME_NOT_UNDERSTOOD)


@pytest.mark.parametrize("hour", ["17", "17.0", "1700", "0.70833333"])
def test_an_hour_in_figures_beside_its_day_is_its_hour(hour: str) -> None:
    headings = "地块编号,报名截止日期,报名截止时间,挂牌截止时间"
    notices = _read(headings, f"甲储2031-1号,2031-01-05,{hour},2031-01-09 10:00")
    assert _closes(notices) == ["2031-01-05 17:00"]


@pytest.mark.parametrize(("heading", "figure"), [("报名截止时间", "5"), ("时间（天）", "10")])
def test_a_figure_that_may_be_no_hour_is_none(heading: str, figure: str) -> None:
    headings = f"地块编号,报名截止日期,{heading},挂牌截止时间"
    notices = _read(headings, f"甲储2031-1号,2031-01-05,{figure},2031-01-09 10:00")
    assert not [close for close in _closes(notices) if not close.endswith("00:00")]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16"])
def test_a_table_in_two_bytes_a_sign_needs_no_mark(encoding: str) -> None:
    rows = ("地块编号,报名截止时间", "甲储2031-1号,2031-01-05 17:00")
    notices = _read(*rows, encoding=encoding)
    assert _closes(notices) == ["2031-01-05 17:00"]
    assert not _has(notices, Code.ROW_MAY_BE_CUT)


def test_a_line_with_a_day_above_the_headings_is_none_of_them() -> None:
    notices = _read(
        "更新：2031-01-01,,",
        "城市,地块编号,报名截止时间",
        "杭州,甲储2031-1号,2031-01-05 17:00",
        "杭州,甲储2031-2号,2031-01-05 17:00",
    )
    assert _closes(notices) == ["2031-01-05 17:00"] * 2


def test_two_labelled_times_below_a_heading_of_both_are_each_its_own() -> None:
    cell = '"报名：2031-01-05 17:00\n保证金：2031-01-04 16:00"'
    notices = _read("地块编号,报名/保证金截止,挂牌截止", f"甲储2031-1号,{cell},2031-01-09 10:00")
    assert _closes(notices) == ["2031-01-05 17:00"]
    (parcel,) = notices[0].parcels
    at = {name.value: shanghai(milestone.at).day for name, milestone in parcel.milestones.items()}
    assert at["deposit_close"] == 4


def _of_title(title: str, *cells: str) -> list[str]:
    rows = [f"甲储2031-{number}号,{cell}" for number, cell in enumerate(cells, 1)]
    return _closes(_read(f"{title},", "地块编号,报名截止时间", *rows))


def test_a_month_has_the_year_that_a_title_of_two_years_gives_it() -> None:
    closes = _of_title("2030年12月-2031年2月地块", "12月28日17:00", "1月5日17:00")
    assert closes == ["2030-12-28 17:00", "2031-01-05 17:00"]


@pytest.mark.parametrize(
    "title", ["2030年12月-2031年2月地块", "2030-2031年度地块", "2030年1月-2031年12月地块"]
)
def test_a_month_that_a_title_of_two_years_does_not_tell_has_none(title: str) -> None:
    assert _of_title(title, "5月5日17:00") == []


def test_an_hour_in_tenths_is_not_guessed_and_the_other_rows_are_read() -> None:
    headings = "地块编号,报名截止日,报名截止时点"
    rows = ("甲储2031-1号,2031-01-05,17", "甲储2031-2号,2031-01-06,16.5")
    notices = _read(headings, *rows)
    assert _closes(notices) == ["2031-01-05 17:00"]
    assert _has(notices, Code.TIME_NOT_UNDERSTOOD)
