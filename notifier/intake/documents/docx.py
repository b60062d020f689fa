"""Word files in: body in order, text boxes, merged cells, tracked changes as accepted.

Headers come first, footnotes and endnotes last. Macros are never looked at.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING

from notifier.domain.findings import Code
from notifier.domain.values import Finding, Place, Severity
from notifier.errors import IntakeError
from notifier.intake.bombs import refuse_bomb
from notifier.intake.documents.document import Document, Paragraph, Table
from notifier.intake.documents.grid import CellSpan, Grids, is_data
from notifier.intake.documents.words import raised, report_aside, report_struck_out, tidy
from notifier.intake.documents.xml import parse_xml
from notifier.intake.limits import Limits

if TYPE_CHECKING:
    from docx.document import Document as WordDocument
    from lxml.etree import _Element

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_OLD_OR_PROTECTED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DELETED = frozenset({_W + "del", _W + "moveFrom"})
_SILENT = frozenset(
    {_W + "pPr", _W + "rPr", _W + "instrText", _W + "fldData", _W + "delText", _W + "rt", _FALLBACK}
)
_SHOWN_AS = {
    _W + "tab": " ",
    _W + "ptab": " ",
    _W + "br": "\n",
    _W + "cr": "\n",
    _W + "noBreakHyphen": "-",
    _W + "sym": "□",
}


def read_docx(data: bytes, file: str, limits: Limits) -> Document:
    """IntakeError for an old .doc, a protected or damaged file, a bomb."""
    names = _checked_names(data, limits)
    import docx

    try:
        word = docx.Document(io.BytesIO(data))
        reader = _Reader(limits, _heading_styles(word))
        for header in _headers(word):
            reader.flow(header)
        reader.flow(word.element.body)
        for notes in _beside(word, "/footnotes", "/endnotes"):
            reader.flow(notes)
        for aside in (*_beside(word, "/comments"), *_footers(word)):
            reader.aside(aside)
        title = tidy(word.core_properties.title or "")
    except (IntakeError, MemoryError):
        raise
    except Exception as fault:  # noqa: BLE001 - a damaged package raises from every layer of zip, XML and python-docx
        raise IntakeError(f"this is not a readable .docx: {str(fault)[:200]}") from None
    if any(name.casefold().endswith("vbaproject.bin") for name in names):
        reader.findings.append(Finding(code=Code.MACROS_IGNORED, severity=Severity.INFO))
    return Document(
        file=file, blocks=tuple(reader.blocks), title=title, findings=tuple(reader.findings)
    )


def _checked_names(data: bytes, limits: Limits) -> list[str]:
    if data.startswith(_OLD_OR_PROTECTED):
        raise IntakeError("it is protected by a password: save it without one")
    refuse_bomb(data, limits)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        infos = archive.infolist()
    if (
        sum(info.file_size for info in infos if info.filename.endswith((".xml", ".rels")))
        > limits.file_bytes
    ):
        raise IntakeError(f"its text would unpack to more than {limits.file_bytes} bytes: refused")
    return [info.filename for info in infos]


def _heading_styles(word: WordDocument) -> frozenset[str]:
    return frozenset(
        style.style_id
        for style in word.styles
        if (style.name or "").casefold().startswith(("heading", "title"))
    )


def _headers(word: WordDocument) -> Iterator[_Element]:
    """Yield the headers that are printed: of first and even pages only where those differ."""
    even = word.settings.odd_and_even_pages_header_footer
    for section in word.sections:
        shown = [section.header]
        shown += [section.first_page_header] * section.different_first_page_header_footer
        shown += [section.even_page_header] * even
        for header in shown:
            if not header.is_linked_to_previous:
                yield header.part.element


def _footers(word: WordDocument) -> Iterator[_Element]:
    for section in word.sections:
        for footer in (section.footer, section.first_page_footer, section.even_page_footer):
            if not footer.is_linked_to_previous:
                yield footer.part.element


def _beside(word: WordDocument, *kinds: str) -> Iterator[_Element]:
    """Yield the parts of the package beside the body that are of these kinds."""
    for relation in word.part.rels.values():
        if relation.reltype.endswith(kinds) and not relation.is_external:
            yield parse_xml(relation.target_part.blob)


class _Reader:
    """The walk over a Word file's blocks."""

    def __init__(self, limits: Limits, headings: frozenset[str]) -> None:
        self.grids = Grids(limits)
        self.headings = headings
        self.blocks: list[Paragraph | Table] = []
        self.findings: list[Finding] = []
        self._count = 0
        # of runs that follow each other: one deletion, whatever Word has split it into
        self._struck: list[str] = []
        self._has_struck = False  # since a cell began
        self._hidden: list[str] = []

    def aside(self, element: _Element) -> None:
        """Report what `element` says of times, which is not part of the text."""
        text = " ".join(self._text(paragraph) for paragraph in element.iter(_W + "p"))
        report_aside(self.findings, text, Place())

    def flow(self, element: _Element) -> None:
        """The paragraphs and tables inside `element`, in reading order."""
        for child in element:
            if child.tag == _W + "p":
                self._paragraph(child)
            elif child.tag == _W + "tbl":
                self._table(child)
            elif child.tag not in _DELETED and child.tag not in _SILENT:
                self.flow(child)

    def _paragraph(self, element: _Element) -> None:
        self._count += 1
        heading = (
            _value(element, "pPr/pStyle") in self.headings
            or element.find(f"{_W}pPr/{_W}outlineLvl") is not None
        )
        for text in tidy(self._text(element)).split("\n"):
            if text:
                self.blocks.append(
                    Paragraph(text=text, place=Place(line=self._count), heading=heading)
                )
        for box in _boxes(element):
            self.flow(box)

    def _table(self, element: _Element) -> None:
        rows = [
            (row, list(_members(row, "tc")))
            for row in _members(element, "tr")
            if not _is_deleted(row)
        ]
        spans = self._spans(rows)
        inner = [
            table
            for table in element.iterdescendants(_W + "tbl")
            if next(table.iterancestors(_W + "tbl")) is element
        ]
        if not is_data(spans, nested=bool(inner)):
            for _, cells in rows:
                for cell in cells:
                    self.flow(cell)
            return
        grid = self.grids.table(spans)
        if grid is not None:
            self.blocks.append(grid)
        for table in inner:
            self._table(table)

    def _spans(self, rows: list[tuple[_Element, list[_Element]]]) -> list[list[CellSpan]]:
        """Return the cells of each row.

        One that continues the merged cell above it is part of that cell's rowspan.
        """
        placed: list[dict[int, _Element]] = []
        for row, cells in rows:
            column = _count(row, "trPr/gridBefore", 0)
            at: dict[int, _Element] = {}
            for cell in cells:
                at[column] = cell
                column += _count(cell, "tcPr/gridSpan", 1)
            placed.append(at)
        spans: list[list[CellSpan]] = []
        heights = _heights(placed)
        for number, ((row, _), at) in enumerate(zip(rows, placed, strict=True)):
            before = _count(row, "trPr/gridBefore", 0)
            line = [CellSpan(text="", colspan=before)] if before else []
            line += [
                self._span(cell, heights[number, column])
                for column, cell in at.items()
                if (number, column) in heights
            ]
            spans.append(line)
        return spans

    def _span(self, cell: _Element, rowspan: int) -> CellSpan:
        self._has_struck = False
        text = tidy(self._cell_text(cell))
        return CellSpan(
            text=text,
            struck=self._has_struck and not text,
            rowspan=rowspan,
            colspan=_count(cell, "tcPr/gridSpan", 1),
        )

    def _cell_text(self, element: _Element) -> str:
        """The text of a cell's paragraphs, text boxes and inner tables, a line each."""
        return "\n".join(
            self._text(child)
            for child in element.iter(_W + "p")
            if not any(above.tag in _SILENT for above in child.iterancestors())
        )

    def _text(self, element: _Element) -> str:
        """The text of a paragraph without its text boxes."""
        parts: list[str] = []
        self._gather(element, parts)
        self._end_struck_out()
        report_aside(self.findings, "".join(self._hidden), Place(line=self._count))
        self._hidden = []
        return "".join(parts)

    def _gather(self, element: _Element, parts: list[str]) -> None:
        for child in element:
            tag = child.tag
            if tag == _W + "t":
                parts.append(child.text or "")
            elif tag in _SHOWN_AS:
                parts.append(_SHOWN_AS[tag])
            elif tag in _DELETED:
                self._struck += [
                    run_text.text or "" for run_text in child.iter(_W + "delText", _W + "t")
                ]
            elif tag == _W + "r":
                self._run(child, parts)
            elif tag not in _SILENT and tag != _W + "txbxContent":
                self._gather(child, parts)

    def _run(self, run: _Element, parts: list[str]) -> None:
        mine: list[str] = []
        self._gather(run, mine)
        text = "".join(mine)
        if _is_on(run, "vanish"):
            self._hidden.append(text)
            return
        if _is_on(run, "strike") or _is_on(run, "dstrike"):
            self._struck.append(text)
            return
        if text:
            self._end_struck_out()
        before = next((part for part in reversed(parts) if part.strip()), "")
        if _value(run, "rPr/vertAlign") == "superscript" and before.rstrip()[-1:].isdecimal():
            text = raised(text)
        parts.append(text)

    def _end_struck_out(self) -> None:
        if self._struck:
            self._has_struck = True
            report_struck_out(self.findings, "".join(self._struck), Place(line=self._count))
            self._struck = []


