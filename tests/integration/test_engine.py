"""The engine's loop with a clock that is moved by hand."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import STATE_PAUSED, STATE_RUNNING
from freezegun import freeze_time

from notifier.domain.drafts import Message
from notifier.domain.outcomes import Outcome, Verdict
from notifier.engines.embedded import Embedded, _new_scheduler
from notifier.engines.steady import Every, SteadyTime
from notifier.service import Again, Step, make_setup
from notifier.testing import SENT, FakeChannel, a_notice, a_parcel, shanghai_time
from tests.ledgers import connection_of
from tests.services import CONSOLE, World, settings_of

_WAIT = 120.0  # seconds until the test gives up
_TEAM = '[[recipients]]\nname = "team"\nchannels = ["console"]\n'
_RULES = 'rules = [{ milestone = "registration_close", leads = ["3h"] }]\n'
_AT = {"registration_close": "2024-11-14 17:00"}


@pytest.mark.parametrize("jump", [timedelta(hours=2), timedelta(hours=-2)])
def test_a_clock_that_jumps_is_noticed_within_the_longest_wait(
    tmp_path: Path, jump: timedelta
) -> None:
    world = World(
        tmp_path,
        'group_wait = "0s"\n' + CONSOLE + _TEAM + _RULES,
        shanghai_time("2024-11-14 09:00"),
        longest_wait=timedelta(seconds=0.2),
    )
    heard = threading.Event()

    def hear(message: Message, _: str) -> Outcome:
        if "还剩3小时" in message.text or "还剩2小时" in message.text:
            heard.set()
        return SENT

    world.channels["console"].script.extend([hear] * 10)
    world.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    engine = _engine(world)
    engine.start()
    try:
        # the clock jumps, nobody rings a bell; then it goes on to the instant
        world.clock.set(
            shanghai_time("2024-11-14 14:00") - timedelta(hours=1) + min(jump, timedelta(0))
        )
        assert not heard.is_set()
        world.clock.set(shanghai_time("2024-11-14 14:00") + max(jump, timedelta(0)) / 4)
        assert heard.wait(_WAIT)
    finally:
        engine.end()
        world.ledger.close()


def test_what_is_due_is_looked_for_every_15_seconds_even_if_nothing_seems_to_be(
    tmp_path: Path,
) -> None:
    world = World(tmp_path, CONSOLE + _TEAM, shanghai_time("2024-11-14 09:00"))
    now = world.clock.now()
    waits = {step.name: step.run(now).after for step in world.service.steps() if "c" in step.name}
    assert waits["dispatch"] == waits["channel console"] == timedelta(seconds=15)
    world.ledger.close()


_OPERATORS = '[channels.ops]\nurl = "console://"\n[operators]\nchannels = ["ops"]\n'


def test_an_inbox_that_is_gone_is_said_and_what_is_imported_is_planned_all_the_same(
    tmp_path: Path,
) -> None:
    world = World(tmp_path, CONSOLE + _TEAM + _OPERATORS, shanghai_time("2024-11-14 09:00"))
    world.service.inbox.step(world.clock.now())
    world.settings.inbox.rmdir()
    world.service.ingest.store([a_notice(parcels=(a_parcel(milestones=_AT),))], world.clock.now())
    assert world.service.inbox.step(world.clock.now()).wake
    assert not world.service.inbox.step(world.clock.now()).wake
    assert world.ledger.views.reminders_ahead() > 0
    assert ["收件文件夹" in text for text in world.said("ops")] == [True]
    world.settings.inbox.mkdir()
    world.service.inbox.step(world.clock.now())
    assert len(world.said("ops")) == 2
    world.ledger.close()


def test_a_step_that_the_end_of_the_daemon_interrupts_alarms_nobody(tmp_path: Path) -> None:
    world = World(tmp_path, CONSOLE + _TEAM, shanghai_time("2024-11-14 09:00"))
    world.service.lifecycle.end()
    world.ledger.close()
    for step in world.service.steps():
        step.run(world.clock.now())
    assert world.tried() == 0


def test_what_a_reload_could_not_do_is_done_when_the_house_is_kept(tmp_path: Path) -> None:
    old = (
        '[channels.old]\nurl = "console://"\n[[recipients]]\nname = "old"\nchannels = ["old"]\n'
        + _RULES
    )
    world = World(tmp_path, CONSOLE + old, shanghai_time("2024-11-14 09:00"))
    world.channels["old"].script = [Outcome(verdict=Verdict.RETRY, words="not reachable")] * 99
    world.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    world.go(shanghai_time("2024-11-14 09:02"))
    new = settings_of(
        tmp_path,
        CONSOLE + old.replace('["old"]', '["console"]').replace("[channels.old]", "[channels.x]"),
    )
    channels = {name: FakeChannel(name) for name in new.channels}
    world.service.active.exchange(make_setup(new, world.service.active.setup.renderer, channels))
    world.service.housekeeping.step(world.clock.now())
    waiting = world.ledger.database.rows("SELECT channel FROM deliveries WHERE state = 'queued'")
    assert [row["channel"] for row in waiting] == ["console"]
    world.ledger.close()


def _engine(world: World) -> Embedded:
    return Embedded(service=world.service, clock=world.clock, reload=lambda: None)


def test_a_channel_is_closed_when_it_is_replaced_when_it_is_gone_and_at_the_end(
    tmp_path: Path,
) -> None:
    gone = (
        '[channels.gone]\nurl = "console://"\n[[recipients]]\nname = "old"\nchannels = ["gone"]\n'
    )
    world = World(tmp_path, CONSOLE + _TEAM + _RULES + gone, shanghai_time("2024-11-14 09:00"))
    before = dict(world.channels)
    world.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    world.go(shanghai_time("2024-11-14 09:02"))
    assert [channel.closed for channel in before.values()] == [False, False]
    new = settings_of(tmp_path, CONSOLE + _TEAM + _RULES)
    world.channels = {"console": FakeChannel("console")}
    setup = make_setup(new, world.service.active.setup.renderer, world.channels)
    world.service.lifecycle.apply(setup, world.clock.now())
    world.service.sending.send_next("gone", world.clock.now())
    assert before["gone"].closed
    world.save(a_notice(notice_no="告2", parcels=(a_parcel(parcel_no="乙2号", milestones=_AT),)))
    world.go(shanghai_time("2024-11-14 09:05"))
    assert world.said()
    assert before["console"].closed
    assert not world.channels["console"].closed
    for step in world.service.steps():
        step.end()
    assert world.channels["console"].closed


def test_a_step_that_wakes_another_is_not_missed_while_that_one_runs(tmp_path: Path) -> None:
    world = World(tmp_path, CONSOLE + _TEAM, shanghai_time("2024-11-14 09:00"))
    calls: list[str] = []
    begun, twice = threading.Event(), threading.Event()
    woken = threading.Event()
    hour = timedelta(hours=1)

    def slow(_: datetime) -> Again:
        calls.append("slow")
        begun.set()
        if len(calls) > 1:
            twice.set()
        assert woken.wait(_WAIT)
        return Again(after=hour)

    def quick(_: datetime) -> Again:
        return Again(after=hour, wake=True)

    steps = (
        Step(name="slow", run=slow),
        Step(name="quick", run=quick, wakes=("slow",), may_block=True),
    )
    engine = _engine(world)
    engine._steps = {step.name: step for step in steps}
    engine._bells = {step.name: threading.Event() for step in steps}
    engine._scheduler = _new_scheduler(engine._scheduler_time)
    engine._schedule(steps[0], is_new=True)
    engine._scheduler.start()
    try:
        assert begun.wait(_WAIT)
        engine._run("quick")
        woken.set()
        assert twice.wait(_WAIT)
    finally:
        engine.end()
        world.ledger.close()


def test_ten_thousand_reminders_of_one_second_are_all_handed_over(tmp_path: Path) -> None:
    teams = "".join(
        f'[[recipients]]\nname = "team {number}"\nchannels = ["console"]\n{_RULES}'
        for number in range(5)
    )
    world = World(
        tmp_path, 'group_wait = "0s"\n' + CONSOLE + teams, shanghai_time("2024-11-14 09:00")
    )
    parcels = tuple(a_parcel(parcel_no=f"甲{number}号", milestones=_AT) for number in range(2_000))
    world.save(a_notice(parcels=parcels))
    world.work()
    announced = len(world.said())
    world.clock.set(shanghai_time("2024-11-14 14:00"))
    world.work()
    done = connection_of(world.ledger).execute(
        "SELECT count(*) FROM reminders WHERE kind = 'reminder' AND state = 'done'"
    )
    assert done.fetchone()[0] == 10_000
    assert world.ledger.views.reminders_ahead() == 0
    assert len(world.said()) - announced == 2, (
        "2,000 parcels, at most 1,000 a message, each names all five teams"
    )
    world.ledger.close()


_LOOP = """
import sys
from pathlib import Path
from notifier.engines.embedded import Embedded
from notifier.testing import shanghai_time
from tests.services import CONSOLE, World, settings_of
world = World(Path(sys.argv[1]), CONSOLE, shanghai_time("2024-11-14 09:00"))
engine = Embedded(service=world.service, clock=world.clock, reload=lambda: None)
engine.start = lambda: print("started", flush=True)
engine.read_config_again = lambda: None
engine.run()
"""


def test_a_signal_at_any_moment_of_the_loop_is_heard_and_never_stops_it_short(
    tmp_path: Path,
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _LOOP, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "started\n"
        for _ in range(30_000):  # the loop goes round all the time: some arrive wherever it is
            running.send_signal(signal.SIGHUP)
        running.send_signal(signal.SIGTERM)
        try:
            assert running.wait(_WAIT) == 0
        finally:
            running.kill()


def test_the_jobs_of_the_scheduler_recur_by_a_clock_that_nobody_sets() -> None:
    zone = SteadyTime()
    with freeze_time("2024-11-14 14:00") as wall:
        scheduler = BackgroundScheduler(
            timezone=zone, job_defaults={"misfire_grace_time": None, "coalesce": True}
        )
        scheduler.add_executor(DebugExecutor())
        runs = count()
        scheduler.add_job(lambda: next(runs), Every(3600), id="often")
        scheduler.start(paused=True)
        try:
            for there in ("2082-01-01", "2000-01-01", "2024-11-14 14:00"):
                wall.move_to(there)
                (job,) = scheduler.get_jobs()
                left = (job.next_run_time - zone.now()).total_seconds()
                assert 3_590 < left <= 3_600
                scheduler.modify_job("often", next_run_time=zone.now())
                scheduler.state = STATE_RUNNING
                assert 3_590 < scheduler._process_jobs() <= 3_600
                scheduler.state = STATE_PAUSED
            assert next(runs) == 3
        finally:
            scheduler.shutdown(wait=False)
