"""Clocks that are wrong for a while, silences, days without a time, files that break the program:
nothing is lost."""

from __future__ import annotations

import os
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from notifier.domain.outcomes import Outcome, Verdict
from notifier.domain.planning import Known, ParcelPlan, Planner
from notifier.domain.times import shanghai
from notifier.domain.values import Kind, Milestone, Precision
from notifier.intake.inbox import Inbox
from notifier.ledger.database import to_ms
from notifier.testing import a_milestone, a_notice, a_parcel, shanghai_time
from tests.services import CONSOLE, RULES, TEAM, MakeWorld, World

_RETRY = Outcome(verdict=Verdict.RETRY, words="not reachable")
_OPERATORS = '[channels.ops]\nurl = "console://"\n[operators]\nchannels = ["ops"]\n'
_BOSS = (
    '[channels.other]\nurl = "console://"\n[[recipients]]\nname = "boss"\nchannels = ["other"]\n'
    'filter = { city = "宁波" }\n'
)
_MINUTE = timedelta(minutes=1)


def _publish(world: World, at: str | Milestone, number: str = "甲1号", **fields: str) -> None:
    parcel = a_parcel(parcel_no=number, milestones={"registration_close": at})
    world.save(a_notice(notice_no=f"告{number}", parcels=(parcel,), **fields))


def _a_day(day: str) -> Milestone:
    return a_milestone(f"{day} 00:00", precision=Precision.DAY, quote=day)


# -- the clock ------------------------------------------------------------------------------------


def test_what_was_called_missed_by_a_clock_a_day_ahead_is_reminded_of_when_it_is_right_again(
    world: MakeWorld,
) -> None:
    program = world()
    _publish(program, "2024-11-14 17:00")
    program.go(shanghai_time("2024-11-13 18:00"), 30 * _MINUTE)
    before = len(program.said())
    program.clock.set(shanghai_time("2024-11-14 18:00"))
    program.go(shanghai_time("2024-11-14 18:10"))
    program.clock.set(shanghai_time("2024-11-13 18:10"))
    program.go(shanghai_time("2024-11-14 17:30"), 5 * _MINUTE)
    missed, reminder = program.said()[before:]
    assert "错过" in missed
    assert "还剩3小时" in reminder


def test_what_a_clock_ahead_took_for_past_is_announced_when_it_is_right_again(
    world: MakeWorld,
) -> None:
    program = world(now="2024-11-13 17:00")
    program.work()
    program.clock.set(shanghai_time("2024-11-14 20:00"))
    _publish(program, "2024-11-14 17:00")
    program.work()
    program.clock.set(shanghai_time("2024-11-13 20:00"))
    program.go(shanghai_time("2024-11-14 17:30"), 5 * _MINUTE)
    assert ["新地块" in text for text in program.said()] == [True, False]


def test_a_retry_noted_by_a_clock_a_day_ahead_does_not_wait_for_a_day(world: MakeWorld) -> None:
    program = world(now="2024-11-02 10:00")
    _publish(program, "2024-11-02 17:00")
    program.channels["console"].script = [_RETRY]
    program.go(shanghai_time("2024-11-02 10:01"))
    program.clock.set(shanghai_time("2024-11-01 10:01"))
    program.go(shanghai_time("2024-11-01 10:05"))
    assert len(program.said()) == 1


# -- days without a time of day -------------------------------------------------------------------


def test_a_deadline_of_today_without_a_time_is_announced_and_not_called_missed(
    world: MakeWorld,
) -> None:
    program = world(now="2024-11-14 08:30")
    _publish(program, _a_day("2024-11-14"))
    program.go(shanghai_time("2024-11-14 09:00"))
    (text,) = program.said()
    assert "甲1号" in text
    assert "错过" not in text


def test_after_downtime_a_day_that_is_not_over_is_still_reminded_of(world: MakeWorld) -> None:
    program = world()
    _publish(program, _a_day("2024-11-14"))
    program.go(shanghai_time("2024-11-12 10:00"), 30 * _MINUTE)
    before = len(program.said())
    program.clock.set(shanghai_time("2024-11-14 08:30"))
    program.restart()
    program.go(shanghai_time("2024-11-14 09:00"))
    (text,) = program.said()[before:]
    assert "错过" not in text


