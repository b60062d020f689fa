"""Faults of a real daemon: killed, its ledger locked, its peer silent, its config read again in a
burst."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count as count_up
from pathlib import Path

from notifier.domain.times import shanghai
from tests.bombs import far_cell, slow_text
from tests.daemon import Daemon, daemon, started, write_rows
from tests.faults.killed import STEPS
from tests.faults.stream import Stream, chat_of
from tests.faults.tally import NUMBER, REPEAT, Tally, count, is_reminder
from tests.faults.wall_clock import NEEDED, WallClock, library
from tests.peers.http import (
    Answer,
    Fault,
    HttpPeer,
    Reply,
    Request,
    telegram,
    telegram_error,
    wecom,
)

_LIFE = 60.0  # seconds in which a daemon with something to do reaches the step it dies at
POINTS = [(when, step) for step in STEPS for when in ("before", "after")]
_LEAD = timedelta(hours=1)
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
        again = [
            number for number in recorded if now[number] != frozen.setdefault(number, now[number])
        ]
        assert not again, f"sent again after it was recorded: {again}"
    with daemon(stream.config):
        stream.wait_for_all()
    return stream.tally(rounds)


def killed_at_steps(
    folder: Path, rounds: int, *, teams: int = 3, seconds: int | None = None
) -> Tally:
    """kill -9 before and after each named step in turn: claim, mark, render, send, record.

    The tally's rounds are those that died: on a slow machine the stream may end before.
    """
    chance = random.Random(7)
    numbers = count_up()
    deaths: list[str] = []

    def death(stream: Stream) -> None:
        when, step = POINTS[next(numbers) % len(POINTS)]
        dying = ("tests.faults.killed", when, step, str(chance.randint(1, 3)))
        with started(Daemon(stream.config, program=dying)) as running:
            until = time.monotonic() + _LIFE
            while time.monotonic() < until:
                try:
                    assert running.wait(timeout=0.5) == -signal.SIGKILL
                except subprocess.TimeoutExpired:
                    if not stream.held():
                        return  # nothing is left to do: it cannot die of it
                else:
                    deaths.append(step)
                    return
            raise AssertionError(f"it had something to do, and did not die {when} {step}")

    with _peer() as peer:
        # a round takes about two seconds; there must be something to do in the last, too
        stream = Stream(folder, peer, teams=teams, seconds=seconds or 5 * rounds // 2)
        tally = _survive(stream, rounds, death)
    return replace(tally, rounds=len(deaths))


def killed_at_random(
    folder: Path, rounds: int, *, seed: int = 2, teams: int = 20, seconds: int = 25
) -> Tally:
    """kill -9 after a random number of requests have arrived, or after some time if none are
    due."""
    chance = random.Random(seed)

    def death(stream: Stream) -> None:
        wanted = len(stream.peer.requests) + chance.randint(1, 2 * teams * seconds // rounds)
        with daemon(stream.config) as running:
            with contextlib.suppress(AssertionError):
                stream.peer.wait_for(
                    lambda asked: len(asked) >= wanted, timeout=chance.uniform(0.05, 1.0)
                )
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
    """Every second reminder is not answered as it should be: never, in half, or by a line that
    breaks."""
    asked = count_up()
    failed: list[Request] = []

    def play(request: Request) -> Reply:
        if (
            not is_reminder(request.text)
            or REPEAT in request.text
            or next(asked) % 2
            or len(failed) >= rounds
        ):
            return wecom(request)
        failed.append(request)
        return fault

    with HttpPeer(play).running() as peer:
        # a short timeout only where there is nothing to wait for: on a busy machine good answers,
        # too, take a second, and a channel that fails three times in a row is tried once in 20
        # seconds from then on
        more = "timeout = 3\n" if fault == SILENCE else ""
        stream = Stream(folder, peer, teams=2, seconds=rounds, more=more)
        with daemon(stream.config):
            stream.wait_for_all()
            numbers = {number for request in failed for number in NUMBER.findall(request.text)}
            peer.wait_for(lambda _: numbers <= stream.repeated(), timeout=_PATIENCE)
        return stream.tally(len(failed))


# seconds; what was not answered is tried again within a minute, on a quiet machine
_PATIENCE = 240.0


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


def recipient_missing(folder: Path, rounds: int) -> Tally:
    """The config is read again without one of the teams, and with it, while reminders of all fall
    due."""
    with _peer() as peer:
        stream = Stream(folder, peer, teams=4, seconds=max(rounds, 3))
        whole = stream.config.read_text(encoding="utf-8")
        without = whole[: whole.rindex("[[recipients]]")]
        with daemon(stream.config) as running:
            for number in range(1, 2 * rounds + 1):
                stream.config.write_text(without if number % 2 else whole, encoding="utf-8")
                running.signal(signal.SIGHUP)
                running.wait_for("config read again", times=number)
                stream.wait_for_some(len(stream.due) * number // (4 * rounds))
            stream.wait_for_all()
        return stream.tally(rounds)


def hostile_files(folder: Path, rounds: int) -> Tally:
    """Files that kill or hold up whoever reads them lie in the inbox while reminders fall due, and
    a good one last."""
    with _peer() as peer:
        stream = Stream(folder, peer, teams=2, seconds=rounds)
        inbox = folder / "inbox"
        with daemon(stream.config) as running:
            for number in range(rounds):
                (inbox / f"corner {number}.xlsx").write_bytes(far_cell("XFD1048576"))
            (inbox / "slow.txt").write_bytes(slow_text(20_000))
            write_rows(
                inbox / "good.csv",
                ("地块编号", "报名截止时间"),
                [("测地99-999号", "2099-01-05 17:00")],
            )
            running.wait_for("good.csv: read", timeout=_PATIENCE)
            stream.wait_for_all()
        return stream.tally(rounds)


def refused_in_a_yes(folder: Path, rounds: int) -> Tally:
    """Every second reminder is first refused in the body of an HTTP 200: it has not arrived."""
    accepted: list[Request] = []
    refused: set[str] = set()
    asked = count_up()

    def play(request: Request) -> Reply:
        numbers = set(NUMBER.findall(request.text))
        if (
            is_reminder(request.text)
            and next(asked) % 2 == 0
            and len(refused) < rounds
            and not numbers & refused
        ):
            refused.update(numbers)
            return Answer(body={"errcode": -1, "errmsg": "system busy"})
        accepted.append(request)
        return wecom(request)

    with HttpPeer(play).running() as peer:
        stream = Stream(folder, peer, teams=2, seconds=rounds)
        with daemon(stream.config):
            stream.wait_until_nothing_waits()
        return stream.tally(rounds, accepted)


def address_refused(folder: Path, rounds: int) -> Tally:
    """One of the addresses of a channel is refused for good: those of the others are not late for
    it."""
    accepted: list[Request] = []
    refusing: list[str] = []

    def play(request: Request) -> Reply:
        if refusing and str(request.json.get("chat_id")) in refusing:
            return telegram_error(403, "Forbidden: bot was blocked by the user")
        accepted.append(request)
        return telegram(request)

    with HttpPeer(play).running() as peer:
        stream = Stream(folder, peer, teams=4, seconds=rounds, telegram=True)
        refusing.append(chat_of(0))
        stream.due = {
            number: at for number, at in stream.due.items() if not number.startswith("测地00-")
        }
        with daemon(stream.config):
            stream.wait_until_nothing_waits()
        return stream.tally(rounds, accepted)


def wall_clock_set(folder: Path, rounds: int) -> Tally:
    """The wall clock of the daemon is set by hours, a day, 56 years, and back; a parcel that comes
    after each jump is read and reminded of. RuntimeError where the clock cannot be faked."""
    if library() is None:
        raise RuntimeError(NEEDED)
    clock = WallClock(folder)
    due: dict[str, datetime] = {}
    jumps = [
        timedelta(hours=-2),
        timedelta(0),
        timedelta(days=1),
        timedelta(0),
        timedelta(days=56 * 365),
        timedelta(0),
    ]
    with _peer() as peer:
        stream = Stream(folder, peer, teams=1, seconds=1)
        with daemon(stream.config, clock.environment) as running:
            for number in range(rounds):
                clock.set(jumps[number % len(jumps)])
                running.wait_for("the clock was set ", times=number + 1)
                name = f"测地00-{100 + number}号"
                close = clock.now() + _LEAD + timedelta(seconds=5)
                due[name] = datetime.now(UTC) + timedelta(seconds=5)
                rows = [(f"测告{number}号", name, f"{shanghai(close):%Y-%m-%d %H:%M:%S}")]
                write_rows(
                    folder / "inbox" / f"{number}.csv",
                    ("公告编号", "地块编号", "报名截止时间"),
                    rows,
                )
                with contextlib.suppress(AssertionError):
                    peer.wait_for(partial(_has_reminded, name))
        arrived = [
            (request.at, name)
            for name in due
            for request in peer.requests
            if _reminds(request, name)
        ]
        return count(rounds, due, arrived)


def _has_reminded(number: str, asked: list[Request]) -> bool:
    return any(_reminds(request, number) for request in asked)


def _reminds(request: Request, number: str) -> bool:
    title = request.text.splitlines()[0]
    return "还剩" in title and number in title
