"""The ledger on PostgreSQL when PostgreSQL itself is in trouble: restarted, its connections ended,
restored, newer."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from notifier.errors import LedgerBusy, LedgerError, LedgerHeld
from notifier.ledger import SqlLedger, open_ledger
from notifier.ledger.backends import postgres as backend
from notifier.ledger.backends import postgres_steps
from notifier.testing import a_notice, a_parcel
from tests.contract.world import (
    DUE,
    IS_SENT,
    LEASE,
    NOW,
    ROUTES,
    SENT,
    begin,
    claim_first,
    plan,
    states,
)
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


def test_text_with_the_one_character_that_postgresql_refuses_is_kept_without_it(url: str) -> None:
    with open_ledger(url) as ledger:
        ledger.memory.put("key", "a\0b")
        assert ledger.memory.get("key") == "ab"
