"""What a time is for, and whose it is, in the words that notices use: each case alone, with made-up
parcels."""

from __future__ import annotations

from pathlib import Path

import pytest

from notifier.domain.findings import Code
from notifier.domain.times import shanghai
from notifier.domain.values import Kind, Milestone, MilestoneName, Notice, Parcel, Precision, Source
from notifier.intake.limits import Limits
from notifier.intake.notice import read_notice

_SHORT = {
    "opens": MilestoneName.REGISTRATION_OPEN,
    "closes": MilestoneName.REGISTRATION_CLOSE,
    "deposit": MilestoneName.DEPOSIT_CLOSE,
    "bidding": MilestoneName.BIDDING_OPEN,
    "ends": MilestoneName.BIDDING_CLOSE,
    "auction": MilestoneName.AUCTION_START,
}
_HEAD = (
    "|地块编号|土地位置|出让面积(平方米)|起始价(万元)|竞买保证金(万元)|\n|---|---|---|---|---|\n"
)
_ROWS = ("|丙储2031-7号|河滨路北|21000|4000|800|\n", "|丙储2031-8号|河滨路南|33000|7000|1400|\n")


def read(text: str, parcels: int = 1, way: str = "挂牌") -> Notice:
    head = f"丙市国有建设用地使用权{way}出让公告\n丙告字〔2031〕3号\n\n"
    document = head + _HEAD + "".join(_ROWS[:parcels]) + "\n" + text + "\n\n特此公告。\n"
    (notice,) = read_notice(Path("notice.md"), document.encode(), Limits())
    return notice


def times_of(milestones: dict[MilestoneName, Milestone]) -> dict[str, str]:
    """The milestones in short: `closes 6-12 16:00`; a day without a time of day as `6-12`."""
    short = {}
    for word, name in _SHORT.items():
        if name in milestones:
            at = shanghai(milestones[name].at)
            clock = (
                "" if milestones[name].precision is Precision.DAY else f" {at.hour}:{at.minute:02}"
            )
            short[word] = f"{at.month}-{at.day}{clock}"
    return short


def said_if(parcel: Parcel) -> dict[str, dict[str, str]]:
    """What is said of a parcel under each condition."""
    return {
        alternative.condition: times_of(dict(alternative.milestones))
        for alternative in parcel.alternatives
    }


def all_said(notice: Notice) -> list[dict[str, str]]:
    return [times_of(dict(parcel.milestones)) for parcel in notice.parcels]


_TWO = (
    (
        "a bracket behind each time names its parcel",
        "保证金到账截止时间为2031年6月14日16时(2031-7号)、2031年6月15日16时(2031-8号)。",
        [{"deposit": "6-14 16:00"}, {"deposit": "6-15 16:00"}],
    ),
    (
        "a bracket behind a clock alone names its parcel",
        "拍卖会时间：2031年6月18日10:00（丙储2031-7号）、10:30（丙储2031-8号）。",
        [{"auction": "6-18 10:00"}, {"auction": "6-18 10:30"}],
    ),
    (
        "each time is followed by its parcel",
        "挂牌截止时间：2031年6月18日10时为2031-7号地块，2031年6月18日11时为2031-8号地块。",
        [{"ends": "6-18 10:00"}, {"ends": "6-18 11:00"}],
    ),
    (
        "as many parcels as times go in order",
        "丙储2031-7号、丙储2031-8号地块挂牌截止时间分别为2031年6月18日10时、2031年6月18日11时。",
        [{"ends": "6-18 10:00"}, {"ends": "6-18 11:00"}],
    ),
    (
        "as many parcels as clocks go in order",
        "丙储2031-8号、丙储2031-7号地块拍卖会时间分别为2031年6月18日10时、11时。",
        [{"auction": "6-18 11:00"}, {"auction": "6-18 10:00"}],
    ),
    (
        "as many labels as times go in order",
        "报名截止时间、保证金到账截止时间分别为2031年6月12日16时、2031年6月11日15时。",
        [{"closes": "6-12 16:00", "deposit": "6-11 15:00"}] * 2,
    ),
    (
        "labels that share one word are no parcels' order",
        "丙储2031-7号、丙储2031-8号地块报名和挂牌截止时间分别为2031年6月12日16时、2031年6月18日10时。",
        [{"closes": "6-12 16:00", "ends": "6-18 10:00"}] * 2,
    ),
    (
        "ranges with brackets may stand in two sentences",
        "挂牌时间：2031年6月8日9时至2031年6月18日10时（2031-7号）；2031年6月8日9时至2031年6月18日11时（2031-8号）。",
        [
            {"bidding": "6-8 9:00", "ends": "6-18 10:00"},
            {"bidding": "6-8 9:00", "ends": "6-18 11:00"},
        ],
    ),
    (
        "a line that ends in a colon labels the lines of the parcels below it",
        "各地块挂牌时间分别为：\n\n2031-7号地块：2031年6月8日9时至2031年6月18日10时；\n\n"
        "2031-8号地块：2031年6月8日9时至2031年6月18日11时；",
        [
            {"bidding": "6-8 9:00", "ends": "6-18 10:00"},
            {"bidding": "6-8 9:00", "ends": "6-18 11:00"},
        ],
    ),
    (
        "a title that only names a parcel holds for its items",
        "五、时间安排\n\n（一）2031-7号地块\n\n1、报名截止时间：2031年6月12日16时。\n\n（二）2031-8号地块\n\n"
        "1、报名截止时间：2031年6月13日16时。",
        [{"closes": "6-12 16:00"}, {"closes": "6-13 16:00"}],
    ),
    (
        "two parcels in one sentence",
        "拍卖会：2031-7地块于2031年6月18日9:30、2031-8地块于2031年6月18日10:30举行。",
        [{"auction": "6-18 9:30"}, {"auction": "6-18 10:30"}],
    ),
    (
        "by the place in a list that has no numbers",
        "地块一报名截止时间：2031年6月12日16时；地块二报名截止时间：2031年6月13日16时。",
        [{"closes": "6-12 16:00"}, {"closes": "6-13 16:00"}],
    ),
    (
        "the other parcels",
        "2031-8号地块挂牌截止时间为2031年6月19日10时，其余地块挂牌截止时间为2031年6月18日10时。",
        [{"ends": "6-18 10:00"}, {"ends": "6-19 10:00"}],
    ),
    (
        "what is said of one beats what its paragraph says of all",
        "挂牌时间为2031年6月8日9时至2031年6月18日10时，其中2031-8号地块挂牌截止时间为2031年6月18日11时。",
        [
            {"bidding": "6-8 9:00", "ends": "6-18 10:00"},
            {"bidding": "6-8 9:00", "ends": "6-18 11:00"},
        ],
    ),
    (
        "an exception in brackets",
        "挂牌时间为2031年6月8日9时至2031年6月18日10时（2031-8号地块挂牌截止时间为2031年6月18日11时）。",
        [
            {"bidding": "6-8 9:00", "ends": "6-18 10:00"},
            {"bidding": "6-8 9:00", "ends": "6-18 11:00"},
        ],
    ),
    (
        "from the first parcel to the last",
        "2031-7号至2031-8号地块挂牌截止时间为2031年6月18日10时。",
        [{"ends": "6-18 10:00"}, {"ends": "6-18 10:00"}],
    ),
    (
        "what is alike for all",
        "2031-7号地块挂牌截止时间为2031年6月18日10时。2031-8号地块挂牌截止时间为2031年6月18日11时。"
        "报名截止时间均为2031年6月12日16时。",
        [
            {"closes": "6-12 16:00", "ends": "6-18 10:00"},
            {"closes": "6-12 16:00", "ends": "6-18 11:00"},
        ],
    ),
    (
        "a sentence that begins with a parcel goes on about it",
        "2031-7号地块位于河滨路北。报名截止2031年6月12日16时。2031-8号地块位于河滨路南。报名截止2031年6月13日16时。",
        [{"closes": "6-12 16:00"}, {"closes": "6-13 16:00"}],
    ),
)


@pytest.mark.parametrize(
    ("text", "expected"), [case[1:] for case in _TWO], ids=[case[0] for case in _TWO]
)
def test_each_time_goes_to_its_parcel(text: str, expected: list[dict[str, str]]) -> None:
    assert all_said(read(text, 2)) == expected


_ROW = "|丙储2031-{n}号|河滨路{n}段|2{n}000|4000|800|\n"
_THREE_ROWS = "".join(_ROW.format(n=n) for n in (104, 105, 106))
EARLY, LATE, NONE = {"ends": "6-18 10:00"}, {"ends": "6-19 10:00"}, dict[str, str]()
_AMONG_THREE = (
    ("104号地块挂牌截止时间为{early}，其余地块为{late}。", [EARLY, LATE, LATE]),
    ("挂牌截止时间：104号{early}，其余2宗{late}。", [EARLY, LATE, LATE]),
    ("104、105号地块挂牌截止时间为{early}，其它为{late}。", [EARLY, EARLY, LATE]),
    ("丙储2031-104号地块挂牌截止时间为{early}；另外两宗地块为{late}。", [EARLY, LATE, LATE]),
    ("前两宗地块挂牌截止时间为{early}，第三宗为{late}。", [EARLY, EARLY, LATE]),
    ("104号至105号地块挂牌截止时间为{early}，106号地块为{late}。", [EARLY, EARLY, LATE]),
    ("除104号地块外，各地块挂牌截止时间为{late}。", [NONE, LATE, LATE]),
    (
        "除104号地块挂牌截止时间为{early}外，其余地块挂牌截止时间均为{late}。",
        [EARLY, LATE, LATE],
    ),
    ("挂牌截止时间为{late}（104号地块除外，其为{early}）。", [NONE, LATE, LATE]),
    ("前述三宗地块挂牌截止时间为{late}。", [LATE, LATE, LATE]),
    ("三宗地块挂牌截止时间为{late}。", [LATE, LATE, LATE]),
)


