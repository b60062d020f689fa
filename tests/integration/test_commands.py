"""What commands print: what was asked for, in words that can be acted upon, each instant with its
zone in JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from notifier.cli import main
from notifier.domain.times import shanghai
from notifier.domain.values import Milestone, Precision
from notifier.ledger import open_ledger
from notifier.ledger.deliveries import MOST_CHARACTERS
from notifier.testing import a_milestone, a_notice, a_parcel, shanghai_time
from tests.services import CONSOLE, ONE_TEAM, MakeWorld, World

_NOW = "2024-11-14 14:00"
_NUMBER = "杭政储出[2024]121号"
_QUIET = (
    '[[recipients]]\nname = "team"\nchannels = ["console"]\nquiet = "18:00-10:00"\n'
    'rules = [{ milestone = "registration_close", leads = ["8h", "1h"] }]\n'
)

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """`notifier -c config.toml ARGUMENTS` at _NOW: status, stdout, stderr."""

    class Clock:
        def now(self) -> datetime:
            return shanghai_time(_NOW)

    for module in ("report_commands", "people", "silence_commands", "commands"):
        monkeypatch.setattr(f"notifier.cli.{module}.SystemClock", Clock)

    def call(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            status = main(["-c", str(tmp_path / "config.toml"), *arguments])
        except SystemExit as left:  # argparse
            status = int(left.code or 0)
        output = capsys.readouterr()
        return status, output.out, output.err

    return call


def _json(run: Run, *arguments: str) -> Any:
    return json.loads(run(*arguments, "--json")[1])


def _save(world: World, number: str = _NUMBER, city: str = "杭州", **at: str | Milestone) -> None:
    milestones = at or {
        "registration_close": "2024-11-20 17:00",
        "bidding_close": "2024-11-22 10:00",
    }
    world.save(
        a_notice(
            notice_no=f"{city}告",
            city=city,
            parcels=(a_parcel(parcel_no=number, milestones=milestones),),
        )
    )


# -- silence --------------------------------------------------------------------------------------


def test_a_silence_says_which_parcels_it_hits_and_which_deadlines_it_swallows(
    world: MakeWorld, run: Run
) -> None:
    program = world(now=_NOW)
    _save(program)
    _save(program, "甬储出[2024]9号", "宁波")
    status, output, _ = run(
        "silence",
        "add",
        "city=杭州",
        "--until",
        "2024-11-21T08:00",
        "--by",
        "张三",
        "--why",
        "出差",
    )
    assert status == 0
    assert output.splitlines() == [
        "silence 1: city=杭州, from 2024-11-14 14:00 until 2024-11-21 08:00, by 张三 (出差)",
        f"It hits 1 of the parcels known now: {_NUMBER}",
        "ATTENTION: 1 DEADLINES END WITHIN IT AND NOBODY IS REMINDED OF THEM:",
        f"  2024-11-20 17:00  Registration closes   {_NUMBER}",
    ]
    listed = run("silence", "list")[1]
    assert listed == output.splitlines()[0] + "\n"
    assert (
        run("silence", "end", "1")[1]
        == "silence 1 (city=杭州) is ended: what it held back is said now\n"
    )
    assert run("silence", "list")[1] == "there is no silence\n"
    assert run("silence", "end", "1")[0] == 2


def test_a_silence_tells_scripts_the_same(world: MakeWorld, run: Run) -> None:
    _save(world(now=_NOW))
    added = _json(run, "silence", "add", "city=杭州", "--until", "2024-11-21T08:00")
    assert (added["id"], added["matchers"], added["parcels"]) == (1, ["city=杭州"], [_NUMBER])
    assert added["unsaid"] == [
        {"at": "2024-11-20T17:00:00+08:00", "milestone": "registration_close", "parcel_no": _NUMBER}
    ]
    assert _json(run, "silence", "end", "1") == {"ended": 1, "silences": []}


def test_a_silence_that_swallows_nothing_or_hits_nothing_says_so(
    world: MakeWorld, run: Run
) -> None:
    _save(world(now=_NOW))
    assert (
        "No deadline of theirs ends within it"
        in run("silence", "add", "city=杭州", "--until", "2024-11-15")[1]
    )
    assert "hits no parcel" in run("silence", "add", "city=北京", "--until", "2024-11-21")[1]


def test_what_is_done_is_not_called_swallowed(world: MakeWorld, run: Run) -> None:
    _save(world(now=_NOW))
    run("done", "121号", "registration")
    assert "ATTENTION" not in run("silence", "add", "city=杭州", "--until", "2024-11-21T08:00")[1]


# -- done, skip, resume ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("报名截止", "registration_close"), ("报名", "registration_close"), ("registration",
        "registration_close"),
        ("保证金", "deposit_close"), ("保证金到账截止", "deposit_close"), ("挂牌截止",
        "bidding_close"),
        ("拍卖", "auction_start"), ("开标", "auction_start"), ("Registration closes",
        "registration_close"),
        ("bidding_open", "bidding_open"), ("投标截止", "bidding_close"),
    ],
)  # fmt: skip
def test_a_milestone_may_be_typed_as_messages_call_it(
    world: MakeWorld, run: Run, typed: str, meant: str
) -> None:
    _save(world(now=_NOW))
    assert _json(run, "done", "121号", typed)["milestone"] == meant


def test_done_skip_and_resume_answer_in_sentences(world: MakeWorld, run: Run) -> None:
    _save(world(now=_NOW))
    assert run("done", "121号", "报名", "--by", "张三")[1] == (
        f"{_NUMBER}: Registration closes (报名截止) is done, says 张三: no more reminders of it\n"
    )
    assert "no time of it is known" in run("done", "121号", "auction")[1]
    assert "is not done after all" in run("resume", "121号", "报名")[1]
    assert (
        "we are not bidding, says 李四: no more reminders of the parcel"
        in run("skip", "121号", "--by", "李四")[1]
    )
    assert "undone" in run("resume", "121号")[1]
    assert run("done", "121号", "开会")[0] == 2


def test_the_json_names_the_verb(world: MakeWorld, run: Run) -> None:
    _save(world(now=_NOW))
    assert _json(run, "done", "121号", "报名") | {"words": ""} == {
        "parcel_no": _NUMBER, "action": "done", "milestone": "registration_close", "by": "",
        "words": "",
    }  # fmt: skip
    assert _json(run, "skip", "121号")["action"] == "skip"
    resumed = _json(run, "resume", "121号")
    assert (resumed["action"], resumed["undone"]) == ("resume", 2)


def test_resume_of_nothing_says_that_there_is_nothing_to_undo(world: MakeWorld, run: Run) -> None:
    _save(world(now=_NOW))
    assert run("resume", "121号") == (
        1,
        f"{_NUMBER}: there is nothing to undo: it was neither done nor skipped nor taken back\n",
        "",
    )
    run("skip", "121号")
    status, output, _ = run("resume", "121号", "保证金")
    assert status == 1
    assert "a parcel that is skipped: `notifier resume PARCEL`" in output


# -- status ---------------------------------------------------------------------------------------


def test_the_daemon_that_has_ended_is_not_ready_however_fresh_its_beat(
    world: MakeWorld, run: Run
) -> None:
    program = world(now=_NOW)
    program.ledger.memory.put("last_beat", program.clock.now().isoformat())
    status, output, _ = run("status")
    assert status == 1
    assert (
        "ready: NO\ndaemon: no daemon is running, nothing is sent (the last one was alive at "
        "2024-11-14 14:00" in output
    )
    checks = {line["what"]: line for line in _json(run, "check")["checks"]}
    assert checks["daemon"]["ok"] is False
    program.ledger.upkeep.hold()
    status, output, _ = run("status")
    assert status == 0
    assert "ready: yes\ndaemon: notifier run, process" in output
    assert program.ledger.upkeep.holder()


def test_a_daemon_that_does_not_move_is_not_ready(world: MakeWorld, run: Run) -> None:
    program = world(now=_NOW)
    program.ledger.memory.put(
        "last_beat", (program.clock.now() - timedelta(minutes=10)).isoformat()
    )
    program.ledger.upkeep.hold()
    assert run("status")[0] == 1
    assert "has not moved since 2024-11-14 13:50:00" in _json(run, "status")["daemon"]


def test_who_looks_for_a_daemon_does_not_keep_one_from_starting(
    world: MakeWorld, tmp_path: Path
) -> None:
    program = world(now=_NOW)
    other = open_ledger(program.settings.ledger, create=False)
    assert other.upkeep.holder() == ""
    program.ledger.upkeep.hold()
    assert other.upkeep.holder().startswith("notifier run, process")
    program.ledger.close()
    assert other.upkeep.holder() == ""
    other.close()


def test_every_instant_of_the_status_is_shanghais_and_words_stand_apart(
    world: MakeWorld, run: Run
) -> None:
    program = world(now=_NOW)
    at = datetime(2024, 11, 14, 5, 59, 30, tzinfo=UTC)
    program.ledger.memory.put("last_beat", at.isoformat())
    program.ledger.memory.put("last_backup", at.isoformat())
    program.ledger.memory.put("last_proof", f"{at.isoformat()} HTTP 500")
    program.ledger.upkeep.hold()
    value = _json(run, "status")
    for name in ("last_beat", "last_backup", "last_proof"):
        assert value[name] == "2024-11-14T13:59:30+08:00"
    assert value["last_proof_words"] == "HTTP 500"
    assert value["ready"] is True
    output = run("status")[1]
    assert "last proof of life: 2024-11-14 13:59:30 HTTP 500\n" in output
    assert "deliveries: 0 queued, 0 being sent, 0 sent, 0 failed, 0 expired\n" in output
    assert not any(word in output for word in ("None", "True", "False", "{"))


# -- plan, agenda, history ------------------------------------------------------------------------


def test_an_unknown_recipient_and_numbers_below_one_are_refused(world: MakeWorld, run: Run) -> None:
    _save(world(now=_NOW))
    status, _, output = run("plan", "--recipient", "老王")
    assert (status, output) == (
        2,
        "--recipient 老王: there is none of this name: use one of team\n",
    )
    assert run("plan", "--recipient", "team")[0] == 0
    for wrong in (
        ("agenda", "--days", "-3"),
        ("history", "--limit", "-1"),
        ("history", "--limit", "0"),
    ):
        status, _, output = run(*wrong)
        assert status == 2
        assert f"{wrong[1]}: '{wrong[2]}' is not a number from 1" in output


def test_the_plan_names_news_and_says_what_was_moved(world: MakeWorld, run: Run) -> None:
    program = world(CONSOLE + _QUIET, now=_NOW)
    _save(program, registration_close="2024-11-20 17:00")
    lines = run("plan")[1].splitlines()
    assert lines == [
        f"2024-11-14 14:00  team  {_NUMBER}  new parcel",
        f"2024-11-19 18:00  team  {_NUMBER}  Registration closes  8h  moved: quiet hours",
        f"2024-11-20 16:00  team  {_NUMBER}  Registration closes  1h",
    ]
    planned = _json(run, "plan")["reminders"]
    assert [reminder["kind"] for reminder in planned] == ["new", "reminder", "reminder"]
    assert [(reminder["held"], reminder["reason"]) for reminder in planned] == [
        (None, None),
        (None, "quiet hours"),
        (None, None),
    ]


def test_what_is_not_planned_yet_is_said(world: MakeWorld, run: Run) -> None:
    program = world(now=_NOW)
    program.service.ingest.store([a_notice()], program.clock.now())
    assert "not in this plan yet: the daemon plans them: `notifier run`" in run("plan")[2]
    program.ledger.upkeep.hold()
    assert "the running daemon is planning them" in run("plan")[2]
    program.service.planning.replan(program.clock.now())
    assert run("plan")[2] == ""


def test_a_day_without_a_time_of_day_is_not_shown_as_midnight(world: MakeWorld, run: Run) -> None:
    program = world(now=_NOW)
    today, later = (
        a_milestone(f"{day} 00:00", precision=Precision.DAY) for day in ("2024-11-14", "2024-11-20")
    )
    _save(program, registration_close=today, bidding_close=later, deposit_close="2024-11-20 16:00")
    assert [line.split("  ")[0] for line in run("agenda")[1].splitlines()] == [
        "2024-11-14 (no time of day stated)",
        "2024-11-20 (no time of day stated)",
        "2024-11-20 16:00",
    ]
    assert [milestone["precision"] for milestone in _json(run, "agenda")["milestones"]] == [
        "day",
        "day",
        "minute",
    ]


def test_a_line_of_the_agenda_is_of_one_language(world: MakeWorld, run: Run) -> None:
    _save(world(now=_NOW))
    run("done", "121号", "报名")
    assert run("agenda")[1].splitlines() == [
        f"2024-11-20 17:00  6 d 3 h left    Registration closes   {_NUMBER}  杭州  done",
        f"2024-11-22 10:00  7 d left        Bidding closes        {_NUMBER}  杭州",
    ]


def test_the_history_answers_whether_a_deadline_was_reminded_of(world: MakeWorld, run: Run) -> None:
    program = world(now="2024-11-14 10:00")
    _save(program, registration_close="2024-11-14 17:00")
    program.go(shanghai_time("2024-11-14 14:01"))
    output = run("history")[1].splitlines()
    assert output == [
        "2024-11-14 14:00:00  sent     console -> team  reminder",
        f"    Registration closes 2024-11-14 17:00 (3h): {_NUMBER}",
        "2024-11-14 10:01:00  sent     console -> team  new",
        f"    new parcel: {_NUMBER}",
    ]
    reminder, new = _json(run, "history")["deliveries"]
    assert reminder["parcels"] == [_NUMBER]
    assert reminder["reminders"] == [
        {
            "kind": "reminder", "parcel_no": _NUMBER, "milestone": "registration_close",
            "lead": "3h",
            "milestone_at": "2024-11-14T17:00:00+08:00",
        }
    ]  # fmt: skip
    assert [(reminder["kind"], reminder["milestone_at"]) for reminder in new["reminders"]] == [
        ("new", None)
    ]


def test_the_history_names_no_time_of_day_where_none_is_stated(world: MakeWorld, run: Run) -> None:
    program = world(now="2024-11-13 10:00")
    _save(program, registration_close=a_milestone("2024-11-14 00:00", precision=Precision.DAY))
    program.go(shanghai_time("2024-11-14 08:05"), timedelta(minutes=5))
    assert (
        "    Registration closes 2024-11-14 (no time of day stated) (0d@08:00): "
        in run("history")[1]
    )


def test_the_history_says_the_sentence_of_an_alert(world: MakeWorld, run: Run) -> None:
    program = world(
        CONSOLE + _QUIET + '[operators]\nchannels = ["console"]\nlanguage = "en"\n', now=_NOW
    )
    program.service.alerts.queue("key", "channel-works", {"channel": "wecom"}, program.clock.now())
    program.work()
    assert "    Channel wecom works again.\n" in run("history")[1]
    (line,) = _json(run, "history")["deliveries"]
    assert (line["title"], line["text"]) == (
        "Channel wecom works again",
        "Channel wecom works again.",
    )


def test_the_history_gives_the_words_of_a_message_as_they_were_sent(
    world: MakeWorld, run: Run
) -> None:
    program = world(now="2024-11-14 10:00")
    _save(program, registration_close="2024-11-14 17:00")
    program.go(shanghai_time("2024-11-14 14:01"))
    reminder, new = _json(run, "history", "--text")["deliveries"]
    assert [reminder["sent_text"], new["sent_text"]] == list(reversed(program.said()))
    shown = run("history", "--text")[1]
    assert "    | 【急】报名截止 今天17:00（还剩3小时）" in shown
    assert f"    | · {_NUMBER}\n" in shown
    assert "sent_text" not in _json(run, "history")["deliveries"][0]
    assert "    | " not in run("history")[1]


def test_what_was_sent_is_bounded_holds_no_secret_and_is_forgotten_with_its_delivery(
    world: MakeWorld, run: Run
) -> None:
    secret = "0000-geheim-0000"  # of this test
    program = world(
        CONSOLE + f'[channels.robot]\nurl = "json://host/{secret}"\n' + ONE_TEAM[len(CONSOLE) :],
        now=_NOW,
    )
    _save(program, number=f"甲{secret}号")
    program.save(
        a_notice(
            notice_no="长",
            parcels=[a_parcel(parcel_no=f"{n}号", note="长" * 900) for n in range(10)],
        )
    )
    program.go(shanghai_time("2024-11-14 14:05"))
    (line,) = _json(run, "history", "--text")["deliveries"]
    assert len(line["sent_text"]) <= MOST_CHARACTERS + 1
    assert secret not in line["sent_text"]
    assert program.ledger.upkeep.forget_old(program.clock.now() + timedelta(days=800)) == 1
    assert program.ledger.database.value("SELECT count(*) FROM texts") == 0


# -- errors with their place ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        (
            ("simulate", "a.csv", "--from", "2026-13-01", "--to", "2026-12-01"),
            "--from 2026-13-01: ",
        ),
        (("simulate", "a.csv", "--from", "2026-12-01", "--to", "bald"), "--to bald: "),
        (
            ("simulate", "a.csv", "--from", "2026-12-02", "--to", "2026-12-01"),
            "--to 2026-12-01: it ends before",
        ),
        (
            ("simulate", "a.csv", "--from", "2026-12-01", "--to", "2026-12-02", "--down", "x..y"),
            "--down x: ",
        ),
        (("silence", "add", "city=杭州", "--until", "tomorrow"), "--until tomorrow: "),
        (
            ("silence", "add", "city=杭州", "--until", "2030-01-01", "--from", "soon"),
            "--from soon: ",
        ),
        (("alert", " "), "TEXT: it is empty"),
    ],
)
def test_a_wrong_value_is_named_with_its_option(
    world: MakeWorld, run: Run, arguments: tuple[str, ...], place: str
) -> None:
    world(now=_NOW)
    status, _, output = run(*arguments)
    assert status == 2
    assert output.startswith(place)


@pytest.mark.parametrize("name", [".", "..", "/tmp", "sub"])
def test_a_folder_is_named_and_called_one(
    world: MakeWorld, run: Run, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world(now=_NOW)
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path)
    for command in ("read", "import"):
        assert run(command, name)[::2] == (1, f"{name}: it is a folder: name the files in it\n")


def test_a_date_read_without_a_time_of_day_says_that_it_has_none(
    world: MakeWorld, run: Run, tmp_path: Path
) -> None:
    world(now=_NOW)
    (tmp_path / "a.csv").write_text("地块编号,报名截止时间\n1号,2030-12-02\n", "utf-8")
    assert (
        "Registration closes  2030-12-02 (no time of day stated)"
        in run("read", str(tmp_path / "a.csv"))[1]
    )
    assert shanghai(shanghai_time("2030-12-02 00:00")).hour == 0


def test_check_names_an_inbox_that_is_gone_where_a_daemon_has_worked(
    world: MakeWorld, run: Run
) -> None:
    program = world(now=_NOW)
    _save(program)
    assert (
        "is gone"
        in {line["what"]: line for line in _json(run, "check")["checks"]}["inbox"]["words"]
    )


def test_help_loads_neither_the_ledger_nor_the_config() -> None:
    """Each costs it three times what it takes without."""
    code = (
        "import sys\nfrom notifier.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "sys.exit(' '.join(name for name in ('notifier.ledger', 'pydantic', 'apprise') if "
        "name in sys.modules) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_daemon_loads_no_reader_of_files() -> None:
    """Its child process reads them; loading the readers took as long as all the rest."""
    code = (
        "import sys\nimport notifier.app\n"
        "sys.exit(' '.join(name for name in sys.modules if name.startswith("
        "('notifier.intake.notice', 'notifier.intake.documents'))) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# -- check ----------------------------------------------------------------------------------------


def test_check_lists_what_nobody_is_reminded_of_and_what_a_filter_asks_for_in_vain(
    world: MakeWorld, run: Run
) -> None:
    team = (
        '[[recipients]]\nname = "team"\nchannels = ["console"]\n'
        'filter = { city = "宁波市|温州市" }\n'
    )
    boss = (
        '[[recipients]]\nname = "boss"\nchannels = ["console"]\nkinds = ["digest"]\n'
        'digest = "08:45"\n'
    )
    program = world(CONSOLE + team + boss, now=_NOW)
    _save(program, registration_close="2030-11-20 17:00")
    program.save(
        a_notice(notice_no="", file="b.csv", city="宁波", parcels=(a_parcel(parcel_no="甲2号"),))
    )
    status, output, _ = run("check")
    assert status == 1
    assert "coverage: nobody is reminded of 杭政储出[2024]121号 (杭州): widen a filter" in output
    assert "recipient team: 1 parcels: 甲2号" in output
    assert (
        "recipient team: note: its filter city = '温州市' matches no parcel so far, known "
        "are 宁波, 杭州" in output
    )
    assert "recipient boss: note: gets no reminders, as kinds says" in output
    run("skip", "121号")
    assert "coverage" not in run("check")[1]


def test_check_names_the_template_the_line_and_the_fault(
    world: MakeWorld, run: Run, tmp_path: Path
) -> None:
    folder = tmp_path / "templates"
    folder.mkdir()
    world('templates = "templates"\n' + ONE_TEAM)
    (folder / "wecom.txt.j2").write_text("{{ view.title }}\n{{ vew.lines }}\n", encoding="utf-8")
    status, output, _ = run("check")
    assert status == 1
    assert "BAD  template: wecom.txt.j2:2: UndefinedError: 'vew' is undefined\n" in output
    (folder / "wecom.txt.j2").unlink()
    assert f"ok   template: {folder}\n" in run("check")[1]
