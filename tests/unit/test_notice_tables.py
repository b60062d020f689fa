"""Tables as copying from a web page leaves them: each layout in a few lines made up for it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from notifier.domain.findings import Code
from notifier.domain.times import shanghai
from notifier.domain.values import MilestoneName, Notice, Parcel, Severity
from notifier.intake.limits import Limits
from notifier.intake.notice import read_notice
from notifier.intake.notice.columns import column_of
from notifier.testing import shanghai_time

_TITLE = "甲县国有建设用地使用权挂牌出让公告\n甲自然资告字〔2025〕3号\n"
_AFTER = "\n二、竞买人范围\n凡中华人民共和国境内外的法人、自然人和其他组织均可申请参加竞买。\n"


def read(table: str, name: str = "notice.txt", title: str = _TITLE) -> Notice:
    (notice,) = read_notice(Path(name), f"{title}{table}{_AFTER}".encode(), Limits())
    return notice


def figures(parcel: Parcel) -> tuple[str, Decimal | None, Decimal | None, Decimal | None]:
    return parcel.parcel_no, parcel.area_m2, parcel.start_price_wan, parcel.deposit_wan


def closed(cells: str) -> str:
    """Cells closed by `|`, one a line, from one line a row."""
    return "".join(
        f"{cell.strip()} |\n" for row in cells.strip().splitlines() for cell in row.split("/")
    )


def lines(cells: str) -> str:
    return closed(cells).replace(" |", "")


_CAPPED = """
编号/位置/面积(㎡)/用途/容积率/起始价(万元)/熔断价(万元)/竞买保证金(万元)/出让年限(年)/开发程度
JX-2025-01/环城东路北/20100.5/城镇住宅(地下交通场站)/>1.1,<1.8/12055/13850/2411/70(50)/七通一平
JX-2025-02/环城东路南/31200.8/城镇住宅(地下交通场站)/>1.1,<2/25060/28800/5012/70(50)/七通一平
"""


def test_a_term_of_two_uses_leaves_every_amount_in_its_column() -> None:
    notice = read(closed(_CAPPED))
    assert [figures(parcel) for parcel in notice.parcels] == [
        ("JX-2025-01", Decimal("20100.5"), Decimal(12055), Decimal(2411)),
        ("JX-2025-02", Decimal("31200.8"), Decimal(25060), Decimal(5012)),
    ]


def test_what_is_left_behind_the_last_row_of_a_table_is_said() -> None:
    # in another order
    broken = "JX-2025-03/31200.8/环城西路东/28800/>1.1,<2/5012/城镇住宅/12055/70(50)/七通一平\n"
    notice = read(lines(_CAPPED + broken))
    assert [parcel.parcel_no for parcel in notice.parcels] == ["JX-2025-01", "JX-2025-02"]
    (finding,) = [finding for finding in notice.findings if finding.code is Code.CELLS_LEFT_OVER]
    assert finding.severity is Severity.ERROR
    assert "JX-2025-03" in finding.params["text"]


_SERIALS = """
序号/地块编号/土地位置/出让面积(㎡)/土地用途/起始价(万元)/竞买保证金(万元)/竞买对象
1/JX-2025-04/新安路西/5200.5/工业用地/312/63/不限
2/JX-2025-05/新安路东/6100.5/工业用地/366/74/不限
"""


@pytest.mark.parametrize("written", [lines(_SERIALS), closed(_SERIALS)])
def test_a_serial_is_the_first_value_and_no_heading(written: str) -> None:
    assert [figures(parcel) for parcel in read(written).parcels] == [
        ("JX-2025-04", Decimal("5200.5"), Decimal(312), Decimal(63)),
        ("JX-2025-05", Decimal("6100.5"), Decimal(366), Decimal(74)),
    ]


def test_pipes_that_open_each_cell_begin_no_rows() -> None:
    opened = "".join(
        "".join(f"| {cell}\n" for cell in row.split("/")) + "|\n"
        for row in _SERIALS.strip().splitlines()
    )
    assert [figures(parcel) for parcel in read(opened).parcels] == [
        ("JX-2025-04", Decimal("5200.5"), Decimal(312), Decimal(63)),
        ("JX-2025-05", Decimal("6100.5"), Decimal(366), Decimal(74)),
    ]


def test_a_row_of_units_stands_below_the_columns_of_money() -> None:
    table = """
序号/地块位置/地块编号/面积/用途/年限/规划指标/起报总价/保证金/加价幅度/备案说明
容积率/绿地率/万元/人民币(万元)/美元(万元)/人民币(万元)
1/新安路西/JX-2025-06/6510/商务金融用地/40/≤4.0/≥20%/4700/940/140/30/不可分割
2/新安路东/JX-2025-07/8810.4/城镇住宅用地/70/≤1.8/≥37%/23800/7100/1090/150/可以分割
"""
    assert [figures(parcel) for parcel in read(lines(table)).parcels] == [
        ("JX-2025-06", Decimal(6510), Decimal(4700), Decimal(940)),
        ("JX-2025-07", Decimal("8810.4"), Decimal(23800), Decimal(7100)),
    ]


def test_a_time_written_once_for_two_rows_holds_for_the_second_and_asks_for_a_look() -> None:
    table = """
地块编号 | 土地位置 | 面积(㎡) | 用途 | 起叫价(万元) | 竞买保证金(万元) | 拍卖时间 | 出让人 |||
JX-2025-08 | 新安路西 | 5200.5 | 工业用地 | 312 | 63 | 2025年10月23日10时 | 甲县自然资源局 |
JX-2025-09 | 新安路东 | 6100.5 | 工业用地 | 366 | 74 | 甲县自然资源局 |  |
"""
    notice = read(table, title="甲县国有建设用地使用权拍卖出让公告\n甲告字〔2025〕4号\n")
    starts = [
        {name.value: milestone.at for name, milestone in parcel.milestones.items()}
        for parcel in notice.parcels
    ]
    assert [f"{shanghai(start['auction_start']):%m-%d %H:%M}" for start in starts] == [
        "10-23 10:00",
        "10-23 10:00",
    ]
    assert any(
        finding.code is Code.BLANK_CELL and finding.parcel_no == "JX-2025-09"
        for finding in notice.findings
    )


def test_a_time_that_is_struck_out_does_not_take_that_of_the_row_above() -> None:
    cells = "<tr><td>甲2号<td>5000<td><s>2031年1月3日17:00</s><td>2031年1月9日10:00</tr>"
    notice = read(
        "<table><tr><td>地块编号<td>面积（㎡）<td>报名截止时间<td>挂牌截止时间</tr>"
        "<tr><td>甲1号<td>4000<td>2031年1月2日17:00<td>2031年1月8日10:00</tr>"
        f"{cells}</table>",
        "notice.html",
    )
    first, second = notice.parcels
    assert MilestoneName.REGISTRATION_CLOSE in first.milestones
    assert list(second.milestones) == [MilestoneName.BIDDING_CLOSE]
    assert Code.STRUCK_OUT_TEXT in {finding.code for finding in notice.findings}


@pytest.mark.parametrize(("merged", "times"), [("", 1), (" rowspan=2", 2)])
def test_an_empty_cell_of_a_page_has_no_time_of_the_row_above(merged: str, times: int) -> None:
    empty = "" if merged else "<td>"
    notice = read(
        "<table><tr><td>地块编号<td>面积（㎡）<td>报名截止时间<td>挂牌截止时间</tr>"
        f"<tr><td>甲1号<td>4000<td{merged}>2031年1月2日17:00<td>2031年1月8日10:00</tr>"
        f"<tr><td>甲2号<td>5000{empty}<td>2031年1月9日10:00</tr></table>",
        "notice.html",
    )
    assert len(notice.parcels[1].milestones) == times


def test_cards_without_colons_take_turns_of_label_and_value() -> None:
    card = """
地块编号/{0}/宗地面积/{1}㎡(折{2}亩)/宗地坐落/新安路{0}侧/出让年限/50年/容积率/≤0.5/土地用途/供电用地
保证金/{3}万元/起始价/{3} 万元/加价幅度/6万元/挂牌时间/2025年10月6日/挂牌截止时间/2025年10月15日
"""
    table = card.format("JX-2025-10", 4046, "6.069", "230.6") + card.format(
        "JX-2025-11", 300, "0.45", "11.2"
    )
    notice = read(
        "".join(f"{cell}\n|\n" for row in table.split("\n") for cell in row.split("/") if cell)
    )
    assert [figures(parcel) for parcel in notice.parcels] == [
        ("JX-2025-10", Decimal(4046), Decimal("230.6"), Decimal("230.6")),
        ("JX-2025-11", Decimal(300), Decimal("11.2"), Decimal("11.2")),
    ]
    days = [
        (name.value, f"{shanghai(milestone.at):%m-%d}")
        for name, milestone in notice.parcels[0].milestones.items()
    ]
    assert days == [("bidding_open", "10-06"), ("bidding_close", "10-15")]


def test_a_first_row_without_a_known_label_holds_the_numbers_of_its_columns() -> None:
    table = """
