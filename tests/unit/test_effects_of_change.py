"""What a later notice does to each of several parcels: ends one, moves another, leaves a third."""

from __future__ import annotations

from pathlib import Path

import pytest

from notifier.domain.findings import Code
from notifier.domain.values import Kind, Notice, Severity
from notifier.intake.limits import Limits
from notifier.intake.notice import read_notice

A, B, C = (f"丙储2031-{place}号" for place in (7, 8, 9))
_OFFER = f"我局于2031年5月6日发布的公告挂牌出让{A}、{B}、{C}地块。"
_NEW = "报名截止时间延期至2031年6月22日16时，挂牌截止时间延期至2031年6月24日10时"


def read(title: str, text: str) -> Notice:
    document = f"{title}\n{text}\n丙市自然资源局\n2031年6月3日\n"
    (notice,) = read_notice(Path("notice.txt"), document.encode(), Limits())
    return notice


def moved(notice: Notice) -> set[str]:
    return {change.parcel_no for change in notice.changes}


def doubted(notice: Notice, code: Code = Code.CHANGE_NOT_UNDERSTOOD) -> list[str]:
    return sorted({finding.parcel_no for finding in notice.findings if finding.code is code})


@pytest.mark.parametrize(
    ("title", "text"),
    [
        # the usual title names them all
        (f"关于{A}地块终止出让、{B}地块延期出让的公告", f"{A}地块终止出让，{B}地块{_NEW}。"),
        (f"关于{A}地块终止出让及{B}地块变更时间的公告", f"终止{A}地块的出让活动；{B}地块{_NEW}。"),
        ("关于部分地块终止出让的公告", f"现终止{A}地块出让。同时，将{B}地块的{_NEW}。"),
        ("关于终止出让的公告", f"撤回{A}地块出让公告。{B}地块报名截止时间为2031年6月22日16时。"),
        ("中止公告", f"现中止{A}地块拍卖活动。{B}地块拍卖会提前至2031年6月11日9时举行。"),
        ("中止公告", f"现中止{A}地块拍卖活动。{B}地块拍卖会改在2031年6月21日9时举行。"),
        ("补充公告", f"{A}地块不再出让。{B}地块报名截止时间：2031-06-22 16:00。"),
        (
            f"关于撤销{A}地块出让的公告",
            f"{A}地块撤销出让，{B}地块继续出让，其中保证金到账截止时间更正为2031年6月22日17时。",
        ),
        (
            f"关于暂停{A}地块出让及其他地块延期的公告",
            f"一、{A}地块暂停出让。\n二、{B}地块\n1、报名截止时间：原2031年6月10日16时，现延至"
            "2031年6月17日16时。",
        ),
    ],
)
def test_a_parcel_that_moves_does_not_end_with_another(title: str, text: str) -> None:
    notice = read(title, text)
    assert notice.kind in (Kind.CORRECTION, Kind.POSTPONEMENT)
    assert [parcel.parcel_no for parcel in notice.parcels] == [B]
    assert moved(notice) == {B}
    assert doubted(notice, Code.OFFER_ENDS_TOO) == [A]


def test_the_other_parcels_move_with_the_recital_that_names_them() -> None:
    text = f"{_OFFER}现终止{A}地块出让，其余地块挂牌截止时间顺延至2031年6月22日10时。"
    notice = read(f"关于终止{A}地块出让并调整其余地块出让时间的公告", text)
    assert moved(notice) == {B, C}
    assert doubted(notice, Code.OFFER_ENDS_TOO) == [A]


def test_what_resumes_is_not_what_ends_beside_it() -> None:
    text = f"{A}、{B}地块于2031年5月10日中止出让。现决定恢复{A}地块出让，{_NEW}；终止{B}地块出让。"
    notice = read(f"关于恢复{A}地块出让、终止{B}地块出让的公告", text)
    assert notice.kind is Kind.RESUMPTION
    assert [parcel.parcel_no for parcel in notice.parcels] == [A]
    assert moved(notice) == {A}
    assert doubted(notice, Code.OFFER_ENDS_TOO) == [B]


