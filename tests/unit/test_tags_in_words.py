"""A page whose mark-up was written out in its text: it is read as the page that it was."""

from __future__ import annotations

import html
from pathlib import Path

import pytest

from notifier.domain.values import Notice
from notifier.intake.limits import Limits
from notifier.intake.notice import read_notice

_PAGE = (
    '<div style="width: 900px;"><h1>丙市国有建设用地使用权挂牌出让公告</h1><p>丙告字〔2031〕3号</p>'
    "<table><tbody><tr><th>编号</th><th>土地<br/>位置</th><th>起始价<br/>(万元)</th></tr>"
    "<tr><td>丙储2031-7号</td><td>河滨路北</td><td>4000</td></tr></tbody></table>"
    "<p>报名时间:2031年6月6日9时至2031年6月12日16时。</p></div>"
)


def _read(text: str, name: str = "notice.txt") -> Notice:
    (notice,) = read_notice(Path(name), text.encode(), Limits())
    return notice


@pytest.mark.parametrize(
    "written",
    [
        html.escape(_PAGE),
        html.escape(html.escape(_PAGE)),
        html.escape(_PAGE).replace("&", ""),  # as an aggregator that lost the signs has it
    ],
)
def test_a_page_with_its_tags_in_words_is_read_as_the_page(written: str) -> None:
    (parcel,) = _read(written).parcels
    (same,) = _read(f"<!doctype html>{_PAGE}", "notice.html").parcels
    assert parcel.parcel_no == "丙储2031-7号"
    assert (parcel.location, parcel.start_price_wan) == (same.location, same.start_price_wan)
    assert {name: held.at for name, held in parcel.milestones.items()} == {
        name: held.at for name, held in same.milestones.items()
    }


def test_a_table_that_ends_within_its_headings_names_no_parcel() -> None:
    cut = _PAGE[: _PAGE.index("<th>起始价")]
    assert _read(html.escape(cut.replace("<h1>", "<h1>公告</h1><h1>"))).parcels == ()
