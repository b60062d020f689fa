"""Tables in the wordings and the formats in which people pass them on: one function a habit, as in
`sheets`."""

from __future__ import annotations

import html
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import docx
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

from notifier.domain.values import MilestoneName
from tests.papers.offers import Lot, MadeOffer
from tests.papers.sheets import (
    FACTS,
    Habit,
    Row,
    Sheet,
    book_of,
    csv_of,
    parcel_row,
    printed,
    saved,
)

_N = MilestoneName
_WIDTH = len(FACTS)
Headings = Mapping[MilestoneName, str]


def _named(*headings: str) -> Headings:
    return dict(zip(MilestoneName, headings, strict=True))


_USUAL = _named(
    "报名开始时间", "报名截止时间", "保证金截止时间", "挂牌开始时间", "挂牌截止时间", "拍卖时间"
)
_EVERYDAY = (
    _named("开始报名", "截止报名", "交保证金截止", "开始挂牌", "截止挂牌时间", "土拍时间"),
    _named("报名起", "报名止", "保证金到账止", "挂牌起", "挂牌止", "拍卖会"),
    _named("可报名时间", "报名ddl", "保证金ddl", "可报价时间", "报价ddl", "开拍"),
    _named(
        "报名（起）",
        "报名（止）",
        "保证金（截止到账）",
        "挂牌（起）",
        "挂牌（止）",
        "拍卖会（开始）",
    ),
    _named(
        "報名開始時間", "報名截止時間", "保證金截止時間", "掛牌開始時間", "掛牌截止時間", "拍賣時間"
    ),
)
_ENGLISH = (
    _named(
        "Registration start", "Registration deadline", "Deposit deadline", "Bidding start",
        "Bidding deadline", "Auction date",
    ),
    _named(
        "Registration Opens", "Registration Closes", "Deposit due", "Listing opens",
        "Listing closes", "Auction time",
    ),
    _named(
        "reg_open", "reg_close", "deposit_deadline", "listing_start", "listing_end",
        "auction_time",
    ),
)  # fmt: skip
_ENGLISH_FACTS = ("Parcel No.", "Location", "Area", "Price", "Deposit")
_TYPED = (
    "%Y%m%d %H:%M", "%Y.%m.%d.%H:%M", "%Y-%m-%d %H.%M", "%H:%M %Y-%m-%d", "截止%Y-%m-%d %H:%M",
    "%m/%d/%Y %H:%M", "暂定%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M左右", "%y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M:%S+08:00", "%Y-%m-%d %H:%M（北京时间）", "%Y-%m-%d%H:%M",
)  # fmt: skip
_OFF = ("已终止", "中止", "撤牌", "暂停", "延期")


def _heading(offer: MadeOffer, names: Headings = _USUAL, facts: Sequence[str] = FACTS) -> Row:
    return [*facts, *(names[name] for name in offer.lots[0].times)]


def _rows(offer: MadeOffer, write: Callable[[datetime], Any] | None = None) -> list[Row]:
    def as_cell(at: datetime) -> datetime:
        return at.replace(tzinfo=None)

    return [
        [*parcel_row(lot)[:_WIDTH], *map(write or as_cell, lot.times.values())]
        for lot in offer.lots
    ]


def _book(rows: Sequence[Row], lots: Sequence[Lot]) -> Sheet:
    book, _ = book_of(rows)
    return Sheet(name="parcels.xlsx", data=saved(book), lots=tuple(lots))


def _at(offer: MadeOffer, name: MilestoneName) -> int:
    return _WIDTH + list(offer.lots[0].times).index(name)


def _with_close(
    offer: MadeOffer, row: int, at: datetime | None, *also: MilestoneName
) -> tuple[Lot, ...]:
    """The parcels, of which one closes its registration at another time, or at none."""
    lots = list(offer.lots)
    gone = {_N.REGISTRATION_CLOSE, *also} if at is None else set()
    times = {name: time for name, time in lots[row].times.items() if name not in gone}
    if at is not None:
        times[_N.REGISTRATION_CLOSE] = at
    lots[row] = replace(lots[row], times=times)
    return tuple(lots)


