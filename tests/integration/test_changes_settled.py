"""A notice of change that names what nobody knows: each of its names is said to be a parcel, and
hears what the notice states of that name alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from notifier.cli import main
from notifier.domain.doubts import Doubt, DoubtKind
from notifier.domain.times import shanghai
from notifier.errors import UsageError
from notifier.service.board_desk import BoardDesk
from notifier.service.desk import Desk
from notifier.service.desk_values import Settled
from notifier.service.doubt_desk import DoubtDesk
from notifier.testing import a_notice, a_parcel, shanghai_time
from tests.board import Board, make_board
from tests.services import World

_NO = "杭告字[2026]32号"
_HEAD = "杭州市规划和自然资源局国有建设用地使用权挂牌出让延期公告"
_FOOT = "杭州市规划和自然资源局\n2026年11月26日"
_ONE_KNOWN = (
    f"{_NO}公告中杭政储出[2026]104号地块，因故将报名截止时间延期至2026年12月3日16时，挂牌截止时间延期至2026年12月7日10时，"
    "其他事项不变。杭政储出[2026]199号地块报名截止时间延期至2026年12月8日16时。"
)
_TWO_STRANGE = (
    f"{_NO}公告中，杭政储出[2026]198号地块报名截止时间延期至2026年12月8日16时，"
    "杭政储出[2026]199号地块报名截止时间延期至2026年12月9日16时。"
)
_EXCEPTED = (
    f"{_NO}公告中，除杭政储出[2026]199号地块外，其余地块报名截止时间延期至2026年12月8日16时。"
)
_WITHOUT_TIME = (
    f"{_NO}公告中杭政储出[2026]104号地块报名截止时间延期至2026年12月3日16时，"
    "其余地块报名截止时间延期至2026年12月8日16时。"
)
_OTHER_NOTICE = "杭告字[2026]77号公告中，全部地块报名截止时间延期至2026年12月8日16时。"
_OLD = {"registration_close": "11-30 16:00", "bidding_close": "12-02 10:00"}


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Board]:
    made = make_board(tmp_path, now="2026-11-26 10:00")
    known = tuple(
        a_parcel(
            parcel_no=f"杭政储出[2026]{number}号",
            milestones={name: f"2026-{at}" for name, at in _OLD.items()},
        )
        for number in (104, 105, 106)
    )
    made.world.save(
        a_notice(notice_no=_NO, authority="杭州市规划和自然资源局", city="杭州", parcels=known)
    )
    yield made
    made.world.ledger.close()


def _read(world: World, words: str, name: str = "change.txt") -> None:
    path = world.folder / name
    path.write_text(f"{_HEAD}\n\n{words}\n\n{_FOOT}\n", "utf-8")
    world.service.ingest.take_in(path, world.clock.now())


def _desk(world: World) -> DoubtDesk:
    desk = Desk(world.ledger, lambda: world.settings)
    return DoubtDesk(world.ledger, desk, BoardDesk(world.ledger))


def _doubts(world: World) -> list[Doubt]:
    """The changes that fit nothing known."""
    found = _desk(world).doubts(world.clock.now())
    return [doubt for doubt in found if doubt.kind is DoubtKind.CHANGE]


def _say(world: World, known: str, name: str = "") -> Settled:
    (doubt,) = _doubts(world)
    return _desk(world).unite(doubt.id, known, name=name, by="周敏", now=world.clock.now())


def _times(world: World, number: str) -> dict[str, str]:
    (offer,) = world.ledger.parcels.find(f"{number}号")
    return {
        name.value: f"{shanghai(milestone.at):%m-%d %H:%M}"
        for name, milestone in offer.parcel.milestones.items()
    }


def test_a_parcel_hears_what_the_notice_states_of_its_name_and_of_no_other(board: Board) -> None:
    world = board.world
    _read(world, _ONE_KNOWN)
    settled = _say(world, "105号")
    assert _times(world, "105") == {**_OLD, "registration_close": "12-08 16:00"}
    assert _times(world, "104") == {
        "registration_close": "12-03 16:00",
        "bidding_close": "12-07 10:00",
    }
    assert [
        (time.offer.parcel.parcel_no, time.milestone.value, shanghai(time.new.at).day)
        for time in settled.times
        if time.new is not None
    ] == [("杭政储出[2026]105号", "registration_close", 8)]
    assert _doubts(world) == []


def test_each_of_several_names_is_a_parcel_of_its_own(board: Board) -> None:
    world = board.world
    _read(world, _TWO_STRANGE)
    (doubt,) = _doubts(world)
    names = [part.name for part in doubt.parts]
    assert names == ["[2026]198号", "[2026]199号"]
    with pytest.raises(UsageError):  # which of both is meant is not said
        _say(world, "105号")
    _say(world, "105号", names[0])
    assert _times(world, "105") == {**_OLD, "registration_close": "12-08 16:00"}
    (left,) = _doubts(world)
    assert [part.name for part in left.parts] == [names[1]]
    _say(world, "106号")
    assert _times(world, "106") == {**_OLD, "registration_close": "12-09 16:00"}
    assert _times(world, "105") == {**_OLD, "registration_close": "12-08 16:00"}
    assert _doubts(world) == []


def test_a_parcel_that_the_notice_excepts_is_not_postponed(board: Board) -> None:
    world = board.world
    _read(world, _EXCEPTED)
    (doubt,) = _doubts(world)
    settled = _say(world, "105号", doubt.parts[0].name)
    assert _times(world, "105") == _OLD
    assert settled.is_untouched
    assert {offer.parcel.parcel_no for offer in settled.changed} == {
        "杭政储出[2026]104号",
        "杭政储出[2026]106号",
    }
    assert _doubts(world) == []


def test_a_name_without_a_time_of_its_own_gets_none_of_another(board: Board) -> None:
    world = board.world
    _read(world, _WITHOUT_TIME)
    settled = _say(world, "105号")
    assert _times(world, "105") == _OLD
    assert settled.times == ()
    assert not settled.is_untouched  # people are told that it is postponed


@pytest.mark.parametrize("known", ["104号", "105号"])
def test_a_parcel_is_not_said_to_be_two_names_of_one_notice(board: Board, known: str) -> None:
    world = board.world
    _read(world, _ONE_KNOWN if known == "104号" else _TWO_STRANGE)
    (doubt,) = _doubts(world)
    if known == "105号":
        _say(world, known, doubt.parts[0].name)
    before = _times(world, known[:-1])
    with pytest.raises(UsageError):
        _say(world, known)
    assert _times(world, known[:-1]) == before
    assert len(_doubts(world)) == 1


def test_a_notice_that_changes_a_notice_nobody_knows_goes_to_the_parcel_that_is_meant(
    board: Board,
) -> None:
    world = board.world
    _read(world, _OTHER_NOTICE)
    _say(world, "105号")
    assert _times(world, "105") == {**_OLD, "registration_close": "12-08 16:00"}
    assert _times(world, "106") == _OLD
    assert _doubts(world) == []


def test_what_a_name_means_is_remembered_when_the_notice_is_read_again(board: Board) -> None:
    world = board.world
    _read(world, _TWO_STRANGE)
    (doubt,) = _doubts(world)
    _say(world, "105号", doubt.parts[0].name)
    _say(world, "106号")
    untold = len(list(world.ledger.waiting.untold()))
    world.service.ingest.take_in(world.folder / "change.txt", world.clock.now(), on_purpose=True)
    assert (_doubts(world), len(list(world.ledger.waiting.untold()))) == ([], untold)


def test_the_command_takes_the_name_too(
    board: Board, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clock:
        def now(self) -> object:
            return shanghai_time("2026-11-26 10:00")

    monkeypatch.setattr("notifier.cli.doubt_commands.SystemClock", Clock)
    world = board.world
    _read(world, _TWO_STRANGE)
    (doubt,) = _doubts(world)
    config = ["-c", str(world.folder / "config.toml")]
    assert main([*config, "doubts"]) == 1
    listed = capsys.readouterr().out
    assert "[2026]199号" in listed
    assert "2026-12-09 16:00" in listed
    assert main([*config, "settle", doubt.id, "--same", "106号"]) == 2
    assert main([*config, "settle", doubt.id, "--same", "106号", "--name", "[2026]199号"]) == 0
    assert "2026-11-30 16:00" in (printed := capsys.readouterr().out)
    assert "2026-12-09 16:00" in printed
    assert _times(world, "106") == {**_OLD, "registration_close": "12-09 16:00"}


def test_the_board_asks_of_each_name_with_its_times_and_says_what_moved(board: Board) -> None:
    world = board.world
    _read(world, _TWO_STRANGE)
    browser = board.client()
    page = browser.get("/review").text
    assert "12月9日 周三 16:00" in page or "2026-12-09 16:00" in page
    (doubt,) = _doubts(world)
    answer = browser.post(
        "/review",
        data={
            "token": board.token(browser),
            "doubt": doubt.id,
            "name": "[2026]199号",
            "same": "106号",
        },
    )
    assert answer.status_code == 303
    banner = browser.get(answer.headers["location"]).text.partition('role="status"')[2][:600]
    assert "杭政储出[2026]106号" in banner
    assert "11月30日" in banner
    assert "12月9日" in banner