| 项目 | JX-2025-12 | JX-2025-13 |
|---|---|---|
| 土地位置 | 老城 | 新城 |
| 出让面积(平方米) | 26300.7 | 40010 |
| 起始价(万元) | 23100 | 31200 |
| 竞买保证金(万元) | 4620 | 6240 |
"""
    assert [figures(parcel) for parcel in read(table, "notice.md").parcels] == [
        ("JX-2025-12", Decimal("26300.7"), Decimal(23100), Decimal(4620)),
        ("JX-2025-13", Decimal(40010), Decimal(31200), Decimal(6240)),
    ]


def test_of_several_columns_the_one_that_is_offered_counts() -> None:
    table = """
| 地块编号 | 总面积(㎡) | 出让面积(㎡) | 出让底价(万元) | 起始价(万元) | 保证金(万元) |
|---|---|---|---|---|---|
| JX-2025-14 | 41200.3 | 38100.45 | 17000 | 17150 | 3430 |
| JX-2025-15 | 21200.3 | 详见附图 | 7000 | 7150 | 1430 |
"""
    notice = read(table, "notice.md")
    first, second = notice.parcels
    assert figures(first) == ("JX-2025-14", Decimal("38100.45"), Decimal(17150), Decimal(3430))
    assert second.area_m2 is None
    assert any(
        finding.field == "area_m2" and finding.parcel_no == "JX-2025-15"
        for finding in notice.findings
    )


@pytest.mark.parametrize(
    ("text", "area", "price"),
    [
        ("面积：25,369.12平方米\n起始价：2,848.02万元", "25369.12", "2848.02"),
        ("面积：5.5公顷\n起始价：人民币叁仟壹佰伍拾万元整（￥31,500,000元）", "55000", "3150"),
        (
            "宗地总面积为20700平方米，出让面积为13900平方米。\n起始价：118.00万元（评估价的110%）",
            "13900",
            "118",
        ),
    ],
)
def test_facts_in_lines_are_read_whole(text: str, area: str, price: str) -> None:
    (parcel,) = read(
        f"宗地编号：JX-2025-16\n土地坐落：新安路\n{text}\n竞买保证金：人民币630万元\n"
    ).parcels
    assert figures(parcel) == ("JX-2025-16", Decimal(area), Decimal(price), Decimal(630))


def test_a_remark_in_brackets_is_no_part_of_an_amount() -> None:
    table = """
| 地块编号 | 土地位置 | 出让面积 | 起始价(万元) | 竞买保证金(万元) |
|---|---|---|---|---|
| JX-2025-17 | 新安路 | 4327.5平方米(折6.49亩,以实测为准) | 1622(折249.87万元/亩) | 811 |
| JX-2025-18 | 新安路 | 4327.5平方米(折9.99亩) | 1622 | 811 |
"""
    first, second = read(table, "notice.md").parcels
    assert figures(first) == ("JX-2025-17", Decimal("4327.5"), Decimal(1622), Decimal(811))
    assert second.area_m2 is None  # its two figures do not agree


@pytest.mark.parametrize(
    "headings",
    [
        "原挂牌截止时间 | 延期后挂牌截止时间",
        "挂牌截止时间 | 调整后挂牌截止时间",
        "原挂牌截止时间 | 现挂牌截止时间",
    ],
)
def test_a_table_of_postponement_gives_each_parcel_its_new_time(headings: str) -> None:
    table = f"""
| 地块编号 | {headings} |
|---|---|---|
| JX-2025-19号 | 2025年10月10日10时 | 2025年10月20日10时 |
| JX-2025-20号 | 2025年10月10日11时 | 2025年10月20日11时 |
"""
    notice = read(
        table, "notice.md", "关于甲自然资告字〔2025〕3号公告延期的公告\n下列地块延期如下：\n"
    )
    assert [
        (change.parcel_no, change.field, change.old[8:13], change.new[8:13])
        for change in notice.changes
    ] == [
        ("JX-2025-19号", "bidding_close", "10T10", "20T10"),
        ("JX-2025-20号", "bidding_close", "10T11", "20T11"),
    ]
    assert not [finding for finding in notice.findings if finding.severity is Severity.ERROR]


def test_units_in_a_row_of_their_own_belong_to_the_headings_above() -> None:
    table = """
| 地块编号 | 位置 | 面积 | 起始价 | 保证金 |
|---|---|---|---|---|
| | | 亩 | 元 | 万元 |
| JX-2025-21 | 东路 | 30 | 5,000,000 | 100 |
"""
    (parcel,) = read(table, "notice.md").parcels
    assert figures(parcel) == ("JX-2025-21", Decimal(20000), Decimal(500), Decimal(100))


def test_a_price_for_each_area_does_not_hide_the_total_beside_it() -> None:
    table = """
| 地块编号 | 面积(㎡) | 起始价(万元/亩) | 起始价 |  | 保证金(万元) |
|---|---|---|---|---|---|
|  |  |  | 楼面价(元/㎡) | 总价(万元) | |
| JX-2025-22 | 20000 | 30 | 3000 | 900 | 180 |
"""
    (parcel,) = read(table, "notice.md").parcels
    assert figures(parcel) == ("JX-2025-22", Decimal(20000), Decimal(900), Decimal(180))


_NOTES = """
地块编号/土地位置/面积(㎡)/用途/起始价(万元)/保证金(万元)/备注
JX-2025-23/东路/20000/工业用地/5000/1000/无
JX-2025-24/西路/30000/工业用地/6000/1200
JX-2025-25/北路/31000/工业用地/6100/1220
"""


def test_a_note_that_was_left_out_is_neither_the_next_number_nor_the_sentence_below() -> None:
    notice = read(lines(_NOTES) + "报名截止时间为2025年10月12日16时。\n")
    assert [figures(parcel)[0] for parcel in notice.parcels] == [
        "JX-2025-23",
        "JX-2025-24",
        "JX-2025-25",
    ]
    closes = {
        f"{shanghai(at.at):%m-%d %H:%M}"
        for parcel in notice.parcels
        for at in parcel.milestones.values()
    }
    assert closes == {"10-12 16:00"}


def test_the_headings_of_a_table_parted_by_spaces_name_no_parcel_for_the_times_below() -> None:
    table = "".join("  ".join(row.split("/")) + "\n" for row in _SERIALS.strip().splitlines())
    notice = read(f"{table}报名截止时间为2025年10月12日16时。\n")
    assert [len(parcel.milestones) for parcel in notice.parcels] == [1, 1]


def test_a_row_of_headings_that_was_lost_leaves_no_parcel_named_as_a_heading() -> None:
    table = """<table>
<tr><td rowspan="2">序号</td><td rowspan="2">地块编号</td>
<td colspan="2">面积(㎡)</td><td rowspan="2">起始价</td></tr>
<tr><td>1</td><td>JX-2025-26</td><td>41200.3</td><td>38100.4</td><td>5000</td></tr>
<tr><td>2</td><td>JX-2025-27</td><td>18800</td><td>17200</td><td>6000</td></tr>
</table>"""
    assert [parcel.parcel_no for parcel in read(table, "notice.html").parcels] == [
        "JX-2025-26",
        "JX-2025-27",
    ]


def test_a_parcel_of_two_uses_with_an_area_for_each_has_no_area_and_says_so() -> None:
    table = """<table>
<tr><th>地块编号</th><th>用途</th><th>面积(㎡)</th><th>起始价(万元)</th></tr>
<tr><td rowspan="2">JX-2025-28</td><td>住宅</td><td>15000</td><td rowspan="2">5000</td></tr>
<tr><td>商业</td><td>5000</td></tr>
<tr><td>JX-2025-29</td><td>工业</td><td>5500</td><td>600</td></tr>
</table>"""
    notice = read(table, "notice.html")
    assert [(parcel.parcel_no, parcel.area_m2) for parcel in notice.parcels] == [
        ("JX-2025-28", None),
        ("JX-2025-29", Decimal(5500)),
    ]
    (finding,) = [finding for finding in notice.findings if finding.field == "area_m2"]
    assert (finding.code, finding.params["values"]) == (Code.PLACES_DISAGREE, "15000、5000")


@pytest.mark.parametrize(
    ("area", "price", "deposit"),
    [
        ("20000（其中商业5000，住宅15000）", "5000（楼面地价2500元/㎡）", "1000（人民币）"),
        ("20000", "5000（亩均166.7万元）", "1000万元或等额保函"),
        ("20000", "5000万元（评估价）", "人民币1000万元（成交后抵作价款）"),
    ],
)
def test_parts_and_prices_in_brackets_leave_the_amount_before_them(
    area: str, price: str, deposit: str
) -> None:
    table = f"""