def _page(rows: Sequence[Row], style: Callable[[int, int], str]) -> str:
    """A table of a web page; `style` gives the attributes of a cell."""
    lines = []
    for number, row in enumerate(rows):
        cells = [
            f"<td{style(number, at)}>{html.escape(text)}</td>"
            for at, text in enumerate(printed(row))
        ]
        lines.append(f"<tr>{''.join(cells)}</tr>")
    return f"<html><head><meta charset=utf-8></head><table>{''.join(lines)}</table></html>"


def _word(rows: Sequence[Row], change: Callable[[Any], None]) -> bytes:
    document = docx.Document()
    table = document.add_table(rows=len(rows), cols=len(rows[0]))
    for number, row in enumerate(rows):
        for cell, text in zip(table.rows[number].cells, printed(row), strict=True):
            cell.text = text
    change(table)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def everyday_headings(offer: MadeOffer, random: Random) -> Sheet:
    return _book([_heading(offer, random.choice(_EVERYDAY)), *_rows(offer)], offer.lots)


def english_headings(offer: MadeOffer, random: Random) -> Sheet:
    heading = _heading(offer, random.choice(_ENGLISH), _ENGLISH_FACTS)
    return _book([heading, *_rows(offer)], offer.lots)


def sheets_by_city(offer: MadeOffer, random: Random) -> Sheet:
    book, sheet = book_of([_heading(offer)])
    other = book.create_sheet("东陵")
    other.append(_heading(offer))
    for number, row in enumerate(_rows(offer)):
        (sheet, other)[number % 2].append(row)
    return Sheet(name="parcels.xlsx", data=saved(book), lots=offer.lots)


def day_and_hour_below_a_time(offer: MadeOffer, random: Random) -> Sheet:
    """日期 and 时间 below each merged heading."""
    heading: Row = list(FACTS)
    below: Row = [None] * _WIDTH
    for name in offer.lots[0].times:
        heading += [_USUAL[name], None]
        below += ["日期", "时间"]
    rows = []
    for lot in offer.lots:
        times = [(at.replace(tzinfo=None).date(), f"{at:%H:%M}") for at in lot.times.values()]
        rows.append([*parcel_row(lot)[:_WIDTH], *(part for time in times for part in time)])
    book, sheet = book_of([heading, below, *rows])
    for column in range(_WIDTH + 1, len(heading), 2):
        sheet.merge_cells(start_row=1, start_column=column, end_row=1, end_column=column + 1)
    return Sheet(name="parcels.xlsx", data=saved(book), lots=offer.lots)


def typed_in_any_order(offer: MadeOffer, random: Random) -> Sheet:
    form = random.choice(_TYPED)
    return _book([_heading(offer), *_rows(offer, lambda at: at.strftime(form))], offer.lots)


def windows_typed_short(offer: MadeOffer, random: Random) -> Sheet:
    """Both ends of registration in one cell, the second without its year."""
    forms: tuple[Callable[[datetime, datetime], str], ...] = (
        lambda at, end: f"{at:%Y.%m.%d %H:%M}-{end:%m.%d %H:%M}",
        lambda at, end: f"{at:%Y-%m-%d %H:%M}\n{end:%Y-%m-%d %H:%M}",
        lambda at, end: f"自{at:%Y-%m-%d %H:%M}起至{end:%Y-%m-%d %H:%M}止",
        lambda at, end: f"{at:%Y-%m-%d %H:%M}→{end:%m-%d %H:%M}",
        lambda at, end: f"{at:%m-%d}至{end:%m-%d %H:%M}",  # of which year?
    )
    write = random.choice(forms)
    first = _at(offer, _N.REGISTRATION_OPEN)
    heading, rows = _heading(offer), _rows(offer)
    heading[first : first + 2] = ["报名时间"]
    for lot, row in zip(offer.lots, rows, strict=True):
        ends = (lot.times[_N.REGISTRATION_OPEN], lot.times[_N.REGISTRATION_CLOSE])
        row[first : first + 2] = [write(*ends)]
    return _book([heading, *rows], offer.lots)


