"""Times whose label is no proof: others beside them were not understood."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from notifier.intake.notice.folded_text import Sentence
from notifier.intake.notice.prose import StatedTime
from notifier.intake.notice.scan import Side, labels, last_clause
from notifier.intake.notice.spans import Span, SpanForm

# `备注:已终止交易,原拍卖时间:T`
_EARLIER_OFFER = re.compile(r"原(?:定)?(?:拍卖|挂牌|招标|报名|竞买|竞价|保证金)[^,。;]{0,10}\Z")
_LONGEST_LABEL, _LONGEST_CLAUSE = 20, 60  # characters
# of some parcels: `拍卖时间为T,A地块为当日15时,B地块截止时间为次日9时,C地块提前一日`
_RELATIVE_DAY = (
    r"(?:(?:(?:[当同次翌]|前[一1]|后[一1])[日天]|次月\d{1,2}日)(?:[上下中]午)?\d{1,2}[时点:]"
    r"|(?:报名|申请|挂牌|竞价|报价)?截止(?:时间|日期?)?之?前[一1二2两三3五5]个?(?:工作)?[日天]"
    r"|(?:提前|推迟|延后|顺延)(?:至|到)?(?:[一二两三]|\d{1,2}|[当次翌])个?(?:工作)?[日天])"
)
_RELATIVE = re.compile(rf"(?:地块|宗地|号地?)[一-鿿]{{0,8}}?{_RELATIVE_DAY}")
RELATIVE_DAY = re.compile(_RELATIVE_DAY)
_NAMES_PARCELS = re.compile(r"地块|宗地|\d号")


def in_doubt(
    spoken: Sequence[StatedTime], known: Sequence[StatedTime], *, is_offer: bool
) -> list[StatedTime]:
    """The times in doubt, in order, with those that are `known` to be."""
    # in a notice of change a time without a label may be the new one of that before it
    unknown = [time for time in spoken if is_offer and _is_of_unknown(time)]
    doubted = {id(time) for time in known} | _before_others(spoken, unknown)
    if not is_offer:
        return [time for time in spoken if id(time) in doubted]
    rows = {time.sentence.line for time in spoken if time.sentence.place.table and not time.topics}
    return [
        time
        for time in spoken
        if id(time) in doubted
        # a row of a table that is read as text: whose each time is was told by its columns
        or (time.topics and time.sentence.line in rows)
        or (time.topics and _is_of_earlier_offer(time))
    ]


def _is_of_earlier_offer(time: StatedTime) -> bool:
    begin = max(time.span.start - _LONGEST_LABEL, 0)
    return _EARLIER_OFFER.search(time.sentence.text, begin, time.span.start) is not None


def _is_of_unknown(time: StatedTime) -> bool:
    """Return whether a time is said of parcels, but not what it is for."""
    begin = max(time.span.start - _LONGEST_CLAUSE, 0)
    clause = last_clause(time.sentence.text[begin : time.span.start])
    return not time.topics and _NAMES_PARCELS.search(clause) is not None


def with_relative_days(
    spoken: Sequence[StatedTime], all_sentences: Sequence[Sentence]
) -> list[StatedTime]:
    """The times, with those told by another's day among them, which are damaged: `次日9时`."""
    times_of = _by_sentence(spoken)
    found: list[StatedTime] = []
    for sentence in all_sentences:
        relative = [
            time
            for match in _unread(RELATIVE_DAY, sentence, times_of[sentence])
            for time in time_of_relative_day(sentence, match)
        ]
        times = [*times_of[sentence], *relative]
        found += sorted(times, key=lambda time: time.span.start)
    return found


def time_of_relative_day(sentence: Sentence, day: re.Match[str]) -> Iterator[StatedTime]:
    """The time that a sentence tells by another's day, if words before it say what it is for."""
    for label in labels(sentence.text[: day.start()])[-1:]:
        span = Span(start=day.start(), end=day.end(), form=SpanForm.POINT)
        yield StatedTime(
            sentence=sentence, span=not_told(span), topics=label.topics, side=label.side
        )


def not_told(span: Span) -> Span:
    """Return a time of which the words do not tell when it is."""
    return replace(span, form=SpanForm.DAMAGED, why="it is told by a change or by another day")


def _unread(
    pattern: re.Pattern[str], sentence: Sentence, times: Sequence[StatedTime]
) -> Iterator[re.Match[str]]:
    starts = [time.span.start for time in times]
    for match in pattern.finditer(sentence.text):
        place = bisect_left(starts, match.end()) - 1
        if place < 0 or match.end() > times[place].span.end:
            yield match


def _by_sentence(spoken: Sequence[StatedTime]) -> defaultdict[Sentence, list[StatedTime]]:
    times_of: defaultdict[Sentence, list[StatedTime]] = defaultdict(list)
    for time in spoken:
        times_of[time.sentence].append(time)
    return times_of


_ENDS = re.compile(r"截止|结束")
# not `9时至17时`, `每日9时`: the hours of all days
_HOUR = re.compile(
    r"(?<![\d至到\-~每日:])\d{1,2}(?:[时点](?!间)|:\d\d)(?:\d{1,2}分)?[整正]?(?![\d至到\-~:]|前\d)"
)
_EVERY_DAY = re.compile(
    r"每[日天个]|工作日|节假日|上班|办公|工作时间|[上下]午\d[^,;。]{0,12}[至到\-~]"
)


def hours_behind(
    spoken: Sequence[StatedTime], all_sentences: Sequence[Sentence]
) -> Iterator[tuple[StatedTime, str]]:
    """Yield each end of a window that is a day, with the words behind it that may tell its hour.

    `至12月28日,两宗地依次于10时、11时截止`: no time that was read, and nobody may take the day
    for all that is stated. Words are looked at up to the next time in the paragraph.
    """
    number_of = {sentence: number for number, sentence in enumerate(all_sentences)}
    for at, time in enumerate(spoken):
        end = time.span.close
        if end is None or end.has_clock or time.side is Side.OPEN:
            continue
        following = spoken[at + 1] if at + 1 < len(spoken) else None
        number = number_of[time.sentence]
        begin = time.span.end
        while number < len(all_sentences) and all_sentences[number].line == time.sentence.line:
            text = all_sentences[number].text
            is_last = following is not None and following.sentence is all_sentences[number]
            words = text[begin : following.span.start if is_last and following else len(text)]
            if _ENDS.search(words) and _HOUR.search(words) and not _EVERY_DAY.search(words):
                yield time, words
                break
            if is_last:
                break
            number, begin = number + 1, 0


def _before_others(spoken: Sequence[StatedTime], unknown: Sequence[StatedTime]) -> set[int]:
    """The times behind which the sentence tells others of parcels that were not understood."""
    times_of = _by_sentence(spoken)
    last_unknown = {time.sentence: time.span.start for time in unknown}
    doubted: set[int] = set()
    for sentence, times in times_of.items():
        last = last_unknown.get(sentence, 0)
        for match in _unread(_RELATIVE, sentence, times):
            last = max(last, match.start())
        # a beginning stands: what others may have is another end
        ends = [time for time in times if time.topics and time.side is not Side.OPEN]
        doubted |= {id(time) for time in ends if time.span.end <= last}
    return doubted
