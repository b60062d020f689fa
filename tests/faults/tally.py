"""What became of what was due while something broke."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import quantiles

NUMBER = re.compile(r"测地\d\d-\d\d\d号")
REPEAT = "可能重复"


@dataclass(frozen=True, kw_only=True)
class Tally:
    """`sent` reminders arrived at least once.

    `waiting` had not when the measuring ended, but the ledger still holds them: that is slowness.
    `lost` are nowhere. `repeated` came more than once, of them `unmarked` without saying that they
    may be repeats. `repeats` are the messages that brought them: of what was under way at a death
    one message may come again, with all its reminders. `late` are the seconds from due to first
    arrival; `worst` the same, of the latest reminder that fell due around each fault; `blows`
    what each fault was.
    `claims` are the messages of reminders that nodes made, `usurped` those of a node that did not
    lead.
    """

    rounds: int
    due: int
    sent: int
    waiting: int
    lost: int
    repeated: int
    repeats: int
    unmarked: int
    late: Sequence[float]
    worst: Sequence[float] = ()
    blows: Sequence[str] = ()
    claims: int = 0
    usurped: int = 0

    def lateness(self, percent: int) -> float:
        if len(self.late) < 2:
            return max(self.late, default=0.0)
        return quantiles(self.late, n=100, method="inclusive")[percent - 1]


def is_reminder(text: str) -> bool:
    return "新" not in text


def count(
    rounds: int,
    due: Mapping[str, datetime],
    arrived: Iterable[tuple[datetime, str]],
    held: Collection[str] = (),
) -> Tally:
    """`due`: instant by number; `arrived`: every text with when it came, announcements of new
    parcels too; `held`: the numbers that the ledger has still to send."""
    first: dict[str, datetime] = {}
    times = Counter[str]()
    marked = Counter[str]()
    repeats = 0
    for at, text in arrived:
        if not is_reminder(text):
            continue
        numbers = set(NUMBER.findall(text))
        repeats += not numbers.isdisjoint(first)
        for number in numbers:
            first.setdefault(number, at)
            times[number] += 1
            marked[number] += REPEAT in text
    missing = due.keys() - first.keys()
    repeated = [number for number, count in times.items() if count > 1]
    return Tally(
        rounds=rounds,
        due=len(due),
        sent=len(first.keys() & due.keys()),
        waiting=len(missing & set(held)),
        lost=len(missing - set(held)),
        repeated=len(repeated),
        repeats=repeats,
        unmarked=sum(marked[number] < times[number] - 1 for number in repeated),
        late=sorted(
            (first[number] - at).total_seconds() for number, at in due.items() if number in first
        ),
    )
