"""Tables that people spoil or lay out in their own way: one function a habit, as in `sheets`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from openpyxl.styles import Font

from notifier.domain.values import MilestoneName
from tests.papers.offers import Lot, MadeOffer
from tests.papers.sheets import (
    FACTS,
    Habit,
    Row,
    Sheet,
    book_of,
    csv_of,
    heading_row,
    parcel_row,
    printed,
    saved,
    table_of,
)

_N = MilestoneName
_WEEKDAYS = "一二三四五六日"


def _typed(offer: MadeOffer, random: Random, write: Callable[[datetime], Any]) -> list[Row]:
    """The table with each time as somebody types it."""
    rows: list[Row] = [heading_row(offer, random)]
    for lot in offer.lots:
        facts = parcel_row(lot)[: len(FACTS)]
        rows.append([*facts, *(write(at.replace(tzinfo=None)) for at in lot.times.values())])
    return rows


def _workbook(rows: Sequence[Row], lots: tuple[Lot, ...]) -> Sheet:
    book, _ = book_of(rows)
    return Sheet(name="parcels.xlsx", data=saved(book), lots=lots)


def _text(rows: Sequence[Row], lots: tuple[Lot, ...]) -> Sheet:
    return Sheet(name="parcels.csv", data=csv_of(rows).encode(), lots=lots)


def _without(offer: MadeOffer, row: int, *names: MilestoneName) -> tuple[Lot, ...]:
    lots = list(offer.lots)
    left = {name: at for name, at in lots[row].times.items() if name not in names}
    lots[row] = replace(lots[row], times=left)
    return tuple(lots)


def _at(offer: MadeOffer, name: MilestoneName) -> int:
    return len(FACTS) + list(offer.lots[0].times).index(name)


def ends_without_merges(offer: MadeOffer, random: Random) -> Sheet:
    """报名时间 over the first of 开始 and 截止, in a text file that knows no merges."""
    tops = {
        _N.REGISTRATION_OPEN: "报名时间",
        _N.BIDDING_OPEN: "挂牌时间",
        _N.AUCTION_START: "拍卖会时间",
    }
    tops |= {_N.DEPOSIT_CLOSE: "保证金到账截止时间"}
    subs = {_N.REGISTRATION_OPEN: "开始", _N.REGISTRATION_CLOSE: "截止"}
    subs |= {_N.BIDDING_OPEN: "开始", _N.BIDDING_CLOSE: "截止"}
    names = list(offer.lots[0].times)
    top: Row = [*FACTS, *(tops.get(name, "") for name in names)]
    sub: Row = [*("" for _ in FACTS), *(subs.get(name, "") for name in names)]
    return _text([top, sub, *map(parcel_row, offer.lots)], offer.lots)


def units_in_a_row(offer: MadeOffer, random: Random) -> Sheet:
    """The units stand in a row of their own below the headings."""
    heading: Row = [
        "地块编号",
        "位置",
        "面积",
        "起始价",
        "保证金",
        *heading_row(offer, random)[len(FACTS) :],
    ]
    units: Row = ["", "", "㎡", "万元", "万元", *("" for _ in offer.lots[0].times)]
    return _workbook([heading, units, *map(parcel_row, offer.lots)], offer.lots)


def tables_side_by_side(offer: MadeOffer, random: Random) -> Sheet:
    """Two tables beside each other, with an empty column between them."""
    half = (len(offer.lots) + 1) // 2
    heading = heading_row(offer, random)
    rows: list[Row] = [[*heading, None, *heading]]
    empty: Row = [None for _ in heading]
    for number in range(half):
        right = offer.lots[half + number : half + number + 1]
        rows.append(
            [*parcel_row(offer.lots[number]), None, *(parcel_row(right[0]) if right else empty)]
        )
    return _workbook(rows, offer.lots)


def titled_transposed(offer: MadeOffer, random: Random) -> Sheet:
    """A column a parcel, below a title."""
    turned = [list(row) for row in zip(*table_of(offer, random), strict=True)]
    return _workbook([["出让地块一览"], [], *turned], offer.lots)


def transposed_text(offer: MadeOffer, random: Random) -> Sheet:
    rows = [printed(row) for row in table_of(offer, random)]
    return _text([list(row) for row in zip(*rows, strict=True)], offer.lots)


def form(offer: MadeOffer, random: Random) -> Sheet:
    """A form a parcel: each label with its value beside it."""
    heading = heading_row(offer, random)
    rows: list[Row] = []
    for lot in offer.lots:
        rows += [[label, value] for label, value in zip(heading, parcel_row(lot), strict=True)]
        rows.append([])
    return _workbook(rows, offer.lots)


def grouped_rows(offer: MadeOffer, random: Random) -> Sheet:
    """Rows that only name a group stand between the parcels, and a subtotal below each."""
    heading, *rows = table_of(offer, random)
    whole: list[Row] = [heading]
    for number, row in enumerate(rows, 1):
        whole += [[f"{_WEEKDAYS[number % 7]}、工业用地"], row, ["小计", "", row[2], row[3]]]
    return _workbook(whole, offer.lots)


def dropped_cell(offer: MadeOffer, random: Random) -> Sheet:
    """A row lost one of its cells: what follows stands one column to the left."""
    rows = [printed(row) for row in table_of(offer, random)]
    row, cell = random.randrange(1, len(rows)), random.randrange(1, len(rows[0]))
    del rows[row][cell]
    return _text(rows, offer.lots)


def doubled_cell(offer: MadeOffer, random: Random) -> Sheet:
    """A row has a cell too many, in a workbook, where every row is as wide as the widest."""
    rows = table_of(offer, random)
    row, cell = random.randrange(1, len(rows)), random.randrange(1, len(rows[0]))
    rows[row].insert(cell, random.choice(("", "北侧", 5)))
    return _workbook(rows, offer.lots)


def exchanged_cells(offer: MadeOffer, random: Random) -> Sheet:
    """The first time and the area of a row changed places."""
    rows = table_of(offer, random)
    row = random.randrange(1, len(rows))
    rows[row][2], rows[row][len(FACTS)] = rows[row][len(FACTS)], rows[row][2]
    return _workbook(rows, offer.lots)


def error_values(offer: MadeOffer, random: Random) -> Sheet:
    """A time gave way to an error of the spreadsheet, or to the signs of a column too narrow for
    it."""
    rows = table_of(offer, random)
    row, cell = random.randrange(1, len(rows)), random.randrange(len(FACTS), len(rows[0]))
    rows[row][cell] = random.choice(("#REF!", "#N/A", "#VALUE!", "########"))
    return _workbook(rows, offer.lots)


def hidden_parts(offer: MadeOffer, random: Random) -> Sheet:
    """A row and a column are hidden."""
    book, sheet = book_of(table_of(offer, random))
    sheet.row_dimensions[random.randrange(2, 2 + len(offer.lots))].hidden = True
    sheet.column_dimensions["F"].hidden = True
    return Sheet(name="parcels.xlsx", data=saved(book), lots=offer.lots)


def old_copy_in_a_hidden_sheet(offer: MadeOffer, random: Random) -> Sheet:
    """A hidden sheet holds the table of a week before: what stands is in doubt."""
    rows = table_of(offer, random)
    book, _ = book_of(rows)
    old = book.create_sheet("旧")
    for row in rows:
        old.append(
            [cell - timedelta(days=7) if isinstance(cell, datetime) else cell for cell in row]
        )
    old.sheet_state = "hidden"
    return Sheet(name="parcels.xlsx", data=saved(book), lots=offer.lots)


def struck_row(offer: MadeOffer, random: Random) -> Sheet:
    """A parcel is struck out as a whole: it is off."""
    book, sheet = book_of(table_of(offer, random))
    row = random.randrange(len(offer.lots))
    for cell in sheet[row + 2]:
        cell.font = Font(strike=True)
    return Sheet(name="parcels.xlsx", data=saved(book), lots=_without(offer, row, *MilestoneName))


def wrapped_values(offer: MadeOffer, random: Random) -> Sheet:
    """Values written as `="…"`, or behind an apostrophe, so that Excel leaves them alone."""
    rows = [printed(row) for row in table_of(offer, random)]
    wrap = random.choice(('="{}"', "'{}"))
    return _text([rows[0], *([wrap.format(cell) for cell in row] for row in rows[1:])], offer.lots)


def remark_behind_a_time(offer: MadeOffer, random: Random) -> Sheet:
    """Somebody noted beside the close what has become of it."""
    rows = [printed(row) for row in table_of(offer, random)]
    row, at = random.randrange(len(offer.lots)), _at(offer, _N.REGISTRATION_CLOSE)
    rows[row + 1][at] += random.choice(
        ("（延期至下周）", " 改到次日", "（已报名）", " 不参加", "?", "（待定）")
    )
    return _workbook(rows, _without(offer, row, _N.REGISTRATION_CLOSE))


def weekday_named(offer: MadeOffer, random: Random) -> Sheet:
    """Each time with its day of the week; one of them is wrong."""
    row, name = random.randrange(len(offer.lots)), random.choice(list(offer.lots[0].times))

    def write(at: datetime) -> str:
        return f"{at:%Y-%m-%d}(星期{_WEEKDAYS[at.weekday()]}) {at:%H:%M}"

    rows = _typed(offer, random, write)
    at = offer.lots[row].times[name]
    rows[row + 1][_at(offer, name)] = f"{at:%Y-%m-%d}(星期{_WEEKDAYS[at.weekday() - 1]}) {at:%H:%M}"
    return _workbook(rows, _without(offer, row, name))


def halves_of_the_day(offer: MadeOffer, random: Random) -> Sheet:
    """上午9:00, 下午5:00; a close at 凌晨12时 is midnight, at 上午12:00 or 晚上2时 nobody knows."""

    def write(at: datetime) -> str:
        half, hour = ("上午", at.hour) if at.hour < 12 else ("下午", at.hour - 12)
        minutes = f"{at.minute:02}分" if at.minute else ""
        return f"{at.year}年{at.month}月{at.day}日{half}{hour}时{minutes}"

    rows = _typed(offer, random, write)
    row, column = random.randrange(len(offer.lots)), _at(offer, _N.REGISTRATION_CLOSE)
    close = offer.lots[row].times[_N.REGISTRATION_CLOSE]
    day = f"{close.year}年{close.month}月{close.day}日"
    words = random.choice(("凌晨12时", "上午12:00", "晚上2时"))
    rows[row + 1][column] = day + words
    lots = list(_without(offer, row, _N.REGISTRATION_CLOSE))
    if words == "凌晨12时":
        times = {**lots[row].times, _N.REGISTRATION_CLOSE: close.replace(hour=0, minute=0)}
        lots[row] = replace(lots[row], times=times)
    return _workbook(rows, tuple(lots))


def year_in_the_title(offer: MadeOffer, random: Random) -> Sheet:
    """Only the title says which year it is."""
    rows = _typed(offer, random, lambda at: f"{at.month}月{at.day}日{at:%H:%M}")
    year = min(offer.lots[0].times.values()).year
    return _workbook([[f"{year}年土地出让跟踪表"], [], *rows], offer.lots)


def date_and_hour_apart(offer: MadeOffer, random: Random) -> Sheet:
    """A column for the day of the close and one for its hour."""
    at = _at(offer, _N.REGISTRATION_CLOSE)
    rows = _typed(offer, random, lambda at: at)
    heading = [*rows[0][:at], "报名截止日期", "报名截止时间", *rows[0][at + 1 :]]
    parted = [[*row[:at], row[at].date(), f"{row[at]:%H:%M}", *row[at + 1 :]] for row in rows[1:]]
    return _workbook([heading, *parted], offer.lots)


def ditto_marks(offer: MadeOffer, random: Random) -> Sheet:
    """Below the first parcel 同上 stands for a time that is the same."""
    mark = random.choice(("同上", "〃"))
    rows = table_of(offer, random)
    for number in range(len(rows) - 1, 1, -1):
        above = rows[number - 1]
        rows[number] = [
            mark if isinstance(cell, datetime) and cell == above[at] else cell
            for at, cell in enumerate(rows[number])
        ]
    return _workbook(rows, offer.lots)


def breaks_in_headings(offer: MadeOffer, random: Random) -> Sheet:
    """Headings broken over lines, with stars and notes."""
    rows = table_of(offer, random)
    heading = [
        f"{text[:2]}\n{text[2:]}" if number else f"*{text}" for number, text in enumerate(rows[0])
    ]
    heading[-1] += "（以公告为准）"
    return _workbook([heading, *rows[1:]], offer.lots)


def swapped_headings(offer: MadeOffer, random: Random) -> Sheet:
    """Open and close of registration are under each other's heading: they cannot be."""
    rows = table_of(offer, random)
    first = _at(offer, _N.REGISTRATION_OPEN)
    for row in rows[1:]:
        row[first], row[first + 1] = row[first + 1], row[first]
    lots = tuple(
        replace(
            lot,
            times={
                name: at for name, at in lot.times.items() if not name.startswith("registration")
            },
        )
        for lot in offer.lots
    )
    return _workbook(rows, lots)


