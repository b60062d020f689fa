"""A receipt in words: the same on the board, in a mail, on the command line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from notifier.domain.drafts import Language
from notifier.domain.receipts import FileContents, Receipt, Reception
from notifier.messages.catalogue import ask, say, words
from notifier.messages.clean import tidy
from notifier.messages.sentences import place_words, reason

_MOST_NUMBERS = 12
_MOST_FINDINGS = 12
_NUMBER_WIDTH = 60


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


def _doubts(contents: FileContents, language: Language) -> Iterator[str]:
    sentence = words(language)
    for names in contents.unmatched:
        yield sentence("receipt.unmatched", names=tidy(names, 4 * _NUMBER_WIDTH))
    for question in contents.asked:
        yield ask(question, language)
    for finding in contents.findings[:_MOST_FINDINGS]:
        place = place_words(str(finding.place), language)
        where = " ".join(part for part in (tidy(finding.parcel_no, _NUMBER_WIDTH), place) if part)
        yield sentence("receipt.finding", where=where, words=say(finding, language)).lstrip(": ：")
    more = len(contents.findings) - _MOST_FINDINGS
    if more > 0:
        yield sentence("receipt.more", count=more)


def _listed(numbers: Sequence[str], language: Language) -> str:
    sentence = words(language)
    named = [
        tidy(number, _NUMBER_WIDTH) or sentence("parcel.no_number")
        for number in numbers[:_MOST_NUMBERS]
    ]
    more = len(numbers) - _MOST_NUMBERS
    listed = sentence("block.joint").join(named)
    return f"{listed} (+{more})" if more > 0 else listed
