"""What programs ask and say: the verbs and the JSON of the command line's `--json`.

`openapi.yaml` beside the pages describes every address; a test compares them.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from notifier.domain.access import Role
from notifier.domain.receipts import Way
from notifier.domain.values import Finding
from notifier.errors import InboxAway, UsageError
from notifier.intake.written_times import typed_instant
from notifier.messages import say
from notifier.service.json_shapes import (
    acknowledged_json,
    agenda_json,
    board_line_json,
    deposit_json,
    doubt_json,
    history_json,
    line_findings_json,
    notices_json,
    plan_json,
    receipt_json,
    resumed_json,
    silence_json,
    silence_set_json,
    silences_json,
    status_json,
    time_set_json,
)
from notifier.web.programs import Call, api_route
from notifier.web.simulation_runs import SimulationOrder
from notifier.web.visits import Site

_MOST_DAYS = 3_650
_MOST_LINES = 1_000
_NO_TIME = "none"


def routes(site: Site) -> Sequence[BaseRoute]:
    return [
        api_route(site, "/api/v1/agenda", agenda),
        api_route(site, "/api/v1/plan", plan),
        api_route(site, "/api/v1/history", history),
        api_route(site, "/api/v1/status", status),
        api_route(site, "/api/v1/parcels", parcels),
        api_route(site, "/api/v1/parcels/{id}", parcel),
        api_route(site, "/api/v1/notices", notices),
        api_route(site, "/api/v1/findings", findings),
        api_route(site, "/api/v1/doubts", doubts),
        api_route(site, "/api/v1/files", received),
        api_route(site, "/api/v1/files", upload, method="POST", role=Role.MEMBER, takes_file=True),
        api_route(site, "/api/v1/files/{id}", uploaded),
        api_route(site, "/api/v1/simulate", simulate, method="POST", role=Role.MEMBER),
        api_route(site, "/api/v1/done", done, method="POST", role=Role.MEMBER),
        api_route(site, "/api/v1/skip", skip, method="POST", role=Role.MEMBER),
        api_route(site, "/api/v1/resume", resume, method="POST", role=Role.MEMBER),
        api_route(site, "/api/v1/set", set_time, method="POST", role=Role.MEMBER),
        api_route(site, "/api/v1/silences", silences),
        api_route(site, "/api/v1/silences", silence, method="POST", role=Role.OPERATOR),
        api_route(site, "/api/v1/silences/{id}", lift_silence, method="DELETE", role=Role.OPERATOR),
        Route("/api/v1/openapi.yaml", _description, methods=["GET"]),
    ]


async def _description(_: Request) -> Response:
    text = files("notifier.web").joinpath("openapi.yaml").read_text(encoding="utf-8")
    return Response(text, media_type="application/yaml")


def agenda(call: Call) -> Any:
    days = call.number("days", _MOST_DAYS)
    found = call.site.desk.agenda(call.now, days, call.query("recipient") or None)
    offers = [line.offer for line in found.lines]
    return agenda_json(found, call.site.sources.of(offers, call.now))


def plan(call: Call) -> Any:
    return plan_json(call.site.desk.plan(call.now, call.query("recipient") or None))


def history(call: Call) -> Any:
    return history_json(call.site.desk.history(call.number("limit", _MOST_LINES) or 50))


def status(call: Call) -> Any:
    return status_json(call.site.desk.status(call.now), "en")


def parcels(call: Call) -> Any:
    lines = call.site.board.lines()
    sources = call.site.sources.of((line.offer for line in lines), call.now)
    shapes = [board_line_json(line, call.now, _say, sources[line.offer.id]) for line in lines]
    return {"parcels": shapes}


def parcel(call: Call) -> Any:
    text = call.path("id")
    line = call.site.board.line(_number(text))
    if line is None:
        raise UsageError(
            f"{text}: no parcel has this number or one that ends so: see `notifier agenda`"
        )
    sources = call.site.sources.of([line.offer], call.now)
    return board_line_json(line, call.now, _say, sources[line.offer.id])


def notices(call: Call) -> Any:
    return notices_json(call.site.board.notices(call.number("limit", _MOST_LINES) or 50))


def findings(call: Call) -> Any:
    return line_findings_json(call.site.board.lines(), _say)


def doubts(call: Call) -> Any:
    return {"doubts": [doubt_json(doubt, "en") for doubt in call.site.doubts.doubts(call.now)]}


def received(call: Call) -> Any:
    desk = call.site.files
    found = desk.receipts(call.number("limit", _MOST_LINES) or 50)
    return {
        "waiting": [deposit_json(deposit, "en") for deposit in desk.waited_for()],
        "files": [receipt_json(receipt, "en") for receipt in found],
    }


def upload(call: Call) -> Any:
    """Put a file into the inbox; its receipt is asked for by the id of the answer."""
    name = call.query("name").strip()
    if not name:
        raise UsageError("name: expected the file's name, as in ?name=notice.pdf")
    by = call.query("by").strip() or call.program
    try:
        deposit = call.site.files.put(name, call.data, way=Way.BOARD, by=by, now=call.now)
    except OSError as fault:
        raise InboxAway(f"the inbox cannot be written: {fault.strerror}") from None
    return deposit_json(deposit, "en")


def uploaded(call: Call) -> Any:
    text = call.path("id")
    found = call.site.files.deposits([_number(text)])
    if not found:
        raise UsageError(f"{text}: no file was put in by this number")
    return deposit_json(found[0], "en")


def simulate(call: Call) -> Any:
    since = call.text("from", needed=False)
    order = SimulationOrder(
        begin=typed_instant(since, "from") if since else call.now,
        end=typed_instant(call.text("to"), "to"),
        down=call.texts("down", needed=False),
        fail=call.texts("fail", needed=False),
    )
    return {"messages": call.site.simulations.messages(call.site.settings(), order)}


def _number(text: str) -> int:
    """The number that an address ends with; 0, which nothing has, if it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0


def _say(finding: Finding) -> str:
    return say(finding, "en")


def done(call: Call) -> Any:
    milestone = call.text("milestone")
    return acknowledged_json(
        call.site.desk.acknowledge(call.text("parcel"), milestone, by=call.by, now=call.now)
    )


def skip(call: Call) -> Any:
    return acknowledged_json(call.site.desk.skip(call.text("parcel"), by=call.by, now=call.now))


def resume(call: Call) -> Any:
    milestone = call.text("milestone", needed=False) or None
    return resumed_json(
        call.site.desk.resume(call.text("parcel"), milestone, by=call.by, now=call.now)
    )


def set_time(call: Call) -> Any:
    """`time` "none": there is no such time."""
    time = call.text("time")
    stated = None if time == _NO_TIME else time
    return time_set_json(
        call.site.desk.set_time(
            call.text("parcel"),
            call.text("milestone"),
            stated,
            by=call.by,
            why=call.text("why", needed=False),
            now=call.now,
        )
    )


def silences(call: Call) -> Any:
    return silences_json(call.site.desk.silences(call.now))


def silence(call: Call) -> Any:
    since = call.text("since", needed=False)
    return silence_set_json(
        call.site.desk.silence(
            call.texts("matchers"),
            typed_instant(call.text("until"), "until"),
            since=typed_instant(since, "since") if since else None,
            by=call.by,
            why=call.text("why", needed=False),
            now=call.now,
        )
    )


def lift_silence(call: Call) -> Any:
    return silence_json(call.site.desk.lift_silence(_number(call.path("id")), now=call.now))
