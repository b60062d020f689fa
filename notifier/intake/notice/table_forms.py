"""Bring the rows of a sheet into a form that the layouts read.

Rows that were broken are joined, a number on a row of its own gets its label, and a time a row
becomes a form a parcel.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from notifier.intake.cell_ranges import day_alone, is_time, times_of
from notifier.intake.documents import Cell
from notifier.intake.headings import WINDOWS, names_numbers
from notifier.intake.notice.clock_columns import is_clock, is_day, is_part_of_time
from notifier.intake.notice.columns import TIMES, column_of, is_code, is_heading
from notifier.intake.notice.table_headings import is_end, is_heading_row
from notifier.intake.notice.table_layout import Grid
from notifier.intake.notice.time_parts import with_parts_joined

NUMBER = "地块编号"
_NUMBERS = frozenset({"parcel_no", "parcel_name"})
_LONGEST_HEADING = 40
_DIGIT = re.compile(r"\d")


def formed(grid: Grid, title: str) -> Grid:
    """Return the rows of a sheet or a table in a form that the layouts read.

    `title`: the sheet's name, or the line above the table.
    """
    rows = with_parts_joined([row for row in grid if not _is_carried(row)])
    rows = _with_values_apart(rows)
    are_forms = _are_forms(rows)
    rows = [_with_whole_cells(row, are_forms=are_forms) for row in rows]
    rows = _with_shared_headings_apart(rows)
    rows = list(_joined(_with_nodes_apart(rows)))
    rows = list(_unfolded(rows))
    return _named_by_title(list(_with_labels(rows)), title)


def with_numbers_named(grid: Grid) -> list[list[Cell]]:
    """Return the grid with `宗地` or `标的` as what they stand for: the parcels' numbers."""
    return [
        [replace(cell, text=NUMBER) if names_numbers(cell.text) else cell for cell in row]
        for row in grid
    ]


def shows(cell: Cell) -> bool:
    """Return whether a cell has a text of its own."""
    return cell.own and bool(cell.text.strip())


def _blank(cell: Cell) -> Cell:
    return replace(cell, text="", own=True, fault="", struck=False, missing=False)


def heading_field(cell: Cell) -> str:
    """Return the field that a cell names as a heading; empty where it names none."""
    return column_of(cell.text.strip()).field if len(cell.text) <= _LONGEST_HEADING else ""


def _is_carried(row: Sequence[Cell]) -> bool:
    """Return whether a row is nothing but the cells above it, which are merged with it."""
    return any(cell.text.strip() for cell in row) and not any(map(shows, row))


# labels and values in one cell

_LABELLED = re.compile(r"\s*([^\d：:]{2,15}?)\s*[：:]\s*(\S.*)", re.DOTALL)


def _with_values_apart(grid: Grid) -> Grid:
    """Return the rows of a sheet that has one column of labels with values, with two columns."""
    if any(sum(map(shows, row)) > 1 for row in grid):
        return grid
    parts = [_label_and_value(row) for row in grid]
    if sum(heading_field(label) in TIMES for label, _ in parts) < 2:
        return grid
    return [list(part) for part in parts]


def _label_and_value(row: Sequence[Cell]) -> tuple[Cell, Cell]:
    cell = next(filter(shows, row), row[0])
    found = _LABELLED.fullmatch(cell.text)
    if found is None:
        return cell, _blank(cell)
    return replace(cell, text=found[1]), replace(cell, text=found[2])


# labels and times in several cells


def _are_forms(grid: Grid) -> bool:
    """Return whether each number of a sheet has rows of its own: no two have a column each."""
    are_numbered = False
    for row in grid:
        shown = [cell.text for cell in row if shows(cell)]
        codes = [text for text in shown if is_code(text) and times_of(text) is None]
        if len(codes) > 1:
            return False
        is_alone = len(shown) == 1 and bool(_number_alone(shown[0]))
        is_labelled = len(shown) == 2 and heading_field(row[0]) in _NUMBERS
        are_numbered = are_numbered or is_alone or is_labelled
    return are_numbered


