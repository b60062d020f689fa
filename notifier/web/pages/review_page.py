"""Review: what a person has to settle, and what nobody has compared with the original yet."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute

from notifier.domain.access import Role
from notifier.domain.board_lines import BoardLine
from notifier.domain.changes import times_of
from notifier.domain.doubts import Doubt, marks_time
from notifier.domain.times import shanghai
from notifier.domain.values import Evidence, Finding, MilestoneName, Precision
from notifier.errors import UsageError
from notifier.messages import milestone_name
from notifier.messages.doubt_sentences import doubt_sentence
from notifier.messages.sentences import place_words
from notifier.web.pages.answers import answered, times_mark
from notifier.web.pages.moved_times import moved_query, moved_times
from notifier.web.pages.parcel_page import file_of
from notifier.web.phrases import Phrases
from notifier.web.visits import Site, Visit, page

_MOST_SHOWN = 50  # of doubts, and of parcels to compare


def routes(site: Site) -> Sequence[BaseRoute]:
    return [
        page(site, "/review", show),
        page(site, "/cutout/{key}", cutout),
        page(site, "/review", settle, method="POST", role=Role.MEMBER),
    ]


def show(visit: Visit) -> Response:
    doubts = visit.site.doubts.doubts(visit.now)
    comparison = visit.site.comparison
    is_required = visit.site.settings().confirmation.required
    waiting = comparison.waiting(visit.now, scanned_only=not is_required)
    shown = waiting[:_MOST_SHOWN]
    lines = visit.site.board.lines_of(offer.id for offer in shown)
    return visit.page(
        "review.html",
        doubts=doubts[:_MOST_SHOWN],
        more_doubts=max(0, len(doubts) - _MOST_SHOWN),
        waiting=comparison.to_compare(visit.now, shown),
        more_waiting=max(0, len(waiting) - _MOST_SHOWN),
        sentence=lambda doubt: doubt_sentence(doubt, visit.language),
        called=lambda name, offer: milestone_name(name, visit.language, offer.kind),
        time_words=_time_words,
        milestone_words=lambda milestone: _time_words(
            Evidence(at=milestone.at, precision=milestone.precision)
        ),
        where=lambda evidence: place_words(str(evidence.place), visit.language),
        pressing=lambda doubt: _pressing_words(doubt, visit),
        mark=lambda parcel: _mark(lines.get(parcel.offer.id)),
        findings_of=lambda parcel, name: _findings(lines.get(parcel.offer.id), name),
        file_of=lambda offer: file_of(visit, offer),
        files=comparison.files_of(shown),
        cutout_of=visit.site.originals.pictures.key_of,
        may_answer=visit.may(Role.MEMBER),
        said=visit.request.query_params.get("said", ""),
        answered=answered(visit),
        moved=moved_times(visit),
        times_of=times_of,
        phrases=Phrases(say=visit.words, now=visit.now),
    )


def cutout(visit: Visit) -> Response:
    """The picture of the line from which a time was recognised."""
    picture = visit.site.originals.pictures.get(visit.request.path_params["key"])
    if picture is None:
        raise HTTPException(404)
    return Response(picture, media_type="image/jpeg")


def _mark(line: BoardLine | None) -> str:
    return "" if line is None else times_mark(line)


def _findings(line: BoardLine | None, name: MilestoneName) -> list[Finding]:
    """What is still doubtful or odd about a time that is to be compared."""
    found = () if line is None else line.open_findings
    return [finding for finding in found if finding.field == name and marks_time(finding)]


def _time_words(evidence: Evidence) -> str:
    is_day = evidence.precision is Precision.DAY
    return f"{shanghai(evidence.at):{'%Y-%m-%d' if is_day else '%Y-%m-%d %H:%M'}}"


def _pressing_words(doubt: Doubt, visit: Visit) -> str:
    soonest = doubt.pressing(visit.now)
    return "" if soonest is None else _time_words(soonest)


def settle(visit: Visit) -> Response:
    """Take one tap on a doubt.

    A candidate, a time that was typed, none, the same parcel, or as it is.
    """
    desk = visit.site.doubts
    number, by, now = visit.field("doubt"), visit.name, visit.now
    if candidate := visit.field("take"):
        if not candidate.isdecimal():
            raise HTTPException(400)
        settled = desk.take(number, int(candidate), by=by, now=now)
    elif visit.field("leave"):
        settled = desk.leave(number, by=by, now=now)
    elif "same" in visit.form:
        parcel = visit.field("same")
        if not parcel:
            raise UsageError("give the number of the parcel that is meant")
        settled = desk.unite(number, parcel, name=visit.field("name"), by=by, now=now)
    elif visit.field("none") and not visit.field("sure"):
        desk.doubt(number, now)
        return visit.go("/no-time/doubt", doubt=number, milestone=_milestone(visit))
    elif visit.field("none"):
        settled = desk.enter(number, None, milestone=_milestone(visit), by=by, now=now)
    elif visit.field("enter"):
        time = visit.field("time")
        if not time:
            raise UsageError("give the time, as in 2026-12-02 17:00")
        settled = desk.enter(number, time, milestone=_milestone(visit), by=by, now=now)
    else:
        raise HTTPException(400)
    return visit.go("/review", said="settled", **moved_query(settled.times, settled.known))


def _milestone(visit: Visit) -> str:
    name = visit.field("milestone")
    if name and name not in set(MilestoneName):
        raise HTTPException(400)
    return name
