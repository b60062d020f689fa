"""Ledgers to hold to the contract: each test runs on every kind of database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from notifier.ledger import open_ledger
from notifier.ports import Ledger

OpenLedger = Callable[[], Ledger]
"""Opens the test's ledger, the first time and again."""


@pytest.fixture(params=["sqlite"])
def open_again(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenLedger]:
    """Open the one ledger of a test as often as the test wants."""
    assert request.param == "sqlite"
    opened: list[Ledger] = []

    def open_one() -> Ledger:
        opened.append(open_ledger(tmp_path / "ledger.db"))
        return opened[-1]

    yield open_one
    for ledger in opened:
        ledger.close()


@pytest.fixture
def ledger(open_again: OpenLedger) -> Ledger:
    """A ledger in which nothing is kept yet."""
    return open_again()
