"""Make text into words of the lexicon, and these into labels that say what a time is for."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Final, Literal

from notifier.domain.values import MILESTONES, Window, WindowEnd
from notifier.intake.headings import WINDOWS, field_of

OTHER: Final = "other"
Topic = Window | Literal["other"]
"""What a time is for: a window of the auction, or something else."""


class Side(StrEnum):
    OPEN = "open"
    CLOSE = "close"
    UNKNOWN = ""


class WordRole(StrEnum):
    """The part of a label that a word is."""

    NAME = "name"
    WHEN = "when"
    OPEN = "open"
    CLOSE = "close"
    LINK = "link"
    FILL = "fill"
    AND = "and"
    FETCH = "fetch"
    VETO = "veto"
    PERSON = "person"
    PAPER = "paper"
    DOCUMENT = "document"
    ASPECT = "aspect"
    BEFORE = "before"


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the lexicon at `start`..`end` of a text.

    `topic` of a name, `side` of one that is an end. A `weak` name counts where a time is spoken of.
    """

    start: int
    end: int
    role: WordRole
    topic: Topic | None = None
    side: Side = Side.UNKNOWN
    weak: bool = False


@dataclass(frozen=True, slots=True)
class Label:
    """A noun at `start`..`end` that says what a time is for, of one or several topics.

    `is_timed`: it names a time (`报名截止时间`), not the deed alone (`报名`); `slack`: how many
    characters within it the lexicon does not know; `is_fetched`: a paper is fetched."""

    topics: frozenset[Topic]
    side: Side
    start: int
    end: int
    is_timed: bool
    slack: int = 0
    is_fetched: bool = False


@cache
def lexicon() -> dict[str, dict[str, list[str]]]:
    """The tables of lexicon.toml."""
    text = files("notifier.intake.notice").joinpath("lexicon.toml").read_text("utf-8")
    tables: dict[str, dict[str, list[str]]] = tomllib.loads(text)
    return tables


Meaning = tuple[WordRole, Topic | None, Side, bool]


@cache
def _meanings() -> dict[str, Meaning]:
    sides = {WordRole.OPEN: Side.OPEN, WordRole.CLOSE: Side.CLOSE}
    ends = {word: Side(side) for side, words in lexicon()["sides"].items() for word in words}
    known: dict[str, Meaning] = {}
    for name, words in lexicon()["parts"].items():
        role = WordRole(name)
        known |= dict.fromkeys(words, (role, None, sides.get(role, Side.UNKNOWN), False))
    for table in ("weak", "names"):
        for topic, words in lexicon()[table].items():
            for word in words:
                known[word] = (
                    WordRole.NAME,
                    OTHER if topic == OTHER else Window(topic),
                    ends.get(word, Side.UNKNOWN),
                    table == "weak",
                )
    return known


Trie = dict[str, "Trie"]


def any_of(words: Iterable[str]) -> str:
    """Return an expression that matches the longest of `words`.

    Its time does not depend on their number.
    """
    root: Trie = {}
    for word in words:
        node = root
        for char in word:
            node = node.setdefault(char, {})
        node[""] = {}
    return _branches(root)


def _branches(node: Trie) -> str:
    longer = [re.escape(char) + _branches(below) for char, below in node.items() if char]
    if not longer:
        return ""
    return f"(?:{'|'.join(longer)}){'?' if '' in node else ''}"


def _verbs_of_change(*kinds: str) -> str:
    return any_of(word for kind in kinds for word in lexicon()["change"][kind])


MOVED = _verbs_of_change("time")
CHANGED = _verbs_of_change("any", "time")
AMOUNT_CHANGED = _verbs_of_change("any", "amount")


@cache
def _words() -> re.Pattern[str]:
    return re.compile(any_of(_meanings()))


@lru_cache(maxsize=1024)
def scan(text: str) -> tuple[Word, ...]:
    """The known words of a dense text in order, the longest at each place."""
    known = _meanings()
    return tuple(
        Word(found.start(), found.end(), *known[found[0]]) for found in _words().finditer(text)
    )


_MOST_SLACK = 4  # characters between two words of one label that the lexicon need not know
_STOPS = re.compile(r"[,。;:?!|\n“”\"]")
_MARK = re.compile(r"[,。;?]")
_BRACKETS = "()"
_PARTS = frozenset(set(WordRole) - {WordRole.PERSON, WordRole.PAPER, WordRole.BEFORE})


