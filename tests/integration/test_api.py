"""What programs ask and say over HTTP: JSON, figures, calendars."""

from __future__ import annotations

import re
import threading
from datetime import date, timedelta
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx2 as httpx
import jsonschema_rs
import pytest
import schemathesis
import vobject
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from icalendar import Calendar
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.routing import Route
from starlette.testclient import TestClient

from notifier.domain.offers import OfferState
from notifier.errors import UsageError
from notifier.testing import a_notice, a_parcel, shanghai_time
from notifier.web.simulation_runs import SimulationBusy, SimulationOrder, SimulationRuns
from tests.board import Board, make_board
from tests.services import ONE_TEAM

_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
_TOKENS = {"reads": "r" * 30, "acts": "m" * 30, "runs": "o" * 30}
_CONFIG = ONE_TEAM + "".join(
    f'[web.tokens.{name}]\ntoken = "{token}"\nrole = "{role}"\n'
    for (name, token), role in zip(_TOKENS.items(), ("reader", "member", "operator"), strict=True)
)


@pytest.fixture
def board(tmp_path: Path) -> Board:
    made = make_board(tmp_path, _CONFIG)
    times = {"registration_close": "2024-11-14 17:00", "bidding_close": "2024-11-18 10:00"}
    made.world.save(a_notice(parcels=(a_parcel(milestones=times),)))
    return made


_DESCRIPTION = yaml.safe_load(
    files("notifier.web").joinpath("openapi.yaml").read_text(encoding="utf-8")
)


def program(board: Board, name: str = "acts") -> TestClient:
    """A program whose every answer is held against the description."""
    headers = {"authorization": f"Bearer {_TOKENS[name]}"}
    client = TestClient(board.application, base_url="http://127.0.0.1:8010", headers=headers)
    client.event_hooks["response"].append(_is_as_described)
    return client


def _is_as_described(answer: httpx.Response) -> None:
    verbs = [
        verbs
        for path, verbs in _DESCRIPTION["paths"].items()
        if re.fullmatch(re.sub(r"[{]\w+[}]", "[^/]+", path), answer.request.url.path)
    ]
    if not verbs:
        return  # the description itself
    described = verbs[0][answer.request.method.lower()]["responses"]
    name = described[str(answer.status_code)]["$ref"].rpartition("/")[2]
    response = _DESCRIPTION["components"]["responses"][name]
    schema = response["content"]["application/json"]["schema"]
    whole = {**schema, "components": {"schemas": _DESCRIPTION["components"]["schemas"]}}
    answer.read()
    jsonschema_rs.validate(whole, answer.json())


def number(board: Board) -> str:
    (offer,) = board.world.ledger.parcels.all()
    return offer.parcel.parcel_no


def test_programs_see_what_the_command_line_prints(board: Board) -> None:
    reads = program(board, "reads")
    agenda = reads.get("/api/v1/agenda").json()
    assert [line["milestone"] for line in agenda["milestones"]] == [
        "registration_close",
        "bidding_close",
    ]
    assert reads.get("/api/v1/plan").json()["reminders"]
    (parcel,) = reads.get("/api/v1/parcels").json()["parcels"]
    assert reads.get(f"/api/v1/parcels/{parcel['id']}").json() == parcel
    assert parcel["milestones"][0]["state"] == "ahead"
    (source,) = parcel["sources"]
    assert (source["state"], source["file"]) == ("not-watched", parcel["file"])
    assert agenda["milestones"][0]["sources"] == parcel["sources"]
    assert reads.get("/api/v1/status").json()["ready"] is False
    assert reads.get("/api/v1/history").json() == {"deliveries": []}


