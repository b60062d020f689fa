"""One database under all parts of the ledger: statements in, rows out, and transactions.

The SQL of the parts is written once, in what SQLite and PostgreSQL share: `ON CONFLICT`,
`RETURNING`, `?` for a value, `(?*)` for a list of values that is not empty, flags as 0 and 1, JSON
kept as text, and instants as whole milliseconds since 1970 UTC; `present_ms()` is the one of the
database's own clock. What differs is a `Backend`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, Protocol

from notifier.domain.times import aware

COPIED_AT = "copied_at"
"""In a backup: the instant at which it was made."""

RESTORED_AT = "restored_at"
"""In a ledger that was a backup once: the instant at which it was put to use. COPIED_AT stays
beside it."""

COPYING = "copying"
"""Given as a lock, has the transaction read the ledger as it was when it began, whatever others
write meanwhile. SQLite, where one writes at a time, needs nothing for that."""

_LIST = "(?*)"


@lru_cache(maxsize=4096)  # many rows share an instant
def to_ms(instant: datetime) -> int:
    """Return an aware instant as whole milliseconds since 1970 UTC."""
    return round(aware(instant).timestamp() * 1000)


def message_locks(messages: Iterable[int]) -> set[str]:
    """Return the locks of a verb that decides by all deliveries of these messages."""
    return {f"message {message}" for message in messages}


def from_ms(ms: int) -> datetime:
    """Return the instant, in UTC, of whole milliseconds since 1970 UTC."""
    return datetime.fromtimestamp(ms / 1000, UTC)


class DatabaseRow(Protocol):
    """One row: its values by the name of the column, or by place."""

    def __getitem__(self, key: str | int, /) -> Any: ...

    def __iter__(self) -> Iterator[Any]: ...


class PlaceTaken(Protocol):
    """Who works on a ledger: one process alone, or nodes beside each other."""

    @property
    def node(self) -> str:
        """The name of this daemon among those of the ledger; empty if it is the only one."""
        ...

    def hold(self) -> None:
        """Become the one process that works on this ledger, until it is closed.

        LedgerHeld says who is.
        """
        ...

    def join(self) -> None:
        """Become a daemon of this ledger: a node beside others, or the only one it can have.

        LedgerHeld says who keeps it from that.
        """
        ...

    def holder(self) -> str:
        """Return who run the daemons of this ledger, or an empty text."""
        ...

    def cut_off(self, node: str) -> None:
        """End what a node has under way that stands still; nothing of it is stored."""
        ...

    def fenced(self, term: int) -> AbstractContextManager[None]:
        """Let this thread's transactions fail with LedgerHeld once the term is over."""
        ...