def _with_whole_cells(row: Sequence[Cell], *, are_forms: bool) -> Sequence[Cell]:
    """Return the row of a form with its labels and its times each in one cell.

    `报名 | 开始 | 2031-01-02 17:00`, `报名截止 | 2031-01-02 | 17:00`, and in sheets that are all
    forms `报名时间 | 2031-01-02 17:00 | 2031-01-05 10:00`.
    """
    filled = [at for at, cell in enumerate(row) if cell.text.strip() and (cell.own or not at)]
    if len(filled) != 3:
        return row
    first, second, third = (row[at] for at in filled)
    whole = list(row)
    if is_end(second.text) and is_time(third.text):
        label = f"{first.text}{second.text}"
        if heading_field(replace(first, text=label)) in TIMES:
            whole[filled[0]] = replace(first, text=label, own=True)
            whole[filled[1]] = replace(_blank(second), own=False)
    elif heading_field(first) in TIMES and is_day(second.text) and is_clock(third.text):
        whole[filled[1]] = replace(second, text=f"{day_alone(second.text)} {third.text}")
        whole[filled[2]] = _blank(third)
    elif (
        are_forms
        and heading_field(first) in WINDOWS
        and is_time(second.text)
        and is_time(third.text)
    ):
        whole[filled[1]] = replace(second, text=f"{second.text}至{third.text}")
        whole[filled[2]] = _blank(third)
    return whole


# one heading for two times

_AND = re.compile(r"[及和与、/&+暨兼]")
_WHICH = re.compile(r"(?:到账|缴纳)?(?:截止|截至|结束|开始|起始)(?:时间|日期|日)?$")


def _with_shared_headings_apart(grid: Grid) -> Grid:
    """Return the rows, a column of two times (`报名及保证金截止时间`) as one for each.

    Not where a row lacks a cell: which of its cells stands below that heading is still to be told.
    """
    rows = [list(row) for row in grid]
    if any(cell.missing for row in grid for cell in row):
        return rows
    for first, row in enumerate(grid):
        shared = [(at, names) for at, cell in enumerate(row) if (names := _two_times(cell))]
        if not shared or not any(heading_field(cell) in _NUMBERS for cell in row if shows(cell)):
            continue
        for at, (upper, lower) in shared:
            for number, cells in enumerate(grid[first:], first):
                both = cells[at]
                rows[number][at] = replace(both, text=_of_heading(lower, both.text))
                rows[number].append(replace(both, text=_of_heading(upper, both.text)))
            rows[first][at] = replace(row[at], text=lower)
            rows[first][-1] = replace(row[at], text=upper)
        break
    width = max(map(len, rows), default=0)
    return [_filled_up(row, width) for row in rows]


def _filled_up(row: list[Cell], width: int) -> list[Cell]:
    return row if len(row) == width else row + [_blank(row[-1])] * (width - len(row))


def _of_heading(heading: str, text: str) -> str:
    """Return the one time of a cell that begins as its heading does: `报名：…`; else all of it."""
    nodes = _nodes(text)
    own = [value for label, value in nodes if heading.startswith(label)]
    return own[0] if len(nodes) > 1 and len(own) == 1 else text


def _two_times(cell: Cell) -> tuple[str, str] | None:
    """Return the headings that one heading stands for; None if it is of one thing."""
    if not shows(cell) or len(cell.text) > _LONGEST_HEADING:
        return None
    which = _WHICH.search(cell.text)
    joint = _AND.search(cell.text)
    if which is None or joint is None or heading_field(cell):
        return None
    upper, lower = cell.text[: joint.start()], cell.text[joint.end() :]
    upper = upper if _WHICH.search(upper) else upper + which[0].removeprefix("到账")
    fields = {column_of(upper).field, column_of(lower).field}
    return (upper, lower) if len(fields) == 2 and fields <= TIMES - set(WINDOWS) else None


# rows that were broken

_OPEN = re.compile(r"(?:[至到~～—–\-、，,（(〔\[]|起至?)\s*$")
_GOES_ON = re.compile(r"^\s*(?:[至到~～—–)）〕\]、，,]|-\s|止)")
_OPEN_NUMBER = re.compile(r"(?:[〔\[（(\-－—第]|[〔\[（(]\d{4}[〕\]）)])$")


def _joined(grid: Grid) -> Iterator[Sequence[Cell]]:
    """Yield the rows, those that go on with the cells above them joined to theirs."""
    headings: Sequence[Cell] = ()
    above: Sequence[Cell] | None = None
    for row in grid:
        if is_heading_row(row) and any(heading_field(cell) in _NUMBERS for cell in row):
            headings = row
            if above is not None:
                yield above
            above = None
            yield row
            continue
        whole = _continued(above, row, headings) if above is not None else None
        if whole is None and above is not None:
            yield above
        above = whole or row
        if not headings:
            yield row
            above = None
    if above is not None:
        yield above


