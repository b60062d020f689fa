"""What any ledger must hold to of the files that came in, and of who waits for a receipt."""

from __future__ import annotations

from notifier.domain.findings import Code
from notifier.domain.questions import Question
from notifier.domain.receipts import FileContents, ReadParcel, Receipt, Reception, Way
from notifier.domain.values import Finding, Kind, Place
from notifier.ports import Ledger
from notifier.testing import a_notice, a_parcel
from tests.contract.world import MINUTE, NOW

_CONTENTS = FileContents(
    parcels=(ReadParcel(number="甲1号", times=3), ReadParcel(number="", times=0)),
    new=("甲1号",),
    changed=("甲2号",),
    findings=(
        Finding(code=Code.DAY_ONLY, parcel_no="甲1号", place=Place(line=3), params={"day": "1"}),
    ),
    unmatched=("甲9号",),
    asked=(Question(key="k", alert="same-number", city="杭州", params={"number": "甲1号"}),),
)
_RECEIPT = Receipt(
    file="a.csv", sha256="aa", reception=Reception.READ, read_at=NOW, contents=_CONTENTS
)


def test_a_receipt_is_kept_as_it_was_written(ledger: Ledger) -> None:
    number = ledger.receipts.add(_RECEIPT)
    (kept,) = ledger.receipts.latest()
    assert kept.id == number
    assert (kept.file, kept.read_at, kept.contents) == ("a.csv", NOW, _CONTENTS)
    assert ledger.receipts.last_of("a.csv", "aa") == kept
    assert ledger.receipts.last_of("a.csv", "bb") is None


def test_the_latest_receipts_come_first(ledger: Ledger) -> None:
    numbers = [ledger.receipts.add(_RECEIPT) for _ in range(3)]
    assert [receipt.id for receipt in ledger.receipts.latest(2)] == numbers[:0:-1]


def test_who_waits_for_a_file_gets_the_next_receipt_of_it(ledger: Ledger) -> None:
    number = ledger.receipts.expect("a.csv", "aa", Way.BOARD, "张三", NOW)
    assert ledger.receipts.expect("a.csv", "aa", Way.BOARD, "张三", NOW) == number
    assert ledger.receipts.is_expected("a.csv", "aa")
    assert not ledger.receipts.is_expected("a.csv", "bb")
    (waiting,) = ledger.receipts.waited_for()
    assert (waiting.id, waiting.sender, waiting.put_at, waiting.receipt) == (
        number,
        "张三",
        NOW,
        None,
    )
    ledger.receipts.add(_RECEIPT)
    (answered,) = ledger.receipts.deposits([number])
    assert answered.receipt is not None
    assert (answered.receipt.way, answered.receipt.sender) == (Way.BOARD, "张三")
    assert ledger.receipts.waited_for() == []
    assert ledger.receipts.deposits([]) == []


def test_a_receipt_that_was_written_since_the_file_was_put_in_counts(ledger: Ledger) -> None:
    ledger.receipts.add(_RECEIPT)
    late = ledger.receipts.expect("a.csv", "aa", Way.MAIL, "a@example.com", NOW)
    again = ledger.receipts.expect("a.csv", "aa", Way.MAIL, "a@example.com", NOW + MINUTE)
    answered, waiting = ledger.receipts.deposits([late, again])
    assert answered.receipt is not None
    assert waiting.receipt is None


def test_what_a_file_brought_is_what_the_ledger_holds_of_it_since_then(ledger: Ledger) -> None:
    ledger.notices.save(
        a_notice(file="old.csv", notice_no="甲", parcels=(a_parcel(parcel_no="甲储1号"),)), (), NOW
    )
    since = NOW + MINUTE
    ledger.notices.save(
        a_notice(file="a.csv", notice_no="乙", parcels=(a_parcel(parcel_no="乙储1号"),)), (), since
    )
    moved = a_parcel(parcel_no="甲储1号", milestones={"registration_close": "2024-11-13 17:00"})
    ledger.notices.save(a_notice(file="a.csv", notice_no="甲", parcels=(moved,)), (), since)
    other = a_notice(
        file="b.csv",
        notice_no="乙",
        kind=Kind.TERMINATION,
        parcels=(a_parcel(parcel_no="乙储1号"),),
    )
    ledger.notices.save(other, (), since)
    new, changes = ledger.receipts.brought_by(["a.csv"], since)
    assert new == ["乙储1号"]
    ((offer, change),) = changes
    assert offer.parcel.parcel_no == "甲储1号"
    assert [moved.milestone.value for moved in change.milestones] == ["registration_close"]


def test_a_reading_has_begun_when_it_first_did(ledger: Ledger) -> None:
    assert ledger.files.begun_at("a.csv") is None
    ledger.files.begin_reading("a.csv", "aa", NOW)
    ledger.files.begin_reading("a.csv", "aa", NOW + MINUTE)
    assert ledger.files.begun_at("a.csv") == NOW
    ledger.files.begin_reading("a.csv", "bb", NOW + MINUTE)
    assert ledger.files.begun_at("a.csv") == NOW + MINUTE


def test_who_sent_a_file_is_answered_once(ledger: Ledger) -> None:
    number = ledger.receipts.expect("a.csv", "aa", Way.MAIL, "a@example.com", NOW)
    ledger.receipts.expect("b.csv", "bb", Way.BOARD, "张三", NOW)
    assert ledger.receipts.unanswered(Way.MAIL) == []
    ledger.receipts.add(_RECEIPT)
    (deposit,) = ledger.receipts.unanswered(Way.MAIL)
    assert (deposit.id, deposit.sender) == (number, "a@example.com")
    ledger.receipts.mark_answered(number)
    assert ledger.receipts.unanswered(Way.MAIL) == []
    found = ledger.receipts.deposit_of("aa", Way.MAIL)
    assert found is not None
    assert found.id == number
    assert ledger.receipts.deposit_of("bb", Way.MAIL) is None