@pytest.mark.parametrize(("text", "expected"), _AMONG_THREE)
def test_some_of_three_and_the_others_are_told_apart(
    text: str, expected: list[dict[str, str]]
) -> None:
    words = text.format(early="2031年6月18日10时", late="2031年6月19日10时")
    document = (
        f"丙市国有建设用地使用权挂牌出让公告\n\n{_HEAD}{_THREE_ROWS}\n{words}\n\n特此公告。\n"
    )
    (notice,) = read_notice(Path("notice.md"), document.encode(), Limits())
    assert all_said(notice) == expected


_NOT_PLACED = (
    ("拍卖会定于2031年6月18日9时30分、14时30分分两场举行。", MilestoneName.AUCTION_START),
    ("拍卖时间：2031年6月18日10:00/11:00。", MilestoneName.AUCTION_START),
    (
        "报名截止时间：2031年6月12日16时（第一批）、2031年6月13日16时（第二批）。",
        MilestoneName.REGISTRATION_CLOSE,
    ),
    ("挂牌截止时间为2031年6月18日10时、2031年6月18日11时(2031-8号)。", MilestoneName.BIDDING_CLOSE),
)


_UNDER_ONE_LABEL = (
    (
        "保证金到账截止时间：建行2031年6月12日16时；农行2031年6月12日15时。",
        MilestoneName.DEPOSIT_CLOSE,
    ),
    (
        "保证金到账截止时间：现金2031年6月12日16时；保函2031年6月10日16时。",
        MilestoneName.DEPOSIT_CLOSE,
    ),
    (
        "报名截止时间：东街地块2031年6月12日16时；西街地块2031年6月13日16时。",
        MilestoneName.REGISTRATION_CLOSE,
    ),
)


@pytest.mark.parametrize(("text", "name"), _UNDER_ONE_LABEL)
def test_a_second_time_under_one_label_is_not_dropped(text: str, name: MilestoneName) -> None:
    notice = read(text)
    assert all_said(notice) == [{}]
    assert name in {finding.field for finding in notice.findings}


@pytest.mark.parametrize(("text", "name"), _NOT_PLACED)
@pytest.mark.parametrize("parcels", [1, 2])
def test_a_list_of_times_that_cannot_be_placed_is_a_finding_and_no_time(
    text: str, name: MilestoneName, parcels: int
) -> None:
    notice = read(text, parcels, "拍卖" if name is MilestoneName.AUCTION_START else "挂牌")
    assert [name in parcel.milestones for parcel in notice.parcels] == [False] * parcels
    assert name in {finding.field for finding in notice.findings}


@pytest.mark.parametrize("end", ["2031年6月12日9:00-12:00", "12日17:00", "2031年6月12日"])
def test_hours_that_differ_at_the_ends_of_a_range_are_a_finding(end: str) -> None:
    notice = read(f"报名时间：2031年6月6日9:00-17:00至{end}。")
    assert all_said(notice) == [{}]
    assert MilestoneName.REGISTRATION_CLOSE in {finding.field for finding in notice.findings}


_ONE: tuple[tuple[str, dict[str, str]], ...] = (
    (
        "报名时间自2031年6月3日9时起至6月12日15时止。竞买保证金到账截止时间同报名截止时间。",
        {"opens": "6-3 9:00", "closes": "6-12 15:00", "deposit": "6-12 15:00"},
    ),
    (
        "保证金到账截止时间为2031年6月14日17:00。竞买申请截止时间与保证金到账截止时间一致。",
        {"closes": "6-14 17:00", "deposit": "6-14 17:00"},
    ),
    (
        "报名和保证金到账时间与往年一致。保证金到账截止时间为2031年6月14日17:00。",
        {"deposit": "6-14 17:00"},
    ),
    ("交付保证金时间：2031年6月14日18时前到指定账户", {"deposit": "6-14 18:00"}),
    (
        "七、报名及保证金缴纳时间\n2031年6月3日8时至2031年7月1日17时，"
        "竞买保证金到账截止时间为2031年7月1日17时。",
        {"opens": "6-3 8:00", "closes": "7-1 17:00", "deposit": "7-1 17:00"},
    ),
    ("保证金未成交的，于2031年6月22日17时前原路退还。", {}),
    ("竞买保证金于2031年6月22日17时前原路退还。", {}),
    ("竞得人应在2031年6月20日17时前支付成交价的20%作为定金（保证金可抵作定金）。", {}),
    ("项目履约保证金须在2031年7月12日17时前缴纳至园区账户。", {}),
    ("农民工工资保证金须于2031年12月1日前交纳。", {}),
    ("竞买人应持有2031年5月30日前取得的资质，报名时提供。", {}),
    ("2031年4月30日前存在欠缴出让金的，不得报名。", {}),
    ("资信证明须为2031年5月15日后开具，报名时提交。", {}),
    ("须在2032年1月15日前动工，2033年1月15日前竣工并提出验收申请。", {}),
    ("竞买人须在2031年6月12日16时前（竞得人的保证金转作定金）缴纳竞买保证金。",
    {"deposit": "6-12 16:00"}),
    ("报名2031年6月6日至12日，保证金6月12日16:00前到账。", {"opens": "6-6", "closes": "6-12",
    "deposit": "6-12 16:00"}),
    (
        "挂牌报价2031年6月8日9时开始，2031年6月18日10时截止，同时接受报名至2031年6月16日16时。",
        {"closes": "6-16 16:00", "bidding": "6-8 9:00", "ends": "6-18 10:00"},
    ),
    ("报名时间2031年6月6日9时起；2031年6月12日16时止。", {"opens": "6-6 9:00",
    "closes": "6-12 16:00"}),
    ("竞买登记：2031年6月6日9时至6月12日16时；挂牌终止时间：2031年6月18日10时。", {
        "opens": "6-6 9:00", "closes": "6-12 16:00", "ends": "6-18 10:00",
    }),
    ("竞买登记时间：2031年6月6日9时至6月12日16时；揭牌时间：2031年6月18日10时。", {
        "opens": "6-6 9:00", "closes": "6-12 16:00", "ends": "6-18 10:00",
    }),
    ("保证金最迟到账时间2031年6月12日16时。", {"deposit": "6-12 16:00"}),
    (
        "竞买人须于2031年6月12日16时前足额交纳竞买保证金并办理竞买申请手续。",
        {"closes": "6-12 16:00", "deposit": "6-12 16:00"},
    ),
    ("1.报名时间\n\n2031年6月6日9时至2031年6月12日16时止。", {"opens": "6-6 9:00",
    "closes": "6-12 16:00"}),
    (
        "申请人可于2031年6月6日至6月12日（工作日）上午9:30至11:30、下午1:30至4:00到窗口提交竞买申请。",
        {"opens": "6-6", "closes": "6-12"},
    ),
    ("申请人可于2031年6月6日至6月12日，到窗口获取文件，按要求提交书面申请。", {"opens": "6-6",
    "closes": "6-12"}),
    (
        "报名时间：2031年6月12日上午9:00-11:30、下午2:30-5:00。",
        {"opens": "6-12 9:00", "closes": "6-12 17:00"},
    ),
    ("报名时间：2031年6月6日9:00-17:00至2031年6月12日9:00-17:00。", {"opens": "6-6 9:00",
    "closes": "6-12 17:00"}),
    ("报名时间：2031年6月6日9:00-17:00至6月12日17:00。", {"opens": "6-6 9:00",
    "closes": "6-12 17:00"}),
    (
        "报名时间：2031年6月6日9时至2031年6月12日16时。竞买保证金应在上述报名期间内到达指定账户。",
        {"opens": "6-6 9:00", "closes": "6-12 16:00", "deposit": "6-12 16:00"},
    ),
    (
        "挂牌期自2031年6月8日9时计起，至2031年6月18日10时届满。",
        {"bidding": "6-8 9:00", "ends": "6-18 10:00"},
    ),
    (
        "挂牌起于2031年6月8日9时，止于2031年6月18日10时。",
        {"bidding": "6-8 9:00", "ends": "6-18 10:00"},
    ),
    ("报名截止日为2031年6月12日（16时止）。", {"closes": "6-12 16:00"}),
    (
        "公告期自2030年12月8日起，报名时间为次年1月4日9时至次年1月20日16时。",
        {"opens": "1-4 9:00", "closes": "1-20 16:00"},
    ),
    (
        "报名截止时间为2031年6月12日16时，审查于当日17时完成。",
        {"closes": "6-12 16:00"},
    ),
    ("拍卖会时间为明年1月8日10时。", {}),  # and a finding names it
    (
        "挂牌时间：2030年12月25日9时至次年1月8日10时。",
        {"bidding": "12-25 9:00", "ends": "1-8 10:00"},
    ),
    (
        "报名截止时间：2031年6月12日16时。竞买保证金交纳截止时间同各宗地报名截止时间（以到账为准）。",
        {"closes": "6-12 16:00", "deposit": "6-12 16:00"},
    ),
    (
        "报名时间： 203 1 年 6 月 6 日 9 时 0 0 分至 2 031 年 6 月 1 2 日 16 时 0 0 分。",
        {"opens": "6-6 9:00", "closes": "6-12 16:00"},
    ),
    (
        "2031年6月12日16时报名截止，竞买保证金到账截止时间为当日15时。",
        {"closes": "6-12 16:00", "deposit": "6-12 15:00"},
    ),
    ("挂牌报价自2031年6月8日9时持续到2031年6月18日10时。", {"bidding": "6-8 9:00",
    "ends": "6-18 10:00"}),
    (
        "竞得人须在成交当日17时前签订确认书。报名截止时间：2031年6月12日16:00¹。",
        {"closes": "6-12 16:00"},
    ),
    ("2031年6月12日17时后提交的竞买申请不予受理。", {"closes": "6-12 17:00"}),
    ("2031年6月12日17时起系统不再受理竞买申请。", {"closes": "6-12 17:00"}),
    ("2031年6月12日起系统不再受理竞买申请。", {}),
    ("2031年6月6日9时起可提交竞买申请但不得联合。", {"opens": "6-6 9:00"}),
    ("2031年6月6日9时起接受报名，逾期不予受理。", {"opens": "6-6 9:00"}),
    ("网上限时竞价：2031年6月18日10:00开始。", {"auction": "6-18 10:00"}),
    (
        "报名截止时间：2031年6月12日16时（竞买保证金到账截止时间同）。",
        {"closes": "6-12 16:00", "deposit": "6-12 16:00"},
    ),
    ("竞买保证金（定金）到账截止时间：2031年6月12日16时。", {"deposit": "6-12 16:00"}),
    ("若挂牌截止时仍有两个以上竞买人要求报价的，于2031年6月18日10时进行限时竞价。",
    {"auction": "6-18 10:00"}),
    ("挂牌起始时间：2031年6月8日9时；截止时间：2031年6月18日10时。", {"bidding": "6-8 9:00",
    "ends": "6-18 10:00"}),
    ("2031年6月6日9时起接受报名，至2031年6月12日16时截止。", {"opens": "6-6 9:00",
    "closes": "6-12 16:00"}),
    ("2031年6月6日9时开始接受报名，2031年6月12日16时停止报名。", {"opens": "6-6 9:00",
    "closes": "6-12 16:00"}),
    (
        "网上报名及缴纳竞买保证金：2031年6月6日9时至6月12日16时。",
        {"opens": "6-6 9:00", "closes": "6-12 16:00", "deposit": "6-12 16:00"},
    ),
    ("公告发布之日起至2031年6月12日16时，申请人可登录系统提交申请。", {"closes": "6-12 16:00"}),
    ("意向用地者可于2031年5月1日至2031年5月10日提交用地预申请。", {}),
    ("于2031年6月18日10:00进行网上限时竞价。", {"auction": "6-18 10:00"}),
    ("报名受理时间：2031年6月6日9时至6月12日16时。", {"opens": "6-6 9:00", "closes": "6-12 16:00"}),
    ("保证金缴纳开始时间：2031年6月6日9时；保证金缴纳截止时间：2031年6月12日16时。",
    {"deposit": "6-12 16:00"}),
    (
        "报名（含缴纳保证金）时间：2031年6月6日9时至6月12日16时。",
        {"opens": "6-6 9:00", "closes": "6-12 16:00", "deposit": "6-12 16:00"},
    ),
    ("竞买保证金到账时间不得迟于2031年6月12日16时。", {"deposit": "6-12 16:00"}),
    (
        "申请人可于2031年6月6日至6月12日到窗口获取出让文件。期间，申请人可向我局提出书面申请。",
        {"opens": "6-6", "closes": "6-12"},
    ),
    ("我局将在2031年6月13日15时30分前确认其参加挂牌资格。", {}),
    ("申请竞买资格的截止时间为2031年6月12日16时。", {"closes": "6-12 16:00"}),
    (
        "四、挂牌时间及方法\n\n挂牌报价时间：自2031年6月8日9时起至6月18日16时止。截至6月18日15时30分停止更新挂牌价格，"
        "仍有竞买人要求报价的，6月18日16时在开标室举行挂牌出让现场会。\n",
        {"bidding": "6-8 9:00", "ends": "6-18 16:00", "auction": "6-18 16:00"},
    ),
    (
        "申请人应在2031年6月6日至2031年6月12日提交竞买申请并在2031年6月12日16时前交纳保证金。",
        {"opens": "6-6", "closes": "6-12", "deposit": "6-12 16:00"},
    ),
    (
        "有意者请于2031年6月12日16时前缴纳保证金100万元到我公司办理竞买登记手续。",
        {"closes": "6-12 16:00", "deposit": "6-12 16:00"},
    ),
    (
        "2031年6月12日16时前缴纳保证金100万元的到我公司方可办理登记手续。",
        {"deposit": "6-12 16:00"},
    ),
    (
        "投标文件递交截止时间（开标时间）：2031年6月18日9时30分。",
        {"ends": "6-18 9:30", "auction": "6-18 9:30"},
    ),
    ("挂牌期：2031年6月8日上午9时始至2031年6月18日上午10时终止。", {"bidding": "6-8 9:00",
    "ends": "6-18 10:00"}),
    (
        "标书发放、报名、交保证金时间为2031年6月6日至2031年6月12日16时。",
        {"opens": "6-6", "closes": "6-12 16:00", "deposit": "6-12 16:00"},
    ),
    ("六、挂牌时间：2031年6月8日9时。截止时间：2031年6月18日10时。", {"ends": "6-18 10:00"}),
    ("2031年6月18日10时现场揭牌。", {"ends": "6-18 10:00"}),
    ("现场交易会于2031年6月18日10时举行。", {"auction": "6-18 10:00"}),
    (
        "五、公告时限\n\n自2031年6月6日起至2031年6月12日止。\n\n"
        "六、申请\n\n在公告时限内，法人均可提出意向申请。\n",
        {"opens": "6-6", "closes": "6-12"},
    ),
    ("四、资格审查时间\n\n我局在2031年6月18日15时至16时接受申请资料，经审查发放确认书。\n", {}),
    ("提交竞买申请 起始时间 2031-06-06 09:00\n截止时间 2031-06-12 16:00\n", {
        "opens": "6-6 9:00", "closes": "6-12 16:00",
    }),
    ("竞买保证金须于2031年6月11日16时前到账。\n已交纳竞买保证金的申请人，须于2031年6月12日16时前，向我中心",
    {"deposit": "6-11 16:00"}),
    ("競(jìng)買(mǎi)人可于2031年6月6日至6月12日領(lǐng)取文件,，辦理競(jìng)買(mǎi)登記手續(xù),，逾期不再辦理,。",
    {"opens": "6-6", "closes": "6-12"}),
    ("申请人可于2031年6月6日至6月12日，通过本局网站上的“网上交易”链接，登录“网上交易系统”，下载文件。",
    {}),
    ("三、竞买申请\n\n竞买人持竞买申请书、身份证，于2031年6月1日至6月5日，前往我局索取有关文件。\n",
    {}),
    ("申请人可于2031年6月6日至6月12日（节假日除外）上午8:30-11:30、下午2:30-5:00，到中心获取文件申请参加出让活动。",
    {"opens": "6-6", "closes": "6-12"}),
    ("申请人可于2031年6月6日至6月12日16时，到中心办理网上挂牌交易有关事项，逾期不再受理。",
    {"opens": "6-6", "closes": "6-12 16:00"}),
    ("申请人可于2031年6月6日起至6月12日16时止，到中心交纳竞买保证金，提交书面申请及报名材料。",
    {"opens": "6-6", "closes": "6-12 16:00", "deposit": "6-12 16:00"}),
    ("申请人可于2031年6月6日至6月12日，到中心获取文件，期间，申请人可到中心提出书面竞买申请。",
    {"opens": "6-6", "closes": "6-12"}),
    ("缴纳保证金开始及截止时间：2031年6月12日16时。", {}),
)  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), _ONE, ids=[case[0][:30] for case in _ONE])
def test_a_time_is_for_what_its_own_clause_says(text: str, expected: dict[str, str]) -> None:
    assert all_said(read(text)) == [expected]


