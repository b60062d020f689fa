"""The times of running text with what each is for, of which parcels, and on which condition."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from notifier.domain.values import Window
from notifier.intake.notice.between_times import goes_on_with_a_clock, joint, only_names
from notifier.intake.notice.conditions import (
    condition,
    conditions_of_sections,
    is_of_a_meeting,
)
from notifier.intake.notice.folded_text import Sentence, states_date
from notifier.intake.notice.listed import (
    goes_on,
    lists,
    respectively,
    shifted,
)
from notifier.intake.notice.scan import (
    OTHER,
    Side,
    Topic,
    deeds,
    heading_label,
    labels,
    last_clause,
    names_both_ends,
    side_of,
)
from notifier.intake.notice.spans import Span, SpanForm, spans
from notifier.intake.notice.votes import (
    CLAUSES,
    MOVED_TO,
    Around,
    Meaning,
    choose,
    end_behind,
    side_behind,
    stands_alone,
)
from notifier.intake.written_times import Token


@dataclass(frozen=True, kw_only=True, slots=True)
class StatedTime:
    """A time with what it is for.

    `about` holds the keys of the parcels it is said of, empty for all.

    `listed`: the number of the list it stands in, 0 for none; `rule`: the name of what tells the
    topic; `rivals`: other topics that it may as well be of; `at_meeting`: of a listing's meeting;
    `is_cut`: the file ends within the words that tell the topic; `of_both_ends`: they name both.
    """

    sentence: Sentence
    span: Span
    topics: frozenset[Topic]
    side: Side
    condition: str = ""
    about: frozenset[int] = frozenset()
    inherited: bool = False
    parcel_no: str = ""
    listed: int = 0
    rule: str = ""
    rivals: frozenset[Topic] = frozenset()
    at_meeting: bool = False
    is_cut: bool = False
    of_both_ends: bool = False

    @property
    def quote(self) -> str:
        return self.sentence.text[self.span.start : self.span.end]

    @property
    def tail(self) -> str:
        """The words that follow it in its sentence."""
        return self.sentence.text[self.span.end :]


def stated_times(
    all_sentences: Sequence[Sentence], find: Callable[..., list[Span]] = spans
) -> Iterator[StatedTime]:
    """Every time that `find` finds, with what it is for; no topic where the words do not tell."""
    before_it: StatedTime | None = None
    below: Meaning | None = None
    number_of_list = 0
    conditions = conditions_of_sections(all_sentences)
    for number, sentence in enumerate(all_sentences):
        above = all_sentences[number - 1] if number else sentence
        day = _day_above(sentence, above, before_it)
        found = lists(sentence.text, find(sentence.text, last=sentence.last, day=day))
        earlier: list[Meaning] = []
        for place, times in enumerate(found):
            begin = found[place - 1][-1].end if place else 0
            stop = found[place + 1][0].start if place + 1 < len(found) else len(sentence.text)
            before = sentence.text[begin : times[0].start]
            after = sentence.text[times[-1].end : stop]
            choice = choose(Around(sentence, times, before, after))
            rule = choice.rule
            own = label = choice.topics, choice.side
            if before_it is not None and before_it.sentence.line == sentence.line:
                label = _the_end(label, before, after, before_it)
                label = _carried_on(label, before, after, before_it)
            elif before_it is not None and before and before_it.sentence is above:
                label = _the_end(label, before, after, before_it)
            if not begin:
                label = _from_above(label, all_sentences, number, (before, after), times, below)
            if label != own:
                rule = CARRIED_ON
            if label[0] and len(times) == 1:
                label = label[0] | _of_the_same_time(after), label[1]
            in_order = respectively(before, len(times), earlier)
            rule = "respectively" if in_order else rule
            meanings = in_order or [label] * len(times)
            number_of_list += 1
            for position, (span, (topics, side)) in enumerate(zip(times, meanings, strict=True)):
                ends = times[position + 1].start if position + 1 < len(times) else stop
                whole = _as_labelled(span, sentence.text, topics, side)
                time = StatedTime(
                    sentence=sentence,
                    span=whole,
                    topics=topics,
                    side=side_behind(whole, sentence.text[span.end : ends], side),
                    condition=condition(sentence.text[: span.start]) or conditions[number],
                    at_meeting=is_of_a_meeting(last_clause(sentence.text[: span.start]))
                    or is_of_a_meeting(CLAUSES.split(after, maxsplit=1)[0]),
                    listed=number_of_list if len(times) > 1 else 0,
                    rule=rule if topics else "",
                    rivals=choice.rivals if rule == choice.rule else frozenset(),
                    is_cut=choice.is_cut and rule == choice.rule,
                    of_both_ends=names_both_ends(last_clause(before)),
                )
                if before_it is not None and before_it.sentence.line == sentence.line:
                    time = _as_an_end(time, before_it, _gap(before_it, time))
                before_it = time
                earlier.append((topics, time.side))
                yield time
        below = _label_below(sentence, found, before_it, below)
        if before_it is not None and before_it.sentence.line == sentence.line:
            begin = found[-1][-1].end if found else 0
            yield from _shifted(sentence, begin, before_it)


def _gap(before: StatedTime, time: StatedTime) -> str:
    """Return the words between two times of a line; `;` is between their sentences."""
    begin = before.span.end
    if before.sentence is time.sentence:
        return time.sentence.text[begin : time.span.start]
    return f"{before.tail};{time.sentence.text[: time.span.start]}"


# `截止时有两个以上竞买人的,于当日10时30分举行现场竞价`: the round in which a listing ends
_LIVE_ROUND = re.compile(r"[两二2][个名家人位][^,;]{0,10}以上|截止时|现场竞价|限时竞价")
_THAT_DAY = re.compile(r"当[日天]")
_NO_ROUND = re.compile(r"保证金|报名|申请|踏勘")


def _day_above(sentence: Sentence, above: Sentence, before_it: StatedTime | None) -> Token | None:
    """Return the day on which a listing closes by the sentence right above in the same paragraph.

    Only for its live round, where a `当日` that speaks of anything else may be another day, and for
    the hour of another parcel.
    """
    if before_it is None or before_it.sentence is not above or above.line != sentence.line:
        return None
    is_close = before_it.side is Side.CLOSE or before_it.span.form is SpanForm.RANGE
    is_next = goes_on_with_a_clock(before_it.tail, sentence.text)
    that_day = _THAT_DAY.search(sentence.text)
    is_round = (
        that_day is not None
        and _LIVE_ROUND.search(sentence.text) is not None
        and _NO_ROUND.search(sentence.text, that_day.end()) is None
    )
    end = before_it.span.close
    opens = before_it.side is Side.OPEN or before_it.span.form is SpanForm.FROM
    is_of_listing = Window.BIDDING in before_it.topics
    is_on_it = (is_next and not opens) or (is_round and is_close and is_of_listing)
    return end if is_on_it and end is not None and end.has_date else None


def with_hours_in_brackets(spoken: Iterable[StatedTime]) -> list[StatedTime]:
    """The times; a window ends at the hour of its last day that the brackets behind it tell.

    As in `…至8月6日(工作日9:00-17:00,8月6日19:00截止)`.
    """
    found: list[StatedTime] = []
    for time in spoken:
        if found and _is_its_hour(time, found[-1]):
            window = found[-1]
            span = replace(window.span, close=time.span.close, end=time.span.end)
            found[-1] = replace(window, span=span)
        else:
            found.append(time)
    return found


_SPEAKS_OF_DAYS = re.compile(r"\((?:(?!地块|宗地|号)[^()])*")  # and of no parcel


def _is_its_hour(time: StatedTime, window: StatedTime) -> bool:
    """Return whether a time stands in the brackets behind a window as the hour of its last day."""
    between = window.sentence.text[window.span.end : time.span.start]
    is_behind = time.sentence is window.sentence and _SPEAKS_OF_DAYS.fullmatch(between) is not None
    is_an_end = end_behind(time.tail) is Side.CLOSE or between.endswith(("截至", "截止至"))
    hour, day = time.span.close, window.span.close
    if not (is_behind and is_an_end) or time.topics - window.topics or hour is None or day is None:
        return False
    is_that_day = (hour.month, hour.day) == (day.month, day.day)
    is_that_year = hour.year is None or hour.year == (day.year or (window.span.open or day).year)
    return hour.has_clock and not day.has_clock and is_that_day and is_that_year


def _shifted(sentence: Sentence, begin: int, earlier: StatedTime) -> Iterator[StatedTime]:
    """The end of a parcel's window that the words behind `begin` tell: `…延后30分钟`."""
    span = shifted(sentence.text, begin, earlier.span)
    if span is not None:
        side = earlier.side or Side.CLOSE
        yield replace(earlier, sentence=sentence, span=span, side=side, listed=0, rule="shifted")


