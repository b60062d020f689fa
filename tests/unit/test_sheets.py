"""Sheets as people keep them: merged, struck out, hidden, shifted, twice in one sheet.

Nothing is silently wrong.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from notifier.domain.findings import Code
from notifier.domain.times import shanghai
from notifier.domain.values import Notice, Precision, Severity, Source
from notifier.errors import IntakeError
from notifier.intake import read_data
from notifier.intake.limits import Limits
from notifier.intake.records import read_records

_HEADINGS = ["地块编号", "位置", "面积(㎡)", "报名截止时间", "挂牌截止时间"]


def _kept(day: int, hour: int) -> datetime:
    return datetime(2031, 1, day, hour)  # noqa: DTZ001 - a cell holds no zone


def _workbook(write: Callable[[Worksheet], None]) -> list[Notice]:
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    write(sheet)
    data = io.BytesIO()
    book.save(data)
    return read_records(Path("parcels.xlsx"), data.getvalue(), Limits())


def _rows(*rows: list[object]) -> Callable[[Worksheet], None]:
    def write(sheet: Worksheet) -> None:
        for row in rows:
            sheet.append(row)

    return write


def _text(text: str, name: str = "parcels.csv") -> list[Notice]:
    return read_records(Path(name), text.encode(), Limits())


def _times(notices: list[Notice]) -> dict[str, dict[str, str]]:
    return {
        parcel.parcel_no: {
            name.value: f"{shanghai(milestone.at):%m-%d}"
            if milestone.precision is Precision.DAY
            else f"{shanghai(milestone.at):%m-%d %H:%M}"
            for name, milestone in parcel.milestones.items()
        }
        for notice in notices
        for parcel in notice.parcels
    }


def _findings(notices: list[Notice], code: Code) -> list[tuple[str, str]]:
    return [
        (finding.parcel_no, finding.field)
        for notice in notices
        for finding in notice.findings
        if finding.code is code
    ]


def test_a_merged_cell_holds_for_every_row_that_it_covers() -> None:
    def write(sheet: Worksheet) -> None:
        sheet.append(_HEADINGS)
        for number in (1, 2, 3):
            sheet.append([f"J{number}", "东路", 5000, _kept(2, 17), _kept(5, 10)])
        sheet["D3"] = sheet["D4"] = None
        sheet.merge_cells("D2:D4")

    closes = {
        number: instant.get("registration_close")
        for number, instant in _times(_workbook(write)).items()
    }
    assert closes == {"J1": "01-02 17:00", "J2": "01-02 17:00", "J3": "01-02 17:00"}


def test_two_rows_of_headings_name_the_ends_of_a_window() -> None:
    def write(sheet: Worksheet) -> None:
        sheet.append(["地块编号", "位置", "报名", None, "挂牌", None])
        sheet.append([None, None, "开始", "截止", "开始", "截止"])
        sheet.append(["J1", "东路", *(_kept(day, 9) for day in (1, 2, 3, 4))])
        for area in ("A1:A2", "B1:B2", "C1:D1", "E1:F1"):
            sheet.merge_cells(area)

    assert _times(_workbook(write)) == {
        "J1": {
            "registration_open": "01-01 09:00",
            "registration_close": "01-02 09:00",
            "bidding_open": "01-03 09:00",
            "bidding_close": "01-04 09:00",
        }
    }


def test_a_second_table_in_a_sheet_has_its_own_headings() -> None:
    notices = _text(
        "地块编号,报名截止时间,挂牌截止时间\nJ1,2031-01-02 17:00,2031-01-05 10:00\n,,\n"
        "地块编号,挂牌截止时间,报名截止时间\nJ2,2031-02-05 10:00,2031-02-02 17:00"
    )
    assert _times(notices) == {
        "J1": {"registration_close": "01-02 17:00", "bidding_close": "01-05 10:00"},
        "J2": {"registration_close": "02-02 17:00", "bidding_close": "02-05 10:00"},
    }


def test_a_sheet_whose_parcels_are_columns_is_read() -> None:
    notices = _text(
        "地块编号,J1,J2\n位置,东路,西路\n报名截止时间,2031-01-02 17:00,2031-01-03 17:00"
    )
    assert _times(notices) == {
        "J1": {"registration_close": "01-02 17:00"},
        "J2": {"registration_close": "01-03 17:00"},
    }


def test_titles_totals_and_empty_rows_are_no_errors() -> None:
    notices = _workbook(
        _rows(
            ["2031年出让计划", None, None, None, None],
            list(_HEADINGS),
            ["J1", "东路", 5000, _kept(2, 17), _kept(5, 10)],
            [None, None, None, None, None],
            ["合计", None, 5000, None, None],
            ["注：面积以实测为准", None, None, None, None],
        )
    )
    assert list(_times(notices)) == ["J1"]
    assert [
        finding
        for notice in notices
        for finding in notice.findings
        if finding.severity is Severity.ERROR
    ] == []


@pytest.mark.parametrize(
    "row",
    [
        "J2,东路,北侧,5000,2031-01-02 17:00,2031-01-05 10:00",  # a comma that is not quoted
        "J2,东路,2031-01-02 17:00,2031-01-05 10:00",  # a cell was lost
        "J2,东路,2031-01-02 17:00,5000,2031-01-05 10:00",  # two cells changed places
    ],
)
def test_a_row_whose_values_do_not_stand_under_their_headings_is_not_read_and_said(
    row: str,
) -> None:
    notices = _text(
        f"{','.join(_HEADINGS)}\nJ1,西路,4000,2031-01-02 17:00,2031-01-05 10:00\n{row}\n"
    )
    assert list(_times(notices)) == ["J1"]
    assert _findings(notices, Code.ROW_SHIFTED) == [("J2", "")]


def test_an_auction_below_the_heading_of_a_group_is_its_start() -> None:
    write = _rows(
        ["地块编号", "出让时间安排", None],
        [None, "报名截止", "拍卖"],
        ["J1", _kept(9, 17), _kept(12, 10)],
    )

    def merged(sheet: Worksheet) -> None:
        write(sheet)
        for area in ("A1:A2", "B1:C1"):
            sheet.merge_cells(area)

    times = {"registration_close": "01-09 17:00", "auction_start": "01-12 10:00"}
    assert _times(_workbook(merged)) == {"J1": times}


def test_of_a_window_below_the_heading_of_an_end_that_end_is_read_and_named() -> None:
    text = (
        "地块编号,报名截止时间,拍卖时间\nJ1,2031-01-02至2031-01-09 17:00,2031-01-12 10:00-11:00\n"
    )
    found = _text(text)
    times = {"registration_close": "01-09 17:00", "auction_start": "01-12 10:00"}
    assert _times(found) == {"J1": times}
    doubted = {at.field for at in found[0].findings if at.code is Code.CELL_MAY_HAVE_SLIPPED}
    assert doubted == set(times)


@pytest.mark.parametrize("heading", ["报名截止(内控)", "报名截止时间（公司内部）"])
def test_a_deadline_of_the_team_is_not_that_of_the_notice(heading: str) -> None:
    found = _text(f"地块编号,{heading},挂牌截止时间\nJ1,2031-01-05 17:00,2031-01-12 10:00\n")
    assert _times(found) == {"J1": {"bidding_close": "01-12 10:00"}}
    (named,) = [at for at in found[0].findings if at.code is Code.TIME_COLUMN_NOT_KNOWN]
    assert named.severity is Severity.ERROR


def test_a_sheet_whose_name_says_that_it_holds_no_longer_is_named() -> None:
    book = Workbook()
    for number, name in enumerate(("在拍", "作废")):
        sheet = book.create_sheet(name)
        sheet.append(["地块编号", "报名截止时间"])
        sheet.append([f"J{number}", "2031-01-02 17:00"])
    data = io.BytesIO()
    book.save(data)
    (notice,) = read_records(Path("parcels.xlsx"), data.getvalue(), Limits())
    (named,) = [at for at in notice.findings if at.code is Code.REMARK_ON_TIMES]
    assert named.place.sheet == "作废"


def test_a_status_that_times_are_to_come_is_named() -> None:
    found = _text("地块编号,报名截止时间,进展\nJ1,2031-01-02 17:00,二次公告，时间待更新\n")
    assert Code.REMARK_ON_TIMES in [at.code for at in found[0].findings]


@pytest.mark.parametrize("heading", ["原报名截止时间", "报名截止时间(已延期)"])
def test_a_heading_that_says_that_its_times_were_moved_is_named(heading: str) -> None:
    found = _text(f"地块编号,{heading}\nJ1,2031-01-05 17:00\n")
    assert _times(found) == {"J1": {"registration_close": "01-05 17:00"}}
    (named,) = [at for at in found[0].findings if at.code is Code.REMARK_ON_TIMES]
    assert (named.field, named.place.column) == ("registration_close", heading)


def test_an_old_time_beside_the_one_that_holds_is_no_finding() -> None:
    found = _text("地块编号,原报名截止时间,报名截止时间\nJ1,2031-01-05 17:00,2031-01-07 17:00\n")
    assert _times(found) == {"J1": {"registration_close": "01-07 17:00"}}
    assert Code.REMARK_ON_TIMES not in [at.code for at in found[0].findings]


@pytest.mark.parametrize("heading", ["预计报名截止", "报名截止(暂定)"])
def test_a_time_that_is_not_yet_stated_is_no_deadline(heading: str) -> None:
    found = _text(f"地块编号,{heading},挂牌截止时间\nJ1,2031-01-05 17:00,2031-01-12 10:00\n")
    assert _times(found) == {"J1": {"bidding_close": "01-12 10:00"}}
    assert Code.TIME_COLUMN_NOT_KNOWN in [at.code for at in found[0].findings]


def test_a_workbook_of_planned_times_alone_is_refused() -> None:
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.append(["地块编号", "预计报名截止", "预计挂牌截止"])
    sheet.append(["甲储出[2031]1号", _kept(5, 17), _kept(12, 10)])
    data = io.BytesIO()
    book.save(data)
    with pytest.raises(IntakeError):
        read_data("parcels.xlsx", data.getvalue(), Limits())


def test_ends_stand_below_any_name_of_a_window() -> None:
    write = _rows(
        ["地块编号", "挂牌报价", None, "报名截止时间", None],
        [None, "起", "止", "原定", "变更后"],
        ["J1", _kept(2, 9), _kept(12, 10), _kept(7, 17), _kept(9, 17)],
        ["J2", _kept(2, 9), _kept(12, 10), _kept(8, 17), None],
    )

    def merged(sheet: Worksheet) -> None:
        write(sheet)
        for area in ("A1:A2", "B1:C1", "D1:E1"):
            sheet.merge_cells(area)

    bidding = {"bidding_open": "01-02 09:00", "bidding_close": "01-12 10:00"}
    assert _times(_workbook(merged)) == {
        "J1": {**bidding, "registration_close": "01-09 17:00"},
        "J2": {**bidding, "registration_close": "01-08 17:00"},
    }


@pytest.mark.parametrize("first", [0, 1])
def test_a_program_may_count_the_rows_in_a_column_without_a_heading(first: int) -> None:
    lines = [",地块编号,报名截止时间"]
    lines += [f"{first + at},J{at},2031-01-0{at + 2} 17:00" for at in range(3)]
    assert list(_times(_text("\n".join(lines)))) == ["J0", "J1", "J2"]


def test_a_column_without_a_heading_that_counts_nothing_is_a_shifted_row() -> None:
    assert _times(_text(",地块编号,报名截止时间\n7,J1,2031-01-02 17:00\n")) == {}


def test_wide_commas_part_the_cells_where_nothing_else_does() -> None:
    text = "地块编号，报名截止时间\nJ1，2031-01-02 17:00\n"
    assert _times(_text(text)) == {"J1": {"registration_close": "01-02 17:00"}}


@pytest.mark.parametrize("text", ["20310105", "1-5", "1/5"])
def test_a_day_written_short_below_a_heading_of_times_stands_where_it_should(text: str) -> None:
    rows = f"2031年,,\n地块编号,报名截止时间,挂牌截止时间\nJ1,{text},2031-01-12 10:00\n"
    rows += "J2,2031-01-06 17:00,2031-01-13 10:00\n"
    assert _times(_text(rows))["J1"]["registration_close"] == "01-05"


@pytest.mark.parametrize("word", ["延期至", "已顺延到", "调整为："])
def test_a_cell_that_says_where_a_time_was_moved_gives_it_and_is_named(word: str) -> None:
    found = _text(f"地块编号,报名截止时间\nJ1,{word}2031-01-09 17:00\n")
    assert _times(found) == {"J1": {"registration_close": "01-09 17:00"}}
    (remark,) = [at for at in found[0].findings if at.code is Code.REMARK_ON_TIMES]
    assert remark.field == "registration_close"


@pytest.mark.parametrize("remark", ["（已交）", "【重点】", " √"])
def test_a_remark_behind_a_time_leaves_it_a_time_and_is_named(remark: str) -> None:
    found = _text(f"地块编号,报名截止时间\nJ1,2031-01-09 17:00{remark}\n")
    assert _times(found) == {"J1": {"registration_close": "01-09 17:00"}}
    (named,) = [at for at in found[0].findings if at.code is Code.REMARK_ON_TIMES]
    assert named.field == "registration_close"


@pytest.mark.parametrize("remark", ["（暂定）", "（预计）", "（原）", "（待定）", "【已延期】"])
def test_a_remark_that_doubts_a_time_leaves_none(remark: str) -> None:
    found = _text(
        f"地块编号,报名截止时间,挂牌截止时间\nJ1,2031-01-09 17:00{remark},2031-01-12 10:00\n"
    )
    assert list(_times(found)["J1"]) == ["bidding_close"]


def test_a_line_that_tells_the_time_of_all_parcels_is_that_of_the_rows_below() -> None:
    text = "各地块报名截止时间统一为2031年1月9日17:00，保证金到账截止时间为2031年1月9日16:00,\n"
    found = _text(f"{text.replace(',', '，')},\n地块编号,挂牌截止时间\nJ1,2031-01-12 10:00\n")
    assert _times(found)["J1"] == {
        "registration_close": "01-09 17:00",
        "deposit_close": "01-09 16:00",
        "bidding_close": "01-12 10:00",
    }


def test_a_deadline_above_the_table_that_no_row_took_is_named() -> None:
    line = "注：报名须在保证金到账后办理，报名于2031年1月9日17时截止,\n"
    table = "地块编号,挂牌截止时间\nJ1,2031-01-12 10:00\n"
    found = _text(line + table)
    assert [at.code for at in found[0].findings].count(Code.TIME_WITHOUT_LABEL) == 1


def test_the_day_of_a_list_is_no_deadline_that_was_not_read() -> None:
    line = "2031年1月挂牌地块一览（截至2031年1月3日）,\n更新日期：2031年1月3日,\n"
    found = _text(f"{line}地块编号,挂牌截止时间\nJ1,2031-01-12 10:00\n")
    assert [at for at in found[0].findings if at.severity is not Severity.INFO] == []


def test_one_number_in_two_cities_is_two_parcels_unless_it_names_its_place() -> None:
    rows = "城市,地块编号,报名截止时间\n杭州,{0},2031-01-09 17:00\n宁波,{0},2031-01-10 17:00\n"
    plain, own = (_text(rows.format(number)) for number in ("2031-1号", "甲储出[2031]1号"))
    assert [notice.city for notice in plain] == ["杭州", "宁波"]
    assert not [at for notice in plain for at in notice.findings if at.code is Code.ROW_TWICE]
    assert [at.code for notice in own for at in notice.findings].count(Code.ROW_TWICE) == 1


def test_a_row_of_planned_times_is_named() -> None:
    found = _text("地块编号,类型,报名截止时间\nJ1,预计,2031-01-09\nJ2,公告,2031-01-09\n")
    named = [at.parcel_no for at in found[0].findings if at.code is Code.REMARK_ON_TIMES]
    assert named == ["J1"]


def test_the_delimiter_is_the_one_that_makes_the_rows_even() -> None:
    notices = _text("地块编号;位置;报名截止时间\nJ1;东路,西,北,南,中;2031-01-02 17:00\n")
    assert _times(notices) == {"J1": {"registration_close": "01-02 17:00"}}


def test_a_struck_out_time_is_no_time_and_is_named() -> None:
    def write(sheet: Worksheet) -> None:
        sheet.append(_HEADINGS)
        sheet.append(["J1", "东路", 5000, _kept(2, 17), _kept(5, 10)])
        sheet["D2"].font = Font(strike=True)

    notices = _workbook(write)
    assert _times(notices) == {"J1": {"bidding_close": "01-05 10:00"}}
    assert _findings(notices, Code.STRUCK_OUT_TEXT) == [("J1", "registration_close")]


@pytest.mark.parametrize("content", [b"", b"<styleSheet/>"])
def test_a_workbook_that_lost_its_formats_is_refused(content: bytes) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(_HEADINGS)
    sheet.append(["J1", "东路", 5000, _kept(2, 17), _kept(5, 10)])
    sheet["D2"].font = Font(strike=True)
    whole, lost = io.BytesIO(), io.BytesIO()
    book.save(whole)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(lost, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "xl/styles.xml":
                if not content:
                    continue
                data = content
            if name == "xl/_rels/workbook.xml.rels" and not content:
                data = re.sub(rb"<Relationship [^>]*styles[^>]*>", b"", data)
            target.writestr(name, data)
    with pytest.raises(IntakeError, match="formats of this workbook are lost"):
        read_records(Path("parcels.xlsx"), lost.getvalue(), Limits())


def test_a_struck_out_row_is_no_parcel_and_is_named() -> None:
    def write(sheet: Worksheet) -> None:
        sheet.append(_HEADINGS)
        for number in (1, 2):
            sheet.append([f"J{number}", "东路", 5000, _kept(2, 17), _kept(5, 10)])
        for cell in sheet[3]:
            cell.font = Font(strike=True)

    notices = _workbook(write)
    assert list(_times(notices)) == ["J1"]
    assert len(_findings(notices, Code.STRUCK_OUT_TEXT)) == 1


def test_of_a_cell_that_is_struck_out_in_part_the_rest_counts() -> None:
    def write(sheet: Worksheet) -> None:
        sheet.append(_HEADINGS)
        runs = CellRichText(
            TextBlock(InlineFont(strike=True), "2031-01-02 17:00"), "2031-01-03 17:00"
        )
        sheet.append(["J1", "东路", 5000, runs, _kept(5, 10)])

    assert _times(_workbook(write))["J1"]["registration_close"] == "01-03 17:00"


@pytest.mark.parametrize(
    ("row", "cell"),
    [("style='text-decoration:line-through'", ""), ("", "class=xl66"), ("class=off", "")],
)
def test_what_a_page_named_as_a_workbook_strikes_out_is_no_time(row: str, cell: str) -> None:
    cells = "".join(f"<td {cell}>{text}" for text in ("J2", "西路", "2031-01-03 17:00"))
    page = (
        "<html><style>.xl66, .off td {text-decoration: line-through}</style><table>"
        "<tr><td>地块编号<td>位置<td>报名截止时间</tr><tr><td>J1<td>东路<td>2031-01-02 17:00</tr>"
        f"<tr {row}>{cells}</tr></table></html>"
    )
    notices = read_data("parcels.xls", page.encode(), Limits())
    assert list(_times(notices)) == ["J1"]
    assert _findings(notices, Code.STRUCK_OUT_TEXT) == [("", "")] * 3


def test_hidden_rows_and_columns_are_read_and_said() -> None:
    def write(sheet: Worksheet) -> None:
        sheet.append(_HEADINGS)
        for number in (1, 2):
            sheet.append([f"J{number}", "东路", 5000, _kept(2, 17), _kept(5, 10)])
        sheet.row_dimensions[3].hidden = True

    notices = _workbook(write)
    assert list(_times(notices)) == ["J1", "J2"]
    assert len(_findings(notices, Code.HIDDEN_CELLS)) == 1


@pytest.mark.parametrize("value", ["=NOW()", "=D9+1", "#REF!"])
def test_a_formula_that_nobody_calculated_is_named_and_never_an_empty_cell(value: str) -> None:
    notices = _workbook(_rows(list(_HEADINGS), ["J1", "东路", 5000, value, _kept(5, 10)]))
    assert _times(notices) == {"J1": {"bidding_close": "01-05 10:00"}}
    assert _findings(notices, Code.CELL_WITHOUT_VALUE) == [("J1", "registration_close")]


def test_days_as_excel_counts_them_are_rounded_to_the_minute() -> None:
    def write(sheet: Worksheet) -> None:
        sheet.append(_HEADINGS)
        sheet.append(["J1", "东路", 5000, 47850.7083333, 47853.416666])
        sheet["D2"].number_format = "yyyy-mm-dd hh:mm"  # the other cell is General

    assert _times(_workbook(write)) == {
        "J1": {"registration_close": "01-02 17:00", "bidding_close": "01-05 10:00"}
    }


def test_a_date_without_a_time_of_day_is_a_day() -> None:
    notices = _workbook(
        _rows(list(_HEADINGS), ["J1", "东路", 5000, date(2031, 1, 2), "2031-01-05 00:00:00"])
    )
    assert _times(notices) == {"J1": {"registration_close": "01-02", "bidding_close": "01-05"}}


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2031/1/2 0:00", "01-02"),
        ("2031/1/12 0:00:00", "01-12"),
        ("2031-01-02 00:00:00", "01-02"),
        ("2031-01-02 00:00", "01-02 00:00"),
        ("2031-1-2 0:00", "01-02 00:00"),
        ("2031/1/2 10:00", "01-02 10:00"),
    ],
)
def test_midnight_as_a_spreadsheet_exports_a_day_is_that_day(text: str, read: str) -> None:
    notices = _text(f"地块编号,报名截止时间\nJ1,{text}\n")
    assert _times(notices) == {"J1": {"registration_close": read}}


@pytest.mark.parametrize("text", ["不适用", "N/A", "——", "／"])
def test_words_for_nothing_are_an_empty_cell(text: str) -> None:
    notices = _text(f"地块编号,报名截止时间,拍卖时间\nJ1,2031-01-02 17:00,{text}\n")
    assert _times(notices) == {"J1": {"registration_close": "01-02 17:00"}}
    assert _findings(notices, Code.TIME_NOT_UNDERSTOOD) == []


def test_wrapping_of_a_value_is_not_part_of_it() -> None:
    notices = _text('地块编号,报名截止时间\n"=""J1""",\'2031-01-02 17:00\n')
    assert _times(notices) == {"J1": {"registration_close": "01-02 17:00"}}


