"""The watched folder. Polled, because network drives tell of no changes; never reads a file half-written."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_UNFINISHED = (".part", ".tmp", ".crdownload", ".swp", ".download", "~")


@dataclass(frozen=True, kw_only=True, slots=True)
class Stamp:
    """What a file was when it was looked at: size in bytes; `changed_ns`: when its content or its permissions were last
    changed, in ns; `sha256` of its bytes once read."""

    size: int
    changed_ns: int
    sha256: str = ""

    def looks_like(self, other: Stamp | None) -> bool:
        return other is not None and (self.size, self.changed_ns) == (other.size, other.changed_ns)


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """A file that is new or changed and stands still. `trouble`: why it is not to be read, or empty."""

    name: str
    path: Path
    stamp: Stamp
    trouble: str = ""


@dataclass(kw_only=True)
class Inbox:
    """`read` are the stamps of what was read before, from the ledger: a restart reads nothing again."""

    folder: Path
    read: dict[str, Stamp] = field(default_factory=dict)
    _glimpsed: dict[str, Stamp] = field(default_factory=dict)

    @staticmethod
    def knowing(folder: Path, read: Mapping[str, Stamp]) -> Inbox:
        return Inbox(folder=folder, read=dict(read))

    def look(self) -> list[Seen]:
        """What is new or changed and looked the same at the look before. OSError if the folder cannot be listed."""
        ready: list[Seen] = []
        glimpsed: dict[str, Stamp] = {}
        with os.scandir(self.folder) as entries:
            for entry in entries:
                if entry.name.startswith((".", "~$")) or entry.name.endswith(_UNFINISHED):
                    continue
                try:
                    status = entry.stat(follow_symlinks=False)
                except OSError:
                    continue  # gone since it was listed
                stamp = Stamp(size=status.st_size, changed_ns=max(status.st_mtime_ns, status.st_ctime_ns))
                if stamp.looks_like(self.read.get(entry.name)):
                    continue
                trouble = _trouble(status.st_mode)
                if trouble or stamp.looks_like(self._glimpsed.get(entry.name)):
                    ready.append(Seen(name=entry.name, path=Path(entry.path), stamp=stamp, trouble=trouble))
                else:
                    glimpsed[entry.name] = stamp
        self._glimpsed = glimpsed
        return sorted(ready, key=lambda seen: (seen.stamp.changed_ns, seen.name))

    def done(self, seen: Seen, sha256: str) -> Stamp:
        """Remember that `seen` was dealt with; its stamp, to be stored."""
        stamp = Stamp(size=seen.stamp.size, changed_ns=seen.stamp.changed_ns, sha256=sha256)
        self.read[seen.name] = stamp
        return stamp


def _trouble(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "it is a symbolic link: put the file itself here"
    if stat.S_ISDIR(mode):
        return "it is a folder: put its files here"
    return "" if stat.S_ISREG(mode) else "it is not a file"


def digest(path: Path, most: int) -> str:
    """SHA-256 of the first `most` bytes; empty if it cannot be read."""
    try:
        with open(path, "rb") as stream:
            return hashlib.sha256(stream.read(most)).hexdigest()
    except OSError:
        return ""
