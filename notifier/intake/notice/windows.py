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
from notifier.intake.notice.facts import Fact, Reading, Tense
from notifier.intake.notice.folded_text import Sentence
from notifier.intake.notice.prose import StatedTime
from notifier.intake.notice.scan import OTHER, Side, deeds, last_clause
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

    def _of_report(self, month: int, day: int) -> tuple[int, Source] | None:
        if self.reported is None:
            return None
        is_next_year = (month, day) < (self.reported.month, self.reported.day)
        ahead = month - self.reported.month + (12 if is_next_year else 0)
        return (
            (self.reported.year + is_next_year, Source.INFERRED) if ahead <= _MONTHS_AHEAD else None
        )


_MONTHS_AHEAD = 4  # of what a report tells: an offer ends sooner


def read_windows(
    everything: Sequence[StatedTime], years: Years, reading: Reading, tense: Tense = Tense.STANDS
) -> None:
    """Return the facts of the times.

    What is not understood goes to the findings under its milestones' names.
    """
    for time in everything:
        if time.topics - {OTHER} and not time.span.needs_year:
            years.stated |= {
                token.year for token in (time.span.open, time.span.close) if token and token.year
            }
    for time in everything:
        if OTHER in time.topics:
            years.note(time)
        elif time.topics:
            _read(time, years, reading, tense)


def _read(time: StatedTime, years: Years, reading: Reading, tense: Tense = Tense.STANDS) -> None:
    year, source = None, Source.STATED
    place = time.sentence.place
    found = list(names(time))
    if time.span.needs_year:
        known = years.of(time.span, time.sentence.line)
        if known is None:
            for name in found:
                reading.doubt(
                    Code.YEAR_NOT_STATED, name, place, parcel_no=time.parcel_no, text=time.quote
                )
            return
        year, source = known
        for name in found:
            severity = Severity.WARNING if source is Source.INFERRED else Severity.INFO
            reading.doubt(
                Code.YEAR_FROM_CONTEXT,
                name,
                place,
                parcel_no=time.parcel_no,
                severity=severity,
                text=time.quote,
                year=str(year),
            )
    try:
        if time.span.unjoined and time.side is not Side.UNKNOWN:
            raise TimeNotUnderstood(SIDE_BY_SIDE)  # under the label of one end
        resolved = resolve(time.span, year)
    except TimeNotUnderstood as fault:
        for name in found:
            reading.doubt(
                Code.TIME_NOT_UNDERSTOOD,
                name,
                place,
                parcel_no=time.parcel_no,
                text=time.quote,
                words=str(fault),
            )
        return
    if time.span.may_go_on or time.is_cut or _may_be_half(time):
        for name in found:
            reading.doubt(
                Code.TEXT_ENDS_HERE,
                name,
                place,
                parcel_no=time.parcel_no,
                severity=Severity.WARNING,
                text=time.quote,
            )
    years.last = _last_day(resolved) if source is not Source.INFERRED else years.last
    if time.inherited and source is Source.STATED:
        source = Source.INHERITED
    if time.is_referred_to:
        source = Source.INFERRED
    if time.at_meeting and Window.AUCTION in time.topics:
        source = Source.INFERRED
        reading.doubt(
            Code.MEETING_OF_A_LISTING,
            MilestoneName.AUCTION_START,
            place,
            parcel_no=time.parcel_no,
            severity=Severity.INFO,
            text=time.quote,
        )
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
                tense=tense,
                sure=not time.rivals,
                rule=time.rule,
                place=place,
                quote=time.quote,
                source=source,
                condition=time.condition,
                line=time.sentence.line,
                is_joint=len(time.topics) > 1,
            )
        )


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
    for topic in sorted(time.topics):
        if topic == OTHER:
            continue
        if topic in WINDOW_ENDS:
            opens, closes = WINDOW_ENDS[topic]
            if time.side is not Side.CLOSE:
                yield opens
            if time.side is not Side.OPEN:
                yield closes
        elif topic in _STARTS:
            yield _STARTS[topic]
        elif not _opens_only(time):
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
                _doubt_which_end(time, _CLOSES[topic], reading)
                continue
            yield _CLOSES[topic], resolved.close


