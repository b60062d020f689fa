"""The time axis: what is drawn on it, and where.

Places are in per cent of its width.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from notifier.domain.board_lines import BoardLine, BoardTime, TimeState
from notifier.domain.times import at_shanghai, shanghai
from notifier.domain.values import MilestoneName

_BEFORE = timedelta(days=1)
_MOST_LABELS = 8
_WINDOWS = {
    "registration": (MilestoneName.REGISTRATION_OPEN, MilestoneName.REGISTRATION_CLOSE),
    "bidding": (MilestoneName.BIDDING_OPEN, MilestoneName.BIDDING_CLOSE),
}
_MARKS = {MilestoneName.DEPOSIT_CLOSE: "deposit", MilestoneName.AUCTION_START: "auction"}
_MIDNIGHT = datetime.min.time()


@dataclass(frozen=True, kw_only=True, slots=True)
class Day:
    """A day of the axis: where it begins, how wide it is, and whether it is named."""

    day: date
    x: float
    width: float
    is_off: bool
    is_named: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """A window from `x`, `width` wide.

    `fades`: how much of its end is a day without a time of day.
    """

    window: str
    x: float
    width: float
    fades: float
    classes: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """An instant that belongs to no window.

    The deposit, the auction, or a close whose open is not known.
    """

    shape: str
    x: float
    width: float
    classes: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Lane:
    """What is drawn for one parcel. `goes_on`: something lies behind the right edge."""

    bars: Sequence[Bar]
    marks: Sequence[Mark]
    goes_on: bool


class Axis:
    """Some days around the present, in Shanghai's days."""

    def __init__(self, now: datetime, span: int, is_working: Callable[[date], bool]) -> None:
        first = (shanghai(now) - _BEFORE).date()
        self.now = now
        self._begin = at_shanghai(first, _MIDNIGHT)
        self._days = [first + timedelta(days=number) for number in range(span + 1)]
        self._end = at_shanghai(self._days[-1] + timedelta(days=1), _MIDNIGHT)
        self._is_working = is_working

    @property
    def days(self) -> Iterator[Day]:
        every = -(-len(self._days) // _MOST_LABELS)
        width = 100 / len(self._days)
        for number, day in enumerate(self._days):
            yield Day(
                day=day,
                x=round(number * width, 3),
                width=round(width, 3),
                is_off=not self._is_working(day),
                is_named=number % every == 0,
            )

    @property
    def present(self) -> float:
        return self.x(self.now)

    def x(self, at: datetime) -> float:
        """Per cent of the width; what lies outside is at the edge."""
        share = (at - self._begin) / (self._end - self._begin)
        return round(100 * min(max(share, 0.0), 1.0), 3)

    def holds(self, at: datetime) -> bool:
        return self._begin <= at <= self._end

    def lane(self, line: BoardLine, now: datetime, people: int) -> Lane:
        """Draw the windows of one parcel.

        `people`: how many must have confirmed a time, 0: nobody.
        """
        times = line.times(now)
        conditions = list(dict.fromkeys(time.condition for time in times))
        bars: list[Bar] = []
        marks: list[Mark] = []
        for condition in conditions:
            of_set = {time.name: time for time in times if time.condition == condition}
            bars += self._bars(of_set, people)
            marks += self._marks(of_set, people)
        return Lane(
            bars=bars, marks=marks, goes_on=any(time.milestone.at > self._end for time in times)
        )

    def _bars(self, times: dict[MilestoneName, BoardTime], people: int) -> Iterator[Bar]:
        for window, (opens, closes) in _WINDOWS.items():
            close = times.get(closes)
            if close is None:
                continue
            start = times.get(opens)
            begin = self._begin - _BEFORE if start is None else start.milestone.at
            end = close.milestone.over_at
            if end <= self._begin or begin >= self._end:
                continue
            x, right = self.x(begin), self.x(end)
            known_until = self.x(close.milestone.at)
            classes = _classes(close, people)
            if start is None:
                classes += " no-open"
            yield Bar(
                window=window,
                x=x,
                width=round(max(right - x, 0.4), 3),
                fades=round(right - known_until, 3) if close.milestone.day_only else 0.0,
                classes=classes,
            )

    def _marks(self, times: dict[MilestoneName, BoardTime], people: int) -> Iterator[Mark]:
        lonely = {
            opens: window for window, (opens, closes) in _WINDOWS.items() if closes not in times
        }
        for name, time in times.items():
            shape = _MARKS.get(name) or lonely.get(name)
            if shape is None or not self.holds(time.milestone.at):
                continue
            width = self.x(time.milestone.over_at) - self.x(time.milestone.at)
            yield Mark(
                shape=shape,
                x=self.x(time.milestone.at),
                width=round(width, 3),
                classes=_classes(time, people),
            )


def _classes(time: BoardTime, people: int) -> str:
    """How a time looks: its state, and each doubt about it."""
    found = [f"is-{time.state.value}"]
    if time.milestone.day_only:
        found.append("day-only")
    if time.is_doubtful:
        found.append("doubtful")
    if (
        people
        and time.confirmed_by < people
        and time.state in (TimeState.AHEAD, TimeState.SUSPENDED)
    ):
        found.append("unconfirmed")
    if time.condition:
        found.append("conditional")
    return " ".join(found)
