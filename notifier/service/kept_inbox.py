"""The files that wait in the ledger, seen as an inbox by the node that reads them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from notifier.domain.waiting_files import WaitingFile
from notifier.errors import IntakeError
from notifier.intake.inbox import Seen, Stamp
from notifier.intake.limits import Limits
from notifier.ports import Clock, Ledger

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class KeptInbox:
    """What `Inbox` is for a folder, for files that nodes, the board and mail hand over."""

    def __init__(self, ledger: Ledger, clock: Clock, has_untold: Callable[[], bool]) -> None:
        """`has_untold`: whether another process may have put something in."""
        self._ledger = ledger
        self._clock = clock
        self._has_untold = has_untold
        self._is_rung = False
        self._waiting: dict[str, WaitingFile] = {}

    def ring(self) -> None:
        """Have the next look ask the ledger, whatever is known of it."""
        self._is_rung = True

    def look(self) -> list[Seen]:
        """Return what waits to be read: of a name, what came first. An idle ledger is not asked."""
        if not self._is_rung and not self._waiting and not self._has_untold():
            return []
        self._is_rung = False
        self._waiting = {}
        for file in self._ledger.kept_files.waiting():
            self._waiting.setdefault(file.name, file)
        return [
            Seen(name=name, stamp=_stamp(file), trouble=file.trouble)
            for name, file in self._waiting.items()
        ]

    def bytes_of(self, seen: Seen, limits: Limits) -> bytes | None:
        """Return the bytes of a file, None if it waits no more. IntakeError: it is not for use."""
        file = self._waiting_as(seen)
        if file is None:
            return None
        if file.size > limits.file_bytes:
            raise IntakeError(f"it is larger than {limits.file_bytes} bytes: refused")
        data = self._ledger.kept_files.bytes_of(file.sha256)
        if data is None:
            raise IntakeError("its bytes are not in the ledger any more: put it in again")
        return data

    def done(self, seen: Seen, sha256: str) -> Stamp:
        """Note that a file was dealt with; return its stamp."""
        file = self._waiting_as(seen)
        if file is not None:
            self._ledger.kept_files.end(file.id, self._clock.now())
            del self._waiting[seen.name]
            self._is_rung = True  # more may wait by that name
        return replace(seen.stamp, sha256=sha256)

    def _waiting_as(self, seen: Seen) -> WaitingFile | None:
        """Return the file that was seen; None if another node has dealt with it meanwhile."""
        file = self._waiting.get(seen.name)
        return file if file is not None and _stamp(file).looks_like(seen.stamp) else None


def _stamp(file: WaitingFile) -> Stamp:
    microseconds = (file.received_at - _EPOCH).total_seconds() * 1_000_000
    return Stamp(size=file.size, changed_ns=round(microseconds) * 1_000, sha256=file.sha256)
