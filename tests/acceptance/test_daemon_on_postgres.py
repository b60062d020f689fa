"""Two daemons, real processes, on one ledger on PostgreSQL: one works, the other takes over when it
dies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.daemon import Daemon, command, daemon, started
from tests.postgres import PostgresServer, postgres_server
from tests.services import ONE_TEAM


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


def test_a_second_daemon_takes_over_when_the_first_is_killed(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    url = postgres.empty_database()
    configs = []
    for machine in ("first", "second"):
        folder = tmp_path / machine
        folder.mkdir()
        configs.append(folder / "config.toml")
        configs[-1].write_text(f'[ledger]\nurl = "{url}"\n{ONE_TEAM}', encoding="utf-8")
        configs[-1].chmod(0o600)
    first, second = configs
    with daemon(first) as running:
        with started(Daemon(second)) as refused:
            assert refused.wait() == 1
            assert f"process {running.process.pid} on" in refused.lines[-1]
        running.kill()
    with daemon(second) as successor:
        status = command(second, "status", "--json")
        assert f"process {successor.process.pid} on" in status.stdout
        assert successor.stop() == 0
