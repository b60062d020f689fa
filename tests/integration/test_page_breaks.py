"""Tables that go on overleaf: one whose rows keep their headings, or two and no wrong time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from bench.page_breaks import SETTINGS, papers
from bench.papers import read_paper
from notifier.domain.findings import Code
from notifier.domain.times import shanghai
from notifier.domain.values import Notice
from notifier.intake.documents import Table, read_document
from notifier.intake.limits import Limits
from tests.papers.blocks import Block, Cell, Grid, plain_grid
from tests.papers.printed import PrintedPage, Setting, ofd_of, pdf_of, set_on_pages
from tests.papers.scoring import Mark, score

_WRITERS: dict[str, Callable[[Sequence[PrintedPage]], bytes]] = {".pdf": pdf_of, ".ofd": ofd_of}
_HEAD = ("测试市自然资源局国有建设用地使用权挂牌出让公告", "测自然资告字〔2031〕7号")
_HEADINGS = (
    "地块编号",
    "土地位置",
    "出让面积(平方米)",
    "起始价(万元)",
    "报名截止时间",
    "挂牌起止时间",
)
_SURE = [name for name in SETTINGS if name not in ("other widths", "rows cut, centred")]


def _row(number: int) -> tuple[str, ...]:
    return (
        f"测自储2031-{number}号",
        f"测试区第{number}大道以东、滨河路以南",
        f"{number}2000",
        f"{number}600",
        f"2031年5月{10 + number}日17时00分",
        f"2031年5月{number}日9时00分至2031年5月2{number}日10时00分",
    )


def _notice(*rows: tuple[str, ...]) -> list[Block]:
    return [*_HEAD, plain_grid([_HEADINGS, *rows]), "联系电话：0577-88888888"]


def _read(blocks: Sequence[Block], setting: Setting, suffix: str = ".pdf") -> Notice:
    (notice,) = read_paper(f"notice{suffix}", _WRITERS[suffix](set_on_pages(blocks, setting)))
    return notice


def _times(notice: Notice) -> dict[str, dict[str, str]]:
    return {
        parcel.parcel_no: {
            name.value: f"{shanghai(milestone.at):%d %H:%M}"
            for name, milestone in parcel.milestones.items()
        }
        for parcel in notice.parcels
    }


_KNOWN = {
    f"测自储2031-{number}号": {
        "registration_close": f"{10 + number} 17:00",
        "bidding_open": f"0{number} 09:00",
        "bidding_close": f"2{number} 10:00",
    }
    for number in range(1, 6)
}
_FIVE = _notice(*map(_row, range(1, 6)))


@pytest.mark.parametrize("suffix", _WRITERS)
@pytest.mark.parametrize("name", _SURE)
def test_rows_overleaf_keep_their_headings(name: str, suffix: str) -> None:
    setting = replace(SETTINGS[name], size=7.0, room=44.0)
    pages = set_on_pages(_FIVE, setting)
    assert len(pages) > 2
    document = read_document(f"n{suffix}", _WRITERS[suffix](pages), Limits())
    (table,) = [block for block in document.blocks if isinstance(block, Table)]
    assert [row[0].text for row in table.rows] == [_HEADINGS[0], *_KNOWN]
    assert _times(_read(_FIVE, setting, suffix)) == _KNOWN


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS)
def test_no_page_break_makes_another_time_in_silence(setting: Setting) -> None:
    ruled = set(Mark) if setting.ruled else set[Mark]()
    for title, offer, blocks in papers(11, 1):
        if not setting.ruled and title.startswith(("two_heading_rows", "facts_and_times")):
            continue  # read as words alone, broken or not
        found = score(offer.lots, read_paper("n.pdf", pdf_of(set_on_pages(blocks, setting))))
        silent = {Mark.WRONG_SILENT, Mark.INVENTED} | ({Mark.ABSENT_SILENT} & ruled)
        assert not silent & found.keys(), title


def test_a_merged_time_goes_on_for_the_parcels_overleaf() -> None:
    rows = [tuple(Cell(text=text) for text in _HEADINGS)]
    for number in range(1, 5):
        cells = [Cell(text=text) for text in _row(number)]
        time = [Cell(text="2031年5月15日17时00分", rows=4)] if number == 1 else []
        rows.append((*cells[:4], *time, cells[5]))
    notice = _read([*_HEAD, Grid(rows=tuple(rows))], Setting(size=7.0, room=44.0))
    closes = [times["registration_close"] for times in _times(notice).values()]
    assert closes == ["15 17:00"] * 4


def test_two_times_in_the_halves_of_a_row_are_named_and_not_read_as_one_window() -> None:
    """Under a number that is not said again: the rest of a row, or another row of the parcel."""
    rest = ("", "", "", "", "2031年5月18日17时00分", "")
    notice = _read(_notice(_row(1), rest), Setting(size=7.0, room=44.0))
    assert "registration_close" not in _times(notice)["测自储2031-1号"]
    assert (Code.CELL_UNCERTAIN, "registration_close") in {
        (finding.code, finding.field) for finding in notice.findings
    }


def test_a_table_with_other_columns_stays_one_of_its_own_and_its_parcels_are_named() -> None:
    notice = _read(_FIVE, Setting(size=7.0, room=44.0, uneven=9.0))
    found = _times(notice)
    assert found
    assert all(_KNOWN[number] == times for number, times in found.items())
    assert len(found) < len(_KNOWN)
    unread = [finding for finding in notice.findings if finding.code is Code.TIME_WITHOUT_LABEL]
    assert len(unread) >= len(_KNOWN) - len(found)


def test_a_line_that_ends_two_pages_alike_is_no_running_foot() -> None:
    setting = Setting(ruled=False, size=9.0, room=100.0)
    rows = [
        (*_row(number)[:5], f"2031年5月{number}日9时00分至2031年5月28日10时00分")
        for number in range(1, 6)
    ]
    for number, times in _times(_read(_notice(*rows), setting)).items():
        assert times["bidding_close"] == "28 10:00", number