| 地块编号及位置 | 面积(㎡) | 起始价(万元) | 保证金(万元) |
|---|---|---|---|
| JX-2025-30 东路以南 | {area} | {price} | {deposit} |
"""
    (parcel,) = read(table, "notice.md").parcels
    assert figures(parcel) == ("JX-2025-30", Decimal(20000), Decimal(5000), Decimal(1000))


def test_what_is_offered_of_an_area_is_not_what_stands_before_the_bracket() -> None:
    table = """
| 地块编号 | 面积(㎡) | 起始价(万元) | 保证金(万元) |
|---|---|---|---|
| JX-2025-31 | 20000（其中净用地18000） | 5000 | 1000 |
"""
    (parcel,) = read(table, "notice.md").parcels
    assert parcel.area_m2 is None


@pytest.mark.parametrize("number", ["JX2025-4-1", "2025-4-1号"])
def test_the_number_of_a_parcel_that_looks_like_a_date_is_none(number: str) -> None:
    table = f"""
地块编号 | {number} | 宗地面积 | 4046㎡ |
宗地坐落 | 新安路 | 土地用途 | 工业用地 |
起始价 | 300万元 | 保证金 | 60万元 |
"""
    notice = read(
        f"{table}各地块挂牌时间分别为：\n{number}地块：2025年10月6日9时至2025年10月16日10时。\n"
    )
    (parcel,) = notice.parcels
    times = {
        name.value: f"{shanghai(milestone.at):%m-%d %H:%M}"
        for name, milestone in parcel.milestones.items()
    }
    assert times == {"bidding_open": "10-06 09:00", "bidding_close": "10-16 10:00"}
    assert not [finding for finding in notice.findings if finding.severity is Severity.ERROR]


def test_a_name_beside_the_number_is_what_the_parcel_is_called() -> None:
    notice = read(
        "| 地块编号 | 地块名称 | 土地用途 |\n| --- | --- | --- |\n"
        "| 甲储出2031-041号 | 慈城湖西12号地块 | 住宅用地 |\n"
        "| 甲储出2031-042号 | 投创中心B-3地块 | 商务用地 |\n",
        name="notice.md",
    )
    assert [(parcel.parcel_no, parcel.aliases) for parcel in notice.parcels] == [
        ("甲储出2031-041号", ("慈城湖西12号地块",)),
        ("甲储出2031-042号", ("投创中心B-3地块",)),
    ]


_BESIDE = """甲市国有建设用地使用权挂牌出让公告
决定出让两宗国有建设用地使用权：
地块编号
甲储出[2026]5号
甲储出[2026]6号
土地位置
人民路以东
滨河路以西
起始价(万元)
5600
7200
报名截止时间
2026年8月17日17时
挂牌起止时间
2026年8月7日9时至2026年8月19日9时
2026年8月7日9时至2026年8月20日9时
竞得人应当按照规定签订合同。"""


def test_headings_with_the_values_of_all_parcels_behind_each_are_a_column_a_parcel() -> None:
    (notice,) = read_notice(Path("notice.txt"), _BESIDE.encode(), Limits())
    assert [
        (
            parcel.parcel_no,
            str(parcel.start_price_wan),
            {name: str(time.at)[5:13] for name, time in parcel.milestones.items()},
        )
        for parcel in notice.parcels
    ] == [
        (
            "甲储出[2026]5号",
            "5600",
            {
                "registration_close": "08-17 09",
                "bidding_open": "08-07 01",
                "bidding_close": "08-19 01",
            },
        ),
        (
            "甲储出[2026]6号",
            "7200",
            {
                "registration_close": "08-17 09",
                "bidding_open": "08-07 01",
                "bidding_close": "08-20 01",
            },
        ),
    ]


def test_a_page_within_one_cell_of_a_layout_table_is_read_as_a_page() -> None:
    lines = "".join(f"<p>{line}</p>" for line in _BESIDE.splitlines())
    page = f"<table><tr><td>首页</td></tr><tr><td>{lines}</td></tr></table>"
    (notice,) = read_notice(Path("notice.html"), page.encode(), Limits())
    assert [parcel.parcel_no for parcel in notice.parcels] == ["甲储出[2026]5号", "甲储出[2026]6号"]


def test_a_column_of_numbers_is_known_by_its_values_and_a_long_cell_by_its_marks() -> None:
    long = "医药制造业;除外:(1)新建及改扩建原料的产品生产装置;(2)青霉素等限制类药物生产。" * 3
    notice = read(
        closed(
            "公告序号/宗地位置/土地用途/土地出让面积(㎡)/容积率/产业类别/出让价款起始价(万元)/竞买保证金(万元)"
        )
        + closed(f"G22006/界石组团/二类工业用地/79914/≥0.7/{long}/6114/1223")
    )
    assert [figures(parcel) for parcel in notice.parcels] == [
        ("G22006", Decimal(79914), Decimal(6114), Decimal(1223)),
    ]


def test_rows_without_the_cells_that_spanned_them_keep_what_each_parcel_has_for_itself() -> None:
    notice = read(
        "地块编号 | 土地位置 | 土地面积(m2) | 土地用途 | 容积率 | 建筑系数(%) | 建筑限高(米) "
        "| 出让年限(年) | "
        "起始价(万元) | 竞买保证金(万元) | 增价幅度 |\n"
        "2025-43-1 | 东路北面 | 39565.32 | 商业用地 | 1.0≤容积率≤3.0 | / | ≤24 | 40 | 1781 | "
        "360 | 5万元 |\n"
        "2025-43-3 | 1951.68 | 88 | 20 |\n"
        "2025-43-4 | 618.19 | 28 | 28 |\n"
    )
    assert [figures(parcel) for parcel in notice.parcels] == [
        ("2025-43-1", Decimal("39565.32"), Decimal(1781), Decimal(360)),
        ("2025-43-3", Decimal("1951.68"), Decimal(88), Decimal(20)),
        ("2025-43-4", Decimal("618.19"), Decimal(28), Decimal(28)),
    ]


def test_a_bound_or_a_share_is_never_a_parcels_number() -> None:
    notice = read(
        "宗地编号/位置/面积(㎡)/容积率/起始价(万元)\n".replace("/", "\n") + "1.3≤容积率<2\n≤35%\n"
    )
    assert [parcel.parcel_no for parcel in notice.parcels] == []


def test_a_remark_below_a_table_takes_no_value_of_its_last_row() -> None:
    notice = read(
        lines(
            """编号/位置/面积(㎡)/土地用途/出让年限(年)/竞买保证金(万元)/起始价(万元)/增加幅度(万元)
            2025-CL-25号/官中村、官东村/1140/商服用地/商业用地40年/59.871/59.872/20
            备注/该地块只允许单独竞买。""".replace("（", "(").replace("万元/次", "万元每次")
        )
    )
    assert [figures(parcel) for parcel in notice.parcels] == [
        ("2025-CL-25号", Decimal(1140), Decimal("59.872"), Decimal("59.871")),
    ]


def test_a_column_called_as_the_end_of_a_window_may_be_of_something_else() -> None:
    notice = read(
        closed(
            "编号/位 置/土地面积(㎡)/终止日期/用途/底价(万元)/保证金(万元)\n"
            "J-1/镇东路/4084.33/至2048年12月30日/商服用地/500/100"
        )
    )
    assert [figures(parcel) for parcel in notice.parcels] == [
        ("J-1", Decimal("4084.33"), Decimal(500), Decimal(100))
    ]


_HOUR_ELSEWHERE = (
    ("报名截止日(17时)", "备注", "", True),
    ("报名截止日", "备注", "截止时间为当日17时", True),
    ("报名截止日", "备注", "现状出让", False),
)


def test_an_hour_in_a_column_of_hours_is_that_of_the_day_on_its_left() -> None:
    document = (
        "丙市国有建设用地使用权挂牌出让公告\n\n|地块编号|起始价(万元)|报名截止日期|时间|\n"
        "|---|---|---|---|\n|A2031-1|4000|2031年6月12日|16:00|\n"
    )
    (notice,) = read_notice(Path("notice.md"), document.encode(), Limits())
    close = notice.parcels[0].milestones[MilestoneName.REGISTRATION_CLOSE]
    assert f"{shanghai(close.at):%m-%d %H:%M}" == "06-12 16:00"


@pytest.mark.parametrize(("heading", "beside", "words", "is_doubtful"), _HOUR_ELSEWHERE)
def test_a_day_whose_hour_may_stand_elsewhere_is_doubtful(
    heading: str, beside: str, words: str, is_doubtful: bool
) -> None:
    document = (
        f"丙市国有建设用地使用权挂牌出让公告\n\n|地块编号|起始价(万元)|{heading}|{beside}|\n"
        f"|---|---|---|---|\n|A2031-1|4000|2031年6月12日|{words}|\n"
    )
    (notice,) = read_notice(Path("notice.md"), document.encode(), Limits())
    assert notice.parcels[0].milestones[MilestoneName.REGISTRATION_CLOSE].day_only
    codes = {f.code for f in notice.findings if f.field == MilestoneName.REGISTRATION_CLOSE}
    assert (Code.HOUR_ELSEWHERE in codes) is is_doubtful


def test_a_heading_broken_over_lines_is_one_although_its_end_is_a_heading_too() -> None:
    notice = read(
        lines(
            "土地/名称/土地/位置/土地/面积(㎡)/土地/用途/起始价(万元)/竞买保证金(万元)\n"
            "31—10/新安路东/36605.8/工业/497.5/200\n31—11/新安路西/38923.7/工业/535/210"
        )
    )
    assert [figures(parcel) for parcel in notice.parcels] == [
        ("31—10", Decimal("36605.8"), Decimal("497.5"), Decimal(200)),
        ("31—11", Decimal("38923.7"), Decimal(535), Decimal(210)),
    ]


def test_a_parcel_without_a_number_is_called_by_the_one_in_its_place() -> None:
    notice = read(
        closed(
            "土地位置/土地面积(㎡)/用途/起始价(万元)/竞买保证金(万元)\n"
            "城南新区2031-N-5号地块/11066/商业用地/2500/510\n多扶镇第3号地块/18533/商业用地/3730/750"
        )
    )
    assert [parcel.parcel_no for parcel in notice.parcels] == ["2031-N-5号", ""]


def test_a_parcel_without_a_number_is_called_as_it_is_counted() -> None:
    notice = read(
        closed(
            "序号/土地位置/土地面积(㎡)/用途/起始价(万元)/竞买保证金(万元)\n"
            "地块一/新安路东/11066/商业用地/2500/510\n地块二/新安路西/18533/商业用地/3730/750"
        )
    )
    assert [parcel.parcel_no for parcel in notice.parcels] == ["地块一", "地块二"]


def test_the_place_of_a_parcel_is_known_although_its_heading_was_lost() -> None:
    notice = read(
        lines(
            "序号/宗地/编号/面积(亩_平方米)/用途/容积率/出让/年限(年)/竞买保证金(万元)/起始价(万元)\n"
            "1/YT(2031)20/西湾路南、建业路西/24.78_/16517.107/工业/≥0.8/50/75/240\n"
            "2/YT(2031)21/大河镇方家村/289.95_/193298.987/工业/≥0.8/50/750/2485"
        ).replace("_", "/")
    )
    assert [(*figures(parcel), parcel.location) for parcel in notice.parcels] == [
        ("YT(2031)20", Decimal("16517.107"), Decimal(240), Decimal(75), "西湾路南、建业路西"),
        ("YT(2031)21", Decimal("193298.987"), Decimal(2485), Decimal(750), "大河镇方家村"),
    ]


def test_a_step_of_so_many_times_an_amount_is_no_price() -> None:
    notice = read(
        closed(
            "宗地编号/宗地位置/出让面积(㎡)/土地用途/规划指标要求/竞买保证金(万元)/挂牌起始总价/增幅价"
        )
        + "建筑限高(米) |\n建筑密度 |\n容积率 |\n绿地率 |||||||\n"
        + closed(
            "2031-03/淘金路北/1474.28/工业用地/≤24/≥40且≤60/≥1.0且≤3.0/≥5且≤15/24/46.8825万元/5万元或5万元的整数倍"
        )
    )
    assert [figures(parcel) for parcel in notice.parcels] == [
        ("2031-03", Decimal("1474.28"), Decimal("46.8825"), Decimal(24)),
    ]


def test_rows_of_pipes_that_are_broken_within_are_read_whole() -> None:
    notice = read(
        "地块名称 | 土地位置 | 出让面积 (㎡) |\n土地用途 | 规划指标要求 | 出让年限(年) | "
        "竞买保证金(万元) | 挂牌起始价 (万元) |\n出让单价 (元/㎡) | ||||\n"
        "容积率 | 绿地率 (%) |\n总建筑 密 度 (%) |\n"
        "建筑限高(米) | 商住比率 (商业建筑面积不小于)㎡ ||||||||\n"
        "GH—2031—31 | 千山路南 | 37934.7 | 居住用地 | 1.0<容积率≤1.6 | ≥35 | ≤40 | "
        "按控制规划图执行 | 商业建筑面积占10%~20% | 居住70 商业40 |\n3149 | 15743 | 4150 |\n"
    )
    assert [figures(parcel) for parcel in notice.parcels] == [
        ("GH—2031—31", Decimal("37934.7"), Decimal(15743), Decimal(3149)),
    ]


def test_a_deed_with_ranges_beside_it_is_that_window_of_each_parcel() -> None:
    notice = read(
        "\n| 环节 | GC2025-091 | GC2025-092 |\n|---|---|---|\n"
        "| 竞买申请 | 2025年12月3日9时至12月24日17时 | 2025年12月3日9时至12月25日12时 |\n"
        "| 保证金到账截止 | 2025年12月24日17时 | 2025年12月25日12时 |\n"
        "| 自由报价（挂牌期） | — | 2025年12月18日9时至2025年12月29日10时 |\n"
        "| 网络拍卖（限时竞价）开始 | 2025年12月29日9时30分 | — |\n",
        name="notice.md",
    )
    closes = [
        f"{shanghai(parcel.milestones[MilestoneName.REGISTRATION_CLOSE].at):%d %H:%M}"
        for parcel in notice.parcels
    ]
    assert closes == ["24 17:00", "25 12:00"]


def test_times_of_several_parcels_under_a_label_that_is_not_known_are_of_none_of_them() -> None:
    notice = read(
        "\n| 环节 | GC2025-091 | GC2025-092 |\n|---|---|---|\n"
        "| 报名 | 2025年12月24日17时 | 2025年12月25日12时 |\n"
        "| 保证金到账截止 | 2025年12月24日17时 | 2025年12月25日12时 |\n",
        name="notice.md",
    )
    for parcel in notice.parcels:
        assert MilestoneName.REGISTRATION_CLOSE not in parcel.milestones
    fields = {finding.field for finding in notice.findings}
    assert fields & {"registration_close", "registration"}


def test_midnight_to_the_second_in_a_cell_is_a_day_alone() -> None:
    notice = read(
        "<table><tr><th>宗地编号</th><th>竞买申请截止</th><th>挂牌截止</th></tr>"
        "<tr><td>TJ2025-1</td><td>2025-12-18 00:00:00</td><td>2025-12-21 10:00:00</td></tr>"
        "</table>",
        name="notice.html",
    )
    (parcel,) = notice.parcels
    assert parcel.milestones[MilestoneName.REGISTRATION_CLOSE].day_only
    assert not parcel.milestones[MilestoneName.BIDDING_CLOSE].day_only


def test_a_row_of_tabs_that_lacks_its_last_cell_leaves_the_others_their_columns() -> None:
    heads = (
        "地块编号\t土地位置\t面积（亩）\t规划用途\t容积率\t出让年限（年）\t"
        "起始价（万元/亩）\t竞买保证金（万元）\t指导价\t备注\n"
    )
    rows = (
        "BH202531号\t锦绣大道以南、广西路以东\t58.13\t居住\t≤2.0\t70\t1150\t13370\t/\t一类\n"
        "YH202512号\t新安江路以北、瑶岗路以西\t36.4\t商业、居住\t≤2.2，商业≤20%\t商40、住70\t720\t5242\t/\t二类\n"
        "FX202517号\t青年路以东、支路以南\t101.77\t居住\t≤1.6\t70\t310\t6310\t/\t二类\n"
        "FD202520号\t店埠路与站前路交口\t22.9\t商业\t≤1.5\t40\t188\t862\t/\n"
    )
    notice = read(heads + rows)
    deposits = [(parcel.parcel_no, parcel.deposit_wan) for parcel in notice.parcels]
    assert deposits == [
        ("BH202531号", Decimal(13370)),
        ("YH202512号", Decimal(5242)),
        ("FX202517号", Decimal(6310)),
        ("FD202520号", Decimal(862)),
    ]


_TIMES_OF_TWO = """
序号/地块名称/挂牌报名时间/缴纳竞买保证金截止时间/挂牌报价时间
1/JX-2031-01/2031年6月6日9:00至2031年6月12日16:00/2031年6月12日16:00/2031年6月6日9:00至2031年6月20日9:00
2/JX-2031-02/2031年6月7日9:00至2031年6月13日16:00/2031年6月13日16:00
"""


@pytest.mark.parametrize("written", [lines, closed])
def test_the_cells_of_the_last_row_are_read_although_the_file_ends_within_it(
    written: Callable[[str], str],
) -> None:
    facts = written(_CAPPED.replace("2025-0", "2031-0"))
    text = f"{_TITLE}{facts}三、有关时间\n" + written(_TIMES_OF_TWO).rstrip(" |\n")
    (notice,) = read_notice(Path("notice.txt"), text.encode(), Limits())
    first, second = notice.parcels
    assert shanghai(first.milestones[MilestoneName.BIDDING_CLOSE].at).day == 20
    assert {name: shanghai(time.at).day for name, time in second.milestones.items()} == {
        MilestoneName.REGISTRATION_OPEN: 7,
        MilestoneName.REGISTRATION_CLOSE: 13,
        MilestoneName.DEPOSIT_CLOSE: 13,
    }  # not the bidding window of the row above: its own was cut off


def test_cells_on_the_line_above_their_row_are_the_first_of_it() -> None:
    headings = "土地位置|土地面积(㎡)|用途|规划指标要求|年限(年)|保证金(万元)|起始价(万元)|增价幅度"
    notice = read(
        f"""编号
