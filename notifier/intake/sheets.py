"""Sheets of records: which rows are headings, which are parcels, and what a row hides, strikes out or lost."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from notifier.domain.findings import Code
from notifier.domain.values import PARCEL_FIELDS, Finding, Place, Severity
from notifier.errors import IntakeError, TimeNotUnderstood
from notifier.intake.documents import Cell
from notifier.intake.headings import IGNORED, WINDOWS, field_of, squash_heading
from notifier.intake.times import read_instant

Grid = Sequence[Sequence[Cell]]

_HEADER_SEARCH = 20  # rows; titles and notes stand above the headings
_FEWEST_KNOWN = 3
_END = re.compile(r"(?:开始|起始|起|截止|截至|结束|终止|止)(?:时间|日期)?|open|close")
_TOTAL = re.compile(r"(?:合|小|总|共)\s*计")
_YEAR = re.compile(r"(?<!\d)(20\d\d)(?=年|[^\d]|$)")
_LIKE_A_DATE = re.compile(r"20\d\d\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}")
_FIGURE = re.compile(r"[\d零壹-玖]")
_WRAPPED = re.compile(r'="(.*)"', re.DOTALL)
_IDENTITY = frozenset({"parcel_no", "parcel_name"})
_AMOUNTS = frozenset(field.name for field in PARCEL_FIELDS if field.is_number)
_NO_TIMES = _AMOUNTS | {"location", "district", "city", "use", "far", "kind"}
_MAY_BE_LEFT_OUT = frozenset({None, IGNORED, "note", "contacts"})
_EMPTY = frozenset({"", "-", "--", "—", "/", "无"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One row. `number` counts from 1 as a spreadsheet or an editor shows it; `sheet` if there are several; `year` that
    the title or the sheet's name gives; `findings` of its cells; `shifted`: its values do not stand under theirs."""

    values: Mapping[str, str]
    number: int
    sheet: str | None = None
    year: int | None = None
    findings: tuple[Finding, ...] = ()
    shifted: str = ""


def unwrapped(text: str) -> str:
    """`="2026-01"` and `'2026-01` are what people write so that Excel leaves a value alone."""
    found = _WRAPPED.fullmatch(text)
    return found[1] if found else text.removeprefix("'") if len(text) > 1 else text


def _unwrapped(cell: Cell) -> Cell:
    return replace(cell, text=unwrapped(cell.text)) if cell.text[:1] in ("'", "=") else cell


def read_sheet(grid: Grid, sheet: str | None = None, *, ragged: bool = False) -> list[Record] | None:
    """The rows of a sheet below their headings; None if none of its rows, and no column, holds headings.

    `ragged`: the file has no grid, and a row of another length than its headings lost or gained a cell.
    """
    plain = [[_unwrapped(cell) for cell in row] for row in grid]
    begin = find_header(plain)
    if begin is None:
        turned = _turned(plain)
        if turned is None:
            return None
        plain, begin, ragged = turned, 0, False
    return list(_Sheet(plain, sheet, ragged=ragged).records(begin))


def find_header(grid: Grid) -> int | None:
    """The first row with a parcel's number (or name) and more known headings."""
    return next((number for number, row in enumerate(grid[:_HEADER_SEARCH]) if _holds_headings(row)), None)


def _fields(row: Sequence[Cell]) -> set[str]:
    return {known for cell in row if (known := field_of(cell.text)) is not None}


def _holds_headings(row: Sequence[Cell]) -> bool:
    fields = _fields(row)
    return bool(fields & _IDENTITY) and len(fields - {IGNORED}) > 1


def _is_another_header(row: Sequence[Cell]) -> bool:
    """Whether a row among the values holds the headings of a second table."""
    known = sum(field_of(cell.text) is not None for cell in row)
    if known < _FEWEST_KNOWN or known * 10 < sum(bool(cell.text.strip()) for cell in row) * 6:
        return False
    return _holds_headings(row)


def _turned(grid: Grid) -> list[list[Cell]] | None:
    """The sheet with its columns as rows, if its first column that holds text is headings."""
    columns = [list(cells) for cells in zip(*grid, strict=True)] if grid else []
    begin = next((number for number, cells in enumerate(columns[:3]) if any(cell.text for cell in cells)), None)
    if begin is None or not _is_another_header(columns[begin]):
        return None
    return columns[begin:]


