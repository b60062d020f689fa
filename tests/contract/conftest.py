"""Ledgers to hold to the contract: each test runs on every kind of database."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from notifier.ledger import open_ledger
from notifier.ports import Ledger
from tests.postgres import PostgresServer, postgres_server

OpenLedger = Callable[[], Ledger]
"""Opens the test's ledger, the first time and again."""


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server for this session."""
    with postgres_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgres"])
def open_again(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[OpenLedger]:
    """Open the one ledger of a test as often as the test wants."""
    place: Path | str = tmp_path / "ledger.db"
    if request.param == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres")
        place = server.fresh_database()
        monkeypatch.setenv("PATH", str(server.binaries), prepend=os.pathsep)
    opened: list[Ledger] = []

    def open_one() -> Ledger:
        opened.append(open_ledger(place))
        return opened[-1]

    yield open_one
    for ledger in opened:
        ledger.close()


@pytest.fixture
def ledger(open_again: OpenLedger) -> Ledger:
    """A ledger in which nothing is kept yet."""
    return open_again()
