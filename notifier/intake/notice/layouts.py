"""Read a table as the best of several layouts.

Each way to read its cells is scored by how well values fit their headings.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from notifier.domain.values import Place
from notifier.intake.cell_ranges import day_alone, ends_of_range, is_time
from notifier.intake.documents import Cell, Paragraph
from notifier.intake.headings import IGNORED, WINDOWS, squash_heading
from notifier.intake.notice.alignment import Alignment
from notifier.intake.notice.clock_columns import clock_columns, is_part_of_time
from notifier.intake.notice.columns import (
    GROUP,
    TIMES,
    Column,
    column_of,
    fits,
    in_unit,
    is_heading,
    is_sub,
    is_time_label,
    is_unit,
    points,
    with_number,
)
from notifier.intake.notice.folded_text import plain, states_date
from notifier.intake.notice.pieces import Piece
from notifier.intake.notice.rows import Entry, Row, fields_of, uncertain
from notifier.intake.notice.slipped_rows import with_unsure_times

Grid = Sequence[Sequence[Cell]]

NAMES = frozenset({"parcel_no", "parcel_name"})
IDENTITY = frozenset({"parcel_no", "parcel_name", "location"})
ONCE = IDENTITY - {"parcel_name"} | {
    "start_price_wan",
    "deposit_wan",
    "bidding_open",
    "bidding_close",
}
_DITTO = re.compile(r"\s*(?:同上|同前|[〃″\"]+)\s*")
_AS_ABOVE = re.compile(r"\s*(?:同上|同前)\s*")  # of marks under a row's label nobody knows
_AS_LEFT = re.compile(r"\s*同左\s*")
TOTAL = re.compile(r"\s*(?:合\s*计|小\s*计|总\s*计|共\s*计)")
_ENDS = TIMES - WINDOWS.keys()
# below the heading of a window
_END = re.compile(
    r"(?:(开始|起始|起)|截止|结束|终止|止)(?:时间|日期|日)?"
    r"|(?:(open|start|begin)|close|end|due|deadline)s?(?:time|date)?"
)
_DIGIT = re.compile(r"[0-9]")
_LETTER = re.compile(r"[^\W\d_]")
_CODE = re.compile(r"\d{3}|\d-\d|\d号")
LEFT_OUT: frozenset[str] = frozenset()  # layouts that the bench measures the reader without
_AUCTION = "拍卖"
_LONG = 60
_LONGEST_LABEL = 40
_DEEPEST = 4
_LOOKED_AT = 30  # rows: enough to tell the layouts apart
_OF_UNKNOWN = 0.2
_OF_A_HEADING = 1.0


_Read = tuple[list[Row], list[Paragraph]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """One way to read the rows `begin`..`end` of a grid.

    `name` says which, `score` how well the values fit; `read` gives the rows, and what is running
    text.
    """

    name: str
    begin: int
    end: int
    score: float
    columns: Sequence[Column]
    read: Callable[[], _Read]


def read_grid(grid: Grid) -> _Read:
    """Return the rows of a grid, and what in it is running text.

    The best layout is taken from the top on, the next from where it ends.
    """
    rows: list[Row] = []
    text: list[Paragraph] = []
    at = 0
    for part, layout in enumerate(layouts_of(grid)):
        for found, beside in (_without_headings(grid[at : layout.begin]), layout.read()):
            rows += [replace(row, part=part) for row in found]
            text += beside
        at = layout.end
    found, beside = _without_headings(grid[at:])
    return rows + found, text + beside


def _without_headings(grid: Grid) -> _Read:
    """Return rows that no layout reads as text, but for those of which several have a time each.

    Such a label has a time for each parcel, and the parcels stand elsewhere.
    """
    rows: list[Row] = []
    text: list[Paragraph] = []
    for line in grid:
        label, *times = [cell for cell in line if cell.own and cell.text.strip()] or [Cell(text="")]
        if not times or not is_time_label(label.text) or not all(map(_is_time, times)):
            text += as_text([line])
        elif len({cell.text for cell in times}) == 1:
            text += as_text([[label, times[0]]])
        else:
            entry = uncertain(column_of(label.text), [cell.text for cell in times], label.place)
            rows.append(Row(entries=(entry,), place=label.place))
    return rows, text


def layouts_of(grid: Grid, *, least: float = 0.0) -> Iterator[Layout]:
    """Yield the best layout from the top on that scores more than `least`, then the next below."""
    headed = [number for number, row in enumerate(grid) if is_heading_row(row)]
    at = 0
    while at < len(grid):
        best = _best(grid, at, headed, least)
        if best is None:
            at += 1
            continue
        yield best
        at = best.end


def _best(grid: Grid, at: int, headed: Sequence[int], least: float) -> Layout | None:
    found = [
        layout
        for layout in _layouts(grid, at, headed)
        if layout.score > least and layout.name not in LEFT_OUT
    ]
    ranked = sorted(found, key=lambda layout: -layout.score)
    return next((layout for layout in ranked if layout.read()[0]), None)


def _layouts(grid: Grid, at: int, headed: Sequence[int]) -> Iterator[Layout]:
    for depth in range(1, min(_DEEPEST, len(grid) - at) + 1):
        if depth > 1 and not _may_be_headings(grid[at + depth - 1]):
            break
        layout = _below_headings(grid, at, depth, headed)
        if layout is not None:
            yield layout
    turned = _turned(grid, at)
    for depth in range(1, min(3, len(turned)) + 1):
        layout = _beside_headings(grid, turned, at, depth)
        if layout is not None:
            yield layout
    pairs = _pairs(grid, at)
    if pairs is not None:
        yield pairs


# one row a parcel


def _own_texts(row: Sequence[Cell]) -> list[str]:
    """The cells' texts, one for a merged cell."""
    texts: list[str] = []
    for number, cell in enumerate(row):
        if cell.text.strip() and (cell.own or number == 0 or row[number - 1].text != cell.text):
            texts.append(cell.text)
    return texts