| {headings} |
容积率 | 建筑密度(%) | 绿化率(%) |
JX-2025-01
| 环城东路北 | 17100.5 | 工业用地 | 1 ≤ 容积率 |40 ≤ 密度|绿化率 ≤ 13 | 50 | 350 | 354.5 | 10 (元) |
JX-2025-02
| 环城东路南 | 33300.5 | 工业用地 | 1 ≤ 容积率 |40 ≤ 密度|绿化率 ≤ 15 | 50 | 850 | 896.5 | 10 (元) |
"""
    )
    assert [figures(parcel) for parcel in notice.parcels] == [
        ("JX-2025-01", Decimal("17100.5"), Decimal("354.5"), Decimal(350)),
        ("JX-2025-02", Decimal("33300.5"), Decimal("896.5"), Decimal(850)),
    ]
    assert [parcel.place.line for parcel in notice.parcels] == [6, 8]


def test_a_heading_that_goes_on_below_is_one_column() -> None:
    notice = read(
        """编号 土地位置 土地面积
(m2)
土地用途 规划指标要求 出让
年限
(年)
保证金
(万元)
起始价
(万元)
增价规则
及幅度
容积率 建筑密度 绿地率
JX-2025-01 环城东路北侧地块 6891 工业
1.30≤容积率<2 45%≤建筑密度≤55% 绿化率≤6% 50 63 315 5(万元)
JX-2025-02 环城东路南侧地块 80087 工业
1.30<容积率≤2.50 建筑密度≤55% 绿化率≤6% 50 789 3941 50(万元)
"""
    )
    assert [figures(parcel) for parcel in notice.parcels] == [
        ("JX-2025-01", Decimal(6891), Decimal(315), Decimal(63)),
        ("JX-2025-02", Decimal(80087), Decimal(3941), Decimal(789)),
    ]


def test_two_groups_of_headings_and_a_parcel_of_two_uses() -> None:
    notice = read(
        """| 编号 | 土地位置 | 土地面积(m2) 及用途 | 规划指标要求 | 出让 年限(年) |
 起始价 (万元) | 竞买保 证金 (万元) | 总价增价幅度 (万元) | ||