_AUCTIONS = (
    (
        "限时竞价:挂牌报价期限截止后,竞买人参加2031年6月17日14时开始的限时竞价。",
        {"auction": "6-17 14:00"},
    ),
    (
        "兹定于2031年6月18日上午10时在三楼大厅举行土地拍卖会，有意者请办理报名手续，报名截止2031年6月12日17时。",
        {"closes": "6-12 17:00", "auction": "6-18 10:00"},
    ),
    ("我局定于2031年6月18日10时在交易大厅公开拍卖上述地块。", {"auction": "6-18 10:00"}),
    ("公开出让时间：2031年6月18日10时。", {"auction": "6-18 10:00"}),
    ("本次拍卖出让活动在交易大厅进行，时间为：2031年6月18日10时。", {"auction": "6-18 10:00"}),
    ("竞价（拍卖）时间：2031年6月18日10时。", {"auction": "6-18 10:00"}),
)


@pytest.mark.parametrize(("text", "expected"), _AUCTIONS)
def test_an_auction_is_named_before_or_behind_its_time(text: str, expected: dict[str, str]) -> None:
    assert all_said(read(text, way="拍卖")) == [expected]


@pytest.mark.parametrize("stop", ["。", "；", "，"])
@pytest.mark.parametrize(
    ("that_day", "auction"), [("当日上午", {"auction": "6-18 10:30"}), ("成交当日上午", {})]
)
def test_the_day_of_the_time_before_is_that_of_a_live_round(
    stop: str, that_day: str, auction: dict[str, str]
) -> None:
    text = f"挂牌截止时间为2031年6月18日10时{stop}截止时有两个以上竞买人要求继续竞价的，"
    notice = read(f"{text}于{that_day}10时30分在四楼会议室举行现场竞价。")
    assert all_said(notice) == [{"ends": "6-18 10:00"} | auction]


_DIVIDED = (
    "四、竞买申请时间和地点\n\n申请人可于2031年6月6日至2031年6月12日{}提交书面申请。"
    "其中：2031年6月6日至2031年6月11日18时，申请人可到甲楼提交；"
    "2031年6月{}日8时30分至11时30分，只在乙楼受理。"
)


@pytest.mark.parametrize(("hour", "day"), [("17时", 12), ("", 10), ("", 12)])
def test_a_window_that_is_divided_by_place_is_a_finding(hour: str, day: int) -> None:
    notice = read(_DIVIDED.format(hour, day))
    assert "closes" not in all_said(notice)[0]
    fields = {each.field for each in notice.findings if each.code is Code.PLACES_DISAGREE}
    assert MilestoneName.REGISTRATION_CLOSE in fields


_PARTS = "申请人可于2031年6月6日至2031年6月12日提交书面申请。其中：2031年6月6日9时至2031年6月"


