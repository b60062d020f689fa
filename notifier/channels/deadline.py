"""The end of an attempt.

A socket's own timeout begins anew with every byte that arrives, so that a peer which dribbles its
answer could hold a channel for ever: when the time is up, the lines are cut.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar


class AttemptDeadline:
    """`seconds` from now on every line that is watched is cut, whoever is reading it."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds
        self._lines: list[socket.socket] = []
        self._lock = threading.Lock()
        self._passed = False
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def left(self) -> float:
        """Seconds, 0 when the time is up."""
        return max(0.0, self._at - time.monotonic())

    def watch(self, line: socket.socket) -> None:
        # a second handle on the same connection: encryption takes the first one over
        copy = line.dup()
        with self._lock:
            self._lines.append(copy)
            if self._passed:
                _shut(copy)

    def _cut(self) -> None:
        with self._lock:
            self._passed = True
            for line in self._lines:
                _shut(line)

    def close(self) -> None:
        self._timer.cancel()
        with self._lock:
            for line in self._lines:
                line.close()
            self._lines.clear()


def _shut(line: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it is closed already
        line.shutdown(socket.SHUT_RDWR)


_current: ContextVar[AttemptDeadline | None] = ContextVar("deadline", default=None)


@contextlib.contextmanager
def deadline(seconds: float) -> Iterator[AttemptDeadline]:
    deadline = AttemptDeadline(seconds)
    token = _current.set(deadline)
    try:
        yield deadline
    finally:
        _current.reset(token)
        deadline.close()


def watch(line: socket.socket) -> None:
    """Have `line` cut at the deadline of the attempt that it was opened for, if it was for one."""
    deadline = _current.get()
    if deadline is not None:
        deadline.watch(line)
