"""Rows out of record files.

A row is heading -> text, with its number; nothing is understood here.
"""

from __future__ import annotations

import csv
import io
import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from pathlib import PurePath
from typing import Any

from notifier.domain.findings import Code
from notifier.domain.plain import own_milestones
from notifier.domain.values import Finding, Place, Severity
from notifier.errors import IntakeError
from notifier.intake.documents import Cell
from notifier.intake.documents.words import tidy
from notifier.intake.documents.workbook import Sheet
from notifier.intake.encoding import decode
from notifier.intake.foreign_json import load_json, without_doubles
from notifier.intake.formats import WORKBOOKS
from notifier.intake.limits import Limits
from notifier.intake.notice.columns import column_of
from notifier.intake.notice.rows import Entry
from notifier.intake.record import Record
from notifier.intake.sheets import read_sheet

_SEPARATORS, _WIDE = ",\t;|，；", "，；"  # the wide ones stand in sentences, too
_COUNT = "序号"


def read_table(path: PurePath, data: bytes, limits: Limits) -> list[Record]:
    """The records of a .csv, .tsv, .xlsx, .json, .jsonl or .toml.

    IntakeError if there are none to be had.
    """
    readers = {
        ".csv": _csv,
        ".tsv": _csv,
        ".txt": _csv,
        ".json": _json,
        ".jsonl": _jsonl,
        ".toml": _toml,
    }
    kind = path.suffix.lower()
    if kind in WORKBOOKS or kind == ".html":
        return list(_limited(_workbook(kind, data, limits), limits))
    return list(_limited(readers[kind](data, limits), limits))


def _limited(records: Iterable[Record], limits: Limits) -> Iterator[Record]:
    for count, record in enumerate(records, 1):
        if count > limits.rows:
            raise IntakeError(f"more than {limits.rows} rows: split the file")
        yield record


def _csv(data: bytes, limits: Limits) -> Iterator[Record]:
    text = decode(data)
    csv.field_size_limit(limits.cell_chars)
    best: tuple[float, list[Record]] = (-1.0, [])
    for delimiter in _SEPARATORS:
        if delimiter not in text or (delimiter in _WIDE and best[0] >= 0):
            continue
        grid = _with_index_named(_split(text, delimiter, limits).grid(limits.columns))
        records = read_sheet(grid, ragged=True)
        if records is not None:
            even = sum(not record.shifted for record in records) / max(len(records), 1)
            best = max(best, (even, records), key=lambda scored: scored[0])
    if best[0] < 0:
        raise IntakeError("no row of headings with a parcel number (parcel_no, 地块编号) was found")
    yield from best[1]


def _with_index_named(grid: Sequence[Sequence[Cell]]) -> list[list[Cell]]:
    """Return the rows with a heading over the numbers that a program counted its rows by.

    They stand in the first column, which has no heading then.
    """
    rows = [list(row) for row in grid]
    if len(rows) < 2 or rows[0][0].text.strip():
        return rows
    counted = [row[0].text for row in rows[1:]]
    if any(counted == [str(first + at) for at in range(len(counted))] for first in (0, 1)):
        rows[0][0] = replace(rows[0][0], text=_COUNT)
    return rows


def _split(text: str, delimiter: str, limits: Limits) -> _Ragged:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False)
    found = _Ragged()
    try:
        for row in reader:
            if len(found.rows) > limits.rows:
                raise IntakeError(f"more than {limits.rows} rows: split the file")
            if len(row) > limits.columns:
                raise IntakeError(f"line {reader.line_num}: more than {limits.columns} columns")
            number = reader.line_num - sum(cell.count("\n") for cell in row)
            found.rows.append((number, [tidy(cell) for cell in row]))
    except csv.Error as fault:
        raise IntakeError(f"line {reader.line_num}: {fault}") from None
    return found


@dataclass(slots=True)
class _Ragged:
    """The rows of a text file, as long as they are; `grid` makes them as wide as the longest."""

    rows: list[tuple[int, list[str]]] = field(default_factory=list)

    def grid(self, most: int) -> list[list[Cell]]:
        width = max((len(cells) for _, cells in self.rows), default=0)
        if width > most:
            raise IntakeError(f"more than {most} columns")
        filled = [
            (number, cells) for number, cells in self.rows if any(cell.strip() for cell in cells)
        ]
        return [_padded(cells, width, Place(row=number)) for number, cells in filled]


def _padded(cells: Sequence[str], width: int, place: Place) -> list[Cell]:
    row = [Cell(text=text, place=place) for text in cells]
    return row + [Cell(text="", missing=True, place=place)] * (width - len(cells))


def _workbook(kind: str, data: bytes, limits: Limits) -> Iterator[Record]:
    from notifier.intake.documents.old_sheets import read_sheets

    return records_of_sheets(read_sheets(kind, data, limits))