def test_a_number_in_scientific_notation_is_no_number() -> None:
    notices = _text("地块编号,报名截止时间\n3.30106E+14,2031-01-02 17:00\n")
    assert _times(notices) == {}
    assert len(_findings(notices, Code.NUMBER_DAMAGED)) == 1


def test_each_row_keeps_its_own_city_and_authority() -> None:
    notices = _text(
        "城市,出让人,地块编号,报名截止时间\n甲市,甲局,J1,2031-01-02 17:00\n"
        "乙市,乙局,J2,2031-01-02 17:00\n"
        "甲市,甲局,J3,2031-01-02 17:00\n"
    )
    assert [
        (notice.city, notice.authority, [parcel.parcel_no for parcel in notice.parcels])
        for notice in notices
    ] == [
        ("甲", "甲局", ["J1", "J3"]),
        ("乙", "乙局", ["J2"]),
    ]
    assert len({notice.part for notice in notices}) == 2


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2031-01-02(星期四) 17:00", "01-02 17:00"),
        ("2031-01-02(星期五) 17:00", None),
        ("2031年1月2日凌晨12时", "01-02 00:00"),
        ("2031年1月2日上午12:00", None),
        ("2031年1月2日晚上2时", None),
        ("2031\u200b-01-02 17:00", "01-02 17:00"),
        ("2031-01-02 17:00（延期）", None),
    ],
)
def test_a_doubtful_time_of_day_is_reported_and_not_guessed(text: str, time: str | None) -> None:
    notices = _text(f"地块编号,报名截止时间,挂牌截止时间\nJ1,{text},2031-01-09 10:00\n")
    assert _times(notices)["J1"].get("registration_close") == time
    assert bool(_findings(notices, Code.TIME_NOT_UNDERSTOOD)) == (time is None)


