"""The city of parcels that no column of cities names."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from openpyxl import Workbook

from notifier.domain.values import Notice
from notifier.intake.city_lines import city_named
from notifier.intake.limits import Limits
from notifier.intake.records import read_records


@pytest.mark.parametrize(
    ("line", "city"),
    [
        ("杭州", "杭州"),
        ("一、宁波市（3宗）", "宁波"),
        ("2031年绍兴土拍计划", "绍兴"),
        ("【温州】", "温州"),
        ("苏州市3月土拍", "苏州"),
        ("浙江省示范市", "示范"),  # not in the list
        ("杭州湾新区", ""),
        ("苏州工业园区", ""),
        ("重点城市", ""),
        ("杭州、宁波", ""),
        ("2031年3月", ""),
    ],
)
def test_a_line_names_a_city_or_something_else(line: str, city: str) -> None:
    assert city_named(line) == city


def _cities(notices: list[Notice]) -> dict[str, str]:
    return {parcel.parcel_no: notice.city for notice in notices for parcel in notice.parcels}


def _read(text: str) -> dict[str, str]:
    return _cities(read_records(Path("parcels.csv"), text.encode(), Limits()))


def test_a_line_above_rows_names_their_city_and_another_line_ends_it() -> None:
    text = "地块编号,报名截止时间\n杭州,\nJ1,2031-01-02 17:00\n二、宁波市（1宗）,\n"
    text += "J2,2031-01-03 17:00\n其他,\nJ3,2031-01-04 17:00\n"
    assert _read(text) == {"J1": "杭州", "J2": "宁波", "J3": ""}


def test_a_sheet_may_bear_the_name_of_its_city() -> None:
    book = Workbook()
    for number, name in enumerate(("金华", "衢州", "汇总表")):
        sheet = book.create_sheet(name)
        sheet.append(["地块编号", "报名截止时间"])
        sheet.append([f"J{number}", "2031-01-02 17:00"])
    data = io.BytesIO()
    book.save(data)
    found = read_records(Path("parcels.xlsx"), data.getvalue(), Limits())
    assert _cities(found) == {"J0": "金华", "J1": "衢州", "J2": ""}


def test_tables_beside_each_other_have_a_city_each() -> None:
    text = "成都,,,重庆,\n地块编号,报名截止时间,,地块编号,报名截止时间\n"
    text += "J1,2031-01-02 17:00,,J2,2031-01-03 17:00\n"
    assert _read(text) == {"J1": "成都", "J2": "重庆"}


@pytest.mark.parametrize(
    ("second", "city"),
    [("宁波", "宁波"), ("萧山区", "")],
)
def test_a_column_of_regions_that_are_all_cities_names_them(second: str, city: str) -> None:
    text = "地区,地块编号,报名截止时间\n杭州市,J1,2031-01-02 17:00\n"
    text += f"{second},J2,2031-01-03 17:00\n"
    assert _read(text)["J2"] == city


def test_a_city_written_once_a_group_is_that_of_the_rows_below() -> None:
    text = "城市,地块编号,报名截止时间\n杭州,J1,2031-01-02 17:00\n,J2,2031-01-02 17:00\n"
    text += "宁波,J3,2031-01-02 17:00\n,J4,2031-01-02 17:00\n"
    assert _read(text) == {"J1": "杭州", "J2": "杭州", "J3": "宁波", "J4": "宁波"}


def test_a_row_that_lost_its_city_is_given_to_none_of_several() -> None:
    text = "城市,地块编号,报名截止时间\n杭州,J1,2031-01-02 17:00\n杭州,J2,2031-01-02 17:00\n"
    text += "宁波,J3,2031-01-02 17:00\n,J4,2031-01-02 17:00\n"
    assert _read(text) == {"J1": "杭州", "J2": "杭州", "J3": "宁波", "J4": ""}


@pytest.mark.parametrize(
    ("cell", "city", "district"),
    [
        ("杭州\n(2宗)", "杭州", ""),
        ("杭州市（1宗）", "杭州", ""),
        ("杭州-萧山", "杭州", "萧山"),
        ("杭州/萧山区", "杭州", "萧山区"),
        ("Hangzhou", "Hangzhou", ""),
    ],
)
def test_a_cell_may_say_more_than_the_city(cell: str, city: str, district: str) -> None:
    text = f'城市/区县,地块编号,报名截止时间\n"{cell}",J1,2031-01-02 17:00\n'
    (notice,) = read_records(Path("parcels.csv"), text.encode(), Limits())
    assert (notice.city, notice.parcels[0].district) == (city, district)
