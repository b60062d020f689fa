"""Jobs of Procrastinate that wake steps: who hears them, and that none of them is worth keeping."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from notifier import app
from notifier.engines.procrastinate import JobBells, job_tables
from notifier.ledger import open_ledger, prepare_jobs
from notifier.testing import FakeChannel, ManualClock
from tests.daemon import WAIT
from tests.postgres import PostgresServer, postgres_server
from tests.services import ONE_TEAM, READER, settings_of

_CHANNEL = "channel console"
_SECOND = timedelta(seconds=1)


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


class Listener:
    """A node of a ledger, and which of its steps were called."""

    def __init__(self, folder: Path, url: str, ends: ExitStack, *, floor: int = 15) -> None:
        ledger = ends.enter_context(open_ledger(url))
        ledger.upkeep.join()
        self.clock = clock = ManualClock(datetime.now(UTC))
        service = app.build(
            settings_of(folder, ONE_TEAM),
            ledger,
            clock,
            channels={"console": FakeChannel("console")},
            reader=READER,
            node=ledger.database.node,
        )
        service.crew.keep(clock.now())
        self.heard: list[str] = []
        self._news = threading.Condition()
        self.tables = prepare_jobs(url, job_tables())
        self.bells = JobBells(
            service=service,
            clock=clock,
            pool=self.tables.pool,
            faults=self.tables.faults,
            floor=floor,
        )
        self.bells.start(self._note)
        ends.callback(self.bells.end)

    def _note(self, name: str) -> None:
        with self._news:
            self.heard.append(name)
            self._news.notify_all()

    def ring(self, name: str) -> None:
        """Ring, from when it is connected."""
        for _ in range(int(WAIT * 20)):
            if self.bells.ring(name):
                return
            threading.Event().wait(0.05)
        raise AssertionError("never connected")

    def wait_for(self, name: str, times: int = 1) -> None:
        with self._news:
            assert self._news.wait_for(lambda: self.heard.count(name) >= times, WAIT)

    def jobs(self, statement: str) -> list[tuple[object, ...]]:
        """What a statement gives of the tables of the jobs."""
        with psycopg.connect(self.tables.pool["conninfo"], **self.tables.pool["kwargs"]) as conn:
            cursor = conn.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []


@pytest.fixture
def ends() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def test_who_leads_hears_what_only_a_leader_does_and_everybody_what_all_do(
    postgres: PostgresServer, tmp_path: Path, ends: ExitStack
) -> None:
    url = postgres.fresh_database()
    leader = Listener(tmp_path, url, ends)
    follower = Listener(tmp_path, url, ends)
    for times in (1, 2, 3):
        follower.ring("dispatch")
        leader.wait_for("dispatch", times)
    assert "dispatch" not in follower.heard
    leader.bells.end()
    follower.ring(_CHANNEL)
    follower.wait_for(_CHANNEL)


def test_a_bell_rung_often_is_heard_and_no_job_stays(
    postgres: PostgresServer, tmp_path: Path, ends: ExitStack
) -> None:
    node = Listener(tmp_path, postgres.fresh_database(), ends)
    for _ in range(20):
        node.ring(_CHANNEL)
    node.ring("dispatch")
    node.wait_for("dispatch")
    node.wait_for(_CHANNEL)
    _wait_until_empty(node)


def _wait_until_empty(node: Listener) -> None:
    waiting: list[tuple[object, ...]] = []
    for _ in range(int(WAIT * 20)):
        waiting = node.jobs("SELECT task_name, status::text, args FROM procrastinate_jobs")
        if not waiting:
            return
        threading.Event().wait(0.05)
    raise AssertionError(f"stayed: {waiting}")


def test_a_job_for_later_keeps_none_from_coming_sooner(
    postgres: PostgresServer, tmp_path: Path, ends: ExitStack
) -> None:
    node = Listener(tmp_path, postgres.fresh_database(), ends, floor=60)
    node.ring("dispatch")
    node.wait_for("dispatch")
    node.clock.jump(timedelta(days=1))  # however slow the machine is, neither job comes due
    due = node.clock.now()
    for seconds in (14, 12):
        _ring_after(node, seconds * _SECOND, due + seconds * _SECOND)
    node.ring(_CHANNEL)
    node.wait_for(_CHANNEL)
    _wait_until_empty(node)


def _ring_after(node: Listener, wait: timedelta, due: datetime) -> None:
    """Ring after `wait` until a job is due then: a ring is lost while the node listens anew."""
    for _ in range(int(WAIT * 20)):
        node.bells.ring_after(_CHANNEL, wait)
        if node.jobs(f"SELECT 1 FROM procrastinate_jobs WHERE scheduled_at = '{due}'"):
            return
        threading.Event().wait(0.05)
    raise AssertionError("no such job")


def test_lost_jobs_ring_at_the_floor_and_stalled_ones_are_ended(
    postgres: PostgresServer, tmp_path: Path, ends: ExitStack
) -> None:
    node = Listener(tmp_path, postgres.fresh_database(), ends, floor=1)
    node.jobs(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, status) "
        f"VALUES ('nodes', 'wake', '{_CHANNEL}', 'doing')"
    )
    for name in (_CHANNEL, "dispatch"):
        node.wait_for(name, times=2)
    left = "SELECT 1 FROM procrastinate_jobs WHERE status = 'doing' AND worker_id IS NULL"
    assert not node.jobs(left)


def test_bells_ring_again_after_the_database_was_restarted(
    postgres: PostgresServer, tmp_path: Path, ends: ExitStack
) -> None:
    node = Listener(tmp_path, postgres.fresh_database(), ends)
    node.ring("dispatch")
    node.wait_for("dispatch")
    postgres.stop("immediate")
    postgres.start()
    for _ in range(int(WAIT)):
        node.bells.ring(_CHANNEL)
        if _CHANNEL in node.heard:
            break
        threading.Event().wait(1)
    node.wait_for(_CHANNEL)


def test_the_tables_of_the_jobs_are_made_once_by_whoever_is_first(
    postgres: PostgresServer,
) -> None:
    url = postgres.fresh_database()
    made: list[object] = []
    makers = [
        threading.Thread(target=lambda: made.append(prepare_jobs(url, job_tables())))
        for _ in range(4)
    ]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    assert len(made) == 4
    with psycopg.connect(url) as conn:
        names = conn.execute(
            "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'notifier_jobs%'"
        ).fetchall()
        ledger = conn.execute(
            "SELECT 1 FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'procr%'"
        ).fetchall()
    assert len(names) == 1
    assert not ledger
