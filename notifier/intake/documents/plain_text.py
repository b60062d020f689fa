"""Plain text and Markdown in: lines, tables of pipes or tabs, and HTML tables inside Markdown."""

from __future__ import annotations

import html
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from notifier.domain.values import Finding, Place
from notifier.errors import IntakeError
from notifier.intake.documents.box_tables import Row, box_table, is_rule
from notifier.intake.documents.document import Document, Paragraph, Table
from notifier.intake.documents.grid import CellSpan, Grids
from notifier.intake.documents.spaced_tables import spaced_table
from notifier.intake.documents.words import report_struck_out, tidy
from notifier.intake.encoding import decode
from notifier.intake.limits import Limits

_PAGE = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!doctype html|<html|<head|<body)", re.IGNORECASE)
# a page whose mark-up was written out, perhaps twice over: `&lt;p&gt;`, `&amp;lt;p`, `lt;p`
_TAG_IN_WORDS = re.compile(r"lt;/?(?:p|div|td|th|tr|table|tbody|span|h[1-6])(?=\s|&|gt;|/)")
_MARK_IN_WORDS = re.compile(r"(?:&(?:amp;)?)?(lt|gt|quot|nbsp|amp);")
_FEWEST_TAGS = 6
_RULE = r"\s*(?::?-{2,}:?|:-:?|-:)\s*"
_SEPARATOR = re.compile(rf"\s*\|?(?:{_RULE}\|)*{_RULE}\|?\s*")
_HEADING = re.compile(r"#{1,6}\s+")
_BOLD = re.compile(r"(?<![\d*])(\*\*|__)(?=[^\s*_])([^*_\n]+?)(?<=\S)\1(?!\*)")
_LINK = re.compile(r"\[([^\[\]\n]+)\]\((?:https?:|mailto:|[./#])[^()\s]{0,500}\)")
_STRUCK = re.compile(r"(?<![~\\])~~(?=[^\s~])([^~\n]{1,500})(?<=\S)~~(?!~)")
_INLINE_TAG = re.compile(
    r"</?(?:sup|sub|b|i|u|em|strong|span|font|a|center|p|div)(?:\s[^<>]{0,200})?/?>", re.IGNORECASE
)
_LINE_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|~>])")
_PIPE = re.compile(r"(?<!\\)\|")
_TABLE_TAG = re.compile(r"<(/?)table\b", re.IGNORECASE)
_MOST_LINES = 200_000
_MOST_CELLS_A_LINE = 10
_FEWEST_ROWS = 3  # the headings and two parcels


def read_text(data: bytes, file: str, limits: Limits, *, markdown: bool) -> Document:
    """A .txt or .md; a web page saved under such a name is read as one, also with tags in words.

    IntakeError if it is no text.
    """
    text = decode(data)
    if _PAGE.match(text[:2000]):
        from notifier.intake.documents.html import read_html

        return read_html(data, file, limits)
    if len(_TAG_IN_WORDS.findall(text)) >= _FEWEST_TAGS:
        from notifier.intake.documents.html import read_html_text

        return read_html_text(html.unescape(_MARK_IN_WORDS.sub(r"&\1;", text)), file, limits)
    return _Lines(text, file, limits, markdown=markdown).document()


