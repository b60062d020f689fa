"""`silence`: nothing is said of some parcels for a while; what that hides is said at once."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from notifier.cli.shared import at_words, clean, instant, open_desk, padded, print_json
from notifier.cli.speech import language, phrase
from notifier.clock import SystemClock
from notifier.domain.silences import Silence
from notifier.domain.values import MilestoneName
from notifier.errors import UsageError

if TYPE_CHECKING:
    from notifier.service.desk import Desk
    from notifier.service.desk_values import SilenceSet

_SHOWN = 50


def silence(options: argparse.Namespace) -> int:
    now = SystemClock().now()
    with open_desk(options) as desk:
        {"add": _add, "list": _list, "end": _end}[options.action](options, desk, now)
    return 0


def _add(options: argparse.Namespace, desk: Desk, now: datetime) -> None:
    from notifier.service.json_shapes import silence_set_json

    if options.until is None:
        raise UsageError("until when? a silence without an end is not offered: use --until")
    until = instant(options.until, "--until")
    since = instant(options.since, "--from") if options.since else now
    if until <= max(since, now):
        raise UsageError(f"--until {options.until}: that is not ahead")
    try:
        added = desk.silence(
            options.what, until, since=since, by=options.by, why=options.why, now=now
        )
    except UsageError as fault:
        raise UsageError(f"silence add: {clean(str(fault))}") from None
    if options.json:
        print_json(silence_set_json(added))
    else:
        for line in (_words(added.silence), *_effect_words(added)):
            print(clean(line))


def _effect_words(added: SilenceSet) -> Iterator[str]:
    from notifier.messages import milestone_name

    numbers = added.parcels
    if not numbers:
        yield phrase("It hits no parcel that is known now.")
        return
    listed = ", ".join(numbers[:_SHOWN])
    if len(numbers) > _SHOWN:
        listed = phrase("{listed} and {more} more", listed=listed, more=len(numbers) - _SHOWN)
    yield phrase(
        "It hits {count} of the parcels known now: {listed}", count=len(numbers), listed=listed
    )
    if not added.swallowed:
        yield phrase(
            "No deadline of theirs ends within it: what it holds back is said when it ends."
        )
        return
    count = len(added.swallowed)
    yield phrase(
        "ATTENTION: {count} DEADLINES END WITHIN IT AND NOBODY IS REMINDED OF THEM:", count=count
    )
    for line in added.swallowed:
        name = milestone_name(MilestoneName(line.milestone), language(), line.offer.kind)
        at = at_words(line.at, day_only=line.day_only)
        yield f"  {at}  {padded(name, 20)}  {line.offer.parcel.parcel_no}"


def _list(options: argparse.Namespace, desk: Desk, now: datetime) -> None:
    from notifier.service.json_shapes import silences_json

    silences = desk.silences(now)
    if options.json:
        print_json(silences_json(silences))
        return
    for silence in silences:
        print(clean(_words(silence)))
    if not silences:
        print(phrase("there is no silence"))


def _end(options: argparse.Namespace, desk: Desk, now: datetime) -> None:
    from notifier.service.json_shapes import silences_json

    if len(options.what) != 1 or not options.what[0].isdecimal():
        raise UsageError("which silence ends? give its number, see `notifier silence list`")
    ended = desk.lift_silence(int(options.what[0]), now=now)
    if options.json:
        print_json({"ended": ended.id, **silences_json(desk.silences(now))})
    else:
        matchers = " ".join(ended.matchers)
        words = phrase(
            "silence {number} ({matchers}) is ended: what it held back is said now",
            number=ended.id,
            matchers=matchers,
        )
        print(clean(words))


def _words(silence: Silence) -> str:
    words = phrase(
        "silence {number}: {matchers}, from {since} until {until}",
        number=silence.id,
        matchers=" ".join(silence.matchers),
        since=at_words(silence.starts_at),
        until=at_words(silence.ends_at),
    )
    words += phrase(", by {name}", name=silence.by) if silence.by else ""
    return words + (phrase(" ({why})", why=silence.why) if silence.why else "")
