"""What is done with reminders that have fallen due: said in one message, superseded, or called
missed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.claims import INSTANT_GRACE, LATE, Due, claim, cut, is_over
from notifier.domain.drafts import DraftKind, ItemKind
from notifier.domain.reminders import Reminder
from notifier.testing import shanghai_time

_NOW = shanghai_time("2024-11-14 14:00").astimezone(UTC)
_MINUTE = timedelta(minutes=1)
_OF_DEADLINES = (ItemKind.REMINDER, ItemKind.ESCALATION)


def _due(parcel: int = 1, number: int = 0, **fields: Any) -> Due:
    usual: dict[str, Any] = {
        "id": b"%d" % number, "recipient": "team", "kind": ItemKind.REMINDER,
        "milestone": "registration_close",
        "lead": "3h", "milestone_at": _NOW + 180 * _MINUTE, "due_at": _NOW, "urgent": False,
        "provisional": False,
        "reason": "", "origin": "",
    }  # fmt: skip
    return Due(parcel_id=parcel, reminder=Reminder(**(usual | fields)))


def _news(kind: ItemKind, parcel: int = 1, number: int = 0) -> Due:
    return _due(
        parcel,
        number,
        kind=kind,
        milestone="",
        lead="",
        origin="1" if kind is ItemKind.CHANGE else "",
    )


@st.composite
def _dues(draw: st.DrawFn) -> list[Due]:
    found = []
    for number in range(draw(st.integers(1, 12))):
        parcel = draw(st.integers(1, 3))
        kind = draw(st.sampled_from([*_OF_DEADLINES, ItemKind.NEW, ItemKind.CHANGE]))
        if kind in _OF_DEADLINES:
            at = _NOW + draw(st.integers(-30, 30)) * _MINUTE
            due_at = min(at, _NOW - draw(st.integers(0, 60)) * _MINUTE)
            found.append(
                _due(
                    parcel,
                    number,
                    kind=kind,
                    milestone_at=at,
                    due_at=due_at,
                    urgent=draw(st.booleans()),
                )
            )
        else:
            found.append(_news(kind, parcel, number))
    return found


@given(_dues(), st.randoms())
def test_each_is_said_superseded_or_missed_once_whatever_their_order(
    due: list[Due], random: Any
) -> None:
    whole = claim("team", due, _NOW)
    assert sorted((*whole.said, *whole.missed, *whole.superseded), key=_id) == sorted(due, key=_id)
    shuffled = due.copy()
    random.shuffle(shuffled)
    again = claim("team", shuffled, _NOW)
    assert {_deadline(due) for due in again.said} == {_deadline(due) for due in whole.said}
    assert {_deadline(due) for due in again.missed} == {_deadline(due) for due in whole.missed}


def _id(due: Due) -> bytes:
    return due.reminder.id


def _deadline(due: Due) -> tuple[object, ...]:
    """What a message about `due` tells; two leads due at one instant tell the same."""
    reminder = due.reminder
    return (
        due.parcel_id,
        reminder.kind,
        reminder.milestone_at,
        reminder.due_at if reminder.kind in _OF_DEADLINES else reminder.id,
    )


@given(_dues())
def test_a_deadline_is_told_once_by_its_last_lead_and_never_as_ahead_when_it_has_passed(
    due: list[Due],
) -> None:
    whole = claim("team", due, _NOW)
    of_deadlines = [
        due for due in (*whole.said, *whole.missed) if due.reminder.kind in _OF_DEADLINES
    ]
    keys = [_key(due) for due in of_deadlines]
    assert sorted(keys) == sorted(
        {_key(claim) for claim in due if claim.reminder.kind in _OF_DEADLINES}
    )
    for key, latest in zip(keys, of_deadlines, strict=True):
        leads = [other.reminder.due_at for other in due if _key(other) == key]
        assert latest.reminder.due_at == max(leads)
        assert is_over(latest.reminder, _NOW) == (latest in whole.missed)
    assert whole.urgent == any(due.reminder.urgent for due in whole.said)
    assert whole.expires_at > _NOW or not whole.said


def _key(due: Due) -> tuple[int, ItemKind, datetime]:
    return due.parcel_id, due.reminder.kind, due.reminder.milestone_at


def test_a_parcel_that_is_new_and_changed_is_only_new() -> None:
    whole = claim(
        "team",
        [_news(ItemKind.CHANGE, 1, 1), _news(ItemKind.NEW, 1, 2), _news(ItemKind.CHANGE, 2, 3)],
        _NOW,
    )
    assert [(due.parcel_id, due.reminder.kind) for due in whole.said] == [
        (1, ItemKind.NEW),
        (2, ItemKind.CHANGE),
    ]
    assert [due.reminder.id for due in whole.superseded] == [b"1"]


def test_a_reminder_of_the_instant_itself_is_worth_sending_for_a_while() -> None:
    at_instant = _due(milestone_at=_NOW, due_at=_NOW).reminder
    before = _due(milestone_at=_NOW, due_at=_NOW - _MINUTE).reminder
    assert not is_over(at_instant, _NOW + INSTANT_GRACE - _MINUTE)
    assert is_over(at_instant, _NOW + INSTANT_GRACE)
    assert is_over(before, _NOW)
    assert not is_over(before, _NOW - _MINUTE)


def test_what_the_message_is_called() -> None:
    def kind(*due: Due, now: datetime = _NOW) -> DraftKind:
        return claim("team", due, now).kind

    escalation = _due(2, 2, kind=ItemKind.ESCALATION)
    assert kind(_due()) is DraftKind.REMINDER
    assert kind(_due(), now=_NOW + LATE) is DraftKind.REMINDER
    assert kind(_due(), now=_NOW + LATE + _MINUTE) is DraftKind.CATCH_UP
    assert kind(_due(), _due(2, 2, milestone_at=_NOW, due_at=_NOW - _MINUTE)) is DraftKind.CATCH_UP
    assert kind(_due(milestone_at=_NOW, due_at=_NOW - _MINUTE)) is DraftKind.MISSED
    assert kind(_due(), escalation, _news(ItemKind.NEW, 3, 3)) is DraftKind.ESCALATION
    assert kind(_due(), _news(ItemKind.CHANGE, 2, 2), _news(ItemKind.NEW, 3, 3)) is DraftKind.CHANGE
    assert kind(_due(), _news(ItemKind.NEW, 3, 3)) is DraftKind.REMINDER
    assert kind(_news(ItemKind.NEW, 3, 3)) is DraftKind.NEW


def test_it_is_worth_delivering_until_the_last_of_its_milestones() -> None:
    later = _due(2, 2, milestone_at=_NOW + 600 * _MINUTE)
    assert claim("team", [_due(), later], _NOW).expires_at == later.reminder.milestone_at
    missed = _due(milestone_at=_NOW, due_at=_NOW - _MINUTE)
    assert claim("team", [missed], _NOW).expires_at == _NOW + timedelta(days=7)


@given(st.integers(1, 40), st.integers(1, 10))
def test_a_message_too_long_for_anyone_is_cut_and_loses_nothing(count: int, most: int) -> None:
    due = [
        _due(number, number, milestone_at=_NOW + (600 - number) * _MINUTE, urgent=number == 7)
        for number in range(count)
    ]
    missed = _due(99, 99, milestone_at=_NOW, due_at=_NOW - _MINUTE)
    pieces = cut(claim("team", [*due, missed], _NOW), _NOW, most)
    entries = [due for piece in pieces for due in piece.said]
    assert sorted(entries, key=_id) == sorted(due, key=_id)
    assert [due for piece in pieces for due in piece.missed] == [missed]
    assert all(len(piece.said) <= most for piece in pieces)
    if len(pieces) > 1:
        assert [due.reminder.milestone_at for due in entries] == sorted(
            due.reminder.milestone_at for due in entries
        )
        assert [piece.kind for piece in pieces] == [DraftKind.CATCH_UP] + [DraftKind.REMINDER] * (
            len(pieces) - 1
        )
    assert [piece.urgent for piece in pieces] == [
        any(due.reminder.urgent for due in piece.said) for piece in pieces
    ]


def test_the_first_deadline_ahead_says_how_long_a_channel_may_fail() -> None:
    later = _due(2, 2, milestone_at=_NOW + 600 * _MINUTE)
    assert claim("team", [later, _due()], _NOW).soonest_at == _due().reminder.milestone_at
    over = _due(3, 3, milestone_at=_NOW, due_at=_NOW - _MINUTE)
    assert claim("team", [over, later], _NOW).soonest_at == later.reminder.milestone_at


def test_a_day_without_a_time_of_day_is_over_when_the_day_is() -> None:
    day = _due(milestone_at=_NOW, due_at=_NOW - _MINUTE, day_only=True).reminder
    assert not is_over(day, _NOW + timedelta(days=1) - _MINUTE)
    assert is_over(day, _NOW + timedelta(days=1))