def test_a_remark_that_speaks_of_another_time_is_said() -> None:
    notices = _text("地块编号,报名截止时间,备注\nJ1,2031-01-02 17:00,延期至1月9日\n")
    assert _findings(notices, Code.REMARK_ON_TIMES) == [("J1", "note")]


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("截止报名", "registration_close"),
        ("报名ddl", "registration_close"),
        ("竞买申请（止）", "registration_close"),
        ("挂牌（起）", "bidding_open"),
        ("报名时间（截止）", "registration_close"),
        ("保证金（截止到账）", "deposit_close"),
        ("截牌时间", "bidding_close"),
        ("Registration Deadline", "registration_close"),
        ("Listing opens", "bidding_open"),
        ("auction_date", "auction_start"),
        ("报名结束", "registration_close"),
        ("截止报名日", "registration_close"),
        ("递交申请截止", "registration_close"),
        ("报名_截止", "registration_close"),
        ("打保证金截止", "deposit_close"),
        ("交保截止", "deposit_close"),
        ("保证金到账", "deposit_close"),
        ("保证金到帐日", "deposit_close"),
        ("网上竞价截止", "bidding_close"),
        ("拍卖日", "auction_start"),
        ("报名截", "registration_close"),
        ("保证金截", "deposit_close"),
        ("挂牌截", "bidding_close"),
        ("摘牌", "bidding_close"),
        ("竞价起", "bidding_open"),
        ("开拍日", "auction_start"),
        ("①报名截止", "registration_close"),
        ("3. 报名截止", "registration_close"),
        ("（二）报名截止", "registration_close"),
        ("②报名截", "registration_close"),
        ("三、报名截止", "registration_close"),
        ("📅报名截止⏰", "registration_close"),
        ("▲ 报名\u200d截止时间", "registration_close"),
        ("报名 Deadline / 截止", "registration_close"),
        ("Deposit 保证金截止", "deposit_close"),
        ("挂牌 End 截止", "bidding_close"),
        ("Earnest money due", "deposit_close"),
    ],
)
def test_a_heading_in_everyday_words_or_in_english_is_known(heading: str, field: str) -> None:
    notices = _text(f"地块编号,{heading}\nJ1,2031-01-02 17:00\n")
    assert _times(notices) == {"J1": {field: "01-02 17:00"}}