class _Lines:
    def __init__(self, text: str, file: str, limits: Limits, *, markdown: bool) -> None:
        self.lines = re.split(r"\r\n|[\r\n\v\f\x85\u2028\u2029]", text)
        if len(self.lines) > _MOST_LINES:
            raise IntakeError(f"it has more than {_MOST_LINES} lines: split the file")
        longest = max(map(len, self.lines))
        if longest > _MOST_CELLS_A_LINE * limits.cell_chars:
            raise IntakeError(f"it has a line of {longest} characters: this is no notice")
        lines, numbers = _with_first_cells(self.lines)
        printed = _page_marks(lines)
        self.lines = [line for at, line in enumerate(lines) if at not in printed]
        self.numbers = [number for at, number in enumerate(numbers) if at not in printed]
        self.file, self.limits, self.markdown = file, limits, markdown
        self.grids = Grids(limits, shows_merges=False)
        self.findings: list[Finding] = []

    def document(self) -> Document:
        blocks = tuple(self._blocks())
        return Document(file=self.file, blocks=blocks, findings=tuple(self.findings))

    def _blocks(self) -> Iterator[Paragraph | Table]:
        at = tried = 0
        while at < len(self.lines):
            end = self._html_table_end(at)
            if end > at:
                yield from self._html_table(at, end)
                at = end
                continue
            drawn, end = box_table(self.lines, at)
            if drawn:
                table = self._drawn_table(drawn)
                if table is not None:
                    yield table
                at = end
                continue
            split, end = self._table_end(at)
            if split is not None:
                table = self._table(at, end, split)
                if table is not None:
                    yield table
                at = end
                continue
            if at >= tried:  # once for all lines of what is no table
                spaced, tried = spaced_table(self.lines, at)
                if spaced:
                    table = self._spaced_table(spaced)
                    if table is not None:
                        yield table
                    at = tried
                    continue
            paragraph = self._paragraph(at)
            if paragraph is not None:
                yield paragraph
            at += 1

    def _paragraph(self, at: int) -> Paragraph | None:
        line = self.lines[at].strip()
        mark = _HEADING.match(line) if self.markdown else None
        text = self._clean(line[mark.end() :] if mark else line, at)
        return (
            Paragraph(text=text, place=Place(line=self.numbers[at]), heading=mark is not None)
            if text
            else None
        )

    def _clean(self, text: str, at: int) -> str:
        """Return text of line `at` without mark-up that Markdown does not show.

        What masks a text (`****`) is not mark-up; what it strikes out is left out.
        """
        if not self.markdown:
            return tidy(text)
        for struck in _STRUCK.findall(text):
            report_struck_out(self.findings, struck, Place(line=self.numbers[at]))
        text = _STRUCK.sub("", text)
        text = _LINK.sub(r"\1", _INLINE_TAG.sub("", _LINE_BREAK.sub("\n", text)))
        return tidy(html.unescape(_ESCAPED.sub(r"\1", _BOLD.sub(r"\2", text))))

    # tables of pipes or tabs

    def _table_end(self, at: int) -> tuple[str | None, int]:
        """Return (`|` or tab, the line after the last) of the table that begins at `at`.

        Two or more lines that are rows of cells make one.
        """
        for mark in ("|", "\t"):
            if mark == "|" and _end_with_pipes(self.lines[max(0, at - 2 * _FEWEST_ROWS) : at]):
                continue  # lines of one table whose headings are broken: no grid
            end, width = at, 0
            while end < len(self.lines) and (
                _is_row(self.lines[end], mark, width)
                or (width and _is_broken_row(self.lines[end : end + 2], mark))
                or (width and _is_between_pipes(self.lines[end : end + 2], mark))
            ):
                width = len(_cells(self.lines[end], mark))
                end += 1
            if end - at >= 2:
                return mark, end
        return None, at

    def _table(self, begin: int, end: int, mark: str) -> Table | None:
        """Return the table, and whether the columns of its rows are sure.

        They are if all rows have as many cells and none ends in empty ones: a dropped merged cell
        shifts the rest. Of a table of tabs most rows must be as long as the headings.
        """
        rows = [
            [self._span(cell, number) for cell in _cells(self.lines[number], mark)]
            for number in range(begin, end)
            if not (mark == "|" and _SEPARATOR.fullmatch(self.lines[number]))
        ]
        if mark == "\t":
            rows = _with_rest_of_cells(rows)
        marked = len(rows) < end - begin
        widths = [len(row) for row in rows]
        even = len(set(widths)) == 1
        if mark == "\t":  # a cell too few is marked as missing in its row
            sure = widths[0] == max(widths) and widths.count(widths[0]) * 2 > len(widths)
        else:
            end_empty = [bool(row) and not row[-1].text for row in rows]
            # headings lost the cells that they spanned, where a row is as wide as they were
            is_packed = end_empty[0] and not all(end_empty)
            sure = even and not is_packed and (marked or not any(end_empty))
        return self.grids.table(rows, sure=sure)

    def _drawn_table(self, drawn: list[Row]) -> Table | None:
        """Return a table that is drawn with lines; sure if all its rows have as many cells."""
        rows = [[self._span(cell, number) for cell in cells] for number, cells in drawn]
        return self.grids.table(rows, sure=len(set(map(len, rows))) == 1)

    def _spaced_table(self, spaced: list[Row]) -> Table | None:
        """Return a table whose cells stand below each other; sure if none is empty."""
        rows = [[self._span(cell, number) for cell in cells] for number, cells in spaced]
        return self.grids.table(rows, sure=all(span.text for row in rows for span in row))

    def _span(self, cell: str, number: int) -> CellSpan:
        text = self._clean(cell, number)
        is_struck = self.markdown and not text and _STRUCK.search(cell) is not None
        return CellSpan(text=text, struck=is_struck, line=self.numbers[number])

    # HTML tables

    def _html_table_end(self, at: int) -> int:
        """Return the line after the one that closes the HTML table which opens at `at`.

        `at` if none does.
        """
        if not self.markdown or "<table" not in self.lines[at].casefold():
            return at
        depth = 0
        for number in range(at, len(self.lines)):
            for tag in _TABLE_TAG.finditer(self.lines[number]):
                depth += -1 if tag[1] else 1
            if depth <= 0:
                return number + 1
        return len(self.lines)

    def _html_table(self, begin: int, end: int) -> Iterator[Paragraph | Table]:
        from notifier.intake.documents.html import read_html_text

        inner = read_html_text("\n".join(self.lines[begin:end]), self.file, self.limits)
        above = self.numbers[begin] - 1
        self.findings += [
            replace(finding, place=_moved(finding.place, above, 0)) for finding in inner.findings
        ]
        before = self.grids.tables
        for block in inner.blocks:
            if isinstance(block, Paragraph):
                yield replace(block, place=_moved(block.place, above, 0))
                continue
            self.grids.tables += 1
            yield Table(
                rows=tuple(
                    tuple(replace(cell, place=_moved(cell.place, above, before)) for cell in row)
                    for row in block.rows
                ),
                place=_moved(block.place, above, before),
                sure=block.sure,
            )


