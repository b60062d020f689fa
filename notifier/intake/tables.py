"""Rows out of record files. A row is heading -> text, with its number; nothing is understood here."""

from __future__ import annotations

import csv
import io
import json
import tomllib
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from notifier.errors import IntakeError
from notifier.intake.encoding import decode
from notifier.intake.headings import IGNORED, field_of
from notifier.intake.limits import Limits

_HEADER_SEARCH = 20  # rows; titles and notes stand above the headings


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One row. `number` counts from 1 as a spreadsheet or an editor shows it; `sheet` if there are several."""

    values: Mapping[str, str]
    number: int
    sheet: str | None = None


def read_table(path: Path, data: bytes, limits: Limits) -> list[Record]:
    """The records of a .csv, .tsv, .xlsx, .json, .jsonl or .toml. IntakeError if there are none to be had."""
    readers = {
        ".csv": _csv, ".tsv": _csv, ".txt": _csv, ".xlsx": _xlsx, ".json": _json, ".jsonl": _jsonl, ".toml": _toml,
    }  # fmt: skip
    return list(_limited(readers[path.suffix.lower()](data, limits), limits))


def _limited(records: Iterable[Record], limits: Limits) -> Iterator[Record]:
    for count, record in enumerate(records, 1):
        if count > limits.rows:
            raise IntakeError(f"more than {limits.rows} rows: split the file")
        yield record


def _csv(data: bytes, limits: Limits) -> Iterator[Record]:
    text = decode(data)
    head = text[:20_000]
    delimiter = max(",\t;", key=lambda one: head.count(one))
    csv.field_size_limit(limits.cell_chars)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False)
    numbered: list[tuple[int, list[str]]] = []
    try:
        for row in reader:
            if len(numbered) > limits.rows:
                raise IntakeError(f"more than {limits.rows} rows: split the file")
            if len(row) > limits.columns:
                raise IntakeError(f"line {reader.line_num}: more than {limits.columns} columns")
            numbered.append((reader.line_num - sum(cell.count("\n") for cell in row), row))
    except csv.Error as fault:
        raise IntakeError(f"line {reader.line_num}: {fault}") from None
    yield from _below_header(numbered)


def _xlsx(data: bytes, limits: Limits) -> Iterator[Record]:
    refuse_bomb(data, limits)
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = [(name, book.get_sheet_by_name(name)) for name in book.sheet_names]
        found = False
        for name, sheet in sheets:
            if sheet.total_height * max(sheet.total_width, 1) > limits.rows * limits.columns:
                raise IntakeError(f"sheet {name}: too large: at most {limits.rows} rows and {limits.columns} columns")
            rows = [
                (number, [_cell(value) for value in row])
                for number, row in enumerate(sheet.to_python(skip_empty_area=False), 1)
            ]
            if find_header([row for _, row in rows]) is None:
                continue
            found = True
            for record in _below_header(rows):
                yield Record(values=record.values, number=record.number, sheet=name if len(sheets) > 1 else None)
    except (CalamineError, ValueError, OverflowError) as fault:
        raise IntakeError(f"this is not a readable .xlsx workbook: {fault}") from None
    if not found:
        raise IntakeError("no sheet has a row of headings with a parcel number (地块编号)")


def refuse_bomb(data: bytes, limits: Limits) -> None:
    """IntakeError for a zip file (xlsx, docx) that would unpack beyond the limits, or is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            if len(infos) > 2_000 or sum(info.file_size for info in infos) > limits.unpacked_bytes:
                raise IntakeError(f"it would unpack to more than {limits.unpacked_bytes} bytes: refused")
            left = limits.unpacked_bytes
            for info in infos:  # the declared sizes may lie
                with archive.open(info) as member:
                    while chunk := member.read(1 << 20):
                        left -= len(chunk)
                        if left < 0:
                            raise IntakeError(f"it unpacks to more than {limits.unpacked_bytes} bytes: refused")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as fault:
        raise IntakeError(f"the file is damaged or encrypted: {fault}") from None
    except Exception as fault:  # zlib.error and what a hostile archive may still raise
        if isinstance(fault, IntakeError):
            raise
        raise IntakeError(f"the file is damaged: {fault}") from None


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


