"""Record files in, notices out: one row is one parcel of one notice.

A bad row never stops a good one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from notifier.domain.findings import Code
from notifier.domain.identity import Likeness, is_distinctive, notice_likeness
from notifier.domain.values import (
    OFFERING_KINDS,
    Finding,
    Kind,
    Notice,
    Parcel,
    Place,
    Severity,
    squash,
)
from notifier.errors import IntakeError
from notifier.intake.content import End, end_of
from notifier.intake.headings import IGNORED, WINDOW_OF, WINDOWS, field_of, nearly_known, tense_of
from notifier.intake.limits import Limits
from notifier.intake.notice.columns import Column
from notifier.intake.record import Record
from notifier.intake.record_row import EMPTY, MILESTONE_NAMES, RecordRow
from notifier.intake.record_tables import read_table
from notifier.intake.written_times import is_instant

_WHOLE_CLOCK = re.compile(r"\d{1,2}[:：]\d{2}$")  # whatever follows it is seconds
# what is done to an offer that stands in another row
_CHANGING = frozenset(Kind) - OFFERING_KINDS - {Kind.OTHER}


@dataclass(kw_only=True, slots=True)
class _Group:
    """The rows of one notice: those of one number, in one way of offering."""

    head: Notice
    records: list[Record] = field(default_factory=list)
    parcels: list[Parcel] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    said: set[object] = field(default_factory=set)

    def say(self, finding: Finding) -> None:
        """Add a finding once: of the kind once for all rows, of the rest once a row."""
        of_all = finding.code == Code.KIND_INFERRED
        identity = (finding.code, *finding.params.items()) if of_all else finding.identity
        if identity not in self.said:
            self.said.add(identity)
            self.findings.append(finding)

    def notice(self, columns: Iterable[Finding]) -> Notice:
        return replace(self.head, parcels=tuple(self.parcels), findings=(*self.findings, *columns))


def read_records(path: PurePath, data: bytes, limits: Limits) -> list[Notice]:
    """The notices of a record file: its rows by their notice number, and by their kind.

    IntakeError if it is no record file.
    """
    records = _doubting_the_end(path.name, data, read_table(path, data, limits))
    return notices_of(path.name, records)


def notices_of(file: str, records: Sequence[Record]) -> list[Notice]:
    """Return the notices of a file's records, as `read_records` does."""
    groups = _grouped(file, records)
    columns = _columns(records)
    unknown = [column.heading for column in columns if not column.field or _is_guess(column)]
    times: dict[str, Severity] = {}
    known = {WINDOW_OF.get(column.field, column.field) for column in columns}
    for heading, texts in _texts_below(unknown, records).items():
        severity = _severity(heading, known, texts)
        if severity is not None:
            times[heading] = severity
    if not any(group.parcels for group in groups) and not _has_milestone_column(columns):
        raise IntakeError(
            "no column holds a deadline: expected one such as registration_close or 报名截止时间 "
            f"(found: {', '.join(column.heading for column in columns)[:300]})"
        )
    notices = [group.notice(_of_times(group.records, times)) for group in groups]
    others = [column for column in unknown if column not in times]
    if others and notices:
        finding = Finding(
            code=Code.COLUMNS_NOT_KNOWN,
            severity=Severity.INFO,
            params={"columns": "、".join(map(_with_guess, others))[:300]},
        )
        notices[0] = replace(notices[0], findings=(*notices[0].findings, finding))
    return notices


