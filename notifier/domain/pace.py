"""The pace of a channel: so many messages a minute, and not before it said so.

By steady seconds, for the wall clock may be set meanwhile.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta

_WINDOW = 60.0  # seconds


@dataclass(frozen=True, kw_only=True, slots=True)
class PaceLimit:
    """At most `per_minute` messages in any minute (None: no limit), each `apart` from the last."""

    per_minute: int | None
    apart: timedelta


@dataclass(kw_only=True)
class Pace:
    """A pace: at most `per_minute` sends in any minute, each `apart` seconds from the one before.

    `per_minute` None: no limit. Kept in memory, by one worker; `at` is always the present in steady
    seconds.
    """

    per_minute: int | None = None
    apart: float = 0.0
    _sent: deque[float] = field(default_factory=deque)
    _last: float | None = None
    _paused_until: float | None = None

    def ready_at(self, at: float) -> float:
        """Return the instant at which the next message may go: `at` or later."""
        ready = at
        if self._paused_until is not None:
            ready = max(ready, self._paused_until)
        if self._last is not None:
            ready = max(ready, self._last + self.apart)
        if self.per_minute is None:
            return ready
        while self._sent and self._sent[0] <= at - _WINDOW:
            self._sent.popleft()
        if len(self._sent) >= self.per_minute:
            ready = max(ready, self._sent[-self.per_minute] + _WINDOW)
        return ready

    def sent(self, at: float) -> None:
        self._last = at
        if self.per_minute is not None:
            self._sent.append(at)

    def pause(self, until: float) -> None:
        """The channel said how long to wait."""
        self._paused_until = until
