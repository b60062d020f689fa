"""What the headings of a table mean: above each other, with units, ends of windows, by values."""

from __future__ import annotations

import re
from collections.abc import Sequence

from notifier.intake.cell_ranges import ends_of_range, is_time
from notifier.intake.documents import Cell
from notifier.intake.headings import IGNORED, WINDOWS, squash_heading, tense_alone
from notifier.intake.notice.clock_columns import is_part_of_time
from notifier.intake.notice.columns import (
    GROUP,
    TIMES,
    Column,
    column_of,
    in_unit,
    is_heading,
    is_unit,
)
from notifier.intake.notice.folded_text import plain, states_date
from notifier.intake.notice.table_layout import LONGEST_LABEL, Grid, states_time

_ENDS = TIMES - WINDOWS.keys()
# below the heading of a window
_END = re.compile(
    r"(?:(开始|起始|起)|截止|结束|终止|止)(?:时间|日期|日)?"
    r"|(?:(open|start|begin)|close|end|due|deadline)s?(?:time|date)?"
)
_DIGIT = re.compile(r"[0-9]")
_LETTER = re.compile(r"[^\W\d_]")
CODE = re.compile(r"\d{3}|\d-\d|\d号")
_AUCTION = "拍卖"
LONG_TEXT = 60
_OF_UNKNOWN = 0.2
OF_A_HEADING = 1.0


def own_texts(row: Sequence[Cell]) -> list[str]:
    """The cells' texts, one for a merged cell."""
    texts: list[str] = []
    for number, cell in enumerate(row):
        if cell.text.strip() and (cell.own or number == 0 or row[number - 1].text != cell.text):
            texts.append(cell.text)
    return texts


def may_be_headings(row: Sequence[Cell]) -> bool:
    own = own_texts(row)
    if any(map(states_time, row)):
        return False
    known = sum(len(text) <= LONG_TEXT and _is_known(text) for text in own)
    return bool(own) and known * 2 >= len(own)


def _is_known(text: str) -> bool:
    """Return whether a text is a heading, or stands below one: `万元`, `截止`, `日期`, `变更后`."""
    return (
        is_heading(text)
        or is_unit(text)
        or is_end(text)
        or is_part_of_time(text)
        or bool(tense_alone(text))
    )


def is_end(text: str) -> bool:
    return _END.fullmatch(squash_heading(text)) is not None and not column_of(text).field


def is_heading_row(row: Sequence[Cell]) -> bool:
    """Return whether a row among the values is the headings of another table."""
    own = own_texts(row)
    fewest = max(2, -(-len(own) * 7 // 10))
    if sum(_LETTER.search(text) is not None for text in own) < fewest:
        return False  # the quick way for the many rows of figures and times
    words = [text for text in own if not _DIGIT.search(text)]
    if len(words) < fewest:
        words = [text for text in own if text.isascii()]  # headings in English: `area_m2`
    if len(words) < fewest:
        return False
    return sum(len(text) <= LONGEST_LABEL and is_heading(text) for text in own) >= fewest


def worth_of_headings(headings: Sequence[str]) -> float:
    known = list(filter(_is_known, headings))
    if len(known) * 2 < len(headings):
        return -OF_A_HEADING * len(headings)
    values = sum(CODE.search(text) is not None for text in headings if text not in known)
    return OF_A_HEADING * (len(known) - 2 * values) + _OF_UNKNOWN * (len(known) - len(headings))


def is_a_time(heading: str) -> bool:
    """Return whether a time stands in place of a heading.

    The end of the headings and the beginning of the first row are lost then, and with it merged
    cells that the rows below give way to.
    """
    return states_date(heading) and not is_heading(heading)


def stack_of(grid: Grid, at: int, depth: int, place: int) -> list[str]:
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
    if len(texts) > 1 and (tense := tense_alone(texts[-1])):
        above = meaning(texts[:-1])
        return Column(f"{tense}{above.heading}", above.field, above.exact)
    joined = "".join(texts)
    if len({column_of(text).field for text in texts} & _ENDS) > 1:
        return Column(joined)
    if len(texts) > 1 and (end := _END.fullmatch(squash_heading(texts[-1]))) is not None:
        # `挂牌报价` over two ends is `挂牌报价时间`
        window = column_of(texts[-2]).field or column_of(f"{texts[-2]}时间").field
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


def by_values(column: Column, cells: Sequence[Cell]) -> Column:
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
    if not column.field and squash_heading(column.heading).endswith(_AUCTION):
        is_timed = all(is_time(text) for text in filled)
        return Column(column.heading, "auction_start", exact=False) if is_timed else column
    if column.field or not all(ends_of_range(plain(text)) for text in filled):
        return column
    field = column_of(f"{column.heading.rstrip(':：')}时间").field
    return Column(column.heading, field, exact=False) if field in WINDOWS else column


_BETWEEN_ENDS = re.compile(r"\s*(?:至|到|~|～|—+|--?|–|－|→)\s*")


def with_ends(columns: Sequence[Column], lines: Sequence[Sequence[Cell]]) -> list[Column]:
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
