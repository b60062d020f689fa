"""Plain text and Markdown as documents."""

from __future__ import annotations

from typing import Any

import pytest

from notifier.domain.values import Place
from notifier.errors import IntakeError
from notifier.intake.documents import Document, Paragraph, Table, read_document
from notifier.intake.limits import Limits


def read(text: str, file: str = "notice.md", **limits: Any) -> Document:
    return read_document(file, text.encode("utf-8"), Limits(**limits))


def paragraphs(document: Document) -> list[str]:
    return [block.text for block in document.blocks if isinstance(block, Paragraph)]


def tables(document: Document) -> list[Table]:
    return [block for block in document.blocks if isinstance(block, Table)]


def texts(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("suffix", [".txt", ".md"])
def test_each_line_is_a_paragraph_that_knows_its_line(encoding: str, suffix: str) -> None:
    data = "示例市挂牌公告\r\n\r\n  报名截止：２０２４年５月６日  \n".encode(encoding)
    document = read_document(f"公告{suffix}", data, Limits())
    assert document.file == f"公告{suffix}"
    assert document.blocks == (
        Paragraph(text="示例市挂牌公告", place=Place(line=1)),
        Paragraph(text="报名截止：２０２４年５月６日", place=Place(line=3)),
    )


def test_headings_bold_escapes_and_inline_tags_of_markdown_are_shown_as_text() -> None:
    document = read(
        "## 一、**地块**情况\n面积 15494m<sup>2</sup>，示政储出\\[2024\\]1号&nbsp;等\n"
        "第一行<br>第二行\n"
    )
    assert paragraphs(document) == [
        "一、地块情况",
        "面积 15494m2，示政储出[2024]1号 等",
        "第一行\n第二行",
    ]
    assert [block.heading for block in document.blocks if isinstance(block, Paragraph)] == [
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    "masked", ["于20****日截止", "2024年1**月2**日", "**", "****区****路", "17:00**止**"]
)
def test_stars_that_hide_a_text_are_never_taken_for_mark_up(masked: str) -> None:
    assert paragraphs(read(masked + "\n")) == [masked]


def test_what_markdown_strikes_out_is_left_out_and_reported() -> None:
    text = "截止：11月~~14~~15日\n\n| 编号 | 截止 |\n|---|---|\n| 1 | ~~9:00~~ |\n"
    document = read_document("notice.md", text.encode(), Limits())
    line, table = document.blocks
    assert isinstance(line, Paragraph)
    assert isinstance(table, Table)
    assert line.text == "截止：11月15日"
    assert [(cell.text, cell.struck) for cell in table.rows[1]] == [("1", False), ("", True)]
    assert [finding.params["text"] for finding in document.findings] == ["14", "9:00"]


@pytest.mark.parametrize("text", ["1月2日~~1月5日", "1月2日 ~~ 1月5日 ~~ 1月6日", "~~~\n~~~"])
def test_waves_between_times_strike_nothing_out(text: str) -> None:
    document = read_document("notice.md", text.encode(), Limits())
    assert document.findings == ()


def test_nothing_is_mark_up_in_plain_text() -> None:
    line = "**竞买** # [1] <b>3</b> &lt;"
    assert paragraphs(read(f"# {line}\n", "notice.txt")) == [f"# {line}"]


def test_what_cannot_be_seen_is_left_out_of_a_date() -> None:
    assert paragraphs(read("2024年\u200b11月\u00a0\u30001\ufeff4日\x00".replace("\x00", ""))) == [
        "2024年11月 14日"
    ]


def test_a_markdown_table_is_a_grid_without_its_separator() -> None:
    document = read("前\n| 地块编号 | 面积 |\n|:---|---:|\n| 示1号 | 15494 |\n| 示2号 | |\n后\n")
    (table,) = tables(document)
    assert texts(table) == [["地块编号", "面积"], ["示1号", "15494"], ["示2号", ""]]
    assert table.sure
    assert table.place == Place(line=2, table=1)
    assert table.rows[1][1].place == Place(line=4, table=1, row=2, column="2")
    assert paragraphs(document) == ["前", "后"]


def test_cells_joined_by_pipes_are_a_table_without_any_separator() -> None:
    (table,) = tables(read("地块编号 | 面积 | 用途\n示1号 | 15494 | 住宅\n", "notice.txt"))
    assert texts(table) == [["地块编号", "面积", "用途"], ["示1号", "15494", "住宅"]]
    assert table.sure


@pytest.mark.parametrize(
    "lines",
    [
        "| 编号 | 面积 | 规划指标 | 保证金 |\n| 容积率 | 密度 |\n| 1 | 2 | 3 | 4 | 5 |",
        "编号 | 面积 | 用途 |\n1 | 15494 | 住宅 |\n2 | 住宅 | |",
    ],
)
def test_a_table_whose_rows_may_have_slipped_is_not_sure(lines: str) -> None:
    (table,) = tables(read(lines, "notice.txt"))
    assert not table.sure
    assert len({len(row) for row in table.rows}) == 1


def test_lines_with_tabs_are_a_table_and_keep_their_empty_cells() -> None:
    (table,) = tables(read("地块编号\t开始\t截止\n示1号\t5日\t15日\n示2号\t\t15日\n"))
    assert texts(table) == [
        ["地块编号", "开始", "截止"],
        ["示1号", "5日", "15日"],
        ["示2号", "", "15日"],
    ]
    assert table.sure


def test_a_single_line_with_a_pipe_and_an_indented_line_are_paragraphs() -> None:
    assert paragraphs(read("首页 | 公告\n\t一、地块\n\t二、时间\n", "notice.txt")) == [
        "首页 | 公告",
        "一、地块",
        "二、时间",
    ]


def test_an_escaped_pipe_stays_in_its_cell() -> None:
    (table,) = tables(read("| 编号 | 用途 |\n|---|---|\n| 1 | 商业\\|住宅 |\n"))
    assert texts(table)[1] == ["1", "商业|住宅"]


def test_an_html_table_inside_markdown_is_resolved_and_counts_on() -> None:
    text = (
        "| a | b |\n|---|---|\n| 1 | 2 |\n\n"
        "<table>\n<tr><td>编号</td><td>开始</td></tr>\n"
        "<tr><td>1</td><td rowspan=2>5日</td></tr>\n<tr><td>2</td></tr>\n"
        "</table>\n尾\n"
    )
    document = read(text)
    second = tables(document)[1]
    assert texts(second) == [["编号", "开始"], ["1", "5日"], ["2", "5日"]]
    assert [row[1].own for row in second.rows] == [True, True, False]
    assert second.rows[2][0].place == Place(line=8, table=2, row=3, column="1")
    assert document.blocks[-1] == Paragraph(text="尾", place=Place(line=10))


def test_a_web_page_saved_as_text_is_read_as_a_web_page() -> None:
    assert paragraphs(
        read("<!DOCTYPE html><script>x</script><p>挂牌<b>公告</b>", "notice.txt")
    ) == ["挂牌公告"]


def test_too_many_lines_bytes_columns_or_rows_are_refused() -> None:
    for text, limits in (
        ("a\n" * 200_001, {}),
        ("字" * 100, {"file_bytes": 200}),
        ("字" * 201, {"cell_chars": 20}),
        ("|a|bcdef\n" * 3, {"cell_chars": 4}),
        ("|a|b|c\n" * 3, {"columns": 2}),
        ("|a|b|c\n" * 30, {"rows": 20}),
        ("|a|b|c\n" * 30, {"cells": 80}),
    ):
        with pytest.raises(IntakeError):
            read(text, "notice.txt", **limits)


def test_a_name_of_another_kind_is_refused() -> None:
    with pytest.raises(IntakeError, match=r"expected one of \.md"):
        read("x", "notice.exe")
