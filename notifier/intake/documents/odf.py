"""OpenDocument in (.odt, .ods).

Struck-out text is left out aloud, formulas are never calculated.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from notifier.domain.values import Finding, Place
from notifier.errors import IntakeError
from notifier.intake.bombs import refuse_bomb
from notifier.intake.documents.document import Cell, Document, Paragraph, Table
from notifier.intake.documents.grid import CellSpan, Grids, is_data
from notifier.intake.documents.number_formats import lacks_its_year, shown_beside
from notifier.intake.documents.words import report_aside, report_struck_out, tidy
from notifier.intake.documents.workbook import Sheet
from notifier.intake.documents.xml import parse_xml
from notifier.intake.limits import Limits

if TYPE_CHECKING:
    from lxml.etree import _Element

_SPACES = {
    "office": "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}",
    "style": "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}",
    "table": "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}",
    "text": "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}",
}
_WORDS = frozenset({"text:p", "text:h"})
_SILENT = frozenset(
    {
        "text:tracked-changes",
        "text:note",
        "text:note-citation",
        "office:annotation",
        "text:ruby-text",
        "text:sequence-decls",
    }
)
_MOST_PARENTS = 30  # of a style
_MOST_REPEATS = 10_000  # of an empty cell or row at the end of a sheet


def read_odt(data: bytes, file: str, limits: Limits) -> Document:
    """IntakeError for a protected or damaged file, a bomb."""
    root, styles = _parts(data, limits)
    reader = _Reader(root, styles, limits)
    # headers come first, footnotes and endnotes last, as in a .docx
    for header in _of(styles, "style:header", "style:header-left", "style:header-first"):
        reader.flow(header)
    for body in root.iter(_tag("office:text")):
        reader.flow(body)
        for note in body.iter(_tag("text:note-body")):
            reader.flow(note)
        for deletion in body.iter(_tag("text:deletion")):
            report_struck_out(reader.findings, _all_words(deletion), Place())
        for comment in body.iter(_tag("office:annotation")):
            report_aside(reader.findings, _all_words(comment), Place())
    for footer in _of(styles, "style:footer", "style:footer-left", "style:footer-first"):
        report_aside(reader.findings, _all_words(footer), Place())
    return Document(file=file, blocks=tuple(reader.blocks), findings=tuple(reader.findings))


def read_ods(data: bytes, limits: Limits) -> list[Sheet]:
    """The sheets in order.

    IntakeError for a protected or damaged file, a bomb, more cells than the limits allow.
    """
    reader = _Reader(*_parts(data, limits), limits)
    return [
        reader.sheet(table)
        for body in reader.root.iter(_tag("office:spreadsheet"))
        for table in _tables(body)
    ]


def _parts(data: bytes, limits: Limits) -> tuple[_Element, _Element | None]:
    """(content.xml, styles.xml if there is one)."""
    from lxml import etree

    refuse_bomb(data, limits)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if "encryption-data" in archive.read("META-INF/manifest.xml").decode(
                "utf-8", "replace"
            ):
                raise IntakeError("it is protected by a password: save it without one")
            content = archive.read("content.xml")
            if len(content) > limits.file_bytes:
                raise IntakeError(
                    f"its text would unpack to more than {limits.file_bytes} bytes: refused"
                )
            styles = archive.read("styles.xml") if "styles.xml" in archive.namelist() else b""
        return parse_xml(content), parse_xml(styles) if styles else None
    except (zipfile.BadZipFile, KeyError, ValueError, etree.LxmlError) as fault:
        raise IntakeError(f"this is not a readable OpenDocument file: {str(fault)[:200]}") from None


def _tag(name: str) -> str:
    space, local = name.split(":")
    return _SPACES[space] + local


def _name(element: _Element) -> str:
    """`text:p`; only the tag itself where it is of another vocabulary."""
    tag = str(element.tag)
    return next(
        (f"{short}:{tag[len(uri) :]}" for short, uri in _SPACES.items() if tag.startswith(uri)), tag
    )


def _get(element: _Element, name: str, usual: str = "") -> str:
    return str(element.get(_tag(name), usual))


def _number(element: _Element, name: str) -> int:
    text = _get(element, name, "1")
    return int(text[:9]) if text.isdecimal() else 1


def _of(element: _Element | None, *names: str) -> Iterator[_Element]:
    return iter(()) if element is None else element.iter(*(_tag(name) for name in names))


def _all_words(element: _Element) -> str:
    """Return the text of all paragraphs inside `element`, whatever its style."""
    paragraphs = element.iter(*(_tag(name) for name in _WORDS))
    return " ".join("".join(map(str, paragraph.itertext())) for paragraph in paragraphs)


def _tables(element: _Element) -> Iterator[_Element]:
    return element.iterchildren(_tag("table:table"))


@dataclass(frozen=True, slots=True)
class _Style:
    struck: bool = False
    hidden: bool = False


@dataclass(slots=True)
class _Words:
    """The words of a paragraph: `shown` as read, `struck` out, `hidden`."""

    shown: list[str] = field(default_factory=list)
    struck: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)


class _Reader:
    """The walk over one file."""

    def __init__(self, root: _Element, styles: _Element | None, limits: Limits) -> None:
        self.root = root
        self.limits = limits
        self.grids = Grids(limits)
        self.blocks: list[Paragraph | Table] = []
        self.findings: list[Finding] = []
        self._count = 0
        self._cells = 0
        self._styles = _styles_of(*([root] if styles is None else [styles, root]))

    def flow(self, element: _Element) -> None:
        """Add the paragraphs and tables inside `element`, in reading order."""
        for child in element:
            name = _name(child)
            if name in _WORDS:
                self._paragraph(child)
            elif name == "table:table":
                self._table(child)
            elif name in _SILENT or not isinstance(child.tag, str):
                continue
            elif _is_hidden(child):
                report_aside(self.findings, _all_words(child), Place(line=self._count))
            else:
                self.flow(child)

    def _paragraph(self, element: _Element) -> None:
        if any(_is_hidden(mark) for mark in element.iter(_tag("text:hidden-paragraph"))):
            report_aside(self.findings, _all_words(element), Place(line=self._count))
            return
        self._count += 1
        for text in tidy(self._text(element, Place(line=self._count))).split("\n"):
            if text:
                heading = _name(element) == "text:h"
                self.blocks.append(
                    Paragraph(text=text, place=Place(line=self._count), heading=heading)
                )

    def _text(self, element: _Element, place: Place) -> str:
        words = _Words()
        self._gather(element, words, self._style(element))
        if words.struck:
            report_struck_out(self.findings, "".join(words.struck), place)
        if words.hidden:
            report_aside(self.findings, "".join(words.hidden), place)
        return "".join(words.shown)

    def _style(self, element: _Element, above: _Style | None = None) -> _Style:
        own = self._styles.get(
            _get(element, "text:style-name") or _get(element, "table:style-name"), _Style()
        )
        above = above or _Style()
        return _Style(own.struck or above.struck, own.hidden or above.hidden)

    def _gather(self, element: _Element, words: _Words, style: _Style) -> None:
        def add(text: str | None) -> None:
            if text and style.hidden:
                words.hidden.append(text)
            elif text:
                (words.struck if style.struck else words.shown).append(text)

        add(element.text)
        for child in element:
            name = _name(child)
            if name == "text:s":
                add(" " * min(_number(child, "text:c"), 100))
            elif name == "text:tab":
                add(" ")
            elif name == "text:line-break":
                add("\n")
            elif name in _WORDS:  # the paragraphs of a cell or a frame
                words.shown.append("\n")
                self._gather(child, words, self._style(child, style))
                words.shown.append("\n")
            elif name not in _SILENT and isinstance(child.tag, str):
                self._gather(child, words, self._style(child, style))
            add(child.tail)

    def _table(self, element: _Element) -> None:
        spans = [
            [
                CellSpan(
                    text=tidy(self._text(cell, Place(table=self.grids.tables + 1))),
                    rowspan=_number(cell, "table:number-rows-spanned"),
                    colspan=_number(cell, "table:number-columns-spanned"),
                )
                for cell in row.iterchildren(_tag("table:table-cell"))
            ]
            for row in _rows_of(element)
        ]
        if not is_data(spans, nested=False):
            for row in _rows_of(element):
                for cell in row.iterchildren(_tag("table:table-cell")):
                    self.flow(cell)
            return
        grid = self.grids.table(spans)
        if grid is not None:
            self.blocks.append(grid)

    def sheet(self, table: _Element) -> Sheet:
        """One sheet; a cell that is merged holds for all that it covers."""
        name = _get(table, "table:name")
        hidden_columns = _hidden_columns(table, self.limits.columns)
        column_styles = _column_styles(table, self.limits.columns)
        rows: dict[int, dict[int, Cell]] = {}
        number = 0
        for row in _rows_of(table):
            times = _number(row, "table:number-rows-repeated")
            cells = self._row(row, hidden_columns, column_styles, name)
            if any(cell.text or cell.fault for cell, _, _ in cells.values()):
                for _ in range(min(times, self.limits.rows + 1)):
                    number += 1
                    self._place(rows, number, cells, name)
                    if len(rows) > self.limits.rows:
                        raise IntakeError(
                            f"sheet {name}: more than {self.limits.rows} rows: split the file"
                        )
            else:
                number += times
        style = self._styles.get(_get(table, "table:style-name"), _Style())
        width = max((max(cells) for cells in rows.values()), default=0)
        grid = tuple(
            tuple(
                cells.get(at) or Cell(text="", place=Place(row=at_row, sheet=name))
                for at in range(1, width + 1)
            )
            for at_row, cells in sorted(rows.items())
        )
        asides: list[Finding] = []
        for comment in table.iter(_tag("office:annotation")):
            report_aside(asides, _all_words(comment), Place(sheet=name))
        return Sheet(name=name, rows=grid, hidden=style.hidden, findings=tuple(asides))

    def _row(
        self,
        row: _Element,
        hidden_columns: frozenset[int],
        column_styles: Mapping[int, str],
        sheet: str,
    ) -> dict[int, tuple[Cell, int, int]]:
        """Column -> (cell, rows that it covers, columns that it covers)."""
        hidden = _get(row, "table:visibility", "visible") != "visible"
        row_style = _get(row, "table:default-cell-style-name")
        found: dict[int, tuple[Cell, int, int]] = {}
        at = 0
        for child in row:
            name = _name(child)
            if name not in ("table:table-cell", "table:covered-table-cell"):
                continue
            times = _number(child, "table:number-columns-repeated")
            usual = self._styles.get(row_style or column_styles.get(at + 1, ""), _Style())
            value = self._value(child, usual)
            if not value.text and not value.fault:
                at += times
                continue
            for _ in range(min(times, _MOST_REPEATS)):
                at += 1
                if at > self.limits.columns:
                    raise IntakeError(
                        f"sheet {sheet}: more than {self.limits.columns} columns: refused"
                    )
                hides = hidden or at in hidden_columns
                cell = replace(value, hidden=hides, place=Place(sheet=sheet))
                rows, columns = (
                    _number(child, "table:number-rows-spanned"),
                    _number(child, "table:number-columns-spanned"),
                )
                found[at] = (cell, rows, columns)
        return found

    def _value(self, cell: _Element, usual: _Style) -> Cell:
        """Return a cell that has no place yet; `usual`: the style of one that names none."""
        kind = _get(cell, "office:value-type")
        style = self._style(cell) if _get(cell, "table:style-name") else usual
        words = _Words()
        for child in cell:
            if _name(child) in _WORDS:
                self._gather(child, words, self._style(child, style))
                words.shown.append("\n")
        shown, struck = tidy("".join(words.shown)), tidy("".join(words.struck))
        if shown.startswith("#") and _get(cell, "table:formula"):
            return Cell(text="", fault=shown)
        other, yearless = "", False
        if kind == "date":  # as a person sees it the year may be missing
            value = _get(cell, "office:date-value").replace("T", " ")
            value = value.removesuffix(":00") if value.count(":") == 2 else value
            yearless = bool(shown) and lacks_its_year(shown, value)
            shown, other = shown_beside(shown, value) if shown else ("", "")
            struck = struck and value
        if len(shown) > self.limits.cell_chars:
            raise IntakeError(
                f"a cell of a table holds more than {self.limits.cell_chars} characters: refused"
            )
        is_struck = bool(struck and not shown)
        return Cell(text=shown or struck, other=other, yearless=yearless, struck=is_struck)

    def _place(
        self,
        rows: dict[int, dict[int, Cell]],
        number: int,
        cells: dict[int, tuple[Cell, int, int]],
        sheet: str,
    ) -> None:
        for at, (cell, down, right) in cells.items():
            down, right = min(down, self.limits.rows), min(right, self.limits.columns)
            self._cells += down * right
            if self._cells > self.limits.cells * 5:
                raise IntakeError(
                    f"the tables have more than {self.limits.cells * 5} cells: split the file"
                )
            for row in range(number, number + down):
                for column in range(at, at + right):
                    own = (row, column) == (number, at)
                    place = Place(row=row, sheet=sheet)
                    rows.setdefault(row, {}).setdefault(column, replace(cell, own=own, place=place))


def _rows_of(table: _Element) -> Iterator[_Element]:
    """The rows of a table, those in groups and headers too, those of inner tables not."""
    for child in table:
        name = _name(child)
        if name == "table:table-row":
            yield child
        elif name in ("table:table-header-rows", "table:table-rows", "table:table-row-group"):
            yield from _rows_of(child)


def _hidden_columns(table: _Element, most: int) -> frozenset[int]:
    hidden: set[int] = set()
    at = 0
    for column in table.iter(_tag("table:table-column")):
        times = _number(column, "table:number-columns-repeated")
        if _get(column, "table:visibility", "visible") != "visible":
            hidden |= set(range(at + 1, min(at + times, most) + 1))
        at += times
    return frozenset(hidden)


def _column_styles(table: _Element, most: int) -> dict[int, str]:
    """Return the style of cells that name none, by column.

    So a column that is struck out as a whole is written.
    """
    styles: dict[int, str] = {}
    at = 0
    for column in table.iter(_tag("table:table-column")):
        times = _number(column, "table:number-columns-repeated")
        style = _get(column, "table:default-cell-style-name")
        styles.update(dict.fromkeys(range(at + 1, min(at + times, most) + 1), style))
        at += times
    return styles


def _is_hidden(element: _Element) -> bool:
    """Return whether a section, or the paragraph that holds this mark, is not shown."""
    return _get(element, "text:display") == "none" or _get(element, "text:is-hidden") == "true"


def _styles_of(*roots: _Element) -> dict[str, _Style]:
    """Name -> what a style does to text, its parents' doing included."""
    own: dict[str, _Style] = {}
    parents: dict[str, str] = {}
    for root in roots:
        for style in root.iter(_tag("style:style")):
            name = _get(style, "style:name")
            struck = hidden = False
            for inner in style:
                through = _get(inner, "style:text-line-through-style") or _get(
                    inner, "style:text-line-through-type"
                )
                struck = struck or through not in ("", "none")
                hidden = (
                    hidden
                    or _get(inner, "text:display") == "none"
                    or _get(inner, "table:display") == "false"
                )
            own[name] = _Style(struck, hidden)
            parents[name] = _get(style, "style:parent-style-name")
    found: dict[str, _Style] = {}
    for name in own:
        line, above = [own[name]], parents.get(name, "")
        while above in own and len(line) < _MOST_PARENTS:
            line.append(own[above])
            above = parents.get(above, "")
        found[name] = _Style(
            any(run_style.struck for run_style in line), any(run_style.hidden for run_style in line)
        )
    return found
