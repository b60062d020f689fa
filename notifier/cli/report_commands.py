"""`agenda`, `plan`, `history`, `status`: what is ahead, what was, how the daemon is."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from notifier.cli.shared import (
    at_words,
    clean,
    open_desk,
    open_ledger,
    padded,
    print_json,
    settings_of,
)
from notifier.cli.speech import language, phrase, reason
from notifier.clock import SystemClock
from notifier.domain.drafts import ItemKind
from notifier.domain.nodes import differing
from notifier.domain.reports import AgendaLine, PlanLine, ReportedMessage
from notifier.domain.times import shanghai, shanghai_iso
from notifier.domain.values import Kind, MilestoneName
from notifier.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from notifier.domain.source_watch import SourceWatch
    from notifier.ports import Ledger
    from notifier.service.desk_values import Agenda, HistoryEntry
    from notifier.service.status import Status

_NEWS = {ItemKind.NEW: "new parcel", ItemKind.CHANGE: "change"}
_MOST_NUMBERS = 20  # in one line of the history
_STATES = {
    "queued": "queued",
    "sending": "being sent",
    "sent": "sent",
    "accepted": "accepted",
    "failed": "failed",
    "expired": "expired",
}

# -- what is ahead --------------------------------------------------------------------------------


def agenda(options: argparse.Namespace) -> int:
    from notifier.service.desk import Desk
    from notifier.service.json_shapes import agenda_json

    now = SystemClock().now()
    with open_ledger(options) as ledger:
        agenda = Desk(ledger, lambda: settings_of(options)).agenda(now, options.days)
        sources = _sources(options, ledger, agenda) if options.json else None
    if options.json:
        print_json(agenda_json(agenda, sources))
    else:
        for line in agenda.lines:
            print(clean(_agenda_words(line, now)))
    return 0


def _sources(
    options: argparse.Namespace, ledger: Ledger, agenda: Agenda
) -> Mapping[int, Sequence[SourceWatch]] | None:
    """What is known of the sources; None without a config, for it says what is watched."""
    from notifier.service.source_desk import SourceDesk

    try:
        settings = settings_of(options)
    except ConfigError:
        return None
    desk = SourceDesk(ledger, lambda: settings)
    return desk.of((line.offer for line in agenda.lines), agenda.now)


def _agenda_words(line: AgendaLine, now: datetime) -> str:
    from notifier.messages.catalogue import words
    from notifier.messages.when import left, left_of_day

    offer, say = line.offer, words(language())
    day_only = line.day_only
    name = _milestone(line.milestone, offer.kind)
    name += say("block.condition_short", condition=line.condition) if line.condition else ""
    if day_only and line.at <= now:
        remaining = say("time.near").split()[0]  # that its hour is not known stands beside the day
    elif day_only:
        remaining = left_of_day(line.at, now, language())
    else:
        remaining = left(line.at - now, language())
    state = f"state.{line.state}"
    columns = [
        at_words(line.at, day_only=day_only),
        padded(remaining, 14),
        padded(name, 20),
        offer.parcel.parcel_no,
        next(iter(offer.parcel.aliases), ""),
        offer.city,
        say(state) if state in say else "",
    ]
    return "  ".join(column for column in columns if column)


def _milestone(name: str, kind: Kind = Kind.LISTING) -> str:
    from notifier.messages import milestone_name

    return milestone_name(MilestoneName(name), language(), kind)


def plan(options: argparse.Namespace) -> int:
    from notifier.service.json_shapes import plan_json

    with open_desk(options) as desk:
        try:
            plan = desk.plan(SystemClock().now(), options.recipient)
        except UsageError as fault:
            raise UsageError(f"--recipient {fault}") from None
    if not plan.is_complete:
        who = (
            "the running daemon is planning them"
            if plan.holder
            else "the daemon plans them: `notifier run`"
        )
        print(
            reason(f"some parcels are new or changed and not in this plan yet: {who}"),
            file=sys.stderr,
        )
    if options.json:
        print_json(plan_json(plan))
    else:
        for line in plan.lines:
            print(clean(_plan_words(line)))
    return 0


def _plan_words(line: PlanLine) -> str:
    from notifier.service.json_shapes import moved_reason

    reminder = line.reminder
    news = _NEWS.get(reminder.kind)
    what = phrase(news) if news else f"{_milestone(reminder.milestone)}  {reminder.lead}"
    words = f"{at_words(reminder.due_at)}  {reminder.recipient}  {line.parcel_no}  {what}"
    if reminder.kind is ItemKind.ESCALATION:
        words += phrase("  (escalation: nobody answered {name})", name=reminder.origin)
    if line.held:
        words += phrase("  held: {why}", why=reason(line.held))
    moved = moved_reason(line)
    return words + (phrase("  moved: {why}", why=reason(moved)) if moved else "")


# -- what was -------------------------------------------------------------------------------------


def history(options: argparse.Namespace) -> int:
    from notifier.service.json_shapes import history_json

    with open_desk(options) as desk:
        entries = desk.history(options.limit)
    if options.json:
        print_json(history_json(entries, with_text=options.text))
        return 0
    for entry in entries:
        line = entry.line
        at = shanghai_iso(line.ended_at or line.created_at)[:19].replace("T", " ")
        state, kind = phrase(line.state), phrase(line.kind)
        words = f"{at}  {padded(state, 8)} {line.channel} -> {line.recipient}  {kind}"
        print(clean(f"{words}  {reason(line.words)}".rstrip()))
        if options.text and line.text:
            print("\n".join(clean(f"    | {words}") for words in line.text.splitlines()))
            continue
        for words in _history_words(entry):
            print(clean(f"    {words}"))
    return 0


def _history_words(entry: HistoryEntry) -> Iterator[str]:
    """Write a line for each piece of news or reminder, with the numbers of its parcels."""
    yield from entry.text.splitlines()
    groups: dict[str, list[str]] = {}
    for reminder in entry.line.said:
        groups.setdefault(_reminder_words(reminder), []).append(reminder.parcel_no)
    for what, numbers in groups.items():
        listed = ", ".join(numbers[:_MOST_NUMBERS])
        if len(numbers) > _MOST_NUMBERS:
            listed = phrase(
                "{listed} and {more} more", listed=listed, more=len(numbers) - _MOST_NUMBERS
            )
        yield f"{what}: {listed}"


def _reminder_words(reminder: ReportedMessage) -> str:
    if not reminder.milestone:
        return phrase(_NEWS.get(reminder.kind, reminder.kind.value))
    at = at_words(reminder.milestone_at, day_only=reminder.day_only)
    words = f"{_milestone(reminder.milestone)} {at} ({reminder.lead})"
    return (
        words if reminder.kind is ItemKind.REMINDER else f"{phrase(reminder.kind.value)}: {words}"
    )


# -- how the daemon is ----------------------------------------------------------------------------


def status(options: argparse.Namespace) -> int:
    from notifier.service.json_shapes import status_json

    with open_desk(options) as desk:
        status = desk.status(SystemClock().now())
    if options.json:
        print_json(status_json(status, language()))
    else:
        for line in _status_words(status):
            print(clean(line))
    return 0 if status.ready else 1


def _status_words(status: Status) -> Iterator[str]:
    from notifier.service.status import differing_words, node_words

    yield phrase("ready: {answer}", answer=phrase("yes") if status.ready else phrase("NO"))
    yield phrase("daemon: {words}", words=reason(status.pulse.words))
    yield phrase("ledger: {file}", file=status.ledger)
    for node in status.nodes:
        yield phrase("node: {words}", words=reason(node_words(node)))
    if names := differing(status.nodes):
        yield phrase("nodes: {words}", words=reason(differing_words(names)))
    ahead = phrase("reminders ahead: {count}", count=status.reminders_ahead)
    if status.next_due is not None:
        ahead += phrase(", the next one at {at}", at=_seconds(status.next_due))
    yield ahead
    counts = [
        f"{status.deliveries.get(state, 0)} {phrase(words)}"
        for state, words in _STATES.items()
        # only of services whose answers are not known
        if state != "accepted" or state in status.deliveries
    ]
    yield phrase("deliveries: {counts}", counts=", ".join(counts))
    yield phrase("last beat: {at}", at=_seconds(status.pulse.last_beat))
    proof = status.proof
    proof_at = _seconds(None if proof is None else proof.at)
    proof_words = "" if proof is None else f" {reason(proof.words)}"
    yield phrase("last proof of life: {at}", at=proof_at) + proof_words
    yield phrase("last backup: {at}", at=_seconds(status.last_backup))
    if status.owing:
        counts = [f"{person} ({count})" for person, count in status.owing.items()]
        yield phrase("answers are missing of: {people}", people=", ".join(counts))
    for name, trouble in status.troubles.items():
        yield phrase(
            "trouble: channel {name} fails since {at}: {words}",
            name=name,
            at=_seconds(trouble.since),
            words=reason(trouble.words),
        )


def _seconds(instant: datetime | None) -> str:
    return phrase("never") if instant is None else f"{shanghai(instant):%Y-%m-%d %H:%M:%S}"
