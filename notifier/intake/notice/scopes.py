"""Assign each time of running text to its parcels, where the text names some of several."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby, zip_longest
from typing import NamedTuple

from notifier.domain.values import Window
from notifier.intake.notice.between_times import COUNT, OTHERS, joint, names_behind
from notifier.intake.notice.folded_text import Sentence
from notifier.intake.notice.listed import says_respectively
from notifier.intake.notice.named import Keys, Names
from notifier.intake.notice.parcel_drafts import ParcelDraft, shown
from notifier.intake.notice.prose import StatedTime
from notifier.intake.notice.scan import Side, Topic, labels_in_order

NOBODY = frozenset({-1})


def scoped(
    everything: list[StatedTime], all_sentences: Sequence[Sentence], drafts: Sequence[ParcelDraft]
) -> list[StatedTime]:
    """The times with the parcels they are said of.

    A line of its own that only names a parcel (`地块编号:…`, `(一)2024-01号地块`) holds for the
    lines below it; several, one right below the other, are a list of parcels and hold together.
    """
    if len(drafts) < 2 or not everything:
        return everything
    names = Names(drafts)
    numbers = {frozenset({draft.key}): draft.number for draft in drafts}
    found: list[StatedTime] = []
    waiting = deque(everything)
    heading, line, about = "", frozenset[int](), frozenset[int]()
    part, of_part = "", frozenset[int]()
    named: set[int] = set()
    number: int | None = None
    listed = frozenset[int]()  # by the lines right above that only name parcels
    items: set[Keys] = set()  # whom what semicolons part is about
    for sentence in all_sentences:
        if sentence.line != number or sentence.heading != heading:
            if sentence.part != part:
                part, of_part = sentence.part, _of_part(sentence.part, names)
            line = line if sentence.heading == heading else of_part
            is_rest = _ONLY_OTHERS.match(sentence.text) is not None  # of the lines above
            about, named = line, named if is_rest else set()
        if not sentence.goes_on:
            if len(items) > 1 and frozenset().union(*items) == names.everybody:
                about = line  # what follows a list of all is of all again
            items = set()
        number, heading = sentence.line, sentence.heading
        label = _NUMBER_LINE.fullmatch(sentence.text)
        only = names.only(sentence.text) if label is None else frozenset()
        listed = only if not only or listed & only else listed | only
        if label is not None:
            line = about = names.named(label[1]) or _masked(label[1], drafts)
        elif only:
            line = about = listed if len(listed) < len(drafts) else frozenset()
        mine: list[StatedTime] = []
        while waiting and waiting[0].sentence == sentence:
            mine.append(waiting.popleft())
        if mine:
            spoken = _Sentence(names, about, named)
            placed = spoken.place(mine)
            found += [replace(time, parcel_no=numbers.get(time.about, "")) for time in placed]
            subjects = {time.about for time in placed}
            items |= subjects
            is_of_each = len(subjects) > 1 and frozenset().union(*subjects) == names.everybody
            about = line if is_of_each else spoken.about  # what follows is of all again
        elif mentions := names.mentions(sentence.text):
            keys = frozenset(mention.key for mention in mentions)
            # where all are listed, nobody is left to be one of the others
            named |= keys if keys != names.everybody else set()
            if not mentions[0].start and len(keys) == 1:  # it goes on about that parcel
                about = keys
    return [*found, *waiting]


_OFFERED_SO = re.compile(r"采[取用]|方式|进行|:$")


def _of_part(title: str, names: Names) -> frozenset[int]:
    """Return the parcels that a part of the notice is about: `四、A、B地块采取现场挂牌。`."""
    mentions = names.mentions(title) if _OFFERED_SO.search(title) else []
    named = frozenset(mention.key for mention in mentions)
    is_subject = mentions and not mentions[0].start and len(named) < len(names.drafts)
    return named if is_subject else frozenset()


_ONLY_A_LABEL = re.compile(r"[一-鿿]{2,12}:")


def out_of_place(
    everything: Sequence[StatedTime], all_sentences: Sequence[Sentence]
) -> list[StatedTime]:
    """Return the times in lines of parcels that may be those of another parcel.

    Lines such as `报名时间:T` stand below the line that names their parcel. What stands above the
    first such line of a section, and again below it, has lost its own; so may have what stands
    between two lines that name the same parcel. Where the file ends with such a line, what came
    below it is lost.
    """
    doubtful: list[StatedTime] = []
    waiting = deque(everything)
    lines: list[StatedTime] = []  # since the section began, or a line named a parcel
    above: list[StatedTime] = []  # those above the first such line
    topics_above: frozenset[Topic] = frozenset()
    heading, number = "", ""
    for sentence in all_sentences:
        if sentence.heading != heading:
            lines, topics_above, heading, number = [], frozenset(), sentence.heading, ""
        if (label := _NUMBER_LINE.fullmatch(sentence.text)) is not None:
            if label[1] == number:
                doubtful += lines
            above = lines if not number else []
            topics_above = frozenset().union(*(time.topics for time in above))
            lines, number = [], label[1]
            doubtful += above if sentence.last else []
        while waiting and waiting[0].sentence == sentence:
            time = waiting.popleft()
            if not _ONLY_A_LABEL.fullmatch(time.sentence.text, 0, time.span.start):
                continue
            if joint(time.tail) is not None:
                lines.append(time)
            if time.topics & topics_above:
                doubtful += above
                topics_above = frozenset()
    return doubtful


# `T拍卖A地块,当日T拍卖B地块`; `原定T举行的A地块拍卖会`: which is what the words go on about
_DEED_OF_A_PARCEL = re.compile(
    r"(?:公开|现场)?(?:拍卖|竞价|出让)(?=[^,。;]{0,30}(?:地块|宗地))([^,。;]{2,60})"
    r"|(?:举[行办]|召开|进行|截止)的(?P<subject>[^,。;\d]{0,6}[\w\-()]{2,40}?)(?:地块|宗地)"
)
_EVERY = re.compile(rf"(?:各|上述|前述|以上|所有|全部)(?:{COUNT}[宗个幅块])?(?:出让)?(?:地块|宗地)")
_ONLY_OTHERS = re.compile(OTHERS)
_OTHERS = re.compile(rf"其[余他它]|{OTHERS}")
# a code as only a parcel has, right before the word for it: `2031-7号地块`, `JA-05地块`
_NAMES_A_PARCEL = re.compile(
    r"(?<![A-Za-z\d])(?:[A-Z]{1,4}[A-Z\d\-]*\d|20\d\d[\d\-]*-\d{1,4}|[甲乙丙丁戊己])号?(?:地块|宗地)"
)
_BUT = re.compile(r"除([^,。;]{2,60}?)(?:以|之)?外|([^,。;(]{2,60})(?:除外|外$)")
# `起止时间与2031-1号地块一致`: what is said is of another
_COMPARED = re.compile(
    r"(?:与|同|按照?|参照)[^,。;]{2,50}?(?:一致|相同|同步|执行)(?=[,;。])(?!.*均)"
)
_IN_PLACE_OF = re.compile(r"[,(;]?(?:其中|但|惟|唯|仅)|[^()]*\((?=[^()]*$)|\([^()]*$")


_TWO_LABELS = re.compile(
    r"(?:报名|申请|保证金|挂牌|报价)[^,。;]{0,8}[、及和与][^,。;]{0,4}(?:报名|申请|保证金|挂牌|报价)"
)


# `公告出让的A、B地块,现决定:A地块报名截止时间延期至T`, `A地块终止出让,B地块延期至T`: what stands
# before is said of other parcels, too
_ANEW = re.compile(
    r":|现(?!场|状|行|金)|决定|其中|(?:终止|中止|暂停|暂缓|撤[回销牌]|取消)[^,]{0,60},"
)


def _says_all_alike(words: str) -> bool:
    """Return whether a time is of all parcels: `…截止时间均为`.

    Not where two labels are alike (`报名和保证金截止时间均为`).
    """
    return "均" in words and len(labels_in_order(words)) == 1 and _TWO_LABELS.search(words) is None


class _NamedTime(NamedTuple):
    """A time with the `words` before it, and the parcels that they name, or those behind it."""

    time: StatedTime
    words: str
    keys: Keys | None
    is_behind: bool


class _Sentence:
    """The times of one sentence, one list after the other."""

    def __init__(self, names: Names, about: Keys, named: set[int]) -> None:
        self._names, self.about, self._named = names, about, named

    def place(self, times: Sequence[StatedTime]) -> list[StatedTime]:
        placed: list[StatedTime] = []
        numbered = enumerate(self._named_times(times))
        for _, group in groupby(numbered, lambda each: each[1].time.listed or -each[0] - 1):
            together = [each for _, each in group]
            placed += self._list(together) if len(together) > 1 else [self._single(together[0])]
        return placed

    def _named_times(self, times: Sequence[StatedTime]) -> Iterator[_NamedTime]:
        begin = 0
        for time, following in zip_longest(times, times[1:]):
            text = time.sentence.text
            stop = following.span.start if following is not None else len(text)
            behind, length = self._behind(time, stop)
            words = text[begin : time.span.start]
            yield _NamedTime(time, words, behind or self._before(words), bool(behind))
            begin = time.span.end + length

    def _behind(self, time: StatedTime, stop: int) -> tuple[Keys, int]:
        """Return the parcels named right behind a time, and the length of those words alone.

        They stand in brackets, or as `为X号地块`.
        """
        words = time.sentence.text[time.span.end : stop]
        inner, end = names_behind(words)
        subject = False
        if not inner and (found := _DEED_OF_A_PARCEL.match(words)):
            inner, end = found[found.lastindex or 0], found.end()
            subject = bool(found["subject"])
        named = self._named_by(inner)
        if not named and _ONLY_OTHERS.fullmatch(inner):
            named = self._others()
        self._remember(named)
        return named, end if named and not subject else 0

    def _named_by(self, words: str) -> Keys:
        """The parcels that words name: all but those of which they say `除…外`."""
        if (but := _BUT.search(words)) and (named := self._names.named(but[but.lastindex or 0])):
            return self._names.everybody - named
        return self._names.named(words)

    def _others(self) -> Keys:
        """All parcels but those that were named; nobody where none was."""
        return self._names.everybody - self._named if self._named else frozenset()

    def _before(self, words: str) -> Keys | None:
        """The parcels that the words before a time name; None where they name none."""
        words = _COMPARED.sub("", words)
        if _BUT.search(words) and (named := self._named_by(words)):
            return named
        *before, words = _ANEW.split(words)
        self._remember(self._names.named("".join(before)))
        keys = self._spoken_of(words)
        while keys is None and before:
            keys = self._spoken_of(before.pop())
        return keys

    def _spoken_of(self, words: str) -> Keys | None:
        named = self._names.named(words)
        if self._names.hides_some(words):
            return NOBODY
        self._remember(named)
        if named:
            return named
        if _OTHERS.search(words) and (others := self._others()):
            return others
        if _EVERY.search(words) or _says_all_alike(words):
            return self._names.everybody
        is_unknown = _NAMES_A_PARCEL.search(words) is not None  # none that is known
        return NOBODY if is_unknown else None

    def _remember(self, named: Keys) -> None:
        """Where all are listed, nobody is left to be one of the others."""
        self._named |= named if named != self._names.everybody else set()

    def _some(self, named: Keys) -> Keys:
        return named if len(named) < len(self._names.drafts) else frozenset()

    def _single(self, named: _NamedTime) -> StatedTime:
        if named.keys is None:
            return replace(named.time, about=self.about)
        about = self._some(named.keys)
        if not named.is_behind and not (about and _IN_PLACE_OF.match(named.words)):
            self.about = about
        return replace(named.time, about=about)

    def _list(self, together: Sequence[_NamedTime]) -> list[StatedTime]:
        """Give each of a list of times to its parcel, or all to all.

        In the latter case they are seen to disagree.
        """
        times = [each.time for each in together]
        whose = [each.keys or frozenset() for each in together]
        first = times[0]
        words = first.sentence.text[: first.span.start]
        in_order = self._names.in_order(together[0].words) or self._names.in_order(words)
        same = len({(time.topics, _side(time)) for time in times}) == 1
        between = first.sentence.text[first.span.end : times[-1].span.start]
        if (
            same
            and not self._names.mentions(between)
            and says_respectively(first.sentence.text)
            and len(in_order) == len(times) == len(set(in_order))
        ):
            return self._each(times, [frozenset({key}) for key in in_order])
        if not same or not any(whose):
            about = self._some(whose[0]) if whose[0] else self.about
            return [replace(time, about=about) for time in times]
        if all(whose[1:]) and _is_exception(times, self._some(whose[0])):
            everybody = whose[0] or self.about or self._names.everybody
            return self._each(times, [everybody.difference(*whose[1:]), *whose[1:]])
        if not all(whose) or sum(map(len, whose)) > len(frozenset().union(*whose)):
            return [replace(time, about=frozenset()) for time in times]
        self.about = frozenset()
        return self._each(times, whose)

    def _each(self, times: Sequence[StatedTime], whose: Sequence[Keys]) -> list[StatedTime]:
        """The times, each of its parcels; without one for which none is left."""
        pairs = zip(times, whose, strict=True)
        return [replace(time, about=self._some(keys)) for time, keys in pairs if keys]


def _side(time: StatedTime) -> Side:
    """Return the end that a time is; of an auction it is none, whatever begins or ends then."""
    return Side.UNKNOWN if time.topics == {Window.AUCTION} else time.side


def _is_exception(times: Sequence[StatedTime], named: Keys) -> bool:
    """Return whether the first time is of all but those that the others name.

    As in `8月20日15时(A地块为8月21日15时)`, and `T,A地块T` where the first has no `named` ones.
    """
    between = times[0].sentence.text[times[0].span.end : times[1].span.start]
    found = joint(between)
    names_others = not named and found is not None and bool(found.names)
    return names_others or _IN_PLACE_OF.match(between) is not None


_NUMBER_LINE = re.compile(
    r"(?:[一-鿿]{0,4}(?:地块|宗地|土地)(?:编)?号|编号):?([^,。;:]{2,40}?)(?:地块|宗地)?:?"
)


def _masked(name: str, drafts: Sequence[ParcelDraft]) -> Keys:
    """Return the one parcel whose number is masked, too.

    Nobody, so that a time is not taken for all, if that is not clear.
    """
    blank = [draft.key for draft in drafts if not shown(draft.number)]
    return frozenset(blank) if len(blank) == 1 and not shown(name) else NOBODY
