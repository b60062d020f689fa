"""`done`, `skip`, `resume`, `snooze`, `seen`, `set`, `drop`: what people say of one parcel."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from notifier.cli.shared import at_words, clean, open_desk, open_pauses, print_json, time_words
from notifier.cli.speech import language, phrase
from notifier.clock import SystemClock
from notifier.domain.leads import Lead
from notifier.domain.offers import Offer
from notifier.domain.values import MilestoneName
from notifier.errors import UsageError

if TYPE_CHECKING:
    from notifier.service.pause_desk import Paused


def _called(name: MilestoneName, offer: Offer) -> str:
    from notifier.messages import milestone_name

    chinese = milestone_name(name, "zh", offer.kind)
    return (
        chinese if language() == "zh" else f"{milestone_name(name, 'en', offer.kind)} ({chinese})"
    )


def done(options: argparse.Namespace) -> int:
    from notifier.service.json_shapes import acknowledged_json

    if options.milestone is None:
        raise UsageError(
            "which milestone is done? registration, deposit, bidding or auction; or use "
            "`notifier skip`"
        )
    with open_desk(options) as desk:
        answer = desk.acknowledge(
            options.parcel, options.milestone, by=options.by, now=SystemClock().now()
        )
    assert answer.milestone is not None
    more = (
        "no more reminders of it"
        if answer.is_stated
        else "no time of it is known; if one comes it is not reminded of"
    )
    if answer.missing:
        more = "reminders go on until everybody has answered; still missing: {people}"
    words = phrase(
        "{milestone} is done{by}: {more}",
        milestone=_called(answer.milestone, answer.offer),
        by=_by(options),
        more=phrase(more, people=", ".join(answer.missing)) if answer.missing else phrase(more),
    )
    _print_answer(options, answer.offer, words, acknowledged_json(answer))
    return 0


def skip(options: argparse.Namespace) -> int:
    from notifier.service.json_shapes import acknowledged_json

    with open_desk(options) as desk:
        answer = desk.skip(options.parcel, by=options.by, now=SystemClock().now())
    words = phrase(
        "we are not bidding{by}: no more reminders of the parcel; `notifier resume` undoes it",
        by=_by(options),
    )
    _print_answer(options, answer.offer, words, acknowledged_json(answer))
    return 0


def resume(options: argparse.Namespace) -> int:
    """Undo; return 1 if nothing was undone: whoever asks expects reminders that may not come."""
    from notifier.service.json_shapes import resumed_json

    with open_desk(options) as desk:
        answer = desk.resume(
            options.parcel, options.milestone, by=options.by, now=SystemClock().now()
        )
    if answer.milestone is None:
        nothing = phrase("it was neither done nor skipped nor taken back")
        words = phrase("done and skip are undone: what is ahead is reminded of again")
    else:
        called = _called(answer.milestone, answer.offer)
        nothing = phrase(
            "{milestone} was not done; a parcel that is skipped: `notifier resume PARCEL`",
            milestone=called,
        )
        words = phrase(
            "{milestone} is not done after all: it is reminded of again", milestone=called
        )
    if not answer.undone:
        words = phrase("there is nothing to undo: {nothing}", nothing=nothing)
    _print_answer(options, answer.offer, words, resumed_json(answer))
    return 0 if answer.undone else 1


def snooze(options: argparse.Namespace) -> int:
    wait = _span(options.wait)
    with open_pauses(options) as desk:
        paused = desk.snooze(
            options.parcel,
            options.milestone,
            wait=wait,
            by=options.by,
            recipient=options.recipient,
            now=SystemClock().now(),
        )
    return _print_pause(options, paused, "{milestone}: {name} is reminded again at {at}")


def seen(options: argparse.Namespace) -> int:
    with open_pauses(options) as desk:
        paused = desk.mark_seen(
            options.parcel,
            options.milestone,
            by=options.by,
            recipient=options.recipient,
            now=SystemClock().now(),
        )
    words = "{milestone}: {name} works on it; it is asked again at {at}"
    return _print_pause(options, paused, words)


def _span(text: str) -> timedelta:
    """Read `30m`, `2h` or `1d`. UsageError if it is none of them."""
    try:
        length = Lead.parse(text).length
    except ValueError:
        length = timedelta(0)
    if length <= timedelta(0):
        raise UsageError(f"--for {text}: expected a span of time, as in 30m, 2h or 1d")
    return length


def _print_pause(options: argparse.Namespace, paused: Paused, sentence: str) -> int:
    from notifier.service.json_shapes import paused_json

    pause = paused.pause
    words = phrase(
        sentence,
        milestone=_called(pause.milestone, paused.offer),
        name=pause.recipient,
        at=at_words(pause.until),
    )
    _print_answer(options, paused.offer, words, paused_json(paused))
    return 0


def set_(options: argparse.Namespace) -> int:
    from notifier.messages import say
    from notifier.service.json_shapes import time_set_json

    ways = [options.time is not None, options.none, options.as_read]
    if sum(ways) != 1:
        raise UsageError(
            "give the TIME, or --none (there is no such time), or --as-read (what is read "
            "stands again)"
        )
    now = SystemClock().now()
    by, why = options.by, options.why
    with open_desk(options) as desk:
        if options.as_read:
            result = desk.withdraw_time(options.parcel, options.milestone, by=by, why=why, now=now)
        else:
            result = desk.set_time(
                options.parcel, options.milestone, options.time, by=by, why=why, now=now
            )
    stands = phrase(
        "what is read stands again" if options.as_read else "it stands until you change it"
    )
    if result.new is not None and result.new.over_at <= now:
        stands = phrase("it has passed: nothing is reminded of")
    words = phrase(
        "{milestone} {old} -> {new}{by}: {stands}",
        milestone=_called(result.milestone, result.offer),
        old=time_words(result.old),
        new=time_words(result.new),
        by=_by(options),
        stands=stands,
    )
    _print_answer(options, result.offer, words, time_set_json(result))
    if not options.json:
        for finding in result.findings:
            print(clean(f"    {say(finding, language())}"))
    return 0


def drop(options: argparse.Namespace) -> int:
    with open_desk(options) as desk:
        result = desk.drop(options.name, by=options.by, why=options.why, now=SystemClock().now())
    numbers = [offer.parcel.parcel_no or phrase("(no number)") for offer in result.offers]
    words = phrase(
        "taken back{by}: no more reminders; `notifier resume PARCEL` undoes it", by=_by(options)
    )
    if options.json:
        print_json(
            {"action": "drop", "notice_no": result.notice, "parcels": numbers, "words": words}
        )
    else:
        head = f"{result.notice} ({', '.join(numbers)})" if result.notice else numbers[0]
        print(clean(f"{head}: {words}"))
    return 0


def _by(options: argparse.Namespace) -> str:
    return phrase(", says {name}", name=options.by) if options.by else ""


def _print_answer(
    options: argparse.Namespace, offer: Offer, words: str, shape: Mapping[str, Any]
) -> None:
    if options.json:
        print_json(
            {
                "parcel_no": offer.parcel.parcel_no,
                "action": options.command,
                **shape,
                "words": clean(words),
            }
        )
    else:
        print(clean(f"{offer.parcel.parcel_no}: {words}"))
