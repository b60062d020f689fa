"""What the ledger asks of SQLite: every statement of a working day finds its rows by an index."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from notifier.config import published_calendar
from notifier.domain.delivery import DeliveryState, DeliveryStep
from notifier.domain.outcomes import Outcome, Verdict
from notifier.domain.planning import ALL_MILESTONES, Planner
from notifier.domain.recipients import EscalationStep, Recipient, Route
from notifier.domain.reminders import Reminder
from notifier.errors import LedgerBusy, LedgerError
from notifier.ledger import SqlLedger, open_ledger
from notifier.ledger.backends import sqlite, sqlite_steps, sqlite_upgrade
from notifier.ledger.database import DatabaseRow
from notifier.ledger.row_values import due_of
from notifier.testing import a_notice, a_parcel, shanghai_time
from tests.ledgers import connection_of, sqlite_of

_BEFORE = Path(__file__).parent.parent / "data" / "ledgers" / "before_shared_sql.sql"
_NOW = shanghai_time("2024-11-01 10:00")
_LEASE = timedelta(minutes=5)
_RECIPIENTS = (
    Recipient(
        name="team",
        channels=(Route(channel="console"),),
        escalation=(EscalationStep(to=("boss",)),),
    ),
    Recipient(name="other", channels=(Route(channel="console"),)),
    Recipient(name="boss", channels=(Route(channel="mail", address="li@example.com"),)),
)
_ROUTES = {recipient.name: recipient.channels for recipient in _RECIPIENTS}
_PLANNER = Planner(recipients=_RECIPIENTS, calendar=published_calendar())
# tables of a few rows, of one transaction, and indexes of what waits alone
_SMALL = (
    "silences",
    "troubles",
    "meta",
    "hearers",
    "h",
    "o",
    "occasions",
    "waiting",
    "parcels_to_plan",
)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqlLedger]:
    with closing(open_ledger(tmp_path / "ledger.db")) as ledger:
        yield ledger


def _plan(ledger: SqlLedger, *, all_parcels: bool = False) -> int:
    return ledger.plans.replace(
        [_PLANNER.plan(known, _NOW) for known in ledger.plans.to_plan(all_parcels=all_parcels)],
        _NOW,
    )


def _a_working_day(ledger: SqlLedger) -> None:
    """Every verb that the daemon calls again and again."""
    ledger.notices.save(
        a_notice(parcels=tuple(a_parcel(parcel_no=f"{number}号") for number in range(3))), (), _NOW
    )
    _plan(ledger)
    moved = a_parcel(parcel_no="1号", milestones={"registration_close": "2024-11-20 17:00"})
    ledger.notices.save(a_notice(parcels=(moved,)), (), _NOW)
    assert ledger.plans.has_stale()
    _plan(ledger)
    ledger.acknowledgements.add(1, "registration_close", "张", _NOW)
    ledger.acknowledgements.remove(1, ALL_MILESTONES, "张", _NOW)
    _plan(ledger)
    ledger.waiting.untold()
    ledger.claims.next_due()
    ledger.claims.claim_due(_NOW + timedelta(days=13), timedelta(seconds=30), _ROUTES)
    for channel in ("console", "mail"):
        ledger.outbox.next_try(channel)
        while (job := ledger.outbox.begin(channel, _NOW + timedelta(days=13), _LEASE)) is not None:
            ledger.deliveries.record(
                job, Outcome(verdict=Verdict.SENT), DeliveryStep(state=DeliveryState.SENT), _NOW
            )
    ledger.retries.recover_expired_leases(_NOW)
    ledger.upkeep.forget_old(_NOW)
    ledger.views.agenda(_NOW, _NOW + timedelta(days=14))


def test_no_statement_of_a_working_day_scans_a_table_that_grows(ledger: SqlLedger) -> None:
    heard: list[str] = []
    connection_of(ledger).set_trace_callback(heard.append)
    _a_working_day(ledger)
    connection_of(ledger).set_trace_callback(None)
    asked = {
        statement
        for statement in heard
        if statement.startswith(("SELECT", "UPDATE", "DELETE", "INSERT"))
    }
    assert len(asked) > 30
    scans = {
        f"{sql}\n    {row['detail']}"
        for sql in asked
        for row in connection_of(ledger).execute(f"EXPLAIN QUERY PLAN {sql}")
        if _is_scan(sql, row["detail"])
    }
    assert not scans, "\n".join(sorted(scans))


def _is_scan(sql: str, detail: str) -> bool:
    """Also an index made for the one query, and all deliveries of a state: nearly all of them are
    sent."""
    words = {*detail.split()}
    if {"SCAN", "AUTOMATIC"} & words:
        return not words & {*_SMALL}
    return "'sent'" in sql and detail.endswith("deliveries_state (state=?)")


def test_what_is_due_is_found_without_sorting(ledger: SqlLedger) -> None:
    heard: list[str] = []
    _plan(ledger)
    connection_of(ledger).set_trace_callback(heard.append)
    ledger.claims.next_due()
    ledger.claims.claim_due(_NOW, timedelta(seconds=30), _ROUTES)
    ledger.outbox.next_try("console")
    ledger.outbox.begin("console", _NOW, _LEASE)
    ledger.plans.to_plan()
    connection_of(ledger).set_trace_callback(None)
    steps = [
        row["detail"]
        for sql in heard
        if sql.startswith("SELECT")
        for row in connection_of(ledger).execute(f"EXPLAIN QUERY PLAN {sql}")
    ]
    assert len(steps) > 5
    assert not [step for step in steps if "TEMP B-TREE" in step]


def test_a_plan_that_is_stored_whole_is_the_plan_itself(ledger: SqlLedger) -> None:
    """Identities are put together by SQLite there: byte for byte what the domain says they are."""
    ledger.notices.save(
        a_notice(parcels=tuple(a_parcel(parcel_no=f"{number}号") for number in range(40))), (), _NOW
    )
    plans = [_PLANNER.plan(known, _NOW) for known in ledger.plans.to_plan()]
    wanted = {(plan.parcel_id, reminder) for plan in plans for reminder in plan.reminders()}
    assert ledger.plans.replace(plans, _NOW) == len(wanted) > 40 * 10
    stored = {_stored(row) for row in ledger.database.rows("SELECT * FROM reminders")}
    assert stored == wanted
    assert ledger.database.value("SELECT count(*) FROM occasions") == 0


def _stored(row: DatabaseRow) -> tuple[int, Reminder]:
    due = due_of(row)
    return due.parcel_id, due.reminder


def test_a_ledger_of_an_older_version_is_brought_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = dict(list(sqlite_steps.STEPS.items())[:1])
    with monkeypatch.context() as older:
        older.setattr(sqlite_upgrade, "STEPS", first)
        older.setattr(sqlite, "STEPS", first)
        with closing(open_ledger(tmp_path / "old.db")) as old, old.database.write():
            old.database.execute("INSERT INTO meta VALUES ('plan', 'as it was')")
    with closing(open_ledger(tmp_path / "old.db")) as ledger:
        assert ledger.memory.get("plan") == "as it was"
        assert sqlite_of(ledger).steps_taken() == set(sqlite_steps.STEPS)
        assert ledger.waiting.untold() == []


def test_a_step_that_fails_leaves_the_ledger_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_ledger(tmp_path / "ledger.db").close()
    with monkeypatch.context() as broken:
        for module in (sqlite_upgrade, sqlite):
            broken.setattr(
                module,
                "STEPS",
                {**sqlite_steps.STEPS, "next": "CREATE TABLE half (id);\nno statement;\n"},
            )
        with pytest.raises(LedgerError, match="syntax error"):
            open_ledger(tmp_path / "ledger.db")
    with closing(open_ledger(tmp_path / "ledger.db")) as ledger:
        assert ledger.database.rows("SELECT name FROM sqlite_master WHERE name = 'half'") == []


def test_a_ledger_of_a_newer_version_is_refused_and_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as newer:
        for module in (sqlite_upgrade, sqlite):
            newer.setattr(
                module, "STEPS", {**sqlite_steps.STEPS, "next": "CREATE TABLE more (id);\n"}
            )
        open_ledger(tmp_path / "ledger.db").close()
    with pytest.raises(LedgerError, match=r"newer version of the program .*next"):
        open_ledger(tmp_path / "ledger.db")


def test_the_file_is_durable_private_and_checked(ledger: SqlLedger, tmp_path: Path) -> None:
    conn = connection_of(ledger)
    assert conn.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert conn.execute("PRAGMA synchronous").fetchone()[0] == 2
    assert conn.execute("PRAGMA foreign_keys").fetchone()[0] == 1
    assert (tmp_path / "ledger.db").stat().st_mode & 0o777 == 0o600
    assert ledger.upkeep.damage() == ""


def test_a_ledger_locked_by_another_process_is_said_to_be_busy(
    ledger: SqlLedger, tmp_path: Path
) -> None:
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
    (tmp_path / "bad.db").write_bytes(
        b"this is no database at all, but long enough to look at" * 100
    )
    with pytest.raises(LedgerError, match="cannot be opened"):
        open_ledger(tmp_path / "bad.db")


def test_a_ledger_of_the_version_before_goes_on_where_it_was(tmp_path: Path) -> None:
    """It was made by that version: a parcel planned, a message under way, a change that waits for
    its parcel."""
    with closing(sqlite3.connect(tmp_path / "old.db")) as old:
        old.executescript(_BEFORE.read_text(encoding="utf-8"))
    with closing(open_ledger(tmp_path / "old.db")) as ledger:
        assert [waits.names for waits in ledger.waiting.untold()] == [
            ("另告[2024]9号", "另告[2024]7号", "补1号")
        ]
        assert ledger.retries.recover(_NOW) == 1
        ahead = ledger.views.reminders_ahead()
        assert ahead > 10
        assert _plan(ledger, all_parcels=True) == 0
        job = ledger.outbox.begin("console", _NOW + timedelta(days=3), _LEASE)
        assert job is not None
        assert (job.attempt, job.maybe_repeat) == (2, True)
        assert len(ledger.views.agenda(_NOW, _NOW + timedelta(days=30))) == 5


def test_the_log_is_moved_into_the_file_beside_the_writers_and_not_by_them(
    tmp_path: Path,
) -> None:
    file = tmp_path / "ledger.db"
    with closing(open_ledger(file)) as ledger:
        ledger.upkeep.checkpoint()
        before = file.stat().st_size
        for number in range(40):  # each about 100 KB: SQLite would write 4 MB into the file
            ledger.memory.put(f"key {number}", "x" * 100_000)
        after_writing = file.stat().st_size
        ledger.upkeep.checkpoint()
        after_checkpoint = file.stat().st_size
    assert before == after_writing
    assert after_checkpoint > before + 4_000_000


def test_a_checkpoint_makes_no_ledger_where_one_is_gone(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    with closing(open_ledger(file)) as ledger:
        ledger.memory.put("key", "value")
        file.unlink()
        with pytest.raises(LedgerError):
            ledger.upkeep.checkpoint()
        assert not file.exists()
