"""What every page is given: the site with its parts, and the visit of a person."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from notifier.config import Settings
from notifier.domain.access import Role
from notifier.domain.drafts import Language
from notifier.ports import Clock
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
from notifier.service.sign_in import Person, SignIn
from notifier.service.source_desk import SourceDesk
from notifier.web.change_feed import Changes
from notifier.web.simulation_runs import SimulationRuns
from notifier.web.throttle import Throttle
from notifier.web.wording import PageWords, page_words

SESSION_COOKIE = "notifier_session"
LANGUAGE_COOKIE = "notifier_language"
_SMALL_BODY = 64 * 1024  # bytes: a form without files
_A_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, kw_only=True, slots=True)
class Fragment:
    """A part of a page as it was rendered in a minute, counted since 1970."""

    minute: int
    body: str


@dataclass(frozen=True, kw_only=True)
class Site:
    """The parts that pages work with.

    `settings` is the config as it stands now; `tabs` as in `web/pages`.
    """

    desk: Desk
    comparison: ComparisonDesk
    board: BoardDesk
    doubts: DoubtDesk
    files: FileDesk
    originals: Originals
    sign_in: SignIn
    answer_desk: AnswerDesk
    pauses: PauseDesk
    feeds: FeedDesk
    sources: SourceDesk
    figures: Figures
    simulations: SimulationRuns
    settings: Callable[[], Settings]
    clock: Clock
    changes: Changes
    templates: Environment
    tabs: Sequence[tuple[str, str]]
    static_version: str
    answers: Throttle
    failed_links: Throttle
    asked_links: Throttle
    fragments: dict[Any, Fragment] = field(default_factory=dict)
    rendering: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One request of a person, in their language, at the instant `now`.

    `person` is None on public pages alone.
    """

    site: Site
    request: Request
    now: datetime
    language: Language
    person: Person | None
    form: FormData

    @property
    def words(self) -> PageWords:
        return page_words(self.language)

    @property
    def name(self) -> str:
        """The name under which answers are kept."""
        return "" if self.person is None else self.person.name

    @property
    def token(self) -> str:
        """What every form of this session must bring back."""
        return _form_token(self.request.cookies.get(SESSION_COOKIE, ""))

    def field(self, name: str) -> str:
        """A text field of the form; empty if it is not there."""
        value = self.form.get(name, "")
        return value.strip() if isinstance(value, str) else ""

    def may(self, role: str) -> bool:
        return self.person is not None and self.person.role.covers(Role(role))

    def page(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """A whole page, from a template that extends base.html."""
        return HTMLResponse(self.fragment(template, **values), status_code=status)

    def fragment(self, template: str, **values: Any) -> str:
        return self.site.templates.get_template(template).render(
            visit=self, say=self.words, **values
        )

    def go(self, path: str, **query: str) -> Response:
        """Send the browser to another page of ours after a form."""
        target = f"{path}?{urlencode(query)}" if query else path
        return RedirectResponse(target, status_code=303)


Handler = Callable[[Visit], Response]


def page(
    site: Site,
    path: str,
    handler: Handler,
    *,
    method: str = "GET",
    role: Role | None = Role.READER,
    most_bytes: int = _SMALL_BODY,
) -> Route:
    """One address.

    Nobody without `role` reaches `handler` (None: anybody does), and no form of another site.

    `handler` runs in a thread of its own. A form may have `most_bytes`, its files included.
    """

    async def endpoint(request: Request) -> Response:
        person = await run_in_threadpool(_person_of, site, request)
        refusal = _refusal(person, role, request)
        if refusal is not None:
            return refusal
        form = FormData()
        if method == "POST":
            check_origin(request)
            _check_size(request, most_bytes)
            form = await request.form(max_files=200, max_fields=200, max_part_size=_SMALL_BODY)
        try:
            if method == "POST" and person is not None:
                _check_token(request, form)
                _check_pace(site, person)
            visit = Visit(
                site=site,
                request=request,
                now=site.clock.now(),
                language=language_of(request),
                person=person,
                form=form,
            )
            return await run_in_threadpool(handler, visit)
        finally:
            await form.close()

    return Route(path, endpoint, methods=[method], name=f"{method} {path}")


def _person_of(site: Site, request: Request) -> Person | None:
    return site.sign_in.person(request.cookies.get(SESSION_COOKIE, ""), site.clock.now())


def _refusal(person: Person | None, role: Role | None, request: Request) -> Response | None:
    if role is None:
        return None
    if person is None and request.method in ("GET", "HEAD"):
        return RedirectResponse(
            f"/sign-in?{urlencode({'next': _own_path(request)})}", status_code=303
        )
    if person is None:
        raise HTTPException(401)
    if not person.role.covers(role):
        raise HTTPException(403)
    return None


def _own_path(request: Request) -> str:
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path


def safe_path(text: str) -> str:
    """`text` if it is a path of ours, else the board: no link of ours leads to another host."""
    try:
        parts = urlsplit(text)
    except ValueError:  # a broken host, as in `//[`
        return "/"
    is_ours = (
        text.startswith("/")
        and not text.startswith(("//", "/\\"))
        and not parts.netloc
        and not parts.scheme
    )
    return text if is_ours and text.isprintable() else "/"


def check_origin(request: Request) -> None:
    """HTTPException if a form was sent by a page of another site."""
    site = request.headers.get("sec-fetch-site", "")
    origin = request.headers.get("origin", "")
    if site and site != "same-origin":
        raise HTTPException(403)
    if origin and _host_in(origin) != request.headers.get("host", ""):
        raise HTTPException(403)
    if not site and not origin:
        raise HTTPException(403)


def _host_in(origin: str) -> str | None:
    """The host and port in `origin`; None if it is broken, as in `http://[`."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None


def _check_size(request: Request, most_bytes: int) -> None:
    length = request.headers.get("content-length", "")
    if not length.isdigit():
        raise HTTPException(411)
    if int(length) > most_bytes:
        raise HTTPException(413)


def _check_token(request: Request, form: FormData) -> None:
    expected = _form_token(request.cookies.get(SESSION_COOKIE, ""))
    given = form.get("token", "")
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), expected.encode()):
        raise HTTPException(403)


def _check_pace(site: Site, person: Person) -> None:
    if not site.answers.take(person.name):
        raise HTTPException(429)


def _form_token(session: str) -> str:
    """A text that only a page of this session knows; the session cannot be computed from it."""
    return hmac.new(session.encode(), b"form", hashlib.sha256).hexdigest()[:32]


def client_of(request: Request) -> str:
    """The address of whoever asks; behind a trusted proxy the one that the proxy names."""
    return request.client.host if request.client is not None else ""


def language_of(request: Request) -> Language:
    """What was chosen on a page, else what the browser prefers, else Chinese."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    if chosen in ("zh", "en"):
        return "zh" if chosen == "zh" else "en"
    preferred = request.headers.get("accept-language", "")
    for part in preferred.lower().split(","):
        if part.strip().startswith("zh"):
            return "zh"
        if part.strip().startswith("en"):
            return "en"
    return "zh"


def set_cookie(
    response: Response, site: Site, name: str, value: str, *, seconds: int = _A_YEAR
) -> None:
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path="/",
        httponly=True,
        samesite="lax",
        secure=site.settings().web.is_secure,
    )
