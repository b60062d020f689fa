"""Faults of a real daemon: killed, its ledger locked, its peer silent, its config read again in a burst."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count as count_up
from pathlib import Path

from tests.daemon import Daemon, daemon, started
from tests.faults.killed import STEPS
from tests.faults.stream import Stream
from tests.faults.tally import NUMBER, REPEAT, Tally, is_reminder
from tests.peers.http import Answer, Fault, HttpPeer, Reply, Request, wecom

POINTS = [(when, step) for step in STEPS for when in ("before", "after")]
Death = Callable[[Stream], None]


@contextmanager
def _peer() -> Iterator[HttpPeer]:
    with HttpPeer(wecom).running() as peer:
        yield peer


def _survive(stream: Stream, rounds: int, death: Death) -> Tally:
    """Die `rounds` times, then live. AssertionError if what was recorded as sent is sent again."""
    frozen: dict[str, int] = {}
    for _ in range(rounds):
        death(stream)
        recorded = stream.recorded_as_sent()
        now = stream.times_reminded(recorded)
        again = [number for number in recorded if now[number] != frozen.setdefault(number, now[number])]
        assert not again, f"sent again after it was recorded: {again}"
    with daemon(stream.config):
        stream.wait_for_all()
    return stream.tally(rounds)


def killed_at_steps(folder: Path, rounds: int, *, teams: int = 5, seconds: int | None = None) -> Tally:
    """kill -9 before and after each named step in turn: claim, mark, render, send, record."""
    chance = random.Random(7)
    numbers = count_up()

    def death(stream: Stream) -> None:
        when, step = POINTS[next(numbers) % len(POINTS)]
        dying = ("tests.faults.killed", when, step, str(chance.randint(1, 3)))
        with started(Daemon(stream.config, program=dying)) as running:
            try:
                assert running.wait(timeout=8) == -signal.SIGKILL
            except subprocess.TimeoutExpired:
                running.kill()  # nothing left to do: it cannot die of it

    with _peer() as peer:
        stream = Stream(folder, peer, teams=teams, seconds=seconds or rounds)
        return _survive(stream, rounds, death)


def killed_at_random(folder: Path, rounds: int, *, seed: int = 2, teams: int = 20, seconds: int = 25) -> Tally:
    """kill -9 after a random number of requests have arrived, or after some time if none are due."""
    chance = random.Random(seed)

    def death(stream: Stream) -> None:
        wanted = len(stream.peer.requests) + chance.randint(1, 2 * teams * seconds // rounds)
        with daemon(stream.config) as running:
            with contextlib.suppress(AssertionError):
                stream.peer.wait_for(lambda asked: len(asked) >= wanted, timeout=chance.uniform(0.05, 1.0))
            running.kill()

    with _peer() as peer:
        return _survive(Stream(folder, peer, teams=teams, seconds=seconds), rounds, death)


def ledger_locked(folder: Path, enough: Callable[[Daemon], object]) -> Tally:
    """Another process keeps the ledger locked until `enough` returns, while reminders fall due."""
    with _peer() as peer:
        stream = Stream(folder, peer, teams=5, seconds=4)
        with daemon(stream.config) as running:
            with closing(sqlite3.connect(stream.ledger, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                enough(running)
                other.execute("ROLLBACK")
            stream.wait_for_all()
        return stream.tally(1)


def peer_fails(folder: Path, fault: Reply, rounds: int) -> Tally:
    """Every second reminder is not answered as it should be: never, in half, or by a line that breaks."""
    asked = count_up()
    failed: list[Request] = []

    def play(request: Request) -> Reply:
        if not is_reminder(request.text) or REPEAT in request.text or next(asked) % 2 or len(failed) >= rounds:
            return wecom(request)
        failed.append(request)
        return fault

    with HttpPeer(play).running() as peer:
        # a short timeout only where there is nothing to wait for: on a busy machine good answers, too, take a second,
        # and a channel that fails three times in a row is tried once in 20 seconds from then on
        more = "timeout = 3\n" if fault == SILENCE else ""
        stream = Stream(folder, peer, teams=2, seconds=rounds, more=more)
        with daemon(stream.config):
            stream.wait_for_all()
            numbers = {number for request in failed for number in NUMBER.findall(request.text)}
            peer.wait_for(lambda _: numbers <= stream.repeated(), timeout=_PATIENCE)
        return stream.tally(len(failed))


_PATIENCE = 240.0  # seconds; what was not answered is tried again within a minute, on a quiet machine


HALF_AN_ANSWER = Answer(body=b'{"errcode": 0', promised=400)
SILENCE = Fault.SILENCE
RESET = Fault.RESET


def reloaded_in_a_burst(folder: Path, rounds: int) -> Tally:
    """The config is read again while hundreds of reminders are sent."""
    with _peer() as peer:
        stream = Stream(folder, peer, teams=20, seconds=max(rounds // 2, 3))
        with daemon(stream.config) as running:
            for number in range(1, rounds + 1):
                stream.wait_for_some(len(stream.due) * number // (rounds + 2))
                os.kill(running.process.pid, signal.SIGHUP)
                running.wait_for("config read again", times=number)
            stream.wait_for_all()
        return stream.tally(rounds)
