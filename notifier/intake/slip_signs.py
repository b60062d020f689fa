"""Signs that cells of a table moved: what stands ill, was lost, or stands a row too low."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from notifier.domain.values import PARCEL_FIELDS
from notifier.intake.cell_ranges import times_of
from notifier.intake.documents import Cell
from notifier.intake.documents.words import shape_of
from notifier.intake.headings import IGNORED
from notifier.intake.notice.alignment import Alignment, Cells
from notifier.intake.notice.clock_columns import clock_columns
from notifier.intake.notice.columns import TIMES, Column, fits
from notifier.intake.notice.pieces import Piece
from notifier.intake.notice.rows import Entry, Row
from notifier.intake.notice.table_headings import is_heading_row
from notifier.intake.notice.table_layout import NAMES, Grid, Layout
from notifier.intake.sheet_cells import LOST
from notifier.intake.sheet_lines import LIKE_A_DATE
from notifier.intake.slips import Columns, Slip, slip_across
from notifier.intake.written_times import is_instant

AMOUNTS = frozenset(field.name for field in PARCEL_FIELDS if field.is_number)
_PLAIN_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_DIGIT = re.compile(r"\d")
_COMPACT_TIMES = {len(text) for text in ("20310102", "203101021700", "20310102170000")}
_LONGEST_WORD = 4  # characters
_FITTING = AMOUNTS | TIMES | {"location"}
_NO_TIMES = AMOUNTS | {"location", "district", "city", "use", "kind"}
_MAY_BE_LEFT_OUT = frozenset({"", IGNORED, "note", "contacts"})


class SlipSigns:
    """The rows of one layout, and what shows of each that its cells moved.

    `ragged`: the file has no grid, and a row of another length than its headings lost or gained a
    cell.
    """

    def __init__(self, layout: Layout, rows: Sequence[Row], plain: Grid, *, ragged: bool) -> None:
        title = _title_of(layout.columns)
        self._headed = [column for column in layout.columns if column.heading not in ("", title)]
        self._ragged = ragged
        self._tables = _columns_of(rows)
        self._across = (
            slip_across(rows)
            if layout.name == "columns"
            else _torn(layout, rows, plain) or _pushed_down(layout, rows, plain)
        ) or _hours_lost(rows)
        self._reaches_down: Slip | None = None  # of a shifted row: what it merges with the next

    def of_row(self, row: Row, entries: Sequence[Entry]) -> tuple[str, Slip | None]:
        """Return what shows that the cells of the next row moved, and what makes it possible.

        Each is empty where nothing does. `entries`: those of the row that are filled.
        """
        shifted = self._shift(entries)
        carried = self._reaches_down if any(not cell.own for cell in row.line) else None
        self._reaches_down = _uncertain(shifted) if shifted else carried
        if shifted:
            return shifted, None
        slip = carried or self._across or _of_another(entries) or self._slip(row)
        return (slip.text, None) if slip is not None and slip.certain else ("", slip)

    def _slip(self, row: Row) -> Slip | None:
        columns = self._tables.get(id(row.columns))
        return columns.slip(row.line) if columns is not None else None

    def _shift(self, entries: Sequence[Entry]) -> str:
        """Return what shows that the values of a row do not stand under their headings.

        Empty if nothing does.
        """
        lost = [
            entry
            for entry in entries
            if entry.fault == LOST and entry.column.field not in _MAY_BE_LEFT_OUT
        ]
        if lost:
            return lost[0].column.heading
        filled = [
            entry for entry in entries if entry.value and not entry.fault and not entry.struck
        ]
        loose = [entry.value for entry in filled if entry.column not in self._headed]
        if loose and (self._ragged or any(map(is_instant, loose))):
            return loose[0]
        misfits = [entry for entry in filled if not _is_put_off(entry.value) and _stands_ill(entry)]
        timed = [
            entry
            for entry in misfits
            if entry.column.field in _NO_TIMES and is_instant(entry.value)
        ]
        if timed or len({entry.value for entry in misfits}) > 1:
            return (timed or misfits)[0].value
        return misfits[0].value if misfits and _fit_otherwise(filled, self._headed) else ""


def _columns_of(rows: Iterable[Row]) -> dict[int, Columns]:
    """Return what the rows show of the columns that they stand under, by the columns' identity.

    Tables side by side have several.
    """
    found: dict[int, tuple[Sequence[Column], list[Sequence[Cell]]]] = {}
    for row in rows:
        if row.columns:
            found.setdefault(id(row.columns), (row.columns, []))[1].append(row.line)
    return {key: Columns(columns, lines) for key, (columns, lines) in found.items()}


def _title_of(columns: Sequence[Column]) -> str:
    """The title that stands over all columns: nothing more is over one without a heading."""
    headings = [column.heading for column in columns]
    title = next((column.heading for column in columns if not column.field), "")
    goes_on = sum(heading != title and heading.startswith(title) for heading in headings)
    return title if goes_on > 2 and goes_on * 2 > len(headings) else ""


def _of_another(entries: Sequence[Entry]) -> Slip | None:
    """Return what shows that a value under a heading of times is that of another column.

    A bare number is no date that somebody mistyped.
    """
    for entry in entries:
        is_number = _PLAIN_NUMBER.fullmatch(entry.value) is not None
        if entry.column.field in TIMES and is_number and len(entry.value) not in _COMPACT_TIMES:
            return _uncertain(entry.value)
    return None


def _torn(layout: Layout, rows: Sequence[Row], plain: Grid) -> Slip | None:
    """Return what shows that a table lost some of its headings.

    A time stands among them, or in a column that the row of headings does not reach.
    """
    if layout.name != "rows":
        return None
    lost = {
        at
        for row in plain[layout.begin : layout.begin + 2]
        if is_heading_row(row)
        for at, cell in enumerate(row)
        if cell.fault == LOST
    }
    beyond = [row.line[at].text for row in rows for at in lost if at < len(row.line)]
    texts = [*(column.heading for column in layout.columns), *beyond]
    return next((_uncertain(text) for text in texts if is_instant(text)), None)


def _pushed_down(layout: Layout, rows: Sequence[Row], plain: Grid) -> Slip | None:
    """Return what shows that cells of a column stand one row too low.

    One is empty, and a value such as the others stands alone below them.
    """
    lines = [row.line for row in rows if row.line]
    for row in plain[layout.begin + 1 : layout.end] if lines else ():
        filled = [at for at, cell in enumerate(row) if cell.own and cell.text.strip()]
        if len(filled) != 1 or filled[0] >= len(layout.columns):
            continue
        column = [line[filled[0]].text.strip() for line in lines]
        if all(column) or shape_of(row[filled[0]].text.strip()) not in map(shape_of, column):
            continue
        known = layout.columns[filled[0]].field
        fields = TIMES if known in NAMES else TIMES & {known}
        if fields:
            return Slip(certain=False, text=row[filled[0]].text, fields=fields)
    return None


def _hours_lost(rows: Sequence[Row]) -> Slip | None:
    """Return what shows that a column of hours moved: one day has none beside it, the others do."""
    lined = [row for row in rows if row.line]
    fields: set[str] = set()
    first = ""
    for columns in {id(row.columns): row.columns for row in lined}.values():
        lines = [row.line for row in lined if row.columns is columns]
        for at in clock_columns(columns, lines):
            alone = [line[at - 1].text for line in lines if not line[at].text.strip()]
            if any(text.strip() for text in alone):
                fields.add(columns[at - 1].field)
                first = first or next(line[at].text for line in lines if line[at].text.strip())
    return Slip(certain=False, text=first, fields=frozenset(fields)) if fields else None


def _uncertain(text: str) -> Slip:
    return Slip(certain=False, text=text, fields=TIMES)


def _is_put_off(text: str) -> bool:
    """Return whether a word stands for a value that is still to come: 待定, 另行通知."""
    return len(text) <= _LONGEST_WORD and not _DIGIT.search(text)


def _stands_ill(entry: Entry) -> bool:
    known = entry.column.field
    if known in TIMES:
        return fits(entry.column, entry.value) is None and times_of(entry.value) is None
    if known in AMOUNTS and _PLAIN_NUMBER.fullmatch(entry.value):
        return False
    if known in _FITTING:
        return fits(entry.column, entry.value) is None
    return (
        known in _NO_TIMES
        and LIKE_A_DATE.match(entry.value) is not None
        and is_instant(entry.value)
    )


def _fit_otherwise(entries: Sequence[Entry], columns: Sequence[Column]) -> bool:
    """Return whether the values of a row all fit, in order, under other columns than theirs."""
    pieces = [Piece(text=entry.value, place=entry.place, apart=True) for entry in entries]
    return bool(Alignment(Cells(pieces), columns).placed(len(pieces)))
