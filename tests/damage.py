"""Damage as files come to it: a cell or a line lost, two cells or columns swapped, the end cut off.

What a damaged notice must never do is to state, without a finding that names it, another time than
the whole one does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from notifier.domain.lint import lint
from notifier.domain.values import Milestone, MilestoneName, Notice, Parcel, Severity, squash
from notifier.domain.workdays import WorkCalendar
from notifier.errors import NotifierError
from notifier.intake.encoding import decode
from notifier.intake.limits import Limits
from notifier.intake.notice import read_notice

CALENDAR = WorkCalendar(special={})
NOW = datetime(2000, 1, 1, tzinfo=UTC)

_CELL = re.compile(r"(<t[dh]\b[^>]*>)(.*?)(</t[dh]>)", re.DOTALL | re.IGNORECASE)
_ROW = re.compile(r"<tr\b.*?</tr>", re.DOTALL | re.IGNORECASE)


def _cells(text: str) -> list[tuple[int, int]]:
    """Where the cells of tables stand: of HTML, else of lines with `|` or tabs."""
    if found := [match.span() for match in _CELL.finditer(text)]:
        return found
    return [
        (line.start() + match.start(), line.start() + match.end())
        for line in re.finditer(r"[^\n]*[|\t][^\n]*", text)
        for match in re.finditer(r"[^|\t\n]+[|\t]?", line[0])
        if match[0].strip(" |-:")
    ]


def lost_cell(text: str, random: Random) -> str:
    cells = _cells(text)
    if not cells:
        return lost_line(text, random)
    begin, end = random.choice(cells)
    return text[:begin] + text[end:]


def emptied_cell(text: str, random: Random) -> str:
    cells = _cells(text)
    if not cells:
        return lost_line(text, random)
    begin, end = random.choice(cells)
    bare = re.sub(r"[^<>|\t]+(?![^<]*>)", "", text[begin:end])
    return text[:begin] + bare + text[end:]


def lost_line(text: str, random: Random) -> str:
    lines = text.splitlines(keepends=True)
    del lines[random.randrange(len(lines))]
    return "".join(lines)


def cut_off(text: str, random: Random) -> str:
    return text[: random.randrange(len(text) // 4, len(text))]


def swapped_columns(text: str, random: Random) -> str:
    """Two columns change places in every row, headings too."""
    if _CELL.search(text):
        first, second = sorted(random.sample(range(8), 2))
        return _ROW.sub(lambda row: _swapped_html(row[0], first, second), text)
    width = max((line.count("|") for line in text.splitlines()), default=0)
    if width < 3:
        return text
    first, second = sorted(random.sample(range(1, width), 2))
    lines = []
    for line in text.split("\n"):
        cells = line.split("|")
        if len(cells) > second:
            cells[first], cells[second] = cells[second], cells[first]
        lines.append("|".join(cells))
    return "\n".join(lines)


def _swapped_html(row: str, first: int, second: int) -> str:
    cells = [match.span() for match in _CELL.finditer(row)]
    if len(cells) <= second or "span" in row:
        return row
    (a, b), (c, d) = cells[first], cells[second]
    return row[:a] + row[c:d] + row[b:c] + row[a:b] + row[d:]


DAMAGES: tuple[Callable[[str, Random], str], ...] = (
    lost_cell, emptied_cell, lost_line, cut_off, swapped_columns,
)  # fmt: skip


def text_of(path: Path) -> str:
    return decode(path.read_bytes())


def read_text(path: Path, text: str) -> Notice | None:
    """The notice in `text` with the lint's findings, as a file named like `path`; None if it is
    refused."""
    try:
        (notice,) = read_notice(path, text.encode(), Limits())
    except NotifierError:
        return None
    return with_lint(notice)


def silent_differences(whole: Notice, damaged: Notice | None) -> list[str]:
    """Each milestone of `damaged` that `whole` does not have so, and that no finding names."""
    return [
        f"{number} {name}: {milestone.at:%Y-%m-%dT%H:%MZ}"
        for number, name, milestone in differing(whole, damaged)
    ]


def differing(
    whole: Notice, damaged: Notice | None
) -> Iterator[tuple[str, MilestoneName, Milestone]]:
    """Yield the milestones of `silent_differences`, each with its parcel's number and its name."""
    if damaged is None:
        return
    for parcel in damaged.parcels:
        for name, milestone in parcel.milestones.items():
            if milestone.at not in set(_instants(whole, parcel, name)) and not _named(
                damaged, parcel, name
            ):
                yield parcel.parcel_no, name, milestone


def with_lint(notice: Notice) -> Notice:
    """Return the notice with what law and arithmetic have to say of it, as people are told it."""
    return replace(notice, findings=notice.findings + lint(notice, CALENDAR, NOW))


def _instants(whole: Notice, parcel: Parcel, name: MilestoneName) -> Iterator[object]:
    """The instants that are right for `parcel`: those of the parcel of that number, of any if there
    is none."""
    same = [
        candidate
        for candidate in whole.parcels
        if squash(candidate.parcel_no) == squash(parcel.parcel_no)
    ]
    for candidate in same or whole.parcels:
        if name in candidate.milestones:
            yield candidate.milestones[name].at
        yield from (
            other.milestones[name].at
            for other in candidate.alternatives
            if name in other.milestones
        )


def _named(notice: Notice, parcel: Parcel, name: MilestoneName) -> bool:
    return any(
        finding.severity is not Severity.INFO
        and squash(finding.parcel_no) in ("", squash(parcel.parcel_no))
        and finding.field in (name.value, name.value.rsplit("_", 1)[0])
        for finding in notice.findings
    )
