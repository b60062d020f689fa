"""The layout of cards: labels, each with its value beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from notifier.intake.documents import Cell, Paragraph
from notifier.intake.notice.columns import (
    TIMES,
    Column,
    column_of,
    is_heading,
    is_sub,
    is_time_label,
    points,
)
from notifier.intake.notice.rows import Entry, Row
from notifier.intake.notice.table_headings import CODE, OF_A_HEADING, by_values, own_texts
from notifier.intake.notice.table_layout import IDENTITY, Grid, Layout, as_text, entry_of

ONCE = IDENTITY - {"parcel_name"} | {
    "start_price_wan",
    "deposit_wan",
    "bidding_open",
    "bidding_close",
}


def is_card_label(text: str) -> bool:
    bare = text.strip()
    if not bare or len(bare) > 30:
        return False
    column = column_of(bare.rstrip(":："))
    if bare.endswith((":", "：")):
        return True
    return (
        bool(column.field and column.exact and not CODE.search(bare))
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
    again = [entry.column.heading for entry in entries if entry.column.field == label.field]
    is_another = label.field == "location" and label.heading not in again  # `位置`, `四至`
    return len(entries) if label.field in ONCE and again and not is_another else 0


def pairs_of(grid: Grid, at: int) -> Layout | None:
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
        if not found and len(set(own_texts(grid[end]))) > 1:
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
            elif entry.column.field == "parcel_no" and not rows and _names_a_parcel(grid[:at]):
                # the rest of the card above, that a row of another form broke
                entries[:] = [replace(earlier, certain=False) for earlier in entries]
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


# `现状土地条件:净地出让` beside cells that are a label or a value alone
_WHOLE_PAIR = re.compile(r"(?P<label>[^:：。；;]{2,20})[:：]\s*(?P<value>\S[\s\S]*)")


def _ends_as_label(cell: Cell) -> bool:
    return cell.text.strip().endswith((":", "："))


def _names_a_parcel(above: Grid) -> bool:
    """Return whether rows hold the label of a parcel's number."""
    cells = [cell for row in above for cell in row if cell.own and _ends_as_label(cell)]
    return any(column_of(cell.text.strip().rstrip(":：")).field == "parcel_no" for cell in cells)


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
            whole = _WHOLE_PAIR.fullmatch(cell.text.strip())
            if whole is not None and any(map(_ends_as_label, own)):
                column = column_of(whole["label"])
                found.append(entry_of(column, replace(cell, text=whole["value"])))
            elif cell.text.strip():
                return [], 0.0
            continue
        column = by_values(column_of(label.text.rstrip(":：")), [cell])
        score += points(column, cell.text) + (
            OF_A_HEADING if is_heading(label.text.rstrip(":：")) else 0.0
        )
        if cell.text.strip() or cell.fault or cell.struck:
            found.append(entry_of(column, cell))
        label = None
    return found, score
