"""Silences: what nothing is said of for a while, by whom and why; operators begin and end them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute

from notifier.domain.access import Role
from notifier.domain.matching import TEXT_FIELDS
from notifier.errors import TimeNotUnderstood, UsageError
from notifier.intake.written_times import read_instant
from notifier.web.phrases import Phrases
from notifier.web.visits import Site, Visit, page


def routes(site: Site) -> Sequence[BaseRoute]:
    return [
        page(site, "/silences", show),
        page(site, "/silences", begin, method="POST", role=Role.OPERATOR),
        page(site, "/silences/end", end, method="POST", role=Role.OPERATOR),
    ]


def show(visit: Visit) -> Response:
    return visit.page(
        "silences.html",
        silences=visit.site.desk.silences(visit.now),
        fields=TEXT_FIELDS,
        may_silence=visit.may(Role.OPERATOR),
        phrases=Phrases(say=visit.words, now=visit.now),
        hit=visit.request.query_params.get("hit", ""),
    )


def begin(visit: Visit) -> Response:
    """Begin a silence of the parcels whose field holds a text; say how many there are now."""
    matcher = f"{visit.field('field')}={visit.field('text')}"
    if not visit.field("text"):
        raise UsageError("no matcher given: write field=expression, as in city=杭州")
    added = visit.site.desk.silence(
        [matcher],
        _instant(visit.field("until")),
        by=visit.name,
        why=visit.field("why"),
        now=visit.now,
    )
    return visit.go("/silences", hit=str(len(added.parcels)))


def end(visit: Visit) -> Response:
    number = visit.field("silence")
    if not number.isdecimal() or len(number) > 12:
        raise HTTPException(400)
    visit.site.desk.lift_silence(int(number), now=visit.now)
    return visit.go("/silences")


def _instant(text: str) -> datetime:
    try:
        return read_instant(text).at
    except TimeNotUnderstood as fault:
        raise UsageError(f"{text}: {fault}") from None