def _may_be_headings(row: Sequence[Cell]) -> bool:
    own = _own_texts(row)
    if any(map(_is_time, row)):
        return False
    known = sum(len(text) <= _LONG and _is_known(text) for text in own)
    return bool(own) and known * 2 >= len(own)


def _is_known(text: str) -> bool:
    """Return whether a text is a heading, or stands below one: `万元`, `截止`, `日期`."""
    return is_heading(text) or is_unit(text) or is_end(text) or is_part_of_time(text)


def is_end(text: str) -> bool:
    return _END.fullmatch(squash_heading(text)) is not None and not column_of(text).field


def _below_headings(grid: Grid, at: int, depth: int, headed: Sequence[int]) -> Layout | None:
    """Headings in `depth` rows, one row a parcel below them, until other headings come."""
    stacks = [meaning(_stack(grid, at, depth, place)) for place in range(len(grid[at]))]
    first = grid[at + depth : at + depth + _LOOKED_AT]
    columns = [
        _by_values(column, [line[place] for line in first]) for place, column in enumerate(stacks)
    ]
    columns = _with_ends(columns, first)
    columns = list(with_number(columns, [cell.text for line in first[:1] for cell in line]))
    known = fields_of(columns)
    times = any(is_time_label(column.heading) for column in columns)
    if not (IDENTITY | {IGNORED}) & known or not (len(known - {IGNORED, GROUP}) >= 2 or times):
        return None
    headings = [text for row in grid[at : at + depth] for text in _own_texts(row)]
    if any(len(text) > _LONG or text.rstrip().endswith((":", "：")) for text in headings):
        return None
    begin = at + depth
    following = bisect_left(headed, begin)
    end = headed[following] if following < len(headed) else len(grid)
    if end == begin:
        return None
    score = _of_headings(headings)
    for row in grid[begin : min(end, begin + _LOOKED_AT)]:
        score += sum(
            points(column, cell.text) for column, cell in zip(columns, row, strict=True) if cell.own
        )
    blocks = _blocks(columns)
    return Layout(
        name="rows",
        begin=at,
        end=end,
        score=score,
        columns=columns,
        read=cache(lambda: _rows_of_blocks(grid, at, begin, end, columns, blocks)),
    )


def _blocks(columns: Sequence[Column]) -> list[tuple[int, int]]:
    """Return the columns of each of several tables beside each other: their headings begin anew."""
    first = next((number for number, column in enumerate(columns) if column.heading), 0)
    heading = squash_heading(columns[first].heading)
    begins = [
        number for number, column in enumerate(columns) if squash_heading(column.heading) == heading
    ]
    blocks = list(zip(begins, [*begins[1:], len(columns)], strict=True))
    fields = [fields_of(columns[begin:end]) for begin, end in blocks]
    each_is_whole = all(
        fields_of_block & IDENTITY and fields_of_block == fields[0] for fields_of_block in fields
    )
    return blocks if len(blocks) > 1 and each_is_whole else [(0, len(columns))]


