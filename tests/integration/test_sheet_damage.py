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
