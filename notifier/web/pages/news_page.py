"""News: what changed, who answered and what was sent in the last days, and what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.responses import Response
from starlette.routing import BaseRoute

from notifier.domain.board_lines import Answer, BoardLine
from notifier.domain.delivery import DeliveryState
from notifier.domain.planning import ALL_MILESTONES
from notifier.domain.reports import PlanLine
from notifier.domain.values import MilestoneName
from notifier.messages import field_name
from notifier.service.desk_values import HistoryEntry
from notifier.web.phrases import Phrases
from notifier.web.visits import Site, Visit, page

_SPANS = (1, 3, 7)  # days
_MOST_CHANGES = 200
_MOST_MESSAGES = 200
_MOST_NAMED = 6  # reminders of a message
_MOST_AHEAD = 40
_LOST = (DeliveryState.FAILED, DeliveryState.EXPIRED)


@dataclass(frozen=True, kw_only=True, slots=True)
class GivenAnswer:
    """A word of a person on a parcel; of all of it where `milestone` is None."""

    line: BoardLine
    milestone: MilestoneName | None
    answer: Answer


def routes(site: Site) -> Sequence[BaseRoute]:
    return [page(site, "/news", show)]


def show(visit: Visit) -> Response:
    """Show the news of some days, and what the visitor or another recipient is told next."""
    span = _span(visit.request.query_params.get("days", ""))
    since = visit.now - timedelta(days=span)
    names = [recipient.name for recipient in visit.site.settings().recipients]
    asked_for = visit.request.query_params.get("to", visit.name)
    to = asked_for if asked_for in names else ""
    messages = _messages(visit, since)
    board = visit.site.board
    return visit.page(
        "news.html",
        span=span,
        spans=_SPANS,
        names=names,
        to=to,
        lost=[entry for entry in messages if entry.line.state in _LOST],
        changes=[
            (line, dated)
            for line, dated in board.latest_changes(_MOST_CHANGES)
            if dated.at >= since
        ],
        answers=_answers(board.lines(), since),
        messages=[entry for entry in messages if entry.line.state not in _LOST],
        ahead=_ahead(visit, to),
        phrases=Phrases(say=visit.words, now=visit.now),
        field_name=lambda name: field_name(name, visit.language),
    )


def _span(text: str) -> int:
    return next((span for span in _SPANS if str(span) == text), _SPANS[0])


def _messages(visit: Visit, since: datetime) -> list[HistoryEntry]:
    """Return the latest deliveries that something happened to since an instant."""
    return [
        entry
        for entry in visit.site.desk.history(_MOST_MESSAGES, named=_MOST_NAMED)
        if (entry.line.ended_at or entry.line.created_at) >= since
    ]


def _answers(lines: Sequence[BoardLine], since: datetime) -> list[GivenAnswer]:
    """Return what people answered since an instant, the newest first."""
    answers = [
        GivenAnswer(
            line=line,
            milestone=None if name == ALL_MILESTONES else MilestoneName(name),
            answer=answer,
        )
        for line in lines
        for name, answer in line.answers.items()
        if answer.at >= since
    ]
    return sorted(answers, key=lambda given: given.answer.at, reverse=True)


def _ahead(visit: Visit, to: str) -> Sequence[PlanLine]:
    """Return the next reminders to a recipient; to nobody where there is none of this name."""
    if not to:
        return ()
    return visit.site.desk.plan(visit.now, to, limit=_MOST_AHEAD).lines
