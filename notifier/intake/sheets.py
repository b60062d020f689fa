"""Sheets of records: which rows are parcels, and what a row hides, strikes out or lost."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field, replace

from notifier.domain.findings import Code
from notifier.domain.values import PARCEL_FIELDS, Finding, Place, Severity
from notifier.errors import IntakeError
from notifier.intake.cell_ranges import ends_of_range, times_of
from notifier.intake.city_lines import are_cities, city_by_row
from notifier.intake.day_orders import DayOrder, order_shown
from notifier.intake.documents import Cell
from notifier.intake.documents.words import shape_of
from notifier.intake.documents.workbook import time_of_serial
from notifier.intake.headings import IGNORED, WINDOWS, tells_of_change, tense_of
from notifier.intake.notice.alignment import Alignment, Cells
from notifier.intake.notice.clock_columns import clock_columns
from notifier.intake.notice.columns import TIMES, Column, column_of, fits
from notifier.intake.notice.layouts import layouts_of
from notifier.intake.notice.pieces import Piece
from notifier.intake.notice.rows import Entry, Row
from notifier.intake.notice.table_forms import formed, with_numbers_named
from notifier.intake.notice.table_headings import is_end, is_heading_row
from notifier.intake.notice.table_layout import Grid, Layout, as_text
from notifier.intake.slips import Columns, Slip, slip_across
from notifier.intake.tables_beside import tables_beside
from notifier.intake.written_times import is_instant

_YEAR = re.compile(r"(?<!\d)(20\d\d)(?=年|[^\d]|$)")
_LIKE_A_DATE = re.compile(r"20\d\d\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}")
_PIECES = re.compile(r"[；;，,。\n]|(?<=\d)\s+(?=[^\d\s])")
_SERIAL_DAY = re.compile(r"[34567]\d{4}(?:\.\d+)?")
_PLAIN_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_DIGIT = re.compile(r"\d")
_LIKE_A_NUMBER = re.compile(r"\d|.地块$|.号地$")
_RANKS = {"new": 2, "": 1, "old": 0}
_LONGEST_WORD = 4  # characters
_COMPACT_TIMES = {len(text) for text in ("20310102", "203101021700", "20310102170000")}
_WRAPPED = re.compile(r'="(.*)"', re.DOTALL)
_LOST = "lost"  # the fault of a cell behind the end of its row
_IDENTITY = frozenset({"parcel_no", "parcel_name"})
_AMOUNTS = frozenset(field.name for field in PARCEL_FIELDS if field.is_number)
_FITTING = _AMOUNTS | TIMES | {"location"}
_NO_TIMES = _AMOUNTS | {"location", "district", "city", "use", "kind"}
_MAY_BE_LEFT_OUT = frozenset({"", IGNORED, "note", "contacts"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One row: values under their columns.

    `number` counts from 1 as a spreadsheet or an editor shows it; `sheet` if there are several;
    `year` that the title or the sheet's name gives, `city` that a line above or that name does;
    `order` of day and month that its dates show; `lines` of words around its table; `findings`
    of its cells; `shifted`: what shows that its values do not stand under theirs; `slip`: what
    makes that possible.
    """

    entries: tuple[Entry, ...]
    number: int
    sheet: str | None = None
    year: int | None = None
    city: str = ""
    order: DayOrder | None = None
    lines: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    shifted: str = ""
    slip: Slip | None = None

    @property
    def number_stated(self) -> str:
        """The parcel's number as its cell has it; empty if the row states none."""
        named = (entry for entry in self.entries if entry.column.field == "parcel_no")
        return next((entry.value.strip() for entry in named), "")


def unwrapped(text: str) -> str:
    """`="2026-01"` and `'2026-01` are what people write so that Excel leaves a value alone."""
    found = _WRAPPED.fullmatch(text)
    return found[1] if found else text.removeprefix("'") if len(text) > 1 else text


