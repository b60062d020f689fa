"""Of which parcels a time is said, where a notice says it of some of them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from notifier.domain.findings import Code
from notifier.domain.times import shanghai
from notifier.domain.values import MilestoneName, Notice, Severity
from notifier.intake.limits import Limits
from notifier.intake.notice import read_notice
from notifier.intake.notice.listed import shifted
from notifier.intake.notice.spans import spans
from tests.unit.test_notice_wordings import all_said, read

_HEAD = "甲县国有建设用地使用权挂牌出让公告\n甲自然资告字〔2031〕3号\n"
_HEADING = "| 序号 | 地块编号 | 土地面积（平方米） | 起始价（万元） |\n"
_TABLE = _HEADING + "\n".join(
    f"| {place} | 甲2031-{place + 10} | {place}0000 | {place}00 |" for place in range(1, 6)
)


def _read(text: str) -> Notice:
    (notice,) = read_notice(Path("notice.txt"), f"{_HEAD}{_TABLE}\n{text}\n".encode(), Limits())
    return notice


def _days(notice: Notice, name: MilestoneName) -> list[str]:
    """The time of each parcel as `20 10:30`; `-` where it has none."""
    found = [parcel.milestones.get(name) for parcel in notice.parcels]
    return [
        f"{shanghai(milestone.at):%d %H:%M}" if milestone is not None else "-"
        for milestone in found
    ]


_COMMON = "挂牌时间：2031年5月9日9时至2031年5月20日9时"
_OF_TWO = (
    "{}；甲2031-14号、甲2031-15号地块挂牌截止时间为2031年5月20日10时。",
    "{}。其中：甲2031-14号地块挂牌截止时间为2031年5月20日10时，"
    "甲2031-15号地块挂牌截止时间为2031年5月20日10时。",
    "{}；第4-5宗挂牌截止时间延长至2031年5月20日10时。",
    "{}；第4、5宗为2031年5月9日9时至2031年5月20日10时。",
    "{}（甲2031-14、15号地块至2031年5月20日10时）。",
    "{}（4、5号地块至2031年5月20日10时）。",
    "{}，第四宗、第五宗地块挂牌截止时间为2031年5月20日10时。",
    "{}；甲2031-14～15号地块至2031年5月20日10时。",
)


@pytest.mark.parametrize("words", _OF_TWO)
def test_what_a_paragraph_says_of_some_holds_in_place_of_what_it_said_of_all(words: str) -> None:
    notice = _read(words.format(_COMMON))
    closes = _days(notice, MilestoneName.BIDDING_CLOSE)
    assert closes == [*["20 09:00"] * 3, *["20 10:00"] * 2]
    assert _days(notice, MilestoneName.BIDDING_OPEN) == ["09 09:00"] * 5
    assert Code.PLACES_DISAGREE not in {finding.code for finding in notice.findings}


def test_what_another_paragraph_says_of_one_disagrees_with_what_is_said_of_all() -> None:
    notice = _read(f"{_COMMON}。\n甲2031-15号地块挂牌截止时间为2031年5月20日10时。")
    assert _days(notice, MilestoneName.BIDDING_CLOSE)[4] == "-"
    assert Code.PLACES_DISAGREE in {finding.code for finding in notice.findings}


def test_lines_of_groups_below_a_label_have_a_time_each() -> None:
    notice = _read(
        "各地块挂牌报价开始时间均为2031年5月9日9时，截止时间如下：\n"
        "第一组（甲2031-11至甲2031-13）：2031年5月20日9时\n"
        "第二组（甲2031-14、15）：2031年5月20日10时"
    )
    closes = _days(notice, MilestoneName.BIDDING_CLOSE)
    assert closes == [*["20 09:00"] * 3, *["20 10:00"] * 2]
    assert _days(notice, MilestoneName.BIDDING_OPEN) == ["09 09:00"] * 5


def test_words_in_brackets_are_no_parcel() -> None:
    """Nor does the label that they stand in go on with that of the time before."""
    notice = _read(
        "公告期为2031年4月6日至2031年4月25日；"
        "报名期（含资料提交）为2031年4月26日9时至2031年5月3日16时。"
    )
    assert _days(notice, MilestoneName.REGISTRATION_CLOSE) == ["03 16:00"] * 5


def test_old_and_new_times_of_the_next_parcel_are_of_the_label_before() -> None:
    text = (
        "关于恢复国有建设用地使用权挂牌出让的公告\n\n我局发布的甲告字〔2031〕3号公告中的甲2031-11号、"
        "甲2031-12号宗地现恢复挂牌出让，时间调整如下：\n"
        "挂牌报价截止时间：甲2031-11号宗地由2031年4月21日10:00调整为2031年6月15日10:00，"
        "甲2031-12号宗地由2031年4月21日15:00调整为2031年6月15日15:00。\n"
    )
    (notice,) = read_notice(Path("notice.txt"), text.encode(), Limits())
    assert _days(notice, MilestoneName.BIDDING_CLOSE) == ["15 10:00", "15 15:00"]
    assert [change.old[8:16] for change in notice.changes] == ["21T10:00", "21T15:00"]


@pytest.mark.parametrize(
    ("words", "close"),
    [
        ("{}，甲2031-15号延后30分钟截止。", "20 09:30"),
        ("{}，其中甲2031-15号地块挂牌截止时间推迟1小时。", "20 10:00"),
        ("{}，甲2031-15号提前30分钟截止。", "20 08:30"),
        ("{}。\n限时竞价时每次报价延长5分钟。", "20 09:00"),
        ("{}，限时竞价每次延长5分钟。", "20 09:00"),
    ],
)
def test_a_parcel_closes_by_so_much_later_or_earlier_as_it_is_told(words: str, close: str) -> None:
    notice = _read(words.format(_COMMON))
    closes = _days(notice, MilestoneName.BIDDING_CLOSE)
    assert closes == [*["20 09:00"] * 4, close]


def test_many_parcels_of_which_nothing_is_shifted_cost_no_more_each() -> None:
    (window,) = spans("2031年5月20日9时")
    began = time.process_time()
    assert shifted("、A1" * 5_000, 0, window) is None
    assert time.process_time() - began < 0.5


def test_clocks_that_each_stand_before_their_parcel_end_the_same_window() -> None:
    notice = _read(
        "挂牌时间：2031年5月9日9:00至2031年5月20日10:00（甲2031-11号、甲2031-12号、甲2031-13号）、"
        "10:15（甲2031-14号）、下午3:00（甲2031-15号）。"
    )
    closes = _days(notice, MilestoneName.BIDDING_CLOSE)
    assert closes == [*["20 10:00"] * 3, "20 10:15", "20 15:00"]
    assert _days(notice, MilestoneName.BIDDING_OPEN) == ["09 09:00"] * 5


def test_an_earlier_time_under_a_label_of_its_own_holds_before_that_of_a_joint_label() -> None:
    joint = "报名期（含竞买保证金交纳）为2031年4月26日9时至2031年5月3日16时。\n"
    notice = _read(f"{joint}竞买保证金须于2031年5月3日15时前到达指定账户。")
    assert _days(notice, MilestoneName.DEPOSIT_CLOSE) == ["03 15:00"] * 5
    assert _days(notice, MilestoneName.REGISTRATION_CLOSE) == ["03 16:00"] * 5


def test_a_later_time_than_that_of_a_joint_label_is_not_taken() -> None:
    joint = "网上报名、保证金缴纳：2031年4月26日9时至2031年5月3日16时。\n"
    notice = _read(f"{joint}网上报名截止时间为2031年5月4日12时。")
    assert _days(notice, MilestoneName.REGISTRATION_CLOSE) == ["-"] * 5
    assert Code.PLACES_DISAGREE in {finding.code for finding in notice.findings}


def test_an_end_of_each_parcel_goes_on_with_the_window_that_was_opened_for_all() -> None:
    notice = _read(
        "上述地块挂牌报价时间自2031年5月9日9时起，甲2031-11号、甲2031-12号、甲2031-13号地块"
        "至2031年5月20日9时止，甲2031-14号、甲2031-15号地块至2031年5月20日10时止。"
    )
    closes = _days(notice, MilestoneName.BIDDING_CLOSE)
    assert closes == [*["20 09:00"] * 3, *["20 10:00"] * 2]
    assert _days(notice, MilestoneName.BIDDING_OPEN) == ["09 09:00"] * 5


def test_from_when_parcels_close_one_after_the_other_is_neither_an_end_nor_a_beginning() -> None:
    notice = _read("挂牌截止时间：2031年5月20日9:00起，各宗地按编号顺序每隔10分钟截止一宗。")
    assert _days(notice, MilestoneName.BIDDING_OPEN) == ["-"] * 5
    doubted = {finding.field for finding in notice.findings if finding.severity is Severity.ERROR}
    assert doubted == {"bidding_close"}


def _card(number: str, remark: str, *, first: str = "<td>宗地现状:</td><td>净地</td>") -> str:
    rows = (
        f"<td>宗地编号:</td><td>{number}</td><td>宗地面积:</td><td>30000平方米</td>",
        f"{first}<td>起始价:</td><td>900万元</td>",
        f'<td>备注:</td><td colspan="3">{remark}</td>',
        '<td colspan="4">{未填}</td>',
    )
    return "".join(f"<tr>{row}</tr>" for row in rows)


def _read_cards(cards: str, general: str) -> Notice:
    page = (
        f"<h1>丙市国有建设用地使用权拍卖出让公告(丙告字[2031]6号)</h1><table>{cards}</table>"
        f"<p>三、{general}</p>"
    )
    (notice,) = read_notice(Path("notice.html"), page.encode(), Limits())
    return notice


_WHOLE_CELL = '<td colspan="2">宗地现状:净地</td>'
_SESSION = "本次拍卖会定于2031年6月16日9时30分举行。"
_ITS_TIME = "1、设有保留价；2、该宗地竞拍时间为2031年6月16日{}"


@pytest.mark.parametrize("words", [_ITS_TIME, "该宗地于2031年6月16日{}在三楼竞拍"])
def test_a_remark_on_a_parcels_card_states_its_time_within_a_session_of_all(words: str) -> None:
    cards = _card("丙2031-21", words.format("9时30分"), first=_WHOLE_CELL)
    cards += _card("丙2031-22", words.format("10时"), first=_WHOLE_CELL)
    notice = _read_cards(cards, _SESSION)
    assert Code.TEXT_ENDS_HERE not in {finding.code for finding in notice.findings}
    assert _days(notice, MilestoneName.AUCTION_START) == ["16 09:30", "16 10:00"]
    assert [parcel.start_price_wan for parcel in notice.parcels] == [900, 900]


def test_a_remark_on_one_card_that_differs_from_what_is_said_of_all_is_a_finding() -> None:
    cards = _card("丙2031-21", "无") + _card("丙2031-22", _ITS_TIME.format("10时"))
    notice = _read_cards(cards, _SESSION)
    assert _days(notice, MilestoneName.AUCTION_START) == ["16 09:30", "-"]
    (finding,) = [each for each in notice.findings if each.code is Code.PLACES_DISAGREE]
    assert (finding.parcel_no, finding.field) == ("丙2031-22", MilestoneName.AUCTION_START)
    assert len(finding.candidates) == 2


def test_a_remark_that_names_another_parcel_is_of_that_one() -> None:
    remark = "1、设有保留价；2、丙2031-21号地块的竞拍时间为2031年6月16日11时"
    notice = _read_cards(_card("丙2031-21", "无") + _card("丙2031-22", remark), "")
    assert _days(notice, MilestoneName.AUCTION_START) == ["16 11:00", "-"]


@pytest.mark.parametrize("other", ["丙2031-22号地块", "丙2031-90号地块"])
def test_a_time_that_a_remark_gives_its_parcel_with_another_is_its_own_too(other: str) -> None:
    remark = f"该宗地与{other}同时竞拍，竞拍时间为2031年6月17日9时"
    notice = _read_cards(_card("丙2031-21", remark) + _card("丙2031-22", "无"), "")
    other_time = "17 09:00" if "22" in other else "-"
    assert _days(notice, MilestoneName.AUCTION_START) == ["17 09:00", other_time]


@pytest.mark.parametrize(
    ("words", "close"),
    [("项目开工", "-"), ("履约", "-"), ("竞买", "01 17:00"), ("", "01 17:00")],
)
def test_a_remark_on_a_deposit_of_another_kind_states_no_time(words: str, close: str) -> None:
    remark = f"{words}保证金于2031年8月1日17时前缴清"
    notice = _read_cards(_card("丙2031-21", remark) + _card("丙2031-22", "无"), "")
    assert _days(notice, MilestoneName.DEPOSIT_CLOSE) == [close, "-"]


@pytest.mark.parametrize(
    "remark",
    [
        "该地块已于2031年1月10日9时拍卖，因故终止",
        "该地块已于2031年1月10日9时公开拍卖，无人竞买",
        "2031年1月10日9时公开拍卖，无人竞买",
        "前期于2031年1月10日9时拍卖",
        "2031年1月10日9时拍卖，流标",
        "2031年1月10日9时拍卖，未能成交",
        "原定于2031年5月10日9时拍卖，因故中止",
        "已终止交易，原拍卖时间：2031年5月10日9时",
    ],
)
def test_a_remark_on_an_auction_that_is_past_states_no_time(remark: str) -> None:
    rows = f"| 丙2031-21 | 10000 | 100 | 无 |\n| 丙2031-22 | 20000 | 200 | {remark} |\n"
    heading = "| 地块编号 | 土地面积（平方米） | 起始价（万元） | 备注 |\n"
    text = f"丙市国有建设用地使用权拍卖出让公告\n{heading}"
    (notice,) = read_notice(Path("notice.txt"), f"{text}{rows}".encode(), Limits())
    assert _days(notice, MilestoneName.AUCTION_START) == ["-", "-"]


def test_a_remark_on_an_earlier_offer_states_no_time() -> None:
    remark = "该地块挂牌时间为2031年3月5日至2031年3月15日，因无人报名流拍"
    notice = _read_cards(_card("丙2031-21", "无") + _card("丙2031-22", remark), _SESSION)
    assert _days(notice, MilestoneName.BIDDING_CLOSE) == ["-", "-"]
    assert _days(notice, MilestoneName.AUCTION_START) == ["16 09:30"] * 2


def test_a_remark_on_a_card_that_a_row_broke_is_not_that_of_the_next_parcel() -> None:
    broken = "<td>净地出让</td><td>无</td>"
    cards = _card("丙2031-21", _ITS_TIME.format("9时30分"), first=broken)
    cards += _card("丙2031-22", _ITS_TIME.format("10时"), first=broken)
    notice = _read_cards(cards, "")
    assert MilestoneName.AUCTION_START not in notice.parcels[1].milestones


def test_a_range_of_parcels_is_told_by_their_numbers_whatever_their_order_in_the_text() -> None:
    text = (
        "丙市国有建设用地使用权挂牌出让公告\n面积最大的是编号丙P(2031)020号的地块,位于东路,面积68214平方米。"
        "出让丙P(2031)018号-丙P(2031)022号共5宗地块。丙P(2031)018号-丙P(2031)021号地块的挂牌截止时间为"
        "2031年5月29日10时,丙P(2031)022号地块挂牌截止时间为2031年5月29日15时。"
    )
    (notice,) = read_notice(Path("notice.txt"), text.encode(), Limits())
    closes = {
        parcel.parcel_no: f"{shanghai(parcel.milestones[MilestoneName.BIDDING_CLOSE].at):%H}"
        for parcel in notice.parcels
        if MilestoneName.BIDDING_CLOSE in parcel.milestones
    }
    hours = {"018": "10", "019": "10", "020": "10", "021": "10", "022": "15"}
    assert closes == {f"丙P(2031){figures}号": hour for figures, hour in hours.items()}


def test_the_first_sale_of_a_year_is_not_the_first_parcel() -> None:
    notice = _read("本次为今年首宗土地出让，挂牌截止时间为2031年5月20日10时。")
    assert _days(notice, MilestoneName.BIDDING_CLOSE) == ["20 10:00"] * 5


@pytest.mark.parametrize(
    ("first", "second"), [("JX-5", "JX-6"), ("2031-12-5", "2031-12-6"), ("2031-125", "2031-126")]
)
def test_an_end_of_some_parcels_behind_a_window_is_theirs_whatever_their_numbers_are_like(
    first: str, second: str
) -> None:
    table = "|地块编号|面积(平方米)|起始价(万元)|\n|---|---|---|\n" + "".join(
        f"|{number}|5000|100|\n" for number in ("JX-4", first, second)
    )
    text = (
        f"网上报价时间：自2031年8月13日9时起至2031年8月23日10时止，其中{first}、{second}地块截止时间为"
        "2031年8月23日15时30分。"
    )
    (notice,) = read_notice(Path("notice.md"), f"{_HEAD}{table}\n{text}\n".encode(), Limits())
    assert _days(notice, MilestoneName.BIDDING_CLOSE) == ["23 10:00", "23 15:30", "23 15:30"]


@pytest.mark.parametrize(
    "words",
    [
        "甲2031-12地块为当日15时，甲2031-13地块为次日9时",
        "其中甲2031-12、甲2031-13号地块于当日下午3时开始",
        "甲2031-13地块为前一日16时",
        "甲2031-14号地块拍卖时间为次日10时",
        "甲2031-15号地块顺延一日",
    ],
)
def test_hours_of_some_parcels_that_are_not_understood_leave_the_time_before_in_doubt(
    words: str,
) -> None:
    notice = _read(f"拍卖时间：2031年5月25日9时，{words}。报名截止时间为2031年5月20日10时。")
    starts = _days(notice, MilestoneName.AUCTION_START)
    assert starts != ["25 09:00"] * 5
    assert "-" in starts
    assert _days(notice, MilestoneName.REGISTRATION_CLOSE) == ["20 10:00"] * 5
    fields = {
        finding.field for finding in notice.findings if finding.code is Code.TIME_WITHOUT_LABEL
    }
    assert MilestoneName.AUCTION_START in fields


_COUNTED = (
    ("1号", "3号", "1号、3号地块应于2031年5月17日16时前到账，其他地块应于2031年5月18日16时前到账"),
    ("1号", "3号", "2031年5月18日16时，其中1号、3号地到账截止时间为2031年5月17日16时"),
    ("A", "C", "2031年5月18日16时，其中A、C地块截止时间为2031年5月17日16时"),
    ("A", "C", "2031年5月18日16时，A地块、C地块截止时间为2031年5月17日16时"),
)


@pytest.mark.parametrize(("first", "third", "words"), _COUNTED)
def test_parcels_that_prose_counts_are_all_named_in_a_list(
    first: str, third: str, words: str
) -> None:
    second = "2号" if first == "1号" else "B"
    word = "地" if first == "1号" else "地块"
    facts = ";".join(
        f"{name}{word}位于东路,面积{size}000平方米,起始价{size}00万元"
        for name, size in ((first, 5), (second, 6), (third, 7))
    )
    text = f"{_HEAD}一、出让地块:{facts}。\n保证金到账截止时间:{words}。\n"
    (notice,) = read_notice(Path("notice.txt"), text.encode(), Limits())
    assert _days(notice, MilestoneName.DEPOSIT_CLOSE) == ["17 16:00", "18 16:00", "17 16:00"]


def test_a_time_beside_that_of_parcels_whose_label_is_not_understood_is_in_doubt() -> None:
    words = "甲2031-12、甲2031-13号地块另行安排在2031年5月26日10时"
    notice = _read(f"报名截止时间为2031年5月20日10时。拍卖时间：2031年5月25日9时，{words}。")
    assert _days(notice, MilestoneName.AUCTION_START) == ["-"] * 5
    assert _days(notice, MilestoneName.REGISTRATION_CLOSE) == ["20 10:00"] * 5


def test_parcels_behind_the_time_at_which_they_are_auctioned_have_it() -> None:
    notice = _read(
        "拍卖会时间:2031年5月25日9时拍卖甲2031-11地块,当日14时拍卖甲2031-12地块,"
        "2031年5月26日9时拍卖甲2031-13地块。"
    )
    starts = _days(notice, MilestoneName.AUCTION_START)
    assert starts[:3] == ["25 09:00", "25 14:00", "26 09:00"]
    notice = _read("定于2031年5月25日9时拍卖甲2031-11地块、甲2031-12地块。")
    assert _days(notice, MilestoneName.AUCTION_START)[:3] == ["25 09:00", "25 09:00", "-"]


@pytest.mark.parametrize(
    "remark",
    [
        "挂牌截止时间由2031年5月20日9时调整为2031年5月24日10时",
        "原定2031年5月20日9时挂牌截止，现挂牌截止时间顺延至2031年5月24日10时",
        "挂牌截止时间顺延至2031年5月24日10时",
        "挂牌截止时间为当日15时",
        "挂牌截止时间提前一日",
        "原定5月20日截止挂牌,现顺延至5月24日10时",
        "挂牌截止时间为报名截止前一日",
    ],
)
def test_a_remark_that_tells_of_a_change_leaves_its_parcels_time_in_doubt(remark: str) -> None:
    table = (
        "|地块编号|面积(平方米)|起始价(万元)|备注|\n|---|---|---|---|\n"
        f"|甲2031-11|5000|100||\n|甲2031-12|6000|110|{remark}|\n"
    )
    text = f"{_HEAD}{table}\n挂牌时间：2031年5月9日9时至2031年5月20日9时。\n"
    (notice,) = read_notice(Path("notice.md"), text.encode(), Limits())
    assert _days(notice, MilestoneName.BIDDING_CLOSE)[0] == "20 09:00"
    doubts = {
        (finding.parcel_no, finding.field)
        for finding in notice.findings
        if finding.severity is Severity.ERROR
    }
    assert ("甲2031-12", MilestoneName.BIDDING_CLOSE) in doubts


def test_a_change_of_some_parcels_that_a_relative_day_tells_leaves_the_change_in_doubt() -> None:
    text = (
        "甲县国有建设用地使用权挂牌出让延期公告\n报名截止时间由2031年5月18日16时延期至2031年5月26日16时,"
        "甲2031-12号地块为次日16时。"
    )
    (notice,) = read_notice(Path("notice.txt"), text.encode(), Limits())
    assert not notice.changes
    doubts = {finding.field for finding in notice.findings if finding.severity is Severity.ERROR}
    assert MilestoneName.REGISTRATION_CLOSE in doubts


def test_a_part_of_the_notice_that_is_about_some_parcels_gives_its_times_to_them() -> None:
    notice = _read(
        "一、甲2031-11、12号地块采取现场挂牌。申请人可于2031年5月1日至2031年5月8日17时提交书面申请。\n"
        "挂牌时间为2031年5月1日9时至2031年5月12日9时30分。\n"
        "二、甲2031-13号至15号地块采取网上挂牌:\n(一)申请人先办理数字证书;\n"
        "(二)申请人可于2031年5月1日9时起登录系统提交竞买申请;\n"
        "(三)网上挂牌截止时间为2031年5月13日10时。\n三、其他:公告期满后现场踏勘。"
    )
    assert _days(notice, MilestoneName.REGISTRATION_CLOSE) == [*["08 17:00"] * 2, *["-"] * 3]
    assert _days(notice, MilestoneName.REGISTRATION_OPEN) == [*["01 00:00"] * 2, *["01 09:00"] * 3]
    assert _days(notice, MilestoneName.BIDDING_CLOSE) == [*["12 09:30"] * 2, *["13 10:00"] * 3]


_AUCTION, _LISTING = (
    "拍卖会时间：2031年5月23日9时。",
    "挂牌时间：2031年5月9日9时至2031年5月24日10时。",
)


@pytest.mark.parametrize(
    ("column", "prose"),
    [
        (("拍卖", "挂牌"), ""),
        (("", ""), "甲2031-11号地块以拍卖方式出让，甲2031-12号地块以挂牌方式出让。\n"),
    ],
)
def test_an_auction_is_of_the_parcels_that_are_auctioned(
    column: tuple[str, str], prose: str
) -> None:
    rows = "".join(f"|甲2031-1{n}|5000|100|{way}|\n" for n, way in enumerate(column, 1))
    table = f"|地块编号|面积(平方米)|起始价(万元)|出让方式|\n|---|---|---|---|\n{rows}"
    title = "甲县国有建设用地使用权公开出让公告\n"
    text = f"{title}{table}\n{prose}{_AUCTION}\n{_LISTING}\n"
    (notice,) = read_notice(Path("notice.md"), text.encode(), Limits())
    assert _days(notice, MilestoneName.AUCTION_START) == ["23 09:00", "-"]
    assert _days(notice, MilestoneName.BIDDING_CLOSE) == ["-", "24 10:00"]


@pytest.mark.parametrize("item", ["{}地块", "({place}){}地块。"])
def test_what_stands_below_a_list_of_lines_that_only_name_parcels_is_of_them_all(item: str) -> None:
    numbers = ["甲2031-11", "甲2031-12", "甲2031-13", "甲2031-14", "甲2031-15"]
    lines = "\n".join(item.format(name, place=at) for at, name in enumerate(numbers, 1))
    notice = _read(f"{lines}\n报名截止时间为2031年5月18日16时。")
    assert _days(notice, MilestoneName.REGISTRATION_CLOSE) == ["18 16:00"] * 5


def test_a_line_that_names_a_parcel_of_the_list_above_it_begins_that_parcels_own() -> None:
    lines = "\n".join(f"甲2031-{at}地块" for at in (11, 12, 13))
    notice = _read(
        f"{lines}\n甲2031-12地块\n报名截止时间为2031年5月18日16时。\n"
        "甲2031-13地块\n报名截止时间为2031年5月19日16时。"
    )
    closes = _days(notice, MilestoneName.REGISTRATION_CLOSE)
    assert closes == ["-", "18 16:00", "19 16:00", "-", "-"]


_WINDOW = "挂牌时间：2031年6月8日9时至2031年6月18日"


@pytest.mark.parametrize(
    "words",
    [
        "，其中2031-7号截止10时00分，2031-8号截止10时30分。",
        "，各宗地挂牌截止时间：2031-7号为10时00分；2031-8号为10时30分。",
        "，其中2031-7号地块10时截止，2031-8号地块10时30分截止。",
        "。各地块截止时间：7号地块10时，8号地块10时30分。",
    ],
)
def test_the_hours_of_a_last_day_are_each_of_its_parcel(words: str) -> None:

    notice = read(f"{_WINDOW}{words}", parcels=2)
    assert all_said(notice) == [
        {"bidding": "6-8 9:00", "ends": "6-18 10:00"},
        {"bidding": "6-8 9:00", "ends": "6-18 10:30"},
    ]


@pytest.mark.parametrize(
    ("words", "is_said"),
    [
        ("，两宗地依次于10时、11时截止。", True),
        ("（每日9时至17时）。截止时有人报价的，继续。", False),
        ("（工作日上午9:00至11:30）截止。", False),
    ],
)
def test_an_hour_behind_a_last_day_is_told_where_it_is_not_read(words: str, is_said: bool) -> None:

    notice = read(f"{_WINDOW}{words}", parcels=2)
    found = [each.field for each in notice.findings if each.code is Code.HOUR_ELSEWHERE]
    assert found == (["bidding_close"] if is_said else [])


def test_one_time_that_is_left_of_a_list_is_of_the_parcels_that_it_names() -> None:
    notice = read(
        "挂牌期限：2031年6月8日9:00至6月18日（2031-7号10:00截止；2031-8号15:00截止）。", 2
    )
    assert [each["ends"] for each in all_said(notice)] == ["6-18 10:00", "6-18 15:00"]


def test_what_is_said_behind_a_list_of_all_is_of_all() -> None:
    notice = _read(
        "甲2031-11至甲2031-14：报名截止时间为2031年5月18日17时；甲2031-15：报名截止时间为2031年5月19日12时。"
        "报名自2031年5月9日9时起受理。"
    )
    assert _days(notice, MilestoneName.REGISTRATION_OPEN) == ["09 09:00"] * 5
    closes = _days(notice, MilestoneName.REGISTRATION_CLOSE)
    assert closes == [*["18 17:00"] * 4, "19 12:00"]


def test_what_a_semicolon_parts_from_the_last_of_a_list_is_of_that_one() -> None:
    notice = _read(
        "甲2031-11至甲2031-14：报名截止时间为2031年5月18日17时；甲2031-15：报名截止时间为2031年5月19日12时；"
        "保证金到账截止时间为2031年5月19日16时。"
    )
    assert _days(notice, MilestoneName.DEPOSIT_CLOSE) == [*["-"] * 4, "19 16:00"]


@pytest.mark.parametrize(
    ("count", "closes"),
    [("等5宗", ["20 09:00"] * 5), ("等3宗", ["-"] * 5), ("等1宗", ["20 09:00", *["-"] * 4])],
)
def test_a_number_of_parcels_of_which_one_is_named(count: str, closes: list[str]) -> None:
    notice = _read(f"甲2031-11号{count}地块报名截止时间为2031年5月20日9时。")
    assert _days(notice, MilestoneName.REGISTRATION_CLOSE) == closes
    if count == "等3宗":
        assert Code.PARCEL_NOT_READ in {finding.code for finding in notice.findings}


def test_a_joint_label_of_one_parcel_says_more_than_the_label_of_all() -> None:
    notice = _read(
        "交纳保证金的截止时间为2031年5月18日16时。\n"
        "七、甲2031-15号地块报名及保证金截止时间为2031年5月20日16时。"
    )
    assert _days(notice, MilestoneName.DEPOSIT_CLOSE) == [*["18 16:00"] * 4, "-"]
    doubted = {f.parcel_no for f in notice.findings if f.code is Code.PLACES_DISAGREE}
    assert doubted == {"甲2031-15"}


def test_the_hours_of_parcels_on_a_line_below_the_last_day_are_not_passed_over() -> None:
    notice = _read(
        "挂牌时间：2031年5月9日至2031年5月20日\n甲2031-14号10时，\n甲2031-15号11时截止。"
    )
    assert _days(notice, MilestoneName.BIDDING_CLOSE)[3:] == ["20 10:00", "20 11:00"]
