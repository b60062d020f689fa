"""The JSON of each value, for the command line and the web alike. Scripts depend on it.

Every instant is Shanghai's, in ISO 8601.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from notifier.domain.board_lines import BoardLine, BoardTime
from notifier.domain.changes import times_of
from notifier.domain.doubts import Doubt
from notifier.domain.drafts import ItemKind, Language
from notifier.domain.nodes import differing
from notifier.domain.planning import ALL_MILESTONES
from notifier.domain.receipts import Deposit, Receipt
from notifier.domain.reports import AgendaLine, NoticeLine, PlanLine, ReportedMessage
from notifier.domain.silences import Silence
from notifier.domain.source_watch import SourceWatch
from notifier.domain.times import shanghai_iso
from notifier.domain.values import Finding, Milestone, Notice, Precision
from notifier.messages.catalogue import say
from notifier.messages.doubt_sentences import doubt_sentence
from notifier.messages.event_json import evidence_json, finding_json, parcel_json
from notifier.messages.receipt_lines import receipt_lines
from notifier.messages.sentences import reason
from notifier.service.comparison_desk import ToCompare
from notifier.service.desk_values import (
    Acknowledged,
    Agenda,
    HistoryEntry,
    Plan,
    Resumed,
    Settled,
    SilenceSet,
    TimeSet,
)
from notifier.service.pause_desk import Paused
from notifier.service.status import Status

if TYPE_CHECKING:
    from notifier.service.self_check import Check  # it imports every channel

Json = dict[str, Any]

DELIVERY_STATES = ("queued", "sending", "sent", "accepted", "failed", "expired")


# -- what was read --------------------------------------------------------------------------------


def notice_json(notice: Notice, say: Callable[[Finding], str]) -> Json:
    """`say` puts a finding into words."""
    return {
        "file": notice.file,
        "notice_no": notice.notice_no,
        "kind": notice.kind.value,
        "title": notice.title,
        "authority": notice.authority,
        "city": notice.city,
        "published": notice.published and notice.published.isoformat(),
        "platform": notice.platform,
        "contacts": list(notice.contacts),
        "refers_to": list(notice.refers_to),
        "parcels": [parcel_json(parcel) for parcel in notice.parcels],
        "changes": [
            {
                "parcel_no": change.parcel_no,
                "field": change.field,
                "old": change.old,
                "new": change.new,
            }
            for change in notice.changes
        ],
        "findings": [finding_json(finding, say) for finding in notice.findings],
    }


# -- what is ahead --------------------------------------------------------------------------------


def agenda_json(agenda: Agenda, sources: Mapping[int, Sequence[SourceWatch]] | None = None) -> Json:
    """`sources`: what is known of those of each parcel, by its id; None: it cannot be told."""
    lines = [agenda_line_json(line) for line in agenda.lines]
    if sources is not None:
        for shape, line in zip(lines, agenda.lines, strict=True):
            shape["sources"] = sources_json(sources.get(line.offer.id, ()))
    return {"now": shanghai_iso(agenda.now), "milestones": lines}


def sources_json(sources: Sequence[SourceWatch]) -> list[Json]:
    """Each source of a parcel: whether it is watched, and how it was found last."""
    return [
        {
            "state": source.state.value,
            "file": source.file,
            "url": source.url,
            "table": source.is_table,
            "read_at": source.read_at and shanghai_iso(source.read_at),
            "changed_at": source.changed_at and shanghai_iso(source.changed_at),
            "failing_since": source.failing_since and shanghai_iso(source.failing_since),
        }
        for source in sources
    ]


def agenda_line_json(line: AgendaLine) -> Json:
    precision = Precision.DAY if line.day_only else Precision.MINUTE
    shape: Json = {
        "at": shanghai_iso(line.at),
        "precision": precision.value,
        "milestone": line.milestone,
        "parcel_no": line.offer.parcel.parcel_no,
        "notice_no": line.offer.notice_no,
        "city": line.offer.city,
        "state": line.state,
    }
    if line.condition:
        shape["condition"] = line.condition
    if line.missing:
        shape["missing"] = list(line.missing)
    return shape


def plan_json(plan: Plan) -> Json:
    return {"reminders": [_plan_line_json(line) for line in plan.lines]}


def _plan_line_json(line: PlanLine) -> Json:
    reminder = line.reminder
    return {
        "due": shanghai_iso(reminder.due_at),
        "recipient": reminder.recipient,
        "kind": reminder.kind.value,
        "parcel_no": line.parcel_no,
        "milestone": str(reminder.milestone),
        "lead": reminder.lead,
        "urgent": reminder.urgent,
        "held": line.held or None,
        "reason": moved_reason(line) or None,
    }


def moved_reason(line: PlanLine) -> str:
    """Return why a reminder was moved; empty for escalations, whose instant is no lead's."""
    is_escalation = line.reminder.kind is ItemKind.ESCALATION
    return "" if line.held or is_escalation else line.reminder.reason


