"""What counts as confirmed, and when people are asked to compare."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from notifier.config import published_calendar
from notifier.domain.comparison_asks import Stage, Waiting, next_stage
from notifier.domain.confirmation import Checked, Comparison, Trust, time_marks, uncompared
from notifier.domain.offers import OfferState
from notifier.domain.values import MilestoneName
from notifier.testing import a_milestone, an_offer, shanghai_time

_NOW = shanghai_time("2024-11-01 10:00")  # a Friday
_CALENDAR = published_calendar()


def _confirmed(*names: str) -> Checked:
    found = an_offer()
    return Checked(offer=found, confirmed={mark: frozenset(names) for mark in time_marks(found)})


def test_a_time_is_confirmed_by_as_many_people_as_the_config_wants() -> None:
    assert Checked(offer=an_offer()).trust(_NOW, 1) is Trust.UNCONFIRMED
    assert _confirmed("张三").trust(_NOW, 1) is Trust.CONFIRMED
    assert _confirmed("张三").trust(_NOW, 2) is Trust.UNCONFIRMED
    assert _confirmed("张三", "李四").trust(_NOW, 2) is Trust.CONFIRMED


def test_a_time_with_a_rival_is_another_than_the_confirmed_one() -> None:
    checked = _confirmed("张三")
    close = a_milestone("2024-11-14 17:00", rival=shanghai_time("2024-11-20 17:00"))
    parcel = checked.offer.parcel
    milestones = {**parcel.milestones, MilestoneName.REGISTRATION_CLOSE: close}
    rivalled = replace(
        checked, offer=replace(checked.offer, parcel=replace(parcel, milestones=milestones))
    )
    assert [name for name, *_ in rivalled.unconfirmed(_NOW, 1)] == [
        MilestoneName.REGISTRATION_CLOSE
    ]


def test_what_is_over_terminated_or_done_needs_nobody() -> None:
    checked = Checked(offer=an_offer())
    assert checked.trust(shanghai_time("2024-11-15 09:00"), 1) is Trust.CONFIRMED
    over = replace(checked, offer=replace(checked.offer, state=OfferState.TERMINATED))
    assert over.trust(_NOW, 1) is Trust.CONFIRMED
    assert replace(checked, done=frozenset(MilestoneName)).trust(_NOW, 1) is Trust.CONFIRMED


def test_a_message_knows_each_time_that_nobody_has_compared() -> None:
    checked = Checked(offer=an_offer(), last=Comparison(said_at=_NOW, is_right=False, by="张三"))
    found = uncompared([checked], _NOW, 1)
    assert found.holds(1, MilestoneName.REGISTRATION_CLOSE, shanghai_time("2024-11-14 17:00"))
    assert not found.holds(1, MilestoneName.REGISTRATION_CLOSE, shanghai_time("2024-11-15 17:00"))
    assert found.holds(1, None, None)
    assert found.wrong == {1}


def _waiting(first: str, known: datetime = _NOW, **asked: datetime) -> Waiting:
    return Waiting(
        parcel_id=1,
        first_at=shanghai_time(first),
        known_at=known,
        asked={Stage(stage): at for stage, at in asked.items()},
    )


def test_people_are_asked_on_the_next_working_day_and_before_the_first_deadline() -> None:
    waiting = _waiting("2024-11-14 17:00")
    assert next_stage(waiting, _CALENDAR) == (Stage.ASKED, shanghai_time("2024-11-04 09:00"))
    asked = _waiting("2024-11-14 17:00", asked=shanghai_time("2024-11-04 09:00"))
    assert next_stage(asked, _CALENDAR) == (Stage.ESCALATED, shanghai_time("2024-11-13 09:00"))
    both = replace(asked, asked={**asked.asked, Stage.ESCALATED: shanghai_time("2024-11-13 09:00")})
    assert next_stage(both, _CALENDAR) is None


def test_days_off_before_the_first_deadline_are_left_out() -> None:
    national_day = _waiting("2024-10-08 10:00", known=shanghai_time("2024-09-10 10:00"))
    asked = replace(national_day, asked={Stage.ASKED: shanghai_time("2024-09-11 09:00")})
    assert next_stage(asked, _CALENDAR) == (Stage.ESCALATED, shanghai_time("2024-09-30 09:00"))


def test_a_parcel_that_comes_late_is_asked_about_at_half_of_the_time_that_is_left() -> None:
    waiting = _waiting("2024-11-01 16:00")
    assert next_stage(waiting, _CALENDAR) == (Stage.ESCALATED, shanghai_time("2024-11-01 13:00"))


def test_a_time_that_came_after_people_were_asked_is_asked_about_anew() -> None:
    asked = _waiting(
        "2024-11-14 17:00", known=shanghai_time("2024-11-06 10:00"), asked=_NOW, escalated=_NOW
    )
    assert next_stage(asked, _CALENDAR) == (Stage.ASKED, shanghai_time("2024-11-07 09:00"))


@given(
    minutes=st.integers(1, 60 * 24 * 60),
    hours=st.integers(0, 24 * 600),
)
def test_people_are_always_asked_between_learning_of_a_time_and_its_deadline(
    minutes: int, hours: int
) -> None:
    known_at = _NOW + timedelta(hours=hours)
    waiting = Waiting(
        parcel_id=1, first_at=known_at + timedelta(minutes=minutes), known_at=known_at
    )
    asked = next_stage(waiting, _CALENDAR)
    while asked is not None:
        stage, at = asked
        assert waiting.known_at <= at < waiting.first_at
        waiting = replace(waiting, asked={**waiting.asked, stage: at})
        asked = next_stage(waiting, _CALENDAR)
    assert Stage.ESCALATED in waiting.asked
