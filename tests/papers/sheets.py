"""Tables that land teams keep: one function a habit, each gives the file and what is true of its
parcels."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any, Literal

from openpyxl import Workbook
from openpyxl.styles import Font

from notifier.domain.times import SHANGHAI
from notifier.domain.values import MilestoneName
from tests.papers.offers import Lot, MadeOffer

_N = MilestoneName
_COLUMNS: Mapping[MilestoneName, Sequence[str]] = {
    _N.REGISTRATION_OPEN: ("报名开始时间", "报名起始时间", "竞买申请开始时间"),
    _N.REGISTRATION_CLOSE: ("报名截止时间", "报名截止", "竞买申请截止时间"),
    _N.DEPOSIT_CLOSE: ("保证金截止时间", "保证金到账截止时间", "竞买保证金截止"),
    _N.BIDDING_OPEN: ("挂牌开始时间", "报价开始时间"),
    _N.BIDDING_CLOSE: ("挂牌截止时间", "报价截止时间"),
    _N.AUCTION_START: ("拍卖时间", "拍卖会时间"),
}
FACTS = ("地块编号", "位置", "面积（㎡）", "起始价（万元）", "保证金（万元）")


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """A file, and its parcels with the times that it really states."""

    name: str
    data: bytes
    lots: tuple[Lot, ...]


Habit = Callable[[MadeOffer, Random], Sheet]
Row = list[Any]


def heading_row(offer: MadeOffer, random: Random) -> Row:
    names = offer.lots[0].times
    return [*FACTS, *(random.choice(_COLUMNS[name]) for name in names)]


def parcel_row(lot: Lot) -> Row:
    """With dates as a spreadsheet holds them: without a time zone."""
    times = [at.replace(tzinfo=None) for at in lot.times.values()]
    return [lot.number, lot.location, lot.area, lot.price, lot.deposit, *times]


def printed(row: Row) -> list[str]:
    return [f"{cell:%Y-%m-%d %H:%M}" if isinstance(cell, datetime) else str(cell) for cell in row]


def saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def book_of(rows: Sequence[Row]) -> tuple[Workbook, Any]:
    book = Workbook()
    sheet: Any = book.active  # openpyxl's stubs give a union that has no cells
    for row in rows:
        sheet.append(row)
    return book, sheet


def csv_of(
    rows: Sequence[Row], delimiter: str = ",", quoting: Literal[0, 1, 2, 3] = csv.QUOTE_MINIMAL
) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, quoting=quoting, escapechar="\\")
    writer.writerows(map(printed, rows))
    return out.getvalue()


def table_of(offer: MadeOffer, random: Random) -> list[Row]:
    return [heading_row(offer, random), *map(parcel_row, offer.lots)]


def plain_workbook(offer: MadeOffer, random: Random) -> Sheet:
    book, _ = book_of(table_of(offer, random))
    return Sheet(name="parcels.xlsx", data=saved(book), lots=offer.lots)


def title_and_totals(offer: MadeOffer, random: Random) -> Sheet:
    """A title over the table, an empty row, a total below."""
    table = table_of(offer, random)
    total: Row = [
        "合计",
        "",
        sum(lot.area for lot in offer.lots),
        sum(lot.price for lot in offer.lots),
    ]
    book, sheet = book_of([["土地出让跟踪表"], [], *table, [], total])
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(table[0]))
    return Sheet(name="parcels.xlsx", data=saved(book), lots=offer.lots)


def merged_deadline(offer: MadeOffer, random: Random) -> Sheet:
    """Registration stands once, in cells merged over all parcels."""
    table = table_of(offer, random)
    first = len(FACTS) + 1
    first_times = offer.lots[0].times
    common = {name: first_times[name] for name in (_N.REGISTRATION_OPEN, _N.REGISTRATION_CLOSE)}
    book, sheet = book_of(table)
    if len(offer.lots) > 1:
        for column in (first, first + 1):
            for row in range(3, len(table) + 1):
                sheet.cell(row, column).value = None
            sheet.merge_cells(
                start_row=2, start_column=column, end_row=len(table), end_column=column
            )
    lots = tuple(replace(lot, times=dict(lot.times) | common) for lot in offer.lots)
    return Sheet(name="parcels.xlsx", data=saved(book), lots=lots)


def two_heading_rows(offer: MadeOffer, random: Random) -> Sheet:  # the form of every habit
    """报名 over 开始 and 截止."""
    groups = {_N.REGISTRATION_OPEN: ("报名时间", "开始"), _N.REGISTRATION_CLOSE: ("", "截止")}
    groups |= {_N.BIDDING_OPEN: ("挂牌时间", "开始"), _N.BIDDING_CLOSE: ("", "截止")}
    groups |= {_N.DEPOSIT_CLOSE: ("保证金到账截止时间", ""), _N.AUCTION_START: ("拍卖时间", "")}
    names = list(offer.lots[0].times)
    top: Row = [*FACTS, *(groups[name][0] or None for name in names)]
    sub: Row = [*(None for _ in FACTS), *(groups[name][1] or None for name in names)]
    book, sheet = book_of([top, sub, *map(parcel_row, offer.lots)])
    for column, text in enumerate(top, 1):
        if text is not None and sub[column - 1] is None:
            sheet.merge_cells(start_row=1, start_column=column, end_row=2, end_column=column)
        elif text is not None:
            sheet.merge_cells(start_row=1, start_column=column, end_row=1, end_column=column + 1)
    return Sheet(name="parcels.xlsx", data=saved(book), lots=offer.lots)


def second_table(offer: MadeOffer, random: Random) -> Sheet:
    """The parcels in two tables of one sheet; the second has its time columns in another order."""
    half = max(len(offer.lots) // 2, 1)
    rows = [heading_row(offer, random), *map(parcel_row, offer.lots[:half])]
    if offer.lots[half:]:
        turn = [*range(len(FACTS)), *reversed(range(len(FACTS), len(rows[0])))]
        lower = [heading_row(offer, random), *map(parcel_row, offer.lots[half:])]
        rows += [[], *([row[at] for at in turn] for row in lower)]
    book, _ = book_of(rows)
    return Sheet(name="parcels.xlsx", data=saved(book), lots=offer.lots)


def transposed(offer: MadeOffer, random: Random) -> Sheet:
    book, _ = book_of([list(row) for row in zip(*table_of(offer, random), strict=True)])
    return Sheet(name="parcels.xlsx", data=saved(book), lots=offer.lots)


def struck_out(offer: MadeOffer, random: Random) -> Sheet:
    """The close of one parcel is struck out: it no longer holds."""
    table = table_of(offer, random)
    book, sheet = book_of(table)
    row = random.randrange(len(offer.lots))
    names = list(offer.lots[0].times)
    sheet.cell(row + 2, len(FACTS) + 1 + names.index(_N.REGISTRATION_CLOSE)).font = Font(
        strike=True
    )
    lots = list(offer.lots)
    left = dict(lots[row].times)
    del left[_N.REGISTRATION_CLOSE]
    lots[row] = replace(lots[row], times=left)
    return Sheet(name="parcels.xlsx", data=saved(book), lots=tuple(lots))


def serial_numbers(offer: MadeOffer, random: Random) -> Sheet:
    """Dates that lost their format: days since 1899-12-30, a fraction for the time."""
    table = table_of(offer, random)
    places = random.choice((7, 10))
    epoch = datetime(1899, 12, 30, tzinfo=SHANGHAI)
    rows: list[Row] = [table[0]]
    for lot in offer.lots:
        serials = [round((at - epoch) / timedelta(days=1), places) for at in lot.times.values()]
        rows.append(parcel_row(lot)[: len(FACTS)] + serials)
    book, _ = book_of(rows)
    return Sheet(name="parcels.xlsx", data=saved(book), lots=offer.lots)


def uncalculated_formulas(offer: MadeOffer, random: Random) -> Sheet:
    """The deposit's deadline is a formula that no program has calculated: it states nothing."""
    table = table_of(offer, random)
    column = len(FACTS) + list(offer.lots[0].times).index(_N.DEPOSIT_CLOSE)
    rows = [
        table[0],
        *(
            [*row[:column], f"=G{number}-1", *row[column + 1 :]]
            for number, row in enumerate(table[1:], 2)
        ),
    ]
    book, _ = book_of(rows)
    return Sheet(name="parcels.xlsx", data=saved(book), lots=offer.lots)