def test_a_digest_of_the_day_itself_still_shows_a_deadline_without_a_time(world: MakeWorld) -> None:
    program = world(
        CONSOLE + TEAM + 'digest = "08:45"\ndigest_unchanged = true\n' + RULES,
        now="2024-11-12 08:30",
    )
    _publish(program, _a_day("2024-11-14"))
    program.go(shanghai_time("2024-11-15 12:00"), 15 * _MINUTE)
    digests = [text for text in program.said() if text.startswith("日程")]
    assert ["甲1号" in text for text in digests] == [True, True, True, False]


def test_a_day_that_was_suspended_and_resumed_on_itself_is_reminded_of(world: MakeWorld) -> None:
    program = world()
    _publish(program, _a_day("2024-11-14"))
    program.go(shanghai_time("2024-11-12 10:00"), 30 * _MINUTE)
    program.save(
        a_notice(
            file="stop.md", kind=Kind.SUSPENSION, notice_no="", refers_to=("告甲1号",), parcels=()
        )
    )
    program.go(shanghai_time("2024-11-14 08:00"), 60 * _MINUTE)
    reminded = "SELECT lead FROM reminders WHERE kind = 'reminder' AND state = 'done'"
    assert program.ledger.database.rows(reminded) == []
    program.save(
        a_notice(
            file="go.md", kind=Kind.RESUMPTION, notice_no="", refers_to=("告甲1号",), parcels=()
        )
    )
    program.go(shanghai_time("2024-11-14 09:00"), 5 * _MINUTE)
    assert [row["lead"] for row in program.ledger.database.rows(reminded)] == ["0d@08:00"]


def test_a_day_is_reminded_of_by_daylight_and_never_as_if_midnight_were_stated(
    world: MakeWorld,
) -> None:
    program = world()
    _publish(program, _a_day("2024-11-14"))
    said_at = []
    for _ in range(14 * 24 * 4):
        before = len(program.said())
        program.go(program.clock.now() + 15 * _MINUTE, 15 * _MINUTE)
        said_at += [f"{shanghai(program.clock.now()):%m-%d %H:%M}"] * (len(program.said()) - before)
    assert said_at == ["11-01 10:15", "11-13 09:00", "11-14 08:00"]
    assert "【急】报名截止 今天（公告未写几点）" in program.titles()[-1]
    assert not any("分钟" in text or "小时" in text for text in program.said())


@pytest.mark.parametrize(
    ("back", "title"),
    [("2024-11-14 23:40", "【急】补发：报名截止 今天"), ("2024-11-15 00:05", "错过提醒：报名截止")],
)
def test_a_day_whose_morning_was_slept_through_is_told_that_day_and_missed_only_after_it(
    world: MakeWorld, back: str, title: str
) -> None:
    program = world()
    _publish(program, _a_day("2024-11-14"))
    program.go(shanghai_time("2024-11-13 10:00"), 60 * _MINUTE)
    before = len(program.said())
    program.clock.set(shanghai_time(back))
    program.restart()
    program.work()
    assert program.titles()[before].startswith(title)
    program.go(shanghai_time("2024-11-16 12:00"), 60 * _MINUTE)
    assert len(program.said()) == before + 1


def test_a_day_called_missed_by_a_clock_ahead_is_reminded_of_when_it_is_right_again(
    world: MakeWorld,
) -> None:
    program = world()
    _publish(program, _a_day("2024-11-14"))
    program.go(shanghai_time("2024-11-13 10:00"), 60 * _MINUTE)
    program.clock.set(shanghai_time("2024-11-15 10:00"))
    program.work()
    before = len(program.said())
    program.clock.set(shanghai_time("2024-11-14 10:00"))
    program.work()
    (again,) = program.said()[before:]
    assert "公告未写几点" in again
    assert "错过" not in again


