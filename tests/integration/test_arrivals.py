"""The inbox as the service takes it in: a file that harms its reader, a slow one, what people hear
and how often."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from notifier.errors import IntakeError
from notifier.intake.child import FileReading
from notifier.intake.inbox import Inbox
from tests.bombs import slow_text
from tests.services import CONSOLE, READER, RULES, TEAM, MakeWorld, World

_OPERATORS = '[channels.ops]\nurl = "console://"\n[operators]\nchannels = ["ops"]\n'
_ALL = CONSOLE + _OPERATORS + TEAM + RULES
_ROWS = "公告编号,地块编号,报名截止时间\n{0},{0},2024-11-30 17:00\n"
_SECOND = timedelta(seconds=1)


def _drop(world: World, name: str, content: str | bytes) -> None:
    file = world.settings.inbox / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)


def _inbox(world: World) -> Inbox:
    """The inbox as a daemon opens it that has just started."""
    world.settings.inbox.mkdir(exist_ok=True)
    return Inbox(folder=world.settings.inbox)


def _look(world: World, inbox: Inbox, times: int = 2) -> None:
    """A look every two seconds, and all that follows of it."""
    for _ in range(times):
        world.service.inbox.look_into(inbox, world.clock.now())
        world.work()
        world.clock.move(2 * _SECOND)


def _numbers(world: World) -> list[str]:
    return sorted(offer.parcel.parcel_no for offer in world.ledger.parcels.all())


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any file that is not read at once is a slow one."""
    monkeypatch.setattr("notifier.service.inbox_watch._PATIENCE", 0.0)


def _until(world: World, inbox: Inbox, wanted: Callable[[], bool]) -> None:
    """Look until it is so; what is being read is waited for."""
    for _ in range(600):
        _look(world, inbox, 1)
        if wanted():
            return
        for slow in world.service.inbox._slow.values():
            if slow.reading is not None:
                slow.reading.wait(1)
    raise AssertionError(f"it did not come: {_numbers(world)} {world.ledger.files.all()}")


def test_a_file_that_kills_its_reader_is_told_once_and_others_are_read(world: MakeWorld) -> None:
    program = world(_ALL + "[limits]\nseconds = 1\n")
    _drop(program, "bomb.txt", slow_text(20_000))
    _drop(program, "good.csv", _ROWS.format("测地1号"))
    inbox = _inbox(program)
    _until(
        program,
        inbox,
        lambda: (
            program.ledger.files.get("bomb.txt") is not None and _numbers(program) == ["测地1号"]
        ),
    )
    _look(program, inbox, 60)
    assert ["bomb.txt" in text for text in program.said("ops")] == [True]


def test_a_file_that_killed_its_reader_is_read_when_its_bytes_change(world: MakeWorld) -> None:
    program = world(_ALL)
    _drop(program, "a.csv", "no record\n")
    inbox = _inbox(program)
    _look(program, inbox)
    _drop(program, "a.csv", _ROWS.format("测地1号"))
    _look(program, inbox)
    assert _numbers(program) == ["测地1号"]


