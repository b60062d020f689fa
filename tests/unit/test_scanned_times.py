"""A time that was recognised in a picture is never certain by itself, by whichever way it comes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.config import published_calendar
from notifier.domain.changes import apply, speaker_of
from notifier.domain.findings import Code
from notifier.domain.lint import checked
from notifier.domain.statements import Origin, Speaker, Statement, StatementVerdict, stands, weigh
from notifier.domain.values import (
    Alternative,
    Change,
    Evidence,
    Finding,
    Kind,
    Milestone,
    MilestoneName,
    Notice,
    Parcel,
    Severity,
    Source,
)
from notifier.intake.documents.document import Scan
from notifier.intake.notice.scanned import mark_scanned
from notifier.testing import a_notice, a_parcel, an_offer, shanghai_time

_NOW = shanghai_time("2024-10-17 10:00")
_CLOSE = MilestoneName.REGISTRATION_CLOSE
_14, _16 = shanghai_time("2024-11-14 17:00"), shanghai_time("2024-11-16 17:00")
_QUOTE = "2024年11月14日17时00分"


def _said(
    at: datetime, source: Source, *, file: str = "a", day: date | None = None, hours: int = 0
) -> Statement:
    speaker = Speaker(
        origin=Origin.NOTICE, said_at=_NOW + timedelta(hours=hours), file=file, published=day
    )
    return Statement(speaker=speaker, milestone=Milestone(at=at, source=source))


def _verdict(new: Statement, *earlier: Statement) -> StatementVerdict:
    return weigh(stands(earlier), earlier, new)


def test_a_text_that_says_what_a_picture_showed_makes_it_certain_and_not_the_reverse() -> None:
    scan, text = _said(_14, Source.SCANNED), _said(_14, Source.STATED, file="b", hours=1)
    assert _verdict(text, scan) is StatementVerdict.SURER
    found = stands([scan, text])
    assert found is not None
    assert found.milestone == text.milestone
    assert _verdict(replace(scan, speaker=text.speaker), text) is not StatementVerdict.SURER
    assert stands([text, scan]) == stands([text])


def test_a_picture_never_replaces_what_a_text_states_even_where_it_is_newer() -> None:
    text = _said(_14, Source.STATED, day=date(2024, 10, 1))
    scan = _said(_16, Source.SCANNED, file="b", day=date(2024, 10, 20), hours=1)
    assert _verdict(scan, text) is StatementVerdict.UNORDERED
    found = stands([text, scan])
    assert found is not None
    assert found.milestone is not None
    assert (found.milestone.at, found.milestone.rival) == (_14, _16)
    earlier = stands([replace(text, milestone=Milestone(at=_16)), _said(_14, Source.SCANNED)])
    assert earlier is not None
    assert earlier.milestone is not None
    assert (earlier.milestone.at, earlier.milestone.rival) == (_14, _16)  # earlier, and doubtful


@given(
    st.lists(
        st.builds(
            _said,
            st.sampled_from([_14, _16]),
            st.sampled_from([Source.STATED, Source.SCANNED]),
            file=st.sampled_from("abc"),
            day=st.sampled_from([None, date(2024, 10, 1), date(2024, 10, 20)]),
            hours=st.integers(0, 3),
        ),
        min_size=1,
        max_size=7,
    )
)
def test_what_stands_for_certain_was_stated_by_a_text(statements: list[Statement]) -> None:
    found = stands(statements)
    assert found is not None
    assert found.milestone is not None
    if found.milestone.source is not Source.SCANNED:
        assert found.milestone.at in {
            statement.milestone.at
            for statement in statements
            if statement.milestone is not None and not statement.is_scanned
        }


# -- what a picture was read as -------------------------------------------------------------------


def _sources(notice: Notice) -> set[Source]:
    return {
        milestone.source
        for parcel in notice.parcels
        for times in (parcel.milestones, *(each.milestones for each in parcel.alternatives))
        for milestone in times.values()
    }


def _scan(score: float, text: str = f"报名截止时间{_QUOTE}") -> tuple[Scan, ...]:
    return (Scan(text="测试市", score=0.6, page=1), Scan(text=text, score=score, page=1))


def test_the_second_set_of_deadlines_is_no_surer_than_the_first() -> None:
    times = {_CLOSE: Milestone(at=_14, quote=_QUOTE)}
    parcel = a_parcel(milestones={}, alternatives=(Alternative(condition="x", milestones=times),))
    notice = a_notice(parcels=(replace(parcel, milestones=times),))
    assert _sources(mark_scanned(notice, _scan(0.97))) == {Source.SCANNED}
    assert _sources(mark_scanned(notice, _scan(0.94))) == set()


def _change(*, score: float) -> Notice:
    changes = (
        Change(parcel_no="", field=_CLOSE, new="2024-11-16T17:00:00+08:00"),
        Change(parcel_no="", field="start_price_wan", new="100"),
    )
    notice = a_notice(kind=Kind.POSTPONEMENT, parcels=(), changes=changes)
    return mark_scanned(notice, _scan(score))


def test_the_new_time_of_a_scanned_postponement_does_not_replace_the_old_one() -> None:
    notice = _change(score=0.97)
    assert [change.scanned for change in notice.changes] == [True, False]
    parcel = a_parcel(milestones={"registration_close": _14})
    statement = Statement(
        speaker=speaker_of(a_notice(), _NOW - timedelta(days=1)), milestone=Milestone(at=_14)
    )
    found = apply(
        an_offer(parcel=parcel), notice, speaker_of(notice, _NOW), {_CLOSE.value: [statement]}
    )
    stated = found.offer.parcel.milestones[_CLOSE]
    assert (stated.at, stated.rival) == (_14, _16)
    (dispute,) = found.change.disputes if found.change else ()
    assert (dispute.stands, dispute.other) == (_14, _16)


def test_a_change_that_was_not_recognised_surely_is_a_finding_with_its_candidate() -> None:
    notice = _change(score=0.94)
    assert [change.field for change in notice.changes] == ["start_price_wan"]
    (finding,) = notice.findings
    assert (finding.code, finding.severity) == (Code.TIME_SCANNED_BADLY, Severity.ERROR)
    assert [evidence.at for evidence in finding.candidates] == [_16]


# -- the lint -------------------------------------------------------------------------------------


def _odd(source: Source, **times: str) -> Notice:
    def parcel(at: dict[str, str]) -> Parcel:
        found = a_parcel(milestones=at)
        return replace(
            found,
            milestones={
                name: replace(milestone, source=source)
                for name, milestone in found.milestones.items()
            },
        )

    lawful = {
        "registration_close": "2024-11-14 16:00",
        "deposit_close": "2024-11-14 16:00",
        "bidding_open": "2024-11-05 09:00",
        "bidding_close": "2024-11-15 09:00",
    }
    made = parcel(lawful | times)
    findings = tuple(
        Finding(
            code=Code.TIME_SCANNED,
            parcel_no=made.parcel_no,
            field=name.value,
            params={"text": "x", "score": "0.97"},
            candidates=(Evidence(at=milestone.at),),
        )
        for name, milestone in made.milestones.items()
    )
    notice = a_notice(parcels=(made,), published=date(2024, 10, 16), findings=findings)
    return checked(notice, published_calendar(), _NOW)


@pytest.mark.parametrize(
    ("times", "withheld"),
    [
        ({}, set()),
        ({"registration_close": "2024-11-19 16:00"}, {"registration_close", "bidding_close"}),
        ({"deposit_close": "2024-11-14 17:00"}, {"deposit_close", "registration_close"}),
        ({"bidding_open": "2024-11-25 09:00"}, {"bidding_open", "bidding_close"}),
        ({"deposit_close": "2024-11-10 16:00"}, {"deposit_close"}),  # a Sunday
    ],
)
def test_a_time_from_a_picture_that_the_lint_finds_odd_is_a_finding_with_its_candidate(
    times: dict[str, str], withheld: set[str]
) -> None:
    notice = _odd(Source.SCANNED, **times)
    (parcel,) = notice.parcels
    not_taken = [finding for finding in notice.findings if finding.code == Code.TIME_SCANNED_ODD]
    assert {finding.field for finding in not_taken} == withheld
    assert all(finding.candidates for finding in not_taken)
    assert {name.value for name in parcel.milestones} & withheld == set()
    assert len(parcel.milestones) == 4 - len(withheld)
    assert len(_odd(Source.STATED, **times).parcels[0].milestones) == 4  # a text is believed