| 面积 | 用途 | 容积率 | 建筑 密度 | ||||||
| JX-2025-01号 | 环城东路以南 | 住宅9737 | 商住用地 | ≤1.8 | ≤20%(高层) | 住宅70 | 3735 | 750 | 10 |
| 商业1081 | 商业40 | ||||||||
| JX-2025-02号 | 环城东路以北 | 95453 | 物流仓储用地 | ≥1.0 | ≥40% | 50 | 3725 | 745 | 5 |
"""
    )
    assert [figures(parcel) for parcel in notice.parcels] == [
        ("JX-2025-01号", None, Decimal(3735), Decimal(750)),
        ("JX-2025-02号", Decimal(95453), Decimal(3725), Decimal(745)),
    ]
    doubted = {finding.field for finding in notice.findings if finding.parcel_no == "JX-2025-01号"}
    assert "area_m2" in doubted


def test_the_last_cell_of_a_row_is_no_serial_of_the_next() -> None:
    cells = """
序号/地块名称/坐落位置/土地用途/用地面积(平方米)/规划指标要求/出让年限(年)/投资强度(万元/公顷)/年亩均税收(万元/亩)/R&D经费支出占比(%)/保证金(万元)/起始价(元/平方米)
容积率/绿地率(%)/建筑密度(%)/建筑高度(米)
1/JX-2025-01地块/新港镇/二类工业/26000/2.0-3.0/5%-20%/30%-55%/60/50/≥8200/≥75/≥3.6%/1400/1125
"""
    (parcel,) = read(lines(cells).replace("(万元\n公顷)", "(万元/公顷)")).parcels
    assert (parcel.area_m2, parcel.deposit_wan) == (Decimal(26000), Decimal(1400))


@pytest.mark.parametrize(
    ("cell", "area"),
    [
        ("地块面积为102069平方米,其中出让面积为85208平方米", Decimal(85208)),
        ("规划用地28267.84平方米，实测用地28267.84平方米", Decimal("28267.84")),
        ("规划用地28267.84平方米，实测用地28200平方米", None),
        ("20447.7平方米（以实测为准）", Decimal("20447.7")),
    ],
)
def test_an_area_among_words(cell: str, area: Decimal | None) -> None:
    cells = f"""
编号/位置/土地面积(㎡)/用途/起始价(万元)/竞买保证金(万元)/出让年限(年)
JX-2025-01/环城东路北/{cell}/城镇住宅/12055/2411/70
JX-2025-02/环城东路南/31200.8/城镇住宅/25060/5012/70
"""
    assert read(closed(cells)).parcels[0].area_m2 == area


def test_a_date_in_its_parts_on_a_line_each_belongs_to_the_words_around_it() -> None:
    text = """丁市新区
国有建设用地使用权拍卖出让公告
根据有关规定，经丁市人民政府
批准
，丁市自然资源和规划局新区分局
定于
2031
年
6
月
18
日上午
10
时在
丁市公共
资源
交易中心以
拍卖
方式出让
1
宗国有建设用地使用权，现
将有关事宜公告如下
：
编号：JX-2031-01，面积20100.5平方米。
"""
    (notice,) = read_notice(Path("notice.txt"), text.encode(), Limits())
    (parcel,) = notice.parcels
    assert parcel.milestones[MilestoneName.AUCTION_START].at == shanghai_time("2031-06-18 10:00")


def test_a_unit_on_a_line_of_its_own_belongs_to_its_figure() -> None:
    cells = """
编号/位置/面积/用途/年限(年)/不动产单元/容积率/起始价/保证金(万元)
JX-2025-01/环城东路北/567平方米/居住用地/70/341202106009GB00030/不大于2.1/350/万元;亩/290
JX-2025-02/环城东路南/241413平方米/工业用地/50/341202108202GB00005/不小于1.5/4130/万元/4130
JX-2025-03/环城东路西/182638平方米/工业用地/50/341202105014GB00016/不小于1.3/3125/万元/3125
"""
    assert [figures(parcel) for parcel in read(lines(cells).replace(";", "/")).parcels] == [
        ("JX-2025-01", Decimal(567), None, Decimal(290)),  # 350万元/亩
        ("JX-2025-02", Decimal(241413), Decimal(4130), Decimal(4130)),
        ("JX-2025-03", Decimal(182638), Decimal(3125), Decimal(3125)),
    ]


def test_lines_of_one_closed_cell_are_one_heading_though_it_is_not_known() -> None:
    notice = read(
        """|
挂牌编号
|
宗地
编号
|
土地
位置
|
土地
面积
|
规划设计
主要要点
|
挂牌起始价
|
竞买
保证金
(万元)
|
|
TG2031-26
|
新街道北村M2类2030-114#
|
丁市新街道北村
|
11004.5㎡(约16.5亩)
|
容积率≥0.8且满足相关要求,
建筑密度≥40%。
|
363万元(约22万元/亩)
|
185
|
"""
    )
    (parcel,) = notice.parcels
    assert figures(parcel) == ("TG2031-26", Decimal("11004.5"), Decimal(363), Decimal(185))


def test_a_card_goes_on_behind_a_row_of_one_cell() -> None:
    card = """| 宗地编号: | JX-2031-{0} | 宗地总面积: | {0}233平方米 | 宗地坐落: | 新街道 |
