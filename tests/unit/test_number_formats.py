"""What a person sees in a cell counts: words of its number format, and less than its value."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from notifier.domain.findings import Code
from notifier.domain.times import shanghai
from notifier.domain.values import Finding, Precision
from notifier.intake.documents.number_formats import (
    hides,
    is_dated,
    shown_beside,
    shown_day,
    shown_number,
    shown_text,
)
from notifier.intake.limits import Limits
from notifier.intake.records import read_records

_AT = datetime(2031, 1, 2, 17, 5)  # noqa: DTZ001 - a cell holds no zone
_TEXT = "2031-01-02 17:05"


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("yyyy-mm-dd hh:mm", _TEXT),
        ('yyyy"年"m"月"d"日"h"时"mm"分"', _TEXT),
        ("[$-804]yyyy/m/d\\ aaaa;@", _TEXT),
        ('yyyy"年"m"月"d"日 16:00"', "2031年1月2日 16:00"),
        ('m"月"d"日 16时前"', "2031年1月2日 16时前"),
        ('"截止 "yyyy-mm-dd', "截止 2031-1-2"),
        ('yyyy/m/d h:mm AM/PM"前"', "2031/1/2 17:05 前"),
        ('h:mm"前"', f"{_TEXT}前"),
        ("aaaa", "星期四"),
    ],
)
def test_a_day_is_written_with_the_words_of_its_format(code: str, shown: str) -> None:
    assert is_dated(code)
    assert shown_day(code, _AT, _TEXT) == shown


@pytest.mark.parametrize(
    ("code", "figures", "shown"),
    [
        ("General", "5", "5"),
        ('0"号"', "5", "5号"),
        ('"甲储[2031]"0"号"', "5", "甲储[2031]5号"),
        ("000", "7", "007"),
        ('0.0"亿元"', "2.0397", "2.0397亿元"),
        ('0!.0,"万"', "12345", "1.2345万"),
        ('#,##0,"千"', "12345", "12.345千"),
        ("#,##0.00_);[Red]\\(#,##0.00\\)", "1234.5", "1234.5"),
        ("¥#,##0", "5000", "5000"),
        ("[$US$-409]#,##0", "5000", "US$5000"),
        ('0"号"', "-5", "-5"),
    ],
)
def test_a_number_keeps_its_figures_and_gets_the_words_of_its_format(
    code: str, figures: str, shown: str
) -> None:
    assert not is_dated(code)
    assert shown_number(code, figures) == shown


def test_a_text_gets_words_only_from_a_format_of_texts() -> None:
    assert shown_text('@"号"', "甲5") == "甲5号"
    assert shown_text('0"号"', "5") == "5"


def test_a_format_without_a_section_for_numbers_hides_them() -> None:
    assert hides(";;;")
    assert not hides("0;;")


@pytest.mark.parametrize(
    ("shown", "held", "read"),
    [
        ("2031-1-2", "2031-01-02", ("2031-01-02", "")),
        ("1月2日", "2031-01-02", ("2031-01-02", "")),
        ("1月2日 16:00", "2031-01-02", ("2031年1月2日 16:00", "")),
        ("1月2日 16:00前", "2031-01-02 17:00", ("2031年1月2日 16:00前", "2031-01-02 17:00")),
        ("2031/1/2", "2031-01-02 17:00", ("2031-01-02 17:00", "2031/1/2")),
        ("02-Jan-31", "2031-01-02", ("2031-01-02", "")),
    ],
)
def test_of_what_a_cell_shows_and_holds_both_are_known(
    shown: str, held: str, read: tuple[str, str]
) -> None:
    assert shown_beside(shown, held) == read


def _read(code: str, hour: int, *, title: str = "", month: int = 1) -> tuple[str, list[Finding]]:
    """The number and the close of registration of a cell in that format, and the findings."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.append([title])
    sheet.append(["地块编号", "报名截止时间"])
    sheet.append([5, datetime(2031, month, 2, hour)])  # noqa: DTZ001 - a cell holds no zone
    sheet["A3"].number_format = '"甲储[2031]"0"号"'
    sheet["B3"].number_format = code
    data = io.BytesIO()
    book.save(data)
    (notice,) = read_records(Path("parcels.xlsx"), data.getvalue(), Limits())
    (parcel,) = notice.parcels
    (milestone,) = parcel.milestones.values()
    form = "%Y-%m-%d" if milestone.precision is Precision.DAY else "%Y-%m-%d %H:%M"
    named = [finding for finding in notice.findings if finding.code is Code.CELL_SHOWS_ANOTHER]
    return f"{parcel.parcel_no} {shanghai(milestone.at):{form}}", named


@pytest.mark.parametrize(
    ("code", "hour", "read"),
    [
        ('yyyy"年"m"月"d"日 16:00"', 0, "2031-01-02 16:00"),
        ('m"月"d"日 16时前"', 0, "2031-01-02 16:00"),
        ('"截止 "yyyy-mm-dd', 0, "2031-01-02"),
        ('yyyy"年"m"月"d"日"', 0, "2031-01-02"),
        ("yyyy-mm-dd hh:mm", 17, "2031-01-02 17:00"),
    ],
)
def test_a_time_is_read_as_its_cell_shows_it(code: str, hour: int, read: str) -> None:
    assert _read(code, hour) == (f"甲储[2031]5号 {read}", [])


@pytest.mark.parametrize(
    ("code", "read", "other"),
    [
        ('yyyy"年"m"月"d"日 16:00"', "2031-01-02 16:00", "2031-01-02 17:00"),
        ("yyyy-mm-dd", "2031-01-02 17:00", "2031-01-02"),
    ],
)
def test_a_cell_that_shows_another_time_than_it_holds_is_named(
    code: str, read: str, other: str
) -> None:
    time, (finding,) = _read(code, 17)
    assert time == f"甲储[2031]5号 {read}"
    assert (finding.field, finding.params["other"]) == ("registration_close", other)


def test_a_day_whose_hour_the_column_beside_it_shows_is_not_named() -> None:
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    at = datetime(2031, 1, 2, 17)  # noqa: DTZ001 - a cell holds no zone
    sheet.append(["地块编号", "报名截止日期", "报名截止时间"])
    sheet.append(["甲储[2031]5号", at, at])
    sheet["B2"].number_format = "yyyy-mm-dd"
    sheet["C2"].number_format = "hh:mm"
    data = io.BytesIO()
    book.save(data)
    (notice,) = read_records(Path("parcels.xlsx"), data.getvalue(), Limits())
    assert not [f for f in notice.findings if f.code is Code.CELL_SHOWS_ANOTHER]


@pytest.mark.parametrize(
    ("code", "title", "month", "year", "is_named"),
    [
        ("m-d h:mm", "2032年地块", 1, 2032, True),
        ("m-d h:mm", "2032年地块", 12, 2031, True),
        ("m-d h:mm", "2030年地块", 6, 2031, True),
        ("m-d h:mm", "2030年地块", 1, 2031, False),
        ("m-d h:mm", "2031年地块", 1, 2031, False),
        ("m-d h:mm", "", 1, 2031, False),
        ("yyyy-m-d h:mm", "2032年地块", 1, 2031, False),
    ],
)
def test_a_year_that_only_the_value_has_gives_way_to_a_later_one_of_the_title(
    code: str, title: str, month: int, year: int, is_named: bool
) -> None:
    time, named = _read(code, 17, title=title, month=month)
    assert time == f"甲储[2031]5号 {year}-{month:02}-02 17:00"
    assert bool(named) is is_named
