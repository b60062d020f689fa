"""The board attacked at every address it has.

Forms without an origin, scripts in a notice, names of files that are paths, errors without headers.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import NoReturn

import pytest
from starlette.routing import Route
from starlette.testclient import TestClient

from notifier.domain.findings import Code
from notifier.domain.receipts import Way
from notifier.domain.values import Evidence, Finding, Kind, Severity
from notifier.testing import a_notice, a_parcel, shanghai_time
from tests.board import HOST, Board, make_board
from tests.services import ONE_TEAM

_TOKEN = "t" * 30
_CONFIG = (
    ONE_TEAM
    + "[confirmation]\nrequired = true\n"
    + '[operators]\nchannels = ["console"]\n'
    + '[web]\nroles = { "team" = "operator" }\n'
    + f'[web.tokens.program]\ntoken = "{_TOKEN}"\nrole = "operator"\n'
)
_SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{7*7}}</textarea>"
_WAY = Way.BOARD
_NO_PAGES = {
    "",
    "text/plain",
    "text/css",
    "text/calendar",
    "application/json",
    "application/yaml",
    "application/octet-stream",
}
_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Board]:
    made = make_board(tmp_path, _CONFIG)
    yield made
    made.world.ledger.close()


def _addresses(board: Board, method: str) -> list[str]:
    """Every address that takes this method, with something in the place of its parameters."""
    paths = [
        route.path
        for route in board.application.routes
        if isinstance(route, Route) and method in (route.methods or ())
    ]
    assert len(paths) > 8
    filled = {"id:int": "1", "id": "1", "name": "board.css"}
    return [
        re.sub(r"\{([^}]+)\}", lambda match: filled.get(match[1], "guess"), path) for path in paths
    ]


def _spoilt(board: Board) -> None:
    """A parcel, its changes, doubts, files and answers, all with scripts for words."""
    finding = Finding(
        code=Code.PLACES_DISAGREE,
        severity=Severity.ERROR,
        parcel_no=f"甲{_SCRIPT}1号",
        field="deposit_close",
        candidates=(Evidence(at=shanghai_time("2024-11-13 17:00"), quote=_SCRIPT),),
        params={"values": _SCRIPT},
    )
    loose = Finding(code=Code.TIME_WITHOUT_LABEL, params={"text": _SCRIPT})
    file = f"{_SCRIPT.replace('/', '')}.csv"
    texts = dict.fromkeys(("location", "use", "note", "district"), _SCRIPT)
    parcel = a_parcel(parcel_no=finding.parcel_no, **texts)
    board.world.save(
        a_notice(
            title=_SCRIPT,
            city=_SCRIPT,
            platform=_SCRIPT,
            authority=_SCRIPT,
            file=file,
            parcels=(parcel,),
            findings=(finding, loose),
        )
    )
    board.world.clock.move(timedelta(hours=1))
    moved = a_parcel(
        parcel_no=finding.parcel_no, milestones={"registration_close": "2024-11-19 17:00"}
    )
    board.world.save(
        a_notice(kind=Kind.POSTPONEMENT, title=_SCRIPT, file=f"2{file}", parcels=(moved,))
    )
    now = board.world.clock.now()
    row = f"{_SCRIPT},测地9号,2024-11-29 17:00,{_SCRIPT}\n"
    text = f"公告编号,地块编号,报名截止时间,位置\n{row}"
    for name, data in ((f"{_SCRIPT}.csv", text.encode()), (f"{_SCRIPT}.png", b"no picture")):
        board.site.files.put(name, data, way=_WAY, by=_SCRIPT, now=now)
    board.world.read_deposits()
    browser = board.client()
    why = {"why": _SCRIPT}
    board.post(
        browser, "/time", about="1.deposit_close", how="time", time="2024-11-13 10:00", **why
    )
    board.post(browser, "/compared", about="1", verdict="wrong", **why)
    board.post(browser, "/answer", done="1.bidding_close")
    until = "2024-11-30 10:00"
    board.post(browser, "/silences", field="location", text=_SCRIPT, until=until, **why)


def _active_parts(page: str) -> list[str]:
    """What of a page would run, or be asked of another host, without being ours."""
    found: list[str] = []

    class Parts(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            given = dict(attrs)
            if tag in ("img", "iframe", "object", "embed", "style", "textarea"):
                found.append(tag)
            if tag == "script" and not (given.get("src") or "").startswith("/static/"):
                found.append(tag)
            found.extend(name for name in given if name.startswith("on") or name == "style")

    Parts().feed(page)
    return found


@pytest.mark.parametrize("language", ["zh", "en"])
def test_scripts_stay_words_on_every_page_and_in_every_answer_to_programs(
    board: Board, language: str
) -> None:
    _spoilt(board)
    browser = board.client(**{"accept-language": language})
    pages = [path for path in _addresses(board, "GET") if path != "/events"]
    pages += [f"/?q={_SCRIPT}&city={_SCRIPT}", "/?wall=1", "/?state=all", "/?state=doubtful"]
    pages += ["/news?days=30", "/parcel/2", f"/no-time?about=1.bidding_close&why={_SCRIPT}"]
    pages += [f"/sign-in?next={_SCRIPT}", f"/review?said={_SCRIPT}&of={_SCRIPT}&moved={_SCRIPT}"]
    seen = 0
    for path in pages:
        answer = browser.get(path, headers={"authorization": f"Bearer {_TOKEN}"})
        kind = answer.headers.get("content-type", "")
        if not kind.startswith("text/html"):
            assert kind.partition(";")[0] in _NO_PAGES, path
            continue
        seen += 1
        assert "<script>alert" not in answer.text, path
        assert "<img src=x" not in answer.text, path
        assert _active_parts(answer.text) == [], path
        assert "&amp;49" not in answer.text, path
    assert seen > 12


def test_a_calendar_takes_no_line_from_a_notice(board: Board) -> None:
    parcel = a_parcel(
        parcel_no="甲\r\nBEGIN:VALARM\r\nACTION:PROCEDURE",
        location="a\r\nATTACH:https://evil.example",
    )
    board.world.save(a_notice(parcels=(parcel,)))
    text = board.stranger().get(f"/feed/{board.site.feeds.secret('team')}.ics").text
    assert "甲" in text
    unfolded = text.replace("\r\n ", "")
    assert not [
        line for line in unfolded.split("\r\n") if line.startswith(("ACTION:PROCEDURE", "ATTACH"))
    ]


def test_no_address_takes_a_form_without_an_origin(board: Board) -> None:
    board.world.save(a_notice())
    browser = board.client()
    token = board.token(browser)
    link = board.site.sign_in.make_link("team", board.world.clock.now())
    for header in ("sec-fetch-site", "origin"):
        browser.headers.pop(header)
    paths = [path for path in _addresses(board, "POST") if not path.startswith("/api/")]
    paths.append(f"/sign-in/{link}")
    fields = {"token": token, "done": "1.registration_close", "about": "1", "sure": "1"}
    for path in paths:
        assert browser.post(path, data=fields).status_code == 403, path
    line = board.site.board.line(1)
    assert line is not None
    assert not line.answers


def test_no_address_of_programs_takes_the_cookie_of_a_browser(board: Board) -> None:
    board.world.save(a_notice())
    browser = board.client()
    for method in ("GET", "POST"):
        for path in _addresses(board, method):
            if path.startswith("/api/") and not path.endswith("openapi.yaml"):
                assert browser.request(method, path).status_code == 401, path


def test_no_session_is_made_up_and_none_outlives_its_sign_out(board: Board) -> None:
    browser = board.client()
    stolen = browser.cookies["notifier_session"]
    thief = board.stranger()
    thief.cookies.set("notifier_session", stolen)
    assert thief.get("/").status_code == 200
    assert board.post(browser, "/sign-out") == 303
    assert thief.get("/").status_code == 303
    for made_up in ("", "0" * len(stolen), stolen[:-1], stolen.upper(), "../x", "%00", "a b"):
        stranger = board.stranger()
        stranger.headers["cookie"] = f"notifier_session={made_up}"
        assert stranger.get("/").status_code == 303, made_up


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
def test_every_answer_has_the_headers_that_confine_it_errors_too(board: Board, method: str) -> None:
    board.world.save(a_notice())
    browser = board.client()
    paths = {*_addresses(board, "GET"), *_addresses(board, "POST")} - {"/events"}
    for path in [*sorted(paths), "/none", "/static/none", "/parcel/99", "/parcel/x", "/..%2f"]:
        for client in (browser, board.stranger()):
            answer = client.request(method, path)
            assert _HEADERS.items() <= dict(answer.headers).items(), path
            policy = answer.headers["content-security-policy"]
            assert policy.startswith("default-src 'none'"), path
            assert "unsafe" not in policy, path
            assert "cache-control" in answer.headers, path
            assert "server" not in answer.headers, path
            assert answer.status_code < 500 or path in ("/readyz",), path


def test_a_fault_of_ours_says_nothing_of_itself_and_is_confined(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = board.client()

    def fail() -> NoReturn:
        raise RuntimeError("secret words")

    monkeypatch.setattr(board.site.board, "lines", fail)
    outside = TestClient(board.application, base_url=HOST, raise_server_exceptions=False)
    outside.cookies.set("notifier_session", browser.cookies["notifier_session"])
    answer = outside.get("/")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert _HEADERS.items() <= dict(answer.headers).items()
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_members_of_an_archive_never_leave_it(board: Board, tmp_path: Path) -> None:
    text = "公告编号,地块编号,报名截止时间\n测地{0}号,测地{0}号,2024-11-29 17:00\n"
    names = [
        "../../evil.csv",
        "/etc/evil.csv",
        "..\\..\\evil.csv",
        "C:\\evil.csv",
        f"{_SCRIPT}.csv",
    ]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as members:
        for number, name in enumerate(names):
            members.writestr(name, text.format(number))
        link = zipfile.ZipInfo("link.csv")
        link.external_attr = 0o120777 << 16
        members.writestr(link, str(tmp_path / "config.toml"))
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    now = board.world.clock.now()
    board.site.files.put("../../a.zip", archive.getvalue(), way=_WAY, by="team", now=now)
    board.world.read_deposits()
    made = {path for path in tmp_path.rglob("*") if path.is_file()} - before
    assert {path.relative_to(tmp_path).as_posix() for path in made} == {"inbox/board/a.zip"}
    browser = board.client()
    files = browser.get("/files").text
    assert "<script>alert" not in files
    lines = board.site.board.lines()
    assert {line.offer.parcel.parcel_no for line in lines} >= {"测地0号", "测地1号"}
    for line in lines:
        answer = browser.get(f"/parcel/{line.offer.id}/original")
        assert answer.status_code in (200, 404)
        assert b"[channels" not in answer.content


@pytest.mark.parametrize("size", ["5", "-1", "x", "1" * 30, ""])
def test_a_form_that_lies_about_its_length_is_refused(board: Board, size: str) -> None:
    browser = board.client()
    content = f"token={board.token(browser)}&language=en&next=/".encode()
    kind = "application/x-www-form-urlencoded"
    headers = {"content-length": size, "content-type": kind}
    answer = browser.post("/language", content=content, headers=headers)
    assert answer.status_code in (303, 400, 403, 411, 413)
    if not size.isdigit():
        assert answer.status_code == 411


def test_a_form_of_too_many_parts_is_refused(board: Board) -> None:
    browser = board.client()
    token = board.token(browser)
    files = [("files", (f"{number}.csv", b"x")) for number in range(201)]
    assert browser.post("/files", data={"token": token}, files=files).status_code == 400
    fields = {f"f{number}": "x" for number in range(201)}
    form = [("files", ("a.csv", b"x"))]
    assert browser.post("/files", data={"token": token, **fields}, files=form).status_code == 400
    assert board.site.files.waited_for() == []
