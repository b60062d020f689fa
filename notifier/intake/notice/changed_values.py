"""Read what a notice of change changes: `由…调整为…`, `原…现…`, `延期至…`, `…有误`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from notifier.domain.findings import Code
from notifier.domain.times import shanghai, shanghai_iso
from notifier.domain.values import (
    WINDOW_ENDS,
    Change,
    Kind,
    MilestoneName,
    Place,
    Precision,
    Severity,
)
from notifier.intake.notice.between_times import only_names
from notifier.intake.notice.conditions import condition_of_heading
from notifier.intake.notice.facts import Fact, Reading
from notifier.intake.notice.folded_text import Sentence
from notifier.intake.notice.named import Keys
from notifier.intake.notice.parcel_drafts import ParcelDraft
from notifier.intake.notice.prose import StatedTime
from notifier.intake.notice.references import read_references
from notifier.intake.notice.revised import read_amounts_changed
from notifier.intake.notice.scan import CHANGED, OTHER, heading_label, last_clause, side_of
from notifier.intake.notice.scopes import scoped
from notifier.intake.notice.spans import Span, SpanForm
from notifier.intake.notice.windows import (
    Years,
    doubt_time,
    names,
    read_windows,
    report_unlabelled,
)
from notifier.intake.written_times import Instant

CHANGING = frozenset({Kind.POSTPONEMENT, Kind.CORRECTION, Kind.RESUMPTION})

_NEW = re.compile(
    rf"{CHANGED}[^,。;:]{{0,6}}?(?:为|至|到|于)|现(?:为|定为|{CHANGED})|{CHANGED}?后(?:的)?(?:[^,。;:]{{0,10}}?)(?:为|是|:)|恢复后"
    rf"|现[^,。;:]{{0,12}}?{CHANGED}[^,。;:]{{0,6}}:"  # `现各环节时间依次顺延如下:`
    r"|应(?:当)?(?:更正)?为|正确(?:的)?(?:时间|内容|日期|表述)?(?:应)?(?:为|是|:)|(?:增加|新增|补充)(?:内容)?[为:]?[“\"]"
)
_OLD = re.compile(
    r"[中终]止前|暂停前|原(?!则|因|件|文)(?:定|为|公告|内容|先)?|(?:由|从)(?=$)|(?:删除|删去|取消|作废)(?:内容)?[为:]?[“\"]"
)
# `…10时”更正为…`, `…10时有误`; the file may end right behind the verb
_GIVES_WAY = re.compile(
    rf"[止整起”\"')]{{0,3}}[,，]?(?:现|均|相应|统一)?{CHANGED}(?:为|至|到|$)"
    r"|[止整起”\"')]{0,3}[,，]?(?:的)?(?:表述|内容)?(?:系|属|为)?(?:笔误|有误|错误|应为|应更正为|应当为|作废|予以删除|删除)"
)
# `第六条"挂牌时间为T至T"中,因…,挂牌截止时间更正为T`
_QUOTED = re.compile(rf"[止整起]?[”\"']中[,，][^。;]{{0,100}}?{CHANGED}(?:为|至|到)")
_MARKS_ONLY = re.compile(rf"(?:.{{0,30}}原[^。]{{0,20}}|.{{0,20}}(?:现|{CHANGED})[^。]{{0,12}}):$")


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldTimes:
    """The times of a notice of change.

    `spoken`: those of its running text, `referring`: references to others in it
    (`保证金到账截止时间同报名截止时间`), `former`: those of cells that tell what held before.
    """

    spoken: Sequence[StatedTime]
    referring: Sequence[StatedTime]
    former: Sequence[StatedTime]


def read_changes(
    times: ToldTimes,
    all_sentences: Sequence[Sentence],
    drafts: Sequence[ParcelDraft],
    years: Years,
    reading: Reading,
) -> tuple[Change, ...]:
    """The changes of milestones and amounts.

    New times are facts too, for the parcels that are named.
    """
    old, new = _sorted(times.spoken, all_sentences)
    for time in new:
        _doubt(time, reading)
    conditional = [time for time in new if time.condition]
    for time in conditional:
        doubt_time(time, Code.CHANGE_NOT_UNDERSTOOD, reading)
    new = [time for time in new if not time.condition]
    report_unlabelled([*old, *new], reading)
    before = Reading()
    read_windows([*times.former, *old], years, before)
    read_windows(new, years, reading)
    read_references(_in_order([*new, *times.referring], all_sentences), years, reading)
    _doubt_what_moves_too(all_sentences, drafts, reading)
    changes = []
    earliest: dict[tuple[MilestoneName, frozenset[int]], Fact] = {}
    for held in before.facts:
        earliest.setdefault((held.milestone, held.subject), held)
    for stated in reading.facts:
        for subject, number in _subjects(stated, drafts):
            earlier = earliest.get((stated.milestone, stated.subject)) or earliest.get(
                (stated.milestone, subject)
            )
            was = _iso(earlier) if earlier is not None else ""
            changes.append(
                Change(parcel_no=number, field=stated.milestone.value, old=was, new=_iso(stated))
            )
    changes = [*dict.fromkeys([*changes, *read_amounts_changed(all_sentences, drafts, reading)])]
    reading.facts += _beginnings(before.facts, reading)
    agreed = _agreed(changes, reading)
    return tuple(change for change in changes if agreed.get(_what(change)) == change.new)


def _in_order(times: Sequence[StatedTime], all_sentences: Sequence[Sentence]) -> list[StatedTime]:
    number_of = {sentence: number for number, sentence in enumerate(all_sentences)}
    return sorted(times, key=lambda time: (number_of[time.sentence], time.span.start))


# `保证金到账截止时间相应顺延`, `其余时间一并顺延`
_MOVES_TOO = re.compile(
    r"(?:相应|同步|依次|一并|随之|相继|同时|均|也)(?:作出?|做出?|进行)?(?:相应|同步)?的?"
    rf"(?:{CHANGED}|往后)"
    r"(?!(?:至|到|为|于)[^。;,\d]{0,14}\d|[^。;,]{0,8}(?::|如下))"
)
_SOME_TIMES = re.compile(
    r"(?:其[余他它]|有关|相关|各项?|后续|上述|所有)[^,。;:]{0,12}(?:时间|期限|日期|节点|环节)"
)


def _doubt_what_moves_too(
    all_sentences: Sequence[Sentence], drafts: Sequence[ParcelDraft], reading: Reading
) -> None:
    """Report the times of which a clause says that they move with others, where none states them.

    Where it does not say which, any of the others may be one of them.
    """
    reported = {finding.field for finding in reading.findings if finding.field}
    for sentence in all_sentences:
        for match in _MOVES_TOO.finditer(sentence.text):
            words = last_clause(sentence.text[: match.start()])
            topics, side = heading_label(words)
            span = Span(start=match.start(), end=match.end(), form=SpanForm.POINT)
            moving = StatedTime(sentence=sentence, span=span, topics=topics - {OTHER}, side=side)
            if not moving.topics and _SOME_TIMES.search(words):
                reading.doubt(Code.CHANGE_NOT_UNDERSTOOD, "", sentence.place)
            for time in scoped([moving], [sentence], drafts):
                moved = {fact.milestone for fact in reading.facts if fact.is_of(time.about)}
                about = [name for name in names(time) if name not in moved | reported]
                if about:
                    doubt_time(time, Code.CHANGE_NOT_UNDERSTOOD, reading, about)


def _beginnings(was: Sequence[Fact], reading: Reading) -> list[Fact]:
    """Return the beginnings of windows of which only the end is changed: they stand.

    Not one that is doubted, and none where a change was not understood: it may be of that.
    """
    if any(each.code is Code.CHANGE_NOT_UNDERSTOOD for each in reading.findings):
        return []
    doubted = {each.field for each in reading.findings if each.severity is Severity.ERROR}
    changed: dict[tuple[MilestoneName, frozenset[int]], set[Instant]] = {}
    for fact in reading.facts:
        changed.setdefault((fact.milestone, fact.subject), set()).add(fact.value)
    stand = []
    for opens, closes in WINDOW_ENDS.values():
        for fact in was:
            is_new = opens in doubted or any(
                name is opens and (not subject or not fact.subject or subject & fact.subject)
                for name, subject in changed
            )
            is_one_end = len(changed.get((closes, fact.subject), ())) == 1
            if fact.milestone is opens and not is_new and is_one_end:
                stand.append(fact)
    return stand


def _doubt(time: StatedTime, reading: Reading) -> None:
    """Report a new time of which it is not sure what it is of, or that it is the new one."""
    before = time.sentence.text[: time.span.start]
    if not time.topics and _NEW.search(before):
        reading.doubt(Code.CHANGE_NOT_UNDERSTOOD, "", time.sentence.place)
    # what it is changed to may have been cut off
    if time.sentence.last and not _NEW.search(last_clause(before)):
        doubt_time(time, Code.TEXT_ENDS_HERE, reading)


def _what(change: Change) -> tuple[str, str]:
    return change.parcel_no, change.field


def _agreed(changes: Sequence[Change], reading: Reading) -> dict[tuple[str, str], str]:
    """The one new value of each thing that changes; a finding names all where several are given.

    A day is no other value than an hour of it.
    """
    values: dict[tuple[str, str], dict[str, None]] = {}
    for change in changes:
        values.setdefault(_what(change), {})[change.new] = None
    agreed: dict[tuple[str, str], str] = {}
    for (number, name), several in values.items():
        days = {new.partition("T")[0] for new in several if "T" in new}
        finest = [new for new in several if new not in days]
        if len(finest) == 1:
            agreed[number, name] = finest[0]
            continue
        given = "、".join(several)
        reading.doubt(Code.PLACES_DISAGREE, name, Place(), parcel_no=number, values=given)
    return agreed


def _iso(fact: Fact) -> str:
    local = shanghai(fact.value.at)
    return (
        local.date().isoformat()
        if fact.value.precision is Precision.DAY
        else shanghai_iso(fact.value.at)
    )


def _subjects(fact: Fact, drafts: Sequence[ParcelDraft]) -> list[tuple[Keys, str]]:
    """Each parcel that a fact is of, with its number; all of them where none is known."""
    mine = [draft for draft in drafts if not fact.subject or draft.key in fact.subject]
    return [(frozenset({draft.key}), draft.number) for draft in mine] or [(frozenset(), "")]


def _sorted(
    spoken: Sequence[StatedTime], all_sentences: Sequence[Sentence]
) -> tuple[list[StatedTime], list[StatedTime]]:
    """The times that held before, and those that hold now; only these have conditions."""
    old: list[StatedTime] = []
    new: list[StatedTime] = []
    carried = _carried(all_sentences)
    timed = {time.sentence for time in spoken}
    above = {
        sentence: before.text
        for before, sentence in pairwise(all_sentences)
        if before.line == sentence.line and before not in timed
    }
    last: StatedTime | None = None
    last_old = False
    for time in spoken:
        text = time.sentence.text[: time.span.start]
        is_old = (
            _is_old(text, carried.get(time.sentence, False))
            or _GIVES_WAY.match(time.tail) is not None
            or _QUOTED.match(time.tail) is not None
        )
        if last is not None and time.listed and time.listed == last.listed:
            is_old = last_old  # `由A、B调整为C、D`
        last_old = is_old
        same = last is not None and last.sentence == time.sentence
        between = text[last.span.end :] if same and last is not None else ""
        goes_on = only_names(between) or (
            not is_old and (_NEW.search(between) or not between.strip(" ,、|"))
        )
        # behind `更正为` whatever its words speak of
        is_like = _GIVES_WAY.match(between) or (goes_on and not time.topics - {OTHER})
        if last is not None and same and is_like:
            time = _labelled_like(last, time, between)
        last = time
        words = above.get(time.sentence, "")
        is_sure = is_old or not _is_conditional(time, words)
        condition = "" if is_sure else time.condition or words
        (old if is_old else new).append(replace(time, condition=condition))
    return old, new


# `如…,转为挂牌`; not `现更正如下`
_TURNED = re.compile(
    r"(?:如(?!下)|若|倘|不足|少于|未达到|[只仅]有)[^。;:]{0,40}?[改转][为入成由](?:挂牌|拍卖)"
)
_REASON = re.compile(r"(?<![如若果])(?:因|由于|鉴于)[^。;]*$")


def _is_conditional(time: StatedTime, above: str) -> bool:
    """Return whether a new time holds only if too few bid; not where that is why it is changed.

    The condition may end with the sentence `above`.
    """
    turned = _TURNED.search(above)
    if turned is not None:
        return _REASON.search(above, 0, turned.start()) is None
    few = condition_of_heading(time.condition)
    if not few:
        return _TURNED.search(time.condition) is not None
    words, _, _ = time.sentence.text.partition(few)
    return _REASON.search(words) is None


def _labelled_like(last: StatedTime, time: StatedTime, between: str) -> StatedTime:
    """Return a time with the label of the one before, save for what is named between them.

    As in `挂牌截止时间更正为T,起始时间更正为T`, `挂牌时间为T至T,现变更为:挂牌起始时间T`.
    """
    words = last_clause(between)
    topics, side = heading_label(words)
    return replace(time, topics=topics or last.topics, side=side or side_of(words) or last.side)


def _is_old(text: str, carried: bool) -> bool:
    ends_old = [word.end() for word in _OLD.finditer(text)]
    ends_new = [word.end() for word in _NEW.finditer(text)]
    if not ends_old and not ends_new:
        return carried
    return max(ends_old, default=-1) > max(ends_new, default=-1)


def _carried(all_sentences: Sequence[Sentence]) -> dict[Sentence, bool]:
    """Return for each sentence whether it says what was notified before.

    It does below a line such as `原公告内容:`, until one such as `现更正为:`.
    """
    below: dict[Sentence, bool] = {}
    old = False
    for sentence in all_sentences:
        below[sentence] = old
        if _MARKS_ONLY.fullmatch(sentence.text):
            old = _is_old(sentence.text, old)
    return below


def report_nothing(
    kind: Kind,
    spoken: Sequence[StatedTime],
    changes: Sequence[Change],
    place: Place,
    reading: Reading,
) -> None:
    """A finding for a postponement or a correction in which nothing that changes was understood.

    And for a resumption that speaks of deadlines.
    """
    speaks = any(time.topics - {OTHER} for time in spoken)
    is_change = kind in (Kind.POSTPONEMENT, Kind.CORRECTION)
    if not changes and (is_change or (kind is Kind.RESUMPTION and speaks)):
        reading.doubt(Code.CHANGE_NOT_UNDERSTOOD, "", place)
