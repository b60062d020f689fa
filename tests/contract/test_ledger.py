"""What any ledger must hold to; here the one on SQLite, on a real file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from notifier.config import published_calendar
from notifier.domain.delivery import DeliveryState, Recorded, Step
from notifier.domain.outcomes import Outcome, Verdict
from notifier.domain.planning import Planner
from notifier.domain.recipients import Recipient, Route
from notifier.domain.values import Kind
from notifier.errors import LedgerBusy, LedgerError, LedgerHeld
from notifier.ledger import SqlLedger, open_ledger
from notifier.testing import a_notice, a_parcel, shanghai_time
from tests.ledgers import connection_of

_NOW = shanghai_time("2024-11-01 10:00")
_LEASE = timedelta(minutes=5)
_TEAM = Recipient(name="team", channels=(Route(channel="console"),))
_ROUTES = {"team": _TEAM.channels}
_PLANNER = Planner(recipients=(_TEAM,), calendar=published_calendar())
_SENT = Outcome(verdict=Verdict.SENT)
_DUE = shanghai_time("2024-11-04 09:00")  # a working day before bidding opens


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqlLedger]:
    one = open_ledger(tmp_path / "ledger.db")
    yield one
    one.close()


def _plan(ledger: SqlLedger, now: datetime = _NOW) -> int:
    plans = [_PLANNER.plan(known, now) for known in ledger.plans.to_plan(all_parcels=True)]
    return ledger.plans.replace(plans, now)


def _planned(ledger: SqlLedger) -> int:
    ledger.notices.save(a_notice(), (), _NOW)
    return _plan(ledger)


def test_saving_the_same_notice_again_makes_no_revision(ledger: SqlLedger) -> None:
    first = ledger.notices.save(a_notice(), (), _NOW)
    again = ledger.notices.save(a_notice(), (), _NOW)
    assert (first.revision, len(first.new)) == (1, 1)
    assert (again.revision, again.new, again.changed) == (0, (), ())


def test_notices_of_one_file_that_offer_in_different_ways_are_each_known(ledger: SqlLedger) -> None:
    listing = a_notice(notice_no="", parcels=(a_parcel(parcel_no="甲-1"),))
    auction = a_notice(notice_no="", part="auction", kind=Kind.AUCTION, parcels=(a_parcel(parcel_no="甲-2"),))
    first = ledger.notices.save_all([(listing, ()), (auction, ())], _NOW)
    again = ledger.notices.save_all([(listing, ()), (auction, ())], _NOW)
    assert [(one.revision, [offer.kind for offer in one.new]) for one in first] == [(1, ["listing"]), (1, ["auction"])]
    assert [one.revision for one in again] == [0, 0]


def test_a_moved_milestone_is_kept_as_old_and_new(ledger: SqlLedger) -> None:
    ledger.notices.save(a_notice(parcels=(a_parcel(milestones={"auction_start": "2024-11-14 10:00"}),)), (), _NOW)
    moved = a_notice(parcels=(a_parcel(milestones={"auction_start": "2024-11-15 10:00"}),))
    ((_, change),) = ledger.notices.save(moved, (), _NOW).changed
    ((one),) = change.milestones
    assert (one.old, one.new) == (shanghai_time("2024-11-14 10:00"), shanghai_time("2024-11-15 10:00"))


def test_planning_twice_changes_nothing(ledger: SqlLedger) -> None:
    assert _planned(ledger) > 0
    before = ledger.views.reminders_ahead()
    assert _plan(ledger) == 0
    assert ledger.views.reminders_ahead() == before


def test_a_due_reminder_is_claimed_once(ledger: SqlLedger) -> None:
    _planned(ledger)
    (news,) = ledger.claims.claim_due(_NOW + timedelta(minutes=1), timedelta(0), _ROUTES)
    assert [one.reminder.kind for one in news.said] == ["new"]
    assert ledger.claims.claim_due(_DUE - timedelta(minutes=1), timedelta(0), _ROUTES) == []
    (claim,) = ledger.claims.claim_due(_DUE, timedelta(0), _ROUTES)
    assert [one.reminder.milestone for one in claim.said] == ["bidding_open"]
    assert ledger.claims.claim_due(_DUE, timedelta(0), _ROUTES) == []


def test_a_delivery_is_marked_before_it_is_tried_and_recorded_after(ledger: SqlLedger) -> None:
    _planned(ledger)
    ledger.claims.claim_due(_DUE, timedelta(0), _ROUTES)
    job = ledger.outbox.begin("console", _DUE, _LEASE)
    assert job is not None
    assert ledger.views.delivery_counts() == {"sending": 1}
    assert ledger.outbox.begin("console", _DUE, _LEASE) is None
    assert ledger.deliveries.record(job, _SENT, Step(state=DeliveryState.SENT), _DUE) is Recorded.STORED
    assert ledger.views.delivery_counts() == {"sent": 1}


def test_a_late_answer_never_overwrites_a_newer_attempt(ledger: SqlLedger) -> None:
    _planned(ledger)
    ledger.claims.claim_due(_DUE, timedelta(0), _ROUTES)
    late = ledger.outbox.begin("console", _DUE, _LEASE)
    assert late is not None
    assert ledger.retries.recover(_DUE) == 1
    newer = ledger.outbox.begin("console", _DUE, _LEASE)
    assert newer is not None
    assert (newer.attempt, newer.maybe_repeat) == (2, True)
    assert ledger.deliveries.record(late, _SENT, Step(state=DeliveryState.SENT), _DUE) is Recorded.TOO_LATE
    assert ledger.views.delivery_counts() == {"sending": 1}


def test_a_delivery_whose_worker_is_silent_beyond_its_lease_is_tried_again(ledger: SqlLedger) -> None:
    _planned(ledger)
    ledger.claims.claim_due(_DUE, timedelta(0), _ROUTES)
    ledger.outbox.begin("console", _DUE, _LEASE)
    assert ledger.retries.recover_expired_leases(_DUE + _LEASE) == 0
    assert ledger.retries.recover_expired_leases(_DUE + _LEASE + timedelta(seconds=1)) == 1


def test_what_has_been_sent_is_not_planned_again(ledger: SqlLedger) -> None:
    _planned(ledger)
    ledger.claims.claim_due(_DUE, timedelta(0), _ROUTES)
    assert _plan(ledger, _NOW) == 0
    assert ledger.claims.claim_due(_DUE, timedelta(0), _ROUTES) == []


def test_a_second_holder_is_refused_with_the_name_of_the_first(ledger: SqlLedger, tmp_path: Path) -> None:
    ledger.upkeep.hold()
    other = open_ledger(tmp_path / "ledger.db")
    with pytest.raises(LedgerHeld, match="notifier run, process"):
        other.upkeep.hold()
    other.close()


def test_the_file_is_durable_and_checked(ledger: SqlLedger, tmp_path: Path) -> None:
    conn = connection_of(ledger)
    assert conn.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert conn.execute("PRAGMA synchronous").fetchone()[0] == 2
    assert conn.execute("PRAGMA foreign_keys").fetchone()[0] == 1
    assert (tmp_path / "ledger.db").stat().st_mode & 0o777 == 0o600
    assert ledger.upkeep.damage() == ""


def test_a_ledger_locked_by_another_process_is_said_to_be_busy(ledger: SqlLedger, tmp_path: Path) -> None:
    connection_of(ledger).execute("PRAGMA busy_timeout = 1")
    other = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerBusy, match="another process"):
        ledger.memory.put("key", "value")
    other.execute("ROLLBACK")
    other.close()
    ledger.memory.put("key", "value")
    assert ledger.memory.get("key") == "value"


def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.db").write_bytes(b"this is no database at all, but long enough to look at" * 100)
    with pytest.raises(LedgerError, match="cannot be opened"):
        open_ledger(tmp_path / "bad.db")