def read_sheet(
    grid: Grid, sheet: str | None = None, *, title: str = "", ragged: bool = False
) -> list[Record] | None:
    """The rows of a sheet below or beside their headings; None if it has no headings.

    `sheet` names it where there are several; `title`: its name, which may say the year.

    `ragged`: the file has no grid, and a row of another length than its headings lost or gained a
    cell.
    """
    parts = [formed(part, title) for part in tables_beside(grid, _holds_parcels)]
    read = [_read_table(part, sheet, title=title, ragged=ragged) for part in parts]
    found = [records for records in read if records is not None]
    return _of_all(found) if found else None


def _of_all(tables: Iterable[Iterable[Record]]) -> list[Record]:
    """Return the records of tables beside each other; a parcel of several is one record."""
    whole: list[Record] = []
    places: dict[str, int] = {}
    for table in tables:
        new: dict[str, int] = {}
        for record in table:
            number = record.number_stated
            at = places.get(number)
            if at is None:
                new.setdefault(number, len(whole))
                whole.append(record)
            else:
                entries = (*whole[at].entries, *record.entries)
                findings = (*whole[at].findings, *record.findings)
                whole[at] = replace(whole[at], entries=entries, findings=findings)
        new.pop("", None)
        places = new | places
    return whole


def _holds_parcels(grid: Grid) -> bool:
    return bool(_of_parcels(layouts_of(formed(grid, ""))))


def _read_table(grid: Grid, sheet: str | None, *, title: str, ragged: bool) -> list[Record] | None:
    """The records of a sheet, or of one of the tables that stand beside each other in it."""
    walk = _Sheet(sheet, ragged=ragged)
    plain = walk.without_struck(grid)
    walk.common = [entry for row in plain if _is_title(row) for entry in _labelled_times(row)]
    # where every value is bad the headings alone speak for a table, so that each row is told what
    # is wrong in it
    layouts = _of_parcels(layouts_of(plain)) or _of_parcels(layouts_of(plain, least=float("-inf")))
    if not layouts:
        plain = with_numbers_named(plain)
        layouts = _of_parcels(layouts_of(plain))
    records = [record for layout in layouts for record in walk.records(layout, plain)]
    if not layouts:
        # headings that slipped have lost the one of the numbers
        placed = [layout for layout in layouts_of(plain) if _is_of_places(layout)]
        records = [record for layout in placed for record in walk.records(layout, plain)]
        if not any(record.shifted for record in records):
            return None
    walk.report_remarks(plain, layouts)
    if records and tells_of_change(title):
        walk.report_title(title)
    year = _year_above(plain, title, records)
    lines = tuple(cell.text for row in plain if _is_title(row) for cell in row if cell.text)
    order = order_shown((cell.text for row in plain for cell in row), year)
    if year is not None or lines or order is not None:
        records = [replace(record, year=year, lines=lines, order=order) for record in records]
    records = _with_cities(records, plain, title)
    walk.report_hidden(plain)
    if records and walk.findings:
        records[0] = replace(records[0], findings=(*walk.findings, *records[0].findings))
    return records


def _with_cities(records: Sequence[Record], grid: Grid, title: str) -> list[Record]:
    """Return the records with the city that stands above them, or in a column of regions."""
    named = [_city_of(record) for record in records]
    if any(named):
        return list(_filled_down(records, named))
    regions = [_region_of(record) for record in records]
    if are_cities(regions):
        return [
            replace(record, city=region) for record, region in zip(records, regions, strict=True)
        ]
    cities = city_by_row(grid, title)
    return [replace(record, city=cities.get(record.number, "")) for record in records]


def _filled_down(records: Sequence[Record], named: Sequence[str]) -> Iterator[Record]:
    """Yield the records, each without a city with that of the row above it.

    Where a city is written again and again, a row without one lost it.
    """
    filled = list(filter(None, named))
    are_groups = len(filled) == len(set(filled))
    above = ""
    for record, city in zip(records, named, strict=True):
        above = city or above
        yield replace(record, city=above) if are_groups else record


