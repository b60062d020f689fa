"""`doubts`, `settle`: what people have to settle, and their word on it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from notifier.cli.shared import (
    at_words,
    clean,
    open_ledger,
    padded,
    print_json,
    settings_of,
    time_words,
)
from notifier.cli.speech import language, phrase
from notifier.clock import SystemClock
from notifier.domain.values import Precision
from notifier.errors import UsageError

if TYPE_CHECKING:
    from notifier.domain.doubts import Doubt
    from notifier.ports import Ledger
    from notifier.service.desk_values import Settled
    from notifier.service.doubt_desk import DoubtDesk


def _desk(options: argparse.Namespace, ledger: Ledger) -> DoubtDesk:
    from notifier.service.board_desk import BoardDesk
    from notifier.service.desk import Desk
    from notifier.service.doubt_desk import DoubtDesk

    desk = Desk(ledger, lambda: settings_of(options))
    return DoubtDesk(ledger, desk, BoardDesk(ledger))


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
    from notifier.domain.changes import times_of
    from notifier.messages import milestone_name
    from notifier.messages.doubt_sentences import doubt_sentence

    numbers = ", ".join(offer.parcel.parcel_no or phrase("(no number)") for offer in doubt.offers)
    head = "  ".join(part for part in (doubt.id, numbers, doubt.file) if part)
    yield head
    yield f"    {doubt_sentence(doubt, language())}"
    for number, evidence in enumerate(doubt.candidates, start=1):
        at = at_words(evidence.at, day_only=evidence.precision is Precision.DAY)
        quote = f"“{evidence.quote}”" if evidence.quote else ""
        yield f"    --take {number}  {padded(at, 18)}  {quote}".rstrip()
    for part in doubt.parts:
        times = "  ".join(
            f"{milestone_name(name, language())} {at_words(stated.at, day_only=stated.day_only)}"
            for name, stated in times_of(part).items()
        )
        yield f"    --name {part.name}  {times}".rstrip()
    for offer in doubt.others:
        yield f"    --same {offer.parcel.parcel_no}@{offer.id}"


def settle(options: argparse.Namespace) -> int:
    from notifier.service.json_shapes import settled_json

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
            settled = desk.take(options.doubt, options.take, by=options.by, now=now)
        elif options.same is not None:
            settled = desk.unite(
                options.doubt, options.same, name=options.name, by=options.by, now=now
            )
        elif options.leave:
            settled = desk.leave(options.doubt, by=options.by, now=now)
        else:
            settled = desk.enter(
                options.doubt, options.time, milestone=options.milestone, by=options.by, now=now
            )
    if options.json:
        print_json(settled_json(settled, language()))
    else:
        print(phrase("settled"))
        for line in _effects(settled):
            print(clean(f"    {line}"))
    return 0


def _effects(settled: Settled) -> Iterator[str]:
    """What the answer did to times, a line each."""
    from notifier.messages import milestone_name, say

    for time in settled.times:
        yield phrase(
            "{number}: {milestone} {old} -> {new}",
            number=time.offer.parcel.parcel_no or phrase("(no number)"),
            milestone=milestone_name(time.milestone, language(), time.offer.kind),
            old=time_words(time.old),
            new=time_words(time.new),
        )
    yield from dict.fromkeys(
        say(finding, language()) for time in settled.times for finding in time.findings
    )
    known = settled.known
    if known is None or any(time.offer.id == known.id for time in settled.times):
        return
    yield phrase(
        "{number}: no time of it changes; if one should, set it by the original",
        number=known.parcel.parcel_no or phrase("(no number)"),
    )
