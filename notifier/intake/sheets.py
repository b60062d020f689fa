"""Sheets of records: which rows are parcels, and what a row hides, strikes out or lost."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from notifier.domain.findings import Code
from notifier.domain.values import Finding, Place, Severity
from notifier.intake.documents import Cell, Paragraph
from notifier.intake.headings import IGNORED, tells_of_change, tense_of
from notifier.intake.notice.columns import TIMES, Column, column_of
from notifier.intake.notice.layouts import layouts_of
from notifier.intake.notice.rows import Entry, Row
from notifier.intake.notice.table_forms import formed, with_numbers_named
from notifier.intake.notice.table_layout import NAMES, Grid, Layout
from notifier.intake.record import Record
from notifier.intake.sheet_cells import LOST, usable
from notifier.intake.sheet_lines import LIKE_A_DATE, Remark, SheetLines
from notifier.intake.slip_signs import AMOUNTS, SlipSigns
from notifier.intake.tables_beside import tables_beside

_DIGIT = re.compile(r"\d")
_LIKE_A_NUMBER = re.compile(r"\d|.地块$|.号地$")
_LABELLED = re.compile(r"\s*([^\d:：]{1,8})[:：]")
_RANKS = {"new": 2, "": 1, "old": 0}


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
            number = record.stated("parcel_no")
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
    plain = usable(walk.without_struck(grid))
    # where every value is bad the headings alone speak for a table, so that each row is told what
    # is wrong in it
    layouts = _of_parcels(layouts_of(plain)) or _of_parcels(layouts_of(plain, least=float("-inf")))
    if not layouts:
        plain = with_numbers_named(plain)
        layouts = _of_parcels(layouts_of(plain))
    lines = SheetLines(plain, title)
    records = [record for layout in layouts for record in walk.records(layout, plain, lines)]
    if not layouts:
        # headings that slipped have lost the one of the numbers
        placed = [layout for layout in layouts_of(plain) if _is_of_places(layout)]
        records = [record for layout in placed for record in walk.records(layout, plain, lines)]
        if not any(record.shifted for record in records):
            return None
    walk.report_remarks(lines.remarks_around(layouts))
    if records and tells_of_change(title):  # parcels that may no longer be offered: 作废
        walk.report_remarks([(Code.REMARK_ON_TIMES, Place(), title)])
    records = lines.told(records)
    walk.report_hidden(plain)
    if records and walk.findings:
        records[0] = replace(records[0], findings=(*walk.findings, *records[0].findings))
    return records


def _of_parcels(layouts: Iterable[Layout]) -> list[Layout]:
    return [
        layout
        for layout in layouts
        if NAMES & {column.field for column in layout.columns}
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


@dataclass(slots=True)
class _Sheet:
    """The walk over one sheet, and what it found beside records."""

    name: str | None
    ragged: bool = field(kw_only=True)
    findings: list[Finding] = field(default_factory=list)

    def without_struck(self, grid: Grid) -> list[Sequence[Cell]]:
        """Return the grid without rows that are struck out."""
        rows: list[Sequence[Cell]] = []
        for row in grid:
            own = [cell for cell in row if cell.own and cell.text.strip()]
            if own and all(cell.struck for cell in own):
                text = " ".join(cell.text for cell in own)
                self._report(Code.STRUCK_OUT_TEXT, own[0].place, text=text[:80])
                continue
            rows.append(row)
        return rows

    def report_hidden(self, grid: Grid) -> None:
        cells = [cell for row in grid for cell in row if cell.hidden and cell.text]
        if cells:
            rows = dict.fromkeys(
                str(cell.place.row) for cell in cells if cell.place.row is not None
            )
            self._report(Code.HIDDEN_CELLS, cells[0].place, rows="、".join([*rows][:10]))

    def report_remarks(self, remarks: Iterable[Remark]) -> None:
        for code, place, text in remarks:
            self._report(code, place, text=text[:80])

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
            if row.has(*NAMES):
                for known in sorted(lacks.get(form, ())):
                    lacking.setdefault(known, []).append(row)
        is_turned = len({row.entries[0].place.row for row in rows if row.entries}) < len(filled)
        for known, empty in lacking.items():
            first = None if is_turned else empty[0].entries[0].place.row or 0
            place = Place(row=first, sheet=self.name)
            words = "、".join(_called(row, is_turned=is_turned) for row in empty[:10])
            code = Code.TIME_CELLS_EMPTY
            self.findings.append(_finding(code, Severity.WARNING, known, place, rows=words))

    def records(self, layout: Layout, plain: Grid, lines: SheetLines) -> Iterator[Record]:
        """Yield the records of one table of the sheet."""
        rows, text = layout.read()
        signed = [row for row in rows if row.line and _is_signed(row)]
        rows = [row for row in rows if row not in signed] if signed else rows
        text = [*text, *map(_as_line, signed)]
        above = [lines.times_above(row) if layout.name == "rows" else () for row in rows]
        self.report_remarks(lines.remarks_within(text))
        self._report_empty(rows)
        self._report_headings(layout.columns)
        has_tenses = any(tense_of(column.heading)[0] for column in layout.columns)
        signs = SlipSigns(layout, rows, plain, ragged=self.ragged)
        for row, times in zip(rows, above, strict=True):
            entries = tuple(entry for entry in row.entries if not entry.blank)
            if not entries:
                continue
            if _is_remark(entries):
                words = " ".join(entry.value for entry in entries)
                self._report(Code.REMARK_ON_TIMES, entries[0].place, text=words[:80])
                continue
            shifted, slip = signs.of_row(row, entries)
            entries = (*(_that_stand(entries) if has_tenses else entries), *times)
            findings = tuple(self._of_cells(entries))
            yield Record(
                entries=entries,
                number=entries[0].place.row or 0,
                sheet=self.name,
                findings=findings,
                shifted=shifted,
                slip=slip,
            )

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
            elif entry.fault not in ("", LOST) and known not in ("", IGNORED):
                column = entry.column.heading[:60]
                yield _finding(
                    Code.CELL_WITHOUT_VALUE,
                    Severity.ERROR,
                    known,
                    place,
                    text=entry.fault,
                    column=column,
                )
            elif entry.other and known in TIMES and not _is_whole_beside(entry, entries):
                code, text = Code.CELL_SHOWS_ANOTHER, entry.value[:40]
                yield _finding(
                    code, Severity.WARNING, known, place, text=text, other=entry.other[:40]
                )
            elif not entry.column.heading and not self.ragged and LIKE_A_DATE.search(entry.value):
                yield _finding(
                    Code.TIME_WITHOUT_LABEL, Severity.WARNING, "", place, text=entry.value[:80]
                )

    def _report(self, code: Code, place: Place, **params: str) -> None:
        at = Place(row=place.row, sheet=self.name)
        self.findings.append(_finding(code, Severity.WARNING, "", at, **params))


def _called(row: Row, *, is_turned: bool) -> str:
    """The number of a row, or of the parcel where each has a column: all stand in one row then."""
    if not is_turned:
        return str(row.entries[0].place.row or 0)
    return next(entry.value for entry in row.entries if entry.column.field in NAMES)


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


def _is_whole_beside(entry: Entry, entries: Sequence[Entry]) -> bool:
    """Return whether a cell beside shows the whole time, as one column its day, one its hour."""
    return any(
        beside.column.field == entry.column.field
        and beside.value == entry.value
        and not beside.other
        for beside in entries
    )


def _is_signed(row: Row) -> bool:
    """Return whether a row is no parcel but whose table it is: 制表：张三, 日期：2031-01-02."""
    labels = [
        found[1] if (found := _LABELLED.match(entry.value)) else ""
        for entry in row.entries
        if entry.value.strip() and not entry.blank
    ]
    return len(labels) > 1 and all(
        label and column_of(label).field not in NAMES | TIMES for label in labels
    )


def _as_line(row: Row) -> Paragraph:
    own = [entry.value for entry in row.entries if not entry.blank]
    return Paragraph(text=" ".join(own), place=row.place)


def _is_remark(entries: Sequence[Entry]) -> bool:
    """Return whether a row is no parcel but words such as a legend: 红色：已终止."""
    return (
        all(not _DIGIT.search(entry.value) and not entry.struck for entry in entries)
        and not any(entry.column.field in TIMES | AMOUNTS for entry in entries)
        and any(tells_of_change(entry.value) for entry in entries)
    )


def _finding(code: Code, severity: Severity, known: str, place: Place, **params: str) -> Finding:
    return Finding(code=code, severity=severity, field=known, place=place, params=params)
