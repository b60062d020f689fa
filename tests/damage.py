"""Damage as files come to it: a cell or a line lost, two cells or columns swapped, the end cut off.

What a damaged notice must never do is to state, without a finding that names it, another time than
the whole one does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from random import Random

from notifier.domain.lint import lint
from notifier.domain.values import Milestone, MilestoneName, Notice, Parcel, Severity, squash
from notifier.domain.workdays import WorkCalendar
from notifier.errors import NotifierError
from notifier.intake.encoding import decode
from notifier.intake.limits import Limits
from notifier.intake.notice import read_notice
from notifier.intake.notice.folded_text import plain

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


_PIPED = re.compile(r"[^\n]*\|[^\n]*\|[^\n]*")
_WORDS = re.compile(r"[^|\n]+")
_YEAR = re.compile(r"20\d\d(?=[年./-])")
_A_TIME = re.compile(
    r"20\d\d[年./-]\s*\d{1,2}[月./-]\s*\d{1,2}日?[ \u3000上下午]*(?:\d{1,2}[:：时]\d{0,2})?"
)
_TITLE = re.compile(r"^(?:#+ .*|[一二三四五六七八九十]{1,3}、[^。\n]{0,40})$", re.MULTILINE)
_LOOKS_LIKE = {"1": "7", "7": "1", "0": "6", "6": "0", "8": "3", "3": "8"}
_WIDE = {ord(char): ord(char) + 0xFEE0 for char in "0123456789:,()"}


def swapped_lines(text: str, random: Random) -> str:
    """Two lines that follow each other change places."""
    lines = text.splitlines(keepends=True)
    if len(lines) < 3:
        return text
    at = random.randrange(len(lines) - 2)  # the last may lack its line feed
    lines[at], lines[at + 1] = lines[at + 1], lines[at]
    return "".join(lines)


def doubled_cell(text: str, random: Random) -> str:
    """The words of a cell, or of a line where no cell is, stand there twice."""
    cells = _cells(text)
    if not cells:
        lines = text.splitlines(keepends=True)
        at = random.randrange(len(lines))
        lines[at] = lines[at].rstrip("\n") + lines[at]
        return "".join(lines)
    begin, end = random.choice(cells)
    words = re.sub(r"([^<>|\t\n]+)(?![^<]*>)", r"\1\1", text[begin:end])
    return text[:begin] + words + text[end:]


def pushed_down_column(text: str, random: Random) -> str:
    """The cells of a column stand one row too low; the first is empty, and the last is lost."""
    alike = [[*same] for _, same in groupby(_rows_of_cells(text), key=len)]
    rows = max(alike, key=len, default=[])
    width = min(map(len, rows), default=0)
    if len(rows) < 3 or width < 2:
        return text
    column = random.randrange(width)
    spans = [row[column] for row in rows[1:]]
    values = ["", *(text[begin:end] for begin, end in spans[:-1])]
    for (begin, end), value in zip(reversed(spans), reversed(values), strict=True):
        text = text[:begin] + value + text[end:]
    return text


def _rows_of_cells(text: str) -> list[list[tuple[int, int]]]:
    """Where the words of the cells of each row stand, of rows without merged cells."""
    if rows := list(_ROW.finditer(text)):
        return [
            [match.span(2) for match in _CELL.finditer(text, row.start(), row.end())]
            for row in rows
            if "span" not in row[0]
        ]
    lines = [line for line in _PIPED.finditer(text) if line[0].strip(" |-:")]
    return [[match.span() for match in _WORDS.finditer(text, *line.span())] for line in lines]


def misread_digit(text: str, random: Random) -> str:
    """A digit of a time is taken for one that looks like it."""
    return _with_another_digit(text, random, _LOOKS_LIKE)


def lost_digit(text: str, random: Random) -> str:
    """A digit of a time is lost."""
    return _with_another_digit(text, random, dict.fromkeys("0123456789", ""))


def _with_another_digit(text: str, random: Random, other: Mapping[str, str]) -> str:
    places = [
        at
        for match in _A_TIME.finditer(text)
        for at in range(match.start() + 2, match.end())
        if text[at] in other
    ]
    if not places:
        return text
    at = random.choice(places)
    return text[:at] + other[text[at]] + text[at + 1 :]


def wrong_year(text: str, random: Random) -> str:
    """The year of one time is the year before or after it."""
    years = list(_YEAR.finditer(text))
    if not years:
        return text
    year = random.choice(years)
    return f"{text[: year.start()]}{int(year[0]) + random.choice((-1, 1))}{text[year.end() :]}"


def mixed_width(text: str, random: Random) -> str:
    """Half of the figures and marks of the text are wide ones."""
    parts = re.split(r"(<[^>]*>)", text)
    return "".join(
        part
        if number % 2
        else "".join(char.translate(_WIDE) if random.random() < 0.5 else char for char in part)
        for number, part in enumerate(parts)
    )


def repeated_page(text: str, random: Random) -> str:
    """A fifth of the lines comes twice."""
    lines = text.splitlines(keepends=True)
    size = max(1, len(lines) // 5)
    begin = random.randrange(len(lines) - size + 1)
    page = "".join(lines[begin : begin + size])
    return "".join(lines[: begin + size]) + page + "".join(lines[begin + size :])


def lost_heading(text: str, random: Random) -> str:
    """The title of a section, or a heading of the first row of a table, is lost."""
    titles = [match.span() for match in _TITLE.finditer(text)]
    rows = [match.span() for match in _ROW.finditer(text)]
    if rows:
        begin, end = random.choice(rows)
        cells = [match.span(2) for match in _CELL.finditer(text, rows[0][0], rows[0][1])]
        titles += cells
    elif first := re.search(r"[^\n]*[|\t][^\n]*[|\t][^\n]*", text):
        titles += [
            (first.start() + match.start(), first.start() + match.end())
            for match in re.finditer(r"[^|\t\n]+", first[0])
            if match[0].strip()
        ]
    if not titles:
        return lost_line(text, random)
    begin, end = random.choice(titles)
    return text[:begin] + text[end:]


def cut_table(text: str, random: Random) -> str:
    """The file ends within a row of its table."""
    cells = _cells(text)
    if len(cells) < 4:
        return cut_off(text, random)
    begin, end = random.choice(cells[len(cells) // 3 :])
    return text[: random.randrange(begin, end + 1)]


FURTHER_DAMAGES: tuple[Callable[[str, Random], str], ...] = (
    swapped_lines, doubled_cell, pushed_down_column, misread_digit, lost_digit, wrong_year,
    mixed_width, repeated_page, lost_heading, cut_table,
)  # fmt: skip
"""Some of these make another figure, or move whole ones; what nothing in the notice speaks against
is counted apart (`is_another_figure`)."""


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


def is_another_figure(milestone: Milestone, text: str) -> bool:
    """Return whether `text` does not have the words of a time: the damage made them.

    It is a time like any other then, which only a second witness can tell from the right one.
    """
    words = _BETWEEN.sub("", milestone.quote)
    return words not in _BETWEEN.sub("", plain(text))


_BETWEEN = re.compile(r"<[^>]*>|\s")


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
