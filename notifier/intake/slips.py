"""Tell rows whose values slipped under neighbouring headings, by what their own table shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import combinations, islice, pairwise

from notifier.intake.cell_ranges import times_of
from notifier.intake.documents import Cell
from notifier.intake.headings import WINDOWS
from notifier.intake.notice.columns import TIMES, Column, fits
from notifier.intake.notice.rows import Row

_LOOKED_AT = 300  # rows: enough to know what a column holds
_FINAL = frozenset({"bidding_close", "auction_start", "bidding"})
_MOST_PUT_OFF = 4  # characters of a word for a time that is still to come

# What speaks for a reading. A reading that moves cells must earn more than `_MOVED`.
_MOVED = -1.5
_IMPOSSIBLE = -3.0
_ODD = -1.0
_AGAINST_THE_OTHERS = -2.0
_NO_TIME = -2.0
_SAME_AS_OTHERS = 1.0
_DAY_OF_OTHERS = 0.5
_CLOCK_OF_OTHERS, _CLOCK_OF_NONE, _CLOCK_OF_ALL_IS_ANOTHER = 0.4, -0.4, -0.8
_OPEN_WITHOUT_CLOSE, _CLOSE_WITHOUT_OPEN = -1.0, -0.5
_FILLED_AS_OTHERS, _FILLED_LIKE_NONE = 1.0, -0.5
_CERTAIN, _IN_DOUBT, _NEAR_THE_BEST = 1.0, -1.1, 1.5
_EXCHANGED = 2.0  # nothing is empty where two cells changed places: the other rows must say so
_COMMON = 20  # rows that are filled alike: what they leave empty is their habit


@dataclass(frozen=True, kw_only=True, slots=True)
class Slip:
    """What shows that cells of a row moved.

    `text` of the first; `fields` of the times that would be others. `certain` where the row fits
    its headings better with the cells moved back.
    """

    certain: bool
    text: str
    fields: frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Reading:
    """The cells of a row, each under a column; `first`: the place of the first that was moved."""

    texts: tuple[str, ...]
    first: int = 0


class Columns:
    """The columns of one table, and what its rows have shown of them."""

    def __init__(self, columns: Sequence[Column], lines: Sequence[Sequence[Cell]]) -> None:
        self.columns = columns
        self.times = [at for at, column in enumerate(columns) if column.field in TIMES]
        self.headed = [at for at, column in enumerate(columns) if column.heading]
        self._texts: Counter[tuple[int, str]] = Counter()
        self._days: Counter[tuple[int, date]] = Counter()
        self._clocks: Counter[tuple[int, str]] = Counter()
        self._clocks_of: Counter[int] = Counter()  # how many different ones a column has
        self._timed: Counter[int] = Counter()
        self._filled: Counter[tuple[int, ...]] = Counter()
        self._orders: Counter[tuple[int, int, bool]] = Counter()
        self._counted: set[int] = set()
        if len(self.times) > 1:
            for line in islice(lines, _LOOKED_AT):
                self._counted.add(id(line))
                self._count(tuple(cell.text.strip() for cell in line), 1)

    def slip(self, line: Sequence[Cell]) -> Slip | None:
        """Return what shows that the cells of a row moved; None where nothing does."""
        if len(self.times) < 2 or any(cell.fault or cell.struck for cell in line):
            return None
        stands = _Reading(texts=tuple(cell.text.strip() for cell in line))
        if self._is_like_many(stands.texts):
            return None
        rivals = list(self._moved(line, stands.texts))
        exchanged = list(self._exchanged(line, stands.texts))
        if not rivals and not exchanged:
            return None
        is_counted = id(line) in self._counted
        if is_counted:
            self._count(stands.texts, -1)
        slip = self._best(stands, rivals) or self._best_exchange(stands, exchanged)
        if is_counted:
            self._count(stands.texts, 1)
        return slip

    def _best(self, stands: _Reading, rivals: Sequence[_Reading]) -> Slip | None:
        """Return what is shown by the best of the readings in which cells moved."""
        score = self._score(stands.texts)
        gains = [self._score(rival.texts) + _MOVED - score for rival in rivals]
        best = max(gains, default=_IN_DOUBT)
        if best <= _IN_DOUBT:
            return None
        fields: set[str] = set()
        for rival, gain in zip(rivals, gains, strict=True):
            if gain > best - _NEAR_THE_BEST:
                fields |= self._differing(stands.texts, rival.texts)
        first = rivals[gains.index(best)].first
        return Slip(certain=best >= _CERTAIN, text=stands.texts[first], fields=frozenset(fields))

    def _best_exchange(self, stands: _Reading, rivals: Sequence[_Reading]) -> Slip | None:
        """Return the first two cells that stand better in each other's place, by far."""
        score = self._score(stands.texts) if rivals else 0.0
        for rival in rivals:
            if self._score(rival.texts) >= score + _EXCHANGED:
                fields = self._differing(stands.texts, rival.texts)
                text = stands.texts[rival.first]
                return Slip(certain=False, text=text, fields=frozenset(fields))
        return None

    def _exchanged(self, line: Sequence[Cell], texts: tuple[str, ...]) -> Iterator[_Reading]:
        """Yield the row as it may have been before two times beside each other changed places."""
        for left, right in pairwise(self.times):
            two = texts[left], texts[right]
            if all(two) and two[0] != two[1] and line[left].own and line[right].own:
                moved = list(texts)
                moved[left], moved[right] = two[1], two[0]
                yield _Reading(texts=tuple(moved), first=left)

    def _is_like_many(self, texts: Sequence[str]) -> bool:
        """Return whether many rows leave the same cells empty.

        And no order of times speaks against this one.
        """
        filled = tuple(at for at in self.times if texts[at])
        if self._filled[filled] < _COMMON:
            return False
        spans = {at: span for at in filled if (span := times_of(texts[at])) is not None}
        return len(spans) == len(filled) and not any(
            self._order(spans, first, second) for first, second in combinations(spans, 2)
        )

    def _differing(self, texts: Sequence[str], others: Sequence[str]) -> set[str]:
        return {self.columns[at].field for at in self.times if texts[at] != others[at]}

    def _moved(self, line: Sequence[Cell], texts: tuple[str, ...]) -> Iterator[_Reading]:
        """Yield the row as it may have been before a cell was taken out of it, or put into it."""
        filled = [at for at, text in enumerate(texts) if text]
        if not filled or any(not line[at].own for at in self.times if texts[at]):
            return
        last, room = filled[-1], self.headed[-1] if self.headed else 0
        if last < room:
            for first in range(last, -1, -1):
                if not self._may_stand(texts[first], first + 1):
                    break
                if first in self.times or first + 1 in self.times:
                    moved = (*texts[:first], "", *texts[first : last + 1], *texts[last + 2 :])
                    yield _Reading(texts=moved, first=first)
        for first in range(last, 0, -1):
            blank = not texts[first - 1]
            if blank and first - 1 in self.headed:
                moved = (*texts[: first - 1], *texts[first:], "")
                yield _Reading(texts=moved, first=first)
            if not self._may_stand(texts[first], first - 1):
                break

    def _may_stand(self, text: str, at: int) -> bool:
        if not text:
            return True
        column = self.columns[at]
        span = times_of(text)
        if column.field in TIMES:
            return span is not None
        if span is not None and column.field:
            return False
        return bool(column.heading) and fits(column, text) is not None

    # what speaks for a row

    def _score(self, texts: Sequence[str]) -> float:
        filled = tuple(at for at in self.times if texts[at])
        score = _FILLED_AS_OTHERS if self._filled[filled] else _FILLED_LIKE_NONE
        spans: dict[int, tuple[datetime, datetime]] = {}
        for at in filled:
            span = times_of(texts[at])
            if span is None:
                score += _ODD if len(texts[at]) <= _MOST_PUT_OFF else _NO_TIME
                continue
            spans[at] = span
            score += self._likeness(at, texts[at], span)
        score += sum(
            _NO_TIME
            for at, text in enumerate(texts)
            if text and at not in self.times and times_of(text) is not None
        )
        score += sum(self._order(spans, first, second) for first, second in combinations(spans, 2))
        return score + self._windows({self.columns[at].field for at in filled})

    def _likeness(self, at: int, text: str, span: tuple[datetime, datetime]) -> float:
        if self._texts[at, text]:
            return _SAME_AS_OTHERS
        score = _DAY_OF_OTHERS if self._days[at, span[0].date()] else 0.0
        if self._timed[at] < 2:
            return score
        if self._clocks[at, _clocks(span)]:
            return score + _CLOCK_OF_OTHERS
        is_of_all = self._clocks_of[at] == 1 and self._timed[at] > 2
        return score + (_CLOCK_OF_ALL_IS_ANOTHER if is_of_all else _CLOCK_OF_NONE)

    def _order(self, spans: dict[int, tuple[datetime, datetime]], first: int, second: int) -> float:
        score = 0.0
        begins, ends = spans[first][0], spans[second][0]
        for at, behind in ((first, second), (second, first)):
            field, later = self.columns[at].field, self.columns[behind].field
            score += _misfit(field, spans[at], later, spans[behind])
        if begins != ends:
            is_earlier = begins < ends
            as_here = self._orders[first, second, is_earlier]
            otherwise = self._orders[first, second, not is_earlier]
            if otherwise >= 2 and not as_here:
                score += _AGAINST_THE_OTHERS
        return score

    def _windows(self, fields: set[str]) -> float:
        score = 0.0
        known = {self.columns[at].field for at in self.times}
        for opens, closes in WINDOWS.values():
            if {opens, closes} <= known and (opens in fields) != (closes in fields):
                score += _OPEN_WITHOUT_CLOSE if opens in fields else _CLOSE_WITHOUT_OPEN
        return score

    def _count(self, texts: Sequence[str], step: int) -> None:
        filled = tuple(at for at in self.times if texts[at])
        self._filled[filled] += step
        spans = {}
        for at in filled:
            self._texts[at, texts[at]] += step
            span = times_of(texts[at])
            if span is not None:
                spans[at] = span
                self._timed[at] += step
                self._days[at, span[0].date()] += step
                self._count_clock(at, _clocks(span), step)
        for first, second in combinations(spans, 2):
            if spans[first][0] != spans[second][0]:
                self._orders[first, second, spans[first][0] < spans[second][0]] += step

    def _count_clock(self, at: int, clocks: str, step: int) -> None:
        before = self._clocks[at, clocks]
        self._clocks[at, clocks] = before + step
        self._clocks_of[at] += bool(before + step) - bool(before)


