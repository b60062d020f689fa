"""The file of a ledger on SQLite: whether it is the right one, who holds it, and copies of it."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import tempfile
import time
from contextlib import closing
from datetime import datetime
from pathlib import Path

from notifier.errors import BackupRefused, LedgerError, LedgerHeld
from notifier.ledger.database import COPIED_AT, RESTORED_AT

BUSY_TIMEOUT = 10.0  # seconds; also the longest that a person's command makes the daemon wait

_OWN_FILES = ("", "-wal", "-shm", "-journal", ".lock")
"""What follows the ledger's name in the names of its files."""

# A copy remembers when it was made.
_NOTE_COPY = "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"

# A copy of a ledger that was itself restored once has not been restored yet.
_FORGET_RESTORING = "DELETE FROM meta WHERE key = ?"


class LedgerFile:
    """Guard one file: opened by one name, held by one daemon, never replaced by an empty one."""

    def __init__(self, path: Path, *, create: bool) -> None:
        """Make the file if it is missing and `create`. LedgerError if it must not be used."""
        self.path = path
        self._handle: int | None = None
        if not create and not path.is_file():
            raise LedgerError(
                f"{path}: there is no ledger here: start `notifier run` or `notifier import` first"
            )
        if not path.exists() and self.lock_file.exists():
            raise self.not_the_used_one("the ledger that was here is gone")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(0o600, exist_ok=True)  # what a land team bids on is nobody else's business
            status = os.stat(path)
        except OSError as fault:
            raise LedgerError(f"{path}: this ledger cannot be opened: {fault}") from fault
        self._inode = (status.st_dev, status.st_ino)
        if not status.st_size and self.lock_file.exists():
            raise self.not_the_used_one("the ledger's file is empty")

    @property
    def lock_file(self) -> Path:
        """The lock beside the file itself, whichever link the ledger was named by."""
        real = self.path.resolve()
        return real.with_name(real.name + ".lock")

    @property
    def is_held_here(self) -> bool:
        """Whether this process is the daemon."""
        return self._handle is not None

    def not_the_used_one(self, words: str) -> LedgerError:
        """Return the error for an empty ledger in the place of a used one.

        It would look as if nothing were ahead, and everything would be sent again.
        """
        return LedgerError(
            f"{self.path}: {words}: restore a backup, or remove {self.lock_file} to begin anew"
        )

    def hold(self) -> None:
        """Take the lock until `release`. LedgerHeld says who has it."""
        handle = os.open(self.lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if not _locked(handle):
            holder = _holder(handle)
            os.close(handle)
            raise LedgerHeld(
                f"{self.path}: this ledger is held by {holder}: stop it first, or name "
                "another ledger"
            )
        os.ftruncate(handle, 0)
        os.write(handle, f"notifier run, process {os.getpid()} on {os.uname().nodename}".encode())
        self._handle = handle

    def release(self) -> None:
        """Let go of the lock, if it is ours."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def holder(self) -> str:
        """Return who has the lock; empty if nobody has. Wait for nothing and write nothing."""
        try:
            handle = os.open(self.lock_file, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return ""
        except OSError as fault:
            raise LedgerError(
                f"{self.lock_file}: whether a daemon runs cannot be seen: {fault.strerror}"
            ) from fault
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return _holder(handle)
        else:
            return ""
        finally:
            os.close(handle)

    def ensure_present(self) -> None:
        """Raise LedgerError if the file that was opened was deleted or replaced."""
        try:
            status = os.stat(self.path)
        except OSError:
            status = None
        if status is None or (status.st_dev, status.st_ino) != self._inode or not status.st_size:
            raise LedgerError(
                f"{self.path}: the ledger's file was removed or replaced while in use: "
                "put it back (or restore a backup) and restart"
            )

    def refuse_second_name(self, *, unless_held: bool = False) -> None:
        """Raise LedgerError if the file has another name, by which somebody may be using it.

        With `unless_held` it may have one while a daemon uses it by the name of ours. Each name has
        a log of its own (-wal), and what is written by two of them damages the ledger
        (sqlite.org/howtocorrupt.html, "Multiple links to the same file").
        """
        status = os.stat(self.path)
        if status.st_nlink > 1 and not (unless_held and self.holder()):
            raise LedgerError(
                f"{self.path}: this file has a second name (a hard link), and a ledger "
                "written by two names is "
                f"damaged: find it (find / -xdev -inum {status.st_ino}), remove one of the "
                "names, and try again"
            )

    def damage(self) -> str:
        """Return what SQLite finds damaged, or an empty text.

        The file is read anew from the disk, beside the daemon's own connection, whose memory hides
        what has happened to the file.
        """
        return _damage(self.path)

    def checkpoint(self) -> None:
        """Move the log into the file, by a connection beside the daemon's own."""
        uri = f"{self.path.absolute().as_uri()}?mode=rw"  # a file that is gone is not made anew
        try:
            with closing(sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT)) as conn:
                conn.execute("PRAGMA synchronous = FULL")
                conn.execute("PRAGMA wal_checkpoint(PASSIVE)")
        except sqlite3.Error as fault:
            raise LedgerError(f"{self.path}: {fault}") from fault

    def copy_to(self, target: Path, now: datetime) -> None:
        """Write a consistent copy at `target`, which appears whole or not at all.

        BackupRefused, and nothing touched, if something is there or it is the ledger's own;
        LedgerError if it cannot be written. The copy knows that it is one: whoever restores it is
        told what may have been sent since `now`.
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
            self._write_copy(part, now)
            if words := _damage(part, "&immutable=1"):  # nobody writes to it: no files beside it
                raise LedgerError(
                    f"{self.path}: the ledger is damaged, and so would be its copy: {words}"
                )
            self._refuse_to_overwrite(target)  # it took a while
            os.replace(part, target)
        except (sqlite3.Error, OSError) as fault:
            raise LedgerError(f"{target}: the backup could not be written: {fault}") from fault
        finally:
            part.unlink(missing_ok=True)

    def _write_copy(self, part: Path, now: datetime) -> None:
        # a connection of its own: the daemon goes on writing meanwhile
        with closing(sqlite3.connect(self.path)) as source, closing(sqlite3.connect(part)) as copy:
            source.backup(copy)
            copy.execute(_NOTE_COPY, (COPIED_AT, now.isoformat()))
            copy.execute(_FORGET_RESTORING, (RESTORED_AT,))
            copy.commit()

    def _refuse_to_overwrite(self, target: Path) -> None:
        own = {
            base.with_name(base.name + ending)
            for base in (self.path.absolute(), self.path.resolve())
            for ending in _OWN_FILES
        }
        if target.absolute() in own or target.resolve() in {file.resolve() for file in own}:
            raise BackupRefused(
                f"{target}: this is a file of the ledger in use: name another file for the copy"
            )
        if target.is_dir():
            raise BackupRefused(
                f"{target}: this is a folder: name a file in it that does not exist yet"
            )
        if os.path.lexists(target):
            raise BackupRefused(
                f"{target}: there is a file already: name another, or move that one away first"
            )


def _locked(handle: int) -> bool:
    """Return whether the lock is ours now.

    It is tried several times, because `holder` of another process has it while it looks.
    """
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


def _damage(path: Path, more: str = "") -> str:
    uri = f"{path.absolute().as_uri()}?mode=ro{more}"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT)) as conn:
            words = str(conn.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.Error as fault:
        return str(fault)
    return "" if words == "ok" else words
