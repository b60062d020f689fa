"""The bytes of foreign files: opened with care, within the limits, and judged by their end."""

from __future__ import annotations

import errno
import os
import re
import stat
from enum import Enum
from pathlib import Path, PurePosixPath

from notifier.errors import IntakeError
from notifier.intake.encoding import form_of_wide
from notifier.intake.limits import Limits

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


_OF_THE_FILE = (errno.EACCES, errno.EPERM, errno.ELOOP, errno.ENOTDIR, errno.ENXIO)


def read_bytes(path: Path, limits: Limits) -> bytes:
    """Return the whole of a regular file.

    IntakeError for a link, a folder, an empty or a huge file.
    """
    try:
        handle = os.open(path, _FILE)
    except OSError as fault:
        raise IntakeError(f"it cannot be opened: {fault.strerror}") from None
    return _whole(handle, limits)


def read_below(folder: Path, name: str, limits: Limits) -> bytes:
    """Return the whole of a file of `folder`, as `read_bytes`.

    `name` may begin with folders in it (`a/b.csv`).

    No link is followed on the way, so that nothing outside of the folder is ever read. OSError if
    the drive is at fault.
    """
    *between, last = name.split("/")
    at = os.open(folder, _FOLDER)
    try:
        for part in between:
            below = os.open(part, _FOLDER | os.O_NOFOLLOW, dir_fd=at)
            os.close(at)
            at = below
        handle = os.open(last, _FILE, dir_fd=at)
    except OSError as fault:
        if fault.errno not in _OF_THE_FILE:
            raise  # a network drive that is away, a file that is gone: no fault of the file
        raise IntakeError(f"it cannot be opened: {fault.strerror}") from None
    finally:
        os.close(at)
    return _whole(handle, limits)


def _whole(handle: int, limits: Limits) -> bytes:
    with open(handle, "rb") as stream:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise IntakeError("it is not a file")
        if status.st_size == 0:
            raise IntakeError("it is empty")
        if status.st_size > limits.file_bytes:
            raise IntakeError(f"it is larger than {limits.file_bytes} bytes: refused")
        return stream.read(limits.file_bytes + 1)


class End(Enum):
    """The ending of a file."""

    WHOLE = "whole"
    DOUBTFUL = "doubtful"  # within a line that may be whole
    CUT = "cut"  # surely not where its writer would have ended it


_ZIPPED = (".xlsx", ".docx", ".zip", ".odt", ".ods", ".ofd", ".xlsb", ".et")
_LINED = (".csv", ".tsv", ".jsonl", ".toml")
_END_OF_ZIP = b"PK\x05\x06"
_ZIP_TAIL = 65_557  # bytes: the record at its end with the longest comment
_PDF_TAIL = 2_048
_SEPARATORS = (b",", b"\t", b";")


def end_of(name: str, data: bytes) -> End:
    """Return how the bytes of a file end.

    A copy that has stalled stands as still as one that is done.
    """
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in _ZIPPED and data.startswith(b"PK"):
        return End.WHOLE if _END_OF_ZIP in data[-_ZIP_TAIL:] else End.CUT
    if suffix == ".pdf" and data.startswith(b"%PDF"):
        return End.WHOLE if b"%%EOF" in data[-_PDF_TAIL:] else End.CUT
    if suffix in (*_ZIPPED, ".pdf"):
        return End.WHOLE  # it is no such file: its reader says the rest
    if wide := form_of_wide(data):
        data = data.decode(wide, "replace").encode()
    if data.endswith(b"\0"):
        return End.CUT  # the space was laid out before the copying began
    if suffix == ".json":
        opened, closed = data.count(b"{") + data.count(b"["), data.count(b"}") + data.count(b"]")
        return End.WHOLE if opened <= closed else End.CUT
    if suffix not in _LINED or data.endswith((b"\n", b"\r")) or not re.search(rb"[\r\n]", data):
        return End.WHOLE
    return End.CUT if suffix in (".csv", ".tsv") and _is_short(data) else End.DOUBTFUL


def _is_short(data: bytes) -> bool:
    """Return whether the last row has fewer cells than the row before it."""
    *_, before, last = [b"", b"", *data[-_ZIP_TAIL:].splitlines()]
    return any(last.count(mark) < before.count(mark) for mark in _SEPARATORS)
