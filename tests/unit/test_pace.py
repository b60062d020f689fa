"""How fast a channel may be spoken to."""

from __future__ import annotations

from datetime import timedelta

import hypothesis.strategies as st
from hypothesis import given

from notifier.domain.pace import Pace
from notifier.testing import shanghai_time

NOW = shanghai_time("2024-11-14 14:00")
_SECOND = timedelta(seconds=1)


@given(st.integers(1, 30), st.integers(0, 5), st.lists(st.integers(0, 40), max_size=60))
def test_no_minute_holds_more_than_its_share_and_no_two_are_too_near(
    per_minute: int, apart: int, waits: list[int]
) -> None:
    pace = Pace(per_minute=per_minute, apart=apart * _SECOND)
    now, sent = NOW, []
    for wait in waits:
        now = max(now + wait * _SECOND, pace.ready_at(now + wait * _SECOND))
        assert pace.ready_at(now) == now
        pace.sent(now)
        sent.append(now)
    for number, at in enumerate(sent):
        assert sum(at - timedelta(minutes=1) < other <= at for other in sent) <= per_minute
        assert number == 0 or at - sent[number - 1] >= apart * _SECOND


def test_what_the_channel_asked_for_is_waited_for() -> None:
    pace = Pace()
    pace.pause(NOW + 30 * _SECOND)
    assert pace.ready_at(NOW) == NOW + 30 * _SECOND
    assert pace.ready_at(NOW + 31 * _SECOND) == NOW + 31 * _SECOND


def test_a_clock_set_back_makes_nobody_wait_for_hours() -> None:
    pace = Pace(per_minute=1, apart=_SECOND)
    pace.sent(NOW)
    pace.pause(NOW + 30 * _SECOND)
    assert pace.ready_at(NOW - timedelta(hours=5)) == NOW - timedelta(hours=5)
