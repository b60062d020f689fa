"""Deadlines that hold only under a condition: `如仅有一家报名,改为挂牌,挂牌时间…`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from notifier.domain.values import Kind, MilestoneName, Window
from notifier.intake.notice.facts import Fact
from notifier.intake.notice.folded_text import Sentence, dense, plain
from notifier.intake.notice.named import Names
from notifier.intake.notice.parcel_drafts import ParcelDraft
from notifier.intake.notice.rows import Row
from notifier.intake.notice.scan import Topic, lexicon

_LONGEST = 60
_MODES = ("拍卖", "挂牌")
_BIDDING = frozenset({MilestoneName.BIDDING_OPEN, MilestoneName.BIDDING_CLOSE})
_AUCTION = frozenset({MilestoneName.AUCTION_START})


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile("|".join(lexicon()["condition"][name]))


def condition(text: str) -> str:
    """Return the condition that the beginning of a sentence sets on its deadlines.

    Empty if it sets none.
    """
    found = _pattern("words").search(text)
    # a listing that ends in a live round if several still bid is one set of deadlines
    if (
        found is None
        or _pattern("modes").search(text) is None
        or _pattern("live_round").search(text)
    ):
        return ""
    return text[found.start() :][:_LONGEST]


def condition_of_heading(text: str) -> str:
    """Return the condition in the heading of a column: `挂牌时间(报名不足3家的)`."""
    few = _pattern("few").search(text)
    return text[few.start() :].rstrip(")")[:_LONGEST] if few is not None else ""


def conditions_of_sections(all_sentences: Sequence[Sentence]) -> list[str]:
    """Return of each sentence the condition of the section in which it stands; empty for none.

    A section begins with `(二)以挂牌方式出让的`, and there is one for either way. It is that of the
    other way of offering where the notice says that too few bidders make it a listing.
    """
    ways = [way for sentence in all_sentences for way in _ways(sentence.text)]
    texts = [sentence.text for sentence in all_sentences] if ways else []
    sections = [text for text in texts if _pattern("section").fullmatch(text)]
    is_both = all(any(mode in text for text in sections) for mode in _MODES)
    found: list[str] = []
    heading, words, other = "", "", ""
    for sentence in all_sentences if is_both else ():
        if _pattern("section").fullmatch(sentence.text):
            heading = sentence.heading
            words = next((way.words for way in ways if _is_of(way.topic, sentence.text)), "")
            other = next((mode for mode in _MODES if mode not in sentence.text), "")
        elif sentence.heading != heading or (other and other in sentence.text):
            words = ""
        found.append(words)
    return found or [""] * len(all_sentences)


def is_of_a_meeting(text: str) -> bool:
    """Return whether a label is of the meeting at which a listing ends: `挂牌出让现场会时间`."""
    return _pattern("meeting").search(text) is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class OtherWay:
    """The condition under which land is offered in another way, and which way that is.

    `about` holds the keys of the parcels it is said of, empty for all.
    """

    words: str
    topic: Topic
    about: frozenset[int] = frozenset()


def other_ways(
    all_sentences: Sequence[Sentence], drafts: Sequence[ParcelDraft], general: Sequence[Row]
) -> list[OtherWay]:
    """Every condition for another way of offering, in the text or in a cell of a table."""
    names = Names(drafts)
    found: list[OtherWay] = []
    before = ""
    for sentence in all_sentences:
        for way in _ways(sentence.text, before):
            named = names.named(sentence.text) if len(drafts) > 1 else frozenset()
            found.append(replace(way, about=named))
        before = sentence.text
    for row in general:
        for entry in row.entries:
            found += _ways(dense(plain(entry.value)))
    for draft in drafts:
        for entry in draft.entries:
            for way in _ways(dense(plain(entry.value))):
                found.append(replace(way, about=frozenset({draft.key})))
    return found


def _ways(text: str, before: str = "") -> Iterator[OtherWay]:
    if "挂牌" not in text and "拍卖" not in text and "招标" not in text:
        return
    few = _pattern("few").search(text)
    turns = _pattern("turns_to_bidding").search(text)
    if turns is not None and (few is not None or condition(text)):
        begin = min(turns.start(), few.start() if few is not None else turns.start())
        yield OtherWay(words=condition(text) or text[begin:][:_LONGEST], topic=Window.BIDDING)
    elif few is not None and _is_listed_then(text, few.end()) and "拍卖" in before + text:
        yield OtherWay(words=text[few.start() :][:_LONGEST], topic=Window.BIDDING)
    elif _pattern("turns_to_auction").search(text) and (words := condition(text)):
        yield OtherWay(words=words, topic=Window.AUCTION)


def _is_listed_then(text: str, begin: int) -> bool:
    return _pattern("by_listing").search(text, begin) is not None


def _is_of(topic: Topic, words: str) -> bool:
    """Return whether a condition of its own is that of the other way, too."""
    return bool(words) and _pattern(f"way_of_{topic}").search(words) is not None


def set_apart(
    facts: Sequence[Fact], ways: Sequence[OtherWay], key: int, kind: Kind
) -> Sequence[Fact]:
    """Return the facts of a parcel, those of the other way of offering under its condition.

    Only where the first way has times of its own, or is the notice's kind.
    """
    for way in ways:
        if way.about and key not in way.about:
            continue
        other, first = (_BIDDING, _AUCTION) if way.topic is Window.BIDDING else (_AUCTION, _BIDDING)
        stands = {fact.milestone for fact in facts if not fact.condition}
        is_auction = kind is Kind.AUCTION and way.topic is Window.BIDDING
        if is_auction or (stands & other and stands & first):
            facts = [
                replace(fact, condition=way.words)
                if fact.milestone in other or _is_of(way.topic, fact.condition)
                else fact
                for fact in facts
            ]
    return facts
