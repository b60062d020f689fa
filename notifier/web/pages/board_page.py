"""The board: all windows on a time axis with their table, and the events that keep it live."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from markupsafe import Markup
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute

from notifier.domain.access import Role
from notifier.domain.board_lines import (
    BoardLine,
    BoardTime,
    TimeState,
    missed_since,
    next_time,
)
from notifier.domain.recipients import Recipient
from notifier.domain.times import at_shanghai, shanghai
from notifier.domain.values import Milestone, MilestoneName
from notifier.web.choices import (
    SPANS,
    STATES,
    BoardFilter,
    Measure,
    chosen,
    is_doubtful,
    is_unconfirmed,
)
from notifier.web.pages.answers import answered
from notifier.web.phrases import Phrases
from notifier.web.time_axis import Axis, Lane
from notifier.web.visits import SESSION_COOKIE, Fragment, Site, Visit, page

_MOST_FRAGMENTS = 400
_IN_HAND = 4  # deadlines in large letters above the axis
_MINUTE = 60


@dataclass(frozen=True, kw_only=True)
class BoardRow:
    """A parcel of the board with what is shown of it.

    `time`: the next that waits for somebody, or is to come; `names`: its milestone, and what else
    waits for somebody at its instant; `opens`: an opening before it, still to come; `missed`: what
    passed without an answer; `people`: who is reminded of it; `next_left_out`: the next
    time of this one and all that come after it, said where they have no room.
    """

    line: BoardLine
    state: TimeState
    time: BoardTime | None
    names: Sequence[MilestoneName]
    opens: BoardTime | None
    missed: Sequence[MilestoneName]
    times: Sequence[BoardTime]
    lane: Lane
    marks: Sequence[str]
    people: Sequence[str]
    next_left_out: Milestone | None = None


def routes(site: Site) -> Sequence[BaseRoute]:
    return [page(site, "/", show), page(site, "/events", events)]


def show(visit: Visit) -> Response:
    choice = BoardFilter.of(visit.request.query_params)
    mark = visit.site.board.mark(visit.now)
    settings = visit.site.settings()
    body = _cached(visit, choice, mark)
    return visit.page(
        "board.html",
        choice=choice,
        body=Markup(body),  # noqa: S704  # rendered from a template that escapes
        mark=mark,
        cities=visit.site.board.cities(),
        recipients=[recipient.name for recipient in settings.recipients],
        states=[name for name in STATES if name != "unconfirmed" or settings.confirmation.required],
        milestones=list(MilestoneName),
        spans=SPANS,
        answered=answered(visit),
    )


def _cached(visit: Visit, choice: BoardFilter, mark: str) -> str:
    """Return the board's body, rendered once for all who may do the same.

    It holds until the board changes or a minute has passed.
    """
    site = visit.site
    minute = int(visit.now.timestamp()) // _MINUTE
    key = (mark, choice, visit.language, visit.may(Role.MEMBER), id(site.settings()))
    found = site.fragments.get(key)
    if found is not None and found.minute == minute:
        return found.body
    is_nearly_right = found is not None and found.minute == minute - 1
    if not site.rendering.acquire(blocking=not is_nearly_right):
        assert found is not None
        # somebody is at it: the last minute's differs in what is left of the time alone
        return found.body
    try:
        found = site.fragments.get(key)
        if found is None or found.minute != minute:
            if len(site.fragments) > _MOST_FRAGMENTS:
                site.fragments.clear()
            body = _body(visit, choice)
            found = site.fragments[key] = Fragment(minute=minute, body=body)
        return found.body
    finally:
        site.rendering.release()


def _body(visit: Visit, choice: BoardFilter) -> str:
    settings = visit.site.settings()
    now = visit.now
    people = settings.confirmation.people if settings.confirmation.required else 0
    every = visit.site.board.lines()
    since = missed_since(now, settings.calendar)
    measure = Measure(now=now, missed_since=since, people=people)
    picked = chosen(every, choice, settings.recipients, measure)
    size = choice.page_size
    pages = max(1, -(-len(picked) // size))
    number = min(choice.page, pages)
    shown = picked[(number - 1) * size : number * size]
    axis = Axis(now, choice.span, settings.calendar.is_working)
    rows = [_row(line, axis, measure, settings.recipients) for line in shown]
    left_out: Sequence[Milestone | None] = []
    if choice.is_wall:
        left_out = [*_next_left_out(picked[(number - 1) * size :], now), None]
        rows = [
            replace(row, next_left_out=stated) for row, stated in zip(rows, left_out, strict=False)
        ]
    in_hand = _in_hand(rows) if number == 1 else []
    tomorrow = at_shanghai(shanghai(now).date() + timedelta(days=1), time(0))
    return visit.fragment(
        "board_body.html",
        choice=choice,
        axis=axis,
        rows=rows,
        in_hand=in_hand,
        today_too=sum(line.is_due_before(tomorrow, now) for line in picked)
        - sum(row.line.is_due_before(tomorrow, now) for row in in_hand),
        found=len(picked),
        fitting=choice.fitting,
        left_out=left_out[choice.fitting] if len(left_out) > choice.fitting else None,
        beyond=left_out[len(rows)] if left_out else None,
        unreached=visit.site.board.unreached(settings.recipients),
        of_all=len(every),
        page_number=number,
        pages=pages,
        pulse=visit.site.board.pulse(now),
        may_answer=visit.may(Role.MEMBER) and not choice.is_wall,
        phrases=Phrases(say=visit.words, now=now),
        people=people,
    )


def _row(
    line: BoardLine, axis: Axis, measure: Measure, recipients: Sequence[Recipient]
) -> BoardRow:
    now = measure.now
    times = line.times(now)
    shown = next_time(times, now)
    missed = line.missed(now, measure.missed_since)
    return BoardRow(
        line=line,
        state=line.state(now),
        time=shown,
        names=_names_at(shown, times),
        opens=_opening_before(shown, times),
        missed=missed,
        times=times,
        lane=axis.lane(line, now, measure.people),
        marks=[*(["missed"] if missed else []), *_marks(line, now, measure.people)],
        people=[
            recipient.name
            for recipient in recipients
            if recipient.is_reminded and recipient.filters.match(line.offer)
        ],
    )


def _in_hand(rows: Sequence[BoardRow]) -> list[BoardRow]:
    """Return the rows of the next deadlines, each at its first one, the soonest first."""
    found = []
    for row in rows:
        deadline = next(
            (time for time in row.times if time.state is TimeState.AHEAD and time.is_deadline), None
        )
        if deadline is not None:
            names = _names_at(deadline, row.times)
            found.append((deadline.milestone.at, replace(row, time=deadline, names=names)))
    return [row for _, row in sorted(found, key=lambda pair: pair[0])][:_IN_HAND]


def _next_left_out(lines: Sequence[BoardLine], now: datetime) -> list[Milestone | None]:
    """Return for each line the soonest time that waits in it and all that come after it."""
    soonest: Milestone | None = None
    found: list[Milestone | None] = []
    for line in reversed(lines):
        waits = line.state(now) is TimeState.AHEAD
        milestone = line.next_milestone(now) if waits else None
        if milestone is not None and (soonest is None or milestone.at < soonest.at):
            soonest = milestone
        found.append(soonest)
    return found[::-1]


def _opening_before(shown: BoardTime | None, times: Sequence[BoardTime]) -> BoardTime | None:
    """Return the first opening to come before what is shown: until then nothing can be done."""
    if shown is None or not shown.is_deadline:
        return None
    return next(
        (
            time
            for time in times
            if time.is_ahead and not time.is_deadline and time.milestone.at < shown.milestone.at
        ),
        None,
    )


def _names_at(shown: BoardTime | None, times: Sequence[BoardTime]) -> Sequence[MilestoneName]:
    """Return the milestone that is shown, and what else waits for somebody at its instant."""
    if shown is None:
        return []
    at_once = [time.name for time in times if time.is_ahead and time.is_at_once_with(shown)]
    return list(dict.fromkeys([shown.name, *at_once]))


def _marks(line: BoardLine, now: datetime, people: int) -> Sequence[str]:
    found = (
        ("new", line.is_new(now)),
        ("changed", line.is_changed(now)),
        ("doubtful", is_doubtful(line, now)),
        ("unconfirmed", is_unconfirmed(line, now, people)),
    )
    return [name for name, holds in found if holds]


def events(visit: Visit) -> Response:
    """Tell the page whenever the board shows something else than it did at the mark `since`."""
    session = visit.request.cookies.get(SESSION_COOKIE, "")
    site = visit.site

    def is_welcome() -> bool:
        return site.sign_in.person(session, site.clock.now()) is not None

    stream = site.changes.stream(visit.request.query_params.get("since", ""), is_welcome)
    return StreamingResponse(
        stream, media_type="text/event-stream", headers={"x-accel-buffering": "no"}
    )
