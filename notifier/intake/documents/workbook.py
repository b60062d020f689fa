"""Excel workbooks in: every cell as text, with what hides, strikes or merges it.

Formulas are never calculated.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from notifier.domain.values import Finding, Place
from notifier.errors import IntakeError
from notifier.intake.documents.document import Cell
from notifier.intake.documents.number_formats import (
    hides,
    is_dated,
    lacks_clock,
    lacks_year,
    shown_day,
    shown_number,
    shown_text,
)
from notifier.intake.documents.words import report_aside, tidy
from notifier.intake.documents.xml import parse_xml
from notifier.intake.limits import Limits

if TYPE_CHECKING:
    from lxml.etree import _Element

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
_DAY, _MONTH_AND_DAY, _CLOCK = "yyyy-m-d", "m-d", "h:mm"
_BUILT_IN = {
    **dict.fromkeys((*range(14, 18), *range(27, 32), 36, *range(50, 55), 57, 58), _DAY),
    **dict.fromkeys((*range(18, 22), *range(32, 36), *range(45, 48), 55, 56), _CLOCK),
    **dict.fromkeys((16, 28, 29, 51, 53, 54, 58), _MONTH_AND_DAY),
    22: f"{_DAY} {_CLOCK}",
}
"""The formats of times that a workbook does not write out, by their number."""
_LETTERS = re.compile(r"[A-Z]{1,3}")
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_MOST_CELLS = 1_000_000
_LAST_1900_BUG = 60  # Excel counts a 29 February 1900


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """The rows of one sheet, each as wide as the widest. `hidden` if the workbook does not show it.

    `findings` say what the format of its file leaves out.
    """

    name: str
    rows: tuple[tuple[Cell, ...], ...]
    hidden: bool = False
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class _Style:
    code: str = ""  # of its number format
    struck: bool = False


@dataclass(slots=True)
class _Book:
    # (text, whether all of it is struck out)
    strings: list[tuple[str, bool]] = field(default_factory=list)
    styles: list[_Style] = field(default_factory=list)
    since_1904: bool = False


def read_workbook(data: bytes, limits: Limits) -> list[Sheet]:
    """The sheets of an .xlsx in order. IntakeError if it is none, or beyond the limits."""
    from lxml import etree

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return list(_sheets(archive, limits))
    except IntakeError:
        raise
    except (
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        IndexError,
        OverflowError,
        etree.LxmlError,
    ) as fault:
        raise IntakeError(f"this is not a readable .xlsx workbook: {str(fault)[:200]}") from None


def _sheets(archive: zipfile.ZipFile, limits: Limits) -> Iterator[Sheet]:
    main = _main_part(archive)
    workbook = _xml(archive, main)
    folder = posixpath.dirname(main)
    targets = _targets(archive, main)
    book = _Book(
        strings=_strings(archive, _part_of(targets, folder, "sharedStrings")),
        styles=_styles(archive, _part_of(targets, folder, "styles")),
        since_1904=any(
            properties.get("date1904") in ("1", "true")
            for properties in _all(workbook, "workbookPr")
        ),
    )
    for sheet in _all(workbook, "sheet"):
        key = next((value for name, value in sheet.attrib.items() if str(name).endswith("}id")), "")
        kind, target = targets.get(str(key), ("", ""))
        if kind != "worksheet":
            continue
        path = _joined(folder, target)
        hidden = sheet.get("state", "visible") != "visible"
        name = str(sheet.get("name", ""))
        rows = _Rows(book, limits, name).read(archive.read(path))
        yield Sheet(name=name, rows=rows, hidden=hidden, findings=_comments(archive, path, name))


def _comments(archive: zipfile.ZipFile, path: str, name: str) -> tuple[Finding, ...]:
    """The findings of the comments on a sheet's cells that speak of times."""
    found: list[Finding] = []
    folder, part = posixpath.split(path)
    if posixpath.join(folder, "_rels", f"{part}.rels") not in archive.namelist():
        return ()
    target = _part_of(_targets(archive, path), folder, "comments")
    if target not in archive.namelist():
        return ()
    for comment in _all(_xml(archive, target), "comment"):
        cell = _REFERENCE.fullmatch(str(comment.get("ref", "")))
        place = Place(row=int(cell[2]) if cell else None, sheet=name)
        report_aside(found, _text(comment), place)
    return tuple(found)


