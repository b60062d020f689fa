"""The commands: what is asked of the service and the ledger, and how it is printed."""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from notifier.cli.jsonout import notice_to_json
from notifier.cli.progress import Progress
from notifier.clock import SystemClock
from notifier.domain.offers import Offer
from notifier.domain.planning import ALL_MILESTONES
from notifier.domain.times import shanghai, shanghai_iso
from notifier.domain.values import Finding, MilestoneName, Notice, Severity
from notifier.errors import IntakeError, NotifierError, UsageError
from notifier.ledger import Ledger

if TYPE_CHECKING:
    from notifier.engines.virtual import Span


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def _clean(text: str) -> str:
    """Text from a notice must not drive the terminal."""
    return "".join(char if char.isprintable() else " " for char in text)


def _at(instant: datetime) -> str:
    return f"{shanghai(instant):%Y-%m-%d %H:%M}"


def _settings(options: argparse.Namespace) -> Any:
    from notifier.config import load_settings

    return load_settings(options.config, ledger=options.db)


def _ledger(options: argparse.Namespace, *, create: bool = False) -> Ledger:
    if options.db is not None:
        return Ledger(options.db, create=create)
    return Ledger(_settings(options).ledger, create=create)


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

    settings = _settings(options)
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
    from notifier.messages import Renderer
    from notifier.service import say_at_once

    settings = _settings(options)
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
        print(_clean(f"{route}: {outcome.verdict.value} {outcome.words}"))
    return 0 if any(outcome.verdict is Verdict.SENT for _, outcome in said) else 1


# -- files ----------------------------------------------------------------------------------------


def read(options: argparse.Namespace) -> int:
    from notifier.config import published_calendar
    from notifier.domain.lint import lint
    from notifier.intake import read_file
    from notifier.intake.limits import Limits

    notices: list[Notice] = []
    broken = 0
    now = SystemClock().now()
    calendar = published_calendar()
    for path in options.files:
        try:
            found = read_file(path, Limits())
        except IntakeError as fault:
            print(f"{path.name}: {_clean(str(fault))}", file=sys.stderr)
            broken += 1
            continue
        notices += [replace(one, findings=one.findings + lint(one, calendar, now)) for one in found]
    _show(notices, as_json=options.json)
    wrong = any(finding.severity is Severity.ERROR for notice in notices for finding in notice.findings)
    return 1 if broken or wrong else 0


def _say(finding: Finding) -> str:
    from notifier.messages import say

    return say(finding, "zh")


def _show(notices: list[Notice], *, as_json: bool) -> None:
    if as_json:
        _print_json({"notices": [notice_to_json(one, _say) for one in notices]})
        return
    for notice in notices:
        print(_clean(f"{notice.file}: {notice.kind.value} {notice.notice_no} {notice.title}"))
        for parcel in notice.parcels:
            print(_clean(f"  {parcel.parcel_no} {parcel.location}"))
            for name, milestone in parcel.milestones.items():
                print(_clean(f"    {name.value:20} {_at(milestone.at)}  {milestone.source.value}  {milestone.quote}"))
    _print_findings(notices)


def _print_findings(notices: list[Notice]) -> None:
    for notice in notices:
        for one in notice.findings:
            print(_clean(f"{one.place.prefix(notice.file)}: {one.severity.value}: {_say(one)}"), file=sys.stderr)


def import_(options: argparse.Namespace) -> int:
    from notifier import app

    settings = _settings(options)
    ledger = Ledger(settings.ledger)
    service = app.build(settings, ledger, SystemClock(), channels={})
    report, broken = [], 0
    bar = Progress(len(options.files))
    for path in options.files:
        bar.at(path.name)
        try:
            taken = service.take_in(path, SystemClock().now())
        except IntakeError as fault:
            bar.clear()
            print(f"{path.name}: {_clean(str(fault))}", file=sys.stderr)
            broken += 1
            continue
        bar.clear()
        _print_findings(list(taken.notices))
        report.append({"file": path.name, "new": taken.new, "changed": taken.changed})
        broken += any(f.severity is Severity.ERROR for notice in taken.notices for f in notice.findings)
        if not options.json:
            print(f"{path.name}: {taken.new} parcels new, {taken.changed} changed")
    if options.json:
        _print_json({"files": report})
    ledger.close()
    return 1 if broken else 0


def simulate(options: argparse.Namespace) -> int:
    from notifier.cli.simulation import simulated

    week = _span(f"{options.since}..{options.until}")
    settings = _settings(options)
    outages: dict[str, list[Span]] = {}
    for text in options.fail:
        channel, _, span = text.partition("=")
        if channel not in settings.channels:
            raise UsageError(f"--fail {text}: no such channel: known are {', '.join(settings.channels)}")
        outages.setdefault(channel, []).append(_span(span))
    down = [_span(text) for text in options.down]
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger(Path(folder) / "simulated.db")
        try:
            messages, broken = simulated(settings, ledger, options.files, week, down=down, outages=outages)
        finally:
            ledger.close()
    for line in broken:
        print(_clean(line), file=sys.stderr)
    if options.json:
        _print_json({"messages": messages})
    else:
        for one in messages:
            print(
                f"{one['at'][:16].replace('T', ' ')}  {one['recipient']}  ({', '.join(one['channels'])})  {one['kind']}"
            )
            print("\n".join(f"    {_clean(line)}" for line in one["body"].splitlines()), end="\n\n")
    return 1 if broken else 0


