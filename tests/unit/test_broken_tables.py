"""What a page break did to a row: ended it, cut it, or nobody can tell."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from notifier.intake.documents.pdf.broken_tables import BrokenTable
from notifier.intake.documents.pdf.lines import PrintedLine
from notifier.intake.documents.pdf.ruled_tables import Box, closing_strokes, spans_of

_WIDTH, _HEIGHT, _SIZE = 90.0, 40.0, 10.0  # eight characters a line


def _box(text: str, column: int, row: int, *, rows: int = 1, right: float = 0.0) -> Box:
    x0, top = 50 + column * _WIDTH + right, 100 + row * _HEIGHT
    lines = [
        PrintedLine(
            text=line,
            x0=x0 + 5,
            x1=x0 + 5 + _SIZE * len(line),
            top=top + 3 + 12 * number,
            bottom=top + 13 + 12 * number,
            first=_SIZE,
            size=_SIZE,
        )
        for number, line in enumerate(text.split("\n"))
        if line
    ]
    return Box(x0, top, x0 + _WIDTH, top + rows * _HEIGHT, page=1, lines=lines)


def _boxes(rows: Sequence[Sequence[str]], right: float = 0.0) -> list[Box]:
    return [
        _box(text, column, number, right=right)
        for number, row in enumerate(rows)
        for column, text in enumerate(row)
    ]


_HEADINGS = ("编号", "位置", "面积", "截止时间")
_FIRST = ("A-1", "人民路", "100", "5月1日9时")


def _joined(
    above: Sequence[Sequence[str]], below: Sequence[Sequence[str]], right: float = 0.0
) -> list[list[str]]:
    table = BrokenTable(_boxes([_HEADINGS, *above]))
    overleaf = _boxes(below, right)
    assert table.goes_on_in(overleaf)
    table.add(overleaf)
    return [
        [span.text + ("" if span.certain else "?") for span in row]
        for row in spans_of(table.boxes)[1:]
    ]


@pytest.mark.parametrize("right", [0.0, 20.0])
def test_a_new_row_overleaf_stays_a_row(right: float) -> None:
    second = ("A-2", "滨河路", "200", "5月2日9时")
    assert _joined([_FIRST], [second], right) == [list(_FIRST), list(second)]


def test_headings_that_are_said_again_are_left_out() -> None:
    second = ("A-2", "滨河路", "200", "5月2日9时")
    assert _joined([_FIRST], [_HEADINGS, second]) == [list(_FIRST), list(second)]


def test_the_rest_of_a_row_goes_to_it_even_if_its_number_was_cut() -> None:
    above = ("测自储出告字〔2", "人民路以东滨河路", "100", "2031年5月1日")
    below = ("031〕7号", "以南", "", "9时30分")
    assert _joined([above], [below]) == [
        ["测自储出告字〔2031〕7号", "人民路以东滨河路以南", "100", "2031年5月1日9时30分"]
    ]


def test_two_dates_under_an_empty_number_are_not_certain() -> None:
    below = ("", "", "", "5月2日9时")
    ((*_, time),) = _joined([_FIRST], [below])
    assert time == "5月1日9时\n5月2日9时?"


def test_the_words_at_a_break_say_that_two_dates_are_a_window() -> None:
    ((*_, time),) = _joined([("A-1", "人民路", "100", "5月1日9时至")], [("", "", "", "5月2日9时")])
    assert time.split() == ["5月1日9时至", "5月2日9时"]


def test_cells_that_may_be_halves_and_may_be_rows_have_no_certain_time() -> None:
    above = (
        "测自储出甲地块之",
        "人民路以东滨河路",
        "100平方米整整整整",
        "2031年5月1日",
    )
    below = ("乙地", "滨河路", "200", "见公告")
    (_, _, _, first), (_, _, _, second) = _joined([above], [below])
    assert first.endswith("?")
    assert not second.endswith("?")


def test_an_empty_merged_cell_overleaf_is_the_one_above() -> None:
    table = BrokenTable([*_boxes([_HEADINGS, _FIRST[:3]]), _box("5月1日9时", 3, 1)])
    overleaf = [
        *(
            _box(text, column, row)
            for row in (0, 1)
            for column, text in enumerate((f"A-{row + 2}", "路", "1"))
        ),
        _box("", 3, 0, rows=2),
    ]
    table.add(overleaf)
    rows = spans_of(table.boxes)[1:]
    assert [len(row) for row in rows] == [4, 3, 3]
    assert rows[0][3].rowspan == 3


def test_other_columns_are_another_table() -> None:
    table = BrokenTable(_boxes([_HEADINGS, _FIRST]))
    assert not table.goes_on_in([_box("A-2", 0, 0), _box("路", 1, 0)])
    uneven = _boxes([_FIRST])
    uneven[0].x1 += 15
    uneven[1].x0 += 15
    assert not table.goes_on_in(uneven)


def test_cells_that_a_page_leaves_open_are_closed_and_those_within_a_table_are_not() -> None:
    def down(x: float, top: float, bottom: float) -> dict[str, object]:
        return {"x0": x, "x1": x, "top": top, "bottom": bottom, "orientation": "v"}

    def across(x0: float, x1: float, y: float) -> dict[str, object]:
        return {"x0": x0, "x1": x1, "top": y, "bottom": y, "orientation": "h"}

    edges = [down(x, 100, 200) for x in (0, 100, 200)] + [across(0, 200, 100), across(0, 100, 150)]
    (stroke, other) = closing_strokes(edges)
    assert {(line["x0"], line["x1"], line["top"]) for line in (stroke, other)} == {
        (0, 100, 200),
        (100, 200, 200),
    }
    assert closing_strokes([*edges, across(0, 200, 200)]) == []
    slanted = {"x0": 0, "x1": 100, "top": 100, "bottom": 120, "orientation": None}
    assert len(closing_strokes([*edges, slanted])) == 2