def _continued(
    above: Sequence[Cell], row: Sequence[Cell], headings: Sequence[Cell]
) -> list[Cell] | None:
    """Return a row with the one below it, if each cell there goes on with the one above it."""
    filled = [at for at, cell in enumerate(row) if shows(cell)]
    if not filled or any(cell.fault or cell.struck for cell in row):
        return None
    whole = list(above)
    is_certain = False
    for at in filled:
        field = heading_field(headings[at])
        upper, lower = above[at].text.strip(), row[at].text.strip()
        if not upper:
            return None
        joined = _number_of(upper, lower) if field in _NUMBERS else _cell_of(upper, lower, field)
        if joined is None:
            return None
        is_certain = is_certain or field in TIMES or bool(_OPEN.search(upper))
        whole[at] = replace(above[at], text=joined)
    return whole if is_certain else None


def _number_of(upper: str, lower: str) -> str | None:
    return upper + lower if _OPEN_NUMBER.search(upper) and not is_code(upper) else None


def _cell_of(upper: str, lower: str, field: str) -> str | None:
    """The text that two cells below each other are together; None if each may be whole."""
    if field not in TIMES:
        is_text = not _DIGIT.search(lower) and not _DIGIT.search(upper[-1:])
        return upper + lower if is_text and not is_heading(lower) else None
    if field not in WINDOWS and is_clock(lower) and not is_clock(upper):
        joined = f"{upper} {lower}"
    elif _OPEN.search(upper) or _GOES_ON.search(lower):
        joined = upper + lower
    elif field in WINDOWS:
        joined = f"{upper}\n{lower}"
    else:
        return None
    before = times_of(upper)
    read = times_of(joined)
    if read is None or (field in WINDOWS and before is not None and before[0] != before[-1]):
        return None
    return joined


# all times of a parcel in one cell

_OF_NODES = re.compile(
    r"(?:关键|重要|主要|各|交易|拍卖|挂牌|出让)*(?:时间)?(?:节点|安排|日程|日程安排|时间)(?:时间|安排)?"
    r"|timeline|schedule|key dates",
    re.IGNORECASE,
)
_BETWEEN_NODES = re.compile(r"[；;。\n]|[，,、](?=[^\d：:]{2,12}[：:\d])")
_NODE = re.compile(r"\s*([^\d：:]{2,12}?)\s*[：:]?\s*(\d.*|[上下中]午.*)", re.DOTALL)


def _with_nodes_apart(grid: Grid) -> Grid:
    """Return the rows, the times that one cell holds with their labels in columns of their own.

    Below `节点`: `报名截止：2031-01-02 17:00；挂牌截止：2031-01-05 10:00`.
    """
    rows = [list(row) for row in grid]
    for first, row in enumerate(grid):
        at = _column_of_nodes(row)
        if at is None:
            continue
        end = next(
            (n for n in range(first + 1, len(grid)) if _column_of_nodes(grid[n]) is not None),
            len(grid),
        )
        found = {n: dict(_nodes(grid[n][at].text)) for n in range(first + 1, end)}
        labels = list(dict.fromkeys(label for nodes in found.values() for label in nodes))
        for number in range(first, end) if labels else ():
            cell = _blank(grid[number][at])
            nodes = found.get(number, {label: label for label in labels})
            rows[number] += [replace(cell, text=nodes.get(label, "")) for label in labels]
            if found.get(number):
                rows[number][at] = cell
    width = max(map(len, rows), default=0)
    return [_filled_up(row, width) for row in rows]


def _column_of_nodes(row: Sequence[Cell]) -> int | None:
    """Return which cell of a row of headings stands over all times of a parcel."""
    places = [at for at, cell in enumerate(row) if _OF_NODES.fullmatch(cell.text.strip())]
    if len(places) != 1 or not any(heading_field(cell) in _NUMBERS for cell in row if shows(cell)):
        return None
    return places[0]


def _nodes(text: str) -> list[tuple[str, str]]:
    """Return each label of a cell with its time; none if a part of the text is anything else."""
    pieces = [piece for piece in _BETWEEN_NODES.split(text) if piece.strip()]
    nodes = [(found[1], found[2].strip()) for found in map(_NODE.fullmatch, pieces) if found]
    if len(nodes) < len(pieces) or any(times_of(value) is None for _, value in nodes):
        return []
    return nodes if len(dict(nodes)) == len(nodes) else []


# a row for each time, or for each window

