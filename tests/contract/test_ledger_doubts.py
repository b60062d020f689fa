"""What any ledger must hold to of what people have to settle."""

from __future__ import annotations

from notifier.domain.findings import Code
from notifier.domain.offers import OfferState
from notifier.domain.values import Change, Evidence, Finding, Kind, MilestoneName, Notice, Place
from notifier.ports import Ledger
from notifier.testing import a_milestone, a_notice, a_parcel, shanghai_time
from tests.contract.world import MINUTE, NOW, parcel_of

_EVIDENCE = Evidence(
    at=shanghai_time("2024-11-13 17:00"), quote="11月13日", place=Place(line=4), rule="label"
)
_FINDING = Finding(
    code=Code.PLACES_DISAGREE,
    parcel_no="杭政储出[2024]901号",
    field="deposit_close",
    candidates=(_EVIDENCE,),
)
_PARCEL = a_parcel(milestones={"registration_close": "2024-11-14 17:00"})


def _notice(**fields: object) -> Notice:
    return a_notice(parcels=(_PARCEL,), **fields)


def test_what_the_reader_doubts_is_kept_with_its_candidates(ledger: Ledger) -> None:
    ledger.notices.save(_notice(), (_FINDING,), NOW)
    (raised,) = ledger.doubts.raised()
    assert (raised.finding, raised.finding.candidates, raised.raised_at) == (
        _FINDING,
        (_EVIDENCE,),
        NOW,
    )
    assert raised.parcel_id == parcel_of(ledger).id


def test_what_is_settled_stays_so_whatever_copy_raises_it_again(ledger: Ledger) -> None:
    ledger.notices.save(_notice(), (_FINDING,), NOW)
    (raised,) = ledger.doubts.raised()
    ledger.doubts.settle([raised.key], by="张三", how="left", now=NOW)
    ledger.notices.save(_notice(), (_FINDING,), NOW + MINUTE, on_purpose=True)
    ledger.notices.save(_notice(file="copy.csv"), (_FINDING,), NOW + MINUTE)
    assert ledger.doubts.raised() == []
    assert ledger.doubts.settled() == {raised.key}


def test_a_time_that_a_person_gave_settles_what_was_doubted_of_it_alone(ledger: Ledger) -> None:
    other = Finding(code=Code.CELL_UNCERTAIN, parcel_no=_FINDING.parcel_no, field="bidding")
    ledger.notices.save(_notice(), (_FINDING, other), NOW)
    ledger.doubts.settle_time(parcel_of(ledger).id, MilestoneName.DEPOSIT_CLOSE, by="张三", now=NOW)
    assert [doubt.finding.field for doubt in ledger.doubts.raised()] == ["bidding"]
    ledger.doubts.settle_time(parcel_of(ledger).id, MilestoneName.BIDDING_CLOSE, by="张三", now=NOW)
    assert ledger.doubts.raised() == []


def test_what_a_persons_word_settled_is_asked_again_once_that_word_is_taken_back(
    ledger: Ledger,
) -> None:
    other = Finding(code=Code.CELL_UNCERTAIN, parcel_no=_FINDING.parcel_no, field="bidding_close")
    ledger.notices.save(_notice(), (_FINDING, other), NOW)
    known, name = parcel_of(ledger), MilestoneName.DEPOSIT_CLOSE
    ledger.doubts.settle_time(known.id, name, by="张三", now=NOW)
    ledger.doubts.settle_time(known.id, MilestoneName.BIDDING_CLOSE, by="张三", now=NOW)
    ledger.doubts.settle([f"rival:{known.key}:{name}:a:b"], by="张三", how="set", now=NOW)
    ledger.doubts.settle([f"rival:{known.key}:bidding_close:a:b"], by="", how="left", now=NOW)
    ledger.doubts.reopen_time(known, name)
    assert [doubt.finding.field for doubt in ledger.doubts.raised()] == [name]
    left = {key for key in ledger.doubts.settled() if key.startswith("rival")}
    assert left == {f"rival:{known.key}:bidding_close:a:b"}


def test_parcels_with_a_rival_or_a_persons_word_or_without_a_number_are_found(
    ledger: Ledger,
) -> None:
    rival = a_milestone("2024-11-14 17:00", rival=shanghai_time("2024-11-20 17:00"))
    with_rival = a_parcel(parcel_no="甲1号", milestones={"registration_close": rival})
    ledger.notices.save(a_notice(notice_no="甲", parcels=(with_rival,)), (), NOW)
    ledger.notices.save(a_notice(notice_no="乙", parcels=(a_parcel(parcel_no=""),)), (), NOW)
    assert [offer.parcel.parcel_no for offer in ledger.doubts.with_rival()] == ["甲1号"]
    ((nameless, named),) = ledger.doubts.nameless()
    assert (nameless.parcel.parcel_no, named) == ("", [])
    assert ledger.doubts.spoken_of() == []
    ledger.parcels.set_time(nameless, MilestoneName.DEPOSIT_CLOSE, None, by="", why="", now=NOW)
    assert [offer.id for offer in ledger.doubts.spoken_of()] == [nameless.id]


