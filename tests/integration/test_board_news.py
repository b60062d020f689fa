"""The page of news: what changed, who answered, what was sent or was not, what comes next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from notifier.domain.outcomes import About, Outcome, Verdict
from notifier.domain.values import MilestoneName
from notifier.testing import a_notice, a_parcel, shanghai_time
from tests.board import Board, make_board
from tests.services import CONSOLE, RULES, TEAM

_BOSS = (
    '[channels.phone]\nurl = "console://"\n[[recipients]]\nname = "boss"\nchannels = ["phone"]\n'
)
_CLOSE = MilestoneName.REGISTRATION_CLOSE
_REFUSED = Outcome(verdict=Verdict.REJECTED, words="no such number", about=About.ADDRESS)


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Board]:
    made = make_board(tmp_path, CONSOLE + TEAM + RULES + _BOSS + RULES, now="2024-11-12 10:00")
    times = {_CLOSE: "2024-11-14 17:00"}
    made.world.save(a_notice(parcels=(a_parcel(milestones=times),)))
    yield made
    made.world.ledger.close()


def _section(board: Board, name: str, query: str = "") -> str:
    page = board.client().get(f"/news{query}").text
    return page.partition(f'id="{name}"')[2].partition("</section>")[0]


def test_news_has_what_changed_with_old_and_new(board: Board) -> None:
    (offer,) = board.world.ledger.parcels.all()
    now = board.world.clock.now()
    assert "没有。" in _section(board, "changes")
    board.site.desk.set_time(offer, _CLOSE, "2024-11-15 09:00", by="张三", now=now)
    section = _section(board, "changes")
    assert "张三" in section
    assert "11月14日 周四 17:00</del>" in section
    assert "11月15日 周五 09:00</ins>" in section
    board.world.clock.move(timedelta(days=2))
    assert "没有。" in _section(board, "changes")
    assert "张三" in _section(board, "changes", "?days=3")


def test_a_day_without_an_hour_is_news_of_a_day(board: Board) -> None:
    (offer,) = board.world.ledger.parcels.all()
    desk, now = board.site.desk, board.world.clock.now()
    desk.set_time(offer, _CLOSE, "2024-11-15", by="张三", now=now)
    (offer,) = board.world.ledger.parcels.all()
    desk.set_time(offer, _CLOSE, "2024-11-16 09:00", by="张三", now=now)
    section = _section(board, "changes")
    assert "<ins>11月15日 周五</ins>" in section
    assert "<del>11月15日 周五</del>" in section


def test_news_has_who_answered(board: Board) -> None:
    (offer,) = board.world.ledger.parcels.all()
    board.site.desk.acknowledge(offer, _CLOSE, by="李四", now=board.world.clock.now())
    section = _section(board, "answers")
    assert "李四" in section
    assert "报名截止 已办" in section


def test_news_has_what_was_sent_and_first_what_did_not_arrive(board: Board) -> None:
    board.world.channels["phone"].script.extend([_REFUSED] * 9)
    board.world.go(shanghai_time("2024-11-13 17:05"))
    lost, sent = _section(board, "lost-messages"), _section(board, "messages")
    assert "boss" in lost
    assert "no such number" in lost
    assert "team" in sent
    assert "报名截止" in sent


def test_news_has_what_the_visitor_is_reminded_of_next(board: Board) -> None:
    section = _section(board, "ahead")
    assert "接下来提醒team" in section
    assert "11月13日 周三 17:00" in section
    assert "接下来提醒boss" in _section(board, "ahead", "?to=boss")
    assert _section(board, "ahead", "?to=nobody") == ""
