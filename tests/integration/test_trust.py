"""Never miss, never spam: silences, digests, fallbacks, rates, backups, and a ledger in trouble."""

from __future__ import annotations

import shutil
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from notifier.channels.heartbeat import Beat
from notifier.domain.outcomes import Outcome, Verdict
from notifier.errors import LedgerError
from notifier.testing import a_notice, a_parcel, shanghai_time
from tests.ledgers import connection_of
from tests.peers.http import Answer, HttpPeer
from tests.services import CONSOLE, RULES, TEAM, MakeWorld, World

_OPERATORS = '[channels.ops]\nurl = "console://"\n[operators]\nchannels = ["ops"]\n'
_AT = {"registration_close": "2024-11-14 17:00"}
_RETRY = Outcome(verdict=Verdict.RETRY, words="not reachable")


def _silence(world: World, matcher: str, until: str) -> int:
    return world.ledger.silences.add(
        [matcher], starts_at=world.clock.now(), ends_at=shanghai_time(until), by="张", why="出差"
    )


# -- silences -------------------------------------------------------------------------------------


def test_a_silence_holds_what_it_matches_and_says_it_at_its_end(world: MakeWorld) -> None:
    program = world()
    program.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    program.go(shanghai_time("2024-11-13 16:00"), timedelta(hours=1))
    _silence(program, "city=杭州", "2024-11-14 12:00")
    program.go(shanghai_time("2024-11-14 11:59"), timedelta(minutes=10))
    assert len(program.said()) == 1
    program.go(shanghai_time("2024-11-14 12:01"))
    assert "还剩5小时" in program.said()[-1]
    assert len(program.said()) == 2


def test_a_silence_that_outlasts_the_milestone_ends_its_reminders(world: MakeWorld) -> None:
    program = world()
    program.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    program.go(shanghai_time("2024-11-13 16:00"), timedelta(hours=1))
    _silence(program, "city=杭州", "2024-11-20 12:00")
    program.go(shanghai_time("2024-11-21 00:00"), timedelta(hours=1))
    assert len(program.said()) == 1


def test_a_silence_of_another_city_holds_nothing(world: MakeWorld) -> None:
    program = world()
    program.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    _silence(program, "city=宁波", "2024-11-20 12:00")
    program.go(shanghai_time("2024-11-15 00:00"), timedelta(hours=1))
    assert len(program.said()) == 3


def test_the_plan_shows_what_a_silence_holds_with_who_and_why(world: MakeWorld) -> None:
    program = world()
    program.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    _silence(program, "city=杭州", "2024-11-14 12:00")
    held = {
        line.reminder.lead: line.held
        for line in program.ledger.views.plan_ahead(program.clock.now())
    }
    assert held == {"": "silence 1, 张, 出差", "1d": "silence 1, 张, 出差", "3h": ""}


def test_a_silence_ended_early_says_at_once_what_it_held_back(world: MakeWorld) -> None:
    program = world()
    number = _silence(program, "city=杭州", "2024-11-10 12:00")
    program.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    program.go(shanghai_time("2024-11-02 10:00"), timedelta(hours=1))
    assert program.said() == []
    assert program.ledger.silences.end(number, program.clock.now()) is True
    program.work()
    assert len(program.said()) == 1


# -- digests --------------------------------------------------------------------------------------


def test_a_digest_comes_once_on_each_working_day_with_the_agenda(world: MakeWorld) -> None:
    always = 'digest = "08:45"\ndigest_unchanged = true\n'
    program = world(
        CONSOLE + TEAM + always + 'rules = [{ milestone = "registration_close", leads = [] }]\n'
    )
    program.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    program.go(shanghai_time("2024-11-11 12:00"), timedelta(minutes=15))
    digests = program.said()[1:]
    # Friday (late, the daemon began at ten), Monday to Friday, and the next Monday
    assert len(digests) == 7
    assert "11月14日（周四）17:00" in digests[0]
    program.restart()
    program.go(shanghai_time("2024-11-11 13:00"), timedelta(minutes=15))
    assert len(program.said()[1:]) == 7


def test_a_digest_can_be_left_out_when_nothing_is_ahead(world: MakeWorld) -> None:
    program = world(CONSOLE + TEAM + 'digest = "08:45"\ndigest_empty = false\n')
    program.go(shanghai_time("2024-11-08 12:00"), timedelta(minutes=15))
    assert program.said() == []


# -- channels in trouble --------------------------------------------------------------------------


