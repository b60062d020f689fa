"""What people say of a parcel by a form: done, not bidding, a time, compared.

Each form names what its page showed. What has changed since is not answered: whoever sent the form
did not see it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute

from notifier.domain.access import Role
from notifier.domain.board_lines import BoardLine
from notifier.domain.pauses import USUAL_SNOOZE
from notifier.domain.values import MilestoneName
from notifier.errors import UsageError
from notifier.service.desk_values import TimeSet
from notifier.web.pages.moved_times import moved_query
from notifier.web.visits import Site, Visit, page, safe_path

_ACTIONS = ("done", "skip", "resume", "seen", "snooze", "set", "right", "wrong")
_CHANGED = "the time of this milestone has changed since the page was shown: look at it again"


class AskedDeadline(NamedTuple):
    """What a form is about: a parcel, perhaps one of its milestones, at the instant shown."""

    line: BoardLine
    name: MilestoneName | None
    at: datetime | None = None

    def __str__(self) -> str:
        return f"{self.line.offer.id}.{self.name or ''}"


def routes(site: Site) -> Sequence[BaseRoute]:
    return [
        page(site, "/answer", answer, method="POST", role=Role.MEMBER),
        page(site, "/time", set_time, method="POST", role=Role.MEMBER),
        page(site, "/drop", drop, method="POST", role=Role.OPERATOR),
        page(site, "/compared", compare, method="POST", role=Role.MEMBER),
    ]


def answer(visit: Visit) -> Response:
    """Take one of done, skip, resume, seen, snooze; its value names what it is about."""
    desk = visit.site.desk
    by, now = visit.name, visit.now
    if about := visit.field("done"):
        deadline = asked_deadline(visit, about)
        if deadline.name is None:
            raise HTTPException(400)
        desk.acknowledge(deadline.line.offer, deadline.name, by=by, now=now)
        return _back(visit, "done", deadline)
    if about := visit.field("skip"):
        deadline = asked_deadline(visit, about)
        desk.skip(deadline.line.offer, by=by, now=now)
        return _back(visit, "skip", deadline)
    if about := visit.field("resume"):
        deadline = asked_deadline(visit, about)
        desk.resume(deadline.line.offer, deadline.name, by=by, now=now)
        return _back(visit, "resume", deadline)
    if about := visit.field("seen"):
        return _pause(visit, "seen", asked_deadline(visit, about))
    if about := visit.field("snooze"):
        return _pause(visit, "snooze", asked_deadline(visit, about))
    raise HTTPException(400)


def _pause(visit: Visit, action: str, deadline: AskedDeadline) -> Response:
    """Put off what whoever asks is reminded of."""
    if deadline.name is None:
        raise HTTPException(400)
    pauses, by, now = visit.site.pauses, visit.name, visit.now
    offer, name, at = deadline.line.offer, deadline.name, deadline.at
    if action == "seen":
        pauses.mark_seen(offer, name, by=by, at=at, now=now)
    else:
        pauses.snooze(offer, name, wait=USUAL_SNOOZE, by=by, at=at, now=now)
    return _back(visit, action, deadline)


def set_time(visit: Visit) -> Response:
    """Let a person's word on a time stand, or take it back."""
    how = visit.field("how")
    if how == "as-read":
        return _take_back(visit)
    deadline = asked_deadline(visit, visit.field("about"))
    if deadline.name is None or how not in ("time", "none"):
        raise HTTPException(400)
    offer, why = deadline.line.offer, visit.field("why")
    if how == "none" and not visit.field("sure"):
        shown = {"about": visit.field("about"), "why": why, "next": visit.field("next")}
        return visit.go("/no-time", **shown)
    time = None if how == "none" else visit.field("time")
    if time == "":
        raise UsageError("give the time, as in 2026-12-02 17:00")
    moved = visit.site.desk.set_time(
        offer, deadline.name, time, by=visit.name, why=why, now=visit.now
    )
    return _back(visit, "set", deadline, [moved])


