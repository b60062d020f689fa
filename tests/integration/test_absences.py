"""Recipients who are missing from the config: for a moment, or for good."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from notifier.domain.outcomes import Outcome, Verdict
from notifier.service import make_setup
from notifier.testing import FakeChannel, a_notice, a_parcel, shanghai_time
from tests.services import CONSOLE, RULES, World, settings_of

_OPERATORS = '[channels.ops]\nurl = "console://"\n[operators]\nchannels = ["ops"]\n'
_OTHER = '[[recipients]]\nname = "other"\nchannels = ["console"]\n'
_TEAM = (
    '[channels.team]\nurl = "console://"\n[[recipients]]\nname = "team"\n'
    f'channels = ["team"]\n{RULES}'
)
_WHOLE = CONSOLE + _OPERATORS + _OTHER + _TEAM
_WITHOUT = CONSOLE + _OPERATORS + _OTHER
_AT = {"registration_close": "2024-11-14 17:00"}
_MINUTE = timedelta(minutes=1)


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path, _WHOLE, shanghai_time("2024-11-14 09:00"))
    made.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    made.go(made.clock.now() + 2 * _MINUTE)
    return made


def _read_again(world: World, text: str) -> None:
    """As SIGHUP does, and the minute after it."""
    settings = settings_of(world.folder, text)
    world.channels = {
        name: world.channels.get(name) or FakeChannel(name) for name in settings.channels
    } | {name: channel for name, channel in world.channels.items() if name not in settings.channels}
    used = {name: world.channels[name] for name in settings.channels}
    setup = make_setup(settings, world.service.active.setup.renderer, used)
    world.service.lifecycle.apply(setup, world.clock.now())


def _planned(world: World) -> int:
    sql = "SELECT count(*) FROM reminders WHERE state = 'planned' AND recipient = 'team'"
    return int(world.ledger.database.value(sql))


def _keep_house(world: World, minutes: int) -> None:
    for _ in range(minutes):
        world.clock.move(_MINUTE)
        world.work()
        world.service.housekeeping.keep_ledger(world.clock.now())
        world.service.failover.reroute(world.clock.now())
        world.service.absentees.give_up(world.clock.now())
        world.service.planning.replan_if_config_changed(world.clock.now())


def test_what_falls_due_while_somebody_is_away_is_sent_when_they_are_back(world: World) -> None:
    world.clock.set(shanghai_time("2024-11-14 13:50"))
    world.work()
    before = len(world.said("team"))
    _read_again(world, _WITHOUT)
    _keep_house(world, 20)  # it was due at 14:00
    assert len(world.said("team")) == before
    _read_again(world, _WHOLE)
    _keep_house(world, 1)
    assert len(world.said("team")) == before + 1
    assert "报名截止" in world.titles("team")[-1]
    world.ledger.close()


def test_a_message_that_waits_for_its_channel_outlasts_a_moment_without_its_recipient(
    world: World,
) -> None:
    world.channels["team"].script = [Outcome(verdict=Verdict.RETRY, words="not reachable")]
    before = len(world.said("team"))
    world.clock.set(shanghai_time("2024-11-14 14:00"))
    world.work()
    _read_again(world, _WITHOUT)
    _keep_house(world, 3)
    _read_again(world, _WHOLE)
    _keep_house(world, 1)
    assert len(world.said("team")) == before + 1
    world.ledger.close()


def test_a_restart_while_somebody_is_away_loses_nothing(world: World) -> None:
    world.clock.set(shanghai_time("2024-11-14 13:50"))
    world.work()
    before = len(world.said("team"))
    world.restart(_WITHOUT)
    world.clock.set(shanghai_time("2024-11-14 14:05"))
    world.work()
    team = FakeChannel("team")
    world.channels["team"] = team
    world.restart(_WHOLE)
    world.work()
    assert len(world.said("team")) == 1, before
    world.ledger.close()


def test_who_stays_away_for_an_hour_is_given_up_and_operators_are_told_once(world: World) -> None:
    ahead = _planned(world)
    assert ahead
    _read_again(world, _WITHOUT)
    world.clock.jump(timedelta(hours=5))  # no hour has passed for that
    _keep_house(world, 58)
    assert _planned(world) == ahead
    assert world.said("ops") == []
    world.clock.jump(-timedelta(hours=5))
    _keep_house(world, 65)
    assert _planned(world) == 0
    (alert,) = world.said("ops")
    assert "team" in alert
    assert "已取消" in alert
    _read_again(world, _WHOLE)
    assert _planned(world) > 0, "who comes back later is planned for like anybody new"
    world.ledger.close()