def _city_of(record: Record) -> str:
    return _value_of(record, "city")


def _region_of(record: Record) -> str:
    return _value_of(record, "district")


def _value_of(record: Record, name: str) -> str:
    named = (entry.value for entry in record.entries if entry.column.field == name)
    return next(named, "").strip()


def _of_parcels(layouts: Iterable[Layout]) -> list[Layout]:
    return [
        layout
        for layout in layouts
        if _IDENTITY & {column.field for column in layout.columns}
        and (layout.name != "columns" or _has_numbers(layout))
    ]


def _has_numbers(layout: Layout) -> bool:
    """Return whether what has times beside a heading of numbers has figures, as a number does."""
    rows, _ = layout.read()
    numbers = [
        entry.value
        for row in rows
        if row.has(*TIMES)
        for entry in row.entries
        if entry.column.field == "parcel_no"
    ]
    return all(map(_LIKE_A_NUMBER.search, numbers))


def _is_of_places(layout: Layout) -> bool:
    fields = {column.field for column in layout.columns}
    return layout.name == "rows" and "location" in fields and len(fields & TIMES) > 1


def _year_above(grid: Grid, title: str, records: Sequence[Record]) -> int | None:
    """Return the one year that the sheet's name, its title and its headings give."""
    first = min((record.number for record in records), default=0)
    texts = [cell.text for row in grid for cell in row if (cell.place.row or 0) < first]
    years = set(_YEAR.findall(" ".join([title, *texts])))
    return int(years.pop()) if len(years) == 1 else None


