"""`template`: a sheet to fill in, with headings that are read, checked cells and an example."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from notifier.cli.shared import print_json
from notifier.cli.speech import language, phrase
from notifier.clock import SystemClock
from notifier.domain.examples import NOTES, NOTICE_NUMBERS, PARCEL_NUMBERS, example_times
from notifier.domain.times import shanghai
from notifier.domain.values import MilestoneName
from notifier.errors import NotifierError, UsageError
from notifier.messages import milestone_name

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from notifier.domain.workdays import WorkCalendar

_ROWS = 500  # below the example: that many have checked cells
_AHEAD = timedelta(days=45)
_NOTICE_BEFORE = timedelta(days=25)
_TRIES = 60  # weeks: a fortnight without a public holiday comes sooner
_TEXT, _INSTANT, _DAY, _NUMBER = "@", "yyyy-mm-dd hh:mm", "yyyy-mm-dd", "#,##0.####"
_KINDS = {"zh": ("挂牌", "拍卖", "招标"), "en": ("listing", "auction", "tender")}


class _Column(NamedTuple):
    """`headings` in Chinese and English: both are read whatever the language of the sheet."""

    field: str
    headings: tuple[str, str]
    style: str
    width: int


def _time_column(name: MilestoneName) -> _Column:
    return _Column(name.value, (f"{milestone_name(name, 'zh')}时间", name.value), _INSTANT, 22)


_COLUMNS = (
    _Column("notice_no", ("公告编号", "notice_no"), _TEXT, 24),
    _Column("kind", ("出让方式", "kind"), _TEXT, 12),
    _Column("published", ("公告日期", "published"), _DAY, 14),
    _Column("city", ("城市", "city"), _TEXT, 12),
    _Column("district", ("区县", "district"), _TEXT, 14),
    _Column("parcel_no", ("地块编号", "parcel_no"), _TEXT, 30),
    _Column("parcel_name", ("地块名称", "parcel_name"), _TEXT, 24),
    _Column("location", ("地块位置", "location"), _TEXT, 36),
    _Column("use", ("土地用途", "use"), _TEXT, 18),
    _Column("area_m2", ("出让面积(㎡)", "area_m2"), _NUMBER, 16),
    _Column("floor_area_m2", ("建筑面积(㎡)", "floor_area_m2"), _NUMBER, 16),
    _Column("far", ("容积率", "far"), _TEXT, 12),
    _Column("start_price_wan", ("起始价(万元)", "start_price_wan"), _NUMBER, 16),
    _Column("deposit_wan", ("竞买保证金(万元)", "deposit_wan"), _NUMBER, 18),
    *map(_time_column, MilestoneName),
    _Column("authority", ("出让人", "authority"), _TEXT, 24),
    _Column("platform", ("交易平台", "platform"), _TEXT, 30),
    _Column("contacts", ("联系电话", "contacts"), _TEXT, 20),
    _Column("note", ("备注", "note"), _TEXT, 30),
)


def template(options: argparse.Namespace) -> int:
    target: Path = options.target
    if target.suffix.lower() != ".xlsx":
        raise UsageError(f"{target}: expected a name that ends with .xlsx")
    if target.exists():
        raise UsageError(f"{target}: this file is there already: name another")
    try:
        _write(target, SystemClock().now())
    except OSError as fault:
        raise NotifierError(f"{target}: it cannot be written: {fault.strerror}") from None
    if options.json:
        print_json({"written": str(target)})
    else:
        words = phrase(
            "{file}: written. Fill in a row a parcel and drop it into the inbox; the example "
            "row is not read while it "
            "is as it is.",
            file=target,
        )
        print(words)
    return 0


def _write(target: Path, now: datetime) -> None:
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = phrase("parcels")
    example = _example(now)
    for number, column in enumerate(_COLUMNS, 1):
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = column.width
        heading = sheet.cell(1, number, column.headings[language() == "en"])
        heading.font = Font(bold=True)
        heading.fill = PatternFill("solid", fgColor="FFDDE8F5")
        heading.alignment = Alignment(wrap_text=True, vertical="center")
        for row in range(2, _ROWS + 2):
            sheet.cell(row, number).number_format = column.style
        cell = sheet.cell(2, number, example.get(column.field))
        cell.font = Font(italic=True, color="FF808080")
        _check_cells(sheet, column, f"{letter}2:{letter}{_ROWS + 1}")
    sheet.freeze_panes = "A2"
    book.save(target)


def _check_cells(sheet: Worksheet, column: _Column, cells: str) -> None:
    """Let Excel and WPS refuse what is typed into `cells` and cannot be meant."""
    from openpyxl.worksheet.datavalidation import DataValidation

    if column.field == "kind":
        kinds = ",".join(_KINDS[language()])
        rule = DataValidation(type="list", formula1=f'"{kinds}"', allow_blank=True)
        rule.error = phrase("Choose one from the list.")
    elif column.style in (_INSTANT, _DAY):
        rule = DataValidation(
            type="date", operator="greaterThan", formula1="36526", allow_blank=True
        )  # 2000-01-01
        example = "2026-12-30 17:00" if column.style == _INSTANT else "2026-12-30"
        rule.error = phrase("Write a date such as {example}.", example=example)
        rule.prompt = rule.error
    elif column.style == _NUMBER:
        rule = DataValidation(
            type="decimal", operator="greaterThan", formula1="0", allow_blank=True
        )
        rule.error = phrase("Write a number above zero, without its unit.")
    else:
        return
    rule.errorTitle = rule.promptTitle = column.headings[language() == "en"]
    rule.showErrorMessage = True
    rule.showInputMessage = bool(rule.prompt)
    sheet.add_data_validation(rule)
    rule.add(cells)


def _example(now: datetime) -> dict[str, Any]:
    english = language() == "en"
    times = example_times(_first(now))
    published = shanghai(min(times.values()) - _NOTICE_BEFORE).date()
    return {
        "notice_no": NOTICE_NUMBERS[english],
        "kind": _KINDS[language()][0],
        "published": published,
        "city": phrase("Example City"),
        "district": phrase("Example District"),
        "parcel_no": PARCEL_NUMBERS[english],
        "location": phrase("1 Example Road"),
        "use": phrase("residential"),
        "area_m2": 10_000,
        "floor_area_m2": 20_000,
        "far": "2.0",
        "start_price_wan": 10_000,
        "deposit_wan": 2_000,
        "contacts": "0000-12345678",
        "note": NOTES[english],
    } | {name.value: shanghai(at).replace(tzinfo=None) for name, at in times.items()}


def _first(now: datetime) -> datetime:
    """Return a Monday at nine after which all times of the example fall on working days."""
    from notifier.config import published_calendar

    calendar = published_calendar()
    day = shanghai(now + _AHEAD)
    monday = (day + timedelta(days=-day.weekday() % 7)).replace(
        hour=9, minute=0, second=0, microsecond=0
    )
    weeks = [monday + timedelta(weeks=number) for number in range(_TRIES)]
    return next((first for first in weeks if _is_working(_days(first), calendar)), monday)


def _days(first: datetime) -> Sequence[date]:
    return [shanghai(at).date() for at in example_times(first).values()]


def _is_working(days: Sequence[date], calendar: WorkCalendar) -> bool:
    return all(calendar.is_working(day) for day in days)
