"""The files of the inbox: what was read, what is being read, what is yet to be told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from notifier.domain.reports import FileLine
from notifier.ledger.database import Database, DatabaseRow, from_ms, to_ms

# Every file, as it was read last.
_ALL = "SELECT * FROM files ORDER BY name"

# One file, as it was read last.
_GET = "SELECT * FROM files WHERE name = ?"

# A file is being read: once more if these are the bytes whose reading never came to an end.
_BEGIN = """INSERT INTO readings (name, sha256, begun_at, lives) VALUES (?, ?, ?, 1)
ON CONFLICT (name) DO UPDATE SET
lives = CASE WHEN readings.sha256 = excluded.sha256 THEN readings.lives + 1 ELSE 1 END,
begun_at = CASE WHEN readings.sha256 = excluded.sha256 THEN readings.begun_at ELSE excluded.begun_at
END,
sha256 = excluded.sha256 RETURNING lives"""

# A reading was stopped, by no fault of the file.
_STOP = "UPDATE readings SET lives = lives - 1 WHERE name = ? AND sha256 = ? AND lives > 0"

# Since when a file is being read.
_BEGUN_AT = "SELECT begun_at FROM readings WHERE name = ?"

# The reading of a file has come to an end.
_END = "DELETE FROM readings WHERE name = ?"

# What a file was read as, in the place of what it was read as before; `told_at` stays.
_SAVE = """INSERT INTO files (name, size, mtime_ns, sha256, read_at, words, errors, untold_since)
VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET size = excluded.size,
mtime_ns = excluded.mtime_ns, sha256 = excluded.sha256, read_at = excluded.read_at,
words = excluded.words, errors = excluded.errors, untold_since = excluded.untold_since"""

# The files with something wrong of which the operators have not heard, the oldest first.
_UNTOLD = "SELECT * FROM files WHERE untold_since IS NOT NULL ORDER BY untold_since, name"

# The operators have heard what is wrong with a file.
_MARK_TOLD = "UPDATE files SET untold_since = NULL, told_at = ? WHERE name = ?"

# The bytes that a file of this name had last.
_LAST_DIGEST = "SELECT digest FROM bytes_read WHERE file = ? ORDER BY id DESC LIMIT 1"

# Whether any file had these bytes.
_WERE_READ = "SELECT 1 FROM bytes_read WHERE digest = ? LIMIT 1"

# Bytes that were read and stored.
_NOTE_BYTES = "INSERT INTO bytes_read (file, digest, read_at) VALUES (?, ?, ?)"


class InboxFiles:
    """Keep what became of each file, and which bytes were read before."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def all(self) -> list[FileLine]:
        """Return every file of the inbox with what it was last read as."""
        return [_line_of(row) for row in self._db.rows(_ALL)]

    def get(self, name: str) -> FileLine | None:
        """Return the file of that name as it was read last."""
        row = self._db.row(_GET, (name,))
        return None if row is None else _line_of(row)

    def begin_reading(self, name: str, sha256: str, now: datetime) -> int:
        """Mark these bytes as being read; return how many readings of them did not end before."""
        with self._db.write():
            (row,) = self._db.rows(_BEGIN, (name, sha256, to_ms(now)))
        return int(row["lives"]) - 1

    def stop_reading(self, name: str, sha256: str) -> None:
        """Take the last mark back: the reading stops, and the file is not at fault."""
        with self._db.write():
            self._db.execute(_STOP, (name, sha256))

    def begun_at(self, name: str) -> datetime | None:
        """Return since when a file is being read, by whichever daemon; None if it is not."""
        return _instant(self._db.value(_BEGUN_AT, (name,)))

    def save(self, line: FileLine) -> None:
        """Store what a file was read as, and end its reading; `told_at` stays as it was."""
        values = (
            line.name,
            line.size,
            line.mtime_ns,
            line.sha256,
            to_ms(line.read_at),
            line.words,
            line.errors,
            None if line.untold_since is None else to_ms(line.untold_since),
        )
        with self._db.write():
            self._db.execute(_END, (line.name,))
            self._db.execute(_SAVE, values)

    def untold(self) -> list[FileLine]:
        """Return the files with something wrong of which the operators have not heard yet."""
        return [_line_of(row) for row in self._db.rows(_UNTOLD)]

    def mark_told(self, names: Iterable[str], now: datetime) -> None:
        """Note that the operators have heard what is wrong with these files."""
        with self._db.write():
            self._db.execute_many(_MARK_TOLD, [(to_ms(now), name) for name in names])

    def says_nothing_new(self, file: str, digest: str) -> bool:
        """Return whether these bytes were read before.

        Those of a known name are compared with its last bytes, those of a new name with all bytes.
        """
        last = self._db.value(_LAST_DIGEST, (file,))
        if last is not None:
            return bool(last == digest)
        return self._db.value(_WERE_READ, (digest,)) is not None

    def note_bytes(self, file: str, digest: str, now: datetime) -> None:
        """Remember that these bytes were read and stored."""
        with self._db.write():
            self._db.execute(_NOTE_BYTES, (file, digest, to_ms(now)))


def _line_of(row: DatabaseRow) -> FileLine:
    return FileLine(
        name=row["name"],
        size=row["size"],
        mtime_ns=row["mtime_ns"],
        sha256=row["sha256"],
        read_at=from_ms(row["read_at"]),
        words=row["words"],
        errors=row["errors"],
        untold_since=_instant(row["untold_since"]),
        told_at=_instant(row["told_at"]),
    )


def _instant(ms: int | None) -> datetime | None:
    return None if ms is None else from_ms(ms)
