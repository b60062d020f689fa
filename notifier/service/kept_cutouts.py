"""Pictures of the lines from which times were recognised, kept in a folder beside the ledger.

In a ledger of several machines they are kept in it. People compare times with them on the board.
Each is named after its file and its words.
"""

from __future__ import annotations

import logging
import re
from base64 import b64decode
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from notifier.domain.values import Notice
from notifier.ports import Ledger

log = logging.getLogger("notifier")

_KEY = re.compile(r"[0-9a-f]{64}")
_JPEG = b"\xff\xd8\xff"
_LARGEST = 60_000  # bytes of one picture
_MOST = 20_000  # pictures: at most 1.2 GB, as a rule a third of it


def cutout_key(file: str, quote: str) -> str:
    """Return the name of the picture of these words of a file."""
    return sha256(f"{file}\0{quote}".encode("utf-8", "surrogatepass")).hexdigest()


class KeptCutouts:
    """Keeps pictures of lines in a folder beside the ledger, or in a ledger of several machines."""

    def __init__(self, ledger: Ledger, file: Path) -> None:
        """Make the keeper of the folder beside `file`, the ledger's, or of the ledger itself."""
        self._kept = ledger.kept_files
        self._folder = file.parent / "cutouts"

    def keep(self, notices: Iterable[Notice]) -> None:
        """Keep what the notices show. What cannot be kept is told in the log: the times count."""
        for notice in notices:
            if notice.cutouts and self._is_full():
                log.error("%s is full: no pictures of %s were kept", self._place, notice.file)
                continue
            for cutout in notice.cutouts:
                try:
                    data = b64decode(cutout.picture, validate=True)
                    self._write(cutout_key(notice.file, cutout.quote), data)
                except (OSError, ValueError) as fault:
                    log.error("%s: the picture of a line was not kept: %s", notice.file, fault)
                    break

    @property
    def _place(self) -> str:
        return "the ledger" if self._kept.are_handed_over else str(self._folder)

    def _write(self, key: str, data: bytes) -> None:
        if not data.startswith(_JPEG) or len(data) > _LARGEST:
            return
        if self._kept.are_handed_over:
            self._kept.keep_picture(key, data)
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path(key).write_bytes(data)

    def _is_full(self) -> bool:
        if self._kept.are_handed_over:
            return self._kept.pictures() >= _MOST
        return self._folder.is_dir() and sum(1 for _ in self._folder.iterdir()) >= _MOST

    def key_of(self, file: str, quote: str) -> str:
        """Return the name of the picture of these words of a file, empty if there is none."""
        key = cutout_key(file, quote)
        is_kept = self._path(key).is_file() or (
            self._kept.are_handed_over and self._kept.has_picture(key)
        )
        return key if is_kept else ""

    def get(self, key: str) -> bytes | None:
        """Return the picture of that name, None if there is none."""
        if not _KEY.fullmatch(key):
            return None
        if self._kept.are_handed_over and (picture := self._kept.picture(key)) is not None:
            return picture
        try:
            return self._path(key).read_bytes()[:_LARGEST]
        except OSError:
            return None

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.jpg"
