"""The cells of a table that was flattened into text: lines, what stands between pipes, words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from notifier.domain.values import Place
from notifier.intake.documents import Paragraph, Table
from notifier.intake.notice.folded_text import plain

_SECTION = re.compile(
    r"\s*(?:[一二三四五六七八九十叁]{1,3}[、.．]|[(（][一二三四五六七八九十]{1,3}[)）]|\d{1,2}[、.．](?!\d))"
)
_SENTENCE = re.compile(r"[^\d:：]{3,30}[于在]\d{4}[年./-].{4,}。$")
_MOST_LINES_OF_A_CELL = 8
LONG = 60  # characters: more than a cell of a flattened table has


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A cell of a stream, or a line of one.

    `starts_row` where the file shows that; `same_cell` as the piece before; `gap`: empty cells
    stand before it; `apart`: it is never part of the cell before; `closed`: marks part it from what
    stands before and behind it, so that it is a cell, however long; `last`: the file ends with it;
    `source`: its paragraph.
    """

    text: str
    place: Place
    starts_row: bool = False
    same_cell: bool = False
    gap: bool = False
    apart: bool = False
    closed: bool = False
    last: bool = False
    source: Paragraph | None = None

    @cached_property
    def is_section(self) -> bool:
        return self._is_numbered and not self.text[0].isdigit()

    @property
    def _is_numbered(self) -> bool:
        return len(self.text) > 3 and _SECTION.match(self.text) is not None

    @property
    def _is_sentence(self) -> bool:
        """`申请人可于…至…下载文件。`: who does what, when.

        A cell of times begins with one, or with its label.
        """
        return _SENTENCE.match(self.text) is not None

    @cached_property
    def is_prose(self) -> bool:
        """Too long for a cell, a sentence that comes to a time, or the beginning of a section."""
        if self.closed:
            return False
        stops = len(self.text) > LONG and "。" in self.text[:-1]
        return stops or self._is_sentence or self._is_numbered


class Stream(tuple[Piece, ...]):
    """The cells of a table that was flattened into text, in order.

    It equals itself alone, so that what is found at its places is kept (`lru_cache`).
    """

    __slots__ = ()
    __eq__ = object.__eq__
    __hash__ = object.__hash__


# cells from lines, pipes, words


def of_lines(paragraphs: Sequence[Paragraph]) -> list[Piece]:
    """A cell a line, but for a code or a range that is broken: `24` `-` `CR`; `1.2~` `2.5`."""
    pieces: list[Piece] = []
    for paragraph in paragraphs:
        piece = Piece(text=paragraph.text, place=paragraph.place, source=paragraph)
        before = "".join(piece.text.strip() for piece in pieces[-2:])
        code = f"{before}{paragraph.text.strip()}"
        if len(pieces) >= 2 and pieces[-1].text.strip() == "-" and _BROKEN_CODE.fullmatch(code):
            pieces[-2:] = [replace(pieces[-2], text=code)]
        elif pieces and _FIGURE_TO.fullmatch(pieces[-1].text) and _FIGURE.fullmatch(piece.text):
            pieces[-1] = replace(pieces[-1], text=f"{pieces[-1].text.strip()}{piece.text.strip()}")
        else:
            pieces.append(piece)
    return pieces


_FIGURE_TO = re.compile(r"\s*[≥>＞]?\d{1,3}(?:\.\d{1,2})?\s*[~～]\s*")
_BROKEN_CODE = re.compile(r"(?=.*(?:[A-Za-z]|号$))[A-Za-z\d]{1,8}(?:-[A-Za-z\d]{1,8}){1,4}号?")


def has_pipes(paragraphs: Sequence[Paragraph]) -> bool:
    lines = [paragraph.text.count("|") for paragraph in paragraphs if "|" in paragraph.text]
    return len(lines) >= 2 or max(lines, default=0) >= 6


_FIGURE = re.compile(r"[\d,.]+ ?\|?")