def test_programs_answer_in_somebodys_name(board: Board) -> None:
    acts = program(board)
    answer = acts.post(
        "/api/v1/done", json={"parcel": number(board), "milestone": "报名", "by": "张三"}
    )
    assert answer.json()["by"] == "张三"
    (parcel,) = acts.get("/api/v1/parcels").json()["parcels"]
    assert parcel["milestones"][0]["answered_by"] == "张三"
    assert acts.post("/api/v1/resume", json={"parcel": number(board)}).json()["undone"] == 1
    moved = {
        "parcel": number(board),
        "milestone": "报名",
        "time": "2024-11-20 17:00",
        "why": "电话",
    }
    assert acts.post("/api/v1/set", json=moved).json()["new"] == "2024-11-20T17:00:00+08:00"
    assert acts.post("/api/v1/skip", json={"parcel": number(board)}).json()["by"] == "acts"
    runs = program(board, "runs")
    made = runs.post(
        "/api/v1/silences", json={"matchers": ["city=杭州"], "until": "2024-11-05 08:00"}
    ).json()
    assert runs.get("/api/v1/silences").json()["silences"][0]["id"] == made["id"]
    assert runs.delete(f"/api/v1/silences/{made['id']}").json()["id"] == made["id"]


def test_nobody_without_a_token_or_with_too_small_a_role_does_anything(board: Board) -> None:
    stranger = TestClient(board.application, base_url="http://127.0.0.1:8010")
    assert stranger.get("/api/v1/agenda").status_code == 401
    assert stranger.get("/api/v1/agenda").headers["www-authenticate"] == "Bearer"
    answer = program(board, "reads").post(
        "/api/v1/done", json={"parcel": number(board), "milestone": "报名"}
    )
    assert answer.status_code == 403
    assert "may not" in answer.json()["error"]
    guesses = [
        stranger.get("/api/v1/agenda", headers={"authorization": f"Bearer {n}"}).status_code
        for n in range(15)
    ]
    assert guesses[-1] == 429


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/done", {"parcel": "none", "milestone": "报名"}),
        ("/api/v1/done", {"parcel": "1号"}),
        ("/api/v1/done", ["1号"]),
        ("/api/v1/done", {"parcel": 7, "milestone": "报名"}),
        ("/api/v1/set", {"parcel": "1号", "milestone": "报名", "time": "soon"}),
    ],
)
def test_what_is_not_understood_is_refused_in_words(board: Board, path: str, body: object) -> None:
    answer = program(board).post(path, json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_the_description_names_every_address_and_no_other(board: Board) -> None:
    text = files("notifier.web").joinpath("openapi.yaml").read_text(encoding="utf-8")
    described, path = set(), ""
    for line in text.partition("\ncomponents:")[0].splitlines():
        if found := re.fullmatch(r"  (/\S+):", line):
            path = found[1]
        elif found := re.fullmatch(r"    (get|post|delete):", line):
            described.add((found[1].upper(), path))
    served = {
        (method, route.path)
        for route in board.application.routes
        if isinstance(route, Route)
        and route.path.startswith("/api/v1/")
        and not route.path.endswith(".yaml")
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert served == described
    assert program(board).get("/api/v1/openapi.yaml").text == text


def test_whatever_the_description_allows_has_an_answer_that_it_describes(board: Board) -> None:
    """Each address is asked for 8 times, over a real socket."""
    problems: dict[str, str] = {}
    with board.served() as address:
        description = schemathesis.openapi.from_url(f"{address}/api/v1/openapi.yaml")
        headers = {"authorization": f"Bearer {_TOKENS['runs']}"}
        for found in description.get_all_operations():
            assert isinstance(found, Ok)
            operation = found.ok()

            @settings(
                max_examples=8,
                deadline=None,
                derandomize=True,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy())
            def ask(case: schemathesis.Case[Any]) -> None:
                answer = case.call(base_url=address, headers=headers)
                case.validate_response(answer, checks=_CHECKS)

            try:
                ask()
            except FailureGroup as fault:
                problems[operation.label] = str(fault.exceptions)
    assert problems == {}


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4)
    ),
    max_leaves=8,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    path=st.sampled_from(["done", "skip", "resume", "set", "silences"]),
    body=_JSON
    | st.fixed_dictionaries(
        {"parcel": _JSON, "milestone": _JSON, "time": _JSON, "until": _JSON, "matchers": _JSON}
    ),
)
def test_no_request_whatever_it_holds_is_an_error_of_ours(
    board: Board, path: str, body: Any
) -> None:
    answer = program(board, "runs").post(f"/api/v1/{path}", json=body)
    assert answer.status_code in (200, 400)


