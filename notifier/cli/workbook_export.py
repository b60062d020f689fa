"""`export`: the agenda as a workbook for Excel and WPS."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from notifier.cli.shared import clean, open_desk, print_json
from notifier.cli.speech import language, phrase
from notifier.clock import SystemClock
from notifier.domain.times import shanghai
from notifier.domain.values import MilestoneName
from notifier.errors import NotifierError, UsageError

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell, MergedCell

    from notifier.domain.reports import AgendaLine

_INSTANT, _DAY, _TEXT = "yyyy-mm-dd hh:mm", "yyyy-mm-dd", "@"
_LONGEST = 32_767  # characters that a cell holds
_HEAD, _RED, _AMBER, _GREY = "FFDDE8F5", "FFF8CBAD", "FFFFE699", "FFE7E6E6"
_RED_WITHIN, _AMBER_WITHIN = timedelta(days=3), timedelta(days=7)


class _Field(NamedTuple):
    heading: str
    width: int


_FIELDS = (
    _Field("milestone at", 18),
    _Field("time of day", 14),
    _Field("milestone", 22),
    _Field("condition", 24),
    _Field("parcel", 30),
    _Field("city", 12),
    _Field("location", 36),
    _Field("notice number", 26),
    _Field("state", 12),
    _Field("file", 30),
)


def export(options: argparse.Namespace) -> int:
    target: Path = options.xlsx
    if target.suffix.lower() != ".xlsx":
        raise UsageError(f"{target}: expected a name that ends with .xlsx")
    now = SystemClock().now()
    with open_desk(options) as desk:
        lines = desk.agenda(now, options.days).lines
    try:
        # nothing that is there already is written over
        with target.open("xb") as file:
            file.write(_workbook(lines, now))
    except FileExistsError:
        raise UsageError(f"{target}: this file is there already: name another") from None
    except OSError as fault:
        raise NotifierError(f"{target}: it cannot be written: {fault.strerror}") from None
    if options.json:
        print_json({"written": str(target), "milestones": len(lines)})
    else:
        print(clean(phrase("{file}: written", file=target)))
    return 0


def _workbook(lines: Sequence[AgendaLine], now: datetime) -> bytes:
    """Return the file: a row a milestone, the soonest first."""
    from io import BytesIO

    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = phrase("agenda")
    for number, field in enumerate(_FIELDS, 1):
        sheet.column_dimensions[get_column_letter(number)].width = field.width
        heading = sheet.cell(1, number, phrase(field.heading))
        heading.font = Font(bold=True)
        heading.fill = PatternFill("solid", fgColor=_HEAD)
        heading.alignment = Alignment(vertical="center")
    for row, line in enumerate(lines, 2):
        at = sheet.cell(row, 1, shanghai(line.at).replace(tzinfo=None))
        at.number_format = _DAY if line.day_only else _INSTANT
        for number, text in enumerate(_texts(line), 2):
            _write_text(sheet.cell(row, number), text)
        colour = _colour(line, now)
        if colour:
            for number in range(1, len(_FIELDS) + 1):
                sheet.cell(row, number).fill = PatternFill("solid", fgColor=colour)
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(_FIELDS))}{len(lines) + 1}"
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def _texts(line: AgendaLine) -> list[str]:
    from notifier.messages import milestone_name
    from notifier.messages.catalogue import words

    offer, say = line.offer, words(language())
    state = f"state.{line.state}"
    return [
        phrase("not stated") if line.day_only else f"{shanghai(line.at):%H:%M}",
        milestone_name(MilestoneName(line.milestone), language(), offer.kind),
        line.condition,
        offer.parcel.parcel_no,
        offer.city,
        offer.parcel.location,
        offer.notice_no,
        say(state) if state in say else phrase("ahead"),
        offer.file,
    ]


def _write_text(cell: Cell | MergedCell, text: str) -> None:
    """Write a text that stays one, whatever it begins with: what a notice says is no formula."""
    cell.value = clean(text)[:_LONGEST]
    cell.data_type = "s"
    cell.number_format = _TEXT
    cell.quotePrefix = True  # stays a text when somebody edits it


def _colour(line: AgendaLine, now: datetime) -> str:
    """Return the colour of a row: grey is answered, red within three days, amber within seven."""
    if line.state != "ahead":
        return _GREY
    left = line.at - now
    if left < _RED_WITHIN:
        return _RED
    return _AMBER if left < _AMBER_WITHIN else ""