@dataclass(slots=True)
class _Sheet:
    """The walk over one sheet, and what it found beside records."""

    name: str | None
    ragged: bool = field(kw_only=True)
    findings: list[Finding] = field(default_factory=list)
    common: Sequence[Entry] = ()  # times that a line of its own states for the rows below it
    used: set[int | None] = field(default_factory=set)  # the rows of those that a parcel took

    def without_struck(self, grid: Grid) -> list[list[Cell]]:
        """Return the grid without wrapping, struck-out values, and rows that are struck out."""
        rows = []
        for row in grid:
            own = [cell for cell in row if cell.own and cell.text.strip()]
            if own and all(cell.struck for cell in own):
                text = " ".join(cell.text for cell in own)
                self._report(Code.STRUCK_OUT_TEXT, own[0].place, text=text[:80])
                continue
            rows.append([_usable(cell) if _is_odd(cell) else cell for cell in row])
        return list(_with_days(rows))

    def report_hidden(self, grid: Grid) -> None:
        cells = [cell for row in grid for cell in row if cell.hidden and cell.text]
        if cells:
            rows = dict.fromkeys(
                str(cell.place.row) for cell in cells if cell.place.row is not None
            )
            self._report(Code.HIDDEN_CELLS, cells[0].place, rows="、".join([*rows][:10]))

    def report_remarks(self, grid: Grid, layouts: Sequence[Layout]) -> None:
        """Report what rows outside the tables, and titles, say of times that may not hold."""
        inside = {number for layout in layouts for number in range(layout.begin, layout.end)}
        titles = {layout.begin for layout in layouts if _is_title(grid[layout.begin])}
        beside = [row for number, row in enumerate(grid) if number not in inside - titles]
        timed = {entry.place.row for entry in self.common} - self.used
        for paragraph in as_text(beside):
            is_said = _SAYS_DEADLINE.search(paragraph.text) is not None
            is_said = is_said and paragraph.place.row not in self.used
            if paragraph.place.row in timed or is_said:
                self._report(Code.TIME_WITHOUT_LABEL, paragraph.place, text=paragraph.text[:80])
            elif tells_of_change(paragraph.text):
                self._report(Code.REMARK_ON_TIMES, paragraph.place, text=paragraph.text[:80])

    def report_title(self, title: str) -> None:
        """Report the name of a sheet of parcels that may no longer be offered: 作废."""
        self._report(Code.REMARK_ON_TIMES, Place(), text=title[:80])

    def _report_headings(self, columns: Sequence[Column]) -> None:
        """Report each heading of times that may hold no longer, where no other has those that do.

        `原报名截止时间` alone, `报名截止时间(已延期)`.
        """
        named = [(column, *tense_of(column.heading)) for column in columns]
        fields = [column_of(bare).field if tense else column.field for column, tense, bare in named]
        holding = {
            known for known, (_, tense, _) in zip(fields, named, strict=True) if tense != "old"
        }
        for known, (column, tense, _) in zip(fields, named, strict=True):
            is_past = tense == "old" and known not in holding
            if known in TIMES and (is_past or (not tense and tells_of_change(column.heading))):
                place = Place(column=column.heading, sheet=self.name)
                code, text = Code.REMARK_ON_TIMES, column.heading[:80]
                self.findings.append(_finding(code, Severity.WARNING, known, place, text=text))

    def _report_empty(self, rows: Sequence[Row]) -> None:
        """Report the times that a row leaves empty and another row, filled like it, has."""
        filled = [
            frozenset(
                entry.column.field
                for entry in row.entries
                if entry.column.field in TIMES and not entry.blank
            )
            for row in rows
        ]
        forms = Counter(filled).most_common()
        lacks = {
            form: next((fuller - form for fuller, _ in forms if fuller > form), frozenset())
            for form, _ in forms
            if form
        }
        lacking: dict[str, list[Row]] = {}
        for row, form in zip(rows, filled, strict=True):
            if row.has(*_IDENTITY):
                for known in sorted(lacks.get(form, ())):
                    lacking.setdefault(known, []).append(row)
        is_turned = len({row.entries[0].place.row for row in rows if row.entries}) < len(filled)
        for known, empty in lacking.items():
            first = None if is_turned else empty[0].entries[0].place.row or 0
            place = Place(row=first, sheet=self.name)
            words = "、".join(_called(row, is_turned=is_turned) for row in empty[:10])
            code = Code.TIME_CELLS_EMPTY
            self.findings.append(_finding(code, Severity.WARNING, known, place, rows=words))

    def records(self, layout: Layout, plain: Grid) -> Iterator[Record]:
        """Yield the records of one table of the sheet."""
        rows, text = layout.read()
        common = [self._common_of(row) if layout.name == "rows" else () for row in rows]
        self.used |= {entry.place.row for entries in common for entry in entries}
        for paragraph in text:
            if paragraph.place.row in self.used:
                continue
            if _LIKE_A_DATE.search(paragraph.text):
                self._report(Code.TIME_WITHOUT_LABEL, paragraph.place, text=paragraph.text[:80])
            elif tells_of_change(paragraph.text):
                self._report(Code.REMARK_ON_TIMES, paragraph.place, text=paragraph.text[:80])
        self._report_empty(rows)
        self._report_headings(layout.columns)
        title = _title_of(layout.columns)
        headed = [column for column in layout.columns if column.heading not in ("", title)]
        has_tenses = any(tense_of(column.heading)[0] for column in layout.columns)
        tables = _Tables(rows)
        across = (
            slip_across(rows)
            if layout.name == "columns"
            else _torn(layout, rows, plain) or _pushed_down(layout, rows, plain)
        ) or _hours_lost(rows)
        reaches_down: Slip | None = None  # of a shifted row: what it merges with the row below
        for row, above in zip(rows, common, strict=True):
            entries = tuple(entry for entry in row.entries if not entry.blank)
            if not entries:
                continue
            if _is_remark(entries):
                words = " ".join(entry.value for entry in entries)
                self._report(Code.REMARK_ON_TIMES, entries[0].place, text=words[:80])
                continue
            number = entries[0].place.row or 0
            shifted = self._shift(entries, headed)
            carried = reaches_down if any(not cell.own for cell in row.line) else None
            reaches_down = _uncertain(shifted) if shifted else carried
            slip = (
                None if shifted else carried or across or _of_another(entries) or tables.slip(row)
            )
            if slip is not None and slip.certain:
                shifted, slip = slip.text, None
            entries = (*(_that_stand(entries) if has_tenses else entries), *above)
            findings = tuple(self._of_cells(entries))
            yield Record(
                entries=entries,
                number=number,
                sheet=self.name,
                findings=findings,
                shifted=shifted,
                slip=slip,
            )

    def _common_of(self, row: Row) -> tuple[Entry, ...]:
        """The times of the lines above a row that it does not state itself."""
        if not self.common or not row.has(*_IDENTITY):
            return ()
        number = row.entries[0].place.row or 0
        own = {entry.column.field for entry in row.entries if not entry.blank}
        own |= {end for window in own & WINDOWS.keys() for end in WINDOWS[window]}
        above = {
            entry.column.field: entry
            for entry in self.common
            if (entry.place.row or 0) < number and not own & _fields_meant(entry)
        }
        return tuple(above.values())

    def _of_cells(self, entries: Sequence[Entry]) -> Iterator[Finding]:
        for entry in entries:
            known = entry.column.field
            place = Place(row=entry.place.row, column=entry.column.heading or None, sheet=self.name)
            if entry.struck and not entry.value:
                continue  # said by the reader of its file
            if entry.struck:
                yield _finding(
                    Code.STRUCK_OUT_TEXT, Severity.WARNING, known, place, text=entry.value[:80]
                )
            elif entry.fault not in ("", _LOST) and known not in ("", IGNORED):
                column = entry.column.heading[:60]
                yield _finding(
                    Code.CELL_WITHOUT_VALUE,
                    Severity.ERROR,
                    known,
                    place,
                    text=entry.fault,
                    column=column,
                )
            elif not entry.column.heading and not self.ragged and _LIKE_A_DATE.search(entry.value):
                yield _finding(
                    Code.TIME_WITHOUT_LABEL, Severity.WARNING, "", place, text=entry.value[:80]
                )

    def _shift(self, entries: Sequence[Entry], columns: Sequence[Column]) -> str:
        """Return what shows that the values of a row do not stand under their headings.

        Empty if nothing does.
        """
        lost = [
            entry
            for entry in entries
            if entry.fault == _LOST and entry.column.field not in _MAY_BE_LEFT_OUT
        ]
        if lost:
            return lost[0].column.heading
        filled = [
            entry for entry in entries if entry.value and not entry.fault and not entry.struck
        ]
        loose = [entry.value for entry in filled if entry.column not in columns]
        if loose and (self.ragged or any(map(is_instant, loose))):
            return loose[0]
        misfits = [entry for entry in filled if not _is_put_off(entry.value) and _stands_ill(entry)]
        timed = [
            entry
            for entry in misfits
            if entry.column.field in _NO_TIMES and is_instant(entry.value)
        ]
        if timed or len({entry.value for entry in misfits}) > 1:
            return (timed or misfits)[0].value
        return misfits[0].value if misfits and _fit_otherwise(filled, columns) else ""

    def _report(self, code: Code, place: Place, **params: str) -> None:
        at = Place(row=place.row, sheet=self.name)
        self.findings.append(_finding(code, Severity.WARNING, "", at, **params))


