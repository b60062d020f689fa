"""What a person who answers sees next: the place they were at, what else is due, how to go on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from notifier.domain.values import Milestone, Precision, Source
from notifier.testing import a_notice, a_parcel, shanghai_time
from tests.board import HOST, Board, make_board
from tests.services import CONSOLE, RULES, TEAM

_CONFIG = CONSOLE + TEAM + RULES + "[confirmation]\nrequired = true\n"
_AT_ONCE = {"registration_close": "2024-11-01 17:00", "deposit_close": "2024-11-01 17:00"}
_LATER = {
    "registration_close": Milestone(
        at=shanghai_time("2024-11-14 00:00"), precision=Precision.DAY, source=Source.STATED
    )
}


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Board]:
    made = make_board(tmp_path, _CONFIG)
    due_today = [a_parcel(parcel_no=f"甲{number}号", milestones=_AT_ONCE) for number in range(6)]
    due_later = [a_parcel(parcel_no=f"乙{number}号", milestones=_LATER) for number in range(80)]
    made.world.save(a_notice(parcels=(*due_today, *due_later)))
    yield made
    made.world.ledger.close()


def _about(board: Board, number: str) -> int:
    return next(
        offer.id for offer in board.world.ledger.parcels.all() if offer.parcel.parcel_no == number
    )


def test_the_board_comes_back_at_the_parcel_that_was_answered(board: Board) -> None:
    browser = board.client()
    about = _about(board, "甲2号")
    fields = {"token": board.token(browser), "done": f"{about}.registration_close", "next": "/?q=x"}
    answer = browser.post("/answer", data=fields)
    place = answer.headers["location"]
    assert place == f"/?q=x&said=done&of={about}.registration_close#p{about}"
    assert f'id="p{about}"' in browser.get("/").text


def test_comparing_goes_on_with_the_next_parcel(board: Board) -> None:
    browser = board.client()
    page = browser.get("/review").text
    _, _, form = page.partition('name="next" value="/review#c')
    following = form.partition('"')[0]
    assert f'<article id="c{following}"' in page
    about = _about(board, "甲0号")
    fields = {
        "token": board.token(browser),
        "about": str(about),
        "verdict": "wrong",
        "why": "1",
        "next": f"/review#c{following}",
    }
    place = browser.post("/compared", data=fields).headers["location"]
    assert place == f"/review?said=wrong&of={about}.#c{following}"
    assert "甲0号" in browser.get(place).text.partition('role="status">')[2].partition("</div>")[0]


def test_deadlines_of_one_instant_are_named_together(board: Board) -> None:
    browser = board.client()
    page = browser.get("/").text
    tile = page.partition('class="hand')[2].partition("</a>")[0]
    assert "报名截止、保证金到账截止" in tile
    about = _about(board, "甲0号")
    assert board.post(browser, "/answer", done=f"{about}.registration_close") == 303
    row = browser.get("/").text.partition(f'id="p{about}"')[2].partition("</tr>")[0]
    assert "报名截止、保证金到账截止" not in row.partition('class="c-next"')[2]


def test_what_is_due_today_beside_the_large_ones_is_counted(board: Board) -> None:
    assert "今天还有2宗未办" in board.client().get("/").text


def test_the_wall_names_the_day_of_what_it_does_not_list_without_a_clock(board: Board) -> None:
    page = board.client().get("/?wall=1&q=乙").text
    assert "未列出，最近的 11月14日 周四<" in page


def test_a_refusal_leads_back_and_gives_an_example(board: Board) -> None:
    browser = board.client()
    about = _about(board, "甲0号")
    fields = {
        "token": board.token(browser),
        "about": f"{about}.registration_close",
        "how": "time",
        "time": "晚上2时",
    }
    referer = {"referer": f"{HOST}/parcel/{about}?x=1"}
    answer = browser.post("/time", data=fields, headers=referer)
    assert answer.status_code == 400
    assert "'晚上2时' 不是时间：请写成 2026-12-02 17:00" in answer.text.replace("&#39;", "'")
    assert f'class="back" href="/parcel/{about}?x=1"' in answer.text
    elsewhere = {"referer": "https://example.com/evil"}
    assert "evil" not in browser.post("/time", data=fields, headers=elsewhere).text
