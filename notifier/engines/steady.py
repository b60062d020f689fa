"""APScheduler by the monotonic clock: setting the wall clock neither delays nor repeats a job."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from apscheduler.triggers.base import BaseTrigger

from notifier.clock import steady

_BEGIN = datetime(2000, 1, 1)  # noqa: DTZ001  # any will do: only differences count


class SteadyTime(tzinfo):
    """A "time zone" whose present is not the wall clock's: 2000 plus the machine's uptime.

    APScheduler 3 asks for the present in one way: `datetime.now` in its own `timezone`, and Python
    has the zone convert it (`tzinfo.fromutc`). Every instant that the scheduler compares must be of
    this zone: of `now` below, or a trigger's `now` plus something.
    """

    def fromutc(self, dt: datetime) -> datetime:
        """Return the present; `dt`, the wall clock's, is not used."""
        del dt
        return (_BEGIN + timedelta(seconds=steady())).replace(tzinfo=self)

    def utcoffset(self, dt: datetime | None) -> timedelta:
        del dt
        return timedelta(0)

    def dst(self, dt: datetime | None) -> timedelta:
        del dt
        return timedelta(0)

    def tzname(self, dt: datetime | None) -> str:
        del dt
        return "steady"

    def now(self) -> datetime:
        """Return the present, for `next_run_time` of a job."""
        return self.fromutc(_BEGIN)


class Every(BaseTrigger):  # type: ignore[misc]  # APScheduler carries no types
    """A trigger that fires `seconds` after it was last asked; a missed time is not made up for."""

    def __init__(self, seconds: float) -> None:
        self._wait = timedelta(seconds=seconds)

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        del previous_fire_time
        return now + self._wait