def test_what_waits_for_a_channel_that_is_down_takes_the_fallback_and_the_channel_is_only_probed(
    world: MakeWorld,
) -> None:
    people = "".join(
        f'[[recipients]]\nname = "team {number}"\nchannels = ["console"]\nfallback = ["sms"]\n'
        f'filter = {{ parcel_no = "甲{number}号" }}\n{RULES}'
        for number in range(30)
    )
    parcels = tuple(a_parcel(parcel_no=f"甲{number}号", milestones=_AT) for number in range(30))
    program = world(CONSOLE + '[channels.sms]\nurl = "console://"\n' + _OPERATORS + people)
    program.channels["console"].script.extend([_RETRY] * 10_000)
    program.save(a_notice(parcels=parcels))
    program.go(shanghai_time("2024-11-01 10:59"), timedelta(seconds=20))
    assert program.said("sms") == []
    assert program.tried("console") < 4 * 60, "a probe every 20 s at most"
    program.go(shanghai_time("2024-11-01 11:05"), timedelta(seconds=20))
    assert len(program.said("sms")) == 30
    assert all("console" in text for text in program.said("sms"))
    assert sum("连续发送失败" in text for text in program.said("ops")) == 1
    program.channels["console"].script.clear()
    program.go(shanghai_time("2024-11-13 17:05"), timedelta(minutes=20))
    assert len(program.said("console")) == 30, (
        "what the fallback said is not said again; the next reminders are"
    )
    assert sum("已恢复" in text for text in program.said("ops")) == 1


def test_a_queue_that_is_late_is_merged_into_fewer_messages(world: MakeWorld) -> None:
    program = world('[channels.console]\nurl = "console://"\nper_minute = 1\n' + TEAM + RULES)
    parcels = tuple(
        a_parcel(
            parcel_no=f"甲{number}号", milestones={"registration_close": f"2024-11-14 17:0{number}"}
        )
        for number in range(8)
    )
    program.save(a_notice(parcels=parcels))
    program.go(shanghai_time("2024-11-14 13:58"), timedelta(hours=2))
    program.channels["console"].script.append(
        Outcome(verdict=Verdict.RETRY, retry_after=timedelta(minutes=5))
    )
    before = len(program.said())
    program.go(shanghai_time("2024-11-14 14:20"), timedelta(seconds=30))
    texts = program.said()[before:]
    assert len(texts) < 8
    for number in range(8):
        assert sum(f"甲{number}号" in text for text in texts) == 1


def test_a_message_for_a_channel_that_was_removed_goes_to_those_of_today(world: MakeWorld) -> None:
    program = world()
    program.channels["console"].script.extend([_RETRY] * 100)
    program.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    program.go(shanghai_time("2024-11-01 10:01"), timedelta(seconds=10))
    program.restart(
        (CONSOLE + TEAM + RULES).replace("console", "other", 1).replace('["console"]', '["other"]')
    )
    program.service.failover.reroute(program.clock.now())
    program.go(shanghai_time("2024-11-01 10:05"))
    assert len(program.said("other")) == 1


# -- a ledger in trouble --------------------------------------------------------------------------


def test_what_was_sent_on_a_full_disk_is_recorded_once_there_is_space(world: MakeWorld) -> None:
    program = world()
    program.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    now = program.clock.move(timedelta(minutes=1))
    program.service.dispatch.queue_due(now)

    def fills_the_disk(*_: object) -> Outcome:
        # a real full disk, as SQLite sees it
        connection_of(program.ledger).execute("PRAGMA max_page_count = 1")
        connection_of(program.ledger).execute("PRAGMA cache_spill = ON")
        return Outcome(verdict=Verdict.SENT, words="x" * 100_000)

    program.channels["console"].script.append(fills_the_disk)
    with pytest.raises(LedgerError, match="full"):
        program.service.sending.send_next("console", now)
    with pytest.raises(LedgerError, match="full"):
        program.service.sending.send_next("console", now)
    assert program.tried() == 1
    connection_of(program.ledger).execute("PRAGMA max_page_count = 1000000")
    program.go(program.clock.now() + timedelta(minutes=30))
    assert program.tried() == 1
    assert program.ledger.views.delivery_counts() == {"sent": 1}


def test_trouble_of_the_ledger_is_said_by_channels_that_need_none_once_an_hour_and_when_it_is_over(
    world: MakeWorld,
) -> None:
    program = world(CONSOLE + _OPERATORS + TEAM)
    full = {"words": "disk is full"}
    assert program.service.alerts.send_now("ledger-trouble", full, program.clock.now()) is True
    program.clock.jump(timedelta(hours=2))  # no hour has passed for that
    assert (
        program.service.alerts.send_now(
            "ledger-trouble", full, program.clock.move(timedelta(minutes=59))
        )
        is False
    )
    program.clock.jump(-timedelta(hours=5))
    assert (
        program.service.alerts.send_now(
            "ledger-trouble", full, program.clock.move(timedelta(minutes=2))
        )
        is True
    )
    program.service.alerts.send_all_clear(
        "ledger-trouble", "ledger-works", program.clock.move(timedelta(minutes=1))
    )
    program.service.alerts.send_all_clear(
        "ledger-trouble", "ledger-works", program.clock.move(timedelta(minutes=1))
    )
    assert ["disk is full" in text for text in program.said("ops")] == [True, True, False]
    assert program.said("console") == []