| 绿化率(%): | ≤15 | 建筑限高(米): |
|
| 主要土地用途: |
| 一类工业用地 |
| 保证金: | 29万元 | 估价报告备案号: | 2122126BA0005 |
| 起始价: | 94万元 | 加价幅度: | 10万元 |
| 挂牌开始时间: | 2031年02月1{0}日 08时00分 | 挂牌截止时间: | 2031年02月28日 16时00分 |
| 备注: 建筑物作价15万元,竞买人需购买地上物。 |
"""
    notice = read(card.format(1) + card.format(2))
    assert [figures(parcel) for parcel in notice.parcels] == [
        (f"JX-2031-{number}", Decimal(f"{number}233"), Decimal(94), Decimal(29))
        for number in (1, 2)
    ]
    assert [parcel.milestones[MilestoneName.BIDDING_OPEN].at for parcel in notice.parcels] == [
        shanghai_time("2031-02-11 08:00"),
        shanghai_time("2031-02-12 08:00"),
    ]


def test_a_pipe_alone_below_a_cell_closes_it_and_begins_no_row() -> None:
    notice = read(
        """编号 |
土地位置 |
土地面积 (m2)
|
土地用途 |
规划指标要求 |
出让 年限 (年)
|
保证金 (万元)
|
起始价 (万元)
|
增价规则 及幅度
|
容积率 |
建筑密度(%) |
绿地率(%) |
20310401号 |
新海南路西侧、新六路南侧 |
35452 |
住宅
|
1.02<容积率≤1.50 |
建筑密度≤22 |
35≤绿化率 |
70 |
10000 |
48923.5 |
10
(元/平方米)
|
"""
    )
    assert [figures(parcel) for parcel in notice.parcels] == [
        ("20310401号", Decimal(35452), Decimal("48923.5"), Decimal(10000))
    ]


def test_what_is_invested_per_hectare_is_no_price_and_a_group_no_column() -> None:
    cells = """
序号/宗地位置/宗地面积(㎡)/宗地用途及出让年限/产业类型/投资强度/起始价(万元)/保证金(万元)/增价幅度/规划指标要求
建设用地性质/容积率/建筑密度/绿地率/建筑控制高度
2031-挂;-1号/新街道石村2、4组/9953.5;(合14.93亩)/一类工业用地;50年/农副食品;加工业/不低于;1700万元;公顷/260/78/2万元;及以上/一类工业用地/不小于1.1/不小于40%/不大于;20%/不高于;50米
2031-挂;-2号/新街道石村1、2组/7593.5;(合11.39亩)/一类工业用地;50年/农副食品;加工业/不低于;1700万元;公顷/200/60/2万元;及以上/一类工业用地/不小于1.1/不小于40%/不大于;20%/不高于;50米
"""
    written = lines(cells).replace("万元;公顷", "万元/公顷").replace(";", "\n")
    assert [figures(parcel)[1:] for parcel in read(written).parcels] == [
        (Decimal("9953.5"), Decimal(260), Decimal(78)),
        (Decimal("7593.5"), Decimal(200), Decimal(60)),
    ]


def test_a_code_whose_dashes_stand_on_lines_of_their_own_is_one_number() -> None:
    cells = """
土地编号/四至界限/用途/出让年限/土地面积(平方米)/起始价(万元)/竞买保证金(万元)
31;-;CR;-;04号/新苏木、北镇/公用设施用地/50年/8321/98/97
"""
    (parcel,) = read(lines(cells).replace(";", "\n")).parcels
    assert figures(parcel) == ("31-CR-04号", Decimal(8321), Decimal(98), Decimal(97))
    assert parcel.location == "新苏木、北镇"


def test_a_row_of_tabs_that_a_cell_of_two_lines_made_two_is_one() -> None:
    notice = read(
        "序号\t地块编号\t地块名称及四至\t用地性质\t用地面积(㎡)\t起始价(万元)\t保证金(万元)\n"
        "1\tNO.2025G91\t东街以西地块\n东至竹山路,南至天印大道\tR2居住用地\t52116.5\t176000\t35200\n"
        "2\tNO.2025G92\t仙林湖以东地块\n东至规划道路,南至现状\tB1商业用地\t19008.5\t23900\t4780\n"
    )
    assert [figures(parcel) for parcel in notice.parcels] == [
        ("NO.2025G91", Decimal("52116.5"), Decimal(176000), Decimal(35200)),
        ("NO.2025G92", Decimal("19008.5"), Decimal(23900), Decimal(4780)),
    ]


def test_a_row_without_number_and_place_is_of_the_parcel_above() -> None:
    notice = read(
        """| 序号 | 地块编号 | 土地位置 | 土地用途 | 出让面积（平方米） | 竞买保证金（万元） |
| --- | --- | --- | --- | --- | --- |
| 1 | HD2025-1127 | 滨海大道南 | 住宅（R2） | 58216 | 6518 |
| | | | 商服（B1） | 4035 | 428 |
| 2 | HD2025-1128 | 大珠山镇 | 工业（M1） | 33402 | 1363 |
""",
        name="notice.md",
    )
    assert [parcel.parcel_no for parcel in notice.parcels] == ["HD2025-1127", "HD2025-1128"]
    first, second = notice.parcels
    assert (first.area_m2, second.area_m2) == (None, Decimal(33402))  # its parts are not the whole
    assert ("area_m2", "HD2025-1127") in {
        (finding.field, finding.parcel_no) for finding in notice.findings
    }


def test_labels_behind_a_line_across_a_card_are_the_rest_of_it() -> None:
    card = (
        "宗地编号：\tJX-2031-{0}\t宗地总面积：\t{0}1746平方米\t宗地坐落：\t新街道\n"
        "出让年限：\t50年\t容积率：\t大于0.6\t建筑密度(%)：\t大于或等于30\n"
        "主要用途：\n工业用地\n土地用途明细：\n"
        "投资强度：\t万元/公顷\t保证金：\t11{0}万元\t估价报告备案号\t2205314BA0037\n"
        "起始价：\t226万元\t加价幅度：\t5万元\n"
        "挂牌开始时间：\t2031年7月9日8时30分\t挂牌截止时间：\t2031年7月2{0}日9时00分\n备注：\n"
    )
    notice = read(card.format(1) + card.format(2))
    assert [figures(parcel) for parcel in notice.parcels] == [
        (f"JX-2031-{number}", Decimal(f"{number}1746"), Decimal(226), Decimal(f"11{number}"))
        for number in (1, 2)
    ]
    assert [parcel.milestones[MilestoneName.BIDDING_CLOSE].at for parcel in notice.parcels] == [
        shanghai_time("2031-07-21 09:00"),
        shanghai_time("2031-07-22 09:00"),
    ]


def test_headings_that_a_cell_of_two_lines_parted_are_one_row_of_tabs() -> None:
    notice = read(
        "编号\t土地位置\t土地面积\n(平方米)\t规划用途\t容积率\t竞买保证金(万元)\t起始价(万元)\n"
        "2025-G061\t东街以南\n(电厂片区)\t31604\t居住\t≤3.2\t9100\t18170\n"
        "2025-G062\t西街以北\t12990\t商业金融\t≤2.5\t2000\t3900\n"
    )
    assert [figures(parcel) for parcel in notice.parcels] == [
        ("2025-G061", Decimal(31604), Decimal(18170), Decimal(9100)),
        ("2025-G062", Decimal(12990), Decimal(3900), Decimal(2000)),
    ]


_EMPTY_CELLS = """
编/地块名称/土地位置/土地面积(m2)/土地用途/规划指标要求/出让年限(年)/投资强度要求/起始价(万元)/竞买保证金(万元)/容积率/建筑密度/绿地率
1/JX-2025-31/新安路西/5200/商服/1.2/不大于45%/不小于15%/40//312/63
2/JX-2025-32/新安路东/6100/商服/1.2/不大于45%/不小于15%/40//366/74
"""


def test_a_pipe_alone_closes_an_empty_cell_and_begins_no_row() -> None:
    notice = read(closed(_EMPTY_CELLS).replace("\n |\n", "\n|\n").replace("编 |", "编\n号 |"))
    assert [figures(parcel)[1:] for parcel in notice.parcels] == [
        (Decimal(5200), Decimal(312), Decimal(63)),
        (Decimal(6100), Decimal(366), Decimal(74)),
    ]


_CUT_HEADINGS = """
序号/宗地位置/宗地面积/(平方米)宗地用途及/出让年限起叫价/(万元)竞买/保证金/(万元)增价/幅度规划指标要求/建设用地性质/容积率/建筑密度/绿地率
JX-2025-41/新安路西/5200.5(合7.8亩)/城镇住宅用地70年3100/620/100万元/二类城镇住宅用地/不大于2.0/不大于25%/不小于30%
"""


def test_no_amount_is_read_where_headings_begin_with_the_unit_of_the_one_before() -> None:
    notice = read(lines(_CUT_HEADINGS))
    assert all(figures(parcel)[2:] == (None, None) for parcel in notice.parcels)


def test_the_times_below_a_heading_of_two_windows_are_those_of_both() -> None:
    table = """
