"""What any ledger must hold to: what people see, files, sign-ins, and the ledger as a whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from notifier.domain.findings import Code
from notifier.domain.jobs import Conclusion
from notifier.domain.planning import ALL_MILESTONES
from notifier.domain.reports import FileLine
from notifier.domain.values import Finding, MilestoneName, Severity
from notifier.errors import LedgerHeld
from notifier.ports import Ledger
from notifier.testing import a_milestone, a_notice, a_parcel, shanghai_time
from tests.contract.conftest import OpenLedger
from tests.contract.world import (
    DUE,
    HAS_FAILED,
    IS_SENT,
    LEASE,
    MAIL,
    MINUTE,
    NOW,
    REFUSED,
    SENT,
    begin,
    claim_first,
    parcel_of,
    save_and_plan,
    states,
)

_CLOSE = MilestoneName.REGISTRATION_CLOSE
_LINE = FileLine(
    name="a.csv", size=3, mtime_ns=10**18 + 7, sha256="ab", read_at=NOW, words="", errors=""
)


def test_the_agenda_shows_milestones_in_order_with_their_state(ledger: Ledger) -> None:
    ledger.notices.save(a_notice(), (), NOW)
    offer = parcel_of(ledger)
    ledger.acknowledgements.add(offer.id, _CLOSE.value, "张", NOW)
    lines = ledger.views.agenda(NOW, NOW + timedelta(days=30), news_since=NOW)
    assert [line.at for line in lines] == sorted(line.at for line in lines)
    assert len(lines) == 5
    assert {line.milestone: line.state for line in lines}[_CLOSE.value] == "acknowledged"
    assert all(line.new and not line.changed for line in lines)
    assert ledger.views.agenda(NOW, NOW + timedelta(days=1)) == []
    ledger.acknowledgements.add(offer.id, ALL_MILESTONES, "张", NOW)
    assert {line.state for line in ledger.views.agenda(NOW, NOW + timedelta(days=30))} == {
        "skipped"
    }


def test_notices_are_listed_as_they_were_read_last(ledger: Ledger) -> None:
    first = a_notice()
    ledger.notices.save(first, (), NOW)
    moved = a_parcel(milestones={"registration_close": "2024-11-20 17:00"})
    ledger.notices.save(replace(first, parcels=(moved,)), (), NOW + MINUTE)
    other = a_notice(notice_no="第9号", file="other.html", parcels=(a_parcel(parcel_no="9号"),))
    ledger.notices.save(other, (), NOW + MINUTE)
    newest, before = ledger.views.notices(10)
    assert (newest.notice_no, newest.file, newest.revisions) == ("第9号", "other.html", 1)
    assert (before.notice_no, before.parcels, before.revisions) == (
        first.notice_no,
        len(first.parcels),
        2,
    )
    assert (before.known_at, before.read_at) == (NOW, NOW + MINUTE)
    assert ledger.views.notices(1) == [newest]


def test_the_plan_shows_what_is_ahead_and_why_some_of_it_is_held(ledger: Ledger) -> None:
    count = save_and_plan(ledger)
    assert len(list(ledger.views.plan_ahead(NOW))) == count
    assert len(list(ledger.views.plan_ahead(NOW, "team"))) == count
    assert list(ledger.views.plan_ahead(NOW, "nobody")) == []
    ahead = list(ledger.views.plan_ahead(NOW))
    assert list(ledger.views.plan_ahead(NOW, limit=3)) == ahead[:3]
    assert list(ledger.views.plan_ahead(NOW, "team", limit=0)) == []
    ledger.silences.add(["city=杭州"], starts_at=NOW, ends_at=DUE + MINUTE, by="张", why="")
    held = [line.held for line in ledger.views.plan_ahead(NOW) if line.reminder.due_at <= DUE]
    assert held
    assert all(held)


def test_the_history_shows_each_delivery_with_what_it_told(ledger: Ledger) -> None:
    claim_first(ledger)
    ledger.deliveries.record(begin(ledger), SENT, IS_SENT, DUE)
    (line,) = ledger.views.history()
    assert (line.recipient, line.channel, line.state, line.ended_at) == (
        "team",
        "console",
        "sent",
        DUE,
    )
    assert line.parcels == (parcel_of(ledger).parcel.parcel_no,)
    assert {reminder.milestone for reminder in line.said} >= {"bidding_open"}
    assert ledger.views.history(0) == []
    (some,) = ledger.views.history(named=1)
    assert (some.said, some.more) == (line.said[:1], len(line.said) - 1)
    (every,) = ledger.views.history(named=len(line.said))
    assert (every.said, every.more) == (line.said, 0)


def test_the_board_shows_every_parcel_and_is_marked_anew_when_one_changes(ledger: Ledger) -> None:
    ledger.notices.save(
        a_notice(parcels=tuple(a_parcel(parcel_no=f"甲{number}号") for number in range(3))), (), NOW
    )
    before = ledger.board.mark()
    assert ledger.board.mark() == before
    lines = ledger.board.lines()
    assert [line.offer.parcel.parcel_no for line in lines] == ["甲0号", "甲1号", "甲2号"]
    ledger.acknowledgements.add(lines[0].offer.id, _CLOSE.value, "张", NOW)
    assert ledger.board.mark() != before
    answered = ledger.board.lines()[0]
    assert answered.answers[_CLOSE.value].by == "张"
    # of thousands of parcels only what has changed is read from its text again
    assert all(
        line is known for line, known in zip(ledger.board.lines()[1:], lines[1:], strict=True)
    )


def test_a_line_of_the_board_is_made_anew_by_whatever_changes_it_and_by_nothing_else(
    ledger: Ledger,
) -> None:
    finding = Finding(
        code=Code.TIME_NOT_STATED, severity=Severity.ERROR, parcel_no="甲1号", field="deposit_close"
    )
    parcels = tuple(
        a_parcel(parcel_no=number, milestones={"registration_close": "2024-11-14 17:00"})
        for number in ("甲1号", "甲2号")
    )
    ledger.notices.save(a_notice(parcels=parcels), (finding,), NOW)
    offer, _ = ledger.parcels.all()
    (doubt,) = ledger.doubts.raised()
    later = a_milestone("2024-11-15 17:00")
    changes: list[Callable[[], object]] = [
        lambda: ledger.acknowledgements.add(offer.id, _CLOSE.value, "张", NOW),
        lambda: ledger.acknowledgements.remove(offer.id, _CLOSE.value, "张", NOW),
        lambda: ledger.confirmations.confirm(offer, "张", NOW),
        lambda: ledger.confirmations.confirm(offer, "李", NOW),
        lambda: ledger.confirmations.deny(offer, "李", "下午", NOW),
        lambda: ledger.doubts.settle([doubt.key], by="张", how="left", now=NOW),
        lambda: ledger.parcels.set_time(offer, _CLOSE, later, by="张", why="", now=NOW),
    ]
    before, untouched = ledger.board.lines()
    for number, change in enumerate(changes):
        change()
        line, beside = ledger.board.lines()
        assert line != before, number
        assert beside is untouched, number
        assert ledger.board.lines()[0] is line
        before = line


def test_the_board_knows_which_doubts_people_settled(ledger: Ledger) -> None:
    deposit = MilestoneName.DEPOSIT_CLOSE
    finding = Finding(
        code=Code.TIME_NOT_STATED, severity=Severity.ERROR, parcel_no="甲1号", field=deposit
    )
    parcel = a_parcel(parcel_no="甲1号", milestones={"registration_close": "2024-11-14 17:00"})
    ledger.notices.save(a_notice(parcels=(parcel,)), (finding,), NOW)
    (line,) = ledger.board.lines()
    assert line.settled == frozenset()
    assert line.unread == (deposit,)
    before = ledger.board.mark()
    (doubt,) = ledger.doubts.raised()
    ledger.doubts.settle([doubt.key], by="张", how="left", now=NOW)
    assert ledger.board.mark() != before
    assert ledger.board.lines()[0].unread == ()


def test_the_board_knows_that_a_person_said_that_there_is_no_such_time(ledger: Ledger) -> None:
    finding = Finding(
        code=Code.TIME_NOT_STATED, severity=Severity.ERROR, parcel_no="甲1号", field=_CLOSE
    )
    parcel = a_parcel(parcel_no="甲1号", milestones={})
    ledger.notices.save(a_notice(parcels=(parcel,)), (finding,), NOW)
    offer = parcel_of(ledger)
    ledger.parcels.set_time(offer, _CLOSE, None, by="张", why="", now=NOW)
    assert ledger.board.lines()[0].unread == (_CLOSE,)  # its doubt is still open
    ledger.doubts.settle_time(offer.id, _CLOSE, by="张", now=NOW)
    assert ledger.board.lines()[0].unread == ()
    ledger.parcels.withdraw_time(offer, _CLOSE, by="张", why="", now=NOW)
    assert ledger.board.lines()[0].unread == (_CLOSE,)


def test_the_past_of_a_parcel_is_what_changed_what_was_sent_and_what_is_to_come(
    ledger: Ledger,
) -> None:
    claim_first(ledger)
    ledger.deliveries.record(begin(ledger), SENT, IS_SENT, DUE)
    offer = parcel_of(ledger)
    sent = ledger.board.sent_of(offer.id)
    assert {(line.recipient, line.channel, line.state) for line in sent} == {
        ("team", "console", "sent")
    }
    assert "bidding_open" in {line.milestone for line in sent}
    ahead = ledger.board.reminders_of(offer.id)
    assert [reminder.due_at for reminder in ahead] == sorted(reminder.due_at for reminder in ahead)
    assert all(reminder.due_at > DUE for reminder in ahead)
    assert ledger.board.changes_of(offer.id) == []
    ledger.parcels.set_time(offer, _CLOSE, None, by="张", why="", now=DUE)
    (dated,) = ledger.board.changes_of(offer.id)
    assert (dated.at, dated.change.by, dated.change.milestones[0].new) == (DUE, "张", None)
    assert ledger.board.latest_changes(1) == [(offer.id, dated)]
    assert ledger.board.latest_changes(0) == []


def test_a_link_signs_in_once_and_a_session_ends(ledger: Ledger) -> None:
    until = NOW + timedelta(hours=1)
    ledger.sign_ins.add_link(b"link", "张三", now=NOW, until=until)
    assert ledger.sign_ins.name_of_link(b"link", NOW) == "张三"
    assert ledger.sign_ins.name_of_link(b"link", until) is None
    assert ledger.sign_ins.use_link(b"link", b"session", now=NOW, until=until) == "张三"
    assert ledger.sign_ins.use_link(b"link", b"other", now=NOW, until=until) is None
    assert ledger.sign_ins.name_of_session(b"session", NOW) == "张三"
    assert ledger.sign_ins.name_of_session(b"other", NOW) is None
    ledger.sign_ins.extend_session(b"session", now=NOW, until=until + MINUTE)
    assert ledger.sign_ins.name_of_session(b"session", until) == "张三"
    ledger.sign_ins.extend_session(b"session", now=until + MINUTE, until=until + 2 * MINUTE)
    assert ledger.sign_ins.name_of_session(b"session", until + MINUTE) is None  # it had ended
    ledger.sign_ins.end_session(b"session")
    assert ledger.sign_ins.name_of_session(b"session", NOW) is None


def test_a_file_is_remembered_as_it_was_read_last(ledger: Ledger) -> None:
    ledger.files.save(_LINE)
    assert (ledger.files.get("a.csv"), ledger.files.get("b.csv")) == (_LINE, None)
    again = replace(_LINE, words="no columns", untold_since=NOW)
    ledger.files.save(again)
    assert (ledger.files.all(), ledger.files.untold()) == ([again], [again])
    ledger.files.mark_told(["a.csv"], DUE)
    assert ledger.files.untold() == []
    assert ledger.files.all() == [replace(again, untold_since=None, told_at=DUE)]


def test_a_reading_that_never_ended_is_counted_until_the_bytes_change_or_it_ends(
    ledger: Ledger,
) -> None:
    assert [ledger.files.begin_reading("a.csv", "ab", NOW) for _ in range(3)] == [0, 1, 2]
    assert ledger.files.begin_reading("a.csv", "cd", NOW) == 0
    ledger.files.save(_LINE)
    assert ledger.files.begin_reading("a.csv", "cd", NOW) == 0


def test_a_reading_that_is_stopped_is_not_counted(ledger: Ledger) -> None:
    for _ in range(3):
        assert ledger.files.begin_reading("a.csv", "ab", NOW) == 0
        ledger.files.stop_reading("a.csv", "ab")
    ledger.files.stop_reading("a.csv", "ab")  # twice is once
    assert ledger.files.begin_reading("a.csv", "ab", NOW) == 0
    ledger.files.stop_reading("a.csv", "cd")  # other bytes
    assert ledger.files.begin_reading("a.csv", "ab", NOW) == 1


def test_bytes_say_nothing_new_if_they_were_the_last_of_their_name_or_are_anothers(
    ledger: Ledger,
) -> None:
    ledger.files.note_bytes("a.csv", "ab", NOW)
    assert ledger.files.says_nothing_new("a.csv", "ab")
    assert ledger.files.says_nothing_new("b.csv", "ab")
    ledger.files.note_bytes("a.csv", "cd", NOW)
    assert not ledger.files.says_nothing_new("a.csv", "ab")
    assert not ledger.files.says_nothing_new("b.csv", "ef")


def test_what_is_remembered_is_there_when_the_ledger_is_opened_again(
    open_again: OpenLedger,
) -> None:
    ledger = open_again()
    assert ledger.memory.get("key") is None
    ledger.memory.put("key", "first")
    ledger.memory.put("key", "第二")
    ledger.close()
    assert open_again().memory.get("key") == "第二"


def test_a_second_holder_is_refused_with_the_name_of_the_first(open_again: OpenLedger) -> None:
    ledger, other = open_again(), open_again()
    assert ledger.upkeep.holder() == ""
    ledger.upkeep.hold()
    assert "process" in other.upkeep.holder()
    with pytest.raises(LedgerHeld, match="process"):
        other.upkeep.hold()
    ledger.close()
    assert other.upkeep.holder() == ""
    other.upkeep.hold()


def test_a_sound_ledger_is_there_and_says_where(ledger: Ledger) -> None:
    ledger.upkeep.ensure_present()
    assert ledger.upkeep.size() > 1_000  # bytes: more than an empty file has
    ledger.memory.put("key", "value")
    ledger.upkeep.checkpoint()
    assert ledger.upkeep.damage() == ""
    assert ledger.upkeep.place
    assert ledger.memory.get("key") == "value"


def test_a_copy_that_is_put_to_use_says_of_what_it_sends_that_it_may_be_a_repeat(
    ledger: Ledger, tmp_path: Path
) -> None:
    claim_first(ledger)
    ledger.upkeep.copy_to(tmp_path / "copy.db", DUE)
    assert (tmp_path / "copy.db").stat().st_size > 0
    ledger.upkeep.forget_copying()
    ledger.retries.recover(DUE)
    assert not begin(ledger).maybe_repeat


def test_only_deliveries_of_long_ago_are_forgotten(ledger: Ledger) -> None:
    claim_first(ledger)
    job = begin(ledger)
    ends = [Conclusion(job=job, step=HAS_FAILED)]
    ledger.deliveries.record_all(REFUSED, ends, DUE, text="文字")
    assert ledger.upkeep.forget_old(DUE + timedelta(days=700)) == 0
    assert ledger.upkeep.forget_old(DUE + timedelta(days=800)) == 1
    assert ledger.views.history() == []
    assert list(ledger.parcels.all())
    assert ledger.upkeep.forget_old(DUE, keep=timedelta(0)) == 0
    assert shanghai_time("2024-11-04 09:00") == DUE
    assert LEASE > MINUTE


def test_what_is_of_long_ago_is_forgotten_though_its_fallback_ended_later(ledger: Ledger) -> None:
    claim_first(ledger)
    later = DUE + timedelta(days=2)
    ledger.deliveries.record(begin(ledger), REFUSED, HAS_FAILED, DUE, fallback=[MAIL])
    ledger.deliveries.record(begin(ledger, "mail", later), SENT, IS_SENT, later)
    assert ledger.upkeep.forget_old(DUE + timedelta(days=731)) == 1
    assert states(ledger) == {"sent": 1}
    assert ledger.upkeep.forget_old(DUE + timedelta(days=733)) == 1
