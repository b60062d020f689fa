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
