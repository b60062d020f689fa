"""Setting up, running, and looking: what is asked of the service and the ledger, and how it is printed."""

from __future__ import annotations

import argparse
import logging
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from notifier.cli.shared import at_words, clean, open_ledger, print_json, settings_of
from notifier.clock import SystemClock
from notifier.domain.times import shanghai_iso
from notifier.errors import UsageError

# -- set-up ---------------------------------------------------------------------------------------


def init(options: argparse.Namespace) -> int:
    from notifier.cli.example import write_config, write_example

    target = options.config or Path("config.toml")
    if target.exists():
        raise UsageError(f"{target}: there is one already: it is left as it is")
    print(write_example(target, SystemClock().now()) if options.example else write_config(target))
    return 0


def run(options: argparse.Namespace) -> int:
    from notifier import app
    from notifier.logs import set_up_logging

    settings = settings_of(options)
    set_up_logging(as_json=options.log_json or settings.log_json, stream=sys.stderr, secrets=settings.secrets)
    for warning in settings.warnings:
        logging.getLogger("notifier").warning("%s", warning)
    print(
        f"Reminders go where {settings.file} says: edit [channels] and [[recipients]] there to get them in "
        "WeCom, Telegram or mail, then press Ctrl-C and start again (or send SIGHUP).",
        flush=True,
    )
    app.run(settings, options.config, SystemClock())
    return 0


def alert(options: argparse.Namespace) -> int:
    from notifier import app
    from notifier.domain.outcomes import Verdict
    from notifier.messages.render import Renderer
    from notifier.service import say_at_once

    settings = settings_of(options)
    if settings.operators is None:
        raise UsageError(f"{settings.file}: operators: no one is named: add [operators] channels = [...]")
    said = say_at_once(
        settings.operators,
        "message",
        {"text": options.text},
        renderer=Renderer(settings.templates),
        channels=app.open_channels(settings),
        routes=settings.operators.channels,
        now=SystemClock().now(),
    )
    for route, outcome in said:
        print(clean(f"{route}: {outcome.verdict.value} {outcome.words}"))
    return 0 if any(outcome.verdict is Verdict.SENT for _, outcome in said) else 1


# -- what is ahead, what was ----------------------------------------------------------------------


def agenda(options: argparse.Namespace) -> int:
    ledger = open_ledger(options)
    now = SystemClock().now()
    lines = ledger.agenda(now, now + timedelta(days=options.days))
    if options.json:
        print_json(
            {
                "now": shanghai_iso(now),
                "milestones": [
                    {
                        "at": shanghai_iso(line.at),
                        "milestone": line.milestone,
                        "parcel_no": line.offer.parcel.parcel_no,
                        "notice_no": line.offer.notice_no,
                        "city": line.offer.city,
                        "state": line.state,
                        **({"condition": line.condition} if line.condition else {}),
                    }
                    for line in lines
                ],
            }
        )
        return 0
    from notifier.messages import left

    for line in lines:
        offer = line.offer
        words = f"{at_words(line.at)}  {left(line.at - now, 'zh'):12}  {line.milestone:20} {offer.parcel.parcel_no}"
        print(clean(f"{words}  {offer.city}  {line.state}"))
    return 0


def plan(options: argparse.Namespace) -> int:
    ledger = open_ledger(options)
    now = SystemClock().now()
    lines = [
        {
            "due": shanghai_iso(line.reminder.due_at),
            "recipient": line.reminder.recipient,
            "parcel_no": line.parcel_no,
            "milestone": str(line.reminder.milestone),
            "lead": line.reminder.lead,
            "urgent": line.reminder.urgent,
            "held": line.held or None,
        }
        for line in ledger.plan_ahead(now, options.recipient)
    ]
    if options.json:
        print_json({"reminders": lines})
        return 0
    for one in lines:
        held = f"  held: {one['held']}" if one["held"] else ""
        due = str(one["due"])[:16].replace("T", " ")
        words = f"{due}  {one['recipient']}  {one['parcel_no']}  {one['milestone']}  {one['lead']}"
        print(clean(words + held))
    return 0


def history(options: argparse.Namespace) -> int:
    lines: list[dict[str, Any]] = [
        {
            "id": line.id,
            "message": line.message_id,
            "at": shanghai_iso(line.ended_at or line.created_at),
            "recipient": line.recipient,
            "kind": line.kind,
            "channel": line.channel,
            "state": line.state,
            "attempts": line.attempts,
            "words": line.words,
            "parcels": list(line.parcels),
        }
        for line in open_ledger(options).history(options.limit)
    ]
    if options.json:
        print_json({"deliveries": lines})
        return 0
    for one in lines:
        at = one["at"][:19].replace("T", " ")
        words = f"{at}  {one['state']:8} {one['channel']} -> {one['recipient']}  {one['kind']}"
        print(clean(f"{words}  {', '.join(one['parcels'])}  {one['words']}"))
    return 0


def status(options: argparse.Namespace) -> int:
    ledger = open_ledger(options)
    counts = ledger.delivery_counts()
    due = ledger.next_due()
    beat = ledger.get("last_beat")
    alive = beat is not None and SystemClock().now() - datetime.fromisoformat(beat) < timedelta(minutes=3)
    value = {
        "ready": alive,
        "ledger": str(ledger.path),
        "reminders_ahead": ledger.reminders_ahead(),
        "next_due": due and shanghai_iso(due),
        "deliveries": {state: counts.get(state, 0) for state in ("queued", "sending", "sent", "failed", "expired")},
        "last_beat": beat and shanghai_iso(datetime.fromisoformat(beat)),
        "last_proof": ledger.get("last_proof"),
        "last_backup": ledger.get("last_backup"),
        "troubles": {name: words for name, (_, words) in ledger.troubles().items()},
    }
    if options.json:
        print_json(value)
    else:
        for name, one in value.items():
            print(f"{name}: {one}")
    return 0 if alive else 1


def retry(options: argparse.Namespace) -> int:
    queued = open_ledger(options).retry_failed(SystemClock().now())
    if options.json:
        print_json({"queued": queued})
    else:
        print(f"{queued} deliveries are tried again")
    return 0


def backup(options: argparse.Namespace) -> int:
    open_ledger(options).backup(options.target, SystemClock().now())
    print(f"{options.target}: written")
    return 0


def check(options: argparse.Namespace) -> int:
    from notifier.cli.checking import checked

    lines = checked(settings_of(options), SystemClock().now(), send=options.send)
    if options.json:
        print_json({"checks": [{"what": line.what, "ok": line.ok, "words": line.words} for line in lines]})
    else:
        for line in lines:
            print(clean(f"{'ok ' if line.ok else 'BAD'}  {line.what}: {line.words}"))
    return 0 if all(line.ok for line in lines) else 1