# -- what was, and how the daemon is --------------------------------------------------------------


def history_json(entries: Sequence[HistoryEntry], *, with_text: bool = False) -> Json:
    """`with_text`: each delivery with the message as it was sent."""
    deliveries = []
    for entry in entries:
        shape = _delivery_json(entry)
        if with_text:
            shape["sent_text"] = entry.line.text
        deliveries.append(shape)
    return {"deliveries": deliveries}


def _delivery_json(entry: HistoryEntry) -> Json:
    line = entry.line
    shape: Json = {
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
        "reminders": [_delivered_json(reminder) for reminder in line.said],
    }
    if line.alert:
        shape |= {"title": entry.title, "text": entry.text}
    return shape


def _delivered_json(reminder: ReportedMessage) -> Json:
    return {
        "kind": reminder.kind.value,
        "parcel_no": reminder.parcel_no,
        "milestone": reminder.milestone,
        "lead": reminder.lead,
        "milestone_at": shanghai_iso(reminder.milestone_at) if reminder.milestone else None,
    }


def status_json(status: Status, language: Language) -> Json:
    proof = status.proof
    return {
        "ready": status.ready,
        "daemon": reason(status.pulse.words, language),
        "ledger": status.ledger,
        "reminders_ahead": status.reminders_ahead,
        "next_due": _iso(status.next_due),
        "deliveries": {state: status.deliveries.get(state, 0) for state in DELIVERY_STATES},
        "last_beat": _iso(status.pulse.last_beat),
        "last_proof": None if proof is None else shanghai_iso(proof.at),
        "last_proof_words": None if proof is None else proof.words,
        "last_backup": _iso(status.last_backup),
        "troubles": {channel: trouble.words for channel, trouble in status.troubles.items()},
        "owing": dict(status.owing),
        "nodes": [
            {
                "name": node.name,
                "version": node.version,
                "leads": node.leads,
                "clock_ahead_seconds": round(node.ahead.total_seconds(), 3),
            }
            for node in status.nodes
        ],
        "settings_that_differ": differing(status.nodes),
    }


def checks_json(checks: Sequence[Check], language: Language) -> Json:
    shapes = [
        {"what": check.what, "ok": check.ok, "words": reason(check.words, language)}
        for check in checks
    ]
    return {"checks": shapes}


# -- what people say ------------------------------------------------------------------------------


def acknowledged_json(answer: Acknowledged) -> Json:
    """The answer's own part; who prints it adds the action and its words."""
    shape: Json = {"milestone": answer.milestone or ALL_MILESTONES, "by": answer.by}
    if answer.missing:
        shape["missing"] = list(answer.missing)
    return shape


def paused_json(paused: Paused) -> Json:
    pause = paused.pause
    return {
        "milestone": pause.milestone.value,
        "milestone_at": shanghai_iso(pause.milestone_at),
        "recipient": pause.recipient,
        "by": pause.by,
        "until": shanghai_iso(pause.until),
    }


def resumed_json(answer: Resumed) -> Json:
    return {"milestone": answer.milestone or ALL_MILESTONES, "undone": answer.undone}


def time_set_json(answer: TimeSet) -> Json:
    return {
        "milestone": answer.milestone.value,
        "old": _milestone_iso(answer.old),
        "new": _milestone_iso(answer.new),
        "by": answer.by,
        "why": answer.why,
        "findings": [{"code": finding.code, "field": finding.field} for finding in answer.findings],
    }


def settled_json(answer: Settled, language: Language) -> Json:
    return {
        "settled": doubt_json(answer.doubt, language),
        "times": [
            {"parcel_no": time.offer.parcel.parcel_no, **time_set_json(time)}
            for time in answer.times
        ],
        "is_untouched": answer.is_untouched,
    }


def silence_json(silence: Silence) -> Json:
    return {
        "id": silence.id,
        "matchers": list(silence.matchers),
        "from": shanghai_iso(silence.starts_at),
        "until": shanghai_iso(silence.ends_at),
        "by": silence.by,
        "why": silence.why,
    }


def silences_json(silences: Sequence[Silence]) -> Json:
    return {"silences": [silence_json(silence) for silence in silences]}


def silence_set_json(added: SilenceSet) -> Json:
    swallowed = [
        {
            "at": shanghai_iso(line.at),
            "milestone": line.milestone,
            "parcel_no": line.offer.parcel.parcel_no,
        }
        for line in added.swallowed
    ]
    return {**silence_json(added.silence), "parcels": list(added.parcels), "unsaid": swallowed}


def _milestone_iso(milestone: Milestone | None) -> str | None:
    return None if milestone is None else shanghai_iso(milestone.at)


def _iso(instant: datetime | None) -> str | None:
    return None if instant is None else shanghai_iso(instant)


