"""Steps of the service: when they are called again, and what happens when one fails."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from notifier.errors import LedgerBusy, LedgerError, NotifierError
from notifier.service.steps import Again, guarded, until

_NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
_MOST = timedelta(seconds=15)


@pytest.mark.parametrize(
    ("at", "wait"),
    [
        (None, _MOST),
        (_NOW + timedelta(seconds=3), timedelta(seconds=3)),
        (_NOW + timedelta(hours=3), _MOST),
        (_NOW - timedelta(hours=3), timedelta(0)),
    ],
)
def test_a_step_waits_for_its_instant_but_never_longer_than_the_longest_wait(
    at: datetime | None, wait: timedelta
) -> None:
    assert until(at, _NOW, _MOST) == wait


def _note_nothing(*_: object) -> None:
    """Take what is noted."""


@pytest.mark.parametrize(
    "fault", [LedgerError("the disk is full"), ZeroDivisionError("division by zero")]
)
def test_a_step_that_fails_is_noted_and_called_again(fault: Exception) -> None:
    noted: list[tuple[str, str]] = []

    def fail(_: datetime) -> Again:
        raise fault

    def note_failure(step: str, failure: NotifierError, _: datetime) -> None:
        noted.append((step, str(failure)))

    def note_error(error: Exception, _: datetime) -> None:
        noted.append(("error", str(error)))

    run = guarded(
        "dispatch",
        fail,
        after_failure=_MOST,
        note_success=_note_nothing,
        note_failure=note_failure,
        note_error=note_error,
    )
    assert run(_NOW) == Again(after=_MOST)
    assert noted == [("dispatch" if isinstance(fault, NotifierError) else "error", str(fault))]


def test_a_step_whose_ledger_is_out_of_reach_is_called_again_soon() -> None:
    def fail(_: datetime) -> Again:
        raise LedgerBusy("the database cannot be reached at present")

    run = guarded(
        "dispatch",
        fail,
        after_failure=_MOST,
        note_success=_note_nothing,
        note_failure=_note_nothing,
        note_error=_note_nothing,
    )
    assert run(_NOW).after == timedelta(seconds=2)


def test_a_step_that_works_is_noted_as_working() -> None:
    noted: list[object] = []
    again = Again(after=timedelta(seconds=1))
    run = guarded(
        "dispatch",
        lambda _: again,
        after_failure=_MOST,
        note_success=lambda step, now: noted.append((step, now)),
        note_failure=_note_nothing,
        note_error=_note_nothing,
    )
    assert run(_NOW) == again
    assert noted == [("dispatch", _NOW)]


@pytest.mark.parametrize("fault", [LedgerError("the disk is full"), KeyError("no such name")])
def test_a_step_goes_on_when_not_even_its_failure_can_be_told(fault: Exception) -> None:
    def fail(*_: object) -> Again:
        raise fault

    def note(*_: object) -> None:
        raise RuntimeError("the template is broken")

    run = guarded(
        "dispatch",
        fail,
        after_failure=_MOST,
        note_success=_note_nothing,
        note_failure=note,
        note_error=note,
    )
    assert run(_NOW) == Again(after=_MOST)
