"""Which parcels a notice offers, and whether it is a notice at all.

Nothing that is stated goes missing in silence.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from notifier.domain.findings import Code
from notifier.domain.times import shanghai
from notifier.domain.values import Kind, MilestoneName, Notice, Source
from notifier.intake.limits import Limits
from notifier.intake.notice import read_notice
from notifier.testing import shanghai_time

_TITLE = "甲县国有建设用地使用权挂牌出让公告\n甲自然资告字〔2031〕3号\n"


def _read(text: str, name: str = "notice.txt") -> Notice:
    (notice,) = read_notice(Path(name), text.encode(), Limits())
    return notice


def _numbers(notice: Notice) -> list[str]:
    return [parcel.parcel_no for parcel in notice.parcels]


@pytest.mark.parametrize(
    "number", ["甲储出[2031]{}号", "G2031-0{}", "TD2031(GY){}", "甲自然资告[2031]{}号", "JX2031-{}"]
)
def test_every_parcel_of_a_numbered_list_is_read(number: str) -> None:
    lines = [
        f"({at}){number.format(at)}地块位于东路以西,出让面积{at}0000平方米,起始价{at}000万元,竞买保证金{at}00万元。"
        for at in (5, 6, 7)
    ]
    notice = _read(f"{_TITLE}经批准,决定出让3宗国有建设用地使用权。\n" + "\n".join(lines))
    assert _numbers(notice) == [number.format(at) for at in (5, 6, 7)]
    assert [int(parcel.area_m2 or 0) for parcel in notice.parcels] == [50000, 60000, 70000]


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ("P(2031)047号-P(2031)049号共3宗地块", ["P(2031)047号", "P(2031)048号", "P(2031)049号"]),
        (
            "甲政储出[2031]8~10号地块",
            ["甲政储出[2031]8号", "甲政储出[2031]9号", "甲政储出[2031]10号"],
        ),
        ("甲政储出[2031]2-3号等2宗地块", ["甲政储出[2031]2号", "甲政储出[2031]3号"]),
        ("甲政储出[2031]2-3号1宗地块", ["甲政储出[2031]2-3号"]),
        (
            "地块编号为丙宗地2031拍-02号、03号、06号,两幅位于东街",
            ["2031拍-02号", "2031拍-03号", "2031拍-06号"],
        ),
        ("地块编号为2031-24至26号地块", ["2031-24号", "2031-25号", "2031-26号"]),
        (
            "其中,长东区XDG-2031-31号地块,位于东街,出让面积4527平方米。\n"
            "梁东区XDG-2031-33号地块,位于南街。\n此外,惠东区XDG-2031-36号地块起始价4.1亿元",
            ["XDG-2031-31号", "XDG-2031-33号", "XDG-2031-36号"],
        ),
        (
            "下列宗地:\n(一)[2031]丁城市077号\n出让宗地面积:34262平方米\n(二)[2031]丁城市078号\n面积:17503平方米",
            ["[2031]丁城市077号", "[2031]丁城市078号"],
        ),
        ("对公告中G2218号、G2219号宗地的出让时间予以延期", ["G2218号", "G2219号"]),
        (
            "其中2031G021地块位于东街,面积98456平方米;2031G022地块位于西街,面积13687平方米",
            ["2031G021", "2031G022"],
        ),
        (
            "两宗地坐落于甲县,其中甲县东综合新区PD05-33-01地块(宗地一)出让面积39880平方米,起始价4052万元;"
            "甲县东综合新区PD05-33-02地块(宗地二)出让面积38428平方米,起始价968万元",
            ["甲县东综合新区PD05-33-01地块", "甲县东综合新区PD05-33-02地块"],
        ),
        (
            "滨江区[2031]G3(A-10-03-08)地块、滨江区[2031]G4(B-05-15)地块",
            ["滨江区[2031]G3(A-10-03-08)", "滨江区[2031]G4(B-05-15)"],
        ),
        (
            "甲区[2031]50号、甲区[2031]58-60号等四宗地块",
            ["甲区[2031]50号", "甲区[2031]58号", "甲区[2031]59号", "甲区[2031]60号"],
        ),
        (
            "（甲县政秘〔2031〕148号、甲县政秘〔2031〕207号文件批准）甲政储出[2031]8号地块",
            ["甲政储出[2031]8号"],
        ),
        ("编号为2031WG064的建设用地使用权位于甲镇，面积100平方米", ["2031WG064"]),
        ("本宗。对编号为31010的地块公开出让，面积100平方米", ["31010"]),
        ("下列宗地：\n本次出让的CL2031-06号地块，坐落于东镇，面积100平方米", ["CL2031-06号"]),
        (
            "下列宗地:\n1、WY2031-19号,东街西侧,66013平方米(99.02亩),容积率1.0-2.0,起拍价39608万元。\n"
            "2、WY2031-20号,西街东侧,7246平方米(10.87亩),容积率不大于1.8,起拍价1304万元。",
            ["WY2031-19号", "WY2031-20号"],
        ),
        (
            "下列宗地:\n1、丙2031-03号/0311,坐落:东街;面积2140平方米;起拍价:856万元。\n"
            "2、丙2031-04号/0312,坐落:西街;面积1893平方米;起拍价:757万元。",
            ["丙2031-03号/0311", "丙2031-04号/0312"],
        ),
        (
            "下列宗地变更如下:\n(1)BW(2031)拍-8/1地块,竞买保证金由600万元调整为450万元;\n"
            "(2)BW(2031)拍-8/2地块,出让面积更正为2816平方米。",
            ["BW(2031)拍-8/1", "BW(2031)拍-8/2"],
        ),
        (
            "2031拍-05号等两个地块。\n2031拍-05号地块:坐落东街,面积10266平方米,起叫价4460万元。\n"
            "2031拍-06号地块:坐落西街,面积2338平方米,起叫价175万元。",
            ["2031拍-05号", "2031拍-06号"],
        ),
    ],
)
def test_a_range_of_numbers_is_its_parcels_where_it_is_one(words: str, numbers: list[str]) -> None:
    assert (
        _numbers(_read(f"{_TITLE}经批准,决定以挂牌方式出让{words}的国有建设用地使用权。\n"))
        == numbers
    )


def test_sections_of_parcels_have_their_own_times() -> None:
    section = (
        "地块{0}:甲储出[2031]{1}号\n位于东路以西,出让面积{1}0000平方米,起始价{1}000万元。\n"
        "报名截止时间:2031年1月{1}日17时。\n"
    )
    notice = _read(
        f"{_TITLE}决定出让2宗国有建设用地使用权。\n"
        f"{section.format('一', 5)}{section.format('二', 6)}"
    )
    closes = [parcel.milestones[MilestoneName.REGISTRATION_CLOSE].at for parcel in notice.parcels]
    assert _numbers(notice) == ["甲储出[2031]5号", "甲储出[2031]6号"]
    assert [f"{shanghai(at):%d %H}" for at in closes] == ["05 17", "06 17"]


def test_a_parcel_that_is_counted_and_not_read_is_an_error() -> None:
    table = "|地块编号|位置|面积(㎡)|\n|---|---|---|\n|JX-1|东路|5000|\n|JX-2|西路|6000|\n"
    notice = _read(f"{_TITLE}\n决定出让3宗国有建设用地使用权。\n\n{table}", "notice.md")
    (finding,) = [finding for finding in notice.findings if finding.code is Code.PARCELS_MISSING]
    assert dict(finding.params) == {"stated": "3", "found": "2"}


def test_a_page_on_a_single_line_keeps_each_label_in_its_paragraph() -> None:
    paragraphs = (
        "甲县国有建设用地使用权挂牌出让公告",
        "地块编号:JX-2031-1;面积:5000平方米;起始价:100万元。",
        "申请人可于2031年1月1日至2031年1月9日17时登录网站下载挂牌出让文件。",
        "申请人可于2031年1月2日9时至2031年1月9日17时,向我局提交书面申请。竞买保证金须于2031年1月8日17时前到达指定账户。",
        "各地块挂牌时间分别为:",
        "JX-2031-1地块:2031年1月3日9时至2031年1月12日10时;",
    )
    page = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    (parcel,) = _read(f"<html><body>{page}</body></html>", "notice.html").parcels
    assert {
        name.value: f"{shanghai(milestone.at):%d %H}"
        for name, milestone in parcel.milestones.items()
    } == {
        "registration_open": "02 09",
        "registration_close": "09 17",
        "deposit_close": "08 17",
        "bidding_open": "03 09",
        "bidding_close": "12 10",
    }


_RUN = (
    "编号 | 位置 | 面积(㎡) | 起始价(万元) | 保证金(万元) | "
    "JX-1 | 东路以西 | 5000 | 100 | 20 | JX-2 | 西路以东 | 6000 | 110 | 22"
)
_SPLIT = (
    "|\n编号 |\n位置 |\n面积(㎡) |\n规划指标要求 |\n起始价(万元) |\n保证金(万元) |||\n"
    "|\n用途 |\n容积率 |\n年限 ||||||\n"
    "|\nJX-1 |\n东路以西 |\n5000 |\n工业用地 |\n≥1.0 |\n50 |\n100 |\n20 |\n"
    "|\nJX-2 |\n西路以东 |\n6000 |\n工业用地 |\n≥1.0 |\n50 |\n110 |\n22 |\n"
)


@pytest.mark.parametrize("table", [_RUN, _SPLIT])
def test_cells_parted_by_pipes_are_placed_under_their_headings(table: str) -> None:
    notice = _read(f"{_TITLE}一、地块基本情况\n{table}\n二、竞买人资格\n均可申请参加竞买。\n")
    found = [
        (parcel.parcel_no, *map(str, (parcel.area_m2, parcel.start_price_wan, parcel.deposit_wan)))
        for parcel in notice.parcels
    ]
    assert found == [("JX-1", "5000", "100", "20"), ("JX-2", "6000", "110", "22")]


_REPORTS = (
    (Kind.TERMINATION, "今天,甲市公共资源交易中心发布公告,宣布终止交易2月22日挂牌出让的9宗土地。"),
    (Kind.SUSPENSION, "据悉,甲市叫停了原定于下周挂牌出让的两宗地块。"),
    (Kind.RESUMPTION, "2月8日,据报道,甲市已有32宗地块恢复了挂牌,地块出让时间为2月25日。"),
    (
        Kind.POSTPONEMENT,
        "8月22日,甲市发布补充公告,原定于8月25日出让的JX2031地块,出让时间延后一个月。",
    ),
    (Kind.RESULT, "记者获悉,昨日甲市共成交4宗经营性用地,成交总价12.6亿元。"),
    (Kind.OTHER, "据报道,近日甲市政府审议通过了《2031年国有建设用地供应计划》,计划供地390公顷。"),
    (Kind.AUCTION, "据悉,甲市将于2031年2月25日上午9时拍卖出让JX2031-1号地块,起始价1.2亿元。"),
)


@pytest.mark.parametrize(("kind", "text"), _REPORTS)
def test_a_report_is_what_it_reports_and_says_that_it_is_no_notice(kind: Kind, text: str) -> None:
    notice = _read(f"{text}\n编辑:甲\n")
    assert notice.kind is kind
    assert [finding.code for finding in notice.findings if finding.code is Code.NEWS_REPORT] == [
        Code.NEWS_REPORT
    ]


def test_places_that_disagree_are_all_named_with_the_rule_that_read_them() -> None:
    notice = _read(
        f"{_TITLE}地块编号:JX-1;面积:5000平方米;起始价:100万元。\n报名截止时间:2031年1月9日17时。\n"
        "申请人应于2031年1月10日17时前提交书面申请。\n"
    )
    (finding,) = [finding for finding in notice.findings if finding.code is Code.PLACES_DISAGREE]
    assert [(candidate.quote, candidate.rule) for candidate in finding.candidates] == [
        ("2031年1月9日17时", "label-before"),
        ("2031年1月10日17时", "deed-after"),
    ]


def test_every_place_that_states_a_time_is_its_evidence() -> None:
    notice = _read(
        f"{_TITLE}地块编号:JX-1;面积:5000平方米;起始价:100万元。\n报名截止时间:2031年1月9日17时。\n"
        "申请人应于2031年1月9日17时前提交书面申请。\n"
    )
    milestone = notice.parcels[0].milestones[MilestoneName.REGISTRATION_CLOSE]
    assert [evidence.rule for evidence in milestone.evidence] == ["label-before", "deed-after"]


def test_a_time_of_which_nothing_tells_what_it_is_for_is_said() -> None:
    notice = _read(
        f"{_TITLE}地块编号:JX-1;面积:5000平方米;起始价:100万元。\n报名截止时间:2031年1月9日17时。\n"
        "有意者请于2031年1月3日9时至2031年1月5日17时前往现场。\n"
    )
    (finding,) = [finding for finding in notice.findings if finding.code is Code.TIME_WITHOUT_LABEL]
    assert "2031年1月3日9时至2031年1月5日17时" in finding.params["text"]


def test_where_the_file_ends_behind_a_label_no_other_time_takes_its_place() -> None:
    notice = _read(
        f"{_TITLE}地块编号:JX-1;面积:5000平方米;起始价:100万元。\n"
        "申请人可于2031年1月2日8时至2031年1月9日16时登录系统提交竞买申请并交纳竞买保证金。"
        "交纳竞买保证金按系统提示操作,截止时间(到账时间)为"
    )
    assert MilestoneName.DEPOSIT_CLOSE not in notice.parcels[0].milestones
    assert [
        finding.field for finding in notice.findings if finding.code is Code.TEXT_ENDS_HERE
    ] == ["deposit_close"]


def test_a_number_below_the_title_is_not_that_of_the_parcel_that_the_text_speaks_of() -> None:
    text = (
        "编号:LXTK1122031057\n一、基本情况\n"
        "2031-11号:该宗地位于东路以西,出让面积27771平方米,起始价2230万元。\n"
    )
    assert _numbers(_read(f"甲县2031-11号国有建设用地使用权公开出让公告\n{text}")) == ["2031-11号"]


def test_a_time_that_is_broken_over_lines_is_whole() -> None:
    broken = "2031\n年\n1\n月\n2\n日\n9\n时至\n2031\n年\n1\n月\n9\n日\n17\n时\n"
    notice = _read(
        f"{_TITLE}地块编号:JX-1\n土地面积:5000平方米\n起始价:100万元\n报名时间:\n{broken}其他事项:无\n"
    )
    times = notice.parcels[0].milestones
    assert f"{shanghai(times[MilestoneName.REGISTRATION_CLOSE].at):%m-%d %H}" == "01-09 17"


@pytest.mark.parametrize(
    "place", ["甲县乙镇东路以西、河滨路以南", "甲县乙镇东路以西、河滨路以南、丙河以北处"]
)
def test_a_page_that_breaks_lines_within_a_clock_or_beside_labels_is_read_whole(place: str) -> None:
    cards = "".join(
        f"({number})\n地块编号：JX-{number}\n土地坐落：{place}\n"
        f"土地面积（㎡）：500{number}\n用途：工业用地\n起始价(万元)：100\n"
        for number in range(1, 9)
    )
    paragraphs = (
        "经人民政府批准,我局决定以挂牌方式出让8宗国有建设用地使用权,现将有关事项公告如下:",
        cards,
        "二、中华人民共和国境内外的法人、自然人和其他组织均可申请参加竞买。",
        "三、申请人可于2031年1月2日9时至2031年1月8日17时登录网站下载挂牌出让文件。",
        "四、有意竞买者请于2031年1月2日9时至2031年1月9日17时办理报名手续。",
        "五、挂牌时间:各地块挂牌时间均为2031年1月5日9:00至2031年1月15日9:30。",
    )
    broken = "\n".join(
        text if text is cards else f"{text[:27]}\n{text[27:]}" for text in paragraphs
    )
    notice = _read(_TITLE + broken.replace("9:00", "9：\n00").replace("9:30", "9：\n30"))
    assert [str(parcel.area_m2) for parcel in notice.parcels] == [
        f"500{number}" for number in range(1, 9)
    ]
    for parcel in notice.parcels:
        times = parcel.milestones
        assert f"{shanghai(times[MilestoneName.REGISTRATION_CLOSE].at):%m-%d %H}" == "01-09 17"
        assert f"{shanghai(times[MilestoneName.BIDDING_OPEN].at):%m-%d %H}" == "01-05 09"
        assert f"{shanghai(times[MilestoneName.BIDDING_CLOSE].at):%m-%d %H:%M}" == "01-15 09:30"


def test_what_a_browser_prints_above_a_page_is_no_time_of_the_auction() -> None:
    notice = _read(
        "2031/1/1 10:22 甲县国有建设用地使用权拍卖出让公告\n"
        "甲县国有建设用地使用权拍卖出让公告\n甲告字〔2031〕3号\n"
        "地块编号:JX-1,宗地面积:5000平方米,起拍价:100万元。\n拍卖会定于2031年1月22日上午10时举行。\n"
    )
    (start,) = [parcel.milestones[MilestoneName.AUCTION_START] for parcel in notice.parcels]
    assert f"{shanghai(start.at):%m-%d %H}" == "01-22 10"


def test_an_amount_that_two_orders_of_columns_read_otherwise_is_left_out() -> None:
    table = (
        "| 编号 |\n位置 |\n土地面积(m2)及用途 |\n规划指标 |\n出让年限(年) |\n起始价(万元) |\n"
        "保证金(万元) |\n"
        "增价幅度(万元) |\n"
        "| 面积 |\n用途 |\n容积率 |\n建筑密度 |\n"
        "| JX2031-1号 |\n东路以南 |\n住宅9737 |\n商住用地 |\n≤1.8 |\n≤20%(高层) |\n住宅70 |\n"
        "3735 |\n750 |\n10 |\n"
    )
    (parcel,) = _read(f"{_TITLE}一、基本情况\n{table}二、竞买人资格\n均可申请。\n").parcels
    assert parcel.area_m2 is None  # not 10, which is the step


def test_a_heading_whose_bracket_is_never_closed_is_still_known() -> None:
    table = "|编号|位置|面积(㎡)|起始价(人民币(万元)|\n|---|---|---|---|\n|JX-1|东路|5000|100|\n"
    (parcel,) = _read(f"{_TITLE}\n{table}", "notice.md").parcels
    assert str(parcel.start_price_wan) == "100"


def test_an_excerpt_of_a_notice_is_an_offer_although_it_speaks_of_who_wins() -> None:
    notice = _read(
        "三、本次挂牌出让按照价高者得的原则确定竞得人,成交后签订合同。\n四、申请人可于2031年1月2日9时至2031年1月9日17时"
        "提交书面申请。\n五、JX2031-1号地块挂牌时间为2031年1月3日9时至2031年1月12日10时。\n"
    )
    assert notice.kind is Kind.LISTING
    assert not [finding for finding in notice.findings if finding.code is Code.NEWS_REPORT]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (
            "三、报名:竞买人可在2031年1月2日至1月9日到窗口报名,并缴纳竞买保证金800万元(竞得后转为定金)。\n",
            Kind.LISTING,
        ),
        ("出让方式根据申请截止时的情况,确定拍卖或挂牌,并告知所有申请人。\n", Kind.AUCTION),
        ("经批准,我局拟采取协议方式出让一宗国有建设用地使用权,现公告如下:\n", Kind.OTHER),
        (
            "记者获悉,继邻市发布供地计划后,1月2日甲市发布《甲市国有建设用地使用权集中挂牌出让公告》。\n",
            Kind.LISTING,
        ),
        ("记者获悉,甲市发布供地计划,今年计划供应住宅用地。\n", Kind.OTHER),
    ],
)
def test_an_excerpt_without_a_title_is_of_the_kind_that_its_words_tell(
    text: str, kind: Kind
) -> None:
    assert _read(text).kind is kind


def test_a_short_last_row_of_a_flattened_table_takes_no_time_of_the_text_below_it() -> None:
    """Registration and deposit stood in cells merged over both parcels, of which a copied text
    shows nothing."""
    cells = (
        "地块编号 地块位置 面积(m2) 用途 容积率 年限（年） 起始价（万元） 竞买保证金（万元） "
        "报名起止时间 "
        "保证金到账截止时间 拍卖时间 "
        "G27 人民路以东 40163 工业用地 ≤2.5 40 33768 16884 "
        "2024-11-13_09:00至2024-11-26_16:00 2024-11-26_16:00 "
        "2024-11-28_15:30 "
        "G28 文昌街以南 85742 工业用地 ≤2.2 50 13385 4015 2024-11-28_15:30"
    )
    below = (
        "境内外的法人、自然人和其他组织均可申请参加竞买。",
        "申请人可于2024-10-22 08:00至2024-11-26 16:00登录网站下载出让文件。",
        "本公告未尽事宜详见出让文件。",
        "甲县自然资源局",
        "2024年10月22日",
    )
    table = [cell.replace("_", " ") for cell in cells.split(" ")]
    lines = ["甲县国有建设用地使用权拍卖出让公告", "甲告字〔2024〕19号", *table, *below]
    notice = _read("\n".join(lines))
    second = next(parcel for parcel in notice.parcels if "28" in parcel.parcel_no)
    stated = {name: milestone.at for name, milestone in second.milestones.items()}
    assert set(stated.values()) <= {shanghai_time("2024-11-28 15:30")}, stated
    assert any(finding.parcel_no == second.parcel_no for finding in notice.findings)


def test_a_number_of_an_announcement_is_whole_where_land_follows_it() -> None:
    notice = _read(f"{_TITLE}决定挂牌出让丙告字[2031]29-A号、29-B号地块国有建设用地使用权。")
    assert _numbers(notice) == ["丙告字[2031]29-A号", "丙告字[2031]29-B号"]


def test_numbers_of_one_form_are_parcels_however_each_is_named() -> None:
    text = (
        "宗地2031-15号是东村工业用地,面积30亩。宗地2031-14号位于西村。该竞买人对2031-16号地块报价。"
    )
    assert sorted(_numbers(_read(_TITLE + text))) == ["2031-14号", "2031-15号", "2031-16号"]


def test_the_code_of_the_register_is_another_name_of_the_parcel() -> None:
    lines = [
        f"TG2031-{at}号地块位于东路,宗地号为4501811082{at}GB00010,出让面积{at}00平方米。"
        for at in (12, 13)
    ]
    notice = _read(_TITLE + "\n".join(lines))
    assert [(parcel.parcel_no, parcel.aliases) for parcel in notice.parcels] == [
        ("TG2031-12号", ("450181108212GB00010",)),
        ("TG2031-13号", ("450181108213GB00010",)),
    ]


def test_a_fact_behind_a_list_of_parcels_is_of_none_of_them_alone() -> None:
    text = "甲储出[2031]5号、甲储出[2031]6号地块起始价8000万元。其中6号地块出让面积20000平方米。"
    first, second = _read(_TITLE + text).parcels
    assert [first.start_price_wan, second.start_price_wan] == [None, None]
    assert [first.area_m2, second.area_m2] == [None, Decimal(20000)]


def test_a_parcel_that_only_the_text_names_is_missing_from_the_table() -> None:
    table = (
        "|地块编号|出让面积(平方米)|起始价(万元)|\n|---|---|---|\n|甲储出[2031]5号|21000|4000|\n"
    )
    text = f"{_TITLE}\n决定挂牌出让甲储出[2031]5号、甲储出[2031]6号地块。\n\n{table}"
    findings = [
        finding
        for finding in _read(text, "notice.md").findings
        if finding.code is Code.PARCEL_NOT_READ
    ]
    assert [finding.params["text"] for finding in findings] == ["甲储出[2031]6号"]


def test_a_suspension_in_the_sentence_that_recalls_the_notice_names_its_parcels() -> None:
    text = (
        "关于暂缓出让的公告\n2031年8月30日公告以挂牌方式出让的丙政储出[2031]22、"
        "23号地块因故暂缓出让。"
    )
    assert _numbers(_read(text)) == ["丙政储出[2031]22号", "丙政储出[2031]23号"]


def test_a_report_of_a_coming_auction_is_no_result_though_it_recalls_one() -> None:
    text = "据悉,6月18日丙市将迎来本月第二场土地拍卖,共出让9宗土地。继上月之后,丙市再次出现流拍。"
    assert _read(text).kind is Kind.AUCTION


def test_a_report_of_what_one_can_register_for_is_no_result_though_it_recalls_one() -> None:
    text = "昨日,丙市挂出16幅地块集中挂牌,目前正在接受竞拍登记。上月成交的一幅地块价值10亿元。"
    assert _read(text).kind is Kind.LISTING


def test_a_report_of_a_tender_is_one_by_what_bidders_do() -> None:
    text = "据了解,乙区地块投标保证金为8000万元,5月11日上午举行投标活动并当场开标。"
    assert _read(text).kind is Kind.TENDER


def test_the_title_is_the_notices_own_and_no_heading_of_the_site_nor_what_a_label_says() -> None:
    notice = _read(
        "甲土挂告号-出让公示\n竞得人名称:终止公告\n甲县国有建设用地使用权网上挂牌出让公告\n"
        "网上挂牌竞买时间:2031年3月31日9时至2031年4月15日10时。\n"
    )
    assert (notice.kind, notice.title) == (Kind.LISTING, "甲县国有建设用地使用权网上挂牌出让公告")


def test_the_menu_of_a_site_is_no_title() -> None:
    notice = _read(
        "首页 | 土地交易 | 成交公告 | 政策法规\n甲县国有建设用地使用权挂牌出让公告\n"
        "挂牌时间:2031年3月31日9时至2031年4月15日10时。\n"
    )
    assert (notice.kind, notice.title) == (Kind.LISTING, "甲县国有建设用地使用权挂牌出让公告")


_SOLD_BEFORE = (
    "去年底成交的JX-15地块已经动工,市公共资源交易中心又上新JX-23地块,起拍价5000万元。\n"
    "竞买申请从2031年7月3日9时开始,到2031年7月21日17时截止,7月25日10时网上公开拍卖!\n"
)


def test_a_report_that_begins_with_what_was_sold_before_is_of_the_offer_that_it_tells() -> None:
    notice = _read("又一宗靓地,定了!\n" + _SOLD_BEFORE)
    assert notice.kind is Kind.AUCTION


def test_a_result_that_states_deadlines_says_so() -> None:
    notice = _read("甲县国有建设用地使用权出让结果公告\nJX-15地块已成交。\n" + _SOLD_BEFORE)
    assert notice.kind is Kind.RESULT
    assert Code.DEADLINES_IN_A_RESULT in {finding.code for finding in notice.findings}


def test_a_card_goes_on_past_labels_that_are_not_known() -> None:
    notice = _read(
        "地块(项目)名称\n年产12万套家具建设项目\n土地来源\n"
        "《某自治区人民政府关于甲市2029年第九批次城市建设用地的批复》(政土批函〔2029〕388号文件)\n"
        "宗地坐落\n甲市东大道西北角\n实际出让面积\n37354.69㎡\n行政办公及生活服务设施\n"
        "用地面积不得超过工业项目总用地面积的7%,建筑面积不得大于工业项目总建筑面积的15%,不得独立转让\n"
        "其他要求\n由市人民政府依法收回土地\n挂牌出让起始价(万元)\n537.91\n竞买保证金\n500万元\n"
        "二、挂牌报名时间:2031年10月13日8:00至2031年10月21日16:30;\n"
    )
    (parcel,) = notice.parcels
    assert parcel.parcel_no == "年产12万套家具建设项目"
    assert (parcel.start_price_wan, parcel.deposit_wan) == (Decimal("537.91"), Decimal(500))


def test_a_report_of_an_offer_is_no_result_though_it_says_how_the_winner_is_found() -> None:
    text = "6月14日,记者从交易平台获悉,丙市新挂出2宗土地,采用拍卖方式,按价高者得确定竞得人。"
    assert _read(text).kind is Kind.AUCTION


@pytest.mark.parametrize(
    ("times", "year"),
    [
        ("公告时间:{0}年11月10日至11月29日,报名时间:11月30日9时至12月12日16时。", 2031),
        ("三、公告时间:{0}年11月10日至11月29日。\n四、报名时间:1月5日9时至1月12日16时。", 2032),
        ("申请人可于{0}年11月10日至11月29日获取文件,11月30日9时至12月12日16时报名。", 2031),
        ("三、{0}年11月10日至11月29日获取文件。\n四、报名时间:11月30日9时至12月12日16时。", None),
    ],
)
def test_a_period_of_the_notice_tells_the_year_of_the_times_behind_it(
    times: str, year: int | None
) -> None:
    notice = _read(
        f"甲市地块出让公告\n地块编号:XJ-05,面积12000平方米,起始价300万元。\n{times.format(2031)}\n"
    )
    opens = notice.parcels[0].milestones.get(MilestoneName.REGISTRATION_OPEN)
    assert (opens and shanghai(opens.at).year) == year
    assert opens is None or opens.source is Source.INHERITED


def test_a_year_that_only_numbers_and_date_of_publication_give_is_inferred() -> None:
    text = (
        "来源:丙市晚报 2031-04-08\n记者了解到,【2031】018-019号地块的国有建设用地使用权,"
        "拟于4月22日9时至5月6日14时30分公开挂牌出让。此次出让的2宗地块中,018号地块起始价4500万元。"
    )
    closes = [parcel.milestones[MilestoneName.BIDDING_CLOSE] for parcel in _read(text).parcels]
    assert [(f"{shanghai(close.at):%Y-%m-%d %H:%M}", close.source) for close in closes] == [
        ("2031-05-06 14:30", Source.INFERRED)
    ] * 2
    of_another_year = _read(text.replace("2031-04-08", "2032-04-08"))
    assert not any(parcel.milestones for parcel in of_another_year.parcels)


_COUNTED = (
    ("东江新区G2-6号地块、东江新区G21-1号地块共2幅", ["东江新区G2-6号地块", "东江新区G21-1号地块"]),
    ("JX2031-5号、JX2031-6号两宗", ["JX2031-5号", "JX2031-6号"]),
    ("编号为JX-2031-05和JX-2031-06的2宗", ["JX-2031-05", "JX-2031-06"]),
    ("丙地2031-WG-13号地块", ["丙地2031-WG-13号"]),
    ("NO.2031G50地块", ["NO.2031G50"]),
)


@pytest.mark.parametrize(("words", "numbers"), _COUNTED)
def test_the_names_of_parcels_in_the_sentence_that_offers_them(
    words: str, numbers: list[str]
) -> None:
    text = f"决定于2031年6月18日上午9点30分公开拍卖出让{words}国有建设用地使用权。"
    assert _numbers(_read(_TITLE + text)) == numbers


def test_a_report_of_what_was_sold_is_a_result_whatever_its_first_line() -> None:
    text = "丙市土地市场周报\n6月18日上午,丙市共成交4宗经营性用地,成交总价12.6亿元,采用挂牌方式。"
    assert _read(text).kind is Kind.RESULT


def test_sections_of_parcels_with_names_of_any_form_have_times_of_their_own() -> None:
    text = "\n".join(
        f"地块{word}：{name}\n位于东路，土地面积{size}平方米。\n报名截止时间：2031年6月{size}日16时。"
        for word, name, size in (("一", "牌2031-2号地", 12), ("二", "医药产业园203101号", 13))
    )
    notice = _read(_TITLE + text)
    assert _numbers(notice) == ["牌2031-2号地", "医药产业园203101号"]
    closes = [parcel.milestones[MilestoneName.REGISTRATION_CLOSE].at for parcel in notice.parcels]
    assert [shanghai(at).day for at in closes] == [12, 13]


@pytest.mark.parametrize("label", ["地块编号：", "地块{}："])
def test_a_year_in_brackets_is_no_number_without_what_stands_behind_it(label: str) -> None:
    names = ["甲新区〔2031〕骋3(笔闯-10-08产)", "甲新区〔2031〕骋4(闯叠-05颁窜-15)"]
    text = "".join(
        f"{label.format(at)}{name}地块\n土地面积：20000平方米\n起始价：900万元\n"
        for at, name in zip("一二", names, strict=True)
    )
    assert _numbers(_read(f"{_TITLE}出让2宗国有建设用地使用权。\n{text}")) == names


def test_a_word_for_land_right_behind_the_colon_of_a_label_is_a_part_of_the_number() -> None:
    cards = "".join(
        f"地块编号：甲地块B1{at}-1{at}\n土地面积：20000平方米\n起始价：900万元\n" for at in (6, 7)
    )
    assert _numbers(_read(_TITLE + cards)) == ["甲地块B16-16", "甲地块B17-17"]


def test_items_of_parcels_have_names_of_any_form_and_share_what_is_said_below_a_label() -> None:
    text = (
        "(1)牌2031-2号地地块位于东路，出让面积12000平方米。\n"
        "(2)医药产业园203101号地块位于西路，出让面积13000平方米。\n"
        "各地块报名截止时间分别为：\n牌2031-2号地地块：2031年6月12日16时；\n"
        "医药产业园203101号地块：2031年6月13日16时；\n保证金到账截止时间为2031年6月14日16时。"
    )
    notice = _read(_TITLE + text)
    assert _numbers(notice) == ["牌2031-2号地", "医药产业园203101号"]
    closes = [parcel.milestones[MilestoneName.REGISTRATION_CLOSE].at for parcel in notice.parcels]
    assert [shanghai(at).day for at in closes] == [12, 13]
    deposits = [parcel.milestones[MilestoneName.DEPOSIT_CLOSE].at for parcel in notice.parcels]
    assert [shanghai(at).day for at in deposits] == [14, 14]


@pytest.mark.parametrize(
    "number",
    ["XG18(305):2031-{}", "丙集体土挂字203108(xg2031-12{})", "2031-挂-{}号", "牌2031-{}号地"],
)
def test_a_number_behind_its_label_or_in_an_item_is_read_whole(number: str) -> None:
    numbers = [number.format(at) for at in (5, 6)]
    facts = "面积：20000平方米\n起始价：900万元\n"
    cards = "".join(f"地块编号：{name}\n{facts}" for name in numbers)
    assert _numbers(_read(_TITLE + cards)) == numbers
    items = "".join(
        f"({at}){name}地块位于东路,出让面积20000平方米。\n" for at, name in enumerate(numbers, 1)
    )
    assert _numbers(_read(_TITLE + items)) == numbers


def test_a_number_in_brackets_of_two_shapes_is_one_parcel() -> None:
    text = (
        "甲储出【2031】5、6号\n经批准,决定以挂牌方式出让2宗国有建设用地使用权。\n"
        "地块编号：甲储出〔2031〕5号\n面积：20000平方米\n"
        "地块编号：甲储出〔2031〕6号\n面积：30000平方米\n"
    )
    notice = _read(f"甲县国有建设用地使用权挂牌出让公告\n{text}")
    assert len(notice.parcels) == 2
    assert [int(parcel.area_m2 or 0) for parcel in notice.parcels] == [20000, 30000]


def test_parcels_that_are_only_counted_by_the_stems_have_their_own_times() -> None:
    text = (
        "甲地块：位于东路，土地面积12000平方米。\n乙地块：位于西路，土地面积13000平方米。\n"
        "报名截止时间：甲地块2031年6月12日16时，乙地块2031年6月13日16时。"
    )
    notice = _read(_TITLE + text)
    closes = [parcel.milestones[MilestoneName.REGISTRATION_CLOSE].at for parcel in notice.parcels]
    assert [shanghai(at).day for at in closes] == [12, 13]


def test_a_section_whose_parcel_is_not_read_is_missing() -> None:
    text = "地块一：甲储出[2031]5号地块位于东路，土地面积20000平方米。\n地块二：位于西路。"
    assert Code.PARCELS_MISSING in [finding.code for finding in _read(_TITLE + text).findings]


def test_the_period_of_trading_over_a_column_is_that_of_bidding() -> None:
    table = "|地块编号|面积(平方米)|交易期限|\n|---|---|---|\n"
    row = "|JX-1|5000|2031年6月8日9时至2031年6月18日10时|\n"
    (parcel,) = _read(f"{_TITLE}\n{table}{row}", "notice.md").parcels
    assert set(parcel.milestones) == {MilestoneName.BIDDING_OPEN, MilestoneName.BIDDING_CLOSE}


_AMOUNTS = (
    (
        "|地块编号|出让面积(㎡)|起始价(万元)|保证金(万元)|\n|---|---|---|---|\n"
        "|JX-1|9166|3076万元(其中住宅部分出让起始价2525万元,商业部分出让起始价551万元)|620|\n",
        ("9166", "3076", "620"),
    ),
    (
        "JX2031-5号地块出让部分的土地面积为8562平方米,起始总价约为5156万元。\n"
        "该地块的划拨部分用于建设公寓;土地面积约为450平方米。",
        ("8562", "5156", None),
    ),
    (
        "JX2031-5号地块位于东路,用地测绘面积为13545.53㎡,起始价1530万元。",
        ("13545.53", "1530", None),
    ),
    (
        "本次挂牌的宗地起始价为12977.1万元。竞买人须缴纳保证金人民币1200万元。",
        (None, "12977.1", "1200"),
    ),
    (
        "|地塊編號|土地面積|起始價|保證金|\n|---|---|---|---|\n|JX-1|5000平方米|11113萬(wàn)元|8890萬元|\n",
        ("5000", "11113", "8890"),
    ),
)


@pytest.mark.parametrize(("words", "amounts"), _AMOUNTS)
def test_areas_and_money_are_read_however_they_are_written(
    words: str, amounts: tuple[str | None, ...]
) -> None:
    text = f"{_TITLE}\n{words}\n\n报名截止时间:2031年6月18日10时。\n"
    (parcel,) = _read(text, "notice.md").parcels
    found = (parcel.area_m2, parcel.start_price_wan, parcel.deposit_wan)
    assert tuple(None if amount is None else str(amount) for amount in found) == amounts


def test_a_price_without_an_area_is_no_parcel_where_the_notice_offers_several() -> None:
    text = f"{_TITLE}\n出让3宗国有建设用地使用权,起始价100万元,保证金20万元。\n"
    text += "挂牌时间:2031年6月8日9时至2031年6月18日10时。\n"
    assert _numbers(_read(text)) == ["", "", ""]


def test_a_masked_code_of_the_register_is_another_name_of_the_parcel() -> None:
    text = (
        "JX2031-070地块位于东路以西,宗地号为450****02003GB00079,出让面积为31942平方米。\n"
        "JX2031-070地块出让起始价为人民币5000万元。"
    )
    assert _numbers(_read(_TITLE + text)) == ["JX2031-070"]


def test_the_number_on_the_cover_of_a_bidding_file_is_its_parcel() -> None:
    text = (
        "丙市国有建设用地使用权\n挂牌文件\nP(2031)034号\n丙市自然资源局\n"
        "丙市国有建设用地使用权挂牌出让公告\n丙告字(2031年)6号\n"
        "决定以挂牌方式出让4宗地块的国有建设用地使用权。挂牌时间:2031年5月8日9时至5月18日9时。"
    )
    notice = _read(text)
    assert _numbers(notice) == ["P(2031)034号"]
    assert Code.PARCELS_MISSING in [finding.code for finding in notice.findings]


def test_a_list_far_behind_another_count_is_found() -> None:
    text = "出让2幅" + "地" * 3_000 + "，东江新区G2-6号地块、东江新区G21-1号地块共2幅"
    assert _numbers(_read(f"{_TITLE}{text}。")) == ["东江新区G2-6号地块", "东江新区G21-1号地块"]


_BEFORE_FACTS = (
    "XXKG-GL11-07,面积66亩,起始价26605万元,保证金5321万元;XXKG-GL11-08,面积30亩,起始价9028万元,保证金1806万元",
    "FQ-2031-31:面积10324平方米,起始价26605万元,保证金5321万元\nFQ-2031-32:面积7721平方米,起始价9028万元,保证金1806万元",
    "1. 2031-018号地块:位于河滨路,出让面积7000平方米,起始价26605万元,保证金5321万元。\n"
    "2. 2031-019号地块:位于湖滨路,出让面积8000平方米,起始价9028万元,保证金1806万元。",
)


@pytest.mark.parametrize("words", _BEFORE_FACTS)
def test_codes_with_which_clauses_begin_are_parcels_with_their_facts(words: str) -> None:
    notice = _read(
        "丙市国有建设用地使用权挂牌出让公告\n挂牌时间:2031年6月10日9时至2031年6月20日10时。\n"
        f"地块情况:\n{words}\n"
    )
    assert [parcel.parcel_no for parcel in notice.parcels] in (
        ["XXKG-GL11-07", "XXKG-GL11-08"],
        ["FQ-2031-31", "FQ-2031-32"],
        ["2031-018号", "2031-019号"],
    )
    assert [parcel.start_price_wan for parcel in notice.parcels] == [26605, 9028]
    assert all(parcel.area_m2 for parcel in notice.parcels)


def test_a_plans_block_before_its_area_is_no_parcel_of_its_own() -> None:
    notice = _read(
        "丙市国有建设用地使用权挂牌出让公告\n地块编号:BT2031-6;\n控规HT09-18-06:面积3000平方米。\n起始价9028万元。"
    )
    assert _numbers(notice) == ["BT2031-6"]


def test_facts_on_the_line_of_a_number_end_it() -> None:
    notice = _read(
        "丙市国有建设用地使用权挂牌出让公告\n"
        "地块编号:丙地2031-WG-12号 面积:43210平方米 起始价:103704万元 竞买保证金:20741万元"
    )
    assert _numbers(notice) == ["丙地2031-WG-12号"]
    assert notice.parcels[0].area_m2 == 43210


def test_a_verb_before_a_number_is_no_part_of_it() -> None:
    notice = _read(
        "关于延期举行丙政储出〔2031〕31号等2宗地块出让活动的公告\n"
        "丙政储出〔2031〕31号、丙政储出〔2031〕32号地块挂牌截止时间延期至2031年5月25日9时30分。"
    )
    assert _numbers(notice) == ["丙政储出〔2031〕31号", "丙政储出〔2031〕32号"]


def test_codes_before_bounds_and_with_a_word_in_brackets_are_parcels() -> None:
    bounds = _read(
        "丙市工业用地网上挂牌出让公告\n一、HA2031-G09地块,东至规划路,面积22022㎡,起始价810万元;"
        "HA2031-G10地块,南至通学村,面积8033㎡,起始价300万元。\n"
        "二、报价:2031年11月5日9:00起,2031年11月17日10:00止。"
    )
    assert _numbers(bounds) == ["HA2031-G09", "HA2031-G10"]
    assert [parcel.start_price_wan for parcel in bounds.parcels] == [810, 300]
    bracketed = _read(
        "丙市国有建设用地使用权网上挂牌出让公告\n"
        "丙政出〔2031〕31号（网）：面积41123.56平方米,起始价61685万元\n"
        "丙政出〔2031〕32号（网）：面积28801.2平方米,起始价31681万元\n"
        "网上挂牌报价时间：丙政出〔2031〕31号（网）为2031年9月12日9时至2031年9月26日10时；"
        "丙政出〔2031〕32号（网）为2031年9月12日9时至2031年9月26日15时。"
    )
    ends = [parcel.milestones[MilestoneName.BIDDING_CLOSE] for parcel in bracketed.parcels]
    assert [shanghai(end.at).hour for end in ends] == [10, 15]
    assert [parcel.start_price_wan for parcel in bracketed.parcels] == [61685, 31681]


_FACTS = "净用地面积{}平方米，起始价{}万元，竞买保证金{}万元。"


def _areas(notice: Notice) -> list[tuple[str, int]]:
    return [(parcel.parcel_no, int(parcel.area_m2 or 0)) for parcel in notice.parcels]


def test_facts_stand_behind_a_name_that_the_offering_sentence_listed_before() -> None:
    notice = _read(
        f"{_TITLE}现以挂牌方式公开出让G3147、G3148号两宗国有建设用地使用权。\n"
        f"G3147号地：城东区东路北侧，{_FACTS.format(13000, 900, 90)}\n"
        f"G3148号地：城西区西路南侧，{_FACTS.format(20000, 660, 66)}\n"
    )
    assert _areas(notice) == [("G3147号", 13000), ("G3148号", 20000)]


def test_items_that_only_name_a_parcel_are_parcels_of_whatever_form() -> None:
    notice = _read(
        f"{_TITLE}一、地块概况\n"
        f"（一）丙区东镇BC0704217地块\n宗地面积：26000平方米\n挂牌起始价：900万元\n"
        f"（二）丙区西镇81003218B26地块\n宗地面积：31000平方米\n挂牌起始价：800万元\n"
        "二、挂牌报价期限：2031年5月9日9时至2031年5月20日10时。\n"
    )
    assert _areas(notice) == [
        ("丙区东镇BC0704217地块", 26000),
        ("丙区西镇81003218B26地块", 31000),
    ]
    assert all(MilestoneName.BIDDING_CLOSE in parcel.milestones for parcel in notice.parcels)


def test_every_number_of_a_list_behind_the_word_for_it_is_a_parcel() -> None:
    notice = _read(
        "更正公告\n\n我局发布的《丙县国有建设用地使用权挂牌出让公告》部分内容有误，现更正如下：\n"
        "1、报名时间“2031年5月9日9时至2031年5月12日17时”更正为“2031年5月9日9时至2031年5月19日17时”；\n"
        "涉及地块：2031-35号、2031-36号、2031-37号。\n"
    )
    assert _numbers(notice) == ["2031-35号", "2031-36号", "2031-37号"]


@pytest.mark.parametrize(
    "words",
    [
        "我局于2031年5月6日发布的《丙市国有建设用地使用权挂牌出让公告》，因{}规划条件需论证，"
        "现决定中止上述2宗地的挂牌出让活动。",
        "{}由我局挂牌出让。现决定中止上述2宗地的挂牌出让活动。",
    ],
)
def test_a_change_of_the_above_is_of_the_parcels_named_before_it(words: str) -> None:
    notice = _read(
        "丙市国有建设用地使用权挂牌出让中止公告\n\n"
        + words.format("TG-3153、TG-3155号宗地")
        + "TG-3154号宗地出让活动照常进行。\n"
    )
    assert notice.kind is Kind.SUSPENSION
    assert _numbers(notice) == ["TG-3153号", "TG-3155号"]


def test_a_live_round_from_a_time_on_is_the_auction() -> None:
    notice = _read(
        f"{_TITLE}G3147号地块位于东路以北，{_FACTS.format(13000, 900, 90)}\n"
        "挂牌时间：2031年5月9日9时—2031年5月20日16时。\n"
        "挂牌截止时有两个及以上竞买人的，2031年5月21日10时起组织现场竞价。\n"
    )
    (parcel,) = notice.parcels
    starts = parcel.milestones[MilestoneName.AUCTION_START]
    assert shanghai(starts.at).isoformat() == "2031-05-21T10:00:00+08:00"
    assert MilestoneName.BIDDING_OPEN in parcel.milestones


def test_facts_that_stand_side_by_side_are_read_apart() -> None:
    notice = _read(
        f"{_TITLE}地块编号：JX2031-05　地块位置：东路以南　土地面积：26,660㎡　土地用途：工业用地\n"
        "租赁年限：6年（期满转出让）  容积率：≥1.2  起始年租金：12元/㎡·年，即31.992万元/年\n"
        "竞租保证金：人民币64万元整   报名时间：2031年5月9日9时至2031年5月12日17时\n"
    )
    (parcel,) = notice.parcels
    assert (parcel.location, parcel.use, parcel.far) == ("东路以南", "工业用地", "≥1.2")
    assert parcel.start_price_wan == Decimal("31.992")
    assert parcel.deposit_wan == 64
    assert MilestoneName.REGISTRATION_CLOSE in parcel.milestones


def test_lines_with_numbers_of_two_levels_begin_anew() -> None:
    notice = _read(
        f"{_TITLE}1.1宗地编号：NO.2031HT039\n1.2地块名称：丙区东路地块\n1.3四至范围：东至规划路\n"
        "1.4规划用途：二类城镇住宅用地\n1.5出让土地面积：25,330.0平方米\n1.6容积率：不大于1.8\n"
    )
    (parcel,) = notice.parcels
    assert (parcel.parcel_no, parcel.use) == ("NO.2031HT039", "二类城镇住宅用地")
    assert parcel.area_m2 == 25330


@pytest.mark.parametrize(
    "words",
    [
        "【发布时间：2031-05-01】【来源：丙市公共资源交易中心】\n经丙市人民政府批准，现以挂牌方式公开出让G3147号地块。",
        "经丙市人民政府批准，决定以挂牌方式公开出让G3147号地块，受让人须在2031年12月31日前开工。",
    ],
)
def test_a_bureaus_page_and_a_day_before_which_are_no_report(words: str) -> None:
    notice = _read(f"{_TITLE}{words}\n挂牌时间：2031年5月9日9时至2031年5月20日16时。\n")
    assert Code.NEWS_REPORT not in {finding.code for finding in notice.findings}


@pytest.mark.parametrize("item", ["{}号宗地：", "地块{}：", "（{}）{}号地块："])
def test_parcels_that_are_only_counted_are_as_many_and_have_their_times(item: str) -> None:
    lines = [
        f"{item.format(place, place)}位于东镇，面积{place}000㎡，用途住宅，起拍价{place}00万元。"
        for place in "12"
    ]
    notice = _read(
        _TITLE
        + "\n".join(lines)
        + "\n报名截止时间：1号地块为2031年5月12日16时，2号地块为2031年5月12日17时。\n"
    )
    assert _areas(notice) == [("", 1000), ("", 2000)]
    closes = [parcel.milestones[MilestoneName.REGISTRATION_CLOSE] for parcel in notice.parcels]
    assert [shanghai(close.at).hour for close in closes] == [16, 17]
    assert Code.PARCEL_WITHOUT_NUMBER in {finding.code for finding in notice.findings}


def test_a_total_comes_before_the_price_of_each_unit_of_area() -> None:
    text = (
        "(一)宗地编号：甲县2031-G-13号。宗地面积0.0111公顷(0.1665亩)；\n\n"
        "(二)拍卖起始价为4700元/平方米(313.3333万元/亩)；起始总价：52.17万元；增价幅度：10元/㎡/次；\n"
    )
    (parcel,) = _read(_TITLE + text).parcels
    assert parcel.start_price_wan == Decimal("52.17")


def test_what_is_said_of_a_plot_before_the_parcel_is_named_is_not_of_it() -> None:
    text = (
        "某学院扩建项目公示，用地面积：33333.33㎡，选址位于北路。\n\n"
        "本次出让一幅地块，地块编号为2031拍-12#地块，位于东桥镇，占地面积15542.5㎡，起拍价475万元。\n"
    )
    (parcel,) = _read(_TITLE + text).parcels
    assert parcel.area_m2 == Decimal("15542.5")


def test_a_clause_that_is_an_area_is_the_area_and_a_share_is_no_deposit() -> None:
    notice = _read(
        f"{_TITLE}出让1宗国有建设用地使用权:\n"
        "1、WY2031-19号,东街西侧,66013平方米(99.02亩),起拍价400万元,保证金为起拍价的50%,即200万元。\n"
    )
    (parcel,) = notice.parcels
    assert (parcel.area_m2, parcel.deposit_wan) == (Decimal(66013), Decimal(200))


def test_a_sum_of_all_parcels_is_no_parcel_in_a_table_of_a_cell_a_line() -> None:
    headings = ["序号", "地块编号", "面积(㎡)", "起始价(万元)", "保证金(万元)"]
    rows = [[str(at), f"JX-{at}", f"{at}000", f"{at}00", f"{at}0"] for at in (5, 6, 7)]
    cells = [*headings, *(cell for row in rows for cell in row), "合计", "", "18000", "1800", "180"]
    notice = _read(
        f"{_TITLE}一、地块基本情况\n" + "\n".join(cells) + "\n二、竞买人资格\n均可参加。\n"
    )
    assert _numbers(notice) == ["JX-5", "JX-6", "JX-7"]


_FACTS_ALONE = "编号\n位置\n面积(平方米)\nJX-1-10\n东路\n5000\nJX-1-11\n西路\n6000\n"


@pytest.mark.parametrize("between", ["各宗地时间安排如下：\n", ""])
def test_a_table_of_numbers_and_times_alone_is_read_where_each_cell_is_a_line(between: str) -> None:
    times = (
        "编号\n报名截止时间\nJX-1-10\n2031年6月12日16时\nJX-1-11\n2031年6月13日16时\n",
        "编号\n报名截止时间\n挂牌起止时间\nJX-1-10\n2031年6月12日16时\n2031年6月1日9时至2031年6月14日9时\n"
        "JX-1-11\n2031年6月13日16时\n2031年6月1日9时至2031年6月15日9时\n",
    )
    for table in times:
        notice = _read(f"{_TITLE}{_FACTS_ALONE}{between}{table}均可申请参加竞买。\n")
        assert _numbers(notice) == ["JX-1-10", "JX-1-11"]
        closes = [
            shanghai(parcel.milestones[MilestoneName.REGISTRATION_CLOSE].at).day
            for parcel in notice.parcels
        ]
        assert closes == [12, 13]


@pytest.mark.parametrize(
    "cells",
    [
        # what stood under `报名截止时间` was the end of a heading that was lost
        "JX-1-10\n2031年6月1日9时\n2031年6月12日16时\nJX-1-11\n2031年6月1日9时\n2031年6月12日16时\n",
        # a number was lost
        "JX-1-10\n2031年6月12日16时\n2031年6月13日16时\n",
    ],
)
def test_a_table_of_numbers_and_times_that_lost_a_cell_gives_no_time(cells: str) -> None:
    table = f"编号\n报名截止时间\n{cells}"
    notice = _read(f"{_TITLE}{_FACTS_ALONE}各宗地时间安排如下：\n{table}均可申请参加竞买。\n")
    assert not any(parcel.milestones for parcel in notice.parcels)


def test_a_sentence_behind_a_time_of_the_last_row_is_no_part_of_it() -> None:
    headings = "编号\n面积(平方米)\n起始价(万元)\n报名起止时间\n保证金截止时间\n挂牌起止时间\n"
    first = "2031年6月1日至2031年6月12日\n2031年6月12日16时\n2031年6月3日9时至2031年6月14日9时\n"
    second = "2031年6月3日9时至2031年6月15日9时\n"
    notice = _read(
        f"{_TITLE}{headings}JX-1-10\n5000\n100\n{first}JX-1-11\n6000\n200\n{second}"
        "境内外的法人、自然人和其他组织均可申请参加竞买。\n(甲)自然资源局\n2031年5月8日\n"
    )
    last = notice.parcels[1]
    assert set(last.milestones) == set()
    assert {finding.field for finding in notice.findings} >= {"registration", "bidding"}


def test_a_ratio_that_ends_with_its_heading_is_a_value_in_a_table_of_a_cell_a_line() -> None:
    headings = "编号\n位置\n面积(平方米)\n土地用途\n容积率\n年限(年)\n起始价(万元)\n报名截止时间\n"
    rows = "".join(
        f"{name}\n东路\n{size}000\n工业用地\n1.0 ≤ 容积率\n50\n{size}00\n2031年6月1{size}日16时\n"
        for name, size in (("牌2031-2号地", 2), ("医药产业园203101号", 3))
    )
    notice = _read(f"{_TITLE}{headings}{rows}均可申请参加竞买。\n")
    assert [str(parcel.start_price_wan) for parcel in notice.parcels] == ["200", "300"]
    closes = [parcel.milestones[MilestoneName.REGISTRATION_CLOSE].at for parcel in notice.parcels]
    assert [shanghai(at).day for at in closes] == [12, 13]


def test_any_headings_may_stand_below_a_group_in_a_table_of_a_cell_a_line() -> None:
    headings = (
        "宗地编号\n土地坐落\n宗地面积(m2)\n规划指标要求\n起始价(万元)\n保证金(万元)\n挂牌起止时间\n"
        "规划用途\n出让年限(年)\n"
    )
    rows = "".join(
        f"甲储出[2031]1{size}号\n东路以西，西路以东。\n{size}000\n住宅用地\n70、40\n{size}00\n{size}0\n"
        f"2031-06-01 09:00至2031-06-1{size} 09:00\n"
        for size in (2, 3)
    )
    notice = _read(f"{_TITLE}{headings}{rows}境内外的法人和其他组织均可申请参加竞买。\n甲局\n")
    assert _numbers(notice) == ["甲储出[2031]12号", "甲储出[2031]13号"]
    assert [parcel.use for parcel in notice.parcels] == ["住宅用地"] * 2
    assert [str(parcel.deposit_wan) for parcel in notice.parcels] == ["20", "30"]


@pytest.mark.parametrize(
    ("times", "closes"),
    [
        ("2031年6月12日16时\n2031年6月13日16时\n2031年6月14日16时\n", [12, 13, 14]),
        ("2031年6月12日16时\n2031年6月13日16时\n", [None] * 3),  # whose was lost?
    ],
)
def test_a_line_of_numbers_above_one_of_times_is_a_table(
    times: str, closes: list[int | None]
) -> None:
    names = ["JX-1-10", "JX-1-11", "JX-1-12"]
    rows = "\n".join(["编号", *names, "报名截止时间", times])
    notice = _read(f"{_TITLE}下列地块：JX-1-10、JX-1-11、JX-1-12等3宗地块。\n{rows}均可参加。\n")
    assert _numbers(notice) == names
    found = [parcel.milestones.get(MilestoneName.REGISTRATION_CLOSE) for parcel in notice.parcels]
    assert [close and shanghai(close.at).day for close in found] == closes


def test_labels_with_their_values_two_a_row_are_read_each_for_itself() -> None:
    table = (
        "| 交易编号：JX2031(GM)WG0023 | 宗地位置：东路以东 |\n"
        "| 土地面积：33489.12㎡ | 土地用途：工业用地 |\n"
        "| 竞买保证金：人民币362万元 | 挂牌起始价：人民币1809万元 |\n"
        "| 网上报名时间：2031年1月2日9时至2031年1月9日17时 | 网上竞价方式：增价 |\n"
    )
    (parcel,) = _read(f"{_TITLE}公开挂牌出让：\n{table}\n", "notice.md").parcels
    amounts = (str(parcel.area_m2), str(parcel.deposit_wan), str(parcel.start_price_wan))
    assert (parcel.parcel_no, *amounts) == ("JX2031(GM)WG0023", "33489.12", "362", "1809")
    assert MilestoneName.REGISTRATION_CLOSE in parcel.milestones


def test_a_ratio_beside_its_label_is_a_cell_of_a_row_of_words() -> None:
    table = (
        "地块编号    JX-31号    JX-32号\n坐落    东路西侧    西路东侧\n"
        "面积(平方米)    5000    6000\n"
        "容积率    ≤1.8    ≥1.0\n竞买保证金(万元)    100    120\n"
    )
    notice = _read(f"{_TITLE}一、宗地基本情况\n{table}二、竞买人资格：均可参加。\n")
    assert [str(parcel.deposit_wan) for parcel in notice.parcels] == ["100", "120"]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (
            Kind.RESUMPTION,
            "关于恢复乙市东城北单元B-07地块\n国有建设用地使用权网上挂牌出让的公告\n"
            "2031年9月13日，我局公告中止乙市东城北单元B-07地块的网上挂牌出让活动。"
            "现自2031年10月29日起恢复。",
        ),
        (
            Kind.OTHER,
            "乙市人民政府关于印发2031年度国有建设用地供应计划的通知\n"
            "住宅用地以挂牌、拍卖方式出让，第一批拟于2031年4月30日前发布出让公告。",
        ),
        (
            Kind.AUCTION,
            "国有建设用地使用权公开出让公告\n有2个及以上竞买人的，于2031年9月14日15时举行拍卖会；"
            "只有1个竞买人的，挂牌时间为2031年9月14日9时至2031年9月24日15时。",
        ),
        (
            Kind.AUCTION,
            "首页 > 招标公告 > 乙市\n乙县国有建设用地使用权拍卖出让公告\n"
            "拍卖时间：2031年7月26日10时。",
        ),
    ],
)
def test_the_kind_is_that_of_the_notice_and_not_of_what_stands_around_it(
    kind: Kind, text: str
) -> None:
    assert _read(text).kind is kind


def test_a_part_of_what_is_offered_in_ten_thousand_square_metres_is_the_parcels_area() -> None:
    notice = _read(
        f"{_TITLE}其中编号为北储2031-31的地块,面积2.37万平方米,商住用地,起拍总价3.85亿元。\n"
        "与之相邻的北储2031-32地块,面积1.16万平方米,起拍总价1.02亿元。\n"
    )
    areas = [parcel.area_m2 for parcel in notice.parcels]
    assert areas == [Decimal(23700), Decimal(11600)]


def test_a_first_column_without_a_heading_holds_the_numbers_where_they_look_like_some() -> None:
    page = (
        "<table><tr><td></td><td>面积(平方米)</td><td>起始价(万元)</td><td>保证金(万元)</td></tr>"
        "<tr><td>JX-1</td><td>5000</td><td>100</td><td>20</td></tr>"
        "<tr><td>JX-2</td><td>6000</td><td>110</td><td>22</td></tr></table>"
    )
    notice = _read(f"<html><body><p>{_TITLE}</p>{page}</body></html>", "notice.html")
    assert _numbers(notice) == ["JX-1", "JX-2"]


def test_the_notices_that_a_site_lists_beside_are_none_of_this_one() -> None:
    notice = _read(
        "·乙市国有土地使用权拍卖出让公告(2031-02) [2031-04-20]\n·乙市采矿权挂牌公告 [2031-04-11]\n"
        f"{_TITLE}地块编号:JX-1;面积:5000平方米;起始价:100万元。\n"
    )
    assert notice.kind is Kind.LISTING
    assert not any(parcel.milestones for parcel in notice.parcels)


_COPIED = """乙县国有建设用地使用权网上挂牌出让公告
乙自然资告〔2031〕17号
一、地块基本情况
地块编号       宗地位置          面积        土地    起始价    竞买保
                             （平方米）    用途    （万元）   证金
                                                          （万元）
