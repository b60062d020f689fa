"""Times that nobody has compared with the original are marked, asked about, and never more than
that."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from notifier import app
from notifier.cli import main
from notifier.domain.values import Change, Kind, Milestone, MilestoneName, Source
from notifier.service.board_desk import BoardDesk
from notifier.service.comparison_desk import ComparisonDesk
from notifier.service.desk import Desk
from notifier.testing import a_notice, a_parcel, shanghai_time
from tests.services import CONSOLE, READER, MakeWorld, World, settings_of

_HOUR = timedelta(hours=1)
_START = "2024-11-01 13:00"
_REQUIRED = "[confirmation]\nrequired = true\n"
_BOSS = (
    '[channels.boss]\nurl = "console://"\n[[recipients]]\nname = "boss"\n'
    'channels = ["boss"]\nkinds = ["escalation"]\n'
)
_TEAM = (
    '[[recipients]]\nname = "team"\nchannels = ["console"]\nescalate_to = ["boss"]\n'
    'rules = [{ milestone = "registration_close", leads = ["3h"], urgent_from = "3h" }]\n'
)
_CONFIG = _REQUIRED + CONSOLE + _BOSS + _TEAM


@pytest.fixture(autouse=True)
def _at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands be typed at _START."""

    class Clock:
        def now(self) -> datetime:
            return shanghai_time(_START)

    for module in ("people", "comparisons"):
        monkeypatch.setattr(f"notifier.cli.{module}.SystemClock", Clock)


def _publish(world: World, number: str = "甲储出[2024]1号", at: str = "2024-11-14 17:00") -> None:
    parcel = a_parcel(parcel_no=number, milestones={"registration_close": at})
    world.save(a_notice(notice_no=f"告{number}", file=f"{number}.csv", parcels=(parcel,)))


def _run(folder: Path, *arguments: str) -> int:
    return main(["-c", str(folder / "config.toml"), *arguments])


def test_an_unconfirmed_time_is_marked_in_each_message_until_somebody_confirms_it(
    world: MakeWorld, tmp_path: Path
) -> None:
    program = world(_CONFIG, "2024-11-14 12:00")
    _publish(program)
    program.go(shanghai_time("2024-11-14 12:05"))
    (news,) = program.said()
    assert "未核对" in news
    program.go(shanghai_time("2024-11-14 14:01"))
    assert "未核对" in program.titles()[-1]
    assert _run(tmp_path, "confirm", "1号", "--by", "张三") == 0
    _publish(program, "甲储出[2024]2号", "2024-11-14 18:00")
    program.go(shanghai_time("2024-11-14 15:01"))
    last = program.said()[-1]
    assert "甲储出[2024]2号" in last
    program.restart()
    _publish(program, "甲储出[2024]3号", "2024-11-14 20:00")
    assert _run(tmp_path, "confirm", "2号", "3号") == 0
    program.go(shanghai_time("2024-11-14 17:01"))
    assert "未核对" not in program.said()[-1]


def test_parcels_are_marked_one_by_one_where_not_all_are_unconfirmed(
    world: MakeWorld, tmp_path: Path
) -> None:
    program = world(_CONFIG, "2024-11-14 10:00")
    _publish(program)
    _publish(program, "甲储出[2024]2号")
    assert _run(tmp_path, "confirm", "1号") == 0
    program.go(shanghai_time("2024-11-14 14:01"))
    reminder = next(text for text in program.said() if "还剩3小时" in text.splitlines()[0])
    # beside its parcel, and where the message says what the mark means
    assert reminder.count("【未核对】") == 2
    assert "1宗地块标有【未核对】" in reminder