def _called(row: Row, *, is_turned: bool) -> str:
    """The number of a row, or of the parcel where each has a column: all stand in one row then."""
    if not is_turned:
        return str(row.entries[0].place.row or 0)
    return next(entry.value for entry in row.entries if entry.column.field in _IDENTITY)


def _that_stand(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The entries, where of several times for one thing that of `变更后…` is before `原…`."""
    read = [_by_tense(entry) for entry in entries]
    best: dict[str, int] = {}
    for entry, tense in read:
        known = entry.column.field
        if known in TIMES and entry.value.strip():
            best[known] = max(best.get(known, 0), _RANKS[tense])
    return tuple(
        entry
        if _RANKS[tense] >= best.get(entry.column.field, 0)
        else replace(entry, column=Column(entry.column.heading, IGNORED))
        for entry, tense in read
    )


def _by_tense(entry: Entry) -> tuple[Entry, str]:
    """An entry under the field of a heading of times that says `new` or `old`, and which."""
    tense, bare = tense_of(entry.column.heading)
    known = column_of(bare).field if tense else ""
    if known not in TIMES:
        return entry, ""
    return replace(entry, column=Column(entry.column.heading, known)), tense


_SENTENCE = re.compile(
    r"\s*(?:(?:本批|本次|以上|以下|上述|各|所有|全部)*(?:地块|宗地)的?)?"
    r"([^\d:：]{2,15}?)(?:统一|均|都)?(?:[定为]?为|是|于)\s*(\d.*)"
)
# words of a deadline right before a day, which a line says beside the table
_SAYS_DEADLINE = re.compile(
    r"(?:报名|申请|保证金|挂牌|报价|拍卖|竞价|竞拍|截止)(?!公告)[^\d，,；;。(（]{0,12}"
    r"(?:20\d\d\s*[-/.年]\s*)?\d{1,2}\s*[-/.月]\s*\d{1,2}(?!\d)"
)


def _label_and_time(text: str) -> tuple[str, str]:
    """Part `报名截止：2031-01-02 17:00`, or `各地块报名截止时间统一为2031-01-02 17:00`."""
    sentence = _SENTENCE.fullmatch(text)
    if sentence is not None:
        return sentence[1], sentence[2]
    label, _, value = text.replace("：", ":").partition(":")
    return label, value


def _labelled_times(row: Sequence[Cell]) -> Iterator[Entry]:
    """The times in a line of its own: `报名截止时间：2031-01-02 17:00`."""
    for cell in row:
        for piece in _PIECES.split(cell.text) if cell.own else ():
            label, value = _label_and_time(piece)
            column = column_of(label.strip())
            is_time = is_instant(value) or ends_of_range(value) is not None
            if column.field in TIMES and is_time:
                yield Entry(column=column, value=value.strip(), place=cell.place)


def _fields_meant(entry: Entry) -> set[str]:
    known = entry.column.field
    return {known, *WINDOWS.get(known, ())}


def _is_title(row: Sequence[Cell]) -> bool:
    return sum(cell.own and bool(cell.text.strip()) for cell in row) == 1


def _is_remark(entries: Sequence[Entry]) -> bool:
    """Return whether a row is no parcel but words such as a legend: 红色：已终止."""
    return (
        all(not _DIGIT.search(entry.value) and not entry.struck for entry in entries)
        and not any(entry.column.field in TIMES | _AMOUNTS for entry in entries)
        and any(tells_of_change(entry.value) for entry in entries)
    )


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
        if cell.fault == _LOST
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
        fields = TIMES if known in _IDENTITY else TIMES & {known}
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


def _title_of(columns: Sequence[Column]) -> str:
    """The title that stands over all columns: nothing more is over one without a heading."""
    headings = [column.heading for column in columns]
    title = next((column.heading for column in columns if not column.field), "")
    goes_on = sum(heading != title and heading.startswith(title) for heading in headings)
    return title if goes_on > 2 and goes_on * 2 > len(headings) else ""


class _Tables:
    """The rows of a layout by the columns that they stand under: side by side may be several."""

    def __init__(self, rows: Sequence[Row]) -> None:
        lines: dict[int, list[Sequence[Cell]]] = {}
        for row in rows:
            if row.columns:
                lines.setdefault(id(row.columns), []).append(row.line)
        self._columns = {
            id(row.columns): Columns(row.columns, lines[id(row.columns)])
            for row in _first_of_each(rows)
        }

    def slip(self, row: Row) -> Slip | None:
        columns = self._columns.get(id(row.columns))
        return columns.slip(row.line) if columns is not None else None


def _first_of_each(rows: Sequence[Row]) -> Iterable[Row]:
    return {id(row.columns): row for row in rows if row.columns}.values()


def _finding(code: Code, severity: Severity, known: str, place: Place, **params: str) -> Finding:
    return Finding(code=code, severity=severity, field=known, place=place, params=params)


def _is_odd(cell: Cell) -> bool:
    return cell.struck or cell.missing or cell.text[:1] in ("'", "=")


def _usable(cell: Cell) -> Cell:
    if cell.missing:
        return replace(cell, missing=False, fault=_LOST)
    return replace(cell, text=unwrapped(cell.text))


def _with_days(rows: Sequence[Sequence[Cell]]) -> Iterator[list[Cell]]:
    """Yield the rows with what Excel counts as days turned into dates.

    Below and beside headings of times.
    """
    timed: set[int] = set()
    for row in rows:
        beside = next((cell.text for cell in row[:2] if cell.text), "")
        if is_heading_row(row):
            timed = {at for at, cell in enumerate(row) if _is_of_times(cell.text)}
            timed |= _beside(timed, row)
        elif all(not cell.text or is_end(cell.text) for cell in row):
            timed |= {at for at, cell in enumerate(row) if cell.text}
        elif not _DIGIT.search(beside) and _is_of_times(beside):
            yield [_with_day(cell) for cell in row]
            continue
        yield [_with_day(cell) if at in timed else cell for at, cell in enumerate(row)]


def _beside(timed: Set[int], row: Sequence[Cell]) -> set[int]:
    """The columns without a heading behind one of times: a row that slipped ends there."""
    first = min(timed, default=len(row))
    return {at for at, cell in enumerate(row) if at > first and not cell.text.strip()}


def _is_of_times(heading: str) -> bool:
    return column_of(heading).field in TIMES


def _with_day(cell: Cell) -> Cell:
    if not _SERIAL_DAY.fullmatch(cell.text):
        return cell
    return replace(cell, text=time_of_serial(float(cell.text)) or cell.text)


def _is_put_off(text: str) -> bool:
    """Return whether a word stands for a value that is still to come: 待定, 另行通知."""
    return len(text) <= _LONGEST_WORD and not _DIGIT.search(text)


def _stands_ill(entry: Entry) -> bool:
    known = entry.column.field
    if known in TIMES:
        return fits(entry.column, entry.value) is None and times_of(entry.value) is None
    if known in _AMOUNTS and _PLAIN_NUMBER.fullmatch(entry.value):
        return False
    if known in _FITTING:
        return fits(entry.column, entry.value) is None
    return (
        known in _NO_TIMES
        and _LIKE_A_DATE.match(entry.value) is not None
        and is_instant(entry.value)
    )


def _fit_otherwise(entries: Sequence[Entry], columns: Sequence[Column]) -> bool:
    """Return whether the values of a row all fit, in order, under other columns than theirs."""
    pieces = [Piece(text=entry.value, place=entry.place, apart=True) for entry in entries]
    return bool(Alignment(Cells(pieces), columns).placed(len(pieces)))


@dataclass(slots=True)
class Ragged:
    """The rows of a text file, as long as they are; `grid` makes them as wide as the longest."""

    rows: list[tuple[int, list[str]]] = field(default_factory=list)

    def grid(self, most: int) -> list[list[Cell]]:
        width = max((len(cells) for _, cells in self.rows), default=0)
        if width > most:
            raise IntakeError(f"more than {most} columns")
        filled = [
            (number, cells) for number, cells in self.rows if any(cell.strip() for cell in cells)
        ]
        return [_padded(cells, width, Place(row=number)) for number, cells in filled]


def _padded(cells: Sequence[str], width: int, place: Place) -> list[Cell]:
    row = [Cell(text=text, place=place) for text in cells]
    return row + [Cell(text="", missing=True, place=place)] * (width - len(cells))
