"""How far a long import is: a line at the foot of a terminal, nothing in a file."""

from __future__ import annotations

import shutil
import sys

_BAR = 24
_CLEAR = "\r\x1b[K"


class Progress:
    """A bar on stderr for `total` files. Clear it before anything else is printed."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._shown = total > 1 and sys.stderr.isatty()

    def at(self, name: str) -> None:
        """`name` is being read."""
        self._done += 1
        if self._shown:
            bar = "#" * (self._done * _BAR // self._total)
            # a Chinese character takes two columns
            room = max(shutil.get_terminal_size().columns // 2 - _BAR, 8)
            shown = "".join(char if char.isprintable() else " " for char in name)[:room]
            print(
                f"{_CLEAR}[{bar:<{_BAR}}] {self._done}/{self._total} {shown}",
                end="",
                file=sys.stderr,
                flush=True,
            )

    def clear(self) -> None:
        if self._shown:
            print(_CLEAR, end="", file=sys.stderr, flush=True)
