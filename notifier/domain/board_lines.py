"""A line of the board: a parcel, its people's answers, and the state of each of its times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from functools import cached_property

from notifier.domain.confirmation import has_enough
from notifier.domain.doubts import is_doubt, marks_time
from notifier.domain.offers import Offer, OfferChange, OfferState
from notifier.domain.planning import ALL_MILESTONES
from notifier.domain.times import at_shanghai, shanghai
from notifier.domain.values import (
    Finding,
    Milestone,
    MilestoneName,
    Source,
    WindowEnd,
    milestones_with,
    squash,
)
from notifier.domain.workdays import WorkCalendar

NEWS_LASTS = timedelta(days=2)
"""How long a parcel is marked as new or changed."""

_DEADLINES = milestones_with(WindowEnd.CLOSE, WindowEnd.START)
_ENDED = (OfferState.TERMINATED, OfferState.SOLD, OfferState.DROPPED)
_SURE = (Source.STATED, Source.INHERITED, Source.SET)


class TimeState(StrEnum):
    """The state of a time, or of a parcel as a whole."""

    AHEAD = "ahead"
    DONE = "done"
    SKIPPED = "skipped"
    SUSPENDED = "suspended"
    PASSED = "passed"
    ENDED = "ended"


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """A person's word that a milestone is done, or that a parcel is skipped."""

    by: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class BoardTime:
    """One time of a parcel as the board shows it.

    `confirmed_by`: how many people compared it with the original; `missing`: whose own answer is
    still waited for.
    """

    name: MilestoneName
    milestone: Milestone
    condition: str
    state: TimeState
    answer: Answer | None = None
    is_doubtful: bool = False
    confirmed_by: int = 0
    missing: tuple[str, ...] = ()

    @property
    def is_deadline(self) -> bool:
        """Return whether something must be done before it: a close, or an auction's start."""
        return self.name in _DEADLINES

    @property
    def is_ahead(self) -> bool:
        """Return whether it waits for somebody."""
        return self.state in (TimeState.AHEAD, TimeState.SUSPENDED)

    def is_at_once_with(self, other: BoardTime) -> bool:
        """Return whether its instant, or its day, is that of another time."""
        here, there = self.milestone, other.milestone
        return (here.at, here.precision) == (there.at, there.precision)

    @property
    def is_relevant(self) -> bool:
        """Return whether its instant is still to come, answered or not."""
        return self.state not in (TimeState.PASSED, TimeState.ENDED)


