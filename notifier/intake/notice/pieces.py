"""A flattened table as a stream of cells: one cell a line, cells closed by `|`, cells of rows that lost their grid."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from notifier.domain.values import Place
from notifier.intake.documents import Paragraph, Table
from notifier.intake.notice.columns import column, is_heading
from notifier.intake.notice.text import plain

_PROSE_END = tuple("。;:；：,，!！")
_SECTION = re.compile(
    r"\s*(?:[一二三四五六七八九十叁]{1,3}[、.．]|[(（][一二三四五六七八九十]{1,3}[)）]|\d{1,2}[、.．](?!\d))"
)
_LONG = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A cell of a stream. `starts_row` where the file shows that; `source` is the paragraph it may be instead."""

    text: str
    place: Place
    starts_row: bool = False
    source: Paragraph | None = None

    @property
    def is_section(self) -> bool:
        return _SECTION.match(self.text) is not None and len(self.text) > 3 and not self.text[0].isdigit()

    @property
    def is_prose(self) -> bool:
        """Too long for a cell, or the beginning of a section."""
        stops = len(self.text) > _LONG and "。" in self.text[:-1]
        return stops or (_SECTION.match(self.text) is not None and len(self.text) > 3)


def of_paragraphs(paragraphs: Sequence[Paragraph]) -> list[Piece]:
    """Paragraphs as cells. Where lines are closed by `|`, a cell is what stands between two of them."""
    if sum("|" in one.text for one in paragraphs) >= 2:
        return list(_of_pipes(paragraphs))
    return [Piece(text=one.text, place=one.place, source=one) for one in paragraphs]


def _of_pipes(paragraphs: Sequence[Paragraph]) -> Iterator[Piece]:
    pending: list[Paragraph] = []
    starts = False
    opened = _are_opened(paragraphs)
    for one in paragraphs:
        text = one.text.strip()
        if "|" not in text:
            if _SECTION.match(text) or text.endswith(_PROSE_END) or len(text) > _LONG or one.heading:
                yield from _as_prose(pending)
                pending = []
                yield Piece(text=text, place=one.place, source=one)
                continue
            pending.append(one)
            continue
        if re.fullmatch(r"[|\s]+", text):
            if pending:
                before, cell = _since_heading(pending)
                yield from _as_prose(before)
                yield Piece(text=cell, place=one.place, starts_row=starts)
                pending, starts = [], text.count("|") >= 3
            elif text.count("|") >= 2 or opened:
                starts = True
            else:
                yield Piece(text="", place=one.place, starts_row=starts)
                starts = False
            continue
        starts = starts or (text.startswith("|") and not opened)
        cells = text.strip("|").split("|")
        head, pending = _joined_before(pending, cells[0])
        yield from _as_prose(pending)
        pending = []
        for number, cell in enumerate([head, *cells[1:]]):
            yield Piece(text=cell.strip(), place=one.place, starts_row=starts and number == 0)
        starts = text.endswith("||")
    yield from _as_prose(pending)


def _are_opened(paragraphs: Iterable[Paragraph]) -> bool:
    """Whether a pipe opens each cell, rather than closes it: then a pipe alone parts the rows."""
    texts = [one.text.strip() for one in paragraphs]
    opened = sum(text.startswith("|") and not text.endswith("|") for text in texts)
    closed = sum(text.endswith("|") and not re.fullmatch(r"[|\s]+", text) for text in texts)
    return opened > max(_FEWEST_OPENED, closed)


_FEWEST_OPENED = 4


def _as_prose(pending: Iterable[Paragraph]) -> Iterator[Piece]:
    for one in pending:
        yield Piece(text=one.text, place=one.place, source=one)


def _since_heading(pending: list[Paragraph]) -> tuple[list[Paragraph], str]:
    """(the lines before a heading, the heading): the first cell of a table has text above it. Else one cell of all."""
    texts = [line.text for line in pending]
    skip = _heading_begins(texts)
    return (pending[:skip], "\n".join(texts[skip:])) if skip is not None else ([], "\n".join(texts))


def _heading_begins(texts: Sequence[str]) -> int | None:
    """The first of the lines that are a heading together: one that is known whole, before one that only ends alike."""
    ways = [(skip, "\n".join(texts[skip:])) for skip in range(len(texts))]
    exact = (skip for skip, joined in ways if column(joined).field and column(joined).exact)
    return next(exact, next((skip for skip, joined in ways if is_heading(joined)), None))


def _joined_before(pending: list[Paragraph], cell: str) -> tuple[str, list[Paragraph]]:
    """The cell with those lines before it that belong to it, and the lines that do not."""
    texts = [one.text for one in pending] + [cell]
    skip = _heading_begins(texts)
    if skip is not None and skip < len(pending):
        return "\n".join(texts[skip:]), pending[:skip]
    if pending and skip is None and not any(is_heading(one.text) for one in pending) and len(pending) <= 3:
        return "\n".join(texts), []
    return cell, pending


def of_table(table: Table) -> list[Piece]:
    """The cells of a grid that was rebuilt from flattened text, without the empty ones at the ends of its rows."""
    pieces: list[Piece] = []
    for row in table.rows:
        cells = [cell for cell in row if cell.own]
        while cells and not cells[-1].text.strip():
            cells.pop()
        for number, cell in enumerate(cells):
            pieces.append(Piece(text=cell.text, place=cell.place, starts_row=number == 0))
    return pieces


_GLUE = re.compile(r"(?<=容积率)\s*([≤<])\s*|(?<=R)\s*([≤<])\s*|([≤≥<>])\s+(?=\d)|(?<=\d)\s+(<容积率)")
_PRICE = re.compile(r"(楼面地?价|总价|单价)[:为]?\s+(\d)")
_PRICES = re.compile(r"(楼面地?价|单价)(\S+)\s+(总价)(\S+)")
_OPENING = re.compile(r"\s+(?=[(（])|(?<=[(（])\s+|\s+(?=[)）])")


def of_line(paragraph: Paragraph) -> list[Piece]:
    """A line whose cells are parted by spaces. A heading of two words is one cell."""
    text = _OPENING.sub("", _GLUE.sub(lambda one: next(filter(None, one.groups())), plain(paragraph.text)))
    words = _PRICES.sub(r"\1\2;\3\4", _PRICE.sub(r"\1\2", text)).split()
    pieces: list[Piece] = []
    at = 0
    while at < len(words):
        size = next(
            (size for size in (4, 3, 2) if at + size <= len(words) and _is_one("".join(words[at : at + size]))), 1
        )
        pieces.append(Piece(text="".join(words[at : at + size]), place=paragraph.place, starts_row=at == 0))
        at += size
    return pieces


def _is_one(text: str) -> bool:
    one = column(text)
    return bool(one.field) and one.exact and not re.search(r"\d{3}", text)
