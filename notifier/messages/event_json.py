"""What programs are told: events, in the shapes that the command line has with `--json`.

Every instant is Shanghai's, in ISO 8601.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from functools import partial

from notifier.domain.drafts import Draft, Form, Item, ItemKind, Language, Message
from notifier.domain.offers import Offer, OfferChange
from notifier.domain.plain import Plain, parcel_to_plain
from notifier.domain.times import shanghai_iso
from notifier.domain.values import Evidence, Finding, Parcel, Precision
from notifier.messages.catalogue import say

_EVENTS = {
    ItemKind.NEW: "new",
    ItemKind.CHANGE: "changed",
    ItemKind.REMINDER: "due",
    ItemKind.MISSED: "due",
}


def event_message(draft: Draft, form: Form) -> Message:
    """Return the message that tells a program of the events in `draft`."""
    key = draft.key or f"{draft.alert}-{int(draft.now.timestamp())}"
    events = [_event(item, draft.language) for item in draft.items]
    events += draft.events
    if draft.alert and not draft.events:  # said to people in words: a test
        events.append({"id": key, "event": draft.alert, **draft.params})
    body = {
        "at": shanghai_iso(draft.now),
        "recipient": draft.recipient,
        "maybe_repeat": draft.maybe_repeat,
        "events": events,
    }
    text = json.dumps(body, ensure_ascii=False)
    return Message(form=form, title=", ".join(_names(events)), text=text, key=key)


def _names(events: list[Plain]) -> list[str]:
    return list(dict.fromkeys(str(event["event"]) for event in events))


def _event(item: Item, language: Language) -> Plain:
    """Return an event; its `id` is the same whenever it is told to the same program."""
    shape: Plain = {"id": item.id.hex(), "event": _EVENTS[item.kind]}
    if item.milestone is not None and item.at is not None:
        found = item.offer.deadline(item.milestone, item.at)
        precision = Precision.MINUTE if found is None else found[0].precision
        shape |= {
            "milestone": item.milestone.value,
            "at": shanghai_iso(item.at),
            "precision": precision.value,
            "condition": item.condition,
            "lead": item.lead,
            "urgent": item.urgent,
            "missed": item.kind is ItemKind.MISSED,
        }
    if item.change is not None:
        shape["change"] = _change_json(item.change)
    if item.kind is ItemKind.NEW:
        in_words = partial(say, language=language)
        shape["findings"] = [finding_json(finding, in_words) for finding in item.findings]
    return shape | offer_json(item.offer)


def offer_json(offer: Offer) -> Plain:
    """Return a parcel with the head of its notice."""
    return {
        "notice_no": offer.notice_no,
        "kind": offer.kind.value,
        "title": offer.title,
        "authority": offer.authority,
        "city": offer.city,
        "state": offer.state.value,
        "file": offer.file,
        "parcel": parcel_json(offer.parcel),
    }


def _change_json(change: OfferChange) -> Plain:
    return {
        "milestones": [
            {"milestone": moved.milestone.value, "old": _iso(moved.old), "new": _iso(moved.new)}
            for moved in change.milestones
        ],
        "state": None if change.state is None else [state.value for state in change.state],
        "fields": [{"field": name, "old": old, "new": new} for name, old, new in change.fields],
        "disputes": [
            {
                "milestone": dispute.milestone.value,
                "stands": _iso(dispute.stands),
                "other": shanghai_iso(dispute.other),
            }
            for dispute in change.disputes
        ],
        "file": change.file,
        "notice_no": change.notice_no,
        "by": change.by,
        "why": change.why,
    }


def _iso(instant: datetime | None) -> str | None:
    return None if instant is None else shanghai_iso(instant)


def parcel_json(parcel: Parcel) -> Plain:
    plain = parcel_to_plain(parcel)
    far = plain.get("far", "")
    digits = far.replace(".", "", 1)
    if digits.isascii() and digits.isdigit():
        plain["far"] = float(far)
    return plain


def finding_json(finding: Finding, say: Callable[[Finding], str]) -> Plain:
    """`say` puts a finding into words."""
    shape: Plain = {
        "code": str(finding.code),
        "severity": finding.severity.value,
        "parcel_no": finding.parcel_no,
        "field": str(finding.field),
        "message": say(finding),
        "where": str(finding.place),
    }
    if finding.candidates:
        shape["candidates"] = [evidence_json(evidence) for evidence in finding.candidates]
    return shape


def evidence_json(evidence: Evidence) -> Plain:
    at = shanghai_iso(evidence.at)
    day = evidence.precision is Precision.DAY
    return {
        "at": at[:10] if day else at,
        "quote": evidence.quote,
        "where": str(evidence.place),
        "rule": evidence.rule,
    }