@pytest.mark.parametrize(
    "text",
    [
        f"公告的{A}、{B}地块，现因规划需要，决定对{A}地块延期出让。{_NEW}。",
        f"{A}、{B}地块原定于2031年6月12日10时截止挂牌，现对{A}地块的时间作如下调整：\n一、{_NEW}。\n"
        f"{B}地块按原公告执行。",
        f"{A}、{B}地块正在挂牌。现对{A}地块有关时间调整如下：\n一、报名截止时间调整为2031年6月22日16时。\n"
        "其他内容不变。",
        f"{A}、{B}地块挂牌公告中，{A}地块报名截止时间有误，现更正为2031年6月22日16时。{B}地块不变。",
    ],
)
def test_a_parcel_that_is_only_recalled_is_not_moved(text: str) -> None:
    notice = read("关于部分地块调整出让时间的公告", text)
    assert moved(notice) == {A}
    assert [parcel.parcel_no for parcel in notice.parcels] == [A]


@pytest.mark.parametrize(
    "words", ["恢复时间另行公告。", "继续中止，恢复时间另行通知。", "仍按原公告暂停。"]
)
def test_a_parcel_that_goes_on_resting_does_not_resume(words: str) -> None:
    text = (
        f"{A}、{B}地块原定于2031年5月20日截止挂牌，后因故中止。现恢复{A}地块挂牌活动，相关时间如下：\n"
        f"报名截止时间：2031年7月2日17时\n挂牌截止时间：2031年7月4日15时\n{B}地块{words}"
    )
    notice = read("关于恢复挂牌出让的公告", text)
    assert [parcel.parcel_no for parcel in notice.parcels] == [A]
    assert moved(notice) == {A}


@pytest.mark.parametrize(
    "words",
    [
        "延期时间另行公告。",
        "具体时间另行通知。",
        "挂牌截止时间相应顺延。",
        "同步延期。",
        "拍卖会推迟一周举行。",
        "拍卖会紧随其后。",
    ],
)
def test_a_parcel_whose_new_time_is_not_told_is_doubted(words: str) -> None:
    notice = read("关于延期出让的公告", f"{A}地块{_NEW}。{B}地块{words}")
    assert moved(notice) == {A}
    assert doubted(notice) == [B]


def test_a_deadline_that_is_told_later_is_doubted() -> None:
    text = f"{A}地块挂牌截止时间延期至2031年6月24日10时，报名截止时间另行公告。"
    assert doubted(read("关于延期的公告", text)) == [A]


@pytest.mark.parametrize("days", ["前2日", "前2个工作日", "前一日"])
def test_a_new_deadline_some_days_before_another_is_an_error(days: str) -> None:
    text = f"{A}地块挂牌截止时间延期至2031年6月24日10时，保证金到账截止时间：挂牌截止{days}16时。"
    errors = [f.code for f in read("延期公告", text).findings if f.severity is Severity.ERROR]
    assert errors == [Code.TIME_NOT_UNDERSTOOD]


def test_a_result_that_moves_another_parcel_says_so() -> None:
    text = f"{A}地块由某公司竞得。{B}地块延期至2031年6月24日10时截止。"
    notice = read("国有建设用地使用权挂牌出让结果公示", text)
    assert Code.DEADLINES_IN_A_RESULT in {finding.code for finding in notice.findings}


def test_parcels_that_only_their_names_in_words_tell_apart_are_not_guessed() -> None:
    text = f"甲地块、乙地块、丙地块（{A}、{B}、{C}）挂牌公告发布后，现将甲、丙地块{_NEW}。"
    notice = read("关于甲、丙地块延期出让的公告", text)
    assert not notice.changes
    assert Code.PARCEL_NOT_READ in {finding.code for finding in notice.findings}


