"""The files of the inbox: as what they were read, what is being read, what people have yet to hear of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from notifier.domain.reports import FileLine
from notifier.ledger.database import Database, Row, from_ms, to_ms


class InboxFiles:
    """Keep what became of each file, and which bytes were read before."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def all(self) -> list[FileLine]:
        """Return what the inbox has been read as."""
        return [_line_of(row) for row in self._db.rows("SELECT * FROM files ORDER BY name")]

    def get(self, name: str) -> FileLine | None:
        """Return the file of that name as it was read last."""
        row = self._db.row("SELECT * FROM files WHERE name = ?", (name,))
        return None if row is None else _line_of(row)

    def begin_reading(self, name: str, sha256: str, now: datetime) -> int:
        """Mark these bytes as being read; return how often they have been, and it never came to an end."""
        with self._db.write():
            self._db.execute(
                "INSERT INTO readings VALUES (?, ?, ?, 1) ON CONFLICT (name) DO UPDATE SET "
                "lives = CASE WHEN sha256 = excluded.sha256 THEN lives + 1 ELSE 1 END, "
                "sha256 = excluded.sha256, begun_at = excluded.begun_at",
                (name, sha256, to_ms(now)),
            )
            lives = self._db.value("SELECT lives FROM readings WHERE name = ?", (name,))
        return int(lives) - 1

    def save(self, line: FileLine) -> None:
        """Store what a file was read as; its reading has come to an end. `told_at` stays as it was."""
        untold = None if line.untold_since is None else to_ms(line.untold_since)
        values = (line.name, line.size, line.mtime_ns, line.sha256, to_ms(line.read_at), line.words, line.errors)
        with self._db.write():
            self._db.execute("DELETE FROM readings WHERE name = ?", (line.name,))
            self._db.execute(
                "INSERT INTO files (name, size, mtime_ns, sha256, read_at, words, errors, untold_since) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET size = excluded.size, "
                "mtime_ns = excluded.mtime_ns, sha256 = excluded.sha256, read_at = excluded.read_at, "
                "words = excluded.words, errors = excluded.errors, untold_since = excluded.untold_since",
                (*values, untold),
            )

    def untold(self) -> list[FileLine]:
        """Return the files with something wrong of which the operators have not heard yet."""
        rows = self._db.rows("SELECT * FROM files WHERE untold_since IS NOT NULL ORDER BY untold_since, name")
        return [_line_of(row) for row in rows]

    def mark_told(self, names: Iterable[str], now: datetime) -> None:
        """Note that the operators have heard what is wrong with these files."""
        with self._db.write():
            self._db.execute_many(
                "UPDATE files SET untold_since = NULL, told_at = ? WHERE name = ?",
                [(to_ms(now), name) for name in names],
            )

    def says_nothing_new(self, file: str, digest: str) -> bool:
        """Whether these bytes were read before: by this name last of all, or by another."""
        last = self._db.row("SELECT digest FROM bytes_read WHERE file = ? ORDER BY id DESC LIMIT 1", (file,))
        if last is not None:
            return bool(last["digest"] == digest)
        return self._db.row("SELECT 1 FROM bytes_read WHERE digest = ? LIMIT 1", (digest,)) is not None

    def note_reading(self, file: str, digest: str, now: datetime) -> None:
        """Remember that these bytes were read and stored."""
        with self._db.write():
            self._db.execute(
                "INSERT INTO bytes_read (file, digest, read_at) VALUES (?, ?, ?)", (file, digest, to_ms(now))
            )


def _line_of(row: Row) -> FileLine:
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