ITEMS = frozenset(
    {*("事项", "节点", "关键节点", "时间节点", "环节", "阶段", "流程", "步骤", "类别", "内容")}
    | {"任务", "工作事项", "工作内容", "待办", "item", "milestone", "event", "stage", "task"}
)


_TIME_OF_AN_ITEM = re.compile(rf"(?:{'|'.join(sorted(ITEMS))})(?:时间|日期)")


def _unfolded(grid: Grid) -> Iterator[Sequence[Cell]]:
    """Yield the rows, each that holds one time or window of a parcel as labels and values.

    So the parcel of several rows is one form.
    """
    items: _Items | None = None
    for row in grid:
        shown = [cell for cell in row if shows(cell)]
        if _is_of_items(shown):
            yield from items.forms() if items is not None else ()
            items = _Items(row)
        elif items is None or is_heading_row(row) or not any(cell.text.strip() for cell in row):
            yield from items.forms() if items is not None else ()
            items = None
            yield row
        elif items.item_of(row) and not (len(shown) == 1 and _number_alone(shown[0].text)):
            items.add(row)
        else:  # a line of its own
            yield from items.forms()
            items = _Items(items.headings)
            yield row
    yield from items.forms() if items is not None else ()


class _Items:
    """Rows of items with their times, below their headings."""

    def __init__(self, headings: Sequence[Cell]) -> None:
        self.headings = headings
        self._kinds = [_kind_of(cell.text) for cell in headings]
        self._pairs: dict[str, list[tuple[Cell, Cell]]] = {}
        self._items: dict[str, list[str]] = {}
        self._rows: list[Sequence[Cell]] = []
        self._blank: Sequence[Cell] = ()
        self._number = ""
        self._leaves_out_numbers = False

    def item_of(self, row: Sequence[Cell]) -> str:
        return row[self._kinds.index("item")].text.strip().rstrip("：:")

    def add(self, row: Sequence[Cell]) -> None:
        """Keep each value of a row with its label: the times by their item, the rest by theirs."""
        self._rows.append(row)
        if not self._blank:
            self._blank = [_blank(cell) for cell in row]
        if "number" in self._kinds:
            number = row[self._kinds.index("number")]
            self._leaves_out_numbers = self._leaves_out_numbers or not number.text.strip()
            self._number = number.text.strip() or self._number
            label = replace(number, text=NUMBER, own=True)
            self._pairs.setdefault(self._number, [(label, replace(number, own=True))])
        pairs = self._pairs.setdefault(self._number, [])
        self._items.setdefault(self._number, []).append(self.item_of(row))
        for kind, heading, cell in zip(self._kinds, self.headings, row, strict=True):
            if kind in ("number", "item") or not (cell.text.strip() or cell.fault):
                continue
            named = {"time": self.item_of(row), "end": self.item_of(row) + heading.text}
            label = replace(cell, text=f"{named.get(kind, heading.text)}：", own=True)
            pairs.append((label, replace(cell, own=True)))

    def forms(self) -> Iterator[Sequence[Cell]]:
        """Yield the rows of a form for each parcel.

        A row without a number is of the one above where all parcels have the same items, so that a
        number that was lost would show; else the rows stay as they are.
        """
        if self._leaves_out_numbers and len(set(map(tuple, self._items.values()))) > 1:
            yield self.headings
            yield from self._rows
            return
        for pairs in self._pairs.values():
            for label, value in pairs:
                yield [label, value, *self._blank[2:]]


def _is_of_items(shown: Sequence[Cell]) -> bool:
    """Return whether a row is headings of items and their times: 地块编号, 节点, 时间."""
    if not any(cell.text.strip().casefold() in ITEMS for cell in shown):
        return False  # the quick way for the many rows of figures and times
    kinds = [_kind_of(cell.text) for cell in shown]
    return (
        kinds.count("item") == 1
        and kinds.count("number") <= 1
        and ("end" in kinds or kinds.count("time") == 1)
    )


def _kind_of(heading: str) -> str:
    if heading.strip().casefold() in ITEMS:
        return "item"
    if is_end(heading):
        return "end"
    if is_part_of_time(heading) or _TIME_OF_AN_ITEM.fullmatch(heading.strip()):
        return "time"
    return "number" if column_of(heading).field in _NUMBERS else ""


# a number on a row of its own, above the labels of its parcel

