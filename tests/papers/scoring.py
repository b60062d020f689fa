"""Compares what was read with what is true, as a land team would: a wrong time without a word is
the worst."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum

from notifier.domain.times import shanghai
from notifier.domain.values import (
    Finding,
    Milestone,
    MilestoneName,
    Notice,
    Parcel,
    Severity,
    Source,
    squash,
)
from tests.papers.offers import Lot


class Mark(StrEnum):
    RIGHT = "right"
    ABSENT_FLAGGED = "absent-flagged"
    ABSENT_SILENT = "absent-silent"
    WRONG_FLAGGED = "wrong-flagged"
    WRONG_SILENT = "wrong-silent"
    INVENTED = "invented"


def score(lots: Sequence[Lot], notices: Iterable[Notice]) -> Counter[Mark]:
    """A mark for each milestone of each lot, and INVENTED for each that no lot has."""
    marks: Counter[Mark] = Counter()
    parcels: list[Parcel] = []
    findings: list[Finding] = []
    for notice in notices:
        parcels += notice.parcels
        findings += notice.findings
    for lot in lots:
        parcel = _parcel_of(lot, lots, parcels)
        milestones = parcel.milestones if parcel is not None else {}
        for name in MilestoneName:
            mark = _mark(lot, name, lot.times.get(name), milestones.get(name), findings)
            if mark is not None:
                marks[mark] += 1
    return marks


def _parcel_of(lot: Lot, lots: Sequence[Lot], parcels: Sequence[Parcel]) -> Parcel | None:
    wanted = _core(lot.number)
    same = [parcel for parcel in parcels if _core(parcel.parcel_no) == wanted]
    if not same and len(lots) == len(parcels) == 1:
        same = list(parcels)
    return same[0] if len(same) == 1 else None


def _core(number: str) -> str:
    return re.sub(r"地块|宗地|编号|号|\W", "", squash(number))


def _mark(
    lot: Lot,
    name: MilestoneName,
    true: datetime | None,
    read: Milestone | None,
    findings: Sequence[Finding],
) -> Mark | None:
    if true is None:
        is_stated = read is not None and read.source is not Source.INFERRED
        return Mark.INVENTED if is_stated else None
    if read is None:
        is_named = any(_is_about(finding, lot) for finding in findings)
        return Mark.ABSENT_FLAGGED if is_named else Mark.ABSENT_SILENT
    if read.at == true or (name in lot.days and _is_day_of(true, read)):
        return Mark.RIGHT
    fields = (name.value, name.value.rsplit("_", 1)[0])
    is_named = any(_is_about(finding, lot) and finding.field in fields for finding in findings)
    return Mark.WRONG_FLAGGED if is_named else Mark.WRONG_SILENT


def _is_day_of(true: datetime, read: Milestone) -> bool:
    """Accept an hour that was inferred on a day of which the notice states no hour."""
    is_same_day = shanghai(read.at).date() == shanghai(true).date()
    return is_same_day and (read.day_only or read.source is Source.INFERRED)


def _is_about(finding: Finding, lot: Lot) -> bool:
    is_of_lot = not finding.parcel_no or _core(finding.parcel_no) == _core(lot.number)
    return is_of_lot and finding.severity is not Severity.INFO
