"""A row that only shows how a sheet is filled in is no parcel, and is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from notifier.domain.findings import Code
from notifier.intake.limits import Limits
from notifier.intake.records import read_records

_HEADINGS = "序号,地块编号,报名截止时间,备注\n"
_PARCEL = "2,甲储2031-2号,2031-01-05 17:00,需现场报名\n"


def _read(row: str) -> tuple[list[str], list[str]]:
    """The numbers of the parcels, and what is said of examples."""
    text = f"{_HEADINGS}{row}\n{_PARCEL}"
    notices = read_records(Path("parcels.csv"), text.encode(), Limits())
    numbers = [parcel.parcel_no for notice in notices for parcel in notice.parcels]
    found = [finding for notice in notices for finding in notice.findings]
    return numbers, [f.params["text"] for f in found if f.code is Code.ROW_IS_EXAMPLE]


@pytest.mark.parametrize(
    "row",
    [
        "示例,甲储2031-1号,2031-01-02 17:00,",
        "1,（示例）甲储2031-1号,2031-01-02 17:00,",
        "1,甲储2031-1号【样例】,2031-01-02 17:00,",
        "1,例：甲储2031-1号,2031-01-02 17:00,",
        "1,甲储2031-1号,如：2031-01-02 17:00,",
        "1,甲储2031-1号,2031-01-02 17:00,示例，提交前请删除",
        "（示例）1,甲储2031-1号,2031-01-02 17:00,",
        "填写说明,甲储2031-1号,2031-01-02 17:00,",
    ],
)
def test_a_row_that_says_that_it_is_an_example_is_no_parcel(row: str) -> None:
    numbers, texts = _read(row)
    assert numbers == ["甲储2031-2号"]
    assert len(texts) == 1


@pytest.mark.parametrize(
    "row",
    [
        "1,示例区2031-1号,2031-01-02 17:00,",
        "1,示2031-1号,2031-01-02 17:00,示例区内",
        "1,甲储2031-1号,2031-01-02 17:00,如：需现场报名",
        "1,甲储2031-1号,2031-01-02 17:00,合同示例见附件",
    ],
)
def test_a_row_of_a_parcel_may_speak_of_examples(row: str) -> None:
    numbers, texts = _read(row)
    assert len(numbers) == 2
    assert not texts
