"""Parcels that nobody is reminded of are told; digests without news are not sent; each hears the
kinds it wants."""

from __future__ import annotations

from datetime import timedelta

import pytest

from notifier.domain.outcomes import Outcome, Verdict
from notifier.domain.times import shanghai
from notifier.domain.values import MilestoneName
from notifier.testing import a_notice, a_parcel, shanghai_time
from tests.services import CONSOLE, MakeWorld, World

_HOUR = timedelta(hours=1)
_QUARTER = timedelta(minutes=15)
_START = "2024-11-01 13:00"
_OPS = '[channels.ops]\nurl = "console://"\n[operators]\nchannels = ["ops"]\n'
_TEAM = '[[recipients]]\nname = "team"\nchannels = ["console"]\nfilter = { city = "宁波市" }\n'
_ALL = '[[recipients]]\nname = "team"\nchannels = ["console"]\n'
_DIGEST = 'digest = "08:45"\n'
_RULES = 'rules = [{ milestone = "registration_close", leads = ["3h"], urgent_from = "3h" }]\n'


def _publish(world: World, number: str, at: str = "2024-11-14 17:00", city: str = "杭州") -> None:
    parcel = a_parcel(parcel_no=number, milestones={"registration_close": at})
    world.save(
        a_notice(notice_no=f"告{number}", file=f"{number}.csv", city=city, parcels=(parcel,))
    )


# -- parcels that nobody is reminded of -----------------------------------------------------------


def test_operators_hear_at_once_of_parcels_that_no_filter_matches_many_in_one_message(
    world: MakeWorld,
) -> None:
    program = world(CONSOLE + _OPS + _TEAM, _START)
    for number in ("甲1号", "甲2号", "甲3号"):
        _publish(program, number)
    _publish(program, "乙1号", city="宁波")
    program.go(shanghai_time("2024-11-01 13:02"), timedelta(seconds=15))
    (alert,) = program.said("ops")
    assert alert.startswith("3宗地块没有人会收到提醒")
    for words in ("甲1号, 杭州 上城区: 报名截止 2024-11-14 17:00", "甲2号", "甲3号"):
        assert words in alert
    assert "乙1号" not in alert
    program.go(shanghai_time("2024-11-01 23:00"), _HOUR)
    assert len(program.said("ops")) == 1


def test_an_uncovered_parcel_is_told_once_across_restarts_and_again_only_if_uncovered_anew(
    world: MakeWorld,
) -> None:
    text = CONSOLE + _OPS + _TEAM
    program = world(text, _START)
    _publish(program, "甲1号")
    program.go(shanghai_time("2024-11-01 13:02"))
    program.restart()
    program.go(shanghai_time("2024-11-01 13:10"))
    assert len(program.said("ops")) == 1
    program.clock.set(shanghai_time("2024-11-01 14:00"))
    program.restart(CONSOLE + _OPS + _ALL)
    program.go(shanghai_time("2024-11-01 14:05"))
    assert len(program.said("ops")) == 1
    assert "甲1号" in program.said()[-1]
    program.clock.set(shanghai_time("2024-11-01 15:00"))
    program.restart(text)
    program.go(shanghai_time("2024-11-01 15:05"))
    assert len(program.said("ops")) == 2


def test_what_was_stored_by_an_older_version_and_is_uncovered_is_told(world: MakeWorld) -> None:
    program = world(CONSOLE + _OPS + _TEAM, _START)
    _publish(program, "甲1号")
    with program.ledger.database.write():
        program.ledger.database.execute("UPDATE parcels SET uncovered_at = NULL")
    program.ledger.memory.put("plan", "what an older version noted")
    program.restart()
    program.go(shanghai_time("2024-11-01 13:05"))
    assert len(program.said("ops")) == 1


def test_what_is_covered_skipped_or_over_before_it_is_told_is_not_told(world: MakeWorld) -> None:
    program = world(CONSOLE + _OPS + _TEAM, _START)
    _publish(program, "甲1号")
    (offer,) = program.ledger.parcels.all()
    program.ledger.acknowledgements.add(offer.id, "*", "张三", program.clock.now())
    _publish(program, "甲2号", at="2024-11-01 09:00")
    program.go(shanghai_time("2024-11-01 15:00"), _HOUR)
    assert program.said("ops") == []


def test_recipients_without_reminders_cover_nothing(world: MakeWorld) -> None:
    manager = (
        '[[recipients]]\nname = "boss"\nchannels = ["console"]\nkinds = ["digest"]\n'
        'digest = "08:45"\n'
    )
    program = world(CONSOLE + _OPS + manager, _START)
    _publish(program, "甲1号")
    program.go(shanghai_time("2024-11-01 13:02"))
    assert len(program.said("ops")) == 1


def test_the_digests_say_what_nobody_is_reminded_of(world: MakeWorld) -> None:
    program = world(CONSOLE + _OPS + _TEAM + _DIGEST, _START)
    _publish(program, "甲1号")
    _publish(program, "乙1号", city="宁波")
    program.go(shanghai_time("2024-11-04 09:00"), _QUARTER)
    (team,) = [text for text in program.said() if text.startswith("日程")]
    assert "有1宗地块不符合任何接收人的条件，没有人会收到提醒：甲1号" in team
    (_, operators) = program.said("ops")
    assert operators.startswith("无人接收提醒：未来14天1个节点，最近报名截止 11月14日17:00")
    assert "乙1号" not in operators
    program.go(shanghai_time("2024-11-06 09:00"), _QUARTER)
    assert len(program.said("ops")) == 2


