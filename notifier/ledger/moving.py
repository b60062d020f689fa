"""Moves a ledger from one database to another: one transaction on each side.

Every row keeps its id, and is counted and compared.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from notifier.errors import LedgerError
from notifier.ledger.backends.sqlite_steps import table_names
from notifier.ledger.database import COPYING, Backend
from notifier.ledger.upkeep import MOVED_TO

_OF_ONE_PLACE = ("identity", MOVED_TO)
"""Keys of the memory that belong to one database and not to what it holds."""

_SPAN = 2**64


@dataclass(frozen=True, kw_only=True, slots=True)
class MoveReport:
    """What was moved: how many rows of each table."""

    place: str
    rows: dict[str, int]


class _Counter:
    """Count rows and add up a hash of each, whatever their order.

    Python's own hash, of 64 bits, serves: both sides are counted by this process, and it takes a
    tenth of the time of a digest.
    """

    def __init__(self) -> None:
        self.rows = 0
        self.hash = 0

    def through(self, rows: Iterable[Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
        count = total = 0
        for row in rows:
            values = tuple(row)
            count += 1
            total += hash(values)
            yield values
        self.rows += count
        self.hash = (self.hash + total) % _SPAN

    @property
    def result(self) -> tuple[int, int]:
        return self.rows, self.hash


def move(source: Backend, target: Backend, *, without: Collection[str] = ()) -> MoveReport:
    """Copy all tables of `source` to `target`, and compare them; `source` stays as it is.

    `without`: tables that stay empty.

    Nobody else may write to `target` meanwhile. LedgerError if it holds a ledger already, or a
    table differs after the copying; then `target` is as it was.
    """
    tables = [table for table in table_names() if table not in without]
    columns = {table: target.columns(table) for table in tables}
    copied = {table: _Counter() for table in tables}
    with source.transaction(COPYING), target.transaction():
        _refuse_used(target, tables)
        with target.filling(tables):
            for table in tables:
                rows = _own(table, source.dump(table, columns[table]))
                target.fill(table, columns[table], copied[table].through(rows))
        for table in tables:
            arrived = _Counter()
            for _ in arrived.through(_own(table, target.dump(table, columns[table]))):
                pass
            if copied[table].result != arrived.result:
                raise LedgerError(
                    f"{target.place}: table {table} differs after the copying "
                    f"({copied[table].rows} rows, then {arrived.rows}): nothing was moved, the old "
                    "ledger stays as it is"
                )
    moved = {table: counter.rows for table, counter in copied.items()}
    return MoveReport(place=target.place, rows=moved)


def _own(table: str, rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    """Return the rows but for those of the memory that belong to one place."""
    if table != "meta":
        return iter(rows)
    return (row for row in rows if row[0] not in _OF_ONE_PLACE)


def _refuse_used(target: Backend, tables: Sequence[str]) -> None:
    for table in tables:
        if table == "meta":
            continue
        if next(target.dump(table, target.columns(table)), None) is not None:
            raise LedgerError(
                f"{target.place}: there is a ledger already: name an empty database, or a new file"
            )