@pytest.mark.parametrize(
    ("parts", "closes"),
    [  # of parcels, whose windows are not parts of one; and one that ends before another part does
        (
            "12日10时（丙储2031-7号）；2031年6月6日9时至2031年6月12日16时（丙储2031-8号）。",
            ["6-12 10:00", "6-12 16:00"],
        ),
        (
            "12日10时，丙储2031-7号受理；2031年6月6日9时至2031年6月12日16时，丙储2031-8号受理。",
            [None, None],
        ),
        ("11日18时，丙储2031-7号受理；2031年6月12日9时至11时，丙储2031-8号受理。", [None, None]),
        ("12日16时网上报名；2031年6月12日8时30分至11时30分提交纸质申请。", [None, None]),
    ],
)
def test_windows_that_do_not_follow_each_other_are_no_parts_of_one(
    parts: str, closes: list[str | None]
) -> None:
    notice = read(f"四、竞买申请时间\n\n{_PARTS}{parts}", 2)
    assert [times.get("closes") for times in all_said(notice)] == closes
    doubted = {each.field for each in notice.findings if each.code is Code.PLACES_DISAGREE}
    assert (MilestoneName.REGISTRATION_CLOSE in doubted) == (None in closes)


@pytest.mark.parametrize(
    "words",
    [
        "竞得人应在2031年6月28日前签订出让合同。当日17时前缴纳竞买保证金。",
        "拍卖会于2031年6月18日9时举行。资格审查合格的，于当日17时前缴纳保证金。",
        "踏勘时间：2031年6月1日9时。于当日15时前提交竞买申请。",
        "挂牌截止时间为2031年6月18日10时。截止时尚未缴纳的，于当日17时前缴纳保证金。",
    ],
)
def test_a_day_across_sentences_that_is_of_no_live_round_is_not_told(words: str) -> None:
    notice = read(words)
    assert not {"deposit", "closes"} & set(all_said(notice)[0])
    unstated = {each.field for each in notice.findings if each.code is Code.TIME_NOT_STATED}
    assert {MilestoneName.DEPOSIT_CLOSE, MilestoneName.REGISTRATION_CLOSE} <= unstated


def test_a_paragraph_does_not_speak_of_the_day_of_the_one_above() -> None:
    text = "报名截止时间为2031年6月12日16时。\n\n截止时有两个以上竞买人的，"
    notice = read(f"{text}于当日上午10时30分在四楼会议室举行现场竞价。")
    assert all_said(notice) == [{"closes": "6-12 16:00"}]


def test_a_tender_is_handed_in_until_its_bidding_closes() -> None:
    text = "投标人应于2031年6月12日16时前递交投标文件，开标时间为2031年6月12日16时30分。"
    assert all_said(read(text, way="招标")) == [{"ends": "6-12 16:00", "auction": "6-12 16:30"}]


def test_parcels_are_named_by_the_ends_of_their_names_in_words() -> None:
    table = "".join(
        f"|丙市2031年度第{place}号宗地|河滨路北|{area}|4000|800|\n"
        for place, area in (("一", 21000), ("三", 33000), ("二", 45000))
    )
    text = "各地块挂牌时间分别为：\n\n第一号宗地：2031年6月8日9时至2031年6月18日10时；\n\n"
    text += "第二号宗地：2031年6月8日9时至2031年6月18日11时；\n\n"
    text += "第三号宗地：2031年6月8日9时至2031年6月18日12时。"
    document = f"丙市国有建设用地使用权挂牌出让公告\n丙告字〔2031〕3号\n\n{_HEAD}{table}\n{text}\n"
    (notice,) = read_notice(Path("notice.md"), document.encode(), Limits())
    assert [times["ends"] for times in all_said(notice)] == [
        "6-18 10:00",
        "6-18 12:00",
        "6-18 11:00",
    ]


@pytest.mark.parametrize("stop", ["。", "；"])
def test_the_times_of_another_way_of_offering_are_an_alternative(stop: str) -> None:
    text = "拍卖会定于2031年6月18日10时举行。报名不足三人的，改为挂牌方式出让"
    text += f"{stop}挂牌时间：2031年6月17日9时至2031年6月27日17时。"
    notice = read(text, way="拍卖")
    assert all_said(notice) == [{"auction": "6-18 10:00"}]
    (alternative,) = notice.parcels[0].alternatives
    assert times_of(dict(alternative.milestones)) == {"bidding": "6-17 9:00", "ends": "6-27 17:00"}


_BOTH = "拍卖时间：2031年6月18日10时。挂牌时间：2031年6月17日9时至2031年6月27日17时。"
_TURNS = {
    "达到三人的采用拍卖方式；不足三人的采用挂牌方式出让。": "不足三人的采用挂牌方式出让",
    "有三名以上竞买人的，以拍卖方式出让，否则以挂牌方式出让。": "否则以挂牌方式出让",
    "若申请人少于3名，本次拍卖自动转为挂牌。": "若申请人少于3名,本次拍卖自动转为挂牌",
    "满足拍卖条件的按拍卖程序进行，不满足的按挂牌程序进行。": "不满足的按挂牌程序进行",
    "仅有一人报名的，拍卖改挂牌。": "仅有一人报名的,拍卖改挂牌",
}


@pytest.mark.parametrize("above", [True, False])
@pytest.mark.parametrize(("words", "condition"), _TURNS.items())
def test_a_condition_in_another_section_parts_both_ways(
    words: str, condition: str, above: bool
) -> None:
    text = f"二、{words}\n\n三、{_BOTH}" if above else f"二、{_BOTH}\n\n三、其他：{words}"
    notice = read(text, way="拍卖")
    assert all_said(notice) == [{"auction": "6-18 10:00"}]
    (alternative,) = notice.parcels[0].alternatives
    assert alternative.condition == condition
    assert times_of(dict(alternative.milestones)) == {"bidding": "6-17 9:00", "ends": "6-27 17:00"}
    assert [finding.code for finding in notice.findings].count(Code.TWO_SETS_OF_DEADLINES) == 1


def test_what_has_own_times_under_the_condition_is_in_one_set_with_the_listing() -> None:
    text = "报名截止时间为2031年6月12日16时，拍卖时间：2031年6月18日10时。\n\n"
    text += "申请人不足三名的，拍卖转为挂牌。\n\n采用挂牌方式的，报名截止时间为2031年6月25日16时，"
    text += "挂牌时间：2031年6月17日9时至2031年6月27日17时。"
    notice = read(text, way="拍卖")
    assert all_said(notice) == [{"closes": "6-12 16:00", "auction": "6-18 10:00"}]
    (alternative,) = notice.parcels[0].alternatives
    under = {"closes": "6-25 16:00", "bidding": "6-17 9:00", "ends": "6-27 17:00"}
    assert times_of(dict(alternative.milestones)) == under


_SECTIONS = (
    "四、竞买申请\n\n（一）以拍卖方式出让的\n\n1、报名时间：2031年6月6日9时至2031年6月12日16时\n\n"
    "2、拍卖会时间：2031年6月18日10时\n\n（二）以挂牌方式出让的\n\n"
    "1、报名时间：2031年6月6日9时至2031年6月25日16时\n\n"
    "2、挂牌时间：2031年6月17日9时至2031年6月27日17时\n\n五、其他"
)


@pytest.mark.parametrize("marks", ["（一）（二）", "（1）（2）", ""])
def test_sections_for_either_way_of_offering_are_two_sets_where_bidders_are_counted(
    marks: str,
) -> None:
    counted = "三、竞买人达到三人的以拍卖方式出让，不足三人的以挂牌方式出让。\n\n"
    sections = _SECTIONS.replace("（一）", marks[:3]).replace("（二）", marks[3:])
    notice = read(counted + sections, way="公开")
    assert all_said(notice) == [
        {"opens": "6-6 9:00", "closes": "6-12 16:00", "auction": "6-18 10:00"}
    ]
    listing = {"opens": "6-6 9:00", "closes": "6-25 16:00"}
    listing |= {"bidding": "6-17 9:00", "ends": "6-27 17:00"}
    assert said_if(notice.parcels[0]) == {"不足三人的以挂牌方式出让": listing}


def test_a_sentence_that_counts_bidders_begins_no_section() -> None:
    text = "三、不足三人的以挂牌方式出让。报名截止时间为2031年6月12日16时。"
    notice = read(text + "拍卖会时间：2031年6月18日10时。", way="拍卖")
    assert all_said(notice) == [{"closes": "6-12 16:00", "auction": "6-18 10:00"}]


def test_sections_for_either_way_disagree_where_nothing_tells_which_holds() -> None:
    notice = read(_SECTIONS, way="公开")
    assert "closes" not in all_said(notice)[0]
    assert Code.PLACES_DISAGREE in {finding.code for finding in notice.findings}


def test_a_condition_that_names_a_parcel_is_of_that_parcel() -> None:
    notice = read(f"{_BOTH}\n\n2031-8号地块报名不足三人的，改为挂牌方式出让。", 2, way="拍卖")
    first, second = notice.parcels
    assert not first.alternatives
    assert [alternative.condition for alternative in second.alternatives] == [
        "不足三人的,改为挂牌方式出让"
    ]


_TABLE = (
    "丙市国有建设用地使用权拍卖出让公告\n\n"
    "|地块编号|出让面积(平方米)|起始价(万元)|拍卖时间|挂牌时间{heading}|备注|\n|---|---|---|---|---|---|\n"
    "|丙储2031-7号|21000|4000|2031年6月18日10:00|2031年6月17日9:00至2031年6月27日17:00|{remark}|\n"
    "|丙储2031-8号|33000|7000|2031年6月18日10:00|2031年6月17日9:00至2031年6月27日17:00||\n"
    "{below}\n\n特此公告。\n"
)


@pytest.mark.parametrize(
    ("place", "conditional"), [("remark", [1, 0]), ("below", [1, 1]), ("heading", [1, 1])]
)
def test_a_condition_in_a_table_is_of_its_row_or_of_all(place: str, conditional: list[int]) -> None:
    words = "报名不足三人的，拍卖改挂牌"
    places = {"remark": words, "below": f"|备注：{words}|", "heading": "（报名不足三人时）"}
    parts = {name: places[name] if name == place else "" for name in places}
    (notice,) = read_notice(Path("notice.md"), _TABLE.format(**parts).encode(), Limits())
    assert [len(parcel.alternatives) for parcel in notice.parcels] == conditional


