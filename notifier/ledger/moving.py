"""Moves a ledger from one database to another: one transaction on each side.

Every row keeps its id, and is counted and compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from notifier.errors import LedgerError
from notifier.ledger.backends.sqlite_steps import table_names
from notifier.ledger.database import COPYING, Backend
from notifier.ledger.upkeep import MOVED_TO

_OF_ONE_PLACE = ("identity", MOVED_TO)
"""Keys of the memory that belong to one database and not to what it holds."""

_BITS = 2**128


@dataclass(frozen=True, kw_only=True, slots=True)
class MoveReport:
    """What was moved: how many rows of each table."""

    place: str
    rows: dict[str, int]


class _Counter:
    """Count rows and add up a hash of each, whatever their order."""

    def __init__(self) -> None:
        self.rows = 0
        self.hash = 0

    def through(self, rows: Iterable[Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
        for row in rows:
            values = tuple(row)
            digest = blake2b(repr(values).encode("utf-8", "surrogatepass"), digest_size=16)
            self.rows += 1
            self.hash = (self.hash + int.from_bytes(digest.digest())) % _BITS
            yield values

    @property
    def result(self) -> tuple[int, int]:
        return self.rows, self.hash


def move(source: Backend, target: Backend) -> MoveReport:
    """Copy all tables of `source` to `target`, and compare them; `source` stays as it is.

    Nobody else may write to `target` meanwhile. LedgerError if it holds a ledger already, or a
    table differs after the copying; then `target` is as it was.
    """
    tables = table_names()
    moved: dict[str, int] = {}
    with source.transaction(COPYING), target.transaction():
        _refuse_used(target, tables)
        for table in tables:
            columns = target.columns(table)
            copied = _Counter()
            rows = _own(table, source.dump(table, columns))
            target.fill(table, columns, copied.through(rows))
            arrived = _Counter()
            for _ in arrived.through(_own(table, target.dump(table, columns))):
                pass
            if copied.result != arrived.result:
                raise LedgerError(
                    f"{target.place}: table {table} differs after the copying ({copied.rows} "
                    "rows, then "
                    f"{arrived.rows}): nothing was moved, the old ledger stays as it is"
                )
            moved[table] = copied.rows
        target.finish_filling(tables)
    return MoveReport(place=target.place, rows=moved)


def _own(table: str, rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    """Yield the rows but for those of the memory that belong to one place."""
    for row in rows:
        if table != "meta" or row[0] not in _OF_ONE_PLACE:
            yield row


def _refuse_used(target: Backend, tables: Sequence[str]) -> None:
    for table in tables:
        if table == "meta":
            continue
        if next(target.dump(table, target.columns(table)), None) is not None:
            raise LedgerError(
                f"{target.place}: there is a ledger already: name an empty database, or a new file"
            )