# -- what comes in and what would be sent ----------------------------------------------------------


def test_programs_see_notices_and_what_is_doubtful_of_them(board: Board) -> None:
    reads = program(board, "reads")
    (notice,) = reads.get("/api/v1/notices").json()["notices"]
    assert (notice["file"], notice["parcels"], notice["revisions"]) == ("notice.csv", 1, 1)
    late = a_notice(notice_no="第2号", parcels=(a_parcel(parcel_no="2号", milestones={}),))
    board.world.save(late)
    newest, before = reads.get("/api/v1/notices?limit=9").json()["notices"]
    assert (newest["notice_no"], before) == ("第2号", notice)
    assert len(reads.get("/api/v1/notices?limit=1").json()["notices"]) == 1
    found = reads.get("/api/v1/findings").json()["findings"]
    (parcel,) = {line["parcel"] for line in found}
    assert reads.get(f"/api/v1/parcels/{parcel}").json()["parcel_no"] == "2号"
    assert {line["notice_no"] for line in found} == {"第2号"}
    assert all(line["message"] for line in found)
    assert isinstance(reads.get("/api/v1/doubts").json()["doubts"], list)


_SHEET = "地块编号,城市,报名截止\n甲7号,杭州,2024-11-14 17:00\n".encode()


def test_a_file_of_a_program_enters_by_the_inbox_and_has_a_receipt(board: Board) -> None:
    acts = program(board)
    put = acts.post("/api/v1/files?name=../七号.csv&by=张三", content=_SHEET).json()
    assert (put["by"], put["receipt"], put["file"]) == ("张三", None, "board/七号.csv")
    assert (board.world.settings.inbox / put["file"]).read_bytes() == _SHEET
    assert acts.get("/api/v1/files").json()["waiting"] == [put]
    again = acts.post("/api/v1/files?name=七号.csv&by=张三", content=_SHEET).json()
    assert again["id"] == put["id"]
    board.world.read_deposits()
    receipt = acts.get(f"/api/v1/files/{put['id']}").json()["receipt"]
    assert (receipt["state"], receipt["new"]) == ("read", ["甲7号"])
    assert acts.get("/api/v1/files").json()["files"][0] == receipt
    assert acts.post("/api/v1/files?name=empty.csv", content=b"").json()["receipt"]["why"]
    assert acts.post("/api/v1/files", content=_SHEET).status_code == 400
    assert acts.get("/api/v1/files/99").status_code == 400
    reads = program(board, "reads")
    assert reads.post("/api/v1/files?name=a.csv", content=_SHEET).status_code == 403


def test_a_file_that_is_too_large_is_not_taken_in(board: Board) -> None:
    most = board.world.settings.limits.file_bytes
    parts = (bytes(1 << 20) for _ in range(2 + (most >> 20)))
    assert program(board).post("/api/v1/files?name=a.csv", content=parts).status_code == 413
    assert program(board).get("/api/v1/files").json() == {"waiting": [], "files": []}


def test_an_inbox_that_is_away_is_said_in_words(board: Board) -> None:
    board.world.settings.inbox.mkdir(exist_ok=True)
    (board.world.settings.inbox / "board").write_text("in the way", encoding="utf-8")
    answer = program(board).post("/api/v1/files?name=a.csv", content=_SHEET)
    assert answer.status_code == 503
    assert "inbox" in answer.json()["error"]