class _Sheet:
    """The walk over the rows of one sheet."""

    def __init__(self, grid: Grid, sheet: str | None, *, ragged: bool) -> None:
        self.grid, self.sheet, self.ragged = grid, sheet, ragged
        self.headings: list[str] = []
        self._no_times: list[str] = []
        self._amounts: list[str] = []
        self.year: int | None = None
        self._loose: list[Finding] = []  # of rows that are no records: told with the next one

    def records(self, begin: int) -> Iterator[Record]:
        above = " ".join(cell.text for row in self.grid[:begin] for cell in row)
        years = set(_YEAR.findall(f"{self.sheet or ''} {above}"))
        self.year = int(years.pop()) if len(years) == 1 else None
        found: Record | None = None
        at = begin
        while at < len(self.grid):
            row = self.grid[at]
            if at == begin or _is_another_header(row):
                at = self._take_headings(at)
                continue
            record = self._record(row)
            at += 1
            if record is not None:
                if found is not None:
                    yield found
                found = replace(record, findings=(*self._loose, *record.findings))
                self._loose = []
        if found is not None:
            yield replace(found, findings=(*found.findings, *self._loose, *self._hidden()))

    def _hidden(self) -> Iterator[Finding]:
        cells = [cell for row in self.grid for cell in row if cell.hidden and cell.text]
        if cells:
            rows = dict.fromkeys(str(cell.place.row) for cell in cells if cell.place.row is not None)
            place = Place(sheet=self.sheet, row=cells[0].place.row, column=cells[0].place.column)
            params = {"rows": "、".join([*rows][:10])}
            yield Finding(code=Code.HIDDEN_CELLS, severity=Severity.WARNING, place=place, params=params)

    # headings

    def _take_headings(self, at: int) -> int:
        """The headings that begin in row `at`, perhaps in two rows; the first row below them."""
        row = self.grid[at]
        below = self.grid[at + 1] if at + 1 < len(self.grid) else []
        if not _stands_below(row, below):
            self._know([cell.text.strip() for cell in row])
            return at + 1
        upper, texts = "", []
        for top, cell in zip(row, below, strict=True):
            upper = top.text.strip() or (upper if cell.text.strip() else "")
            texts.append(_joined(upper, cell.text.strip() if cell.own or cell.text != top.text else ""))
        self._know(texts)
        return at + 2

    def _know(self, texts: Sequence[str]) -> None:
        self.headings = _told_apart(texts)
        self._no_times = [heading for heading in self.headings if heading and field_of(heading) in _NO_TIMES]
        self._amounts = [heading for heading in self._no_times if field_of(heading) in _AMOUNTS]

    # rows

    def _record(self, row: Sequence[Cell]) -> Record | None:
        """None for a row that is no record: empty, a title, a total, struck out."""
        shown = [cell for cell in row if cell.text.strip()]
        if not shown and not any(cell.fault for cell in row):
            return None
        number = row[0].place.row or 0
        place = Place(row=number, sheet=self.sheet)
        if shown and (_TOTAL.match(shown[0].text) or self._is_title(row, shown)):
            text = shown[0].text
            if _LIKE_A_DATE.search(text):
                self._say(Code.TIME_WITHOUT_LABEL, Severity.WARNING, place, text=text[:80])
            return None
        if shown and all(cell.struck for cell in shown if cell.own):
            text = " ".join(cell.text for cell in shown)
            self._say(Code.STRUCK_OUT_TEXT, Severity.WARNING, place, text=text[:80])
            return None
        values: dict[str, str] = {}
        findings: list[Finding] = []
        for heading, cell in zip(self.headings, row, strict=False):
            if heading:
                values[heading] = "" if cell.struck else cell.text.strip()
                if cell.struck or cell.fault:
                    findings += self._of_cell(heading, cell, number)
        loose = [cell.text for cell in row[len(self.headings) :] if cell.text.strip()]
        loose += [cell.text for heading, cell in zip(self.headings, row, strict=False) if not heading and cell.text]
        if not self.ragged:
            dated = [text for text in loose if _LIKE_A_DATE.search(text)]
            params = {"text": "、".join(dated)[:80]}
            if dated:
                findings.append(
                    Finding(code=Code.TIME_WITHOUT_LABEL, severity=Severity.WARNING, place=place, params=params)
                )
        shifted = self._shifted(row, values, loose)
        return Record(
            values=values, number=number, sheet=self.sheet, year=self.year, findings=tuple(findings), shifted=shifted
        )

    def _is_title(self, row: Sequence[Cell], shown: Sequence[Cell]) -> bool:
        """Whether a row says one thing over the whole sheet: a title, a note. A number alone is a record."""
        if len({cell.text for cell in shown}) > 1 or len(self.headings) < _FEWEST_KNOWN:
            return False
        at = next(number for number, cell in enumerate(row) if cell.text.strip())
        under = field_of(self.headings[at]) if at < len(self.headings) else None
        text = shown[0].text
        return len(shown) > 1 or under not in _IDENTITY or "。" in text or not re.search(r"\d", text)

    def _of_cell(self, heading: str, cell: Cell, number: int) -> Iterator[Finding]:
        place = Place(row=number, column=heading, sheet=self.sheet)
        known = field_of(heading)
        if cell.struck and cell.text:
            yield Finding(
                code=Code.STRUCK_OUT_TEXT,
                severity=Severity.WARNING,
                field=known or "",
                place=place,
                params={"text": cell.text[:80]},
            )
        if cell.fault and known not in (None, IGNORED):
            yield Finding(
                code=Code.CELL_WITHOUT_VALUE,
                severity=Severity.ERROR,
                field=known or "",
                place=place,
                params={"text": cell.fault, "column": heading[:60]},
            )

    def _shifted(self, row: Sequence[Cell], values: Mapping[str, str], loose: Sequence[str]) -> str:
        """What shows that the values of a row do not stand under their headings; empty if nothing does."""
        if self.ragged:
            if loose:
                return loose[0]
            lost = [heading for heading, cell in zip(self.headings, row, strict=False) if cell.missing]
            if any(field_of(heading) not in _MAY_BE_LEFT_OUT for heading in lost):
                return lost[0]
        texts = [values[heading] for heading in self._no_times]
        timed = next((text for text in texts if _is_time(text)), "")
        words = [
            text for heading in self._amounts if (text := values[heading]) not in _EMPTY and not _FIGURE.search(text)
        ]
        return timed or (words[0] if len(words) > 1 else "")

    def _say(self, code: Code, severity: Severity, place: Place, **params: str) -> None:
        self._loose.append(Finding(code=code, severity=severity, place=place, params=params))