def test_a_copy_of_the_files_between_writes_opens_clean(world: MakeWorld, tmp_path: Path) -> None:
    """As after a power loss: synchronous=FULL, whatever was committed is there."""
    program = world()
    program.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    program.go(shanghai_time("2024-11-01 10:02"))
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in tmp_path.glob("notifier.db*"):
        shutil.copy(file, copy / file.name)
    conn = sqlite3.connect(copy / "notifier.db")
    assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert conn.execute("SELECT count(*) FROM deliveries WHERE state = 'sent'").fetchone() == (1,)
    conn.close()


# -- backups --------------------------------------------------------------------------------------


def test_a_restored_backup_sends_nothing_twice(world: MakeWorld, tmp_path: Path) -> None:
    program = world()
    program.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    program.go(shanghai_time("2024-11-13 17:30"), timedelta(hours=1))
    assert len(program.said()) == 2
    program.ledger.upkeep.copy_to(tmp_path / "copy.db", program.clock.now())
    _restore(program, tmp_path / "copy.db")
    program.go(shanghai_time("2024-11-14 16:00"), timedelta(minutes=10))
    assert len(program.said()) == 3
    assert "可能重复" not in program.said()[-1]


def test_what_was_due_between_the_backup_and_its_restoring_is_said_as_a_possible_repeat(
    world: MakeWorld, tmp_path: Path
) -> None:
    program = world()
    program.save(a_notice(parcels=(a_parcel(milestones=_AT),)))
    program.go(shanghai_time("2024-11-13 12:00"), timedelta(hours=1))
    program.ledger.upkeep.copy_to(tmp_path / "copy.db", program.clock.now())
    program.go(shanghai_time("2024-11-13 18:00"), timedelta(hours=1))
    assert len(program.said()) == 2
    _restore(program, tmp_path / "copy.db")
    program.go(shanghai_time("2024-11-14 16:00"), timedelta(minutes=10))
    assert ["可能重复" in text for text in program.said()] == [False, False, True, False]


def _restore(world: World, copy: Path) -> None:
    world.ledger.close()
    for file in world.folder.glob("notifier.db-*"):
        file.unlink()
    shutil.copy(copy, world.settings.ledger)
    world.restart()


def test_a_backup_is_made_each_night_and_only_the_last_ones_stay(
    world: MakeWorld, tmp_path: Path
) -> None:
    program = world("[backups]\nkeep = 3\n" + CONSOLE + TEAM, now="2024-11-01 01:00")
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / "mine.db").touch()
    for _ in range(7 * 24):
        program.clock.move(timedelta(hours=1))
        program.service.housekeeping.keep_ledger(program.clock.now())
    names = sorted(file.name for file in (tmp_path / "backups").iterdir())
    assert names == ["mine.db", *(f"notifier-202411{day:02}-030000.db" for day in (5, 6, 7))]


def test_a_backup_that_fails_is_said_to_the_operators_once_a_night(
    world: MakeWorld, tmp_path: Path
) -> None:
    program = world(CONSOLE + _OPERATORS + TEAM)
    (tmp_path / "backups").write_text("not a folder")
    for _ in range(5):
        program.clock.move(timedelta(minutes=1))
        program.service.housekeeping.keep_ledger(program.clock.now())
        program.work()
    assert len(program.said("ops")) == 1


# -- the heartbeat --------------------------------------------------------------------------------


def test_the_heartbeat_pings_start_success_and_fail_and_remembers_the_last_proof(
    world: MakeWorld,
) -> None:
    with HttpPeer(lambda _: Answer(body=b"OK")).running() as peer:
        program = world(f'heartbeat_url = "{peer.url}/ping/some-secret-uuid"\n' + CONSOLE + TEAM)
        for beat in (Beat.START, Beat.SUCCESS, Beat.FAIL):
            program.service.proof.ping(beat, program.clock.now())
        paths = [request.path for request in peer.requests]
    assert paths == [
        "/ping/some-secret-uuid/start",
        "/ping/some-secret-uuid",
        "/ping/some-secret-uuid/fail",
    ]
    assert program.ledger.memory.get("last_proof") == f"{program.clock.now().isoformat()} ok"
    program.service.proof.ping(Beat.SUCCESS, program.clock.now())
    proof = program.ledger.memory.get("last_proof")
    assert proof is not None
    assert "not reachable" in proof
    assert "secret" not in proof