def records_of_sheets(sheets: Sequence[Sheet]) -> Iterator[Record]:
    """Yield the records of the sheets of a workbook. IntakeError if none has any headings."""
    found = False
    for sheet in sheets:
        name = sheet.name if len(sheets) > 1 else None
        records = read_sheet(sheet.rows, name, title=sheet.name)
        if records is None:
            continue
        found = True
        records = list(_with_findings(records, sheet.findings))
        if sheet.hidden and records:
            params = {"rows": sheet.name}
            place = Place(sheet=sheet.name)
            hidden = Finding(
                code=Code.HIDDEN_CELLS, severity=Severity.WARNING, place=place, params=params
            )
            records[0] = replace(records[0], findings=(*records[0].findings, hidden))
        yield from records
    if not found:
        raise IntakeError("no sheet has a row of headings with a parcel number (地块编号)")


def _with_findings(records: Sequence[Record], findings: Sequence[Finding]) -> Iterator[Record]:
    """Yield the records with the findings of their rows, the first with those of no row."""
    left = list(findings)
    for number, record in enumerate(records):
        rows = {other.number for other in records} if left and not number else set()
        mine = [
            finding
            for finding in left
            if finding.place.row == record.number or (not number and finding.place.row not in rows)
        ]
        left = [finding for finding in left if finding not in mine]
        yield replace(record, findings=(*record.findings, *mine)) if mine else record


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _json(data: bytes, _limits: Limits) -> Iterator[Record]:
    yield from _objects(load_json(data))


def _jsonl(data: bytes, _limits: Limits) -> Iterator[Record]:
    for number, line in enumerate(decode(data).splitlines(), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line, object_pairs_hook=without_doubles)
        except (ValueError, RecursionError):
            value = {"": f"not JSON: {line[:60]}"}
        if not isinstance(value, dict):
            value = {"": f"not an object: {line[:60]}"}
        yield _record(value, number)


def _toml(data: bytes, _limits: Limits) -> Iterator[Record]:
    try:
        value = tomllib.loads(decode(data))
    except (tomllib.TOMLDecodeError, RecursionError) as fault:
        raise IntakeError(f"this is not TOML: {fault}") from None
    yield from _objects(value)


def _record(value: Mapping[str, Any], number: int) -> Record:
    place = Place(row=number)
    entries = [
        Entry(column=column_of(key), value=text, place=place) for key, text in _flat(value).items()
    ]
    return Record(entries=tuple(entries), number=number)


def _objects(value: Any) -> Iterator[Record]:
    """Yield the objects in a list, under any one key.

    Or under `notices` with `parcels`, as `notifier read --json` prints them.
    """
    numbered = 0
    for parcel in _parcels(value):
        numbered += 1
        if not isinstance(parcel, Mapping):
            raise IntakeError(f"record {numbered} is not an object with fields")
        yield _record(parcel, numbered)
    if not numbered:
        raise IntakeError(
            "no records were found: expected a list of objects, or an object with a list of parcels"
        )


def _parcels(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _parcels(item) if isinstance(item, Mapping) and "parcels" in item else [item]
    elif isinstance(value, Mapping):
        lists = _lists_of_objects(value)
        if isinstance(value.get("parcels"), list):
            head = {
                key: item
                for key, item in value.items()
                if key not in ("parcels", "changes", "findings", "file")
            }
            for item in value["parcels"]:
                yield {**head, **item} if isinstance(item, Mapping) else item
        elif lists:
            for item in lists[0]:
                is_notice = isinstance(item, Mapping) and "parcels" in item
                yield from _parcels(item) if is_notice else [item]
        elif wrapped := [item for item in value.values() if _lists_of_objects(item)]:
            yield from _parcels(wrapped[0])  # `{"code": 0, "data": {"list": [...]}}`
        elif value:
            yield value


def _lists_of_objects(value: Any) -> list[list[Any]]:
    items = value.values() if isinstance(value, Mapping) else ()
    return [
        item for item in items if isinstance(item, list) and item and isinstance(item[0], Mapping)
    ]


def _flat(record: Mapping[str, Any]) -> dict[str, str]:
    """Values as text; `milestones` opened, each to its `at`, none that depends on a condition."""
    flat: dict[str, str] = {}
    for key, value in record.items():
        if key == "milestones" and isinstance(value, Mapping):
            for name, milestone in own_milestones({key: value}).items():
                at = milestone.get("at") if isinstance(milestone, Mapping) else milestone
                day = isinstance(milestone, Mapping) and milestone.get("precision") == "day"
                flat[str(name)] = _cell(at)[:10] if day else _cell(at)
        elif isinstance(value, list):
            flat[str(key)] = "、".join(
                _cell(item) for item in value if not isinstance(item, Mapping | list)
            )
        elif not isinstance(value, Mapping):
            flat[str(key)] = _cell(value)
    return flat
