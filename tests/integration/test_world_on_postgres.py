"""The whole service on PostgreSQL: random weeks, outages, jumps of the clock, kill -9."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from notifier.domain.recipients import Route
from notifier.testing import a_notice, shanghai_time
from tests.faults import virtual
from tests.faults.tally import REPEAT
from tests.integration.test_model import Week
from tests.postgres import PostgresServer, postgres_server
from tests.services import ONE_TEAM, World

_HOUR = timedelta(hours=1)
_URL = "NOTIFIER_LEDGER__URL"


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


@pytest.fixture
def on_postgres(postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every config of the test name a database of its own."""
    monkeypatch.setenv(_URL, postgres.fresh_database())


def test_the_promises_hold_through_random_weeks(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    class WeekOnPostgres(Week):
        def __init__(self) -> None:
            monkeypatch.setenv(_URL, postgres.fresh_database())
            super().__init__()

    run_state_machine_as_test(
        WeekOnPostgres,
        settings=settings(max_examples=5, stateful_step_count=20, deadline=None, derandomize=True),
    )


@pytest.mark.usefixtures("on_postgres")
def test_hours_without_a_network_lose_nothing(tmp_path: Path) -> None:
    tally = virtual.network_down(tmp_path, 3)
    assert (tally.lost, tally.repeated, tally.sent) == (0, 0, tally.due)


@pytest.mark.usefixtures("on_postgres")
def test_jumps_of_the_clock_lose_and_repeat_nothing(tmp_path: Path) -> None:
    tally = virtual.clock_jumps(tmp_path, [2 * _HOUR, -2 * _HOUR])
    assert (tally.lost, tally.repeated) == (0, 0)


@pytest.mark.usefixtures("on_postgres")
def test_a_burst_is_handed_over_whole(tmp_path: Path) -> None:
    tally = virtual.burst(tmp_path, 600)
    assert (tally.lost, tally.repeated, tally.sent) == (0, 0, tally.due)


@pytest.mark.usefixtures("on_postgres")
def test_what_was_under_way_when_postgresql_died_is_sent_once_more_and_marked(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    world = World(tmp_path, ONE_TEAM, shanghai_time("2024-11-01 10:00"))
    world.save(a_notice())
    world.work()
    at = shanghai_time("2024-11-14 14:00")
    world.clock.set(at)
    world.ledger.claims.claim_due(at, timedelta(0), {"team": (Route(channel="console"),)})
    assert world.ledger.outbox.begin("console", at, timedelta(minutes=5)) is not None
    postgres.stop("immediate")
    postgres.start()
    world.restart()
    world.work()
    assert REPEAT in world.said()[-1]
    assert world.ledger.upkeep.place.startswith("postgresql://")
    world.ledger.close()
