"""How fast a channel may be spoken to: so many messages a minute, and not before it said so."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

_WINDOW = timedelta(minutes=1)


@dataclass(kw_only=True)
class Pace:
    """At most `per_minute` sends in any minute (None: no limit), each `apart` from the one before. Kept in memory,
    by one worker."""

    per_minute: int | None = None
    apart: timedelta = timedelta(0)
    _sent: deque[datetime] = field(default_factory=deque)
    _last: datetime | None = None
    _paused_until: datetime | None = None

    def ready_at(self, now: datetime) -> datetime:
        """When the next message may go: `now` or later."""
        ready = now
        if self._paused_until is not None and now < self._paused_until <= now + timedelta(hours=1):
            ready = self._paused_until
        if self._last is not None and now - self.apart < self._last <= now:
            ready = max(ready, self._last + self.apart)
        if self.per_minute is None:
            return ready
        # a clock set back leaves sends in the future: they are not counted for longer than the window
        while self._sent and not now - _WINDOW < self._sent[0] <= now:
            self._sent.popleft()
        if len(self._sent) >= self.per_minute:
            ready = max(ready, self._sent[-self.per_minute] + _WINDOW)
        return ready

    def sent(self, now: datetime) -> None:
        self._last = now
        if self.per_minute is not None:
            self._sent.append(now)

    def pause(self, until: datetime) -> None:
        """The channel said how long to wait."""
        self._paused_until = until
