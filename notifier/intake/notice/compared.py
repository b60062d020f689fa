"""Tables of a notice of change whose headings say which time is old and which is new: `原挂牌截止时间`, `延期后…`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from notifier.intake.documents import Cell, Paragraph, Table
from notifier.intake.notice.columns import column
from notifier.intake.notice.drafts import counterpart, without_old

_HEADER_SEARCH = 3


def as_compared(table: Table) -> list[Paragraph] | None:
    """Each new time as a sentence that names its parcel and what was before it; None if the table is another."""
    for at, row in enumerate(table.rows[:_HEADER_SEARCH]):
        pairs = list(_pairs(row))
        number = next((place for place, cell in enumerate(row) if column(cell.text).field == "parcel_no"), None)
        if pairs and (number is not None or len(table.rows) == at + 2):
            return [one for line in table.rows[at + 1 :] for one in _sentences(row, line, number, pairs)]
    return None


def _pairs(row: Sequence[Cell]) -> Iterator[tuple[str, int | None, int]]:
    """(what it is of, the column of the old time if there is one, the column of the new)."""
    for new, cell in enumerate(row):
        label = "".join(counterpart(cell.text).split())
        if not label:
            continue
        same = [place for place, other in enumerate(row) if "".join(without_old(other.text).split()) == label]
        bare = [place for place, other in enumerate(row) if "".join(other.text.split()) in ("原时间", "原定时间")]
        yield label, next(iter(same + bare), None), new


def _sentences(
    heading: Sequence[Cell], line: Sequence[Cell], number: int | None, pairs: Sequence[tuple[str, int | None, int]]
) -> Iterator[Paragraph]:
    slipped = any(cell.missing for cell in (*heading, *line))
    for label, old, new in pairs:
        if not line[new].text.strip():
            continue
        if slipped or (number is not None and not line[number].text.strip()):
            yield Paragraph(text=f"调整为{line[new].text}。", place=line[new].place)  # of which parcel is not certain
            continue
        parcel = f"地块编号:{line[number].text.strip()}," if number is not None else ""
        was = f"原为{line[old].text}," if old is not None and line[old].text.strip() else ""
        yield Paragraph(text=f"{parcel}{label}{was}调整为{line[new].text}。", place=line[new].place)
