"""Files into the inbox: under a safe name, whole or not at all, none over another."""

from __future__ import annotations

import errno
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from notifier.errors import IntakeError
from notifier.intake.file_names import is_passing
from notifier.intake.limits import Limits

_LONGEST = 150  # bytes of a name in UTF-8; file systems take 255
_LONGEST_SUFFIX = 12
_MOST_OF_ONE_NAME = 1_000
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|\u2028\u2029\u202a-\u202e\u2066-\u2069]+')
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS)


class InboxDoor:
    """Put files into `folder` of the inbox. Links in their way are not followed."""

    def __init__(self, inbox: Path, folder: str) -> None:
        self._inbox = inbox
        self._folder = folder

    def put(self, name: str, data: bytes, limits: Limits) -> str:
        """Put `data` into the inbox; return its name there, which begins with the folder.

        The same bytes by the same name are put in once, so that a crash may repeat it; other bytes
        by that name get a number. IntakeError if the file is refused, OSError if the drive is at
        fault.
        """
        refuse_size(data, limits)
        safe = safe_name(name)
        with self._opened() as folder:
            passing = f".{secrets.token_hex(8)}.part"
            _write(folder, passing, data)
            try:
                return f"{self._folder}/{_place(folder, passing, safe, data)}"
            finally:
                _remove(folder, passing)

    @contextmanager
    def _opened(self) -> Iterator[int]:
        (self._inbox / self._folder).mkdir(parents=True, exist_ok=True)
        inbox = os.open(self._inbox, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            folder = os.open(self._folder, _FOLDER, dir_fd=inbox)
        finally:
            os.close(inbox)
        try:
            yield folder
        finally:
            os.close(folder)


def refuse_size(data: bytes, limits: Limits) -> None:
    """Raise IntakeError for what is empty, or too large to be read."""
    if not data:
        raise IntakeError("it is empty")
    if len(data) > limits.file_bytes:
        raise IntakeError(f"it is larger than {limits.file_bytes} bytes: refused")


def safe_name(name: str) -> str:
    """Return a name that is no path, no hidden file and not too long; its ending stays.

    IntakeError if it is the name of a file that is never read (half a download, a program's own).
    """
    last = re.split(r"[/\\]", name.strip())[-1].encode("utf-8", "replace").decode()
    cleaned = _UNSAFE.sub("_", last).lstrip("._~$ ").rstrip(". ")
    stem, suffix = PurePosixPath(cleaned).stem, PurePosixPath(cleaned).suffix
    if len(suffix.encode()) > _LONGEST_SUFFIX:
        stem, suffix = cleaned, ""
    room = _LONGEST - len(suffix.encode())
    short = stem.encode()[:room].decode("utf-8", "ignore").rstrip() or "file"
    if is_passing(short + suffix):
        raise IntakeError("its name is that of a file which is not whole: rename it")
    return short + suffix


def _write(folder: int, name: str, data: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(name, flags, 0o640, dir_fd=folder), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _place(folder: int, passing: str, name: str, data: bytes) -> str:
    """Give the file that was written its name, or the next one that is free."""
    for candidate in numbered_names(name):
        known = _bytes_of(folder, candidate, len(data))
        if known == data:
            # looked at again, so that whoever waits hears of it
            os.replace(passing, candidate, src_dir_fd=folder, dst_dir_fd=folder)
        elif known is not None or not _linked(folder, passing, candidate):
            continue
        os.fsync(folder)
        return candidate
    raise IntakeError("too many files have this name: rename it")


def numbered_names(name: str) -> Iterator[str]:
    """Yield a name, and others for further files that are called so."""
    path = PurePosixPath(name)
    yield name
    for number in range(2, _MOST_OF_ONE_NAME):
        yield f"{path.stem} ({number}){path.suffix}"


def _bytes_of(folder: int, name: str, most: int) -> bytes | None:
    """Return what a file holds, as far as it may be compared; None: there is none of that name."""
    try:
        handle = os.open(
            name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder
        )
    except FileNotFoundError:
        return None
    except OSError:
        return b""  # a link, a folder: the name is taken
    with os.fdopen(handle, "rb") as file:
        try:
            return file.read(most + 1)
        except OSError:
            return b""


def _linked(folder: int, passing: str, name: str) -> bool:
    """Return whether the file has got the name; not if another has taken it meanwhile."""
    try:
        os.link(passing, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except FileExistsError:
        return False
    except OSError as fault:
        if fault.errno not in _NO_LINKS:
            raise
        os.rename(passing, name, src_dir_fd=folder, dst_dir_fd=folder)
    return True


def _remove(folder: int, name: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)