@dataclass(frozen=True, kw_only=True)
class BoardLine:
    """A parcel of the board.

    `answers`: by milestone, or ALL_MILESTONES; `findings`: what was doubtful when it came.
    `missing`: by milestone, whose own answer is still waited for.

    `confirmed`: how many people compared a time with the original as it stands, by (milestone,
    instant, condition).

    `settled`: the fields of which people settled every doubt, and the milestones of which a
    person's word stands.
    """

    offer: Offer
    known_at: datetime
    changed_at: datetime | None = None
    answers: Mapping[str, Answer] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    confirmed: Mapping[tuple[str, datetime, str], int] = field(default_factory=dict)
    settled: frozenset[str] = frozenset()
    missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def deadlines(self) -> tuple[tuple[MilestoneName, Milestone, str], ...]:
        """Every deadline of the offer, the soonest first."""
        order = list(MilestoneName)
        return tuple(
            sorted(
                self.offer.deadlines(),
                key=lambda deadline: (deadline[1].at, order.index(deadline[0])),
            )
        )

    @cached_property
    def _instants(self) -> tuple[tuple[datetime, Milestone, MilestoneName], ...]:
        """The deadline as a tuple: when it is over, its time, its milestone.

        A tuple, for it is asked of thousands of parcels at once.
        """
        return tuple((milestone.over_at, milestone, name) for name, milestone, _ in self.deadlines)

    @cached_property
    def doubtful(self) -> frozenset[MilestoneName]:
        """The milestones that were not understood for sure, unless a person settled it.

        Whoever compared a time with the original has settled what was found about it, but not
        which of two sources holds.
        """
        marked = {finding.field for finding in self.open_findings if marks_time(finding)}
        return frozenset(
            name
            for name, milestone, condition in self.deadlines
            if (milestone.rival is not None and name not in self.settled)
            or (
                (name in marked or milestone.source not in _SURE)
                and not self.confirmed.get((name, milestone.at, condition))
            )
        )

    @cached_property
    def open_findings(self) -> tuple[Finding, ...]:
        """The findings that nobody has settled, by an answer or by comparing with the original."""
        return tuple(finding for finding in self.findings if not self._is_settled(finding))

    def _is_settled(self, finding: Finding) -> bool:
        if finding.field in self.settled and is_doubt(finding):
            return True
        compared = [
            bool(self.confirmed.get((name, milestone.at, condition)))
            for name, milestone, condition in self.deadlines
            if name == finding.field
        ]
        return marks_time(finding) and bool(compared) and all(compared)

    @cached_property
    def unread(self) -> tuple[MilestoneName, ...]:
        """The milestones that its notice speaks of, but whose time was not understood."""
        stated = {name for name, *_ in self.deadlines}
        doubted = {finding.field for finding in self.findings if is_doubt(finding)}
        return tuple(
            name
            for name in MilestoneName
            if name.value in doubted and name not in stated and name not in self.settled
        )

    @cached_property
    def search_text(self) -> str:
        """All words by which people look for the parcel, as they are compared."""
        offer, parcel = self.offer, self.offer.parcel
        words = (
            parcel.parcel_no,
            *parcel.aliases,
            parcel.location,
            parcel.district,
            parcel.use,
            offer.city,
            offer.authority,
            offer.notice_no,
            offer.title,
            offer.platform,
        )
        return squash(" ".join(words)).casefold()

    @property
    def skipped(self) -> Answer | None:
        return self.answers.get(ALL_MILESTONES)

    def times(self, now: datetime) -> list[BoardTime]:
        """Return every time of the parcel, the soonest first."""
        return [
            self._time(name, milestone, condition, now)
            for name, milestone, condition in self.deadlines
        ]

    def is_new(self, now: datetime) -> bool:
        return now - self.known_at < NEWS_LASTS

    def is_changed(self, now: datetime) -> bool:
        return self.changed_at is not None and now - self.changed_at < NEWS_LASTS

    def state(self, now: datetime) -> TimeState:
        """Return what has become of the parcel as a whole."""
        if self.offer.state in _ENDED:
            return TimeState.ENDED
        if self.skipped is not None:
            return TimeState.SKIPPED
        to_come = False
        for over_at, _, name in self._instants:
            if over_at <= now:
                continue
            if self.offer.state is OfferState.SUSPENDED:
                return TimeState.SUSPENDED
            if name not in self.answers:
                return TimeState.AHEAD
            to_come = True
        return TimeState.DONE if to_come else TimeState.PASSED

    def next_at(self, now: datetime) -> datetime | None:
        """Return the instant of `next_time`; None: all have passed."""
        milestone = self.next_milestone(now)
        return None if milestone is None else milestone.at

    def next_milestone(self, now: datetime) -> Milestone | None:
        """Return the time of `next_time`; None: all have passed."""
        waiting = first = None
        for over_at, milestone, name in self._instants:
            if over_at <= now:
                continue
            if name not in self.answers:
                if name in _DEADLINES:
                    return milestone
                waiting = waiting or milestone
            first = first or milestone
        return waiting or first

    def missed(self, now: datetime, since: datetime) -> tuple[MilestoneName, ...]:
        """Return the deadlines that passed after `since`, and that nobody answered."""
        if self._first_over is None or self._first_over > now:  # asked of thousands: most are ahead
            return ()
        if self.skipped is not None or self.offer.state is not OfferState.OPEN:
            return ()
        return tuple(
            name
            for over_at, _, name in self._instants
            if since < over_at <= now and name in _DEADLINES and name not in self.answers
        )

    @cached_property
    def _first_over(self) -> datetime | None:
        return min((over_at for over_at, *_ in self._instants), default=None)

    def unconfirmed(
        self, now: datetime, people: int
    ) -> tuple[tuple[MilestoneName, Milestone, str], ...]:
        """Return the times ahead that fewer than `people` compared with the original.

        The soonest comes first. It is what `Checked.unconfirmed` says of the parcel.
        """
        if self.skipped is not None or self.offer.state in _ENDED:
            return ()
        found = []
        for deadline, (over_at, milestone, name) in zip(
            self.deadlines, self._instants, strict=True
        ):
            if over_at <= now or name in self.answers:
                continue
            confirmed_by = 0
            if self.confirmed:
                confirmed_by = self.confirmed.get((name, milestone.at, deadline[2]), 0)
            if not has_enough(confirmed_by, milestone, people):
                found.append(deadline)
        return tuple(found)

    def is_due_before(self, until: datetime, now: datetime) -> bool:
        """Return whether a deadline before an instant waits for somebody."""
        if self.skipped is not None or self.offer.state is not OfferState.OPEN:
            return False
        for over_at, milestone, name in self._instants:
            if milestone.at >= until:  # so are all after it
                return False
            if over_at > now and name in _DEADLINES and name not in self.answers:
                return True
        return False

    def _time(
        self, name: MilestoneName, milestone: Milestone, condition: str, now: datetime
    ) -> BoardTime:
        return BoardTime(
            name=name,
            milestone=milestone,
            condition=condition,
            state=self._state_of(name, milestone, now),
            answer=self.skipped or self.answers.get(name),
            is_doubtful=name in self.doubtful,
            confirmed_by=self.confirmed.get((name, milestone.at, condition), 0),
            missing=() if self.skipped is not None else self.missing.get(name, ()),
        )

    def _state_of(self, name: MilestoneName, milestone: Milestone, now: datetime) -> TimeState:
        if self.offer.state in _ENDED:
            return TimeState.ENDED
        if milestone.over_at <= now:
            return TimeState.DONE if name in self.answers else TimeState.PASSED
        if self.skipped is not None:
            return TimeState.SKIPPED
        if name in self.answers:
            return TimeState.DONE
        return TimeState.SUSPENDED if self.offer.state is OfferState.SUSPENDED else TimeState.AHEAD


