"""What one page of fixed layout holds: lines of text and tables, at their places."""

from __future__ import annotations

from dataclasses import dataclass, field

from notifier.intake.documents.pdf.lines import Char, PrintedLine, lines_of
from notifier.intake.documents.pdf.ruled_tables import Box


@dataclass(slots=True)
class Page:
    """The contents of one page; `turned`: words that stand upside down or across.

    `width` in points, 0 where it is not known. `free`: the characters that `lines` are made of,
    where some of them stand apart like the cells of a table. `scraps`: ruled cells with a single
    text in each row, which is among `lines`, too: the rest of a table, or no table. `patchy`:
    some of its letters have no meaning. `damaged`: bytes of it, or of its fonts, are not those that
    were written.
    """

    number: int
    width: float = 0.0
    lines: list[PrintedLine] = field(default_factory=list)
    tables: list[list[Box]] = field(default_factory=list)
    free: list[Char] = field(default_factory=list)
    scraps: list[list[Box]] = field(default_factory=list)
    turned: str = ""
    struck: list[str] = field(default_factory=list)
    readable: bool = True
    patchy: bool = False
    damaged: bool = False

    @property
    def is_broken(self) -> bool:
        """Whether it may say something else than it shows."""
        return self.patchy or self.damaged

    @property
    def has_text(self) -> bool:
        return self.readable and bool(self.lines or self.tables or self.turned)

    def flow(self) -> list[PrintedLine | list[Box]]:
        """Lines and tables from above."""
        return sorted([*self.lines, *self.tables], key=_top)

    def set_lines(self, chars: list[Char]) -> None:
        """Make the lines of these characters, which stand in no table."""
        self.lines = lines_of(chars)
        self.free = chars if any(line.parted for line in self.lines) else []

    def take_scrap(self, boxes: list[Box]) -> None:
        """Make a scrap a table: its text is no line any more."""
        top, bottom = min(box.top for box in boxes), max(box.bottom for box in boxes)
        self.lines = [
            line for line in self.lines if not top <= (line.top + line.bottom) / 2 < bottom
        ]
        self.tables.append(boxes)

    def drop_line(self, end: int) -> None:
        """Drop the first line (`end` 0) or the last one (-1) with its characters."""
        gone = self.lines.pop(end)
        self.free = [char for char in self.free if not gone.top <= char.middle <= gone.bottom]


def _top(block: PrintedLine | list[Box]) -> float:
    return block.top if isinstance(block, PrintedLine) else min(box.top for box in block)