def runs(text: str, words: Sequence[Word]) -> Iterator[list[Word]]:
    """The words, parted where a mark, a person or too much that is not known stands between two."""
    run: list[Word] = []
    for word in words:
        if word.role is WordRole.PAPER and run and not text[run[-1].end : word.start].strip('”"'):
            run = _without_last_name(run)
        if run and (_parted(text[run[-1].end : word.start]) or _begins(run, word)):
            yield run
            run = []
        if word.role in _PARTS:
            run.append(word)
            continue
        if run:
            yield run
        run = []
    if run:
        yield run


def _begins(run: Sequence[Word], word: Word) -> bool:
    """Return whether a name begins a label of its own: `到账截止时间竞买申请…`."""
    return (
        run[-1].role is WordRole.WHEN and word.role is WordRole.NAME and word.start == run[-1].end
    )


def _without_last_name(run: list[Word]) -> list[Word]:
    """`保证金缴纳凭证` is a paper, no deposit that is due; `“网上交易”链接` is on a page."""
    names = [place for place, word in enumerate(run) if word.role is WordRole.NAME]
    return run[: names[-1]] if names else run


def _parted(between: str) -> bool:
    unknown = between.strip(_BRACKETS)
    return len(unknown) > _MOST_SLACK or _STOPS.search(unknown) is not None


def label_of(text: str, run: Sequence[Word]) -> Label:
    """The label that a run of words is; without topics where it names none.

    The last name decides, and those that are joined to it by `和`; a verb such as `领取` or `退还`
    beside a name makes it another thing.
    """
    topics: list[Topic] = []
    first = len(run)
    joined, governed, on_paper, on_document = True, False, False, False
    for place in range(len(run) - 1, -1, -1):
        word = run[place]
        if word.role is WordRole.AND or _has_another_behind(text, run, place):
            joined = True
        elif word.role is WordRole.ASPECT and _is_joined_to_a_time(run, place):
            continue
        elif word.role in (WordRole.FETCH, WordRole.VETO):
            governed = governed or not topics
            if topics and not joined and not on_document:
                topics[-1] = OTHER
        elif word.role in (WordRole.DOCUMENT, WordRole.ASPECT):
            before = run[place - 1] if place else word
            # `申请资料`
            handed_in = word.role is WordRole.DOCUMENT and before.topic is Window.REGISTRATION
            if joined and not handed_in:
                on_paper = on_paper or not topics
                first, joined = place, False
            # `获取文件申请竞买`: the document is fetched, not what the name behind it says
            on_document = on_document or not handed_in or bool(topics)
        elif word.topic is not None and joined and not (word.weak and not _is_timed(run)):
            topics.append(OTHER if governed else word.topic)
            first = place
            joined = governed = on_document = False
    found = frozenset(topics)
    if len(found) > 1:
        found -= {OTHER}
    fetched = any(word.role is WordRole.FETCH for word in run)
    timed = _is_timed(run[first:])
    if governed or (on_paper and not found and (fetched or timed)):
        found = frozenset[Topic]({OTHER})
    behind = run[first:] or run
    slack = sum(
        len(text[label.end : other.start].strip(_BRACKETS)) for label, other in pairwise(behind)
    )
    return Label(
        topics=found,
        side=_side(behind),
        start=behind[0].start,
        end=run[-1].end,
        is_timed=timed,
        slack=slack,
        is_fetched=fetched,
    )


def _has_another_behind(text: str, run: Sequence[Word], place: int) -> bool:
    """Return whether a name of a time is followed by another in brackets: `截止时间(开标时间)`."""
    if run[place].role is not WordRole.WHEN or place + 1 == len(run):
        return False
    return text[run[place].end : run[place + 1].start] == "(" and _is_timed(run[place + 1 :])


def _is_joined_to_a_time(run: Sequence[Word], place: int) -> bool:
    """Return whether an aspect stands beside the time of the same thing: `挂牌地点及时间`."""
    roles = [word.role for word in run[place + 1 : place + 3]]
    return roles == [WordRole.AND, WordRole.WHEN]


def _is_timed(run: Sequence[Word]) -> bool:
    return any(word.role is WordRole.WHEN or word.side for word in run)


def _side(words: Iterable[Word]) -> Side:
    """Return the end of a window that the words name, if they name one."""
    sides = {word.side for word in words} - {Side.UNKNOWN}
    return sides.pop() if len(sides) == 1 else Side.UNKNOWN


