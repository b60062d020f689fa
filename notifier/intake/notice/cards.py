"""Cards: labels, each with its value behind it, perhaps for several parcels one after the other."""

from __future__ import annotations

import re
from collections.abc import Sequence

from notifier.intake.notice.columns import Column, column, is_heading, is_sub, is_time_label
from notifier.intake.notice.pieces import Piece
from notifier.intake.notice.rows import Entry, Row, fields_of
from notifier.intake.notice.text import plain
from notifier.intake.times import tokens

_IDENTITY = {"parcel_no", "parcel_name", "location"}
_LINES_OF_A_VALUE = 2
_ONCE = {"parcel_no", "location", "start_price_wan", "deposit_wan", "bidding_open", "bidding_close"}


def read_card(pieces: Sequence[Piece], at: int) -> tuple[list[Row], int]:
    """The parcels of cards that begin at `at`: a label, then its value, perhaps on the same line."""
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
        text = pieces[at].text.strip()
        in_note = label is not None and label.field == "note"
        if pieces[at].is_section or (pieces[at].is_prose and not in_note):
            break
        if _is_card_label(text):
            close()
            one = column(text.rstrip(":："))
            if one.field in _ONCE and any(entry.column.field == one.field for entry in entries):
                rest = _since_number(entries)
                rows.append(Row(entries=tuple(entries[: -len(rest)] if rest else entries), place=pieces[begin].place))
                entries, begin = rest, at
            label, value, crowded = one, [], False
        elif text and label is not None and (not value or (len(value) < _LINES_OF_A_VALUE and text[0] in "(（")):
            value.append(pieces[at])
        elif text and not in_note and not _is_loose(text):
            crowded = begins_with_date(text)
            if not crowded or not any(_is_card_label(one.text) for one in pieces[at + 1 : at + 2]):
                break
        at += 1
    close()
    rows.append(Row(entries=tuple(entries), place=pieces[begin].place))
    rows = [row for row in rows if row.has(*_IDENTITY) and len(row.entries) >= 2]
    enough = any(len(fields_of(entry.column for entry in row.entries)) >= 3 for row in rows)
    return (rows, at) if enough else ([], at)


def _since_number(entries: list[Entry]) -> list[Entry]:
    """What stands after the number of a parcel that does not come first: the number begins the next parcel."""
    at = next((place for place, entry in enumerate(entries) if entry.column.field == "parcel_no"), 0)
    return entries[at:] if at else []


def begins_with_date(text: str) -> bool:
    return any(token.has_date and token.start == 0 for token in tokens(plain(text.strip())))


def _is_loose(text: str) -> bool:
    """Whether a card may hold this text under no label of ours: short, and no time that could be a deadline."""
    return len(text) <= 40 and "公告" not in text and not re.search(r"\d{4}年|\d月", text)


def _begins_card(pieces: Sequence[Piece], at: int) -> bool:
    """A label with a colon; or one without, where labels and values take turns."""
    text = pieces[at].text.strip()
    one = column(text.rstrip(":："))
    if not text or len(text) > 30 or one.field not in _IDENTITY:
        return False
    if text.endswith((":", "：")):
        return True
    turns = [_is_card_label(piece.text) for piece in pieces[at : at + 4]]
    return one.exact and turns == [True, False, True, False] and not is_heading(pieces[at + 1].text)


def _is_card_label(text: str) -> bool:
    bare = text.strip()
    if not bare or len(bare) > 30:
        return False
    one = column(bare.rstrip(":："))
    if bare.endswith((":", "：")):
        return True
    return bool(one.field and one.exact and not re.search(r"\d", bare)) or is_sub(bare)
