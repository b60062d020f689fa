"""What people who wish the board ill cannot do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from notifier.config.settings import WebSettings
from notifier.errors import ConfigError
from notifier.testing import a_notice, a_parcel
from notifier.web.server import ensure_allowed
from notifier.web.visits import safe_path
from tests.board import Board, make_board
from tests.services import CONSOLE, RULES, TEAM

TEXT = CONSOLE + TEAM + RULES + '[[recipients]]\nname = "other"\nchannels = ["console"]\n'
TEXT += '[web]\nroles = { "boss" = "reader" }\n'
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{7*7}}"
DONE = {"done": "1.registration_close"}


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Board]:
    made = make_board(tmp_path, TEXT)
    made.world.save(a_notice())
    yield made
    made.world.ledger.close()


def is_done(board: Board) -> bool:
    return bool(board.site.board.lines()[0].answers)


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site", "origin": "https://evil.example"},
        {"sec-fetch-site": "same-site", "origin": "http://other.127.0.0.1:8010"},
        {"sec-fetch-site": "none", "origin": "null"},
        {"sec-fetch-site": "", "origin": "https://evil.example"},
        {"sec-fetch-site": "", "origin": ""},
        {"sec-fetch-site": "", "origin": "http://["},
    ],
)
def test_a_form_of_another_site_is_refused_even_with_the_right_token(
    board: Board, headers: dict[str, str]
) -> None:
    browser = board.client()
    token = board.token(browser)
    browser.headers.update(headers)
    assert browser.post("/answer", data={"token": token, **DONE}).status_code == 403
    assert not is_done(board)


@pytest.mark.parametrize("token", ["", "x", "0" * 32, "ü"])
def test_a_form_without_the_sessions_token_is_refused(board: Board, token: str) -> None:
    assert board.client().post("/answer", data={"token": token, **DONE}).status_code == 403
    assert not is_done(board)


def test_a_token_of_one_session_is_none_of_another(board: Board) -> None:
    theirs = board.token(board.client("other"))
    assert board.client().post("/answer", data={"token": theirs, **DONE}).status_code == 403


def test_an_answer_is_kept_under_the_name_of_the_session_whatever_the_form_says(
    board: Board,
) -> None:
    browser = board.client("other")
    assert board.post(browser, "/answer", by="team", name="team", **DONE) == 303
    (answer,) = board.site.board.lines()[0].answers.values()
    assert answer.by == "other"


def test_a_reader_sees_and_answers_nothing(board: Board) -> None:
    browser = board.client("boss")
    assert browser.get("/parcel/1").status_code == 200
    for path in ("/answer", "/time", "/compared"):
        assert board.post(browser, path, **DONE) == 403
    assert not is_done(board)


def test_nothing_is_changed_by_looking(board: Board) -> None:
    browser = board.client()
    for path in ("/answer", "/time", "/compared", "/sign-out", "/language"):
        assert browser.get(path, params=DONE).status_code in (404, 405)
    assert not is_done(board)


def test_links_cannot_be_tried_out(board: Board) -> None:
    stranger = board.stranger()
    right = board.site.sign_in.make_link("team", board.world.clock.now())
    statuses = [stranger.post(f"/sign-in/guess{number}").status_code for number in range(30)]
    assert set(statuses) == {404}
    # whoever guesses waits, even with a right one
    assert stranger.post(f"/sign-in/{right}").status_code == 404


def test_links_are_sent_a_few_times_only_and_tell_nobody_who_is_there(board: Board) -> None:
    stranger = board.stranger()
    answers = {
        stranger.post("/sign-in", data={"name": name}).headers["location"]
        for name in ("team", "nobody")
    }
    assert len(answers) == 1
    for _ in range(20):
        assert stranger.post("/sign-in", data={"name": "team"}).status_code == 303
    board.world.work()
    sent = [text for text in board.world.said() if "/sign-in/" in text]
    assert len(sent) == 2  # of the three that one client may ask for, one was for nobody


def test_a_link_that_was_asked_for_comes_by_the_persons_own_channel_and_signs_in(
    board: Board,
) -> None:
    stranger = board.stranger()
    stranger.post("/sign-in", data={"name": "team"})
    board.world.work()
    (text,) = [text for text in board.world.said() if "/sign-in/" in text]
    found = re.search(r"http://127\.0\.0\.1:8010(/sign-in/[\w-]+)", text)
    assert found is not None
    assert stranger.post(found[1]).status_code == 303
    assert stranger.get("/").status_code == 200


def test_too_many_forms_of_one_person_are_refused_for_a_while(board: Board) -> None:
    browser = board.client()
    token = board.token(browser)
    body = {"token": token, "language": "zh", "next": "/"}
    statuses = [browser.post("/language", data=body).status_code for _ in range(130)]
    assert statuses.count(429) == 10
    board.world.clock.move(timedelta(minutes=1))
    assert browser.post("/language", data=body).status_code == 303


@pytest.mark.parametrize(
    "path", ["/", "/?wall=1", "/?q=" + "%3Cscript%3E", "/parcel/1", "/parcel/99", "/sign-in"]
)
def test_every_page_is_confined_by_its_headers(board: Board, path: str) -> None:
    headers = board.client().get(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "*" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "same-origin"
    assert "server" not in headers


def test_no_page_holds_a_script_or_a_style_of_its_own(board: Board) -> None:
    browser = board.client()
    for path in ("/", "/?wall=1", "/parcel/1"):
        text = browser.get(path).text
        assert re.findall(r"<script(?![^>]*src=\"/static/)|<style| style=| on\w+=", text) == [], (
            path
        )
        assert (
            re.findall(
                r"(?:src|href|action)=\"(?!/|#|https://uri\.amap\.com/search\?)[^\"]*\"", text
            )
            == []
        ), path


def test_scripts_in_a_notice_stay_words(tmp_path: Path) -> None:
    board = make_board(tmp_path, TEXT)
    parcel = a_parcel(
        parcel_no=f"甲{SCRIPT}1号", location=SCRIPT, use=SCRIPT, note=SCRIPT, district=SCRIPT
    )
    board.world.save(
        a_notice(
            title=SCRIPT,
            city=SCRIPT,
            platform=SCRIPT,
            file=f"{SCRIPT.replace('/', '')}.csv",
            parcels=(parcel,),
        )
    )
    browser = board.client()
    board.post(
        browser, "/time", about="1.deposit_close", how="time", time="2024-11-13 10:00", why=SCRIPT
    )
    board.post(browser, "/compared", about="1", verdict="wrong", why=SCRIPT)
    for path in ("/", f"/?q={SCRIPT[:20]}&city={SCRIPT}", "/parcel/1", "/?wall"):
        text = browser.get(path).text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "49" not in re.findall(r"\{\{.*?\}\}|alert\(2\)&gt;.{0,12}", text)
    board.world.ledger.close()


# -- files -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "../config.toml",
        "../../etc/passwd",
        "/etc/passwd",
        "..\\config.toml",
        "link.txt",
        "folder",
        "a\0.txt",
        "",
    ],
)
def test_no_file_outside_the_inbox_is_given_away(tmp_path: Path, name: str) -> None:
    board = make_board(tmp_path, TEXT)
    inbox = board.world.settings.inbox
    (inbox / "folder").mkdir(parents=True)
    (inbox / "link.txt").symlink_to(tmp_path / "config.toml")
    board.world.save(a_notice(file=name))
    browser = board.client()
    for query in ("", "?as=text"):
        answer = browser.get(f"/parcel/1/original{query}")
        assert answer.status_code == 404, answer.text[:200]
    assert browser.get("/parcel/1").status_code == 200
    board.world.ledger.close()


def test_the_original_is_given_as_text_or_to_be_saved_and_never_as_a_page(tmp_path: Path) -> None:
    board = make_board(tmp_path, TEXT)
    inbox = board.world.settings.inbox
    (inbox / "杭州").mkdir(parents=True)
    (inbox / "杭州" / "公告 1.html").write_text(f"<h1>挂牌</h1>{SCRIPT}", "gb18030")
    board.world.save(a_notice(file="杭州/公告 1.html"))
    browser = board.client()
    shown = browser.get("/parcel/1/original?as=text")
    assert SCRIPT not in shown.text
    assert "&lt;h1&gt;挂牌&lt;/h1&gt;&lt;script&gt;" in shown.text
    saved = browser.get("/parcel/1/original")
    assert saved.headers["content-type"] == "application/octet-stream"
    assert saved.headers["content-disposition"] == (
        "attachment; filename*=UTF-8''%E5%85%AC%E5%91%8A%201.html"
    )
    assert "sandbox" in saved.headers["content-security-policy"]
    assert saved.content.decode("gb18030") == f"<h1>挂牌</h1>{SCRIPT}"
    board.world.ledger.close()


# -- limits and addresses --------------------------------------------------------------------------


def test_a_form_that_is_too_large_or_of_no_stated_length_is_refused(board: Board) -> None:
    browser = board.client()
    token = board.token(browser)
    assert browser.post("/answer", data={"token": token, "why": "x" * 70_000}).status_code == 413
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert (
        browser.post(
            "/answer", content=iter([b"token=", token.encode()]), headers=headers
        ).status_code
        == 411
    )


@pytest.mark.parametrize(
    "value", ["x", "1.x", "1.registration_close.5", "9999", "1.", "-1.registration_close", "1" * 40]
)
def test_an_answer_about_nothing_known_is_refused(board: Board, value: str) -> None:
    browser = board.client()
    assert board.post(browser, "/answer", done=value) in (400, 404)
    assert not is_done(board)


def test_an_answer_to_a_time_that_has_changed_meanwhile_is_not_taken(board: Board) -> None:
    browser = board.client()
    page = browser.get("/").text
    found = re.search(r'name="done"[^>]*value="([^"]+)"', page)
    assert found is not None
    name = found[1].split(".")[1]
    board.site.desk.set_time("901号", name, "2024-11-12 11:00", now=board.world.clock.now())
    assert board.post(browser, "/answer", done=found[1]) == 400
    assert not is_done(board)


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "localhost@evil.example", "[", "[::g]"]
)
def test_the_board_answers_to_its_own_names_alone(board: Board, host: str) -> None:
    assert board.client().get("/", headers={"host": host}).status_code == 421


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:x",
        "/\n/x",
        "",
        "//[",
        "http://[",
    ],
)
def test_no_way_back_leads_to_another_host(target: str) -> None:
    assert safe_path(target) == "/"


PROXIED = TEXT.replace(
    "[web]\n", '[web]\nurl = "https://board.example.com"\ntrusted_proxy = ["10.0.0.2"]\n'
)


@pytest.mark.parametrize(
    ("peer", "status"), [("10.0.0.2", 200), ("127.0.0.1", 200), ("10.0.0.9", 421)]
)
def test_behind_a_proxy_nobody_comes_past_it(tmp_path: Path, peer: str, status: int) -> None:
    board = make_board(tmp_path, PROXIED)
    assert board.stranger(peer=peer).get("/sign-in").status_code == status
    board.world.ledger.close()


def test_a_proxys_word_on_the_client_is_taken_and_nobody_elses(tmp_path: Path) -> None:
    board = make_board(tmp_path, PROXIED)
    proxy, local = board.stranger(peer="10.0.0.2"), board.stranger()
    for number in range(12):
        local.post("/sign-in/wrong", headers={"x-forwarded-for": f"192.0.2.{number}"})
        proxy.post("/sign-in/wrong", headers={"x-forwarded-for": "192.0.2.99, 192.0.2.7"})
    allows = board.site.failed_links.allows
    assert not allows("127.0.0.1")  # who is no proxy may name whom he likes
    assert not allows("192.0.2.7")
    assert allows("192.0.2.99")
    board.world.ledger.close()


LOCAL = WebSettings()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::"])
def test_a_network_is_not_served_in_the_clear(host: str) -> None:
    with pytest.raises(ConfigError, match=r"web\.listen"):
        ensure_allowed(replace(LOCAL, host=host))
    named = replace(LOCAL, host=host, url="https://board.example.com")
    with pytest.raises(ConfigError, match=r"web\.listen"):
        ensure_allowed(named)
    ensure_allowed(replace(named, trusted_proxy=("10.0.0.2",)))
    ensure_allowed(replace(named, tls_certificate=Path("a.pem"), tls_key=Path("a.key")))
    with pytest.raises(ConfigError, match=r"web\.url"):
        ensure_allowed(
            replace(LOCAL, host=host, tls_certificate=Path("a.pem"), tls_key=Path("a.key"))
        )


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.53"])
def test_loopback_is_served_as_it_is(host: str) -> None:
    ensure_allowed(replace(LOCAL, host=host))


def test_half_of_tls_is_refused() -> None:
    with pytest.raises(ConfigError, match="tls_key"):
        ensure_allowed(replace(LOCAL, tls_certificate=Path("a.pem")))
