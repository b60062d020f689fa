"""Real nodes on a real PostgreSQL, one of which is struck while reminders fall due, or the database
itself: nothing is lost, and what repeats was under way and says so."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.faults import nodes
from tests.faults.tally import Tally
from tests.postgres import PostgresServer, postgres_server

_SEED = int(os.environ.get("SEED", "18"))


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


def _holds(tally: Tally, *, most_repeats: int) -> None:
    print(
        f"{tally.rounds} blows, {tally.due} due, {tally.lost} lost, {tally.repeats} again, "
        f"{tally.unmarked} unmarked; late p50 {tally.lateness(50):.2f} s, p99 "
        f"{tally.lateness(99):.2f} s; the worst after "
        + ", ".join(f"{blow or 'a blow'} {seconds:.1f} s" for seconds, blow in _worst(tally))
    )
    assert tally.lost == 0
    assert tally.waiting == 0, "too slow: the ledger holds it still"
    assert tally.unmarked == 0, "a repeat that does not say so"
    assert tally.repeats <= most_repeats
    assert tally.sent == tally.due
    assert tally.claims > 0
    assert tally.usurped == 0, "a node that did not lead did what leaders do"


def _worst(tally: Tally) -> list[tuple[float, str]]:
    blows = tally.blows or [""] * len(tally.worst)
    return sorted(zip(tally.worst, blows, strict=True), reverse=True)[:5]


def test_a_node_that_is_killed_stands_still_or_is_cut_off_costs_nothing(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    faults = (nodes.kill, nodes.stop, nodes.cut)
    tally = nodes.nodes_struck(tmp_path, postgres, 3, seed=_SEED, each=8, faults=faults)
    # one channel has one delivery under way, on each node
    _holds(tally, most_repeats=3)


def test_a_database_that_dies_under_load_costs_nothing(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    tally = nodes.database_stopped(tmp_path, postgres, [("immediate", 3.0)])
    _holds(tally, most_repeats=2)


@pytest.mark.soak
@pytest.mark.timeout(3_000)
@pytest.mark.parametrize("engine", ["embedded", "procrastinate"])
def test_sixty_blows_to_three_nodes_cost_nothing(
    engine: str, postgres: PostgresServer, tmp_path: Path
) -> None:
    tally = nodes.nodes_struck(tmp_path, postgres, 60, seed=_SEED, engine=engine)
    _holds(tally, most_repeats=60)
    assert tally.due >= 3_000


@pytest.mark.soak
@pytest.mark.timeout(3_000)
def test_one_node_holds_the_duties_over_fifty_deaths_of_leaders(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    _holds(nodes.leaders_struck(tmp_path, postgres, 50), most_repeats=50)


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_a_database_that_is_away_for_a_minute_costs_nothing(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    outages = [("fast", 3.0), ("immediate", 3.0), ("fast", 60.0), ("immediate", 60.0)]
    tally = nodes.database_stopped(tmp_path, postgres, outages)
    _holds(tally, most_repeats=2 * len(outages))


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_two_nodes_never_speak_to_one_robot_more_than_twenty_times_in_a_minute(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    tally, spoken = nodes.one_robot(tmp_path, postgres, messages=45, per_minute=20)
    _holds(tally, most_repeats=1)
    minute = timedelta(minutes=1)
    assert max(sum(at <= other < at + minute for other in spoken) for at in spoken) <= 20
