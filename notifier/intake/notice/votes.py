"""What a time of running text is for: rules vote for labels, the best sum wins.

A near rival is a doubt.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from notifier.domain.values import Window
from notifier.intake.notice.folded_text import Sentence
from notifier.intake.notice.scan import (
    MOVED,
    OTHER,
    Label,
    Side,
    Topic,
    WordRole,
    deeds,
    first_word,
    labels,
    last_clause,
    lexicon,
    scan,
    side_of,
    unknown,
)
from notifier.intake.notice.spans import Span, SpanForm

Meaning = tuple[frozenset[Topic], Side]
NOTHING: Meaning = (frozenset(), Side.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Around:
    """The times of one list with the words before and behind them, up to the next times."""

    sentence: Sentence
    times: Sequence[Span]
    before: str
    after: str

    @property
    def is_window(self) -> bool:
        return self.times[0].form is not SpanForm.POINT

    @property
    def is_last(self) -> bool:
        """Return whether no other time follows in the sentence."""
        return self.times[-1].end + len(self.after) >= len(self.sentence.text)

    @property
    def follows(self) -> str:
        return (
            self.sentence.text[self.times[0].end : self.times[1].start]
            if len(self.times) > 1
            else self.after
        )

    @property
    def ends_something(self) -> bool:
        """Return whether the words right behind a time make it an end or a beginning.

        As in `…17时前`, `…9时起`.
        """
        return self.is_window or _is_end(bare(self.follows))


@dataclass(frozen=True, slots=True)
class Vote:
    topics: frozenset[Topic]
    weight: float
    side: Side = Side.UNKNOWN
    is_cut: bool = False  # by the end of the file: it may have led up to another time


_BRACKETS = re.compile(r"\([^()]*\)")
CLAUSES = re.compile(r"[,。;?]")
_ONLY_WHEN = re.compile(r"[^一-鿿]*")
# the weights of the rules; a character that the lexicon does not know costs UNKNOWN, a clause
# between costs CLAUSE
LABEL, BARE, DEED, EARLIER, NOTE, LEAD, TITLE = 10.0, 8.0, 7.0, 5.0, 5.0, 4.5, 4.0
UNKNOWN, CLAUSE, NO_DEED = 0.5, 1.0, 2.5
FETCHED = 3.0  # papers are fetched in sections that are called otherwise
LEAST, MARGIN = 3.0, 0.75


def _is_end(text: str) -> bool:
    """Return whether a text begins with a word for an end or a beginning.

    Such as `前`, `止`, `起`, `揭牌`.
    """
    return end_behind(text) is not Side.UNKNOWN


def bare(text: str) -> str:
    """A text without what stands in brackets."""
    return _BRACKETS.sub("", text)


def _printed_header(around: Around) -> Vote | None:
    """A browser prints when it printed, and the title, above each page."""
    if around.before or not _PRINTED_TITLE.fullmatch(around.after):
        return None
    return Vote(frozenset[Topic]({OTHER}), 2 * LABEL)


def _stamp(around: Around) -> Vote | None:
    """A site dates what it tells, to the minute, behind the title: `…地块 2031-05-31 16:23:04`."""
    sentence, time = around.sentence, around.times[0]
    is_stamp = _STAMP.fullmatch(sentence.text, time.start, time.end) is not None
    is_labelled = around.before.endswith((":", "为", "于")) or _has_when(last_clause(around.before))
    if not is_stamp or around.after or sentence.line >= _HEAD_LINES or is_labelled:
        return None
    return Vote(frozenset[Topic]({OTHER}), 2 * LABEL)


_STAMP = re.compile(r"20\d\d[-/.]\d{1,2}[-/.]\d{1,2} ?\d{1,2}:\d\d(?::\d\d)?")
_HEAD_LINES = 8
_PRINTED_TITLE = re.compile(r"[^,。;:]{2,60}(?:公告|公示)(?:书)?")


def _counted_at(around: Around) -> Vote | None:
    """`截至T,取得竞买资格的竞买人不少于3人的`: on which day bidders are counted."""
    is_count = around.before.endswith(("截至", "截止", "截止至")) and _COUNT.match(around.after)
    return Vote(frozenset[Topic]({OTHER}), 2 * LABEL) if is_count else None


_COUNT = re.compile(
    r"(?:时|止)?,[^,。;]{0,20}(?:竞买人|申请人|报名|竞投人)[^,。;]{0,6}(?:不少于|不足|少于|超过|达到|多于|满)"
)


def _label_before(around: Around) -> Vote | None:
    """Return the label in the clause that ends with the time.

    As in `报名截止时间:T`, `报名T至T`, `保证金须于T前…`.
    """
    clause = _AND_THEN.split(_EXPLAINED.sub("", last_clause(around.before)))[-1]
    person = max((word.end for word in scan(clause) if word.role is WordRole.PERSON), default=0)
    found = [label for label in labels(clause) if label.start >= person]
    if not found:
        return None
    label = found[-1]
    if _BEFORE_IT.match(clause, label.end):
        return None
    if label.is_timed or _has_when(clause[label.end :]):
        weight = LABEL
    elif ":" in clause[label.end :] and not clause.endswith(":"):
        return None  # a lead
    elif around.ends_something or clause.endswith((":", "至", "到")):
        weight = BARE
    else:
        weight = BARE if Window.AUCTION in label.topics else LEAST
    side = (
        Side.CLOSE
        if clause.endswith(("至", "到")) and around.times[0].form is SpanForm.POINT
        else label.side
    )
    if not label.side:
        side = side or side_of(clause[label.end :])  # `挂牌:起始于T`
    slack = UNKNOWN * (unknown(clause, label.end, len(clause)) + label.slack)
    return Vote(label.topics, max(weight - slack, 1.0), side)


# `报价起始时间为公告期满次日即T`, `将保证金306万元于T前缴入`: of these words the time is not
_EXPLAINED = re.compile(r"(?<=[为是:])[^,;为是:]{2,14}即$|(?<=金)\d[\d.]*[万亿]?元整?(?=[于在]?$)")
_BEFORE_IT = re.compile(r"会?前\d{1,2}个?(?:工作)?日")  # `拍卖会前2个工作日(即T)`
_AND_THEN = re.compile(r"并(?=(?:须|应|需|请|必须|应当)?[在于]$)")  # `申请并于T前缴纳保证金`


def _has_when(words: str) -> bool:
    return any(word.role is WordRole.WHEN or word.side for word in scan(words))


def _deed_after(around: Around) -> Vote | None:
    """`T前到窗口提交书面申请`: what is done at the time, by the clauses behind it."""
    if _PUBLISHED.match(around.after):
        return Vote(frozenset[Topic]({OTHER}), DEED)
    clauses = CLAUSES.split(_SAME_PERIOD.sub("", bare(around.after)))
    if len(clauses) > 1 and not around.is_last:
        clauses = clauses[:-1]  # it leads up to the next time
    cut = len(clauses) - 1 if around.is_last and around.sentence.last else None
    if len(clauses) > 1 and not clauses[0] and _ANNOUNCED.match(clauses[1]):
        return Vote(frozenset[Topic]({OTHER}), DEED)
    weight = DEED
    for place, clause in enumerate(clauses[:_MOST_CLAUSES]):
        if clause.startswith(_TOO_LATE):
            return None
        found = deeds(clause)
        if place and any(label.is_timed for label in found):
            return None
        if found:
            topics = _chain(clause, found, clauses[place + 1 :])
            if topics == {OTHER} and found[0].is_fetched:
                weight += FETCHED
            if topics & _DUE and _COUNTED_WHEN_IT_ARRIVES.search(around.after):
                topics |= {Window.DEPOSIT}
            if place and place == cut:
                vote = _deed(around, topics, LEAST, "")
                return replace(vote, is_cut=True) if vote is not None else None
            return _deed(around, topics, weight, clause if place == 0 else "")
        weight -= CLAUSE if _says_no_deed(clause) else NO_DEED
    return None


# `T至T登录系统,提交申请并在该时段内缴纳保证金`: it leads up to no other time
_SAME_PERIOD = re.compile(r"[在于](?:该|此|上述|前述)(?:时间段|时间|时段|期间|期限)之?内?")
# `2月27日发布《…拍卖出让公告》`: the day of an earlier notice
_PUBLISHED = re.compile(r"(?:发布|刊登|公布|发出|刊发)(?:的|了)?《")
# `5月30日,甲市自然资源局决定以拍卖方式出让…`: the day on which that was made known
_ANNOUNCED = re.compile(
    r"[一-鿿、]{2,30}(?:局|中心|政府|委员会|公司)(?:决定|发布|公告|公布|挂出|推出)"
)
# `T前办理报名手续,交纳竞买保证金(以到账时间为准)`: the deposit is due at T, too
_COUNTED_WHEN_IT_ARRIVES = re.compile(
    r"^[^。;]{0,40},(?:并)?(?:交纳|缴纳|交付|足额)[^,。;()]{0,8}保证金\([^()]{0,12}到[账帐][^()]{0,8}为准\)"
)
_MOST_CLAUSES = 4
_TOO_LATE = ("逾期", "过期", "过时")  # what is done then is not what is due
_DUE = frozenset({Window.REGISTRATION, Window.DEPOSIT})


def _chain(own: str, found: Sequence[Label], clauses: Sequence[str]) -> frozenset[Topic]:
    """Return what is done by the deeds of a clause and of those that go on with it.

    A bidder who fetches papers to register registers; what is joined by `并` is due as well, and so
    is what the clause itself goes on with: `缴纳保证金100万元到公司办理登记`. Who pays and then
    applies (`交纳竞买保证金,提交书面申请`) does both by then.
    """
    joined = [(label, _ON_CONDITION.search(own, found[0].end) is None) for label in found]
    for clause in clauses:
        if not clause.startswith(_clauses("goes_on")):
            break
        pays = found[0].topics == {Window.DEPOSIT} and not _ON_CONDITION.search(clause)
        is_joined = pays or clause.startswith(_clauses("joins"))
        is_joined = is_joined and _BY_ANOTHER_TIME.search(clause) is None
        joined += [(label, is_joined) for label in deeds(clause)]
    topics = joined[0][0].topics
    for label, is_joined in joined[1:]:
        if topics == {OTHER} and joined[0][0].is_fetched and label.topics & {Window.REGISTRATION}:
            topics = label.topics & _DUE
        elif is_joined and topics & _DUE:
            topics |= label.topics & _DUE
    return topics


# `并应当在报价前足额交纳竞买保证金`; but `并在截止时间前`
_BY_ANOTHER_TIME = re.compile(
    r"[在于](?![^前]*(?:截止|时间|期限|期间|该|此|上述|前述))[一-鿿]{2,10}前"
)
_ON_CONDITION = re.compile(r"[方才]可|方能|后|的")


def _deed(around: Around, first: frozenset[Topic], weight: float, own: str) -> Vote | None:
    form = around.times[0].form
    if Window.REGISTRATION in first and _has_veto(last_clause(around.before)):
        first = frozenset[Topic]({OTHER})
    if first == {Window.BIDDING} and form is SpanForm.UNTIL and MOVED_TO.search(around.before):
        # `进行拍卖的地块推迟至8月27日竞价`
        was = frozenset().union(*(label.topics for label in labels(around.before)))
        first = was & {Window.AUCTION} or first
    if (
        Window.BIDDING in first
        and form not in (SpanForm.RANGE, SpanForm.UNTIL)
        and not around.ends_something
    ):
        return None
    if Window.AUCTION in first and form is SpanForm.RANGE:
        return None
    return Vote(first, weight, side_of(own[:_NEAR]))


MOVED_TO = re.compile(rf"{MOVED}至$")


def _has_veto(words: str) -> bool:
    return any(word.role is WordRole.VETO for word in scan(words))


_NEAR = 6  # characters: `…16时停止报名`


def _says_no_deed(clause: str) -> bool:
    """Return whether a clause says only until when, or where."""
    word = first_word(clause)
    words = (
        clause[word.end :] if word is not None and _is_end(clause) and not word.topic else clause
    )
    return _ONLY_WHEN.fullmatch(words) is not None or words.startswith(_clauses("where"))


def _clauses(name: str) -> tuple[str, ...]:
    return tuple(lexicon()["clauses"][name])


def _label_in_sentence(around: Around) -> Vote | None:
    """The last label of the earlier clauses of the sentence."""
    clauses = CLAUSES.split(around.before)
    for distance, clause in enumerate(reversed(clauses[:-1]), 1):
        found = [label for label in labels(clause) if not _tells_who(clause, label)]
        timed = [label for label in found if label.is_timed]
        if not found or clause.endswith("的"):  # `有人要求报价的` says of whom, or in which case
            continue
        label = (timed or found)[-1]
        weight = EARLIER - CLAUSE * (distance - 1)
        only_when = _has_when(clauses[-1]) and not labels(clauses[-1])
        weight += 2 * CLAUSE if only_when else 0.0 if label.is_timed else -2 * CLAUSE
        return Vote(label.topics, weight, label.side) if weight > 0 else None
    return None


def _tells_who(clause: str, label: Label) -> bool:
    """Return whether a label is of what somebody has done: `已交纳保证金的申请人`."""
    word = first_word(clause[label.end :])
    is_of = clause.endswith("的", label.start, label.end)
    return is_of and word is not None and word.role is WordRole.PERSON


def _lead_before_colon(around: Around) -> Vote | None:
    lead, colon, _ = around.before.partition(":")
    return _of_title(lead, LEAD, around.times[0].form) if colon else None


def _note_behind(around: Around) -> Vote | None:
    """`T前(到账为准)`: what the brackets right behind the time say."""
    note = _NOTE.match(around.follows)
    found = labels(note[1]) if note is not None else []
    return Vote(found[0].topics, NOTE) if found else None


_NOTE = re.compile(r"(?:之?前|以前|止|截止|为止|起)?\(([^()]{2,24})\)")


def _named_behind(around: Around) -> Vote | None:
    """`参加T开始的限时竞价`: the noun that the time belongs to."""
    noun = _NOUN_OF_A_TIME.match(around.follows)
    found = (
        labels(noun[1]) if noun is not None and around.times[0].form is not SpanForm.RANGE else []
    )
    return Vote(found[0].topics, DEED + CLAUSE) if found else None


_NOUN_OF_A_TIME = re.compile(r"(?:准时|正式)?(?:开始|起)?(?:举行|举办|进行|召开)?的([一-鿿]{2,12})")


def _title_of_section(around: Around) -> Vote | None:
    if stands_alone(around.times[0], around.sentence.text) and not around.sentence.first:
        return None  # under a title that has said something else, a line may be another's
    vote = _of_title(around.sentence.heading, TITLE, around.times[0].form)
    begins = around.sentence.first and around.before in ("", "自", "从")
    if vote is not None and around.sentence.first and _says_only_when(around):
        vote = replace(vote, weight=max(vote.weight, TITLE))  # `(三)拍卖会` `时间:T`
    if not around.sentence.last or vote is None or (begins and vote.weight > TITLE):
        return vote
    # what is done then was cut off, perhaps behind the verb that the title says what of
    is_handed_in = Window.REGISTRATION in vote.topics and _HANDS_IN.search(around.after)
    return replace(vote, topics=frozenset[Topic]({Window.REGISTRATION})) if is_handed_in else None


def _says_only_when(around: Around) -> bool:
    """Return whether the words before a time say nothing but that it is one: `时间:`."""
    words = last_clause(around.before).removesuffix(":")
    return around.before.endswith(":") and _has_when(words) and not labels(words)


# who hands in, or signs in to a site (登录), registers
_HANDS_IN = re.compile(r"(?:提交|递交)[^,。;]{0,6}$|登[录陆]?[^,。;下载]{0,20}$")
_LONGEST_TITLE = 24


def _of_title(title: str, weight: float, form: SpanForm) -> Vote | None:
    """The topic of a title or a lead, or the two due together; none where it has others."""
    if not title or len(title) > _LONGEST_TITLE:
        return None
    found = labels(title)
    topics = frozenset().union(*(label.topics for label in found))
    if topics == _WAYS:
        topics = frozenset({Window.AUCTION if form is SpanForm.POINT else Window.BIDDING})
    if len(topics) != 1 and topics != _DUE:
        return None
    if any(label.is_timed for label in found):
        weight += CLAUSE
    elif topics & _WAYS or topics == {OTHER}:  # `竞买人的资格及要求` tells little of a time
        weight -= CLAUSE if weight == LEAD else 2 * CLAUSE
    return Vote(topics, weight)


_WAYS = frozenset({Window.BIDDING, Window.AUCTION})  # of offering: half of all titles name it


def _title_of_examination(around: Around) -> Vote | None:
    """`资格审查时间`: what is handed in under such a title is examined; nobody registers by it."""
    title = around.sentence.heading
    if not any(word in title for word in lexicon()["titles"]["examination"]):
        return None
    topics = frozenset().union(*(label.topics for label in labels(title)))
    return Vote(topics, DEED + CLAUSE) if topics == {OTHER} else None


Rule = Callable[[Around], Vote | None]
# `bench.notices --ablate` says what each is worth
RULES: tuple[tuple[str, Rule], ...] = (
    ("printed-header", _printed_header),
    ("stamp", _stamp),
    ("counted-at", _counted_at),
    ("label-before", _label_before),
    ("deed-after", _deed_after),
    ("note-behind", _note_behind),
    ("named-behind", _named_behind),
    ("label-in-sentence", _label_in_sentence),
    ("lead-before-colon", _lead_before_colon),
    ("title-of-section", _title_of_section),
    ("title-of-examination", _title_of_examination),
)


def _without_deposit(vote: Vote) -> Vote:
    """Leave the deposit out of a vote: no deposit is due to bid.

    The clause gives money back, or asks it of who has won.
    """
    if Window.DEPOSIT not in vote.topics:
        return vote
    return replace(vote, topics=vote.topics - {Window.DEPOSIT} or frozenset[Topic]({OTHER}))


@dataclass(frozen=True, slots=True)
class LabelChoice:
    """The label that won, by which rule, and the topics that came too near to it."""

    topics: frozenset[Topic] = frozenset()
    side: Side = Side.UNKNOWN
    rule: str = ""
    rivals: frozenset[Topic] = frozenset()
    is_cut: bool = False


def choose(around: Around) -> LabelChoice:
    """Return the label for which the rules together give the most votes."""
    votes = [
        (name, vote) for name, rule in RULES if (vote := rule(around)) is not None and vote.topics
    ]
    if not votes:
        return LabelChoice()
    if _has_veto(last_clause(around.before) + CLAUSES.split(bare(around.after), maxsplit=1)[0]):
        votes = [(name, _without_deposit(vote)) for name, vote in votes]
    sums: defaultdict[Topic, float] = defaultdict(float)
    for _, vote in votes:
        for topic in vote.topics:
            sums[topic] += vote.weight
    best = max(sums, key=lambda topic: sums[topic])
    if sums[best] < LEAST:
        return LabelChoice()
    name, winner = max(
        (ballot for ballot in votes if best in ballot[1].topics),
        key=lambda ballot: ballot[1].weight,
    )
    rivals = {
        topic
        for topic, total in sums.items()
        if topic not in winner.topics and sums[best] - total < MARGIN
    }
    side = winner.side or next(
        (vote.side for _, vote in votes if vote.side and best in vote.topics), Side.UNKNOWN
    )
    clause = last_clause(around.before)
    if not side and not labels(clause):
        side = side_of(clause)  # `挂牌时间:T。截止时间:T`
    topics = winner.topics
    if around.times[0].form is SpanForm.RANGE and Window.BIDDING in topics:
        topics -= {Window.AUCTION}  # `挂牌及现场竞价`: the window is the listing's
    return LabelChoice(topics, side, name, frozenset(rivals), winner.is_cut)


_ENDS_A_LINE = re.compile(r"(?:之?前|以前|为止|止|起|整|\([^()]{0,24}\))*")


def stands_alone(span: Span, text: str) -> bool:
    return span.start == 0 and _ENDS_A_LINE.fullmatch(text, span.end) is not None


def end_behind(after: str) -> Side:
    """Return the end of a window that the word right behind a time makes of it."""
    word = first_word(bare(after))
    if word is None:
        return Side.UNKNOWN
    return Side.CLOSE if word.role is WordRole.BEFORE else word.side


def side_behind(span: Span, after: str, side: Side) -> Side:
    if span.form is SpanForm.POINT:
        return end_behind(after) or side
    if span.form is SpanForm.UNTIL:
        return Side.CLOSE
    return Side.OPEN if span.form is SpanForm.FROM else side
