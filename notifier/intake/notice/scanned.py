"""Times that were recognised in pictures: never certain by themselves.

On faxes and photographs of small print 3 to 7 of 100 dates are recognised wrongly, each into a date
that can be believed, and reading twice finds none of them. So a time from a picture is marked as
scanned until a person has compared it, and one that was recognised less surely is no time at all
but a finding that shows it.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import replace

from notifier.domain.changes import changed_time
from notifier.domain.findings import Code
from notifier.domain.values import (
    Change,
    Cutout,
    Evidence,
    Finding,
    Milestone,
    MilestoneName,
    Notice,
    Parcel,
    Severity,
    Source,
    squash,
)
from notifier.intake.documents.document import Scan

_LEAST_SCORE = 0.95
_SEVERITIES = {Code.TIME_SCANNED: Severity.WARNING, Code.TIME_SCANNED_BADLY: Severity.ERROR}
_TIME = re.compile(r"\d+\D{0,2}\d")
_MOST_CUTOUTS = 60  # of a notice
_LARGEST_CUTOUT = 60_000  # bytes
_SHORTEST = 2  # characters of a piece of text that can be told from others


def mark_scanned(notice: Notice, scans: Sequence[Scan]) -> Notice:
    """Return the notice with what its scans say of how surely each time was recognised."""
    if not scans:
        return notice
    pieces = [(squash(scan.text), scan) for scan in scans]
    pages = {scan.page for scan in scans}
    findings: list[Finding] = []
    parcels = tuple(_parcel(parcel, pieces, pages, findings) for parcel in notice.parcels)
    changes = _changes(notice.changes, scans, findings)
    return replace(
        notice,
        parcels=parcels,
        changes=changes,
        findings=(*notice.findings, *findings),
        cutouts=_cutouts(findings, pieces),
    )


Piece = tuple[str, Scan]


def _parcel(
    parcel: Parcel, pieces: Sequence[Piece], pages: set[int], findings: list[Finding]
) -> Parcel:
    alternatives = tuple(
        replace(
            alternative,
            milestones=_milestones(parcel, alternative.milestones, pieces, pages, findings),
        )
        for alternative in parcel.alternatives
    )
    milestones = _milestones(parcel, parcel.milestones, pieces, pages, findings)
    return replace(parcel, milestones=milestones, alternatives=alternatives)


def _milestones(
    parcel: Parcel,
    milestones: Mapping[MilestoneName, Milestone],
    pieces: Sequence[Piece],
    pages: set[int],
    findings: list[Finding],
) -> dict[MilestoneName, Milestone]:
    kept: dict[MilestoneName, Milestone] = {}
    for name, milestone in milestones.items():
        if milestone.place.page is not None and milestone.place.page not in pages:
            kept[name] = milestone
            continue
        score = _score(milestone.quote, pieces)
        if score >= _LEAST_SCORE:
            kept[name] = replace(milestone, source=Source.SCANNED)
        code = Code.TIME_SCANNED if score >= _LEAST_SCORE else Code.TIME_SCANNED_BADLY
        findings.append(_finding(code, parcel, name, milestone, score))
    return kept


def _cutouts(findings: Sequence[Finding], pieces: Sequence[Piece]) -> tuple[Cutout, ...]:
    """Return the line of each time that was found, once for its words and no more than enough."""
    quotes = dict.fromkeys(
        evidence.quote for finding in findings for evidence in finding.candidates if evidence.quote
    )
    found: list[Cutout] = []
    for quote in [*quotes][:_MOST_CUTOUTS]:
        picture = _line_of(quote, pieces)
        if picture and len(picture) <= _LARGEST_CUTOUT:
            found.append(Cutout(quote=quote, picture=b64encode(picture).decode()))
    return tuple(found)


def _line_of(quote: str, pieces: Sequence[Piece]) -> bytes:
    """Return the picture of the piece that holds most of a quote; of several the least sure."""
    wanted = squash(quote)
    matches = [
        (min(len(text), len(wanted)), -scan.score, scan.cutout)
        for text, scan in pieces
        if scan.cutout and _is_of(text, wanted)
    ]
    return max(matches)[2] if matches else b""


def _changes(
    changes: Sequence[Change], scans: Sequence[Scan], findings: list[Finding]
) -> tuple[Change, ...]:
    """Mark the changes of times; which piece states a change is not known, so each must be sure."""
    score = min((scan.score for scan in scans if _TIME.search(scan.text)), default=0.0)
    names = {name.value for name in MilestoneName}
    kept: list[Change] = []
    for change in changes:
        if change.field not in names or not change.new:
            kept.append(change)
            continue
        code = Code.TIME_SCANNED if score >= _LEAST_SCORE else Code.TIME_SCANNED_BADLY
        if code is Code.TIME_SCANNED:
            kept.append(replace(change, scanned=True))
        stated = changed_time(change.new, Source.SCANNED)
        findings.append(
            Finding(
                code=code,
                severity=_SEVERITIES[code],
                parcel_no=change.parcel_no,
                field=change.field,
                params={"text": change.new, "score": f"{score:.2f}"},
                candidates=(Evidence(at=stated.at, precision=stated.precision, quote=change.new),),
            )
        )
    return tuple(kept)


def _finding(
    code: Code, parcel: Parcel, name: MilestoneName, milestone: Milestone, score: float
) -> Finding:
    evidence = milestone.evidence or (
        Evidence(
            at=milestone.at,
            precision=milestone.precision,
            quote=milestone.quote,
            place=milestone.place,
        ),
    )
    return Finding(
        code=code,
        severity=_SEVERITIES[code],
        parcel_no=parcel.parcel_no,
        field=name.value,
        place=milestone.place,
        params={"text": milestone.quote[:80], "score": f"{score:.2f}"},
        candidates=evidence,
    )


def _score(quote: str, pieces: Sequence[Piece]) -> float:
    """Return how surely the least sure piece of a quote was recognised.

    0 where none of it can be found.
    """
    wanted = squash(quote)
    scores = [scan.score for text, scan in pieces if _is_of(text, wanted)]
    return min(scores, default=0.0)


def _is_of(text: str, wanted: str) -> bool:
    """Return whether a piece holds a quote, or a part of it."""
    is_either = text in wanted or wanted in text or _overlaps(wanted, text)
    return len(text) >= _SHORTEST and wanted != "" and is_either


def _overlaps(wanted: str, text: str) -> bool:
    """Return whether a quote begins at the end of a piece, or ends at the beginning of one.

    So it does where a line goes on below.
    """
    longest = min(len(wanted), len(text))
    return any(
        text.endswith(wanted[:size]) or text.startswith(wanted[-size:])
        for size in range(4, longest)
    )
