"""What any ledger must hold to: plans, what falls due, who is away, what nobody is reminded of."""

from __future__ import annotations

from datetime import timedelta

from notifier.config import published_calendar
from notifier.domain.planning import Planner
from notifier.domain.recipients import Recipient
from notifier.ports import Ledger
from notifier.testing import a_notice, a_parcel
from tests.contract.world import (
    CONSOLE,
    DUE,
    MINUTE,
    NEWS,
    NOW,
    PLANNER,
    ROUTES,
    parcel_of,
    plan,
    save_and_plan,
    states,
)

_NOBODY = Planner(recipients=(), calendar=published_calendar())


def test_planning_twice_changes_nothing(ledger: Ledger) -> None:
    assert save_and_plan(ledger) > 0
    before = ledger.views.reminders_ahead()
    assert plan(ledger) == 0
    assert ledger.views.reminders_ahead() == before


def test_parcels_to_plan_come_in_order_and_by_pages(ledger: Ledger) -> None:
    parcels = tuple(a_parcel(parcel_no=f"甲{number}号") for number in range(5))
    ledger.notices.save(a_notice(parcels=parcels), (), NOW)
    first = ledger.plans.to_plan(limit=3)
    rest = ledger.plans.to_plan(after=first[-1].offer.id, limit=3)
    assert [known.offer.parcel.parcel_no for known in (*first, *rest)] == [
        f"甲{number}号" for number in range(5)
    ]
    assert all(known.fresh and known.stale for known in first)
    plan(ledger)
    assert ledger.plans.to_plan() == []
    assert len(ledger.plans.to_plan(all_parcels=True)) == 5


def test_only_what_is_stale_is_to_be_planned(ledger: Ledger) -> None:
    save_and_plan(ledger)
    assert not ledger.plans.has_stale()
    ledger.plans.mark_stale([parcel_of(ledger).id])
    assert ledger.plans.has_stale()
    (known,) = ledger.plans.to_plan()
    assert (known.offer, known.stale, known.fresh) == (parcel_of(ledger), 1, False)


def test_what_was_saved_while_a_parcel_was_planned_is_planned_next(ledger: Ledger) -> None:
    save_and_plan(ledger)
    number = parcel_of(ledger).id
    ledger.plans.mark_stale([number])
    (known,) = ledger.plans.to_plan()
    ledger.plans.mark_stale([number])
    (parcel_plan,) = [Planner(recipients=(), calendar=published_calendar()).plan(known, NOW)]
    ledger.plans.replace([parcel_plan], NOW)
    assert ledger.plans.has_stale()


def test_a_due_reminder_is_claimed_once(ledger: Ledger) -> None:
    save_and_plan(ledger)
    (news,) = ledger.claims.claim_due(NOW + MINUTE, timedelta(0), ROUTES)
    assert [due.reminder.kind for due in news.said] == ["new"]
    assert ledger.claims.next_due() == DUE
    assert ledger.claims.claim_due(DUE - MINUTE, timedelta(0), ROUTES) == []
    (claim,) = ledger.claims.claim_due(DUE, timedelta(0), ROUTES)
    assert [due.reminder.milestone for due in claim.said] == ["bidding_open"]
    assert ledger.claims.claim_due(DUE, timedelta(0), ROUTES) == []


def test_what_has_been_sent_is_not_planned_again(ledger: Ledger) -> None:
    save_and_plan(ledger)
    ledger.claims.claim_due(DUE, timedelta(0), ROUTES)
    assert plan(ledger) == 0
    assert ledger.claims.claim_due(DUE, timedelta(0), ROUTES) == []


def test_what_is_due_soon_is_pulled_forward_to_what_is_due_now(ledger: Ledger) -> None:
    parcels = (
        a_parcel(parcel_no="甲1号"),
        a_parcel(parcel_no="甲2号", milestones={"auction_start": DUE + MINUTE}),
    )
    ledger.notices.save(a_notice(parcels=parcels), (), NOW)
    plan(ledger)
    (claim,) = ledger.claims.claim_due(NEWS, timedelta(days=60), ROUTES)
    assert len(claim.said) > 4
    assert ledger.claims.next_due() is None


