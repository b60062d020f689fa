"""What the board asks: every parcel at once, and one parcel with all that is known of it."""

from __future__ import annotations

import threading

from notifier.domain.board import BoardLine
from notifier.ports import Ledger


class BoardDesk:
    """The questions of the board. What people say there are verbs of `service/desk.py`."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = threading.Lock()
        self._lines: tuple[str, tuple[BoardLine, ...]] | None = None

    def mark(self) -> str:
        """Return a text that is another one whenever the board shows something else."""
        return self._ledger.board.mark()

    def lines(self) -> tuple[BoardLine, ...]:
        """Return every parcel that was not taken back, in the order in which they came."""
        with self._lock:
            mark = self.mark()
            if self._lines is None or self._lines[0] != mark:
                self._lines = mark, tuple(self._ledger.board.lines())
            return self._lines[1]
