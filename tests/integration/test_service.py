"""The steps of the work on a real ledger, instant by instant."""

from __future__ import annotations

from datetime import timedelta

import pytest

from notifier.domain.outcomes import Outcome, Verdict
from notifier.domain.values import Kind
from notifier.testing import a_notice, a_parcel, shanghai_time
from tests.services import CONSOLE, RULES, TEAM, MakeWorld

_AT = {"registration_close": "2024-11-14 17:00"}
_RETRY = Outcome(verdict=Verdict.RETRY, words="not reachable")
_REJECTED = Outcome(verdict=Verdict.REJECTED, words="errcode 93000")


def test_reminders_come_at_their_leads_and_nothing_comes_twice(world: MakeWorld) -> None:
    program = world()
    program.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    program.go(shanghai_time("2024-11-15 00:00"), timedelta(minutes=10))
    assert [title.split("）")[0] for title in program.titles()] == [
        "新地块 杭州上城区 杭政储出[2024]901号，报名截止 11月14日17:00，起始价99,000万元",
        "报名截止 明天17:00（还剩1天",
        "【急】报名截止 今天17:00（还剩3小时",
    ]


def test_saving_the_same_notice_again_says_nothing(world: MakeWorld) -> None:
    program = world()
    for file in ("a.csv", "a.csv", "b.csv"):
        program.save(a_notice(file=file, parcels=(a_parcel(milestones=_AT),)))
        program.go(program.clock.now() + timedelta(minutes=2))
    assert len(program.said()) == 1


def test_a_moved_deadline_is_told_as_old_and_new_and_reminded_of_at_its_new_time(
    world: MakeWorld,
) -> None:
    program = world()
    program.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    program.go(shanghai_time("2024-11-01 12:00"))
    program.save(
        a_notice(parcels=(a_parcel(milestones={"registration_close": "2024-11-20 16:00"}),))
    )
    program.go(shanghai_time("2024-11-21 00:00"), timedelta(minutes=10))
    change, *reminders = program.said()[1:]
    assert "11月14日（周四）17:00 → 11月20日（周三）16:00" in change
    assert len(reminders) == 2
    assert all("11月20日（周三）16:00" in text for text in reminders)


def test_a_suspension_silences_and_a_resumption_wakes(world: MakeWorld) -> None:
    program = world()
    program.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    program.go(shanghai_time("2024-11-02 10:00"), timedelta(hours=1))
    number = a_notice().notice_no
    program.save(
        a_notice(
            file="stop.md", kind=Kind.SUSPENSION, notice_no="", refers_to=(number,), parcels=()
        )
    )
    program.go(shanghai_time("2024-11-14 15:00"), timedelta(hours=1))
    assert len(program.said()) == 2
    program.save(
        a_notice(file="go.md", kind=Kind.RESUMPTION, notice_no="", refers_to=(number,), parcels=())
    )
    program.go(shanghai_time("2024-11-14 17:00"))
    assert len(program.said()) == 3
    assert "还剩" in program.said()[-1]


def test_a_termination_ends_all_reminders_and_is_told(world: MakeWorld) -> None:
    program = world()
    program.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    number = a_notice().notice_no
    program.go(shanghai_time("2024-11-02 10:00"), timedelta(hours=1))
    program.save(
        a_notice(
            file="end.md", kind=Kind.TERMINATION, notice_no="", refers_to=(number,), parcels=()
        )
    )
    program.go(shanghai_time("2024-11-15 00:00"), timedelta(hours=1))
    assert len(program.said()) == 2
    assert "终止" in program.said()[-1]
    assert program.ledger.views.reminders_ahead() == 0


def test_a_change_that_fits_nothing_known_is_said_aloud_to_those_of_its_city(
    world: MakeWorld,
) -> None:
    far = '[[recipients]]\nname = "far"\nchannels = ["other"]\nfilter = { city = "宁波" }\n'
    program = world(CONSOLE + '[channels.other]\nurl = "console://"\n' + TEAM + far)
    program.save(
        a_notice(
            kind=Kind.POSTPONEMENT, notice_no="", refers_to=("杭不存在告[2024]1号",), parcels=()
        )
    )
    program.work()
    assert ["未能对应" in text for text in program.said()] == [True]
    assert program.said("other") == []


def test_after_downtime_one_message_says_what_is_ahead_and_what_was_missed(
    world: MakeWorld,
) -> None:
    program = world()
    late = a_parcel(parcel_no="甲1号", milestones={"registration_close": "2024-11-10 17:00"})
    ahead = a_parcel(parcel_no="乙2号", milestones=_AT)
    program.save(a_notice(parcels=(late, ahead)))
    program.go(shanghai_time("2024-11-01 10:05"))
    program.clock.set(shanghai_time("2024-11-14 16:00"))
    program.restart()
    program.go(shanghai_time("2024-11-14 16:30"))
    assert len(program.said()) == 2
    caught_up = program.said()[-1]
    assert caught_up.index("乙2号") < caught_up.index("错过") < caught_up.rindex("甲1号")
    assert "还剩59分钟" in caught_up


