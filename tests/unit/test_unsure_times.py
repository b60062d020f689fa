"""Whatever time the board marks as doubtful is a question to a person, asked in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.board_lines import BoardLine
from notifier.domain.doubts import DoubtKind
from notifier.domain.findings import Code
from notifier.domain.unsure_times import unsure
from notifier.domain.values import Finding, Milestone, MilestoneName, Severity, Source
from notifier.testing import an_offer, shanghai_time

NOW = shanghai_time("2024-11-10 10:00")
_INSTANTS = [shanghai_time(f"2024-11-{day} 17:00") for day in ("09", "14", "20")]

_times = st.dictionaries(
    st.sampled_from(list(MilestoneName)),
    st.builds(
        Milestone,
        at=st.sampled_from(_INSTANTS),
        source=st.sampled_from(list(Source)),
        rival=st.sampled_from([None, shanghai_time("2024-11-25 17:00")]),
    ),
)
_findings = st.lists(
    st.builds(
        Finding,
        code=st.sampled_from(list(Code)),
        severity=st.sampled_from(list(Severity)),
        field=st.sampled_from([*MilestoneName, "registration", "far", ""]),
    ),
    max_size=4,
).map(tuple)


def _line(
    number: int,
    times: Mapping[MilestoneName, Milestone],
    findings: tuple[Finding, ...],
    confirmed: Mapping[tuple[str, datetime, str], int],
) -> BoardLine:
    offer = an_offer(id=number, key=str(number))
    offer = replace(offer, parcel=replace(offer.parcel, milestones=times))
    return BoardLine(
        offer=offer,
        known_at=NOW - timedelta(days=1),
        findings=findings,
        confirmed=confirmed,
    )


@given(
    st.lists(st.tuples(_times, _findings), max_size=4),
    st.sets(st.tuples(st.integers(0, 3), st.sampled_from(list(MilestoneName)))),
    st.booleans(),
)
def test_each_marked_time_ahead_is_asked_about_once(
    parcels: list[tuple[dict[MilestoneName, Milestone], tuple[Finding, ...]]],
    asked: set[tuple[int, MilestoneName]],
    is_compared: bool,
) -> None:
    lines = []
    for number, (times, findings) in enumerate(parcels):
        confirmed: dict[tuple[str, datetime, str], int] = {
            (name, milestone.at, ""): 1 for name, milestone in times.items() if is_compared
        }
        lines.append(_line(number, times, findings, confirmed))
    found = list(unsure(lines, asked, NOW))
    pairs = [
        (offer.id, name) for doubt in found for offer in doubt.offers for name in doubt.milestones
    ]
    marked = {
        (line.offer.id, name)
        for line in lines
        for name, milestone, _ in line.deadlines
        if name in line.doubtful and milestone.over_at > NOW
    }
    assert len(pairs) == len(set(pairs))
    assert set(pairs) == marked - asked
    assert {doubt.kind for doubt in found} <= {DoubtKind.UNSURE}


def test_parcels_of_one_notice_with_one_time_and_one_finding_are_one_question() -> None:
    close = MilestoneName.REGISTRATION_CLOSE
    year = Finding(
        code=Code.YEAR_FROM_CONTEXT,
        severity=Severity.INFO,
        field=close,
        params={"year": "2024", "text": "11月14日17时"},
    )
    times = {close: Milestone(at=_INSTANTS[1], source=Source.INHERITED)}
    other = {close: Milestone(at=_INSTANTS[2], source=Source.INHERITED)}
    lines = [
        _line(1, times, (year,), {}),
        _line(2, times, (year, replace(year, parcel_no="2")), {}),
        _line(3, other, (year,), {}),
    ]
    found = list(unsure(lines, (), NOW))
    assert [[offer.id for offer in doubt.offers] for doubt in found] == [[1, 2], [3]]
    assert [len(doubt.findings) for doubt in found] == [1, 1]
