"""What a later copy of a notice, or a notice of change, does to a parcel that is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.changes import History, Merged, apply, merge, set_time, speaker_of
from notifier.domain.offers import MilestoneChange, Offer, OfferState
from notifier.domain.plain import (
    change_from_plain,
    change_to_plain,
    parcel_from_plain,
    parcel_to_plain,
)
from notifier.domain.statements import Origin, Speaker, Statement
from notifier.domain.values import (
    Alternative,
    Change,
    Kind,
    Milestone,
    MilestoneName,
    Notice,
    Parcel,
    Precision,
)
from notifier.testing import a_notice, a_parcel, an_offer, shanghai_time

_CLOSE = MilestoneName.REGISTRATION_CLOSE
_NOW = shanghai_time("2024-11-01 10:00")
_FIRST, _SECOND = shanghai_time("2024-11-14 17:00"), shanghai_time("2024-11-20 17:00")


def _parcel(at: datetime = _FIRST, **fields: Any) -> Parcel:
    return a_parcel(milestones={"registration_close": at}, **fields)


def _copy(parcel: Parcel) -> Notice:
    return a_notice(parcels=(parcel,))


def _merged(
    offer: Offer, parcel: Parcel, history: History | None = None, file: str = "notice.csv"
) -> Merged:
    notice = replace(_copy(parcel), file=file)
    return merge(offer, notice, parcel, speaker_of(notice, _NOW), history or {})


def _applied(offer: Offer, notice: Notice, history: History | None = None) -> Merged:
    return apply(offer, notice, speaker_of(notice, _NOW), history or {})


def _history(*statements: tuple[Notice, datetime]) -> History:
    """What was said of the close of registration, each by a notice."""
    found = []
    for notice, at in statements:
        speaker = speaker_of(notice, _NOW - timedelta(days=1))
        found.append(Statement(speaker=speaker, milestone=Milestone(at=at)))
    return {_CLOSE.value: found}


def _moved(at: datetime = _SECOND) -> tuple[MilestoneChange, ...]:
    return (MilestoneChange(milestone=_CLOSE, old=_FIRST, new=at),)


def test_another_copy_that_says_the_same_changes_nothing() -> None:
    offer = an_offer(parcel=_parcel())
    found = _merged(offer, _parcel())
    assert (found.offer, found.change) == (offer, None)


def test_a_copy_that_says_another_time_moves_it() -> None:
    found = _merged(
        an_offer(parcel=_parcel()), _parcel(_SECOND), _history((_copy(_parcel()), _FIRST))
    )
    assert found.offer.parcel.milestones[_CLOSE].at == _SECOND
    assert found.change is not None
    assert found.change.milestones == _moved()


def test_a_stale_copy_does_not_bring_the_old_deadline_back() -> None:
    offer = an_offer(parcel=_parcel(_SECOND))
    listing, change = (
        _copy(_parcel()),
        _postponement(file="change.md", published=date(2024, 10, 30)),
    )
    statements_made = _history((listing, _FIRST), (change, _SECOND))
    for file in ("notice.csv", "another copy.html"):
        found = _merged(offer, _parcel(), statements_made, file)
        assert (found.offer.parcel.milestones[_CLOSE].at, found.change) == (_SECOND, None)


def test_a_source_that_changed_its_word_is_taken() -> None:
    offer = an_offer(parcel=_parcel(_SECOND))
    statements_made = _history((_copy(_parcel()), _FIRST), (_copy(_parcel()), _SECOND))
    found = _merged(offer, _parcel(), statements_made)
    assert found.offer.parcel.milestones[_CLOSE].at == _FIRST
    assert found.change is not None


def test_a_deadline_of_the_second_set_that_is_moved_is_not_reminded_of_at_its_old_time() -> None:
    second = Alternative(condition="报名不足3人", milestones={_CLOSE: Milestone(at=_FIRST)})
    known = an_offer(parcel=a_parcel(milestones={}, alternatives=(second,)))
    moves = Change(parcel_no="", field="registration_close", new=_SECOND.isoformat())
    found = _applied(known, _postponement(changes=(moves,))).offer
    assert [(name, milestone.at) for name, milestone, _ in found.deadlines()] == [(_CLOSE, _SECOND)]


def test_a_poorer_copy_takes_nothing_away() -> None:
    offer = an_offer()
    poorer = Parcel(parcel_no=offer.parcel.parcel_no)
    found = _merged(offer, poorer, file="poor.csv")
    assert (found.offer.parcel, found.change) == (offer.parcel, None)


def test_of_the_figures_people_are_told_only_what_differs_in_more_than_its_spelling() -> None:
    offer = an_offer(use="住宅（R2）", start_price_wan=Decimal(99000), term="70年")
    found = _merged(
        offer, replace(offer.parcel, use="住宅(R2)", start_price_wan=Decimal(88000), term="40年")
    )
    after = found.offer
    assert found.change is not None
    assert found.change.fields == (("start_price_wan", "99000", "88000"),)
    assert (after.parcel.use, after.parcel.term) == ("住宅(R2)", "40年")


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (Kind.SUSPENSION, OfferState.SUSPENDED),
        (Kind.TERMINATION, OfferState.TERMINATED),
        (Kind.RESULT, OfferState.SOLD),
    ],
)
def test_a_notice_may_turn_the_state_once(kind: Kind, state: OfferState) -> None:
    offer = an_offer()
    notice = a_notice(kind=kind, parcels=())
    found = _applied(offer, notice)
    assert found.offer.state is state
    assert found.change is not None
    assert found.change.state == (OfferState.OPEN, state)
    assert _applied(found.offer, notice).change is None
    back = _applied(found.offer, a_notice(kind=Kind.RESUMPTION, parcels=()))
    assert back.offer.state is OfferState.OPEN
    assert back.change is not None


def _postponement(**fields: Any) -> Notice:
    return a_notice(**({"kind": Kind.POSTPONEMENT, "parcels": ()} | fields))


def test_a_postponement_moves_what_it_states_once() -> None:
    change_of = Change(parcel_no="", field="registration_close", new=_SECOND.isoformat())
    offer = an_offer(parcel=_parcel())
    found = _applied(offer, _postponement(changes=(change_of,)))
    assert found.offer.parcel.milestones[_CLOSE].at == _SECOND
    assert found.change is not None
    assert found.change.milestones == _moved()
    assert _applied(found.offer, _postponement(changes=(change_of,))).change is None


def test_a_postponement_to_a_day_without_an_hour_moves_to_that_day() -> None:
    change_of = Change(parcel_no="", field="registration_close", new="2024-11-20")
    found = _applied(an_offer(parcel=_parcel()), _postponement(changes=(change_of,)))
    milestone = found.offer.parcel.milestones[_CLOSE]
    assert (milestone.at, milestone.day_only) == (shanghai_time("2024-11-20 00:00"), True)


def test_a_change_says_of_either_time_whether_its_hour_is_known() -> None:
    day = Milestone(at=shanghai_time("2024-11-20 00:00"), precision=Precision.DAY)
    hour = Milestone(at=_SECOND)
    for old, new in ((day, hour), (hour, replace(day, at=shanghai_time("2024-11-21 00:00")))):
        offer = an_offer(milestones={_CLOSE: old})
        word = Speaker(origin=Origin.PERSON, said_at=_NOW, by="张三")
        change = set_time(offer, _CLOSE, new, word, {}).change
        assert change is not None
        (moved,) = change.milestones
        assert (moved.old_day_only, moved.new_day_only) == (old.day_only, new.day_only)
        assert change_from_plain(change_to_plain(change)) == change


def test_a_document_that_differs_from_a_persons_word_is_named_as_precisely_as_it_is() -> None:
    day = Milestone(at=shanghai_time("2024-11-21 00:00"), precision=Precision.DAY)
    word = Speaker(origin=Origin.PERSON, said_at=_NOW - timedelta(days=1), by="张三")
    history = {_CLOSE.value: [Statement(speaker=word, milestone=Milestone(at=_FIRST))]}
    change = _merged(an_offer(parcel=_parcel()), a_parcel(milestones={_CLOSE: day}), history).change
    assert change is not None
    (dispute,) = change.disputes
    assert (dispute.stands_day_only, dispute.other_day_only) == (False, True)
    assert change_from_plain(change_to_plain(change)) == change


def test_a_postponement_without_a_time_is_told_each_time_people_must_look() -> None:
    offer = an_offer(parcel=_parcel())
    found = _applied(offer, _postponement())
    assert found.offer == offer
    assert found.change is not None
    assert (found.change.milestones, found.change.kind) == ((), Kind.POSTPONEMENT)


def test_the_notices_own_table_counts_for_its_parcel_alone() -> None:
    offer = an_offer(parcel=_parcel())
    other = _parcel(_SECOND, parcel_no="杭政储出[2024]902号")
    notice = _postponement(parcels=(other,))
    assert _applied(offer, notice).offer == offer
    moves = Change(
        parcel_no="杭政储出[2024]902号", field="registration_close", new=_SECOND.isoformat()
    )
    assert _applied(offer, _postponement(changes=(moves,))).offer == offer
    same = _postponement(parcels=(_parcel(_SECOND, parcel_no="杭政储出〔2024〕901号地块"),))
    assert _applied(offer, same).offer.parcel.milestones[_CLOSE].at == _SECOND


@given(
    st.lists(
        st.tuples(
            st.sampled_from([Kind.LISTING, Kind.POSTPONEMENT, Kind.SUSPENSION]), st.integers(0, 5)
        )
    ),
)
def test_whatever_is_taken_in_twice_changes_nothing_the_second_time(
    copies: list[tuple[Kind, int]],
) -> None:
    offer = an_offer(parcel=_parcel())
    statements_made: list[Statement] = []
    for kind, days in copies:
        at = (_FIRST + timedelta(days=days)).astimezone(UTC)
        parcel = _parcel(at)
        notice = (
            _copy(parcel) if kind is Kind.LISTING else _postponement(kind=kind, parcels=(parcel,))
        )
        for turn in range(2):
            history = {_CLOSE.value: statements_made}
            take = merge if kind is Kind.LISTING else apply
            speaker = speaker_of(notice, _NOW)
            found = (
                merge(offer, notice, parcel, speaker, history)
                if take is merge
                else _applied(offer, notice, history)
            )
            assert turn == 0 or (found.offer, found.change) == (offer, None)
            offer = found.offer
            statements_made += [
                Statement(speaker=speaker, milestone=milestone) for milestone in found.said.values()
            ]


def test_a_deadline_of_the_second_set_alone_stands_among_the_milestones_of_the_json() -> None:
    second = Alternative(
        condition="报名不足3人",
        milestones={
            _CLOSE: Milestone(at=_SECOND),
            MilestoneName.BIDDING_CLOSE: Milestone(at=_SECOND),
        },
    )
    parcel = replace(_parcel(), alternatives=(second,))
    plain = parcel_to_plain(parcel)
    assert plain["milestones"]["bidding_close"]["condition"] == "报名不足3人"
    assert "condition" not in plain["milestones"]["registration_close"]
    read = parcel_from_plain(plain)
    assert (read.milestones, read.alternatives) == (parcel.milestones, parcel.alternatives)
