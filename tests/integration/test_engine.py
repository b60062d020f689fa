"""The engine's loop with a clock that is moved by hand."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import STATE_PAUSED, STATE_RUNNING
from freezegun import freeze_time

from notifier.domain.drafts import Message
from notifier.domain.outcomes import Outcome, Verdict
from notifier.engines.embedded import Embedded
from notifier.engines.steady import Every, SteadyTime
from notifier.testing import SENT, FakeChannel, a_notice, a_parcel, shanghai_time
from tests.ledgers import connection_of
from tests.services import CONSOLE, World, settings_of

_WAIT = 30.0  # seconds until the test gives up
_TEAM = '[[recipients]]\nname = "team"\nchannels = ["console"]\n'
_RULES = 'rules = [{ milestone = "registration_close", leads = ["3h"] }]\n'
_AT = {"registration_close": "2024-11-14 17:00"}


@pytest.mark.parametrize("jump", [timedelta(hours=2), timedelta(hours=-2)])
def test_a_clock_that_jumps_is_noticed_within_the_longest_wait(tmp_path: Path, jump: timedelta) -> None:
    world = World(tmp_path, 'group_wait = "0s"\n' + CONSOLE + _TEAM + _RULES, shanghai_time("2024-11-14 09:00"))
    heard = threading.Event()

    def hear(message: Message, _: str) -> Outcome:
        if "还剩3小时" in message.text or "还剩2小时" in message.text:
            heard.set()
        return SENT

    world.channels["console"].script.extend([hear] * 10)
    world.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    engine = _engine(world, longest_wait=0.2)
    engine.start()
    try:
        # the clock jumps, nobody rings a bell; then it goes on to the instant
        world.clock.set(shanghai_time("2024-11-14 14:00") - timedelta(hours=1) + min(jump, timedelta(0)))
        assert not heard.is_set()
        world.clock.set(shanghai_time("2024-11-14 14:00") + max(jump, timedelta(0)) / 4)
        assert heard.wait(_WAIT)
    finally:
        engine.end()
        world.ledger.close()


def test_the_longest_wait_is_15_seconds_unless_said_otherwise(tmp_path: Path) -> None:
    world = World(tmp_path, CONSOLE + _TEAM, shanghai_time("2024-11-14 09:00"))
    assert _engine(world)._longest_wait == 15.0
    world.ledger.close()


_OPERATORS = '[channels.ops]\nurl = "console://"\n[operators]\nchannels = ["ops"]\n'


def test_an_inbox_that_is_gone_is_said_and_what_is_imported_is_planned_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path, CONSOLE + _TEAM + _OPERATORS, shanghai_time("2024-11-14 09:00"))
    engine = _engine(world)
    monkeypatch.setattr(engine, "_next_dispatch", lambda wait: None)  # no scheduler runs here
    world.settings.inbox.rmdir()
    world.service.store([a_notice(parcels=(a_parcel(milestones=_AT),))], world.clock.now())
    engine._look()
    engine._look()
    assert world.ledger.views.reminders_ahead() > 0
    assert ["收件文件夹" in text for text in world.said("ops")] == [True]
    world.settings.inbox.mkdir()
    engine._look()
    assert len(world.said("ops")) == 2
    world.ledger.close()


def test_a_step_that_the_end_of_the_daemon_interrupts_alarms_nobody(tmp_path: Path) -> None:
    world = World(tmp_path, CONSOLE + _TEAM, shanghai_time("2024-11-14 09:00"))
    engine = _engine(world)
    engine.end()
    world.ledger.close()
    engine._dispatch()
    engine._keep_house()
    engine._look()
    assert world.tried() == 0


def test_what_a_reload_could_not_do_is_done_when_the_house_is_kept(tmp_path: Path) -> None:
    old = '[channels.old]\nurl = "console://"\n[[recipients]]\nname = "old"\nchannels = ["old"]\n' + _RULES
    world = World(tmp_path, CONSOLE + old, shanghai_time("2024-11-14 09:00"))
    world.channels["old"].script = [Outcome(verdict=Verdict.RETRY, words="not reachable")] * 99
    world.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    world.go(shanghai_time("2024-11-14 09:02"))
    new = settings_of(
        tmp_path, CONSOLE + old.replace('["old"]', '["console"]').replace("[channels.old]", "[channels.x]")
    )
    world.service.adopt(new, world.service._parts.renderer, {name: FakeChannel(name) for name in new.channels})
    engine = _engine(world)
    engine._keep_house()
    waiting = world.ledger.database.rows("SELECT channel FROM deliveries WHERE state = 'queued'")
    assert [row["channel"] for row in waiting] == ["console"]
    world.ledger.close()


def _engine(world: World, longest_wait: float = 15.0) -> Embedded:
    return Embedded(
        service=world.service,
        ledger=world.ledger,
        clock=world.clock,
        settings=world.settings,
        reload=lambda: world.settings,
        longest_wait=longest_wait,
    )


def test_ten_thousand_reminders_of_one_second_are_all_handed_over(tmp_path: Path) -> None:
    teams = "".join(f'[[recipients]]\nname = "team {number}"\nchannels = ["console"]\n{_RULES}' for number in range(5))
    world = World(tmp_path, 'group_wait = "0s"\n' + CONSOLE + teams, shanghai_time("2024-11-14 09:00"))
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
    assert len(world.said()) - announced == 2, "2,000 parcels, at most 1,000 a message, each names all five teams"
    world.ledger.close()


_LOOP = """
import sys
from pathlib import Path
from notifier.engines.embedded import Embedded
from notifier.testing import shanghai_time
from tests.services import CONSOLE, World, settings_of
world = World(Path(sys.argv[1]), CONSOLE, shanghai_time("2024-11-14 09:00"))
engine = Embedded(service=world.service, ledger=world.ledger, clock=world.clock, settings=world.settings,
                  reload=lambda: world.settings, longest_wait=0.001)
engine.start = lambda: print("started", flush=True)
engine._on_reload = lambda: None
engine.run()
"""


def test_a_signal_at_any_moment_of_the_loop_is_heard_and_never_stops_it_short(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", _LOOP, str(tmp_path)], stdout=subprocess.PIPE, text=True) as running:
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
        scheduler = BackgroundScheduler(timezone=zone, job_defaults={"misfire_grace_time": None, "coalesce": True})
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
