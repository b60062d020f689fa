"""The engine's loop with a clock that is moved by hand."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from notifier.domain.drafts import Message
from notifier.domain.outcomes import Outcome
from notifier.engines.embedded import Embedded
from notifier.testing import SENT, a_notice, a_parcel, shanghai_time
from tests.services import CONSOLE, World

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
    engine = Embedded(
        service=world.service,
        ledger=world.ledger,
        clock=world.clock,
        settings=world.settings,
        reload=lambda: world.settings,
        longest_wait=0.2,
    )
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
    engine = Embedded(
        service=world.service,
        ledger=world.ledger,
        clock=world.clock,
        settings=world.settings,
        reload=lambda: world.settings,
    )
    assert engine._longest_wait == 15.0
    world.ledger.close()


def test_ten_thousand_reminders_of_one_second_are_all_handed_over(tmp_path: Path) -> None:
    teams = "".join(f'[[recipients]]\nname = "team {number}"\nchannels = ["console"]\n{_RULES}' for number in range(5))
    world = World(tmp_path, 'group_wait = "0s"\n' + CONSOLE + teams, shanghai_time("2024-11-14 09:00"))
    parcels = tuple(a_parcel(parcel_no=f"甲{number}号", milestones=_AT) for number in range(2_000))
    world.save(a_notice(parcels=parcels))
    world.work()
    announced = len(world.said())
    world.clock.set(shanghai_time("2024-11-14 14:00"))
    world.work()
    done = world.ledger._conn.execute("SELECT count(*) FROM reminders WHERE kind = 'reminder' AND state = 'done'")
    assert done.fetchone()[0] == 10_000
    assert world.ledger.reminders_ahead() == 0
    assert len(world.said()) - announced == 10, "2,000 parcels a team, at most 1,000 a message"
    world.ledger.close()


_LOOP = """
import sys
from pathlib import Path
from notifier.engines.embedded import Embedded
from notifier.testing import shanghai_time
from tests.services import CONSOLE, World
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