CARRIED_ON = "carried-on"


def _the_end(label: Meaning, before: str, after: str, opening: StatedTime) -> Meaning:
    """Return the label of the end of the window that the time before opens.

    As in `挂牌起始时间T;截止时间T`, `T起接受报名,至T`, `T开始,T截止`, `T开始,截止时间为:A地块T`.
    Behind a window, or such an end of a parcel, that of another may stand: `T至T,其中A地块截止
    时间T`.
    """
    words = last_clause(before)
    found = joint(words)
    names = "" if found is None else found.names
    opens = opening.side is Side.OPEN or opening.span.form is SpanForm.FROM
    is_end = opening.side is Side.CLOSE or opening.span.form is SpanForm.RANGE
    leads = found is not None and (bool(found.label) or found.link.endswith(("至", "到")))
    ends = leads or (not words and end_behind(after) is Side.CLOSE)
    if (opens or (is_end and names)) and not label[0] and ends and opening.topics - {OTHER}:
        return opening.topics, Side.CLOSE
    return label


_UNDER_A_LABEL = re.compile(r":[一-鿿]{1,8}$")
_END_AND_NOUN = re.compile(r"(?:之?前|以前|为止|止|截止|整)?[,、]?(?P<noun>[一-鿿]{0,8})")


def _as_an_end(time: StatedTime, window: StatedTime, gap: str) -> StatedTime:
    """Return the time of a parcel as the end of its window, if that of others stands before it.

    As in `T至T(A地块)、T(B地块)`, `T至10:00(A地块);10:15(B地块)`, `6月8日至6月18日,A地块10:00`.
    """
    between = joint(gap)
    end, last = time.span.close, window.span.close
    is_end = time.span.form is SpanForm.POINT and time.side is not Side.OPEN
    if between is None or not is_end or end is None or last is None or not last.has_date:
        return time
    form = window.span.form
    if form not in (SpanForm.RANGE, SpanForm.UNTIL) or time.topics != window.topics:
        return time
    is_of_a_parcel = bool(between.names or between.note or between.of)
    is_labelled = bool(between.label) and states_date(time.quote)
    if not is_of_a_parcel or is_labelled or _is_earlier(end, last):
        return time
    span = replace(time.span, form=form, open=window.span.open)
    return replace(time, span=span, side=window.side)


