"""The time of day of a date that stands in another place: its heading, a cell beside it, a line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from notifier.domain.times import shanghai
from notifier.errors import TimeNotUnderstood
from notifier.intake.notice.columns import TIMES
from notifier.intake.notice.folded_text import dense, plain, states_date
from notifier.intake.notice.rows import Entry
from notifier.intake.written_times import Instant, Token, instant_of, tokens

_OF_TIMES = re.compile(r"截止|开始|报名|到账|保证金|挂牌|拍卖|当[日天]")


def with_hour_of_heading(day: Instant, heading: str) -> Instant | None:
    """The day at the one time of day that its heading names: `报名截止日(17时)`.

    None where it names none, or several, which are office hours.
    """
    clocks = _clocks(dense(plain(heading)))
    on = shanghai(day.at)
    if len(clocks) != 1:
        return None
    try:
        return instant_of(clocks[0], year=on.year, month=on.month, day=on.day)
    except TimeNotUnderstood:
        return None


def hours_elsewhere(entry: Entry, others: Sequence[Entry], lines: Iterable[str] = ()) -> list[str]:
    """The words that may hold the hour of the day in `entry`.

    They stand in its heading, in `others` of its row, or in `lines` around the table. The hour of
    another time, which has a day of its own, is none of them.
    """
    heading = entry.column.heading
    dated = {other.column.field for other in others if states_date(other.value)} & TIMES
    beside = [
        other.value
        for other in others
        if other.column.field not in dated - {entry.column.field}
        and _may_be_of_a_time(other.column.heading, other.value)
    ]
    return [
        *([heading] if _clocks(dense(plain(heading))) else []),
        *beside,
        *(line for line in lines if _may_be_of_a_time("", line)),
    ]


def _may_be_of_a_time(heading: str, text: str) -> bool:
    words = dense(plain(text))
    clocks = _clocks(words)
    is_alone = bool(clocks) and (clocks[0].start, clocks[-1].end) == (0, len(words))
    return is_alone or (
        bool(clocks) and _OF_TIMES.search(dense(plain(heading)) + words) is not None
    )


def _clocks(words: str) -> list[Token]:
    """The times of day in `words`; none where a date says of which day they are."""
    found = list(tokens(words))
    return [] if any(token.has_date for token in found) else found
