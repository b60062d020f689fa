"""What an attempt's outcome means for its delivery."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.delivery import DeliveryState, DeliveryStep, after, failover_at
from notifier.domain.outcomes import Outcome, Verdict
from notifier.testing import shanghai_time

_NOW = shanghai_time("2024-11-14 14:00").astimezone(UTC)
_SECOND, _MINUTE, _HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def _after(
    verdict: Verdict,
    *,
    attempt: int = 1,
    unknowns: int = 0,
    left: timedelta = timedelta(days=1),
    asked: timedelta | None = None,
    jitter: float = 0.0,
) -> DeliveryStep:
    outcome = Outcome(verdict=verdict, retry_after=asked)
    ends_at = _NOW + left
    return after(
        outcome,
        attempt=attempt,
        unknowns=unknowns,
        now=_NOW,
        soonest_at=ends_at,
        expires_at=ends_at,
        jitter=jitter,
    )


def test_sent_and_refused_for_good_are_ends() -> None:
    assert _after(Verdict.SENT) == DeliveryStep(state=DeliveryState.SENT)
    assert _after(Verdict.REJECTED) == DeliveryStep(state=DeliveryState.FAILED, reason="rejected")


@pytest.mark.parametrize(
    ("attempt", "wait"),
    [(1, 15 * _SECOND), (2, 30 * _SECOND), (5, 4 * _MINUTE), (7, 10 * _MINUTE), (99, 10 * _MINUTE)],
)
def test_it_is_tried_again_after_longer_and_longer_waits(attempt: int, wait: timedelta) -> None:
    assert _after(Verdict.RETRY, attempt=attempt).at == _NOW + wait
    assert _after(Verdict.RETRY, attempt=attempt, jitter=1.0).at == _NOW + wait / 2


def test_a_lost_answer_is_tried_again_as_a_possible_repeat_but_not_for_ever() -> None:
    again = _after(Verdict.UNKNOWN, unknowns=1)
    assert (again.state, again.maybe_repeat) == (DeliveryState.QUEUED, True)
    end = _after(Verdict.UNKNOWN, unknowns=3)
    assert (end.state, end.reason, end.maybe_repeat) == (DeliveryState.FAILED, "no answer", True)
    # a refusal is no copy in anyone's hands
    assert _after(Verdict.RETRY, unknowns=3).state is DeliveryState.QUEUED


def test_a_service_that_says_how_long_to_wait_is_believed_up_to_an_hour() -> None:
    assert _after(Verdict.RETRY, asked=5 * _MINUTE).at == _NOW + 5 * _MINUTE
    assert _after(Verdict.RETRY, asked=_SECOND).at == _NOW + 15 * _SECOND
    assert _after(Verdict.RETRY, asked=20 * _HOUR).at == _NOW + _HOUR
    assert _after(Verdict.RETRY, asked=5 * _MINUTE, left=4 * _MINUTE).state is DeliveryState.EXPIRED


@given(
    verdict=st.sampled_from([Verdict.RETRY, Verdict.UNKNOWN]),
    attempt=st.integers(1, 200),
    unknowns=st.integers(0, 3),
    left=st.timedeltas(timedelta(0), timedelta(days=10)),
    asked=st.none() | st.timedeltas(timedelta(0), 2 * _HOUR),
    jitter=st.floats(0, 1),
)
def test_it_is_always_tried_later_before_it_is_too_late_or_given_up_aloud(
    verdict: Verdict,
    attempt: int,
    unknowns: int,
    left: timedelta,
    asked: timedelta | None,
    jitter: float,
) -> None:
    step = _after(
        verdict, attempt=attempt, unknowns=unknowns, left=left, asked=asked, jitter=jitter
    )
    if step.state is DeliveryState.QUEUED:
        assert step.at is not None
        assert _NOW < step.at < _NOW + left
        if asked is None:
            assert step.at <= _NOW + max(left / 4, 20 * _SECOND), (
                "there is time for some more tries"
            )
    else:
        assert step.reason
        if step.state is DeliveryState.EXPIRED and asked is None:
            assert left <= 20 * _SECOND, "a last try is made 20 s before the end"


@pytest.mark.parametrize(
    ("left", "share"),
    [
        (timedelta(days=3), _HOUR),
        (5 * _HOUR, 30 * _MINUTE),
        (5 * _MINUTE, _MINUTE),
        (_SECOND, _MINUTE),
    ],
)
def test_the_fallback_is_used_after_a_tenth_of_the_time_left(
    left: timedelta, share: timedelta
) -> None:
    assert failover_at(_NOW, _NOW + left) == _NOW + share


def test_a_wait_leaves_time_before_the_first_deadline_of_the_message() -> None:
    step = after(
        Outcome(verdict=Verdict.RETRY),
        attempt=9,
        unknowns=0,
        now=_NOW,
        soonest_at=_NOW + 8 * _MINUTE,
        expires_at=_NOW + timedelta(days=7),
        jitter=0.0,
    )
    assert step.at == _NOW + 2 * _MINUTE