def _take_back(visit: Visit) -> Response:
    """Take people's words on one or several times back, as `about` names them, parted by commas.

    Of several, those that somebody has taken back meanwhile are passed over. UsageError: all were.
    """
    deadlines = [asked_deadline(visit, about) for about in visit.field("about").split(",")]
    moved: list[TimeSet] = []
    refusal: UsageError | None = None
    for deadline in deadlines:
        if deadline.name is None:
            raise HTTPException(400)
        try:
            moved.append(
                visit.site.desk.withdraw_time(
                    deadline.line.offer,
                    deadline.name,
                    by=visit.name,
                    why=visit.field("why"),
                    now=visit.now,
                )
            )
        except UsageError as fault:
            refusal = fault
    if refusal is not None and not moved:
        raise refusal
    return _back(visit, "set", deadlines[0], moved)


def compare(visit: Visit) -> Response:
    """Note that the times of a parcel are as the original has them, or that something is wrong."""
    deadline = asked_deadline(visit, visit.field("about"))
    desk = visit.site.comparison
    if visit.field("verdict") == "right":
        if visit.field("mark") != times_mark(deadline.line):
            raise UsageError(_CHANGED)
        desk.confirm(deadline.line.offer, by=visit.name, now=visit.now)
        return _back(visit, "right", deadline)
    if not visit.field("why"):
        raise UsageError("say what is wrong, as in: registration closes on 2026-12-02 at 16:00")
    desk.deny(deadline.line.offer, by=visit.name, why=visit.field("why"), now=visit.now)
    return _back(visit, "wrong", deadline)


def drop(visit: Visit) -> Response:
    """Take back a parcel that should not be there."""
    deadline = asked_deadline(visit, visit.field("about"))
    visit.site.desk.drop(deadline.line.offer, by=visit.name, why=visit.field("why"), now=visit.now)
    return visit.go("/")


def times_mark(line: BoardLine) -> str:
    """A text that is another one when a time of the parcel is another one."""
    return ",".join(
        f"{name}:{_ms(milestone.at)}:{milestone.precision}" for name, milestone, _ in line.deadlines
    )


def asked_deadline(visit: Visit, about: str) -> AskedDeadline:
    """What `ID`, `ID.milestone` or `ID.milestone.instant` names. HTTPException if there is none."""
    number, _, rest = about.partition(".")
    name, _, instant = rest.partition(".")
    line = visit.site.board.line(int(number)) if number.isdecimal() and len(number) < 12 else None
    if line is None:
        raise HTTPException(404)
    if name and name not in set(MilestoneName):
        raise HTTPException(400)
    milestone = MilestoneName(name) if name else None
    instants = {
        _ms(stated.at) for stated_name, stated, _ in line.deadlines if stated_name == milestone
    }
    if instant and instant not in instants:
        raise UsageError(_CHANGED)
    at = datetime.fromtimestamp(int(instant) / 1000, UTC) if instant else None
    return AskedDeadline(line=line, name=milestone, at=at)


def _ms(instant: datetime) -> str:
    return str(round(instant.timestamp() * 1000))


def _back(
    visit: Visit, answer: str, deadline: AskedDeadline, moved: Sequence[TimeSet] = ()
) -> Response:
    """Back to the page that the form was on, which says what was answered, and what it moved."""
    page_before = urlsplit(safe_path(visit.field("next")))
    pairs = page_before.query.split("&")
    own = ("said=", "of=", "moved=", "stays=")
    kept = [pair for pair in pairs if pair and not pair.startswith(own)]
    times = urlencode(moved_query(moved))
    about = [f"said={answer}", f"of={deadline}", *([times] if times else [])]
    query = "&".join([*kept, *about])
    # on the board to the parcel's row, so that nobody has to look for the place again
    row = f"p{deadline.line.offer.id}" if page_before.path == "/" else page_before.fragment
    return visit.go(f"{page_before.path}?{query}{'#' if row else ''}{row}")


def answered(visit: Visit) -> tuple[str, BoardLine, str] | None:
    """Return what somebody has just answered: (action, parcel, milestone or empty)."""
    query = visit.request.query_params
    action = query.get("said", "")
    number, _, name = query.get("of", "").partition(".")
    line = visit.site.board.line(int(number)) if number.isdecimal() and len(number) < 12 else None
    if line is None or action not in _ACTIONS:
        return None
    return action, line, name if name in set(MilestoneName) else ""
