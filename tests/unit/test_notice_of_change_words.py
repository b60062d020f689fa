"""Notices of change: which time is the old one and which the new, and which parcel and kind they
name."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from notifier.domain.findings import Code
from notifier.domain.times import shanghai
from notifier.domain.values import Kind, MilestoneName, Notice, Precision, Severity
from notifier.intake.limits import Limits
from notifier.intake.notice import read_notice

_EARLIER = "我局于2031年5月6日发布的《国有建设用地使用权挂牌出让公告》（丙告字〔2031〕3号），"


def read(title: str, text: str, name: str = "notice.txt") -> Notice:
    document = f"{title}\n\n{text}\n\n丙市自然资源局\n\n2031年5月20日\n"
    (notice,) = read_notice(Path(name), document.encode(), Limits())
    return notice


def changes(notice: Notice) -> list[str]:
    return [
        f"{change.parcel_no} {change.field} {change.old[:16]} {change.new[:16]}"
        for change in notice.changes
    ]


_MOVED = "丙储2031-7号 registration_close 2031-06-02T16:00 2031-06-12T16:00"
_CORRECTIONS = (
    "报名截止时间2031年6月2日16时有误，正确时间为2031年6月12日16时。",
    "“报名截止时间2031年6月2日16时”应为“报名截止时间2031年6月12日16时”。",
    "删除“报名截止时间2031年6月2日16时”，增加“报名截止时间2031年6月12日16时”。",
    "“报名截止时间2031年6月2日16时”更正为“报名截止时间2031年6月12日16时”。",
)


@pytest.mark.parametrize("text", _CORRECTIONS)
def test_a_correction_goes_from_the_wrong_time_to_the_right_one(text: str) -> None:
    notice = read("关于丙储2031-7号地块出让公告的更正公告", "丙储2031-7号地块" + text)
    assert changes(notice) == [_MOVED]


def test_new_times_that_follow_respectively_are_of_what_the_old_ones_were() -> None:
    text = (
        "丙储2031-7号地块原公告报名截止时间2031年6月2日16时、挂牌截止时间2031年6月8日10时，"
        "现分别调整为2031年6月12日16时、2031年6月18日10时。"
    )
    assert changes(read("关于丙储2031-7号地块延期出让的公告", text)) == [
        _MOVED,
        "丙储2031-7号 bidding_close 2031-06-08T10:00 2031-06-18T10:00",
    ]


_OTHERS = (
    "104号地块挂牌截止时间延期至2031年6月18日10时，其余地块延期至2031年6月19日10时。",
    "挂牌截止时间调整如下：104号延期至2031年6月18日10时，另外2宗延期至2031年6月19日10时。",
    "除104号地块挂牌截止时间延期至2031年6月18日10时外，其他地块挂牌截止时间延期至2031年6月19日10时。",
)


@pytest.mark.parametrize("text", _OTHERS)
def test_what_is_done_to_the_other_parcels_is_of_those_that_the_recital_names(text: str) -> None:
    recital = "挂牌出让丙储2031-104号、丙储2031-105号、丙储2031-106号三宗地块。现决定，"
    assert changes(read("关于延期出让的公告", _EARLIER + recital + text)) == [
        "丙储2031-104号 bidding_close  2031-06-18T10:00",
        "丙储2031-105号 bidding_close  2031-06-19T10:00",
        "丙储2031-106号 bidding_close  2031-06-19T10:00",
    ]


@pytest.mark.parametrize("text", ["其余地块出让活动照常进行。", "其他事项不变。"])
def test_the_others_that_go_on_are_not_changed(text: str) -> None:
    recital = "挂牌出让丙储2031-104号、丙储2031-105号、丙储2031-106号三宗地块。"
    change = "现将丙储2031-104号地块挂牌截止时间延期至2031年6月18日10时，"
    assert changes(read("关于延期出让的公告", _EARLIER + recital + change + text)) == [
        "丙储2031-104号 bidding_close  2031-06-18T10:00",
    ]


def test_old_and_new_times_of_two_parcels_go_in_their_order() -> None:
    text = (
        "丙储2031-7号、丙储2031-8号地块挂牌截止时间由2031年6月8日10时、2031年6月8日11时"
        "分别延期至2031年6月18日10时、2031年6月18日11时。"
    )
    assert changes(read("丙市延期公告", text)) == [
        "丙储2031-7号 bidding_close 2031-06-08T10:00 2031-06-18T10:00",
        "丙储2031-8号 bidding_close 2031-06-08T11:00 2031-06-18T11:00",
    ]


def test_the_day_from_which_a_listing_is_resumed_opens_no_registration() -> None:
    text = "决定自2031年6月3日起恢复挂牌，竞买申请及保证金缴纳截止时间顺延至2031年6月12日16时。"
    notice = read("关于恢复丙储2031-7号地块挂牌出让的公告", text)
    assert notice.kind is Kind.RESUMPTION
    assert sorted(change.field for change in notice.changes) == [
        "deposit_close",
        "registration_close",
    ]


def test_a_moved_auction_is_told_with_its_registration() -> None:
    text = (
        "原定于2031年6月8日10时举行的丙储2031-7号地块拍卖会，现推迟至2031年6月18日10时举行，"
        "报名截止时间相应延至2031年6月12日16时。"
    )
    assert sorted(changes(read("关于推迟丙储2031-7号地块拍卖会的公告", text))) == [
        "丙储2031-7号 auction_start 2031-06-08T10:00 2031-06-18T10:00",
        "丙储2031-7号 registration_close  2031-06-12T16:00",
    ]


def test_a_table_whose_headings_say_what_changes() -> None:
    text = (
        "下列地块时间延期如下：\n\n|地块编号|原报名截止时间|延期后报名截止时间|原挂牌截止时间|延期后挂牌截止时间|\n"
        "|---|---|---|---|---|\n"
        "|丙储2031-7号|2031年6月2日16时|2031年6月12日16时|2031年6月8日10时|2031年6月18日10时|"
    )
    assert sorted(changes(read("丙市土地出让延期公告", text, "notice.md"))) == [
        "丙储2031-7号 bidding_close 2031-06-08T10:00 2031-06-18T10:00",
        _MOVED,
    ]


def test_a_table_that_lost_the_heading_of_the_new_times_states_no_old_one() -> None:
    text = (
        "|地块编号|原挂牌截止时间||\n|---|---|---|\n"
        "|丙储2031-7号|2031年6月8日10时|2031年6月18日10时|"
    )
    notice = read("丙市土地出让延期公告", text, "notice.md")
    assert [dict(parcel.milestones) for parcel in notice.parcels] in ([], [{}])
    assert Code.CHANGE_NOT_UNDERSTOOD in {finding.code for finding in notice.findings}


def test_a_change_that_is_cut_off_behind_its_verb_leaves_no_time() -> None:
    document = (
        "关于丙储2031-7号地块的补充公告\n"
        "原公告中丙储2031-7号地块的挂牌截止时间“2031年6月8日10:00”调整"
    )
    (notice,) = read_notice(Path("notice.txt"), document.encode(), Limits())
    assert not notice.changes
    assert [dict(parcel.milestones) for parcel in notice.parcels] == [{}]


_WITHOUT_TITLE = (
    (
        "现将丙储2031-7号地块的挂牌截止时间由2031年6月8日10时延至2031年6月18日10时。",
        Kind.POSTPONEMENT,
    ),
    (
        "公告中丙储2031-7号地块报名截止时间2031年6月2日16时有误，正确时间为2031年6月12日16时。",
        Kind.CORRECTION,
    ),
    ("“挂牌截止时间：2031年6月8日10时”更正为“挂牌截止时间：2031年6月18日10时”。", Kind.CORRECTION),
    (
        "我局定于2031年6月8日9时至2031年6月18日10时挂牌出让的丙储2031-7号地块，现决定中止挂牌活动，恢复时间另行公告。",
        Kind.SUSPENSION,
    ),
)


@pytest.mark.parametrize(("text", "kind"), _WITHOUT_TITLE)
def test_a_change_whose_title_was_lost_is_still_one(text: str, kind: Kind) -> None:
    (notice,) = read_notice(
        Path("notice.txt"), f"{text}\n丙市自然资源局\n2031年5月20日\n".encode(), Limits()
    )
    assert notice.kind is kind


def test_a_file_that_ends_with_the_hour_of_a_flattened_cell_says_so() -> None:
    text = (
        "丙市国有建设用地使用权挂牌出让公告\n宗地编号: |\n丙储2031-7号 |\n宗地面积: |\n"
        "21000平方米 |\n"
        "起始价: |\n4000万元 |\n挂牌开始时间: |\n2031年6月8日08时30分 |\n挂牌截止时间: |\n"
        "2031年6月18日17时"
    )
    (notice,) = read_notice(Path("notice.txt"), text.encode(), Limits())
    assert (Code.TEXT_ENDS_HERE, "bidding_close") in {
        (finding.code, finding.field) for finding in notice.findings
    }


@pytest.mark.parametrize("end", ["上午9", "下午", "9"])
def test_a_file_that_ends_within_an_hour_states_no_deadline_of_an_unknown_end(end: str) -> None:
    text = (
        "丙市国有建设用地使用权挂牌出让公告\n地块编号：丙储2031-7号\n"
        f"申请人提交竞买申请并冻结竞买保证金的时间为2031年6月6日{end}"
    )
    (notice,) = read_notice(Path("notice.txt"), text.encode(), Limits())
    assert MilestoneName.DEPOSIT_CLOSE not in notice.parcels[0].milestones
    assert {
        (Code.TEXT_ENDS_HERE, "deposit_close"),
        (Code.TEXT_ENDS_HERE, "registration_close"),
    } <= {(finding.code, finding.field) for finding in notice.findings}


def test_a_file_that_ends_where_a_window_opens_under_its_title_gives_its_beginning() -> None:
    text = (
        "丙市国有建设用地使用权挂牌出让公告\n地块编号：丙储2031-7号\n"
        "五、挂牌竞价期：\n自2031年6月8日9时起"
    )
    (notice,) = read_notice(Path("notice.txt"), text.encode(), Limits())
    assert list(notice.parcels[0].milestones) == [MilestoneName.BIDDING_OPEN]


def test_a_file_that_ends_within_the_bracket_behind_a_time_says_so() -> None:
    text = (
        "丙市国有建设用地使用权挂牌出让公告\n地块编号：丙储2031-7号\n"
        "保证金到账截止时间为2031年6月12日16时（丙储20"
    )
    (notice,) = read_notice(Path("notice.txt"), text.encode(), Limits())
    assert (Code.TEXT_ENDS_HERE, "deposit_close") in {
        (finding.code, finding.field) for finding in notice.findings
    }


def test_a_time_alone_below_what_a_section_says_is_not_taken_for_the_sections() -> None:
    text = (
        "五、报名申请\n申请人应于2031年6月6日至2031年6月12日17时提出书面申请。\n"
        "2031年6月6日9时至2031年6月18日10时。"
    )
    notice = read(
        "丙市国有建设用地使用权挂牌出让公告",
        f"地块编号：丙储2031-7号，土地面积21000平方米。\n{text}",
    )
    assert [name.value for parcel in notice.parcels for name in parcel.milestones] == [
        "registration_open",
        "registration_close",
    ]
    assert notice.parcels[0].milestones[MilestoneName.REGISTRATION_OPEN].precision is Precision.DAY


def test_a_cell_that_ends_within_the_minutes_says_so() -> None:
    cells = "<td>丙储2031-7号</td><td>21000</td><td>2031年6月18日9时1</td>"
    head = "<th>地块编号</th><th>面积(㎡)</th><th>挂牌截止时间</th>"
    page = f"<table><tr>{head}</tr><tr>{cells}</tr></table>"
    (notice,) = read_notice(Path("notice.html"), page.encode(), Limits())
    assert (Code.TEXT_ENDS_HERE, "bidding_close") in {
        (finding.code, finding.field) for finding in notice.findings
    }


@pytest.mark.parametrize(
    "text",
    [
        "“竞买保证金：800万元”更正为“竞买保证金：900万元”。",
        "竞买保证金由800万元调整为900万元。",
        "竞买保证金800万元应为900万元。",
    ],
)
def test_a_parcel_has_the_new_amount_and_not_the_old(text: str) -> None:
    notice = read("关于丙储2031-7号地块出让公告的更正公告", "丙储2031-7号地块" + text)
    assert [parcel.deposit_wan for parcel in notice.parcels] == [900]
    assert ("deposit_wan", Decimal(800), Decimal(900)) in {
        (change.field, Decimal(change.old), Decimal(change.new)) for change in notice.changes
    }


def test_a_postponement_that_names_no_parcel_says_so() -> None:
    notice = read("丙市延期公告", "因系统维护，报名截止时间延期至2031年6月12日16时。")
    assert notice.kind is Kind.POSTPONEMENT
    assert Code.PARCELS_NOT_FOUND in {finding.code for finding in notice.findings}


_NUMBERS = (
    ("因规划调整，现终止丙政储出〔2031〕7号地块的挂牌出让活动。", ["丙政储出〔2031〕7号"]),
    ("经研究，决定终止丙余政储出〔2031〕7号地块的挂牌出让活动。", ["丙余政储出〔2031〕7号"]),
    (
        "终止丙政储出〔2031〕7号、8号地块的挂牌出让活动。",
        ["丙政储出〔2031〕7号", "丙政储出〔2031〕8号"],
    ),
    ("原定丙政储出〔2031〕7号地块的拍卖会不再举行，现终止出让。", ["丙政储出〔2031〕7号"]),
    ("现决定终止2031-07号地块的挂牌出让活动。", ["2031-07号"]),
    ("现决定终止XG2031031号地块的挂牌出让活动。", ["XG2031031号"]),
    ("现决定终止Hc2031-43号地块的挂牌出让活动。", ["Hc2031-43号"]),
    ("现决定终止XG100522地块的挂牌出让活动。", ["XG100522"]),
)


@pytest.mark.parametrize(("text", "numbers"), _NUMBERS)
def test_a_number_is_read_without_the_words_that_run_into_it(text: str, numbers: list[str]) -> None:
    notice = read("国有建设用地使用权终止出让公告", text)
    assert notice.kind is Kind.TERMINATION
    assert [parcel.parcel_no for parcel in notice.parcels] == numbers


_TITLES = (
    ("丙储2031-7号地块流拍公告", "丙储2031-7号地块因无人报名，流拍。", Kind.RESULT),
    (
        "国有建设用地使用权出让结果公布",
        "丙储2031-7号地块由某公司竞得，成交价4100万元。",
        Kind.RESULT,
    ),
    ("关于丙储2031-7号地块出让公告的补充说明", "丙储2031-7号地块增加配建要求。", Kind.CORRECTION),
    (
        "关于重启丙储2031-7号地块挂牌出让的公告",
        "现重启挂牌，挂牌截止时间为2031年6月18日10时。",
        Kind.RESUMPTION,
    ),
    ("国有建设用地使用权划拨批前公示", "丙储2031-7号地块拟划拨。", Kind.OTHER),
    ("丙市2031年住宅用地出让预告", "丙储2031-7号地块拟于近期出让。", Kind.OTHER),
    ("关于暂缓出让丙储2031-7号地块的通知", "丙储2031-7号地块现暂缓出让。", Kind.SUSPENSION),
)


@pytest.mark.parametrize(("title", "text", "kind"), _TITLES)
def test_the_title_says_the_kind_and_an_earlier_notices_number_is_not_its_own(
    title: str, text: str, kind: Kind
) -> None:
    notice = read(title, _EARLIER + text)
    assert (notice.kind, notice.notice_no) == (kind, "")


@pytest.mark.parametrize(
    ("title", "text", "numbers"),
    [
        (
            "关于终止丙储2031-8号地块出让的公告",
            "我局发布公告，挂牌出让丙储2031-7号、丙储2031-8号、丙储2031-9号地块。现决定终止丙储2031-8号地块的出让。",
            ["丙储2031-8号"],
        ),
        (
            "暂停公告",
            "因故暂停丙储2031-8号宗地的挂牌，其余两宗丙储2031-7号、丙储2031-9号正常进行。",
            ["丙储2031-8号"],
        ),
        (
            "终止公告",
            "我局发布公告挂牌出让的丙储2031-7号、丙储2031-8号地块，因规划调整，现决定终止出让。",
            ["丙储2031-7号", "丙储2031-8号"],
        ),
        (
            "中止公告",
            "现中止丙储2031-7号、丙储2031-8号等2宗地块的挂牌活动。",
            ["丙储2031-7号", "丙储2031-8号"],
        ),
        (
            "中止公告",
            "现中止丙国土储(2031)-7号、丙国土储(2031)-8号2宗地块。",
            ["丙国土储(2031)-7号", "丙国土储(2031)-8号"],
        ),
    ],
)
def test_a_change_is_of_the_parcels_that_it_acts_upon_and_of_no_others(
    title: str, text: str, numbers: list[str]
) -> None:
    assert [parcel.parcel_no for parcel in read(title, text).parcels] == numbers


def test_a_time_that_a_change_gives_no_name_is_reported() -> None:
    text = (
        "现将丙储2031-7号地块挂牌截止时间由2031年6月8日10时延至2031年6月18日10时。"
        "2031年6月20日9时30分,另行通告。"
    )
    notice = read("关于延期的公告", text)
    assert [change.field for change in notice.changes] == ["bidding_close"]
    assert [
        "6月20日9时30分" in finding.params["text"]
        for finding in notice.findings
        if finding.code == "time-without-label"
    ] == [True]


@pytest.mark.parametrize("bytes_lost", range(1, 12))
def test_a_file_that_ends_within_a_character_of_a_time_says_so(bytes_lost: int) -> None:
    whole = (
        "丙市国有建设用地使用权挂牌出让公告\n地块编号：丙储2031-7号，土地面积21000平方米。\n"
        "中华人民共和国境内外的法人、自然人和其他组织均可申请参加，申请人应当单独申请。\n"
        "挂牌时间：2031年6月8日9时00分"
    ).encode()
    (notice,) = read_notice(Path("notice.txt"), whole[:-bytes_lost], Limits())
    named = {finding.field for finding in notice.findings if finding.code is Code.TEXT_ENDS_HERE}
    assert all(name in named for parcel in notice.parcels for name in parcel.milestones)


def test_a_range_with_hours_that_ends_with_a_day_where_the_file_ends_says_so() -> None:
    text = (
        "丙市国有建设用地使用权挂牌出让公告\n地块编号：丙储2031-7号，土地面积21000平方米。\n"
        "挂牌时间：2031年6月8日9时00分至2031年6月18日"
    )
    (notice,) = read_notice(Path("notice.txt"), text.encode(), Limits())
    assert (Code.TEXT_ENDS_HERE, "bidding_close") in {
        (finding.code, finding.field) for finding in notice.findings
    }
    (whole,) = read_notice(Path("notice.txt"), f"{text}。".encode(), Limits())
    assert not [finding for finding in whole.findings if finding.code is Code.TEXT_ENDS_HERE]


@pytest.mark.parametrize("broken", ["17ą", "17三、其他", "17:6102", "1\ufffd时"])
def test_a_day_behind_which_the_hour_is_broken_is_no_whole_day_in_silence(broken: str) -> None:
    title = "丙市国有建设用地使用权挂牌出让公告"
    body = "地块编号：丙储2031-7号，土地面积21000平方米。\n报名截止时间：2031年6月16日"
    notice = read(title, f"{body}{broken}。\n以上。")
    assert (Code.TEXT_ENDS_HERE, "registration_close") in {
        (finding.code, finding.field) for finding in notice.findings
    }
    whole = read(title, f"{body}3宗土地同时。\n以上。")
    assert not [finding for finding in whole.findings if finding.code is Code.TEXT_ENDS_HERE]


def test_a_new_time_without_an_old_one_beside_it_is_read() -> None:
    text = (
        "下列地块时间延期如下：\n\n|地块编号|原挂牌截止时间|延期后挂牌截止时间|延期后报名截止时间|\n"
        "|---|---|---|---|\n"
        "|丙储2031-7号|2031年6月8日10时|2031年6月18日10时|2031年6月12日16时|\n"
        "|丙储2031-8号|2031年6月8日10时|2031年6月18日10时|2031年6月13日16时|"
    )
    assert sorted(changes(read("丙市土地出让延期公告", text, "notice.md"))) == [
        "丙储2031-7号 bidding_close 2031-06-08T10:00 2031-06-18T10:00",
        "丙储2031-7号 registration_close  2031-06-12T16:00",
        "丙储2031-8号 bidding_close 2031-06-08T10:00 2031-06-18T10:00",
        "丙储2031-8号 registration_close  2031-06-13T16:00",
    ]


@pytest.mark.parametrize("masked", ["2031年12月2*日17:00", "2031年**月12日17时", "12月XX日17:00"])
def test_a_masked_day_and_the_same_as_above_are_said(masked: str) -> None:
    notice = read(
        "关于丙储2031-7号、丙储2031-8号地块的延期公告",
        "1.丙储2031-7号地块：报名截止时间由2031年11月9日17：00推迟至2031年12月18日17：00；\n"
        "2.丙储2031-8号地块：挂牌截止时间由2031年11月11日10：20推迟至2031年12月22日10：20，"
        f"报名截止时间同上，竞买保证金到账截止时间为{masked}。",
    )
    known = notice.parcels[1].milestones
    assert set(known) == {MilestoneName.BIDDING_CLOSE}
    doubted = {(finding.parcel_no, finding.field) for finding in notice.findings}
    assert ("丙储2031-8号", "registration_close") in doubted
    assert ("丙储2031-8号", "deposit_close") in doubted


@pytest.mark.parametrize(
    "words",
    [
        "第六条“{old}”中，因6月8日为星期日，挂牌截止时间更正为{new}。",
        "“{old}”中，挂牌截止时间调整为{new}。",
    ],
)
def test_of_a_window_that_is_quoted_the_end_changes_and_the_beginning_stands(words: str) -> None:
    old, new = "挂牌时间为2031年5月29日8时至2031年6月8日17时", "2031年6月9日17时"
    text = "丙储2031-7号地块公告更正如下：" + words.format(old=old, new=new)
    notice = read("关于丙储2031-7号地块出让公告的更正公告", text)
    assert changes(notice) == ["丙储2031-7号 bidding_close 2031-06-08T17:00 2031-06-09T17:00"]
    milestones = notice.parcels[0].milestones
    assert {name: f"{shanghai(value.at):%d %H}" for name, value in milestones.items()} == {
        MilestoneName.BIDDING_OPEN: "29 08",
        MilestoneName.BIDDING_CLOSE: "09 17",
    }


def test_a_parcel_of_which_one_time_stands_and_another_moves_is_changed_too() -> None:
    notice = read(
        "关于丙自然资告字〔2031〕62号公告中2031-21等地块延期的公告",
        "丙自然资告字〔2031〕62号公告出让的2031-21、2031-22号地块，现决定：2031-21号地块报名截止时间延期至"
        "2031年12月28日16时；2031-22号地块报名截止时间不变，挂牌截止时间延期至2031年12月31日16时。",
    )
    assert changes(notice) == [
        "2031-21号 registration_close  2031-12-28T16:00",
        "2031-22号 bidding_close  2031-12-31T16:00",
    ]


def test_parcels_of_which_a_list_has_short_numbers_are_all_changed() -> None:
    notice = read(
        "关于恢复71-1、71-3号地块挂牌出让的公告",
        "现恢复71-1、71-3号地块的挂牌出让，挂牌截止时间由2031年4月28日10时顺延至2031年5月22日10时。",
    )
    assert changes(notice) == [
        f"{number} bidding_close 2031-04-28T10:00 2031-05-22T10:00"
        for number in ("71-1号", "71-3号")
    ]


@pytest.mark.parametrize("day", ["当日16时", "次日10时", "次月23日15时"])
def test_a_new_time_by_another_day_is_an_error_of_its_parcel_alone(day: str) -> None:
    notice = read(
        "关于丙储2031-7号、丙储2031-8号地块延期出让的公告",
        "丙储2031-7号地块挂牌截止时间由2031年6月8日10时延期至2031年6月18日10时；"
        f"丙储2031-8号地块挂牌截止时间延期至{day}。",
    )
    assert changes(notice) == ["丙储2031-7号 bidding_close 2031-06-08T10:00 2031-06-18T10:00"]
    assert [(f.code, f.parcel_no) for f in notice.findings if f.severity is Severity.ERROR] == [
        (Code.TIME_NOT_UNDERSTOOD, "丙储2031-8号")
    ]


_MIXED = (
    "丙储2031-7号、丙储2031-8号地块，现予撤销挂牌出让。同公告中的丙储2031-9号地块挂牌截止时间由2031年6月8日10时"
    "延期至2031年6月18日10时。",
    "丙储2031-7号、丙储2031-8号地块终止出让，丙储2031-9号地块挂牌截止时间由2031年6月8日10时调整为"
    "2031年6月18日10时。",
    "决定终止丙储2031-7号、丙储2031-8号地块的出让；丙储2031-9号地块挂牌截止时间由2031年6月8日10时推迟至"
    "2031年6月18日10时。",
)


@pytest.mark.parametrize("text", _MIXED)
@pytest.mark.parametrize("title", ["补充公告", "终止公告", "延期公告"])
def test_where_some_parcels_end_and_others_move_none_ends_unasked(title: str, text: str) -> None:
    notice = read(f"国有建设用地使用权挂牌出让{title}", f"{_EARLIER}中的{text}")
    assert notice.kind in (Kind.CORRECTION, Kind.POSTPONEMENT)
    assert changes(notice) == ["丙储2031-9号 bidding_close 2031-06-08T10:00 2031-06-18T10:00"]
    ended = [f.parcel_no for f in notice.findings if f.code is Code.OFFER_ENDS_TOO]
    assert ended == ["丙储2031-7号", "丙储2031-8号"]


def test_an_offer_that_was_put_off_before_it_ended_ends() -> None:
    recital = "丙储2031-7号地块挂牌截止时间曾由2031年6月8日10时延期至2031年6月18日10时。"
    notice = read("关于终止挂牌出让的公告", f"{_EARLIER}{recital}现终止丙储2031-7号地块的出让。")
    assert notice.kind is Kind.TERMINATION
    assert [parcel.parcel_no for parcel in notice.parcels] == ["丙储2031-7号"]


_MOVES = "丙储2031-7号地块报名截止时间由2031年6月2日16时延期至2031年6月12日16时，"


@pytest.mark.parametrize(
    "text",
    [
        "保证金到账截止时间同报名截止时间。",
        "竞买保证金到账截止时间与报名截止时间一致。",
        "竞买保证金应于同一时间前到账。",
    ],
)
def test_a_new_deadline_may_be_told_by_reference_to_another(text: str) -> None:
    notice = read("关于丙储2031-7号地块延期出让的公告", _MOVES + text)
    assert changes(notice) == [_MOVED, "丙储2031-7号 deposit_close  2031-06-12T16:00"]


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("保证金到账截止时间相应顺延。", MilestoneName.DEPOSIT_CLOSE),
        ("保证金到账截止时间同步顺延至该时间。", MilestoneName.DEPOSIT_CLOSE),
        ("其余时间一并顺延。", ""),
        ("挂牌文件中与之相关的其余时间也作相应调整。", ""),
    ],
)
def test_a_deadline_that_moves_too_without_a_time_is_said(text: str, field: str) -> None:
    notice = read("关于丙储2031-7号地块延期出让的公告", _MOVES + text)
    assert changes(notice) == [_MOVED]
    doubts = [f.field for f in notice.findings if f.code is Code.CHANGE_NOT_UNDERSTOOD]
    assert doubts == [field]


@pytest.mark.parametrize("text", ["挂牌截止时间不变。", "挂牌截止时间也延期至2031年6月18日10时。"])
def test_what_stands_or_moves_to_a_time_moves_to_no_other(text: str) -> None:
    notice = read("关于丙储2031-7号地块延期出让的公告", _MOVES + text)
    assert Code.CHANGE_NOT_UNDERSTOOD not in {f.code for f in notice.findings}


def test_a_column_of_former_times_gives_what_held_before() -> None:
    notice = read(
        "关于延长挂牌出让时间的公告",
        "现延长以下2宗土地的挂牌时间，挂牌截止时间延长至2031年6月18日10时。\n\n序号\n地块编号\n面积（平方米）\n起始价（万元）\n"
        "原挂牌截止时间\n1\nJX2031-7\n38000\n2100\n2031年6月8日10:00\n2\nJX2031-8\n22000\n9600\n2031年6月9日10:00",
    )
    assert changes(notice) == [
        "JX2031-7 bidding_close 2031-06-08T10:00 2031-06-18T10:00",
        "JX2031-8 bidding_close 2031-06-09T10:00 2031-06-18T10:00",
    ]
    closes = [parcel.milestones[MilestoneName.BIDDING_CLOSE].at for parcel in notice.parcels]
    assert [shanghai(at).day for at in closes] == [18, 18]


def test_what_resumes_opens_again() -> None:
    text = (
        "关于恢复丙储2031-2号地块挂牌出让活动的公告\n"
        "我局中止该宗地挂牌出让活动（中止前报名已受理至2031年8月8日）。现恢复，各环节时间调整为：\n\n"
        "恢复报名：2031年10月24日8时30分；\n报名截止及保证金到账：2031年11月4日16时30分；\n"
        "挂牌报价恢复：2031年10月28日9时；\n挂牌报价截止：2031年11月8日15时。\n"
    )
    (notice,) = read_notice(Path("notice.txt"), text.encode(), Limits())
    assert {(change.field, change.new[5:16]) for change in notice.changes} == {
        ("registration_open", "10-24T08:30"),
        ("registration_close", "11-04T16:30"),
        ("deposit_close", "11-04T16:30"),
        ("bidding_open", "10-28T09:00"),
        ("bidding_close", "11-08T15:00"),
    }


def test_the_text_of_a_notice_that_a_report_gives_word_for_word_holds() -> None:
    text = (
        "公告原文如下：\n一、将丙储2031-7号地块的报名截止时间延长至2031年6月12日16时。\n"
        "二、该地块2031年5月24日起挂牌。"
    )
    assert "丙储2031-7号 bidding_open  2031-05-24" in changes(read("关于延期出让的补充公告", text))


def test_a_day_is_no_other_value_than_an_hour_of_it() -> None:
    text = (
        "原定于2031年6月2日进行拍卖的丙储2031-7号地块推迟至2031年6月12日竞价，报名时间也相应顺延。\n"
        "将丙储2031-7号地块的拍卖会时间推迟至2031年6月12日10时。"
    )
    notice = read("关于丙储2031-7号地块延期拍卖的公告", text)
    assert Code.PLACES_DISAGREE not in {finding.code for finding in notice.findings}
    (parcel,) = notice.parcels
    assert shanghai(parcel.milestones[MilestoneName.AUCTION_START].at).hour == 10
    assert MilestoneName.BIDDING_CLOSE not in parcel.milestones


def test_one_name_and_the_number_of_all_stand_for_all_in_a_table_of_new_times() -> None:
    rows = "".join(
        f"| 丙储2031-{place} | 2031年6月{place}日10:00 | 2031年6月2{place}日10:00 |\n"
        for place in (7, 8, 9)
    )
    text = (
        "现延长丙储2031-7号等3宗地块挂牌时间（见下表），其中报名截止时间及保证金到账截止时间均延长至2031年6月26日16:00。\n\n"
        f"| 地块编号 | 原挂牌截止时间 | 现挂牌截止时间 |\n|---|---|---|\n{rows}"
    )
    notice = read("关于延长丙储2031-7号等3宗地块挂牌时间的公告", text, "notice.md")
    closes = [change for change in changes(notice) if "registration_close" in change]
    assert [change.split()[0] for change in closes] == ["丙储2031-7", "丙储2031-8", "丙储2031-9"]


def test_a_table_of_items_names_its_parcels_below_a_word_for_land() -> None:
    text = (
        "我局发布的丙公告字〔2031〕3号挂牌出让公告,现就有关内容更正如下:\n\n"
        "| 挂牌出让宗地 | 更正项 | 原内容 | 更正为 |\n|---|---|---|---|\n"
        "| [2031] 3301 | 保证金(万元) | 425 | 452 |\n"
        "| [2031] 3302 | 报名期截止 | 2031年6月2日16时 | 2031年6月12日16时 |\n"
        "| [2031] 3302 | 挂牌期截止 | 2031年6月8日10时 | 2031年6月18日10时 |\n"
    )
    notice = read("关于丙公告字〔2031〕3号公告的更正公告", text, "notice.md")
    assert set(changes(notice)) == {
        "[2031] 3301 deposit_wan 425 452",
        "[2031] 3302 registration_close 2031-06-02T16:00 2031-06-12T16:00",
        "[2031] 3302 bidding_close 2031-06-08T10:00 2031-06-18T10:00",
    }
    assert [parcel.parcel_no for parcel in notice.parcels] == ["[2031] 3302"]


def test_as_many_rivals_as_there_are_names_nothing_and_says_so_once() -> None:
    text = "".join(
        f"丙储2031-7号地块报名截止时间调整为2031年6月{day}日16时。\n" for day in range(10, 20)
    )
    notice = read("关于丙储2031-7号地块延期出让的公告", text)
    assert not changes(notice)
    doubts = [finding for finding in notice.findings if finding.code is Code.PLACES_DISAGREE]
    assert len([finding for finding in doubts if not finding.candidates]) == 1