def test_the_number_behind_a_title_takes_no_word_of_it() -> None:
    title = "丙县国土资源局关于丙储2031-7号宗地挂牌出让延期的公告 丙国土告字〔2031〕15号"
    notice = read(title, f"因此{A}宗地{_NEW}。")
    assert notice.kind is Kind.POSTPONEMENT
    assert [parcel.parcel_no for parcel in notice.parcels] == [A]


_RECITED = "报名截止时间为2031年6月10日16时，挂牌截止时间为2031年6月12日10时。"


@pytest.mark.parametrize("word", ["终止", "中止"])
@pytest.mark.parametrize(
    "recital",
    [
        f"我局公告挂牌出让的{A}、{B}地块，{_RECITED}",
        f"我局于2031年5月6日发布公告挂牌出让{A}、{B}地块，{_RECITED}",
        f"{A}、{B}地块挂牌截止时间由2031年6月8日10时延期至2031年6月12日10时。",
        f"{A}、{B}地块原定于2031年6月12日10时截止挂牌。",
    ],
)
def test_a_recited_deadline_ends_no_parcel_that_the_notice_does_not_end(
    word: str, recital: str
) -> None:
    notice = read(f"关于{word}部分地块出让的公告", f"{recital}现{word}{A}地块的挂牌出让。")
    assert notice.kind is (Kind.TERMINATION if word == "终止" else Kind.SUSPENSION)
    assert [parcel.parcel_no for parcel in notice.parcels] == [A]


def test_all_that_the_recital_names_end_where_the_notice_names_none() -> None:
    text = f"我局发布公告挂牌出让{A}、{B}地块，{_RECITED}现因规划调整，决定终止上述地块的出让。"
    assert [parcel.parcel_no for parcel in read("终止公告", text).parcels] == [A, B]


def test_a_recited_deadline_resumes_no_parcel_that_the_notice_does_not_resume() -> None:
    text = f"我局公告挂牌出让的{A}、{B}地块，{_RECITED}现恢复{A}地块的挂牌出让，{_NEW}。"
    notice = read("关于恢复挂牌出让的公告", text)
    assert notice.kind is Kind.RESUMPTION
    assert [parcel.parcel_no for parcel in notice.parcels] == [A]


def test_a_table_of_new_times_below_the_end_of_another_parcel_is_read() -> None:
    table = "| 事项 | 调整后时间 |\n|---|---|\n| 报名截止时间 | 2031年6月22日16:00 |\n"
    text = f"一、终止{A}地块出让。\n二、{B}地块时间调整如下:\n{table}"
    notice = read(f"关于终止{A}地块出让及调整{B}地块出让时间的公告", text)
    assert [parcel.parcel_no for parcel in notice.parcels] == [B]
    assert moved(notice) == {B}
    assert doubted(notice, Code.OFFER_ENDS_TOO) == [A]


def test_a_deadline_in_quotation_marks_may_be_the_same_as_another() -> None:
    text = (
        "“保证金到账截止时间:2031年6月10日16时”更正为“保证金到账截止时间:同报名截止时间”,"
        f"“报名截止时间:2031年6月10日16时”更正为“2031年6月11日16时”。涉及地块:{A}、{B}。"
    )
    changes = read("更正公告", text).changes
    assert {(change.field, change.new[:16]) for change in changes} == {
        ("registration_close", "2031-06-11T16:00"),
        ("deposit_close", "2031-06-11T16:00"),
    }


def test_a_day_on_which_a_meeting_was_to_be_is_that_of_the_parcel_behind_it() -> None:
    text = (
        f"原定于2031年6月10日举行的{A}地块拍卖会推迟至2031年6月17日9时举行,"
        f"原定于2031年6月11日举行的{B}地块拍卖会推迟一周举行。"
    )
    notice = read("关于推迟拍卖的公告", text)
    assert [(change.parcel_no, change.old) for change in notice.changes] == [(A, "2031-06-10")]
    assert doubted(notice) == [B]