@pytest.mark.parametrize(
    "heading", ["地块", "Parcel", "📍地块编号", "1、宗地编号", "Grundstück / 地块编号", "Plot ID"]
)
def test_a_heading_of_numbers_may_have_ornaments_or_another_language(heading: str) -> None:
    notices = _text(f"{heading},报名截止\nJ1,2031-01-02 17:00\n")
    assert _times(notices) == {"J1": {"registration_close": "01-02 17:00"}}


@pytest.mark.parametrize(
    "heading",
    [
        *("竞价日", "内部报名截止", "投标(报名)截止", "保证金缴纳"),
        "Bid deadline (registration)",
    ],
)
def test_a_heading_that_may_mean_another_time_is_told(heading: str) -> None:
    text = f"地块编号,报名截止,{heading}\nJ1,2031-01-02 17:00,2031-01-05 10:00\n"
    assert _times(_text(text))["J1"] == {"registration_close": "01-02 17:00"}
    assert _findings(_text(text), Code.TIME_COLUMN_NOT_KNOWN)


def test_a_line_that_names_the_delimiter_is_no_heading_and_parts_the_cells() -> None:
    text = "sep=;\n地块编号;面积_m2;保证金_万;报名_截止\nJ1;18400,5;2300;2031-01-02 17:00\n"
    (notice,) = _text(text)
    (parcel,) = notice.parcels
    assert parcel.deposit_wan == 2300
    assert parcel.place.row == 3
    assert _times([notice]) == {"J1": {"registration_close": "01-02 17:00"}}


