"""Rows whose cells moved are told by what their own table shows; whole rows are left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from notifier.domain.findings import Code
from notifier.domain.values import Notice
from notifier.intake.limits import Limits
from notifier.intake.records import read_records

_HEADINGS = "地块编号,位置,报名开始时间,报名截止时间,保证金截止时间,挂牌开始时间,挂牌截止时间,备注"
_WHOLE = "东路以南,2031-01-02 09:00,2031-01-12 17:00,2031-01-12 16:00,2031-01-05 09:00"


def _read(*lines: str, headings: str = _HEADINGS) -> list[Notice]:
    text = "\n".join([headings, *lines])
    return read_records(Path("parcels.csv"), text.encode(), Limits())


def _found(notices: list[Notice]) -> set[tuple[str, str, str]]:
    codes = (Code.ROW_SHIFTED, Code.CELL_MAY_HAVE_SLIPPED, Code.TIMES_CONTRADICT)
    return {
        (str(finding.code), finding.parcel_no, finding.field)
        for notice in notices
        for finding in notice.findings
        if finding.code in codes
    }


def _numbers(notices: list[Notice]) -> list[str]:
    return [parcel.parcel_no for notice in notices for parcel in notice.parcels]


def _whole(number: str) -> str:
    return f"{number},{_WHOLE},2031-01-15 10:00,"


def test_a_time_taken_out_of_a_row_is_seen_by_the_order_of_the_rest() -> None:
    shifted = "J9,东路,2031-01-12 17:00,2031-01-12 16:00,2031-01-05 09:00,2031-01-15 10:00,,"
    notices = _read(shifted)
    assert _numbers(notices) == []
    assert _found(notices) == {("row-shifted", "J9", "")}


def test_a_blank_put_into_a_row_is_seen_by_the_other_rows() -> None:
    moved = "J9,东路,2031-01-02 09:00,2031-01-12 17:00,,2031-01-12 16:00,2031-01-05 09:00,"
    notices = _read(_whole("J1"), moved, _whole("J2"))
    assert _numbers(notices) == ["J1", "J2"]
    assert _found(notices) == {("row-shifted", "J9", "")}


def test_a_row_that_can_be_read_in_two_ways_is_read_and_its_times_are_named() -> None:
    headings = "地块编号,保证金截止时间,拍卖时间"
    notices = _read(
        "J1,2031-01-12 16:00,2031-01-15 09:00",
        "J2,2031-01-12 16:00,2031-01-15 09:30",
        "J3,2031-01-15 10:00,",
        "J4,2031-01-12 16:00,2031-01-15 10:30",
        headings=headings,
    )
    assert _numbers(notices) == ["J1", "J2", "J4", "J3"]
    assert _found(notices) == {("cell-may-have-slipped", "J3", "deposit_close")}


@pytest.mark.parametrize(
    "row",
    [
        "J9,东路,,2031-01-12 17:00,2031-01-12 16:00,2031-01-05 09:00,2031-01-15 10:00,",
        "J9,东路,2031-01-02 09:00,2031-01-12 17:00,,2031-01-05 09:00,2031-01-15 10:00,",
        "J9,东路,2031-01-02 09:00,2031-01-12 17:00,2031-01-12 16:00,,,",
        "J9,东路,2031-02-02 09:00,2031-02-12 17:00,2031-02-12 16:00,,,待定",
        "J9,,2031-03-02 09:00,2031-03-12 17:00,,2031-03-05 09:00,2031-03-15 10:00,重点",
    ],
)
def test_a_row_that_leaves_cells_empty_is_not_doubted(row: str) -> None:
    notices = _read(_whole("J1"), _whole("J2"), row)
    assert "J9" in _numbers(notices)
    assert _found(notices) == set()


def test_what_many_rows_leave_empty_is_their_habit() -> None:
    headings = "地块编号,挂牌截止时间,拍卖时间"
    listings = [f"J{number},2031-01-15 10:00," for number in range(30)]
    auctions = [f"P{number},,2031-01-16 09:00" for number in range(30)]
    notices = _read(*listings, *auctions, headings=headings)
    assert len(_numbers(notices)) == 60
    assert _found(notices) == set()


def test_times_that_contradict_each_other_are_all_named() -> None:
    headings = "地块编号,报名开始时间,报名截止时间,保证金截止时间"
    notices = _read("J1,2031-01-09 09:00,2031-01-12 17:00,2031-01-05 16:00", headings=headings)
    fields = ("registration_open", "registration_close", "deposit_close")
    assert _found(notices) == {("times-contradict", "J1", field) for field in fields}


def test_days_as_excel_counts_them_that_ran_past_the_headings_are_seen() -> None:
    headings = "地块编号,报名截止时间,挂牌截止时间,"
    notices = _read("J1,47850.7083333,47853.4166667,", "J2,,47850.7083333,47853.4166667",
                    headings=headings)  # fmt: skip
    assert _numbers(notices) == ["J1"]
    assert _found(notices) == {("row-shifted", "J2", "")}


def test_a_line_that_moved_across_the_parcels_of_its_sheet_is_named_for_all_of_them() -> None:
    rows = (
        "位置,东路,西路,南路",
        "报名截止时间,2031-01-12 17:00,2031-01-12 17:00,2031-01-12 17:00",
        "挂牌截止时间,2031-01-15 10:30,2031-01-15 11:00,",
    )
    notices = _read(*rows, headings="地块编号,J1,J2,J3")
    assert _numbers(notices) == ["J1", "J2", "J3"]
    named = {("cell-may-have-slipped", number, "bidding_close") for number in ("J1", "J2")}
    assert _found(notices) == named


def test_headings_that_lost_the_one_of_the_numbers_are_seen() -> None:
    headings = "位置,报名开始时间,报名截止时间,挂牌截止时间,"
    notices = _read(
        "J1号,东路以南,2031-01-02 09:00,2031-01-12 17:00,2031-01-15 10:00", headings=headings
    )
    assert _numbers(notices) == []
    codes = {finding.code for notice in notices for finding in notice.findings}
    assert Code.ROW_WITHOUT_NUMBER in codes


def test_a_heading_that_was_lost_below_a_title_is_seen() -> None:
    notices = _read(
        "地块编号,报名开始时间,报名截止时间,,挂牌开始时间,挂牌截止时间",
        "J1,2031-01-02 09:00,2031-01-12 17:00,2031-01-12 16:00,2031-01-05 09:00,2031-01-15 10:00",
        headings="土地跟踪表,土地跟踪表,土地跟踪表,土地跟踪表,土地跟踪表,土地跟踪表",
    )
    assert _numbers(notices) == []


def test_a_bare_number_under_a_heading_of_times_is_of_another_column() -> None:
    headings = "地块编号,报名截止时间,保证金截止时间,挂牌截止时间"
    notices = _read("J1,8043,2031-01-12 17:00,2031-01-15 10:00", headings=headings)
    named = {("cell-may-have-slipped", "J1", field) for field in ("deposit_close", "bidding_close")}
    assert _found(notices) == named
