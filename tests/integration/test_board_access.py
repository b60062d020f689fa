"""Who gets into the board, and what keeps others out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.routing import Route

from notifier.config import load_settings
from notifier.errors import UsageError
from notifier.service.sign_in import LINK_LASTS
from notifier.testing import a_notice
from tests.board import LATER, Board, make_board
from tests.services import CONSOLE, RULES, TEAM

READERS = CONSOLE + TEAM + RULES + '[web]\nroles = { "boss" = "reader", "chief" = "operator" }\n'


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Board]:
    made = make_board(tmp_path, READERS)
    made.world.save(a_notice())
    yield made
    made.world.ledger.close()


def test_a_link_signs_in_once_and_the_board_shows_the_parcels(board: Board) -> None:
    link = board.site.sign_in.make_link("team", board.world.clock.now())
    browser = board.stranger()
    # opened by a mail scanner first
    assert "杭政储出[2024]901号" not in browser.get(f"/sign-in/{link}").text
    assert browser.post(f"/sign-in/{link}").status_code == 303
    assert "杭政储出[2024]901号" in browser.get("/").text
    assert board.stranger().post(f"/sign-in/{link}").status_code == 404


def test_a_link_works_no_more_after_its_time(board: Board) -> None:
    link = board.site.sign_in.make_link("team", board.world.clock.now())
    board.world.clock.move(LINK_LASTS)
    assert board.stranger().post(f"/sign-in/{link}").status_code == 404


def test_nobody_gets_a_link_whom_the_config_does_not_know(board: Board) -> None:
    with pytest.raises(UsageError, match="team"):
        board.site.sign_in.make_link("somebody", board.world.clock.now())


def test_a_session_ends_with_sign_out_with_its_time_and_with_the_config(board: Board) -> None:
    browser = board.client()
    assert browser.get("/").status_code == 200
    assert board.post(browser, "/sign-out") == 303
    assert browser.get("/").status_code == 303
    browser = board.client()
    board.world.clock.move(LATER)
    assert browser.get("/").headers["location"].startswith("/sign-in")


def test_a_wall_that_only_looks_stays_signed_in_as_long_as_it_is_used(board: Board) -> None:
    wall, team = board.client("boss"), board.client("team")
    for browser, keeps in ((wall, True), (team, False)):
        assert ("data-keep=" in browser.get("/?wall=1").text) is keeps
        assert "data-keep=" not in browser.get("/").text
    assert board.post(team, "/keep") == 403  # whoever may answer signs in anew
    assert wall.post("/keep").status_code == 403  # not without the token of its page
    for _ in range(3):
        board.world.clock.move(timedelta(days=29))
        answer = wall.post("/keep", data={"token": board.token(wall)})
        assert answer.status_code == 204
        assert "Max-Age=2592000" in answer.headers["set-cookie"]
    assert team.get("/").status_code == 303
    board.world.clock.move(LATER)
    assert wall.get("/?wall=1").status_code == 303


def test_whoever_leaves_the_config_is_signed_out_and_whoever_gets_another_role_has_it_at_once(
    board: Board,
) -> None:
    team, boss = board.client("team"), board.client("boss")
    world = board.world
    (board.world.folder / "config.toml").write_text(
        CONSOLE + TEAM.replace('"team"', '"others"') + RULES, "utf-8"
    )
    world.settings = load_settings(world.folder / "config.toml")
    assert team.get("/").status_code == 303
    assert boss.get("/").status_code == 303
    (board.world.folder / "config.toml").write_text(
        READERS.replace('"boss" = "reader"', '"boss" = "member"'), "utf-8"
    )
    world.settings = load_settings(world.folder / "config.toml")
    assert 'form="answer"' in boss.get("/").text


def test_every_address_but_those_that_say_who_asks_needs_a_session(board: Board) -> None:
    public = {"/sign-in", "/sign-in/{link}", "/language", "/static/{name}", "/healthz", "/readyz"}
    # what they hold is a secret, or none
    public |= {"/a/{link}", "/feed/{secret}.ics", "/api/v1/openapi.yaml"}
    stranger = board.stranger(peer="192.0.2.1")
    for route in board.application.routes:
        assert isinstance(route, Route)
        if route.path in public:
            continue
        path = re.sub(r"\{\w+(:int)?\}", "1", route.path)
        for method in route.methods or ():
            answer = stranger.request(method, path)
            refused = answer.status_code == 401 or answer.headers.get("location", "").startswith(
                "/sign-in"
            )
            assert refused, f"{method} {path}: {answer.status_code}"


def test_a_session_cannot_be_made_up(board: Board) -> None:
    stranger = board.stranger()
    for made_up in ("x", "team", "0" * 32, "'; DROP TABLE sessions; --"):
        stranger.cookies.set("notifier_session", made_up)
        assert stranger.get("/").status_code == 303


def test_the_cookie_of_a_session_is_kept_from_scripts_and_other_sites(board: Board) -> None:
    link = board.site.sign_in.make_link("team", board.world.clock.now())
    cookie = board.stranger().post(f"/sign-in/{link}").headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie  # in the clear on loopback; see the next test


def test_the_cookie_is_for_tls_alone_where_people_come_by_tls(tmp_path: Path) -> None:
    text = READERS + 'url = "https://board.example.com"\n'.join(["", ""])
    board = make_board(tmp_path, text)
    link = board.site.sign_in.make_link("team", board.world.clock.now())
    answer = board.stranger().post(f"/sign-in/{link}")
    board.world.ledger.close()
    assert "secure" in answer.headers["set-cookie"].lower()
    assert answer.headers["strict-transport-security"].startswith("max-age=")


def test_an_operator_takes_back_a_parcel_and_a_member_does_not(board: Board) -> None:
    assert board.post(board.client("team"), "/drop", about="1") == 403
    chief = board.client("chief")
    assert "/drop" in chief.get("/parcel/1").text
    assert board.post(chief, "/drop", about="1", why="录错了") == 303
    assert not board.site.board.lines()
    assert chief.get("/parcel/1").status_code == 404


def test_an_operator_begins_and_ends_a_silence_that_everybody_sees(board: Board) -> None:
    fields = {"field": "city", "text": "杭州", "until": "2024-11-03 08:00", "why": "开会"}
    assert board.post(board.client("team"), "/silences", **fields) == 403
    chief = board.client("chief")
    assert board.post(chief, "/silences", **fields) == 303
    shown = board.client("boss").get("/silences").text
    assert "city=杭州" in shown
    assert "chief" in shown
    assert "/silences/end" not in shown
    assert board.post(chief, "/silences", **(fields | {"until": "2024-10-01"})) == 400
    assert board.post(chief, "/silences/end", silence="1") == 303
    assert board.site.desk.silences(board.world.clock.now()) == ()
