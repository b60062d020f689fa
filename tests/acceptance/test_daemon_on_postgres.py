"""Several daemons, real processes, on one ledger on PostgreSQL: they share the work."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from notifier.domain.times import shanghai
from tests.daemon import Daemon, command, daemon, started, write_rows
from tests.faults.tally import REPEAT
from tests.peers.http import ROBOT_KEY, Fault, HttpPeer, Reply, Request, wecom
from tests.postgres import PostgresServer, postgres_server

_HEADINGS = ("公告编号", "地块编号", "报名截止时间")


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


def _config(
    folder: Path, url: str, peer: HttpPeer, people: str = "team", engine: str = "embedded"
) -> Path:
    """Write the config of a node, whose requests the peer knows by the node's name."""
    folder.mkdir()
    file = folder / "config.toml"
    file.write_text(
        f'group_wait = "0s"\n[ledger]\nurl = "{url}"\n[engine]\nkind = "{engine}"\n'
        f'[channels.wecom]\nurl = "wecombot://{ROBOT_KEY}"\nendpoint = "{peer.url}/{folder.name}"\n'
        "per_minute = 1000\ntimeout = 5\n"
        f'[[recipients]]\nname = "{people}"\nchannels = ["wecom"]\n'
        'rules = [{ milestone = "registration_close", leads = ["1h"] }]\n',
        encoding="utf-8",
    )
    file.chmod(0o600)
    return file


def _import(config: Path, number: str) -> None:
    close = f"{shanghai(datetime.now(UTC) + timedelta(days=3)):%Y-%m-%d %H:%M:%S}"
    file = config.parent / "parcels.csv"
    write_rows(file, _HEADINGS, [("测告1号", number, close)])
    assert command(config, "import", str(file)).returncode == 0


def _play(request: Request) -> Reply:
    return wecom(replace(request, path=request.path[request.path.index("/cgi-bin") :]))


@pytest.mark.parametrize("engine", ["embedded", "procrastinate"])
def test_what_a_killed_node_had_under_way_is_sent_by_the_other_and_marked(
    postgres: PostgresServer, tmp_path: Path, engine: str
) -> None:
    with HttpPeer(_play).running() as peer:
        url = postgres.empty_database()
        configs = [
            _config(tmp_path / name, url, peer, engine=engine) for name in ("first", "second")
        ]
        with daemon(configs[0]) as first:
            first.wait_for("this node leads")
            with daemon(configs[1]) as second:
                status = command(configs[1], "status").stdout
                assert f"process {first.process.pid} on" in status
                assert f"process {second.process.pid} on" in status
                peer.script.append(Fault.SILENCE)
                _import(configs[0], "测地甲")
                (request,) = peer.wait_for(lambda asked: len(asked) == 1)
                sender, other = (first, second) if "/first/" in request.path else (second, first)
                sender.kill()
                _, again = peer.wait_for(lambda asked: len(asked) == 2)
                other.wait_for("possible repeats")
                assert REPEAT not in request.text
                assert REPEAT in again.text
                other.wait_for("this node leads")
                _import(configs[0], "测地乙")
                *_, new = peer.wait_for(lambda asked: len(asked) == 3)
                assert "测地乙" in new.text
                assert REPEAT not in new.text
                assert other.stop() == 0


def test_a_leader_that_stood_still_follows_when_it_goes_on(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    with HttpPeer(_play).running() as peer:
        url = postgres.empty_database()
        configs = [_config(tmp_path / name, url, peer) for name in ("first", "second")]
        with daemon(configs[0]) as first:
            first.wait_for("this node leads")
            with daemon(configs[1]) as second:
                first.signal(signal.SIGSTOP)
                second.wait_for("this node leads")
                _import(configs[1], "测地甲")
                (request,) = peer.wait_for(lambda asked: len(asked) == 1)
                assert "/second/" in request.path
                first.signal(signal.SIGCONT)
                first.wait_for("another node leads")
                _import(configs[1], "测地乙")
                peer.wait_for(lambda asked: len(asked) == 2)
                assert second.stop() == 0
                first.wait_for("this node leads", times=2)
                assert [REPEAT in request.text for request in peer.requests] == [False, False]


def test_a_node_of_another_config_sends_nothing_until_it_leads(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    with HttpPeer(_play).running() as peer:
        url = postgres.empty_database()
        old = _config(tmp_path / "old", url, peer)
        new = _config(tmp_path / "new", url, peer, people="others")
        with daemon(old) as leader:
            leader.wait_for("this node leads")
            with daemon(new) as follower:
                follower.wait_for("this node sends nothing: its config differs")
                _import(old, "测地甲")
                (request,) = peer.wait_for(lambda asked: len(asked) == 1)
                assert "/old/" in request.path
                assert leader.stop() == 0
                follower.wait_for("this node leads")
                follower.wait_for("this node sends", times=2)


def test_a_ledger_that_is_being_moved_has_no_daemon(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    with HttpPeer(_play).running() as peer:
        config = _config(tmp_path / "first", postgres.empty_database(), peer)
        with daemon(config) as running:
            moving = Daemon(config, action=("move-ledger", str(tmp_path / "moved.db")))
            with started(moving) as refused:
                assert refused.wait() == 1
                assert f"process {running.process.pid} on" in refused.lines[-1]
            assert running.stop() == 0
