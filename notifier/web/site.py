"""The board put together: from its parts to an ASGI application."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.resources import files
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from notifier.config import Settings
from notifier.errors import LedgerError, NotifierError
from notifier.ports import Clock, Ledger
from notifier.service.answer_desk import AnswerDesk
from notifier.service.board_desk import BoardDesk
from notifier.service.comparison_desk import ComparisonDesk
from notifier.service.desk import Desk
from notifier.service.doubt_desk import DoubtDesk
from notifier.service.feed_desk import FeedDesk
from notifier.service.figures import Figures
from notifier.service.file_desk import FileDesk
from notifier.service.originals import Originals
from notifier.service.pause_desk import PauseDesk
from notifier.service.sign_in import SignIn
from notifier.service.source_desk import SourceDesk
from notifier.web.change_feed import Changes
from notifier.web.guard import Guard
from notifier.web.pages import PAGES, TABS
from notifier.web.simulation_runs import SimulationRuns
from notifier.web.throttle import Throttle
from notifier.web.visits import Site, language_of, safe_path
from notifier.web.wording import page_words

_STATIC = {
    "board.css": "text/css",
    "board.js": "text/javascript",
    "files.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
_FOR_A_YEAR = "public, max-age=31536000, immutable"


def build_site(ledger: Ledger, settings: Callable[[], Settings], clock: Clock) -> Site:
    """Put the parts together on `ledger`; `settings` is asked at each request."""
    board = BoardDesk(ledger)
    desk = Desk(ledger, settings)
    doubts = DoubtDesk(ledger, desk, board)
    return Site(
        desk=desk,
        comparison=ComparisonDesk(ledger, desk, board, settings),
        board=board,
        doubts=doubts,
        files=FileDesk(ledger, settings),
        originals=Originals(ledger, settings),
        sign_in=SignIn(ledger, settings),
        answer_desk=AnswerDesk(ledger, desk, settings),
        pauses=PauseDesk(ledger, desk, settings),
        feeds=FeedDesk(ledger, settings),
        sources=SourceDesk(ledger, settings),
        figures=Figures(ledger, doubts),
        simulations=SimulationRuns(),
        settings=settings,
        clock=clock,
        changes=Changes(lambda: board.mark(clock.now())),
        templates=_templates(),
        tabs=TABS,
        static_version=_version(),
        answers=Throttle(120, 60, clock.steady),
        failed_links=Throttle(10, 60, clock.steady),
        asked_links=Throttle(3, 600, clock.steady),
    )


def build_application(site: Site) -> Starlette:
    """The ASGI application of `site`."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await run_in_threadpool(_read_ahead, site)
        async with site.changes.watching():
            yield

    routes = [route for routes_of in PAGES for route in routes_of(site)]
    return Starlette(
        routes=[*routes, Route("/static/{name}", _static, methods=["GET"])],
        middleware=[Middleware(Guard, settings=lambda: site.settings().web)],
        exception_handlers={
            HTTPException: lambda request, fault: _error(site, request, fault),
            NotifierError: lambda request, fault: _error(site, request, fault),
        },
        lifespan=lifespan,
    )


def _read_ahead(site: Site) -> None:
    """Make what the first pages would otherwise wait for, where there are thousands of parcels."""
    now = site.clock.now()
    for line in site.board.lines():
        line.next_at(now)
    site.doubts.doubts(now)


def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("notifier.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _bytes_of(name: str) -> bytes:
    return files("notifier.web").joinpath("static", name).read_bytes()


def _version() -> str:
    """Another one after each change of a file, so that browsers may keep them for long."""
    together = b"".join(_bytes_of(name) for name in sorted(_STATIC))
    return hashlib.sha256(together).hexdigest()[:12]


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _STATIC:
        raise HTTPException(404)
    return Response(
        _bytes_of(name), media_type=_STATIC[name], headers={"cache-control": _FOR_A_YEAR}
    )


def _page_before(request: Request) -> str:
    """Return the page of ours whose form or link was followed; empty if it is not known."""
    before = urlsplit(request.headers.get("referer", ""))
    if before.netloc != request.headers.get("host"):
        return ""
    return safe_path(f"{before.path}?{before.query}" if before.query else before.path)


def _error(site: Site, request: Request, fault: Exception) -> Response:
    """A page that says what was refused, or what the desk did not understand."""
    status = 503 if isinstance(fault, LedgerError) else getattr(fault, "status_code", 400)
    language = language_of(request)
    say = page_words(language)
    key = f"error.{status}"
    words = (
        say.reason(str(fault))
        if isinstance(fault, NotifierError)
        else say(key if key in say else "error.other")
    )
    template = site.templates.get_template("error.html")
    body = template.render(
        site=site, say=say, words=words, status=status, back=_page_before(request)
    )
    return HTMLResponse(body, status_code=status)
