"""What a time is for, by the words around it. The words stand in phrases.toml, for people to extend."""

from __future__ import annotations

import re
import tomllib
from enum import StrEnum
from functools import cache
from importlib.resources import files

from notifier.domain.values import MILESTONES
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
    **{name.value: Topic(kind.window.value) for name, kind in MILESTONES.items()},
    **{window: Topic(window) for window in WINDOWS},
}
_CLOSES = re.compile(r"截止|揭牌|摘牌|截至|结束|终止|最后|停止|截至|止日")
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
        return frozenset({_FIELD_TOPICS[known], *_joined_with(ends)}), side_of(words)
    if not ends:
        return (frozenset({Topic.OTHER}), Side.UNKNOWN) if known is not None else (frozenset(), Side.UNKNOWN)
    nearest = max(one.end() for one in ends.values())
    near = {topic for topic, one in ends.items() if one.end() >= nearest - 1 or _shares_label(clause, one, nearest)}
    if Topic.OTHER in near and len(near) > 1 and ends[Topic.OTHER].end() < nearest:
        near.discard(Topic.OTHER)
    return frozenset(near), side_of(clause[min(ends[topic].start() for topic in near) :])


def labels_in_order(text: str) -> list[tuple[frozenset[Topic], Side]]:
    """Every label that the text names, in its order."""
    found = sorted(
        (one.start(), topic, one[0])
        for topic, pattern in _patterns("before").items()
        if topic is not Topic.OTHER
        for one in pattern.finditer(text)
    )
    return [(frozenset({topic}), side_of(words)) for _, topic, words in found]


def _joined_with(ends: dict[Topic, re.Match[str]]) -> set[Topic]:
    """Both of registration and deposit where one label names both."""
    both = {Topic.REGISTRATION, Topic.DEPOSIT}
    return both if both <= set(ends) else set()


_JOINT = re.compile(r"(?:及|和|与|、|并|以及|均|都)")


def _shares_label(clause: str, one: re.Match[str], nearest: int) -> bool:
    """`报名截止时间和保证金到账截止时间均为`: both names are labels of the one time."""
    return _JOINT.match(clause, one.end()) is not None and nearest - one.end() <= 24


def side_of(words: str) -> Side:
    """Which end of a window the words name, if they name one."""
    closes, opens = _CLOSES.search(words) is not None, _OPENS.search(words) is not None
    if closes == opens:
        return Side.UNKNOWN
    return Side.CLOSE if closes else Side.OPEN


_BRACKETS = re.compile(r"\([^()]*\)")
_CLOCK = r"(?:上午|下午|每日|每天|工作日|工作时间|\d{1,2}(?:[:时点]\d{0,2}分?|分)?|[至到\-~、和及])"
# the words of a clause that says only until when, or where: what is done stands in the next one
_ONLY_WHEN = re.compile(
    rf"(?:之?前|以前|止|起|后|间|期间|之?内|为止|[:|\s]|{_CLOCK})*(?:[到至向在于]|通过|登[录陆]|携带|持|凭|须|应|由|将|可)?"
)
_WHERE = re.compile(r"(?:之?前|以前|止|起|后|期间|之?内|须|应|可|均)*(?:[到至向在于]|通过|登[录陆]|携带|持|凭|进入)")
_GOES_ON = re.compile(r"[并且及和与再按]|在线|网上|提交|提出|办理")
_AND = re.compile(r"[^,。;:]{0,12}?(?:并|及|和|与|、|且)|[^,。;:]{0,12}?,并")


def own_clause(after: str) -> str:
    """What follows a time up to the end of its clause, without what stands in brackets."""
    return _CLAUSE.split(_BRACKETS.sub("", after), maxsplit=1)[0]


def _deed(after: str) -> str:
    """The clause that says what is done at a time: its own; the next where its own only says when or where.
    Clauses that go on without a subject of their own (`并…`, `在线提交…`) belong to it."""
    clauses = _CLAUSE.split(_BRACKETS.sub("", after))
    first = next((place for place, one in enumerate(clauses) if not _says_no_deed(one)), None)
    if first is None:
        return ""
    end = first + 1
    while end < len(clauses) and _GOES_ON.match(clauses[end]):
        end += 1
    return ",".join(clauses[first:end])


def _says_no_deed(clause: str) -> bool:
    if _ONLY_WHEN.fullmatch(clause):
        return True
    return _WHERE.match(clause) is not None and not any(one.search(clause) for one in _patterns("after").values())


def topics_after(text: str, before: str = "") -> frozenset[Topic]:
    """The topic of what is to be done at a time, by the clause behind it; `before` is the beginning of that clause.

    The nearest counts, but that to register outweighs the papers that are fetched for it."""
    deed = _deed(text)
    first: dict[Topic, re.Match[str]] = {}
    for topic, pattern in _patterns("after").items():
        found = pattern.search(deed)
        if found is not None and not _vetoed(topic, before, deed, found.start()):
            first[topic] = found
    if not first:
        return frozenset({Topic.OTHER}) if _mentions_vetoed(before + deed) else frozenset()
    if Topic.REGISTRATION in first and Topic.DEPOSIT in first and _both(first, deed):
        return frozenset({Topic.REGISTRATION, Topic.DEPOSIT})
    nearest = min(first, key=lambda topic: first[topic].start())
    return frozenset({Topic.REGISTRATION if nearest is Topic.OTHER and Topic.REGISTRATION in first else nearest})