def changed_times_beside_the_old(offer: MadeOffer, random: Random) -> Sheet:
    old, new = random.choice(
        (
            ("原报名截止时间", "调整后报名截止时间"),
            ("报名截止时间", "变更后报名截止"),
            ("报名截止时间（原）", "报名截止时间（新）"),
        )
    )
    row = random.randrange(len(offer.lots))
    at = offer.lots[row].times[_N.REGISTRATION_CLOSE] + timedelta(days=1)
    heading, rows = _heading(offer), _rows(offer)
    heading[_at(offer, _N.REGISTRATION_CLOSE)] = old
    for number, cells in enumerate(rows):
        cells.append(at.replace(tzinfo=None) if number == row else None)
    return _book([[*heading, new], *rows], _with_close(offer, row, at))


def close_above_its_group(offer: MadeOffer, random: Random) -> Sheet:
    """The close of registration stands in a row above the parcels, and in no column."""
    column = _at(offer, _N.REGISTRATION_CLOSE)
    heading, rows = _heading(offer), _rows(offer)
    close = rows[0][column]
    for row in (heading, *rows):
        del row[column]
    return _book([heading, [f"报名截止时间：{close:%Y-%m-%d %H:%M}"], *rows], offer.lots)


def close_in_the_first_row_alone(offer: MadeOffer, random: Random) -> Sheet:
    """What was merged over the rows came through a text file: it stands in the first."""
    column = _at(offer, _N.REGISTRATION_CLOSE)
    rows = [printed(row) for row in _rows(offer)]
    for row in rows[1:]:
        row[column] = ""
    return Sheet(
        name="parcels.csv", data=csv_of([_heading(offer), *rows]).encode(), lots=offer.lots
    )


def old_times_in_a_hidden_column(offer: MadeOffer, random: Random) -> Sheet:
    column = _at(offer, _N.REGISTRATION_CLOSE)
    table = [_heading(offer), *_rows(offer)]
    for number, row in enumerate(table):
        row.insert(column, row[column] - timedelta(days=5) if number else row[column])
    book, sheet = book_of(table)
    sheet.column_dimensions[sheet.cell(1, column + 1).column_letter].hidden = True
    return Sheet(name="parcels.xlsx", data=saved(book), lots=offer.lots)


def struck_by_a_style(offer: MadeOffer, random: Random) -> Sheet:
    """A page named .xls, with a close, or a whole row, struck out by CSS."""
    row, column = random.randrange(len(offer.lots)), _at(offer, _N.REGISTRATION_CLOSE)
    whole = random.random() < 0.5
    mark = random.choice((' style="TEXT-DECORATION:line-through"', " class=xl66"))
    page = _page(
        [_heading(offer), *_rows(offer)],
        lambda number, at: mark if number == row + 1 and (whole or at == column) else "",
    ).replace("<head>", "<head><style>.xl66 {text-decoration:line-through;}</style>")
    lots = _with_close(offer, row, None, *(MilestoneName if whole else ()))
    return Sheet(name="parcels.xls", data=page.encode(), lots=lots)


def struck_in_markdown(offer: MadeOffer, random: Random) -> Sheet:
    row, column = random.randrange(len(offer.lots)), _at(offer, _N.REGISTRATION_CLOSE)
    table = [_heading(offer), *(printed(row) for row in _rows(offer))]
    table[row + 1][column] = f"~~{table[row + 1][column]}~~"
    table.insert(1, ["---"] * len(table[0]))
    text = "\n".join(f"| {' | '.join(row)} |" for row in table)
    return Sheet(name="parcels.md", data=text.encode(), lots=_with_close(offer, row, None))


def struck_in_word(offer: MadeOffer, random: Random) -> Sheet:
    row, column = random.randrange(len(offer.lots)), _at(offer, _N.REGISTRATION_CLOSE)

    def strike(table: Any) -> None:
        for run in table.cell(row + 1, column).paragraphs[0].runs:
            run.font.double_strike = True

    data = _word([_heading(offer), *_rows(offer)], strike)
    return Sheet(name="parcels.docx", data=data, lots=_with_close(offer, row, None))


def struck_hour_written_anew(offer: MadeOffer, random: Random) -> Sheet:
    row, column = random.randrange(len(offer.lots)), _at(offer, _N.REGISTRATION_CLOSE)
    rows = _rows(offer)
    at = rows[row][column]
    words = TextBlock(InlineFont(strike=True), f"{at:%H:%M}")
    rows[row][column] = CellRichText(f"{at:%Y-%m-%d} ", words, "15:00")
    close = offer.lots[row].times[_N.REGISTRATION_CLOSE].replace(hour=15, minute=0)
    return _book([_heading(offer), *rows], _with_close(offer, row, close))


