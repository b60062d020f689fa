"""Deadlines that hold only under a condition: `如仅有一家报名,改为挂牌,挂牌时间…`."""

from __future__ import annotations

import re
from functools import cache

from notifier.intake.notice.scan import Topic, lexicon

_LONGEST = 60


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


def other_mode(text: str) -> tuple[str, Topic] | None:
    """Return the condition under which land is offered in another way, and what it is of.

    Nothing where a sentence says no such thing.
    """
    for topic in (Topic.BIDDING, Topic.AUCTION):
        if _pattern(f"changes_to_{topic}").search(text) and (words := condition(text)):
            return words, topic
    return None