class Backend(Protocol):
    """What one kind of database does in its own way. Whatever goes wrong in it is a LedgerError."""

    @property
    def place(self) -> str:
        """Where the ledger is, in words for people: a file, or an address without its password."""
        ...

    size_query: str
    """The statement that tells how many bytes the ledger takes, without its log."""

    is_shared: bool
    """Whether several machines may work on it."""

    def query(self, sql: str, values: Sequence[Any]) -> Sequence[DatabaseRow]:
        """Return the rows that a statement gives, in the caller's transaction or in its own."""
        ...

    def run(self, sql: str, values: Sequence[Any]) -> int:
        """Run a statement in the caller's transaction; return how many rows it touched."""
        ...

    def run_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> int:
        """Run a statement for each of `rows` in the caller's transaction.

        Return how many rows were touched.
        """
        ...

    def load(self, insert: str, rows: Iterable[Sequence[Any]]) -> None:
        """Insert many rows in the caller's transaction, in the fastest way of the database."""
        ...

    def transaction(self, *locks: str) -> AbstractContextManager[None]:
        """Begin a transaction that writes, as `Database.write` says."""
        ...

    def columns(self, table: str) -> Sequence[str]:
        """Return the names of a table's columns."""
        ...

    def dump(self, table: str, columns: Sequence[str]) -> Iterator[Sequence[Any]]:
        """Yield the rows of a table in the caller's transaction, by the first column."""
        ...

    def filling(self, tables: Sequence[str]) -> AbstractContextManager[None]:
        """Let these tables be filled in the block, in the caller's transaction.

        New ids begin after those that were filled in. From then on the ledger belongs here: it is
        not taken for a restored copy.
        """
        ...

    def fill(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Put rows with their ids in place of what a table holds, within `filling`."""
        ...

    @property
    def place_taken(self) -> PlaceTaken:
        """The place of this process among those that work on the ledger."""
        ...

    def present(self) -> datetime:
        """Return what instant it is by the database's own clock."""
        ...

    def ensure_present(self) -> None:
        """Raise LedgerError if the ledger that was opened is no longer the one at its place.

        Of a file: if it is gone or another one. Of a server: if it cannot be reached.
        """
        ...

    def damage(self) -> str:
        """Return what is damaged, in the database's own words, or an empty text."""
        ...

    def checkpoint(self) -> None:
        """Move what was written from the database's log into its tables, beside whoever writes."""
        ...

    def copy_to(self, target: Path, now: datetime) -> None:
        """Write a consistent copy to the file `target`; BackupRefused if it exists."""
        ...

    def change_mark(self) -> str:
        """Return a text that differs after anything was written, by whichever process."""
        ...

    def close(self) -> None:
        """Let go of the database, and of what `hold` took."""
        ...


class Database:
    """Run the ledger's SQL on a backend."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend

    def write(self, *locks: str) -> AbstractContextManager[None]:
        """Open a transaction that writes: all of it is stored at the end, or nothing.

        `locks` name what must not change meanwhile: on PostgreSQL two transactions with a common
        lock run one after the other, on SQLite all do. A verb needs a lock if it decides by rows
        that another may add. Transactions are not nested: verbs "within a transaction of the
        caller's" open none.
        """
        return self.backend.transaction(*locks)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> Sequence[DatabaseRow]:
        """Return all rows of a query."""
        return self.backend.query(*_spread(sql, values))

    def row(self, sql: str, values: Sequence[Any] = ()) -> DatabaseRow | None:
        """Return the first row of a query."""
        rows = self.rows(sql, values)
        return rows[0] if rows else None

    def value(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """Return the first column of the first row of a query; None if there is no row."""
        row = self.row(sql, values)
        return None if row is None else row[0]

    def execute(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Run a statement within `write`; return how many rows it touched."""
        return self.backend.run(*_spread(sql, values))

    def execute_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> int:
        """Run a statement for each of `rows` within `write`; return how many rows were touched."""
        return self.backend.run_many(sql, rows)

    def insert(self, sql: str, values: Sequence[Any]) -> int:
        """Run an INSERT that ends with `RETURNING id` within `write`; return the id."""
        return int(self.backend.query(sql, values)[0][0])

    def load(self, insert: str, rows: Iterable[Sequence[Any]]) -> None:
        """Insert many rows at once within `write`."""
        self.backend.load(insert, rows)

    @property
    def node(self) -> str:
        """The name of this daemon among those of the ledger; empty if it is the only one."""
        return self.backend.place_taken.node

    def close(self) -> None:
        """Let go of the database."""
        self.backend.close()


def _spread(sql: str, values: Sequence[Any]) -> tuple[str, Sequence[Any]]:
    """Write each `(?*)` of a statement as one `?` for each value of its list."""
    if _LIST not in sql:
        return sql, values
    lists = [value for value in values if isinstance(value, tuple)]
    flat = chain.from_iterable(value if isinstance(value, tuple) else (value,) for value in values)
    return _with_marks(sql, tuple(map(len, lists))), tuple(flat)


@lru_cache(maxsize=256)
def _with_marks(sql: str, lengths: tuple[int, ...]) -> str:
    for length in lengths:
        marks = ", ".join("?" * length)
        sql = sql.replace(_LIST, "(" + marks + ")", 1)
    return sql
