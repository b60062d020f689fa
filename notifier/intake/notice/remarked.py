"""Times that the words of a parcel's cells state: `备注:该宗地竞拍时间为T`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from notifier.intake.documents import Paragraph
from notifier.intake.notice.folded_text import lines, sentences, states_date
from notifier.intake.notice.parcel_drafts import ParcelDraft, is_time
from notifier.intake.notice.prose import StatedTime, stated_times
from notifier.intake.notice.rows import Entry
from notifier.intake.notice.scan import OTHER
from notifier.intake.notice.scopes import scoped
from notifier.intake.notice.table_layout import IDENTITY

_SHORTEST = len("竞拍时间1-2")
# `3月5日挂牌时流拍`: what an earlier offer was
_RECALLED = re.compile(r"流拍|未成交|曾|此前|上一?次")


def remarked_times(draft: ParcelDraft, drafts: Sequence[ParcelDraft]) -> Iterator[StatedTime]:
    """The times in a parcel's cells whose headings are none of a time.

    A time is the parcel's, unless the cell names another one; it needs a label of its own.
    """
    for entry in draft.entries:
        if not _may_state_times(entry):
            continue
        words = lines([Paragraph(text=entry.value, place=entry.place)])
        text = [replace(sentence, last=False) for sentence in sentences(words)]
        labelled = [time for time in stated_times(text) if _has_own_label(time)]
        for time in scoped(labelled, text, drafts):
            about = time.about or frozenset({draft.key})
            number = time.parcel_no if time.about else draft.number
            yield replace(
                time,
                sentence=replace(time.sentence, line=-1),
                about=about,
                parcel_no=number,
                inherited=entry.inherited,
            )


def _may_state_times(entry: Entry) -> bool:
    if entry.column.field in IDENTITY or len(entry.value) < _SHORTEST or is_time(entry):
        return False
    is_recalled = _RECALLED.search(entry.value) is not None
    return entry.certain and not is_recalled and states_date(entry.value)


def _has_own_label(time: StatedTime) -> bool:
    """Return whether words right beside a time tell its topic: `竞拍时间为T`, `于T竞拍`."""
    ends = (time.span.open, time.span.close)
    has_clock = any(end is not None and end.has_clock for end in ends)
    is_beside = time.rule == "label-before" or (time.rule == "deed-after" and has_clock)
    return bool(time.topics - {OTHER}) and is_beside
