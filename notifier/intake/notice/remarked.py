"""Times that the words of a parcel's cells state: `备注:该宗地竞拍时间为T`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from notifier.domain.values import Window
from notifier.intake.documents import Paragraph
from notifier.intake.notice.doubted_times import RELATIVE_DAY, not_told, time_of_relative_day
from notifier.intake.notice.folded_text import Sentence, lines, plain, sentences, states_date
from notifier.intake.notice.parcel_drafts import ParcelDraft, is_time
from notifier.intake.notice.prose import StatedTime, stated_times
from notifier.intake.notice.rows import Entry
from notifier.intake.notice.scan import CHANGED, OTHER
from notifier.intake.notice.scopes import NOBODY, scoped
from notifier.intake.notice.table_layout import IDENTITY

_SHORTEST = len("竞拍时间1-2")
# `3月5日挂牌时流拍`, `已于3月5日拍卖`, `原定于…`: what an earlier offer was
_RECALLED = re.compile(
    r"流[拍标]|未能?成交|曾|此前|前期|去年|上一?次|已[于经被]|因故|(?:终止|中止|暂停)(?!时间)|撤[回销]|取消(?!.{0,4}资格)"
    r"|无人(?:竞|报|应|举|申请)|原(?:计划|拟|公告|拍卖|挂牌|竞|报名|交易|出让)|原定(?!.*(?:延|推|改|调整|变更|更正))"
)
# `挂牌截止时间由T调整为T`: which of both holds now is not told by a label
_TELLS_OF_A_CHANGE = re.compile(rf"{CHANGED}(?:为|至|到|在|于)")
# `开工保证金`, `履约保证金`: none of the bidders'
_ANOTHER_DEPOSIT = re.compile(
    r"(?<=[一-鿿])(?<!竞买)(?<!竞拍)(?<!竞投)(?<!投标)(?<![缴交纳付额的该此其将把地块和及并])保证金"
)
# `该宗地与A地块同时竞拍`: the time is that of the card's own parcel, too
_ITS_OWN = re.compile(r"[该本此](?:宗|地块|幅)|(?:^|[,;])与")


def remarked_times(draft: ParcelDraft, drafts: Sequence[ParcelDraft]) -> Iterator[StatedTime]:
    """The times in a parcel's cells whose headings are none of a time.

    A time is the parcel's, unless the cell names another one; it needs a label of its own.
    """
    for entry in draft.entries:
        states_times, folded = _may_state_times(entry), plain(entry.value)
        may_tell_days = entry.column.field not in IDENTITY and ("日" in folded or "天" in folded)
        if not states_times and not may_tell_days:
            continue
        words = lines([Paragraph(text=entry.value, place=entry.place)])
        text = [replace(sentence, last=False, line=-1) for sentence in sentences(words)]
        if may_tell_days:
            yield from _of_relative_days(draft, text)
        if not states_times:
            continue
        times = list(stated_times(text))
        if _TELLS_OF_A_CHANGE.search(entry.value):
            labelled = [replace(time, span=not_told(time.span)) for time in times if time.topics]
        else:
            labelled = [time for time in times if _has_own_label(time)]
        for time in scoped(labelled, text, drafts):
            own = frozenset({draft.key})
            is_its_own = not time.about or _ITS_OWN.search(_before(time)) is not None
            about = (time.about - NOBODY) | own if is_its_own else time.about
            number = time.parcel_no if not about & own else draft.number
            yield replace(time, about=about, parcel_no=number, inherited=entry.inherited)


def _of_relative_days(draft: ParcelDraft, text: Sequence[Sentence]) -> Iterator[StatedTime]:
    """The times that a remark tells by another's day, which is not known: `拍卖时间为当日15时`."""
    for sentence in text:
        for match in RELATIVE_DAY.finditer(sentence.text):
            for time in time_of_relative_day(sentence, match):
                yield replace(time, about=frozenset({draft.key}), parcel_no=draft.number)


def _may_state_times(entry: Entry) -> bool:
    if entry.column.field in IDENTITY or len(entry.value) < _SHORTEST or is_time(entry):
        return False
    is_recalled = _RECALLED.search(entry.value) is not None
    return entry.certain and not is_recalled and states_date(entry.value)


def _before(time: StatedTime) -> str:
    return time.sentence.text[: time.span.start]


def _has_own_label(time: StatedTime) -> bool:
    """Return whether words right beside a time tell its topic: `竞拍时间为T`, `于T竞拍`."""
    ends = (time.span.open, time.span.close)
    has_clock = any(end is not None and end.has_clock for end in ends)
    if Window.DEPOSIT in time.topics and _ANOTHER_DEPOSIT.search(time.sentence.text):
        return False
    is_beside = time.rule == "label-before" or (time.rule == "deed-after" and has_clock)
    return bool(time.topics - {OTHER}) and is_beside
