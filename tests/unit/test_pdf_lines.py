"""The lines of a page of fixed layout: what the margin broke is whole, nothing else is joined."""

from __future__ import annotations

from typing import Any

import pytest

from notifier.intake.documents.pdf.lines import Char, lines_of
from notifier.intake.documents.pdf.page_contents import Page
from notifier.intake.documents.pdf.page_layers import answer_of

_SIZE = 10.0
_LEFT, _RIGHT, _WIDTH = 50.0, 350.0, 400.0  # thirty characters a line
_FULL = "各申请人须在规定的时间内通过土地交易系统提交申请材料并按时交纳保"


def _printed(*lines: str, indent: float = 0.0) -> list[str]:
    """Return the paragraphs of a page on which these lines stand."""
    chars = [
        Char(sign, x := _LEFT + indent + _SIZE * column, x + _SIZE, top, top + _SIZE, _SIZE)
        for number, line in enumerate(lines)
        for column, sign in enumerate(line)
        for top in [40.0 + 18.0 * number]
        if sign != " "
    ]
    page = Page(number=1, width=_WIDTH, lines=lines_of(chars))
    blocks: list[dict[str, Any]] = answer_of([page], "")["blocks"]
    return [block["text"] for block in blocks]


def test_a_sentence_that_the_margin_breaks_is_one_paragraph() -> None:
    full = _FULL[:30]
    assert _printed(full, full, "金。", "联系人：某") == [f"{full}{full}金。", "联系人：某"]


def test_a_character_that_goes_with_its_full_stop_leaves_the_line_before_it_short() -> None:
    full, short = _FULL[:30], _FULL[:29]
    assert _printed(full, full, short, "金。") == [f"{full}{full}{short}金。"]


@pytest.mark.parametrize(
    "lines",
    [
        (_FULL[:29] + "。", _FULL[:29] + "。", "联系人"),  # sentences that end
        (_FULL[:30], "二、报名时间", _FULL[:30], "三、挂牌时间"),  # items
        (_FULL[:12], _FULL[:12], "联系人"),  # nothing reaches the margin
        ("地块" + " " * 26 + "甲乙", "东路" + " " * 26 + "丙丁", "南路"),  # cells
    ],
)
def test_lines_that_end_by_themselves_stay_apart(lines: tuple[str, ...]) -> None:
    assert len(_printed(*lines)) == len(lines)


def test_radicals_that_stand_for_characters_are_characters() -> None:
    radicals = "\u2ed8\u2f6f\u5e02\u4eba\u2ea0"  # as Chromium prints them
    assert _printed(radicals) == ["\u9752\u77f3\u5e02\u4eba\u6c11"]