def of_pipes(paragraphs: Sequence[Paragraph]) -> list[Piece]:
    """Return a cell for the text between each two pipes, whatever lines it is broken into.

    A line of many cells is a row; so is what begins behind a pipe at the beginning of a line, where
    few lines begin so. A pipe alone below a cell closes that cell, else an empty one: no figure
    behind that begins a row.
    """
    piped = [paragraph.text.strip() for paragraph in paragraphs if "|" in paragraph.text]
    opening = sum(text.startswith("|") for text in piped)
    marks = 0 < opening * 3 <= len(piped)
    pieces: list[Piece] = []
    empty, begins, fresh = 0, False, True  # empty cells before; a row begins; a pipe stood before
    for paragraph in paragraphs:
        cells = paragraph.text.split("|")
        wide = sum(bool(cell.strip()) for cell in cells) >= 3
        text = paragraph.text.strip()
        closes_only = text == "|" and not fresh
        begins = begins and _FIGURE.fullmatch(text) is None
        begins = begins or wide or (marks and text.startswith("|") and not closes_only)
        for number, cell in enumerate(cells):
            if number:
                _close(pieces)
            empty += bool(number) and fresh
            fresh = fresh or bool(number)
            if not cell.strip():
                continue
            pieces.append(
                Piece(
                    text=cell.strip(),
                    place=paragraph.place,
                    starts_row=begins,
                    same_cell=not fresh,
                    gap=empty > 0,
                    apart=fresh,
                    source=paragraph if len(cells) == 1 else None,
                )
            )
            empty, begins, fresh = 0, False, False
    return pieces


def _close(pieces: list[Piece]) -> None:
    """Mark the last cell, perhaps of several lines, as one with a pipe behind it."""
    begin = len(pieces) - 1
    while begin > 0 and pieces[begin].same_cell:
        begin -= 1
    if begin < 1 or len(pieces) - begin > _MOST_LINES_OF_A_CELL or not pieces[begin].apart:
        return
    pieces[begin:] = [replace(piece, closed=True) for piece in pieces[begin:]]


def of_table(table: Table, *, rows: bool = True) -> list[Piece]:
    """The cells of a grid that was rebuilt from flattened text, without the empty ones.

    `rows`: each of its rows begins one.
    """
    pieces: list[Piece] = []
    for row in table.rows:
        starts, gap = rows, False
        for cell in row:
            if not cell.own:
                continue
            if cell.text.strip():
                pieces.append(
                    Piece(text=cell.text, place=cell.place, starts_row=starts, gap=gap, apart=True)
                )
                starts, gap = False, False
            else:
                gap = True
    return pieces


_GLUE = re.compile(
    r"(?<=[<≤]容积率)\s*([≤<])\s*|(?<=R)\s*([≤<])\s*|([≤≥<>])\s+(?=\d)|(?<=\d)\s+(<容积率)"
)
_PRICE = re.compile(r"(楼面地?价|总价|单价)[:为]?\s+(\d)")
_PRICES = re.compile(r"(楼面地?价|单价)(\S+)\s+(总价)(\S+)")
_OPENING = re.compile(r"\s+(?=[(（])|(?<=[(（])\s+|\s+(?=[)）])")


def of_words(paragraphs: Iterable[Paragraph], *, rows: bool = True) -> list[Piece]:
    """Lines whose cells are parted by spaces; `rows`: each line begins a row.

    Marks alone are no cells.
    """
    pieces: list[Piece] = []
    for paragraph in paragraphs:
        if " " not in paragraph.text.strip():
            pieces.append(
                Piece(text=paragraph.text, place=paragraph.place, starts_row=rows, source=paragraph)
            )
            continue
        text = _OPENING.sub(
            "", _GLUE.sub(lambda found: next(filter(None, found.groups())), plain(paragraph.text))
        )
        words = _PRICES.sub(r"\1\2;\3\4", _PRICE.sub(r"\1\2", text)).replace("|", " ").split()
        for number, word in enumerate(words):
            pieces.append(
                Piece(
                    text=word,
                    place=paragraph.place,
                    starts_row=rows and number == 0,
                    source=paragraph,
                )
            )
    return pieces