def next_time(times: Sequence[BoardTime], now: datetime) -> BoardTime | None:
    """Return what people of a parcel must look to next, of its times in their order.

    The first deadline that waits for somebody: a window that opens asks nothing of them while it
    is open, so that its opening is next only where no deadline waits. Else the first to come,
    else the last.
    """
    waiting = [time for time in times if time.is_ahead]
    deadlines = [time for time in waiting if time.is_deadline]
    to_come = [time for time in times if time.is_relevant and time.milestone.over_at > now]
    return next(iter(deadlines or waiting or to_come or times[-1:]), None)


def missed_since(now: datetime, calendar: WorkCalendar) -> datetime:
    """Return since when what passed unanswered is in sight: until the next working day has ended.

    So what passed on a Friday is seen all Monday, and what passed before a holiday on the first
    day after it.
    """
    day, _ = calendar.on_or_before(shanghai(now).date() - timedelta(days=1))
    return at_shanghai(day, time(0))


@dataclass(frozen=True, kw_only=True, slots=True)
class DatedChange:
    """A change of a parcel and when it became known."""

    at: datetime
    change: OfferChange


@dataclass(frozen=True, kw_only=True, slots=True)
class SentLine:
    """A sending about a parcel: to whom, on which channel, with which result."""

    at: datetime
    ended_at: datetime | None
    recipient: str
    channel: str
    state: str
    words: str
    kind: str
    milestone: str
    milestone_at: datetime
    lead: str
