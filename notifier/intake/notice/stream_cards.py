"""Labels with their values behind them in a stream of cells, of one parcel or of all."""

from __future__ import annotations

import re
from collections.abc import Sequence

from notifier.domain.values import Place
from notifier.intake.documents import Cell
from notifier.intake.notice.alignment import begins_with_date
from notifier.intake.notice.columns import Column, column_of, fits, is_heading, is_time_label
from notifier.intake.notice.columns_layout import columns_beside, turned_grid
from notifier.intake.notice.folded_text import states_date
from notifier.intake.notice.pairs_layout import end_of_card, is_card_label
from notifier.intake.notice.pieces import Piece, Stream
from notifier.intake.notice.rows import Entry, Row, fields_of
from notifier.intake.notice.stream_headings import LONGEST_HEADING, heading_at
from notifier.intake.notice.table_layout import IDENTITY, NAMES

_MOST_TURNS = 3  # of label and value, of which one label may not be known
_AHEAD = 4  # cells within which a card that goes on has a label
_FEWEST_LINES = 3  # of as many values as there are parcels


def table_beside_at(pieces: Stream, begin: int) -> tuple[list[Row], int] | None:
    """Return the rows of a table with one column a parcel.

    It is a grid again, as every label has as many values behind it.
    """
    label, size = heading_at(pieces, begin)
    if column_of(label).field not in NAMES:
        return None
    count = _values_behind(pieces, begin + size)
    if count < 2 or not _are_alike(pieces[begin + size : begin + size + count]):
        return None
    lines: list[list[Cell]] = []
    whole = 0
    at = begin
    while at < len(pieces) and _may_be_label(pieces, at):
        label, size = heading_at(pieces, at)
        values = pieces[at + size : at + size + min(_values_behind(pieces, at + size), count)]
        whole += len(values) == count
        lines.append(
            [Cell(text=label.rstrip(":："), place=pieces[at].place), *_spread(label, values, count)]
        )
        at += size + len(values)
    if not _are_of_times(lines) and (whole < _FEWEST_LINES or whole * 2 < len(lines)):
        return None
    layout = columns_beside(lines, turned_grid(lines, 0), 0, 1)
    return (layout.read()[0], at) if layout is not None and layout.score > 0 else None


def _are_of_times(lines: Sequence[Sequence[Cell]]) -> bool:
    """Return whether all lines behind that of the numbers have times, one for each parcel."""
    return len(lines) > 1 and all(
        is_time_label(label.text)
        and all(begins_with_date(cell.text) and not cell.missing for cell in cells)
        for label, *cells in lines[1:]
    )


def _are_alike(names: Sequence[Piece]) -> bool:
    """Return whether all of `names` hold a digit or none does.

    Of a row of headings whose first is the parcel's number, only the number of the row below it
    would.
    """
    return len({any(char.isdigit() for char in name.text) for name in names}) == 1


def _values_behind(pieces: Stream, at: int) -> int:
    end = at
    while end < len(pieces) and not pieces[end].is_prose and not _may_be_label(pieces, end):
        end += 1
    return end - at


def _may_be_label(pieces: Stream, at: int) -> bool:
    label, _ = heading_at(pieces, at)
    return is_card_label(label) and is_heading(label.rstrip(":："))


def _spread(label: str, values: Sequence[Piece], count: int) -> list[Cell]:
    """Return the cells beside a label.

    Its values; the only value of all; or empty cells of which nothing is certain.
    """
    column = column_of(label.rstrip(":："))
    fitting = [fits(column, value.text) is not None for value in values]
    place = values[0].place if values else Place()
    if len(values) == count and all(fitting):
        return [Cell(text=value.text, place=value.place) for value in values]
    if fitting and fitting[0] and not any(fitting[1:]):
        text = values[0].text
        return [Cell(text=text, own=not number, place=place) for number in range(count)]
    text = "、".join(value.text for value in values)
    return [Cell(text=text, missing=True, place=place) for _ in range(count)]


# `各地块截止时间分别为:` begins a list of the parcels' times, below the last card
_OF_SEVERAL = re.compile(r"[各上以前]述?[^:：]{0,20}(?:分别|依次)[^:：]{0,4}[:：]$")


def cards_at(pieces: Stream, at: int) -> tuple[list[Row], int]:
    if not _begins_card(pieces, at):
        return [], at
    rows: list[Row] = []
    entries: list[Entry] = []
    label: Column | None = None
    value: list[Piece] = []
    crowded = False  # a second time follows the value: which of them is the label's?
    begin = at

    def close() -> None:
        if label is not None and value and (label.field or is_time_label(label.heading)):
            text = "\n".join(piece.text for piece in value)
            certain = not crowded or not is_time_label(label.heading)
            entries.append(Entry(column=label, value=text, place=value[0].place, certain=certain))

    while at < len(pieces):
        in_note = label is not None and label.field == "note"
        if pieces[at].is_section or (pieces[at].is_prose and not in_note):
            break
        text, size = heading_at(pieces, at)
        text = text.strip()
        if _OF_SEVERAL.match(text):
            break
        if is_card_label(text):
            close()
            column = column_of(text.rstrip(":："))
            size_of_card = end_of_card(entries, column, rows)
            if size_of_card:
                rows.append(Row(entries=tuple(entries[:size_of_card]), place=pieces[begin].place))
                entries, begin = entries[size_of_card:], at
            label, value, crowded = column, [], False
            at += size
            continue
        text = pieces[at].text.strip()
        if label is not None and (
            not value or pieces[at].same_cell or (len(value) < 2 and text[:1] in ("(", "（"))
        ):
            value.append(pieces[at])
        elif not in_note and not _is_loose(pieces, at):
            crowded = begins_with_date(text)
            if not crowded or not any(
                is_card_label(following.text) for following in pieces[at + 1 : at + 2]
            ):
                break
        at += 1
    close()
    rows.append(Row(entries=tuple(entries), place=pieces[begin].place))
    rows = [row for row in rows if row.has(*IDENTITY) and len(row.entries) >= 2]
    enough = any(len(fields_of(entry.column for entry in row.entries)) >= 3 for row in rows)
    return (rows, at) if enough else ([], at)


def _is_loose(pieces: Stream, at: int) -> bool:
    """Return whether a card may hold the text at `at` under no label of ours.

    It is short, or labels go on behind it; and no time that could be a deadline.
    """
    text = pieces[at].text.strip()
    goes_on = any(is_card_label(piece.text) for piece in pieces[at + 1 : at + 1 + _AHEAD])
    return (
        (goes_on or len(text) <= LONGEST_HEADING) and "公告" not in text and not states_date(text)
    )


def _begins_card(pieces: Stream, at: int) -> bool:
    """A label with a colon; or one without, where labels and values take turns."""
    text, size = heading_at(pieces, at)
    text = text.strip()
    column = column_of(text.rstrip(":："))
    if not text or len(text) > 30 or column.field not in IDENTITY:
        return False
    if text.endswith((":", "：")):
        return True
    turns: list[bool] = []
    while at < len(pieces) and len(turns) < 2 * _MOST_TURNS:
        text, size = heading_at(pieces, at)
        turns.append(is_card_label(text))
        at += size if turns[-1] else 1
        if turns in ([True, False, True, False], [True, False, False, False, True, False]):
            return column.exact and not is_heading(text)
    return False
