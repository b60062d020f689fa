"""Instants: aware only, UTC inside, Asia/Shanghai at the edges."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def aware(instant: datetime, name: str = "instant") -> datetime:
    """`instant` itself; ValueError if it carries no time zone."""
    if instant.tzinfo is UTC:  # the usual one: a plan holds a million of them
        return instant
    if instant.tzinfo is None or instant.utcoffset() is None:
        raise ValueError(f"{name} {instant!r} has no time zone")
    return instant


def utc(instant: datetime) -> datetime:
    return instant if instant.tzinfo is UTC else aware(instant).astimezone(UTC)


def shanghai(instant: datetime) -> datetime:
    return aware(instant).astimezone(SHANGHAI)


def at_shanghai(day: date, clock: time) -> datetime:
    """The instant at which clocks in China show `clock` on `day`."""
    return datetime.combine(day, clock, tzinfo=SHANGHAI)


def shanghai_iso(instant: datetime) -> str:
    """`2024-11-14T17:00:00+08:00`, the form of every JSON output."""
    return shanghai(instant).isoformat(timespec="seconds")
