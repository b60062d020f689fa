"""The JSON that scripts depend on (DESIGN: the command line)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from notifier.domain.plain import parcel_to_plain
from notifier.domain.times import shanghai_iso
from notifier.domain.values import Evidence, Finding, Notice, Precision


def notice_to_json(notice: Notice, say: Callable[[Finding], str]) -> dict[str, Any]:
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
        "parcels": [_parcel(parcel_to_plain(parcel)) for parcel in notice.parcels],
        "changes": [
            {"parcel_no": one.parcel_no, "field": one.field, "old": one.old, "new": one.new} for one in notice.changes
        ],
        "findings": [finding_to_json(one, say) for one in notice.findings],
    }


def finding_to_json(finding: Finding, say: Callable[[Finding], str]) -> dict[str, Any]:
    return {
        "code": str(finding.code),
        "severity": finding.severity.value,
        "parcel_no": finding.parcel_no,
        "field": str(finding.field),
        "message": say(finding),
        "where": str(finding.place),
        **({"candidates": [_evidence(one) for one in finding.candidates]} if finding.candidates else {}),
    }


def _evidence(one: Evidence) -> dict[str, Any]:
    at = shanghai_iso(one.at)
    day = one.precision is Precision.DAY
    return {"at": at[:10] if day else at, "quote": one.quote, "where": str(one.place), "rule": one.rule}


def _parcel(plain: dict[str, Any]) -> dict[str, Any]:
    far = plain.get("far", "")
    if far.replace(".", "", 1).isascii() and far.replace(".", "", 1).isdigit():
        plain["far"] = float(far)
    return plain
