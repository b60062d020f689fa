"""What a later notice does to each of its parcels: it ends one, moves another, leaves a third.

`关于终止甲-08地块出让的公告 … 发布公告挂牌出让甲-07、甲-08地块。现决定终止甲-08地块…`: that is
of 08 alone, and whoever bids for 07 must be reminded as before.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from notifier.domain.values import Kind
from notifier.intake.notice.between_times import OTHERS
from notifier.intake.notice.folded_text import ITEM, Line
from notifier.intake.notice.named import Keys, Names
from notifier.intake.notice.scan import CHANGED

_NOBODY: Keys = frozenset()


class Effect(Enum):
    """An effect on the offer of a parcel.

    ENDS: it is offered no longer; RESTS: it is suspended; RESUMES; MOVES: it has other times;
    STATES: a time of it is stated, perhaps one that is recalled; STANDS: it goes on as before;
    UNTOLD: its new times are told later.
    """

    ENDS = auto()
    RESTS = auto()
    RESUMES = auto()
    MOVES = auto()
    STATES = auto()
    STANDS = auto()
    UNTOLD = auto()


@dataclass(frozen=True, slots=True)
class ToldEffect:
    """A clause that tells an effect on `parcels`; none: it does not say on which."""

    effect: Effect
    parcels: Keys
    clause: str
    line: Line


@dataclass(frozen=True, slots=True)
class Concern:
    """Whom a later notice concerns.

    `ended`: the parcels that end, or rest, where the notice is of more than that; `left`: those
    that it only recalls, or leaves as they are; `moved`: those that it says have other times;
    `untold`: the clauses by which new times are told later.
    """

    ended: Keys = _NOBODY
    left: Keys = _NOBODY
    moved: Keys = _NOBODY
    untold: tuple[ToldEffect, ...] = ()


_MOVED = rf"(?:{CHANGED}(?<![改延])|[改延][期在于至到为]|有误|应为)"
_DATE = r"(?:20\d\d[年\-/.]|\d月\d|次月)"
# the first whose words stand in a clause is what it tells
_EFFECTS: tuple[tuple[Effect, re.Pattern[str]], ...] = (
    (
        Effect.UNTOLD,
        re.compile(r"另行(?:公告|通知|公布|确定|发布|安排)|另[定告](?!外)|待定|紧随其后"),
    ),
    (
        Effect.MOVES,
        re.compile(
            rf"{_MOVED}[^,。;]{{0,24}}?{_DATE}|{_DATE}[^,。;]{{0,24}}?(?:有误|应为|更正为)"
            rf"|(?:时间|期限|日期|截止|拍卖会|竞价会)[^,。;不]{{0,40}}?{_MOVED}"
            r"|(?:延期|推迟|顺延|延后)(?:出让|挂牌|拍卖|交易|举行|进行|[,。;]?$|\d|[一二两三半])"
            r"|时间[^,。;不]{0,12}如下"
        ),
    ),
    (
        Effect.STATES,
        re.compile(
            r"(?<!原)(?:报名|保证金|挂牌|竞价|报价|拍卖|申请)[^,。;原]{0,16}"
            rf"(?:时间|截止|期限)[^,。;原]{{0,6}}{_DATE}"
        ),
    ),
    (
        Effect.STANDS,
        re.compile(
            r"照常|不变|正常进行|不受影响|如期|不[作做](?:调整|变更|更改)|按原(?!因|则)|仍[按为以]"
            r"|继续(?!办理|竞价|报价)"
        ),
    ),
    (Effect.RESUMES, re.compile(r"恢复(?!时间)|重启|重新(?:启动|挂牌|组织)")),
    (
        Effect.ENDS,
        re.compile(
            r"(?:终止(?!时间|日期)|撤[回销牌]|取消(?!时间|资格|竞买|成交))"
            r"(?:[^,。]{0,60}?(?:出让|拍卖|挂牌|交易|公告|地块|宗地)|[,。;]?$)"
            r"|不再(?:组织)?(?:公开)?(?:出让|挂牌|拍卖|交易)"
        ),
    ),
    (Effect.RESTS, re.compile(r"(?:中止|暂停|暂缓)(?!时间|公告|期间)")),
)
_GOES_ON = re.compile(r"继续(?!中止|暂停)")
# what an earlier notice did: `于5月20日中止挂牌`, `曾延期至…`
_EARLIER = re.compile(
    r"发布|刊登|曾|此前|前期|最终|已[于经]|于(?:20\d\d年)?\d{1,2}月\d{1,2}日[^,。;]{0,24}(?:中止|暂停|终止|延期)"
)
_LONGEST = 300  # characters: nobody writes such a clause
_TITLE = re.compile(r"(?:公告|通知|通告|启事|说明|函)$")
_SENTENCE = re.compile(r"(?<=[。;])")
_CLAUSE = re.compile(r"(?<=,)|(?<=:)(?!\d)|(?<=出让、)|(?<=挂牌、)|(?<=拍卖、)|(?<=交易、)")
_LABELLED = re.compile(r"[一-鿿()、]{2,20}:")
_OTHERS = re.compile(OTHERS)
_OF_ALL = re.compile(r"均|统一|一律|全部|上述|以上|各(?:地块|宗)|[两二三四五六七八九十][宗幅块]")
_ACTS = frozenset({Effect.ENDS, Effect.RESTS, Effect.RESUMES, Effect.MOVES, Effect.STATES})
_DEED = {
    Kind.TERMINATION: frozenset({Effect.ENDS, Effect.RESTS}),
    Kind.SUSPENSION: frozenset({Effect.ENDS, Effect.RESTS}),
    Kind.RESUMPTION: frozenset({Effect.RESUMES}),
}


def concern(kind: Kind, title: str, lines: Sequence[Line], names: Names) -> Concern:
    """Return whom a notice of this kind concerns.

    Of several parcels those are left of which it tells nothing while it tells something of others
    alone; where its title names some, all others that it does not act upon.
    """
    found = _without_recalled(kind, [_as_of(kind, each) for each in told_effects(lines, names)])
    moved = _of(found, {Effect.MOVES, Effect.STATES})
    ended = _of(found, {Effect.ENDS, Effect.RESTS})
    acted = _of(found, _ACTS)
    left = _of(found, {Effect.STANDS, Effect.UNTOLD}) - acted
    is_of_all = any(each.effect in _ACTS and not each.parcels for each in found)
    if acted and not is_of_all:
        left |= names.everybody - acted
    titled = names.named(title) if "等" not in title else _NOBODY
    if titled:
        left |= names.everybody - titled - acted
    untold = tuple(each for each in found if each.effect is Effect.UNTOLD)
    is_some = left < names.everybody
    return Concern(ended - moved, left if is_some else _NOBODY, moved, untold)


def _of(found: Sequence[ToldEffect], effects: Collection[Effect]) -> Keys:
    return frozenset().union(*(each.parcels for each in found if each.effect in effects))


def _without_recalled(kind: Kind, found: Sequence[ToldEffect]) -> list[ToldEffect]:
    """Leave out what a notice that ends, or resumes, some parcels recalls of them and others.

    Their times (`A、B地块挂牌截止时间为T。现终止A地块`) are none that it sets; what rested before
    resumes.
    """
    deed = _DEED.get(kind, frozenset())
    done = _of(found, deed)
    is_end = Effect.ENDS in deed

    times = {Effect.STATES, Effect.MOVES} if is_end else {Effect.STATES}

    def is_recalled(each: ToldEffect) -> bool:
        if each.effect is Effect.RESTS:
            return kind is Kind.RESUMPTION
        if each.effect not in times:
            return False
        if is_end:
            return bool(each.parcels & done) or (each.effect is Effect.STATES and not each.parcels)
        return bool(each.parcels & done) and not each.parcels <= done

    return [each for each in found if not is_recalled(each)]


def _as_of(kind: Kind, each: ToldEffect) -> ToldEffect:
    """Return what is told in a notice of this kind: what goes on in a resumption resumes."""
    goes_on = each.effect is Effect.STANDS and _GOES_ON.search(each.clause) is not None
    if kind is Kind.RESUMPTION and goes_on:
        return ToldEffect(Effect.RESUMES, each.parcels, each.clause, each.line)
    return each


def told_effects(lines: Sequence[Line], names: Names) -> Iterator[ToldEffect]:
    """What the clauses of a text tell, but for its title and what it recalls.

    A clause that names no parcel is of those that the one before it names, in its paragraph and in
    the items and labels below a lead (`现对A地块调整如下:`).
    """
    lead, known = _NOBODY, _NOBODY
    for line in lines:
        if _TITLE.search(line.text):
            continue
        is_item = ITEM.match(line.text) is not None
        below = is_item or _LABELLED.match(line.text) is not None
        subject = lead if below else _NOBODY
        for sentence in _SENTENCE.split(line.text):
            for whole in _CLAUSE.split(sentence):
                clause = whole[:_LONGEST]
                named = names.named(clause)
                known |= named if named != names.everybody else _NOBODY
                if not named and _OTHERS.search(clause):
                    named = names.everybody - known
                elif not named and _OF_ALL.search(clause):
                    subject = _NOBODY
                subject = named or subject
                effect = _effect(clause)
                if effect is not None:
                    yield ToldEffect(effect, subject, clause, line)
        is_lead = line.text.endswith(":") or names.only(ITEM.sub("", line.text, count=1))
        lead = subject if is_lead else lead if below else _NOBODY


def _effect(clause: str) -> Effect | None:
    if _EARLIER.search(clause):
        return None
    return next((effect for effect, words in _EFFECTS if words.search(clause)), None)