def labels(text: str) -> list[Label]:
    """Every label in a text that names something, in order."""
    text = _BOTH.sub(r"和\1的", text) if "(" in text else text
    found = [label_of(text, run) for run in runs(text, scan(text))]
    return [label for label in found if label.topics]


# `报名(保证金缴纳)时间` is that of both
_BOTH = re.compile(
    r"(?<=[一-鿿])\(([^()]{0,4}(?:保证金|报名|申请)[^()]{0,4})\)(?=(?:起止|截止)?(?:时间|日期|期限)|截止)"
)


def labels_in_order(text: str) -> list[tuple[frozenset[Topic], Side]]:
    """Return each label of a time that a text names, those that `和` joins apart.

    `报名和挂牌截止时间`, `挂牌起始和截止时间` are two each.
    """
    found: list[tuple[frozenset[Topic], Side]] = []
    for run in runs(text, scan(text)):
        joints = [place for place, word in enumerate(run) if word.role is WordRole.AND]
        parts = [run[begin:end] for begin, end in pairwise([0, *joints, len(run)])]
        read = [label_of(text, part) for part in parts if part]
        following = Label(frozenset(), Side.UNKNOWN, 0, 0, is_timed=False)
        for place in range(len(read) - 1, -1, -1):
            if read[place].is_timed:
                following = read[place]
            elif read[place].topics:
                read[place] = replace(read[place], side=following.side, is_timed=following.is_timed)
        topics: frozenset[Topic] = frozenset()
        for label in read:
            topics = label.topics or topics
            if label.is_timed and topics - {OTHER}:
                found.append((topics, label.side))
    return found


def deeds(text: str) -> list[Label]:
    """Every deed that a text names, in order: `报名获取文件` are two."""
    found: list[Label] = []
    for run in runs(text, scan(text)):
        begins = [place for place, word in enumerate(run) if place and word.role is WordRole.FETCH]
        for begin, end in pairwise([0, *begins, len(run)]):
            found.append(label_of(text, run[begin:end]))
    return [label for label in found if label.topics]


def first_word(text: str) -> Word | None:
    """The known word with which a text begins."""
    words = scan(text)
    return words[0] if words and not words[0].start else None


def last_clause(text: str) -> str:
    """The words since the last comma or stop."""
    return _MARK.split(text)[-1]


def unknown(text: str, begin: int, end: int) -> int:
    """Return how many characters between `begin` and `end` no word of the lexicon covers.

    Colons and brackets are not counted.
    """
    covered = sum(
        word.end - word.start for word in scan(text) if begin <= word.start and word.end <= end
    )
    marks = sum(text.count(mark, begin, end) for mark in ":()")
    return end - begin - covered - marks


FIELD_TOPICS: Mapping[str, Topic] = {
    **{name.value: kind.window for name, kind in MILESTONES.items()},
    **{window: Window(window) for window in WINDOWS},
}
"""What the times under the heading of a field are for; a field without a time is not here."""
_SIDES = {WindowEnd.OPEN: Side.OPEN, WindowEnd.CLOSE: Side.CLOSE}
FIELD_SIDES: Mapping[str, Side] = {
    name.value: _SIDES[kind.end] for name, kind in MILESTONES.items() if kind.end in _SIDES
}
"""Which end of a window it is; not here, what starts or is a whole window."""
_LONGEST_HEADING = 30


def heading_label(words: str) -> tuple[frozenset[Topic], Side]:
    """Return what the times under a heading, or behind the words of a clause, are for."""
    known = field_of(words) if len(words) <= _LONGEST_HEADING else None
    found = labels(words)
    if known is not None:
        topics = frozenset({FIELD_TOPICS.get(known, OTHER)})
        joint = found[-1].topics if found else topics
        return (joint if topics < joint else topics), side_of(words)
    timed = [label for label in found if label.is_timed]
    return (timed[-1].topics, timed[-1].side) if timed else (frozenset(), Side.UNKNOWN)


_BOTH_SIDES = frozenset({Side.OPEN, Side.CLOSE})


def names_both_ends(words: str) -> bool:
    """Return whether the words name both ends of a window: `起止时间`, `开始及截止时间`."""
    found = scan(words)
    return {word.side for word in found} >= _BOTH_SIDES or any(
        word.role is WordRole.WHEN and words.startswith(("起止", "起讫"), word.start)
        for word in found
    )


def side_of(words: str) -> Side:
    """Return the end of a window that the words name, if they name one."""
    return _side(scan(words))
