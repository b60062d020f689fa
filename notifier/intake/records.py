"""Record files in, notices out: one row is one parcel of one notice. A bad row never stops a good one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from notifier.domain.findings import Code
from notifier.domain.times import shanghai
from notifier.domain.values import Finding, Kind, Milestone, MilestoneName, Notice, Parcel, Place, Severity, squash
from notifier.errors import AmountNotUnderstood, IntakeError, TimeNotUnderstood
from notifier.intake.amounts import read_m2, read_wan
from notifier.intake.headings import IGNORED, WINDOWS, field_of
from notifier.intake.limits import Limits
from notifier.intake.tables import Record, read_table
from notifier.intake.times import read_instant

SUFFIXES = (".csv", ".tsv", ".xlsx", ".json", ".jsonl", ".toml")

_KINDS = {
    "挂牌": Kind.LISTING, "拍卖": Kind.AUCTION, "招标": Kind.TENDER, "延期": Kind.POSTPONEMENT, "更正": Kind.CORRECTION,
    "补充": Kind.CORRECTION, "中止": Kind.SUSPENSION, "恢复": Kind.RESUMPTION, "终止": Kind.TERMINATION,
    "结果": Kind.RESULT,
}  # fmt: skip
_MILESTONES = {name.value: name for name in MilestoneName}
_BLANK_NUMBER = re.compile(r"\D*(?:[\[(]?(?:19|20)\d\d[\])]?年?)?第?号?")  # 告字[2026] 号: the number was left out
_EMPTY = ("", "-", "--", "—", "/", "无", "null", "None", "nan", "#N/A")
_RANGE = re.compile(r"\s*(?:至|到|~|~|—+|--+)\s*")
_AMOUNTS: dict[str, tuple[Callable[..., Decimal], str]] = {
    "area_m2": (read_m2, "m2"),
    "floor_area_m2": (read_m2, "m2"),
    "start_price_wan": (read_wan, "万元"),
    "deposit_wan": (read_wan, "万元"),
}


def read_records(path: Path, data: bytes, limits: Limits) -> list[Notice]:
    """The notices of a record file: its rows by their notice number. IntakeError if it is no record file."""
    records = read_table(path, data, limits)
    heads: dict[str, Notice] = {}
    parcels: dict[str, list[Parcel]] = {}
    findings: dict[str, list[Finding]] = {}
    for record in records:
        row = _Row(record)
        notice = row.notice(path.name)
        key = squash(notice.notice_no)
        known = heads.setdefault(key, notice)
        findings.setdefault(key, []).extend(row.findings)
        heads[key] = known
        parcel = row.parcel()
        findings[key].extend(one for one in row.findings if one not in findings[key])
        if parcel is not None:
            parcels.setdefault(key, []).append(parcel)
    if not any(parcels.values()) and not _has_milestone_column(records):
        raise IntakeError(
            "no column holds a deadline: expected one such as registration_close or 报名截止时间 "
            f"(found: {', '.join(_columns(records))[:300]})"
        )
    unknown = [column for column in _columns(records) if field_of(column) is None]
    notices = [
        replace(head, parcels=tuple(parcels.get(key, ())), findings=tuple(findings[key])) for key, head in heads.items()
    ]
    if unknown and notices:
        finding = Finding(
            code=Code.COLUMNS_NOT_KNOWN, severity=Severity.INFO, params={"columns": "、".join(unknown)[:300]}
        )
        notices[0] = replace(notices[0], findings=(*notices[0].findings, finding))
    return notices


def _columns(records: list[Record]) -> list[str]:
    return list(dict.fromkeys(column for record in records for column in record.values if column))


def _has_milestone_column(records: list[Record]) -> bool:
    return any(field_of(column) in _MILESTONES or field_of(column) in WINDOWS for column in _columns(records))


class _Row:
    """One record being understood, with what is wrong in it."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.findings: list[Finding] = []
        self.columns: dict[str, str] = {}
        self.values: dict[str, str] = {}
        for column, text in record.values.items():
            field = field_of(column)
            if field is None or field == IGNORED or text in _EMPTY or field in self.values:
                continue
            self.columns[field], self.values[field] = column, text
        self.number = self.values.get("parcel_no") or self.values.get("parcel_name", "")

    def notice(self, file: str) -> Notice:
        number = self.values.get("notice_no", "")
        return Notice(
            file=file,
            kind=self._kind(),
            notice_no="" if _BLANK_NUMBER.fullmatch(squash(number)) else number,
            title=self.values.get("title", ""),
            authority=self.values.get("authority", ""),
            city=self.values.get("city", "").removesuffix("市"),
            published=self._published(),
            platform=self.values.get("platform", ""),
            contacts=tuple(one for one in re.split(r"[、,，;；\s]+", self.values.get("contacts", "")) if one),
        )

    def parcel(self) -> Parcel | None:
        """None, with a finding, for a row without a number or without any deadline that is understood."""
        if not self.number:
            self._report(Code.ROW_WITHOUT_NUMBER, Severity.ERROR, "parcel_no")
            return None
        milestones = self._milestones()
        if not milestones:
            if not any(finding.severity is Severity.ERROR for finding in self.findings):
                self._report(Code.ROW_WITHOUT_MILESTONE, Severity.ERROR, "")
            return None
        fields: dict[str, Any] = {
            name: self.values.get(name, "") for name in ("location", "district", "use", "far", "term", "note")
        }
        fields |= {name: self._amount(name) for name in _AMOUNTS}
        return Parcel(parcel_no=self.number, milestones=milestones, place=self._place(""), **fields)

    def _milestones(self) -> dict[MilestoneName, Milestone]:
        texts = {name: (name, self.values[name]) for name in _MILESTONES if name in self.values}
        for window, names in WINDOWS.items():
            if window not in self.values:
                continue
            ends = _RANGE.split(self.values[window], maxsplit=1)
            if len(ends) == 2:
                for name, text in zip(names, ends, strict=True):
                    texts.setdefault(name, (window, text))
            else:
                self._not_understood(window, self.values[window], "expected an open and a close joined by 至")
        read = {}
        for name, (field, text) in texts.items():
            try:
                instant = read_instant(text)
            except TimeNotUnderstood as fault:
                self._not_understood(field, text, str(fault), name=name)
                continue
            read[_MILESTONES[name]] = Milestone(
                at=instant.at, precision=instant.precision, quote=text, place=self._place(field)
            )
        return read

    def _amount(self, field: str) -> Decimal | None:
        if field not in self.values:
            return None
        reader, unit = _AMOUNTS[field]
        try:
            return reader(self.values[field], self.columns[field], default_unit=unit)
        except AmountNotUnderstood as fault:
            self._report(Code.AMOUNT_NOT_UNDERSTOOD, Severity.WARNING, field, words=str(fault))
            return None

    def _kind(self) -> Kind:
        text = self.values.get("kind", "")
        if text in {kind.value for kind in Kind}:
            return Kind(text)
        found = [kind for word, kind in _KINDS.items() if word in text]
        return found[0] if found else Kind.LISTING

    def _published(self) -> date | None:
        try:
            return shanghai(read_instant(self.values["published"]).at).date()
        except (KeyError, TimeNotUnderstood):
            return None  # it decides nothing: no deadline is ever computed from it

    def _not_understood(self, field: str, text: str, words: str, *, name: str = "") -> None:
        self._report(Code.TIME_NOT_UNDERSTOOD, Severity.ERROR, name or field, column=field, words=words, text=text[:80])

    def _report(self, code: Code, severity: Severity, field: str, *, column: str = "", **params: str) -> None:
        self.findings.append(
            Finding(
                code=code,
                severity=severity,
                parcel_no=self.number,
                field=field,
                place=self._place(column or field),
                params=params,
            )
        )

    def _place(self, field: str) -> Place:
        return Place(row=self.record.number, column=self.columns.get(field), sheet=self.record.sheet)