def _span(text: str) -> Span:
    from notifier.engines.virtual import Span

    begin, _, end = text.partition("..")
    span = Span(_instant(begin), _instant(end))
    if span.end <= span.begin:
        raise UsageError(f"{text}: it ends before it begins")
    return span


def _instant(text: str) -> datetime:
    from notifier.intake.times import read_instant

    try:
        return read_instant(text).at
    except NotifierError as fault:
        raise UsageError(str(fault)) from None


# -- what is ahead, what was ----------------------------------------------------------------------


def agenda(options: argparse.Namespace) -> int:
    ledger = _ledger(options)
    now = SystemClock().now()
    lines = ledger.agenda(now, now + timedelta(days=options.days))
    if options.json:
        _print_json(
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
        words = f"{_at(line.at)}  {left(line.at - now, 'zh'):12}  {line.milestone:20} {offer.parcel.parcel_no}"
        print(_clean(f"{words}  {offer.city}  {line.state}"))
    return 0


def plan(options: argparse.Namespace) -> int:
    ledger = _ledger(options)
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
        _print_json({"reminders": lines})
        return 0
    for one in lines:
        held = f"  held: {one['held']}" if one["held"] else ""
        due = str(one["due"])[:16].replace("T", " ")
        words = f"{due}  {one['recipient']}  {one['parcel_no']}  {one['milestone']}  {one['lead']}"
        print(_clean(words + held))
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
        for line in _ledger(options).history(options.limit)
    ]
    if options.json:
        _print_json({"deliveries": lines})
        return 0
    for one in lines:
        at = one["at"][:19].replace("T", " ")
        words = f"{at}  {one['state']:8} {one['channel']} -> {one['recipient']}  {one['kind']}"
        print(_clean(f"{words}  {', '.join(one['parcels'])}  {one['words']}"))
    return 0


def status(options: argparse.Namespace) -> int:
    ledger = _ledger(options)
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
        _print_json(value)
    else:
        for name, one in value.items():
            print(f"{name}: {one}")
    return 0 if alive else 1


def retry(options: argparse.Namespace) -> int:
    queued = _ledger(options).retry_failed(SystemClock().now())
    if options.json:
        _print_json({"queued": queued})
    else:
        print(f"{queued} deliveries are tried again")
    return 0


def backup(options: argparse.Namespace) -> int:
    _ledger(options).backup(options.target, SystemClock().now())
    print(f"{options.target}: written")
    return 0


# -- what people say of parcels -------------------------------------------------------------------

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
        raise UsageError(f"{number}: more than one parcel ends so: {_clean(candidates)}")
    return offers[0]


def done(options: argparse.Namespace) -> int:
    if options.milestone is None:
        raise UsageError("which milestone is done? registration, deposit, bidding or auction; or use `notifier skip`")
    return _acknowledge(options, _milestone(options.milestone))


def skip(options: argparse.Namespace) -> int:
    return _acknowledge(options, ALL_MILESTONES)


def _acknowledge(options: argparse.Namespace, milestone: str) -> int:
    ledger = _ledger(options)
    offer = _one_offer(ledger, options.parcel)
    ledger.acknowledge(offer.id, milestone, options.by, SystemClock().now())
    _said(options, offer, {"milestone": milestone, "by": options.by})
    return 0


def resume(options: argparse.Namespace) -> int:
    ledger = _ledger(options)
    offer = _one_offer(ledger, options.parcel)
    undone = ledger.resume(offer.id, _milestone(options.milestone))
    _said(options, offer, {"undone": undone})
    return 0


def silence(options: argparse.Namespace) -> int:
    ledger = _ledger(options)
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
        _print_json({"silences": lines})
    else:
        for one in lines:
            print(_clean("  ".join(str(value) for value in one.values())))
    return 0


def _add_silence(options: argparse.Namespace, ledger: Ledger, now: datetime) -> int:
    from notifier.domain.matching import Filters

    if options.until is None:
        raise UsageError("until when? a silence without an end is not offered: use --until")
    until, since = _instant(options.until), _instant(options.since) if options.since else now
    if until <= max(since, now):
        raise UsageError(f"--until {options.until}: that is not ahead")
    try:
        Filters.parse_matchers(options.what)
    except ValueError as fault:
        raise UsageError(str(fault)) from None
    number = ledger.add_silence(options.what, starts_at=since, ends_at=until, by=options.by, why=options.why)
    if options.json:
        _print_json({"id": number})
    else:
        print(f"silence {number}: until {_at(until)}")
    return 0


def _said(options: argparse.Namespace, offer: Offer, more: Mapping[str, Any]) -> None:
    if options.json:
        _print_json({"parcel_no": offer.parcel.parcel_no, **more})
    else:
        print(_clean(f"{offer.parcel.parcel_no}: {options.command} {' '.join(str(one) for one in more.values())}"))


def check(options: argparse.Namespace) -> int:
    from notifier.cli.checking import checked

    lines = checked(_settings(options), SystemClock().now(), send=options.send)
    if options.json:
        _print_json({"checks": [{"what": line.what, "ok": line.ok, "words": line.words} for line in lines]})
    else:
        for line in lines:
            print(_clean(f"{'ok ' if line.ok else 'BAD'}  {line.what}: {line.words}"))
    return 0 if all(line.ok for line in lines) else 1
