"""Make windows and deadlines of the times of running text and tables.

By then it is known what they are for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from notifier.domain.findings import Code
from notifier.domain.times import shanghai
from notifier.domain.values import (
    MILESTONES,
    WINDOW_ENDS,
    MilestoneName,
    Severity,
    Source,
    Window,
    WindowEnd,
)
from notifier.errors import TimeNotUnderstood
from notifier.intake.notice.facts import Fact, Reading
from notifier.intake.notice.prose import StatedTime
from notifier.intake.notice.scan import OTHER, Side, Topic, last_clause
from notifier.intake.notice.spans import (
    BROKEN,
    SIDE_BY_SIDE,
    Resolved,
    Span,
    SpanForm,
    resolve,
)
from notifier.intake.written_times import Instant

_CLOSES, _STARTS = (
    {kind.window: name for name, kind in MILESTONES.items() if kind.end is end}
    for end in (WindowEnd.CLOSE, WindowEnd.START)
)


class Years:
    """The year of a time that states none: of the time before it, else of the notice's number.

    Of a report it is the year in which the time comes next.
    """

    def __init__(
        self, number_year: int | None, published: date | None, reported: date | None = None
    ) -> None:
        self.number_year = number_year
        self.published = published
        self.reported = reported
        self.last: date | None = None
        self.stated: set[int] = set()
        self.periods: dict[int, date] = {}  # line -> the first day of a period of something else
        self.announced: date | None = None  # the first day of the notice's own period

    def note(self, time: StatedTime) -> None:
        """Keep the days of a period that is none of the auction: it may tell the year of others."""
        if time.span.form is not SpanForm.RANGE or time.span.needs_year or time.sentence.line < 0:
            return
        try:
            first = _last_day(resolve(time.span))
        except TimeNotUnderstood:
            return
        if first is not None:
            self.periods[time.sentence.line] = first
            label = last_clause(time.sentence.text[: time.span.start]) or time.sentence.heading
            self.announced = first if "公告" in label else self.announced

    def of(self, span: Span, line: int) -> tuple[int, Source] | None:
        """The year and how it is known; None if nothing tells it for sure."""
        first = span.open or span.close
        if first is None or first.month is None or first.day is None:
            return None
        last = self.last or self.periods.get(line) or self.announced
        if last is not None:
            year = last.year
            if (first.month, first.day) >= (last.month, last.day) or last.month - first.month <= 2:
                return year, Source.INHERITED
            return (year + 1, Source.INHERITED) if last.month >= 10 and first.month <= 3 else None
        if len(self.stated) == 1 and first.month >= 3:
            return min(self.stated), Source.INHERITED
        agreed = self.published is None or self.published.year == self.number_year
        if self.number_year is not None and agreed and first.month >= 3:
            return self.number_year, Source.INFERRED
        return self._of_report(first.month, first.day)

    def may_be(self, short_years: set[int]) -> bool:
        """Return whether years of two figures lie beside all that the notice writes in full."""
        published = self.published.year if self.published else None
        known = filter(None, {*self.stated, self.number_year, published})
        return all(abs(short - year) <= 1 for year in known for short in short_years)

    def _of_report(self, month: int, day: int) -> tuple[int, Source] | None:
        if self.reported is None:
            return None
        is_next_year = (month, day) < (self.reported.month, self.reported.day)
        ahead = month - self.reported.month + (12 if is_next_year else 0)
        return (
            (self.reported.year + is_next_year, Source.INFERRED) if ahead <= _MONTHS_AHEAD else None
        )


_MONTHS_AHEAD = 4  # of what a report tells: an offer ends sooner


def read_windows(everything: Sequence[StatedTime], years: Years, reading: Reading) -> None:
    """Return the facts of the times.

    What is not understood goes to the findings under its milestones' names.
    """
    for time in everything:
        if time.topics - {OTHER} and not time.span.needs_year:
            ends = (time.span.open, time.span.close)
            years.stated |= {end.year for end in ends if end and end.year and not end.short_year}
    for time in everything:
        if OTHER in time.topics:
            years.note(time)
        elif time.topics:
            read_time(time, years, reading)


def read_time(time: StatedTime, years: Years, reading: Reading) -> None:
    """Add the facts of a time, or the findings why it gives none."""
    known = _year(time, years, reading)
    if known is None:
        return
    year, source = known
    try:
        if time.span.unjoined and time.side is not Side.UNKNOWN:
            raise TimeNotUnderstood(SIDE_BY_SIDE)  # under the label of one end
        resolved = resolve(time.span, year)
    except TimeNotUnderstood as fault:
        doubt_time(time, Code.TIME_NOT_UNDERSTOOD, reading, words=str(fault))
        return
    if time.span.may_go_on or time.is_cut or _may_be_half(time):
        doubt_time(time, Code.TEXT_ENDS_HERE, reading, severity=Severity.WARNING)
    years.last = _last_day(resolved) if source is not Source.INFERRED else years.last
    if time.inherited and source is Source.STATED:
        source = Source.INHERITED
    if time.at_meeting and Window.AUCTION in time.topics:
        source, starts = Source.INFERRED, (MilestoneName.AUCTION_START,)
        doubt_time(time, Code.MEETING_OF_A_LISTING, reading, starts, severity=Severity.INFO)
    named = list(_ends(time, resolved, reading))
    if time.rivals:  # two labels come as near as each other
        others = replace(time, topics=time.topics | time.rivals)
        named = [(name, instant) for name in names(others) for _, instant in named[-1:]]
    for name, instant in named:
        reading.facts.append(
            Fact(
                subject=time.about,
                milestone=name,
                value=instant,
                sure=not time.rivals,
                rule=time.rule,
                place=time.sentence.place,
                quote=time.quote,
                source=source,
                condition=time.condition,
                line=time.sentence.line,
                is_joint=len(time.topics) > 1,
            )
        )


def _year(time: StatedTime, years: Years, reading: Reading) -> tuple[int | None, Source] | None:
    """The year for a time that writes none, and how it is known, with the findings that say so.

    None where nothing tells it, or where a year of two figures is far from all others.
    """
    short = _short_years(time.span)
    if not short and not time.span.needs_year:
        return None, Source.STATED
    if short:
        known = (max(short), Source.INFERRED) if years.may_be(short) else None
    else:
        known = years.of(time.span, time.sentence.line)
    if known is None:
        doubt_time(time, Code.YEAR_NOT_STATED, reading)
        return None
    year, source = known
    severity = Severity.WARNING if source is Source.INFERRED else Severity.INFO
    doubt_time(time, Code.YEAR_FROM_CONTEXT, reading, severity=severity, year=str(year))
    return known


def _short_years(span: Span) -> set[int]:
    ends = (span.open, span.close)
    return {end.year for end in ends if end is not None and end.short_year and end.year}


_PART_OF_A_CLOCK = re.compile(r"(?:[上下中]午?|早上?|晚上?|凌晨?)?\d{0,2}")


def _may_be_half(time: StatedTime) -> bool:
    """Return whether the end of a period may have been cut off.

    So it may for a time under the name of a period, where the file ends.
    """
    ends = (
        time.sentence.last
        and _PART_OF_A_CLOCK.fullmatch(time.tail.rstrip(BROKEN)) is not None
        and time.span.form is SpanForm.POINT
    )
    return ends and time.side is Side.UNKNOWN and Window.AUCTION not in time.topics


def names(time: StatedTime) -> Iterator[MilestoneName]:
    """The milestones that the time may give."""
    return names_of(time.topics, time.side, opens_only=_opens_only(time))


def names_of(
    topics: frozenset[Topic], side: Side, *, opens_only: bool = False
) -> Iterator[MilestoneName]:
    """The milestones of windows, or of one end of them; `opens_only`: it is no end of any."""
    for topic in sorted(topics):
        if topic == OTHER:
            continue
        if topic in WINDOW_ENDS:
            opens, closes = WINDOW_ENDS[topic]
            if side is not Side.CLOSE:
                yield opens
            if side is not Side.OPEN:
                yield closes
        elif topic in _STARTS:
            yield _STARTS[topic]
        elif not opens_only:
            yield _CLOSES[topic]


def _opens_only(time: StatedTime) -> bool:
    """Return whether a time is a beginning and no end: `保证金缴纳开始时间T`."""
    return time.side is Side.OPEN and time.span.form is SpanForm.POINT


def _ends(
    time: StatedTime, resolved: Resolved, reading: Reading
) -> Iterator[tuple[MilestoneName, Instant]]:
    for topic in sorted(time.topics):
        if topic == OTHER:
            continue
        if topic in WINDOW_ENDS:
            yield from _window(time, topic, resolved, reading)
        elif topic in _STARTS and time.span.form is not SpanForm.UNTIL:
            start = resolved.open or resolved.close
            if start is not None:
                yield _STARTS[topic], start
        elif topic in _CLOSES and resolved.close is not None and not _opens_only(time):
            if _may_be_half(time) and time.tail:
                continue  # the file ends within the hour: it may be the beginning of a period
            if time.span.form is SpanForm.POINT and time.of_both_ends:
                doubt_time(time, Code.OPEN_OR_CLOSE, reading, (_CLOSES[topic],))
                continue
            yield _CLOSES[topic], resolved.close


def doubt_time(
    time: StatedTime,
    code: Code,
    reading: Reading,
    about: Sequence[MilestoneName] = (),
    *,
    severity: Severity = Severity.ERROR,
    text: str = "",
    **params: str,
) -> None:
    """Add a finding about some milestones of a time, else about all that it may give."""
    for name in about or names(time):
        reading.doubt(
            code,
            name,
            time.sentence.place,
            parcel_no=time.parcel_no,
            severity=severity,
            candidates=(),
            text=text or time.quote,
            **params,
        )


def _window(
    time: StatedTime, topic: Window, resolved: Resolved, reading: Reading
) -> Iterator[tuple[MilestoneName, Instant]]:
    opens, closes = WINDOW_ENDS[topic]
    if time.span.form is not SpanForm.POINT:
        if resolved.open is not None:
            yield opens, resolved.open
        if resolved.close is not None:
            yield closes, resolved.close
        return
    assert resolved.close is not None
    if time.side is Side.CLOSE:
        yield closes, resolved.close
    elif time.side is Side.OPEN or time.sentence.last:
        yield opens, resolved.close
    else:
        doubt_time(time, Code.OPEN_OR_CLOSE, reading, (opens, closes))


def _last_day(resolved: Resolved) -> date | None:
    last = resolved.open or resolved.close
    return shanghai(last.at).date() if last is not None else None


def report_unlabelled(spoken: Sequence[StatedTime], reading: Reading) -> None:
    """Report each range and time of day of which the text does not tell what it is for.

    A day alone is a date of publication, of signing, of a law.
    """
    for time in spoken:
        ends = [end for end in (time.span.open, time.span.close) if end is not None]
        if time.topics or not (len(ends) == 2 or any(end.has_clock for end in ends)):
            continue
        words = time.sentence.text[max(0, time.span.start - 20) : time.span.end + 20]
        reading.doubt(
            Code.TIME_WITHOUT_LABEL, "", time.sentence.place, severity=Severity.WARNING, text=words
        )
