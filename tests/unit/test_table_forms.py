"""Rows of sheets as teams write them: broken in two, under a number alone, one for each time."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from openpyxl import Workbook

from notifier.domain.findings import Code
from notifier.domain.times import shanghai
from notifier.domain.values import Kind, Source
from notifier.errors import IntakeError
from notifier.intake.limits import Limits
from notifier.intake.notice import read_notice
from notifier.intake.records import read_records
from tests.parcel_sheets import read_sheet, sheet_times


def _codes(text: str) -> set[str]:
    return {finding.code for notice in read_sheet(text) for finding in notice.findings}


_REGISTRATION = {"registration_open": "01-01 09:00", "registration_close": "01-02 17:00"}


@pytest.mark.parametrize(
    "rows",
    [
        "J1,城东路以南、,2031-01-01 9:00至\n,城西路以北,2031-01-02 17:00\n",
        "J1,城东路,2031-01-01 9:00\n,,至2031-01-02 17:00\n",
        "J1,城东路,2031-01-01 9:00\n,,2031-01-02 17:00\n",
        "示储出[2031],城东路,2031-01-01 9:00至\n1号,,2031-01-02 17:00\n",
    ],
)
def test_a_cell_that_goes_on_in_the_row_below_is_one(rows: str) -> None:
    (times,) = sheet_times(f"地块编号,位置,报名时间\n{rows}").values()
    assert times == _REGISTRATION
    assert Code.ROW_WITHOUT_NUMBER not in _codes(f"地块编号,位置,报名时间\n{rows}")


def test_an_hour_in_the_row_below_its_day_is_that_day_s() -> None:
    assert sheet_times("地块编号,报名截止\nJ1,2031-01-02\n,17:00\nJ2,2031-01-03\n,16:00\n") == {
        "J1": {"registration_close": "01-02 17:00"},
        "J2": {"registration_close": "01-03 16:00"},
    }


@pytest.mark.parametrize(
    "below",
    [
        ",,2031-01-04 17:00",  # of a parcel whose number was left out
        ",城西路,2031-01-04 17:00",
    ],
)
def test_a_row_without_a_number_that_may_be_whole_is_not_joined(below: str) -> None:
    text = f"地块编号,位置,报名截止\nJ1,城东路,2031-01-02 17:00\n{below}\n"
    assert sheet_times(text) == {"J1": {"registration_close": "01-02 17:00"}}
    assert _codes(text) & {Code.ROW_WITHOUT_NUMBER, Code.TIME_WITHOUT_LABEL}


@pytest.mark.parametrize(
    ("first", "number"),
    [
        ("A地块", "A地块"),
        ("【示挂2031-1号】", "示挂2031-1号"),
        ("地块一：示挂2031-1号", "示挂2031-1号"),
        ("东湖3号地", "东湖3号地"),
    ],
)
def test_a_number_alone_above_labels_and_times_names_their_parcel(first: str, number: str) -> None:
    text = (
        f"2031年1月挂牌地块,\n{first},\n报名截止,2031-01-02 17:00\n挂牌截止,2031-01-05 10:00\n"
        "B地块,\n报名截止,2031-01-03 17:00\n挂牌截止,2031-01-06 10:00\n"
    )
    assert sheet_times(text) == {
        number: {"registration_close": "01-02 17:00", "bidding_close": "01-05 10:00"},
        "B地块": {"registration_close": "01-03 17:00", "bidding_close": "01-06 10:00"},
    }


def test_a_title_above_a_form_with_a_number_of_its_own_names_nothing() -> None:
    text = "城东A地块,\n地块编号,J1\n报名截止,2031-01-02 17:00\n"
    assert sheet_times(text) == {"J1": {"registration_close": "01-02 17:00"}}


def test_a_row_for_each_time_is_read_by_its_parcel() -> None:
    text = (
        "地块编号,节点,时间\nJ1,报名截止,2031-01-02 17:00\nJ2,报名截止,2031-01-03 17:00\n"
        "J1,挂牌,2031-01-01 9:00至2031-01-05 10:00\nJ2,保证金截止,\nJ2,挂牌截止,2031-01-06 10:00\n"
    )
    assert sheet_times(text) == {
        "J1": {
            "registration_close": "01-02 17:00",
            "bidding_open": "01-01 09:00",
            "bidding_close": "01-05 10:00",
        },
        "J2": {"registration_close": "01-03 17:00", "bidding_close": "01-06 10:00"},
    }


def test_a_row_without_a_number_is_of_the_parcel_above_where_all_have_the_same_rows() -> None:
    rows = (
        "{},报名截止,2031-01-02 17:00\n,挂牌截止,2031-01-05 10:00\n"
        "{},报名截止,2031-01-03 17:00\n,挂牌截止,2031-01-06 10:00\n"
    )
    headings = "地块编号,节点,时间\n"
    assert sheet_times(headings + rows.format("J1", "J2")) == {
        "J1": {"registration_close": "01-02 17:00", "bidding_close": "01-05 10:00"},
        "J2": {"registration_close": "01-03 17:00", "bidding_close": "01-06 10:00"},
    }
    with pytest.raises(IntakeError):
        read_sheet(headings + rows.format("J1", "") + "J3,挂牌截止,2031-01-07 10:00\n")


def test_an_item_that_is_not_known_is_told() -> None:
    text = "地块编号,节点,时间\nJ1,报名截止,2031-01-02 17:00\nJ1,内部保证金会,2031-01-01 17:00\n"
    assert sheet_times(text) == {"J1": {"registration_close": "01-02 17:00"}}
    assert Code.TIME_COLUMN_NOT_KNOWN in _codes(text)


def test_one_item_with_two_times_gives_none() -> None:
    text = (
        "地块编号,节点,时间\nJ1,报名截止,2031-01-02 17:00\nJ1,报名截止,2031-01-03 17:00\n"
        "J1,挂牌截止,2031-01-05 10:00\n"
    )
    assert sheet_times(text) == {"J1": {"bidding_close": "01-05 10:00"}}
    assert Code.PLACES_DISAGREE in _codes(text)


def test_a_row_for_each_window_below_a_number_is_read() -> None:
    block = "{},,\n事项,开始,截止\n报名,2031-01-01 9:00,2031-01-0{} 17:00\n"
    text = block.format("【J-1】", 2) + block.format("【J-2】", 3)
    assert sheet_times(text) == {
        "J-1": _REGISTRATION,
        "J-2": {**_REGISTRATION, "registration_close": "01-03 17:00"},
    }


@pytest.mark.parametrize(
    ("heading", "value", "times"),
    [
        ("报名", "2031-01-01 9:00至2031-01-02 17:00", _REGISTRATION),
        ("保证金", "2031-01-02 17:00前", {"deposit_close": "01-02 17:00"}),
    ],
)
def test_a_bare_word_above_times_is_the_time_that_they_show(
    heading: str, value: str, times: dict[str, str]
) -> None:
    assert sheet_times(f"地块编号,{heading}\nJ1,{value}\n") == {"J1": times}


@pytest.mark.parametrize(
    "cell",
    [
        "报名截止：2031-01-02 17:00；挂牌截止：2031-01-05 10:00",
        "报名截止 2031-01-02 17:00\n挂牌截止 2031-01-05 10:00",
        "报名截止2031年1月2日17时，挂牌截止2031年1月5日10时。",
    ],
)
def test_times_with_their_labels_in_one_cell_are_read_each(cell: str) -> None:
    assert sheet_times(f'地块编号,关键节点\nJ1,"{cell}"\n') == {
        "J1": {"registration_close": "01-02 17:00", "bidding_close": "01-05 10:00"}
    }


def test_a_cell_of_times_that_is_not_understood_whole_is_told() -> None:
    text = (
        "地块编号,节点\nJ1,报名截止：2031-01-02 17:00；挂牌截止：2031-01-05 10:00\n"
        "J2,报名截止：2031-01-02 17:00；挂牌截止：2031-01-05 10:00或另定\n"
    )
    assert list(sheet_times(text)) == ["J1"]
    assert Code.ROW_WITHOUT_MILESTONE in _codes(text)


@pytest.mark.parametrize(
    ("kind", "heading", "value", "times"),
    [
        ("拍卖", "竞价时间", "2031-01-05 10:00", {"auction_start": "01-05 10:00"}),
        ("拍卖", "竞价开始时间", "2031-01-05 10:00", {"auction_start": "01-05 10:00"}),
        (
            "挂牌",
            "竞价时间",
            "2031-01-01 9:00至2031-01-05 10:00",
            {"bidding_open": "01-01 09:00", "bidding_close": "01-05 10:00"},
        ),
        (
            "挂牌",
            "竞拍时间",
            "2031-01-01 9:00至2031-01-05 10:00",
            {"bidding_open": "01-01 09:00", "bidding_close": "01-05 10:00"},
        ),
        ("挂牌", "竞价开始时间", "2031-01-01 9:00", {"bidding_open": "01-01 09:00"}),
        ("挂牌", "竞拍时间", "2031-01-05 10:00", {"auction_start": "01-05 10:00"}),
    ],
)
def test_times_of_bids_are_those_of_the_way_of_offering(
    kind: str, heading: str, value: str, times: dict[str, str]
) -> None:
    assert sheet_times(f"地块编号,出让方式,{heading}\nJ1,{kind},{value}\n") == {"J1": times}


def test_the_hour_of_bids_of_a_listing_is_not_guessed() -> None:
    text = "地块编号,出让方式,报名截止,竞价时间\nJ1,挂牌,2031-01-02 17:00,2031-01-05 10:00\n"
    assert sheet_times(text) == {"J1": {"registration_close": "01-02 17:00"}}
    assert Code.TIME_NOT_UNDERSTOOD in _codes(text)


@pytest.mark.parametrize("first", ["【地块】J-1", "【J-1】", "地块编号：J-1"])
def test_labels_with_their_values_in_one_column_are_a_form(first: str) -> None:
    text = f"{first}\n报名截止：2031-01-02 17:00\n挂牌截止：2031-01-05 10:00\n"
    data = io.BytesIO()
    book = Workbook()
    assert book.active is not None
    for row, line in enumerate(text.splitlines(), 1):
        book.active.cell(row, 1, line)
    book.save(data)
    (notice,) = read_records(Path("parcels.xlsx"), data.getvalue(), Limits())
    (parcel,) = notice.parcels
    assert (parcel.parcel_no, len(parcel.milestones)) == ("J-1", 2)


@pytest.mark.parametrize(
    ("name", "count"), [("J2031-01", 1), ("Sheet1", 0), ("2031年1月", 0), ("汇总", 0)]
)
def test_the_name_of_a_sheet_is_the_number_of_its_one_form(name: str, count: int) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = name
    for row in (["概况"], ["报名截止", "2031-01-02 17:00"], ["挂牌截止", "2031-01-05 10:00"]):
        sheet.append(row)
    data = io.BytesIO()
    book.save(data)
    try:
        notices = read_records(Path("parcels.xlsx"), data.getvalue(), Limits())
    except IntakeError:
        notices = []
    assert [parcel.parcel_no for notice in notices for parcel in notice.parcels] == [name] * count


@pytest.mark.parametrize(
    "heading", ["报名及保证金截止时间", "报名截止和保证金到账截止时间", "保证金、报名截止"]
)
def test_a_heading_of_two_times_is_of_both(heading: str) -> None:
    text = f"地块编号,{heading},挂牌截止\nJ1,2031-01-02 17:00,2031-01-05 10:00\n"
    assert sheet_times(text) == {
        "J1": {
            "registration_close": "01-02 17:00",
            "deposit_close": "01-02 17:00",
            "bidding_close": "01-05 10:00",
        }
    }


@pytest.mark.parametrize(
    ("heading", "value"),
    [
        ("报名开始/截止", "2031-01-01 9:00 / 2031-01-02 17:00"),
        ("报名时间", '"起：2031-01-01 9:00\n止：2031-01-02 17:00"'),
        ("报名时间", "起2031-01-01 9:00；止2031-01-02 17:00"),
        ("报名时间", "开始 2031-01-01 9:00 截止 2031-01-02 17:00"),
    ],
)
def test_both_ends_of_a_window_may_be_named_in_its_cell(heading: str, value: str) -> None:
    assert sheet_times(f"地块编号,{heading}\nJ1,{value}\n") == {"J1": _REGISTRATION}


@pytest.mark.parametrize(
    ("heading", "field"), [("Reg. Close", "registration_close"), ("Bid Open", "bidding_open")]
)
def test_points_in_an_english_heading_do_not_matter(heading: str, field: str) -> None:
    assert sheet_times(f"Parcel ID,{heading}\nJ1,2031-01-02 17:00\n") == {
        "J1": {field: "01-02 17:00"}
    }


def test_a_column_of_projects_is_of_parcels_where_no_other_is() -> None:
    assert list(sheet_times("项目,报名截止\n城北一号地,2031-01-02 17:00\n")) == ["城北一号地"]


@pytest.mark.parametrize(
    "rows",
    [
        "地块编号,报名时间,,挂牌时间,\n"
        "J1,2031-01-01 9:00,2031-01-02 17:00,2031-01-01 9:00,2031-01-05 10:00\n",
        "地块编号,报名时间,,,挂牌时间,,\n"
        "J1,2031-01-01 9:00,至,2031-01-02 17:00,2031-01-01 9:00,至,2031-01-05 10:00\n",
    ],
)
def test_a_window_heading_over_two_columns_is_of_its_ends(rows: str) -> None:
    bidding = {"bidding_open": "01-01 09:00", "bidding_close": "01-05 10:00"}
    assert sheet_times(rows) == {"J1": {**_REGISTRATION, **bidding}}


@pytest.mark.parametrize(
    "rows",
    [
        "地块编号,报名时间,,,备注\nJ1,2031-01-01 9:00,2031-01-02 17:00,2031-01-03 17:00,\n",
        "地块编号,报名时间,,备注\nJ1,2031-01-01 9:00,未定,\nJ2,2031-01-01 9:00,2031-01-02 17:00,\n",
        "地块编号,报名时间,,备注\nJ1,,2031-01-02 17:00,\nJ2,2031-01-01 9:00,2031-01-02 17:00,\n",
        "地块编号,报名时间,,备注\nJ1,2031-01-02 17:00,2031-01-01 9:00,\n",
        "地块编号,报名时间,\nJ1,2031-01-01 9:00,2031-01-02 17:00\n",  # a heading may be lost
    ],
)
def test_columns_that_may_not_be_two_ends_are_not_taken_for_them(rows: str) -> None:
    notices = read_sheet(rows)
    assert not any(parcel.milestones for notice in notices for parcel in notice.parcels)
    assert any(notice.findings for notice in notices)


def _of_notice(text: str) -> dict[str, int]:
    (notice,) = read_notice(Path("notes.md"), text.encode(), Limits())
    return {parcel.parcel_no: len(parcel.milestones) for parcel in notice.parcels}


def test_a_table_of_nodes_below_a_number_in_a_text_is_of_that_parcel() -> None:
    table = "| 节点 | 时间 |\n|---|---|\n| 报名截止 | {} |\n| 挂牌截止 | {} |\n\n"
    text = (
        "# 本月地块\n\n## 示挂2031-1号\n\n"
        + table.format("2031-01-02 17:00", "2031-01-05 10:00")
        + "## 示挂2031-2号\n\n"
        + table.format("2031-01-03 17:00", "2031-01-06 10:00")
    )
    assert _of_notice(text) == {"示挂2031-1号": 2, "示挂2031-2号": 2}


@pytest.mark.parametrize(
    "table",
    [
        "甲告字〔2031〕3号\n\n| 报名截止 | 2031-01-02 17:00 |\n| 挂牌截止 | 2031-01-05 10:00 |\n",
        "示挂2031-9号\n\n| 环节 | 示挂2031-1号 | 示挂2031-2号 |\n|---|---|---|\n"
        "| 报名截止 | 2031-01-02 17:00 | 2031-01-03 17:00 |\n",
    ],
)
def test_a_number_above_a_table_that_is_none_of_its_parcel_names_nothing(table: str) -> None:
    assert not _of_notice(table).keys() & {"甲告字〔2031〕3号", "示挂2031-9号"}


def test_a_table_in_a_text_may_have_a_row_for_each_time() -> None:
    text = (
        "本月地块\n\n| 地块编号 | 节点 | 时间 |\n|---|---|---|\n"
        "| 示挂2031-1号 | 报名截止 | 2031-01-02 17:00 |\n"
        "| 示挂2031-1号 | 挂牌截止 | 2031-01-05 10:00 |\n"
    )
    assert _of_notice(text) == {"示挂2031-1号": 2}


def test_the_way_of_offering_may_stand_under_a_short_heading() -> None:
    (notice,) = read_sheet("标段编号,招标方式,投标截止时间\nT1,公开招标,2031-01-02 17:00\n")
    assert notice.kind is Kind.TENDER


def test_a_number_alone_above_headings_and_one_row_of_times_names_their_parcel() -> None:
    block = "{},\n报名截止,挂牌截止\n2031-01-0{} 17:00,2031-01-05 10:00\n"
    assert sheet_times(block.format("A地块", 2) + block.format("B地块", 3)) == {
        "A地块": {"registration_close": "01-02 17:00", "bidding_close": "01-05 10:00"},
        "B地块": {"registration_close": "01-03 17:00", "bidding_close": "01-05 10:00"},
    }


@pytest.mark.parametrize(
    "rows",
    [
        "报名,开始,2031-01-01 9:00\n,截止,2031-01-02 17:00\n",
        "报名开始,2031-01-01,9:00\n报名截止,2031-01-02,17:00\n",
        "报名时间,2031-01-01 9:00,2031-01-02 17:00\n",
    ],
)
def test_a_form_may_have_its_labels_or_its_times_in_two_cells(rows: str) -> None:
    if rows.startswith("报名,"):
        rows = rows.replace("\n,", "\n报名,")
    assert sheet_times(f"地块编号,J1,\n{rows}地块编号,J2,\n{rows}") == {
        "J1": _REGISTRATION,
        "J2": _REGISTRATION,
    }


@pytest.mark.parametrize("title", ["2031年1月地块", "地块清单 2031"])
def test_the_title_of_a_list_gives_the_year_of_its_times(title: str) -> None:
    text = f"# {title}\n\n| 地块编号 | 报名截止 |\n|---|---|\n| 示挂1-1 | 5月2日 17:00 |\n"
    (notice,) = read_notice(Path("notes.md"), text.encode(), Limits())
    (milestone,) = notice.parcels[0].milestones.values()
    assert (shanghai(milestone.at).year, milestone.source) == (2031, Source.INFERRED)
    assert Code.YEAR_FROM_CONTEXT in {finding.code for finding in notice.findings}


def test_one_time_for_each_of_two_parcels_is_no_window_of_both() -> None:
    text = (
        "项目,J-1,J-2\n挂牌时间,2031-01-01 9:00,2031-01-02 9:00\n"
        "挂牌截止,2031-01-05 10:00,2031-01-06 10:00\n"
    )
    assert sheet_times(text) == {
        "J-1": {"bidding_open": "01-01 09:00", "bidding_close": "01-05 10:00"},
        "J-2": {"bidding_open": "01-02 09:00", "bidding_close": "01-06 10:00"},
    }


def test_tasks_with_their_closes_are_read_by_their_parcel() -> None:
    text = (
        "地块,任务,截止时间,负责人\nJ1,报名,2031-01-02 17:00,甲\n"
        "J1,缴纳保证金,2031-01-02 16:00,乙\n"
    )
    assert sheet_times(text) == {
        "J1": {"registration_close": "01-02 17:00", "deposit_close": "01-02 16:00"}
    }


@pytest.mark.parametrize(
    "headings",
    ["Parcel,Registration,\n,Open,Close\n", "地块名称/编号,报名Start,报名End\n"],
)
def test_ends_of_windows_may_be_in_english(headings: str) -> None:
    assert sheet_times(f"{headings}J1,2031-01-01 9:00,2031-01-02 17:00\n") == {"J1": _REGISTRATION}


def test_a_listing_period_may_be_joined_by_an_english_word() -> None:
    text = "Lot,Registration period\nJ1,2031-01-01 9:00 to 2031-01-02 17:00\n"
    assert sheet_times(text) == {"J1": _REGISTRATION}


@pytest.mark.parametrize(
    "value", ["✅ 2031-01-02 17:00", "2031-01-02 17:00⏰", "2031-01-02 17:00（以系统时间为准）"]
)
def test_pictures_and_harmless_brackets_beside_a_time_do_not_matter(value: str) -> None:
    assert sheet_times(f"地块编号,报名截止\nJ1,{value}\n") == {
        "J1": {"registration_close": "01-02 17:00"}
    }


@pytest.mark.parametrize(
    "value", ["❌2031-01-02 17:00", "2031-01-02 17:00（待定）", "2031-01-02 17:00\ufffd"]
)
def test_a_cross_or_a_doubt_beside_a_time_is_told(value: str) -> None:
    assert not sheet_times(f"地块编号,报名截止\nJ1,{value}\n")


@pytest.mark.parametrize(
    ("heading", "number", "count"),
    [("宗地", "示挂2031-1号", 1), ("项目", "示挂2031-1号", 1), ("项目", "竞买申请", 0)],
)
def test_a_table_of_a_text_may_have_its_numbers_under_a_wider_word(
    heading: str, number: str, count: int
) -> None:
    text = f"本月\n\n| {heading} | 报名截止 |\n|---|---|\n| {number} | 2031-01-02 17:00 |\n"
    assert _of_notice(text).get(number, 0) == count


def test_a_date_with_its_day_first_is_read_in_the_table_of_a_text() -> None:
    table = "本月\n\n| 地块编号 | 报名截止 |\n|---|---|\n| 示挂2031-1号 | {}.02.2031 17:00 |\n"
    assert _of_notice(table.format(13)) == {"示挂2031-1号": 1}
    assert _of_notice(table.format("03")) == {"示挂2031-1号": 0}


@pytest.mark.parametrize("heading", ["拍卖", "拍卖（Termin）", "Auction date & time"])
def test_one_time_under_the_word_of_an_auction_is_its_start(heading: str) -> None:
    text = f"地块编号,报名截止,{heading}\nJ1,2031-01-02 17:00,2031-01-05 10:00\n"
    assert sheet_times(text)["J1"]["auction_start"] == "01-05 10:00"
    assert read_sheet(text)[0].kind is Kind.AUCTION


def test_a_form_may_have_each_of_its_rows_merged_over_two() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    rows = (["地块编号", "J-1"], ["报名截止", "2031-01-02 17:00"], ["挂牌截止", "2031-01-05 10:00"])
    for row in (*rows, ["地块编号", "J-2"], *rows[1:]):
        sheet.append(row)
        sheet.append([None])
        for column in ("A", "B"):
            sheet.merge_cells(f"{column}{sheet.max_row - 1}:{column}{sheet.max_row}")
    data = io.BytesIO()
    book.save(data)
    notices = read_records(Path("parcels.xlsx"), data.getvalue(), Limits())
    read = {parcel.parcel_no: len(parcel.milestones) for parcel in notices[0].parcels}
    assert read == {"J-1": 2, "J-2": 2}
