"""What the name of a sheet and the lines around its table tell: year, city, times, remarks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from notifier.domain.findings import Code
from notifier.domain.values import Place
from notifier.intake.cell_ranges import ends_of_range
from notifier.intake.city_lines import are_cities, city_by_row
from notifier.intake.day_orders import order_shown
from notifier.intake.documents import Cell, Paragraph
from notifier.intake.headings import WINDOWS, tells_of_change
from notifier.intake.notice.columns import TIMES, column_of
from notifier.intake.notice.rows import Entry, Row
from notifier.intake.notice.table_layout import NAMES, Grid, Layout, as_text
from notifier.intake.record import Record, YearSpan
from notifier.intake.written_times import is_instant

LIKE_A_DATE = re.compile(r"20\d\d\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}")

_YEAR = re.compile(r"(?<!\d)(20\d\d)(?=年|[^\d]|$)")
_SPAN = re.compile(
    r"(20\d\d)\s*[年.]\s*(\d{1,2})\s*月?\s*(?:至|到|[-~～—–])+\s*(20\d\d)\s*[年.]\s*(\d{1,2})(?!\d)"
)
_PIECES = re.compile(r"[；;，,。\n]|(?<=\d)\s+(?=[^\d\s])")
_SENTENCE = re.compile(
    r"\s*(?:(?:本批|本次|以上|以下|上述|各|所有|全部)*(?:地块|宗地)的?)?"
    r"([^\d:：]{2,15}?)(?:统一|均|都)?(?:[定为]?为|是|于)\s*(\d.*)"
)
# words of a deadline right before a day, which a line says beside the table
_SAYS_DEADLINE = re.compile(
    r"(?:报名|申请|保证金|挂牌|报价|拍卖|竞价|竞拍|截止)(?!公告)[^\d，,；;。(（]{0,12}"
    r"(?:20\d\d\s*[-/.年]\s*)?\d{1,2}\s*[-/.月]\s*\d{1,2}(?!\d)"
)


class SheetLines:
    """The lines of a sheet's own around its rows, and what they tell of the parcels."""

    def __init__(self, grid: Grid, title: str) -> None:
        self.grid, self.title = grid, title
        self._titles = [row for row in grid if is_title(row)]
        self._common = [entry for row in self._titles for entry in _labelled_times(row)]
        self._used: set[int | None] = set()  # the rows of those times that a parcel took

    def times_above(self, row: Row) -> tuple[Entry, ...]:
        """Return the times of the lines above a row that it does not state itself."""
        if not self._common or not row.has(*NAMES):
            return ()
        number = row.entries[0].place.row or 0
        own = {entry.column.field for entry in row.entries if not entry.blank}
        own |= {end for window in own & WINDOWS.keys() for end in WINDOWS[window]}
        above = {
            entry.column.field: entry
            for entry in self._common
            if (entry.place.row or 0) < number and not own & _fields_meant(entry)
        }
        self._used |= {entry.place.row for entry in above.values()}
        return tuple(above.values())

    def remarks_within(self, text: Iterable[Paragraph]) -> Iterator[Remark]:
        """Yield what lines between the rows of a table say that no row took."""
        for paragraph in text:
            if paragraph.place.row not in self._used:
                is_timed = LIKE_A_DATE.search(paragraph.text) is not None
                yield from _remark(paragraph, is_timed=is_timed)

    def remarks_around(self, layouts: Sequence[Layout]) -> Iterator[Remark]:
        """Yield what rows outside the tables, and titles, say of times that may not hold."""
        inside = {number for layout in layouts for number in range(layout.begin, layout.end)}
        titles = {layout.begin for layout in layouts if is_title(self.grid[layout.begin])}
        beside = [row for number, row in enumerate(self.grid) if number not in inside - titles]
        timed = {entry.place.row for entry in self._common} - self._used
        for paragraph in as_text(beside):
            is_said = _SAYS_DEADLINE.search(paragraph.text) is not None
            is_said = is_said and paragraph.place.row not in self._used
            yield from _remark(paragraph, is_timed=is_said or paragraph.place.row in timed)

    def told(self, records: Sequence[Record]) -> list[Record]:
        """Return the records of the sheet with the year, the city and the words around them."""
        above = self._words_above(records)
        year, span = _year_in(above), _span_in(above)
        lines = tuple(cell.text for row in self._titles for cell in row if cell.text)
        order = order_shown((cell.text for row in self.grid for cell in row), year)
        return [
            replace(record, year=year, span=span, lines=lines, order=order, city=city)
            for record, city in zip(records, self._cities(records), strict=True)
        ]

    def _words_above(self, records: Sequence[Record]) -> str:
        """Return the sheet's name, its title and its headings."""
        first = min((record.number for record in records), default=0)
        above = [cell.text for row in self.grid for cell in row if (cell.place.row or 0) < first]
        return " ".join([self.title, *above])

    def _cities(self, records: Sequence[Record]) -> Sequence[str]:
        """Return the city of each record: of a column, filled down, of regions, of a line above."""
        named = [record.stated("city") for record in records]
        if any(named):
            return _filled_down(named)
        regions = [record.stated("district") for record in records]
        if are_cities(regions):
            return regions
        cities = city_by_row(self.grid, self.title)
        return [cities.get(record.number, "") for record in records]


Remark = tuple[Code, Place, str]
"""What a line says of times: of which kind, where, and its words."""


def _remark(paragraph: Paragraph, *, is_timed: bool) -> Iterator[Remark]:
    if is_timed:
        yield Code.TIME_WITHOUT_LABEL, paragraph.place, paragraph.text
    elif tells_of_change(paragraph.text):
        yield Code.REMARK_ON_TIMES, paragraph.place, paragraph.text


def _year_in(words: str) -> int | None:
    """Return the one year that a title gives."""
    years = set(_YEAR.findall(words))
    return int(years.pop()) if len(years) == 1 else None


def _span_in(words: str) -> YearSpan | None:
    """Return the months of two years that a title gives: `2031年12月-2032年2月`."""
    spans = {tuple(map(int, found)) for found in _SPAN.findall(words)}
    if len(spans) != 1 or len(set(_YEAR.findall(words))) != 2:
        return None
    ((year, first, next_year, last),) = spans
    is_span = next_year == year + 1 and 1 <= last < first <= 12
    return YearSpan(year, first, last) if is_span else None


def _filled_down(named: Sequence[str]) -> list[str]:
    """Return the cities, where none is named that of the row above.

    Where a city is written again and again, a row without one lost it.
    """
    filled = list(filter(None, named))
    if len(filled) > len(set(filled)):
        return [""] * len(named)
    cities: list[str] = []
    for city in named:
        cities.append(city or (cities[-1] if cities else ""))
    return cities


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


def is_title(row: Sequence[Cell]) -> bool:
    return sum(cell.own and bool(cell.text.strip()) for cell in row) == 1