def numbers_in_one_cell(offer: MadeOffer, random: Random) -> Sheet:
    """One row for all parcels, which have their times in common."""
    lots = [
        replace(lot, number=f"甲自然资告[2031]{position + 5}号", times=offer.lots[0].times)
        for position, lot in enumerate(offer.lots)
    ]
    row = _rows(offer)[0]
    row[0] = random.choice(("、", "，", "\n")).join(lot.number for lot in lots)
    return _book([_heading(offer), row], lots)


def year_in_the_name_of_the_sheet(offer: MadeOffer, random: Random) -> Sheet:
    form = random.choice(("%m月%d日%H:%M", "%m.%d %H:%M", "%m/%d %H:%M"))
    book, sheet = book_of([_heading(offer), *_rows(offer, lambda at: at.strftime(form))])
    sheet.title = f"{min(offer.lots[0].times.values()).year}年"
    return Sheet(name="parcels.xlsx", data=saved(book), lots=offer.lots)


def a_row_for_each_time(offer: MadeOffer, random: Random) -> Sheet:
    rows: list[Row] = [["地块编号", "节点", "时间"]]
    for lot in offer.lots:
        rows += [
            [lot.number, _USUAL[name], f"{at:%Y-%m-%d %H:%M}"] for name, at in lot.times.items()
        ]
    return _book(rows, offer.lots)


def a_row_for_each_day(offer: MadeOffer, random: Random) -> Sheet:
    events = sorted((at, lot.number, name) for lot in offer.lots for name, at in lot.times.items())
    rows: list[Row] = [
        [f"{at:%Y-%m-%d}", f"{at:%H:%M}", f"{number}{_USUAL[name]}"] for at, number, name in events
    ]
    return _book([["日期", "时间", "事项"], *rows], offer.lots)


KEPT_HABITS: Sequence[Habit] = (
    everyday_headings, english_headings, sheets_by_city, day_and_hour_below_a_time,
    typed_in_any_order, windows_typed_short, changed_times_beside_the_old, close_above_its_group,
    close_in_the_first_row_alone, old_times_in_a_hidden_column, struck_by_a_style,
    struck_in_markdown, struck_in_word, struck_hour_written_anew, numbers_in_one_cell,
    year_in_the_name_of_the_sheet, a_row_for_each_time, a_row_for_each_day,
)  # fmt: skip
"""Read right, or with a finding that people cannot miss."""


def status_of_its_own_column(offer: MadeOffer, random: Random) -> Sheet:
    row, word = random.randrange(len(offer.lots)), random.choice(_OFF)
    name = random.choice(("交易状态", "进度", "目前状态", "情况说明", "备注"))
    rows = [
        [*cells, word if number == row else "正常"] for number, cells in enumerate(_rows(offer))
    ]
    return _book([[*_heading(offer), name], *rows], offer.lots)


def note_below_the_table(offer: MadeOffer, random: Random) -> Sheet:
    note: Row = [f"注：{random.choice(offer.lots).number}{random.choice(_OFF)}。"]
    return _book([_heading(offer), *_rows(offer), [], note], offer.lots)


def legend_of_colours(offer: MadeOffer, random: Random) -> Sheet:
    book, sheet = book_of([_heading(offer), *_rows(offer), [], ["红色：已终止", "黄色：延期"]])
    for cell in sheet[random.randrange(len(offer.lots)) + 2]:
        cell.fill = PatternFill("solid", fgColor="FF0000")
    return Sheet(name="parcels.xlsx", data=saved(book), lots=offer.lots)


def comment_on_a_cell(offer: MadeOffer, random: Random) -> Sheet:
    book, sheet = book_of([_heading(offer), *_rows(offer)])
    row, column = random.randrange(len(offer.lots)), _at(offer, _N.REGISTRATION_CLOSE)
    sheet.cell(row + 2, column + 1).comment = Comment(random.choice(_OFF), "张三")
    return Sheet(name="parcels.xlsx", data=saved(book), lots=offer.lots)


TOLD_HABITS: Sequence[Habit] = (
    status_of_its_own_column, note_below_the_table, legend_of_colours, comment_on_a_cell,
)  # fmt: skip
"""Something tells that a time may hold no more: it is read, and that is said."""
