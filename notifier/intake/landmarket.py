"""The answers of trading platforms for one notice: JSON around its HTML.

They are those of the national land-market site, of its sister in Jiangsu, and of the trading system
of Zhejiang.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from html import escape, unescape
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
from notifier.intake.foreign_json import load_json
from notifier.intake.limits import Limits
from notifier.intake.notice import read_notice
from notifier.intake.written_times import Instant, read_instant

_WINDOW = {"gpSjS": MilestoneName.BIDDING_OPEN, "gpSjE": MilestoneName.BIDDING_CLOSE}
_OF_NATIONAL = ("gyggNr", "gyggBt")  # text and title, of which one may be missing
_OF_SISTER = ("remiseBulletin", "afficheName")
_NUMBERS = ("dkBh", "zdBh")
_SISTER_NAMES = {
    "parcelNo": "zdBh",
    "landPosition": "zdZl",
    "remiseArea": "mj",  # m²
    "startPrice": "qsj",  # 万元
    "bail": "crBzj",  # 万元
    "bidStarttime": "gpSjS",
    "bidEndtime": "gpSjE",
}
_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_TEXTS = {"zdZl": "location", "tdYt": "use"}
_AMOUNTS = {
    "mj": ("area_m2", read_m2, "m2"),
    "qsj": ("start_price_wan", read_wan, "万元"),
    "crBzj": ("deposit_wan", read_wan, "万元"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Answer:
    """A notice as a site answers it: its text as `html`, a row of fields for each parcel."""

    title: str
    html: str
    rows: object = None
    city: str = ""
    number: str = ""
    published: object = None
    refers_to: str = ""

    @property
    def page(self) -> str:
        """The notice as a page."""
        name = escape(self.title)
        return f"<html><head><title>{name}</title></head><body><h1>{name}</h1>{self.html}"


def shown_html(value: object) -> str:
    """Return the HTML of the notice that the JSON of such a site shows, "" if it shows none."""
    answer = _answer_of(value)
    return "" if answer is None else answer.html


def read_landmarket(path: PurePath, data: bytes, limits: Limits) -> list[Notice] | None:
    """The notice of such an answer, None if the JSON is another.

    Where a field and the notice's own text give different times, neither is taken. IntakeError if
    the answer holds no notice.
    """
    try:
        answer = _answer_of(load_json(data))
    except IntakeError:
        return None  # whoever reads it as a table says why
    if answer is None:
        return None
    (notice,) = read_notice(path.with_suffix(".html"), answer.page.encode(), limits)
    findings = list(notice.findings)
    parcels = _parcels(notice, answer, findings)
    if not parcels and not answer.html:
        raise IntakeError("the answer of the land-market site holds neither a notice nor a parcel")
    instant = _instant(answer.published)
    return [
        replace(
            notice,
            file=path.name,
            city=answer.city.removesuffix("市") or notice.city,
            notice_no=notice.notice_no or answer.number,
            published=notice.published
            or (shanghai(instant.at).date() if instant is not None else None),
            refers_to=notice.refers_to or ((answer.refers_to,) if answer.refers_to else ()),
            parcels=parcels,
            findings=tuple(findings),
        )
    ]


def _answer_of(value: object) -> _Answer | None:
    """Return the notice that the JSON shows, None if it is none of these sites'."""
    if not isinstance(value, dict):
        return None
    data = value.get("data")
    content = value.get("queryNoticeContent", data)
    if isinstance(data, dict) and not data.keys().isdisjoint(_OF_NATIONAL):
        return _of_national(data, value.get("relate"))
    affiche = value.get("affiche")
    if isinstance(affiche, dict) and not affiche.keys().isdisjoint(_OF_SISTER):
        return _of_sister(affiche, value.get("parcelList"))
    if isinstance(content, dict) and "GGNR" in content:
        return _of_trading_system(content)
    return None


def _of_national(data: Mapping[str, Any], rows: object) -> _Answer:
    return _Answer(
        title=_text(data.get("gyggBt")),
        html=_text(data.get("gyggNr")),
        rows=rows,
        city=_text(data.get("city")),
        published=data.get("fbSj"),
    )


def _of_sister(affiche: Mapping[str, Any], rows: object) -> _Answer:
    return _Answer(
        title=_text(affiche.get("afficheName")),
        html=_text(affiche.get("remiseBulletin")),
        rows=[*map(_as_national, rows)] if isinstance(rows, list) else rows,
        number=_text(affiche.get("afficheNo")),
        published=affiche.get("afficheDate"),
        refers_to=_text(affiche.get("oldGyggGuid")),
    )