def _rows_of_blocks(
    grid: Grid,
    at: int,
    begin: int,
    end: int,
    columns: Sequence[Column],
    blocks: Sequence[tuple[int, int]],
) -> _Read:
    rows: list[Row] = []
    text: list[Paragraph] = []
    for left, right in blocks:
        part = grid if len(blocks) == 1 else [row[left:right] for row in grid]
        found, beside = _data_rows(part, at, begin, end, columns[left:right])
        rows += found
        text += beside
    return rows, text


def _of_headings(headings: Sequence[str]) -> float:
    known = list(filter(_is_known, headings))
    if len(known) * 2 < len(headings):
        return -_OF_A_HEADING * len(headings)
    values = sum(_CODE.search(text) is not None for text in headings if text not in known)
    return _OF_A_HEADING * (len(known) - 2 * values) + _OF_UNKNOWN * (len(known) - len(headings))


def is_heading_row(row: Sequence[Cell]) -> bool:
    """Return whether a row among the values is the headings of another table."""
    own = _own_texts(row)
    fewest = max(2, -(-len(own) * 7 // 10))
    if sum(_LETTER.search(text) is not None for text in own) < fewest:
        return False  # the quick way for the many rows of figures and times
    words = [text for text in own if not _DIGIT.search(text)]
    if len(words) < fewest:
        words = [text for text in own if text.isascii()]  # headings in English: `area_m2`
    if len(words) < fewest:
        return False
    return sum(len(text) <= _LONGEST_LABEL and is_heading(text) for text in own) >= fewest


def _stack(grid: Grid, at: int, depth: int, place: int) -> list[str]:
    """The headings above column `place`, from the top, each once.

    `截止` below an empty cell is the end of the window to its left: what spanned both was written
    once.
    """
    texts = [grid[row][place].text for row in range(at, at + depth)]
    if depth > 1 and not texts[-2].strip() and is_end(texts[-1]):
        left = (grid[at + depth - 2][before].text for before in range(place - 1, -1, -1))
        texts[-2] = next((text for text in left if text.strip()), "")
    return list(dict.fromkeys(text for text in texts if text.strip()))


def meaning(texts: Sequence[str]) -> Column:
    """Return the column under headings that stand above each other.

    It is the lowest that is known; a unit belongs to the one above. Of two ends of windows neither
    is known to be meant: one slipped from beside.
    """
    if not texts:
        return Column("")
    if len(texts) > 1 and is_unit(texts[-1]):
        return in_unit(meaning(texts[:-1]), texts[-1])
    joined = "".join(texts)
    if len({column_of(text).field for text in texts} & _ENDS) > 1:
        return Column(joined)
    if len(texts) > 1 and (end := _END.fullmatch(squash_heading(texts[-1]))) is not None:
        window = column_of(texts[-2]).field
        if window in WINDOWS:
            return Column(joined, WINDOWS[window][0 if end[1] or end[2] else 1])
    lowest = column_of(texts[-1])
    if lowest.field and lowest.field != GROUP and lowest.exact:
        return Column(
            joined if len(texts) > 1 and len(joined) <= 40 else texts[-1], lowest.field, exact=True
        )
    lower = ("".join(texts[first:]) for first in range(1, len(texts) - 1))
    for text in (joined, *lower, *texts[::-1]):
        column = column_of(text)
        if column.field and column.field != GROUP:
            return column
    return Column(joined)


def _data_rows(grid: Grid, at: int, begin: int, end: int, columns: Sequence[Column]) -> _Read:
    rows: list[Row] = []
    text: list[Paragraph] = []
    whole = not any(cell.missing for cell in grid[at])
    clocks = clock_columns(columns, grid[begin : min(end, begin + _LOOKED_AT)])
    slipped = False
    for line in grid[begin:end]:
        slipped = slipped and any(not cell.own for cell in line)
        shown = _own_texts(line)
        if not shown or TOTAL.match(shown[0]):
            continue
        if len(set(shown)) == 1 and len(columns) > 2:
            text += as_text([line])
        elif _is_swallowed(line, columns):
            own = [cell if cell.own else replace(cell, text="") for cell in line]
            rows.append(_short_row(own, columns, slipped=True))
        elif not whole or slipped or any(cell.missing for cell in line):
            rows.append(_short_row(line, columns, slipped))
            slipped = slipped or any(cell.missing for cell in line)
        else:
            row = _row(line, columns, rows)
            rows.append(_with_hours(row, clocks) if clocks else row)
    if any(_is_a_time(column.heading) for column in columns):
        rows = list(map(with_unsure_times, rows))
    return rows, text


def _is_a_time(heading: str) -> bool:
    """Return whether a time stands in place of a heading.

    The end of the headings and the beginning of the first row are lost then, and with it merged
    cells that the rows below give way to.
    """
    return states_date(heading) and not is_heading(heading)


def _with_hours(row: Row, clocks: frozenset[int]) -> Row:
    """Return a row with each day and the hour in the column on its right as one time."""
    entries = list(row.entries)
    for at in sorted(clocks):
        day, clock = row.columns[at - 1], row.line[at]
        place = next((n for n, entry in enumerate(entries) if entry.column == day), len(entries))
        hours = [
            entry
            for entry in entries[place + 1 :]
            if entry.value == clock.text and not (entry.struck or entry.fault or entry.blank)
        ]
        if hours:
            entries.remove(hours[0])
            value = f"{day_alone(entries[place].value)} {clock.text}"
            entries[place] = replace(entries[place], value=value)
    return replace(row, entries=tuple(entries))


def _is_swallowed(row: Sequence[Cell], columns: Sequence[Column]) -> bool:
    """Return whether headings that span several rows reach into this row.

    Then a row of headings was lost above it.
    """
    return any(
        not cell.own and is_heading(cell.text) and cell.text == column.heading
        for cell, column in zip(row, columns, strict=True)
    )


def _row(line: Sequence[Cell], columns: Sequence[Column], above: Sequence[Row]) -> Row:
    entries = []
    for place, (cell, column) in enumerate(zip(line, columns, strict=True)):
        value, inherited, blank = cell.text, not cell.own, not cell.text.strip()
        certain = True
        if cell.fault or cell.struck or not cell.certain:
            entries.append(_entry(column, cell))
            continue
        if blank and (cell.vacant or not is_time_label(column.heading)):
            continue
        if _AS_LEFT.fullmatch(value):
            beside = entries[-1] if place and entries else None
            if beside is not None and beside.column == columns[place - 1]:
                value, inherited = beside.value, True
        elif blank or _DITTO.fullmatch(value):
            before = next((row.entries for row in above[-1:]), ())
            same = [entry for entry in before if entry.column == column and entry.value.strip()]
            if not same:
                continue
            value, certain, inherited = same[0].value, same[0].certain, True
        if (
            place
            and not cell.own
            and line[place - 1].text == cell.text
            and columns[place - 1].field == column.field
        ):
            continue
        entries.append(
            Entry(
                column=column,
                value=value,
                place=cell.place,
                inherited=inherited,
                blank=blank,
                certain=certain,
            )
        )
    return Row(entries=tuple(entries), place=line[0].place, line=line, columns=columns)


def _entry(column: Column, cell: Cell) -> Entry:
    inherited = not cell.own
    return Entry(
        column=column,
        value=cell.text,
        place=cell.place,
        inherited=inherited,
        certain=cell.certain,
        struck=cell.struck,
        fault=cell.fault,
    )


def _short_row(row: Sequence[Cell], columns: Sequence[Column], slipped: bool) -> Row:
    """Place the values of a row that lacks a cell, each under the one column that it fits.

    A time stands under no column for certain where it fits several. Merged cells stand where they
    are, unless the row they come from has `slipped`.
    """
    free = [number for number, cell in enumerate(row) if cell.own or slipped]
    shown = [row[number] for number in free if row[number].own and row[number].text.strip()]
    pieces = [Piece(text=cell.text, place=cell.place, apart=True) for cell in shown]
    ways = Alignment(pieces, [columns[number] for number in free]).placed(len(pieces))
    placed = {free[way.column]: cell for cell, way in zip(shown, ways, strict=False) if way.certain}
    if any(
        _is_time(cell) and not is_time_label(columns[number].heading)
        for number, cell in placed.items()
    ):
        placed = {number: cell for number, cell in placed.items() if not _is_time(cell)}
    if not slipped:
        placed |= {
            number: cell for number, cell in enumerate(row) if not cell.own and cell.text.strip()
        }
    loose = [cell for cell in shown if cell not in placed.values()]
    loose += [cell for cell in row if slipped and not cell.own and cell.text.strip()]
    entries = []
    for number, column in enumerate(columns):
        if number in placed and (column.field or is_time_label(column.heading)):
            cell = placed[number]
            entries.append(_entry(column, cell))
        elif number not in placed and loose and is_time_label(column.heading):
            entries.append(uncertain(column, [cell.text for cell in loose], loose[0].place))
    return Row(
        entries=tuple(entries), place=row[0].place, unplaced=tuple(cell.text for cell in loose)
    )


def _is_time(cell: Cell) -> bool:
    return states_date(cell.text)


# one column a parcel


def _turned(grid: Grid, at: int) -> list[list[Cell]]:
    """The rows from `at` on, while they begin with a label, as columns."""
    looked_at = grid[at : at + _LOOKED_AT]
    labelled = sum(any(is_heading(cell.text) for cell in row[:2]) for row in looked_at)
    if labelled < 2 or labelled * 4 < len(looked_at):
        return []
    end = at
    while end < len(grid) and (
        not grid[end][0].text.strip() or len(grid[end][0].text) <= _LONGEST_LABEL
    ):
        end += 1
    return [list(cells) for cells in zip(*grid[at:end], strict=True)]


def beside_headings(grid: Grid) -> Layout | None:
    """Return the layout of a grid with headings in its first column, one column a parcel."""
    return _beside_headings(grid, _turned(grid, 0), 0, 1)


def _beside_headings(grid: Grid, turned: list[list[Cell]], at: int, depth: int) -> Layout | None:
    """Headings in the first `depth` columns, one column a parcel beside them."""
    if len(turned) <= depth or len(turned[0]) < 2:
        return None
    if any(_is_a_time(cell.text) for cells in turned[1:depth] for cell in cells):
        return None  # times of a parcel whose number is lost are no labels
    columns = [meaning(_stack(turned, 0, depth, place)) for place in range(len(turned[0]))]
    if len(turned) > depth + 1:  # one column beside labels is one of cards
        columns = [
            _by_values(column, [cells[place] for cells in turned[depth:]])
            for place, column in enumerate(columns)
        ]
    numbers = _row_of_numbers(turned, depth)
    if numbers:
        columns[0] = Column(columns[0].heading, "parcel_no")
    known = [column.field for column in columns if column.field]
    labels = [column for column in columns if column.field or is_time_label(column.heading)]
    if not set(known) & IDENTITY or len(labels) < 2 or known.count("parcel_no") > 1:
        return None
    headings = [text for cells in turned[:depth] for text in _own_texts(cells)]
    beyond = [cell for cells in turned[depth:] for cell in cells if cell.own and cell.text.strip()]
    if sum(is_heading(cell.text) for cell in beyond) * 5 > len(beyond):
        return None
    score = _of_headings(headings)
    clocks = clock_columns(columns, turned[depth:])
    rows: list[Row] = []
    for cells in turned[depth:]:
        score += sum(
            points(column, cell.text)
            for column, cell in zip(columns, cells, strict=True)
            if cell.own
        )
        row = _column_row(cells, columns, turned[depth:], rows)
        if row.entries:
            rows.append(_with_hours(row, clocks) if clocks else row)
    left = [grid[at + number] for number, column in enumerate(columns) if column not in labels]
    end = at + len(turned[0])
    return Layout(
        name="columns",
        begin=at,
        end=end,
        score=score,
        columns=columns,
        read=lambda: (rows, as_text(left)),
    )


def _by_values(column: Column, cells: Sequence[Cell]) -> Column:
    """Return the column that the values below a heading show, where its words leave it open.

    A deed with ranges (`竞买申请`) is its window, `保证金` with times the time when it is due, and
    `拍卖` its start.
    """
    filled = [cell.text for cell in cells if any(map(str.isdigit, cell.text))]
    if not filled:
        return column
    if column.field == "deposit_wan":
        is_timed = all(is_time(text) for text in filled)
        return Column(column.heading, "deposit_close", exact=False) if is_timed else column
    if not column.field and squash_heading(column.heading) == _AUCTION:
        is_timed = all(is_time(text) for text in filled)
        return Column(column.heading, "auction_start", exact=False) if is_timed else column
    if column.field or not all(ends_of_range(plain(text)) for text in filled):
        return column
    field = column_of(f"{column.heading.rstrip(':：')}时间").field
    return Column(column.heading, field, exact=False) if field in WINDOWS else column


_BETWEEN_ENDS = re.compile(r"\s*(?:至|到|~|～|—+|--?|–|－|→)\s*")


def _with_ends(columns: Sequence[Column], lines: Sequence[Sequence[Cell]]) -> list[Column]:
    """Return the columns, those of a window that takes two as its two ends.

    Its heading is merged over them, or the second has none; `至` may stand in one between. A row of
    headings that lost one ends in a column without a heading, too, and shows nothing.
    """
    found = list(columns)
    last = max((at for at, column in enumerate(columns) if column.heading), default=0)
    is_shown = False
    for at, column in enumerate(columns):
        if column.field not in WINDOWS or found[at] != column:
            continue
        end = at + 1
        while end < len(columns) and columns[end] in (column, Column("")):
            end += 1
        ends, between = _ends_of_window(range(at, end), lines)
        is_shown = is_shown or bool(ends and (at < last or between))
        if ends and is_shown:
            for place, field in zip(ends, WINDOWS[column.field], strict=True):
                found[place] = Column(column.heading, field, exact=False)
            for place in between:
                found[place] = Column(column.heading, IGNORED, exact=False)
    return found


def _ends_of_window(
    places: Sequence[int], lines: Sequence[Sequence[Cell]]
) -> tuple[list[int], list[int]]:
    """Return the two columns that hold times in the same rows, and those of what joins them."""
    shown = {place: [line[place].text.strip() for line in lines] for place in places}
    held = {place: texts for place, texts in shown.items() if any(texts)}
    ends = [place for place, texts in held.items() if all(map(is_time, filter(None, texts)))]
    between = [place for place in held if place not in ends]
    joints = [text for place in between for text in held[place] if text]
    filled = [[bool(text) for text in held[place]] for place in ends]
    is_whole = len(ends) == 2 and filled[0] == filled[1]
    return (ends, between) if is_whole and all(map(_BETWEEN_ENDS.fullmatch, joints)) else ([], [])


def _row_of_numbers(turned: list[list[Cell]], depth: int) -> bool:
    """Return whether the first label is unknown and each column beside it has its own number.

    Such as a row `项目`.
    """
    cells = [line[0] for line in turned[depth:]]
    texts = [cell.text.strip() for cell in cells]
    if (
        is_heading(turned[0][0].text)
        or len(set(texts)) < len(texts)
        or not all(cell.own for cell in cells)
    ):
        return False
    like_numbers = Column(turned[0][0].text, "parcel_no")
    named = all(re.search(r"\d", text) and len(text) <= _LONG for text in texts)
    return named and all(
        fits(like_numbers, text) == 2 and not _is_time(cell)
        for text, cell in zip(texts, cells, strict=True)
    )


def _column_row(
    cells: Sequence[Cell],
    columns: Sequence[Column],
    beside: Sequence[Sequence[Cell]],
    before: Sequence[Row],
) -> Row:
    entries: list[Entry] = []
    for number, (column, cell) in enumerate(zip(columns, cells, strict=True)):
        if any(others[number].missing for others in beside):
            if is_time_label(column.heading):
                texts = [others[number].text for others in beside]
                entries.append(uncertain(column, texts, cell.place))
        elif _AS_LEFT.fullmatch(cell.text) or _AS_ABOVE.fullmatch(cell.text):
            source = before[-1].entries[::-1] if before else ()
            wanted = column
            if _AS_ABOVE.fullmatch(cell.text):
                source, wanted = tuple(entries[-1:]), columns[number - 1]
            same = next((entry for entry in source if entry.column == wanted), None)
            if same is not None:
                entries.append(replace(same, column=column, place=cell.place, inherited=True))
        elif cell.text.strip() or cell.fault or cell.struck:
            entries.append(_entry(column, cell))
    return Row(entries=tuple(entries), place=cells[0].place, line=cells, columns=columns)


# labels, each with its value beside it


def is_card_label(text: str) -> bool:
    bare = text.strip()
    if not bare or len(bare) > 30:
        return False
    column = column_of(bare.rstrip(":："))
    if bare.endswith((":", "：")):
        return True
    return (
        bool(column.field and column.exact and not _CODE.search(bare))
        or is_sub(bare)
        or is_time_label(bare)
    )


def end_of_card(entries: Sequence[Entry], label: Column, cards: Sequence[Row]) -> int:
    """Return how many of the entries are a card of their own, before a label that may begin one.

    0 where the label goes on with the card. A number behind the times of a card that has none is
    the next one's: where the cards before began with theirs, or where what stands before it comes
    again behind it.
    """
    fields = [entry.column.field for entry in entries]
    if label.field == "parcel_no" and "parcel_no" not in fields:
        begin_with_number = any(card.entries[0].column.field == "parcel_no" for card in cards)
        return len(entries) if begin_with_number and TIMES & set(fields) else 0
    if "parcel_no" in fields:
        named = fields.index("parcel_no")
        before = fields[:named]
        if TIMES & set(before) and label.field and label.field in before:
            return named
    return len(entries) if label.field in ONCE and label.field in fields else 0


def _pairs(grid: Grid, at: int) -> Layout | None:
    """Read rows in which labels and values take turns.

    A label that comes again begins the next parcel.
    """
    score = 0.0
    rows: list[Row] = []
    text: list[Paragraph] = []
    entries: list[Entry] = []
    end = at

    def close() -> None:
        if entries:
            rows.append(Row(entries=tuple(entries), place=entries[0].place))
        entries.clear()

    while end < len(grid):
        found, gained = _pairs_of_row(grid[end])
        if not found and len(set(_own_texts(grid[end]))) > 1:
            break
        score += gained
        if not found:
            text += as_text(grid[end : end + 1])
        for entry in found:
            size_of_card = end_of_card(entries, entry.column, rows)
            if size_of_card:
                begun = entries[size_of_card:]
                del entries[size_of_card:]
                close()
                entries += begun
            entries.append(entry)
        end += 1
    close()
    if not rows:
        return None
    rows = [
        row
        for row in rows
        if any(held.column.field or is_time_label(held.column.heading) for held in row.entries)
    ]
    columns = [entry.column for row in rows for entry in row.entries]
    return Layout(
        name="pairs", begin=at, end=end, score=score, columns=columns, read=lambda: (rows, text)
    )


def _pairs_of_row(row: Sequence[Cell]) -> tuple[list[Entry], float]:
    """The labels of a row with the value behind each, and what they speak for."""
    own = [
        cell for number, cell in enumerate(row) if cell.own or (number == 0 and cell.text.strip())
    ]
    found: list[Entry] = []
    score = 0.0
    label: Cell | None = None
    for cell in own:
        if is_card_label(cell.text) and (label is None or is_heading(cell.text)):
            label = cell
            continue
        if label is None:
            if cell.text.strip():
                return [], 0.0
            continue
        column = _by_values(column_of(label.text.rstrip(":：")), [cell])
        score += points(column, cell.text) + (
            _OF_A_HEADING if is_heading(label.text.rstrip(":：")) else 0.0
        )
        if cell.text.strip() or cell.fault or cell.struck:
            found.append(_entry(column, cell))
        label = None
    return found, score


def as_text(grid: Grid) -> list[Paragraph]:
    """Rows as running text: `label:value` for two cells, so that a time keeps its label.

    So does each of several: which of them holds for a parcel is then seen to be in doubt.
    """
    paragraphs = []
    for row in grid:
        cells = [cell for cell in row if cell.own and cell.text.strip()]
        if not cells:
            continue
        label, *values = cells
        if len(values) > 1 and not _is_time(label) and sum(map(_is_time, values)) > 1:
            paragraphs += [
                Paragraph(text=f"{label.text}:{value.text}", place=value.place) for value in values
            ]
            continue
        joint = ":" if len(cells) == 2 and not cells[0].text.rstrip().endswith((":", "：")) else " "
        paragraphs.append(
            Paragraph(text=joint.join(cell.text for cell in cells), place=_place(cells))
        )
    return paragraphs


def _place(cells: Sequence[Cell]) -> Place:
    return cells[0].place