def _moved(place: Place, lines: int, tables: int) -> Place:
    return replace(
        place,
        line=place.line + lines if place.line is not None else None,
        table=place.table + tables if place.table is not None else None,
    )


_REMARK = re.compile(r"[|\s]*(?:备\s*注|注|说\s*明)")


def _cells(line: str, mark: str) -> list[str]:
    if mark == "\t":
        return line.rstrip("\n").split("\t")
    bare = line.strip()
    bare = bare[1:] if bare.startswith("|") else bare
    bare = bare[:-1] if bare.endswith("|") and not bare.endswith("\\|") else bare
    return _PIPE.split(bare)


# `第1页`, `— 1 —`, `第 1 页 共 3 页`: alone on a line, or at an end of what stands above each page
_PAGE_NUMBER = r"第\s*\d{1,3}\s*页(?:[\s/,，]*共\s*\d{1,3}\s*页)?"
_ONLY_A_PAGE_NUMBER = re.compile(rf"\s*(?:{_PAGE_NUMBER}|[-—–]+\s*\d{{1,3}}\s*[-—–]+)\s*")
_LONGEST_HEAD = 200  # characters
_OF_TIMES = re.compile(r"截止|时间|期限|月.{1,3}日")
_FIGURE_OR_CELLS = re.compile(_OF_TIMES.pattern + r"|\d|[|\t]|\S\s{2,}\S+\s{2,}\S")
_WITH_A_PAGE_NUMBER = re.compile(
    rf"\s*(?:{_PAGE_NUMBER}\s+(?P<behind>\S.*?)|(?P<before>\S.*?)\s+{_PAGE_NUMBER})\s*"
)


