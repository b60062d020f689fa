"""The wall clock of a real daemon, set while it runs: libfaketime under it, its monotonic clock
left alone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

_LIBRARIES = (
    "/usr/lib/*/faketime/libfaketimeMT.so.1",  # Debian, Ubuntu
    "/usr/lib*/faketime/libfaketimeMT.so.1",  # Fedora
)

NEEDED = "libfaketime is not installed (apt install faketime): the wall clock cannot be set"


def library() -> Path | None:
    """The library that fakes the time for many threads; None where it is not installed."""
    found = (file for pattern in _LIBRARIES for file in Path("/").glob(pattern.lstrip("/")))
    return next(found, None)


class WallClock:
    """What the processes started with `environment` take for the present: it can be set while they
    run."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "faketime"
        self._ahead = timedelta(0)
        self.set(timedelta(0))

    @property
    def environment(self) -> Mapping[str, str]:
        # the daemon's own child processes and its compiled libraries read the clock in other ways,
        # too: all are faked
        return {
            "LD_PRELOAD": str(library()),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }

    def set(self, ahead: timedelta) -> None:
        """From now on it is `ahead` of the true time, or behind it."""
        part = self._file.with_suffix(".part")
        part.write_text(f"{ahead.total_seconds():+.0f}\n", encoding="ascii")
        os.replace(part, self._file)
        self._ahead = ahead

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead
