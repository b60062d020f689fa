"""Tables and forms that stand beside each other in a sheet, each with parcels of its own."""

from __future__ import annotations

from pathlib import Path

from notifier.domain.findings import Code
from notifier.domain.values import Source
from notifier.intake.limits import Limits
from notifier.intake.records import read_records
from tests.parcel_sheets import read_sheet, sheet_times


def test_tables_parted_by_an_empty_column_are_read_each_by_its_own_headings() -> None:
    assert sheet_times(
        "地块编号,报名截止,挂牌截止,,地块编号,报名截止,拍卖时间\n"
        "J1,2031-01-02 17:00,2031-01-05 10:00,,J2,2031-01-03 17:00,2031-01-06 14:00\n"
    ) == {
        "J1": {"registration_close": "01-02 17:00", "bidding_close": "01-05 10:00"},
        "J2": {"registration_close": "01-03 17:00", "auction_start": "01-06 14:00"},
    }


def test_an_empty_column_within_one_table_parts_nothing() -> None:
    text = "地块编号,报名截止,,挂牌截止\nJ1,2031-01-02 17:00,,2031-01-05 10:00\n"
    assert sheet_times(text) == {
        "J1": {"registration_close": "01-02 17:00", "bidding_close": "01-05 10:00"}
    }


def test_forms_beside_each_other_keep_their_times() -> None:
    assert sheet_times(
        "地块编号,J1,地块编号,J2,地块编号,J3\n"
        "报名截止,2031-01-02 17:00,报名截止,2031-01-03 17:00,报名截止,2031-01-04 17:00\n"
        "挂牌截止,2031-01-05 10:00,挂牌截止,2031-01-06 10:00,挂牌截止,2031-01-07 10:00\n"
    ) == {
        "J1": {"registration_close": "01-02 17:00", "bidding_close": "01-05 10:00"},
        "J2": {"registration_close": "01-03 17:00", "bidding_close": "01-06 10:00"},
        "J3": {"registration_close": "01-04 17:00", "bidding_close": "01-07 10:00"},
    }


def test_a_year_above_tables_beside_each_other_is_of_all() -> None:
    assert sheet_times(
        "2031年1月,,,,\n地块编号,报名截止,,地块编号,报名截止\nJ1,1月2日17:00,,J2,1月3日17:00\n"
    ) == {
        "J1": {"registration_close": "01-02 17:00"},
        "J2": {"registration_close": "01-03 17:00"},
    }


def _sources(text: str) -> dict[str, Source]:
    return {
        parcel.parcel_no: milestone.source
        for notice in read_sheet(text)
        for parcel in notice.parcels
        for milestone in parcel.milestones.values()
    }


def test_a_time_as_above_or_as_on_the_left_is_inherited() -> None:
    rows = "地块编号,报名截止\nJ1,2031-01-02 17:00\nJ2,同上\nJ3,〃\n"
    assert _sources(rows) == {
        "J1": Source.STATED,
        "J2": Source.INHERITED,
        "J3": Source.INHERITED,
    }
    columns = "地块编号,J1,J2,J3\n报名截止,2031-01-02 17:00,同左,同左\n"
    assert _sources(columns) == _sources(rows)


def test_as_on_the_left_is_the_cell_on_the_left_and_never_the_one_above() -> None:
    assert sheet_times(
        "地块编号,报名截止,保证金截止\nJ1,2031-01-02 17:00,2031-01-01 16:00\n"
        "J2,2031-01-04 17:00,同左\n"
    )["J2"] == {"registration_close": "01-04 17:00", "deposit_close": "01-04 17:00"}
    assert sheet_times(
        "地块编号,J1,J2\n报名截止,2031-01-02 17:00,2031-01-04 17:00\n"
        "保证金截止,2031-01-01 16:00,同上\n"
    )["J2"] == {"registration_close": "01-04 17:00", "deposit_close": "01-04 17:00"}


def test_a_mark_for_the_same_under_the_label_of_another_time_is_not_guessed() -> None:
    text = (
        "地块编号,J1,J2\n报名截止,2031-01-02 17:00,2031-01-04 17:00\n"
        "保证金截止,2031-01-01 16:00,〃\n"
    )
    assert sheet_times(text)["J2"] == {"registration_close": "01-04 17:00"}
    assert any("〃" in str(finding.params) for finding in read_sheet(text)[0].findings)


def test_a_parcel_of_two_tables_beside_each_other_is_one() -> None:
    assert sheet_times(
        "地块编号,报名截止,,地块编号,挂牌截止\nJ1,2031-01-02 17:00,,J2,2031-01-06 10:00\n"
        "J2,2031-01-03 17:00,,J1,2031-01-05 10:00\n"
    ) == {
        "J1": {"registration_close": "01-02 17:00", "bidding_close": "01-05 10:00"},
        "J2": {"registration_close": "01-03 17:00", "bidding_close": "01-06 10:00"},
    }


def test_forms_beside_each_other_may_have_their_numbers_on_a_row_alone() -> None:
    assert sheet_times(
        "A地块,,,B地块,\n报名截止,2031-01-02 17:00,,报名截止,2031-01-03 17:00\n"
        "挂牌截止,2031-01-05 10:00,,挂牌截止,2031-01-06 10:00\n"
    ) == {
        "A地块": {"registration_close": "01-02 17:00", "bidding_close": "01-05 10:00"},
        "B地块": {"registration_close": "01-03 17:00", "bidding_close": "01-06 10:00"},
    }


def test_tables_of_a_column_a_parcel_below_each_other_are_each_read() -> None:
    labels = ("地块编号", "报名截止时间", "挂牌截止时间")
    values = ("2031-01-05 17:00", "2031-01-09 10:00")
    blocks = [(f"甲储2031-{number}号", f"甲储2031-{number + 1}号") for number in (1, 3)]
    rows = [
        f"{label},{','.join(cells)}"
        for numbers in blocks
        for label, cells in zip(labels, (numbers, *((text, text) for text in values)), strict=True)
    ]
    (notice,) = read_records(Path("parcels.csv"), "\n".join(rows).encode(), Limits())
    assert [parcel.parcel_no for parcel in notice.parcels] == [
        f"甲储2031-{number}号" for number in (1, 2, 3, 4)
    ]
    assert all(len(parcel.milestones) == 2 for parcel in notice.parcels)


def test_who_made_a_table_and_when_is_no_parcel_of_it() -> None:
    rows = (
        "地块编号,报名截止时间,挂牌截止时间",
        "甲储2031-1号,2031-01-05 17:00,2031-01-09 10:00",
        "制表：张三,审核：李四,日期：2031-01-01",
    )
    (notice,) = read_records(Path("parcels.csv"), "\n".join(rows).encode(), Limits())
    assert [parcel.parcel_no for parcel in notice.parcels] == ["甲储2031-1号"]
    assert Code.TIME_CELLS_EMPTY not in {finding.code for finding in notice.findings}
    assert Code.TIME_WITHOUT_LABEL in {finding.code for finding in notice.findings}