def slip_across(rows: Sequence[Row]) -> Slip | None:
    """Return what shows that a line moved, of a sheet with a column for each parcel.

    Its values are those of the parcels beside, where one stands beyond the last parcel, or an end
    is empty.
    """
    named = [row for row in rows if row.has("parcel_no", "parcel_name")]
    beyond = [entry for row in rows if row not in named for entry in row.entries]
    fields = {entry.column.field for entry in beyond}
    texts: dict[str, list[str]] = {}
    for number, row in enumerate(named):
        for entry in row.entries:
            known = texts.setdefault(entry.column.field, [""] * len(named))
            known[number] = entry.value.strip()
    for field, values in texts.items():
        inner = values[1:] if values[-1] else values[:-1]
        if not all(values) and all(inner) and len(set(inner)) > 1:
            fields.add(field)
    fields &= TIMES
    if not fields:
        return None
    field = min(fields)
    first = next(filter(None, texts.get(field, [])), "")
    return Slip(certain=False, text=first, fields=frozenset(fields))


def _misfit(
    field: str, span: tuple[datetime, datetime], later: str, behind: tuple[datetime, datetime]
) -> float:
    """Return what the times of two fields say against each other.

    Nobody pays before registration opens, bids before it ends, or leaves what he did not enter.
    """
    begins, ends = span[0] >= behind[0], span[1] > behind[1]
    is_registration = field in ("registration_open", "registration")
    enters = field in ("registration_close", "registration", "deposit_close")
    is_impossible = (
        ((field, later) in WINDOWS.values() and begins)
        or (is_registration and later not in ("bidding_open", field) and span[0] >= behind[1])
        or (enters and later in _FINAL and ends)
    )
    if is_impossible:
        return _IMPOSSIBLE
    pays_late = field == "deposit_close" and later.startswith("registration") and ends
    bids_early = (field, later) == ("bidding_open", "registration_open") and span[0] < behind[0]
    return _ODD if bids_early or (pays_late and later != "registration_open") else 0.0


def _clocks(span: tuple[datetime, datetime]) -> str:
    return " ".join(f"{at:%H:%M}" for at in span)
