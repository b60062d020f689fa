"""`silence`: nothing is said of some parcels for a while; what that hides is said at once."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from notifier.cli.shared import at_words, clean, instant, open_ledger, padded, print_json
from notifier.cli.speech import language, phrase
from notifier.clock import SystemClock
from notifier.domain.offers import OfferState
from notifier.domain.reports import AgendaLine
from notifier.domain.silences import Silence
from notifier.domain.times import shanghai_iso
from notifier.domain.values import MilestoneName
from notifier.errors import UsageError
from notifier.ledger import Ledger

_SHOWN = 50
_GOING_ON = (OfferState.OPEN, OfferState.SUSPENDED)


def silence(options: argparse.Namespace) -> int:
    now = SystemClock().now()
    with open_ledger(options) as ledger:
        {"add": _add, "list": _list, "end": _end}[options.action](options, ledger, now)
    return 0


# -- add ------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """`parcels`: the numbers of those that a silence hits as things are; `unsaid`: deadlines that it swallows."""

    parcels: tuple[str, ...]
    unsaid: tuple[AgendaLine, ...]


def _add(options: argparse.Namespace, ledger: Ledger, now: datetime) -> None:
    from notifier.domain.matching import Filters

    if options.until is None:
        raise UsageError("until when? a silence without an end is not offered: use --until")
    until = instant(options.until, "--until")
    since = instant(options.since, "--from") if options.since else now
    if until <= max(since, now):
        raise UsageError(f"--until {options.until}: that is not ahead")
    try:
        Filters.parse_matchers(options.what)
    except ValueError as fault:
        raise UsageError(f"silence add: {clean(str(fault))}") from None
    number = ledger.add_silence(options.what, starts_at=since, ends_at=until, by=options.by, why=options.why)
    added = next(one for one in ledger.silences(now) if one.id == number)
    effect = _effect(added, ledger, now)
    if options.json:
        unsaid = [_unsaid_plain(line) for line in effect.unsaid]
        print_json({**_plain(added), "parcels": list(effect.parcels), "unsaid": unsaid})
    else:
        for line in (_words(added), *_effect_words(effect)):
            print(clean(line))


def _effect(added: Silence, ledger: Ledger, now: datetime) -> Effect:
    begin = max(added.starts_at, now)
    parcels = [
        offer.parcel.parcel_no
        for offer in ledger.offers()
        if offer.state in _GOING_ON
        and any(milestone.over_at > now for _, milestone, _ in offer.deadlines())
        and added.holds(offer, begin)
    ]
    unsaid = [
        line for line in ledger.agenda(begin, added.ends_at) if line.state == "ahead" and added.holds(line.offer, begin)
    ]
    return Effect(parcels=tuple(parcels), unsaid=tuple(unsaid))


def _unsaid_plain(line: AgendaLine) -> dict[str, Any]:
    return {"at": shanghai_iso(line.at), "milestone": line.milestone, "parcel_no": line.offer.parcel.parcel_no}


def _effect_words(effect: Effect) -> Iterator[str]:
    from notifier.messages import milestone_name

    numbers = effect.parcels
    if not numbers:
        yield phrase("It hits no parcel that is known now.")
        return
    listed = ", ".join(numbers[:_SHOWN])
    if len(numbers) > _SHOWN:
        listed = phrase("{listed} and {more} more", listed=listed, more=len(numbers) - _SHOWN)
    yield phrase("It hits {count} of the parcels known now: {listed}", count=len(numbers), listed=listed)
    if not effect.unsaid:
        yield phrase("No deadline of theirs ends within it: what it holds back is said when it ends.")
        return
    yield phrase("ATTENTION: {count} DEADLINES END WITHIN IT AND NOBODY IS REMINDED OF THEM:", count=len(effect.unsaid))
    for line in effect.unsaid:
        name = milestone_name(MilestoneName(line.milestone), language(), line.offer.kind)
        yield f"  {at_words(line.at, day_only=line.day_only)}  {padded(name, 20)}  {line.offer.parcel.parcel_no}"


# -- list and end ---------------------------------------------------------------------------------


def _list(options: argparse.Namespace, ledger: Ledger, now: datetime) -> None:
    found = ledger.silences(now)
    if options.json:
        print_json({"silences": [_plain(one) for one in found]})
        return
    for one in found:
        print(clean(_words(one)))
    if not found:
        print(phrase("there is no silence"))


def _end(options: argparse.Namespace, ledger: Ledger, now: datetime) -> None:
    if len(options.what) != 1 or not options.what[0].isdecimal():
        raise UsageError("which silence ends? give its number, see `notifier silence list`")
    number = int(options.what[0])
    ended = next((one for one in ledger.silences(now) if one.id == number), None)
    if ended is None or not ledger.end_silence(number, now):
        raise UsageError(f"silence {number}: there is none of this number that has not ended")
    if options.json:
        print_json({"ended": number, "silences": [_plain(one) for one in ledger.silences(now)]})
    else:
        matchers = " ".join(ended.matchers)
        words = phrase(
            "silence {number} ({matchers}) is ended: what it held back is said now", number=number, matchers=matchers
        )
        print(clean(words))


def _plain(one: Silence) -> dict[str, Any]:
    return {
        "id": one.id,
        "matchers": list(one.matchers),
        "from": shanghai_iso(one.starts_at),
        "until": shanghai_iso(one.ends_at),
        "by": one.by,
        "why": one.why,
    }


def _words(one: Silence) -> str:
    words = phrase(
        "silence {number}: {matchers}, from {since} until {until}",
        number=one.id,
        matchers=" ".join(one.matchers),
        since=at_words(one.starts_at),
        until=at_words(one.ends_at),
    )
    words += phrase(", by {name}", name=one.by) if one.by else ""
    return words + (phrase(" ({why})", why=one.why) if one.why else "")
