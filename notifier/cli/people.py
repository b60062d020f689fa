"""`done`, `skip`, `resume`, `silence`: what people say of parcels."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from notifier.cli.shared import at_words, clean, instant, open_ledger, print_json
from notifier.clock import SystemClock
from notifier.domain.offers import Offer
from notifier.domain.planning import ALL_MILESTONES
from notifier.domain.times import shanghai_iso
from notifier.domain.values import MilestoneName
from notifier.errors import UsageError
from notifier.ledger import Ledger

_SHORT = {
    "registration": MilestoneName.REGISTRATION_CLOSE,
    "deposit": MilestoneName.DEPOSIT_CLOSE,
    "bidding": MilestoneName.BIDDING_CLOSE,
    "auction": MilestoneName.AUCTION_START,
}


def _milestone(text: str | None) -> str:
    if text is None:
        return ALL_MILESTONES
    found = _SHORT.get(text) or next((name for name in MilestoneName if name.value == text), None)
    if found is None:
        known = ", ".join([*_SHORT, *(name.value for name in MilestoneName)])
        raise UsageError(f"{text!r} is no milestone: use one of {known}")
    return found.value


def _one_offer(ledger: Ledger, number: str) -> Offer:
    offers = ledger.find_offers(number)
    if not offers:
        raise UsageError(f"{number}: no parcel has this number or one that ends so: see `notifier agenda`")
    if len(offers) > 1:
        candidates = "; ".join(f"{one.parcel.parcel_no} ({one.notice_no or one.city})" for one in offers[:10])
        raise UsageError(f"{number}: more than one parcel ends so: {clean(candidates)}")
    return offers[0]


def done(options: argparse.Namespace) -> int:
    if options.milestone is None:
        raise UsageError("which milestone is done? registration, deposit, bidding or auction; or use `notifier skip`")
    return _acknowledge(options, _milestone(options.milestone))


def skip(options: argparse.Namespace) -> int:
    return _acknowledge(options, ALL_MILESTONES)


def _acknowledge(options: argparse.Namespace, milestone: str) -> int:
    ledger = open_ledger(options)
    offer = _one_offer(ledger, options.parcel)
    ledger.acknowledge(offer.id, milestone, options.by, SystemClock().now())
    _said(options, offer, {"milestone": milestone, "by": options.by})
    return 0


def resume(options: argparse.Namespace) -> int:
    ledger = open_ledger(options)
    offer = _one_offer(ledger, options.parcel)
    undone = ledger.resume(offer.id, _milestone(options.milestone))
    _said(options, offer, {"undone": undone})
    return 0


def silence(options: argparse.Namespace) -> int:
    ledger = open_ledger(options)
    now = SystemClock().now()
    if options.action == "add":
        return _add_silence(options, ledger, now)
    if options.action == "end":
        if len(options.what) != 1 or not options.what[0].isdigit():
            raise UsageError("which silence ends? give its number, see `notifier silence list`")
        if not ledger.end_silence(int(options.what[0]), now):
            raise UsageError(f"silence {options.what[0]}: there is none of this number that has not ended")
    lines = [
        {
            "id": one.id,
            "matchers": list(one.matchers),
            "from": shanghai_iso(one.starts_at),
            "until": shanghai_iso(one.ends_at),
            "by": one.by,
            "why": one.why,
        }
        for one in ledger.silences(now)
    ]
    if options.json:
        print_json({"silences": lines})
    else:
        for one in lines:
            print(clean("  ".join(str(value) for value in one.values())))
    return 0


def _add_silence(options: argparse.Namespace, ledger: Ledger, now: datetime) -> int:
    from notifier.domain.matching import Filters

    if options.until is None:
        raise UsageError("until when? a silence without an end is not offered: use --until")
    until, since = instant(options.until), instant(options.since) if options.since else now
    if until <= max(since, now):
        raise UsageError(f"--until {options.until}: that is not ahead")
    try:
        Filters.parse_matchers(options.what)
    except ValueError as fault:
        raise UsageError(str(fault)) from None
    number = ledger.add_silence(options.what, starts_at=since, ends_at=until, by=options.by, why=options.why)
    if options.json:
        print_json({"id": number})
    else:
        print(f"silence {number}: until {at_words(until)}")
    return 0


def _said(options: argparse.Namespace, offer: Offer, more: Mapping[str, Any]) -> None:
    if options.json:
        print_json({"parcel_no": offer.parcel.parcel_no, **more})
    else:
        print(clean(f"{offer.parcel.parcel_no}: {options.command} {' '.join(str(one) for one in more.values())}"))
