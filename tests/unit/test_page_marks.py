"""Running heads, feet and numbers of pages are no text; the last words of a page are."""

from __future__ import annotations

import pytest

from notifier.intake.documents.pdf.lines import PrintedLine
from notifier.intake.documents.pdf.page_contents import Page
from notifier.intake.documents.pdf.page_marks import drop_page_marks

_HEIGHT = 10.0


def _page(number: int, *lines: tuple[str, float]) -> Page:
    printed = [
        PrintedLine(text=text, x0=50, x1=150, top=top, bottom=top + _HEIGHT, first=_HEIGHT)
        for text, top in lines
    ]
    return Page(number=number, lines=printed)


def _left(*pages: Page) -> list[list[str]]:
    drop_page_marks(pages)
    return [[line.text for line in page.lines] for page in pages]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("某市交易中心", "某市交易中心"),
        ("某市交易中心 1", "某市交易中心 2"),
        ("第1页 共2页", "第2页 共2页"),
        ("- 1 -", "- 2 -"),
        ("1", "2"),
    ],
)
def test_what_stands_at_the_foot_of_pages_is_dropped(first: str, second: str) -> None:
    pages = [_page(1, ("甲", 100), (first, 700)), _page(2, ("乙", 100), (second, 700))]
    assert _left(*pages) == [["甲"], ["乙"]]


def test_a_running_head_is_dropped_but_for_the_first() -> None:
    pages = [_page(1, ("公告", 30), ("甲", 100)), _page(2, ("公告", 30), ("乙", 100))]
    assert _left(*pages) == [["公告", "甲"], ["乙"]]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("午10时", "午10时"),  # the last line of a cell
        ("地块1 6月5日", "地块3 6月5日"),  # counts, but not the pages
        ("地块1 6月5日", "地块2 6月6日"),
        ("12 500", "13 600"),
    ],
)
def test_the_last_words_of_a_page_stay(first: str, second: str) -> None:
    pages = [_page(1, ("甲", 100), (first, 113)), _page(2, ("乙", 100), (second, 113))]
    assert _left(*pages) == [["甲", first], ["乙", second]]