宗地编号/面积(平方米)/起始价(万元)/挂牌开始时间(网上申请、缴纳保证金、报价起始时间)/网上申请、竞买保证金缴纳(到账)截止时间/挂牌(报价)截止时间
JX-2025-51/3326/299.4/2025年9月19日9时/2025年10月7日16时30分/2025年10月9日9时
JX-2025-52/3327/299.5/2025年9月19日9时/2025年10月7日16时30分/2025年10月9日10时
"""
    for parcel in read(closed(table)).parcels:
        opens = parcel.milestones[MilestoneName.REGISTRATION_OPEN]
        assert opens.at == parcel.milestones[MilestoneName.BIDDING_OPEN].at


_BROKEN_HEADINGS = """
编号 | 土地 位置 |
土地 面积 (m2) |
土地 用途 |
规划指标要求 | 出让 年限 (年) |
保证金 (万元) |
起始价 (万元) |
增价 规则 及幅度 |
||
容积率 | 建筑 密度 |
绿地率 | ||||||||
JX-2025-61 | 新安路西 | 5200 | 商住 | ≤4.50 | ≤51 | ≥10 | 70 | 62 | 312 | 10 |
JX-2025-62 | 新安路东 | 6100 | 商住 | ≤3 | ≤40 | ≥25 | 70 | 74 | 366 | 10 |
"""


def test_rows_below_headings_that_are_broken_over_lines_are_no_grid_of_their_own() -> None:
    assert [figures(parcel) for parcel in read(_BROKEN_HEADINGS).parcels] == [
        ("JX-2025-61", Decimal(5200), Decimal(312), Decimal(62)),
        ("JX-2025-62", Decimal(6100), Decimal(366), Decimal(74)),
    ]


def test_a_table_of_amounts_needs_no_column_of_names() -> None:
    table = """
净用地面积(m2)/土地用途/规划指标要求/出让年限(年)/起始价(万元)/保证金(万元)/容积率/建筑密度/绿地率
5200/商业、住宅/≥1.0且≤1.8/≤35%/30%/商业40年住宅70年/312/63
"""
    (parcel,) = read(closed(table)).parcels
    assert figures(parcel) == ("", Decimal(5200), Decimal(312), Decimal(63))


@pytest.mark.parametrize(
    ("cells", "number"),
    [
        ("宗地编号|丁区2025-18(标准地)", "丁区2025-18"),
        ("公告序号|T25071", "T25071"),
    ],
)
def test_the_number_is_the_one_the_notice_goes_by(cells: str, number: str) -> None:
    heading, value = cells.split("|")
    table = f"""
{heading}/宗地位置/宗地内地块规划编号/土地用途/土地出让面积(㎡)/容积率/出让年限/起始价(万元)/竞买保证金(万元)
{value}/新安组团C分区/C15-1号地块/二类工业用地/5200/≥0.7/50年/312/63
"""
    (parcel,) = read(closed(table)).parcels
    assert figures(parcel) == (number, Decimal(5200), Decimal(312), Decimal(63))


_LOST_CELLS = """
编号/土地位置/土地面积(㎡)/用途/规划指标要求/出让年限/保证金(万元)/起始价(万元)/增价幅度/容积率/建筑密度/绿地率
202530A/新安村南侧A-03/4524.2/商业用地/40%/不小于 20%/商业用地40年/313/313/2/
202531A/新安村南侧A-04-01/8137.9/商业用地/不大于1.6/不大于 40%/不小于 20%/商业用地40年/562/562/2
202532A/新安村南侧A-04-02/11844.4/1.0/不小于 30%/20%/工业用地50年/427/427/2/
202534A/新安村南侧 A-01/5269.3/商业用地/40%/不小于 20%/商业用地40年/364/364/2/
新安村南侧 A-02/19334.8/1.0/不小于 30%/20%/工业用地50年/696/696/2/
"""


def test_a_pipe_alone_behind_a_closed_row_begins_the_next() -> None:
    notice = read(closed(_LOST_CELLS).replace("\n |\n", "\n|\n"))
    assert [figures(parcel) for parcel in notice.parcels][:4] == [
        ("202530A", Decimal("4524.2"), Decimal(313), Decimal(313)),
        ("202531A", Decimal("8137.9"), Decimal(562), Decimal(562)),
        ("202532A", Decimal("11844.4"), Decimal(427), Decimal(427)),
        ("202534A", Decimal("5269.3"), Decimal(364), Decimal(364)),
    ]


def test_a_single_time_under_a_heading_of_both_ends_is_no_deposit_that_is_due() -> None:
    table = """
