"""Which parcels of the board somebody wants to see: the choice in the address, and its lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

from notifier.domain.board_lines import BoardLine, TimeState
from notifier.domain.recipients import Recipient
from notifier.domain.values import MilestoneName, squash

PAGE = 40
WALL = 24
"""Parcels on a page, and on the wall: those that have room there are seen."""

WALL_WITHOUT_SCRIPT = 5
"""Parcels that have room on any wall, whatever it warns of: nothing measures them."""

SPANS = (7, 14, 30, 60, 120)
"""Days that the axis may show."""

_USUAL_SPAN = 14
_MOST_CHARACTERS = 80

OPEN = "open"
EVERY = "all"
_MISSED_WITHIN = timedelta(days=7)
_OPEN_STATES = (TimeState.AHEAD, TimeState.DONE, TimeState.SUSPENDED, TimeState.SKIPPED)

STATES = (
    OPEN,
    EVERY,
    *(state.value for state in TimeState),
    "new",
    "changed",
    "doubtful",
    "unconfirmed",
    "missed",
)
"""What people may filter by: what has become of a parcel, or what is marked on it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """What decides whether a parcel fits.

    `now`; since when what passed unanswered is in sight; how many `people` must confirm a time.
    """

    now: datetime
    missed_since: datetime
    people: int = 0


def fits(state: str, line: BoardLine, measure: Measure) -> bool:
    """Whether `line` is such a one."""
    now, people = measure.now, measure.people
    match state:
        case "all":
            return True
        case "open":
            has_times = line.state(now) in _OPEN_STATES and line.next_at(now) is not None
            return has_times or bool(line.missed(now, measure.missed_since))
        case "missed":
            return bool(line.missed(now, min(measure.missed_since, now - _MISSED_WITHIN)))
        case "done":
            return _has_done(line)
        case "new":
            return line.is_new(now)
        case "changed":
            return line.is_changed(now)
        case "doubtful":
            return is_doubtful(line, now)
        case "unconfirmed":
            return is_unconfirmed(line, now, people)
        case _:
            return line.state(now) == state


def _has_done(line: BoardLine) -> bool:
    """Whether a milestone is done; what else waits there is found under "ahead" as well."""
    return line.skipped is None and any(name in line.answers for name, *_ in line.deadlines)


def is_doubtful(line: BoardLine, now: datetime) -> bool:
    """Whether a time to come was not understood for sure, or not at all."""
    if line.unread and line.next_at(now) is not None:
        return True
    return any(
        name in line.doubtful and milestone.over_at > now for name, milestone, _ in line.deadlines
    )


def is_unconfirmed(line: BoardLine, now: datetime, people: int) -> bool:
    """Whether fewer than `people` have compared a time to come with the original."""
    return bool(people) and bool(line.unconfirmed(now, people))


@dataclass(frozen=True, kw_only=True, slots=True)
class BoardFilter:
    """The filters of an address.

    What is not known there is left out: an address never ends in an error.
    """

    text: str = ""
    city: str = ""
    recipient: str = ""
    state: str = OPEN
    milestone: str = ""
    span: int = _USUAL_SPAN
    page: int = 1
    is_wall: bool = False

    @staticmethod
    def of(query: Mapping[str, str]) -> BoardFilter:
        """From the query of an address."""
        state = query.get("state", OPEN)
        milestone = query.get("milestone", "")
        span = _number(query.get("days", ""), _USUAL_SPAN)
        return BoardFilter(
            text=query.get("q", "").strip()[:_MOST_CHARACTERS],
            city=query.get("city", "")[:_MOST_CHARACTERS],
            recipient=query.get("recipient", "")[:_MOST_CHARACTERS],
            state=state if state in STATES else OPEN,
            milestone=milestone if milestone in set(MilestoneName) else "",
            span=span if span in SPANS else _USUAL_SPAN,
            page=max(1, _number(query.get("page", ""), 1)),
            is_wall="wall" in query,
        )

    def address(self, **changes: object) -> str:
        """The address of the board with these filters, some of them changed."""
        changed = replace(self, **changes)  # type: ignore[arg-type]  # the names are those of the fields
        usual = BoardFilter()
        named = {
            "q": (changed.text, usual.text),
            "city": (changed.city, usual.city),
            "recipient": (changed.recipient, usual.recipient),
            "state": (changed.state, usual.state),
            "milestone": (changed.milestone, usual.milestone),
            "days": (changed.span, usual.span),
            "page": (changed.page, usual.page),
            "wall": ("1" if changed.is_wall else "", ""),
        }
        query = {name: value for name, (value, default) in named.items() if value != default}
        return f"/?{urlencode(query)}" if query else "/"

    @property
    def is_filtered(self) -> bool:
        usual = BoardFilter()
        return (self.text, self.city, self.recipient, self.state, self.milestone) != (
            usual.text,
            usual.city,
            usual.recipient,
            usual.state,
            usual.milestone,
        )

    @property
    def page_size(self) -> int:
        return WALL if self.is_wall else PAGE

    @property
    def fitting(self) -> int:
        """How many parcels are shown before a script has measured how many have room."""
        return WALL_WITHOUT_SCRIPT if self.is_wall else PAGE


def _number(text: str, default: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else default


def chosen(
    lines: Iterable[BoardLine],
    choice: BoardFilter,
    recipients: Sequence[Recipient],
    measure: Measure,
) -> list[BoardLine]:
    """Return the lines that `choice` picks, the most urgent first.

    First comes what waits for somebody, the soonest first; last what has passed last.
    """
    words = [squash(word).casefold() for word in choice.text.split()]
    filters = next(
        (recipient.filters for recipient in recipients if recipient.name == choice.recipient), None
    )
    picked = [
        line
        for line in lines
        if (not choice.city or line.offer.city == choice.city)
        and all(word in line.search_text for word in words)
        and fits(choice.state, line, measure)
        and (not choice.milestone or _waits_for(line, choice.milestone, measure.now))
        and (filters is None or filters.match(line.offer))
    ]
    ranked = [(_rank(line, choice, measure), line) for line in picked]
    return [line for _, line in sorted(ranked, key=lambda pair: pair[0])]


def _waits_for(line: BoardLine, milestone: str, now: datetime) -> bool:
    return any(name == milestone and stated.over_at > now for name, stated, _ in line.deadlines)


def _rank(line: BoardLine, choice: BoardFilter, measure: Measure) -> tuple[int, float, int]:
    now = measure.now
    if line.missed(now, measure.missed_since) and not choice.milestone:
        return -1, 0.0, line.offer.id
    at = line.next_at(now)
    if choice.milestone:
        at = next(
            (
                stated.at
                for name, stated, _ in line.deadlines
                if name == choice.milestone and stated.over_at > now
            ),
            at,
        )
    if at is None:
        last = line.deadlines[-1][1].at.timestamp() if line.deadlines else 0.0
        return 2, -last, line.offer.id
    is_quiet = line.state(now) in (TimeState.SKIPPED, TimeState.ENDED, TimeState.SUSPENDED)
    return int(is_quiet), at.timestamp(), line.offer.id
