"""The wall clock of the real daemon is set, forth and back: everything that recurs goes on within
seconds."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from notifier.domain.times import shanghai
from tests.daemon import Daemon, daemon, write_rows
from tests.faults.wall_clock import NEEDED, WallClock, library
from tests.peers.http import ROBOT_KEY, WAIT, Answer, HttpPeer, Reply, Request, wecom

pytestmark = pytest.mark.skipif(library() is None, reason=NEEDED)


class Ears:
    """What a service manager hears at its socket."""

    def __init__(self, path: Path) -> None:
        self._line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._line.bind(str(path))
        self._line.settimeout(WAIT)

    def wait_for_food(self) -> None:
        """Until the watchdog is fed, from now on."""
        self._forget()
        while b"WATCHDOG=1" not in self._line.recv(4_096):
            pass

    def _forget(self) -> None:
        self._line.setblocking(False)
        try:
            while self._line.recv(4_096):
                pass
        except BlockingIOError:
            self._line.settimeout(WAIT)

    def close(self) -> None:
        self._line.close()


class World:
    """A daemon under a wall clock that can be set, with whoever hears of it."""

    def __init__(self, folder: Path, peer: HttpPeer) -> None:
        self.folder = folder
        self.peer = peer
        self.clock = WallClock(folder)
        self.ears = Ears(folder / "socket")
        self.config = folder / "config.toml"
        self.config.write_text(
            'group_wait = "0s"\nheartbeat_every = "10s"\n'
            f'heartbeat_url = "{peer.url}/beat"\n'
            f'[channels.wecom]\nurl = "wecombot://{ROBOT_KEY}"\nendpoint = "{peer.url}"\n'
            "per_minute = 1000\n"
            '[[recipients]]\nname = "team"\nchannels = ["wecom"]\n'
            'rules = [{ milestone = "registration_close", leads = ["1h"], roll = "off" }]\n',
            encoding="utf-8",
        )
        self.config.chmod(0o600)
        (folder / "inbox").mkdir()
        self._files = 0

    @contextmanager
    def running(self) -> Iterator[Daemon]:
        variables = {"NOTIFY_SOCKET": str(self.folder / "socket"), "WATCHDOG_USEC": "3000000"}
        with daemon(self.config, {**self.clock.environment, **variables}) as running:
            yield running

    def goes_on(self) -> None:
        """A file is read, a reminder falls due and is sent, the watchdog is fed, life is proved:
        all from now on."""
        beats = len(self._beats(self.peer.requests))
        self._files += 1
        number = f"测地{self._files}号"
        close = self.clock.now() + timedelta(hours=1, seconds=6)
        rows = [(f"测告{self._files}号", number, f"{shanghai(close):%Y-%m-%d %H:%M:%S}")]
        write_rows(
            self.folder / "inbox" / f"{self._files}.csv",
            ("公告编号", "地块编号", "报名截止时间"),
            rows,
        )
        self.peer.wait_for(lambda asked: any(_reminds(request, number) for request in asked))
        self.ears.wait_for_food()
        self.peer.wait_for(lambda asked: len(self._beats(asked)) > beats)

    @staticmethod
    def _beats(asked: list[Request]) -> list[Request]:
        return [request for request in asked if request.path == "/beat"]


def _reminds(request: Request, number: str) -> bool:
    title = request.text.splitlines()[0] if request.method == "POST" else ""
    return "还剩" in title and number in title


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with HttpPeer(_play).running() as peer:
        made = World(tmp_path, peer)
        yield made
        made.ears.close()


def _play(request: Request) -> Reply:
    return Answer(body=b"OK") if request.path.startswith("/beat") else wecom(request)


def test_a_daemon_goes_on_within_seconds_after_its_wall_clock_is_set_back(world: World) -> None:
    with world.running() as running:
        world.goes_on()
        world.clock.set(-timedelta(hours=2))
        running.wait_for("the clock was set back by 2:00:00")
        world.goes_on()


def test_a_daemon_goes_on_within_seconds_after_its_wall_clock_was_ahead_for_a_while(
    world: World,
) -> None:
    with world.running() as running:
        world.clock.set(timedelta(days=1))
        running.wait_for("the clock was set forward by 1 day")
        world.clock.set(timedelta(0))
        running.wait_for("the clock was set back by 1 day")
        world.goes_on()
        world.clock.set(timedelta(days=56 * 365))
        running.wait_for("the clock was set forward by 20440 days")
        world.goes_on()
