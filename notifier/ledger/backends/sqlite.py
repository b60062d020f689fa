"""The ledger on SQLite: one file, one writer at a time."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any

from notifier.errors import LedgerBusy, LedgerError
from notifier.ledger.backends.ledger_file import BUSY_TIMEOUT, LedgerFile
from notifier.ledger.backends.sqlite_steps import SCRATCH, STEPS
from notifier.ledger.database import DatabaseRow, from_ms, to_ms

_STEP_SET = "notifier"

# Whether any step has been taken: sqlite-utils notes them in a table of its own.
_HAS_STEPS = "SELECT 1 FROM sqlite_master WHERE name = '_sqlite_migrations'"

# The steps that have been taken.
_STEPS_TAKEN = "SELECT name FROM _sqlite_migrations WHERE migration_set = ?"

# Whether a daemon has ever worked on the ledger, or it holds anything at all.
_WAS_USED = """SELECT EXISTS (SELECT 1 FROM meta) OR EXISTS (SELECT 1 FROM notices)
OR EXISTS (SELECT 1 FROM messages)"""

# The columns of a table, in their order.
_COLUMNS = "SELECT name FROM pragma_table_info(?) ORDER BY cid"

# Milliseconds since 1970 by the machine's clock.
_PRESENT = "SELECT CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)"

# A daemon works on it from now on.
_NOTE_USE = "INSERT INTO meta VALUES ('used', 'yes') ON CONFLICT (key) DO NOTHING"


# A checkpoint takes 50 to 100 ms, for which a reminder would wait: the daemon makes it beside the
# writers (`checkpoint`). 64 MB of log are the bound where there is no daemon.
_LATE_CHECKPOINT = "PRAGMA wal_autocheckpoint = 16384"


class SqliteBackend:
    """One connection, shared by threads under one lock."""

    size_query = """SELECT (SELECT page_count FROM pragma_page_count) *
    (SELECT page_size FROM pragma_page_size)"""
    is_shared = False

    def __init__(self, path: Path, *, create: bool = True) -> None:
        """Open the ledger and bring its tables up to date.

        LedgerError if the file is no ledger, or is missing and `create` is False.
        """
        self._file = LedgerFile(path, create=create)
        self._held = FilePlace(self._file, self._note_use)
        self._lock = threading.RLock()
        self._checkpointed = ""  # the change mark at the last checkpoint
        try:
            self._conn = sqlite3.connect(
                path, timeout=BUSY_TIMEOUT, check_same_thread=False, isolation_level=None
            )
            self._conn.row_factory = sqlite3.Row
            try:
                self._prepare()
            except BaseException:
                self._conn.close()
                raise
        except (sqlite3.Error, OSError) as fault:
            raise LedgerError(f"{path}: this ledger cannot be opened: {fault}") from fault

    @property
    def place(self) -> str:
        """The file."""
        return str(self._file.path)

    @property
    def connection(self) -> sqlite3.Connection:
        """SQLite's own connection, for whoever measures it."""
        return self._conn

    def _prepare(self) -> None:
        self._conn.create_function("present_ms", 0, lambda: to_ms(self.present()))
        self._conn.execute("PRAGMA journal_mode = WAL")
        self._conn.execute(_LATE_CHECKPOINT)
        self._conn.execute("PRAGMA synchronous = FULL")
        self._conn.execute("PRAGMA foreign_keys = ON")
        self._conn.execute("PRAGMA temp_store = MEMORY")
        self._upgrade()
        if self._file.lock_file.exists() and not self._was_used():
            raise self._file.not_the_used_one(
                "this is a new ledger, not the one that a daemon has used here"
            )
        self._conn.executescript(SCRATCH)

    def _was_used(self) -> bool:
        return bool(self.query(_WAS_USED)[0][0])

    def _upgrade(self) -> None:
        taken = self.steps_taken()
        if unknown := taken - set(STEPS):
            raise LedgerError(
                f"{self.place}: a newer version of the program has used this ledger "
                f"({', '.join(sorted(unknown))}): "
                "use that version, or restore the backup that was made before"
            )
        if taken != set(STEPS):
            from notifier.ledger.backends.sqlite_upgrade import upgrade

            with self.transaction():
                upgrade(self._conn, _STEP_SET)

    def steps_taken(self) -> set[str]:
        """Return the names of the steps that the tables have taken."""
        if not self.query(_HAS_STEPS):
            return set()
        return {row["name"] for row in self.query(_STEPS_TAKEN, (_STEP_SET,))}

    @contextmanager
    def transaction(self, *locks: str) -> Iterator[None]:  # noqa: ARG002  # all who write wait for each other
        """Begin as a writer at once, so that no lock of another can make it fail half-way."""
        with self._lock:
            self._begin()
            try:
                yield
                self._conn.execute("COMMIT")
            except sqlite3.Error as fault:
                self._rollback()
                raise self._error(fault) from fault
            except BaseException:
                self._rollback()
                raise

    def _begin(self) -> None:
        self._file.ensure_present()
        if not self._file.is_held_here:
            self._file.refuse_second_name(unless_held=True)
        try:
            self._conn.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as fault:
            raise self._error(fault) from fault

    def _rollback(self) -> None:
        if self._conn.in_transaction:
            self._conn.execute("ROLLBACK")

    def query(self, sql: str, values: Sequence[Any] = ()) -> Sequence[DatabaseRow]:
        """Return the rows that a statement gives."""
        with self._lock:
            try:
                return self._conn.execute(sql, values).fetchall()
            except sqlite3.Error as fault:
                raise self._error(fault) from fault

    def run(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Run a statement within a transaction; return how many rows it touched."""
        return self._conn.execute(sql, values).rowcount

    def run_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> int:
        """Run a statement for each of `rows` within a transaction.

        Return how many rows were touched.
        """
        return self._conn.executemany(sql, rows).rowcount

    def load(self, insert: str, rows: Iterable[Sequence[Any]]) -> None:
        """Insert many rows at once within a transaction."""
        self._conn.executemany(insert, rows)

    # -- moving -----------------------------------------------------------------------------------

    def columns(self, table: str) -> list[str]:
        """Return the names of a table's columns."""
        return [row["name"] for row in self.query(_COLUMNS, (table,))]

    def dump(self, table: str, columns: Sequence[str]) -> Iterator[Sequence[Any]]:
        """Yield the rows of a table in the caller's transaction, by the first column."""
        names = ", ".join(columns)
        # put together of our own tables' names, which come from the steps
        yield from self._conn.execute(
            " ".join(("SELECT", names, "FROM", table, "ORDER BY", columns[0]))
        )

    def filling(self, tables: Sequence[str]) -> AbstractContextManager[None]:  # noqa: ARG002  # it has nothing to prepare
        """Do nothing: SQLite gives the next id after the highest."""
        return nullcontext()

    def fill(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Put rows with their ids in place of what a table holds; within a transaction."""
        self._conn.execute(" ".join(("DELETE FROM", table)))
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        self._conn.executemany(
            " ".join(("INSERT INTO", table, "(", names, ") VALUES (", marks, ")")), rows
        )

    # -- care -------------------------------------------------------------------------------------

    @property
    def place_taken(self) -> FilePlace:
        """The place of this process among those that work on the ledger."""
        return self._held

    def _note_use(self) -> None:
        """Note that a daemon works on the ledger, before its lock is there.

        From then on no empty ledger may stand in its place.
        """
        if not self._was_used():
            with self.transaction():
                self.run(_NOTE_USE)

    def present(self) -> datetime:
        """Return what instant it is by the machine's clock, by which SQLite goes."""
        return from_ms(int(self.query(_PRESENT)[0][0]))

    def ensure_present(self) -> None:
        """Raise LedgerError if the file was removed or replaced."""
        self._file.ensure_present()

    def damage(self) -> str:
        """Return what SQLite finds damaged, or an empty text."""
        return self._file.damage()

    def checkpoint(self) -> None:
        """Move the log into the file by a connection of its own, if anything was written."""
        mark = self.change_mark()
        if mark == self._checkpointed:
            return
        self._file.checkpoint()
        self._checkpointed = mark

    def copy_to(self, target: Path, now: datetime) -> None:
        """Write a consistent copy at `target`."""
        self._file.copy_to(target, now)

    def change_mark(self) -> str:
        """Return a text that differs after anything was written, by whichever process."""
        (row,) = self.query("PRAGMA data_version")  # counts what others write
        return f"{row[0]} {self._conn.total_changes}"

    def close(self) -> None:
        """Close the file and let go of its lock."""
        with self._lock:
            self._conn.close()
            self._file.release()

    def _error(self, fault: sqlite3.Error) -> LedgerError:
        words = str(fault)
        if "locked" in words or "busy" in words:
            return LedgerBusy(f"{self.place}: another process keeps the ledger locked: {words}")
        return LedgerError(f"{self.place}: {words}")


class FilePlace:
    """The place of the one process that may work on a file."""

    def __init__(self, file: LedgerFile, note_use: Callable[[], None]) -> None:
        self._file = file
        self._note_use = note_use

    @property
    def node(self) -> str:
        """Nothing: a file has one daemon."""
        return ""

    def hold(self) -> None:
        """Become the one process that works on this ledger. LedgerHeld says who is."""
        self._file.refuse_second_name()
        self._note_use()
        self._file.hold()

    def join(self) -> None:
        """Become the one daemon of this ledger. LedgerHeld says who is."""
        self.hold()

    def holder(self) -> str:
        """Return who runs the daemon of this ledger now; empty if nobody does."""
        return self._file.holder()

    def cut_off(self, node: str) -> None:
        """Do nothing: a file has one daemon."""

    def fenced(self, term: int) -> AbstractContextManager[None]:  # noqa: ARG002  # nobody else leads
        """Change nothing: whoever holds the file leads."""
        return nullcontext()
