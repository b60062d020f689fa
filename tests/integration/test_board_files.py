"""Files by the board: put in, told what became of them, and nothing that a file is called does
harm."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.board import Board, make_board
from tests.services import CONSOLE, RULES, TEAM

_CONFIG = (
    CONSOLE + TEAM + RULES + '[limits]\nfile_bytes = 5000\n[web]\nroles = { "boss" = "reader" }\n'
)
_ROWS = "公告编号,地块编号,报名截止时间\n测地1号,测地1号,2024-11-29 17:00\n"


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Board]:
    made = make_board(tmp_path, _CONFIG)
    yield made
    made.world.ledger.close()


def _put(board: Board, browser: TestClient, *files: tuple[str, bytes]) -> int:
    parts = [("files", (name, data, "application/octet-stream")) for name, data in files]
    return browser.post("/files", data={"token": board.token(browser)}, files=parts).status_code


def test_files_that_are_put_in_get_their_receipts_on_the_page(board: Board) -> None:
    browser = board.client()
    assert _put(board, browser, ("a.csv", _ROWS.encode()), ("b.png", b"no picture")) == 303
    assert browser.get("/files").text.count("等待读入") == 2
    board.world.read_deposits()
    page = browser.get("/files").text
    assert "已读入：1宗地块，1个时间" in page
    assert "新增1宗：测地1号" in page
    assert "未读入" in page
    assert page.count("· team") == 2


def test_a_receipt_with_doubts_leads_to_where_they_are_settled(board: Board) -> None:
    browser = board.client()
    _put(board, browser, ("a.csv", _ROWS.encode()), ("b.png", b"no picture"))
    board.world.read_deposits()
    assert 'class="to-review"' not in browser.get("/files").text
    spoilt = _ROWS.replace("测地1号", "测地2号").replace("2024-11-29", "2024-13-45")
    _put(board, browser, ("c.csv", spoilt.encode()))
    board.world.read_deposits()
    assert browser.get("/files").text.count('class="to-review" href="/review"') == 1


def test_a_file_that_is_too_large_is_told_why_and_stops_no_other(board: Board) -> None:
    browser = board.client()
    assert (
        _put(
            board, browser, ("big.csv", b"x" * 5001), ("empty.csv", b""), ("a.csv", _ROWS.encode())
        )
        == 303
    )
    page = browser.get("/files").text
    assert "超过 5000 字节" in page
    assert "文件是空的" in page
    assert page.count("等待读入") == 1
    names = sorted(file.name for file in (board.world.settings.inbox / "board").iterdir())
    assert names == ["a.csv"]


def test_whatever_a_file_is_called_it_stays_in_the_inbox_and_becomes_no_markup(
    board: Board, tmp_path: Path
) -> None:
    browser = board.client()
    names = ("../../../evil.csv", "<script>alert(1)</script>.csv", "..\\..\\c.csv", ".hidden.csv")
    assert (
        _put(
            board,
            browser,
            *(
                (name, _ROWS.replace("测地1", f"测地{number}").encode())
                for number, name in enumerate(names)
            ),
        )
        == 303
    )
    inside = {file.parent for file in tmp_path.rglob("*.csv")}
    assert inside == {board.world.settings.inbox / "board"}
    board.world.read_deposits()
    page = browser.get("/files").text
    assert "<script>alert" not in page
    assert "script_.csv" in page


def test_a_reader_puts_no_file_in_and_nor_does_another_site(board: Board) -> None:
    assert _put(board, board.client("boss"), ("a.csv", _ROWS.encode())) == 403
    browser = board.client()
    parts = [("files", ("a.csv", _ROWS.encode(), "text/csv"))]
    assert browser.post("/files", data={"token": "wrong"}, files=parts).status_code == 403
    foreign = {"sec-fetch-site": "cross-site"}
    token = board.token(browser)
    assert (
        browser.post("/files", data={"token": token}, files=parts, headers=foreign).status_code
        == 403
    )
    assert not (board.world.settings.inbox / "board").exists()
    assert 'type="file"' not in board.client("boss").get("/files").text