def text_dates(offer: MadeOffer, random: Random) -> Sheet:
    """Dates typed as text in the ways that people type them."""
    styles = ("%Y/%m/%d %H:%M", "%Y.%m.%d %H:%M", "%Y年%m月%d日 %H:%M", "%Y-%m-%d %H:%M:%S")
    style = random.choice(styles)
    rows: list[Row] = [heading_row(offer, random)]
    for row in map(parcel_row, offer.lots):
        facts, times = row[: len(FACTS)], row[len(FACTS) :]
        rows.append(facts + [f"{at:{style}}" for at in times])
    book, _ = book_of(rows)
    return Sheet(name="parcels.xlsx", data=saved(book), lots=offer.lots)


def ranges_in_a_cell(offer: MadeOffer, random: Random) -> Sheet:
    """报名起止时间 and 挂牌起止时间 with both ends in one cell."""
    rows: list[Row] = []
    for lot in offer.lots:
        times = {name: f"{at:%Y-%m-%d %H:%M}" for name, at in lot.times.items()}
        cells = [
            f"{times[_N.REGISTRATION_OPEN]}至{times[_N.REGISTRATION_CLOSE]}",
            times[_N.DEPOSIT_CLOSE],
        ]
        is_auction = _N.AUCTION_START in times
        cells.append(
            times[_N.AUCTION_START]
            if is_auction
            else f"{times[_N.BIDDING_OPEN]}至{times[_N.BIDDING_CLOSE]}"
        )
        rows.append(parcel_row(lot)[: len(FACTS)] + cells)
    last = (
        "拍卖时间"
        if _N.AUCTION_START in offer.lots[0].times
        else random.choice(("挂牌起止时间", "挂牌时间"))
    )
    heading: Row = [*FACTS, random.choice(("报名起止时间", "报名时间")), "保证金到账截止时间", last]
    book, _ = book_of([heading, *rows])
    return Sheet(name="parcels.xlsx", data=saved(book), lots=offer.lots)


