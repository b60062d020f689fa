"""The ledger on PostgreSQL when PostgreSQL itself is in trouble: restarted, its connections ended,
restored, newer."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from notifier.config import published_calendar
from notifier.domain.delivery import Recorded
from notifier.domain.jobs import Job
from notifier.domain.planning import Planner
from notifier.errors import LedgerBusy, LedgerError, LedgerHeld
from notifier.ledger import SqlLedger, open_ledger
from notifier.ledger.backends import postgres as backend
from notifier.ledger.backends import postgres_steps
from notifier.ledger.database import DatabaseRow
from notifier.testing import a_notice, a_parcel
from tests.contract.world import (
    CONSOLE,
    DUE,
    HAS_FAILED,
    IS_SENT,
    LEASE,
    MAIL,
    NEWS,
    NOW,
    PLANNER,
    REFUSED,
    ROUTES,
    SENT,
    begin,
    claim_first,
    plan,
    save_and_plan,
    states,
)
from tests.peers.database_line import DatabaseLine
from tests.postgres import PostgresServer, postgres_server


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    return postgres.fresh_database()


_END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND query LIKE %s"


def _end_connections(postgres: PostgresServer, url: str, like: str = "%") -> None:
    """End the connections to a database whose last statement was like this."""
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as conn:
        conn.execute(_END, (conninfo_to_dict(url)["dbname"], like))


def _write_half(ledger: SqlLedger, postgres: PostgresServer, url: str) -> None:
    insert = "INSERT INTO meta (key, value) VALUES (?, ?)"
    with ledger.database.write():
        ledger.database.execute(insert, ("half", "yes"))
        _end_connections(postgres, url)
        ledger.database.execute(insert, ("whole", "yes"))


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_the_ledger_goes_on_after_postgresql_was_restarted(
    postgres: PostgresServer, url: str, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "_WAIT", 4.0)
    with open_ledger(url) as ledger:
        claim_first(ledger)
        ledger.upkeep.hold()
        postgres.stop(mode)
        with pytest.raises(LedgerBusy, match="cannot be reached at present"):
            ledger.memory.put("key", "value")
        postgres.start()
        ledger.memory.put("key", "value")
        assert ledger.upkeep.holder()
        ledger.deliveries.record(begin(ledger), SENT, IS_SENT, DUE)
        assert states(ledger) == {"sent": 1}


def test_a_daemon_that_lost_its_lock_to_another_writes_nothing_more(
    postgres: PostgresServer, url: str
) -> None:
    with open_ledger(url) as first, open_ledger(url) as second:
        first.upkeep.hold()
        with pytest.raises(LedgerHeld):
            second.upkeep.hold()
        _end_connections(postgres, url, "%pg_try_advisory_lock%")
        second.upkeep.hold()
        with pytest.raises(LedgerHeld):
            first.memory.put("key", "value")
        second.memory.put("key", "second")
        assert first.memory.get("key") == "second"


def test_a_transaction_whose_connection_ends_leaves_nothing_behind(
    postgres: PostgresServer, url: str
) -> None:
    with open_ledger(url) as ledger:
        with pytest.raises(LedgerError):
            _write_half(ledger, postgres, url)
        assert (ledger.memory.get("half"), ledger.memory.get("whole")) == (None, None)


def test_a_transaction_within_another_is_refused(url: str) -> None:
    with open_ledger(url) as ledger:
        database = ledger.database
        with pytest.raises(RuntimeError, match="open already"), database.write():
            ledger.memory.put("key", "value")
        assert ledger.memory.get("key") is None


def test_an_older_transaction_that_ends_late_is_a_change(url: str) -> None:
    with open_ledger(url) as ledger, psycopg.connect(url) as older:
        older.execute("INSERT INTO meta (key, value) VALUES ('older', 'yes')")
        ledger.memory.put("newer", "yes")
        before = ledger.database.backend.change_mark()
        assert ledger.database.backend.change_mark() == before
        older.commit()
        assert ledger.database.backend.change_mark() != before


def test_of_two_nodes_each_delivery_is_begun_by_one(url: str) -> None:
    begun: list[int] = []
    with open_ledger(url) as ledger, open_ledger(url) as other:
        for number in range(40):
            parcels = (a_parcel(parcel_no=f"甲{number}号"),)
            ledger.notices.save(
                a_notice(notice_no=f"甲告{number}号", file=f"{number}.csv", parcels=parcels),
                (),
                NOW,
            )
        plan(ledger)
        claimed = _both(ledger, other, _claim)
        assert len(claimed) == 1, "one message for the one recipient, whoever claims"

        def work(node: SqlLedger) -> list[int]:
            found = []
            while (job := node.outbox.begin("console", DUE, LEASE)) is not None:
                found += [delivery.id for delivery in job.together]
            return found

        begun = _both(ledger, other, work)
    assert len(begun) == len(set(begun)) == 1


def _claim(node: SqlLedger) -> list[int]:
    return [len(claim.said) for claim in node.claims.claim_due(DUE, timedelta(0), ROUTES)]


def _both(first: SqlLedger, second: SqlLedger, work: object) -> list[int]:
    """Let two nodes work at once; return what both did."""
    assert callable(work)
    results: list[int] = []
    start = threading.Barrier(2)

    def run(node: SqlLedger) -> None:
        start.wait()
        results.extend(work(node))

    threads = [threading.Thread(target=run, args=(node,)) for node in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_nodes_that_start_at_once_make_the_tables_once(postgres: PostgresServer) -> None:
    empty = postgres.empty_database()
    opened: list[SqlLedger] = []

    def start() -> None:
        opened.append(open_ledger(empty))

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for ledger in opened:
        ledger.close()
    assert len(opened) == 4


def test_an_older_node_refuses_the_tables_of_a_newer_one(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr(backend, "NAMES", postgres_steps.NAMES[:-1])
        with pytest.raises(LedgerError, match="newer version of the program"):
            open_ledger(url)


def test_a_database_without_a_ledger_is_not_made_one_by_looking(postgres: PostgresServer) -> None:
    with pytest.raises(LedgerError, match="there is no ledger here"):
        open_ledger(postgres.empty_database(), create=False)


def test_a_restored_dump_says_of_what_it_sends_that_it_may_be_a_repeat(
    postgres: PostgresServer, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(postgres.binaries), prepend=":")
    with open_ledger(url) as ledger:
        claim_first(ledger)
        ledger.memory.put("last_beat", DUE.isoformat())
        ledger.upkeep.copy_to(tmp_path / "ledger.dump", DUE)
    restored = postgres.empty_database()
    subprocess.run(
        [
            postgres.binaries / "pg_restore",
            "--dbname",
            restored,
            "--no-owner",
            str(tmp_path / "ledger.dump"),
        ],
        check=True,
    )
    with open_ledger(restored) as ledger:
        ledger.retries.recover(DUE + timedelta(hours=1))
        assert begin(ledger).maybe_repeat
    with open_ledger(url) as ledger:
        ledger.retries.recover(DUE)
        assert not begin(ledger).maybe_repeat


def test_a_lock_that_another_keeps_is_said_to_be_busy(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "_LOCK_TIMEOUT", "SET lock_timeout = '50ms'")
    with open_ledger(url) as ledger, psycopg.connect(url) as other:
        ledger.memory.put("key", "value")
        other.execute("LOCK TABLE meta")
        with pytest.raises(LedgerBusy, match="another process keeps the ledger locked"):
            ledger.memory.put("key", "other")


def test_who_stood_still_in_a_transaction_and_wakes_tries_again() -> None:
    # whether it hears why its connection ended, or that alone, is chance
    fault = psycopg.errors.IdleInTransactionSessionTimeout("terminating connection")
    assert isinstance(backend._error("postgresql://", fault), LedgerBusy)


def test_a_database_whose_machine_has_died_is_noticed(postgres: PostgresServer, url: str) -> None:
    database = conninfo_to_dict(url)["dbname"]
    with DatabaseLine(postgres.folder / ".s.PGSQL.5432").running() as line:
        for given, user_timeout in (("", "10000"), ("&tcp_user_timeout=7000", "7000")):
            near = f"postgresql://notifier@127.0.0.1:{line.port}/{database}?sslmode=disable{given}"
            with open_ledger(near) as ledger:
                waits = _network_waits_of(ledger)
            assert waits["tcp_user_timeout"] == user_timeout
            assert int(waits["keepalives_idle"]) + 3 * int(waits["keepalives_interval"]) < 15
        line.hold()
        with pytest.raises(LedgerError, match="cannot be opened"):
            open_ledger(f"{near}&connect_timeout=2")


def test_a_database_that_was_away_for_a_while_is_used_as_soon_as_it_is_back(
    postgres: PostgresServer, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "_WAIT", 4.0)
    database = conninfo_to_dict(url)["dbname"]
    with DatabaseLine(postgres.folder / ".s.PGSQL.5432").running() as line:
        near = f"postgresql://notifier@127.0.0.1:{line.port}/{database}?sslmode=disable"
        with open_ledger(near) as ledger:
            ledger.memory.put("key", "value")
            line.cut()
            for _ in range(2):
                with pytest.raises(LedgerBusy):
                    ledger.memory.get("key")
            line.mend()
            assert ledger.memory.get("key") == "value"


def _network_waits_of(ledger: SqlLedger) -> dict[str, str]:
    with ledger.database.backend._connection() as conn:  # type: ignore[attr-defined]
        found: dict[str, str] = conn.info.get_parameters()
    return found


def test_text_with_the_one_character_that_postgresql_refuses_is_kept_without_it(url: str) -> None:
    with open_ledger(url) as ledger:
        ledger.memory.put("key", "a\0b")
        assert ledger.memory.get("key") == "ab"


def test_rows_written_at_once_lose_that_character_and_nothing_else(url: str) -> None:
    rows = [("first", "as it is"), ("sec\0ond", "\ta\0\\b\n"), ("third", "\0"), ("fourth", "也")]
    with open_ledger(url) as ledger:
        with ledger.database.write():
            ledger.database.load("INSERT INTO meta (key, value) VALUES (?, ?)", rows)
        kept = {key: ledger.memory.get(key) for key in ("first", "second", "third", "fourth")}
    assert list(kept.values()) == ["as it is", "\ta\\b\n", "", "也"]


def _until_done_or_waiting(thread: threading.Thread, url: str) -> None:
    """Wait until a thread has ended or its transaction waits for a lock of another."""
    with psycopg.connect(url, autocommit=True) as conn:
        while thread.is_alive():
            if conn.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone():
                return


class _Meanwhile:
    """Let another node work in the middle of a verb: once, after a statement like this."""

    def __init__(self, ledger: SqlLedger, url: str, like: str, work: Callable[[], object]) -> None:
        self._url = url
        self._like = like
        self._thread = threading.Thread(target=self._run, args=(work,))
        self._rows, self._execute = ledger.database.rows, ledger.database.execute
        self.result: object = None

    def _run(self, work: Callable[[], object]) -> None:
        self.result = work()

    def _interrupt(self, statement: str) -> None:
        if self._like in statement and self._thread.ident is None:
            self._thread.start()
            _until_done_or_waiting(self._thread, self._url)

    def rows(self, statement: str, values: Sequence[Any] = ()) -> Sequence[DatabaseRow]:
        found = self._rows(statement, values)
        self._interrupt(statement)
        return found

    def execute(self, statement: str, values: Sequence[Any] = ()) -> int:
        touched = self._execute(statement, values)
        self._interrupt(statement)
        return touched

    def end(self) -> None:
        self._thread.join()


@contextmanager
def _meanwhile(
    ledger: SqlLedger, url: str, like: str, work: Callable[[], object]
) -> Iterator[_Meanwhile]:
    other = _Meanwhile(ledger, url, like, work)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ledger.database, "rows", other.rows)
        patch.setattr(ledger.database, "execute", other.execute)
        yield other
        other.end()


def test_what_fails_on_two_nodes_at_once_is_noticed_as_lost_by_one(url: str) -> None:
    with open_ledger(url) as ledger, open_ledger(url) as node:
        save_and_plan(ledger)
        ledger.claims.claim_due(DUE, timedelta(0), {"team": (CONSOLE, MAIL)})
        first, second = begin(ledger), begin(node, "mail")

        def fail() -> Recorded:
            return node.deliveries.record(second, REFUSED, HAS_FAILED, DUE)

        with _meanwhile(ledger, url, "SELECT items FROM deliveries WHERE", fail) as other:
            recorded = ledger.deliveries.record(first, REFUSED, HAS_FAILED, DUE)
        assert [recorded, other.result] == [Recorded.STORED, Recorded.LOST]


def test_what_was_spared_while_it_was_picked_is_not_sent(url: str) -> None:
    with open_ledger(url) as ledger, open_ledger(url) as node:
        claim_first(ledger)
        late = DUE + timedelta(hours=3)
        ledger.fallbacks.queue_overdue("console", {"team": (MAIL,)}, late)
        instead = begin(node, "mail", late)

        def arrive() -> Recorded:
            return node.deliveries.record(instead, SENT, IS_SENT, late)

        with _meanwhile(ledger, url, "d.bundle IS NULL", arrive) as other:
            assert ledger.outbox.begin("console", late, LEASE) is None
        assert other.result is Recorded.STORED
        assert states(ledger) == {"expired": 1, "sent": 1}


def test_what_is_overdue_and_fails_at_once_goes_by_its_fallback_once(url: str) -> None:
    with open_ledger(url) as ledger, open_ledger(url) as node:
        claim_first(ledger)
        late = DUE + timedelta(hours=3)

        def fail() -> Recorded:
            job = begin(node, now=late)
            return node.deliveries.record(job, REFUSED, HAS_FAILED, late, fallback=[MAIL])

        with _meanwhile(ledger, url, "SELECT items, stands_for", fail):
            ledger.fallbacks.queue_overdue("console", {"team": (MAIL,)}, late)
        assert states(ledger) == {"failed": 1, "queued": 1}


def test_what_is_sent_while_it_is_found_overdue_needs_no_fallback(url: str) -> None:
    with open_ledger(url) as ledger, open_ledger(url) as node:
        claim_first(ledger)
        late = DUE + timedelta(hours=3)

        def send() -> Recorded:
            return node.deliveries.record(begin(node, now=late), SENT, IS_SENT, late)

        with _meanwhile(ledger, url, "AS soonest_at", send):
            ledger.fallbacks.queue_overdue("console", {"team": (MAIL,)}, late)
        assert states(ledger) == {"sent": 1}


def test_what_is_sent_while_its_channel_is_removed_takes_no_other_route(url: str) -> None:
    with open_ledger(url) as ledger, open_ledger(url) as node:
        claim_first(ledger)

        def send() -> Recorded:
            return node.deliveries.record(begin(node), SENT, IS_SENT, DUE)

        with _meanwhile(ledger, url, "d.channel NOT IN", send):
            ledger.fallbacks.reroute(["mail"], {"team": (MAIL,)}, DUE)
        assert states(ledger) == {"sent": 1}


def test_two_nodes_that_plan_a_parcel_at_once_plan_it_once(url: str) -> None:
    with open_ledger(url) as ledger, open_ledger(url) as node:
        ledger.notices.save(a_notice(), (), NOW)
        (known,) = node.plans.to_plan()
        plans = [PLANNER.plan(known, NOW)]
        with _meanwhile(
            ledger, url, "FROM reminders WHERE", lambda: node.plans.replace(plans, NOW)
        ) as other:
            assert ledger.plans.replace(plans, NOW) > 0
        assert other.result == 0


def test_what_is_claimed_is_not_taken_out_of_the_plan_meanwhile(url: str) -> None:
    with open_ledger(url) as ledger, open_ledger(url) as node:
        save_and_plan(ledger)
        nobody = Planner(recipients=(), calendar=published_calendar())
        with _meanwhile(ledger, url, "AND due_at <= ?", lambda: plan(node, DUE, planner=nobody)):
            (claim,) = ledger.claims.claim_due(DUE, timedelta(0), ROUTES)
        heard = {entry.reminder.id for entry in begin(ledger).entries}
        assert heard == {due.reminder.id for due in claim.said}


def test_what_joins_a_message_that_is_begun_meanwhile_is_told(url: str) -> None:
    with open_ledger(url) as ledger, open_ledger(url) as node:
        claim_first(ledger, NEWS)
        with _meanwhile(ledger, url, "AS items", lambda: begin(node)) as other:
            (claim,) = ledger.claims.claim_due(DUE, timedelta(0), ROUTES)
        job = other.result
        assert isinstance(job, Job)
        heard = {entry.reminder.id for entry in job.entries}
        node.deliveries.record(job, SENT, IS_SENT, DUE)
        while (job := node.outbox.begin("console", DUE, LEASE)) is not None:
            heard |= {entry.reminder.id for entry in job.entries}
        assert heard >= {due.reminder.id for due in claim.said}