def _heights(placed: list[dict[int, _Element]]) -> dict[tuple[int, int], int]:
    """(row, column) of each cell that begins there -> how many rows it covers."""
    heights: dict[tuple[int, int], int] = {}
    open_at: dict[int, int] = {}
    for number, at in enumerate(placed):
        still: dict[int, int] = {}
        for column, cell in at.items():
            merge = cell.find(f"{_W}tcPr/{_W}vMerge")
            begins = merge is None or merge.get(_W + "val") == "restart"
            if not begins and column in open_at:
                heights[open_at[column], column] += 1
                still[column] = open_at[column]
                continue
            heights[number, column] = 1
            if merge is not None:
                still[column] = number
        open_at = still
    return heights


def _members(element: _Element, name: str) -> Iterator[_Element]:
    """Yield the rows of a table or the cells of a row.

    Content controls are looked through, inner tables are not.
    """
    for child in element:
        if child.tag == _W + name:
            yield child
        elif (
            child.tag not in (_W + "tbl", _W + "tr", _W + "tc")
            and child.tag not in _DELETED | _SILENT
        ):
            yield from _members(child, name)


def _boxes(paragraph: _Element) -> Iterator[_Element]:
    """Yield the text boxes of a paragraph.

    Those that stand in older words for the same box (Fallback) are left out.
    """
    for box in paragraph.iter(_W + "txbxContent"):
        above = {ancestor.tag for ancestor in box.iterancestors()}
        if _FALLBACK not in above and next(box.iterancestors(_W + "p")) is paragraph:
            yield box


def _is_deleted(row: _Element) -> bool:
    return row.find(f"{_W}trPr/{_W}del") is not None


def _is_on(run: _Element, name: str) -> bool:
    found = run.find(f"{_W}rPr/{_W}{name}")
    return found is not None and found.get(_W + "val", "true") not in ("0", "false", "off")


def _value(element: _Element, path: str) -> str:
    found = element.find("/".join(_W + part for part in path.split("/")))
    return "" if found is None else str(found.get(_W + "val", ""))


def _count(element: _Element, path: str, usual: int) -> int:
    text = _value(element, path)
    return int(text[:12]) if text.isdecimal() else usual
