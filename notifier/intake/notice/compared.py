"""Write out tables that set the old beside the new, as the sentences they stand for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from notifier.intake.documents import Cell, Paragraph, Table
from notifier.intake.notice.columns import Column, column_of
from notifier.intake.notice.folded_text import dense, plain
from notifier.intake.notice.rows import Entry, Row
from notifier.intake.notice.scan import CHANGED, OTHER, heading_label
from notifier.intake.notice.table_forms import ITEMS

_OLD_COLUMN = re.compile(rf"\s*(?:原|{CHANGED}前)")
_NEW_COLUMN = re.compile(rf"\s*(?:现|新|{CHANGED}后|{CHANGED}(?:为|内容))")
_LONGEST = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class _Pair:
    """The columns of the old and the new; `what` they are of, if their headings say so.

    Either may be lost, or not be there.
    """

    old: int | None
    new: int | None
    what: str = ""


def as_sentences(table: Table) -> tuple[list[Row], list[Paragraph]] | None:
    """The parcels of a table that sets the old beside the new, and what it says as sentences.

    None if the table is another. The parcels have their numbers alone.
    """
    for number_of_row, row in enumerate(table.rows[:3]):
        pairs = _pairs([dense(plain(cell.text)) for cell in row])
        if pairs:
            number, label = _beside(row, pairs)
            below = table.rows[number_of_row + 1 :]
            slipped = any(cell.missing for cell in row) or any(
                _begins_empty(line, pairs, label) for line in below[:1]
            )
            filled = [(line, pair) for line in below for pair in pairs if _is_filled(line, pair)]
            named = {} if number is None else {line[number].text: line[number] for line in below}
            parcels = [_parcel(cell) for cell in named.values() if _is_one_number(cell)]
            return parcels, [
                _sentence(
                    line,
                    pair,
                    number,
                    label,
                    sure=not slipped and not any(cell.missing for cell in line),
                )
                for line, pair in filled
            ]
    return None


def _is_one_number(cell: Cell) -> bool:
    return len(dense(plain(cell.text)).split()) == 1


def _parcel(cell: Cell) -> Row:
    number = Entry(column=Column("", "parcel_no"), value=cell.text, place=cell.place)
    return Row(entries=(number,), place=cell.place)


def _pairs(headings: Sequence[str]) -> list[_Pair]:
    short = {place: text for place, text in enumerate(headings) if place and len(text) < _LONGEST}
    old = {
        place: _rest(_OLD_COLUMN, text) for place, text in short.items() if _OLD_COLUMN.match(text)
    }
    new = {
        place: _rest(_NEW_COLUMN, text) for place, text in short.items() if _NEW_COLUMN.match(text)
    }
    if len(old) == len(new) == 1:
        (before,), (after,) = old, new
        return [
            _Pair(old=before, new=after, what=_time_label(new[after]) or _time_label(old[before]))
        ]
    if not old and len(new) == 1 and any(text in ITEMS for text in headings):
        return [_Pair(old=None, new=after) for after in new]  # `事项 | 调整后时间`
    bare = {place: text for place, text in short.items() if place not in new}
    pairs = [
        _Pair(old=before, new=after, what=what)
        for after, what in new.items()
        for before, text in {**bare, **old}.items()
        if what == text and _time_label(what)
    ]
    if pairs:
        paired = {pair.new for pair in pairs}
        return pairs + [
            _Pair(old=None, new=after, what=what)
            for after, what in new.items()
            if after not in paired and _time_label(what)
        ]
    return [
        _Pair(old=before, new=None, what=what) for before, what in old.items() if _time_label(what)
    ]


def _is_filled(line: Sequence[Cell], pair: _Pair) -> bool:
    """Return whether each cell of the pair that there is says something, be it struck out."""
    old, new = (place is None or line[place].text.strip() for place in (pair.old, pair.new))
    return bool((old or (pair.old is not None and line[pair.old].struck)) and new)


def _begins_empty(line: Sequence[Cell], pairs: Sequence[_Pair], label: int) -> bool:
    """Return whether what changes, or what it becomes, is missing in the first row of a table.

    Its column may stand one row too low then.
    """
    needed = [pair.new for pair in pairs if pair.new is not None]
    needed += [label] if not any(pair.what for pair in pairs) else []
    empty = [place for place in needed if not line[place].text.strip()]
    return bool(empty) and any(cell.text.strip() for cell in line)


def _rest(pattern: re.Pattern[str], heading: str) -> str:
    return pattern.sub("", heading, count=1).removeprefix("的")


def _time_label(words: str) -> str:
    """`words` if they say what a time is for."""
    return words if heading_label(words)[0] - {OTHER} else ""


def _beside(headings: Sequence[Cell], pairs: Sequence[_Pair]) -> tuple[int | None, int]:
    """(the column that names the parcel, if there is one; the column that says what changes)."""
    compared = {place for pair in pairs for place in (pair.old, pair.new) if place is not None}
    others = [place for place in range(len(headings)) if place not in compared]
    number = next((place for place in others if _is_of_parcels(headings[place].text)), None)
    labels = [place for place in others if place != number and place < min(compared)] or others[:1]
    return number, labels[-1] if labels else min(compared)


_LAND = re.compile(r"(?:宗地|地块)$")  # `挂牌出让宗地` stands above their numbers


def _is_of_parcels(heading: str) -> bool:
    return column_of(heading).field == "parcel_no" or _LAND.search(heading.strip()) is not None


def _sentence(
    line: Sequence[Cell], pair: _Pair, number: int | None, label: int, *, sure: bool
) -> Paragraph:
    text = ""
    if sure or pair.new is None:
        text = _what(line, pair, number, label)
        old = "" if pair.old is None else _with_unit(line[pair.old].text, text)
        text += f"原为{old}" if old.strip() else ""
    text += f",调整为{_with_unit(line[pair.new].text, text)}。" if pair.new is not None else "。"
    return Paragraph(text=text, place=line[label].place)


_UNIT = re.compile(r"[(（]((?:万|亿)?元|平方米|㎡|亩|公顷)[)）]")
_BARE = re.compile(r"\s*[\d,]+(?:\.\d+)?\s*")


def _with_unit(value: str, words: str) -> str:
    """Return a bare number with the unit of what changes: `保证金(万元)`."""
    unit = _UNIT.search(words)
    return f"{value.strip()}{unit[1]}" if unit is not None and _BARE.fullmatch(value) else value


def _what(line: Sequence[Cell], pair: _Pair, number: int | None, label: int) -> str:
    """Return the parcel and what changes of it.

    Nothing where either cell is empty, so that nobody guesses.
    """
    what = pair.what or line[label].text
    if number is None:
        return what
    if not line[number].text.strip() or not what.strip():
        return ""
    return f"{line[number].text.removesuffix('地块')}地块{what}"
