"""Characters with their places on a page, out of which lines of text are made."""

from __future__ import annotations

import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

from notifier.intake.documents.words import raised

_UNREADABLE = "�"
_GAP = 0.4  # of the size of a character: from here on a gap is a space
_APART = 1.5  # of that size: from here on a gap parts two cells
_BETWEEN_CELLS = 0.8
_SMALL = 0.8
_RAISED = 0.1
# of the height of a character, from above: lower is an underline, higher a border
_STRUCK = (0.3, 0.7)
_THIN = 2.0
_SLOPE = 0.09  # five degrees: a page that was laid askew on a scanner stays level
_KANGXI_RADICALS = range(0x2F00, 0x2FD6)


@dataclass(slots=True)
class Char:
    """One character; lengths in points, from the top left corner of the page."""

    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    size: float
    upright: bool = True
    struck: bool = False

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    def is_in(self, box: tuple[float, float, float, float]) -> bool:
        x0, top, x1, bottom = box
        return x0 <= (self.x0 + self.x1) / 2 < x1 and top <= self.middle < bottom


@dataclass(frozen=True, kw_only=True, slots=True)
class PrintedLine:
    """A line of text; `first` is the width of its first character, `size` the largest.

    `parted`: its pieces stand apart like the cells of a table.
    """

    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    first: float
    size: float = 0.0
    parted: bool = False


def chars_of(page: Any) -> list[Char]:
    """Return the characters of a pdfplumber page as they are seen.

    None twice, raised figures marked, struck-out ones named.

    A character whose font does not say what it means is U+FFFD, never its number in the font.
    """
    found = [
        Char(
            text=_UNREADABLE if char["text"].startswith("(cid:") else char["text"],
            x0=char["x0"],
            x1=char["x1"],
            top=char["top"],
            bottom=char["bottom"],
            size=char["size"],
            upright=char["upright"] and not _is_turned(char["matrix"]),
        )
        # bold type is often made by printing twice
        for char in page.dedupe_chars(tolerance=1).chars
    ]
    mark_raised_and_struck(found, [*page.lines, *page.rects])
    return found


def _is_turned(matrix: Sequence[float]) -> bool:
    """Return whether a line rises or falls, as a watermark does; to pdfminer that is upright."""
    return abs(matrix[1]) > _SLOPE * abs(matrix[0])


def mark_raised_and_struck(chars: Sequence[Char], drawn: Iterable[Mapping[str, Any]]) -> None:
    """Mark raised figures, and characters that a stroke goes through.

    `drawn` strokes: (x0, x1, top, bottom).
    """
    _mark_raised(chars)
    _mark_struck(chars, drawn)


def _mark_raised(chars: Sequence[Char]) -> None:
    base: Char | None = None
    for char in chars:
        if (
            base is not None
            and char.size <= _SMALL * base.size
            and base.top - base.size < char.middle < base.bottom - _RAISED * base.size
            and char.bottom < base.bottom - _RAISED * base.size
            and char.x0 >= base.x0
        ):
            char.text = raised(char.text)
            continue
        base = char if char.text.isdecimal() else None


def _mark_struck(chars: Iterable[Char], drawn: Iterable[Mapping[str, Any]]) -> None:
    strokes: defaultdict[int, list[tuple[float, float, float]]] = defaultdict(list)
    for stroke in drawn:
        if stroke["bottom"] - stroke["top"] <= _THIN < stroke["x1"] - stroke["x0"]:
            middle = (stroke["top"] + stroke["bottom"]) / 2
            strokes[int(middle)].append((middle, stroke["x0"], stroke["x1"]))
    if not strokes:
        return
    for char in chars:
        height = char.bottom - char.top
        highest, lowest = (char.top + share * height for share in _STRUCK)
        across = (char.x0 + char.x1) / 2
        heights: Iterable[int] = range(int(highest), int(lowest) + 1)
        if lowest - highest > len(strokes):  # a letter as large as a page, or larger
            heights = list(strokes)
        char.struck = any(
            highest < at < lowest and x0 <= across <= x1
            for number in heights
            for at, x0, x1 in strokes.get(number, ())
        )


def lines_of(chars: Iterable[Char]) -> list[PrintedLine]:
    """Return the lines that `chars` stand in, from above.

    A wide gap between two characters is one space.
    """
    rows = _rows_of(chars)
    return [line for row in rows if (line := _line(row)) is not None]


def pieces_of(chars: Iterable[Char]) -> list[list[Char]]:
    """Return what stands in a line without a gap as wide as that between two cells."""
    pieces: list[list[Char]] = []
    for row in _rows_of(chars):
        before: Char | None = None
        for char in row:
            if not char.text.strip():
                continue
            if before is None or _is_gap(before, char, _BETWEEN_CELLS):
                pieces.append([])
            pieces[-1].append(char)
            before = char
    return pieces


def _rows_of(chars: Iterable[Char]) -> list[list[Char]]:
    rows: list[list[Char]] = []
    size = 0.0
    for char in sorted(chars, key=lambda char: char.middle):
        if rows and char.middle - rows[-1][0].middle <= max(size, char.size) / 2:
            rows[-1].append(char)
            size = max(size, char.size)
        else:
            rows.append([char])
            size = char.size
    return [sorted(row, key=lambda char: char.x0) for row in rows]


def _line(row: Sequence[Char]) -> PrintedLine | None:
    shown = [char for char in row if char.text.strip()]
    if not shown:
        return None
    parts: list[str] = []
    before: Char | None = None
    for char in row:
        if before is not None and _is_gap(before, char, _GAP):
            parts.append(" ")
        parts.append(char.text)
        before = char
    return PrintedLine(
        text=_with_characters("".join(parts).strip()),
        x0=shown[0].x0,
        x1=max(char.x1 for char in shown),
        top=min(char.top for char in shown),
        bottom=max(char.bottom for char in shown),
        first=shown[0].x1 - shown[0].x0,
        size=max(char.size for char in shown),
        parted=any(_is_gap(before, after, _APART) for before, after in pairwise(shown)),
    )


def _is_gap(before: Char, after: Char, share: float) -> bool:
    return after.x0 - before.x1 > share * max(after.size, before.size)


def _with_characters(text: str) -> str:
    """Return the text with characters in place of the radicals that only look like them."""
    return text if text.isascii() else text.translate(_characters())


@cache
def _characters() -> dict[int, str]:
    table = tomllib.loads(
        files("notifier.intake.documents").joinpath("radicals.toml").read_text("utf-8")
    )
    known = dict(zip(map(ord, table["radicals"]), table["characters"], strict=True))
    return known | {code: unicodedata.normalize("NFKC", chr(code)) for code in _KANGXI_RADICALS}