def test_operators_hear_once_more_of_an_uncovered_parcel_when_its_deadline_is_near(
    world: MakeWorld,
) -> None:
    program = world(CONSOLE + _OPS + _TEAM, _START)
    _publish(program, "甲1号", at="2024-11-20 17:00")
    heard = []
    while program.clock.now() < shanghai_time("2024-11-22 12:00"):
        before = len(program.said("ops"))
        program.go(program.clock.now() + _QUARTER, _QUARTER)
        heard += [f"{shanghai(program.clock.now()):%m-%d %H:%M}"] * (
            len(program.said("ops")) - before
        )
    # at once; when it is within the fourteen days of a digest; within three days
    assert heard == ["11-01 13:15", "11-07 08:45", "11-18 08:45"]


def test_operators_whose_parcels_are_all_covered_get_no_digest(world: MakeWorld) -> None:
    program = world(CONSOLE + _OPS + _ALL, _START)
    _publish(program, "甲1号")
    program.go(shanghai_time("2024-11-05 12:00"), _HOUR)
    assert program.said("ops") == []


# -- digests --------------------------------------------------------------------------------------


def _digests(world: World, channel: str = "console") -> list[str]:
    return [text for text in world.said(channel) if text.startswith("日程")]


def test_a_digest_that_says_what_the_last_one_said_is_not_sent(world: MakeWorld) -> None:
    program = world(CONSOLE + _ALL + _DIGEST + _RULES, now="2024-11-04 08:00")
    _publish(program, "甲1号")
    program.go(shanghai_time("2024-11-07 12:00"), _QUARTER)
    assert len(_digests(program)) == 1
    _publish(program, "甲2号", at="2024-11-15 17:00")
    program.go(shanghai_time("2024-11-08 12:00"), _QUARTER)
    assert len(_digests(program)) == 2
    # 甲1号 is done: its state is news
    first = next(iter(program.ledger.parcels.all()))
    program.ledger.acknowledgements.add(
        first.id, MilestoneName.REGISTRATION_CLOSE.value, "张三", program.clock.now()
    )
    program.go(shanghai_time("2024-11-13 12:00"), _QUARTER)
    assert len(_digests(program)) == 3
    # both have passed: that nothing is left is said once
    program.go(shanghai_time("2024-11-22 12:00"), _QUARTER)
    assert ["甲2号" in text for text in _digests(program)] == [False, True, True, False]
    assert _digests(program)[-1].startswith("日程：未来14天没有节点")


def test_the_last_digest_is_remembered_across_restarts(world: MakeWorld) -> None:
    program = world(CONSOLE + _ALL + _DIGEST, now="2024-11-04 08:00")
    _publish(program, "甲1号")
    for day in ("04", "05", "06"):
        program.go(shanghai_time(f"2024-11-{day} 10:00"), _QUARTER)
        program.restart()
    assert len(_digests(program)) == 1


def test_a_digest_that_did_not_arrive_is_sent_again_the_next_day(world: MakeWorld) -> None:
    program = world(CONSOLE + _ALL + _DIGEST + _RULES, now="2024-11-04 08:00")
    _publish(program, "甲1号")
    program.go(shanghai_time("2024-11-04 08:30"), _QUARTER)
    program.channels["console"].script = [Outcome(verdict=Verdict.REJECTED, words="no")]
    program.go(shanghai_time("2024-11-04 18:00"), _QUARTER)
    assert _digests(program) == []
    program.go(shanghai_time("2024-11-06 12:00"), _QUARTER)
    assert len(_digests(program)) == 1


def test_whoever_wants_every_digest_gets_every_digest(world: MakeWorld) -> None:
    program = world(CONSOLE + _ALL + _DIGEST + "digest_unchanged = true\n", now="2024-11-04 08:00")
    _publish(program, "甲1号")
    program.go(shanghai_time("2024-11-06 12:00"), _QUARTER)
    assert len(_digests(program)) == 3


def test_a_weekly_digest_comes_once_a_week(world: MakeWorld) -> None:
    program = world(
        CONSOLE + _ALL + _DIGEST + 'digest_on = ["周一"]\ndigest_unchanged = true\n',
        now="2024-11-01 08:00",
    )
    _publish(program, "甲1号", at="2024-12-20 17:00")
    program.go(shanghai_time("2024-11-20 12:00"), 2 * _QUARTER)
    assert len(_digests(program)) == 3


# -- kinds ----------------------------------------------------------------------------------------


def test_a_manager_hears_digests_and_escalations_alone(world: MakeWorld) -> None:
    boss = (
        '[channels.boss]\nurl = "console://"\n[[recipients]]\nname = "boss"\nchannels = ["boss"]\n'
        'kinds = ["digest", "escalation"]\ndigest = "08:45"\n'
    )
    team = _ALL + _RULES + 'escalate_to = ["boss"]\n'
    program = world(CONSOLE + boss + team, now="2024-11-13 08:00")
    _publish(program, "甲1号")
    program.go(shanghai_time("2024-11-14 18:00"), _QUARTER)
    assert [text.split("：")[0] for text in program.said("boss")] == ["日程", "【急】无人确认"]
    assert ["新地块" in text for text in program.said()] == [True, False]


@pytest.mark.parametrize(
    ("kinds", "heard"),
    [
        ('["new"]', ["新地块"]),
        ('["reminder"]', ["【急】报名截止"]),
        ('["new", "reminder"]', ["新地块", "【急】报名截止"]),
    ],
)
def test_each_hears_the_kinds_it_wants(world: MakeWorld, kinds: str, heard: list[str]) -> None:
    program = world(
        CONSOLE + _ALL + f"kinds = {kinds}\n" + (_RULES if "reminder" in kinds else ""),
        now="2024-11-13 08:00",
    )
    _publish(program, "甲1号")
    program.go(shanghai_time("2024-11-14 16:00"), _QUARTER)
    assert [text.split(" ")[0] for text in program.said()] == heard
