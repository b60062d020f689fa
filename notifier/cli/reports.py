"""`agenda`, `plan`, `history`, `status`: what is ahead, what was, how the daemon is."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from notifier.cli.health import health_of
from notifier.cli.shared import at_words, clean, open_ledger, padded, print_json, settings_of
from notifier.cli.speech import language, phrase, reason
from notifier.clock import SystemClock
from notifier.domain.drafts import Draft, DraftKind, Form, ItemKind, Language
from notifier.domain.recipients import OPERATORS
from notifier.domain.reports import AgendaLine, HistoryLine, PlanLine, Said
from notifier.domain.times import shanghai_iso
from notifier.domain.values import Kind, MilestoneName, Precision
from notifier.errors import ConfigError, UsageError

_NEWS = {ItemKind.NEW: "new parcel", ItemKind.CHANGE: "change"}
_MOST_NUMBERS = 20  # in one line of the history

# -- what is ahead --------------------------------------------------------------------------------


def agenda(options: argparse.Namespace) -> int:
    now = SystemClock().now()
    with open_ledger(options) as ledger:
        lines = ledger.agenda(now, now + timedelta(days=options.days))
    if options.json:
        print_json({"now": shanghai_iso(now), "milestones": [_agenda_plain(line) for line in lines]})
    else:
        for line in lines:
            print(clean(_agenda_words(line, now)))
    return 0


def _agenda_plain(line: AgendaLine) -> dict[str, Any]:
    return {
        "at": shanghai_iso(line.at),
        "precision": (Precision.DAY if line.day_only else Precision.MINUTE).value,
        "milestone": line.milestone,
        "parcel_no": line.offer.parcel.parcel_no,
        "notice_no": line.offer.notice_no,
        "city": line.offer.city,
        "state": line.state,
        **({"condition": line.condition} if line.condition else {}),
    }


def _agenda_words(line: AgendaLine, now: datetime) -> str:
    from notifier.messages.catalogue import words
    from notifier.messages.when import left, left_of_day

    offer, say = line.offer, words(language())
    day_only = line.day_only
    name = _milestone(line.milestone, offer.kind)
    name += say("block.condition_short", condition=line.condition) if line.condition else ""
    if day_only and line.at <= now:
        remaining = say("time.near").split()[0]  # that its hour is not known stands beside the day
    else:
        remaining = left_of_day(line.at, now, language()) if day_only else left(line.at - now, language())
    state = f"state.{line.state}"
    said = [
        at_words(line.at, day_only=day_only),
        padded(remaining, 14),
        padded(name, 20),
        offer.parcel.parcel_no,
        next(iter(offer.parcel.aliases), ""),
        offer.city,
        say(state) if state in say else "",
    ]
    return "  ".join(part for part in said if part)


def _milestone(name: str, kind: Kind = Kind.LISTING) -> str:
    from notifier.messages import milestone_name

    return milestone_name(MilestoneName(name), language(), kind)


def plan(options: argparse.Namespace) -> int:
    now = SystemClock().now()
    with open_ledger(options) as ledger:
        lines = list(ledger.plan_ahead(now, options.recipient))
        if not lines and options.recipient is not None:
            _must_be_known(options)
        if ledger.has_stale():
            who = "the running daemon is planning them" if ledger.holder() else "the daemon plans them: `notifier run`"
            print(reason(f"some parcels are new or changed and not in this plan yet: {who}"), file=sys.stderr)
    if options.json:
        print_json({"reminders": [_plan_plain(line) for line in lines]})
    else:
        for line in lines:
            print(clean(_plan_words(line)))
    return 0


def _must_be_known(options: argparse.Namespace) -> None:
    names = [one.name for one in settings_of(options).recipients]
    if options.recipient not in names:
        raise UsageError(f"--recipient {options.recipient}: there is none of this name: use one of {', '.join(names)}")


def _plan_plain(line: PlanLine) -> dict[str, Any]:
    one = line.reminder
    return {
        "due": shanghai_iso(one.due_at),
        "recipient": one.recipient,
        "kind": one.kind.value,
        "parcel_no": line.parcel_no,
        "milestone": str(one.milestone),
        "lead": one.lead,
        "urgent": one.urgent,
        "held": line.held or None,
        "reason": _moved(line) or None,
    }


def _moved(line: PlanLine) -> str:
    """Why it is not said at the lead's own instant; an escalation is late by its nature."""
    return "" if line.held or line.reminder.kind is ItemKind.ESCALATION else line.reminder.reason


