"""Tables whose grid is certain: one row a parcel, one column a parcel, or labels each with its value beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from notifier.domain.values import Place
from notifier.intake.documents import Cell, Paragraph, Table
from notifier.intake.headings import WINDOWS, squash_heading
from notifier.intake.notice.columns import (
    GROUP,
    Column,
    align,
    column,
    fits,
    in_unit,
    is_heading,
    is_sub,
    is_time_label,
    is_unit,
)
from notifier.intake.notice.flat import read_stream
from notifier.intake.notice.pieces import Piece
from notifier.intake.notice.rows import Entry, Row, fields_of, uncertain
from notifier.intake.notice.text import plain
from notifier.intake.times import tokens

_IDENTITY = {"parcel_no", "parcel_name", "location", "ignored"}
_DITTO = re.compile(r"\s*(?:同上|同前|[〃″\"]|同左)\s*")
_TOTAL = re.compile(r"\s*(?:合\s*计|小\s*计|总\s*计|共\s*计)")
_REMARK = re.compile(r"\s*(?:备\s*注|注|说明|其他)")
_END = re.compile(r"(?:(开始|起始|起)|截止|结束|终止|止)(?:时间|日期)?")  # below the heading of a window
_HEADER_SEARCH = 15
_MOSTLY = 0.6
_LONG = 60

Grid = Sequence[Sequence[Cell]]


def read_grid(table: Table) -> tuple[list[Row], list[Paragraph]]:
    """(rows, what in the table is running text)."""
    for read in (_with_header, _transposed, _cards):
        found = read(table.rows)
        if found is not None and found[0]:
            return found
    return [], _as_text(table.rows)


def _own_texts(row: Sequence[Cell]) -> list[str]:
    """The cells' texts, one for a merged cell."""
    texts: list[str] = []
    for number, cell in enumerate(row):
        if cell.text.strip() and (cell.own or number == 0 or row[number - 1].text != cell.text):
            texts.append(cell.text)
    return texts


# one row a parcel


def _with_header(grid: Grid) -> tuple[list[Row], list[Paragraph]] | None:
    begin = next((number for number in range(min(len(grid), _HEADER_SEARCH)) if _is_header(grid, number)), None)
    if begin is None:
        return None
    rows: list[Row] = []
    text = _as_text(grid[:begin])
    at = begin
    columns: list[Column] = []
    whole, slipped = True, False
    while at < len(grid):
        if _is_header(grid, at):
            whole = not any(cell.missing for cell in grid[at])
            columns, at = _columns(grid, at)
            continue
        slipped = slipped and any(not cell.own for cell in grid[at])
        shown = _own_texts(grid[at])
        if shown and not _TOTAL.match(shown[0]):
            if len(set(shown)) == 1 and len(columns) > 2:
                text += _as_text(grid[at : at + 1])
            elif _is_swallowed(grid[at], columns):
                own = [cell if cell.own else replace(cell, text="") for cell in grid[at]]
                rows.append(_short_row(own, columns, slipped=True))
            else:
                short = not whole or slipped or any(cell.missing for cell in grid[at])
                rows.append(_short_row(grid[at], columns, slipped) if short else _row(grid, at, columns, rows))
                slipped = slipped or any(cell.missing for cell in grid[at])
        at += 1
    return rows, text


def _is_swallowed(row: Sequence[Cell], columns: Sequence[Column]) -> bool:
    """Whether headings that span several rows reach into this row: a row of headings was lost above it."""
    return any(
        not cell.own and is_heading(cell.text) and cell.text == one.heading
        for cell, one in zip(row, columns, strict=True)
    )


def _is_header(grid: Grid, number: int) -> bool:
    shown = _own_texts(grid[number])
    headings = [text for text in shown if len(text) <= _LONG and is_heading(text)]
    if len(headings) < 2 or len(headings) < _MOSTLY * len(shown):
        return False
    if any(text.rstrip().endswith((":", "：")) for text in headings):
        return False
    known = fields_of(column(text) for text in headings)
    times = any(is_time_label(text) for text in headings)
    if not (known & _IDENTITY and (len(known - {"ignored"}) >= 2 or times)) or number + 1 >= len(grid):
        return False
    # a transposed table or a card can begin like that; below real headings stand no headings
    below = grid[number + 1]
    first = below[0].text
    return not (is_heading(first) and below[0].own and len(_own_texts(below)) > 1 and not _continues(grid, number + 1))