@pytest.mark.parametrize("heading", ["宗地", "标的"])
def test_a_short_word_over_the_numbers_of_a_sheet_is_known(heading: str) -> None:
    assert _times(_text(f"{heading},报名截止\nJ1,2031-01-02 17:00\n")) == {
        "J1": {"registration_close": "01-02 17:00"}
    }


def test_three_rows_of_headings_name_a_time_together() -> None:
    notices = _text(
        "地块,,关键节点\n地块编号,位置,保证金\n,,到账截止时间\nJ1,东路,2031-01-02 17:00\n"
    )
    assert _times(notices) == {"J1": {"deposit_close": "01-02 17:00"}}


@pytest.mark.parametrize(
    ("heading", "text"),
    [
        ("交易状态", "已终止"),  # a column that is known and not kept
        ("进度", "暂停"),
        ("目前情况", "Postponed"),
        ("是否有效", "否"),
        ("公告标题", "关于J1地块延期的公告"),
    ],
)
def test_a_cell_of_any_column_that_tells_of_a_change_is_said(heading: str, text: str) -> None:
    notices = _text(f"地块编号,{heading},报名截止时间\nJ1,{text},2031-01-02 17:00\n")
    assert _times(notices) == {"J1": {"registration_close": "01-02 17:00"}}
    assert _findings(notices, Code.REMARK_ON_TIMES) == [("J1", "")]


@pytest.mark.parametrize("text", ["正常", "已成交", "中山路延长线以东", "是"])
def test_words_of_no_change_are_no_finding(text: str) -> None:
    notices = _text(f"地块编号,位置,情况,报名截止时间\nJ1,{text},{text[:2]},2031-01-02 17:00\n")
    assert _findings(notices, Code.REMARK_ON_TIMES) == []


