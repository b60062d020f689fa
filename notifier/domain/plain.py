"""Values to and from plain JSON.

It is the form of `notifier read --json`, of the ledger and of record files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from notifier.domain.offers import Dispute, MilestoneChange, Offer, OfferChange, OfferState
from notifier.domain.times import shanghai_iso, utc
from notifier.domain.values import (
    PARCEL_FIELDS,
    Alternative,
    Finding,
    Kind,
    Milestone,
    MilestoneName,
    Parcel,
    Place,
    Precision,
    Severity,
    Source,
)

Plain = dict[str, Any]

_NUMBERS = tuple(field.name for field in PARCEL_FIELDS if field.is_number)
_TEXTS = tuple(field.name for field in PARCEL_FIELDS if not field.is_number)


def number(value: Decimal | None) -> int | float | None:
    """As JSON writes it: 15494, 34086.8."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def milestone_to_plain(milestone: Milestone) -> Plain:
    return {
        "at": shanghai_iso(milestone.at),
        "precision": milestone.precision.value,
        "source": milestone.source.value,
        "quote": milestone.quote,
        **({"rival": shanghai_iso(milestone.rival)} if milestone.rival is not None else {}),
        **({"where": str(milestone.place)} if str(milestone.place) else {}),
    }


def milestone_from_plain(plain: Plain) -> Milestone:
    return Milestone(
        at=utc(datetime.fromisoformat(plain["at"])),
        precision=Precision(plain.get("precision", "minute")),
        source=Source(plain.get("source", "stated")),
        quote=str(plain.get("quote", "")),
        rival=utc(datetime.fromisoformat(plain["rival"])) if plain.get("rival") else None,
    )


def _milestones_to_plain(milestones: Mapping[MilestoneName, Milestone]) -> Plain:
    return {name.value: milestone_to_plain(milestone) for name, milestone in milestones.items()}


def _milestones_from_plain(plain: Plain) -> dict[MilestoneName, Milestone]:
    return {MilestoneName(name): milestone_from_plain(value) for name, value in plain.items()}


def parcel_to_plain(parcel: Parcel) -> Plain:
    """Return a parcel as plain JSON.

    Fields that are not stated are left out, except number and milestones.
    """
    plain: Plain = {name: getattr(parcel, name) for name in _TEXTS if getattr(parcel, name)}
    plain |= {
        name: number(getattr(parcel, name))
        for name in _NUMBERS
        if getattr(parcel, name) is not None
    }
    plain["parcel_no"] = parcel.parcel_no
    if parcel.aliases:
        plain["aliases"] = list(parcel.aliases)
    if parcel.answer:
        plain["answer"] = parcel.answer
    plain["milestones"] = _conditional(parcel) | _milestones_to_plain(parcel.milestones)
    if parcel.alternatives:
        plain["alternatives"] = [
            {
                "condition": alternative.condition,
                "milestones": _milestones_to_plain(alternative.milestones),
            }
            for alternative in parcel.alternatives
        ]
    return plain


def _conditional(parcel: Parcel) -> Plain:
    """The deadlines that only another way of offering has, each with its `condition`.

    They stand among the milestones, too, so that who reads these alone misses none.
    """
    found: Plain = {}
    for alternative in parcel.alternatives:
        for name, milestone in alternative.milestones.items():
            if name not in parcel.milestones:
                plain = milestone_to_plain(milestone) | {"condition": alternative.condition}
                found.setdefault(name.value, plain)
    return found


def own_milestones(plain: Plain) -> Plain:
    """Return the milestones of a plain parcel that hold without a condition."""
    milestones: Plain = plain.get("milestones", {})
    return {
        name: value
        for name, value in milestones.items()
        if not (isinstance(value, Mapping) and value.get("condition"))
    }


def parcel_from_plain(plain: Plain) -> Parcel:
    """The reverse of `parcel_to_plain`; trusts its input (the ledger's own rows)."""
    fields: Plain = {name: str(plain[name]) for name in _TEXTS if name in plain}
    fields |= {name: Decimal(str(plain[name])) for name in _NUMBERS if plain.get(name) is not None}
    return Parcel(
        **fields,
        aliases=tuple(plain.get("aliases", ())),
        answer=str(plain.get("answer", "")),
        milestones=_milestones_from_plain(own_milestones(plain)),
        alternatives=tuple(
            Alternative(
                condition=alternative["condition"],
                milestones=_milestones_from_plain(alternative["milestones"]),
            )
            for alternative in plain.get("alternatives", ())
        ),
    )


