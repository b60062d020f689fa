"""What a later copy of a notice, or a notice of change, does to a parcel that is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.changes import Said, apply, merge
from notifier.domain.offers import MilestoneChange, Offer, OfferChange, OfferState
from notifier.domain.values import Change, Kind, MilestoneName, Notice, Parcel
from notifier.testing import a_notice, a_parcel, an_offer, shanghai_time

_CLOSE = MilestoneName.REGISTRATION_CLOSE
_FIRST, _SECOND = shanghai_time("2024-11-14 17:00"), shanghai_time("2024-11-20 17:00")


def _parcel(at: datetime = _FIRST, **fields: Any) -> Parcel:
    return a_parcel(milestones={"registration_close": at}, **fields)


def _copy(parcel: Parcel) -> Notice:
    return a_notice(parcels=(parcel,))


def _merged(offer: Offer, parcel: Parcel, said: Said | None = None) -> tuple[Offer, OfferChange | None]:
    return merge(offer, _copy(parcel), parcel, said or Said())


def _moved(at: datetime = _SECOND) -> tuple[MilestoneChange, ...]:
    return (MilestoneChange(milestone=_CLOSE, old=_FIRST, new=at),)


def test_another_copy_that_says_the_same_changes_nothing() -> None:
    offer = an_offer(parcel=_parcel())
    assert _merged(offer, _parcel()) == (offer, None)


def test_a_copy_that_says_another_time_moves_it() -> None:
    after, change = _merged(an_offer(parcel=_parcel()), _parcel(_SECOND))
    assert after.parcel.milestones[_CLOSE].at == _SECOND
    assert change is not None
    assert change.milestones == _moved()


def test_a_stale_copy_does_not_bring_the_old_deadline_back() -> None:
    offer = an_offer(parcel=_parcel(_SECOND))
    stale = Said(replaced=frozenset({(_CLOSE.value, _FIRST)}))
    assert _merged(offer, _parcel(), stale) == (offer, None)
    # nor does the file that said so before it was postponed
    assert _merged(offer, _parcel(), Said(parcel=_parcel())) == (offer, None)
    # the same file, edited since it was last read, has changed its word
    edited = Said(parcel=_parcel(_SECOND), replaced=stale.replaced)
    after, change = _merged(offer, _parcel(), edited)
    assert after.parcel.milestones[_CLOSE].at == _FIRST
    assert change is not None


def test_a_poorer_copy_takes_nothing_away() -> None:
    offer = an_offer()
    poorer = Parcel(parcel_no=offer.parcel.parcel_no)
    assert merge(offer, Notice(file="poor.csv", parcels=(poorer,)), poorer, Said()) == (offer, None)


def test_of_the_figures_people_are_told_only_what_differs_in_more_than_its_spelling() -> None:
    offer = an_offer(use="住宅（R2）", start_price_wan=Decimal(99000), term="70年")
    after, change = _merged(offer, replace(offer.parcel, use="住宅(R2)", start_price_wan=Decimal(88000), term="40年"))
    assert change is not None
    assert change.fields == (("start_price_wan", "99000", "88000"),)
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
    after, change = apply(offer, notice)
    assert after.state is state
    assert change is not None
    assert change.state == (OfferState.OPEN, state)
    assert apply(after, notice) == (after, None)
    back, resumed = apply(after, a_notice(kind=Kind.RESUMPTION, parcels=()))
    assert back.state is OfferState.OPEN
    assert resumed is not None


def _postponement(**fields: Any) -> Notice:
    return a_notice(**({"kind": Kind.POSTPONEMENT, "parcels": ()} | fields))


def test_a_postponement_moves_what_it_states_once() -> None:
    change_of = Change(parcel_no="", field="registration_close", new=_SECOND.isoformat())
    offer = an_offer(parcel=_parcel())
    after, change = apply(offer, _postponement(changes=(change_of,)))
    assert after.parcel.milestones[_CLOSE].at == _SECOND
    assert change is not None
    assert change.milestones == _moved()
    assert apply(after, _postponement(changes=(change_of,))) == (after, None)


def test_a_postponement_without_a_time_is_told_each_time_people_must_look() -> None:
    offer = an_offer(parcel=_parcel())
    after, change = apply(offer, _postponement())
    assert after == offer
    assert change is not None
    assert (change.milestones, change.kind) == ((), Kind.POSTPONEMENT)


def test_the_notices_own_table_counts_for_its_parcel_alone() -> None:
    offer = an_offer(parcel=_parcel())
    other = _parcel(_SECOND, parcel_no="杭政储出[2024]902号")
    notice = _postponement(parcels=(other,))
    assert apply(offer, notice)[0] == offer
    moves = Change(parcel_no="杭政储出[2024]902号", field="registration_close", new=_SECOND.isoformat())
    assert apply(offer, _postponement(changes=(moves,)))[0] == offer
    same = _postponement(parcels=(_parcel(_SECOND, parcel_no="杭政储出〔2024〕901号地块"),))
    assert apply(offer, same)[0].parcel.milestones[_CLOSE].at == _SECOND


@given(
    st.lists(st.tuples(st.sampled_from([Kind.LISTING, Kind.POSTPONEMENT, Kind.SUSPENSION]), st.integers(0, 5))),
)
def test_whatever_is_taken_in_twice_changes_nothing_the_second_time(copies: list[tuple[Kind, int]]) -> None:
    offer = an_offer(parcel=_parcel())
    for kind, days in copies:
        at = (_FIRST + timedelta(days=days)).astimezone(UTC)
        parcel = _parcel(at)
        if kind is Kind.LISTING:
            offer, _ = _merged(offer, parcel)
            assert _merged(offer, parcel, Said(parcel=parcel)) == (offer, None)
        else:
            notice = _postponement(kind=kind, parcels=(parcel,))
            offer, _ = apply(offer, notice)
            assert offer.parcel.milestones[_CLOSE].at == at
            assert apply(offer, notice) == (offer, None)