@pytest.mark.parametrize("row", [["红色：已终止", "黄色：延期"], ["注：J1地块终止出让"]])
def test_a_legend_or_a_note_below_the_table_is_said_and_no_parcel(row: list[object]) -> None:
    notices = _workbook(
        _rows(["地块编号", "位置", "报名截止时间"], ["J1", "东路", _kept(2, 17)], [], row)
    )
    assert list(_times(notices)) == ["J1"]
    assert _findings(notices, Code.REMARK_ON_TIMES) == [("", "")]


def test_what_stands_above_the_headings_is_said_too() -> None:
    notices = _workbook(
        _rows(
            ["本表各地块报名顺延一周"],
            ["地块编号", "位置", "报名截止时间"],
            ["J1", "东路", _kept(2, 17)],
        )
    )
    assert _findings(notices, Code.REMARK_ON_TIMES) == [("", "")]


@pytest.mark.parametrize(
    ("words", "number"), [("改到1月9日", "J2"), ("已终止", "J2"), ("张三核对", None)]
)
def test_a_comment_on_a_cell_is_said_with_the_parcel_of_its_row(
    words: str, number: str | None
) -> None:
    def write(sheet: Worksheet) -> None:
        sheet.append(_HEADINGS)
        for row in (1, 2):
            sheet.append([f"J{row}", "东路", 5000, _kept(2, 17), _kept(5, 10)])
        sheet["D3"].comment = Comment(words, "张三")

    asides = _findings(_workbook(write), Code.TEXT_ASIDE)
    assert asides == ([(number, "")] if number else [])


def test_a_time_in_a_line_above_a_group_of_rows_is_that_of_each() -> None:
    notices = _workbook(
        _rows(
            ["地块编号", "位置", "挂牌截止时间"],
            ["报名截止时间：2031-01-02 17:00"],
            ["J1", "东路", _kept(5, 10)],
            ["报名截止时间：2031-01-03 17:00"],
            ["J2", "西路", _kept(6, 10)],
        )
    )
    assert _times(notices) == {
        "J1": {"registration_close": "01-02 17:00", "bidding_close": "01-05 10:00"},
        "J2": {"registration_close": "01-03 17:00", "bidding_close": "01-06 10:00"},
    }
    assert _findings(notices, Code.TIME_WITHOUT_LABEL) == []


@pytest.mark.parametrize(
    "line",
    [
        "报名时间：2031-01-01 9:00至2031-01-02 17:00",
        "报名截止：2031-01-02 17:00 拍卖时间：2031-01-09 10:00",
    ],
)
def test_times_in_a_line_above_the_headings_are_those_of_all_rows(line: str) -> None:
    notices = _workbook(
        _rows([line], ["地块编号", "位置", "面积"], ["J1", "东路", 5000], ["J2", "西路", 6000])
    )
    closes = {number: times["registration_close"] for number, times in _times(notices).items()}
    assert closes == {"J1": "01-02 17:00", "J2": "01-02 17:00"}


_WITH_A_DAY = "地块编号,面积,报名截止日{},{},挂牌截止时间\nJX-1,5000,2031-01-02,{},{}\n"


@pytest.mark.parametrize(
    ("heading", "read"),
    [("(17:00)", "01-02 17:00"), ("（当日下午5时）", "01-02 17:00"), ("(9:00-17:00)", "01-02")],
)
def test_a_day_takes_the_one_hour_that_its_heading_names(heading: str, read: str) -> None:
    notices = _text(_WITH_A_DAY.format(heading, "用途", "住宅", "2031-01-20 10:00"))
    assert _times(notices)["JX-1"]["registration_close"] == read


@pytest.mark.parametrize(
    ("column", "words", "above", "below"),
    [
        ("备注", "17时前到账", "", ""),
        ("用途", "住宅", "报名截止均为当日17:00,,,,\n", ""),
        ("用途", "住宅", "", "注：截止时间均为17:00,,,,\n"),
    ],
)
def test_an_hour_that_stands_elsewhere_is_said_and_the_day_stays_a_day(
    column: str, words: str, above: str, below: str
) -> None:
    notices = _text(above + _WITH_A_DAY.format("", column, words, "2031-01-20 10:00") + below)
    assert _times(notices)["JX-1"]["registration_close"] == "01-02"
    assert _findings(notices, Code.HOUR_ELSEWHERE) == [("JX-1", "registration_close")]


def test_the_order_of_day_and_month_is_that_of_the_other_dates_of_the_sheet() -> None:
    notices = _text(
        "地块编号,报名开始,报名截止,挂牌截止\nJ1,13.01.2031,03.02.2031 17:00,05.02.2031 10:00\n"
    )
    assert _times(notices) == {
        "J1": {
            "registration_open": "01-13",
            "registration_close": "02-03 17:00",
            "bidding_close": "02-05 10:00",
        }
    }
    assert _findings(notices, Code.DAY_ORDER_FROM_CONTEXT) == [
        ("J1", "registration_close"),
        ("J1", "bidding_close"),
    ]


@pytest.mark.parametrize("other", ["2031-02-13", "03.03.2031", "13.02.2031,02.13.2031"])
def test_an_order_that_a_sheet_does_not_show_is_not_guessed(other: str) -> None:
    notices = _text(f"地块编号,报名截止,备注,说明\nJ1,03.02.2031 17:00,{other}\n")
    assert not _times(notices)
    assert _findings(notices, Code.TIME_NOT_UNDERSTOOD) == [("J1", "registration_close")]


@pytest.mark.parametrize("text", ["31.1.2 17:00", "31/01/02 17:00", "31-1-2 17:00"])
def test_two_figures_of_a_year_are_read_where_the_sheet_has_all_four(text: str) -> None:
    notices = _text(f"2031年1月,\n地块编号,报名截止\nJ1,{text}\n")
    assert _times(notices) == {"J1": {"registration_close": "01-02 17:00"}}
    assert _findings(notices, Code.YEAR_FROM_CONTEXT) == [("J1", "registration_close")]
    assert not _times(_text(f"地块编号,报名截止\nJ1,{text}\n"))


