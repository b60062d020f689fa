"""A receipt in words: the same on the board, in a mail, on the command line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from notifier.domain.drafts import Language
from notifier.domain.offers import OfferChange
from notifier.domain.receipts import FileContents, Receipt, Reception
from notifier.domain.times import shanghai
from notifier.domain.values import Finding, Severity
from notifier.messages.alert_lines import listed
from notifier.messages.catalogue import ask, field_name, milestone_name, say, words
from notifier.messages.clean import tidy
from notifier.messages.sentences import place_words, reason

_MOST_NUMBERS = 12
_MOST_FINDINGS = 12
_MOST_CHANGES = 20
_NUMBER_WIDTH = 60
_LOUDNESS = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


def receipt_lines(receipt: Receipt, language: Language) -> list[str]:
    """Return the lines of a receipt.

    First the fate of the file, then a line for each thing that is new or doubtful.
    """
    sentence = words(language)
    if receipt.reception is Reception.REFUSED:
        return [sentence("receipt.refused", words=reason(receipt.words, language))]
    contents = receipt.contents
    counts = {"parcels": len(contents.parcels), "times": contents.times}
    head = sentence(f"receipt.{receipt.reception.value}", **counts)
    if receipt.reception is Reception.READ and not contents.parcels:
        head = sentence("receipt.no_parcels")
    return [head, *_news(contents, language), *_doubts(contents, language)]


def _news(contents: FileContents, language: Language) -> Iterator[str]:
    sentence = words(language)
    for key, numbers in (("new", contents.new), ("changed", contents.changed)):
        if numbers:
            yield sentence(f"receipt.{key}", count=len(numbers), numbers=_listed(numbers, language))
    moves = _together(
        (number, words_of_move)
        for number, change in contents.changes
        for words_of_move in _moves(change, language)
    )
    for move, moved in list(moves.items())[:_MOST_CHANGES]:
        yield sentence("receipt.moved", numbers=_listed(moved, language), words=move)
    if len(moves) > _MOST_CHANGES:
        yield sentence("receipt.more_changes", count=len(moves) - _MOST_CHANGES)


def _moves(change: OfferChange, language: Language) -> Iterator[str]:
    """What became of one parcel, old and new, a text for each."""
    sentence = words(language)
    for moved in change.milestones:
        name = milestone_name(moved.milestone, language)
        old = _at(moved.old, language, day_only=moved.old_day_only)
        new = _at(moved.new, language, day_only=moved.new_day_only)
        yield f"{name} {old} → {new}"
    for dispute in change.disputes:
        name = milestone_name(dispute.milestone, language)
        stands = _at(dispute.stands, language, day_only=dispute.stands_day_only)
        other = _at(dispute.other, language, day_only=dispute.other_day_only)
        yield sentence("receipt.dispute", milestone=name, stands=stands, other=other)
    if change.state is not None:
        before, after = change.state
        yield f"{sentence(f'state.{before.value}')} → {sentence(f'state.{after.value}')}"
    for field, old, new in change.fields:
        texts = [tidy(text, _NUMBER_WIDTH) or sentence("block.nothing") for text in (old, new)]
        yield f"{field_name(field, language)} {' → '.join(texts)}"


def _at(instant: datetime | None, language: Language, *, day_only: bool) -> str:
    if instant is None:
        return words(language)("block.nothing")
    return f"{shanghai(instant):{'%Y-%m-%d' if day_only else '%Y-%m-%d %H:%M'}}"


def _together(numbered: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """A text -> the numbers of which it is true, in the order in which they come."""
    found: dict[str, list[str]] = {}
    for number, text in numbered:
        found.setdefault(text, []).append(number)
    return found


def _doubts(contents: FileContents, language: Language) -> Iterator[str]:
    sentence = words(language)
    for names in contents.unmatched:
        yield sentence("receipt.unmatched", names=tidy(names, 4 * _NUMBER_WIDTH))
    for question in contents.asked:
        yield ask(question, language)
    doubted: dict[str, list[Finding]] = {}
    for finding in sorted(contents.findings, key=lambda finding: _LOUDNESS[finding.severity]):
        doubted.setdefault(say(finding, language), []).append(finding)
    for text, findings in list(doubted.items())[:_MOST_FINDINGS]:
        where = _where(findings, language)
        yield sentence("receipt.finding", where=where, words=text).lstrip(": ：")
    more = len(doubted) - _MOST_FINDINGS
    if more > 0:
        yield sentence("receipt.more", count=more)


def _where(findings: Sequence[Finding], language: Language) -> str:
    """The parcels of which the same is found, and the place if there is one alone."""
    numbers = list(dict.fromkeys(finding.parcel_no for finding in findings))
    named = _listed(numbers, language) if any(numbers) else ""
    places = {str(finding.place) for finding in findings}
    place = place_words(places.pop(), language) if len(places) == 1 else ""
    return " ".join(part for part in (named, place) if part)


def _listed(numbers: Sequence[str], language: Language) -> str:
    sentence = words(language)
    named = [
        tidy(number, _NUMBER_WIDTH) or sentence("parcel.no_number")
        for number in numbers[:_MOST_NUMBERS]
    ]
    return listed(named, len(numbers), sentence("block.joint"))
