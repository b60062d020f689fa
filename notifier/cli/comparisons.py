"""`confirm`: what people have compared with the original, and what is still to be compared."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from notifier.cli.shared import at_words, clean, open_comparisons, padded, print_json
from notifier.cli.speech import language, phrase
from notifier.clock import SystemClock
from notifier.domain.confirmation import Trust
from notifier.errors import UsageError

if TYPE_CHECKING:
    from notifier.service.comparison_desk import ToCompare


def confirm(options: argparse.Namespace) -> int:
    """1 with --list if something is still to be compared."""
    if options.list == bool(options.parcels):
        raise UsageError(
            "name the parcels that you have compared, or --list to see what is to be compared"
        )
    return _show(options) if options.list else _say(options)


def _show(options: argparse.Namespace) -> int:
    from notifier.service.json_shapes import to_compare_json

    with open_comparisons(options) as desk:
        found = desk.to_compare(SystemClock().now())
    if options.json:
        print_json({"parcels": [to_compare_json(parcel) for parcel in found]})
    else:
        for line in _lines(found):
            print(clean(line))
    return 1 if found else 0


def _lines(found: Sequence[ToCompare]) -> Iterator[str]:
    from notifier.messages import milestone_name

    for entry in found:
        parcel = entry.offer.parcel
        words = [
            parcel.parcel_no or phrase("(no number)"),
            entry.offer.city,
            parcel.district,
            entry.offer.file,
        ]
        if entry.trust is Trust.WRONG:
            words.append(phrase("said to be wrong"))
        yield "  ".join(word for word in words if word)
        for name, milestone, condition in entry.times:
            called = milestone_name(name, language(), entry.offer.kind)
            at = at_words(milestone.at, day_only=milestone.day_only)
            quote = f"  “{milestone.quote}”" if milestone.quote else ""
            yield f"    {padded(called, 20)} {at}{quote}  {condition}".rstrip()
    if not found:
        yield phrase("everything that is ahead has been compared with the original")


def _say(options: argparse.Namespace) -> int:
    from notifier.service.json_shapes import to_compare_json

    now = SystemClock().now()
    answers: list[ToCompare] = []
    with open_comparisons(options) as desk:
        for parcel in options.parcels:
            if options.wrong:
                answers.append(desk.deny(parcel, by=options.by, why=options.why, now=now))
            else:
                answers.append(desk.confirm(parcel, by=options.by, now=now))
    if options.json:
        print_json({"parcels": [to_compare_json(parcel) for parcel in answers]})
        return 0
    for answer in answers:
        print(
            clean(f"{answer.offer.parcel.parcel_no}: {_answer_words(answer, wrong=options.wrong)}")
        )
    return 0


def _answer_words(answer: ToCompare, *, wrong: bool) -> str:
    if wrong:
        return phrase("people are told that its times are wrong: mend them with `notifier set`")
    if answer.trust is Trust.CONFIRMED:
        return phrase("confirmed: its times are as the original has them")
    return phrase(
        "noted; {count} people have to confirm it, and one has not yet", count=answer.wanted
    )
