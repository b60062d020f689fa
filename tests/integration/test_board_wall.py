"""What the wall must not keep quiet: a ledger that is gone, what passed, who is not reached."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from notifier.domain.offers import OfferState
from notifier.domain.outcomes import About
from notifier.domain.values import Kind, Milestone, MilestoneName, Source
from notifier.testing import a_notice, a_parcel, shanghai_time
from tests.board import Board, make_board
from tests.services import CONSOLE, RULES, TEAM

_CLOSE = MilestoneName.REGISTRATION_CLOSE


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Board]:
    made = make_board(tmp_path, CONSOLE + TEAM + RULES, now="2024-11-14 10:00")
    yield made
    made.world.ledger.close()


def _wall(board: Board, query: str = "") -> str:
    return board.client().get(f"/?wall=1{query}").text


def _parcel(board: Board, number: str, **times: str | Milestone) -> None:
    board.world.save(
        a_notice(
            notice_no=number,
            file=f"{number}.md",
            parcels=(a_parcel(parcel_no=number, milestones=times),),
        )
    )


def test_a_ledger_that_is_gone_is_said_within_seconds(board: Board) -> None:
    browser = board.client()
    assert "台账文件" not in browser.get("/?wall=1").text
    before = board.site.board.mark(board.world.clock.now())
    board.world.settings.ledger.rename(board.world.settings.ledger.with_suffix(".away"))
    board.world.clock.move(timedelta(seconds=3))
    page = browser.get("/?wall=1").text
    assert "台账文件被移走或替换了" in page
    assert "重新启动提醒服务" in page
    assert "提醒服务运行中" not in page
    assert board.site.board.mark(board.world.clock.now()) != before  # open pages ask again


def test_a_deadline_that_passed_without_an_answer_stays_in_sight(board: Board) -> None:
    _parcel(board, "甲1号", registration_close="2024-11-14 11:00")
    _parcel(board, "甲2号", registration_close="2024-11-14 11:00")
    _parcel(board, "甲3号", registration_close="2024-11-20 11:00")
    done = next(
        offer for offer in board.world.ledger.parcels.all() if offer.parcel.parcel_no == "甲2号"
    )
    board.site.desk.acknowledge(done, _CLOSE, by="张三", now=board.world.clock.now())
    board.world.clock.move(timedelta(hours=2))
    page = _wall(board)
    assert "报名截止已过，无人答复" in page
    assert "甲2号" not in page
    assert page.index("甲1号") < page.rindex("甲3号")
    board.world.clock.move(timedelta(hours=30))
    assert "甲1号" in _wall(board)  # a Friday, the next working day
    board.world.clock.move(timedelta(hours=12))
    assert "甲1号" not in _wall(board)
    assert "甲1号" in _wall(board, "&state=missed")


def test_who_cannot_be_reached_is_said_beside_what_they_are_reminded_of(board: Board) -> None:
    _parcel(board, "甲1号", registration_close="2024-11-14 15:00")
    assert "提醒送不到" not in _wall(board)
    now = board.world.clock.now()
    before = board.site.board.mark(now)
    failure = ("console", About.CHANNEL, "", "the service is away", now)
    board.world.ledger.troubles.note_failure(*failure)
    assert "提醒送不到：team" in _wall(board)
    assert board.site.board.mark(now) != before  # open pages ask again


def test_a_suspended_parcel_is_not_what_comes_next(board: Board) -> None:
    for number in range(40):
        _parcel(board, f"乙{number}号", registration_close="2024-11-20 11:00")
    _parcel(board, "甲1号", registration_close="2024-11-14 15:00")
    suspended = a_notice(
        notice_no="甲1号",
        file="stop.md",
        kind=Kind.SUSPENSION,
        parcels=(a_parcel(parcel_no="甲1号", milestones={}),),
    )
    board.world.save(suspended)
    states = {offer.state for offer in board.world.ledger.parcels.all()}
    assert OfferState.SUSPENDED in states
    page = _wall(board)
    assert "甲1号" not in page
    assert "最近的 11月20日" in page
    assert 'class="hand' not in _wall(board, "&state=suspended")


def test_the_large_ones_are_deadlines_and_say_what_is_doubtful(board: Board) -> None:
    _parcel(
        board,
        "甲1号",
        bidding_open="2024-11-14 11:00",
        bidding_close="2024-11-24 11:00",
        registration_close="2024-11-22 11:00",
    )
    inferred = Milestone(at=shanghai_time("2024-11-14 15:00"), source=Source.INFERRED)
    _parcel(board, "甲2号", registration_close=inferred)
    doubtful, certain = _wall(board).split('class="hand')[1:3]
    assert "存疑" in doubtful.partition("</a>")[0]
    tile = certain.partition("</a>")[0]
    assert "报名截止" in tile
    assert "挂牌开始" not in tile


def test_who_gets_digests_alone_is_not_named_as_reminded(tmp_path: Path) -> None:
    boss = '[[recipients]]\nname = "boss"\nchannels = ["console"]\nkinds = ["escalation"]\n'
    team = TEAM + 'filter = { city = "宁波" }\n' + RULES
    board = make_board(tmp_path, CONSOLE + team + boss, now="2024-11-14 10:00")
    _parcel(board, "甲1号", registration_close="2024-11-14 15:00")
    page = _wall(board)
    assert "没有人会收到提醒" in page
    assert "提醒：boss" not in page
    board.world.ledger.close()


def test_a_missed_deadline_is_settled_on_the_board_by_whoever_did_it(board: Board) -> None:
    _parcel(board, "甲1号", registration_close="2024-11-14 11:00")
    board.world.clock.move(timedelta(hours=2))
    browser = board.client()
    page = browser.get("/").text
    assert "截止已过，无人答复" in page
    value = re.search(r'name="done" class="yes" value="([^"]+)"', page)
    assert value is not None
    assert board.post(browser, "/answer", done=value[1]) == 303
    assert "截止已过，无人答复" not in browser.get("/").text


def test_a_parcels_page_says_whom_nothing_reaches(board: Board) -> None:
    _parcel(board, "甲1号", registration_close="2024-11-20 15:00")
    board.world.service.planning.replan(board.world.clock.now())
    browser = board.client()
    number = board.site.board.lines()[0].offer.id
    assert "目前送不到" not in browser.get(f"/parcel/{number}").text
    failure = ("console", About.CHANNEL, "", "the service is away", board.world.clock.now())
    board.world.ledger.troubles.note_failure(*failure)
    assert "目前送不到" in browser.get(f"/parcel/{number}").text


def test_a_parcels_page_says_what_is_known_of_its_source(board: Board) -> None:
    _parcel(board, "甲1号", registration_close="2024-11-20 15:00")
    browser = board.client()
    offer = board.site.board.lines()[0].offer
    page = browser.get(f"/parcel/{offer.id}").text
    assert f"未监看（文件 {offer.file}），其后有无变化不知道" in page
