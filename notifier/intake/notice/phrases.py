"""What a time is for, by the words around it. The words stand in phrases.toml, for people to extend."""

from __future__ import annotations

import re
import tomllib
from enum import StrEnum
from functools import cache
from importlib.resources import files

from notifier.domain.values import MilestoneName
from notifier.intake.headings import WINDOWS, field_of


class Topic(StrEnum):
    REGISTRATION = "registration"
    DEPOSIT = "deposit"
    BIDDING = "bidding"
    AUCTION = "auction"
    OTHER = "other"


class Side(StrEnum):
    OPEN = "open"
    CLOSE = "close"
    UNKNOWN = ""


@cache
def _patterns(side: str) -> dict[Topic, re.Pattern[str]]:
    table = tomllib.loads(files("notifier.intake.notice").joinpath("phrases.toml").read_text("utf-8"))
    return {Topic(topic): re.compile("|".join(f"(?:{one})" for one in words)) for topic, words in table[side].items()}


@cache
def _condition() -> tuple[re.Pattern[str], re.Pattern[str]]:
    table = tomllib.loads(files("notifier.intake.notice").joinpath("phrases.toml").read_text("utf-8"))["condition"]
    return re.compile("|".join(table["words"])), re.compile("|".join(table["modes"]))


_FIELD_TOPICS = {
    **{name.value: Topic(name.value.split("_")[0]) for name in MilestoneName},
    **{window: Topic(window) for window in WINDOWS},
}
_CLOSES = re.compile(r"截止|截至|结束|终止|最后|停止|截至|止日")
_OPENS = re.compile(r"开始|起始|起时|开始时间")
_LABEL_END = re.compile(r"(?:[:为是在于自从定]|拟|暂|即|均|可|分别|[即约定]为|日期|\([^()]{0,12}\))*$")
_CLAUSE = re.compile(r"[,。;?]")


def labels_before(clause: str) -> tuple[frozenset[Topic], Side]:
    """The topics that the end of `clause`, right before a time, names, and which end of a window it is."""
    ends: dict[Topic, re.Match[str]] = {}
    for topic, pattern in _patterns("before").items():
        for found in pattern.finditer(clause):
            ends[topic] = found
    words = _LABEL_END.sub("", clause)
    known = field_of(words[-30:]) if len(words) <= 30 else None
    if known in _FIELD_TOPICS:
        return frozenset({_FIELD_TOPICS[known], *_joined_with(ends)}), _side(words)
    if not ends:
        return (frozenset({Topic.OTHER}), Side.UNKNOWN) if known is not None else (frozenset(), Side.UNKNOWN)
    nearest = max(one.end() for one in ends.values())
    near = {topic for topic, one in ends.items() if one.end() >= nearest - 1 or _shares_label(clause, one, nearest)}
    if Topic.OTHER in near and len(near) > 1 and ends[Topic.OTHER].end() < nearest:
        near.discard(Topic.OTHER)
    return frozenset(near), _side(clause[min(ends[topic].start() for topic in near) :])


def _joined_with(ends: dict[Topic, re.Match[str]]) -> set[Topic]:
    """Both of registration and deposit where one label names both."""
    both = {Topic.REGISTRATION, Topic.DEPOSIT}
    return both if both <= set(ends) else set()


_JOINT = re.compile(r"(?:及|和|与|、|并|以及|均|都)")


def _shares_label(clause: str, one: re.Match[str], nearest: int) -> bool:
    """`报名截止时间和保证金到账截止时间均为`: both names are labels of the one time."""
    return _JOINT.match(clause, one.end()) is not None and nearest - one.end() <= 24


def _side(words: str) -> Side:
    closes, opens = _CLOSES.search(words) is not None, _OPENS.search(words) is not None
    if closes == opens:
        return Side.UNKNOWN
    return Side.CLOSE if closes else Side.OPEN


def topics_after(text: str) -> frozenset[Topic]:
    """The topic of what is to be done at a time, by the rest of its sentence. Registering outweighs everything else."""
    first: dict[Topic, int] = {}
    for topic, pattern in _patterns("after").items():
        found = pattern.search(text)
        if found is not None:
            first[topic] = found.start()
    if Topic.REGISTRATION in first:
        return frozenset({Topic.REGISTRATION})
    if not first:
        return frozenset()
    return frozenset({min(first, key=lambda topic: first[topic])})


def topics_of_title(title: str) -> frozenset[Topic]:
    """The one topic of a section's title or of the words before a colon; none if it has several."""
    if not title or len(title) > 24:
        return frozenset()
    found = {topic for topic, pattern in _patterns("title").items() if pattern.search(title)}
    return frozenset(found) if len(found) == 1 else frozenset()


def condition(text: str) -> str:
    """The condition that the beginning of a sentence sets on its deadlines, empty if it sets none."""
    words, modes = _condition()
    found = words.search(text)
    if found is None or modes.search(text) is None:
        return ""
    return text[found.start() :][:60]


def last_clause(text: str) -> str:
    """The words since the last comma or stop."""
    return _CLAUSE.split(text)[-1]
