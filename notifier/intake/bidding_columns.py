"""Tell what a column called 竞价 or 竞拍 holds: it depends on the way of offering."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from notifier.intake.cell_ranges import ends_of_range, times_of
from notifier.intake.notice.columns import Column
from notifier.intake.notice.rows import Entry

_OF_BIDS = re.compile("竞价|竞拍")
_AUCTION = re.compile("拍卖|竞拍|auction", re.IGNORECASE)
_LISTING = re.compile("挂牌|listing", re.IGNORECASE)
_LONGEST_TITLE = 30  # characters: a longer line tells of other things, too
_BIDDING = frozenset({"bidding", "bidding_open", "bidding_close"})


def bids_by_kind(entries: tuple[Entry, ...], lines: Iterable[str]) -> tuple[Entry, ...]:
    """Return the entries of a row, the times of its bids as those of its way of offering.

    A point in time called 竞价时间 is the start of an auction, two ends called 竞拍时间 are the
    window of a listing. `lines` stand around the table, for a row that does not state its way.
    """
    if not any(_is_of_bids(entry.column.heading) for entry in entries):
        return entries
    stated = [entry.value for entry in entries if entry.column.field == "kind" and entry.value]
    words = " ".join(stated or [line for line in lines if len(line) <= _LONGEST_TITLE])
    is_listing = _LISTING.search(words) is not None
    is_auction = _AUCTION.search(words) is not None and not is_listing
    given = {entry.column.field for entry in entries if entry.value.strip()}
    return tuple(
        _named(entry, given, is_auction=is_auction, is_listing=is_listing)
        if _is_of_bids(entry.column.heading)
        else entry
        for entry in entries
    )


@lru_cache(maxsize=4096)
def _is_of_bids(heading: str) -> bool:
    return _OF_BIDS.search(heading) is not None


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