def test_programs_ask_what_would_be_sent(board: Board) -> None:
    acts = program(board)
    before = acts.get("/api/v1/plan").json()
    asked = {"from": "2024-11-14 08:00", "to": "2024-11-14 17:00"}
    messages = acts.post("/api/v1/simulate", json=asked).json()["messages"]
    assert [message["at"] for message in messages][-1] == "2024-11-14T14:00:00+08:00"
    assert {tuple(message["channels"]) for message in messages} == {("console",)}
    down = acts.post(
        "/api/v1/simulate", json={**asked, "down": ["2024-11-14 14:00..2024-11-14 15:00"]}
    )
    assert "2024-11-14T15:00:00+08:00" in {message["at"] for message in down.json()["messages"]}
    outage = ["console=2024-11-14 08:00..2024-11-14 18:00"]
    assert acts.post("/api/v1/simulate", json={**asked, "fail": outage}).json() == {"messages": []}
    assert acts.get("/api/v1/plan").json() == before, "the ledger itself stays as it was"
    assert program(board, "reads").post("/api/v1/simulate", json=asked).status_code == 403


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"to": "soon"},
        {"to": "2024-10-01 08:00"},
        {"to": "2027-10-01 08:00"},
        {"to": "2024-11-14 08:00", "fail": ["mail=2024-11-14 08:00..2024-11-14 09:00"]},
        {"to": "2024-11-14 08:00", "down": ["2024-11-14 08:00"]},
        {"to": "2024-11-14 08:00", "down": ["2024-11-14 08:00..2024-11-14 09:00"] * 21},
    ],
)
def test_a_simulation_that_makes_no_sense_is_refused_in_words(
    board: Board, asked: dict[str, Any]
) -> None:
    answer = program(board).post("/api/v1/simulate", json=asked)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_a_simulation_ends_when_its_time_is_over(board: Board) -> None:
    order = SimulationOrder(begin=board.world.clock.now(), end=shanghai_time("2024-11-20 08:00"))
    with pytest.raises(UsageError, match="too long"):
        SimulationRuns(seconds=0.01).messages(board.world.settings, order)


