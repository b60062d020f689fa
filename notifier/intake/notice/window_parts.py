"""Windows that a paragraph divides by place: `6月1日至12日。其中:…到甲地;12日9时至11时到乙地`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile

from notifier.intake.notice.named import Names
from notifier.intake.notice.parcel_drafts import ParcelDraft
from notifier.intake.notice.prose import StatedTime
from notifier.intake.notice.scan import Side
from notifier.intake.notice.spans import Span, SpanForm
from notifier.intake.written_times import Token

_OF_WHICH = re.compile(r"其中:?")
_FEWEST = 2


def with_parts_joined(
    spoken: Sequence[StatedTime], drafts: Sequence[ParcelDraft]
) -> list[StatedTime]:
    """Return the times, each window that is divided as its beginning and the end of its last part.

    Only where the parts follow each other in time, begin with the window and end on its last day,
    of which it states no hour, and where none of them is said of some of the parcels.
    """
    names = Names(drafts)
    whole: list[StatedTime] = []
    at = 0
    while at < len(spoken):
        window = spoken[at]
        at += 1
        parts = _parts(window, spoken, at)
        is_of_some = any(names.mentions(part.sentence.text) for part in parts)
        end = _end_of(parts, window.span) if not is_of_some else None
        if end is None:
            whole.append(window)
            continue
        first = replace(window.span, form=SpanForm.FROM, close=None)
        last = replace(parts[-1].span, form=SpanForm.UNTIL, open=None, close=end)
        whole.append(replace(window, span=first, side=Side.OPEN))
        whole.append(replace(parts[-1], span=last, side=Side.CLOSE))
        at += len(parts)
    return whole


def _parts(window: StatedTime, spoken: Sequence[StatedTime], at: int) -> list[StatedTime]:
    """Return the windows from `at` on into which the paragraph may divide one of the same."""
    first = spoken[at] if at < len(spoken) else window
    if not _OF_WHICH.fullmatch(_before(first)) or not _is_like(first, window):
        return []
    others = (spoken[number] for number in range(at + 1, len(spoken)))
    return [first, *takewhile(lambda time: not _before(time) and _is_like(time, window), others)]


def _before(time: StatedTime) -> str:
    return time.sentence.text[: time.span.start]


def _is_like(time: StatedTime, window: StatedTime) -> bool:
    is_range = time.span.form is window.span.form is SpanForm.RANGE
    is_in_paragraph = time.sentence.line == window.sentence.line
    return is_range and is_in_paragraph and time.topics == window.topics


def _end_of(parts: Sequence[StatedTime], window: Span) -> Token | None:
    """Return the hour of the window's last day at which its last part ends; None if it has none."""
    if len(parts) < _FEWEST:
        return None
    begins, ends = [part.span.open for part in parts], [_end(part.span) for part in parts]
    begin, end = begins[0], ends[-1]
    if begin is None or end is None or not all(map(_is_before, ends, begins[1:])):
        return None
    is_divided = _is_same_day(begin, window.open) and _is_same_day(end, window.close)
    is_finer = window.close is not None and end.has_clock and not window.close.has_clock
    return end if is_divided and is_finer else None


def _end(part: Span) -> Token | None:
    """Return the end of a part with its day: `12日9时至11时`."""
    if part.open is None or part.close is None or part.close.has_date:
        return part.close
    return replace(part.close, year=part.open.year, month=part.open.month, day=part.open.day)


def _is_before(end: Token | None, begin: Token | None) -> bool:
    """Return whether one part ends before the next one begins."""
    if end is None or begin is None or None in (end.month, end.day, begin.month, begin.day):
        return False
    hour = 24 if end.hour is None else end.hour
    until = (end.month or 0, end.day or 0, hour, end.minute)
    return until <= (begin.month or 0, begin.day or 0, begin.hour or 0, begin.minute)


def _is_same_day(day: Token, other: Token | None) -> bool:
    return other is not None and (day.month, day.day) == (other.month, other.day)