def _continues(grid: Grid, number: int) -> bool:
    """Whether row `number` is a second row of headings, below cells that span several columns."""
    row, above = grid[number], grid[number - 1]
    own = [
        cell.text
        for cell, upper in zip(row, above, strict=True)
        if cell.own and cell.text.strip() and cell.text != upper.text
    ]
    carried = any(
        not cell.own and cell.text and cell.text == upper.text for cell, upper in zip(row, above, strict=True)
    )
    spread = len(set(_texts(above))) < len([one for one in above if one.text.strip()])
    if not own or not all(len(text) <= 30 for text in own):
        return False
    if not row[0].text.strip() and all(is_heading(text) or is_unit(text) for text in own):
        return True  # units, or what a heading is parted into, below cells that were left empty
    known = sum(is_heading(text) or _END.fullmatch(squash_heading(text)) is not None for text in own)
    return known >= _MOSTLY * len(own) and (carried or spread or all(is_sub(text) for text in own))


def _texts(row: Sequence[Cell]) -> list[str]:
    return [cell.text for cell in row]


def _columns(grid: Grid, begin: int) -> tuple[list[Column], int]:
    """The columns of the headings that begin in row `begin`, and the first row below them."""
    end = begin + 1
    while end < len(grid) and end - begin < 4 and _continues(grid, end):
        end += 1
    columns = []
    for place in range(len(grid[begin])):
        texts = list(dict.fromkeys(grid[row][place].text for row in range(begin, end) if grid[row][place].text.strip()))
        columns.append(_meaning(texts))
    return columns, end


def _meaning(texts: Sequence[str]) -> Column:
    """The column under headings that stand above each other: the lowest that is known, a unit with the one above."""
    if not texts:
        return Column("")
    if len(texts) > 1 and is_unit(texts[-1]):
        return in_unit(_meaning(texts[:-1]), texts[-1])
    joined = "".join(texts)
    if len(texts) > 1 and (end := _END.fullmatch(squash_heading(texts[-1]))) is not None:
        window = column(texts[-2]).field
        if window in WINDOWS:
            return Column(joined, WINDOWS[window][0 if end[1] else 1])
    lowest = column(texts[-1])
    if lowest.field and lowest.field != GROUP and lowest.exact:
        return Column(joined if len(texts) > 1 and len(joined) <= 40 else texts[-1], lowest.field, exact=True)
    for text in (joined, *texts[::-1]):
        one = column(text)
        if one.field and one.field != GROUP:
            return one
    return Column(joined)


def _row(grid: Grid, number: int, columns: Sequence[Column], above: Sequence[Row]) -> Row:
    entries = []
    for place, (cell, one) in enumerate(zip(grid[number], columns, strict=True)):
        if not cell.text.strip() and not is_time_label(one.heading):
            continue
        if not one.field and not is_time_label(one.heading):
            continue
        value, inherited, blank = cell.text, not cell.own, not cell.text.strip()
        if not value.strip() or _DITTO.fullmatch(value):
            before = next((row.entries for row in above[-1:]), ())
            value = next((entry.value for entry in before if entry.column == one and entry.value.strip()), "")
            inherited = True
            if not value:
                continue
        if (
            place
            and not cell.own
            and grid[number][place - 1].text == cell.text
            and columns[place - 1].field == one.field
        ):
            continue
        entries.append(Entry(column=one, value=value, place=cell.place, inherited=inherited, blank=blank))
    return Row(entries=tuple(entries), place=grid[number][0].place)


def _short_row(row: Sequence[Cell], columns: Sequence[Column], slipped: bool) -> Row:
    """A row that lacks a cell: each value under the one column that it fits; a time under no column for certain
    where it fits several. Merged cells stand where they are, unless the row they come from has `slipped`."""
    free = [number for number, cell in enumerate(row) if cell.own or slipped]
    shown = [row[number] for number in free if row[number].own and row[number].text.strip()]
    ways = align([cell.text for cell in shown], [columns[number] for number in free]) or [None] * len(shown)
    placed = {free[j]: cell for cell, j in zip(shown, ways, strict=True) if j is not None}
    if any(_is_time(cell) and not is_time_label(columns[number].heading) for number, cell in placed.items()):
        placed = {number: cell for number, cell in placed.items() if not _is_time(cell)}
    if not slipped:
        placed |= {number: cell for number, cell in enumerate(row) if not cell.own and cell.text.strip()}
    loose = [cell for cell in shown if cell not in placed.values()]
    loose += [cell for cell in row if slipped and not cell.own and cell.text.strip()]
    entries = []
    for number, one in enumerate(columns):
        if number in placed and (one.field or is_time_label(one.heading)):
            cell = placed[number]
            entries.append(Entry(column=one, value=cell.text, place=cell.place, inherited=not cell.own))
        elif number not in placed and loose and is_time_label(one.heading):
            entries.append(uncertain(one, [cell.text for cell in loose], loose[0].place))
    return Row(entries=tuple(entries), place=row[0].place, unplaced=tuple(cell.text for cell in loose))