def find_header(rows: Sequence[Sequence[str]]) -> int | None:
    """The index of the row that holds the headings: the first with a parcel's number (or name) and more known words."""
    for index, row in enumerate(rows[:_HEADER_SEARCH]):
        fields = {field_of(cell) for cell in row}
        if fields & {"parcel_no", "parcel_name"} and len(fields - {None, IGNORED}) > 1:
            return index
    return None


def _below_header(rows: Sequence[tuple[int, list[str]]]) -> Iterator[Record]:
    index = find_header([row for _, row in rows])
    if index is None:
        raise IntakeError("no row of headings with a parcel number (parcel_no, 地块编号) was found")
    headings = _told_apart([cell.strip() for cell in rows[index][1]])
    for number, row in rows[index + 1 :]:
        values = {heading: cell.strip() for heading, cell in zip(headings, row, strict=False) if heading}
        if any(values.values()):
            yield Record(values=values, number=number)


def _told_apart(headings: Sequence[str]) -> list[str]:
    """A heading that stands twice names two columns; neither value may hide the other."""
    seen: dict[str, int] = {}
    apart = []
    for heading in headings:
        seen[heading] = seen.get(heading, 0) + 1
        apart.append(f"{heading} ({seen[heading]})" if heading and seen[heading] > 1 else heading)
    return apart


def _json(data: bytes, _limits: Limits) -> Iterator[Record]:
    try:
        value = json.loads(decode(data))
    except (ValueError, RecursionError) as fault:
        raise IntakeError(f"this is not JSON: {fault}") from None
    yield from _objects(value)


def _jsonl(data: bytes, _limits: Limits) -> Iterator[Record]:
    for number, line in enumerate(decode(data).splitlines(), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            value = {"": f"not JSON: {line[:60]}"}
        if not isinstance(value, dict):
            value = {"": f"not an object: {line[:60]}"}
        yield Record(values=_flat(value), number=number)


def _toml(data: bytes, _limits: Limits) -> Iterator[Record]:
    try:
        value = tomllib.loads(decode(data))
    except (tomllib.TOMLDecodeError, RecursionError) as fault:
        raise IntakeError(f"this is not TOML: {fault}") from None
    yield from _objects(value)


def _objects(value: Any) -> Iterator[Record]:
    """Objects in a list, under any one key, or under `notices` with `parcels` as `notifier read --json` prints them."""
    numbered = 0
    for one in _parcels(value):
        numbered += 1
        if not isinstance(one, Mapping):
            raise IntakeError(f"record {numbered} is not an object with fields")
        yield Record(values=_flat(one), number=numbered)
    if not numbered:
        raise IntakeError("no records were found: expected a list of objects, or an object with a list of parcels")


def _parcels(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for one in value:
            yield from _parcels(one) if isinstance(one, Mapping) and "parcels" in one else [one]
    elif isinstance(value, Mapping):
        lists = [one for one in value.values() if isinstance(one, list) and one and isinstance(one[0], Mapping)]
        if isinstance(value.get("parcels"), list):
            head = {key: one for key, one in value.items() if key not in ("parcels", "changes", "findings", "file")}
            for one in value["parcels"]:
                yield {**head, **one} if isinstance(one, Mapping) else one
        elif lists:
            for one in lists[0]:
                yield from _parcels(one) if "parcels" in one else [one]
        elif value:
            yield value


def _flat(record: Mapping[str, Any]) -> dict[str, str]:
    """Values as text; `milestones` opened, each to its `at`."""
    flat: dict[str, str] = {}
    for key, value in record.items():
        if key == "milestones" and isinstance(value, Mapping):
            for name, milestone in value.items():
                at = milestone.get("at") if isinstance(milestone, Mapping) else milestone
                day = isinstance(milestone, Mapping) and milestone.get("precision") == "day"
                flat[str(name)] = _cell(at)[:10] if day else _cell(at)
        elif isinstance(value, list):
            flat[str(key)] = "、".join(_cell(one) for one in value if not isinstance(one, Mapping | list))
        elif not isinstance(value, Mapping):
            flat[str(key)] = _cell(value)
    return flat