QH-2031-61    迎宾大道北侧、     12506.33    商业    1126      340
              幸福路东侧                     用地
QH-2031-62    产业集聚区         8000        工业    720       216
乙自然资告〔2031〕17号                                                          第 1 页
二、时间安排
地块编号      报名开始             报名截止             挂牌截止
QH-2031-61    2031-09-07 09:00    2031-09-25 17:00    2031-09-28 09:00
QH-2031-62    2031-09-07 09:00    2031-09-26 12:00    2031-09-28 09:30
三、公告期为2031年8月28日至2031年9月16日。
乙自然资告〔2031〕17号                                                          第 2 页
"""


def test_a_table_that_spaces_draw_is_read_by_its_columns_whatever_page_it_is_on() -> None:
    notice = _read(_COPIED)
    found = [
        (parcel.parcel_no, str(parcel.area_m2), str(parcel.start_price_wan), parcel.location)
        for parcel in notice.parcels
    ]
    assert found == [
        ("QH-2031-61", "12506.33", "1126", "迎宾大道北侧、幸福路东侧"),
        ("QH-2031-62", "8000", "720", "产业集聚区"),
    ]
    closes = [parcel.milestones[MilestoneName.REGISTRATION_CLOSE].at for parcel in notice.parcels]
    assert [f"{shanghai(at):%d %H}" for at in closes] == ["25 17", "26 12"]


def test_lines_that_spaces_part_without_columns_are_no_such_table() -> None:
    rows = "编号  位置  面积(㎡)  起始价(万元)\nJX-1  东路以西  5000  100\nJX-2  西路  16000  110\n"
    notice = _read(f"{_TITLE}一、地块基本情况\n{rows}二、竞买人资格\n均可申请参加竞买。\n")
    assert [str(parcel.area_m2) for parcel in notice.parcels] == ["5000", "16000"]


def _printed(text: str, width: float) -> str:
    """The text in lines as a page breaks them: a figure is half as wide as a character."""
    lines, left = [""], width
    for sign in text:
        size = 0.5 if sign.isascii() else 1.0
        if left < size:
            lines.append("")
            left = width
        lines[-1] += sign
        left -= size
    return "\n".join(lines)


@pytest.mark.parametrize("width", [19.0, 22.5, 26.0])
def test_a_time_that_a_printed_page_breaks_is_whole_whatever_its_letters_are(width: float) -> None:
    text = (
        "经乙市人民政府批准，现对下列宗地的使用权进行公开挂牌出让：JX-2031-8宗地面积5200平方米，"
        "JX-2031-9宗地面积8300平方米。JX-2031-8宗地报名时间为2031年12月1日9时至2031年12月24日"
        "17时；JX-2031-9宗地报名时间为2031年12月1日9时至2031年12月31日17时。"
    )
    notice = _read(f"{_TITLE}{_printed(text, width)}\n")
    closes = [parcel.milestones[MilestoneName.REGISTRATION_CLOSE].at for parcel in notice.parcels]
    assert [f"{shanghai(at):%d %H}" for at in closes] == ["24 17", "31 17"]


def test_the_headings_of_a_table_that_begin_each_page_are_no_head_of_the_page() -> None:
    headings = "地块编号      位置          面积(㎡)      起始价(万元)"
    page = "第 {0} 页\n{1}\nJX-3{0}         东路以西      500{0}          10{0}\n"
    text = "".join(page.format(number, headings) for number in (1, 2))
    notice = _read(f"{_TITLE}一、地块基本情况\n{text}二、竞买人资格\n均可申请参加竞买。\n")
    assert [str(parcel.area_m2) for parcel in notice.parcels] == ["5001", "5002"]


@pytest.mark.parametrize(
    "line",
    [
        "● 拍卖出让公告报名截止时间由2031-05-28调整为2031-06-02",
        "● 国有建设用地使用权拍卖出让公告及报名期限 2031-04-28 至 2031-06-02",
    ],
)
def test_a_line_with_a_bullet_that_tells_a_deadline_is_no_link(line: str) -> None:
    notice = _read(
        "甲市国有建设用地使用权拍卖出让延期公告\n甲自然资延[2031]5号\n"
        f"因故对2031-1号地块的有关时间作如下调整：\n{line}\n{line}\n特此公告。\n"
    )
    fields = {change.field for change in notice.changes} | {f.field for f in notice.findings}
    assert MilestoneName.REGISTRATION_CLOSE in fields


@pytest.mark.parametrize("number", ["第 {0} 页\n{1}", "{1}  第 {0} 页"])
def test_a_deadline_that_stands_on_each_page_is_no_head_of_the_page(number: str) -> None:
    line = "竞买报名截止时间：二〇三一年五月二十八日十六时"
    text = "".join(
        f"{number.format(at, line)}\n地块编号：JX-{at}，面积5000平方米。\n" for at in (1, 2)
    )
    notice = _read(f"{_TITLE}{text}")
    assert all(MilestoneName.REGISTRATION_CLOSE in parcel.milestones for parcel in notice.parcels)


_CENTRED = """
地块编号      面积(平方米)     报名截止时间          挂牌截止时间
                                                     2031年6月10日