def other_delimiter(offer: MadeOffer, random: Random) -> Sheet:
    delimiter = random.choice((";", "\t", "|"))
    text = csv_of(table_of(offer, random), delimiter)
    encoding = random.choice(("utf-8-sig", "gb18030"))
    return Sheet(name="parcels.csv", data=text.encode(encoding), lots=offer.lots)


def unquoted_comma(offer: MadeOffer, random: Random) -> Sheet:
    """A comma in a location that is not quoted shifts its row by one."""
    table = table_of(offer, random)
    lines = [",".join(printed(row)) for row in table]
    row = random.randrange(1, len(lines))
    lines[row] = lines[row].replace("、", ",", 1)
    return Sheet(name="parcels.csv", data="\n".join(lines).encode("utf-8"), lots=offer.lots)


def answered(offer: MadeOffer, random: Random) -> Sheet:
    """A column of what the team has done, and one of remarks."""
    heading, *rows = table_of(offer, random)
    words = ("已报名", "不参加", "", "跟进中")
    full = [[*row, random.choice(words), random.choice(("", "重点关注"))] for row in rows]
    book, _ = book_of([[*heading, "状态", "备注"], *full])
    return Sheet(name="parcels.xlsx", data=saved(book), lots=offer.lots)


HABITS: Sequence[Habit] = (
    plain_workbook, title_and_totals, merged_deadline, two_heading_rows, second_table, transposed,
    struck_out,
    serial_numbers, uncalculated_formulas, text_dates, ranges_in_a_cell, other_delimiter,
    unquoted_comma, answered,
)  # fmt: skip
