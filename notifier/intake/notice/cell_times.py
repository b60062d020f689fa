"""The times in the cells of a table, under headings that say what they are for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from notifier.domain.findings import Code
from notifier.domain.values import Severity
from notifier.intake.cell_ranges import day_alone
from notifier.intake.headings import tense_of
from notifier.intake.hours_elsewhere import hours_elsewhere
from notifier.intake.notice.columns import are_two_times
from notifier.intake.notice.conditions import condition_of_heading, is_of_a_meeting
from notifier.intake.notice.facts import MOST_TEXT, Reading
from notifier.intake.notice.folded_text import Sentence, dense, plain
from notifier.intake.notice.parcel_drafts import ParcelDraft
from notifier.intake.notice.prose import StatedTime
from notifier.intake.notice.rows import Entry
from notifier.intake.notice.scan import (
    FIELD_SIDES,
    FIELD_TOPICS,
    OTHER,
    Side,
    Topic,
    heading_label,
    names_both_ends,
)
from notifier.intake.notice.spans import Span, SpanForm, spans


def times_of_entry(
    entry: Entry, reading: Reading, draft: ParcelDraft | None, *, last: bool
) -> Iterable[StatedTime]:
    """The times in a cell under a heading that says what they are for.

    `last`: the file ends with it.
    """
    text = dense(plain(day_alone(entry.value.strip())))
    found = spans(text, last=last)
    topics, side = _heading_topics(entry)
    heading = dense(plain(entry.column.heading))
    number = draft.number if draft else ""
    words = entry.value[:MOST_TEXT]
    if side and are_two_times(entry.value):
        entry = replace(entry, certain=False)
    for name in [entry.column.field or str(topic) for topic in topics]:
        if not entry.certain:
            reading.doubt(Code.CELL_UNCERTAIN, name, entry.place, parcel_no=number, text=words)
        elif not found and re.search(r"\d", text):
            reading.doubt(
                Code.TIME_NOT_UNDERSTOOD,
                name,
                entry.place,
                parcel_no=number,
                text=words,
                words="no date",
            )
        elif entry.blank:
            reading.doubt(
                Code.BLANK_CELL,
                name,
                entry.place,
                parcel_no=number,
                severity=Severity.WARNING,
                text=words,
            )
    if not entry.certain:
        return
    _report_hours_elsewhere(entry, draft, found, topics, reading)
    for span in found:
        if (
            span.form is SpanForm.POINT
            and side is Side.UNKNOWN
            and re.match(r"(?:之?前|止)", text[span.end :])
        ):
            side = Side.CLOSE
        yield StatedTime(
            sentence=Sentence(text=text, place=entry.place, heading=heading),
            span=span,
            topics=topics,
            side=Side.CLOSE if span.form is SpanForm.UNTIL else side,
            about=frozenset({draft.key}) if draft else frozenset(),
            condition=condition_of_heading(heading),
            at_meeting=is_of_a_meeting(heading),
            inherited=entry.inherited,
            parcel_no=number,
            rule="heading-of-a-cell",
            of_both_ends=names_both_ends(heading),
        )


def is_former(time: StatedTime) -> bool:
    """Return whether a time in a cell is the one before a change: `原挂牌截止时间`."""
    return tense_of(time.sentence.heading)[0] == "old"


def _report_hours_elsewhere(
    entry: Entry,
    draft: ParcelDraft | None,
    found: Sequence[Span],
    topics: frozenset[Topic],
    reading: Reading,
) -> None:
    """Report a day whose hour may stand in the heading, in a cell beside it or in a remark.

    It is reminded of from the morning on, as a day; but nobody may take it for all that is stated.
    """
    ends = [end for span in found for end in (span.open, span.close) if end is not None]
    if not topics - {OTHER} or not ends or any(end.has_clock for end in ends):
        return
    hours = hours_elsewhere(entry, draft.entries if draft is not None else ())
    for topic in sorted(topics - {OTHER}) if hours else ():
        reading.doubt(
            Code.HOUR_ELSEWHERE,
            entry.column.field or str(topic),
            entry.place,
            parcel_no=draft.number if draft is not None else "",
            severity=Severity.WARNING,
            text=hours[0][:MOST_TEXT],
        )


def _heading_topics(entry: Entry) -> tuple[frozenset[Topic], Side]:
    field = entry.column.field
    by_words, side = heading_label(dense(plain(entry.column.heading)).rstrip(":"))
    if field not in FIELD_TOPICS:
        return by_words, side
    topics = frozenset({FIELD_TOPICS[field]})
    return (by_words if topics < by_words else topics), FIELD_SIDES.get(field, Side.UNKNOWN)
