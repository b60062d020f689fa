"""One document understood as one notice: tables and text apart, then joined parcel by parcel."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

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
    Window,
    WindowEnd,
    milestones_with,
    squash,
)
from notifier.intake.documents import Document, Paragraph
from notifier.intake.notice import decide, parcel_counts, parcel_numbers, parcels_in_text
from notifier.intake.notice.cell_times import is_former, times_of_entry
from notifier.intake.notice.changed_values import (
    CHANGING,
    ToldTimes,
    read_changes,
    report_nothing,
)
from notifier.intake.notice.conditions import OtherWay, other_ways, set_apart
from notifier.intake.notice.document_parts import (
    ending,
    report_empty_tops,
    tables_and_text,
    text_of_tables,
)
from notifier.intake.notice.doubted_times import hours_behind, in_doubt, with_relative_days
from notifier.intake.notice.effects import Concern, Effect, concern, told_effects
from notifier.intake.notice.facts import MOST_TEXT, Fact, Reading
from notifier.intake.notice.folded_text import Line, Sentence, lines, plain, sentences
from notifier.intake.notice.head import Head, read_head
from notifier.intake.notice.named import Names
from notifier.intake.notice.own_ways import of_own_ways
from notifier.intake.notice.parcel_drafts import ParcelDraft, is_time, join, read_amounts
from notifier.intake.notice.prose import StatedTime, stated_times, with_hours_in_brackets
from notifier.intake.notice.references import (
    is_reference,
    read_references,
    refers,
    times_and_references,
)
from notifier.intake.notice.remarked import remarked_times
from notifier.intake.notice.rows import Row
from notifier.intake.notice.scan import deeds, heading_label, last_clause
from notifier.intake.notice.scopes import NOBODY, out_of_place, scoped
from notifier.intake.notice.spans import SAME_AS_ABOVE
from notifier.intake.notice.windows import (
    Years,
    doubt_time,
    names,
    names_of,
    read_windows,
    report_unlabelled,
)

_LINES_OF_TITLES = 2
_LONGEST_TITLE = 30  # characters
_YEAR_OF_TITLE = re.compile(r"(?<!\d)(20\d\d)(?=年|$)")
_MOST_WORDS = 100_000  # characters of a notice of change that are kept
_OFFERS = OFFERING_KINDS | {Kind.OTHER}
_OF_SOME = CHANGING | {Kind.SUSPENSION, Kind.TERMINATION, Kind.RESUMPTION}
_LATER = CHANGING | {Kind.SUSPENSION, Kind.TERMINATION, Kind.RESULT}


def understand(document: Document) -> Notice:
    """The notice that a document is. Whatever is not understood is a finding."""
    rows, left = tables_and_text(document)
    text = lines(left)
    head = read_head(text or lines(text_of_tables(document)), document.title)
    reading = Reading(findings=list(document.findings))
    if head.is_report:
        place = text[0].place if text else Place()
        reading.doubt(Code.NEWS_REPORT, "", place, severity=Severity.WARNING)
    report_empty_tops(rows, reading)
    drafts, general = join(rows)
    if not drafts:
        drafts, more = join(parcels_in_text.read_prose(text, table=len(rows) + 1))
        general += more
    _name_in_order(drafts, text, reading)
    if not drafts and head.kind in _LATER and (name := parcel_numbers.read_some_name(text)):
        drafts = [ParcelDraft(key=0, number=name, place=text[0].place)]
    all_sentences = list(sentences(text))
    head, concerned = _concern(head, text, drafts, reading)
    head = _of_deadlines(head, text, all_sentences, drafts, reading)
    for draft in drafts:
        read_amounts(draft, reading)
    changes = _read_times(
        head, text, all_sentences, drafts, general, concerned, ending(document), reading
    )
    others = (concerned.left | concerned.ended).difference(*(f.subject for f in reading.facts))
    drafts = [draft for draft in drafts if draft.key not in others]
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


def _name_in_order(drafts: Sequence[ParcelDraft], text: Sequence[Line], reading: Reading) -> None:
    """Give parcels of which a table names none the numbers of the text, if it has as many.

    A finding says so of several.
    """
    if not drafts or any(draft.number for draft in drafts):
        return
    numbers = parcel_numbers.read_numbers(text)
    if len(numbers) != len(drafts):
        return
    for draft, number in zip(drafts, numbers, strict=True):
        draft.number = number
        draft.names.add(squash(plain(number)))
    if len(drafts) > 1:
        reading.doubt(
            Code.NUMBERS_IN_ORDER,
            "parcel_no",
            drafts[0].place,
            severity=Severity.WARNING,
            text="、".join(numbers)[:MOST_TEXT],
        )


def _words(document: Document) -> Iterator[str]:
    """Every paragraph and every row of a table, as it stands."""
    for block in document.blocks:
        if isinstance(block, Paragraph):
            yield plain(block.text)
            continue
        for row in block.rows:
            yield plain(" | ".join(cell.text for cell in row if cell.own))


def _concern(
    head: Head, text: Sequence[Line], drafts: Sequence[ParcelDraft], reading: Reading
) -> tuple[Head, Concern]:
    """Whom a later notice concerns; its head, which is one of change if it ends only some parcels.

    So none is taken for ended that has new times; a finding names those that end beside others.
    """
    if head.kind not in _OF_SOME:
        return head, Concern()
    names = Names(drafts)
    found = concern(head.kind, head.title, text, names)
    is_change = head.kind in CHANGING
    if found.ended and (is_change or found.ended | found.left != names.everybody):
        for draft in drafts:
            if draft.key in found.ended:
                reading.doubt(Code.OFFER_ENDS_TOO, "", draft.place, parcel_no=draft.number)
        return head if is_change else replace(head, kind=Kind.CORRECTION), found
    return head, replace(found, ended=frozenset())


_DUE = frozenset({Window.REGISTRATION, Window.DEPOSIT})


def _of_deadlines(
    head: Head,
    text: Sequence[Line],
    all_sentences: Sequence[Sentence],
    drafts: Sequence[ParcelDraft],
    reading: Reading,
) -> Head:
    """The head of a result that states deadlines: a report that also tells of land sold before.

    It is one of an offer; where the title says that it is a result, a finding says what it states.
    """
    if head.kind is not Kind.RESULT:
        return head
    stated = [
        time
        for time in stated_times(all_sentences)
        if time.topics & _DUE and time.rule == "label-before"
    ]
    if stated and not head.is_titled_result:
        return replace(head, kind=head.way)
    moved = [each for each in told_effects(text, Names(drafts)) if each.effect is Effect.MOVES]
    places = [(time.sentence.text, time.sentence.place) for time in stated]
    places += [(each.clause, each.line.place) for each in moved]
    for words, place in places[:1]:
        reading.doubt(Code.DEADLINES_IN_A_RESULT, "", place, text=words[:MOST_TEXT])
    return head


# times


def _read_times(
    head: Head,
    text: Sequence[Line],
    all_sentences: Sequence[Sentence],
    drafts: Sequence[ParcelDraft],
    general: Sequence[Row],
    concerned: Concern,
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
                everything += times_of_entry(entry, reading, draft, last=entry.value == ending)
        everything += remarked_times(draft, drafts)
    for row in general:
        for entry in row.entries:
            if is_time(entry):
                everything += times_of_entry(entry, reading, None, last=entry.value == ending)
    former = [time for time in everything if is_former(time)]
    everything = _without(everything, former)
    spoken = with_hours_in_brackets(stated_times(all_sentences))
    is_offer = head.kind in _OFFERS
    doubtful = in_doubt(spoken, out_of_place(spoken, all_sentences), is_offer=is_offer)
    for time in doubtful:
        doubt_time(time, Code.TIME_WITHOUT_LABEL, reading, text=time.sentence.text)
    spoken = _without(spoken, doubtful)
    _report_hours_behind(spoken, all_sentences, reading)
    if head.kind in CHANGING:
        spoken = with_relative_days(spoken, all_sentences)
    spoken = scoped(spoken, all_sentences, drafts)
    nobodys = [time for time in spoken if time.about == NOBODY]
    for time in nobodys:
        doubt_time(time, Code.PARCEL_NOT_READ, reading, text=time.sentence.text[:MOST_TEXT])
    spoken = _without(spoken, nobodys)
    referring = [
        time
        for time in (
            stated_times(all_sentences, times_and_references) if refers(all_sentences) else ()
        )
        if is_offer or is_reference(time)
    ]
    referring = scoped(referring, all_sentences, drafts)
    if head.kind in CHANGING:
        stated = ToldTimes(
            spoken=_of_those_concerned(spoken, concerned, drafts),
            referring=_of_those_concerned(referring, concerned, drafts),
            former=former,
        )
        read_windows(everything, years, reading)
        changes = read_changes(stated, all_sentences, drafts, years, reading)
        _report_untold(head.kind, concerned, drafts, reading)
        report_nothing(head.kind, spoken, changes, text[0].place if text else Place(), reading)
        return changes
    spoken = of_own_ways(spoken, all_sentences, drafts)
    everything += [time for time in spoken if time.span.why != SAME_AS_ABOVE]
    read_windows(everything, years, reading)
    _drop_cut_off(all_sentences, reading)
    _doubt_cut_off(all_sentences, spoken, reading)
    report_unlabelled(spoken, reading)
    read_references(referring, years, reading)
    return ()


def _report_hours_behind(
    spoken: Sequence[StatedTime], all_sentences: Sequence[Sentence], reading: Reading
) -> None:
    for time, words in hours_behind(spoken, all_sentences):
        for name in names(time) if time.topics else ():
            if MILESTONES[name].end is not WindowEnd.OPEN:
                reading.doubt(
                    Code.HOUR_ELSEWHERE,
                    name,
                    time.sentence.place,
                    severity=Severity.WARNING,
                    text=words[:MOST_TEXT],
                )


def _of_those_concerned(
    times: Sequence[StatedTime], concerned: Concern, drafts: Sequence[ParcelDraft]
) -> list[StatedTime]:
    """The times, those of all as of all that the notice concerns."""
    others = concerned.left | concerned.ended
    if not others:
        return list(times)
    rest = frozenset(draft.key for draft in drafts) - others
    return [time if time.about else replace(time, about=rest) for time in times]


def _report_untold(
    kind: Kind, concerned: Concern, drafts: Sequence[ParcelDraft], reading: Reading
) -> None:
    """Report the parcels that have other times, of which none was read, or that are told later."""
    numbers = {draft.key: draft.number for draft in drafts}
    reported = {finding.parcel_no for finding in reading.findings if finding.parcel_no}
    read = frozenset().union(*(fact.subject or numbers.keys() for fact in reading.facts))
    place = drafts[0].place if drafts else Place()
    for key in sorted(concerned.moved - read):
        if numbers[key] not in reported:
            reading.doubt(Code.CHANGE_NOT_UNDERSTOOD, "", place, parcel_no=numbers[key])
    for later in concerned.untold if kind is not Kind.RESUMPTION else ():
        topics, side = heading_label(later.clause)
        mine = [numbers[key] for key in sorted(later.parcels - concerned.ended)]
        for number in mine if later.parcels else [""]:
            for name in [str(name) for name in names_of(topics, side)] or [""]:
                reading.doubt(Code.CHANGE_NOT_UNDERSTOOD, name, later.line.place, parcel_no=number)


def _without(times: Sequence[StatedTime], doubtful: Sequence[StatedTime]) -> list[StatedTime]:
    left_out = set(map(id, doubtful))
    return [time for time in times if id(time) not in left_out]


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
            for key in range(parcel_counts.unnamed(text))
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
        stated = max(parcel_counts.stated_count(text), parcel_counts.sections(text))
    if stated > len(drafts):
        reading.doubt(Code.PARCELS_MISSING, "", place, stated=str(stated), found=str(len(drafts)))
    known = [draft.number for draft in drafts if draft.number]
    known += [
        entry.value
        for draft in drafts
        for entry in draft.entries
        if entry.column.field in parcels_in_text.NAMES
    ]
    others = (
        parcel_numbers.numbers_not_among([*known, head.notice_no, *head.refers_to], text)
        if offers and known
        else []
    )
    if others:
        reading.doubt(Code.PARCEL_NOT_READ, "", place, text="、".join(others)[:MOST_TEXT])
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
