"""Amounts that a notice of change replaces: a parcel never keeps the old one as its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from notifier.domain.findings import Code
from notifier.domain.values import Change, Severity
from notifier.errors import AmountNotUnderstood
from notifier.intake.amounts import read_m2, read_wan
from notifier.intake.notice.facts import Reading
from notifier.intake.notice.folded_text import Sentence
from notifier.intake.notice.named import Names
from notifier.intake.notice.parcel_drafts import ParcelDraft
from notifier.intake.notice.scan import AMOUNT_CHANGED, last_clause

_NUMBER = r"([\d,]+(?:\.\d+)?(?:亿|万)?(?:元|平方米|m2|亩|公顷))"
_READERS: tuple[tuple[str, str, Callable[[str], Decimal]], ...] = (
    ("start_price_wan", r"(?:起始价|起拍价|起叫价|起价|底价)", read_wan),
    ("deposit_wan", r"保证金", read_wan),
    ("area_m2", r"(?<!建筑)面积", read_m2),
)
# `保证金由2000万元调整为2500万元`, `“保证金:2000万元”更正为“保证金:2500万元”`
_REPLACED = {
    field: re.compile(
        rf"{label}[^,。;\d]{{0,12}}{_NUMBER}[^。;\d]{{0,8}}?(?:{AMOUNT_CHANGED}[^\d,。;]{{0,4}}?(?:为|至|到)|应为)"
        rf"[“\"]?[^,。;\d]{{0,16}}?{_NUMBER}"
    )
    for field, label, _ in _READERS
}


def read_amounts_changed(
    all_sentences: Sequence[Sentence], drafts: Sequence[ParcelDraft], reading: Reading
) -> Iterator[Change]:
    """The changes of amounts.

    The parcels get the new ones; none, with a finding, where it is not said whose it is.
    """
    names = Names(drafts)
    for sentence in all_sentences:
        for field, _, read in _READERS:
            for found in _REPLACED[field].finditer(sentence.text):
                try:
                    old, new = read(found[1]), read(found[2])
                except AmountNotUnderstood:
                    continue
                before = sentence.text[: found.start()]
                named = names.named(last_clause(before)) or names.named(before) or names.everybody
                mine = [draft for draft in drafts if draft.key in named]
                number = mine[0].number if len(mine) == 1 else ""
                _replace(mine, field, new, sentence, reading)
                yield Change(parcel_no=number, field=field, old=str(old), new=str(new))


def _replace(
    drafts: Sequence[ParcelDraft], field: str, new: Decimal, sentence: Sentence, reading: Reading
) -> None:
    if len(drafts) == 1:
        setattr(drafts[0], field, new)
        return
    for draft in drafts:
        if getattr(draft, field) is not None:
            setattr(draft, field, None)
            reading.doubt(
                Code.CHANGE_NOT_UNDERSTOOD,
                field,
                sentence.place,
                parcel_no=draft.number,
                severity=Severity.WARNING,
            )