2031-1号      20000            2031年5月28日16时     10时
                                                     2031年6月11日
2031-2号      30000            2031年5月29日16时     15时
"""
_EMPTY_LINE = """
地块编号      面积(平方米)     报名截止时间          挂牌截止时间
2031-1号      20000            2031年5月28日16时     2031年6月10日10时
2031-2号      30000            2031年5月29日16时     2031年6月11日

                                                     15时
"""


@pytest.mark.parametrize("table", [_CENTRED, _EMPTY_LINE])
def test_a_time_that_spaces_break_over_two_lines_is_of_no_other_parcel(table: str) -> None:
    notice = _read(f"{_TITLE}一、地块情况{table}二、竞买人资格\n均可申请参加竞买。\n")
    closes = {
        parcel.parcel_no: shanghai(close.at).day
        for parcel in notice.parcels
        if (close := parcel.milestones.get(MilestoneName.BIDDING_CLOSE)) is not None
    }
    truth = {"2031-1号": 10, "2031-2号": 11}
    assert closes.items() <= truth.items()


_NAMED_IN_TEXT = (
    ("XG挂-2031-15号,坐落东镇工业园,用地面积23330平方米,起始价190万元", ["XG挂-2031-15号"]),
    ("东区泖镇BJP00203单元06-02号(集体土地试点入市)地块面积11874平方米", ["BJP00203单元06-02号"]),
    ("延长津丽(挂)2031-014号等6宗国有建设用地使用权的挂牌时间", ["津丽(挂)2031-014号"]),
    ("出让丙P(2031)018号-丙P(2031)020号共3宗", [f"丙P(2031)0{at}号" for at in (18, 19, 20)]),
    (
        "出让丙政出〔2031〕31、33号(网)、丙政示出〔2031〕6号(网)地块",
        ["丙政出〔2031〕31号(网)", "丙政出〔2031〕33号(网)", "丙政示出〔2031〕6号(网)"],
    ),
    (
        "出让东湾工业园区C-7、C-9、E-2等3宗工业用地。\n1.C-7地块:起始价为1121万元。\n"
        "2.C-9地块:起始价为1681万元。\n3.E-2地块:起始价为583万元。",
        ["C-7", "C-9", "E-2"],
    ),
    (
        "3块地中YZ-31-01、YZ-31-02两块为住宅用地,面积分别为28150平方米、24091平方米;"
        "YZ-31-03为科教用地,面积10100平方米。",
        ["YZ-31-01", "YZ-31-02", "YZ-31-03"],
    ),
    ("2031C-东园工业园-02地块面积5200平方米", ["2031C-东园工业园-02"]),
    (
        "\n".join(f"({at})丙2031-4-1{at}地块:位于东路,面积{at}000平方米" for at in (2, 3, 4)),
        ["丙2031-4-12", "丙2031-4-13", "丙2031-4-14"],
    ),
    ("该宗地块编号QTX-2031-工19,位于东镇,用地面积61334平方米", ["QTX-2031-工19"]),
    (
        "挂牌时间为:2031年9月23日8时至2031年10月8日A10-16号地块16时、A10-17号地块17时",
        ["A10-16号", "A10-17号"],
    ),
    (
        "截止时间依次为:丙土(2031)工-31号2031年10月14日9:00;丙土(2031)工-32号2031年10月14日9:10",
        ["丙土(2031)工-31号", "丙土(2031)工-32号"],
    ),
)


@pytest.mark.parametrize(("words", "numbers"), _NAMED_IN_TEXT)
def test_codes_of_any_form_are_parcels_where_the_text_names_them_so(
    words: str, numbers: list[str]
) -> None:
    assert _numbers(_read(f"{_TITLE}{words}")) == numbers


@pytest.mark.parametrize(
    "words",
    [
        "东路48号、西路50号房屋已拆除,容积率1.0-2.0,按规条[2031]033号执行。",
        "咨询电话0571-88123456,5号楼3层302室,依据国土资源部令第39号。",
        "公告发布于2031-05-12,见丙政秘〔2031〕148号、丙政秘〔2031〕207号文件。",
    ],
)
def test_figures_streets_and_documents_are_no_parcels(words: str) -> None:
    assert not any(_numbers(_read(f"{_TITLE}{words}")))


def test_a_line_that_begins_with_a_parcels_number_is_no_rest_of_the_title_above() -> None:
    items = "\n".join(
        f"2031-0{at}号:该宗地位于东镇,出让面积{at}000平方米,起始价{at}00万元。" for at in (3, 5)
    )
    title = "一、公开出让地块的基本情况和规划指标要求"
    printed = "竞买人应当按照本公告的规定办理有关申请手续\n" * 8  # lines as wide as the title
    notice = _read(f"{_TITLE}{title}\n{items}\n{printed}")
    assert _areas(notice) == [("2031-03号", 3000), ("2031-05号", 5000)]


@pytest.mark.parametrize("before", ["出让地块:", "一、"])
def test_clauses_of_one_sentence_that_count_parcels_are_a_parcel_each(before: str) -> None:
    text = f"{before}1号地位于东路,面积6720平方米,起叫价168万元;2号地位于西路,面积14003平方米;"
    text += "3号地在北路口,面积2.1公顷;4号地即原站院内,面积2400平方米,起叫价76万元。"
    assert _areas(_read(_TITLE + text)) == [("", 6720), ("", 14003), ("", 21000), ("", 2400)]


def test_numbers_in_the_cells_of_a_table_that_is_lost_are_parcels_where_as_many_are_stated() -> (
    None
):
    cells = (
        "YY2031-22-03",
        "江口镇、南溪镇",
        "1988",
        "110",
        "南溪镇",
        "2104",
        "YY2031-23-01",
        "153",
    )
    stated = f"{_TITLE}决定出让{{}}宗国有建设用地使用权。\n" + "\n|\n".join(cells)
    assert _numbers(_read(stated.format(2))) == ["YY2031-22-03", "YY2031-23-01"]
    assert not any(_numbers(_read(stated.format(3))))


@pytest.mark.parametrize(
    ("words", "deposit"),
    [
        ("竞买保证金设定为438万元人民币。", "438"),
        ("竞买保证金为人民币壹仟贰佰万元。", "1200"),
        ("竞买保证金为壹拾贰仟玖佰零肆万元(¥12904万元)。", "12904"),
        ("竞买保证金为壹佰万元(¥12904万元)。", "None"),
    ],
)
def test_a_deposit_in_a_sentence_is_read_in_figures_and_in_capitals(
    words: str, deposit: str
) -> None:
    notice = _read(f"{_TITLE}JX2031-1号地块位于东路,出让面积5.5ha,起始价3000万元。{words}")
    (parcel,) = notice.parcels
    assert (str(parcel.area_m2), str(parcel.deposit_wan)) == ("55000", deposit)


_NAMED_TOGETHER = (
    ("丙储2031-7号、8号、9-1号地块共3宗", ["丙储2031-7号", "丙储2031-8号", "丙储2031-9-1号"]),
    ("东镇2031-1号、西镇2031-1号两宗地块", ["东镇2031-1号", "西镇2031-1号"]),
    (
        "丙储2031-1号、丙储2031-3号两宗地块。丙储2031-1号-丙储2031-3号地块净地出让",
        ["丙储2031-1号", "丙储2031-3号"],
    ),
    (
        "丙P(2031)018号-丙P(2031)020号共3宗。面积最大的是丙P(2031)019号地块,位于东路",
        [f"丙P(2031)0{at}号" for at in (18, 19, 20)],
    ),
)


@pytest.mark.parametrize(("words", "numbers"), _NAMED_TOGETHER)
def test_parcels_that_are_named_together_are_all_parcels(words: str, numbers: list[str]) -> None:
    assert sorted(_numbers(_read(f"{_TITLE}决定出让{words}。"))) == numbers


def test_a_code_with_and_without_its_sign_is_one_parcel_and_others_of_its_form_are_parcels() -> (
    None
):
    text = (
        "其中编号为G11-31-0086、位于东镇的地块面积最大。G11-31-0086号地块面积98014平方米,起始价61250万元。"
        "面积次之的是西村的G11-31-0089号地块,面积52227平方米;起始价24810万元。"
    )
    areas = [int(parcel.area_m2 or 0) for parcel in _read(_TITLE + text).parcels]
    assert areas == [98014, 52227]


def test_the_second_line_of_a_counted_row_is_no_row_of_its_own() -> None:
    cells = (
        "序号/地块位置/地块编号/面积(㎡)/用途/年限/容积率/起报总价(万元)/保证金(万元)/"
        "1/城南路西/JX2031-9号/41206/住宅/70/≤1.6/51915/15580/"
        "2/城北路东/JX2031-10号/60714/住宅/70/≤1.8/98357/29510/教育/50/≤0.8/"
        "3/城西路北/JX2031-11号/7733/零售/40/≤1.5/2320/700"
    )
    table = cells.replace("/", "\n")
    notice = _read(f"{_TITLE}{table}\n二、报名截止时间：2031年6月12日16时。\n")
    assert [(parcel.parcel_no, parcel.deposit_wan) for parcel in notice.parcels] == [
        ("JX2031-9号", Decimal(15580)),
        ("JX2031-10号", Decimal(29510)),
        ("JX2031-11号", Decimal(700)),
    ]


def test_a_code_of_the_land_register_that_begins_a_line_is_a_parcels() -> None:
    rows = "".join(
        f"370285104207GB0035{place}东镇杭州路北侧3334{place}≥1.2≥40%工业50 1150 230\n"
        for place in (1, 2)
    )
    notice = _read(
        _TITLE + "宗地编号土地位置土地面积(㎡)容积率建筑密度用途年限起始价保证金\n" + rows
    )
    assert [parcel.parcel_no for parcel in notice.parcels] == [
        "370285104207GB00351",
        "370285104207GB00352",
    ]


def test_headings_that_lost_the_cells_they_spanned_move_no_amount() -> None:
    table = (
        "|宗地名称|土地面积(㎡)|起始总价(万元)|楼面地价|竞买保证金(万元)||\n|---|---|---|---|---|---|\n"
        "|起始价(元/㎡)|增价幅度(元/㎡)|||||\n|〔2031〕41号|26480|9533|2000|20|4767|\n"
        "|〔2031〕42号|2115|495|1800|10|495|\n"
    )
    notice = _read(f"{_TITLE}\n{table}", "notice.md")
    assert [parcel.parcel_no for parcel in notice.parcels] == ["〔2031〕41号", "〔2031〕42号"]
    assert all(parcel.deposit_wan in (None, 4767, 495) for parcel in notice.parcels)


def test_a_row_of_a_remark_over_all_columns_is_no_parcel() -> None:
    notice = _read(
        f"<!doctype html><body><p>{_TITLE}</p><table>"
        "<tr><th>地块编号</th><th>面积(㎡)</th><th>起始价(万元)</th></tr>"
        "<tr><td>2031-21-5</td><td>811.5</td><td>49</td></tr>"
        '<tr><td>备注</td><td colspan="2">起始价不含有关税费。</td></tr></table></body>',
        "notice.html",
    )
    assert [parcel.parcel_no for parcel in notice.parcels] == ["2031-21-5"]


def test_a_circled_figure_is_not_the_first_of_a_number() -> None:
    text = (
        "丙市国有土地使用权拍卖公告\n拍卖地块概况:①2031-31号地块位于海东路,面积2860平方米,起叫价410万元;"
        "②2031-32号地块位于府前街,面积4733平方米,起叫价96万元。\n"
    )
    (notice,) = read_notice(Path("notice.txt"), text.encode(), Limits())
    assert [parcel.parcel_no for parcel in notice.parcels] == ["2031-31号", "2031-32号"]


@pytest.mark.parametrize("label", ["地块公告号", "标的号", "挂牌号"])
def test_each_word_for_a_number_is_one_in_running_text(label: str) -> None:
    text = "丙市国有建设用地使用权挂牌出让公告\n" + "".join(
        f"{label}：20311120{place}\n地块名称：重镇福泉路西侧A0{place}-02地块\n出让面积：14,008平方米\n"
        for place in (1, 2)
    )
    (notice,) = read_notice(Path("notice.txt"), text.encode(), Limits())
    assert [parcel.parcel_no for parcel in notice.parcels] == ["203111201", "203111202"]


def test_two_words_for_a_place_do_not_part_a_card() -> None:
    card = (
        "编号 YJ-JT-2031-0{0}\n位置 平乡洪村\n四至 东至村道,南至停车场\n面积 {0}866.30㎡\n"
        "用途 工业用地\n年期 50年\n交易保证金 2{0}万元\n"
    )
    text = "丙区集体经营性建设用地使用权挂牌交易公告\n" + "".join(
        f"【宗地{name}】\n{card.format(place)}" for place, name in ((5, "一"), (6, "二"))
    )
    (notice,) = read_notice(Path("notice.txt"), text.encode(), Limits())
    assert [(each.parcel_no, each.deposit_wan) for each in notice.parcels] == [
        ("YJ-JT-2031-05", Decimal(25)),
        ("YJ-JT-2031-06", Decimal(26)),
    ]


@pytest.mark.parametrize(
    ("series", "number"), [("丙网挂G〔2031〕0{}号", "丙网挂G〔2031〕01号"), ("丙网挂", "丙2031021")]
)
def test_of_two_numbers_the_first_is_the_parcels_unless_it_has_no_figure(
    series: str, number: str
) -> None:
    rows = "".join(
        f"|{series.format(place)}|丙203102{place}|村道{place}|{place}000|\n" for place in (1, 2)
    )
    headings = "|挂牌号|宗地编号|位置|面积(平方米)|\n|---|---|---|---|\n"
    text = f"丙县国有建设用地使用权挂牌出让公告\n\n{headings}{rows}"
    (notice,) = read_notice(Path("notice.md"), text.encode(), Limits())
    assert len(notice.parcels) == 2
    assert notice.parcels[0].parcel_no == number


_NAMELESS = (
    "| 土地位置 | 土地面积(㎡) | 起始价(万元) |\n|---|---|---|\n"
    "| 甲镇江防路北 | 33412 | 1204 |\n| 乙镇通江路西 | 7160 | 258 |\n\n"
    "1、编号:甲地2031-G-016号\n建设内容:厂房\n\n2、编号:甲地2031-G-021号\n建设内容:厂房\n\n"
    "各地块挂牌时间为:\n\n甲地2031-G-016号地块:2031年6月2日9时至2031年6月14日9时;\n\n"
    "甲地2031-G-021号地块:2031年6月2日9时至2031年6月13日14时30分;\n"
)


def test_rows_without_numbers_take_as_many_numbers_of_the_text_in_order_and_say_so() -> None:
    text = f"甲县国有建设用地使用权挂牌出让公告\n甲自然资告字〔2031〕3号\n\n{_NAMELESS}"
    (notice,) = read_notice(Path("notice.md"), text.encode(), Limits())
    closes = {
        (parcel.parcel_no, shanghai(parcel.milestones[MilestoneName.BIDDING_CLOSE].at).day)
        for parcel in notice.parcels
    }
    assert closes == {("甲地2031-G-016号", 14), ("甲地2031-G-021号", 13)}
    assert Code.NUMBERS_IN_ORDER in {finding.code for finding in notice.findings}


def test_more_numbers_than_rows_without_one_are_given_to_none() -> None:
    text = f"甲县国有建设用地使用权挂牌出让公告\n甲自然资告字〔2031〕3号\n\n{_NAMELESS}"
    more = "其中甲地2031-G-022号地块为工业用地。\n"
    (notice,) = read_notice(Path("notice.md"), f"{text}\n{more}".encode(), Limits())
    codes = {finding.code for finding in notice.findings}
    assert Code.PARCEL_WITHOUT_NUMBER in codes
    assert Code.NUMBERS_IN_ORDER not in codes