def test_what_is_done_is_not_reminded_of_and_resume_undoes_it(world: MakeWorld) -> None:
    program = world()
    program.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    program.go(shanghai_time("2024-11-01 10:05"))
    offer = program.ledger.parcels.find("901号")[0]
    program.ledger.acknowledgements.add(offer.id, "registration_close", "张", program.clock.now())
    program.go(shanghai_time("2024-11-14 15:00"), timedelta(hours=1))
    assert len(program.said()) == 1
    program.ledger.acknowledgements.remove(
        offer.id, "registration_close", "张", program.clock.now()
    )
    program.go(shanghai_time("2024-11-14 16:00"))
    assert len(program.said()) == 2


def test_a_retried_delivery_arrives_once_and_an_expired_one_is_said_aloud(world: MakeWorld) -> None:
    operators = '[channels.ops]\nurl = "console://"\n[operators]\nchannels = ["ops"]\n'
    program = world(CONSOLE + operators + TEAM + RULES)
    program.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    program.channels["console"].script = [_RETRY, _RETRY]
    program.go(shanghai_time("2024-11-01 10:10"))
    assert len(program.said()) == 1
    program.clock.set(shanghai_time("2024-11-14 14:00"))
    program.channels["console"].script.extend([_RETRY] * 10_000)
    program.go(shanghai_time("2024-11-14 17:05"))
    alerts = "\n".join(program.said("ops"))
    assert "连续发送失败" in alerts
    assert "有消息未能送达 team" in alerts
    assert sum("连续发送失败" in text for text in program.said("ops")) == 1


def test_a_rejected_delivery_goes_to_the_fallback_at_once_and_names_the_failed_channel(
    world: MakeWorld,
) -> None:
    text = CONSOLE + '[channels.sms]\nurl = "console://"\n' + TEAM + 'fallback = ["sms"]\n' + RULES
    program = world(text)
    program.channels["console"].script = [_REJECTED]
    program.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    program.go(shanghai_time("2024-11-01 10:01"))
    (fallback,) = program.said("sms")
    assert "console" in fallback


def test_a_hanging_channel_is_left_after_a_tenth_of_the_time_left(world: MakeWorld) -> None:
    text = CONSOLE + '[channels.sms]\nurl = "console://"\n' + TEAM + 'fallback = ["sms"]\n' + RULES
    program = world(text)
    program.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    program.go(shanghai_time("2024-11-14 13:59"), timedelta(hours=1))
    program.channels["console"].script.extend([_RETRY] * 1_000)
    began = shanghai_time("2024-11-14 14:00")
    program.go(began + timedelta(minutes=18), timedelta(seconds=10))
    assert len(program.said("sms")) == 1


def test_a_recipient_removed_while_its_message_waits_gets_nothing_more(world: MakeWorld) -> None:
    other = '[[recipients]]\nname = "other"\nchannels = ["console"]\nfilter = { city = "宁波" }\n'
    program = world(CONSOLE + TEAM + RULES + other)
    program.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    program.channels["console"].script = [_RETRY]
    program.go(shanghai_time("2024-11-01 10:01"))
    program.restart(CONSOLE + other)
    program.go(shanghai_time("2024-11-14 17:00"), timedelta(hours=1))
    assert program.said() == []


def test_reminders_due_within_group_wait_go_out_as_one_and_never_later(world: MakeWorld) -> None:
    program = world('group_wait = "60s"\n' + CONSOLE + TEAM + RULES)
    first = a_parcel(parcel_no="甲1号", milestones={"registration_close": "2024-11-14 17:00:00"})
    second = a_parcel(parcel_no="乙2号", milestones={"registration_close": "2024-11-14 17:00:50"})
    program.save(a_notice(parcels=(first, second)))
    program.go(shanghai_time("2024-11-14 13:59:59"), timedelta(hours=1))
    before = len(program.said())
    program.clock.set(shanghai_time("2024-11-14 14:00:00"))
    program.work()
    assert len(program.said()) == before + 1
    assert "甲1号" in program.said()[-1]
    assert "乙2号" in program.said()[-1]


def test_an_urgent_reminder_that_nobody_acknowledges_escalates_and_names_who_was_told(
    world: MakeWorld,
) -> None:
    boss = '[[recipients]]\nname = "boss"\nchannels = ["other"]\nfilter = { city = "宁波" }\n'
    text = (
        CONSOLE
        + '[channels.other]\nurl = "console://"\n'
        + TEAM
        + 'escalate_to = ["boss"]\n'
        + RULES
        + boss
    )
    program = world(text)
    program.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    program.go(shanghai_time("2024-11-14 14:20"), timedelta(minutes=5))
    (escalation,) = program.said("other")
    assert "team" in escalation
    assert "尚无人确认" in escalation


def test_a_config_change_that_touches_nobody_writes_nothing(world: MakeWorld) -> None:
    program = world()
    program.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    assert program.service.planning.replan_if_config_changed(program.clock.now()) is False


@pytest.mark.parametrize(
    "jump", [timedelta(hours=2), timedelta(hours=-2), timedelta(days=1), timedelta(days=-1)]
)
def test_a_jump_of_the_clock_loses_nothing_and_repeats_nothing(
    world: MakeWorld, jump: timedelta
) -> None:
    program = world()
    program.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    program.go(shanghai_time("2024-11-13 17:10"), timedelta(minutes=10))
    assert len(program.said()) == 2
    program.clock.move(jump)
    program.go(shanghai_time("2024-11-15 00:00"), timedelta(minutes=10))
    assert len(program.said()) == 3
