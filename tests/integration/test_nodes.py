"""Several nodes on one ledger on PostgreSQL: who leads, who takes over, how fast they send."""

from __future__ import annotations

import os
import random
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict

from notifier import __version__, app
from notifier.clock import SystemClock
from notifier.domain.drafts import DraftKind
from notifier.domain.nodes import TERM, Glance, differing
from notifier.domain.pace import PaceLimit
from notifier.errors import LedgerBusy, LedgerError, LedgerHeld
from notifier.ledger import SqlLedger, open_ledger
from notifier.ledger.backends import postgres as postgres_backend
from notifier.service import Service
from notifier.service.status import status_of
from notifier.testing import FakeChannel
from tests.contract.world import CONSOLE, DUE, IS_SENT, LEASE, NOW, SENT, begin, claim_first
from tests.postgres import PostgresServer, postgres_server
from tests.services import ONE_TEAM, READER, settings_of

_SECOND = timedelta(seconds=1)
_MINUTE = timedelta(minutes=1)
_REMEMBER = "INSERT INTO meta (key, value) VALUES (?, ?)"


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


@pytest.fixture
def pair(postgres: PostgresServer) -> Iterator[tuple[SqlLedger, SqlLedger]]:
    """Two nodes on one ledger, of which neither leads."""
    url = postgres.fresh_database()
    with open_ledger(url) as first, open_ledger(url) as second:
        for ledger in (first, second):
            ledger.upkeep.join()
            ledger.nodes.beat(NOW, ahead=timedelta(0), config="mark")
        yield first, second


def test_nodes_run_beside_each_other_and_nobody_moves_the_ledger_meanwhile(
    pair: tuple[SqlLedger, SqlLedger], postgres: PostgresServer
) -> None:
    first, second = pair
    assert len({node.name for node in first.nodes.alive(NOW)}) == 2
    assert second.upkeep.holder().count("process") == 2
    with open_ledger(_url(postgres, first)) as mover:
        with pytest.raises(LedgerHeld):
            mover.upkeep.hold()
        first.close()
        second.close()
        mover.upkeep.hold()
        with (
            open_ledger(_url(postgres, mover)) as late,
            pytest.raises(LedgerHeld, match="process"),
        ):
            late.upkeep.join()


def _url(postgres: PostgresServer, ledger: SqlLedger) -> str:
    return postgres.url(ledger.upkeep.place.rpartition("/")[2])


def test_a_beat_of_a_node_sees_the_others(pair: tuple[SqlLedger, SqlLedger]) -> None:
    first, second = pair
    first.nodes.lead(NOW)
    claim_first(first)
    begin(first)
    glance = second.nodes.beat(NOW + _SECOND, ahead=timedelta(0), config="other")
    assert (glance.leader, glance.leader_config) == (first.database.node, "mark")
    assert glance.others_until == NOW + TERM
    assert glance.has_other_right
    assert not glance.has_gone
    assert not glance.has_abandoned
    glance = second.nodes.beat(NOW + TERM, ahead=timedelta(0), config="other")
    assert (glance.leader, glance.others_until) == ("", None)
    assert glance.has_gone
    assert glance.has_abandoned


def test_who_leads_is_not_deposed_once_it_has_beaten(pair: tuple[SqlLedger, SqlLedger]) -> None:
    first, second = pair
    first.nodes.lead(NOW)
    assert first.nodes.beat(NOW + TERM, ahead=timedelta(0), config="mark").leads
    assert not second.nodes.lead(NOW + TERM)
    assert second.nodes.lead(NOW + 2 * TERM)
    assert not first.nodes.beat(NOW + 2 * TERM, ahead=timedelta(0), config="mark").leads


def test_an_idle_node_asks_the_database_less_than_once_a_second(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(postgres.binaries), prepend=os.pathsep)  # a backup is made
    url = postgres.fresh_database()
    postgres.log_statements(str(conninfo_to_dict(url)["dbname"]))
    with open_ledger(url) as leader, open_ledger(url) as follower:
        crew = [_service(ledger, tmp_path) for ledger in (leader, follower)]
        for service in crew:
            service.lifecycle.start(leader.nodes.present())
        for _ in range(2):  # what the start leaves to do is not idling
            for service in crew:
                _statements_a_second(postgres, service)
        assert [service.crew.leads for service in crew] == [True, False]
        most = 1.0
        for service in crew:
            counted = _statements_a_second(postgres, service)
            assert counted["place"] == 0.5
            assert 0 < sum(counted.values()) <= most, counted
            most = 0.7  # of one who only sends


