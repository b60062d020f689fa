"""Tables without rules of all pages: their columns are those of all the pages they run over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from notifier.intake.documents.aligned_tables import Box as Place
from notifier.intake.documents.aligned_tables import aligned_tables
from notifier.intake.documents.grid import is_data
from notifier.intake.documents.pdf.lines import Char, PrintedLine, pieces_of
from notifier.intake.documents.pdf.page_contents import Page
from notifier.intake.documents.pdf.ruled_tables import Box, Cells, boxes_of, spans_of


@dataclass(slots=True)
class _Strip:
    """Pages below each other as one: the pieces of text of each, and where it begins.

    `figures`: the numbers of the pieces that hold some.
    """

    pages: list[Page] = field(default_factory=list)
    begins: list[float] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    figures: set[int] = field(default_factory=set)
    bottom: float = 0.0

    def add(self, page: Page) -> None:
        """Let the page begin a line below the one before it."""
        pieces = pieces_of(page.free)
        places = [_place(piece) for piece in pieces]
        self.figures |= {
            number
            for number, piece in enumerate(pieces, len(self.places))
            if any(char.text.isdecimal() for char in piece)
        }
        top = min(place[1] for place in places)
        height = max(place[3] - place[1] for place in places)
        begin = self.bottom + height - top if self.pages else 0.0
        self.places += [(x0, y0 + begin, x1, y1 + begin) for x0, y0, x1, y1 in places]
        self.pages.append(page)
        self.begins.append(begin)
        self.bottom = max(place[3] for place in self.places)

    def breaks(self) -> list[float]:
        """Return where each page but the first begins to have text."""
        return [
            begin + min(char.top for char in page.free) - 1
            for page, begin in zip(self.pages[1:], self.begins[1:], strict=True)
        ]


def set_unruled_tables(pages: Sequence[Page]) -> None:
    """Make tables of the lines whose pieces stand below each other in columns.

    None where figures run through two columns: they would be cut.
    """
    for strip in _strips(pages):
        breaks = strip.breaks()
        found = aligned_tables(strip.places, [], breaks)
        doubtful = [strip.places[number] for number in found.doubtful & strip.figures]
        for cells in found.tables:
            if not any(_is_in(place, cells) for place in doubtful):
                _set_table(strip, cells, breaks)
    for page in pages:
        page.free = []


def _strips(pages: Sequence[Page]) -> Iterator[_Strip]:
    """Yield the pages on which a table may go on; a ruled one between two lets none."""
    strip = _Strip()
    for page in pages:
        if strip.pages and not (page.free and isinstance(page.flow()[0], PrintedLine)):
            yield strip
            strip = _Strip()
        if page.free:
            strip.add(page)
            if not isinstance(page.flow()[-1], PrintedLine):
                yield strip
                strip = _Strip()
    if strip.pages:
        yield strip


def _place(piece: Sequence[Char]) -> Place:
    return (
        piece[0].x0,
        min(char.top for char in piece),
        piece[-1].x1,
        max(char.bottom for char in piece),
    )


def _is_in(place: Place, cells: Cells) -> bool:
    middle = (place[1] + place[3]) / 2
    return min(cell[1] for cell in cells) <= middle < max(cell[3] for cell in cells)


def _set_table(strip: _Strip, cells: Cells, breaks: Sequence[float]) -> None:
    """Give each page its part of one table."""
    parts: list[tuple[Page, list[Box], list[Char]]] = []
    ends = [*breaks, float("inf")]
    above = float("-inf")
    for page, begin, end in zip(strip.pages, strip.begins, ends, strict=True):
        of_page = [
            (x0, y0 - begin, x1, y1 - begin)
            for x0, y0, x1, y1 in cells
            if above <= (y0 + y1) / 2 < end
        ]
        above = end
        if of_page:
            parts.append((page, *boxes_of(of_page, page.free, page.number)))
    if not any(is_data(spans_of(boxes), nested=False) for _, boxes, _ in parts):
        return
    _set_ends([box for _, boxes, _ in parts for box in boxes])
    for page, boxes, rest in parts:
        page.tables.append(boxes)
        page.set_lines(rest)
        page.free = rest


def _set_ends(boxes: Sequence[Box]) -> None:
    """Let each cell know where the longest line of its column ends."""
    ends: defaultdict[float, float] = defaultdict(float)
    for box in boxes:
        ends[box.x0] = max([ends[box.x0], *(line.x1 for line in box.lines)])
    for box in boxes:
        box.right = ends[box.x0]
