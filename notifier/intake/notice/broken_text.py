"""Times whose sentence is broken: by characters that are none, or by an item that is missing.

Bytes that were lost leave a label beside the time of another one. Each of both may be whole; what
shows the loss stands between them or in the numbers of the items.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from notifier.domain.findings import Code
from notifier.domain.values import Finding, Notice, Severity, squash
from notifier.intake.documents import Cell, Document, Paragraph, Table

_NO_CHARACTER = "\ufffd"
_NUMERALS = "一二三四五六七八九十"
_ITEM = re.compile(rf"\s*([{_NUMERALS}]{{1,3}}|\d{{1,2}})\s*[、.．]")
_FEWEST_ITEMS = 2


def mark_broken(notice: Notice, document: Document) -> Notice:
    """Return the notice with a finding of each time that only a broken text states.

    Text is a sentence, a cell or a page.
    """
    texts = [block.text for block in document.blocks if isinstance(block, Paragraph)]
    broken = {squash(text) for text in texts if _NO_CHARACTER in text}
    broken |= set(map(squash, _before_missing_items(texts)))
    cells = {cell.place for cell in _cells(document) if _NO_CHARACTER in cell.text}
    if not (broken or cells or document.broken_pages):
        return notice
    whole = [text for text in map(squash, texts) if text not in broken]
    findings = [
        Finding(
            code=Code.TEXT_BROKEN,
            severity=Severity.WARNING,
            parcel_no=parcel.parcel_no,
            field=name,
            place=milestone.place,
            params={"text": milestone.quote[:80]},
        )
        for parcel in notice.parcels
        for name, milestone in parcel.milestones.items()
        if milestone.place in cells
        or milestone.place.page in document.broken_pages
        or (_is_in(milestone.quote, broken) and not _is_in(milestone.quote, whole))
    ]
    return replace(notice, findings=(*notice.findings, *findings)) if findings else notice


def _is_in(quote: str, texts: Sequence[str] | set[str]) -> bool:
    words = squash(quote)
    return any(words in text for text in texts)


def _cells(document: Document) -> Iterator[Cell]:
    tables = (block for block in document.blocks if isinstance(block, Table))
    return (cell for table in tables for row in table.rows for cell in row)


def _before_missing_items(texts: Sequence[str]) -> Iterator[str]:
    """Yield the item, with the lines up to the next one, behind which one number is left out."""
    items = [
        (at, number) for at, text in enumerate(texts) if (number := _number_of(text)) is not None
    ]
    for (at, number), (below, next_number) in pairwise(items):
        if next_number == number + _FEWEST_ITEMS:
            yield from texts[at:below]


def _number_of(text: str) -> int | None:
    match = _ITEM.match(text)
    if match is None:
        return None
    word = match[1]
    if word.isdecimal():
        return int(word)
    tens, ten, ones = word.rpartition("十")
    if not ten:
        return _NUMERALS.index(word) + 1 if len(word) == 1 else None
    return (_NUMERALS.index(tens) + 1 if tens else 1) * 10 + (
        _NUMERALS.index(ones) + 1 if ones else 0
    )
