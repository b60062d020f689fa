"""The bytes of files: handed to whichever node reads them, and kept as proof of what was read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from notifier.domain.waiting_files import MOST_WAITING, FolderFile, WaitingFile
from notifier.ledger.database import Database, DatabaseRow, from_ms, to_ms

_LOCK = "kept files"

# The files that are yet to be read, in the order in which they came.
_WAITING = """SELECT id, name, sha256, size, trouble, received_at FROM files_kept
WHERE read_at IS NULL ORDER BY id"""

# How many bytes wait to be read.
_WAITING_BYTES = "SELECT coalesce(sum(size), 0) FROM files_kept WHERE read_at IS NULL"

# A file has been read, or refused.
_END = "UPDATE files_kept SET read_at = ? WHERE id = ? AND read_at IS NULL"

# The last arrival of a file.
_LAST = "SELECT sha256, trouble, read_at FROM files_kept WHERE name = ? ORDER BY id DESC LIMIT 1"

# An arrival of a file.
_ADD = """INSERT INTO files_kept (name, sha256, size, place, trouble, received_at, read_at)
VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id"""

# Bytes, once.
_KEEP = """INSERT INTO file_bytes (sha256, kept_at, content) VALUES (?, ?, ?)
ON CONFLICT (sha256) DO UPDATE SET kept_at = excluded.kept_at"""

# Bytes by their hash.
_BYTES = "SELECT content FROM file_bytes WHERE sha256 = ?"

# The bytes of a file as it was read last, and whether there are any.
_READ_LAST = """SELECT k.sha256 FROM files_kept k JOIN file_bytes b ON b.sha256 = k.sha256
WHERE k.name = ? AND k.read_at IS NOT NULL ORDER BY k.id DESC LIMIT 1"""

# The files of a folder as they lay there when they were looked at last.
_OF_PLACE = "SELECT * FROM files_seen WHERE place = ?"

# A file as it lay in a folder when it was looked at last.
_SEEN = "SELECT sha256 FROM files_seen WHERE place = ? AND name = ?"

# A file as it lies there now.
_SEE = """INSERT INTO files_seen (place, name, size, mtime_ns, sha256) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (place, name) DO UPDATE SET size = excluded.size, mtime_ns = excluded.mtime_ns,
sha256 = excluded.sha256"""

# What a file was last read as, wherever it lay.
_READ_AS = "SELECT sha256 FROM files WHERE name = ?"

# Whether a file of that name ever had these bytes.
_EVER = """SELECT 1 WHERE EXISTS (SELECT 1 FROM files_kept WHERE name = ? AND sha256 = ?)
OR EXISTS (SELECT 1 FROM bytes_read WHERE file = ? AND digest = ?)"""

# Bytes of long ago that nothing was read from, and nobody is to read.
_FORGET = """DELETE FROM file_bytes WHERE kept_at < ?
AND NOT EXISTS (SELECT 1 FROM bytes_read r WHERE r.digest = file_bytes.sha256)
AND NOT EXISTS (SELECT 1 FROM files_kept k
WHERE k.sha256 = file_bytes.sha256 AND k.read_at IS NULL)"""

# The picture of a line.
_KEEP_PICTURE = """INSERT INTO line_pictures (key, content) VALUES (?, ?)
ON CONFLICT (key) DO UPDATE SET content = excluded.content"""

# The picture of a line by its name.
_PICTURE = "SELECT content FROM line_pictures WHERE key = ?"

# Whether there is such a picture.
_HAS_PICTURE = "SELECT 1 FROM line_pictures WHERE key = ?"

# How many pictures there are.
_PICTURES = "SELECT count(*) FROM line_pictures"


class KeptFiles:
    """Keep files as they came, until they are read and after it."""

    def __init__(self, database: Database) -> None:
        self._db = database

    @property
    def are_handed_over(self) -> bool:
        """Whether files are handed over here: several machines may work on this ledger."""
        return self._db.backend.is_shared

    def has_room(self) -> bool:
        """Return whether further files may be put in, or too much waits to be read."""
        return int(self._db.value(_WAITING_BYTES)) < MOST_WAITING

    def put(self, names: Iterable[str], data: bytes, sha256: str, now: datetime) -> str:
        """Keep a file that a person brought, to be read; return its name.

        That is the first of `names` that no other bytes have. The same bytes by it are looked at
        once more, so that whoever waits hears of it. Empty if none of the names is free.
        """
        with self._db.write(_LOCK):
            for name in names:
                last = self._db.row(_LAST, (name,))
                if last is not None and last["sha256"] != sha256:
                    continue
                if last is None or last["read_at"] is not None:
                    self._keep(sha256, data, now)
                    self._add(name, sha256, len(data), now)
                return name
        return ""

    def carry(self, file: FolderFile, data: bytes, now: datetime) -> bool:
        """Keep a file as it lies in a folder, to be read unless that is known; return whether.

        The bytes that its name had last are known. Of a folder that was never looked at before all
        bytes are that the name ever had: a copy that lay there for long says nothing new.
        """
        with self._db.write(_LOCK):
            before = self._db.row(_SEEN, (file.place, file.name))
            self._see(file)
            last = self._db.row(_LAST, (file.name,))
            if last is not None and (last["sha256"], last["trouble"]) == (
                file.sha256,
                file.trouble,
            ):
                return False
            if last is None and self._db.value(_READ_AS, (file.name,)) == file.sha256 != "":
                self._keep(file.sha256, data, now)  # read before files were kept here: as proof
                self._add(file.name, file.sha256, file.size, now, place=file.place, read_at=now)
                return False
            bytes_of_name = (file.name, file.sha256, file.name, file.sha256)
            if before is None and not file.trouble and self._db.row(_EVER, bytes_of_name):
                return False
            if not file.trouble:
                self._keep(file.sha256, data, now)
            size = 0 if file.trouble else file.size
            self._add(file.name, file.sha256, size, now, place=file.place, trouble=file.trouble)
        return True

    def keep_read(self, name: str, data: bytes, sha256: str, now: datetime) -> None:
        """Keep bytes that are read already, as proof of what they said."""
        with self._db.write(_LOCK):
            self._keep(sha256, data, now)
            self._add(name, sha256, len(data), now, read_at=now)

    def lying_in(self, place: str) -> list[FolderFile]:
        """Return the files of a folder as they lay there when they were looked at last."""
        return [
            FolderFile(
                place=row["place"],
                name=row["name"],
                size=row["size"],
                changed_ns=row["mtime_ns"],
                sha256=row["sha256"],
            )
            for row in self._db.rows(_OF_PLACE, (place,))
        ]

    def waiting(self) -> list[WaitingFile]:
        """Return what is yet to be read, in the order in which it came."""
        return [_waiting_of(row) for row in self._db.rows(_WAITING)]

    def bytes_of(self, sha256: str) -> bytes | None:
        """Return the bytes of that hash; None if they are not kept."""
        found = self._db.value(_BYTES, (sha256,))
        return None if found is None else bytes(found)

    def end(self, arrival: int, now: datetime) -> None:
        """Note that a file was read, or refused."""
        with self._db.write():
            self._db.execute(_END, (to_ms(now), arrival))

    def read_last(self, name: str) -> str:
        """Return the hash of the bytes that a file had when it was read last.

        Empty if they are not kept.
        """
        return str(self._db.value(_READ_LAST, (name,)) or "")

    def forget_old(self, now: datetime, keep: timedelta = timedelta(days=30)) -> int:
        """Delete bytes of long ago that nothing was read from; return how many files' they were.

        What a notice was read from stays as its proof.
        """
        with self._db.write(_LOCK):
            return self._db.execute(_FORGET, (to_ms(now - keep),))

    def keep_picture(self, key: str, picture: bytes) -> None:
        """Keep the picture of a line."""
        with self._db.write():
            self._db.execute(_KEEP_PICTURE, (key, picture))

    def picture(self, key: str) -> bytes | None:
        """Return the picture of that name; None if there is none."""
        found = self._db.value(_PICTURE, (key,))
        return None if found is None else bytes(found)

    def has_picture(self, key: str) -> bool:
        """Return whether there is a picture of that name."""
        return self._db.row(_HAS_PICTURE, (key,)) is not None

    def pictures(self) -> int:
        """Return how many pictures there are."""
        return int(self._db.value(_PICTURES))

    # within a transaction

    def _keep(self, sha256: str, data: bytes, now: datetime) -> None:
        self._db.execute(_KEEP, (sha256, to_ms(now), data))

    def _add(
        self,
        name: str,
        sha256: str,
        size: int,
        now: datetime,
        *,
        place: str = "",
        trouble: str = "",
        read_at: datetime | None = None,
    ) -> None:
        read_ms = None if read_at is None else to_ms(read_at)
        self._db.insert(_ADD, (name, sha256, size, place, trouble, to_ms(now), read_ms))

    def _see(self, file: FolderFile) -> None:
        values = (file.place, file.name, file.size, file.changed_ns, file.sha256)
        self._db.execute(_SEE, values)


def _waiting_of(row: DatabaseRow) -> WaitingFile:
    return WaitingFile(
        id=row["id"],
        name=row["name"],
        sha256=row["sha256"],
        size=row["size"],
        trouble=row["trouble"],
        received_at=from_ms(row["received_at"]),
    )