_MARKED = re.compile(r"^【(?:地块|宗地|标的|项目)(?:编号|名称)?】\s*(?=\S)")
_BRACKETS = re.compile(r"^[【\[「《]\s*(.+?)\s*[】\]」》]$")
_COUNTED = re.compile(
    r"^(?:(?:地块|宗地|标的|项目)[一二三四五六七八九十\d]{0,3}\s*[：:、]|[一二三四五六七八九十]{1,3}、)\s*"
)
_NAMED = re.compile(
    r"(?:[A-Za-z]\d{0,3}号?|[^\d年月，。：:]{1,12}号?|.{0,8}\d{1,3}号)(?:地块|宗地|地)"
)
_SPEAKS = re.compile(r"告|时间|日期|如下")
_LOOKED_AT = 30  # rows below a number


def _with_labels(grid: Grid) -> Iterator[Sequence[Cell]]:
    """Yield the rows, a number that stands alone above labels and times with its own label."""
    placed: dict[int, list[Sequence[Cell]]] = {}
    for at in range(len(grid) - 2):
        if _is_one_row_of_times(grid[at : at + 4]):
            placed[at + 1], placed[at + 2] = _as_pairs(grid[at + 1], grid[at + 2]), []
    for at, row in enumerate(grid):
        shown = [cell for cell in row if shows(cell)]
        number = _number_alone(shown[0].text) if len(shown) == 1 and len(row) > 1 else ""
        if at in placed:
            yield from placed[at]
        elif number and (at + 1 in placed or _is_form(grid[at + 1 : at + 1 + _LOOKED_AT])):
            blank = list(map(_blank, row))
            label = replace(shown[0], text=NUMBER)
            yield [label, replace(shown[0], text=number), *blank[2:]]
        else:
            yield row


def _is_one_row_of_times(rows: Grid) -> bool:
    """Return whether a number alone stands above headings of times and one row of them."""
    title, headings, *values = rows
    shown = [cell for cell in title if shows(cell)]
    if len(shown) != 1 or not _number_alone(shown[0].text) or not is_heading_row(headings):
        return False
    fields = {heading_field(cell) for cell in headings if shows(cell)}
    alone = [sum(map(shows, row)) < 2 for row in values]
    return bool(fields & TIMES) and not fields & _NUMBERS and alone in ([False], [False, True])


def _as_pairs(headings: Sequence[Cell], row: Sequence[Cell]) -> list[Sequence[Cell]]:
    blank = list(map(_blank, row))[2:]
    pairs = zip(headings, row, strict=True)
    return [[heading, cell, *blank] for heading, cell in pairs if shows(cell) and shows(heading)]


def _number_alone(text: str) -> str:
    """Return the number that a line is; empty if it is none, or the one of a notice."""
    bare = _MARKED.sub("", text.strip().rstrip("：:"))
    bracketed = _BRACKETS.match(bare)
    bare = _COUNTED.sub("", bracketed[1] if bracketed else bare).strip()
    is_number = is_code(bare) or _NAMED.fullmatch(bare) is not None
    is_other = _SPEAKS.search(bare) or times_of(bare) is not None or is_heading(bare)
    return bare if is_number and not is_other else ""


_NAME_OF_A_NUMBER = re.compile(r"\d{3}|\d-\d|\d号")


def _named_by_title(grid: Grid, title: str) -> Grid:
    """Return the rows below a number that only their title gives."""
    number = _number_alone(title) if _NAME_OF_A_NUMBER.search(title) else ""
    if not number:
        return grid
    begin = next((at for at, row in enumerate(grid) if sum(map(shows, row)) > 1), len(grid))
    if not _is_form(grid[begin : begin + _LOOKED_AT]):
        return grid
    label, value, *rest = grid[begin]
    named = [replace(_blank(label), text=NUMBER), replace(_blank(value), text=number)]
    return [*grid[:begin], [*named, *map(_blank, rest)], *grid[begin:]]


def _is_form(below: Grid) -> bool:
    """Return whether rows of labels and times follow, before the next line that stands alone."""
    is_timed = False
    for row in below:
        shown = [cell for cell in row if shows(cell)]
        if len(shown) == 1 and not is_timed:
            return False
        if len(shown) == 1:
            break
        labels = shown[::2]
        if is_heading_row(row) or any(heading_field(cell) in _NUMBERS for cell in shown):
            return False
        if any(times_of(cell.text) is not None for cell in labels):
            return False  # a column for each parcel
        is_timed = is_timed or any(heading_field(cell) in TIMES for cell in shown)
    return is_timed
