"""How fast a channel may be spoken to."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import given

from notifier.domain.pace import Pace


@given(st.integers(1, 30), st.integers(0, 5), st.lists(st.integers(0, 40), max_size=60))
def test_no_minute_holds_more_than_its_share_and_no_two_are_too_near(
    per_minute: int, apart: int, waits: list[int]
) -> None:
    pace = Pace(per_minute=per_minute, apart=apart)
    at, sent = 1_000.0, []
    for wait in waits:
        at = max(at + wait, pace.ready_at(at + wait))
        assert pace.ready_at(at) == at
        pace.sent(at)
        sent.append(at)
    for number, moment in enumerate(sent):
        assert sum(moment - 60 < other <= moment for other in sent) <= per_minute
        assert number == 0 or moment - sent[number - 1] >= apart


def test_what_the_channel_asked_for_is_waited_for() -> None:
    pace = Pace()
    pace.pause(1_030.0)
    assert pace.ready_at(1_000.0) == 1_030.0
    assert pace.ready_at(1_031.0) == 1_031.0