def test_bytes_that_were_being_read_when_two_daemons_ended_are_named_and_not_read_a_third_time(
    world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = world(_ALL)
    _drop(program, "killer.csv", _ROWS.format("测地1号"))
    begun = []

    def die(_: FileReading) -> None:
        begun.append(1)
        raise KeyboardInterrupt  # as good as a kill: nothing is recorded after it

    with monkeypatch.context() as deadly:
        deadly.setattr(FileReading, "notices", die)
        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                _look(program, _inbox(program))
            program.restart()
        _look(program, _inbox(program), 20)
    assert len(begun) == 2
    assert ["killer.csv" in text for text in program.said("ops")] == [True]
    _drop(program, "killer.csv", _ROWS.format("测地2号"))
    _look(program, _inbox(program))
    assert _numbers(program) == ["测地2号"]


@pytest.mark.usefixtures("impatient")
def test_a_slow_file_is_read_beside_the_others(world: MakeWorld) -> None:
    program = world(_ALL)
    _drop(program, "a.txt", slow_text(1_500))
    inbox = _inbox(program)
    _look(program, inbox)
    assert _numbers(program) == []
    slow = list(program.service.inbox._slow)
    assert slow == ["a.txt"]
    _drop(program, "b.csv", _ROWS.format("测地1号"))
    _until(program, inbox, lambda: "测地1号" in _numbers(program))


@pytest.mark.usefixtures("impatient")
def test_several_slow_files_are_all_read_one_after_the_other(world: MakeWorld) -> None:
    program = world(_ALL)
    for number in range(1, 4):
        _drop(program, f"{number}.csv", _ROWS.format(f"测地{number}号"))
    inbox = _inbox(program)
    _until(program, inbox, lambda: len(_numbers(program)) == 3)
    assert program.service.inbox._slow == {}


@pytest.mark.usefixtures("impatient")
def test_a_slow_file_that_is_saved_again_is_read_as_it_is_now(world: MakeWorld) -> None:
    program = world(_ALL)
    _drop(program, "a.txt", slow_text(3_000))
    inbox = _inbox(program)
    _look(program, inbox)
    _drop(program, "a.txt", slow_text(1))
    _until(program, inbox, lambda: "甲储出〔2031〕0号" in _numbers(program))
    assert _numbers(program) == ["甲储出〔2031〕0号"]


def test_a_reader_that_cannot_be_started_costs_no_file(
    world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = world(_ALL)
    _drop(program, "a.csv", _ROWS.format("测地1号"))
    inbox = _inbox(program)
    with monkeypatch.context() as full:

        def refuse(*_: object) -> None:
            raise OSError(12, "Cannot allocate memory")

        full.setattr("notifier.intake.child._Child", refuse)
        full.setattr(READER, "_idle", None)
        _look(program, inbox, 30)
    assert len(program.said("ops")) == 1
    _look(program, inbox)
    assert _numbers(program) == ["测地1号"]


def test_five_refused_files_that_come_one_after_the_other_are_one_message(world: MakeWorld) -> None:
    program = world(_ALL)
    inbox = _inbox(program)
    for number in range(5):
        _drop(program, f"bad {number}.csv", "no record\n")
        _look(program, inbox, 3)
    _look(program, inbox, 30)
    (alert,) = program.said("ops")
    assert all(f"bad {number}.csv" in alert for number in range(5))


def test_a_file_saved_ten_times_in_a_minute_is_told_once(world: MakeWorld) -> None:
    program = world(_ALL)
    inbox = _inbox(program)
    for number in range(10):
        _drop(program, "bad.csv", f"no record {number}\n")
        _look(program, inbox, 3)
    _look(program, inbox, 60)
    assert len(program.said("ops")) == 1


def test_a_file_that_is_mended_before_anybody_heard_of_it_is_not_told(world: MakeWorld) -> None:
    program = world(_ALL)
    inbox = _inbox(program)
    _drop(program, "a.csv", "no record\n")
    _look(program, inbox)
    _drop(program, "a.csv", _ROWS.format("测地1号"))
    _look(program, inbox, 60)
    assert program.said("ops") == []


def test_what_was_refused_just_before_a_crash_is_told_after_it(world: MakeWorld) -> None:
    program = world(_ALL)
    _drop(program, "bad.csv", "no record\n")
    _look(program, _inbox(program))
    program.restart()
    known = {line.name: line for line in program.ledger.files.all()}
    assert known["bad.csv"].untold_since is not None
    _look(program, _inbox(program), 20)
    assert ["bad.csv" in text for text in program.said("ops")] == [True]


def test_a_file_that_is_wrong_in_another_way_after_an_hour_is_told_again(world: MakeWorld) -> None:
    program = world(_ALL)
    inbox = _inbox(program)
    for content in ("no record\n", "nothing at all\n"):
        _drop(program, "bad.csv", content)
        _look(program, inbox, 20)
        program.clock.move(timedelta(hours=1))
    assert len(program.said("ops")) == 2


def test_two_files_of_one_name_in_two_folders_are_two(world: MakeWorld) -> None:
    program = world(_ALL)
    _drop(program, "宁波/a.csv", _ROWS.format("测地1号"))
    _drop(program, "杭州/a.csv", _ROWS.format("测地2号"))
    _look(program, _inbox(program))
    assert _numbers(program) == ["测地1号", "测地2号"]
    assert [line.name for line in program.ledger.files.all()] == ["宁波/a.csv", "杭州/a.csv"]


def test_bytes_in_memory_are_taken_in_by_their_name(world: MakeWorld) -> None:
    program = world(_ALL)
    program.service.ingest.take_in_data(
        "-.csv", _ROWS.format("测地1号").encode(), program.clock.now()
    )
    assert _numbers(program) == ["测地1号"]
    with pytest.raises(IntakeError, match="neither a record nor a notice"):
        program.service.ingest.take_in_data("-.exe", b"x", program.clock.now())
