"""Times whose sentence lost some of its bytes: they are read, and named."""

from __future__ import annotations

import pytest

from notifier.domain.findings import Code
from notifier.domain.values import Notice
from notifier.intake import read_data
from notifier.intake.limits import Limits

_HEAD = "测试市国有建设用地使用权挂牌出让公告\n测自然资告字〔2031〕7号\n地块编号：2031-1号\n"
_DEPOSIT = "三、竞买保证金到账截止时间：2031年5月20日16时00分。\n"


def _read(text: str) -> Notice:
    (notice,) = read_data("公告.txt", (_HEAD + text).encode(), Limits())
    return notice


def _broken(text: str) -> set[str]:
    return {finding.field for finding in _read(text).findings if finding.code is Code.TEXT_BROKEN}


@pytest.mark.parametrize(
    "text",
    [
        "一、报名截止\ufffd间：2031年5月22日10时00分。\n二、附则。\n" + _DEPOSIT,
        "一、报名截止时间：2031年5月22日10时00分。\n" + _DEPOSIT,  # the item between is missing
    ],
)
def test_a_time_in_a_sentence_that_lost_words_is_named(text: str) -> None:
    assert _broken(text) == {"registration_close"}


@pytest.mark.parametrize(
    "text",
    [
        "一、报名截止时间：2031年5月20日17时00分。\n二、附则。\n" + _DEPOSIT,
        "一、报名截止时间：2031年5月20日17时00分。\n1、附则。\n2、附则。\n",
        "二、报名截止时间：2031年5月20日17时00分。\n" + _DEPOSIT,
    ],
)
def test_a_time_of_a_whole_text_is_not_named(text: str) -> None:
    assert not _broken(text)


def test_a_time_that_an_unbroken_sentence_states_too_is_not_named() -> None:
    time = "报名截止时间：2031年5月20日17时00分"
    assert not _broken(f"一、{time}\ufffd。\n二、附则。\n注意{time}。\n")


def test_a_control_character_within_a_time_is_no_nothing() -> None:
    notice = _read("一、报名截止时间：2031年5月20日1\x177时00分。\n")
    (parcel,) = notice.parcels
    hours = [milestone.at.hour for milestone in parcel.milestones.values()]
    assert 17 - 8 not in hours  # 1x7 is not 17
    assert all(milestone.day_only for milestone in parcel.milestones.values())


_CELLS = """| 地块编号 | 面积（㎡） | 报名截止时间 | 挂牌截止时间 |
|---|---|---|---|
| 2031-1 | 5000 | {} | 2031年5月12日10时 |
| 2031-2 | 6000 | 2031年5月8日17时00分 | 2031年5月12日11时 |
"""


@pytest.mark.parametrize(
    ("cell", "named"),
    [("2031年5月8日17时\ufffd5", {"registration_close"}), ("2031年5月8日17时05", set())],
)
def test_a_time_in_a_cell_with_a_broken_character_is_named(cell: str, named: set[str]) -> None:
    assert _broken(_CELLS.format(cell)) == named


@pytest.mark.parametrize(
    ("between", "named"),
    [
        (r"10\'CA\'B10\085", {"bidding_close"}),  # of `\u26085`, its figures are left
        (r"10\'CA\'B1\'0", {"bidding_close"}),
        (r"10\~\'CA\'B1\-00\:\|", set()),
    ],
)
def test_a_control_word_of_rich_text_that_lost_its_beginning_breaks_the_sentence(
    between: str, named: set[str]
) -> None:
    line = "三、挂牌截止时间：2031年5月22日"
    escaped = "".join(f"\\u{ord(character)}?" for character in line)
    head = "".join(f"\\u{ord(character)}?" for character in _HEAD.replace("\n", "\r"))
    text = "{\\rtf1\\ansi " + head.replace("\\u13?", "\\par ") + escaped + between + "\\par}"
    (notice,) = read_data("公告.rtf", text.encode("ascii"), Limits())
    assert [parcel.parcel_no for parcel in notice.parcels] == ["2031-1号"]
    found = {finding.field for finding in notice.findings if finding.code is Code.TEXT_BROKEN}
    assert found == named