def _is_time(cell: Cell) -> bool:
    return any(token.has_date for token in tokens(plain(cell.text)))


# one column a parcel


def _transposed(grid: Grid) -> tuple[list[Row], list[Paragraph]] | None:
    labels = [row for row in grid if row[0].text.strip()]
    known = [row for row in labels if is_heading(row[0].text)]
    if len(known) < 2 or len(known) < 0.5 * len(labels) or len(grid[0]) < 2:
        return None
    depth = 1
    while depth < len(grid[0]) - 1 and sum(is_heading(row[depth].text) for row in known) >= 0.7 * len(known):
        depth += 1
    beyond = [cell.text for row in known for cell in row[depth:] if cell.own and cell.text.strip()]
    if not beyond or sum(map(is_heading, beyond)) > 0.2 * len(beyond):
        return None
    repeated = [column(row[0].text).field for row in known].count("parcel_no")
    if repeated > 1:
        return None
    numbers = None if repeated else _row_of_numbers(grid, depth)
    rows = [_column_row(grid, place, depth, numbers) for place in range(depth, len(grid[0]))]
    rows = [row for row in rows if row.entries]
    distinct = [row for number, row in enumerate(rows) if not number or not _same(row, rows[number - 1])]
    return distinct, [one for row in grid if not is_heading(row[0].text) for one in _as_text([row])]


def _row_of_numbers(grid: Grid, depth: int) -> int | None:
    """The first row, where its label is no word of ours (`项目`) and every column has a number of its own in it."""
    cells = grid[0][depth:]
    texts = [cell.text.strip() for cell in cells]
    column_of_numbers = Column(grid[0][0].text, "parcel_no")
    if is_heading(grid[0][0].text) or len(set(texts)) < len(texts) or not all(cell.own for cell in cells):
        return None
    named = all(re.search(r"\d", text) and len(text) <= _LONG for text in texts)
    return (
        0
        if named
        and all(
            fits(column_of_numbers, text) == 2 and not _is_time(cell) for text, cell in zip(texts, cells, strict=True)
        )
        else None
    )


def _same(one: Row, other: Row) -> bool:
    """Whether a column only repeats the one before it, as a merged cell does."""
    return all(entry.inherited for entry in one.entries) and [entry.value for entry in one.entries] == [
        entry.value for entry in other.entries
    ]


def _column_row(grid: Grid, place: int, depth: int, numbers: int | None) -> Row:
    entries = []
    for number_of_row, row in enumerate(grid):
        cell = row[place]
        one = _meaning(list(dict.fromkeys(row[number].text for number in range(depth) if row[number].text.strip())))
        one = Column(one.heading, "parcel_no") if number_of_row == numbers else one
        if any(beside.missing for beside in row[depth:]):
            if is_time_label(one.heading):
                entries.append(uncertain(one, [beside.text for beside in row[depth:]], cell.place))
        elif cell.text.strip() and (one.field or is_time_label(one.heading)):
            entries.append(Entry(column=one, value=cell.text, place=cell.place, inherited=not cell.own))
    return Row(entries=tuple(entries), place=grid[0][place].place)


# cards


def _cards(grid: Grid) -> tuple[list[Row], list[Paragraph]] | None:
    pieces: list[Piece] = []
    for row in grid:
        for number, cell in enumerate(row):
            if cell.own or (number == 0 and cell.own):
                text = cell.text.strip()
                label = is_heading(text) and len(text) <= 30 and not text.endswith((":", "："))
                pieces.append(Piece(text=f"{text}:" if label else text, place=cell.place))
    rows, left = read_stream(pieces)
    if not rows:
        return None
    return rows, [Paragraph(text=piece.text, place=piece.place) for piece in left if len(piece.text) > _LONG]


def _as_text(grid: Grid) -> list[Paragraph]:
    """Rows as running text: `label:value` for two cells, so that a time keeps its label."""
    paragraphs = []
    for row in grid:
        cells = [cell for cell in row if cell.own and cell.text.strip()]
        if not cells:
            continue
        joint = ":" if len(cells) == 2 and not cells[0].text.rstrip().endswith((":", "：")) else " "
        paragraphs.append(Paragraph(text=joint.join(cell.text for cell in cells), place=_place(cells)))
    return paragraphs


def _place(cells: Sequence[Cell]) -> Place:
    return cells[0].place
