"""Times that the words of a parcel's cells state: `备注:该宗地竞拍时间为T`."""

from __future__ import annotations

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
_OWN_LABEL = "label-before"


def remarked_times(draft: ParcelDraft, drafts: Sequence[ParcelDraft]) -> Iterator[StatedTime]:
    """The times in a parcel's cells whose headings are none of a time.

    A time is the parcel's, unless the cell names another one; it needs a label of its own.
    """
    for entry in draft.entries:
        if not _may_state_times(entry):
            continue
        text = list(sentences(lines([Paragraph(text=entry.value, place=entry.place)])))
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
    return entry.certain and states_date(entry.value)


def _has_own_label(time: StatedTime) -> bool:
    return bool(time.topics - {OTHER}) and time.rule == _OWN_LABEL
