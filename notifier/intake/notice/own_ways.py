"""The way in which each parcel is offered, where one notice auctions some and lists others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from notifier.domain.values import Window
from notifier.intake.notice.folded_text import Sentence
from notifier.intake.notice.named import Keys, Names
from notifier.intake.notice.parcel_drafts import ParcelDraft
from notifier.intake.notice.prose import StatedTime

_COLUMN = re.compile(r"(?:出让|供应|供地|交易)方式")
_WORDS = {"拍卖": Window.AUCTION, "挂牌": Window.BIDDING}
_TELLS = re.compile(r"(拍卖|挂牌)(?:方式|出让)")
_CLAUSE = re.compile(r"(?<=[,;])")


def of_own_ways(
    times: Sequence[StatedTime], all_sentences: Sequence[Sentence], drafts: Sequence[ParcelDraft]
) -> list[StatedTime]:
    """The times, with the auction of all as one of those that are auctioned, the listing alike.

    As they are where the notice does not tell the way of each parcel.
    """
    ways = _ways(all_sentences, drafts)
    everybody = frozenset(draft.key for draft in drafts)
    if not all(ways.values()) or ways[Window.AUCTION] | ways[Window.BIDDING] != everybody:
        return list(times)
    if ways[Window.AUCTION] & ways[Window.BIDDING]:
        return list(times)
    return [_of_its_way(time, ways) for time in times]


def _of_its_way(time: StatedTime, ways: dict[Window, Keys]) -> StatedTime:
    own = next((keys for window, keys in ways.items() if time.topics == {window}), None)
    return time if own is None or time.about else replace(time, about=own)


def _ways(all_sentences: Sequence[Sentence], drafts: Sequence[ParcelDraft]) -> dict[Window, Keys]:
    known = list(_in_cells(drafts)) or list(_in_words(all_sentences, drafts))
    return {
        window: frozenset(key for key, word in known if _WORDS[word] is window)
        for window in _WORDS.values()
    }


def _in_cells(drafts: Sequence[ParcelDraft]) -> Iterator[tuple[int, str]]:
    for draft in drafts:
        for entry in draft.entries:
            if _COLUMN.search(entry.column.heading):
                yield from ((draft.key, word) for word in _WORDS if word in entry.value)


def _in_words(
    all_sentences: Sequence[Sentence], drafts: Sequence[ParcelDraft]
) -> Iterator[tuple[int, str]]:
    names = Names(drafts)
    for sentence in all_sentences:
        if not _TELLS.search(sentence.text):
            continue
        for clause in _CLAUSE.split(sentence.text):
            found = _TELLS.search(clause)
            if found is not None:
                yield from ((key, found[1]) for key in names.named(clause))
