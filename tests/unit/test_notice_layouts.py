"""Random parcels, written as bureaus lay them out, in each format: what is read is what was
written."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from html import escape
from pathlib import Path

import hypothesis.strategies as st
from docx import Document
from hypothesis import given

from notifier.domain.times import SHANGHAI, utc
from notifier.intake.limits import Limits
from notifier.intake.notice import read_notice

_TIMES = (
    "registration_open",
    "registration_close",
    "deposit_close",
    "bidding_open",
    "bidding_close",
)
_LABELS = {
    "parcel_no": ("地块编号", "宗地编号"),
    "location": ("地块坐落", "宗地位置", "土地坐落"),
    "area_m2": ("出让面积(平方米)", "土地面积（㎡）", "宗地面积（M2）"),
    "use": ("土地用途", "用途", "规划用途"),
    "far": ("容积率",),
    "term": ("出让年限", "出让年限（年）"),
    "start_price_wan": ("起始价(万元)", "挂牌起始价（万元）", "出让起始价（万元）"),
    "deposit_wan": ("竞买保证金(万元)", "保证金（万元）"),
    "registration": ("报名时间", "竞买申请起止时间"),
    "deposit_close": ("保证金到账截止时间", "竞买保证金交纳截止时间"),
    "bidding": ("挂牌时间", "挂牌报价时间"),
}


_FIRST = datetime(2025, 1, 1, tzinfo=SHANGHAI)


@dataclass(frozen=True)
class Written:
    """A parcel as it is written: facts as texts, times as instants."""

    facts: dict[str, str]
    times: dict[str, datetime]

    def cell(self, field: str) -> str:
        if field in ("registration", "bidding"):
            return f"{_words(self.times[f'{field}_open'])}至{_words(self.times[f'{field}_close'])}"
        return _words(self.times[field]) if field in self.times else self.facts[field]


def _words(at: datetime) -> str:
    return f"{at.year}年{at.month}月{at.day}日{at.hour}:{at.minute:02}"


_LOCATIONS = (
    "城东大道以南、滨河路以西",
    "开发区北三路8号",
    "新城单元XC-05-02",
    "东至人民路，西至解放河，南至空地，北至绿化带",
)
_USES = ("城镇住宅用地", "商业用地", "工业用地", "商务金融用地", "住宅（设配套公建）用地")


@st.composite
def parcels(draw: st.DrawFn) -> list[Written]:
    pattern = draw(
        st.sampled_from(
            ["甲政储出[2025]{}号", "甲土2025-{}", "JK〔2025〕G{}", "2025-{:03}", "经开2025-{}号"]
        )
    )
    numbers = draw(st.lists(st.integers(1, 180), min_size=1, max_size=4, unique=True))
    found = []
    for number in numbers:
        begin = _FIRST + timedelta(minutes=draw(st.integers(0, 5 * 365 * 24 * 60)))
        steps = [draw(st.integers(30, 9 * 24 * 60)) for _ in range(4)]
        registration_close = begin + timedelta(minutes=steps[0] + steps[1])
        price = draw(st.integers(500, 900_000))
        found.append(
            Written(
                facts={
                    "parcel_no": pattern.format(number),
                    "location": draw(st.sampled_from(_LOCATIONS)),
                    "area_m2": str(draw(st.decimals(800, 150_000, places=2))),
                    "use": draw(st.sampled_from(_USES)),
                    "far": draw(st.sampled_from(["≤2.0", "1.0≤R≤2.5", "不大于1.8", "2.2"])),
                    "term": draw(st.sampled_from(["70年", "40年", "50年"])),
                    "start_price_wan": str(price),
                    "deposit_wan": str(max(price // 5, 1)),
                },
                times={
                    "registration_open": begin,
                    "registration_close": registration_close,
                    "deposit_close": begin + timedelta(minutes=steps[0]),
                    "bidding_open": begin + timedelta(minutes=steps[2]),
                    "bidding_close": registration_close + timedelta(minutes=steps[2] + steps[3]),
                },
            )
        )
    return found


# layouts: blocks, each a paragraph (str) or a table (rows of cells)

Block = str | list[list[str]]


def _row_table(given: Sequence[Written], labels: dict[str, str]) -> list[Block]:
    fields = list(labels)
    return [
        [list(labels.values()), *([parcel.cell(field) for field in fields] for parcel in given)]
    ]


def _column_table(given: Sequence[Written], labels: dict[str, str]) -> list[Block]:
    return [[[label, *(parcel.cell(field) for parcel in given)] for field, label in labels.items()]]


def _two_tables(given: Sequence[Written], labels: dict[str, str]) -> list[Block]:
    facts = {
        field: label
        for field, label in labels.items()
        if field not in ("registration", "deposit_close", "bidding")
    }
    times = {
        field: label
        for field, label in labels.items()
        if field not in facts or field == "parcel_no"
    }
    return [
        *_row_table(given, facts),
        "二、各地块时间安排如下表。",
        *_row_table(given[::-1], times),
    ]


def _cards(given: Sequence[Written], labels: dict[str, str]) -> list[Block]:
    blocks: list[Block] = []
    for parcel in given:
        pairs = [(f"{label}：", parcel.cell(field)) for field, label in labels.items()]
        blocks.append(
            [
                [*pairs[at], *(pairs[at + 1] if at + 1 < len(pairs) else ("", ""))]
                for at in range(0, len(pairs), 2)
            ]
        )
    return blocks


def _prose(given: Sequence[Written], labels: dict[str, str]) -> list[Block]:
    blocks: list[Block] = []
    for parcel in given:
        facts = parcel.facts
        blocks.append(
            f"地块编号：{facts['parcel_no']}，位于{facts['location'].split('，')[0]}，出让面积{facts['area_m2']}平方米，"
            f"用途为{facts['use']}，容积率{facts['far']}，出让年限{facts['term']}，"
            f"起始价{facts['start_price_wan']}万元，竞买保证金{facts['deposit_wan']}万元。"
        )
    for field in ("registration", "deposit_close", "bidding"):
        label = labels[field]
        blocks.append(
            f"{label}："
            + "；".join(
                f"{parcel.facts['parcel_no']}地块：{parcel.cell(field)}" for parcel in given
            )
            + "。"
        )
    return blocks


LAYOUTS: tuple[Callable[[Sequence[Written], dict[str, str]], list[Block]], ...] = (
    _row_table, _column_table, _two_tables, _cards, _prose,
)  # fmt: skip


# formats


def _markdown(blocks: Sequence[Block]) -> bytes:
    parts = []
    for block in blocks:
        if isinstance(block, str):
            parts.append(block)
            continue
        lines = ["| " + " | ".join(row) + " |" for row in block]
        parts.append("\n".join([lines[0], "|" + " --- |" * len(block[0]), *lines[1:]]))
    return "\n\n".join(parts).encode()


def _html(blocks: Sequence[Block]) -> bytes:
    parts = []
    for block in blocks:
        if isinstance(block, str):
            parts.append(f"<p>{escape(block)}</p>")
            continue
        rows = (
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in block
        )
        parts.append(f"<table>{''.join(rows)}</table>")
    return f"<html><head><meta charset=gb2312></head><body>{''.join(parts)}</body></html>".encode(
        "gb18030"
    )


def _docx(blocks: Sequence[Block]) -> bytes:
    document = Document()
    for block in blocks:
        if isinstance(block, str):
            document.add_paragraph(block)
            continue
        table = document.add_table(rows=len(block), cols=len(block[0]))
        for row, cells in zip(table.rows, block, strict=True):
            for cell, text in zip(row.cells, cells, strict=True):
                cell.text = text
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


_FORMATS: dict[str, Callable[[Sequence[Block]], bytes]] = {
    "md": _markdown,
    "html": _html,
    "docx": _docx,
}


@given(parcels(), st.sampled_from(LAYOUTS), st.sampled_from(sorted(_FORMATS)), st.data())
def test_parcels_read_back_from_every_layout_and_format(
    given_parcels: list[Written],
    layout: Callable[[Sequence[Written], dict[str, str]], list[Block]],
    form: str,
    data: st.DataObject,
) -> None:
    labels = {field: data.draw(st.sampled_from(words)) for field, words in _LABELS.items()}
    blocks = [
        "甲市国有建设用地使用权挂牌出让公告",
        "甲自然资告字〔2025〕6号",
        "一、地块基本情况",
        *layout(given_parcels, labels),
    ]
    blocks.append("三、本次出让采用增价方式，按照价高者得原则确定竞得人。")
    (notice,) = read_notice(Path(f"notice.{form}"), _FORMATS[form](blocks), Limits())
    assert notice.notice_no == "甲自然资告字〔2025〕6号"
    assert {parcel.parcel_no for parcel in notice.parcels} == {
        parcel.facts["parcel_no"] for parcel in given_parcels
    }
    for offered in given_parcels:
        (parcel,) = [
            parcel for parcel in notice.parcels if parcel.parcel_no == offered.facts["parcel_no"]
        ]
        for field in ("area_m2", "start_price_wan", "deposit_wan"):
            assert getattr(parcel, field) == Decimal(offered.facts[field]), field
        use = parcel.use.replace("(", "（").replace(")", "）")
        assert (use, parcel.far) == (offered.facts["use"], offered.facts["far"])
        assert {name.value: milestone.at for name, milestone in parcel.milestones.items()} == {
            name: utc(offered.times[name]) for name in _TIMES
        }


def test_times_whose_parcels_stand_in_another_table_are_not_those_of_the_first() -> None:
    page = (
        "<p>某市国有建设用地使用权拍卖出让公告</p>"
        "<table><tr><td>地块编号</td><td>A-1号</td><td>A-2号</td></tr>"
        "<tr><td>土地位置</td><td>人民路</td><td>滨河路</td></tr></table>"
        "<table><tr><td>容积率</td><td>1.0</td><td>1.2</td></tr>"
        "<tr><td>报名截止时间</td><td>2031年7月1日17时</td><td>2031年7月1日17时</td></tr>"
        "<tr><td>拍卖时间</td><td>2031年7月12日10时</td><td>2031年7月13日10时</td></tr></table>"
    )
    (notice,) = read_notice(Path("n.html"), page.encode(), Limits())
    assert [set(parcel.milestones) for parcel in notice.parcels] == [{"registration_close"}] * 2
    assert "auction_start" in {
        finding.field for finding in notice.findings if finding.code == "cell-uncertain"
    }