def _main_part(archive: zipfile.ZipFile) -> str:
    for kind, target in _targets(archive, "").values():
        if kind == "officeDocument":
            return target.lstrip("/")
    raise IntakeError("this is not a readable .xlsx workbook: it names no workbook")


def _targets(archive: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """Relation -> (the last word of its type, where it leads)."""
    folder, name = posixpath.split(part)
    root = _xml(archive, posixpath.join(folder, "_rels", f"{name}.rels"))
    return {
        str(relation.get("Id")): (
            str(relation.get("Type", "")).rsplit("/", 1)[-1],
            str(relation.get("Target", "")),
        )
        for relation in root
    }


def _part_of(targets: dict[str, tuple[str, str]], folder: str, kind: str) -> str:
    return next((_joined(folder, target) for name, target in targets.values() if name == kind), "")


def _joined(folder: str, target: str) -> str:
    return (
        target.lstrip("/")
        if target.startswith("/")
        else posixpath.normpath(posixpath.join(folder, target))
    )


def _xml(archive: zipfile.ZipFile, path: str) -> _Element:
    return parse_xml(archive.read(path))


def _parts(data: bytes, names: Sequence[str]) -> Iterator[_Element]:
    """Yield the elements of these names in order, each let go of after its use.

    A large sheet as a whole takes hundreds of megabytes.
    """
    from lxml import etree

    tags = [space + name for name in names for space in (_MAIN, _STRICT)]
    for _, element in etree.iterparse(
        io.BytesIO(data),
        events=("end",),
        tag=tags,
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
    ):
        yield element
        element.clear()
        above = element.getparent()
        while above is not None and element.getprevious() is not None:
            del above[0]


def _all(element: _Element, name: str) -> Iterator[_Element]:
    yield from element.iter(_MAIN + name, _STRICT + name)


def _name(element: _Element) -> str:
    return _local(str(element.tag))


@cache
def _local(tag: str) -> str:
    return tag.rsplit("}", 1)[-1]


def _strings(archive: zipfile.ZipFile, path: str) -> list[tuple[str, bool]]:
    return [_rich(item) for item in _xml(archive, path) if _name(item) == "si"] if path else []


def _rich(element: _Element) -> tuple[str, bool]:
    """(the text of runs that are not struck out, False), or (all of it, True) if every run is."""
    runs = [run for run in element if _name(run) == "r"]
    if not runs:
        return _text(element), False
    shown = "".join(_text(run) for run in runs if not _is_struck(run))
    return (shown, False) if shown.strip() else (_text(element), any(map(_is_struck, runs)))


def _text(element: _Element) -> str:
    found = (
        text
        for text in _all(element, "t")
        if not any(_name(above) == "rPh" for above in text.iterancestors())
    )
    return "".join(text.text or "" for text in found)


def _is_struck(element: _Element) -> bool:
    return any(strike.get("val", "1") not in ("0", "false") for strike in _all(element, "strike"))


def _styles(archive: zipfile.ZipFile, path: str) -> list[_Style]:
    if not path:
        return []
    root = _xml(archive, path)
    formats = {
        str(number_format.get("numFmtId")): str(number_format.get("formatCode", ""))
        for number_format in _all(root, "numFmt")
    }
    fonts = [_is_struck(font_element) for above in _all(root, "fonts") for font_element in above]
    found = []
    for above in _all(root, "cellXfs"):
        for cell_format in above:
            number, font = (
                str(cell_format.get("numFmtId", "0")),
                int(cell_format.get("fontId", "0")),
            )
            code = formats.get(number) or _BUILT_IN.get(int(number), "")
            found.append(_Style(code, font < len(fonts) and fonts[font]))
    return found


class _Rows:
    """The walk over one sheet."""

    def __init__(self, book: _Book, limits: Limits, name: str) -> None:
        self.book, self.limits, self.name = book, limits, name
        self._hidden_columns: set[int] = set()
        self._cells = 0

    def read(self, data: bytes) -> tuple[tuple[Cell, ...], ...]:
        found: dict[int, dict[int, Cell]] = {}
        merges: list[str] = []
        number = 0
        for part in _parts(data, ("col", "row", "mergeCell")):
            if _name(part) == "col":
                self._hide(part)
                continue
            if _name(part) == "mergeCell":
                merges.append(str(part.get("ref", "")))
                continue
            number = int(part.get("r") or number + 1)
            cells = self._row(part, number)
            self._count(len(cells))
            if cells:
                found.setdefault(number, {}).update(cells)
            # a stray cell far below is a row more, not a million rows
            if len(found) > self.limits.rows:
                raise IntakeError(
                    f"sheet {self.name}: more than {self.limits.rows} rows: split the file"
                )
        for merge in merges:
            self._merge(found, merge)
        return self._grid(found)

    def _hide(self, column: _Element) -> None:
        if column.get("hidden") in ("1", "true"):
            last = min(int(column.get("max", "0")), self.limits.columns)
            self._hidden_columns |= set(range(int(column.get("min", "1")), last + 1))

    def _count(self, cells: int) -> None:
        """Note that so many cells are built; IntakeError if a sheet may not have so many."""
        self._cells += cells
        if self._cells > _MOST_CELLS:
            raise IntakeError(f"sheet {self.name}: more than {_MOST_CELLS} cells: split the file")

    def _row(self, row: _Element, number: int) -> dict[int, Cell]:
        hidden = row.get("hidden") in ("1", "true")
        cells: dict[int, Cell] = {}
        at = 0
        # one for all cells: a sheet of 50,000 rows has many
        place = Place(row=number, sheet=self.name)
        for cell in row:
            letters = str(cell.get("r", "")).rstrip("0123456789")
            at = _column(letters) if _LETTERS.fullmatch(letters) else at + 1
            is_hidden = hidden or at in self._hidden_columns
            value = self._cell(cell)
            if value is not None:
                cells[at] = replace(value, hidden=is_hidden or value.hidden, place=place)
        return cells

    def _cell(self, cell: _Element) -> Cell | None:
        """Return a cell that has no place yet; None for an empty one."""
        form = self._form(int(cell.get("s", "0")))
        kind = cell.get("t", "n")
        parts = {_name(inner): inner for inner in cell}
        value = str(parts["v"].text or "") if "v" in parts else ""
        struck, other = form.struck, ""
        if kind == "e":
            return Cell(text="", fault=value or "#ERROR", struck=struck)
        if not value and kind != "inlineStr":
            fault = f"={parts['f'].text or ''}"[:60] if "f" in parts else ""
            return Cell(text="", fault=fault, struck=struck) if fault else None
        if kind == "s":
            text, all_struck = self.book.strings[int(value)]
            struck = struck or all_struck
        elif kind == "inlineStr":
            text, all_struck = _rich(parts["is"]) if "is" in parts else ("", False)
            struck = struck or all_struck
        elif kind == "b":
            text = str(value == "1")
        elif kind in ("n", "d"):
            text, other = number_shown(value, form.code, self.book.since_1904)
        else:
            text = value
        if len(text) > self.limits.cell_chars:
            raise IntakeError(
                f"sheet {self.name}: a cell holds more than {self.limits.cell_chars} "
                "characters: refused"
            )
        if kind != "n":
            text = shown_text(form.code, tidy(text))
        if not text:
            return None
        return Cell(
            text=text,
            other=other,
            yearless=kind == "n" and lacks_year(form.code),
            struck=struck,
            hidden=hides(form.code),
        )

    def _form(self, style: int) -> _Style:
        """Return the style of that number. IntakeError if the workbook has lost it.

        Then nobody knows what is struck out, and which numbers are times.
        """
        if style < len(self.book.styles):
            return self.book.styles[style]
        if style > 0:
            raise IntakeError(
                f"sheet {self.name}: the formats of this workbook are lost, so that what is struck "
                "out cannot be told: open it and save it again as .xlsx"
            )
        return _Style()  # of a workbook without any

    def _merge(self, found: dict[int, dict[int, Cell]], reference: str) -> None:
        """The cell at the top left stands for all that its merge covers."""
        corners = [_REFERENCE.fullmatch(corner) for corner in reference.split(":")]
        if len(corners) != 2 or corners[0] is None or corners[1] is None:
            return
        (left, top), (right, bottom) = (
            (_column(corner[1]), int(corner[2])) for corner in corners if corner
        )
        cell = found.get(top, {}).get(left)
        if cell is None or right > self.limits.columns:
            return
        bottom = min(bottom, max(found))
        self._count(max(bottom - top + 1, 0) * max(right - left + 1, 0))
        for number in range(top, bottom + 1):
            for at in range(left, right + 1):
                if (number, at) != (top, left):
                    place = Place(row=number, column=_letters(at), sheet=self.name)
                    found.setdefault(number, {})[at] = replace(cell, own=False, place=place)

    def _grid(self, found: dict[int, dict[int, Cell]]) -> tuple[tuple[Cell, ...], ...]:
        width = max((max(cells) for cells in found.values()), default=0)
        columns: Sequence[int] = range(1, width + 1)
        if width > self.limits.columns or len(found) * width > _MOST_CELLS:
            # a stray cell far to the right: the columns between are empty
            columns = sorted({at for cells in found.values() for at in cells})
        if len(columns) > self.limits.columns:
            raise IntakeError(
                f"sheet {self.name}: more than {self.limits.columns} columns: refused"
            )
        self._count(len(found) * len(columns) - sum(map(len, found.values())))
        rows = []
        for number, cells in sorted(found.items()):
            line = []
            for at in columns:
                cell = cells.get(at)
                line.append(
                    cell
                    or Cell(text="", place=Place(row=number, column=_letters(at), sheet=self.name))
                )
            rows.append(tuple(line))
        return tuple(rows)


@lru_cache(maxsize=65536)
def number_shown(value: str, code: str, since_1904: bool) -> tuple[str, str]:
    """(a number as a person sees it, the other time where it shows one and holds another).

    An hour that is not shown is read, and what is shown is the other.
    """
    try:
        number = float(value)
    except ValueError:
        return value, ""
    if is_dated(code):
        return _day_shown(number, code, since_1904=since_1904) or (value, "")
    if number.is_integer() and abs(number) < 1e15:
        value = str(int(number))
    elif "e" not in repr(number):
        value = repr(number)
    return shown_number(code, value), ""


def _day_shown(number: float, code: str, *, since_1904: bool) -> tuple[str, str] | None:
    """Return what `number_shown` does of one of Excel's days; None if it is none."""
    text = time_of_serial(number, since_1904=since_1904)
    if number < 1 or not text:
        return (text, "") if text else None
    at = datetime.fromisoformat(text)
    shown = shown_day(code, at, text)
    if number == int(number) or not lacks_clock(code):
        return shown, ""
    return (shown, text) if shown != text else (text, f"{at:%Y-%m-%d}")


def time_of_serial(number: float, *, since_1904: bool = False) -> str:
    """Return one of Excel's days since 1900: `2026-01-02`, `2026-01-02 17:00`, `17:00`.

    Empty if it is no such day. Rounded to the minute within a second of it, as 17:00 is kept as
    0.7083333.
    """
    if not 0 <= number < 2_958_466:
        return ""
    if number < 1:
        base = datetime(2000, 1, 1)  # noqa: DTZ001 - a time of day without a date
        at = _rounded(base + timedelta(days=number))
        return f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"
    base = datetime(1904, 1, 1) if since_1904 else datetime(1899, 12, 30)  # noqa: DTZ001 - read in Shanghai later
    if not since_1904 and number < _LAST_1900_BUG:
        number += 1
    at = _rounded(base + timedelta(days=number))
    if number == int(number):
        return f"{at:%Y-%m-%d}"
    return f"{at:%Y-%m-%d %H:%M:%S}" if at.second else f"{at:%Y-%m-%d %H:%M}"


def _rounded(at: datetime) -> datetime:
    whole = (at + timedelta(seconds=30)).replace(second=0, microsecond=0)
    if abs((whole - at).total_seconds()) <= 1:
        return whole
    return (at + timedelta(milliseconds=500)).replace(microsecond=0)


@cache
def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


@cache
def _letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
