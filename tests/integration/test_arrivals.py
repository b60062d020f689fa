"""The inbox as the service takes it in: a file that harms its reader, a slow one, what people hear and how often."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from notifier.errors import IntakeError
from notifier.intake.child import Reading
from notifier.intake.inbox import Inbox
from tests.bombs import slow_text
from tests.services import CONSOLE, READER, RULES, TEAM, MakeWorld, World

_OPERATORS = '[channels.ops]\nurl = "console://"\n[operators]\nchannels = ["ops"]\n'
_ALL = CONSOLE + _OPERATORS + TEAM + RULES
_ROWS = "公告编号,地块编号,报名截止时间\n{0},{0},2024-11-30 17:00\n"
_SECOND = timedelta(seconds=1)


def _drop(one: World, name: str, content: str | bytes) -> None:
    file = one.settings.inbox / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)


def _inbox(one: World) -> Inbox:
    """The inbox as a daemon opens it that has just started."""
    one.settings.inbox.mkdir(exist_ok=True)
    return Inbox(folder=one.settings.inbox)


def _look(one: World, inbox: Inbox, times: int = 2) -> None:
    """A look every two seconds, and all that follows of it."""
    for _ in range(times):
        one.service.inbox.look_into(inbox, one.clock.now())
        one.work()
        one.clock.move(2 * _SECOND)


def _numbers(one: World) -> list[str]:
    return sorted(offer.parcel.parcel_no for offer in one.ledger.parcels.all())


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any file that is not read at once is a slow one."""
    monkeypatch.setattr("notifier.service.inbox_watch._PATIENCE", 0.0)


def _until(one: World, inbox: Inbox, wanted: Callable[[], bool]) -> None:
    """Look until it is so; what is being read is waited for."""
    for _ in range(600):
        _look(one, inbox, 1)
        if wanted():
            return
        for slow in one.service.inbox._slow.values():
            if slow.reading is not None:
                slow.reading.wait(1)
    raise AssertionError(f"it did not come: {_numbers(one)} {one.ledger.files.all()}")


def test_a_file_that_kills_its_reader_is_told_once_and_others_are_read(world: MakeWorld) -> None:
    one = world(_ALL + "[limits]\nseconds = 1\n")
    _drop(one, "bomb.txt", slow_text(20_000))
    _drop(one, "good.csv", _ROWS.format("测地1号"))
    inbox = _inbox(one)
    _until(one, inbox, lambda: one.ledger.files.get("bomb.txt") is not None and _numbers(one) == ["测地1号"])
    _look(one, inbox, 60)
    assert ["bomb.txt" in text for text in one.said("ops")] == [True]


def test_a_file_that_killed_its_reader_is_read_when_its_bytes_change(world: MakeWorld) -> None:
    one = world(_ALL)
    _drop(one, "a.csv", "no record\n")
    inbox = _inbox(one)
    _look(one, inbox)
    _drop(one, "a.csv", _ROWS.format("测地1号"))
    _look(one, inbox)
    assert _numbers(one) == ["测地1号"]