def test_a_ledger_of_an_older_version_is_planned_anew(world: MakeWorld) -> None:
    program = world()
    _publish(program, _a_day("2024-11-14"))
    at_night = to_ms(shanghai_time("2024-11-13 21:00"))
    with program.ledger.database.write():
        program.ledger.database.execute(
            "UPDATE reminders SET due_at = ? WHERE lead = '0d@08:00'", (at_night,)
        )
    old = program.ledger.memory.get("plan")
    assert old is not None
    program.ledger.memory.put("plan", "team=what an older version noted")
    program.restart()
    due = program.ledger.database.value("SELECT due_at FROM reminders WHERE lead = '0d@08:00'")
    assert due == to_ms(shanghai_time("2024-11-14 08:00"))
    assert program.ledger.memory.get("plan") == old


# -- silences -------------------------------------------------------------------------------------


def test_a_silence_does_not_hide_a_parcel_of_which_it_is_not_known_whether_it_fits(
    world: MakeWorld,
) -> None:
    program = world()
    _publish(program, "2024-11-14 17:00", city="")
    program.go(shanghai_time("2024-11-13 10:00"), 10 * _MINUTE)
    before = len(program.said())
    program.ledger.silences.add(
        ["city=宁波"],
        starts_at=program.clock.now(),
        ends_at=shanghai_time("2024-11-16 08:00"),
        by="",
        why="",
    )
    program.go(shanghai_time("2024-11-14 17:30"), 5 * _MINUTE)
    assert len(program.said()[before:]) == 2


def test_a_silence_ended_by_hand_gives_back_what_it_would_have_outlasted(world: MakeWorld) -> None:
    program = world()
    _publish(program, "2024-11-14 17:00")
    program.go(shanghai_time("2024-11-14 10:00"), 10 * _MINUTE)
    before = len(program.said())
    number = program.ledger.silences.add(
        ["city=杭州"],
        starts_at=program.clock.now(),
        ends_at=shanghai_time("2024-11-16 08:00"),
        by="",
        why="",
    )
    program.go(shanghai_time("2024-11-14 14:30"), 5 * _MINUTE)
    assert program.said()[before:] == []
    assert program.ledger.silences.end(number, program.clock.now())
    program.go(shanghai_time("2024-11-14 17:30"), 5 * _MINUTE)
    (text,) = program.said()[before:]
    assert "还剩2小时" in text


def test_the_end_of_a_number_is_no_end_within_a_figure(world: MakeWorld) -> None:
    program = world()
    _publish(program, "2024-11-14 17:00", "杭政储出[2024]121号")
    assert program.ledger.parcels.find("21号") == []
    assert len(program.ledger.parcels.find("121号")) == 1


# -- news -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "word"), [(Kind.SUSPENSION, "中止"), (Kind.TERMINATION, "终止")])
def test_a_parcel_suspended_before_it_was_announced_is_told_as_that(
    world: MakeWorld, kind: Kind, word: str
) -> None:
    program = world()
    program.service.ingest.store([a_notice()], program.clock.now())
    program.service.planning.replan(program.clock.now())
    program.clock.move(timedelta(seconds=10))
    program.save(
        a_notice(
            file="stop.md", kind=kind, notice_no="", refers_to=(a_notice().notice_no,), parcels=()
        )
    )
    program.go(shanghai_time("2024-11-01 11:00"))
    assert [word in text for text in program.said()] == [True]


def test_a_deadline_known_too_late_for_any_urgent_lead_still_escalates(world: MakeWorld) -> None:
    program = world(
        CONSOLE + TEAM + 'escalate_to = ["boss"]\n' + RULES + _BOSS, now="2024-11-14 15:00"
    )
    _publish(program, "2024-11-14 17:00")
    program.go(shanghai_time("2024-11-14 17:30"))
    (escalation,) = program.said("other")
    assert "无人确认" in escalation
    assert "team" in escalation, "that the news of it was told is said"


def test_an_escalation_says_what_has_not_reached_the_one_who_does_not_answer(
    world: MakeWorld,
) -> None:
    program = world(CONSOLE + TEAM + 'escalate_to = ["boss"]\n' + RULES + _BOSS)
    _publish(program, "2024-11-14 17:00")
    program.go(shanghai_time("2024-11-14 13:59"), 10 * _MINUTE)
    program.channels["console"].script = [_RETRY] * 999
    program.go(shanghai_time("2024-11-14 14:20"))
    (escalation,) = program.said("other")
    reached, unreached = (line for line in escalation.splitlines() if "team" in line)
    assert "11月13日17:00" in reached
    assert "未送达" in unreached


