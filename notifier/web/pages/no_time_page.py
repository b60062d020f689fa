"""Ask once more before a time is said to be none: without it nobody is reminded of it any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute

from notifier.domain.access import Role
from notifier.domain.offers import Offer
from notifier.domain.values import Milestone, MilestoneName
from notifier.web.pages.answers import asked_deadline
from notifier.web.phrases import Phrases
from notifier.web.visits import Site, Visit, page, safe_path


@dataclass(frozen=True, kw_only=True, slots=True)
class LostTime:
    """A time of a parcel that would be gone; `milestone` None: none stands."""

    offer: Offer
    name: MilestoneName
    milestone: Milestone | None


def routes(site: Site) -> Sequence[BaseRoute]:
    return [
        page(site, "/no-time", ask_about_time, role=Role.MEMBER),
        page(site, "/no-time/doubt", ask_about_doubt, role=Role.MEMBER),
    ]


def ask_about_time(visit: Visit) -> Response:
    """Ask about one time of a parcel, as its page names it."""
    query = visit.request.query_params
    deadline = asked_deadline(visit, query.get("about", ""))
    if deadline.name is None:
        raise HTTPException(400)
    before = safe_path(query.get("next", "/"))
    fields = {
        "about": query.get("about", ""),
        "why": query.get("why", ""),
        "next": before,
        "how": "none",
    }
    times = [_lost(deadline.line.offer, deadline.name)]
    return _page(visit, times, action="/time", fields=fields, before=before)


def ask_about_doubt(visit: Visit) -> Response:
    """Ask about what the review page doubts."""
    query = visit.request.query_params
    doubt = visit.site.doubts.doubt(query.get("doubt", ""), visit.now)
    if not doubt.milestones:
        raise HTTPException(400)
    wanted = query.get("milestone", "")
    if wanted and wanted not in set(MilestoneName):
        raise HTTPException(400)
    name = MilestoneName(wanted) if wanted else doubt.milestones[0]
    fields = {"doubt": doubt.id, "milestone": name.value, "none": "1"}
    times = [_lost(offer, name) for offer in doubt.offers]
    return _page(visit, times, action="/review", fields=fields, before="/review")


def _lost(offer: Offer, name: MilestoneName) -> LostTime:
    return LostTime(offer=offer, name=name, milestone=offer.parcel.milestones.get(name))


def _page(
    visit: Visit,
    times: Sequence[LostTime],
    *,
    action: str,
    fields: dict[str, str],
    before: str,
) -> Response:
    return visit.page(
        "no_time.html",
        times=times,
        action=action,
        fields=fields,
        before=before,
        phrases=Phrases(say=visit.words, now=visit.now),
    )