def test_a_day_that_is_its_month_is_the_same_in_every_order() -> None:
    assert _times(_text("地块编号,报名截止\nJ1,03.03.2031 17:00\n")) == {
        "J1": {"registration_close": "03-03 17:00"}
    }


@pytest.mark.parametrize(
    "text", ["周四 1/2 17:00", "1/2（周四）17:00", "1.02周四下午5点", "1-2 下午5:00"]
)
def test_a_short_day_may_have_its_weekday_or_its_half_beside_it(text: str) -> None:
    notices = _text(f"2031年1月,\n地块编号,报名截止\nJ1,{text}\n")
    assert _times(notices) == {"J1": {"registration_close": "01-02 17:00"}}


@pytest.mark.parametrize("text", ["30.1.2 17:00", "2.1.31 17:00", "1.31.32 17:00"])
def test_figures_that_may_be_no_year_are_not_taken_for_it(text: str) -> None:
    assert not _times(_text(f"2031年1月,\n地块编号,报名截止\nJ1,{text}\n"))


_CLOSES = {"registration_close": "01-02 17:00", "bidding_close": "01-05 10:00"}


@pytest.mark.parametrize(
    "text",
    [
        "地块编号,报名截止日期,时间,挂牌截止日,截止时刻\nJ1,2031-01-02,17:00,2031/1/5,10点\n",
        "地块编号,报名截止,,挂牌截止,\n,日期,时刻,日期,时刻\nJ1,2031-01-02,17:00,2031-01-05,10:00\n",
        "地块编号,J1,J2\n报名截止日期,2031-01-02,2031-01-03\n时间,17:00,16:00\n"
        "挂牌截止日期,2031-01-05,2031-01-06\n时间,10:00,11:00\n",
        "地块编号,报名截止日,几点,挂牌截止日,几点\nJ0,2031-01-02,,2031-01-05,\n"
        "J1,2031-01-02,下午5点,2031-01-05,10:00前\n",
    ],
)
def test_an_hour_in_the_column_on_the_right_is_that_of_the_day(text: str) -> None:
    notices = _text(text)
    assert _times(notices)["J1"] == _CLOSES
    assert not _findings(notices, Code.HOUR_ELSEWHERE)


def test_the_times_below_a_number_that_moved_are_not_those_of_the_next_parcel() -> None:
    notices = _text(
        "项目,,,示1-1,示1-2\n报名截止,日期,2031-01-02,2031-01-03,\n,时间,16:00,17:00,\n"
    )
    read = _times(notices).get("示1-1", {})
    assert not read or _findings(notices, Code.CELL_MAY_HAVE_SLIPPED)


def test_a_day_without_its_hour_puts_the_hours_of_its_column_in_doubt() -> None:
    notices = _text("地块编号,报名截止日,时间\nJ1,2031-01-02,17:00\nJ2,2031-01-03,\n")
    assert ("J1", "registration_close") in _findings(notices, Code.CELL_MAY_HAVE_SLIPPED)


@pytest.mark.parametrize(
    "columns",
    [
        "报名截止日期,挂牌截止日期,时间\nJ1,2031-01-02,2031-01-05,10:00",
        "报名截止日期,时间,挂牌截止日期,时间\nJ1,2031-01-02,待定,2031-01-05,10:00",
        "报名截止日期,开始时间,挂牌截止日期,开始时间\nJ1,2031-01-02,9:00,2031-01-05,10:00",
        "报名截止日期,现场踏勘时间,挂牌截止日期,开放时间\nJ1,2031-01-02,17:00,2031-01-05,10:00",
    ],
)
def test_an_hour_that_may_be_of_several_days_is_said_and_taken_for_none(columns: str) -> None:
    notices = _text(f"地块编号,{columns}\n")
    assert _times(notices)["J1"] == {"registration_close": "01-02", "bidding_close": "01-05"}
    assert _findings(notices, Code.HOUR_ELSEWHERE)


def test_the_hour_of_another_day_is_not_that_of_a_day_without_one() -> None:
    notices = _text(
        "地块编号,报名截止日期,联系方式,拍卖日期,拍卖时间\nJX-1,2031-01-02,1500000,2031-01-20,10:00\n"
    )
    assert _times(notices)["JX-1"] == {
        "registration_close": "01-02",
        "auction_start": "01-20 10:00",
    }
    assert not _findings(notices, Code.HOUR_ELSEWHERE)


def test_a_row_keeps_its_own_time_and_the_one_of_the_line_is_said() -> None:
    notices = _workbook(
        _rows(
            ["报名截止时间：2031-01-02 17:00"],
            ["地块编号", "位置", "报名截止时间"],
            ["J1", "东路", _kept(5, 10)],
        )
    )
    assert _times(notices) == {"J1": {"registration_close": "01-05 10:00"}}
    assert _findings(notices, Code.TIME_WITHOUT_LABEL) == [("", "")]


def test_a_line_below_the_rows_is_the_time_of_none_of_them() -> None:
    notices = _workbook(
        _rows(
            ["地块编号", "位置", "挂牌截止时间"],
            ["J1", "东路", _kept(5, 10)],
            ["报名截止时间：2031-01-02 17:00"],
        )
    )
    assert _times(notices) == {"J1": {"bidding_close": "01-05 10:00"}}
    assert _findings(notices, Code.TIME_WITHOUT_LABEL) == [("", "")]


def test_empty_cells_of_a_time_that_the_other_rows_have_are_named_once_a_column() -> None:
    notices = _text(
        "地块编号,报名截止时间,挂牌截止时间\nJ1,2031-01-02 17:00,2031-01-05 10:00\n"
        "J2,,2031-01-05 10:00\nJ3,,2031-01-05 10:00\n"
    )
    (finding,) = [
        finding
        for notice in notices
        for finding in notice.findings
        if finding.code is Code.TIME_CELLS_EMPTY
    ]
    assert (finding.field, finding.params["rows"]) == ("registration_close", "3、4")


