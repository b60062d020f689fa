"""A world of one team, made as a test wants it and closed after it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from notifier.testing import shanghai_time
from tests.services import ONE_TEAM, MakeWorld, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[MakeWorld]:
    made: list[World] = []

    def make(text: str = ONE_TEAM, now: str = "2024-11-01 10:00") -> World:
        made.append(World(tmp_path, text, shanghai_time(now)))
        return made[-1]

    yield make
    for program in made:
        program.ledger.close()
