"""What programs ask for: whether all is well, figures to watch, and the calendars of recipients."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute

from notifier.domain.access import Role
from notifier.web.programs import program_of
from notifier.web.visits import Site, Visit, client_of, page

_CALENDAR = "text/calendar; charset=utf-8"
_FIGURES = "text/plain; version=0.0.4; charset=utf-8"
_AN_HOUR = "private, max-age=3600"


def routes(site: Site) -> Sequence[BaseRoute]:
    return [
        page(site, "/healthz", healthz, role=None),
        page(site, "/readyz", readyz, role=None),
        page(site, "/metrics", metrics, role=None),
        page(site, "/feed/{secret}.ics", feed, role=None),
    ]


def healthz(_: Visit) -> Response:
    """200 as long as this process answers."""
    return PlainTextResponse("ok\n")


def readyz(visit: Visit) -> Response:
    """200 if a daemon runs, without which nothing is sent; 503 if none does."""
    is_ready = visit.site.board.pulse(visit.now).ready
    return PlainTextResponse(
        "ok\n" if is_ready else "no daemon runs\n", status_code=200 if is_ready else 503
    )


def metrics(visit: Visit) -> Response:
    """Figures in Prometheus' form, to a token of the config.

    Not to this machine as such: whatever comes through a proxy on it comes from this machine, too.
    """
    program_of(visit.site, visit.request, Role.READER)
    return Response(visit.site.figures.text(visit.now), media_type=_FIGURES)


def feed(visit: Visit) -> Response:
    failed, client = visit.site.failed_links, client_of(visit.request)
    if not failed.allows(client):
        raise HTTPException(429)
    found = visit.site.feeds.feed(visit.request.path_params["secret"], visit.now)
    if found is None:
        failed.note(client)
        raise HTTPException(404)
    headers = {"etag": f'"{found.tag}"', "cache-control": _AN_HOUR}
    if found.tag in visit.request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(found.data, media_type=_CALENDAR, headers=headers)
