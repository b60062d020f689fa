"""How fast each channel is spoken to, and which wait because they are in trouble."""

from __future__ import annotations

from datetime import timedelta

from notifier.domain.pace import Pace, PaceLimit
from notifier.ports import Clock
from notifier.service.setup import ActiveSetup


class Paces:
    """The pace of each channel. A reload keeps it: what was sent before counts."""

    def __init__(self, *, active: ActiveSetup, clock: Clock, is_shared: bool = False) -> None:
        """`is_shared`: other nodes speak to the same channels."""
        self._active = active
        self._clock = clock
        self._is_shared = is_shared
        self._paces: dict[str, Pace] = {}

    def wait(self, channel: str) -> timedelta | None:
        """Return how long `channel` has to wait before its next message, None if it need not."""
        present = self._clock.steady()
        seconds = self._pace(channel).ready_at(present) - present
        return timedelta(seconds=seconds) if seconds > 0 else None

    def limit(self, channel: str) -> PaceLimit | None:
        """Return the pace that all nodes keep together; None if there is none."""
        settings = self._active.setup.settings.channels.get(channel)
        if not self._is_shared or settings is None:
            return None
        if settings.per_minute is None and not settings.seconds_apart:
            return None
        apart = timedelta(seconds=settings.seconds_apart)
        return PaceLimit(per_minute=settings.per_minute, apart=apart)

    def note_sent(self, channel: str) -> None:
        self._pace(channel).sent(self._clock.steady())

    def pause(self, channel: str, length: timedelta) -> None:
        self._pace(channel).pause(self._clock.steady() + length.total_seconds())

    def _pace(self, channel: str) -> Pace:
        pace = self._paces.setdefault(channel, Pace())
        settings = self._active.setup.settings.channels.get(channel)
        if settings is not None:
            pace.per_minute = settings.per_minute
            pace.apart = settings.seconds_apart
        return pace