def test_an_escalation_names_the_urgent_and_the_last_reminder_first_and_counts_the_rest(
    world: MakeWorld,
) -> None:
    leads = ", ".join(f'"{days}d"' for days in range(12, 0, -1))
    rules = (
        f'rules = [{{ milestone = "registration_close", leads = [{leads}, "3h"], urgent_from '
        f'= "3h" }}]\n'
    )
    program = world(CONSOLE + TEAM + 'escalate_to = ["boss"]\n' + rules + _BOSS)
    _publish(program, "2024-11-14 17:00")
    program.go(shanghai_time("2024-11-14 14:20"), 10 * _MINUTE)
    (escalation,) = program.said("other")
    (reached,) = (line for line in escalation.splitlines() if "team" in line)
    assert reached.index("今天14:00") < reached.index("11月13日")
    assert reached.endswith("另有3次"), reached


def test_a_digest_that_was_switched_off_while_it_waited_is_not_sent(world: MakeWorld) -> None:
    program = world(CONSOLE + TEAM + 'digest = "08:45"\n' + RULES, now="2024-11-12 08:00")
    _publish(program, "2024-11-14 17:00")
    program.go(shanghai_time("2024-11-12 08:44"))
    before = len(program.said())
    program.channels["console"].script = [_RETRY]
    program.go(shanghai_time("2024-11-12 08:45"))
    program.restart(CONSOLE + TEAM + RULES)
    program.go(shanghai_time("2024-11-12 09:10"))
    assert program.said()[before:] == []


# -- restored twice -------------------------------------------------------------------------------


def _restore(world: World, copy: Path) -> None:
    world.ledger.close()
    for suffix in ("", "-wal", "-shm"):
        Path(f"{world.settings.ledger}{suffix}").unlink(missing_ok=True)
    shutil.copy(copy, world.settings.ledger)
    world.restart()


def test_a_second_restore_marks_its_repeats_as_the_first_does(world: MakeWorld) -> None:
    program = world()
    _publish(program, "2024-11-14 17:00")
    program.go(shanghai_time("2024-11-10 10:00"), 60 * _MINUTE)
    program.ledger.upkeep.copy_to(program.folder / "first.db", program.clock.now())
    _restore(program, program.folder / "first.db")
    program.go(shanghai_time("2024-11-13 16:00"), 60 * _MINUTE)
    program.ledger.upkeep.copy_to(program.folder / "second.db", program.clock.now())
    program.go(shanghai_time("2024-11-13 18:00"), 5 * _MINUTE)
    before = len(program.said())
    _restore(program, program.folder / "second.db")
    program.go(shanghai_time("2024-11-13 19:00"), 5 * _MINUTE)
    assert ["可能重复" in text for text in program.said()[before:]] == [True]


def test_news_read_again_after_a_restore_say_that_they_may_be_repeats(world: MakeWorld) -> None:
    program = world()
    program.ledger.upkeep.copy_to(program.folder / "copy.db", program.clock.now())
    program.clock.move(5 * _MINUTE)
    _publish(program, "2024-11-14 17:00")
    program.go(shanghai_time("2024-11-01 12:00"), 5 * _MINUTE)
    _restore(program, program.folder / "copy.db")
    _publish(program, "2024-11-14 17:00")
    program.go(shanghai_time("2024-11-01 13:00"), 5 * _MINUTE)
    assert ["可能重复" in text for text in program.said()] == [False, True]


# -- files and parcels that break the program -----------------------------------------------------

_TABLE = "地块编号,报名截止时间\n{},2024-11-14 17:00\n"


def _drop(world: World, name: bytes, text: str) -> None:
    world.settings.inbox.mkdir(exist_ok=True)
    Path(os.fsdecode(bytes(world.settings.inbox) + b"/" + name)).write_text(text, encoding="utf-8")