def _is_earlier(end: Token, last: Token) -> bool:
    """Return whether an end is on a day before `last`; it may state no year."""
    years = (end.year, last.year) if end.year and last.year else (0, 0)
    day = (years[0], end.month or 0, end.day or 0)
    return day < (years[1], last.month or 0, last.day or 0)


def _carried_on(label: Meaning, before: str, after: str, opening: StatedTime) -> Meaning:
    """Return the label of the time before, for a parcel or a short noun without a label of its own.

    In `到账截止时间:建行T;农行T` two times of one parcel are then seen to disagree;
    `T至T(A地块至T)` is A's end of the window.
    """
    if goes_on(before, after, opening.tail):
        is_end = before.endswith(("至", "到"))  # what `A地块至` leads up to
        return opening.topics, Side.CLOSE if is_end else opening.side
    another = _END_AND_NOUN.fullmatch(before)
    noun = another["noun"] if another is not None and _END_AND_NOUN.fullmatch(after) else ""
    above = opening.sentence.text[: opening.span.start]
    is_under = opening.topics - {OTHER} and _UNDER_A_LABEL.search(above)
    has_own = label[0] - {OTHER} or any(own.topics - {OTHER} for own in labels(noun))
    return (opening.topics, opening.side) if noun and is_under and not has_own else label