@pytest.mark.parametrize(
    "words",
    [
        "挂牌期限截止时，报价不足两家的，按挂牌规则确定竞得人。",
        "竞买保证金不足的，不得参加竞买。",
        "低于底价的报价无效。",
    ],
)
def test_too_few_of_something_else_is_no_other_way_of_offering(words: str) -> None:
    text = "挂牌时间：2031年6月8日9时至2031年6月18日10时。限时竞价时间：2031年6月18日10时。"
    notice = read(f"{text}\n\n{words}")
    assert not notice.parcels[0].alternatives
    assert "ends" in all_said(notice)[0]


def test_the_deposit_of_a_listing_that_may_follow_is_an_alternative() -> None:
    text = "竞买保证金缴纳的截止时间为2031年6月12日11时，"
    text += "转入挂牌缴纳竞买保证金的截止时间为2031年6月20日11时。"
    notice = read(text, way="拍卖")
    assert all_said(notice) == [{"deposit": "6-12 11:00"}]
    (alternative,) = notice.parcels[0].alternatives
    assert times_of(dict(alternative.milestones)) == {"deposit": "6-20 11:00"}


def test_a_number_that_looks_like_a_day_is_none() -> None:
    text = (
        "丁县国有建设用地使用权挂牌出让公告\n\n|地块编号|出让面积(平方米)|起始价(万元)|保证金(万元)|\n|---|---|---|---|\n"
        "|DX2031-4-1号|21000|4000|800|\n|DX2031-4-2号|33000|7000|1400|\n\n各地块挂牌时间分别为：\n\n"
        "DX2031-4-1号地块：2031年6月8日9时至2031年6月18日10时；\n\n"
        "DX2031-4-2号地块：2031年6月8日9时至2031年6月18日11时。\n"
    )
    (notice,) = read_notice(Path("notice.md"), text.encode(), Limits())
    assert all_said(notice) == [
        {"bidding": "6-8 9:00", "ends": "6-18 10:00"},
        {"bidding": "6-8 9:00", "ends": "6-18 11:00"},
    ]


def test_a_number_that_the_list_gives_with_more_before_it_is_that_parcel() -> None:
    text = (
        "丁县国有建设用地使用权拍卖出让公告\n\n|地块编号|出让面积(平方米)|起始价(万元)|保证金(万元)|\n|---|---|---|---|\n"
        "|丁县P(2031)3号地块|21000|4000|800|\n|丁县P(2031)13号地块|33000|7000|1400|\n\n"
        "拍卖会时间：P(2031)3号地块2031年6月18日9时30分，P(2031)13号地块2031年6月18日10时。\n"
    )
    (notice,) = read_notice(Path("notice.md"), text.encode(), Limits())
    assert all_said(notice) == [{"auction": "6-18 9:30"}, {"auction": "6-18 10:00"}]


def test_a_number_does_not_run_into_a_date_on_the_next_line() -> None:
    text = (
        "丁县国有建设用地使用权挂牌出让公告\n\n宗地编号：A2031-1\n\n"
        "2031年6月12日17时前接受报名\n\n特此公告。\n"
    )
    (notice,) = read_notice(Path("notice.md"), text.encode(), Limits())
    assert [parcel.parcel_no for parcel in notice.parcels] == ["A2031-1"]
    assert all_said(notice) == [{"closes": "6-12 17:00"}]


@pytest.mark.parametrize(
    "words",
    [
        "挂牌出让现场会时间为2031年6月15日10时。",
        "2031年6月15日10时在开标室举行挂牌出让现场会。",
        "本次土地使用权挂牌会现场竞价定于2031年6月15日10时在交易大厅举行。",
    ],
)
def test_the_meeting_of_a_listing_is_an_inferred_start_of_the_live_auction(words: str) -> None:
    notice = read(f"报名截止时间为2031年6月12日17时。{words}")
    start = notice.parcels[0].milestones[MilestoneName.AUCTION_START]
    assert (shanghai(start.at).day, start.source) == (15, Source.INFERRED)
    assert Code.MEETING_OF_A_LISTING in {finding.code for finding in notice.findings}


def test_the_title_says_what_is_handed_in_where_the_file_ends_with_the_verb() -> None:
    text = (
        "丁市国有建设用地使用权拍卖出让公告\n编号：A2031-1，面积100平方米。\n(二)递交书面竞买申请\n"
        "已交纳竞买保证金的竞买申请人,须于2031年6月12日 15:00前,向我中心提交"
    )
    (notice,) = read_notice(Path("notice.txt"), text.encode(), Limits())
    assert all_said(notice) == [{"closes": "6-12 15:00"}]


_REPORT = """{stamp}
据了解，5月31日，丁市自然资源和规划局发布土地拍卖出让公告，
将于{day}上午9点30分现场举行拍卖会。
地块编号为2031-24号地块，出让面积4000平方米。
"""


@pytest.mark.parametrize(
    "stamp",
    [
        "丁市拍卖一幅地块 2031-05-31 16:23:04",
        "丁网   2031-05-31 09:04",
        "31.05.2031  12:48",
        "2031-05-31 丁市日报9060",
    ],
)
def test_the_day_of_a_report_gives_the_year_of_what_is_to_come(stamp: str) -> None:
    text = _REPORT.format(stamp=stamp, day="6月24日")
    (notice,) = read_notice(Path("notice.txt"), text.encode(), Limits())
    start = notice.parcels[0].milestones[MilestoneName.AUCTION_START]
    assert start.source is Source.INFERRED
    assert f"{shanghai(start.at):%Y-%m-%d %H:%M}" == "2031-06-24 09:30"
    assert Code.YEAR_FROM_CONTEXT in {finding.code for finding in notice.findings}


def test_a_reporter_who_quotes_the_words_of_a_notice_still_reports() -> None:
    text = (
        "2031-05-18 10:11:27 来源:丁市日报\n"
        "记者17日从丁市自然资源局获悉,JX-2031-1号地块近日启动拍卖,面积4000平方米。有意竞买者须在6月13日16时前交纳竞买保证金。"
    )
    (notice,) = read_notice(Path("notice.txt"), text.encode(), Limits())
    deposit = notice.parcels[0].milestones[MilestoneName.DEPOSIT_CLOSE]
    assert f"{shanghai(deposit.at):%Y-%m-%d %H:%M}" == "2031-06-13 16:00"
    codes = {finding.code for finding in notice.findings}
    assert {Code.NEWS_REPORT, Code.YEAR_FROM_CONTEXT} <= codes


@pytest.mark.parametrize(("day", "year"), [("1月24日", 2032), ("2月3日", 2032), ("12月24日", 2031)])
def test_what_a_report_of_december_says_of_january_is_of_the_next_year(day: str, year: int) -> None:
    text = _REPORT.replace("5月31日", "12月5日").format(stamp="丁网 2031-12-05 09:04", day=day)
    (notice,) = read_notice(Path("notice.txt"), text.encode(), Limits())
    assert shanghai(notice.parcels[0].milestones[MilestoneName.AUCTION_START].at).year == year


def test_a_day_long_past_or_far_ahead_of_a_report_has_no_year() -> None:
    text = _REPORT.format(stamp="丁网 2031-05-31 09:04", day="12月24日")
    (notice,) = read_notice(Path("notice.txt"), text.encode(), Limits())
    assert MilestoneName.AUCTION_START not in notice.parcels[0].milestones
    assert Code.YEAR_NOT_STATED in {finding.code for finding in notice.findings}


_READ_AT_ONCE = (
    (
        "the hour of the last day in the brackets behind a window",
        "报名时间：2031年6月2日至6月12日（工作日上午9:00-12:00，下午14:00-17:00，6月12日16:00截止）。",
        {"opens": "6-2", "closes": "6-12 16:00"},
    ),
    (
        "a house that holds auctions is none",
        "申请人可于2031年6月2日至2031年6月12日联系拍卖机构（甲拍卖有限公司）到甲市公共资源交易中心城东分中心提交书面申请。",
        {"opens": "6-2", "closes": "6-12"},
    ),
    (
        "a deposit that is due before something else is not due with the application",
        "竞买人应于2031年6月2日至2031年6月12日16时完成竞买申请，并应当在报价前足额交纳竞买保证金。",
        {"opens": "6-2", "closes": "6-12 16:00"},
    ),
    (
        "a deposit that is due before the same time is",
        "竞买人应于2031年6月2日至2031年6月12日16时完成竞买申请，并在截止时间前足额交纳竞买保证金。",
        {"opens": "6-2", "closes": "6-12 16:00", "deposit": "6-12 16:00"},
    ),
)


@pytest.mark.parametrize(
    ("text", "times"), [case[1:] for case in _READ_AT_ONCE], ids=[case[0] for case in _READ_AT_ONCE]
)
def test_words_beside_a_time_that_say_when_who_and_before_what(
    text: str, times: dict[str, str]
) -> None:
    assert all_said(read(text)) == [times]


def test_the_bracket_behind_a_window_that_names_a_parcel_is_of_that_one() -> None:
    notice = read(
        "挂牌时间：2031年6月8日9:00至6月18日（2031-7号地块10:00截止；2031-8号地块15:00截止）。",
        parcels=2,
    )
    ends = [times.get("ends") for times in all_said(notice)]
    assert ends == ["6-18 10:00", "6-18 15:00"]


_SHORT_YEARS = (
    "丁市国有建设用地使用权挂牌出让公告\n丁自然资告字〔2031〕9号\n2031-24号地块,出让面积4000平方米。\n"
    "申请人可于{year}年12月4日至{year}年12月24日17时提交书面申请。挂牌时间为{year}年12月20日8时至{next}年1月5日10时。\n"
)


