"""The files that notices were read from, as people compare with them on the board."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

from notifier.config import Settings
from notifier.ports import Ledger
from notifier.service.kept_cutouts import KeptCutouts


class Originals:
    """Originals by their names, and pictures of their lines: in the inbox, or in the ledger.

    A ledger of several machines has them, whichever machine asks; then the folder is a second best,
    for what was read before the ledger moved there.
    """

    def __init__(self, ledger: Ledger, settings: Callable[[], Settings]) -> None:
        self._ledger = ledger
        self._settings = settings

    @property
    def pictures(self) -> KeptCutouts:
        """The pictures of lines from which times were recognised."""
        return KeptCutouts(self._ledger, self._settings().ledger)

    def has(self, name: str) -> bool:
        """Return whether the file of that name can be shown."""
        if self._kept_as(name):
            return True
        path = self._path_of(name)
        return path is not None and path.is_file()

    def bytes_of(self, name: str) -> bytes | None:
        """Return the bytes of the file of that name; None if there is none."""
        sha256 = self._kept_as(name)
        if sha256:
            return self._ledger.kept_files.bytes_of(sha256)
        path = self._path_of(name)
        return None if path is None else _regular_bytes(path, self._settings().limits.file_bytes)

    def _kept_as(self, name: str) -> str:
        kept = self._ledger.kept_files
        return kept.read_last(name) if name and kept.are_handed_over else ""

    def _path_of(self, name: str) -> Path | None:
        """Return where the file would lie; None if its name leads out of the inbox."""
        inbox = self._settings().inbox.resolve()
        if not name or "\0" in name or os.path.isabs(name):
            return None
        path = (inbox / name).resolve()
        return path if path.is_relative_to(inbox) and path != inbox else None


def _regular_bytes(path: Path, most: int) -> bytes | None:
    """Return the bytes of a regular file; None if there is none."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        return None
    with os.fdopen(handle, "rb") as file:
        return file.read(most)
