"""What programs ask and say, as JSON: the same verbs and the same shapes as the command line's
`--json`.

`openapi.yaml` beside the pages describes every address; a test compares them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from importlib.resources import files
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from notifier.domain.access import Role
from notifier.domain.values import Finding
from notifier.errors import TimeNotUnderstood, UsageError
from notifier.intake.written_times import read_instant
from notifier.messages import say
from notifier.service.json_shapes import (
    acknowledged_json,
    agenda_json,
    board_line_json,
    history_json,
    plan_json,
    resumed_json,
    silence_json,
    silence_set_json,
    silences_json,
    status_json,
    time_set_json,
)
from notifier.web.programs import Call, api_route
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
    return agenda_json(call.site.desk.agenda(call.now, days, call.query("recipient") or None))


def plan(call: Call) -> Any:
    return plan_json(call.site.desk.plan(call.now, call.query("recipient") or None))


def history(call: Call) -> Any:
    return history_json(call.site.desk.history(call.number("limit", _MOST_LINES) or 50))


def status(call: Call) -> Any:
    return status_json(call.site.desk.status(call.now), "en")


def parcels(call: Call) -> Any:
    return {"parcels": [board_line_json(line, call.now, _say) for line in call.site.board.lines()]}


def parcel(call: Call) -> Any:
    text = call.path("id")
    line = call.site.board.line(int(text)) if text.isdecimal() and len(text) < 12 else None
    if line is None:
        raise UsageError(
            f"{text}: no parcel has this number or one that ends so: see `notifier agenda`"
        )
    return board_line_json(line, call.now, _say)


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
            _instant(call.text("until")),
            since=_instant(since) if since else None,
            by=call.by,
            why=call.text("why", needed=False),
            now=call.now,
        )
    )


def lift_silence(call: Call) -> Any:
    text = call.path("id")
    number = int(text) if text.isdecimal() and len(text) < 12 else 0
    return silence_json(call.site.desk.lift_silence(number, now=call.now))


def _instant(text: str) -> datetime:
    try:
        return read_instant(text).at
    except TimeNotUnderstood as fault:
        raise UsageError(str(fault)) from None
