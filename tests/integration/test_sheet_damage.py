"""A damaged workbook never states another time than the whole one does, without a finding that
names it."""

from __future__ import annotations

import io
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from openpyxl import load_workbook

from bench.damage import BOOKS
from bench.papers import read_paper
from notifier.domain.findings import Code
from notifier.domain.values import Notice
from tests.damage import silent_differences
from tests.papers.offers import random_offer
from tests.papers.sheets import plain_workbook
from tests.sheet_damage import SHEET_DAMAGES, damaged_book, joined


@pytest.mark.parametrize("damage", SHEET_DAMAGES)
def test_a_damaged_workbook_states_no_other_time_silently(
    damage: Callable[[Any, Random], None],
) -> None:
    random = Random(damage.__name__)
    for habit in BOOKS:
        sheet = habit(random_offer(random), random)
        spoilt = damaged_book(sheet.data, damage, random)
        whole = joined(read_paper(sheet.name, sheet.data))
        assert silent_differences(whole, joined(read_paper(sheet.name, spoilt))) == [], (
            habit.__name__
        )


def test_the_measure_sees_a_time_of_a_workbook_that_was_changed() -> None:
    sheet = plain_workbook(random_offer(Random(3)), Random(3))
    book = load_workbook(io.BytesIO(sheet.data))
    cell: Any = book.worksheets[0].cell(2, 6)
    cell.value = cell.value.replace(hour=11)
    out = io.BytesIO()
    book.save(out)
    whole = joined(read_paper(sheet.name, sheet.data))
    changed = joined(read_paper(sheet.name, out.getvalue()))
    assert len(silent_differences(whole, changed)) == 1


_HEADINGS = "地块编号,面积（㎡）,报名截止时间,保证金到账截止时间,挂牌截止时间\n"


def _slipped(table: str) -> set[tuple[str, str]]:
    notice = joined(read_paper("table.csv", (_HEADINGS + table).encode()))
    return {
        (finding.parcel_no, finding.field)
        for finding in notice.findings
        if finding.code is Code.CELL_MAY_HAVE_SLIPPED
    }


def test_a_column_with_a_value_below_the_last_row_may_stand_a_row_too_low() -> None:
    table = (
        "甲2031-1,5000,2031-05-08 17:00,2031-05-08 16:00,{}\n"
        "甲2031-2,6000,2031-05-08 17:00,2031-05-08 16:00,{}\n"
        ",,,,{}\n"
    )
    pushed = table.format("", "2031-05-12 10:00", "2031-05-12 11:00")
    assert _slipped(pushed) == {("甲2031-2", "bidding_close")}
    assert not _slipped(table.format("2031-05-12 10:00", "2031-05-12 11:00", "")[:-5])


@pytest.mark.parametrize("numbers", [("", "甲2031-1"), ("甲2031-1", "")])
def test_numbers_that_stand_a_row_too_low_make_all_times_doubtful(
    numbers: tuple[str, str],
) -> None:
    row = "{},5000,2031-05-08 17:00,2031-05-08 16:00,2031-05-12 1{}:00\n"
    above = "".join(row.format(number, hour) for hour, number in enumerate(numbers))
    assert ("甲2031-1", "bidding_close") in _slipped(f"{above}甲2031-2,,,,\n")
    assert not _slipped(f"{above}合计：2031,,,,\n")


def test_two_times_of_a_row_that_the_other_rows_have_the_other_way_round_are_doubted() -> None:
    row = "甲2031-{},5000,{},{},2031-05-12 10:00\n"
    paid, entered = "2031-05-08 16:00", "2031-05-09 17:00"
    usual = "".join(row.format(number, entered, paid) for number in (1, 2, 3))
    assert not _slipped(usual)
    assert _slipped(usual + row.format(4, paid, entered)) == {
        ("甲2031-4", "registration_close"),
        ("甲2031-4", "deposit_close"),
    }


_TURNED = (
    "地块编号,甲2031-1,甲2031-2,甲2031-3\n面积（㎡）,5000,6000,7000\n"
    "报名截止时间,2031-05-09 17:00,2031-05-09 17:00,2031-05-09 17:00\n"
    "保证金到账截止时间,2031-05-08 16:00,{},2031-05-08 16:00\n"
    "挂牌开始时间,2031-05-01 09:00,{},2031-05-01 09:00\n"
    "挂牌截止时间,2031-05-12 10:00,{},2031-05-12 12:00\n"
)


def _turned(*times: str) -> Notice:
    return joined(read_paper("table.csv", _TURNED.format(*times).encode()))


def test_an_empty_cell_of_a_sheet_with_a_column_a_parcel_is_told_of_its_parcel() -> None:
    notice = _turned("2031-05-08 16:00", "2031-05-01 09:00", "")
    (empty,) = [finding for finding in notice.findings if finding.code is Code.TIME_CELLS_EMPTY]
    assert (empty.parcel_no, empty.field, empty.params) == (
        "",
        "bidding_close",
        {"rows": "甲2031-2"},
    )


def test_cells_that_moved_up_in_the_column_of_a_parcel_are_not_its_times() -> None:
    notice = _turned("2031-05-01 09:00", "2031-05-12 11:00", "")
    stated = {parcel.parcel_no for parcel in notice.parcels if parcel.milestones}
    assert stated == {"甲2031-1", "甲2031-3"}
    assert Code.ROW_SHIFTED in {finding.code for finding in notice.findings}