地块编号/面积(平方米)/起始价(万元)/保证金缴纳起止时间
JX-2025-71/3326/299.4/2025年10月7日16时30分
JX-2025-72/3327/299.5/2025年10月7日16时30分
"""
    notice = read(closed(table))
    assert all(MilestoneName.DEPOSIT_CLOSE not in parcel.milestones for parcel in notice.parcels)
    assert {finding.code for finding in notice.findings} >= {Code.OPEN_OR_CLOSE}


def test_a_time_in_a_row_that_is_read_as_text_is_nobodys_beside_times_without_a_label() -> None:
    rows = (
        ("B地块", "A地块", "项目", "C地块"),
        ("丙储〔2031〕8号", "丙储〔2031〕7号", "地块编号", "丙储〔2031〕9号"),
        ("20000", "10000", "出让面积(㎡)", "30000"),
        ("2031年6月17日10:00", "2031年6月17日9:30", "拍卖开始时间", "2031年6月17日10:30"),
    )
    table = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    page = f"<meta charset=utf-8><h2>丙县国有建设用地使用权拍卖出让公告</h2><table>{table}</table>"
    (notice,) = read_notice(Path("notice.html"), page.encode(), Limits())
    assert not any("auction_start" in parcel.milestones for parcel in notice.parcels)
    assert Code.TIME_WITHOUT_LABEL in {finding.code for finding in notice.findings}


def test_a_heading_that_ends_in_a_comparison_is_no_value() -> None:
    text = (
        "丙县国有建设用地使用权挂牌公告\n\n"
        "| 序号 | 地块编号 | 出让面积（㎡） | 用途 | 规划指标要求 | 投资强度≥ | 比例（%）≥ | ||\n"
        "| 容积率 | 建筑密度 | 绿化率 |||||||\n"
        "| 1 | 31-118 | 20411.6 | 工业用地 | 2.0-3.0 | 不小于40% | 不大于15% | 480 | 2.8 |\n"
        "| 2 | 31-121 | 9986.05 | 工业用地 | 1.8-3.0 | 不小于40% | 不大于15% | 480 | 3 |\n"
    )
    (notice,) = read_notice(Path("notice.md"), text.encode(), Limits())
    assert [parcel.parcel_no for parcel in notice.parcels] == ["31-118", "31-121"]


def test_the_numbers_of_a_table_of_changes_are_whole() -> None:
    text = (
        "丙市关于部分地块挂牌出让延期的公告\n\n"
        "| 地块编号 | 原报名(保证金)截止 | 延期后报名(保证金)截止 | 原挂牌截止 | 延期后挂牌截止 |\n"
        "|---|---|---|---|---|\n"
        + "".join(
            f"| 丙自然资2031-{place} | 2031年7月30日16:00 | 2031年8月13日16:00 |"
            f" 2031年8月3日{clock} |"
            f" 2031年8月17日{clock} |\n"
            for place, clock in ((19, "9:30"), (20, "10:00"))
        )
    )
    (notice,) = read_notice(Path("notice.md"), text.encode(), Limits())
    assert [parcel.parcel_no for parcel in notice.parcels] == ["丙自然资2031-19", "丙自然资2031-20"]
    assert {(change.parcel_no, change.field, change.new[5:16]) for change in notice.changes} == {
        (f"丙自然资2031-{place}", field, new)
        for place, ends in ((19, "08-17T09:30"), (20, "08-17T10:00"))
        for field, new in (
            ("registration_close", "08-13T16:00"),
            ("deposit_close", "08-13T16:00"),
            ("bidding_close", ends),
        )
    }


_SUBS_BEHIND = """
地块/编号/土地/位置/宗地/面积/（平方米）/土地/用途/规划技术指标/出让/年限/（年）/竞买/保证金/（万元）/起始价/（万元）/增价/幅度/（万元）/容积率/建筑/密度/建筑限高
2031JG-06号/甲镇工业园区/21550/工业用地/1.2~/2.5/≥40%/≤30米/50/142/710/5
2031JG-07号/甲镇工业园区/8013/工业用地/1.2~/2.5/≥40%/≤24米/50/55/272/5
2031JS-02号/乙镇东村/3996/商业用地/≤1.8/≤40%/≤24米/40/233/1165/10
"""


def test_rows_whose_numbers_differ_in_their_letters_below_headings_of_two_lines() -> None:
    notice = read(lines(_SUBS_BEHIND))
    assert [figures(parcel) for parcel in notice.parcels] == [
        ("2031JG-06号", Decimal(21550), Decimal(710), Decimal(142)),
        ("2031JG-07号", Decimal(8013), Decimal(272), Decimal(55)),
        ("2031JS-02号", Decimal(3996), Decimal(1165), Decimal(233)),
    ]
    assert notice.parcels[0].far == "1.2~2.5"


_BEFORE_NOTES = """
序号/地块编号/土地位置/出让/面积(㎡)/土地用途/规划指标要求/出让年限(年)/出让起始价(万元)/竞买保证金(万元)/建筑密度(%)/高度(m)/容积率/绿地率(%)
1/JM0305-4/甲镇长顺路南侧/18642/二类工业用地/≥30/≤50米/≥2.0/≤20/50/2238/450
2/JJ0101-1/乙镇工业区/9307/二类工业用地/≥30/≤40米/≥1.8/≤20/50/1024/205
备注
1、投资强度按控制指标执行；
2、两宗地均为标准地。
"""


def test_remarks_below_the_last_row_shift_none_of_its_cells() -> None:
    notice = read(lines(_BEFORE_NOTES))
    assert [figures(parcel) for parcel in notice.parcels] == [
        ("JM0305-4", Decimal(18642), Decimal(2238), Decimal(450)),
        ("JJ0101-1", Decimal(9307), Decimal(1024), Decimal(205)),
    ]


_BEFORE_ANOTHER = """
序号/地块编号/地块名称/地块面积/土地用途/容积率/建筑密度/绿地率/出让年限/有无底价/起始价/保证金(万元)/挂牌截止时间/
1/JX2031-31/甲高新区凤凰路以东/13337.8平方米/工业用地/FAR≥1.0/D≥40%/GAR≤15%/50/无/202万元/41/2031年11月21日10:00/
2/JX2031-35/乙镇姜公路南侧/5916平方米/住宅用地/1.0＜FAR≤2.2/D≤30%/GAR≥30%/住宅70年商业40年/有/2840万元/600/2031年11月22日10:00/
地块指标/||||||||||||
序号/地块编号/行业类型/固定资产投资强度(万元/亩)/亩均税收(万元/亩)/|||||
1/JX2031-31/设备制造业/≥300/≥12/
"""


def test_the_caption_of_the_next_table_is_no_cell_of_the_last_row() -> None:
    opened = "".join(
        f"| {cell}\n" for row in _BEFORE_ANOTHER.split("\n") for cell in row.split("/")
    )
    notice = read(opened, "notice.md")
    assert figures(notice.parcels[1])[1:] == (Decimal(5916), Decimal(2840), Decimal(600))
    close = notice.parcels[1].milestones[MilestoneName.BIDDING_CLOSE]
    assert close.at == shanghai_time("2031-11-22 10:00")


_WIDE_HEADINGS = (
    "地块名称 土地位置 出让面积 土地用途 规划指标要求 出让年限(年) 竞买保 挂牌起始价 "
    "出让单价 容积率 绿地率 总建筑 建筑限高(米) 商住比率\n"
)
_ABOVE_SENTENCES = """证 金
(万元)
(万元)
(元/㎡)
(%)
密 度
(%)
JY-2031-06
甲大街东,乙街北,
22480.5
居住用地/商业用地
5000
居住70
商业40
1450
7194
3200
备注:具体规划指标以《挂牌文件》为准。
除法律另有规定外,境内外的自然人、法人和其他组织均可参加本次挂牌出让活动。
本次挂牌按照价高者得原则确定竞得人。
申请人可于2031年4月21日至2031年5月5日,向交易中心提出书面申请。
"""


def test_a_sentence_that_comes_to_a_time_is_no_cell_of_the_row_above_it() -> None:
    document = f"{_TITLE}{_WIDE_HEADINGS}{_ABOVE_SENTENCES}"
    (notice,) = read_notice(Path("notice.txt"), document.encode(), Limits())
    (parcel,) = notice.parcels
    assert (parcel.parcel_no, parcel.area_m2) == ("JY-2031-06", Decimal("22480.5"))


def test_before_a_time_under_a_heading_of_both_ends_is_the_close() -> None:
    notice = read(
        "| 地块编号 | 面积(㎡) | 起始价(万元) | 报名时间 |\n|---|---|---|---|\n"
        "| JX2031-7 | 3000 | 500 | 2031年5月9日17:00前 |\n",
        "notice.md",
    )
    times = notice.parcels[0].milestones
    assert times[MilestoneName.REGISTRATION_CLOSE].at == shanghai_time("2031-05-09 17:00")
    assert MilestoneName.REGISTRATION_OPEN not in times


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("网上竞价起止时间", "bidding"),
        ("网上报价期限", "bidding"),
        ("现场报价时段", "bidding"),
        ("网上申请起止时间", "registration"),
        ("竞买报名期间", "registration"),
        ("报名时段", "registration"),
    ],
)
def test_a_heading_of_a_window_that_is_no_known_word_names_both_its_ends(
    heading: str, field: str
) -> None:
    assert column_of(heading).field == field


def _table(*rows: str) -> str:
    first, *others = (f"|{row.replace('/', '|')}|" for row in rows)
    return "\n".join([first, "|---" * rows[0].count("/") + "|---|", *others]) + "\n\n"


def test_an_end_under_a_window_beside_the_column_of_ends_is_no_beginning() -> None:
    notice = read(
        _table(
            "地块编号/面积(㎡)/起始价(万元)/报名时间/报名截止时间",
            "JX2031-7/3000/500/2031年5月9日17:00止/2031年5月12日17:00",
        ),
        "notice.md",
    )
    assert not notice.parcels[0].milestones
    doubted = {finding.field for finding in notice.findings if finding.code is Code.PLACES_DISAGREE}
    assert doubted == {"registration_close"}


@pytest.mark.parametrize("short", ["{}号", "[2031]{}号"])
def test_a_second_table_may_name_the_parcels_by_the_ends_of_their_numbers(short: str) -> None:
    notice = read(
        _table(
            "地块编号/土地位置/面积(㎡)/起始价(万元)",
            "甲储[2031]7号/甲路北/3000/500",
            "甲储[2031]8号/甲路南/4000/600",
        )
        + _table(
            "地块编号/报名截止时间",
            f"{short.format(7)}/2031年5月9日17:00",
            f"{short.format(8)}/2031年5月10日17:00",
        ),
        "notice.md",
    )
    closes = {
        parcel.parcel_no: shanghai(parcel.milestones[MilestoneName.REGISTRATION_CLOSE].at).day
        for parcel in notice.parcels
    }
    assert closes == {"甲储[2031]7号": 9, "甲储[2031]8号": 10}


def test_a_word_for_land_behind_the_name_of_a_parcel_may_be_another() -> None:
    notice = read(
        _table("地块编号/面积(㎡)/起始价(万元)", "A地块/3000/500", "B地块/4000/600")
        + "A宗地报名截止时间为2031年5月9日17时，B宗地报名截止时间为2031年5月10日17时。\n",
        "notice.md",
    )
    closes = [
        shanghai(parcel.milestones[MilestoneName.REGISTRATION_CLOSE].at).day
        for parcel in notice.parcels
    ]
    assert closes == [9, 10]


def test_a_share_in_a_remark_and_a_mark_of_doubt_leave_the_amount() -> None:
    notice = read(
        _table(
            "地块编号/面积(㎡)/起始价(万元)/保证金",
            "JX2031-7/3000??/118万元（评估价的110%）/1000万元（或等额保函）",
        ),
        "notice.md",
    )
    assert figures(notice.parcels[0])[1:] == (Decimal(3000), Decimal(118), Decimal(1000))