def test_who_is_away_is_told_nothing_until_they_are_back_or_given_up(ledger: Ledger) -> None:
    ahead = save_and_plan(ledger)
    assert ledger.absences.known_recipients() == {"team"}
    assert ledger.claims.next_due(away=["team"]) is None
    assert ledger.claims.claim_due(DUE, timedelta(0), ROUTES, away=["team"]) == []
    (known,) = ledger.plans.to_plan(all_parcels=True)
    assert ledger.plans.replace([_NOBODY.plan(known, NOW)], NOW, away=["team"]) == 0
    assert ledger.views.reminders_ahead() == ahead
    ledger.absences.replace_known(["team", "other"])
    assert ledger.absences.known_recipients() == {"team", "other"}
    ledger.claims.claim_due(NEWS, timedelta(0), ROUTES)
    assert ledger.absences.give_up("team", NEWS) == ahead
    assert (ledger.views.reminders_ahead(), states(ledger)) == (0, {"expired": 1})


def test_a_parcel_that_nobody_is_reminded_of_is_told_once(ledger: Ledger) -> None:
    ledger.notices.save(a_notice(), (), NOW)
    plan(ledger, planner=_NOBODY)
    assert ledger.coverage.untold() == [(parcel_of(ledger), NOW)]
    ledger.coverage.mark_told([parcel_of(ledger)])
    assert ledger.coverage.untold() == []
    plan(ledger)
    plan(ledger, DUE, planner=_NOBODY)
    assert ledger.coverage.untold() == [(parcel_of(ledger), DUE)]


def test_a_clock_set_back_plans_again_what_was_called_missed(ledger: Ledger) -> None:
    save_and_plan(ledger)
    ahead = timedelta(days=60)
    (claim,) = ledger.claims.claim_due(NOW + ahead, timedelta(0), ROUTES)
    assert claim.missed
    ledger.plans.set_back(ahead, NOW)
    plan(ledger)
    assert ledger.views.reminders_ahead() >= len(claim.missed)


def test_many_recipients_are_planned_each_by_name(ledger: Ledger) -> None:
    people = tuple(Recipient(name=f"队{number}", channels=(CONSOLE,)) for number in range(20))
    planner = Planner(recipients=people, calendar=published_calendar())
    ledger.notices.save(
        a_notice(parcels=tuple(a_parcel(parcel_no=f"甲{number}号") for number in range(9))), (), NOW
    )
    plans = [planner.plan(known, NOW) for known in ledger.plans.to_plan()]
    wanted = {
        (parcel.parcel_id, reminder.id) for parcel in plans for reminder in parcel.reminders()
    }
    assert ledger.plans.replace(plans, NOW) == len(wanted)
    stored = {(line.offer_id, line.reminder.id) for line in ledger.views.plan_ahead(NOW)}
    assert stored == wanted


def test_a_plan_made_before_another_was_stored_is_made_anew(ledger: Ledger) -> None:
    ledger.notices.save(a_notice(), (), NOW)
    (known,) = ledger.plans.to_plan()
    plans = [PLANNER.plan(known, NOW)]
    assert ledger.plans.replace(plans, NOW) > 0
    ledger.plans.mark_stale([known.offer.id])
    assert ledger.plans.replace(plans, NOW) == 0
    assert ledger.plans.has_stale(), "what happened since is planned"
    plan(ledger)
    assert not ledger.plans.has_stale()


def test_who_watches_a_parcel_is_kept_once_though_two_plans_name_them(ledger: Ledger) -> None:
    save_and_plan(ledger)
    (known,) = ledger.plans.to_plan(all_parcels=True)
    newcomer = Recipient(name="newcomer", channels=(CONSOLE,))
    both = Planner(recipients=(*PLANNER.recipients, newcomer), calendar=published_calendar())
    for now in (NOW, NOW + MINUTE):
        ledger.plans.replace([both.plan(known, now)], now)
    (known,) = ledger.plans.to_plan(all_parcels=True)
    assert known.watches == {"team": NOW, "newcomer": NOW}


def test_each_parcel_is_settled_by_how_often_it_was_stale(ledger: Ledger) -> None:
    parcels = tuple(a_parcel(parcel_no=f"甲{number}号") for number in range(4))
    ledger.notices.save(a_notice(parcels=parcels), (), NOW)
    ids = [known.offer.id for known in ledger.plans.to_plan()]
    ledger.plans.mark_stale([ids[1], ids[1], ids[3]])
    known = ledger.plans.to_plan()
    assert len({parcel.stale for parcel in known}) == 3
    ledger.plans.mark_stale([ids[2]])
    ledger.plans.replace([PLANNER.plan(parcel, NOW) for parcel in known], NOW)
    (left,) = ledger.plans.to_plan()
    assert (left.offer.id, left.stale, left.plannings) == (ids[2], 1, 1)
