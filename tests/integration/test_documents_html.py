"""Web pages as documents."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.findings import Code
from notifier.domain.values import Place
from notifier.errors import IntakeError
from notifier.intake.documents import Document, Paragraph, Table, read_document, read_html_text
from notifier.intake.limits import Limits


def read(html: str, **limits: Any) -> Document:
    return read_html_text(html, "notice.html", Limits(**limits))


def paragraphs(document: Document) -> list[str]:
    return [block.text for block in document.blocks if isinstance(block, Paragraph)]


def tables(document: Document) -> list[Table]:
    return [block for block in document.blocks if isinstance(block, Table)]


def texts(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.rows]


def owned(table: Table) -> list[list[bool]]:
    return [[cell.own for cell in row] for row in table.rows]


_MENU = "<ul>" + "".join(f"<li><a href='/{n}'>栏目{n}</a></li>" for n in range(9)) + "</ul>"
_PAGE = (
    "<html><head><meta http-equiv='Content-Type' content='text/html; "
    "charset=gb2312'><title>示例市公告</title>"
    f"<script>var a='2024年1月1日'</script><style>p{{}}</style></head><body>{_MENU}<nav>首页</nav>"
    "<div class=main><h1>挂牌出让公告</h1><p>报名截止：2024年11月14日17:00</p></div>"
    "<footer>主办单位</footer></body></html>"
)


@pytest.mark.parametrize("encoding", ["gb2312", "gb18030", "utf-8", "utf-8-sig", "utf-16"])
def test_a_saved_page_gives_its_text_without_menus_in_any_encoding(encoding: str) -> None:
    document = read_document("notice.htm", _PAGE.encode(encoding), Limits())
    assert paragraphs(document) == ["挂牌出让公告", "报名截止：2024年11月14日17:00"]
    assert document.title == "示例市公告"
    assert [block.heading for block in document.blocks if isinstance(block, Paragraph)] == [
        True,
        False,
    ]


def test_a_few_links_or_links_among_text_are_no_menu() -> None:
    text = (
        "<p>附件 <a href=a>一</a><a href=b>二</a></p><p>"
        + "可登录<a href=c>平台</a>报名，截止当日。" * 6
        + "</p>"
    )
    assert paragraphs(read(text)) == ["附件 一二", "可登录平台报名，截止当日。" * 6]


@given(
    text=st.text(alphabet="2024年11月14日17:00（）号亩 ", min_size=1, max_size=30),
    cuts=st.lists(st.integers(min_value=0, max_value=30), max_size=6),
    tag=st.sampled_from(["span", "b", "font", "o:p", "a", "st1:chsdate", "sup"]),
)
def test_inline_tags_neither_add_nor_drop_a_character(text: str, cuts: list[int], tag: str) -> None:
    marked, last = "", 0
    for cut in sorted({min(cut, len(text)) for cut in cuts}):
        marked += f"<{tag}>{text[last:cut]}</{tag}>"
        last = cut
    marked += text[last:]
    shown = " ".join(text.split())
    read_back = paragraphs(read(f"<p>{marked}</p>"))
    in_table = texts(tables(read(f"<table><tr><td>头<td>尾<td>{marked}</table>"))[0])[0][2:]
    if tag == "sup":  # a raised figure after a number is a note mark, and stays one
        digits = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
        read_back, in_table = [
            [cell.translate(digits) for cell in some] for some in (read_back, in_table)
        ]
    assert read_back == ([shown] if shown else [])
    assert in_table == [shown]


def test_a_raised_figure_is_part_of_a_unit_but_never_of_a_number() -> None:
    assert paragraphs(read("<p>15494m<sup>2</sup>，15494<sup>1</sup></p>")) == ["15494m2，15494¹"]


def test_a_line_break_ends_a_paragraph_and_knows_its_line() -> None:
    document = read("<p>一、报名<br>\n二、报价<br/>三、其他</p>")
    assert paragraphs(document) == ["一、报名", "二、报价", "三、其他"]
    assert document.blocks[2] == Paragraph(text="三、其他", place=Place(line=2))


def test_blocks_inside_a_cell_are_line_breaks() -> None:
    (table,) = tables(
        read(
            "<table><tr><td><p>出让面积</p><p>（M<sup>2</sup>）</p></td><td>a<br>b</td></tr></table>"
        )
    )
    assert texts(table) == [["出让面积\n（M2）", "a\nb"]]


def test_merged_cells_are_carried_and_say_so() -> None:
    (table,) = tables(
        read(
            "<table><tr><th>编号<th>开始<th>截止</tr><tr><td>1<td "
            "rowspan=2>5日<td>15日</tr><tr><td>2<td>16日</tr>"
            "<tr><td>3<td colspan=2>另行公告</tr></table>"
        )
    )
    assert texts(table) == [
        ["编号", "开始", "截止"],
        ["1", "5日", "15日"],
        ["2", "5日", "16日"],
        ["3"] + ["另行公告"] * 2,
    ]
    assert owned(table) == [[True] * 3, [True] * 3, [True, False, True], [True, True, False]]
    assert table.rows[2][1].place == Place(line=1, table=1, row=3, column="2")


def test_a_header_over_two_rows_keeps_its_columns() -> None:
    (table,) = tables(
        read(
            "<table><tr><th rowspan=2>编号<th colspan=2>指标<th "
            "rowspan=2>保证金</tr><tr><th>容积率<th>密度</tr>"
            "<tr><td>1<td>2.2<td>30%<td>500</tr></table>"
        )
    )
    assert texts(table) == [
        ["编号", "指标", "指标", "保证金"],
        ["编号", "容积率", "密度", "保证金"],
        ["1", "2.2", "30%", "500"],
    ]


def test_a_rowspan_of_nought_reaches_to_the_end_and_columns_without_a_beginning_are_left_out() -> (
    None
):
    (table,) = tables(
        read("<table><tr><td rowspan=0>a<td colspan=3>b<tr><td colspan=3>c<tr></tr></table>")
    )
    assert texts(table) == [["a", "b"], ["a", "c"]]


@pytest.mark.parametrize(
    "span",
    ["colspan=1000000000", "rowspan=1000000000", "rowspan=99999999999999999999999 colspan=5000"],
)
def test_a_hostile_span_is_refused(span: str) -> None:
    with pytest.raises(IntakeError, match="refused"):
        read(f"<table><tr><td {span}>a<td>b</table>")


def test_spans_that_multiply_over_many_tables_are_refused() -> None:
    with pytest.raises(IntakeError, match="cells"):
        read("<table><tr><td rowspan=50 colspan=50>a<td>b<tr><td>c</table>" * 20, cells=1_000)


def test_a_page_laid_out_in_tables_flows_and_its_inner_table_is_kept() -> None:
    data = "<table><tr><td>地块编号<td>保证金<tr><td>示1号<td>500</table>"
    inner = f"<table><tr><td><p>挂牌公告</p>{data}<p>尾</p></td></tr></table>"
    page = f"<table><tr><td>左栏</td><td>{inner}</td></tr></table>"
    document = read(page)
    assert paragraphs(document) == ["左栏", "挂牌公告", "尾"]
    assert [texts(table) for table in tables(document)] == [
        [["地块编号", "保证金"], ["示1号", "500"]]
    ]


def test_a_small_table_inside_a_cell_does_not_undo_the_table_around_it() -> None:
    inner = "<table><tr><td>住宅<td>70年<tr><td>商业<td>40年</table>"
    document = read(f"<table><tr><td>编号<td>1<tr><td>保证金<td>500<tr><td>年限<td>{inner}</table>")
    outer, nested = tables(document)
    assert texts(outer)[:2] == [["编号", "1"], ["保证金", "500"]]
    assert texts(nested) == [["住宅", "70年"], ["商业", "40年"]]


@pytest.mark.parametrize("group", ["{}", "<tbody>{}</tbody>", "<form>{}</form>"])
def test_cells_in_no_row_stand_in_one_as_browsers_show_them(group: str) -> None:
    first, second = "<td>甲</td><td rowspan=2>2031-05-20 17:00</td>", "<tr><td>乙</td></tr>"
    head = "<tr><th>地块编号</th><th>报名截止时间</th></tr>"
    (table,) = tables(read(f"<table>{head}{group.format(first + second)}</table>"))
    time = "2031-05-20 17:00"
    assert texts(table) == [["地块编号", "报名截止时间"], ["甲", time], ["乙", time]]


def test_a_caption_and_text_between_rows_are_not_lost() -> None:
    document = read("<table><caption>附表</caption><tr><td>a<td>b</tr><tr><td>c<td>d</tr></table>")
    assert paragraphs(document) == ["附表"]


def test_struck_out_text_is_left_out_and_reported() -> None:
    document = read(
        "<p>截止：11月<s>14</s>15日</p><table><tr><td>截止<td><del>9:00</del>10:00</table>"
    )
    assert paragraphs(document) == ["截止：11月15日"]
    assert texts(tables(document)[0]) == [["截止", "10:00"]]
    assert [(finding.code, finding.params["text"]) for finding in document.findings] == [
        (Code.STRUCK_OUT_TEXT, "14"),
        (Code.STRUCK_OUT_TEXT, "9:00"),
    ]


_LINE = "text-decoration:line-through"


@pytest.mark.parametrize(
    "page",
    [
        f"<p>截止：<span style='color:red; {_LINE}'>11月14日</span>11月15日",
        "<p>截止：<i style='TEXT-DECORATION-LINE: underline line-through'>11月14日</i>11月15日",
        f"<style>.xl66 {{color:red;{_LINE};}}</style>"
        "<p>截止：<font class='a xl66'>11月14日</font>11月15日",
        f"<style>/* old */ a, i.gone{{{_LINE}}}</style><p>截止：<i class=gone>11月14日</i>11月15日",
        f"<style>#old > b {{{_LINE}}}</style><p>截止：<i id=old><b>11月14日</b></i>11月15日",
        f"<style>@media screen{{.old b{{{_LINE}}}}}</style><p>截止："
        "<span class=old><i><b>11月14日</b></i></span>11月15日",
    ],
)
def test_what_a_style_strikes_out_is_left_out_and_reported(page: str) -> None:
    document = read(page)
    assert paragraphs(document) == ["截止：11月15日"]
    assert [finding.params["text"] for finding in document.findings] == ["11月14日"]


@pytest.mark.parametrize(
    "sheet",
    [
        f".old td{{{_LINE}}}",  # nothing on the page is inside `.old`
        f"td:hover{{{_LINE}}}",
        f"p.x, .y{{{_LINE}}}",
        "td{text-decoration:none; color:red}",
    ],
)
def test_a_style_that_does_not_strike_the_element_out_leaves_it(sheet: str) -> None:
    document = read(f"<style>{sheet}</style><table><tr><td>截止<td class=x>10:00</table>")
    assert texts(tables(document)[0]) == [["截止", "10:00"]]
    assert document.findings == ()


def test_a_row_that_is_struck_out_is_none_and_a_struck_cell_says_so() -> None:
    document = read(
        f"<table><tr><td>编号<td>截止</tr><tr style='{_LINE}'><td>1<td>9:00</tr>"
        "<tr><td>2<td><s>10:00</s></tr></table>"
    )
    (table,) = tables(document)
    assert texts(table) == [["编号", "截止"], ["2", ""]]
    assert [cell.struck for cell in table.rows[1]] == [False, True]
    assert [finding.params["text"] for finding in document.findings] == ["1", "9:00", "10:00"]


def test_hidden_rows_are_read_and_those_with_times_are_said() -> None:
    document = read(
        "<table><tr><td>编号<td>截止</tr><tr style='display: none'><td>1<td>9:00</tr>"
        "<tr hidden><td>2<td>待定</tr></table>"
    )
    assert texts(tables(document)[0]) == [["编号", "截止"], ["1", "9:00"], ["2", "待定"]]
    assert [(found.code, found.params["rows"]) for found in document.findings] == [
        (Code.HIDDEN_CELLS, "2")
    ]


@pytest.mark.parametrize("mark", ["hidden", "style='display: none'"])
def test_what_has_no_place_on_the_page_is_not_read_and_said(mark: str) -> None:
    shown = "经人民政府批准，现将国有建设用地使用权挂牌出让的有关事项公告如下，请申请人知悉。"
    document = read(
        f"<p>{shown}</p><div {mark}><p>挂牌截止时间：2025年12月30日10:00</p></div>"
        f"<p>报名截止：2024年11月14日17:00<span {mark}>2024年11月13日12:00</span></p>"
        "<table><tr><td>地块编号</td><td>面积</td></tr>"
        f"<tr><td>1</td><td>5<i {mark}>6</i></td></tr></table>"
    )
    assert paragraphs(document) == [shown, "报名截止：2024年11月14日17:00"]
    assert texts(tables(document)[0]) == [["地块编号", "面积"], ["1", "5"]]
    assert [finding.code for finding in document.findings] == [Code.TEXT_ASIDE, Code.TEXT_ASIDE]


def test_a_script_that_has_no_place_on_the_page_is_neither_read_nor_said() -> None:
    script = (
        f"<div hidden><script>var end = '2025-12-30 10:00'; {'x' * 900}</script><p>示例</p></div>"
    )
    layout = f"<table><tr><td><p>报名截止：2024年11月14日17:00</p>{script}</td></tr></table>"
    document = read(layout)
    assert paragraphs(document) == ["报名截止：2024年11月14日17:00"]
    assert document.findings == ()


def test_a_notice_that_a_script_would_show_is_read() -> None:
    hidden = "<div style='display:none'><p>报名截止：2024年11月14日17:00</p></div>"
    assert paragraphs(read(f"<p>5月1日</p>{hidden}")) == ["5月1日", "报名截止：2024年11月14日17:00"]
    tab = "<div hidden><p>报名截止时间为2024年11月14日17时。</p></div>"
    title = (
        "示例市国有建设用地使用权拍卖出让公告，地块编号2031-1号，面积20000平方米，用途为住宅用地。"
    )
    assert len(paragraphs(read(f"<p>{title}</p><p>2024年10月1日</p>{tab}"))) == 3
    invisible = hidden.replace("display:none", "visibility:hidden")
    assert paragraphs(read(f"<p>正文</p>{hidden}")) == ["正文", "报名截止：2024年11月14日17:00"]
    assert paragraphs(read(f"<p>5月1日</p>{invisible}")) == [
        "5月1日",
        "报名截止：2024年11月14日17:00",
    ]


def test_entities_of_a_document_type_are_never_opened() -> None:
    html = (
        '<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/hostname"><!ENTITY y '
        '"haha">]><p>a&x;&y;b</p>'
    )
    text = "".join(paragraphs(read(html)))
    assert "haha" not in text.replace("&y;", "").split("b")[0].split("a")[-1]
    assert "&x;" in text


@pytest.mark.parametrize(
    "opening", ["<div>", "<b>", "<table><tr><td>a<td>b<td>", "<ul><li>", "<span>x"]
)
def test_endless_nesting_is_refused(opening: str) -> None:
    for times in (250, 100_000):
        with pytest.raises(IntakeError, match=r"nested deeper"):
            read(opening * times)


def test_a_page_of_too_many_tags_is_refused() -> None:
    with pytest.raises(IntakeError, match="tags"):
        read("<p>a" * 500_001)


@pytest.mark.parametrize(
    "html",
    [
        "",
        " \n",
        "<!-- -->",
        "<html></html>",
        "<table></table>",
        "<tr>",
        "</p>",
        "<?xml version='1.0'?>",
    ],
)
def test_a_page_without_text_is_a_document_without_blocks(html: str) -> None:
    assert read(html).blocks == ()


def test_what_stands_behind_the_end_of_a_page_is_read_as_browsers_show_it() -> None:
    document = read("<html><body><p>前</p></body></html><p>报名截止：2031年5月6日17时</p>")
    assert [block.text for block in document.blocks if isinstance(block, Paragraph)] == [
        "前",
        "报名截止：2031年5月6日17时",
    ]


def test_a_long_name_in_a_style_is_read_at_once() -> None:
    name = "container-of-the-price-before" * 200  # any backtracking would never end
    page = f"<style>.{name}:hover {{ text-decoration: line-through }}</style><p>截止：11月14日</p>"
    assert paragraphs(read(page)) == ["截止：11月14日"]
