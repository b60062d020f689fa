"""The one form in which tables and running text say what they found: facts.

`decide` chooses among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from notifier.domain.findings import Code
from notifier.domain.values import Evidence, Finding, MilestoneName, Place, Severity, Source
from notifier.intake.written_times import Instant

MOST_TEXT = 80  # characters of the notice that a finding shows


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """A statement about one milestone of some parcels.

    `subject` holds the keys of the parcels, empty for all. Where a fact is not `sure` its value is
    never taken, only named as a candidate. `condition` as in Alternative; `line`: the paragraph
    that states it, -1 for a table; `rule`: the name of the rule that understood it; `is_joint`: its
    label names something else as well (`报名及保证金交纳时间`).
    """

    subject: frozenset[int] = frozenset()
    milestone: MilestoneName
    value: Instant
    sure: bool = True
    rule: str = ""
    place: Place
    quote: str
    source: Source = Source.STATED
    condition: str = ""
    line: int = -1
    is_joint: bool = False

    def is_of(self, about: frozenset[int]) -> bool:
        """Return whether it is of some of the parcels that are spoken of; none: of all."""
        return not (about and self.subject and self.subject.isdisjoint(about))

    @property
    def evidence(self) -> Evidence:
        return Evidence(
            at=self.value.at,
            precision=self.value.precision,
            quote=self.quote,
            place=self.place,
            rule=self.rule,
        )


@dataclass(kw_only=True, slots=True)
class Reading:
    """The facts read so far, and the findings about times that give none."""

    facts: list[Fact] = field(default_factory=list)
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
        candidates: Sequence[Fact] = (),
        **params: str,
    ) -> None:
        finding = Finding(
            code=code,
            severity=severity,
            parcel_no=parcel_no,
            field=name,
            place=place,
            params=params,
            candidates=tuple(fact.evidence for fact in candidates),
        )
        if finding.identity not in self._known:
            self._known.add(finding.identity)
            self.findings.append(finding)
