"""The ledger's file: opened safely, one writer at a time, every verb one transaction."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from notifier.domain.times import aware
from notifier.errors import BackupRefused, LedgerBusy, LedgerError, LedgerHeld
from notifier.ledger.table_steps import SCRATCH, STEPS

Row = sqlite3.Row

COPIED_AT = "copied_at"
"""In a backup: the instant at which it was made."""

RESTORED_AT = "restored_at"
"""In a ledger that was a backup once: the instant at which it was put to use; COPIED_AT stays beside it."""

LAST_BEAT = "last_beat"
"""The instant at which the daemon last kept house."""

ARRIVED = "('sent', 'accepted')"
"""The states of a delivery that has arrived."""

_USED = "used"
"""In a ledger that a daemon has worked on."""

_STEP_SET = "notifier"

_OWN_FILES = ("", "-wal", "-shm", "-journal", ".lock")
"""What follows the ledger's name in the names of its files."""

_BUSY_TIMEOUT = 10.0  # seconds; also the longest that a person's command makes the daemon wait


@lru_cache(maxsize=4096)  # many rows share an instant
def to_ms(instant: datetime) -> int:
    return round(aware(instant).timestamp() * 1000)


def from_ms(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


class Database:
    """One connection, shared by threads under one lock."""

    def __init__(self, path: Path, *, create: bool = True) -> None:
        """LedgerError if the file is no ledger, or is missing and `create` is False."""
        self.path = path
        self._lock = threading.RLock()
        self._held: int | None = None
        if not create and not path.is_file():
            raise LedgerError(f"{path}: there is no ledger here: start `notifier run` or `notifier import` first")
        if not path.exists() and self._lock_file.exists():
            raise self._not_the_used_one("the ledger that was here is gone")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(0o600, exist_ok=True)  # what a land team bids on is nobody else's business
            status = os.stat(path)
            self._inode = (status.st_dev, status.st_ino)
            if not status.st_size and self._lock_file.exists():
                raise self._not_the_used_one("the ledger's file is empty")
            self._conn = sqlite3.connect(path, timeout=_BUSY_TIMEOUT, check_same_thread=False)
            self._conn.row_factory = sqlite3.Row
            try:
                self._prepare()
            except BaseException:
                self._conn.close()
                raise
        except (sqlite3.Error, OSError) as fault:
            raise LedgerError(f"{path}: this ledger cannot be opened: {fault}") from fault

    @property
    def _lock_file(self) -> Path:
        """Beside the file itself, whichever link it was named by."""
        real = self.path.resolve()
        return real.with_name(real.name + ".lock")

    def _not_the_used_one(self, words: str) -> LedgerError:
        """An empty ledger in its place would look as if nothing were ahead, and say everything again."""
        return LedgerError(f"{self.path}: {words}: restore a backup, or remove {self._lock_file} to begin anew")

    def _prepare(self) -> None:
        self._conn.execute("PRAGMA journal_mode = WAL")
        self._conn.execute("PRAGMA synchronous = FULL")
        self._conn.execute("PRAGMA foreign_keys = ON")
        self._conn.execute("PRAGMA temp_store = MEMORY")
        self._upgrade()
        if self._lock_file.exists() and not self._was_used():
            raise self._not_the_used_one("this is a new ledger, not the one that a daemon has used here")
        self._conn.executescript(SCRATCH)

    def _was_used(self) -> bool:
        """Whether a daemon has ever worked on it, or it holds anything at all."""
        return any(
            self.value(f"SELECT 1 FROM {table} LIMIT 1")  # noqa: S608  # constants
            for table in ("meta", "notices", "messages")
        )

    def _upgrade(self) -> None:
        taken = self.steps_taken()
        if unknown := taken - set(STEPS):
            raise LedgerError(
                f"{self.path}: a newer version of the program has used this ledger ({', '.join(sorted(unknown))}): "
                "use that version, or restore the backup that was made before"
            )
        if taken != set(STEPS):
            from notifier.ledger.table_upgrade import upgrade

            with self.write():
                upgrade(self._conn, _STEP_SET)

    def steps_taken(self) -> set[str]:
        """As sqlite-utils notes them."""
        if not self.value("SELECT 1 FROM sqlite_master WHERE name = '_sqlite_migrations'"):
            return set()
        rows = self.rows("SELECT name FROM _sqlite_migrations WHERE migration_set = ?", (_STEP_SET,))
        return {row["name"] for row in rows}

    @property
    def connection(self) -> sqlite3.Connection:
        """SQLite's own connection."""
        return self._conn

    def close(self) -> None:
        with self._lock:
            self._conn.close()
            if self._held is not None:
                os.close(self._held)
                self._held = None

    def hold(self) -> None:
        """Become the one daemon of this ledger, until `close`. LedgerHeld says who is."""
        self._refuse_second_name()
        if not self._was_used():
            self._note_use()  # before the lock is there: from then on no empty ledger may stand in its place
        handle = os.open(self._lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if not _locked(handle):
            holder = _holder(handle)
            os.close(handle)
            raise LedgerHeld(f"{self.path}: this ledger is held by {holder}: stop it first, or name another ledger")
        os.ftruncate(handle, 0)
        os.write(handle, f"notifier run, process {os.getpid()} on {os.uname().nodename}".encode())
        self._held = handle

    def _note_use(self) -> None:
        with self.write():
            self.execute("INSERT INTO meta VALUES (?, 'yes') ON CONFLICT (key) DO NOTHING", (_USED,))

    def holder(self) -> str:
        """Who runs the daemon of this ledger now; empty if nobody does. Waits for nothing and writes nothing."""
        try:
            handle = os.open(self._lock_file, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return ""
        except OSError as fault:
            raise LedgerError(f"{self._lock_file}: whether a daemon runs cannot be seen: {fault.strerror}") from fault
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return _holder(handle)
        else:
            return ""
        finally:
            os.close(handle)

    def ensure_intact(self) -> None:
        """LedgerError if the file that was opened is no longer the one at its path: deleted, or replaced."""
        try:
            status = os.stat(self.path)
        except OSError:
            status = None
        if status is None or (status.st_dev, status.st_ino) != self._inode or not status.st_size:
            raise LedgerError(
                f"{self.path}: the ledger's file was removed or replaced while in use: "
                "put it back (or restore a backup) and restart"
            )

    def _refuse_second_name(self, *, unless_held: bool = False) -> None:
        """LedgerError if the file has another name, by which somebody may be using it; `unless_held` by a daemon under
        the name of ours.

        Each name has a log of its own (-wal): what is written by two of them damages the ledger
        (sqlite.org/howtocorrupt.html, "Multiple links to the same file").
        """
        status = os.stat(self.path)
        if status.st_nlink > 1 and not (unless_held and self.holder()):
            raise LedgerError(
                f"{self.path}: this file has a second name (a hard link), and a ledger written by two names is "
                f"damaged: find it (find / -xdev -inum {status.st_ino}), remove one of the names, and try again"
            )

    @contextmanager
    def write(self) -> Iterator[None]:
        """One transaction that begins as a writer, so that it cannot fail half-way for another one's lock."""
        with self._lock:
            self._begin()
            try:
                yield
                self._conn.execute("COMMIT")
            except sqlite3.Error as fault:
                self._rollback()
                raise _named(self.path, fault) from fault
            except BaseException:
                self._rollback()
                raise

    def _begin(self) -> None:
        self.ensure_intact()
        if self._held is None:
            self._refuse_second_name(unless_held=True)
        try:
            self._conn.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as fault:
            raise _named(self.path, fault) from fault

    def _rollback(self) -> None:
        if self._conn.in_transaction:
            self._conn.execute("ROLLBACK")

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        with self._lock:
            try:
                return self._conn.execute(sql, parameters).fetchall()
            except sqlite3.Error as fault:
                raise _named(self.path, fault) from fault

    def row(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        rows = self.rows(sql, parameters)
        return rows[0] if rows else None

    def value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        row = self.row(sql, parameters)
        return None if row is None else row[0]

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Within `write` only."""
        return self._conn.execute(sql, parameters)

    def execute_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> int:
        """Within `write` only; how many rows were touched."""
        return self._conn.executemany(sql, rows).rowcount

    def insert(self, sql: str, parameters: Sequence[Any]) -> int:
        """Within `write` only; the id of the row that was inserted."""
        return int(self._conn.execute(sql, parameters).lastrowid or 0)

    def check(self) -> str:
        """Empty if the file is sound, else what SQLite says of it. Read anew from the disk, beside the daemon's
        own connection, whose memory hides what has happened to the file."""
        return _unsound(self.path)

    def backup(self, target: Path, now: datetime) -> None:
        """A consistent copy at `target`, which appears whole or not at all. BackupRefused, and nothing touched, if
        something is there or it is the ledger's own; LedgerError if it cannot be written.

        The copy knows that it is one: whoever restores it says so of what may have been sent since `now`.
        """
        self._refuse_to_overwrite(target)
        try:
            # a name that nobody else has: a file of somebody's beside the target is left alone
            handle, name = tempfile.mkstemp(prefix=".backup-", suffix=".part", dir=target.parent)
            os.close(handle)
        except OSError as fault:
            raise LedgerError(f"{target}: the backup could not be written: {fault}") from fault
        part = Path(name)
        try:
            # a connection of its own: the daemon goes on writing meanwhile
            with closing(sqlite3.connect(self.path)) as source, closing(sqlite3.connect(part)) as copy:
                source.backup(copy)
                copy.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (COPIED_AT, now.isoformat()))
                copy.execute("DELETE FROM meta WHERE key = ?", (RESTORED_AT,))
                copy.commit()
            if words := _unsound(part, "&immutable=1"):  # nobody writes to it: no files beside it
                raise LedgerError(f"{self.path}: the ledger is damaged, and so would be its copy: {words}")
            self._refuse_to_overwrite(target)  # it took a while
            os.replace(part, target)
        except (sqlite3.Error, OSError) as fault:
            raise LedgerError(f"{target}: the backup could not be written: {fault}") from fault
        finally:
            part.unlink(missing_ok=True)

    def _refuse_to_overwrite(self, target: Path) -> None:
        own = {
            base.with_name(base.name + ending)
            for base in (self.path.absolute(), self.path.resolve())
            for ending in _OWN_FILES
        }
        if target.absolute() in own or target.resolve() in {file.resolve() for file in own}:
            raise BackupRefused(f"{target}: this is a file of the ledger in use: name another file for the copy")
        if target.is_dir():
            raise BackupRefused(f"{target}: this is a folder: name a file in it that does not exist yet")
        if os.path.lexists(target):
            raise BackupRefused(f"{target}: there is a file already: name another, or move that one away first")


def _locked(handle: int) -> bool:
    """Whether the lock is ours now. Tried for a moment: `holder` of another process has it while it looks."""
    for wait in (*(0.02,) * 10, None):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if wait is None:
                return False
            time.sleep(wait)
        else:
            break
    return True


def _holder(handle: int) -> str:
    return os.read(handle, 200).decode("utf-8", "replace").strip() or "another process"


def _unsound(path: Path, more: str = "") -> str:
    uri = f"{path.absolute().as_uri()}?mode=ro{more}"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=_BUSY_TIMEOUT)) as conn:
            words = str(conn.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.Error as fault:
        return str(fault)
    return "" if words == "ok" else words


def _named(path: Path, fault: sqlite3.Error) -> LedgerError:
    words = str(fault)
    if "locked" in words or "busy" in words:
        return LedgerBusy(f"{path}: another process keeps the ledger locked: {words}")
    return LedgerError(f"{path}: {words}")
