"""One record: the values of a row under their columns, before anything is understood."""

from __future__ import annotations

from dataclasses import dataclass

from notifier.domain.values import Finding
from notifier.intake.day_orders import DayOrder
from notifier.intake.notice.rows import Entry
from notifier.intake.slips import Slip


@dataclass(frozen=True, slots=True)
class YearSpan:
    """Months from `first` of a year to `last` of the next one, fewer than twelve."""

    year: int
    first: int
    last: int

    def year_of(self, month: int) -> int | None:
        """Return the year of a month; None for one that the span does not have."""
        if month >= self.first:
            return self.year
        return self.year + 1 if month <= self.last else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One row: values under their columns.

    `number` counts from 1 as a spreadsheet or an editor shows it; `sheet` if there are several;
    `year` that the title or the sheet's name gives, or the `span` of two years; `city` that a line
    above or that name does;
    `order` of day and month that its dates show; `lines` of words around its table; `findings`
    of its cells; `shifted`: what shows that its values do not stand under theirs; `slip`: what
    makes that possible.
    """

    entries: tuple[Entry, ...]
    number: int
    sheet: str | None = None
    year: int | None = None
    span: YearSpan | None = None
    city: str = ""
    order: DayOrder | None = None
    lines: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    shifted: str = ""
    slip: Slip | None = None

    def stated(self, name: str) -> str:
        """Return what the first cell of a field has; empty if the row states none."""
        named = (entry.value for entry in self.entries if entry.column.field == name)
        return next(named, "").strip()