def test_where_there_is_a_board_messages_lead_to_it_instead_of_a_command(
    world: MakeWorld,
) -> None:
    program = world(f'{_CONFIG}[web]\nurl = "https://board.example.com"\n', _START)
    program.service = app.build(
        program.settings,
        program.ledger,
        program.clock,
        channels=program.channels,
        reader=READER,
        links=app.answer_links(program.settings),
    )
    _publish(program)
    (offer,) = program.ledger.parcels.all()
    program.go(shanghai_time("2024-11-14 14:05"), _HOUR)
    heard = program.said() + program.said("boss")
    for words in ("请找出原公告逐项对照", "还没有人对照原公告看过", "请立即对照原公告"):
        texts = [text for text in heard if words in text]
        assert texts, words
        assert [text for text in texts if "https://board.example.com/review" not in text] == []
    ledger = program.ledger
    desk = ComparisonDesk(
        ledger,
        Desk(ledger, lambda: program.settings),
        BoardDesk(ledger),
        lambda: program.settings,
    )
    desk.deny(offer, by="team", why="下午五点", now=program.clock.now())
    program.service.ingest.tell_unsettled(program.clock.now())
    program.work()
    wrong = [text for text in program.said() if "的时间被指出有误" in text]
    assert [f"https://board.example.com/parcel/{offer.id}" in text for text in wrong] == [True]
    assert not [text for text in program.said() + program.said("boss") if "notifier " in text]


def test_people_are_asked_once_and_the_one_above_before_the_first_deadline(
    world: MakeWorld,
) -> None:
    program = world(_CONFIG, _START)
    _publish(program)
    _publish(program, "甲储出[2024]2号")
    program.go(shanghai_time("2024-11-14 13:00"), _HOUR)
    asked = [title for title in program.titles() if "核对" in title]
    assert asked == ["请核对2宗地块的时间", "截止将至，2宗地块的时间仍未核对"]
    (escalated,) = program.said("boss")
    assert "甲储出[2024]1号" in escalated
    assert "报名截止 2024-11-14 17:00" in escalated


def test_what_was_confirmed_is_not_asked_about(world: MakeWorld, tmp_path: Path) -> None:
    program = world(_CONFIG, _START)
    _publish(program)
    assert _run(tmp_path, "confirm", "1号") == 0
    program.go(shanghai_time("2024-11-14 13:00"), _HOUR)
    assert [title for title in program.titles() if "核对" in title] == []
    assert program.said("boss") == []


def test_a_team_that_asks_for_no_confirmation_hears_nothing_of_it(world: MakeWorld) -> None:
    program = world(CONSOLE + _BOSS + _TEAM, _START)
    _publish(program)
    program.go(shanghai_time("2024-11-14 15:00"), _HOUR)
    assert not [text for text in program.said() if "未核对" in text or "请核对" in text]


def test_a_time_from_a_picture_is_marked_even_where_no_confirmation_is_asked_for(
    world: MakeWorld, tmp_path: Path
) -> None:
    program = world(CONSOLE + _BOSS + _TEAM, "2024-11-14 12:00")
    parcel = a_parcel(
        parcel_no="甲储出[2024]1号", milestones={"registration_close": "2024-11-14 17:00"}
    )
    scanned = {
        name: replace(milestone, source=Source.SCANNED)
        for name, milestone in parcel.milestones.items()
    }
    program.save(
        a_notice(notice_no="告1号", file="扫描.pdf", parcels=(replace(parcel, milestones=scanned),))
    )
    program.go(shanghai_time("2024-11-14 12:05"))
    assert "未核对" in program.said()[-1]
    assert _run(tmp_path, "confirm", "1号", "--by", "张三") == 0
    program.go(shanghai_time("2024-11-14 14:01"))
    assert "还剩3小时" in program.titles()[-1]
    assert "未核对" not in program.said()[-1]


def test_a_time_from_a_picture_is_certain_once_a_text_states_the_same(world: MakeWorld) -> None:
    program = world(CONSOLE + _BOSS + _TEAM, "2024-11-14 12:00")
    parcel = a_parcel(
        parcel_no="甲储出[2024]1号", milestones={"registration_close": "2024-11-14 17:00"}
    )
    scanned = {
        name: replace(milestone, source=Source.SCANNED)
        for name, milestone in parcel.milestones.items()
    }
    scan = a_notice(notice_no="告1号", file="扫描.pdf")
    program.save(replace(scan, parcels=(replace(parcel, milestones=scanned),)))
    program.go(shanghai_time("2024-11-14 12:05"))
    assert "未核对" in program.said()[-1]
    program.save(replace(scan, file="公告.docx", parcels=(parcel,)))
    program.go(shanghai_time("2024-11-14 14:01"))
    assert "还剩3小时" in program.titles()[-1]
    assert "未核对" not in program.said()[-1]


