"""`done`, `skip`, `resume`: what people say of one parcel."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from notifier.cli.shared import clean, open_ledger, print_json
from notifier.cli.speech import language, phrase
from notifier.clock import SystemClock
from notifier.domain.offers import Offer
from notifier.domain.planning import ALL_MILESTONES
from notifier.domain.values import MilestoneName
from notifier.errors import UsageError
from notifier.ledger import Ledger


def _milestone(text: str) -> MilestoneName:
    from notifier.messages import milestone_typed

    found = milestone_typed(text)
    if found is None:
        known = ", ".join(["registration", "deposit", "bidding", "auction", *(name.value for name in MilestoneName)])
        raise UsageError(f"{clean(text)!r} is no milestone: use one of {known}, or its name as in the messages")
    return found


def _called(name: MilestoneName, offer: Offer) -> str:
    from notifier.messages import milestone_name

    chinese = milestone_name(name, "zh", offer.kind)
    return chinese if language() == "zh" else f"{milestone_name(name, 'en', offer.kind)} ({chinese})"


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
    milestone = _milestone(options.milestone)
    with open_ledger(options) as ledger:
        offer = _one_offer(ledger, options.parcel)
        ledger.acknowledge(offer.id, milestone, options.by, SystemClock().now())
    stated = any(name == milestone for name, *_ in offer.deadlines())
    more = "no more reminders of it" if stated else "no time of it is known; if one comes it is not reminded of"
    words = phrase(
        "{milestone} is done{by}: {more}", milestone=_called(milestone, offer), by=_by(options), more=phrase(more)
    )
    _say(options, offer, words, {"milestone": milestone.value, "by": options.by})
    return 0


def skip(options: argparse.Namespace) -> int:
    with open_ledger(options) as ledger:
        offer = _one_offer(ledger, options.parcel)
        ledger.acknowledge(offer.id, ALL_MILESTONES, options.by, SystemClock().now())
    words = phrase(
        "we are not bidding{by}: no more reminders of the parcel; `notifier resume` undoes it", by=_by(options)
    )
    _say(options, offer, words, {"milestone": ALL_MILESTONES, "by": options.by})
    return 0


def resume(options: argparse.Namespace) -> int:
    """1 if nothing was undone: whoever said it expects reminders that may not come."""
    milestone = None if options.milestone is None else _milestone(options.milestone)
    with open_ledger(options) as ledger:
        offer = _one_offer(ledger, options.parcel)
        undone = ledger.resume(offer.id, ALL_MILESTONES if milestone is None else milestone)
    if milestone is None:
        nothing = phrase("it was neither done nor skipped")
        words = phrase("done and skip are undone: what is ahead is reminded of again")
    else:
        called = _called(milestone, offer)
        nothing = phrase(
            "{milestone} was not done; a parcel that is skipped: `notifier resume PARCEL`", milestone=called
        )
        words = phrase("{milestone} is not done after all: it is reminded of again", milestone=called)
    if not undone:
        words = phrase("there is nothing to undo: {nothing}", nothing=nothing)
    _say(options, offer, words, {"milestone": milestone.value if milestone else ALL_MILESTONES, "undone": undone})
    return 0 if undone else 1


def _by(options: argparse.Namespace) -> str:
    return phrase(", says {name}", name=options.by) if options.by else ""


def _say(options: argparse.Namespace, offer: Offer, words: str, more: Mapping[str, Any]) -> None:
    if options.json:
        print_json({"parcel_no": offer.parcel.parcel_no, "action": options.command, **more, "words": clean(words)})
    else:
        print(clean(f"{offer.parcel.parcel_no}: {words}"))