def test_a_year_of_two_figures_is_read_and_said() -> None:
    text = _SHORT_YEARS.format(year="31", next="32")
    (notice,) = read_notice(Path("notice.txt"), text.encode(), Limits())
    times = notice.parcels[0].milestones
    close, end = times[MilestoneName.REGISTRATION_CLOSE], times[MilestoneName.BIDDING_CLOSE]
    assert f"{shanghai(close.at):%Y-%m-%d %H:%M}" == "2031-12-24 17:00"
    assert f"{shanghai(end.at):%Y-%m-%d %H:%M}" == "2032-01-05 10:00"
    assert close.source is end.source is Source.INFERRED
    warned = {f.field for f in notice.findings if f.code is Code.YEAR_FROM_CONTEXT}
    assert {MilestoneName.REGISTRATION_CLOSE, MilestoneName.BIDDING_CLOSE} <= warned


def test_a_year_of_two_figures_far_from_the_notice_s_own_is_none() -> None:
    text = _SHORT_YEARS.format(year="13", next="14")
    (notice,) = read_notice(Path("notice.txt"), text.encode(), Limits())
    assert not notice.parcels[0].milestones
    assert Code.YEAR_NOT_STATED in {finding.code for finding in notice.findings}


def test_land_that_failed_to_sell_and_is_offered_anew_is_no_result() -> None:
    text = (
        "2031-11-27 12:48\n"
        "记者昨日了解到，原于8月27日出让的首批地块流拍后，将于12月4日再次入市拍卖。\n"
        "编号为KC2031-5-A1的地块容积率做了调整，面积4000平方米。\n"
    )
    (notice,) = read_notice(Path("notice.txt"), text.encode(), Limits())
    assert notice.kind is Kind.AUCTION


def test_the_day_on_which_a_bureau_made_an_offer_known_is_not_that_of_the_auction() -> None:
    notice = read(
        "5月30日，丙市自然资源局决定以拍卖方式出让6宗地块。网上拍卖时间为2031年6月20日9时30分起。",
        way="拍卖",
    )
    assert all_said(notice) == [{"auction": "6-20 9:30"}]


def test_a_range_that_a_line_breaks_at_its_joint_is_one() -> None:
    notice = read(
        "申请人可于2031年6月6日\n\n起至2031年6月12日登录系统提交申请。\n\n"
        "报名时间：2031年6月6日09时00分\n\n至2031年6月12日15时00分。\n"
    )
    assert all_said(notice) == [{"opens": "6-6 9:00", "closes": "6-12 15:00"}]


@pytest.mark.parametrize(
    ("text", "of_each"),
    [
        (  # the frame of all closes when the last of them does
            "挂牌活动定于2031年6月8日9时至2031年6月19日10时举行，各地块截止及现场竞价时间如下：\n\n"
            "丙储2031-7号：挂牌截止时间2031年6月18日10时，现场竞价开始时间2031年6月18日13时30分；\n\n"
            "丙储2031-8号：挂牌截止时间2031年6月19日10时，现场竞价开始时间2031年6月19日13时30分。",
            [
                {"bidding": "6-8 9:00", "ends": "6-18 10:00", "auction": "6-18 13:30"},
                {"bidding": "6-8 9:00", "ends": "6-19 10:00", "auction": "6-19 13:30"},
            ],
        ),
        (  # the hours of one day, each of its parcels
            "拍卖会定于2031年6月18日举行，丙储2031-7号地块上午9时30分开始依次进行，"
            "丙储2031-8号地块下午2时30分开始。",
            [{"auction": "6-18 9:30"}, {"auction": "6-18 14:30"}],
        ),
        (
            "挂牌时间：2031年6月8日9时起至2031年6月18日10时止，其中：丙储2031-8号宗地至2031年6月18日11时止。",
            [
                {"bidding": "6-8 9:00", "ends": "6-18 10:00"},
                {"bidding": "6-8 9:00", "ends": "6-18 11:00"},
            ],
        ),
        (
            "有意竞买者于2031年6月12日16时30分前办理竞买报名手续，交纳竞买保证金（以保证金到账时间为准）。",
            [{"closes": "6-12 16:30", "deposit": "6-12 16:30"}] * 2,
        ),
        (
            "报名截止时间为2031年6月12日15时（丙储2031-8号为2031年6月13日15时）。",
            [{"closes": "6-12 15:00"}, {"closes": "6-13 15:00"}],
        ),
        (
            "挂牌时间为2031年6月8日9时至2031年6月18日上午10时（丙储2031-8号为10时30分）。",
            [
                {"bidding": "6-8 9:00", "ends": "6-18 10:00"},
                {"bidding": "6-8 9:00", "ends": "6-18 10:30"},
            ],
        ),
        (
            "挂牌时间为2031年6月8日9时至6月18日，其中丙储2031-7号地块9:30截止，丙储2031-8号地块10:00截止。",
            [
                {"bidding": "6-8 9:00", "ends": "6-18 9:30"},
                {"bidding": "6-8 9:00", "ends": "6-18 10:00"},
            ],
        ),
        (
            "挂牌时间：2031年6月8日9时至2031年6月18日，其中2031-7号地块截止时间为9时30分，"
            "2031-8号地块截止时间为10时。",
            [
                {"bidding": "6-8 9:00", "ends": "6-18 9:30"},
                {"bidding": "6-8 9:00", "ends": "6-18 10:00"},
            ],
        ),
        (
            "丙储2031-7号地块与丙储2031-8号地块的拍卖时间相同，均为2031年6月18日10时。",
            [{"auction": "6-18 10:00"}] * 2,
        ),
        (
            "丙储2031-7号地块与丙储2031-8号地块同步拍卖，拍卖时间为2031年6月18日10时。",
            [{"auction": "6-18 10:00"}] * 2,
        ),
        (
            "于2031年6月18日9时起依次举行拍卖会：丙储2031-7号9时、丙储2031-8号10时。",
            [{"auction": "6-18 9:00"}, {"auction": "6-18 10:00"}],
        ),
        (
            "拍卖会定于2031年6月18日9时30分起依次进行，2031-7号9时30分，2031-8号10时30分。",
            [{"auction": "6-18 9:30"}, {"auction": "6-18 10:30"}],
        ),
        (  # of which parcel is said, not with which it is compared
            "丙储2031-7号地块保证金到账截止时间为2031年6月12日16时。\n\n丙储2031-8号地块的报名时间与"
            "丙储2031-7号地块一致，保证金到账截止时间为2031年6月11日16时。",
            [{"deposit": "6-12 16:00"}, {"deposit": "6-11 16:00"}],
        ),
        (
            "拍卖时间：2031年6月18日上午9时30分（丙储(2031)-7号）、上午10时30分（丙储(2031)-8号）。",
            [{"auction": "6-18 9:30"}, {"auction": "6-18 10:30"}],
        ),
        (
            "报名（保证金缴纳）时间：2031年6月6日9时起至2031年6月12日16时止。",
            [{"opens": "6-6 9:00", "closes": "6-12 16:00", "deposit": "6-12 16:00"}] * 2,
        ),
        (
            "申请人可于2031年6月6日至2031年6月12日提交书面申请。报名截止时间为2031年6月12日24时。",
            [{"opens": "6-6", "closes": "6-13 0:00"}] * 2,
        ),
        (
            "竞买人须于拍卖会前2个工作日（即2031年6月12日）下午5时以前缴纳竞买保证金。",
            [{"deposit": "6-12"}] * 2,  # and no auction's
        ),
        (
            "挂牌报价时间：2031年6月8日北京时间10:30至2031年6月18日北京时间11:00。",
            [{"bidding": "6-8 10:30", "ends": "6-18 11:00"}] * 2,
        ),
        (  # one window began for both
            "挂牌报价时间：2031年6月8日9时至2031年6月18日10时（丙储2031-7号）、"
            "2031年6月18日10时20分（丙储2031-8号）。",
            [
                {"bidding": "6-8 9:00", "ends": "6-18 10:00"},
                {"bidding": "6-8 9:00", "ends": "6-18 10:20"},
            ],
        ),
        (
            "挂牌截止时间：NO.丙储2031-7号为2031年6月18日9:00，"
            "NO.丙储2031-8号为2031年6月18日9:30。",
            [{"ends": "6-18 9:00"}, {"ends": "6-18 9:30"}],
        ),
        (
            "网上挂牌报价时间：2031年6月8日9时开始，截止时间分别为：丙储2031-7号（网）"
            "2031年6月18日9时；丙储2031-8号（网）2031年6月18日10时。",
            [
                {"bidding": "6-8 9:00", "ends": "6-18 9:00"},
                {"bidding": "6-8 9:00", "ends": "6-18 10:00"},
            ],
        ),
        (
            "挂牌时间：2031年6月8日9时至2031年6月18日10时（丙储2031-7号）；"
            "2031年6月18日10时20分（丙储2031-8号）。",
            [
                {"bidding": "6-8 9:00", "ends": "6-18 10:00"},
                {"bidding": "6-8 9:00", "ends": "6-18 10:20"},
            ],
        ),
        (
            "挂牌期限：2031年6月8日9时开始；丙储2031-7号截止时间为2031年6月18日9时；"
            "丙储2031-8号截止时间为2031年6月18日10时。",
            [
                {"bidding": "6-8 9:00", "ends": "6-18 9:00"},
                {"bidding": "6-8 9:00", "ends": "6-18 10:00"},
            ],
        ),
        (  # the title of the section names the window
            "五、挂牌时间、地点\n\n（一）丙储2031-7号：2031年6月8日9时至6月18日10时；\n\n"
            "（二）宗地2031-8号：2031年6月8日9时至6月18日11时。\n\n挂牌地点：丙市交易中心",
            [
                {"bidding": "6-8 9:00", "ends": "6-18 10:00"},
                {"bidding": "6-8 9:00", "ends": "6-18 11:00"},
            ],
        ),
        (  # of the first by the list alone
            "挂牌起始时间为2031年6月8日9时，首宗挂牌截止时间为2031年6月18日10时。",
            [{"bidding": "6-8 9:00", "ends": "6-18 10:00"}, {"bidding": "6-8 9:00"}],
        ),
    ],
)
def test_times_of_two_parcels(text: str, of_each: list[dict[str, str]]) -> None:
    assert all_said(read(text, 2)) == of_each


