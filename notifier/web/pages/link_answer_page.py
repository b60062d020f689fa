"""An answer by a link in a message, without signing in: the link itself says who answers what.

Opening it shows what it would do and one button: programs that look into mails open every link.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute

from notifier.domain.answer_links import AnswerLink, Deed, unseal
from notifier.domain.times import shanghai
from notifier.domain.values import Kind
from notifier.messages import milestone_name
from notifier.service.answer_desk import Answered, answer_key
from notifier.web.visits import Site, Visit, client_of, page

log = logging.getLogger("notifier.web")


def routes(site: Site) -> Sequence[BaseRoute]:
    return [
        page(site, "/a/{link}", show, role=None),
        page(site, "/a/{link}", take, method="POST", role=None),
    ]


def show(visit: Visit) -> Response:
    link = _checked(visit)
    return _page(visit, link, visit.site.answer_desk.look(link, visit.now))


def take(visit: Visit) -> Response:
    link = _checked(visit)
    if not visit.site.answers.take(f"link {link.recipient}"):
        raise HTTPException(429)
    people, by = _people(visit, link), visit.field("by")
    if people and by not in people:
        raise HTTPException(400)
    answered = visit.site.answer_desk.take(link, visit.now, by=by if people else "")
    log.info("%s answered by a link: %s", by if people else link.recipient, answered.standing.value)
    return _page(visit, link, answered)


def _people(visit: Visit, link: AnswerLink) -> tuple[str, ...]:
    """The people of whom each must say it for themselves; empty: the link's recipient says it."""
    recipients = visit.site.settings().recipients
    found = [each for each in recipients if each.name == link.recipient]
    return found[0].asks(link.milestone) if found and link.deed is Deed.DONE else ()


def _checked(visit: Visit) -> AnswerLink:
    """What the link says.

    HTTPException for one that nobody made; whoever tries out links is refused for a while.
    """
    failed, client = visit.site.failed_links, client_of(visit.request)
    if not failed.allows(client):
        raise HTTPException(429)
    link = unseal(
        answer_key(visit.site.settings().ledger.parent), visit.request.path_params["link"]
    )
    if link is None:
        failed.note(client)
        raise HTTPException(404)
    return link


def _page(visit: Visit, link: AnswerLink, answered: Answered) -> Response:
    text = visit.request.path_params["link"]
    line = answered.line
    response = visit.page(
        "answer_link.html",
        link=link,
        address=text,
        answered=answered,
        people=_people(visit, link),
        milestone=milestone_name(
            link.milestone, visit.language, Kind.LISTING if line is None else line.offer.kind
        ),
        at=_words(link.at),
        answered_at="" if answered.answer is None else _words(answered.answer.at),
        back_at="" if answered.back_at is None else _words(answered.back_at),
        stands_at="" if answered.milestone is None else _words(answered.milestone.at),
    )
    response.headers["referrer-policy"] = "no-referrer"
    response.headers["x-robots-tag"] = "noindex, nofollow"
    return response


def _words(instant: datetime) -> str:
    return f"{shanghai(instant):%Y-%m-%d %H:%M}"
