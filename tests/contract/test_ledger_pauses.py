"""What any ledger must hold to: who asked to hear nothing of a deadline for a while."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from notifier.domain.jobs import void_reason
from notifier.domain.pauses import PUT_OFF, Pause, PauseKind
from notifier.domain.planning import ALL_MILESTONES
from notifier.domain.values import MilestoneName
from notifier.ports import Ledger
from notifier.testing import a_milestone, shanghai_time
from tests.contract.world import (
    DUE,
    LEASE,
    MINUTE,
    NOW,
    ROUTES,
    begin,
    claim_first,
    parcel_of,
    plan,
    save_and_plan,
)

_OPEN = MilestoneName.BIDDING_OPEN
_HOUR = timedelta(hours=1)


def a_pause(ledger: Ledger, *, said_at: datetime = NOW, **changes: object) -> Pause:
    """Return the team's pause of an hour from `said_at`, of when bidding opens."""
    at = parcel_of(ledger).parcel.milestones[_OPEN].at
    usual = Pause(
        recipient="team",
        milestone=_OPEN,
        milestone_at=at,
        kind=PauseKind.SNOOZE,
        said_at=said_at,
        until=said_at + _HOUR,
        by="team",
    )
    return replace(usual, **changes)  # type: ignore[arg-type]  # fields of a pause


def test_the_last_word_of_a_recipient_on_a_deadline_is_kept_and_taken_back(ledger: Ledger) -> None:
    save_and_plan(ledger)
    number = parcel_of(ledger).id
    first = a_pause(ledger)
    seen = replace(first, kind=PauseKind.SEEN, until=NOW + 2 * _HOUR, by="张")
    others = replace(first, recipient="others")
    for pause in (first, seen, others):
        ledger.pauses.add(number, pause)
    assert ledger.plans.has_stale()
    assert ledger.pauses.of_parcel(number) == [others, seen]
    (known,) = ledger.plans.to_plan()
    assert set(known.pauses) == {seen, others}
    assert ledger.pauses.remove(number, "bidding_close") == 0
    assert ledger.pauses.remove(number, _OPEN.value) == 2
    ledger.pauses.add(number, first)
    assert ledger.pauses.remove(number, ALL_MILESTONES) == 1
    assert ledger.pauses.of_parcel(number) == []


def test_a_pause_is_forgotten_when_its_time_moves_and_the_parcel_is_planned(ledger: Ledger) -> None:
    save_and_plan(ledger)
    offer = parcel_of(ledger)
    ledger.pauses.add(offer.id, a_pause(ledger))
    plan(ledger)
    assert len(ledger.pauses.of_parcel(offer.id)) == 1
    ledger.parcels.set_time(
        offer, _OPEN, a_milestone("2024-11-20 09:00"), by="张", why="", now=NOW + MINUTE
    )
    plan(ledger, NOW + MINUTE)
    assert ledger.pauses.of_parcel(offer.id) == []


def test_what_was_claimed_before_a_pause_is_not_told_and_what_follows_is(ledger: Ledger) -> None:
    claim_first(ledger)
    number = parcel_of(ledger).id
    ledger.pauses.add(number, a_pause(ledger, said_at=DUE + MINUTE))
    reasons = {entry.reminder.milestone: void_reason(entry) for entry in begin(ledger).entries}
    assert reasons == {"": "", _OPEN.value: PUT_OFF}
    plan(ledger, DUE + MINUTE)
    ledger.claims.claim_due(DUE + MINUTE + _HOUR, timedelta(0), ROUTES)
    job = ledger.outbox.begin("console", DUE + MINUTE + _HOUR, LEASE)
    assert job is not None
    assert [void_reason(entry) for entry in job.entries] == [""]


def test_what_has_begun_is_known_as_answered_when_it_is(ledger: Ledger) -> None:
    claim_first(ledger)
    job, number = begin(ledger), parcel_of(ledger).id
    assert not ledger.outbox.is_answered(job, DUE)
    ledger.acknowledgements.add(number, "registration_close", "张", DUE)
    assert not ledger.outbox.is_answered(job, DUE)
    ledger.pauses.add(number, a_pause(ledger, said_at=DUE + MINUTE))
    assert ledger.outbox.is_answered(job, DUE + MINUTE)
    ledger.outbox.put_back(job.together)
    ledger.acknowledgements.add(number, _OPEN.value, "张", DUE)
    again = begin(ledger, now=DUE + MINUTE)
    assert not ledger.outbox.is_answered(again, DUE + MINUTE), "it leaves it out already"


def test_the_mark_of_the_board_is_another_one_after_a_pause(ledger: Ledger) -> None:
    save_and_plan(ledger)
    before = ledger.board.mark()
    ledger.pauses.add(parcel_of(ledger).id, a_pause(ledger))
    assert ledger.board.mark() != before
    assert shanghai_time("2024-11-01 11:00") == NOW + _HOUR
