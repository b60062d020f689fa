"""The answers of the national land-market site, and of its sister in Jiangsu, for one notice.

They are JSON around its HTML.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from html import escape
from pathlib import PurePath
from typing import Any

from notifier.domain.findings import Code
from notifier.domain.times import shanghai
from notifier.domain.values import (
    Finding,
    Milestone,
    MilestoneName,
    Notice,
    Parcel,
    Precision,
    Severity,
    squash,
)
from notifier.errors import AmountNotUnderstood, IntakeError, TimeNotUnderstood
from notifier.intake.amounts import read_m2, read_wan
from notifier.intake.limits import Limits
from notifier.intake.notice import read_notice
from notifier.intake.written_times import Instant, read_instant

_WINDOW = {"gpSjS": MilestoneName.BIDDING_OPEN, "gpSjE": MilestoneName.BIDDING_CLOSE}
_TEXTS = {"zdZl": "location", "tdYt": "use"}
_AMOUNTS = {
    "mj": ("area_m2", read_m2, "m2"),
    "qsj": ("start_price_wan", read_wan, "万元"),
    "crBzj": ("deposit_wan", read_wan, "万元"),
}


def read_landmarket(path: PurePath, data: bytes, limits: Limits) -> list[Notice] | None:
    """The notice of such an answer, None if the JSON is another.

    Where a field and the notice's own text give different times, neither is taken. IntakeError if
    the answer holds no notice.
    """
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    national, sister = value.get("data"), value.get("affiche")
    if isinstance(national, dict) and "gyggNr" in national:
        title, html, rows = national.get("gyggBt"), national["gyggNr"], value.get("relate")
        city = str(national.get("city") or "")
        published, refers_to = national.get("fbSj"), ""
        number = ""
    elif isinstance(sister, dict) and "remiseBulletin" in sister:
        title, html, rows = (
            sister.get("afficheName"),
            sister["remiseBulletin"],
            value.get("parcelList"),
        )
        city, published = "", sister.get("afficheDate")
        number, refers_to = str(sister.get("afficheNo") or ""), str(sister.get("oldGyggGuid") or "")
    else:
        return None
    name = escape(str(title or ""))
    page = f"<html><head><title>{name}</title></head><body><h1>{name}</h1>{html}"
    (notice,) = read_notice(path.with_suffix(".html"), page.encode(), limits)
    findings = list(notice.findings)
    listed = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    parcels = _parcels(notice, listed, findings)
    if not parcels and not html:
        raise IntakeError("the answer of the land-market site holds neither a notice nor a parcel")
    instant = _instant(published)
    return [
        replace(
            notice,
            file=path.name,
            city=city.removesuffix("市") or notice.city,
            notice_no=notice.notice_no or number,
            published=notice.published
            or (shanghai(instant.at).date() if instant is not None else None),
            refers_to=notice.refers_to or ((refers_to,) if refers_to else ()),
            parcels=parcels,
            findings=tuple(findings),
        )
    ]


def _parcels(
    notice: Notice, rows: list[dict[str, Any]], findings: list[Finding]
) -> tuple[Parcel, ...]:
    known = {squash(parcel.parcel_no): parcel for parcel in notice.parcels}
    found: dict[str, Parcel] = {}
    for row in rows:
        number = str(row.get("zdBh") or "")
        if number:
            read = known.pop(squash(number), None)
            found[squash(number)] = _joined(
                read or Parcel(parcel_no=number), row, findings, is_read=read is not None
            )
    return (*found.values(), *known.values())


def _joined(
    parcel: Parcel, row: Mapping[str, Any], findings: list[Finding], *, is_read: bool
) -> Parcel:
    fields: dict[str, Any] = {
        name: str(row[key])
        for key, name in _TEXTS.items()
        if row.get(key) and not getattr(parcel, name)
    }
    for key, (name, read, unit) in _AMOUNTS.items():
        value = _amount(row.get(key), key, read, unit)
        if value is not None and getattr(parcel, name) is None:
            fields[name] = value
    least, most = (str(row.get(key) or "") for key in ("minRjl", "maxRjl"))
    if not parcel.far and (least or most):
        fields["far"] = f"{least}-{most}" if least and most and least != most else most or least
    milestones = dict(parcel.milestones)
    for key, milestone in _WINDOW.items():
        instant = _instant(row.get(key))
        if instant is None:
            if row.get(key):
                findings.append(
                    _finding(
                        Code.TIME_NOT_UNDERSTOOD,
                        parcel,
                        milestone,
                        text=str(row[key])[:80],
                        words=key,
                    )
                )
            continue
        stated = milestones.get(milestone)
        if stated is None and not _is_doubted(findings, parcel, milestone):
            quote = str(row[key])
            milestones[milestone] = Milestone(
                at=instant.at, precision=instant.precision, quote=quote
            )
        elif is_read and stated is not None and not _agree(stated, instant):
            values = " / ".join(
                f"{shanghai(moment):%Y-%m-%d %H:%M}" for moment in (stated.at, instant.at)
            )
            findings.append(_finding(Code.PLACES_DISAGREE, parcel, milestone, values=values))
            del milestones[milestone]
    return replace(parcel, milestones=milestones, **fields)


def _agree(stated: Milestone, instant: Instant) -> bool:
    if Precision.DAY in (stated.precision, instant.precision):
        return shanghai(stated.at).date() == shanghai(instant.at).date()
    return stated.at == instant.at


def _is_doubted(findings: list[Finding], parcel: Parcel, milestone: MilestoneName) -> bool:
    """Return whether the text's own places disagree about it.

    Then a third voice does not decide.
    """
    return any(
        finding.code == Code.PLACES_DISAGREE
        and finding.field == milestone
        and squash(finding.parcel_no) in ("", squash(parcel.parcel_no))
        for finding in findings
    )


def _instant(value: object) -> Instant | None:
    """Epoch milliseconds, or a date as text."""
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            return Instant(at=datetime.fromtimestamp(value / 1000, UTC), precision=Precision.MINUTE)
        except (ValueError, OverflowError, OSError):
            return None
    if isinstance(value, str) and value.strip():
        if value.strip().isdigit() and len(value.strip()) == 13:
            return _instant(int(value))
        try:
            return read_instant(value)
        except TimeNotUnderstood:
            return None
    return None


def _amount(value: object, name: str, read: Any, unit: str) -> Decimal | None:
    if value is None or isinstance(value, bool | dict | list) or not str(value).strip():
        return None
    try:
        amount: Decimal = read(str(value), name, default_unit=unit)
    except AmountNotUnderstood:
        return None
    return amount


def _finding(code: Code, parcel: Parcel, field: str, **params: str) -> Finding:
    return Finding(
        code=code, severity=Severity.ERROR, parcel_no=parcel.parcel_no, field=field, params=params
    )
