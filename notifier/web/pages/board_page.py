"""The board: all windows at once, the soonest first."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute

from notifier.domain.board import BoardTime
from notifier.domain.times import shanghai
from notifier.messages import milestone_name
from notifier.web.visits import SESSION_COOKIE, Site, Visit, page


def routes(site: Site) -> Sequence[BaseRoute]:
    return [page(site, "/", show), page(site, "/events", events)]


def show(visit: Visit) -> Response:
    lines = visit.site.board.lines()
    rows = [(line, line.next_time(visit.now)) for line in lines]
    ahead = sorted(
        ((line, time) for line, time in rows if time is not None),
        key=lambda row: row[1].milestone.at,
    )
    return visit.page("board.html", rows=ahead, called=lambda time: _called(visit, time), mark=visit.site.board.mark())


def _called(visit: Visit, time: BoardTime) -> str:
    return f"{milestone_name(time.name, visit.language)} {shanghai(time.milestone.at):%Y-%m-%d %H:%M}"


def events(visit: Visit) -> Response:
    """Tell the page whenever the board shows something else than it did at the mark `since`."""
    session = visit.request.cookies.get(SESSION_COOKIE, "")
    site = visit.site

    def is_welcome() -> bool:
        return site.sign_in.person(session, site.clock.now()) is not None

    stream = site.changes.stream(visit.request.query_params.get("since", ""), is_welcome)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"x-accel-buffering": "no"})