def _look(world: World) -> None:
    inbox = Inbox(folder=world.settings.inbox)
    for _ in range(2):
        world.service.inbox.look_into(inbox, world.clock.now())
    world.service.planning.replan(world.clock.now())
    world.clock.move(timedelta(seconds=15))  # what is wrong with files is told when no more come
    world.service.inbox.look_into(inbox, world.clock.now())


def test_a_file_that_raises_in_the_program_is_refused_and_stops_no_other(world: MakeWorld) -> None:
    program = world(CONSOLE + _OPERATORS + TEAM + RULES)
    _drop(
        program, b"a.json", '[{"parcel_no": "\\ud800", "registration_close": "2024-11-14 17:00"}]'
    )
    _drop(program, b"b.csv", _TABLE.format("甲1号"))
    _look(program)
    program.go(shanghai_time("2024-11-01 10:05"))
    assert ["甲1号" in text for text in program.said()] == [True]
    assert ["a.json" in text for text in program.said("ops")] == [True]


def test_a_file_whose_name_is_no_utf8_is_read(world: MakeWorld) -> None:
    program = world()
    _drop(program, "地块.csv".encode("gbk"), _TABLE.format("甲1号"))
    _look(program)
    program.go(shanghai_time("2024-11-01 10:05"))
    assert ["甲1号" in text for text in program.said()] == [True]


def test_many_files_with_errors_are_told_to_the_operators_in_one_message(world: MakeWorld) -> None:
    program = world(CONSOLE + _OPERATORS + TEAM + RULES)
    for number in range(40):
        _drop(program, f"{number}.csv".encode(), "地块编号,报名截止时间\n甲1号,尽快\n")
    _look(program)
    program.go(shanghai_time("2024-11-01 10:05"))
    assert len(program.said("ops")) == 1


def test_a_file_that_becomes_readable_is_read(
    world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = world()
    _drop(program, b"a.csv", _TABLE.format("甲1号"))
    inbox = Inbox(folder=program.settings.inbox)
    with monkeypatch.context() as away:

        def refuse(*_: object) -> None:
            raise OSError(5, "Input/output error")

        away.setattr("notifier.intake.inbox.read_below", refuse)
        for _ in range(3):
            program.service.inbox.look_into(inbox, program.clock.now())
    for _ in range(2):
        program.service.inbox.look_into(inbox, program.clock.now())
    program.work()
    assert len(program.ledger.parcels.find("甲1号")) == 1


def test_permissions_that_change_are_a_change_of_the_file(world: MakeWorld) -> None:
    program = world()
    _drop(program, b"a.csv", "")
    inbox = Inbox(folder=program.settings.inbox)
    for _ in range(2):
        program.service.inbox.look_into(inbox, program.clock.now())
    assert inbox.look() == []
    (program.settings.inbox / "a.csv").chmod(0o600)
    inbox.look()
    assert [seen.name for seen in inbox.look()] == ["a.csv"]


def test_a_parcel_that_cannot_be_planned_is_said_and_stops_no_other(
    world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = Planner.plan

    def broken(self: Planner, known: Known, now: datetime) -> ParcelPlan:
        if known.offer.parcel.parcel_no == "甲1号":
            raise ValueError("no working day in the 400 days before")
        return plan(self, known, now)

    monkeypatch.setattr(Planner, "plan", broken)
    program = world(CONSOLE + _OPERATORS + TEAM + RULES)
    _publish(program, "2024-11-14 17:00", "甲1号")
    _publish(program, "2024-11-14 17:00", "乙2号")
    program.go(shanghai_time("2024-11-01 10:05"))
    assert ["乙2号" in text for text in program.said()] == [True]
    assert ["甲1号" in text for text in program.said("ops")] == [True]


def test_a_cry_that_nobody_heard_is_repeated_soon(world: MakeWorld) -> None:
    program = world(CONSOLE + TEAM + _OPERATORS)
    program.channels["ops"].script = [_RETRY]
    program.service.alerts.send_now("ledger-trouble", {"words": "x"}, program.clock.now())
    for _ in range(30):
        program.clock.move(_MINUTE)
        program.service.alerts.send_now("ledger-trouble", {"words": "x"}, program.clock.now())
    assert len(program.said("ops")) == 1
