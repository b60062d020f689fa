"""One document understood as one notice: tables and text apart, then joined parcel by parcel."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby

from notifier.domain.findings import Code
from notifier.domain.reach import lines_of
from notifier.domain.values import (
    MILESTONES,
    OFFERING_KINDS,
    Change,
    Kind,
    Notice,
    Parcel,
    Place,
    Severity,
    WindowEnd,
    milestones_with,
    squash,
)
from notifier.intake.cell_ranges import day_alone
from notifier.intake.documents import Document, Paragraph, Table
from notifier.intake.hours_elsewhere import hours_elsewhere
from notifier.intake.notice import decide, parcels_in_text
from notifier.intake.notice.changed_values import CHANGING, read_changes, report_nothing
from notifier.intake.notice.columns import TIMES, Column, are_two_times, is_code, is_time_label
from notifier.intake.notice.compared import as_sentences
from notifier.intake.notice.concerned import changes_others, of_change, without_what_goes_on
from notifier.intake.notice.conditions import (
    OtherWay,
    condition_of_heading,
    is_of_a_meeting,
    other_ways,
    set_apart,
)
from notifier.intake.notice.facts import Fact, Reading
from notifier.intake.notice.folded_text import (
    Line,
    Sentence,
    dense,
    lines,
    plain,
    sentences,
    states_date,
)
from notifier.intake.notice.head import Head, read_head
from notifier.intake.notice.layouts import read_grid
from notifier.intake.notice.parcel_drafts import ParcelDraft, is_time, join, read_amounts
from notifier.intake.notice.pieces import Piece, has_pipes, of_lines, of_pipes, of_table, of_words
from notifier.intake.notice.prose import StatedTime, stated_times, told_finer
from notifier.intake.notice.rows import Entry, Row
from notifier.intake.notice.scan import (
    FIELD_SIDES,
    FIELD_TOPICS,
    OTHER,
    Side,
    Topic,
    deeds,
    heading_label,
    last_clause,
    names_both_ends,
)
from notifier.intake.notice.scopes import NOBODY, out_of_place, scoped
from notifier.intake.notice.side_by_side import side_by_side
from notifier.intake.notice.slipped_rows import without_slipped_times
from notifier.intake.notice.spans import Span, SpanForm, spans
from notifier.intake.notice.streams import leftover_paragraphs, read_stream, worth_of_rows
from notifier.intake.notice.table_forms import formed, with_numbers_named
from notifier.intake.notice.windows import (
    Years,
    names,
    read_closes_by_another,
    read_periods,
    read_windows,
    report_unlabelled,
)

_LINES_OF_TITLES = 2
_LONGEST_TITLE = 30  # characters
_YEAR_OF_TITLE = re.compile(r"(?<!\d)(20\d\d)(?=年|$)")
_MOST_WORDS = 100_000  # characters of a notice of change that are kept
_FEWEST_SPACES = 8
_MOST_RIVALS = 60
_OFFERS = OFFERING_KINDS | {Kind.OTHER}
_OF_SOME = CHANGING | {Kind.SUSPENSION, Kind.TERMINATION, Kind.RESUMPTION}
_LATER = CHANGING | {Kind.SUSPENSION, Kind.TERMINATION, Kind.RESULT}


def understand(document: Document) -> Notice:
    """The notice that a document is. Whatever is not understood is a finding."""
    rows, left = _tables(document)
    text = lines(left)
    head = read_head(text or lines(_all_text(document)), document.title)
    reading = Reading(findings=list(document.findings))
    if head.is_report:
        place = text[0].place if text else Place()
        reading.doubt(Code.NEWS_REPORT, "", place, severity=Severity.WARNING)
    _report_empty_tops(rows, reading)
    drafts, general = join(rows)
    if not drafts:
        drafts, more = join(
            parcels_in_text.read_prose(_told_of(head.kind, text), table=len(rows) + 1)
        )
        general += more
    if (
        len(drafts) == 1
        and not drafts[0].number
        and len(numbers := parcels_in_text.read_numbers(text)) == 1
    ):
        drafts[0].number = numbers[0]
    if not drafts and head.kind in _LATER and (name := parcels_in_text.read_some_name(text)):
        drafts = [ParcelDraft(key=0, number=name, place=text[0].place)]
    for draft in drafts:
        read_amounts(draft, reading)
    all_sentences = list(sentences(text))
    changes = _read_times(head, text, all_sentences, drafts, general, _ending(document), reading)
    ways = other_ways(all_sentences, drafts, general) if head.kind in _OFFERS else []
    found = _parcels(head, text, drafts, ways, reading)
    return Notice(
        file=document.file,
        kind=head.kind,
        notice_no=head.notice_no,
        title=head.title,
        authority=head.authority,
        city=head.city,
        published=head.published,
        platform=head.platform,
        contacts=head.contacts,
        parcels=found,
        refers_to=head.refers_to,
        changes=changes,
        findings=tuple(reading.findings),
        words="" if head.kind in _OFFERS else lines_of(_words(document), _MOST_WORDS),
    )


def _words(document: Document) -> Iterator[str]:
    """Every paragraph and every row of a table, as it stands."""
    for block in document.blocks:
        if isinstance(block, Paragraph):
            yield plain(block.text)
            continue
        for row in block.rows:
            yield plain(" | ".join(cell.text for cell in row if cell.own))


def _told_of(kind: Kind, text: list[Line]) -> list[Line]:
    """Of a notice of change what says which parcels it changes; else everything."""
    if kind not in _OF_SOME:
        return text
    deeds = of_change(text, resumes=kind is Kind.RESUMPTION)
    # where only the recital names parcels the change is of all of them, unless some go on
    if changes_others(deeds) and kind in CHANGING:
        return text  # all of them, to know the others
    return deeds if parcels_in_text.read_numbers(deeds) else without_what_goes_on(text)


# tables and text apart


def _tables(document: Document) -> tuple[list[Row], list[Paragraph]]:
    rows: list[Row] = []
    left: list[Paragraph] = []
    run: list[Paragraph] = []
    count = 0

    def flush(*, last: bool = False) -> None:
        nonlocal count
        if run:
            count += 1
            found, rest = _flattened(run, last=last)
            unsure, rest = side_by_side(rest)
            rows.extend(replace(row, table=count) for row in [*found, *unsure])
            left.extend(rest)
            run.clear()

    for block in document.blocks:
        if isinstance(block, Paragraph):
            run.append(block)
            continue
        above = run[-1].text if run else ""
        flush()
        count += 1
        found, rest = _table(block, above)
        rows += [replace(row, table=count) for row in found]
        left += rest
    flush(last=True)
    return list(map(without_slipped_times, rows)), left


def _table(table: Table, above: str) -> tuple[list[Row], list[Paragraph]]:
    """The rows of a table, and what in it is text; `above` is the line that stands over it."""
    compared = as_sentences(table)
    if compared is not None:
        return [], compared
    if not table.sure:
        rows, pieces = _best_stream(table)
        if rows:
            return rows, leftover_paragraphs(pieces)
    grid = formed(table.rows, above)
    rows, text = read_grid(grid)
    if not any(row.has(*_NAMES) for row in rows):
        named, beside = read_grid(with_numbers_named(grid))
        numbers = [
            entry.value
            for row in named
            if row.has(*TIMES)
            for entry in row.entries
            if entry.column.field == "parcel_no"
        ]
        if numbers and all(map(is_code, numbers)):
            return named, beside
    return rows, text


def _best_stream(table: Table) -> tuple[list[Row], list[Piece]]:
    """The rows of a table, each on a line of its own, or broken into several if that fits better.

    That is asked only where some cells could not be placed.
    """
    whole = read_stream(of_table(table))
    if whole[0] and not any(row.unplaced or row.behind for row in whole[0]):
        return whole
    broken = read_stream(of_table(table, rows=False))
    return max(whole, broken, key=lambda way: worth_of_rows(way[0]))


def _report_empty_tops(rows: Sequence[Row], reading: Reading) -> None:
    """Report each column of times, or of numbers, that is empty in the first row of a table alone.

    All its cells may stand one row too low.
    """
    for _, same in groupby(rows, key=lambda row: (row.table, row.part)):
        first, *others = same
        below = [row.line for row in others if row.columns == first.columns]
        if not below or len(below) < len(others):
            continue
        for number, (column, cell) in enumerate(zip(first.columns, first.line, strict=True)):
            if cell.text.strip() or not all(line[number].text.strip() for line in below):
                continue
            for name in _fields_of_times(column):
                reading.doubt(
                    Code.TIME_CELLS_EMPTY,
                    name,
                    cell.place,
                    severity=Severity.WARNING,
                    rows=str(cell.place.row or 1),
                )
            if column.field == "parcel_no":
                _doubt_numbers(first, below[0][number].text, reading)


def _doubt_numbers(first: Row, number: str, reading: Reading) -> None:
    """Report the times of a table whose `number` may be that of the row above it."""
    for column in first.columns:
        for name in _fields_of_times(column):
            reading.doubt(
                Code.CELL_MAY_HAVE_SLIPPED,
                name,
                first.place,
                severity=Severity.WARNING,
                text=number,
            )


def _fields_of_times(column: Column) -> list[str]:
    """The field of a column of times, or what its heading says they are for; else nothing."""
    if not is_time_label(column.heading):
        return []
    topics, _ = heading_label(dense(plain(column.heading)).rstrip(":"))
    return [column.field or str(topic) for topic in topics]


def _flattened(paragraphs: Sequence[Paragraph], *, last: bool) -> tuple[list[Row], list[Paragraph]]:
    """Tables that were flattened into paragraphs; the rest is text.

    `last`: the file ends with them.
    """
    pieces = of_pipes(paragraphs) if has_pipes(paragraphs) else of_lines(paragraphs)
    if last and pieces:
        pieces[-1] = replace(pieces[-1], last=True)
    rows, left = read_stream(pieces)
    if rows:
        return rows, leftover_paragraphs(left)
    if sum(paragraph.text.strip().count(" ") for paragraph in paragraphs) < _FEWEST_SPACES:
        return [], list(paragraphs)
    ways = [
        read_stream(of_words(paragraphs, rows=rows_are_lines)) for rows_are_lines in (True, False)
    ]
    rows, left = max(ways, key=lambda way: worth_of_rows(way[0]))
    text = {id(piece.source) for piece in left}
    return rows, [
        paragraph
        for paragraph in paragraphs
        if not rows or id(paragraph) in text or not _is_of_words(paragraph)
    ]


def _is_of_words(paragraph: Paragraph) -> bool:
    """Return whether a line is cells parted by spaces and nothing more.

    A line with a date may be a sentence, too.
    """
    return " " in paragraph.text.strip() and not states_date(paragraph.text)


def _all_text(document: Document) -> list[Paragraph]:
    return [
        Paragraph(text=cell.text, place=cell.place)
        for block in document.blocks
        if isinstance(block, Table)
        for row in block.rows
        for cell in row
        if cell.own and cell.text
    ]


def _ending(document: Document) -> str:
    """The last words of a file that ends in running text, perhaps within them."""
    end = document.blocks[-1] if document.blocks else None
    return end.text.strip() if isinstance(end, Paragraph) else ""


# times


def _read_times(
    head: Head,
    text: Sequence[Line],
    all_sentences: Sequence[Sentence],
    drafts: Sequence[ParcelDraft],
    general: Sequence[Row],
    ending: str,
    reading: Reading,
) -> tuple[Change, ...]:
    """All facts, of tables and of running text; the changes, in a notice of change."""
    if head.kind not in _OFFERS | CHANGING:
        return ()
    number_year = head.number_year or _year_of_parcels(drafts, head.published)
    if number_year is None and head.published is None:
        number_year = _year_of_titles(text)
    years = Years(number_year, head.published, _day_of_report(head, drafts))
    everything: list[StatedTime] = []
    for draft in drafts:
        for entry in draft.entries:
            if is_time(entry):
                everything += _of_entry(entry, reading, draft, last=entry.value == ending)
    for row in general:
        for entry in row.entries:
            if is_time(entry):
                everything += _of_entry(entry, reading, None, last=entry.value == ending)
    spoken = told_finer(list(stated_times(all_sentences)))
    doubtful = out_of_place(spoken, all_sentences)
    for time in doubtful:
        _doubt_place(time, reading)
    spoken = scoped(_without(spoken, doubtful), all_sentences, drafts)
    nobodys = [time for time in spoken if time.about == NOBODY]
    for time in nobodys:
        _doubt_parcel(time, reading)
    spoken = _without(spoken, nobodys)
    if head.kind in CHANGING:
        read_windows(everything, years, reading)
        changes = read_changes(spoken, all_sentences, drafts, years, reading)
        report_nothing(head.kind, changes, text[0].place if text else Place(), reading)
        return changes
    everything += spoken
    read_windows(everything, years, reading)
    _drop_cut_off(all_sentences, reading)
    _doubt_cut_off(all_sentences, spoken, reading)
    report_unlabelled(spoken, reading)
    read_periods(all_sentences, spoken, years, reading)
    read_closes_by_another(all_sentences, reading)
    return ()


def _without(times: Sequence[StatedTime], doubtful: Sequence[StatedTime]) -> list[StatedTime]:
    left_out = set(map(id, doubtful))
    return [time for time in times if id(time) not in left_out]


def _doubt_place(time: StatedTime, reading: Reading) -> None:
    for name in names(time):
        reading.doubt(Code.TIME_WITHOUT_LABEL, name, time.sentence.place, text=time.sentence.text)


def _doubt_parcel(time: StatedTime, reading: Reading) -> None:
    for name in names(time):
        text = time.sentence.text[:_MOST_TEXT]
        reading.doubt(Code.PARCEL_NOT_READ, name, time.sentence.place, text=text)


_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")


def _day_of_report(head: Head, drafts: Sequence[ParcelDraft]) -> date | None:
    """Return the day of a report, unless the numbers of its parcels are all of other years.

    A mirror may carry it years later.
    """
    years = {year for draft in drafts for year in _YEAR.findall(draft.number)}
    if head.reported is None or (years and str(head.reported.year) not in years):
        return None
    return head.reported


def _year_of_parcels(drafts: Sequence[ParcelDraft], published: date | None) -> int | None:
    """The one year in the numbers of all parcels, where the notice was published in that year."""
    years = {year for draft in drafts for year in _YEAR.findall(draft.number)}
    if published is None or years != {str(published.year)}:
        return None
    return published.year


def _year_of_titles(text: Sequence[Line]) -> int | None:
    """The one year in the first lines of a list that is no notice: `2031年10月截止一览`."""
    titles = [line.text for line in text[:_LINES_OF_TITLES] if len(line.text) <= _LONGEST_TITLE]
    years = {year for title in titles for year in _YEAR_OF_TITLE.findall(title)}
    return int(years.pop()) if len(years) == 1 else None


def _drop_cut_off(all_sentences: Sequence[Sentence], reading: Reading) -> None:
    """Drop the milestones of a label right behind which the file ends.

    No other time is taken in place of the lost one.
    """
    last = all_sentences[-1] if all_sentences else None
    if last is None or not last.last or not last.text.endswith(("为", ":", "于")):
        return
    topics, _ = heading_label(last_clause(last.text))
    closes = milestones_with(WindowEnd.CLOSE)
    cut = [name for name in closes if MILESTONES[name].window in topics]
    for name in cut:
        reading.doubt(Code.TEXT_ENDS_HERE, name, last.place, text=last.text[-40:])
    reading.facts = [fact for fact in reading.facts if fact.milestone not in cut]


def _doubt_cut_off(
    all_sentences: Sequence[Sentence], spoken: Sequence[StatedTime], reading: Reading
) -> None:
    """Doubt the closes of the last sentence but one, where the file ends within one about them.

    What is cut off may say of one of them that it is another time.
    """
    last = all_sentences[-1] if all_sentences else None
    if last is None or not last.last or re.search(r"[\d:]", last.text):
        return
    before = all_sentences[-2] if len(all_sentences) > 1 else last
    if before.line != last.line:
        return
    topics = frozenset().union(*(label.topics for label in deeds(last.text)))
    reported = {finding.field for finding in reading.findings}
    for time in spoken:
        for name in names(time) if time.sentence == before else ():
            kind = MILESTONES[name]
            is_spoken_of = not topics or kind.window in topics
            if kind.end is WindowEnd.CLOSE and is_spoken_of and name not in reported:
                reading.doubt(
                    Code.TEXT_ENDS_HERE,
                    name,
                    last.place,
                    parcel_no=time.parcel_no,
                    severity=Severity.WARNING,
                    text=last.text[-40:],
                )


_MOST_TEXT = 80
_NAMES = ("parcel_no", "parcel_name", parcels_in_text.ALIAS)


def _of_entry(
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
    words = entry.value[:80]
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
            sentence=Sentence(text=text, place=entry.place),
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
            text=hours[0][:_MOST_TEXT],
        )


def _heading_topics(entry: Entry) -> tuple[frozenset[Topic], Side]:
    field = entry.column.field
    by_words, side = heading_label(dense(plain(entry.column.heading)).rstrip(":"))
    if field not in FIELD_TOPICS:
        return by_words, side
    topics = frozenset({FIELD_TOPICS[field]})
    return (by_words if topics < by_words else topics), FIELD_SIDES.get(field, Side.UNKNOWN)


# parcels


def _parcels(
    head: Head,
    text: Sequence[Line],
    drafts: list[ParcelDraft],
    ways: Sequence[OtherWay],
    reading: Reading,
) -> tuple[Parcel, ...]:
    place = text[0].place if text else Place()
    offers = head.kind in _OFFERS
    if not drafts and reading.facts and offers:
        drafts = [
            ParcelDraft(key=key, number="", place=place)
            for key in range(parcels_in_text.unnamed(text))
        ]
        reading.doubt(Code.PARCELS_NOT_FOUND, "", place, severity=Severity.WARNING)
    elif not drafts and reading.facts:
        reading.doubt(Code.PARCELS_NOT_FOUND, "", place, severity=Severity.WARNING)
    elif not drafts and head.kind in OFFERING_KINDS:
        reading.doubt(Code.PARCELS_NOT_FOUND, "", place, severity=Severity.ERROR)
        decide.report_missing(head.kind, [("", {})], place, reading)
    elif any(not draft.number for draft in drafts):
        reading.doubt(Code.PARCEL_WITHOUT_NUMBER, "parcel_no", place, severity=Severity.WARNING)
    stated = 0
    if head.kind in OFFERING_KINDS and drafts:
        stated = max(parcels_in_text.stated_count(text), parcels_in_text.sections(text))
    if stated > len(drafts):
        reading.doubt(Code.PARCELS_MISSING, "", place, stated=str(stated), found=str(len(drafts)))
    known = [draft.number for draft in drafts if draft.number]
    known += [
        entry.value for draft in drafts for entry in draft.entries if entry.column.field in _NAMES
    ]
    others = (
        parcels_in_text.numbers_not_among([*known, head.notice_no, *head.refers_to], text)
        if offers and known
        else []
    )
    if others:
        reading.doubt(Code.PARCEL_NOT_READ, "", place, text="、".join(others)[:_MOST_TEXT])
    facts = decide.of_each(reading.facts, [draft.key for draft in drafts])
    whole = [
        _parcel(draft, set_apart(facts[draft.key], ways, draft.key, head.kind), reading)
        for draft in drafts
    ]
    _doubt_joined(whole, reading)
    if drafts:
        decide.report_missing(
            head.kind,
            [(parcel.parcel_no, dict(parcel.milestones)) for parcel in whole],
            place,
            reading,
        )
    return tuple(whole)


_AMOUNTS = frozenset({"area_m2", "start_price_wan", "deposit_wan"})
_FEWEST_DISAGREEING = 2


def _doubt_joined(whole: Sequence[Parcel], reading: Reading) -> None:
    """Doubt the times of a parcel of which several amounts are stated in two ways.

    The row of another parcel, which lost its number, is read as one of its own.
    """
    disagreeing = Counter(
        finding.parcel_no
        for finding in reading.findings
        if finding.code is Code.PLACES_DISAGREE and finding.field in _AMOUNTS
    )
    for parcel in whole:
        if disagreeing[parcel.parcel_no] < _FEWEST_DISAGREEING:
            continue
        for name in parcel.milestones:
            reading.doubt(
                Code.SAME_NUMBER_TWICE,
                name,
                parcel.place,
                parcel_no=parcel.parcel_no,
                severity=Severity.WARNING,
            )


def _aliases(draft: ParcelDraft) -> tuple[str, ...]:
    """Return what the parcel is called beside its number."""
    others = [entry.value for entry in draft.entries if entry.column.field == parcels_in_text.ALIAS]
    names = dict.fromkeys([draft.text("parcel_name"), *others])
    return tuple(name for name in names if name and squash(name) != squash(draft.number))


def _parcel(draft: ParcelDraft, facts: Sequence[Fact], reading: Reading) -> Parcel:
    """The parcel, with what is said of it and of all."""
    own = [fact for fact in facts if not fact.condition]
    conditional = [fact for fact in facts if fact.condition]
    return Parcel(
        parcel_no=draft.number,
        aliases=_aliases(draft),
        location=draft.text("location"),
        district=draft.text("district"),
        use=draft.text("use"),
        area_m2=draft.area_m2,
        floor_area_m2=draft.floor_area_m2,
        far=draft.text("far"),
        start_price_wan=draft.start_price_wan,
        deposit_wan=draft.deposit_wan,
        term=draft.text("term"),
        note=draft.text("note"),
        milestones=decide.settle(own, draft.number, draft.place, reading),
        alternatives=decide.alternatives(conditional, draft.number, draft.place, reading),
        place=draft.place,
    )
