"""Times side by side behind one label: each is of another parcel, and the parcels stand elsewhere.

So is a row of a table with a column a parcel when the heads of its columns are not to be had.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from notifier.intake.documents import Paragraph
from notifier.intake.headings import WINDOWS
from notifier.intake.notice.columns import column_of, is_time_label
from notifier.intake.notice.folded_text import dense, plain
from notifier.intake.notice.rows import Row, uncertain
from notifier.intake.notice.scan import Side, heading_label
from notifier.intake.written_times import tokens

_JOINT = re.compile(r"\s*[至到起~-]+\s*")
_NEXT = re.compile(r"\d{0,2}\s+|")  # with what a broken line left behind: `17时3`
_END = re.compile(r"[\s\d止前。;]*")
_ENDS_OF_WINDOW = 2


def side_by_side(paragraphs: Iterable[Paragraph]) -> tuple[list[Row], list[Paragraph]]:
    """Return rows whose times are not certain, of lines with several; and the other paragraphs."""
    rows: list[Row] = []
    text: list[Paragraph] = []
    for paragraph in paragraphs:
        label, values = _label_and_values(paragraph.text)
        if _are_of_several(label, values):
            entry = uncertain(column_of(label), values, paragraph.place)
            rows.append(Row(entries=(entry,), place=paragraph.place))
        else:
            text.append(paragraph)
    return rows, text


def _label_and_values(text: str) -> tuple[str, list[str]]:
    """Return the first word of a line and the times behind it, if there is nothing else."""
    label, _, rest = text.strip().partition(" ")
    if not rest or not is_time_label(label):
        return label, []
    folded = plain(rest).strip()
    values: list[str] = []
    end = 0
    for token in tokens(folded):
        between = folded[end : token.start]
        if token.has_date and _NEXT.fullmatch(between):
            values.append("")
        elif not values or (between.strip() and not _JOINT.fullmatch(between)):
            return label, []
        else:
            values[-1] += between.strip()
        values[-1] += folded[token.start : token.end]
        end = token.end
    return label, values if _END.fullmatch(folded[end:]) else []


def _are_of_several(label: str, values: list[str]) -> bool:
    """Return whether times are more than the two ends of a window."""
    if len(set(values)) < _ENDS_OF_WINDOW:
        return False
    if len(values) > _ENDS_OF_WINDOW or any(_JOINT.search(value) for value in values):
        return True
    field = column_of(label).field
    _, side = heading_label(dense(plain(label)))
    return bool(field and field not in WINDOWS) or side is not Side.UNKNOWN