def _page_marks(lines: list[str]) -> set[int]:
    """Return the places of page numbers, and of the heads that come again with them.

    A head says nothing of times. Without a page number it holds no figure and no cells: it may be
    of a table.
    """
    short = {at: line for at, line in enumerate(lines) if len(line) <= _LONGEST_HEAD}
    numbers = {at for at, line in short.items() if _ONLY_A_PAGE_NUMBER.fullmatch(line)}
    texts: defaultdict[str, set[int]] = defaultdict(set)
    for at, line in short.items():
        found = _WITH_A_PAGE_NUMBER.fullmatch(line)
        if found is not None and not _OF_TIMES.search(line):
            texts[found["before"] or found["behind"]].add(at)
    for number in numbers:
        below = next((at for at in range(number + 1, len(lines)) if lines[at].strip()), None)
        if below in short and not (below in numbers or _FIGURE_OR_CELLS.search(lines[below])):
            texts[lines[below].strip()].add(below)
    repeated = [places for places in texts.values() if len(places) > 1]
    return numbers.union(*repeated)


def _with_first_cells(lines: list[str]) -> tuple[list[str], list[int]]:
    """Put cells that stand alone on the line above their row, which begins with a pipe, into it.

    Returns the lines, each with its number in the file.
    """
    below = {
        at + 1
        for at, (above, line) in enumerate(pairwise(lines))
        if "|" not in above
        and above.strip()
        and not is_rule(above)
        and line.lstrip().startswith("|")
        and _is_row(line, "|", 0)
    }
    if len(below) < _FEWEST_ROWS:
        return lines, list(range(1, len(lines) + 1))
    kept = [at for at in range(len(lines)) if at not in below]
    joined = [lines[at] + (lines[at + 1] if at + 1 in below else "") for at in kept]
    return joined, [at + 1 for at in kept]


def _with_rest_of_cells(rows: list[list[CellSpan]]) -> list[list[CellSpan]]:
    """Put together rows of which a cell of two lines made two: both have one row's cells and one.

    The longest row has no such cell.
    """
    width = max(map(len, rows))
    whole: list[list[CellSpan]] = []
    for row in rows:
        above = whole[-1] if whole else []
        is_rest = len(above) + len(row) - 1 == width and len(row) < width > len(above)
        if is_rest and above[-1].text and row[0].text:
            joined = replace(above[-1], text=f"{above[-1].text}\n{row[0].text}")
            whole[-1] = [*above[:-1], joined, *row[1:]]
        else:
            whole.append(row)
    return whole


def _end_with_pipes(lines: list[str]) -> bool:
    """Return whether the last lines hold cells that pipes close, without a row between pipes."""
    filled = [line.strip() for line in lines if line.strip("| ")][-_FEWEST_ROWS:]
    return len(filled) == _FEWEST_ROWS and all(
        line.endswith("|") and not line.startswith("|") for line in filled
    )


def _is_broken_row(lines: list[str], mark: str) -> bool:
    """Return whether a line holds one cell of a row that goes on on the next."""
    return (
        len(lines) == 2
        and lines[0].rstrip().endswith(mark)
        and not _REMARK.match(lines[0])
        and _is_row(lines[1], mark, 0)
    )


def _is_between_pipes(lines: list[str], mark: str) -> bool:
    """Return whether a line is a single cell between pipes, and a row follows that is, too."""
    return (
        mark == "|"
        and len(lines) == 2
        and all(line.strip().startswith("|") and line.strip().endswith("|") for line in lines)
    )


def _is_row(line: str, mark: str, width: int) -> bool:
    """Return whether a line is a row of a table.

    The row before has `width` cells; with no row before, any width will do.
    """
    if mark not in line:
        return False
    if mark == "|" and _SEPARATOR.fullmatch(line):
        return True
    cells = _cells(line, mark)
    return len(cells) == width or sum(bool(cell.strip()) for cell in cells) >= 2