def _from_above(
    label: Meaning,
    all_sentences: Sequence[Sentence],
    number: int,
    around: tuple[str, str],
    times: Sequence[Span],
    below: Meaning | None,
) -> Meaning:
    """Return the label of a sentence's first times, where the sentences above give it.

    It is that of a line that ends in a colon, or the line above.
    `around` is the words before and behind.
    """
    sentence = all_sentences[number]
    if not label[0] and len(times) == 1 and stands_alone(times[0], sentence.text):
        label = _label_above(all_sentences, number)
    words = _OWN_CLAUSE.match(around[1])  # `A地块:T前缴纳保证金` below `挂牌时间、地点`
    has_own = words is not None and bool(deeds(words[0]))
    is_below = below is not None and not has_own and only_names(around[0])
    return below if below is not None and is_below else label


_OWN_CLAUSE = re.compile(r"(?:(?:之?前|以前)[,，])?[^,。;?]*")
_MOST_LABEL = 24


def _label_above(all_sentences: Sequence[Sentence], number: int) -> Meaning:
    """Return the label on the line above a time that has a line of its own.

    None where more such lines follow, for they may be those of other parcels.
    """
    above = all_sentences[number - 1].text if number else ""
    below = all_sentences[number + 1].text if number + 1 < len(all_sentences) else ""
    alone = [span for span in spans(below) if stands_alone(span, below)]
    if alone or not above or len(above) > _MOST_LABEL or spans(above):
        return frozenset(), Side.UNKNOWN
    return heading_label(above.rstrip(":"))


def _label_below(
    sentence: Sentence,
    found: Sequence[Sequence[Span]],
    before_it: StatedTime | None,
    below: Meaning | None,
) -> Meaning | None:
    """Return the label of the lines that follow.

    A line `各地块挂牌时间分别为:` or a title `挂牌时间、地点` begins it, a line of one parcel keeps
    it.
    """
    if sentence.text == sentence.heading and not found:
        return _label_of_title(sentence.heading)
    if sentence.text.endswith(":"):
        words = last_clause(sentence.text.rstrip(":"))
        topics, side = heading_label(words)
        if not topics and found and before_it is not None:  # `挂牌开始时间T,截止时间如下:`
            topics, side = before_it.topics, side_of(words)
        return (topics, side) if topics else None
    return below if found and only_names(sentence.text[: found[0][0].start]) else None


def _label_of_title(title: str) -> Meaning | None:
    """Return the label of a section whose title names the time of one thing."""
    timed = [label for label in labels(title) if label.is_timed]
    topics = frozenset().union(*(label.topics for label in timed))
    return (topics, timed[-1].side) if len(timed) == 1 and topics - {OTHER} else None


_SAME_TIME = re.compile(
    r"(?:之?前|止)?\(([^()]{2,24}?)(?:与[此其])?(?:均|也|亦)?(?:相)?同(?:此|上)?\)"
)


def _of_the_same_time(after: str) -> frozenset[Topic]:
    """Return the topics that `(保证金到账截止时间同)` behind a time adds to its label."""
    found = _SAME_TIME.match(after)
    return heading_label(found[1])[0] - {OTHER} if found is not None else frozenset()


def _as_labelled(span: Span, text: str, topics: frozenset[Topic], side: Side) -> Span:
    """An auction that is `推迟至T` begins then; a window that is ends then.

    From an end (`挂牌截止时间:T起`) parcels may close one after the other: when is not told.
    """
    if span.form is SpanForm.FROM and side is Side.CLOSE:
        why = "something begins then under the name of an end"
        return replace(span, form=SpanForm.DAMAGED, why=why)
    if (
        Window.AUCTION in topics
        and span.form is SpanForm.UNTIL
        and MOVED_TO.search(text, 0, span.start)
    ):
        return replace(span, form=SpanForm.POINT)
    return span
