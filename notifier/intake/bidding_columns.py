"""Tell what a column called 竞价 or 竞拍 holds: it depends on the way of offering."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from notifier.intake.cell_ranges import ends_of_range, times_of
from notifier.intake.notice.columns import Column
from notifier.intake.notice.rows import Entry

_OF_BIDS = re.compile("竞价|竞拍")
_AUCTION = re.compile("拍卖|竞拍|auction", re.IGNORECASE)
_LISTING = re.compile("挂牌|listing", re.IGNORECASE)
_LONGEST_TITLE = 30  # characters: a longer line tells of other things, too
_BIDDING = frozenset({"bidding", "bidding_open", "bidding_close"})


def bids_by_kind(entries: Sequence[Entry], lines: Iterable[str]) -> tuple[Entry, ...]:
    """Return the entries of a row, the times of its bids as those of its way of offering.

    A point in time called 竞价时间 is the start of an auction, two ends called 竞拍时间 are the
    window of a listing. `lines` stand around the table, for a row that does not state its way.
    """
    stated = [entry.value for entry in entries if entry.column.field == "kind" and entry.value]
    words = " ".join(stated or [line for line in lines if len(line) <= _LONGEST_TITLE])
    is_listing = _LISTING.search(words) is not None
    is_auction = _AUCTION.search(words) is not None and not is_listing
    given = {entry.column.field for entry in entries if entry.value.strip()}
    return tuple(
        _named(entry, given, is_auction=is_auction, is_listing=is_listing)
        if _OF_BIDS.search(entry.column.heading)
        else entry
        for entry in entries
    )


def _named(entry: Entry, given: set[str], *, is_auction: bool, is_listing: bool) -> Entry:
    field = entry.column.field
    span = times_of(entry.value)
    is_point = span is not None and span[0] == span[1]
    if is_auction and is_point and given & (_BIDDING | {"auction_start"}) == {field}:
        field = "auction_start"
    elif is_listing and field == "auction_start" and not given & _BIDDING:
        field = "bidding" if ends_of_range(entry.value) is not None else field
    column = Column(entry.column.heading, field, entry.column.exact)
    return replace(entry, column=column)