def _of_trading_system(content: Mapping[str, Any]) -> _Answer:
    html = _text(content["GGNR"])
    return _Answer(
        title=_text(content.get("GGMC")),
        html=html if "<" in html else unescape(html),  # its marks may come escaped
        published=content.get("GGFBSJ"),
    )


def _as_national(row: object) -> object:
    """Return a row of Jiangsu's under the names of the national site."""
    if not isinstance(row, dict):
        return row
    return row | {name: row.get(key) for key, name in _SISTER_NAMES.items()}


def _text(value: object) -> str:
    """Return a text or a number as text, "" for what is neither."""
    is_plain = isinstance(value, str | int) and not isinstance(value, bool)
    return str(value).strip() if is_plain else ""


def _parcels(notice: Notice, answer: _Answer, findings: list[Finding]) -> tuple[Parcel, ...]:
    """Return the parcels of the text and of the rows, each once."""
    known = {squash(parcel.parcel_no): parcel for parcel in notice.parcels}
    found: dict[str, Parcel] = {}
    for row, number in _numbered(answer, known, findings):
        read = known.pop(squash(number), None)
        found[squash(number)] = _joined(
            read or Parcel(parcel_no=number), row, findings, is_read=read is not None
        )
    return (*found.values(), *known.values())


def _numbered(
    answer: _Answer, known: Container[str], findings: list[Finding]
) -> list[tuple[Mapping[str, Any], str]]:
    """Return the rows with their numbers, the one that the text `known` has if a row has several.

    A row without a number is said.
    """
    if answer.rows is None:
        return []
    rows = answer.rows if isinstance(answer.rows, list) else [answer.rows]
    numbered: list[tuple[Mapping[str, Any], str]] = []
    for row in rows:
        fields = row if isinstance(row, dict) else {}
        numbers = [number for key in _NUMBERS if (number := _text(fields.get(key)))]
        in_text = [number for number in numbers if squash(number) in known]
        if numbers:
            numbered.append((fields, (in_text or numbers)[0]))
    if len(numbered) < len(rows):
        findings.append(
            Finding(code=Code.PARCEL_WITHOUT_NUMBER, severity=Severity.WARNING, field="parcel_no")
        )
    return numbered


def _joined(
    parcel: Parcel, row: Mapping[str, Any], findings: list[Finding], *, is_read: bool
) -> Parcel:
    fields: dict[str, Any] = {
        name: text
        for key, name in _TEXTS.items()
        if (text := _text(row.get(key))) and not getattr(parcel, name)
    }
    for key, (name, read, unit) in _AMOUNTS.items():
        if getattr(parcel, name) is not None:
            continue
        try:
            fields[name] = _amount(row.get(key), key, read, unit)
        except AmountNotUnderstood as fault:
            doubt = _finding(Code.AMOUNT_NOT_UNDERSTOOD, parcel, name, words=str(fault))
            findings.append(replace(doubt, severity=Severity.WARNING))
    least, most = (_text(row.get(key)) for key in ("minRjl", "maxRjl"))
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
    """Epoch milliseconds, or a date as text. None for what is neither, or lies far from now."""
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            at = datetime.fromtimestamp(value / 1000, UTC)
        except (ValueError, OverflowError, OSError):
            return None
        is_near = _FIRST_YEAR <= at.year <= _LAST_YEAR  # what counts in seconds is in 1970
        return Instant(at=at, precision=Precision.MINUTE) if is_near else None
    if isinstance(value, str) and value.strip():
        if value.strip().isdecimal() and len(value.strip()) == 13:
            return _instant(int(value))
        try:
            return read_instant(value)
        except TimeNotUnderstood:
            return None
    return None


def _amount(value: object, name: str, read: Any, unit: str) -> Decimal | None:
    """Return an amount, None if none is stated. AmountNotUnderstood if it is no amount."""
    if value is None or isinstance(value, bool) or not str(value).strip(" 0."):
        return None
    amount: Decimal = read(str(value), name, default_unit=unit)
    return amount


def _finding(code: Code, parcel: Parcel, field: str, **params: str) -> Finding:
    return Finding(
        code=code, severity=Severity.ERROR, parcel_no=parcel.parcel_no, field=field, params=params
    )
