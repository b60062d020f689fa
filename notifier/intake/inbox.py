"""The watched folder and those in it.

Polled, because network drives tell of no changes; never reads half a file.
"""

from __future__ import annotations

import logging
import os
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from notifier.intake.content import End, end_of, read_below
from notifier.intake.file_names import is_of_a_page, is_passing, is_second_version
from notifier.intake.limits import Limits

log = logging.getLogger("notifier")

_DEEPEST = 16  # folders in folders
# seconds that a file has to stand still which does not end as it should
_WAIT = {End.DOUBTFUL: 20.0, End.CUT: 120.0}


@dataclass(frozen=True, kw_only=True, slots=True)
class Stamp:
    """The state of a file when it was looked at.

    Size in bytes; `changed_ns`: when its content or its permissions were last changed, in ns;
    `sha256` of its bytes once read.
    """

    size: int
    changed_ns: int
    sha256: str = ""

    def looks_like(self, other: Stamp | None) -> bool:
        return other is not None and (self.size, self.changed_ns) == (other.size, other.changed_ns)


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """A file that is new or changed and stands still.

    `name` begins with the folders of the inbox that it is in (`宁波/a.csv`). `trouble`: why it is
    not to be read, or empty.
    """

    name: str
    stamp: Stamp
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class _Wait:
    """A file that seems to be half copied.

    And since when it has stood still, by the monotonic clock.
    """

    stamp: Stamp
    since: float
    end: End


@dataclass(kw_only=True)
class Inbox:
    """Return an inbox that knows what was read before: a restart reads nothing again.

    `read` are the stamps of that, from the ledger.

    `elapsed`: a monotonic clock in seconds, for how long a file has stood still.
    """

    folder: Path
    read: dict[str, Stamp] = field(default_factory=dict)
    elapsed: Callable[[], float] = time.monotonic
    _glimpsed: dict[str, Stamp] = field(default_factory=dict)
    _waits: dict[str, _Wait] = field(default_factory=dict)

    @staticmethod
    def knowing(folder: Path, read: Mapping[str, Stamp]) -> Inbox:
        return Inbox(folder=folder, read=dict(read))

    def look(self) -> list[Seen]:
        """Return what is new or changed and looked the same at the look before.

        OSError if the inbox itself cannot be listed; a folder in it that cannot be is among the
        troubles.
        """
        ready: list[Seen] = []
        glimpsed: dict[str, Stamp] = {}
        for seen in self._walk(self.folder, "", 0):
            if seen.stamp.looks_like(self.read.get(seen.name)):
                continue
            if seen.trouble or seen.stamp.looks_like(self._glimpsed.get(seen.name)):
                ready.append(seen)
            if not seen.trouble:
                glimpsed[seen.name] = seen.stamp
        self._glimpsed = glimpsed
        self._waits = {name: wait for name, wait in self._waits.items() if name in glimpsed}
        return sorted(ready, key=lambda seen: (seen.stamp.changed_ns, seen.name))

    def _walk(self, folder: Path, above: str, depth: int) -> Iterator[Seen]:
        with os.scandir(folder) as entries:
            for entry in entries:
                if is_passing(entry.name):
                    continue
                try:
                    status = entry.stat(follow_symlinks=False)
                except OSError:
                    continue  # gone since it was listed
                name = above + entry.name
                if not stat.S_ISDIR(status.st_mode):
                    yield Seen(
                        name=name,
                        stamp=_stamp(status),
                        trouble=_trouble(entry.name, status.st_mode),
                    )
                elif not is_of_a_page(entry.name):
                    yield from self._walk_inner(Path(entry.path), name, status, depth + 1)

    def _walk_inner(
        self, folder: Path, name: str, status: os.stat_result, depth: int
    ) -> Iterator[Seen]:
        """Yield what a folder of the inbox holds.

        Or that folder itself, with what is wrong with it.
        """
        if depth > _DEEPEST:
            yield Seen(
                name=name,
                stamp=_stamp(status),
                trouble="its folder stands too deep: put it higher up",
            )
            return
        try:
            yield from self._walk(folder, f"{name}/", depth)
        except FileNotFoundError:
            return  # gone since it was listed
        except OSError as fault:
            yield Seen(
                name=name,
                stamp=_stamp(status),
                trouble=f"this folder cannot be listed: {fault.strerror}",
            )

    def bytes_of(self, seen: Seen, limits: Limits) -> bytes | None:
        """Return the bytes of a file, None if it seems to be half copied and may yet grow.

        IntakeError if it is not to be read, OSError if the inbox is away.
        """
        wait = self._waits.get(seen.name)
        if wait is not None and wait.stamp.looks_like(seen.stamp):
            if self.elapsed() - wait.since < _WAIT[wait.end]:
                return None
            return read_below(self.folder, seen.name, limits)
        data = read_below(self.folder, seen.name, limits)
        if len(data) != seen.stamp.size:
            return None  # it grew since it was looked at
        end = end_of(seen.name, data)
        if end is End.WHOLE:
            return data
        log.info(
            "%s: it may be half copied: it is read when it has stood still for %.0f s",
            seen.name,
            _WAIT[end],
        )
        self._waits[seen.name] = _Wait(seen.stamp, self.elapsed(), end)
        return None

    def done(self, seen: Seen, sha256: str) -> Stamp:
        """Remember that `seen` was dealt with; its stamp, to be stored."""
        stamp = Stamp(size=seen.stamp.size, changed_ns=seen.stamp.changed_ns, sha256=sha256)
        self.read[seen.name] = stamp
        return stamp


def _stamp(status: os.stat_result) -> Stamp:
    return Stamp(size=status.st_size, changed_ns=max(status.st_mtime_ns, status.st_ctime_ns))


def _trouble(name: str, mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "it is a symbolic link: put the file itself here"
    if not stat.S_ISREG(mode):
        return "it is not a file"
    if is_second_version(name):
        return (
            "two people changed this file at once, and this is one of two versions: keep the "
            "right one, renamed"
        )
    return ""