def _doubting_the_end(name: str, data: bytes, records: Sequence[Record]) -> Sequence[Record]:
    """Doubt the last cell of a file that ends within its last row.

    `…-12-3` may be the copied part of `…-12-30`.
    """
    if (
        not records
        or end_of(name, data) is End.WHOLE
        or not name.lower().endswith((".csv", ".tsv"))
    ):
        return records
    *before, last = records
    filled = [entry for entry in last.entries if entry.value not in EMPTY]
    if not filled:
        return records
    column, text = filled[-1].column, filled[-1].value
    field_name = column.field
    may_mislead = (
        field_name in MILESTONE_NAMES or field_name in WINDOWS
    ) and not _WHOLE_CLOCK.search(text)
    finding = Finding(
        code=Code.ROW_MAY_BE_CUT,
        severity=Severity.WARNING if may_mislead else Severity.INFO,
        field=field_name if field_name in MILESTONE_NAMES else "",
        place=Place(row=last.number, sheet=last.sheet, column=column.heading),
        params={"text": text},
    )
    return [*before, replace(last, findings=(*last.findings, finding))]


def _grouped(file: str, records: Sequence[Record]) -> list[_Group]:
    """The notices, by number and kind.

    Two rows that offer one parcel stay in one notice, whatever they say.
    """
    groups: dict[tuple[str, str], _Group] = {}
    first: dict[str, str] = {}
    offices = _Offices()
    seen: dict[tuple[str, str, bool], list[_Seen]] = {}
    for record in records:
        row = RecordRow(record)
        head = row.notice(file)
        number = squash(head.notice_no)
        part = "" if first.setdefault(number, row.kind) == row.kind else row.kind.value
        part += offices.part(number, head)
        parcels = row.parcels()
        identities = [(number, squash(found.parcel_no), row.kind in _CHANGING) for found in parcels]
        twins = [
            next((twin for twin in seen.get(identity, ()) if twin.is_of(head, parcel)), None)
            for identity, parcel in zip(identities, parcels, strict=True)
        ]
        before = next(filter(None, twins), None)
        key = before.key if before is not None else (number, part)
        group = groups.get(key)
        if group is None:
            group = groups[key] = _Group(head=replace(head, part=part, tabular=True))
        group.records.append(record)
        for finding in row.findings:
            group.say(finding)
        for identity, parcel, twin in zip(identities, parcels, twins, strict=True):
            if twin is None:
                mine = _Seen(key=key, row=row, head=head, parcel=parcel)
                seen.setdefault(identity, []).append(mine)
            else:
                same = _says_the_same(parcel, twin.parcel)
                group.findings.append(_twice(row, twin.row, same=same))
                if _instants(parcel) == _instants(twin.parcel):
                    continue
            group.parcels.append(parcel)
    return list(groups.values())


@dataclass(frozen=True, kw_only=True, slots=True)
class _Seen:
    """The first row of a parcel, and the notice that it went to."""

    key: tuple[str, str]
    row: RecordRow
    head: Notice
    parcel: Parcel

    def is_of(self, head: Notice, parcel: Parcel) -> bool:
        """Return whether a row of this number is of this parcel: 2031-1号 may be another city's."""
        if is_distinctive(parcel.parcel_no):
            return True
        return notice_likeness(head.authority, head.city, self.head) is not Likeness.OTHER


class _Offices:
    """Return city, authority and platform of the rows.

    Those that contradict the first of their number are another notice.
    """

    def __init__(self) -> None:
        self._known: dict[str, list[dict[str, str]]] = {}

    def part(self, number: str, head: Notice) -> str:
        """Empty for rows that go with the first ones, else what tells them apart."""
        own = {
            name: getattr(head, name)
            for name in ("city", "authority", "platform")
            if getattr(head, name)
        }
        known = self._known.setdefault(number, [])
        fitting = [
            at
            for at, other in enumerate(known)
            if all(other.get(name, value) == value for name, value in own.items())
        ]
        exact = [at for at in fitting if known[at] == own]
        if len(fitting) > 1 and not exact:
            return "/?"  # of one of several: which is not said
        at = (exact or fitting or [len(known)])[0]
        if at == len(known):
            known.append(own)
        known[at].update(own)
        return f"/{at}" if at else ""


def _instants(parcel: Parcel) -> dict[str, object]:
    return {name.value: milestone.at for name, milestone in parcel.milestones.items()}