# -- what people compare with the original --------------------------------------------------------


def to_compare_json(to_compare: ToCompare) -> Json:
    offer = to_compare.offer
    return {
        "parcel_no": offer.parcel.parcel_no,
        "id": offer.id,
        "city": offer.city,
        "notice_no": offer.notice_no,
        "file": offer.file,
        "state": to_compare.trust.value,
        "confirmed_by": list(to_compare.checked.confirmed_by()),
        "times": [
            {
                "milestone": name.value,
                "at": shanghai_iso(milestone.at),
                "precision": milestone.precision.value,
                "condition": condition,
                "quote": milestone.quote,
            }
            for name, milestone, condition in to_compare.times
        ],
    }


# -- files ----------------------------------------------------------------------------------------


def receipt_json(receipt: Receipt, language: Language) -> Json:
    contents = receipt.contents
    return {
        "file": receipt.file,
        "way": receipt.way.value,
        "by": receipt.sender,
        "at": shanghai_iso(receipt.read_at),
        "state": receipt.reception.value,
        "why": reason(receipt.words, language) if receipt.words else "",
        "parcels": [
            {"parcel_no": parcel.number, "times": parcel.times} for parcel in contents.parcels
        ],
        "new": list(contents.new),
        "changed": list(contents.changed),
        "unmatched": list(contents.unmatched),
        "findings": [
            finding_json(finding, partial(say, language=language)) for finding in contents.findings
        ],
        "words": receipt_lines(receipt, language),
    }


def deposit_json(deposit: Deposit, language: Language) -> Json:
    return {
        "id": deposit.id,
        "file": deposit.file,
        "way": deposit.way.value,
        "by": deposit.sender,
        "at": shanghai_iso(deposit.put_at),
        "receipt": None if deposit.receipt is None else receipt_json(deposit.receipt, language),
    }


# -- what the board and the API show --------------------------------------------------------------


def board_line_json(
    line: BoardLine,
    now: datetime,
    say: Callable[[Finding], str],
    sources: Sequence[SourceWatch],
) -> Json:
    """A parcel with each of its times, what became of it, and what was doubtful when it came.

    And what is known of its `sources`.
    """
    offer = line.offer
    return {
        "id": offer.id,
        "parcel_no": offer.parcel.parcel_no,
        "notice_no": offer.notice_no,
        "city": offer.city,
        "district": offer.parcel.district,
        "location": offer.parcel.location,
        "authority": offer.authority,
        "state": offer.state.value,
        "file": offer.file,
        "sources": sources_json(sources),
        "milestones": [_board_time_json(time) for time in line.times(now)],
        "findings": [finding_json(finding, say) for finding in line.findings],
    }


def _board_time_json(time: BoardTime) -> Json:
    return {
        "milestone": time.name.value,
        "at": shanghai_iso(time.milestone.at),
        "precision": time.milestone.precision.value,
        "condition": time.condition,
        "state": time.state.value,
        "source": time.milestone.source.value,
        "quote": time.milestone.quote,
        "doubtful": time.is_doubtful,
        "answered_by": None if time.answer is None else time.answer.by,
        "missing": list(time.missing),
    }


def line_findings_json(lines: Sequence[BoardLine], say: Callable[[Finding], str]) -> Json:
    """What was doubtful of each parcel when it came."""
    return {
        "findings": [
            {
                **finding_json(finding, say),
                "parcel": line.offer.id,
                "parcel_no": line.offer.parcel.parcel_no,
                "notice_no": line.offer.notice_no,
                "file": line.offer.file,
            }
            for line in lines
            for finding in line.findings
        ]
    }


def notices_json(lines: Sequence[NoticeLine]) -> Json:
    return {
        "notices": [
            {
                "id": line.id,
                "kind": line.kind,
                "notice_no": line.notice_no,
                "title": line.title,
                "authority": line.authority,
                "city": line.city,
                "known_at": shanghai_iso(line.known_at),
                "file": line.file,
                "read_at": shanghai_iso(line.read_at),
                "revisions": line.revisions,
                "parcels": line.parcels,
            }
            for line in lines
        ]
    }


def doubt_json(doubt: Doubt, language: Language) -> Json:
    return {
        "id": doubt.id,
        "kind": doubt.kind.value,
        "words": doubt_sentence(doubt, language),
        "file": doubt.file,
        "parcels": [offer.parcel.parcel_no for offer in doubt.offers],
        "others": [{"parcel_no": offer.parcel.parcel_no, "id": offer.id} for offer in doubt.others],
        "milestones": [name.value for name in doubt.milestones],
        "candidates": [evidence_json(evidence) for evidence in doubt.candidates],
        "parts": [
            {
                "name": part.name,
                "times": {
                    name.value: shanghai_iso(stated.at) for name, stated in times_of(part).items()
                },
            }
            for part in doubt.parts
        ],
    }
