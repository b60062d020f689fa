"""One record understood: a row is one parcel of one notice, and what is wrong in it is said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from notifier.domain.examples import NOTES
from notifier.domain.findings import Code
from notifier.domain.times import shanghai, utc
from notifier.domain.values import (
    PARCEL_FIELDS,
    Finding,
    Kind,
    Milestone,
    MilestoneName,
    Notice,
    Parcel,
    Place,
    Precision,
    Severity,
    Source,
    squash,
)
from notifier.errors import AmountNotUnderstood, TimeNotUnderstood
from notifier.intake.amounts import read_amount
from notifier.intake.bidding_columns import bids_by_kind
from notifier.intake.cell_ranges import day_alone, ends_of_range, is_time, with_month
from notifier.intake.city_lines import city_and_district
from notifier.intake.day_orders import with_century, year_first
from notifier.intake.headings import (
    IGNORED,
    WINDOW_OF,
    WINDOWS,
    answer_of,
    is_example,
    is_open_answer,
    speaks_of_examples,
    tells_of_change,
)
from notifier.intake.hours_elsewhere import hours_elsewhere, with_hour_of_heading
from notifier.intake.notice.columns import TIMES, is_heading
from notifier.intake.notice.scan import CHANGED
from notifier.intake.notice.table_layout import NAMES
from notifier.intake.number_cells import numbers_in_cell
from notifier.intake.record import Record, YearSpan
from notifier.intake.written_times import RANGE, Instant, is_instant, read_instant

# what is done to an offer comes first: `终止挂牌` offers nothing
_KINDS = {
    "延期": Kind.POSTPONEMENT,
    "更正": Kind.CORRECTION,
    "补充": Kind.CORRECTION,
    "中止": Kind.SUSPENSION,
    "恢复": Kind.RESUMPTION,
    "终止": Kind.TERMINATION,
    "结果": Kind.RESULT,
    "挂牌": Kind.LISTING,
    "拍卖": Kind.AUCTION,
    "竞拍": Kind.AUCTION,
    "招标": Kind.TENDER,
}
_KIND_NAMES = frozenset(Kind)
MILESTONE_NAMES = {name.value: name for name in MilestoneName}
# 告字[2026] 号: the number was left out
_BLANK_NUMBER = re.compile(r"\D*(?:[\[(]?(?:19|20)\d\d[\])]?年?)?第?号?")
EMPTY = frozenset(
    {"", "-", "--", "—", "——", "/", "／", "\\", "无", "不适用", "不涉及", "N/A", "n/a", "NA"}
    | {"null", "None", "nan", "NaN", "#N/A"}
)
_CLOCK = re.compile(
    r"(?:上午|下午)?\s*\d{1,2}(?:[:：]\d{2}(?:[:：]\d{2})?|[时点](?:\d{1,2}分|半|整)?)"
)
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+?\d{1,3}")
# what Excel makes of the number `2026-5`
_DAY = re.compile(r"(?:19|20)\d\d[-/]\d{1,2}[-/]\d{1,2}(?: 00:00:00)?|\d{1,2}月\d{1,2}日")
_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")
_DIGIT = re.compile(r"\d")
_DATED = re.compile(r"\d月\d|\d{4}[-/]\d")
# `延期至2031-01-02 17:00`: the time that holds now
_MOVES = rf"[已现后]?(?:{CHANGED}|改期)[至到为]"
_MOVED = re.compile(rf"{_MOVES}[:：]?\s*(?=\d)")
# the time that held, and the one that holds now: `原2031-01-02 17:00，改为2031-01-05 17:00`,
# `2031-01-05 17:00（原2031-01-02 17:00）`
_OLD_AND_NEW = (
    re.compile(
        rf"(?:原(?:定|为|定于)?[:：]?\s*)?(?P<old>\d.*?)[\s,，;；、(（]*(?:{_MOVES}|现[为定]?)[:：]?\s*"
        r"(?P<new>\d.*?)[)）]?",
        re.DOTALL,
    ),
    re.compile(r"(?P<new>\d.*?)\s*[(（]原(?:定|为|定于)?[:：]?\s*(?P<old>\d.*?)[)）]", re.DOTALL),
)
# `2031-01-02 17:00（已交）`, `… √`, `…*`: a time and a remark or a mark that leaves it a time
_NOTE_MARK = r"[*＊※#†‡△▲]{1,3}|[①-⑳]|[(（【\[]注?\s?\d{1,2}[)）】\]]|见?注\s?\d{0,2}"
_ASIDE = re.compile(
    rf"(.*\d.*?)\s*([(（【\[][^()（）【】\[\]\d]{{1,12}}[)）】\]]|[√✓☑]|{_NOTE_MARK})\s*"
)
_IN_DOUBT = re.compile("[约暂预拟待原旧初首或?？]|左右|前后|上下")
_LONGEST_REMARK = 40  # characters of a cell in a column that is none of remarks
_SPOKEN = frozenset({"", IGNORED, "parcel_no", "parcel_name", "title"})
"""Columns in which people note beside what belongs there what became of a parcel."""
_NUMBERS = {field.name: field.unit for field in PARCEL_FIELDS if field.is_number}
_TEXTS = [
    field.name for field in PARCEL_FIELDS if not field.is_number and field.name != "parcel_no"
]
_OF_VALUES = TIMES | NAMES
_PAIRS = [(MILESTONE_NAMES[opens], MILESTONE_NAMES[closes]) for opens, closes in WINDOWS.values()]
_FIRST, _LAST = MilestoneName.REGISTRATION_OPEN, MilestoneName.AUCTION_START
_ORDER = [
    *_PAIRS,
    (_FIRST, MilestoneName.DEPOSIT_CLOSE),
    (_FIRST, MilestoneName.BIDDING_CLOSE),
    (_FIRST, _LAST),
    (MilestoneName.DEPOSIT_CLOSE, _LAST),
    (MilestoneName.REGISTRATION_CLOSE, MilestoneName.BIDDING_CLOSE),
    (MilestoneName.REGISTRATION_CLOSE, _LAST),
]
"""What cannot be in another order: nobody pays before registration opens, or after the auction."""
_OF_AUCTIONS = re.compile("拍|auction", re.IGNORECASE)
_AUTUMN, _SPRING = 10, 3  # months between which a row goes on into the next year
_LEAP_DAY = (2, 29)
_END_BEFORE_BEGINNING = "the end comes before the beginning"
_BIDDING = {"bidding", "bidding_open", "bidding_close"}


def _end_meant(name: str, text: str) -> tuple[str, str]:
    """Return the time in the cell of one end, and its words: of a window below it that end."""
    ends = None if is_instant(text) else ends_of_range(text)
    if ends is None:
        return text, text
    return ends[1] if name.endswith("_close") else ends[0]


def _time_now(text: str) -> str:
    """Return the time that holds of a cell with the old one before it; empty for any other cell.

    A year, or a day, that the new one leaves out is that of the old one.
    """
    found = next(filter(None, (form.fullmatch(text) for form in _OLD_AND_NEW)), None)
    if found is None or not is_time(found["old"]):
        return ""
    ends = ends_of_range(f"{found['old']}至{found['new']}")
    if ends is not None:
        return ends[1][0]
    return found["new"] if is_instant(found["new"]) else ""


def _leaves_a_time(remark: str) -> bool:
    return not _IN_DOUBT.search(remark) and not tells_of_change(remark)


def _is_after(first: Milestone, later: Milestone, name: MilestoneName) -> bool:
    """Return whether what comes first is not before the later one; a close may be that of both."""
    if name is MilestoneName.REGISTRATION_CLOSE and first.at == later.at:
        return False
    return first.at >= later.over_at


class RecordRow:
    """One record being understood, with what is wrong in it."""

    def __init__(self, record: Record) -> None:
        entries = bids_by_kind(record.entries, record.lines)
        self.record = record if entries is record.entries else replace(record, entries=entries)
        self.findings: list[Finding] = []
        self.inferred: set[str] = set()  # texts whose year stands elsewhere
        self.inherited: set[str] = set()  # fields whose cell is merged, or says 同上
        self.uncertain: set[str] = set()  # fields whose value may be another's, or not whole
        self.yearless: set[str] = set()  # fields whose cell does not show its year
        self.columns: dict[str, str] = {}
        self.values: dict[str, str] = {}
        self.others: dict[str, list[str]] = {}  # what further columns of one meaning say
        for entry in entries:
            field, text = entry.column.field, entry.value.strip()
            if field in ("", IGNORED) or text in EMPTY or entry.struck or entry.fault:
                continue
            if not entry.certain:
                self.uncertain.add(field)
            if field in self.values:
                self.others.setdefault(field, []).append(text)
                continue
            self.columns[field], self.values[field] = entry.column.heading, text
            if entry.inherited:
                self.inherited.add(field)
            if entry.yearless:
                self.yearless.add(field)
        self.number = self.values.get("parcel_no") or self.values.get("parcel_name", "")
        if not _DIGIT.search(self.number) and is_heading(self.number):
            self.number = ""
        if _SCIENTIFIC.fullmatch(self.number):
            self._report(Code.NUMBER_DAMAGED, Severity.ERROR, "parcel_no", text=self.number)
            self.number = ""
        if _DAY.fullmatch(self.number):
            self._report(Code.NUMBER_LIKE_A_DATE, Severity.WARNING, "parcel_no", text=self.number)
        self.findings += [
            replace(finding, parcel_no=self.number if finding.place.row == record.number else "")
            for finding in record.findings
        ]
        self.kind = self._kind()

    def notice(self, file: str) -> Notice:
        number = self.values.get("notice_no", "")
        return Notice(
            file=file,
            kind=self.kind,
            notice_no="" if _BLANK_NUMBER.fullmatch(squash(number)) else number,
            title=self.values.get("title", ""),
            authority=self.values.get("authority", ""),
            city=city_and_district(self.values.get("city") or self.record.city)[0],
            published=self._published(),
            platform=self.values.get("platform", ""),
            contacts=tuple(
                contact
                for contact in re.split(r"[、,，;；\s]+", self.values.get("contacts", ""))
                if contact
            ),
        )

    def parcels(self) -> list[Parcel]:
        """Return the parcels of a row: one, or those whose numbers its cell joins.

        What the row says of money and area may be of all together, so that none has it.
        """
        parcel = self.parcel()
        numbers = numbers_in_cell(self.number)
        if parcel is None or len(numbers) < 2:
            return [] if parcel is None else [parcel]
        for number in numbers:
            params = {"text": self.number[:80]}
            self.findings.append(
                Finding(
                    code=Code.SEVERAL_NUMBERS,
                    severity=Severity.WARNING,
                    parcel_no=number,
                    field="parcel_no",
                    place=self._place("parcel_no"),
                    params=params,
                )
            )
        amounts: dict[str, Any] = dict.fromkeys(_NUMBERS)
        return [replace(parcel, parcel_no=number, **amounts) for number in numbers]

    def parcel(self) -> Parcel | None:
        """Return the parcel of a row; None, with a finding, for a row that is none.

        It has no number, or no deadline that is understood.
        """
        if not self.number:
            self._report(Code.ROW_WITHOUT_NUMBER, Severity.ERROR, "parcel_no")
            return None
        if self.record.shifted:
            self._report(Code.ROW_SHIFTED, Severity.ERROR, "", text=self.record.shifted[:80])
            return None
        if example := self._example():
            self._report(Code.ROW_IS_EXAMPLE, Severity.WARNING, "", text=example[:80])
            return None
        milestones = self._milestones()
        self._remarks()
        if not milestones:
            if not any(finding.severity is Severity.ERROR for finding in self.findings):
                self._report(Code.ROW_WITHOUT_MILESTONE, Severity.ERROR, "")
            return None
        fields: dict[str, Any] = {name: self.values.get(name, "") for name in _TEXTS}
        fields["district"] = fields["district"] or city_and_district(self.values.get("city", ""))[1]
        fields |= {name: self._amount(name) for name in _NUMBERS}
        name = self.values.get("parcel_name", "")
        aliases = (name,) if name and squash(name) != squash(self.number) else ()
        fields |= {"aliases": aliases, "answer": self._answer()}
        return Parcel(parcel_no=self.number, milestones=milestones, place=self._place(""), **fields)

    def _example(self) -> str:
        """Return what says that a row only shows how the sheet is filled in; empty if nothing.

        Our own sheets show it by their whole row: `domain/examples.py` knows it.
        """
        entries = self.record.entries
        if self.values.get("note") in NOTES:
            return ""
        if speaks_of_examples("\n".join(entry.value for entry in entries)):
            for entry in entries:
                if is_example(entry.value, of_value=entry.column.field in _OF_VALUES):
                    return entry.value
        sheet = self.record.sheet or ""
        return sheet if is_example(sheet) else ""

    def _remarks(self) -> None:
        """Say every cell that speaks of other times than the columns do, whatever it means."""
        note = self.values.get("note", "")
        if _DATED.search(note) or tells_of_change(note):
            self._report(Code.REMARK_ON_TIMES, Severity.WARNING, "note", text=note[:80])
        for entry in self.record.entries:
            heading, text = entry.column.heading, entry.value.strip()
            if (
                entry.column.field in _SPOKEN
                and len(text) <= _LONGEST_REMARK
                and not entry.struck
                and tells_of_change(text, heading)
            ):
                words = f"{heading}：{text}" if heading else text
                self._report(Code.REMARK_ON_TIMES, Severity.WARNING, "", text=words[:80])

    def _answer(self) -> str:
        """Return what the team's own column says that they have done.

        It is said aloud, for nothing acts on it by itself.
        """
        text = self.values.get("answer", "")
        if not text:
            return ""
        answer = answer_of(self.columns.get("answer", ""), text)
        if answer:
            self._report(Code.ANSWER_STATED, Severity.INFO, "answer", text=text[:40], answer=answer)
        elif _DATED.search(text) or tells_of_change(text):
            self._report(Code.REMARK_ON_TIMES, Severity.WARNING, "answer", text=text[:80])
        elif not is_open_answer(text):
            self._report(Code.ANSWER_NOT_UNDERSTOOD, Severity.INFO, "answer", text=text[:40])
        return answer

    def _milestones(self) -> dict[MilestoneName, Milestone]:
        texts = {
            name: (name, *_end_meant(name, self.values[name]))
            for name in MILESTONE_NAMES
            if name in self.values
        }
        for window, names in WINDOWS.items():
            if window not in self.values:
                continue
            whole = self.values[window]
            ends = ends_of_range(whole) or [(end, end) for end in RANGE.split(whole, maxsplit=1)]
            if len(ends) == 2:
                for name, (text, quote) in zip(names, ends, strict=True):
                    texts.setdefault(name, (window, text, quote))
            elif names[1] in self.values:  # `挂牌时间` beside `挂牌截止时间` is the open
                texts.setdefault(names[0], (window, whole, whole))
            else:
                self._not_understood(
                    window, self.values[window], "expected an open and a close joined by 至"
                )
        read = {}
        for name, (field, text, quote) in texts.items():
            if field in self.uncertain:
                self._report(
                    Code.CELL_UNCERTAIN, Severity.ERROR, name, column=field, text=quote[:80]
                )
                continue
            try:
                instant = self._instant(name, text)
            except TimeNotUnderstood as fault:
                self._not_understood(field, quote, str(fault), name=name)
                continue
            if instant is None:
                continue
            instant = self._with_year_shown(name, field, instant)
            if field == name and quote != self.values[name]:  # a window below the heading of an end
                self._report(
                    Code.CELL_MAY_HAVE_SLIPPED, Severity.WARNING, name, text=self.values[name][:80]
                )
            if instant.precision is Precision.DAY:
                instant, quote = self._with_hour(name, field, instant, quote)
            read[MILESTONE_NAMES[name]] = Milestone(
                at=instant.at,
                precision=instant.precision,
                source=self._source(field, text),
                quote=quote,
                place=self._place(field),
            )
        self._into_next_year(read)
        self._doubt(read)
        for opens, closes in _PAIRS:
            if opens in read and closes in read and read[opens].at >= read[closes].at:
                text = f"{read.pop(opens).quote} / {read.pop(closes).quote}"
                self._not_understood(opens, text, _END_BEFORE_BEGINNING)
                self._not_understood(closes, text, _END_BEFORE_BEGINNING)
        return read

    def _source(self, field: str, text: str) -> Source:
        if text in self.inferred:
            return Source.INFERRED
        return Source.INHERITED if field in self.inherited else Source.STATED

    def _with_year_shown(self, name: str, field: str, instant: Instant) -> Instant:
        """Return a time with the year of the title, where that is later than the one of its cell.

        Excel completes a day that is typed without its year with the one of that day, and a cell
        may not show it.
        """
        at, year = shanghai(instant.at), self.record.year
        if field not in self.yearless or year is None or at.year == year:
            return instant
        if at.year > year and at.month <= _SPRING:
            return instant
        is_earlier = at.year < year and at.month < _AUTUMN and (at.month, at.day) != _LEAP_DAY
        read = at.replace(year=year) if is_earlier else at
        form = "%Y-%m-%d" if instant.precision is Precision.DAY else "%Y-%m-%d %H:%M"
        other = f"{at:{form}}" if is_earlier else str(year)
        text = f"{read:{form}}"
        self._report(Code.CELL_SHOWS_ANOTHER, Severity.WARNING, name, text=text, other=other)
        return replace(instant, at=utc(read))

    def _with_hour(self, name: str, field: str, day: Instant, quote: str) -> tuple[Instant, str]:
        """Return a day with the hour that its own heading names, and what shows it.

        An hour that stands elsewhere may be another's: it is said, and the day stays a day.
        """
        entry = next(entry for entry in self.record.entries if entry.column.field == field)
        heading = entry.column.heading
        whole = with_hour_of_heading(day, heading) if field == name else None
        if whole is not None:
            return whole, f"{heading}：{quote}"
        if hours := hours_elsewhere(entry, self.record.entries, self.record.lines):
            self._report(Code.HOUR_ELSEWHERE, Severity.WARNING, name, text=hours[0][:80])
        return day, quote

    def _into_next_year(self, read: dict[MilestoneName, Milestone]) -> None:
        """Of times without a year, January comes after December: a row spans some weeks."""
        months = {
            name: shanghai(milestone.at).month
            for name, milestone in read.items()
            if milestone.source is Source.INFERRED
        }
        if max(months.values(), default=0) < _AUTUMN or self.record.span is not None:
            return
        for name, month in months.items():
            if month <= _SPRING:
                local = shanghai(read[name].at)
                if (local.month, local.day) != _LEAP_DAY:
                    read[name] = replace(read[name], at=utc(local.replace(year=local.year + 1)))

    def _doubt(self, read: Mapping[MilestoneName, Milestone]) -> None:
        """Report times that may stand under another's heading, and times that contradict."""
        slip = self.record.slip
        for name, milestone in read.items():
            if slip is not None and slip.fields & {name.value, WINDOW_OF[name.value]}:
                self._report(
                    Code.CELL_MAY_HAVE_SLIPPED, Severity.WARNING, name, text=milestone.quote[:80]
                )
        for first, later in _ORDER:
            if first in read and later in read and _is_after(read[first], read[later], first):
                values = f"{read[first].quote} / {read[later].quote}"[:80]
                for name in read:
                    self._report(Code.TIMES_CONTRADICT, Severity.WARNING, name, values=values)
                return

    def _amount(self, field: str) -> Decimal | None:
        if field not in self.values:
            return None
        unit = _NUMBERS[field]
        try:
            return read_amount(unit, self.values[field], self.columns[field])
        except AmountNotUnderstood as fault:
            self._report(Code.AMOUNT_NOT_UNDERSTOOD, Severity.WARNING, field, words=str(fault))
            return None

    def _instant(self, name: str, text: str) -> Instant | None:
        """Return the time that the columns of one meaning give together.

        A date and a time of day, or one time in several; None, with a finding, where they disagree.
        TimeNotUnderstood as `read_instant`.
        """
        others = [
            text_beside
            for text_beside in dict.fromkeys(self.others.get(name, ()))
            if text_beside != text
        ]
        if not others:
            return self._read(name, text)
        everything = [text, *others]
        clocks = [text_given for text_given in everything if _CLOCK.fullmatch(text_given)]
        dates = [text_given for text_given in everything if text_given not in clocks]
        if (
            len(clocks) == 1
            and len(dates) == 1
            and self._read(name, dates[0]).precision is Precision.DAY
        ):
            return self._read(name, f"{day_alone(dates[0])} {clocks[0]}")
        read = [self._read(name, text_given) for text_given in everything]
        precise = [instant for instant in read if instant.precision is not Precision.DAY] or read
        days = {shanghai(instant.at).date() for instant in read}
        if len(days) == 1 and len({instant.at for instant in precise}) == 1:
            return precise[0]
        values = "、".join(everything)[:80]
        self._report(Code.PLACES_DISAGREE, Severity.ERROR, name, values=values)
        return None

    def _read(self, name: str, text: str) -> Instant:
        """Return the time in one cell.

        Midnight to the second is how a date is exported, five figures are Excel's days.
        """
        bare = day_alone(text)
        moved = _MOVED.match(bare)
        if new := bare[moved.end() :] if moved is not None else _time_now(bare):
            self._report(Code.REMARK_ON_TIMES, Severity.WARNING, name, column=name, text=text[:80])
            bare = new
        aside = _ASIDE.fullmatch(bare)
        if aside is not None and not is_instant(bare) and _leaves_a_time(aside[2]):
            self._report(Code.REMARK_ON_TIMES, Severity.WARNING, name, column=name, text=text[:80])
            bare = aside[1]
        try:
            return read_instant(bare)
        except TimeNotUnderstood:
            found = self._read_by_context(name, text, bare)
            if found is None:
                raise
        return found

    def _read_by_context(self, name: str, text: str, bare: str) -> Instant | None:
        """Return a time whose year, or order of day and month, stands elsewhere in the sheet."""
        params = {"column": self._column(name), "text": text[:80]}
        ordered = year_first(bare, self.record.order)
        if ordered != bare:
            instant = read_instant(ordered)
            self._report(Code.DAY_ORDER_FROM_CONTEXT, Severity.WARNING, name, **params)
            return instant
        year = self._year()
        if year is None:
            return None
        whole = with_century(bare, year, self.record.order)
        if self.record.span is not None and whole == bare:
            year = self._year_within(self.record.span, with_month(bare))
            if year is None:
                return None
        instant = read_instant(with_month(whole), year=year)
        if whole == bare:
            self.inferred.add(text)
        self._report(Code.YEAR_FROM_CONTEXT, Severity.WARNING, name, **params, year=str(year))
        return instant

    def _year_within(self, span: YearSpan, text: str) -> int | None:
        """Return the year of the one month of a title's months that a time without year has."""
        month = shanghai(read_instant(text, year=span.year).at).month
        return span.year_of(month)

    def _year(self) -> int | None:
        """The year of the notice's number, else of the sheet."""
        found = _YEAR.search(self.values.get("notice_no", ""))
        if found:
            return int(found[1])
        return self.record.span.year if self.record.span is not None else self.record.year

    def _column(self, name: str) -> str:
        return name if name in self.columns else WINDOW_OF.get(name, name)

    def _kind(self) -> Kind:
        text = self.values.get("kind", "")
        if text in _KIND_NAMES:
            return Kind(text)
        found = [kind for word, kind in _KINDS.items() if word in text]
        if found:
            return found[0]
        kind = self._likely_kind()
        if text or kind is not Kind.LISTING:
            severity = Severity.WARNING if text else Severity.INFO
            params = {"kind": kind.value, "text": text[:40] or self.columns["auction_start"]}
            self.findings.append(
                Finding(code=Code.KIND_INFERRED, severity=severity, field="kind", params=params)
            )
        return kind

    def _likely_kind(self) -> Kind:
        """Return the kind of a row that does not say it.

        An auction where only its hour is given, a tender where tenders are opened.
        """
        column = self.columns.get("auction_start", "")
        if not column or self.values.keys() & _BIDDING:
            return Kind.LISTING
        if "标" in column:
            return Kind.TENDER
        return Kind.AUCTION if _OF_AUCTIONS.search(column) else Kind.LISTING

    def _published(self) -> date | None:
        try:
            return shanghai(read_instant(self.values["published"]).at).date()
        except (KeyError, TimeNotUnderstood):
            return None  # it decides nothing: no deadline is ever computed from it

    def _not_understood(self, field: str, text: str, words: str, *, name: str = "") -> None:
        self._report(
            Code.TIME_NOT_UNDERSTOOD,
            Severity.ERROR,
            name or field,
            column=field,
            words=words,
            text=text[:80],
        )

    def _report(
        self, code: Code, severity: Severity, field: str, *, column: str = "", **params: str
    ) -> None:
        self.findings.append(
            Finding(
                code=code,
                severity=severity,
                parcel_no=self.number,
                field=field,
                place=self._place(column or field),
                params=params,
            )
        )

    def _place(self, field: str) -> Place:
        return Place(
            row=self.record.number, column=self.columns.get(field), sheet=self.record.sheet
        )
