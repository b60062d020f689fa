"""Rows whose cells stand under the headings of others."""

from __future__ import annotations

import re
from dataclasses import replace

from notifier.intake.notice.columns import fits, is_time_label
from notifier.intake.notice.folded_text import plain, states_date
from notifier.intake.notice.rows import Entry, Row

# under the heading of a deposit a time may be that of its payment
_AMOUNTS = frozenset({"area_m2", "floor_area_m2", "far", "start_price_wan"})
_AMOUNT = re.compile(r"\d[\d,]{2,}(?:\.\d+)?")
_SERIAL_DAY = re.compile(r"4\d{4}(?:\.\d+)?")  # a day as a spreadsheet counts them


def without_slipped_times(row: Row) -> Row:
    """Return the row, its times not certain if a value shows that the cells moved.

    Such as a time under the heading of an area, or an amount under that of a time.
    """
    return with_unsure_times(row) if any(map(_is_out_of_place, row.entries)) else row


def with_unsure_times(row: Row) -> Row:
    entries = (
        replace(entry, certain=False) if is_time_label(entry.column.heading) else entry
        for entry in row.entries
    )
    return replace(row, entries=tuple(entries))


def _is_out_of_place(entry: Entry) -> bool:
    if entry.column.field in _AMOUNTS:
        return states_date(entry.value) and fits(entry.column, entry.value) is None
    text = plain(entry.value).strip()
    if not _AMOUNT.fullmatch(text) or _SERIAL_DAY.fullmatch(text):
        return False
    return is_time_label(entry.column.heading)
