"""Answers that are told to others: who said what of which parcel, and what of it is news."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from notifier.domain.offers import Offer

NEWS_FOR = timedelta(days=14)
"""So long an answer can be told to those who could not be told at once (quiet hours)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerWord:
    """The word of `by` that `milestone` is done, or (ALL_MILESTONES) the parcel is skipped.

    `withdrawn`: that it is not, after all. `number` rises with each word. `missing`: whose own
    answer is still waited for by now.
    """

    number: int
    offer: Offer
    milestone: str
    at: datetime
    by: str = ""
    withdrawn: bool = False
    missing: tuple[str, ...] = ()


def settled_words(words: Iterable[AnswerWord]) -> list[AnswerWord]:
    """Return what is left to be told of `words`, in their order: the last one of each milestone.

    Of several people who said that it is done each one's. What was said and taken back before
    anybody was told is no news.
    """
    of_milestone: dict[tuple[int, str], list[AnswerWord]] = {}
    for word in words:
        of_milestone.setdefault((word.offer.id, word.milestone), []).append(word)
    left: list[AnswerWord] = []
    for found in of_milestone.values():
        if not found[-1].withdrawn:
            left += {word.by: word for word in _after_withdrawal(found)}.values()
        elif found[0].withdrawn:
            left.append(found[-1])
    return sorted(left, key=lambda word: word.number)


def _after_withdrawal(words: list[AnswerWord]) -> list[AnswerWord]:
    """Return the words behind the last one by which something was taken back."""
    back = max((at for at, word in enumerate(words, 1) if word.withdrawn), default=0)
    return words[back:]


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetWord:
    """What the team's own sheet `file` says of a parcel now (`answer`), and what it said (`was`).

    Each is `done`, `skip` or empty; `by`: as whose answer the file counts.
    """

    file: str
    offer: Offer
    answer: str
    was: str
    at: datetime
    by: str