def _service(
    ledger: SqlLedger, folder: Path, text: str = ONE_TEAM, clock: SystemClock | None = None
) -> Service:
    return app.build(
        settings_of(folder, text),
        ledger,
        clock or SystemClock(),
        channels={"console": FakeChannel("console")},
        reader=READER,
        node=ledger.upkeep.join(),
    )


def _statements_a_second(postgres: PostgresServer, service: Service) -> dict[str, float]:
    """Call each step once; return how many statements it costs a second, by how often it comes."""
    found = {}
    for step in service.steps():
        with postgres.logged() as log:
            again = step.run(SystemClock().now())
        statements = sum(_asks(line) for line in log)
        found[step.name] = statements / again.after.total_seconds()
    return found


def test_nodes_whose_keys_of_answers_differ_say_so(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    url = postgres.fresh_database()
    board = '[web]\nurl = "https://board.example.com"\n'
    with open_ledger(url) as leader, open_ledger(url) as other:
        crew = []
        for number, ledger in enumerate((leader, other)):
            folder = tmp_path / str(number)
            folder.mkdir()
            crew.append(_service(ledger, folder, board + ONE_TEAM + _OPERATORS))
        now = leader.nodes.present()
        for service in crew * 2:
            service.crew.step(now)
        assert [service.crew.stands_aside for service in crew] == [False, True]
        assert differing(status_of(leader, now).nodes) == ["answer.key"]
        shutil.copy(tmp_path / "0" / "answer.key", tmp_path / "1")
        crew[1].crew.step(now)
        assert crew[1].crew.stands_aside, "its links are made by the key that it began with"
        crew[1].active.exchange(replace(crew[1].active.setup))
        crew[1].crew.step(now)
        assert not crew[1].crew.stands_aside


def test_nodes_of_different_configs_name_what_differs_and_no_secret(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    url = postgres.fresh_database()
    rules = ONE_TEAM.replace('"3h"', '"2h"')
    assert rules != ONE_TEAM
    robot = '[channels.robot]\nurl = "wecombot://{}"\n'
    texts = [
        ONE_TEAM + robot.format("2d5c1a39-8d5e-4c1b-9a3f-111111111111") + _OPERATORS,
        rules + robot.format("2d5c1a39-8d5e-4c1b-9a3f-222222222222") + _OPERATORS,
    ]
    with open_ledger(url) as leader, open_ledger(url) as other:
        crew = []
        for number, (ledger, text) in enumerate(zip((leader, other), texts, strict=True)):
            folder = tmp_path / str(number)
            folder.mkdir()
            crew.append(_service(ledger, folder, text))
        now = leader.nodes.present()
        for service in crew * 2:
            service.crew.step(now)
        assert [service.crew.stands_aside for service in crew] == [False, True]
        status = status_of(leader, now)
        assert {node.version for node in status.nodes} == {__version__}
        assert differing(status.nodes) == ["channels.robot", "recipients.team"]
        (alert,) = leader.database.rows("SELECT body FROM messages")
        assert "channels.robot, recipients.team" in alert["body"]
        rows = leader.database.rows("SELECT settings FROM nodes")
        assert not any("11111111" in row["settings"] for row in rows)


def test_a_node_whose_clock_is_off_takes_no_duty_and_says_so(
    postgres: PostgresServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    url = postgres.fresh_database()
    with open_ledger(url) as ahead, open_ledger(url) as right:
        off = _service(ahead, tmp_path, clock=_ClockAhead())
        fit = _service(right, tmp_path)
        now = right.nodes.present()
        off.crew.step(now)
        assert off.crew.leads, "that somebody reminds by a wrong clock is better than nobody"
        fit.crew.step(now)
        off.crew.step(now)
        fit.crew.step(now)
        assert [off.crew.leads, fit.crew.leads] == [False, True]
        assert off.crew.stands_aside
        assert "its clock is 2.5 s off the database's" in caplog.text


def test_a_node_whose_beat_was_long_under_way_does_not_take_its_clock_for_wrong(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.fresh_database()
    with open_ledger(url) as leader, open_ledger(url) as follower:
        clock = _Delayed()
        nodes = leader.nodes
        beat, present = nodes.beat, nodes.present
        held_up = _service(leader, tmp_path, clock=clock)
        held_up.crew.step(clock.now())
        follower.upkeep.join()

        def late(at: datetime, **named: Any) -> Glance:
            clock.passed = 5 * _SECOND  # until the database has it
            follower.nodes.beat(present() + clock.passed, ahead=timedelta(0), config="")
            glance = beat(at, **named)
            return replace(glance, present=glance.present + clock.passed)

        monkeypatch.setattr(nodes, "beat", late)
        monkeypatch.setattr(nodes, "present", lambda: present() + clock.passed)
        held_up.crew.step(clock.now())
        assert held_up.crew.leads
        assert not held_up.crew.stands_aside


class _Delayed(SystemClock):
    """A clock of a world in which more time has passed."""

    passed = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.passed

    def steady(self) -> float:
        return super().steady() + self.passed.total_seconds()


class _ClockAhead(SystemClock):
    def now(self) -> datetime:
        return super().now() + 2.5 * _SECOND


def _asks(line: str) -> bool:
    """Return whether a line of the server's log is a statement, and no bracket of some."""
    is_statement = "LOG:  statement: " in line or "LOG:  execute " in line
    return is_statement and not line.endswith((": BEGIN", ": COMMIT"))


def test_one_leads_at_any_time_over_fifty_deaths(pair: tuple[SqlLedger, SqlLedger]) -> None:
    chance = random.Random(18)
    present = NOW
    led_until = dict.fromkeys(range(2), NOW - _SECOND)
    changes, last = 0, None
    while changes < 50:
        alive = [number for number in range(2) if chance.random() < 0.7]  # others stand still
        for number in alive:
            if pair[number].nodes.lead(present):
                assert led_until[1 - number] <= present, "two lead at once"
                led_until[number] = present + TERM
                changes += last is not None and last != number
                last = number
        present += chance.choice((_SECOND, 2 * _SECOND, TERM, 2 * TERM))


def test_a_leader_that_wakes_when_another_leads_writes_nothing(
    pair: tuple[SqlLedger, SqlLedger],
) -> None:
    first, second = pair
    assert first.nodes.lead(NOW)
    assert not second.nodes.lead(NOW + TERM - _SECOND)
    assert second.nodes.lead(NOW + TERM)
    with first.nodes.leading(), pytest.raises(LedgerHeld, match="another node leads"):
        first.memory.put("key", "value")
    first.memory.put("sent", "value")  # what is no duty goes on
    with second.nodes.leading():
        second.memory.put("key", "value")
    assert not first.nodes.lead(NOW + TERM + _SECOND)


def test_who_would_lead_waits_for_what_the_leader_has_under_way(
    pair: tuple[SqlLedger, SqlLedger], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_backend, "_STANDS_STILL", 60.0)
    first, second = pair
    first.nodes.lead(NOW)
    led = threading.Event()

    def take_over() -> None:
        second.nodes.lead(NOW + TERM)
        led.set()

    taker = threading.Thread(target=take_over)
    with first.nodes.leading(), first.database.write():
        taker.start()
        _wait_until_somebody_waits(first)
        assert not led.is_set()
    taker.join()
    assert led.is_set()


@pytest.mark.parametrize("amid_rows", [True, False])
def test_a_leader_that_stands_still_in_a_transaction_is_cut_off_when_its_term_is_over(
    pair: tuple[SqlLedger, SqlLedger], monkeypatch: pytest.MonkeyPatch, *, amid_rows: bool
) -> None:
    monkeypatch.setattr(postgres_backend, "_STANDS_STILL", 0.0)
    first, second = pair
    first.nodes.lead(NOW)
    stands, wakes = threading.Event(), threading.Event()
    faults: list[Exception] = []

    def stand_still() -> Iterator[tuple[str, str]]:
        yield ("key", "value")
        stands.set()
        wakes.wait()

    def work() -> None:
        try:
            with first.nodes.leading(), first.database.write():
                rows = stand_still()
                first.database.load(_REMEMBER, rows if amid_rows else list(rows))
        except LedgerError as fault:
            faults.append(fault)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        stands.wait()
        _wait_until_a_server_waits(second)
        # it would wait for ten seconds, and then not lead
        assert second.nodes.lead(NOW + TERM)
    finally:
        wakes.set()
        worker.join()
    assert isinstance(faults[0], LedgerBusy), "what it did would be tried again"
    assert first.memory.get("key") is None
    with pytest.raises(LedgerHeld), first.nodes.leading():
        first.memory.put("key", "value")
    assert second.upkeep.holder().count("process") == 2, "it is a node again"


def _wait_until_a_server_waits(ledger: SqlLedger) -> None:
    """Wait until the database waits for a client in the middle of a transaction."""
    waits = """SELECT count(*) FROM pg_stat_activity WHERE state <> 'idle'
    AND datname = current_database() AND wait_event_type = 'Client'"""
    for _ in range(3000):
        if ledger.database.value(waits):
            return
        threading.Event().wait(0.01)
    raise AssertionError("no server waits")


def _wait_until_somebody_waits(ledger: SqlLedger) -> None:
    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    for _ in range(3000):
        if ledger.database.value(waits):
            return
        threading.Event().wait(0.01)
    raise AssertionError("nobody waits")


def test_a_node_that_is_gone_is_taken_over_and_one_that_lives_is_not(
    pair: tuple[SqlLedger, SqlLedger],
) -> None:
    first, second = pair
    claim_first(first)
    job = begin(first)
    second.nodes.beat(NOW + TERM, ahead=timedelta(0), config="mark")
    assert second.retries.take_over(DUE, NOW + TERM - _SECOND) == 0
    assert second.retries.take_over(DUE, NOW + TERM) == 1
    again = begin(second)
    assert again.maybe_repeat
    assert first.outbox.is_overtaken(job)
    assert not second.outbox.is_overtaken(again)


def test_a_node_looks_again_when_the_term_of_another_ends(
    pair: tuple[SqlLedger, SqlLedger], tmp_path: Path
) -> None:
    first, second = pair
    service = app.build(
        settings_of(tmp_path, ONE_TEAM),
        first,
        SystemClock(),
        channels={},
        reader=READER,
        node=first.database.node,
    )
    now = first.nodes.present()
    assert service.crew.step(now).after == 2 * _SECOND
    second.nodes.beat(now - 5 * _SECOND, ahead=timedelta(0), config="mark")
    assert service.crew.step(now).after <= _SECOND


def test_two_nodes_on_one_robot_send_at_most_twenty_in_any_minute(
    pair: tuple[SqlLedger, SqlLedger],
) -> None:
    limit = PaceLimit(per_minute=20, apart=timedelta(0))
    chance = random.Random(20)
    for number in range(70):
        pair[0].bulletins.post(
            "team",
            DraftKind.ALERT,
            [CONSOLE],
            key=str(number),
            body={},
            now=NOW,
            keep_for=_MINUTE * 60,
        )
    handed_over: list[datetime] = []
    now = NOW
    while len(handed_over) < 70:
        jobs = []
        for node in pair:
            skew = chance.uniform(-2, 2) * _SECOND  # of its clock
            job = node.outbox.begin("console", now + skew, LEASE, None, limit)
            if job is not None:
                jobs.append((node, job, skew))
        for node, job, skew in jobs:
            now += chance.uniform(0, 4) * _SECOND  # a service takes its time
            handed_over.append(now)
            node.deliveries.record(job, SENT, IS_SENT, now + skew)
        now += chance.choice((0.1, 1.0)) * _SECOND
    for at in handed_over:
        assert sum(at <= other < at + _MINUTE for other in handed_over) <= 20
    assert handed_over[-1] < NOW + 6 * _MINUTE


def test_a_process_that_stands_still_in_a_transaction_keeps_nobody_waiting(
    pair: tuple[SqlLedger, SqlLedger],
) -> None:
    first, _ = pair
    limit = first.database.value("SHOW idle_in_transaction_session_timeout")
    assert limit == "5s"
    assert timedelta(seconds=int(limit.removesuffix("s"))) < TERM, "or nobody can lead after it"
    assert first.database.value("SHOW lock_timeout") == "10s", "who waits outlasts it"


_OPERATORS = '[channels.ops]\nurl = "console://"\n[operators]\nchannels = ["ops"]\n'
