"""The tally of what became of reminders while something broke."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.faults.tally import REPEAT, count

_DUE = datetime(2024, 11, 1, 1, tzinfo=UTC)


def test_a_message_that_came_again_counts_once_however_many_reminders_it_has() -> None:
    numbers = ["测地00-001号", "测地00-002号", "测地00-003号"]
    text = " ".join(numbers)
    arrived = [(_DUE, text), (_DUE + timedelta(seconds=1), f"{REPEAT} {text}")]
    tally = count(1, dict.fromkeys(numbers, _DUE), arrived)
    assert (tally.sent, tally.repeated, tally.repeats, tally.unmarked) == (3, 3, 1, 0)