def _says_the_same(before: Parcel, other: Parcel) -> bool:
    bare = [replace(parcel, milestones={}, place=Place()) for parcel in (before, other)]
    return bare[0] == bare[1] and _instants(before) == _instants(other)


def _twice(row: RecordRow, before: RecordRow, *, same: bool) -> Finding:
    rows = "、".join(
        f"{record.sheet}!{record.number}" if record.sheet else str(record.number)
        for record in (before.record, row.record)
    )
    return Finding(
        code=Code.ROW_TWICE,
        severity=Severity.WARNING if same else Severity.ERROR,
        parcel_no=row.number,
        field="parcel_no",
        place=Place(row=row.record.number, sheet=row.record.sheet),
        params={"rows": rows},
    )


# columns


def _with_guess(column: str) -> str:
    """The heading with what it may mean."""
    near = nearly_known(column)
    return f"{column}({near}?)" if near else column


def _columns(records: Iterable[Record]) -> list[Column]:
    found = dict.fromkeys(entry.column for record in records for entry in record.entries)
    return [column for column in found if column.heading]


def _is_guess(column: Column) -> bool:
    """Return whether a column is left aside for its words alone.

    And not because its heading is known.
    """
    is_known = field_of(column.heading) is not None or bool(tense_of(column.heading)[0])
    return column.field == IGNORED and not is_known


def _has_milestone_column(columns: Iterable[Column]) -> bool:
    return any(column.field in MILESTONE_NAMES or column.field in WINDOWS for column in columns)


_FAMILIES = {
    "registration": re.compile(r"报名|申请|登记|regist|apply|application", re.IGNORECASE),
    "deposit": re.compile(r"保证金|保函|deposit", re.IGNORECASE),
    "bidding": re.compile(r"挂牌|报价|竞价|摘牌|投标|bid|listing", re.IGNORECASE),
    "auction": re.compile(r"拍|开标|auction", re.IGNORECASE),
}
_SAYS_CLOSE = re.compile(r"截[止至]|结束|终止|close|deadline|due|until", re.IGNORECASE)
_SAYS_TIME = re.compile(
    r"截[止至]|时间|日期|时点|期限|close|deadline|open(?!id)|date(?!d)|time", re.IGNORECASE
)
_MOSTLY = 0.5


def _severity(column: str, known: Set[str], texts: Sequence[str]) -> Severity | None:
    """Return how bad it is that a column is not known.

    None where it holds no times, an error where it could hold a deadline of which the file says
    nothing else.
    """
    timed = sum(map(is_instant, texts))
    if not texts or not (_SAYS_TIME.search(column) or timed > _MOSTLY * len(texts)):
        return None
    families = [name for name, words in _FAMILIES.items() if words.search(column)]
    if families:
        return Severity.WARNING if known & set(families) else Severity.ERROR
    return Severity.ERROR if _SAYS_CLOSE.search(column) else Severity.WARNING


def _texts_below(headings: Iterable[str], records: Iterable[Record]) -> dict[str, list[str]]:
    """Return what the records have below each heading."""
    found: dict[str, list[str]] = {heading: [] for heading in headings}
    for record in records:
        for entry in record.entries:
            if entry.column.heading in found and entry.value not in EMPTY:
                found[entry.column.heading].append(entry.value)
    return found


def _of_times(records: Sequence[Record], columns: Mapping[str, Severity]) -> Iterator[Finding]:
    """Yield a finding for each such column in which a row of the notice has something.

    It is told with the notice's new parcels.
    """
    left = dict(columns)
    for record in records:
        for entry in record.entries if left else ():
            heading = entry.column.heading
            if heading in left and entry.value not in EMPTY:
                place = Place(row=record.number, column=heading, sheet=record.sheet)
                params = {"column": heading[:60], "text": entry.value[:40]}
                severity = left.pop(heading)
                yield Finding(
                    code=Code.TIME_COLUMN_NOT_KNOWN, severity=severity, place=place, params=params
                )