def _is_time(text: str) -> bool:
    if not _LIKE_A_DATE.match(text):
        return False
    try:
        read_instant(text)
    except TimeNotUnderstood:
        return False
    return True


def _stands_below(row: Sequence[Cell], below: Sequence[Cell]) -> bool:
    """Whether `below` is a second row of headings: `开始 | 截止` below `报名`, or what a heading is parted into."""
    own = [
        cell.text.strip()
        for top, cell in zip(row, below, strict=False)
        if cell.text.strip() and (cell.own or cell.text != top.text)
    ]
    ends = sum(_is_end(text) for text in own)
    known = sum(field_of(text) is not None or _is_end(text) for text in own)
    parted = ends or any(not top.text.strip() or not top.own for top in row)
    return bool(own) and known == len(own) and bool(parted) and not any(re.search(r"\d", text) for text in own)


def _is_end(text: str) -> bool:
    return _END.fullmatch(squash_heading(text)) is not None


def _joined(upper: str, lower: str) -> str:
    """One heading of two that stand above each other."""
    if not lower or lower == upper:
        return upper
    if field_of(upper) in WINDOWS and _is_end(lower):
        opens = re.match(r"开|起|open", squash_heading(lower)) is not None
        base = upper if field_of(f"{upper}{lower}") is not None else WINDOWS[str(field_of(upper))][0 if opens else 1]
        return f"{base}{lower}" if base == upper else base
    whole = f"{upper}{lower}"
    return whole if field_of(whole) is not None or field_of(lower) is None else lower


def _told_apart(headings: Sequence[str]) -> list[str]:
    """A heading that stands twice names two columns; neither value may hide the other."""
    seen: dict[str, int] = {}
    apart = []
    for heading in headings:
        seen[heading] = seen.get(heading, 0) + 1
        apart.append(f"{heading} ({seen[heading]})" if heading and seen[heading] > 1 else heading)
    return apart


@dataclass(slots=True)
class Ragged:
    """The rows of a text file, as long as they are; `grid` makes them as wide as the longest."""

    rows: list[tuple[int, list[str]]] = field(default_factory=list)

    def grid(self, most: int) -> list[list[Cell]]:
        width = max((len(cells) for _, cells in self.rows), default=0)
        if width > most:
            raise IntakeError(f"more than {most} columns")
        return [
            [_cell(cells, at, number) for at in range(width)]
            for number, cells in self.rows
            if any(cell.strip() for cell in cells)
        ]


def _cell(cells: Sequence[str], at: int, number: int) -> Cell:
    place = Place(row=number)
    return Cell(text=cells[at], place=place) if at < len(cells) else Cell(text="", missing=True, place=place)
