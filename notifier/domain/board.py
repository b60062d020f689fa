"""A line of the board: a parcel, what people answered for it, and the state of each of its times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from notifier.domain.offers import Offer, OfferState
from notifier.domain.planning import ALL_MILESTONES
from notifier.domain.values import Finding, Milestone, MilestoneName, Source

NEWS_LASTS = timedelta(days=2)
"""How long a parcel is marked as new or changed."""

_ENDED = (OfferState.TERMINATED, OfferState.SOLD, OfferState.DROPPED)
_SURE = (Source.STATED, Source.INHERITED, Source.SET)


class TimeState(StrEnum):
    """What has become of one time of a parcel."""

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
    """One time of a parcel as the board shows it."""

    name: MilestoneName
    milestone: Milestone
    condition: str
    state: TimeState
    answer: Answer | None = None
    is_doubtful: bool = False

    @property
    def is_ahead(self) -> bool:
        return self.state in (TimeState.AHEAD, TimeState.SUSPENDED)


@dataclass(frozen=True, kw_only=True, slots=True)
class BoardLine:
    """A parcel of the board. `answers`: by milestone, or ALL_MILESTONES; `findings`: what was doubtful when it came.

    `unconfirmed`: the milestones that nobody has compared with the original.
    """

    offer: Offer
    known_at: datetime
    changed_at: datetime | None = None
    answers: Mapping[str, Answer] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    unconfirmed: frozenset[str] = frozenset()

    def times(self, now: datetime) -> list[BoardTime]:
        """Return every time of the parcel, the soonest first."""
        found = [self._time(*deadline, now) for deadline in self.offer.deadlines()]
        return sorted(found, key=lambda time: (time.milestone.at, time.name))

    def next_time(self, now: datetime) -> BoardTime | None:
        """Return the first time that is ahead and waits for somebody."""
        return next((time for time in self.times(now) if time.is_ahead), None)

    def is_new(self, now: datetime) -> bool:
        return now - self.known_at < NEWS_LASTS

    def is_changed(self, now: datetime) -> bool:
        return self.changed_at is not None and now - self.changed_at < NEWS_LASTS

    @property
    def skipped(self) -> Answer | None:
        return self.answers.get(ALL_MILESTONES)

    @property
    def doubts(self) -> Iterator[MilestoneName]:
        """The milestones that were not understood for sure."""
        doubtful = {finding.field for finding in self.findings}
        for name, milestone, _ in self.offer.deadlines():
            if name in doubtful or milestone.rival is not None or milestone.source not in _SURE:
                yield name

    def state(self, now: datetime) -> TimeState:
        """Return what has become of the parcel as a whole."""
        if self.offer.state in _ENDED:
            return TimeState.ENDED
        if self.skipped is not None:
            return TimeState.SKIPPED
        if self.offer.state is OfferState.SUSPENDED:
            return TimeState.SUSPENDED
        times = self.times(now)
        if any(time.state is TimeState.AHEAD for time in times):
            return TimeState.AHEAD
        if any(time.state is TimeState.DONE and time.milestone.over_at > now for time in times):
            return TimeState.DONE
        return TimeState.PASSED

    def _time(self, name: MilestoneName, milestone: Milestone, condition: str, now: datetime) -> BoardTime:
        answer = self.skipped or self.answers.get(name)
        return BoardTime(
            name=name,
            milestone=milestone,
            condition=condition,
            state=self._state_of(name, milestone, now),
            answer=answer,
            is_doubtful=name in set(self.doubts),
        )

    def _state_of(self, name: MilestoneName, milestone: Milestone, now: datetime) -> TimeState:
        if self.offer.state in _ENDED:
            return TimeState.ENDED
        if self.skipped is not None:
            return TimeState.SKIPPED
        if name in self.answers:
            return TimeState.DONE
        if milestone.over_at <= now:
            return TimeState.PASSED
        return TimeState.SUSPENDED if self.offer.state is OfferState.SUSPENDED else TimeState.AHEAD
