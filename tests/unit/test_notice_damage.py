"""A damaged notice never states another time than the whole one does, without a finding that names
it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import hypothesis.strategies as st
import pytest
from hypothesis import example, given

from notifier.domain.findings import Code
from notifier.domain.values import MilestoneName, Notice, Source
from notifier.intake import read_data
from notifier.intake.limits import Limits
from notifier.intake.notice import read_notice
from tests.damage import DAMAGES, lost_cell, read_text, silent_differences, text_of

_NOTICES = sorted(
    path for path in (Path(__file__).parent.parent / "notices").iterdir() if path.suffix != ".json"
)
_CHANGES_IN_A_TABLE = next(path for path in _NOTICES if path.name == "31_postpone_table.md")
_WHOLE = {path: read_text(path, text_of(path)) for path in _NOTICES}


@given(st.sampled_from(_NOTICES), st.sampled_from(DAMAGES), st.integers(0, 2**32))
@example(_NOTICES[1], lost_cell, 1)
@example(_CHANGES_IN_A_TABLE, lost_cell, 89)  # a heading is lost: the others are no parcels
def test_damage_never_yields_another_time_silently(
    path: Path, damage: Callable[[str, Random], str], seed: int
) -> None:
    whole = _WHOLE[path]
    assert whole is not None
    damaged = damage(text_of(path), Random(seed))
    assert silent_differences(whole, read_text(path, damaged)) == []


def test_the_measure_sees_a_time_that_was_changed_silently() -> None:
    path = next(path for path in _NOTICES if path.name.startswith("09"))
    whole, other = (
        _WHOLE[path],
        read_text(path, text_of(path).replace("5月26日9时30分", "5月27日9时30分")),
    )
    assert whole is not None
    assert [difference.split(":")[0] for difference in silent_differences(whole, other)] == [
        "BY-2025-01 bidding_close",
        "BY-2025-01 auction_start",
    ]


_TABLE = """甲市国有建设用地使用权挂牌出让公告
| 地块编号 | 面积（㎡） | 报名截止时间 | 保证金到账截止时间 | 挂牌截止时间 |
|---|---|---|---|---|
| 2025-1 | 5000 | 2025年5月8日17:00 | 2025年5月8日16:00 | 2025年5月12日10:00 |
| 2025-2 | 6000 | {} 2025年5月12日11:00 |
"""


@pytest.mark.parametrize("left", ["2025年5月9日17:00 |", "2025年5月9日16:00 |"])
def test_a_row_that_lacks_a_cell_gives_none_of_its_times_and_says_so(left: str) -> None:
    notice = read_text(Path("notice.md"), _TABLE.format(left))
    assert notice is not None
    first, second = notice.parcels
    assert len(first.milestones) == 3
    assert second.area_m2 == 6000
    assert not second.milestones
    uncertain = {
        finding.field for finding in notice.findings if finding.code is Code.CELL_UNCERTAIN
    }
    assert uncertain == {"registration_close", "deposit_close", "bidding_close"}


def test_an_empty_cell_is_read_as_the_row_above_and_says_so() -> None:
    notice = read_text(Path("notice.md"), _TABLE.format("| 2025年5月9日16:00 |"))
    assert notice is not None
    assert notice.parcels[1].milestones[MilestoneName.REGISTRATION_CLOSE].source is Source.INHERITED
    assert [finding.field for finding in notice.findings if finding.code is Code.BLANK_CELL] == [
        "registration_close"
    ]


@pytest.mark.parametrize(
    "piece", ["1月1日", "A1-2、", "报名及", "〔2025〕", "1-", "地块:", "A地块:2025年1月1日9:00至"]
)
# not a timing: what grows with the square of its length takes many minutes here
@pytest.mark.timeout(30)
def test_a_text_that_repeats_itself_without_end_does_not_keep_the_reader_busy(piece: str) -> None:
    text = (piece * 40_000)[:40_000]
    assert (
        read_text(
            Path("notice.txt"),
            f"甲市国有建设用地使用权挂牌出让公告\n{text}\n报名截止时间：2025年1月1日9时。",
        )
        is not None
    )


def _read(text: str) -> Notice:
    notice = read_text(Path("notice.txt"), text)
    assert notice is not None
    return notice


def _reported(notice: Notice, code: Code) -> set[str]:
    return {finding.field for finding in notice.findings if finding.code is code}


_OF_TWO = """甲市国有建设用地使用权挂牌出让公告
一、本次公开出让2宗地块，地块编号为JA2031-1号、JA2031-2号。
二、各地块时间如下：
{}报名时间：2031年5月6日8时30分至2031年5月14日17时；
挂牌时间：2031年5月6日8时30分至2031年5月17日16时；
{}2、地块编号：JA2031-2号；
报名时间：2031年5月7日8时30分至2031年5月15日17时；
{}"""
_BIDDING_OF_SECOND = "挂牌时间：2031年5月7日8时30分至2031年5月18日16时；\n"


def test_each_parcel_has_the_times_below_the_line_that_names_it() -> None:
    notice = _read(_OF_TWO.format("1、地块编号：JA2031-1号；\n", "", _BIDDING_OF_SECOND))
    closes = [parcel.milestones[MilestoneName.BIDDING_CLOSE].at.day for parcel in notice.parcels]
    assert closes == [17, 18]
    assert not _reported(notice, Code.TIME_WITHOUT_LABEL)


def test_times_above_the_first_line_of_a_parcel_are_nobodys_where_they_come_again_below() -> None:
    notice = _read(_OF_TWO.format("", "", ""))
    first, second = notice.parcels
    assert not first.milestones
    assert set(second.milestones) == {
        MilestoneName.REGISTRATION_OPEN,
        MilestoneName.REGISTRATION_CLOSE,
    }
    assert _reported(notice, Code.TIME_WITHOUT_LABEL) == {
        "registration_open",
        "registration_close",
        "bidding_open",
        "bidding_close",
    }


def test_times_between_two_lines_of_one_parcel_may_be_anothers() -> None:
    repeated = "2、地块编号：JA2031-2号；\n挂牌时间：2031年5月6日8时30分至2031年5月17日16时；\n"
    notice = _read(_OF_TWO.format("1、地块编号：JA2031-1号；\n", repeated, ""))
    first, second = notice.parcels
    assert MilestoneName.BIDDING_CLOSE in first.milestones
    assert MilestoneName.BIDDING_CLOSE not in second.milestones
    assert _reported(notice, Code.TIME_WITHOUT_LABEL) == {"bidding_open", "bidding_close"}


_CARDS = """甲市国有建设用地使用权挂牌出让公告
{}JA2031-1
宗地面积:
4820平方米
宗地坐落:
人民路以南
挂牌开始时间:
2031年5月6日9时00分
{}挂牌截止时间:
2031年5月20日16时00分
宗地编号:
JA2031-2
宗地面积:
5930平方米
宗地坐落:
人民路以北
"""


@pytest.mark.parametrize(
    ("number", "repeated"),
    [("", ""), ("宗地编号:\n", "宗地坐落:\n人民路以南\n挂牌开始时间:\n2031年5月6日9时00分\n")],
)
def test_the_times_before_a_number_in_a_row_of_cards_are_not_those_of_that_parcel(
    number: str, repeated: str
) -> None:
    notice = _read(_CARDS.format(number, repeated))
    (second,) = [parcel for parcel in notice.parcels if parcel.parcel_no == "JA2031-2"]
    assert second.area_m2 == 5930
    assert not second.milestones


def test_a_card_that_comes_twice_with_other_times_is_doubted() -> None:
    page = "宗地编号:\nJA2031-2\n宗地面积:\n挂牌截止时间:\n2031年5月20日16时00分\n"
    whole = _CARDS.format("宗地编号:\n", "")
    again = whole.replace("宗地编号:\nJA2031-2\n", f"{page}宗地编号:\nJA2031-2\n")
    assert "bidding_close" in _reported(_read(again), Code.SAME_NUMBER_TWICE)


_BOTH = (
    "甲市国有建设用地使用权挂牌出让公告\n公开出让JA2031-1号地块，土地面积4820平方米。\n"
    "申请人可于2031年5月6日8时至2031年5月14日16时登录系统提交申请并交纳竞买保证金。{}"
)


@pytest.mark.parametrize("rest", ["交纳", "交纳竞买保证金按系统提"])
def test_a_file_that_ends_within_a_sentence_about_a_close_says_so(rest: str) -> None:
    assert "deposit_close" in _reported(_read(_BOTH.format(rest)), Code.TEXT_ENDS_HERE)


@pytest.mark.parametrize("rest", ["", "交纳竞买保证金按系统提示操作。", "联系电话:0571-88880000"])
def test_a_file_that_ends_with_its_sentence_is_not_doubted(rest: str) -> None:
    assert not _reported(_read(_BOTH.format(rest)), Code.TEXT_ENDS_HERE)


def test_the_clause_in_which_a_file_ends_does_not_outvote_the_label_before_a_time() -> None:
    notice = _read(
        "甲市关于延长JA2031-1号地块国有建设用地使用权出让挂牌竞买时间的通知\n"
        "现延长JA2031-1号地块挂牌竞买时间（具体项目详见下表），其中竞买申请截止时间延长至2031年5月30日15:00时，挂牌竞"
    )
    assert [change.field for change in notice.changes] == ["registration_close"]


def test_of_a_file_that_ends_within_what_is_done_at_a_time_the_time_is_doubted() -> None:
    notice = _read(
        "甲市国有建设用地使用权挂牌出让公告\n公开出让JA2031-1号地块，土地面积4820平方米。\n"
        "申请人可于2031年4月23日至2031年5月24日16时前，持保证金缴"
    )
    assert "deposit_close" in _reported(notice, Code.TEXT_ENDS_HERE)


_CELLS = """甲市国有建设用地使用权挂牌出让公告
一、地块情况
序号
宗地编号
宗地位置
出让面积(平方米)
土地用途
竞买保证金到账截止时间
竞买申请截止时间
{}1
甲挂2031-1号
人民路以南工业区
109544.0
工业
{}2031年12月29日17:30
2032年1月5日10:00
2
甲挂2031-2号
人民路以北工业区
16562.6
工业
2031年12月28日17:00
2031年12月29日17:30
2032年1月5日10:20
"""
_PAID_BY = "2031年12月28日17:00\n"


@pytest.mark.parametrize("lost", ["竞买保证金到账截止时间\n", "竞买申请截止时间\n", "摘牌时间\n"])
def test_a_lost_heading_of_a_flattened_table_moves_no_time_to_its_neighbour(lost: str) -> None:
    text = _CELLS.format("摘牌时间\n", _PAID_BY)
    whole, damaged = _read(text), _read(text.replace(lost, ""))
    assert len(whole.parcels[0].milestones) == 3
    assert not silent_differences(whole, damaged)


def test_a_flattened_row_that_lacks_a_time_gives_none_whatever_the_headings_are_called() -> None:
    notice = _read(_CELLS.format("摘牌时间\n", ""))
    first, second = notice.parcels
    assert not first.milestones
    assert MilestoneName.REGISTRATION_CLOSE in second.milestones
    assert {"deposit_close", "registration_close"} <= _reported(notice, Code.CELL_UNCERTAIN)


def test_two_whole_times_under_the_heading_of_one_end_are_no_window() -> None:
    notice = _read(_CELLS.format("", _PAID_BY))
    for parcel in notice.parcels:
        assert MilestoneName.REGISTRATION_CLOSE not in parcel.milestones
    assert _reported(notice, Code.CELL_UNCERTAIN) == {"deposit_close", "registration_close"}


_OF_THREE = """甲市国有建设用地使用权挂牌出让公告
| 地块编号 | 面积（㎡） | 报名截止时间 | 挂牌截止时间 |
|---|---|---|---|
| 2031-1 | 5000 | {} | 2031年5月12日10:00 |
| 2031-2 | 6000 | {} | 2031年5月12日11:00 |
| 2031-3 | 7000 | {} | 2031年5月12日12:00 |
"""


@pytest.mark.parametrize(
    ("cells", "doubted"),
    [
        (("", "2031年5月8日17:00", "2031年5月9日17:00"), {"registration_close"}),
        (("2031年5月8日17:00", "", "2031年5月9日17:00"), set()),  # said as a blank cell
        (("", "", ""), set()),  # nothing stands there
    ],
)
def test_a_column_whose_first_cell_alone_is_empty_may_stand_a_row_too_low(
    cells: tuple[str, str, str], doubted: set[str]
) -> None:
    notice = read_text(Path("notice.md"), _OF_THREE.format(*cells))
    assert notice is not None
    assert _reported(notice, Code.TIME_CELLS_EMPTY) == doubted


_RUN_TOGETHER = """<h1>甲市国有建设用地使用权挂牌出让公告</h1><table>
<tr><td>地块编号</td><td>面积（㎡）</td><td>报名截止时间{}</td></tr>
<tr><td>2031-1</td><td>5000</td><td rowspan=2>2031-05-08 17:00</td>
<td>2031-05-08 16:00</td><td>2031-05-12 10:00</td></tr>
<tr><td>2031-2</td><td>6000</td><td>2031-05-09 16:00</td><td>2031-05-12 11:00</td></tr>
<tr><td>2031-3</td><td>7000</td><td>2031-05-10 17:00</td>
<td>2031-05-10 16:00</td><td>2031-05-12 12:00</td></tr>
</table>"""
_HEADINGS = "</td><td>保证金截止时间</td><td>挂牌截止时间"


def test_a_table_with_a_time_among_its_headings_gives_none_of_its_times() -> None:
    text = _RUN_TOGETHER.format(_HEADINGS)
    begin, end = text.index("止时间</td>") + 3, text.index("5000")
    path = Path("notice.html")
    whole, damaged = read_text(path, text), read_text(path, text[:begin] + text[end:])
    assert whole is not None
    assert damaged is not None
    assert _reported(whole, Code.CELL_UNCERTAIN) == set()
    assert _reported(damaged, Code.CELL_UNCERTAIN) == {"registration"}
    assert silent_differences(whole, damaged) == []


_CELLS_OF_ROWS = (
    ("地块编号", "面积（㎡）", "报名截止时间", "保证金截止时间", "挂牌截止时间"),
    ("2031-1", "5000", "2031年5月8日17:00", "2031年5月8日16:00", "2031年5月12日10:00"),
    ("2031-2", "6000", "2031年5月9日17:00", "2031年5月9日16:00", "2031年5月12日11:00"),
)
_TIMES_OF_ROWS = {"registration_close", "deposit_close", "bidding_close"}


def _table_of(rows: Sequence[Sequence[str]]) -> str:
    cells = ("".join(f"<td>{text}</td>" for text in row) for row in rows)
    lines = "".join(f"<tr>{row}</tr>" for row in cells)
    return f"<h1>甲市国有建设用地使用权挂牌出让公告</h1><table>{lines}</table>"


def _read_table(rows: Sequence[Sequence[str]]) -> Notice:
    notice = read_text(Path("notice.html"), _table_of(rows))
    assert notice is not None
    return notice


def test_a_row_with_a_time_under_an_area_gives_none_of_its_times() -> None:
    heads, first, (number, _area, *times) = _CELLS_OF_ROWS
    notice = _read_table((heads, first, (number, *times, "")))
    found = {parcel.parcel_no: set(parcel.milestones) for parcel in notice.parcels}
    assert found == {"2031-1": _TIMES_OF_ROWS, "2031-2": set()}
    assert _reported(notice, Code.CELL_UNCERTAIN) == {"registration_close", "deposit_close"}


def test_a_row_with_an_amount_under_a_time_gives_none_of_its_times() -> None:
    (number, _area, *labels), *rows = _CELLS_OF_ROWS
    notice = _read_table(((number, *labels, ""), *rows))
    assert [parcel.milestones for parcel in notice.parcels] == [{}, {}]
    assert _reported(notice, Code.CELL_UNCERTAIN) == _TIMES_OF_ROWS


def test_numbers_that_may_stand_a_row_too_low_make_the_times_of_their_table_unsure() -> None:
    heads, (number, *first), (_, *second) = _CELLS_OF_ROWS
    notice = _read_table((heads, ("", *first), (number, *second)))
    assert _reported(notice, Code.CELL_MAY_HAVE_SLIPPED) == _TIMES_OF_ROWS
    assert not _reported(_read_table(_CELLS_OF_ROWS), Code.CELL_MAY_HAVE_SLIPPED)


@pytest.mark.parametrize("parcels", [1, 2])
def test_labels_beside_columns_that_stand_a_row_too_low_give_no_times(parcels: int) -> None:
    labels, *columns = _CELLS_OF_ROWS[: parcels + 1]
    rows = [
        (label, *values)
        for label, *values in zip(("", *labels), *(("1", *cells) for cells in columns), strict=True)
    ]
    pushed = [
        (label, *values) for label, (_, *values) in zip(("", "", *labels), rows, strict=False)
    ]
    assert any(parcel.milestones for parcel in _read_table(rows).parcels)
    notice = _read_table(pushed)
    assert not any(parcel.milestones for parcel in notice.parcels)
    assert _reported(notice, Code.CELL_UNCERTAIN) == {"registration_close", "deposit_close"}


_COMPARED = """甲市国有建设用地使用权挂牌出让补充公告
甲告〔2031〕9号公告中部分内容变更如下：
| 地块编号 | 变更事项 | 原公告内容 | 变更后内容 |
|---|---|---|---|
{}
| 2031-31 | {} | 2031年4月29日10:00 | 2031年5月13日10:00 |
| 2031-32 | 挂牌截止时间 | 2031年4月29日10:30 | 2031年5月13日10:30 |
"""
_FIRST_CHANGE = "| {} | 报名截止时间 | 2031年4月25日16:00 | 2031年5月9日16:00 |"


def _changes(first: str, second: str = "挂牌截止时间") -> set[tuple[str, str]]:
    notice = read_text(Path("notice.md"), _COMPARED.format(first, second))
    assert notice is not None
    changed = {(change.parcel_no, change.field) for change in notice.changes}
    assert len(changed) == 3 or any(
        finding.code in (Code.CHANGE_NOT_UNDERSTOOD, Code.PARCEL_NOT_READ)
        for finding in notice.findings
    )
    return changed


def test_a_change_of_a_parcel_that_nobody_knows_is_nobodys() -> None:
    both = {("2031-31", "bidding_close"), ("2031-32", "bidding_close")}
    assert _changes(_FIRST_CHANGE.format("2031-31")) == both | {("2031-31", "registration_close")}
    assert _changes(_FIRST_CHANGE.format("2031-31  2031-31")) == both


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("| 2031-31 |  | 2031年4月25日16:00 | 2031年5月9日16:00 |", "报名截止时间"),
        ("| 2031-31 | 报名截止时间 | 2031年4月25日16:00 |  |", "挂牌截止时间"),
    ],
)
def test_a_table_of_changes_whose_first_row_lacks_a_cell_changes_nothing(
    first: str, second: str
) -> None:
    assert not _changes(first, second)


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ("202年6月3日下午5时", Code.TIME_NOT_UNDERSTOOD),
        ("20年6月3日", Code.YEAR_NOT_STATED),  # eleven years from the other
    ],
)
def test_a_range_whose_end_is_no_time_is_no_single_time(end: str, code: Code) -> None:
    notice = _read(
        "甲市国有建设用地使用权挂牌出让公告\n公开出让JA2031-1号地块，土地面积4820平方米。\n"
        f"三、竞买申请与缴纳保证金时间：2031年4月30日上午8时至{end}"
    )
    assert not notice.parcels[0].milestones
    assert "deposit_close" in _reported(notice, code)


_JOINED = """甲市国有建设用地使用权挂牌出让公告
| 地块编号 | 面积（㎡） | 起始价（万元） | 挂牌截止时间 |
|---|---|---|---|
| 2031-1 | 5000 | 800 |  |