def _plan_words(line: PlanLine) -> str:
    one = line.reminder
    news = _NEWS.get(one.kind)
    what = phrase(news) if news else f"{_milestone(one.milestone)}  {one.lead}"
    words = f"{at_words(one.due_at)}  {one.recipient}  {line.parcel_no}  {what}"
    if one.kind is ItemKind.ESCALATION:
        words += phrase("  (escalation: nobody answered {name})", name=one.origin)
    if line.held:
        words += phrase("  held: {why}", why=reason(line.held))
    moved = _moved(line)
    return words + (phrase("  moved: {why}", why=reason(moved)) if moved else "")


# -- what was -------------------------------------------------------------------------------------


def history(options: argparse.Namespace) -> int:
    with open_ledger(options) as ledger:
        lines = ledger.history(options.limit)
    languages = _languages(options) if any(line.alert for line in lines) else {}
    if options.json:
        plain = [_history_plain(line, languages) | _sent_text(line, options) for line in lines]
        print_json({"deliveries": plain})
        return 0
    for line in lines:
        at = shanghai_iso(line.ended_at or line.created_at)[:19].replace("T", " ")
        state, kind = phrase(line.state), phrase(line.kind)
        words = f"{at}  {padded(state, 8)} {line.channel} -> {line.recipient}  {kind}"
        print(clean(f"{words}  {reason(line.words)}".rstrip()))
        if options.text and line.text:
            print("\n".join(clean(f"    | {words}") for words in line.text.splitlines()))
            continue
        for said in _history_words(line, languages):
            print(clean(f"    {said}"))
    return 0


def _sent_text(line: HistoryLine, options: argparse.Namespace) -> dict[str, str]:
    return {"sent_text": line.text} if options.text else {}


def _history_plain(line: HistoryLine, languages: Mapping[str, Language]) -> dict[str, Any]:
    title, text = _alert(line, languages)
    return {
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
        "reminders": [
            {
                "kind": one.kind.value,
                "parcel_no": one.parcel_no,
                "milestone": one.milestone,
                "lead": one.lead,
                "milestone_at": shanghai_iso(one.milestone_at) if one.milestone else None,
            }
            for one in line.said
        ],
        **({"title": title, "text": text} if line.alert else {}),
    }


def _history_words(line: HistoryLine, languages: Mapping[str, Language]) -> Iterator[str]:
    """One line for each thing that was said, with the parcels of which it was."""
    if line.alert:
        yield from _alert(line, languages)[1].splitlines()
    groups: dict[str, list[str]] = {}
    for one in line.said:
        groups.setdefault(_said_words(one), []).append(one.parcel_no)
    for what, numbers in groups.items():
        listed = ", ".join(numbers[:_MOST_NUMBERS])
        if len(numbers) > _MOST_NUMBERS:
            listed = phrase("{listed} and {more} more", listed=listed, more=len(numbers) - _MOST_NUMBERS)
        yield f"{what}: {listed}"


def _said_words(one: Said) -> str:
    if not one.milestone:
        return phrase(_NEWS.get(one.kind, one.kind.value))
    words = f"{_milestone(one.milestone)} {at_words(one.milestone_at, day_only=one.day_only)} ({one.lead})"
    return words if one.kind is ItemKind.REMINDER else f"{phrase(one.kind.value)}: {words}"


def _alert(line: HistoryLine, languages: Mapping[str, Language]) -> tuple[str, str]:
    """(title, sentence) of an alert in its recipient's language; empty for what is none."""
    from notifier.messages.render import Renderer

    if not line.alert:
        return "", ""
    draft = Draft(
        recipient=line.recipient, kind=DraftKind.ALERT, items=(), now=line.created_at, alert=line.alert,
        params=line.params, language=languages.get(line.recipient, "zh"),
    )  # fmt: skip
    message = Renderer().render(draft, Form.TEXT)
    return message.title, message.text.removeprefix(message.title).strip()


def _languages(options: argparse.Namespace) -> dict[str, Language]:
    """Recipient -> language, as far as the config can be read: the history does not depend on it."""
    try:
        settings = settings_of(options)
    except ConfigError:
        return {}
    people = {one.name: one.language for one in settings.recipients}
    return people | ({OPERATORS: settings.operators.language} if settings.operators is not None else {})


# -- how it is ------------------------------------------------------------------------------------


def status(options: argparse.Namespace) -> int:
    with open_ledger(options) as ledger:
        health = health_of(ledger, SystemClock().now())
    if options.json:
        print_json(health.plain())
    else:
        for line in health.lines():
            print(clean(line))
    return 0 if health.ready else 1
