"""The one small document that every format of a notice is turned into: paragraphs and tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from notifier.domain.values import Finding, Place


@dataclass(frozen=True, kw_only=True, slots=True)
class Paragraph:
    """One line or block of running text; `heading` if the file marks it as one.

    The line of its place counts paragraphs where a format has no lines (docx).
    """

    text: str
    place: Place = field(default_factory=Place)
    heading: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """One cell of a grid.

    `own` is False where a merged cell's text is carried from above or the left; `missing` where its
    row has fewer cells than the table, so that others of the row may stand in wrong columns;
    `struck` out or `hidden` by the file; `fault`: why a cell of a sheet has no value (`#REF!`, a
    formula); `other`: of two times, one that it holds and one that it shows, the one that is not
    its text; `yearless`: it does not show the year of the day that it holds. `vacant`: empty in a
    file that shows which cells are merged, so that nothing holds for it. `certain` is False where
    it is not sure that all of the text is this cell's: a page may have broken a row here, or ended
    it.
    """

    text: str
    own: bool = True
    certain: bool = True
    missing: bool = False
    vacant: bool = False
    struck: bool = False
    hidden: bool = False
    fault: str = ""
    other: str = ""
    yearless: bool = False
    place: Place = field(default_factory=Place)


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A rectangular grid: every row has the same number of cells, merged cells are resolved.

    `sure` is False where the grid was rebuilt from flattened text and cells may have slipped.
    """

    rows: tuple[tuple[Cell, ...], ...]
    place: Place = field(default_factory=Place)
    sure: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Scan:
    """A piece of text that was recognised in a picture.

    `score` from 0 to 1, as whatever recognised it says. `cutout`: a JPEG of its line; empty where
    it has too few figures for a time.
    """

    text: str
    score: float
    page: int
    cutout: bytes = b""


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A document: its `blocks` in reading order.

    `title` as the file names it (`<title>`, docx property), may be empty.

    `scans`: of text that was recognised in pictures, all its pieces. `broken_pages`: pages that are
    damaged, or have letters without meaning, and may say something else than they show.
    """

    file: str
    blocks: tuple[Paragraph | Table, ...]
    title: str = ""
    findings: tuple[Finding, ...] = ()
    scans: tuple[Scan, ...] = ()
    broken_pages: frozenset[int] = frozenset()

    def texts(self) -> Iterator[str]:
        """Yield the text of each paragraph and of each cell."""
        for block in self.blocks:
            if isinstance(block, Paragraph):
                yield block.text
            else:
                yield from (cell.text for row in block.rows for cell in row)
