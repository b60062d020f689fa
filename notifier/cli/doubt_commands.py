"""`doubts`, `settle`: what people have to settle, and their word on it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from notifier.cli.shared import at_words, clean, open_ledger, padded, print_json, settings_of
from notifier.cli.speech import language, phrase
from notifier.clock import SystemClock
from notifier.domain.values import Precision
from notifier.errors import UsageError

if TYPE_CHECKING:
    from notifier.domain.doubts import Doubt
    from notifier.ports import Ledger
    from notifier.service.doubt_desk import DoubtDesk


def _desk(options: argparse.Namespace, ledger: Ledger) -> DoubtDesk:
    from notifier.service.desk import Desk
    from notifier.service.doubt_desk import DoubtDesk

    return DoubtDesk(ledger, Desk(ledger, lambda: settings_of(options)))


def doubts(options: argparse.Namespace) -> int:
    """1 if something is to be settled."""
    from notifier.service.json_shapes import doubt_json

    with open_ledger(options) as ledger:
        found = _desk(options, ledger).doubts(SystemClock().now())
    if options.json:
        print_json({"doubts": [doubt_json(doubt, language()) for doubt in found]})
    else:
        for doubt in found:
            for line in _lines(doubt):
                print(clean(line))
        if not found:
            print(phrase("there is nothing to settle"))
    return 1 if found else 0


def _lines(doubt: Doubt) -> Iterator[str]:
    from notifier.messages.doubt_sentences import doubt_sentence

    numbers = ", ".join(offer.parcel.parcel_no or phrase("(no number)") for offer in doubt.offers)
    head = "  ".join(part for part in (doubt.id, numbers, doubt.file) if part)
    yield head
    yield f"    {doubt_sentence(doubt, language())}"
    for number, evidence in enumerate(doubt.candidates, start=1):
        at = at_words(evidence.at, day_only=evidence.precision is Precision.DAY)
        quote = f"“{evidence.quote}”" if evidence.quote else ""
        yield f"    --take {number}  {padded(at, 18)}  {quote}".rstrip()
    for offer in doubt.others:
        yield f"    --same {offer.parcel.parcel_no}@{offer.id}"


def settle(options: argparse.Namespace) -> int:
    from notifier.service.json_shapes import doubt_json

    ways = [
        options.take is not None,
        options.time is not None,
        options.none,
        options.same is not None,
        options.leave,
    ]
    if sum(ways) != 1:
        raise UsageError(
            "say how: --take N, --time TIME, --none (no such time), --same PARCEL, or "
            "--leave (as it is)"
        )
    now = SystemClock().now()
    with open_ledger(options) as ledger:
        desk = _desk(options, ledger)
        if options.take is not None:
            doubt = desk.take(options.doubt, options.take, by=options.by, now=now)
        elif options.same is not None:
            doubt = desk.unite(options.doubt, options.same, by=options.by, now=now)
        elif options.leave:
            doubt = desk.leave(options.doubt, by=options.by, now=now)
        else:
            doubt = desk.enter(
                options.doubt, options.time, milestone=options.milestone, by=options.by, now=now
            )
    if options.json:
        print_json({"settled": doubt_json(doubt, language())})
    else:
        print(phrase("settled"))
    return 0