def test_a_parcel_without_a_number_comes_with_the_others_of_its_own_notice(ledger: Ledger) -> None:
    for notice in ("甲", "乙"):
        own = {"registration_close": "2024-11-19 16:00"}
        parcels = (
            a_parcel(parcel_no=f"{notice}1号"),
            a_parcel(parcel_no="", milestones=own),
            a_parcel(parcel_no=f"{notice}2号"),
        )
        ledger.notices.save(a_notice(notice_no=notice, file=notice, parcels=parcels), (), NOW)
    ledger.notices.save(
        a_notice(notice_no="丙", file="丙", parcels=(a_parcel(parcel_no="丙1号"),)), (), NOW
    )
    found = [
        (nameless.notice_no, [offer.parcel.parcel_no for offer in named])
        for nameless, named in ledger.doubts.nameless()
    ]
    assert found == [("甲", ["甲1号", "甲2号"]), ("乙", ["乙1号", "乙2号"])]


def test_what_is_doubted_of_one_parcel_is_found_alone(ledger: Ledger) -> None:
    numbers = ("甲1号", "甲2号")
    findings = tuple(
        Finding(code=Code.PLACES_DISAGREE, parcel_no=number, field="deposit_close")
        for number in numbers
    )
    parcels = tuple(a_parcel(parcel_no=number, milestones={}) for number in numbers)
    ledger.notices.save(a_notice(parcels=parcels), findings, NOW)
    for offer in ledger.parcels.all():
        (raised,) = ledger.doubts.raised(offer.id)
        assert (raised.parcel_id, raised.finding.parcel_no) == (offer.id, offer.parcel.parcel_no)
    assert len(ledger.doubts.raised()) == len(numbers)
    assert ledger.doubts.raised(0) == []


def test_questions_of_a_kind_are_found_whether_asked_or_not(ledger: Ledger) -> None:
    for number in ("甲储出[2031]18号", "甲储出2031-018号"):
        ledger.notices.save(
            a_notice(notice_no="", file=number, parcels=(a_parcel(parcel_no=number),)), (), NOW
        )
    (question,) = ledger.doubts.questions(["number-alike"])
    ledger.questions.mark_asked(question.key)
    assert ledger.doubts.questions(["number-alike"]) == [question]
    assert ledger.doubts.questions(["same-number"]) == []


def test_a_parcel_that_is_another_one_gives_its_times_and_is_gone(ledger: Ledger) -> None:
    known = a_parcel(
        parcel_no="甲储出[2031]18号", milestones={"registration_close": "2024-11-14 17:00"}
    )
    ledger.notices.save(a_notice(notice_no="", file="a", parcels=(known,)), (), NOW)
    alike = a_parcel(parcel_no="甲储出2031-018号", milestones={"deposit_close": "2024-11-13 17:00"})
    ledger.notices.save(a_notice(notice_no="", file="b", parcels=(alike,)), (), NOW + MINUTE)
    first, second = ledger.parcels.all()
    after = ledger.notices.unite(second, first, by="张三", now=NOW + 2 * MINUTE)
    assert set(after.parcel.milestones) == {
        MilestoneName.REGISTRATION_CLOSE,
        MilestoneName.DEPOSIT_CLOSE,
    }
    assert [offer.state for offer in ledger.parcels.all()] == [OfferState.OPEN, OfferState.DROPPED]


def test_a_change_is_applied_to_the_parcel_that_a_person_means_or_to_none(ledger: Ledger) -> None:
    ledger.notices.save(_notice(), (), NOW)
    change = Change(parcel_no="乙7号", field="registration_close", new="2024-11-20T17:00:00+08:00")
    for title in ("延期一", "延期二"):
        postponed = a_notice(
            file=title,
            title=title,
            kind=Kind.POSTPONEMENT,
            notice_no=title,
            parcels=(),
            changes=(change,),
            words=title,
        )
        ledger.notices.save(postponed, (), NOW)
    first, second = ledger.waiting.all()
    assert [change.title for change in ledger.doubts.unmatched()] == ["延期一", "延期二"]
    (part,) = first.parts
    known = parcel_of(ledger)
    ((before, after),) = ledger.notices.apply_to(first.notice_id, part, known, now=NOW + MINUTE)
    assert before == known
    assert after.parcel.milestones[MilestoneName.REGISTRATION_CLOSE].at == shanghai_time(
        "2024-11-20 17:00"
    )
    ledger.notices.end_waiting(second.notice_id)
    assert ledger.doubts.unmatched() == []
