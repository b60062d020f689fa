"""Every time of running text with what it is for, by the words around it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from notifier.intake.notice.listed import ONLY_A_PARCEL, goes_on_below, lists, respectively
from notifier.intake.notice.phrases import (
    Side,
    Topic,
    bare_label,
    condition,
    labels_before,
    labels_of_the_same_time,
    last_clause,
    not_vetoed,
    other_mode,
    own_clause,
    side_of,
    topics_after,
    topics_of_title,
)
from notifier.intake.notice.spans import Form, Span, spans
from notifier.intake.notice.text import Sentence

_CLOSES_AFTER = re.compile(r"(?:\([^()]{0,24}\))?(?:之?前|以前|止|截止|为止|结束)")


Label = tuple[frozenset[Topic], Side]


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """A time with what it is for. `about` holds the keys of the parcels it is said of, empty for all.

    `listed`: the number of the list it stands in, 0 for none; `exception`: it is what holds for some parcels in
    place of what its paragraph says of all; `rule`: the name of what tells the topic."""

    sentence: Sentence
    span: Span
    topics: frozenset[Topic]
    side: Side
    condition: str = ""
    about: frozenset[int] = frozenset()
    inherited: bool = False
    parcel_no: str = ""
    listed: int = 0
    exception: bool = False
    rule: str = ""

    @property
    def quote(self) -> str:
        return self.sentence.text[self.span.start : self.span.end]

    @property
    def tail(self) -> str:
        """The words that follow it in its sentence."""
        return self.sentence.text[self.span.end :]


def said(all_sentences: Sequence[Sentence]) -> Iterator[Said]:
    """Every time of the text with what it is for; no topic where the words around do not tell."""
    before_it: Said | None = None
    below: Label | None = None
    mode = _Mode()
    number_of_list = 0
    for number, sentence in enumerate(all_sentences):
        mode.enter(sentence)
        found = lists(sentence.text, spans(sentence.text, last=sentence.last))
        earlier: list[Label] = []
        for place, times in enumerate(found):
            begin = found[place - 1][-1].end if place else 0
            stop = found[place + 1][0].start if place + 1 < len(found) else len(sentence.text)
            before, after = sentence.text[begin : times[0].start], sentence.text[times[-1].end : stop]
            rule, label = _first(Around(sentence, times, before, after))
            own = label
            if before_it is not None and before_it.sentence.line == sentence.line:
                label = _carried_on(_the_end(label, before, before_it), before, after, before_it)
            if not begin:
                label = _from_above(label, all_sentences, number, (before, after), times, before_it, below)
            if label != own:
                rule = "carried-on"
            if label[0] and len(times) == 1:
                label = label[0] | labels_of_the_same_time(after), label[1]
            in_order = respectively(before, len(times), earlier)
            rule = "respectively" if in_order else rule
            labels = in_order or [label] * len(times)
            number_of_list += 1
            for position, (span, (topics, side)) in enumerate(zip(times, labels, strict=True)):
                ends = times[position + 1].start if position + 1 < len(times) else stop
                before_it = Said(
                    sentence=sentence,
                    span=_moved_to(span, sentence.text, topics),
                    topics=topics,
                    side=_side_of(span, sentence.text[span.end : ends], side),
                    condition=condition(sentence.text[: span.start]) or mode.condition(topics),
                    listed=number_of_list if len(times) > 1 else 0,
                    rule=rule if topics else "",
                )
                earlier.append((topics, before_it.side))
                yield before_it
        below = _label_below(sentence, found, below)


_END_OF_IT = re.compile(r"(?:截止|结束|终止)(?:时间|日期)[:为是]*|直?至|到|截至|截止至")


def _the_end(label: Label, before: str, opening: Said) -> Label:
    """`挂牌起始时间T;截止时间T`, `T起接受报名,至T`: the end of the window that the time before it opens."""
    opens = opening.side is Side.OPEN or opening.span.form is Form.FROM
    if opens and not label[0] and _END_OF_IT.fullmatch(last_clause(before)):
        return opening.topics, Side.CLOSE
    return label


_UNDER_A_LABEL = re.compile(r":[一-鿿]{1,8}$")
_ANOTHERS = re.compile(r"(?:之?前|以前|为止|止|截止|整)?[,、]?(?P<noun>[一-鿿]{1,8})")
_NOTHING_ELSE = re.compile(r"(?:之?前|以前|为止|止|截止|整)?[,、]?(?:[一-鿿]{1,8})?")


def _carried_on(label: Label, before: str, after: str, one: Said) -> Label:
    """`到账截止时间:建行T;农行T`: a short noun without a label of its own, as the time before it has one, is under
    the label of that one; two times of one parcel are then seen to disagree."""
    noun = _ANOTHERS.fullmatch(before)
    if noun is None or label[0] - {Topic.OTHER} or not _NOTHING_ELSE.fullmatch(after):
        return label
    under = one.topics - {Topic.OTHER} and _UNDER_A_LABEL.search(one.sentence.text[: one.span.start])
    if not under:
        return label
    own = topics_of_title(noun["noun"]) or bare_label(noun["noun"], "", is_range=True)[0]
    return label if own - {Topic.OTHER} else (one.topics, one.side)


def _from_above(
    label: Label,
    all_sentences: Sequence[Sentence],
    number: int,
    around: tuple[str, str],
    times: Sequence[Span],
    before_it: Said | None,
    below: Label | None,
) -> Label:
    """The label of a sentence's first times, where the sentences above give it: that of the times before it, that
    of a line that ends in a colon, or the line above. `around` is the words before and behind."""
    sentence = all_sentences[number]
    if not label[0] and len(times) == 1 and _alone(times[0], sentence.text):
        label = _label_above(all_sentences, number)
    if before_it is not None and before_it.sentence.line == sentence.line and goes_on_below(*around, before_it.tail):
        return before_it.topics, before_it.side
    return below if below is not None and ONLY_A_PARCEL.fullmatch(around[0]) else label


class _Mode:
    """The other way of offering that a sentence sets under a condition; it holds on below while its times follow."""

    def __init__(self) -> None:
        self._words, self._topic, self._heading = "", Topic.OTHER, ""

    def enter(self, sentence: Sentence) -> None:
        if sentence.heading != self._heading:
            self._words = ""
        if (other := other_mode(sentence.text)) is not None:
            (self._words, self._topic), self._heading = other, sentence.heading

    def condition(self, topics: frozenset[Topic]) -> str:
        if topics - {Topic.OTHER, self._topic}:
            self._words = ""
        return self._words if self._topic in topics else ""


_MOST_LABEL = 24
_ENDS_A_LINE = re.compile(r"(?:之?前|以前|为止|止|起|整|\([^()]{0,24}\))*")


def _alone(span: Span, text: str) -> bool:
    return span.start == 0 and _ENDS_A_LINE.fullmatch(text, span.end) is not None


def _label_above(all_sentences: Sequence[Sentence], number: int) -> Label:
    """The label on the line above a time that has a line of its own; none where more such lines follow, for
    they may be those of other parcels."""
    above = all_sentences[number - 1].text if number else ""
    below = all_sentences[number + 1].text if number + 1 < len(all_sentences) else ""
    alone = [one for one in spans(below) if _alone(one, below)]
    if alone or not above or len(above) > _MOST_LABEL or spans(above):
        return frozenset(), Side.UNKNOWN
    return labels_before(above.rstrip(":"))


def _label_below(sentence: Sentence, found: Sequence[Sequence[Span]], below: Label | None) -> Label | None:
    """The label of the lines that follow: a line `各地块挂牌时间分别为:` begins it, a line of one parcel keeps it."""
    if not found and sentence.text.endswith(":"):
        label = labels_before(last_clause(sentence.text.rstrip(":")))
        return label if label[0] else None
    return below if found and ONLY_A_PARCEL.fullmatch(sentence.text[: found[0][0].start]) else None


_SINCE_THE_NOTICE = re.compile(r"自?本?(?:公告)?(?:发布|公布|刊登|见报)?之日起[至到]?$")


_ONLY_TIME = re.compile(r"(?:具体|举行|召开)?时间[为是:]*")
_AUCTION = re.compile(r"拍卖[^,。;]{0,12}(?:活动|会)")


def _event(before: str, span: Span) -> frozenset[Topic]:
    """`拍卖活动在交易中心进行,时间为:T`."""
    held = span.form is Form.POINT and _AUCTION.search(before) is not None
    return frozenset({Topic.AUCTION}) if held else frozenset()


@dataclass(frozen=True, slots=True)
class Around:
    """The times of one list with the words before and behind them, up to the next times."""

    sentence: Sentence
    times: Sequence[Span]
    before: str
    after: str

    @property
    def clause(self) -> str:
        return _SINCE_THE_NOTICE.sub("", last_clause(self.before))

    @property
    def follows(self) -> str:
        return self.sentence.text[self.times[0].end : self.times[1].start] if len(self.times) > 1 else self.after

    def without_vetoed(self, topics: frozenset[Topic]) -> frozenset[Topic]:
        return not_vetoed(topics, self.clause + own_clause(self.after))


_PRINTED_TITLE = re.compile(r"[^,。;:]{2,60}(?:公告|公示)(?:书)?")


def _printed_header(around: Around) -> Label | None:
    """A browser prints when it printed, and the title, above each page."""
    if around.before or not _PRINTED_TITLE.fullmatch(around.after):
        return None
    return frozenset({Topic.OTHER}), Side.UNKNOWN


def _word_before(around: Around) -> Label | None:
    topics, side = bare_label(around.clause, around.follows, is_range=around.times[0].form is Form.RANGE)
    return (around.without_vetoed(topics), side) if topics else None


def _label_before(around: Around) -> Label | None:
    topics, side = labels_before(around.clause)
    return (around.without_vetoed(topics), side) if topics else None


def _event_before(around: Around) -> Label | None:
    topics = _event(around.before, around.times[0]) if _ONLY_TIME.fullmatch(around.clause) else frozenset()
    return (topics, Side.UNKNOWN) if topics else None


def _deed_after(around: Around) -> Label | None:
    topics = topics_after(around.after, around.clause)
    if not topics or not _may_follow(topics, around.times[0], around.after):
        return None
    return topics, side_of(own_clause(around.after)[:_NEAR])


def _label_in_sentence(around: Around) -> Label | None:
    topics, side = labels_before(around.before)
    return (around.without_vetoed(topics), side) if topics else None


def _lead_before_colon(around: Around) -> Label | None:
    lead = around.before.split(":")[0] if ":" in around.before else ""
    topics = topics_of_title(lead)
    return (topics, Side.UNKNOWN) if topics else None


def _title_of_section(around: Around) -> Label | None:
    if _alone(around.times[0], around.sentence.text) and not around.sentence.first:
        return None  # under a title that has said something else, a line may be another's
    if around.sentence.last:
        return None  # what is done then was cut off
    topics = topics_of_title(around.sentence.heading)
    return (topics, Side.UNKNOWN) if topics else None


# the first that tells what a time is for decides; `bench.notices --ablate` says what each is worth
RULES: tuple[tuple[str, Callable[[Around], Label | None]], ...] = (
    ("printed-header", _printed_header),
    ("word-before", _word_before),
    ("label-before", _label_before),
    ("event-before", _event_before),
    ("deed-after", _deed_after),
    ("label-in-sentence", _label_in_sentence),
    ("lead-before-colon", _lead_before_colon),
    ("title-of-section", _title_of_section),
)


def _first(around: Around) -> tuple[str, Label]:
    """(the name of the rule that tells, what it tells)."""
    for name, rule in RULES:
        label = rule(around)
        if label is not None:
            return name, label
    return "", (frozenset(), Side.UNKNOWN)


_NEAR = 6  # characters: `…16时停止报名`
_TENDER = re.compile(r"(?:之?前|以前)[^,]{0,8}投标(?:文件|书)")


def _may_follow(topics: frozenset[Topic], span: Span, after: str) -> bool:
    """A window's words after a time need a window before them, save for a tender that is handed in until then; an
    auction is held at a point."""
    if Topic.BIDDING in topics:
        return span.form in (Form.RANGE, Form.UNTIL) or _TENDER.match(after) is not None
    return Topic.AUCTION not in topics or span.form in (Form.POINT, Form.UNTIL)


_MOVED_TO = re.compile(r"(?:延期|延长|顺延|推迟|延)至$")


def _moved_to(span: Span, text: str, topics: frozenset[Topic]) -> Span:
    """An auction that is `推迟至T` begins then; a window that is ends then."""
    if Topic.AUCTION in topics and span.form is Form.UNTIL and _MOVED_TO.search(text, 0, span.start):
        return replace(span, form=Form.POINT)
    return span


def _side_of(span: Span, after: str, side: Side) -> Side:
    if span.form is Form.UNTIL or (span.form is Form.POINT and _CLOSES_AFTER.match(after)):
        return Side.CLOSE
    return Side.OPEN if span.form is Form.FROM else side