def offer_head_to_plain(offer: Offer) -> Plain:
    return {
        "notice_no": offer.notice_no,
        "kind": offer.kind.value,
        "title": offer.title,
        "authority": offer.authority,
        "city": offer.city,
        "published": offer.published and offer.published.isoformat(),
        "platform": offer.platform,
        "contacts": list(offer.contacts),
        **({"file": offer.file} if offer.file else {}),
    }


def offer_from_plain(
    *,
    id: int,  # noqa: A002  # the ledger's own word
    key: str,
    state: str,
    head: Mapping[str, Any],
    parcel: Plain,
) -> Offer:
    published = head.get("published")
    return Offer(
        id=id,
        key=key,
        state=OfferState(state),
        parcel=parcel_from_plain(parcel),
        notice_no=head.get("notice_no", ""),
        kind=Kind(head.get("kind", "listing")),
        title=head.get("title", ""),
        authority=head.get("authority", ""),
        city=head.get("city", ""),
        published=date.fromisoformat(published) if published else None,
        platform=head.get("platform", ""),
        contacts=tuple(head.get("contacts", ())),
        file=head.get("file", ""),
    )


def change_to_plain(change: OfferChange) -> Plain:
    return {
        "milestones": [
            {
                "milestone": milestone.milestone.value,
                "old": milestone.old and shanghai_iso(milestone.old),
                "new": milestone.new and shanghai_iso(milestone.new),
                **_flags(old_day_only=milestone.old_day_only, new_day_only=milestone.new_day_only),
            }
            for milestone in change.milestones
        ],
        "state": change.state and [state.value for state in change.state],
        "fields": [list(field) for field in change.fields],
        "file": change.file,
        "kind": change.kind.value,
        "notice_no": change.notice_no,
        "title": change.title,
        **(
            {"disputes": [_dispute_to_plain(dispute) for dispute in change.disputes]}
            if change.disputes
            else {}
        ),
        **({"is_set": True, "by": change.by, "why": change.why} if change.is_set else {}),
    }


def change_from_plain(plain: Plain) -> OfferChange:
    return OfferChange(
        milestones=tuple(
            MilestoneChange(
                milestone=MilestoneName(milestone["milestone"]),
                old=utc(datetime.fromisoformat(milestone["old"])) if milestone["old"] else None,
                new=utc(datetime.fromisoformat(milestone["new"])) if milestone["new"] else None,
                old_day_only=bool(milestone.get("old_day_only")),
                new_day_only=bool(milestone.get("new_day_only")),
            )
            for milestone in plain["milestones"]
        ),
        state=(OfferState(plain["state"][0]), OfferState(plain["state"][1]))
        if plain["state"]
        else None,
        fields=tuple((field[0], field[1], field[2]) for field in plain["fields"]),
        file=plain["file"],
        kind=Kind(plain["kind"]),
        notice_no=plain.get("notice_no", ""),
        title=plain.get("title", ""),
        disputes=tuple(_dispute_from_plain(dispute) for dispute in plain.get("disputes", ())),
        is_set=bool(plain.get("is_set")),
        by=plain.get("by", ""),
        why=plain.get("why", ""),
    )


def _flags(**flags: bool) -> Plain:
    """Return what holds, and nothing of what does not."""
    return {name: True for name, holds in flags.items() if holds}


def _dispute_to_plain(dispute: Dispute) -> Plain:
    return {
        "milestone": dispute.milestone.value,
        "stands": dispute.stands and shanghai_iso(dispute.stands),
        "other": shanghai_iso(dispute.other),
        "is_set": dispute.is_set,
        "by": dispute.by,
        **_flags(stands_day_only=dispute.stands_day_only, other_day_only=dispute.other_day_only),
    }


def _dispute_from_plain(plain: Plain) -> Dispute:
    return Dispute(
        milestone=MilestoneName(plain["milestone"]),
        stands=utc(datetime.fromisoformat(plain["stands"])) if plain["stands"] else None,
        other=utc(datetime.fromisoformat(plain["other"])),
        is_set=plain["is_set"],
        by=plain["by"],
        stands_day_only=bool(plain.get("stands_day_only")),
        other_day_only=bool(plain.get("other_day_only")),
    )


def finding_to_plain(finding: Finding) -> Plain:
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "parcel_no": finding.parcel_no,
        "field": finding.field,
        "place": {
            name: value for name, value in asdict(finding.place).items() if value is not None
        },
        "params": dict(finding.params),
    }


def finding_from_plain(plain: Plain) -> Finding:
    return Finding(
        code=plain["code"],
        severity=Severity(plain["severity"]),
        parcel_no=plain["parcel_no"],
        field=plain["field"],
        place=Place(**plain["place"]),
        params=plain["params"],
    )