def test_no_two_simulations_run_at_once(board: Board) -> None:
    runs, together = board.site.simulations, threading.Barrier(2)
    refused: list[SimulationBusy] = []
    order = SimulationOrder(begin=board.world.clock.now(), end=shanghai_time("2024-11-20 08:00"))

    def run() -> None:
        together.wait()
        try:
            runs.messages(board.world.settings, order)
        except SimulationBusy as fault:
            refused.append(fault)

    both = [threading.Thread(target=run) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert len(refused) == 1


# -- figures --------------------------------------------------------------------------------------


def test_figures_are_for_tokens_alone_as_a_proxy_may_stand_on_this_machine(board: Board) -> None:
    board.world.go(shanghai_time("2024-11-14 14:01"), timedelta(hours=1))
    assert (
        TestClient(board.application, base_url="http://127.0.0.1:8010").get("/metrics").status_code
        == 401
    )
    text = program(board, "reads").get("/metrics").text
    assert 'notifier_deliveries_ended{channel="console",outcome="sent"}' in text
    assert re.search(
        r'notifier_lateness_seconds_bucket\{channel="console",le="3600\.0"\} [1-9]', text
    )
    assert "notifier_up 0.0" in text
    here = TestClient(board.application, base_url="http://127.0.0.1:8010", client=("127.0.0.1", 5))
    assert here.get("/metrics").status_code == 401


def test_health_is_of_this_process_and_readiness_of_the_daemon(board: Board) -> None:
    browser = board.stranger()
    assert browser.get("/healthz").text == "ok\n"
    assert browser.get("/readyz").status_code == 503


# -- calendars ------------------------------------------------------------------------------------


def events(board: Board, path: str) -> dict[str, Any]:
    calendar = Calendar.from_ical(board.stranger().get(path).content)
    return {str(event["summary"]): event for event in calendar.walk("VEVENT")}


def test_a_calendar_follows_what_becomes_of_a_deadline(board: Board) -> None:
    path = f"/feed/{board.site.feeds.secret('team')}.ics"
    first = events(board, path)
    assert len(first) == 2
    assert {str(event["status"]) for event in first.values()} == {"CONFIRMED"}
    close = next(event for name, event in first.items() if "报名" in name)
    (offer,) = board.world.ledger.parcels.all()
    board.world.clock.set(board.world.clock.now() + timedelta(hours=1))
    board.site.desk.set_time(
        offer, "registration_close", "2024-11-20 17:00", now=board.world.clock.now()
    )
    moved = next(event for name, event in events(board, path).items() if "报名" in name)
    assert str(moved["uid"]) == str(close["uid"])
    assert moved["dtstart"].dt == shanghai_time("2024-11-20 17:00")
    assert int(moved["sequence"]) > int(close["sequence"])
    for state, status in (
        (OfferState.SUSPENDED, "TENTATIVE"),
        (OfferState.TERMINATED, "CANCELLED"),
    ):
        (offer,) = board.world.ledger.parcels.all()
        board.world.ledger.parcels.set_state(
            offer, state, by="", why="", now=board.world.clock.now()
        )
        assert {str(event["status"]) for event in events(board, path).values()} == {status}


def _read_twice(board: Board, path: str) -> list[dict[str, Any]]:
    """Return the events as two readers read them, who must agree."""
    data = board.stranger().get(path).content
    read: list[Any] = Calendar.from_ical(data).walk("VEVENT")
    by_one = [
        {
            "uid": str(event["uid"]),
            "status": str(event["status"]),
            "summary": str(event["summary"]),
            "sequence": int(event["sequence"]),
            "start": event["dtstart"].dt,
            "end": event["dtend"].dt,
            "location": str(event["location"]),
            "alarm": event.walk("VALARM")[0]["trigger"].dt,
        }
        for event in read
    ]
    by_another = [
        {
            "uid": event.uid.value,
            "status": event.status.value,
            "summary": event.summary.value,
            "sequence": int(event.sequence.value),
            "start": event.dtstart.value,
            "end": event.dtend.value,
            "location": event.location.value,
            "alarm": event.valarm.trigger.value,
        }
        for event in vobject.readOne(data.decode()).vevent_list
    ]
    assert by_one == by_another
    return by_one


def test_two_readers_agree_on_a_calendar_before_and_after_each_change(board: Board) -> None:
    path = f"/feed/{board.site.feeds.secret('team')}.ics"
    first = _read_twice(board, path)
    assert [event["status"] for event in first] == ["CONFIRMED"] * 2
    (offer,) = board.world.ledger.parcels.all()
    versions = [first]
    for state in (None, OfferState.SUSPENDED, OfferState.OPEN, OfferState.TERMINATED):
        board.world.clock.move(timedelta(hours=1))
        now = board.world.clock.now()
        if state is None:
            board.site.desk.set_time(offer, "registration_close", "2024-11-20", now=now)
        else:
            board.world.ledger.parcels.set_state(offer, state, by="", why="", now=now)
        versions.append(_read_twice(board, path))
    assert [version[0]["status"] for version in versions] == [
        "CONFIRMED",
        "CONFIRMED",
        "TENTATIVE",
        "CONFIRMED",
        "CANCELLED",
    ]
    for before, after in pairwise(versions):
        assert {event["uid"] for event in before} == {event["uid"] for event in after}
        assert min(event["sequence"] for event in after) > max(
            event["sequence"] for event in before
        )
    (close,) = [event for event in versions[1] if "报名" in event["summary"]]
    assert (close["start"], close["end"]) == (date(2024, 11, 20), date(2024, 11, 21))
    assert close["alarm"] == -timedelta(hours=15)


def test_a_calendar_that_says_nothing_new_is_not_sent_again(board: Board) -> None:
    path = f"/feed/{board.site.feeds.secret('team')}.ics"
    browser = board.stranger()
    tag = browser.get(path).headers["etag"]
    board.world.clock.set(board.world.clock.now() + timedelta(minutes=10))
    assert browser.get(path, headers={"if-none-match": tag}).status_code == 304


def test_an_address_of_a_calendar_can_be_exchanged(board: Board) -> None:
    old = board.site.feeds.secret("team")
    new = board.site.feeds.exchange("team")
    assert board.stranger().get(f"/feed/{old}.ics").status_code == 404
    assert board.stranger().get(f"/feed/{new}.ics").status_code == 200
