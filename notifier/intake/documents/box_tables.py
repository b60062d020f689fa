"""Tables drawn with lines in plain text: `┌──┬──┐`, `│  │  │`, `+--+--+`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_RULE = re.compile(r"\s*[─-╿][─-╿\s]*")
_ASCII_RULE = re.compile(r"\s*\+(?:[-=]{2,}\+)+\s*")
_UPRIGHT = re.compile(r"[│┃║┆┇┊┋╎╏|]")
_ASCII_UPRIGHT = "|"
# a cell that ends so goes on in the line below it
_OPEN = re.compile(r"(?:[至到~～—–\-、，,（(〔\[]|[〔\[（(]\d{4}[〕\]）)])$")
_FEWEST_ROWS = 2

Row = tuple[int, list[str]]


def box_table(lines: Sequence[str], at: int) -> tuple[list[Row], int]:
    """Return the rows of the table drawn from line `at` on, each with its line, and its end.

    No rows where none is drawn there. Lines that go on with the ones above them are one row.
    """
    is_ascii = _is_rule(lines[at], is_ascii=True)
    below_edge = at + 1 if is_rule(lines[at]) else at
    if below_edge == len(lines) or not _is_row(lines[below_edge], is_ascii=is_ascii):
        return [], at  # at once: a file may draw many lines and no table
    end = at
    while end < len(lines) and (
        _is_rule(lines[end], is_ascii=is_ascii) or _is_row(lines[end], is_ascii=is_ascii)
    ):
        end += 1
    rows = list(_rows(lines, at, end, is_ascii))
    return (rows, end) if len(rows) >= _FEWEST_ROWS else ([], at)


def is_rule(line: str) -> bool:
    """Return whether a line only draws the edges of a table."""
    return _is_rule(line, is_ascii=True) or _is_rule(line, is_ascii=False)


def _is_rule(line: str, *, is_ascii: bool) -> bool:
    rule = _ASCII_RULE if is_ascii else _RULE
    return rule.fullmatch(line) is not None


def _is_row(line: str, *, is_ascii: bool) -> bool:
    bare = line.strip()
    return len(bare) > 1 and all(
        _UPRIGHT.fullmatch(sign) and (sign == _ASCII_UPRIGHT) == is_ascii
        for sign in (bare[0], bare[-1])
    )


def _rows(lines: Sequence[str], begin: int, end: int, is_ascii: bool) -> Iterator[Row]:
    row: Row | None = None
    for number in range(begin, end):
        drawn = _is_rule(lines[number], is_ascii=is_ascii)
        cells = [] if drawn else [cell.strip() for cell in _cells(lines[number], is_ascii)]
        if row is not None and cells and _goes_on(row[1], cells):
            row = row[0], [_joined(*pair) for pair in zip(row[1], cells, strict=True)]
            continue
        if row is not None:
            yield row
        row = (number, cells) if any(cells) else None
    if row is not None:
        yield row


def _cells(line: str, is_ascii: bool) -> list[str]:
    bare = line.strip()[1:-1]
    return bare.split(_ASCII_UPRIGHT) if is_ascii else _UPRIGHT.split(bare)


def _goes_on(above: Sequence[str], cells: Sequence[str]) -> bool:
    """Return whether a line goes on with the row above it, with no rule between them."""
    if len(above) != len(cells):
        return False
    return not cells[0] or any(map(_OPEN.search, above))


def _joined(upper: str, lower: str) -> str:
    both_figures = upper[-1:].isdigit() and lower[:1].isdigit()
    return f"{upper}\n{lower}" if both_figures else upper + lower
