"""Files that are handed over within a ledger, which several machines share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

MOST_WAITING = 1_000_000_000
"""Bytes of all files together that may wait to be read; what comes then waits where it lies."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WaitingFile:
    """A file that is yet to be read. `trouble`: why it is not to be read, or empty; then it has no
    bytes. Names of files may be given again: `id` is one arrival of one."""

    id: int
    name: str
    sha256: str
    size: int
    trouble: str
    received_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class FolderFile:
    """A file as it lies in a folder of one machine.

    `place`: which machine and folder. `name`: begins with the folders in it. `changed_ns`: when it
    was last changed, by that machine.
    """

    place: str
    name: str
    size: int
    changed_ns: int
    sha256: str = ""
    trouble: str = ""
