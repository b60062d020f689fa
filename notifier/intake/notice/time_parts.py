"""Times whose year, month, day and hour stand in columns of their own, put together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from notifier.intake.documents import Cell
from notifier.intake.notice.table_layout import Grid

_LOOKED_AT = 10  # rows: headings stand near the top
_PARTS = "年月日时分"
_HEADING = re.compile(r"(?P<stem>.*?)[(（]?(?P<sign>[年月日时点分])[)）]?", re.DOTALL)
_FIGURES = re.compile(r"(\d{1,4})\s*[年月日号时点分]?")


class _Run(NamedTuple):
    """Columns `begin`..`end` of one time, each with its sign; `stem`: the name before the signs."""

    begin: int
    end: int
    signs: str
    stem: str


def with_parts_joined(grid: Grid) -> Grid:
    """Return the rows of a sheet with each time in one cell: 报名截止 above 月, 日 and 时.

    Or under 报名截止月, 报名截止日, 报名截止时. A year that has no column is left out.
    """
    for at, headings in enumerate(grid[:_LOOKED_AT]):
        runs = list(_runs(headings))
        if runs:
            rows = [list(row) for row in grid]
            for run in runs:
                _join(rows, at, run)
            return [row for number, row in enumerate(rows) if number != at or _has_own(row)]
    return grid


def _has_own(row: Sequence[Cell]) -> bool:
    return any(cell.own and cell.text.strip() for cell in row)


def _runs(headings: Sequence[Cell]) -> Iterator[_Run]:
    """Yield the columns beside each other that are the parts of one time, month and day of them."""
    begin, signs, stem = 0, "", ""
    for at, cell in enumerate([*headings, Cell(text="")]):
        found = _HEADING.fullmatch(cell.text.strip()) if cell.own else None
        sign = found["sign"].replace("点", "时") if found is not None else ""
        goes_on = signs and found is not None and found["stem"].strip() == stem
        if goes_on and _PARTS.index(sign) > _PARTS.index(signs[-1]):
            signs += sign
            continue
        if "月日" in signs:
            yield _Run(begin, at, signs, stem)
        begin, signs, stem = at, sign, found["stem"].strip() if found is not None else ""


def _join(rows: list[list[Cell]], at: int, run: _Run) -> None:
    first, *others = range(run.begin, run.end)
    for number, row in enumerate(rows[max(at - 1, 0) :], max(at - 1, 0)):
        if number >= at:
            cells = row[run.begin : run.end]
            text = run.stem if number == at else _joined([cell.text for cell in cells], run.signs)
            row[first] = replace(row[first], text=text)
        for column in others:
            if number >= at or not row[column].own:
                row[column] = replace(row[column], text="", own=True, fault="")


def _joined(texts: Sequence[str], signs: str) -> str:
    """Return the parts of one row as a time; as they stand where one of them is no figure."""
    filled = [(text.strip(), sign) for text, sign in zip(texts, signs, strict=True) if text.strip()]
    figures = [_FIGURES.fullmatch(text) for text, _ in filled]
    if not all(figures):
        return " ".join(text for text, _ in filled)
    return "".join(
        f"{figure[1]}{sign}"
        for figure, (_, sign) in zip(figures, filled, strict=True)
        if figure is not None
    )