def test_rows_of_listings_and_of_auctions_leave_each_others_times_empty() -> None:
    notices = _text(
        "地块编号,报名截止时间,挂牌截止时间,拍卖时间\nJ1,2031-01-02 17:00,2031-01-05 10:00,\n"
        "J2,2031-01-02 17:00,,2031-01-05 10:00\n"
    )
    assert _findings(notices, Code.TIME_CELLS_EMPTY) == []


@pytest.mark.parametrize("cell", ["甲储出[2031]5号、甲储出[2031]6号", "甲储出[2031]5、6号"])
def test_the_times_of_a_row_with_several_numbers_are_those_of_each(cell: str) -> None:
    notices = _text(f"地块编号,起始价(万元),报名截止时间\n{cell},900,2031-01-02 17:00\n")
    closes = {"registration_close": "01-02 17:00"}
    assert _times(notices) == {"甲储出[2031]5号": closes, "甲储出[2031]6号": closes}
    assert [parcel.start_price_wan for parcel in notices[0].parcels] == [None, None]
    assert len(_findings(notices, Code.SEVERAL_NUMBERS)) == 2


@pytest.mark.parametrize(
    "cell", ["FT00-2404-0005、0006地块", "高新区2031-3号(1、2)地块", "J 2031-5号"]
)
def test_the_blocks_of_one_parcel_stay_one(cell: str) -> None:
    notices = _text(f"地块编号,报名截止时间\n{cell},2031-01-02 17:00\n")
    assert list(_times(notices)) == [cell]


@pytest.mark.parametrize(
    ("plain", "other"),
    [
        ("原报名截止时间", "调整后报名截止时间"),
        ("报名截止时间", "变更后报名截止"),
        ("报名截止时间（原）", "报名截止时间（新）"),
    ],
)
def test_of_an_old_and_a_new_column_the_new_one_holds_where_it_is_filled(
    plain: str, other: str
) -> None:
    notices = _text(
        f"地块编号,{plain},{other}\nJ1,2031-01-02 17:00,2031-01-09 17:00\nJ2,2031-01-02 17:00,\n"
    )
    assert _times(notices) == {
        "J1": {"registration_close": "01-09 17:00"},
        "J2": {"registration_close": "01-02 17:00"},
    }
    assert _findings(notices, Code.TIME_COLUMN_NOT_KNOWN) == []


def test_the_year_may_stand_in_the_name_of_the_only_sheet() -> None:
    def write(sheet: Worksheet) -> None:
        sheet.title = "2031年"
        for row in (["地块编号", "位置", "报名截止时间"], ["J1", "东路", "1月2日17:00"]):
            sheet.append(row)

    notices = _workbook(write)
    assert _times(notices) == {"J1": {"registration_close": "01-02 17:00"}}
    assert _findings(notices, Code.YEAR_FROM_CONTEXT) == [("J1", "registration_close")]


def test_a_sheet_of_days_and_what_happens_on_them_is_refused_aloud() -> None:
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    rows = ([_kept(2, 17), "J1报名截止时间"], [_kept(5, 10), "J1拍卖时间"])
    _rows(["日期", "事项"], *rows)(sheet)
    data = io.BytesIO()
    book.save(data)
    with pytest.raises(IntakeError):
        read_data("parcels.xlsx", data.getvalue(), Limits())


def test_a_registration_that_closes_after_the_bidding_is_doubted() -> None:
    notices = _text("地块编号,报名截止时间,拍卖时间\nJ1,2031-01-05 10:00,2031-01-02 17:00\n")
    assert ("J1", "registration_close") in _findings(notices, Code.TIMES_CONTRADICT)


def test_a_year_that_only_the_number_of_the_notice_gives_is_inferred_and_said() -> None:
    notices = _text("公告号,地块编号,报名截止时间\n甲告字[2031]3号,J1,1月2日17:00\n")
    (milestone,) = notices[0].parcels[0].milestones.values()
    assert (f"{shanghai(milestone.at):%Y-%m-%d %H:%M}", milestone.source) == (
        "2031-01-02 17:00",
        Source.INFERRED,
    )
    assert _findings(notices, Code.YEAR_FROM_CONTEXT) == [("J1", "registration_close")]


def test_a_key_that_stands_twice_in_one_object_is_an_error() -> None:
    with pytest.raises(IntakeError, match="stands twice"):
        _text(
            '[{"地块编号": "J1", "报名截止时间": "2031-01-02", "报名截止时间": "2031-01-03"}]',
            "parcels.json",
        )


def test_a_heading_that_is_nearly_known_is_named_with_what_it_may_mean() -> None:
    notices = _text("地块编号,规划容积律,报名截止时间\nJ1,1.0,2031-01-02 17:00\n")
    (finding,) = [
        finding for finding in notices[0].findings if finding.code is Code.COLUMNS_NOT_KNOWN
    ]
    assert finding.params["columns"].startswith("规划容积律(规划容积率")


@pytest.mark.parametrize(
    ("heading", "text", "answer"),
    [
        ("状态", "已报名", "done"),
        ("状态", "不参加（价格过高）", "skip"),
        ("状态", "未报名", ""),
        ("状态", "不参加？待定", ""),
        ("是否参加", "否", "skip"),
        ("是否参加", "是", ""),
        ("是否报名", "是", "done"),
        ("是否报名", "否", ""),
        ("状态", "跟进中", ""),
    ],
)
def test_a_column_of_what_the_team_decided_says_done_or_skip(
    heading: str, text: str, answer: str
) -> None:
    notices = _text(f"地块编号,{heading},报名截止时间\nJ1,{text},2031-01-02 17:00\n")
    (parcel,) = notices[0].parcels
    assert parcel.answer == answer
    assert bool(_findings(notices, Code.ANSWER_STATED)) == bool(answer)


def test_a_sheet_of_nothing_but_bad_values_names_each_of_them() -> None:
    notices = _text(
        "公告编号,地块编号,位置,面积（㎡）,报名截止时间,挂牌截止时间\n甲1号,J1,,,尽快,待定\n甲1号,J2,,,尽快,待定\n"
    )
    assert {number for number, _ in _findings(notices, Code.TIME_NOT_UNDERSTOOD)} == {"J1", "J2"}
