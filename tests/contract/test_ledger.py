"""What any ledger must hold to: notices, parcels, and what people say of them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from notifier.domain.offers import OfferState
from notifier.domain.planning import ALL_MILESTONES
from notifier.domain.values import Finding, Kind, MilestoneName
from notifier.ports import Ledger
from notifier.testing import a_milestone, a_notice, a_parcel, shanghai_time
from tests.contract.world import DUE, MINUTE, NEWS, NOW, ROUTES, parcel_of, plan, save_and_plan

_CLOSE = MilestoneName.REGISTRATION_CLOSE
_ELSEWHEN = {"registration_close": "2025-03-14 17:00", "bidding_close": "2025-03-15 09:00"}
_LATER = shanghai_time("2024-11-20 17:00")


def test_saving_the_same_notice_again_makes_no_revision(ledger: Ledger) -> None:
    first = ledger.notices.save(a_notice(), (), NOW)
    again = ledger.notices.save(a_notice(), (), NOW)
    assert (first.revision, len(first.new)) == (1, 1)
    assert (again.revision, again.new, again.changed) == (0, (), ())


def test_notices_of_one_file_that_offer_in_different_ways_are_each_known(ledger: Ledger) -> None:
    listing = a_notice(notice_no="", parcels=(a_parcel(parcel_no="甲-1"),))
    auction = a_notice(
        notice_no="", part="auction", kind=Kind.AUCTION, parcels=(a_parcel(parcel_no="甲-2"),)
    )
    first = ledger.notices.save_all([(listing, ()), (auction, ())], NOW)
    again = ledger.notices.save_all([(listing, ()), (auction, ())], NOW)
    assert [(saved.revision, [offer.kind for offer in saved.new]) for saved in first] == [
        (1, ["listing"]),
        (1, ["auction"]),
    ]
    assert [saved.revision for saved in again] == [0, 0]


def test_a_moved_milestone_is_kept_as_old_and_new(ledger: Ledger) -> None:
    ledger.notices.save(
        a_notice(parcels=(a_parcel(milestones={"auction_start": "2024-11-14 10:00"}),)), (), NOW
    )
    moved = a_notice(parcels=(a_parcel(milestones={"auction_start": "2024-11-15 10:00"}),))
    ((_, change),) = ledger.notices.save(moved, (), NOW).changed
    (milestone,) = change.milestones
    assert (milestone.old, milestone.new) == (
        shanghai_time("2024-11-14 10:00"),
        shanghai_time("2024-11-15 10:00"),
    )


def test_notices_of_which_one_fails_are_stored_not_at_all(ledger: Ledger) -> None:
    broken: object = "no notice"
    with pytest.raises(AttributeError):
        ledger.notices.save_all([(a_notice(), ()), (broken, ())], NOW)  # type: ignore[list-item]  # that is the point
    assert list(ledger.parcels.all()) == []


def test_a_parcel_is_found_by_its_number_its_end_and_a_word_of_its_place(ledger: Ledger) -> None:
    ledger.notices.save(a_notice(parcels=(a_parcel(parcel_no="甲[2024]121号"),)), (), NOW)
    ledger.notices.save(
        a_notice(
            notice_no="乙告1号",
            file="b.csv",
            authority="宁波市局",
            city="宁波",
            parcels=(a_parcel(parcel_no="乙[2024]121号", location="江北"),),
        ),
        (),
        NOW,
    )
    found = {
        number: [offer.city for offer in ledger.parcels.find(number)]
        for number in ("甲[2024]121号", "21号")
    }
    assert found == {"甲[2024]121号": ["杭州"], "21号": []}
    assert [offer.city for offer in ledger.parcels.find("121号")] == ["杭州", "宁波"]
    assert [offer.city for offer in ledger.parcels.find("121号@江北")] == ["宁波"]
    assert [offer.parcel.parcel_no for offer in ledger.parcels.of_notice("乙告1号")] == [
        "乙[2024]121号"
    ]
    assert ledger.parcels.of_notice("无") == []


def test_a_dropped_parcel_is_found_only_by_who_asks_for_it(ledger: Ledger) -> None:
    ledger.notices.save(a_notice(), (), NOW)
    offer = parcel_of(ledger)
    ledger.parcels.set_state(offer, OfferState.DROPPED, by="张", why="错", now=NOW)
    number = offer.parcel.parcel_no
    assert (ledger.parcels.find(number), ledger.parcels.of_notice(offer.notice_no)) == ([], [])
    (dropped,) = ledger.parcels.find(number, dropped=True)
    assert dropped.state is OfferState.DROPPED


def test_a_persons_word_stands_until_it_is_withdrawn(ledger: Ledger) -> None:
    ledger.notices.save(a_notice(), (), NOW)
    offer = parcel_of(ledger)
    after = ledger.parcels.set_time(
        offer, _CLOSE, a_milestone("2024-11-20 17:00"), by="张", why="电话", now=NOW + MINUTE
    )
    assert (after.parcel.milestones[_CLOSE].at, parcel_of(ledger)) == (_LATER, after)
    statements = ledger.statements.of_parcel(offer.id)[_CLOSE.value]
    assert [(statement.speaker.origin.value, statement.speaker.by) for statement in statements] == [
        ("notice", ""),
        ("person", "张"),
    ]
    before = ledger.parcels.withdraw_time(after, _CLOSE, by="张", why="", now=NOW + 2 * MINUTE)
    assert before.parcel.milestones[_CLOSE].at == offer.parcel.milestones[_CLOSE].at
    assert ledger.statements.of_parcel(offer.id)[_CLOSE.value][-1].withdrawn


def test_two_words_on_one_page_both_stand(ledger: Ledger) -> None:
    ledger.notices.save(a_notice(), (), NOW)
    shown = parcel_of(ledger)
    later, deposit = a_milestone("2024-11-20 17:00"), a_milestone("2024-11-19 12:00")
    ledger.parcels.set_time(shown, _CLOSE, later, by="张", why="", now=NOW)
    ledger.parcels.set_time(
        shown, MilestoneName.DEPOSIT_CLOSE, deposit, by="李", why="", now=NOW + MINUTE
    )
    ledger.parcels.set_state(shown, OfferState.DROPPED, by="张", why="错", now=NOW + MINUTE)
    (after,) = ledger.parcels.find(shown.parcel.parcel_no, dropped=True)
    times = after.parcel.milestones
    assert times[_CLOSE].at == later.at
    assert times[MilestoneName.DEPOSIT_CLOSE].at == deposit.at


def test_a_change_that_comes_first_waits_for_its_parcel_and_is_told(ledger: Ledger) -> None:
    moved = a_notice(
        kind=Kind.POSTPONEMENT,
        file="later.md",
        notice_no="补1号",
        refers_to=("杭测试告[2024]R901号", "另告[2024]7号"),
        published=date(2024, 10, 20),
        parcels=(a_parcel(milestones={"registration_close": "2024-11-20 17:00"}),),
    )
    saved = ledger.notices.save(moved, (), NOW)
    (waits,) = ledger.waiting.untold()
    assert (waits.file, waits.kind, waits.names) == ("later.md", Kind.POSTPONEMENT, saved.unmatched)
    assert len(waits.names) > 1, "in the order in which the notice names them"
    ledger.waiting.mark_told(waits.notice_id)
    assert ledger.waiting.untold() == []
    ((offer, _),) = ledger.notices.save(a_notice(), (), NOW + MINUTE).changed
    assert offer.parcel.milestones[_CLOSE].at == _LATER


def test_who_a_parcel_is_is_asked_once(ledger: Ledger) -> None:
    ledger.notices.save(a_notice(), (), NOW)
    elsewhere = a_parcel(
        location="另一处样例路", district="下城区", area_m2=Decimal(99), milestones=_ELSEWHEN
    )
    asked = ledger.notices.save(a_notice(file="other.csv", parcels=(elsewhere,)), (), NOW).asked
    assert [question.key for question in ledger.questions.untold()] == [
        question.key for question in asked
    ]
    assert len(asked) == 1
    ledger.questions.mark_asked(asked[0].key)
    assert ledger.questions.untold() == []


def test_what_is_done_is_not_reminded_of_until_it_is_taken_back(ledger: Ledger) -> None:
    ahead = save_and_plan(ledger)
    offer = parcel_of(ledger)
    ledger.acknowledgements.add(offer.id, _CLOSE.value, "张", NOW)
    ledger.acknowledgements.add(offer.id, _CLOSE.value, "李", NOW)
    assert ledger.plans.has_stale()
    plan(ledger)
    assert 0 < ledger.views.reminders_ahead() < ahead
    assert ledger.acknowledgements.remove(offer.id, "bidding_open", "张", NOW) == 0
    assert ledger.acknowledgements.remove(offer.id, _CLOSE.value, "张", NOW) == 1
    plan(ledger)
    assert ledger.views.reminders_ahead() == ahead


def test_a_skipped_parcel_is_known_as_skipped_and_all_of_it_is_taken_back(ledger: Ledger) -> None:
    save_and_plan(ledger)
    offer = parcel_of(ledger)
    ledger.acknowledgements.add(offer.id, ALL_MILESTONES, "张", NOW)
    ledger.acknowledgements.add(offer.id, _CLOSE.value, "张", NOW)
    assert ledger.acknowledgements.skipped() == {offer.id}
    assert ledger.acknowledgements.remove(offer.id, ALL_MILESTONES, "张", NOW) == 2
    assert ledger.acknowledgements.skipped() == frozenset()


def test_a_silence_holds_back_what_is_due_until_it_ends(ledger: Ledger) -> None:
    save_and_plan(ledger)
    until = DUE + timedelta(hours=2)
    number = ledger.silences.add(["city=杭州"], starts_at=NOW, ends_at=until, by="张", why="会议")
    (silence,) = ledger.silences.current(NOW)
    assert (silence.id, silence.ends_at, silence.why) == (number, until, "会议")
    assert ledger.claims.claim_due(DUE, timedelta(0), ROUTES) == []
    assert ledger.silences.end(number, DUE + MINUTE)
    assert not ledger.silences.end(number, DUE + MINUTE)
    assert ledger.silences.current(DUE + MINUTE) == []
    assert len(ledger.claims.claim_due(DUE + MINUTE, timedelta(0), ROUTES)) == 1


def test_findings_are_told_with_the_news_of_a_parcel(ledger: Ledger) -> None:
    finding = Finding(code="notice-too-short", parcel_no=a_parcel().parcel_no)
    ledger.notices.save(a_notice(), (finding,), NOW)
    plan(ledger)
    ledger.claims.claim_due(NEWS, timedelta(0), ROUTES)
    job = ledger.outbox.begin("console", NEWS, timedelta(minutes=5))
    assert job is not None
    (news,) = job.entries
    assert [found.code for found in news.findings] == ["notice-too-short"]


def test_what_was_said_of_several_parcels_is_asked_at_once(ledger: Ledger) -> None:
    parcels = tuple(
        a_parcel(parcel_no=f"甲{number}号", milestones={"bidding_close": "2024-11-14 17:00"})
        for number in range(1, 4)
    )
    ledger.notices.save(a_notice(parcels=parcels), (), NOW)
    first, second, _ = ledger.parcels.all()
    found = ledger.statements.of_parcels([second.id, first.id, 9999])
    assert found == {
        first.id: ledger.statements.of_parcel(first.id),
        second.id: ledger.statements.of_parcel(second.id),
        9999: {},
    }
    (statement,) = found[first.id]["bidding_close"]
    assert statement.milestone == first.parcel.milestones[MilestoneName.BIDDING_CLOSE]
    assert ledger.statements.of_parcels([]) == {}