@pytest.mark.parametrize("title", ["挂牌", "报名"])
@pytest.mark.parametrize(
    ("deed", "name"),
    [
        ("9时前报名", "closes"),
        ("9时前缴纳保证金", "deposit"),
        ("9时前，缴纳保证金", "deposit"),
        ("9时前到账", "deposit"),
        ("9时前现场踏勘", None),
        ("9时举行拍卖会", "auction"),
    ],
)
def test_what_a_line_of_a_parcel_says_is_done_then_beats_the_title_above(
    title: str, deed: str, name: str | None
) -> None:
    lines = f"丙储2031-7号：2031年6月12日{deed}；\n\n丙储2031-8号：2031年6月13日{deed}。"
    expected = [{name: "6-12 9:00"}, {name: "6-13 9:00"}] if name else [{}, {}]
    assert all_said(read(f"五、{title}时间、地点\n\n{lines}", 2)) == expected


@pytest.mark.parametrize("words", ["，竞买保证金800万元", "，现场竞价另行通知"])
def test_what_another_clause_says_of_a_parcel_leaves_its_line_to_the_title(words: str) -> None:
    line = "丙储2031-{}号：2031年6月8日9时至2031年6月18日10时" + words
    text = f"五、挂牌时间、地点\n\n{line.format(7)}；\n\n{line.format(8)}。"
    assert all_said(read(text, 2)) == [{"bidding": "6-8 9:00", "ends": "6-18 10:00"}] * 2


@pytest.mark.parametrize("whose", ["丙储2031-7号", ""])
def test_the_end_of_what_a_period_of_the_notice_begins_is_of_nothing_known(whose: str) -> None:
    notice = read(f"公告期2031年5月8日起；{whose}截止时间为2031年6月18日9时。", 2)
    assert all_said(notice) == [{}, {}]
    assert Code.TIME_WITHOUT_LABEL in {finding.code for finding in notice.findings}


@pytest.mark.parametrize(("time", "is_end"), [("6月9日9时", False), ("6月19日9时", True)])
def test_one_time_behind_the_window_of_another_parcel_ends_it_only_if_it_is_as_late(
    time: str, is_end: bool
) -> None:
    window = "丙储2031-7号地块2031年6月8日9时至2031年6月18日10时"
    notice = read(f"挂牌时间：{window}；丙储2031-8号地块2031年{time}。", 2)
    other = {"bidding": "6-8 9:00", "ends": "6-19 9:00"} if is_end else {}
    assert all_said(notice) == [{"bidding": "6-8 9:00", "ends": "6-18 10:00"}, other]
    untold = [finding for finding in notice.findings if finding.code is Code.OPEN_OR_CLOSE]
    assert {finding.parcel_no for finding in untold} == (set() if is_end else {"丙储2031-8号"})


def test_a_number_of_figures_alone_before_a_colon_is_no_broken_date() -> None:
    text = (
        "丁市国有建设用地使用权挂牌出让公告\n地块公告号：203108801，面积21764平方米。\n"
        "203108801：挂牌截止时间2031年6月12日10时。\n"
    )
    (notice,) = read_notice(Path("notice.txt"), text.encode(), Limits())
    assert Code.TIME_NOT_UNDERSTOOD not in {finding.code for finding in notice.findings}
    assert "ends" in all_said(notice)[0]


def test_the_way_for_enough_bidders_is_the_first_and_the_day_of_counting_none() -> None:
    notice = read(
        "拍卖：截至2031年6月12日17时，取得竞买资格的竞买人不少于3人的，采取拍卖方式出让，"
        "拍卖会定于2031年6月18日上午9时举行。\n\n"
        "挂牌：截至2031年6月12日17时，取得竞买资格的竞买人不足3人的，采取挂牌方式出让，"
        "挂牌时间为2031年6月18日上午9时至2031年6月28日上午10时。\n\n"
        "申请人可于2031年6月6日至2031年6月12日17时网上报名。\n",
        way="公开",
    )
    assert all_said(notice) == [{"opens": "6-6", "closes": "6-12 17:00", "auction": "6-18 9:00"}]
    (other,) = notice.parcels[0].alternatives
    assert times_of(dict(other.milestones)) == {"bidding": "6-18 9:00", "ends": "6-28 10:00"}


def test_parcels_that_only_their_times_name_have_these_and_what_is_said_of_all() -> None:
    head = "丙市国有建设用地使用权挂牌出让公告\n\n挂牌出让以下2宗地块（见附件）。\n\n"
    text = (
        "挂牌时间：2031-7：自2031年6月8日9时至2031年6月18日10时，2031-8：自2031年6月8日9时至2031年6月18日11时。"
        "缴纳竞买保证金的截止时间为2031年6月12日16时。竞买申请人可于挂牌时间内提交申请。\n\n特此公告。\n"
    )

    (notice,) = read_notice(Path("notice.md"), (head + text).encode(), Limits())

    assert [parcel.parcel_no for parcel in notice.parcels] == ["2031-7", "2031-8"]
    assert all_said(notice) == [
        {
            "opens": "6-8 9:00",
            "closes": f"6-18 {hour}:00",
            "deposit": "6-12 16:00",
            "bidding": "6-8 9:00",
            "ends": f"6-18 {hour}:00",
        }
        for hour in (10, 11)
    ]


def test_a_table_of_changes_that_strikes_out_the_old_gives_the_new() -> None:
    page = (
        "<html><head><style>.del{text-decoration:line-through}</style></head><body>"
        "<h1>丙县国有建设用地使用权拍卖出让更正公告</h1><p>丙自然资更〔2031〕1号</p>"
        "<p>丙自然资拍〔2031〕4号公告中，DL2031-22号宗地有关内容有误，现更正如下：</p>"
        "<table><tr><th>更正事项</th><th>原内容</th><th>更正后内容</th></tr>"
        '<tr><td>报名截止时间</td><td class="del">2031年9月26日17:00</td>'
        "<td>2031年9月28日17:00</td></tr></table></body></html>"
    )
    (notice,) = read_notice(Path("notice.html"), page.encode(), Limits())
    (change,) = notice.changes
    assert (change.parcel_no, change.field) == ("DL2031-22号", MilestoneName.REGISTRATION_CLOSE)
    assert notice.kind is Kind.CORRECTION


def test_of_a_change_neither_who_is_not_changed_nor_the_day_of_the_notice_is_changed() -> None:
    text = (
        "丙市国有建设用地使用权拍卖出让延期公告\n丙自然资拍延〔2031〕3号\n"
        "我局于2031年2月27日发布《丙市国有建设用地使用权拍卖出让公告》（丙自然资拍〔2031〕6号）。"
        "现将丙土2031-22、丙土2031-23两宗地块的有关时间调整如下：\n"
        "拍卖会开始时间由2031年3月30日9时30分调整为2031年4月20日14时30分。\n"
        "同一公告中的丙土2031-24地块不作调整，仍按原定时间进行。\n"
    )
    (notice,) = read_notice(Path("notice.txt"), text.encode(), Limits())
    assert [parcel.parcel_no for parcel in notice.parcels] == ["丙土2031-22", "丙土2031-23"]
    assert all_said(notice) == [{"auction": "4-20 14:30"}] * 2


def _read_correction(words: str) -> Notice:
    text = "丙市国有建设用地使用权挂牌出让更正公告\n\n丙告字〔2031〕4号\n\n"
    text += f"丙告字〔2031〕3号公告中丙储2031-7号地块有关内容更正如下：\n\n{words}\n\n特此公告。\n"
    (notice,) = read_notice(Path("notice.md"), text.encode(), Limits())
    return notice


_WAS = "原公告挂牌时间为2031年6月8日9时至2031年6月18日10时，"
_BEGINS = MilestoneName.BIDDING_OPEN


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            "挂牌截止时间现更正为2031年6月20日10时，起始时间更正为2031年6月10日9时。",
            {"bidding": "6-10 9:00", "ends": "6-20 10:00"},
        ),
        (
            "现变更为：挂牌起始时间2031年6月10日9时，挂牌截止时间2031年6月20日10时。",
            {"bidding": "6-10 9:00", "ends": "6-20 10:00"},
        ),
        ("挂牌截止时间现更正为2031年6月20日10时。", {"bidding": "6-8 9:00", "ends": "6-20 10:00"}),
        ("挂牌截止时间现更正为2031年6月20日10时，其他更正为2031年6月10日9时。", {}),
        (
            "挂牌截止时间现更正为2031年6月20日10时，挂牌时间更正为2031年6月10日9时。",
            {"ends": "6-20 10:00"},
        ),
    ],
)
def test_the_beginning_of_a_window_stands_only_where_nothing_may_change_it(
    words: str, expected: dict[str, str]
) -> None:
    notice = _read_correction(_WAS + words)
    assert all_said(notice) == [expected]
    codes = {finding.code for finding in notice.findings}
    is_doubted = bool(codes & {Code.OPEN_OR_CLOSE, Code.CHANGE_NOT_UNDERSTOOD})
    assert is_doubted == ("bidding" not in expected)


@pytest.mark.parametrize(
    ("words", "is_sure"),
    [
        ("如报名不足3人，转为挂牌，报名截止时间变更为2031年6月25日16时。", False),
        ("若未能举行拍卖会，转为挂牌，报名截止时间变更为2031年6月25日16时。", False),
        ("竞买人不足三人的，挂牌出让，报名截止时间变更为2031年6月25日16时。", False),
        ("如报名不足3人，转为挂牌。报名截止时间变更为2031年6月25日16时。", False),
        ("因报名不足3人，已转为挂牌。报名截止时间变更为2031年6月25日16时。", True),
        ("因报名不足3人，拍卖会取消，报名截止时间变更为2031年6月25日16时。", True),
        ("报名时间顺延，报名截止时间变更为2031年6月25日16时。", True),
    ],
)
def test_a_change_that_holds_only_if_too_few_bid_is_doubted(words: str, is_sure: bool) -> None:
    notice = _read_correction(words)
    assert all_said(notice) == [{"closes": "6-25 16:00"} if is_sure else {}]
    assert [change.field for change in notice.changes] == ["registration_close"] * is_sure
    doubted = {each.field for each in notice.findings if each.code is Code.CHANGE_NOT_UNDERSTOOD}
    assert ("registration_close" in doubted) == (not is_sure)