@pytest.mark.parametrize("is_listed", [True, False], ids=["its own table", "a sentence"])
def test_a_scanned_postponement_that_waited_for_its_notice_is_no_surer_than_before(
    world: MakeWorld, is_listed: bool
) -> None:
    program = world(CONSOLE + _BOSS + _TEAM, "2024-11-14 12:00")
    number, later = "甲储出[2024]1号", shanghai_time("2024-11-20 17:00")
    scanned = Milestone(at=later, source=Source.SCANNED)
    parcel = a_parcel(parcel_no=number, milestones={})
    change = Change(
        parcel_no=number, field="registration_close", new=later.isoformat(), scanned=True
    )
    postponement = a_notice(
        notice_no="告2号",
        file="延期.pdf",
        kind=Kind.POSTPONEMENT,
        refers_to=("告1号",),
        parcels=(replace(parcel, milestones={MilestoneName.REGISTRATION_CLOSE: scanned}),)
        if is_listed
        else (),
        changes=() if is_listed else (change,),
    )
    program.save(postponement)
    _publish(program)
    (offer,) = program.ledger.parcels.all()
    stated = offer.parcel.milestones[MilestoneName.REGISTRATION_CLOSE]
    assert (stated.at, stated.rival) == (shanghai_time("2024-11-14 17:00"), later)


def test_a_digest_lists_what_nobody_has_compared(world: MakeWorld, tmp_path: Path) -> None:
    team = _TEAM.replace("escalate_to", 'digest = "08:45"\nescalate_to')
    program = world(_REQUIRED + CONSOLE + _BOSS + team, _START)
    _publish(program)
    _publish(program, "甲储出[2024]2号")
    assert _run(tmp_path, "confirm", "1号") == 0
    program.go(shanghai_time("2024-11-04 08:50"), timedelta(minutes=10))
    digest = program.said()[-1]
    assert "1宗地块标有【未核对】，时间还没有人对照原公告看过：甲储出[2024]2号" in digest


def test_who_finds_a_time_wrong_is_heard_by_everyone_it_concerns(
    world: MakeWorld, tmp_path: Path
) -> None:
    program = world(_CONFIG, _START)
    _publish(program)
    program.go(shanghai_time("2024-11-01 13:05"))
    assert (
        _run(tmp_path, "confirm", "1号", "--wrong", "--by", "李四", "--why", "报名截止是18日") == 0
    )
    program.service.ingest.tell_unsettled(program.clock.now())
    program.work()
    assert program.titles()[-1] == "甲储出[2024]1号 的时间被指出有误"
    assert "李四" in program.said()[-1]
    assert "报名截止是18日" in program.said()[-1]
    program.go(shanghai_time("2024-11-14 14:01"), _HOUR)
    assert "有人指出有误" in program.said()[-1]


def test_the_time_that_a_person_sets_is_confirmed_by_that_person(
    world: MakeWorld, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program = world(_CONFIG.replace("true", "true\npeople = 2"), _START)
    _publish(program)
    assert _run(tmp_path, "set", "1号", "报名截止", "2024-11-14T16:00", "--by", "张三") == 0
    assert _run(tmp_path, "confirm", "1号", "--by", "张三", "--json") == 0
    capsys.readouterr()
    assert _run(tmp_path, "confirm", "--list", "--json") == 1
    (parcel,) = json.loads(capsys.readouterr().out)["parcels"]
    assert (parcel["state"], parcel["confirmed_by"]) == ("unconfirmed", ["张三"])
    assert [(instant["milestone"], instant["at"]) for instant in parcel["times"]] == [
        ("registration_close", "2024-11-14T16:00:00+08:00")
    ]
    assert _run(tmp_path, "confirm", "1号", "--by", "李四") == 0
    assert _run(tmp_path, "confirm", "--list") == 0


def test_the_default_asks_only_a_team_that_has_a_board(tmp_path: Path) -> None:
    assert (
        settings_of(
            tmp_path, CONSOLE + _TEAM.replace('escalate_to = ["boss"]\n', "")
        ).confirmation.required
        is False
    )
    text = _REQUIRED + CONSOLE + _TEAM.replace('escalate_to = ["boss"]\n', "")
    assert settings_of(tmp_path, text).confirmation.required is True