def _both(first: dict[Topic, re.Match[str]], deed: str) -> bool:
    """`缴纳竞买保证金并办理竞买申请手续`: both are due."""
    one, other = sorted((first[Topic.REGISTRATION], first[Topic.DEPOSIT]), key=lambda found: found.start())
    return one.end() > other.start() or _AND.match(deed[one.end() : other.start()]) is not None


def _vetoed(topic: Topic, before: str, deed: str, start: int) -> bool:
    """Whether the words around say that this is nothing that is due to bid."""
    veto = _patterns("veto").get(topic)
    if veto is None:
        return False
    return veto.search(before + (deed[:start] if topic is Topic.REGISTRATION else deed)) is not None


def _mentions_vetoed(clause: str) -> bool:
    return "保证金" in clause and _patterns("veto")[Topic.DEPOSIT].search(clause) is not None


def not_vetoed(topics: frozenset[Topic], clause: str) -> frozenset[Topic]:
    """`topics` without a deposit that the clause only gives back, or that is another deposit."""
    if Topic.DEPOSIT in topics and _patterns("veto")[Topic.DEPOSIT].search(_BRACKETS.sub("", clause)):
        return (topics - {Topic.DEPOSIT}) or frozenset({Topic.OTHER})
    return topics


_SAME_TIME = re.compile(r"(?:之?前|止)?\(([^()]{2,24}?)(?:与[此其])?(?:均|也|亦)?(?:相)?同(?:此|上)?\)")


def labels_of_the_same_time(after: str) -> frozenset[Topic]:
    """What `(保证金到账截止时间同)` behind a time adds to its label."""
    found = _SAME_TIME.match(after)
    return labels_before(found[1])[0] - {Topic.OTHER} if found is not None else frozenset()


_DEADLINE_AFTER = re.compile(r"(?:之?前|以前|止|截止|为止|结束|开始|起)")


def bare_label(clause: str, after: str, *, is_range: bool) -> tuple[frozenset[Topic], Side]:
    """The topic of a word such as `报名` that stands alone right before a range, or before a time that ends so."""
    until = clause.endswith(("至", "到"))
    if not (is_range or until or _DEADLINE_AFTER.match(_BRACKETS.sub("", after))):
        return frozenset(), Side.UNKNOWN
    words = re.split(r"[()]|同时|接受|受理|进行", clause.rstrip("至到为于从自:"))[-1]
    topics = [_bare(piece) for piece in re.split(r"[、及和与]", words)]
    if topics[-1] is None:
        return frozenset(), Side.UNKNOWN
    known = {topic for topic in topics if topic is not None} if None not in topics else {topics[-1]}
    return frozenset(known), Side.CLOSE if until else Side.UNKNOWN


def _bare(words: str) -> Topic | None:
    return next((topic for topic, pattern in _patterns("bare").items() if pattern.fullmatch(words)), None)


def topics_of_title(title: str) -> frozenset[Topic]:
    """The one topic of a section's title or of the words before a colon; none if it has several."""
    if not title or len(title) > 24:
        return frozenset()
    found = {topic for topic, pattern in _patterns("title").items() if pattern.search(title)}
    return frozenset(found) if len(found) == 1 else frozenset()


# a listing that ends in a live round if several still bid is one set of deadlines
_LIVE_ROUND = re.compile(
    r"(?:挂牌|报价)(?:期限|时间|期)?(?:截止|届满|结束|期满)[^。;]{0,10}(?:仍|有|两|二|2)[^。;]{0,40}$"
)


def condition(text: str) -> str:
    """The condition that the beginning of a sentence sets on its deadlines, empty if it sets none."""
    words, modes = _condition()
    found = words.search(text)
    if found is None or modes.search(text) is None or _LIVE_ROUND.search(text):
        return ""
    return text[found.start() :][:60]


_CHANGES_TO = re.compile(
    r"(?:改为|改成|改以|改用|改由|改采|转为|转由|转入|变更为|则采取|则采用|则以)[^,。;]{0,8}?(挂牌|拍卖|招标)"
)
_MODES = {"挂牌": Topic.BIDDING, "拍卖": Topic.AUCTION, "招标": Topic.BIDDING}


def other_mode(text: str) -> tuple[str, Topic] | None:
    """(condition, what its deadlines are of) where a sentence says that land is then offered in another way."""
    changes = _CHANGES_TO.search(text)
    words = condition(text) if changes is not None else ""
    return (words, _MODES[changes[1]]) if changes is not None and words else None


def last_clause(text: str) -> str:
    """The words since the last comma or stop."""
    return _CLAUSE.split(text)[-1]