@pytest.mark.parametrize(
    ("cut", "expected"),
    [("登", {"opens": "6-8", "closes": "6-17"}), ("登录网站下载", {}), ("到", {})],
)
def test_who_signs_in_where_the_file_is_cut_registers_under_such_a_title(
    cut: str, expected: dict[str, str]
) -> None:
    text = (
        "丙市国有建设用地使用权挂牌出让公告\n\n地块编号：JX-1，面积5000平方米。\n\n"
        "四、保证金缴纳及网上报名。申请人缴纳竞买保证金的截止时间为2031年6月17日17时。"
        f"申请人可于2031年6月8日至6月17日工作时间内{cut}"
    )
    (notice,) = read_notice(Path("notice.txt"), text.encode(), Limits())
    assert all_said(notice) == [{**expected, "deposit": "6-17 17:00"}]


def test_a_notice_in_traditional_characters_is_read_like_one_in_simplified() -> None:
    text = (
        "丙市國有建設用地使用權拍賣出讓公告\n\n地塊編號：JX-1，面積5000平方米。\n\n"
        "有意競買者需在2031年5月20日-6月13日16時整這段時間內，到亞東鎮二樓索取拍賣手冊，並按要求報名參加競買。"
    )
    (notice,) = read_notice(Path("notice.txt"), text.encode(), Limits())
    assert all_said(notice) == [{"opens": "5-20", "closes": "6-13 16:00"}]


def test_a_section_for_one_way_alone_is_no_second_set() -> None:
    text = (
        "本次以挂牌方式公开出让。报名截止时间为2031年6月12日16时。\n\n"
        "挂牌时间：2031年6月17日9时至2031年6月27日17时。\n\n三、若拍卖时竞买人不足三人的，改为挂牌方式出让。"
    )
    notice = read(text)
    assert all_said(notice) == [
        {"closes": "6-12 16:00", "bidding": "6-17 9:00", "ends": "6-27 17:00"}
    ]
    assert not said_if(notice.parcels[0])


def test_a_time_in_the_same_period_does_not_hide_what_is_done_by_then() -> None:
    text = "竞买申请人应于2031年6月14日8时30分至2031年7月4日17时登录系统,"
    text += "提交申请并在该时段内足额缴纳竞买保证金。"
    ends = {"opens": "6-14 8:30", "closes": "7-4 17:00", "deposit": "7-4 17:00"}
    assert all_said(read(text)) == [ends]


def test_the_name_of_a_site_is_no_way_of_offering() -> None:
    page = (
        "<title>丙局国有建设用地使用权挂牌出让公告-招标信息网</title><p>首页 招标公告</p>"
        "<p>地块编号：JX-1，面积5000平方米。</p><p>挂牌截止时间：2031年6月4日9时</p>"
    )
    (notice,) = read_notice(Path("notice.html"), page.encode(), Limits())
    assert notice.kind is Kind.LISTING


def test_a_supplement_without_a_title_is_a_change() -> None:
    text = (
        "现对2031年4月9日发布的丙告字〔2031〕21号挂牌出让公告(涉及JX-1地块)作如下补充:"
        "挂牌截止时间为2031年5月15日10时30分,其他内容不变。"
    )
    (notice,) = read_notice(Path("notice.txt"), text.encode(), Limits())
    assert notice.kind is Kind.CORRECTION


_RESUMED = (
    "丙县JX-2031-07号地块国有建设用地使用权恢复挂牌出让公告\n丙自然资告〔2031〕23号\n"
    "经同意，决定自即日起恢复该宗地的挂牌出让活动。\n原公告载明的报名截止时间为2031年8月19日17:00{}。\n"
)


def test_a_resumption_states_new_times_behind_the_old_or_says_that_it_states_none() -> None:
    new = "，现各环节时间依次顺延如下：JX-2031-07号地块报名截止时间为2031年10月21日17:00"
    (notice,) = read_notice(Path("notice.txt"), _RESUMED.format(new).encode(), Limits())
    assert [(change.field, change.new[:16]) for change in notice.changes] == [
        ("registration_close", "2031-10-21T17:00")
    ]
    (other,) = read_notice(Path("notice.txt"), _RESUMED.format("").encode(), Limits())
    assert not other.changes
    assert Code.CHANGE_NOT_UNDERSTOOD in {finding.code for finding in other.findings}


@pytest.mark.parametrize("words", ["备注：已终止交易，原拍卖时间：", "原定拍卖会时间为"])
def test_the_time_of_an_earlier_offer_is_a_finding(words: str) -> None:
    notice = read(f"报名截止时间为2031年6月12日16时。\n\n{words}2031年5月10日9时。", way="拍卖")
    assert all_said(notice) == [{"closes": "6-12 16:00"}]
    assert Code.TIME_WITHOUT_LABEL in {finding.code for finding in notice.findings}


@pytest.mark.parametrize("label", ["挂牌地点及时间", "挂牌地点、时间", "挂牌时间及地点"])
def test_a_label_of_place_and_time_is_of_the_time_behind_the_place(label: str) -> None:
    notice = read(f"五、{label}：丙市公共资源交易中心，2031年6月8日 至 2031年6月18日。")
    assert all_said(notice) == [{"bidding": "6-8", "ends": "6-18"}]


def test_a_title_says_what_the_time_below_it_is_of() -> None:
    notice = read(
        "（三）拍卖会\n时间：2031年6月18日14时30分，一号地块先行\n地点：丙市交易中心", way="拍卖"
    )
    assert all_said(notice) == [{"auction": "6-18 14:30"}]


def test_hours_of_a_range_may_stand_in_words() -> None:
    notice = read("投标书须于二○三一年六月十二日上午八时三十分至十时投入标箱。", way="招标")
    assert all_said(notice) == [{"bidding": "6-12 8:30", "ends": "6-12 10:00"}]


def test_the_examination_of_registrations_is_no_registration() -> None:
    text = "报名截止时间：2031年6月12日16时。报名资格审核截止时间为2031年6月12日17时30分。"
    assert all_said(read(text)) == [{"closes": "6-12 16:00"}]


@pytest.mark.parametrize(
    ("text", "way", "milestones"),
    [
        # a bidding that an auction is
        ("网上拍卖竞价于2031年6月18日10时开始。", "拍卖", {"auction": "6-18 10:00"}),
        # words that explain a time are not what it is of
        (
            "挂牌报价起始时间为公告期满次日即2031年6月8日9时，截止时间为2031年6月18日10时。",
            "挂牌",
            {"bidding": "6-8 9:00", "ends": "6-18 10:00"},
        ),
        # the label and what begins may be parted by a colon
        ("挂牌：起始于2031年6月8日9时。", "挂牌", {"bidding": "6-8 9:00"}),
        # an amount stands between the label and the time
        (
            "三、竞买登记\n请于2031年6月2日9时至2031年6月12日17时到三楼登记，并将竞买保证金306万元于"
            "2031年6月11日12时前汇入指定账户。",
            "挂牌",
            {"opens": "6-2 9:00", "closes": "6-12 17:00", "deposit": "6-11 12:00"},
        ),
        # what is done too late is not what is due
        (
            "申请人可于2031年6月2日至2031年6月12日20:00前提交书面申请，竞买保证金须于2031年6月12日"
            "18:30前交入指定账户，逾期不予受理。",
            "挂牌",
            {"opens": "6-2", "closes": "6-12 20:00", "deposit": "6-12 18:30"},
        ),
        # a label that does not speak of time may refer to one
        (
            "二、报名：2031年6月2日9时至2031年6月12日16时。\n三、保证金到账：与报名截止时间一致。",
            "挂牌",
            {"opens": "6-2 9:00", "closes": "6-12 16:00", "deposit": "6-12 16:00"},
        ),
    ],
)
def test_what_a_time_is_of_in_further_words(
    text: str, way: str, milestones: dict[str, str]
) -> None:
    assert all_said(read(text, way=way)) == [milestones]


def test_lines_of_a_number_and_a_time_go_on_with_the_label_above_them() -> None:
    text = (
        "挂牌报价自2031年6月8日9时起，各地块挂牌截止时间分别为：\n\n"
        "2031-7号　2031年6月18日10时\n\n2031-8号　2031年6月18日11时"
    )
    assert all_said(read(text, parcels=2)) == [
        {"bidding": "6-8 9:00", "ends": "6-18 10:00"},
        {"bidding": "6-8 9:00", "ends": "6-18 11:00"},
    ]


def test_a_stamp_of_a_machine_is_no_parcel_of_a_list() -> None:
    text = "拍卖会时间：2031年6月18日10时。\n\n20310618103000 2031-06-19 10:30"
    assert all_said(read(text, way="拍卖")) == [{"auction": "6-18 10:00"}]


def test_a_title_that_is_of_no_time_does_not_outweigh_what_is_done_by_then() -> None:
    notice = read(
        "二、竞买人的资格及要求：\n\n竞买人可于2031年6月2日至2031年6月12日，登录网上交易系统浏览、下载出让文件，"
        "并在2031年6月12日17:00前提交竞买申请、交纳竞买保证金（到账为准）。"
    )
    assert all_said(notice) == [{"closes": "6-12 17:00", "deposit": "6-12 17:00"}]


def test_the_figures_of_a_number_behind_a_place_are_no_time() -> None:
    text = (
        "丙县国有建设用地使用权挂牌出让公告\n\n|宗地编号|面积(平方米)|起始价(万元)|\n|---|---|---|\n"
        "|丙县2031019|3000|800|\n|丙县2031020|4000|900|\n\n"
        "网上报价时间:丙县2031019:2031年6月8日9时至2031年6月18日9时;丙县2031020:2031年6月8日9时至2031年6月18日10时"
    )
    (notice,) = read_notice(Path("notice.md"), text.encode(), Limits())
    assert [times["ends"] for times in all_said(notice)] == ["6-18 9:00", "6-18 10:00"]