def test_bytes_that_were_being_read_when_two_daemons_ended_are_named_and_not_read_a_third_time(
    world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = world(_ALL)
    _drop(one, "killer.csv", _ROWS.format("测地1号"))
    begun = []

    def die(_: Reading) -> None:
        begun.append(1)
        raise KeyboardInterrupt  # as good as a kill: nothing is recorded after it

    with monkeypatch.context() as deadly:
        deadly.setattr(Reading, "notices", die)
        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                _look(one, _inbox(one))
            one.restart()
        _look(one, _inbox(one), 20)
    assert len(begun) == 2
    assert ["killer.csv" in text for text in one.said("ops")] == [True]
    _drop(one, "killer.csv", _ROWS.format("测地2号"))
    _look(one, _inbox(one))
    assert _numbers(one) == ["测地2号"]


@pytest.mark.usefixtures("impatient")
def test_a_slow_file_is_read_beside_the_others(world: MakeWorld) -> None:
    one = world(_ALL)
    _drop(one, "a.txt", slow_text(1_500))
    inbox = _inbox(one)
    _look(one, inbox)
    assert _numbers(one) == []
    slow = list(one.service.inbox._slow)
    assert slow == ["a.txt"]
    _drop(one, "b.csv", _ROWS.format("测地1号"))
    _until(one, inbox, lambda: "测地1号" in _numbers(one))


@pytest.mark.usefixtures("impatient")
def test_several_slow_files_are_all_read_one_after_the_other(world: MakeWorld) -> None:
    one = world(_ALL)
    for number in range(1, 4):
        _drop(one, f"{number}.csv", _ROWS.format(f"测地{number}号"))
    inbox = _inbox(one)
    _until(one, inbox, lambda: len(_numbers(one)) == 3)
    assert one.service.inbox._slow == {}


@pytest.mark.usefixtures("impatient")
def test_a_slow_file_that_is_saved_again_is_read_as_it_is_now(world: MakeWorld) -> None:
    one = world(_ALL)
    _drop(one, "a.txt", slow_text(3_000))
    inbox = _inbox(one)
    _look(one, inbox)
    _drop(one, "a.txt", slow_text(1))
    _until(one, inbox, lambda: "甲储出〔2031〕0号" in _numbers(one))
    assert _numbers(one) == ["甲储出〔2031〕0号"]


def test_a_reader_that_cannot_be_started_costs_no_file(world: MakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    one = world(_ALL)
    _drop(one, "a.csv", _ROWS.format("测地1号"))
    inbox = _inbox(one)
    with monkeypatch.context() as full:

        def refuse(*_: object) -> None:
            raise OSError(12, "Cannot allocate memory")

        full.setattr("notifier.intake.child._Child", refuse)
        full.setattr(READER, "_idle", None)
        _look(one, inbox, 30)
    assert len(one.said("ops")) == 1
    _look(one, inbox)
    assert _numbers(one) == ["测地1号"]


def test_five_refused_files_that_come_one_after_the_other_are_one_message(world: MakeWorld) -> None:
    one = world(_ALL)
    inbox = _inbox(one)
    for number in range(5):
        _drop(one, f"bad {number}.csv", "no record\n")
        _look(one, inbox, 3)
    _look(one, inbox, 30)
    (told,) = one.said("ops")
    assert all(f"bad {number}.csv" in told for number in range(5))


def test_a_file_saved_ten_times_in_a_minute_is_told_once(world: MakeWorld) -> None:
    one = world(_ALL)
    inbox = _inbox(one)
    for number in range(10):
        _drop(one, "bad.csv", f"no record {number}\n")
        _look(one, inbox, 3)
    _look(one, inbox, 60)
    assert len(one.said("ops")) == 1


def test_a_file_that_is_mended_before_anybody_heard_of_it_is_not_told(world: MakeWorld) -> None:
    one = world(_ALL)
    inbox = _inbox(one)
    _drop(one, "a.csv", "no record\n")
    _look(one, inbox)
    _drop(one, "a.csv", _ROWS.format("测地1号"))
    _look(one, inbox, 60)
    assert one.said("ops") == []


def test_what_was_refused_just_before_a_crash_is_told_after_it(world: MakeWorld) -> None:
    one = world(_ALL)
    _drop(one, "bad.csv", "no record\n")
    _look(one, _inbox(one))
    one.restart()
    known = {line.name: line for line in one.ledger.files.all()}
    assert known["bad.csv"].untold_since is not None
    _look(one, _inbox(one), 20)
    assert ["bad.csv" in text for text in one.said("ops")] == [True]


def test_a_file_that_is_wrong_in_another_way_after_an_hour_is_told_again(world: MakeWorld) -> None:
    one = world(_ALL)
    inbox = _inbox(one)
    for content in ("no record\n", "nothing at all\n"):
        _drop(one, "bad.csv", content)
        _look(one, inbox, 20)
        one.clock.move(timedelta(hours=1))
    assert len(one.said("ops")) == 2


def test_two_files_of_one_name_in_two_folders_are_two(world: MakeWorld) -> None:
    one = world(_ALL)
    _drop(one, "宁波/a.csv", _ROWS.format("测地1号"))
    _drop(one, "杭州/a.csv", _ROWS.format("测地2号"))
    _look(one, _inbox(one))
    assert _numbers(one) == ["测地1号", "测地2号"]
    assert [line.name for line in one.ledger.files.all()] == ["宁波/a.csv", "杭州/a.csv"]


def test_bytes_in_memory_are_taken_in_by_their_name(world: MakeWorld) -> None:
    one = world(_ALL)
    one.service.ingest.take_in_data("-.csv", _ROWS.format("测地1号").encode(), one.clock.now())
    assert _numbers(one) == ["测地1号"]
    with pytest.raises(IntakeError, match="neither a record nor a notice"):
        one.service.ingest.take_in_data("-.exe", b"x", one.clock.now())