| 地块编号 | 面积（㎡） | 起始价（万元） | 挂牌截止时间 |
|---|---|---|---|
| 2031-1 | {} | {} | 2031年5月12日10:00 |
"""


@pytest.mark.parametrize(
    ("amounts", "is_doubted"),
    [(("5000", "800"), False), (("5001", "890"), False), (("6100", "890"), True)],
)
def test_the_times_of_a_parcel_are_doubted_of_which_two_amounts_disagree(
    amounts: tuple[str, str], is_doubted: bool
) -> None:
    notice = read_text(Path("notice.md"), _JOINED.format(*amounts))
    assert notice is not None
    doubted = {"bidding_close"} if is_doubted else set()
    assert _reported(notice, Code.SAME_NUMBER_TWICE) == doubted


def test_where_a_file_ends_with_the_line_of_a_parcel_the_times_above_may_be_anothers() -> None:
    whole = _OF_TWO.format("", "", "")
    notice = _read(whole[: whole.index("；\n报名时间：2031年5月7日")])
    assert not any(parcel.milestones for parcel in notice.parcels)
    assert {"registration_close", "bidding_close"} <= _reported(notice, Code.TIME_WITHOUT_LABEL)


@pytest.mark.parametrize(("clock", "is_doubted"), [("23:59", True), ("17:00", False)])
def test_at_the_end_of_a_file_the_last_minute_of_a_day_may_lack_its_seconds(
    clock: str, is_doubted: bool
) -> None:
    notice = _read(
        "甲市国有建设用地使用权挂牌出让公告\n公开出让JA2031-1号地块，土地面积4820平方米。\n"
        f"(一)报名申请截止时间:2031年3月9日{clock}"
    )
    doubted = {"registration_close"} if is_doubted else set()
    assert _reported(notice, Code.TEXT_ENDS_HERE) == doubted


_SAME_AS_ABOVE = """甲市国有建设用地使用权挂牌出让公告
| 地块编号 | 面积（㎡） | 保证金（万元） | 报名及保证金到账截止时间 | 挂牌时间 |
|---|---|---|---|---|
| 2031-1号 | 5000 | 100 |{} 2031年5月3日9时至2031年5月12日10时 |
| 2031-2号 | 6000 | 200 | 同上 | 同上 |
"""


def test_the_same_as_above_is_in_doubt_where_the_row_above_lacks_a_cell() -> None:
    whole = read_text(Path("notice.md"), _SAME_AS_ABOVE.format(" 2031年5月8日17时 |"))
    assert whole is not None
    assert all(len(parcel.milestones) == 4 for parcel in whole.parcels)
    damaged = read_text(Path("notice.md"), _SAME_AS_ABOVE.format(""))
    assert not silent_differences(whole, damaged)


@pytest.mark.parametrize("tag", ['<td align="right"~', '<td align="ri'])
def test_a_cell_of_a_page_whose_tag_swallowed_the_next_is_named(tag: str) -> None:
    page = (
        "<table><tr><td>地块编号</td><td>面积(平方米)</td><td>报名截止时间</td></tr>"
        "<tr><td>2031-1号</td><td>5200</td><td>2031-05-20 17:00</td></tr>"
        '<tr><td>2031-2号</td><td>6100</td>TAG<s class="a">2031-05-01 17:00</s></td></tr></table>'
    )
    (notice,) = read_notice(Path("notice.html"), page.replace("TAG", tag).encode(), Limits())
    doubted = {(finding.parcel_no, finding.field) for finding in notice.findings}
    assert ("2031-2号", MilestoneName.REGISTRATION_CLOSE) in doubted
    assert ("2031-1号", MilestoneName.REGISTRATION_CLOSE) not in doubted


def test_the_times_of_a_row_with_text_in_no_cell_are_named() -> None:
    page = (
        "<table><tr><td>地块编号</td><td>报名截止时间</td><td>保证金到账截止时间</td><td>经办</td></tr>"
        "<tr><td>2031-1号</td><td>2031-05-20 17:00</td><td>2031-05-20 16:00</td><td>甲</td></tr>"
        # no tag of a cell any more: what follows moves up
        "<tr><td>2031-2号</td><td\xf0>2031-05-21 17:00</td><td>2031-05-21 16:00</td>"
        "<td>甲</td></tr></table>"
    )
    (notice,) = read_data("records.xls", page.encode(), Limits())
    assert [parcel.parcel_no for parcel in notice.parcels] == ["2031-1号"]
    assert ("2031-2号", MilestoneName.REGISTRATION_CLOSE, Code.CELL_UNCERTAIN) in {
        (finding.parcel_no, finding.field, finding.code) for finding in notice.findings
    }


def test_a_heading_above_that_of_another_deadline_is_of_neither() -> None:
    page = (
        "<table><tr><td>地块编号</td><td>报名截止时间</td><td>保证金截止时间</td><td>挂牌截止时间</td></tr>"
        # a block came twice and cut the first row of values short
        "<tr><td>2031-1号</td><td>保证金截止时间</td><td>挂牌截止时间</td></tr>"
        "<tr><td>2031-1号</td><td>2031-05-20 17:00</td><td>2031-05-20 16:00</td>"
        "<td>2031-05-22 10:00</td></tr></table>"
    )
    (notice,) = read_data("records.xls", page.encode(), Limits())
    (parcel,) = notice.parcels
    assert [str(name) for name in parcel.milestones] == ["bidding_close"]
    unknown = [f for f in notice.findings if f.code is Code.TIME_COLUMN_NOT_KNOWN]
    assert [finding.params["text"] for finding in unknown] == [
        "2031-05-20 17:00",
        "2031-05-20 16:00",
    ]


@pytest.mark.parametrize(
    ("sentence", "fields"),
    [
        (
            "挂牌时间：2031年5月11日9时至2031年5月21日10时2031年5月12日9时至2031年5月22日10时。",
            {MilestoneName.BIDDING_OPEN, MilestoneName.BIDDING_CLOSE},
        ),
        (
            "报名截止时间：2031年5月20日17时2031年5月21日17时。",
            {MilestoneName.REGISTRATION_CLOSE},
        ),
    ],
)
def test_of_times_side_by_side_one_was_struck_out(
    sentence: str, fields: set[MilestoneName]
) -> None:
    """A text that was copied has lost what strikes the old one out."""
    head = "甲市国有建设用地使用权挂牌出让公告\n地块编号2031-1号，面积5200平方米。\n"
    notice = read_text(Path("notice.txt"), head + sentence)
    assert notice is not None
    assert _reported(notice, Code.TIME_NOT_UNDERSTOOD) == fields
    assert not any(parcel.milestones for parcel in notice.parcels)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        (
            "报名申请及竞买保证金缴纳截止时间为2031年6月18日15:0时前。",
            {"registration_close", "deposit_close"},
        ),
        (
            "挂牌竞价:申请人可于203年6月10日至2031年6月20日上午8:30-11:00到中心竞价。",
            {"bidding_open", "bidding_close"},
        ),
    ],
)
def test_a_time_that_lost_a_figure_is_a_finding(text: str, fields: set[str]) -> None:
    document = (
        "丙市国有建设用地使用权挂牌出让公告\n"
        f"决定出让1宗地:\n地块编号:XG2031-01,面积100平方米。\n{text}\n特此公告。\n"
    )
    (notice,) = read_notice(Path("notice.txt"), document.encode(), Limits())
    codes = {Code.TEXT_ENDS_HERE, Code.TIME_NOT_UNDERSTOOD}
    assert {finding.field for finding in notice.findings if finding.code in codes} == fields
