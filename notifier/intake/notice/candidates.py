"""Milestones as one place of a notice states them, before the places are compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from notifier.domain.findings import Code
from notifier.domain.values import Evidence, Finding, MilestoneName, Place, Severity, Source
from notifier.intake.times import Instant


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """`about` holds the keys of the parcels it is said of, empty for all; `condition` as in Alternative;
    `exception`: it holds in place of what the same paragraph says of all."""

    name: MilestoneName
    instant: Instant
    quote: str
    place: Place
    source: Source = Source.STATED
    about: frozenset[int] = frozenset()
    condition: str = ""
    exception: bool = False
    line: int = -1
    rule: str = ""

    @property
    def evidence(self) -> Evidence:
        return Evidence(
            at=self.instant.at,
            precision=self.instant.precision,
            quote=self.quote,
            place=self.place,
            rule=self.rule,
        )


def without_general(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates of one parcel, without what its paragraph says of all where it says otherwise of this one."""
    others = {(one.name, one.line) for one in candidates if one.exception}
    return [one for one in candidates if one.about or (one.name, one.line) not in others]


@dataclass(kw_only=True, slots=True)
class Reading:
    """What has been read so far: candidates, and what was wrong with times that are not among them."""

    candidates: list[Candidate] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    _known: set[object] = field(init=False)

    def __post_init__(self) -> None:
        self._known = {finding.identity for finding in self.findings}

    def doubt(
        self,
        code: Code,
        name: str,
        place: Place,
        *,
        parcel_no: str = "",
        severity: Severity = Severity.ERROR,
        candidates: Sequence[Candidate] = (),
        **params: str,
    ) -> None:
        finding = Finding(
            code=code,
            severity=severity,
            parcel_no=parcel_no,
            field=name,
            place=place,
            params=params,
            candidates=tuple(one.evidence for one in candidates),
        )
        if finding.identity not in self._known:
            self._known.add(finding.identity)
            self.findings.append(finding)
