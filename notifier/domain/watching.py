"""Decisions about a watched page: its next visit, and what a change or a fault means."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from enum import StrEnum

from notifier.domain.times import at_shanghai, aware, shanghai, utc

LONGEST_PAUSE = timedelta(days=1)
"""A page is looked at so often at least, whatever is wrong with it."""

_ALARM_AFTER = 3  # looks at which a page could not be read
_GONE_AFTER = 2  # looks at which a page was not there, or held nothing of what it held
_ENTRY_PAUSE = timedelta(hours=6)  # between two looks at a notice to which a list leads, at least
_LOOK_TWICE = timedelta(minutes=10)  # before what seems gone is looked for again
_LATEST_SPREAD = 0.1  # of a pause: pages are not all looked at in the same second


@dataclass(frozen=True, kw_only=True, slots=True)
class Watch:
    """A page that the config names.

    `every`: between two looks; `hours`: from when to when a day, in Shanghai.

    `allow_private`: it may stand on a machine of one's own network.
    """

    url: str
    every: timedelta = timedelta(minutes=30)
    hours: tuple[time, time] = (time(7), time(22))
    allow_private: bool = False


def split_address(address: str) -> tuple[str, str]:
    """Return the URL that a site is asked for, and the JSON that it is asked with, "" for none.

    What a site answers to POST alone is addressed as `https://land.example/list#{"page":1}`. Any
    other end (`#top`) names a part of a page, and no site is asked for it.
    """
    url, _, end = address.partition("#")
    return url, end if end.startswith("{") else ""


class PageRole(StrEnum):
    """The role of a page."""

    WATCHED = "watched"  # the config names it
    ENTRY = "entry"  # a list that is watched leads to it


class Look(StrEnum):
    """The result of a look at a page."""

    SAME = "same"
    CHANGED = "changed"
    GONE = "gone"  # not there, or nothing left of what it held
    UNREADABLE = "unreadable"


class News(StrEnum):
    """News about a page."""

    GONE = "gone"
    UNREADABLE = "unreadable"
    BACK = "back"


@dataclass(frozen=True, kw_only=True, slots=True)
class PageState:
    """The known state of a page.

    `facts`: a mark of what was read there last; empty: never anything.

    `until`: an entry is looked at again as long as a deadline of it is ahead. `told`: what people
    heard of it last. `good_at`: when it was read last; `changed_at`: when it said something new
    last; `failed_at`: the first of the looks that have failed since it was read last.
    """

    url: str
    role: PageRole
    watch_url: str
    next_at: datetime
    title: str = ""
    etag: str = ""
    modified: str = ""
    facts: str = ""
    failures: int = 0
    missing: int = 0
    good_at: datetime | None = None
    changed_at: datetime | None = None
    until: datetime | None = None
    trouble: str = ""
    told: str = ""
    failed_at: datetime | None = None

    def __post_init__(self) -> None:
        aware(self.next_at, "next_at")


def after_look(
    state: PageState,
    look: Look,
    watch: Watch,
    now: datetime,
    *,
    spread: float,
    wait: timedelta | None = None,
) -> tuple[PageState, News | None]:
    """Return the state after a look, and what people are to be told.

    `spread` from 0 to 1 is chance, by which looks are spread; `wait`: so long the site asks to be
    left alone.
    """
    found = replace(state, next_at=_next_at(state, look, watch, now, spread, wait))
    if look in (Look.SAME, Look.CHANGED):
        changed_at = now if look is Look.CHANGED else state.changed_at
        found = replace(
            found,
            failures=0,
            missing=0,
            good_at=now,
            changed_at=changed_at,
            trouble="",
            told="",
            failed_at=None,
        )
        return found, News.BACK if state.told else None
    failures = state.failures + 1
    missing = state.missing + 1 if look is Look.GONE else state.missing
    failed_at = now if state.failures == 0 else state.failed_at
    found = replace(found, failures=failures, missing=missing, failed_at=failed_at)
    news = _trouble(found, look)
    if news is None or news == state.told:
        return found, None
    return replace(found, told=news.value), news


def _trouble(state: PageState, look: Look) -> News | None:
    if look is Look.GONE and state.missing >= _GONE_AFTER:
        return News.GONE
    if state.failures >= _ALARM_AFTER and state.told != News.GONE:
        return News.UNREADABLE
    return None


def _next_at(
    state: PageState, look: Look, watch: Watch, now: datetime, spread: float, wait: timedelta | None
) -> datetime:
    is_never_read = state.good_at is None and look in (Look.GONE, Look.UNREADABLE)
    pause = watch.every if is_never_read else promised_pause(state.role, watch)
    if look is Look.GONE and state.missing + 1 < _GONE_AFTER:
        pause = min(pause, _LOOK_TWICE)
    if look is Look.UNREADABLE:
        pause *= 2 ** min(state.failures, 10)
    if wait is not None:
        pause = max(pause, wait)
    pause = min(pause, LONGEST_PAUSE)
    return within_hours(now + pause * (1 + _LATEST_SPREAD * spread), watch.hours, spread)


def promised_pause(role: PageRole, watch: Watch) -> timedelta:
    """Return the time between two looks at a page that is well, its hours left out."""
    return watch.every if role is PageRole.WATCHED else max(watch.every, _ENTRY_PAUSE)


def within_hours(at: datetime, hours: tuple[time, time], spread: float) -> datetime:
    """Return `at`, or the next time within the hours in which pages are looked at.

    Equal ends: all day.
    """
    if is_within_hours(at, hours):
        return at
    begin, _ = hours
    local = shanghai(at)
    day = local.date() if local.time() < begin else local.date() + timedelta(days=1)
    return utc(at_shanghai(day, begin)) + timedelta(minutes=10) * spread


def is_within_hours(at: datetime, hours: tuple[time, time]) -> bool:
    """Return whether pages are looked at then. Equal ends: all day."""
    begin, end = hours
    clock = shanghai(at).time()
    if begin <= end:
        return begin == end or begin <= clock < end
    return clock >= begin or clock < end