def days_alone(offer: MadeOffer, random: Random) -> Sheet:
    """Days without an hour, exported as midnight to the second."""
    rows = _typed(offer, random, lambda at: f"{at:%Y-%m-%d} 00:00:00")
    lots = tuple(
        replace(lot, times={name: at.replace(hour=0, minute=0) for name, at in lot.times.items()})
        for lot in offer.lots
    )
    return _text(rows, lots)


def number_made_a_date(offer: MadeOffer, random: Random) -> Sheet:
    """Excel took the number `2026-5` for a day; the times are right."""
    rows = table_of(offer, random)
    row = random.randrange(len(offer.lots))
    rows[row + 1][0] = date(2026, 5, 1)
    lots = list(offer.lots)
    lots[row] = replace(lots[row], number="2026-05-01")
    return _workbook(rows, tuple(lots))


ODD_HABITS: Sequence[Habit] = (
    ends_without_merges, units_in_a_row, tables_side_by_side, titled_transposed, transposed_text,
    form, grouped_rows,
    dropped_cell, doubled_cell, exchanged_cells, error_values, hidden_parts,
    old_copy_in_a_hidden_sheet, struck_row,
    wrapped_values, remark_behind_a_time, weekday_named, halves_of_the_day, year_in_the_title,
    date_and_hour_apart,
    ditto_marks, breaks_in_headings, swapped_headings, days_alone, number_made_a_date,
)  # fmt: skip
"""Read right, or with a finding that people cannot miss."""
