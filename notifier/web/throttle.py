"""A limit on how often somebody may do something.

So many times in a span of time, by a key such as an address.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

_MOST_KEYS = 10_000


class Throttle:
    """At most `times` in `seconds`, for each key."""

    def __init__(self, times: int, seconds: float, steady: Callable[[], float]) -> None:
        """`steady` returns seconds that nobody sets back."""
        self._times = times
        self._seconds = seconds
        self._steady = steady
        self._lock = threading.Lock()
        self._done: dict[str, deque[float]] = {}

    def allows(self, key: str) -> bool:
        """Return whether `key` may do it once more."""
        with self._lock:
            return len(self._recent(key)) < self._times

    def note(self, key: str) -> None:
        """Count that `key` did it."""
        with self._lock:
            if len(self._done) > _MOST_KEYS:
                self._forget()
            self._recent(key).append(self._steady())

    def take(self, key: str) -> bool:
        """Count that `key` does it, if it may; return whether it may."""
        if not self.allows(key):
            return False
        self.note(key)
        return True

    def _recent(self, key: str) -> deque[float]:
        done = self._done.setdefault(key, deque())
        begin = self._steady() - self._seconds
        while done and done[0] <= begin:
            done.popleft()
        return done

    def _forget(self) -> None:
        """Drop the keys that did nothing lately."""
        for key in list(self._done):
            if not self._recent(key):
                del self._done[key]
