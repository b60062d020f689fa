"""Deadlines that a notice states by reference to another time: `同上`, `报名截止前`, `期间`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.findings import Code
from notifier.domain.values import MilestoneName, Severity, Source
from tests.unit.test_notice_wordings import all_said, read

_REGISTRATION = "报名时间：2031年6月6日9时至2031年6月12日16时。"
_BIDDING = "挂牌时间：2031年6月8日9时至2031年6月18日10时。"
_WINDOW = {"opens": "6-6 9:00", "closes": "6-12 16:00"}
_DEPOSIT = _WINDOW | {"deposit": "6-12 16:00"}
_ROUND = {"bidding": "6-8 9:00", "ends": "6-18 10:00"}

_OF_DEPOSITS = (
    "竞买保证金到账截止时间同上，须从竞买人的账户汇出。",
    "竞买保证金到账截止时间均同上。",
    "保证金缴纳截止:同上。",
    "保证金以到账为准，到账截止时间同报名截止时间。",
    "保证金到账截止时间同上述报名时间。",
    "保证金到账截止时间与报名截止时间一致。",
    "竞买保证金到账时间和竞买申请截止时间相同。",
    "保证金到账截止时间不得迟于报名截止时间。",
    "竞买保证金必须在此时间之前到账。",
    "竞买保证金须于报名截止前到账。",
    "竞买人应在竞买申请截止时间以前缴纳竞买保证金。",
    "上述期限内，竞买人须足额缴纳竞买保证金。",
    "竞买人应在前述时间内缴纳竞买保证金。",
    "期间，竞买人须将竞买保证金汇入指定账户。",
    "竞买保证金以到账为准，须在该报名期限届满前汇入指定账户。",
)


@pytest.mark.parametrize("text", _OF_DEPOSITS)
def test_a_deposit_is_due_at_the_end_of_the_window_referred_to(text: str) -> None:
    notice = read(_REGISTRATION + text)
    assert all_said(notice) == [_DEPOSIT]
    deposit = notice.parcels[0].milestones[MilestoneName.DEPOSIT_CLOSE]
    assert (deposit.source, deposit.quote[-3:]) == (Source.INFERRED, "16时")
    (finding,) = [found for found in notice.findings if found.code is Code.PERIOD_REFERRED_TO]
    assert (finding.field, finding.severity) == (MilestoneName.DEPOSIT_CLOSE, Severity.INFO)


def test_a_deposit_is_due_by_the_time_in_its_own_sentence() -> None:
    text = (
        "有意竞买者可于2031年6月6日9:00至2031年6月12日16:00在交易系统提出竞买申请，"
        "竞买保证金必须在此时间之前到账。"
    )
    assert all_said(read(text + _BIDDING)) == [_DEPOSIT | _ROUND]


_OF_REGISTRATIONS = (
    (
        "2031年6月6日至2031年6月12日，到窗口获取出让文件，期间，申请人可提交书面申请。",
        {"opens": "6-6", "closes": "6-12"},
    ),
    (
        _BIDDING + "有意者可在挂牌期间，携带有关资料，到我局提交申请，逾期不予受理。",
        _ROUND | {"opens": "6-8 9:00", "closes": "6-18 10:00"},
    ),
    (
        "保证金到账截止时间：2031年6月14日17时。报名截止时间同保证金。",
        {"closes": "6-14 17:00", "deposit": "6-14 17:00"},
    ),
    (
        "保证金到账截止时间：2031年6月14日17时。报名截止时间同上。",
        {"closes": "6-14 17:00", "deposit": "6-14 17:00"},
    ),
    (
        _BIDDING + "申请人可在挂牌期间提交书面申请。",
        _ROUND | {"opens": "6-8 9:00", "closes": "6-18 10:00"},
    ),
    (
        _BIDDING + "竞买人须在挂牌期限届满前办理报名手续。",
        _ROUND | {"closes": "6-18 10:00"},
    ),
    (
        _BIDDING + "上述期限内，申请人可到我局提交书面申请。",
        _ROUND | {"opens": "6-8 9:00", "closes": "6-18 10:00"},
    ),
    (
        "公告时间：2031年6月1日至2031年6月20日。有意者可在公告期内申请竞买。",
        {"opens": "6-1", "closes": "6-20"},
    ),
    (  # a reference may lead to another, in whichever order they stand
        _BIDDING + "保证金到账截止时间同报名截止时间。申请人可在挂牌期间提交申请。",
        _ROUND | {"opens": "6-8 9:00", "closes": "6-18 10:00", "deposit": "6-18 10:00"},
    ),
)


@pytest.mark.parametrize(("text", "expected"), _OF_REGISTRATIONS)
def test_registration_takes_the_ends_that_the_reference_names(
    text: str, expected: dict[str, str]
) -> None:
    assert all_said(read(text)) == [expected]


def test_a_reference_to_bidding_takes_each_parcels_own_close() -> None:
    text = (
        "丙储2031-7号地块挂牌时间为2031年6月8日9时至2031年6月18日10时，"
        "丙储2031-8号地块挂牌时间为2031年6月8日9时至2031年6月18日11时。"
        "竞买人须在挂牌期限届满前缴纳竞买保证金。"
    )
    assert all_said(read(text, 2)) == [
        {"bidding": "6-8 9:00", "ends": f"6-18 {hour}:00", "deposit": f"6-18 {hour}:00"}
        for hour in (10, 11)
    ]


def test_a_reference_said_of_one_parcel_is_of_that_alone() -> None:
    text = _REGISTRATION + (
        "丙储2031-7号地块保证金到账截止时间同报名截止时间。"
        "丙储2031-8号地块保证金到账截止时间为2031年6月11日16时。"
    )
    assert all_said(read(text, 2)) == [_DEPOSIT, _WINDOW | {"deposit": "6-11 16:00"}]


def test_a_parcel_takes_no_time_of_another() -> None:
    text = (
        "丙储2031-7号地块报名时间为2031年6月6日9时至2031年6月12日16时。"
        "丙储2031-8号地块保证金到账截止时间同报名截止时间。"
    )
    assert all_said(read(text, 2)) == [_WINDOW, {}]


def test_a_time_of_its_own_is_not_replaced() -> None:
    text = "保证金到账截止时间为2031年6月11日16时。保证金须于报名截止前到账。"
    assert all_said(read(_REGISTRATION + text)) == [_WINDOW | {"deposit": "6-11 16:00"}]


def test_a_time_that_was_not_understood_is_not_replaced() -> None:
    text = "保证金到账截止时间为2031年12月2*日16时。保证金须于报名截止前到账。"
    assert all_said(read(_REGISTRATION + text)) == [_WINDOW]


_NOTHING = (
    "未在报名截止前缴纳竞买保证金的，不予受理。",
    "在报名截止前未缴纳保证金的，不予受理。",
    "竞买保证金未在报名截止前到账的申请无效。",
    "报名截止前缴纳保证金的，方可参加。",
    "已在报名截止前缴纳保证金的竞买人可以参加报价。",
    "如在报名截止前缴纳保证金，应出示身份证件。",
    "竞买人撤销委托的，保证金在上述期限内退还。",
    "竞买保证金于报名截止前原路退还。",
    "竞得人须在此时间之前补缴保证金。",
    "报名截止前1小时竞买人到场缴纳保证金。",
    "报名截止时间前一日缴纳保证金。",
    "报名期满前可以撤回保证金。",
    "报名期限届满前可以撤回申请和保证金。",
    "保证金可由一方缴纳，也可共同申请。",
    "保证金到账截止时间与东街地块报名截止时间一致。",
    "保证金到账截止时间与往年一致。",
    "保证金须在规定时间内缴纳。",
    "保证金须在报名前到账。",
    "踏勘地点同上，保证金请咨询我局。",
    "农民工工资保证金缴纳截止时间同上。",
    "上述期限内，未缴纳保证金的，不予受理。",
    "期间，未缴纳保证金的竞买人不得参加报价。",
    "竞买人交齐资料后，未在上述时间内缴纳保证金的，取消资格。",
    "竞买保证金（不计息）不在报名截止前退还。",
    "竞买人如联合报名，报名期间请携带保证金凭证。",
)


@pytest.mark.parametrize("text", _NOTHING)
def test_negations_conditions_and_unknown_targets_give_nothing(text: str) -> None:
    assert all_said(read(_REGISTRATION + text)) == [_WINDOW]


_NO_REGISTRATION = (
    "挂牌期限届满前可以撤回申请。",
    "挂牌期满前可以撤回竞买申请。",
    "未在挂牌期间提交申请的，不得参加。",
    "挂牌截止前1小时申请人到场。",
    "挂牌期间不接受报名。",
    "挂牌期间，未提交申请的不得参加。",
    "竞买人提交申请后，在挂牌期间可登录系统。",
)


@pytest.mark.parametrize("text", _NO_REGISTRATION)
def test_who_withdraws_or_fails_to_apply_tells_no_window(text: str) -> None:
    assert all_said(read(_BIDDING + text)) == [_ROUND]


def test_the_same_as_a_time_of_something_else_stays_an_error() -> None:
    notice = read("交地时间为2031年9月1日。竞买保证金到账截止时间同上。")
    assert all_said(notice) == [{}]
    errors = {finding.field for finding in notice.findings if finding.severity is Severity.ERROR}
    assert MilestoneName.DEPOSIT_CLOSE in errors


_WORDS = ("报名", "保证金", "挂牌", "截止", "时间", "期间", "内", "前", "同", "上述", "未", "，")


@given(st.lists(st.sampled_from(_WORDS), max_size=14).map("".join))
def test_words_alone_give_no_time_that_is_not_stated(words: str) -> None:
    (of_parcel,) = all_said(read(_REGISTRATION + words))
    assert of_parcel in (_WINDOW, _DEPOSIT)