def _doubt_which_end(time: StatedTime, name: MilestoneName, reading: Reading) -> None:
    reading.doubt(
        Code.OPEN_OR_CLOSE,
        name,
        time.sentence.place,
        parcel_no=time.parcel_no,
        text=time.quote,
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
        for name in (opens, closes):
            _doubt_which_end(time, name, reading)


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


_PERIOD = re.compile(r"(预?公告|挂牌|公示|报名)(?:时间|期限|时限|期间|期)")
_WITHIN = re.compile(
    r"(?:在|于)(预?公告|挂牌|公示|报名)(?:时间|期限|时限|期间|期)(?:之?内|内|截止前)"
)
_MEANWHILE = re.compile(
    r"(?:在)?(?:此|上述|该|这一|同)?(?:期间|时间段|时段|期限)(?:之?内)?,?(?!内?届满)"
)


def read_periods(
    all_sentences: Sequence[Sentence],
    everything: Sequence[StatedTime],
    years: Years,
    reading: Reading,
) -> None:
    """Read registration `within the period of the notice`: the window under that name.

    `Meanwhile` (期间) is the window of the sentence before.
    """
    if any(
        fact.milestone in WINDOW_ENDS[Window.REGISTRATION] and not fact.condition
        for fact in reading.facts
    ):
        return
    named: dict[str, StatedTime] = {}
    ranges = [time for time in everything if time.span.form is SpanForm.RANGE]
    for time in everything:
        label = _PERIOD.search(time.sentence.text[: time.span.start]) or _PERIOD.search(
            time.sentence.heading
        )
        if label is not None and time.span.form is SpanForm.RANGE:
            named.setdefault(label[1], time)
    before: Sentence | None = None
    for sentence in all_sentences:
        meanwhile = _MEANWHILE.match(sentence.text)
        within = meanwhile or _WITHIN.search(sentence.text)
        if meanwhile is not None:
            windows = [time for time in ranges if time.sentence == before]
        else:
            windows = [named[within[1]]] if within is not None and within[1] in named else []
        before = sentence
        if (
            within is None
            or len(windows) != 1
            or not any(
                Window.REGISTRATION in deed.topics for deed in deeds(sentence.text[within.end() :])
            )
        ):
            continue
        period = windows[0]
        others = [
            time
            for time in ranges
            if time.sentence == period.sentence
            and time.topics == period.topics
            and time.about != period.about
        ]
        for name in WINDOW_ENDS[Window.REGISTRATION]:
            reading.doubt(
                Code.PERIOD_REFERRED_TO,
                name,
                sentence.place,
                severity=Severity.INFO,
                text=within[0],
                quote=period.quote,
            )
        for time in (period, *others):  # each parcel has its own
            topics = frozenset({Window.REGISTRATION})
            _read(replace(time, topics=topics, is_referred_to=True), years, reading)
        return


_SAME = r"(?:相同|一致|同步)(?=[,。;)]|$)"
# a close that is said by another: (what is said, by what, the words)
_BY_ANOTHER = (
    (
        MilestoneName.DEPOSIT_CLOSE,
        MilestoneName.REGISTRATION_CLOSE,
        re.compile(
            r"保证金[^。;]{0,30}?(?:报名|竞买申请|申请)(?:的)?(?:截止|结束|届满)?(?:时间|期限|期间|日期|日|时|期)?(?:截止|结束|届满)?(?:之?前|以前|内)"
            rf"|保证金[^,。;]{{0,12}}时间(?:同|与|和)[^,。;]{{0,6}}(?:报名|申请)[^,。;]{{0,8}}?时间{_SAME}"
            r"|保证金[^,。;]{0,12}时间同[^,。;]{0,6}(?:报名|申请)[^,。;]{0,8}?时间(?=[,。;()]|$)"
        ),
    ),
    (
        MilestoneName.REGISTRATION_CLOSE,
        MilestoneName.DEPOSIT_CLOSE,
        re.compile(
            rf"(?:报名|申请)[^,。;]{{0,4}}时间(?:同|与|和)[^,。;]{{0,4}}保证金[^,。;]{{0,8}}时间{_SAME}"
            r"|(?:报名|申请)[^,。;]{0,4}时间同[^,。;]{0,4}保证金[^,。;]{0,8}时间(?=[,。;)]|$)"
        ),
    ),
)


def read_closes_by_another(all_sentences: Sequence[Sentence], reading: Reading) -> None:
    """Read a deposit that is due `before registration closes`, or when it does, and the reverse.

    Where no time of its own is stated.
    """
    for name, other, words in _BY_ANOTHER:
        _read_by_another(name, other, words, all_sentences, reading)


def _read_by_another(
    name: MilestoneName,
    other: MilestoneName,
    words: re.Pattern[str],
    all_sentences: Sequence[Sentence],
    reading: Reading,
) -> None:
    reported = {finding.field for finding in reading.findings}
    if name in reported or any(fact.milestone is name for fact in reading.facts):
        return
    closes = [fact for fact in reading.facts if fact.milestone is other]
    for sentence in all_sentences:
        within = words.search(sentence.text)
        if within is None or not closes:
            continue
        reading.facts += [
            replace(
                fact,
                milestone=name,
                source=Source.INFERRED,
                place=sentence.place,
            )
            for fact in closes
        ]
        reading.doubt(
            Code.PERIOD_REFERRED_TO,
            name,
            sentence.place,
            severity=Severity.INFO,
            text=within[0],
            quote=closes[0].quote,
        )
        return
