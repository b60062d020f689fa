"""Signing in by a link that works once, signing out, and the choice of a language.

Opening a link shows a button: programs that look into mails open links before people do.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute

from notifier.domain.access import Role
from notifier.service.sign_in import SESSION_LASTS
from notifier.web.visits import (
    LANGUAGE_COOKIE,
    SESSION_COOKIE,
    Site,
    Visit,
    client_of,
    page,
    safe_path,
    set_cookie,
)

log = logging.getLogger("notifier.web")

_MOST_FAILED = "links are tried out"


def routes(site: Site) -> Sequence[BaseRoute]:
    return [
        page(site, "/sign-in", ask, role=None),
        page(site, "/sign-in", send, method="POST", role=None),
        page(site, "/sign-in/{link}", show_link, role=None),
        page(site, "/sign-in/{link}", use_link, method="POST", role=None),
        page(site, "/sign-out", sign_out, method="POST", role=Role.READER),
        page(site, "/keep", keep, method="POST", role=Role.READER),
        page(site, "/language", choose_language, method="POST", role=None),
    ]


def ask(visit: Visit) -> Response:
    sent = visit.request.query_params.get("sent", "")
    return visit.page(
        "sign_in.html", sent=bool(sent), next=safe_path(visit.request.query_params.get("next", "/"))
    )


def send(visit: Visit) -> Response:
    """Send a link to whoever is named.

    The answer is the same whether there is somebody of this name or not.
    """
    name = visit.field("name")
    throttle = visit.site.asked_links
    if (
        name
        and throttle.take(f"client {client_of(visit.request)}")
        and throttle.take(f"name {name}")
    ):
        address = visit.site.settings().web.address
        visit.site.sign_in.send_link(name, lambda token: f"{address}/sign-in/{token}", visit.now)
    return visit.go("/sign-in", sent="1")


def show_link(visit: Visit) -> Response:
    link = visit.request.path_params["link"]
    name = _checked(visit, link)
    status = 200 if name else 404
    return visit.page("link.html", name=name, link=link, status=status)


def use_link(visit: Visit) -> Response:
    link = visit.request.path_params["link"]
    name = _checked(visit, link)
    session = visit.site.sign_in.use_link(link, visit.now) if name else None
    if session is None:
        return visit.page("link.html", name=None, link=link, status=404)
    log.info("%s signed in from %s", name, client_of(visit.request))
    answer = visit.go("/")
    _give(answer, visit.site, session)
    return answer


def _give(answer: Response, site: Site, session: str) -> None:
    """Let the browser keep a session for as long as it lasts."""
    set_cookie(answer, site, SESSION_COOKIE, session, seconds=round(SESSION_LASTS.total_seconds()))


def _checked(visit: Visit, link: str) -> str | None:
    """Whom a link signs in. Whoever tries out links is refused even a right one for a while."""
    failed = visit.site.failed_links
    client = client_of(visit.request)
    if not failed.allows(client):
        log.warning("%s from %s: refused for a minute", _MOST_FAILED, client)
        return None
    name = visit.site.sign_in.name_of_link(link, visit.now)
    if name is None:
        failed.note(client)
    return name


def sign_out(visit: Visit) -> Response:
    visit.site.sign_in.end_session(visit.request.cookies.get(SESSION_COOKIE, ""))
    answer = visit.go("/sign-in")
    answer.delete_cookie(SESSION_COOKIE)
    return answer


def keep(visit: Visit) -> Response:
    """Let the session of a wall that is in use go on.

    Only where it may look and no more: whoever may answer signs in anew.
    """
    if visit.may(Role.MEMBER):
        raise HTTPException(403)
    session = visit.request.cookies.get(SESSION_COOKIE, "")
    visit.site.sign_in.extend_session(session, visit.now)
    answer = Response(status_code=204)
    _give(answer, visit.site, session)
    return answer


def choose_language(visit: Visit) -> Response:
    language = "en" if visit.field("language") == "en" else "zh"
    answer = visit.go(safe_path(visit.field("next")))
    set_cookie(answer, visit.site, LANGUAGE_COOKIE, language)
    return answer
