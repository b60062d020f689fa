"""Instants and what is left of the time, in words. Every clock time is Asia/Shanghai's."""

from __future__ import annotations

from datetime import datetime, timedelta

from notifier.domain.drafts import Language
from notifier.domain.times import shanghai
from notifier.messages.catalogue import Words, words

_EXACT_BELOW = timedelta(minutes=10)
_HOURS_SHOWN_BELOW = 7  # days


def _minutes(delta: timedelta) -> int:
    """Whole minutes; rounded only while half a minute cannot matter."""
    if delta >= _EXACT_BELOW:
        delta += timedelta(seconds=30)
    return int(delta.total_seconds() // 60)


def left(delta: timedelta, language: Language = "zh") -> str:
    """Return the time that is left: `还剩3小时`, `还剩2天3小时`, `25 min left`.

    Nothing left: `已到时间`, a minute later `已过1分钟`.
    """
    say = words(language)
    if delta <= timedelta(0):
        return _over(-delta, say)
    hours, minutes = divmod(_minutes(delta), 60)
    days, hours_of_day = divmod(hours, 24)
    if days:
        key = "left.days_hours" if hours_of_day and days < _HOURS_SHOWN_BELOW else "left.days"
        return say(key, days=days, hours=hours_of_day)
    if hours:
        return say("left.hours_minutes" if minutes else "left.hours", hours=hours, minutes=minutes)
    return say("left.minutes", minutes=minutes) if minutes else say("left.moment")


def left_of_day(at: datetime, now: datetime, language: Language = "zh") -> str:
    """Return the days left until a day without a time of day, in words."""
    say = words(language)
    days = (shanghai(at).date() - shanghai(now).date()).days
    if days > 0:
        return say("left.days", days=days)
    return say("ago.days", days=-days) if days else say("left.this_day")


def _over(delta: timedelta, say: Words) -> str:
    """In the largest unit."""
    minutes = int(delta.total_seconds() // 60)
    if minutes >= 24 * 60:
        return say("ago.days", days=minutes // (24 * 60))
    if minutes >= 60:
        return say("ago.hours", hours=minutes // 60)
    return say("ago.minutes", minutes=minutes) if minutes else say("left.over")


def date_words(at: datetime, now: datetime, say: Words) -> str:
    """`今天 11月14日（周四）`; the year is said when it is not the present one."""
    local, today = shanghai(at), shanghai(now)
    key = "time.date" if local.year == today.year else "time.date_with_year"
    date = say(key, **_parts(local, say))
    near = _near(local, today, say)
    return say("time.near_date", near=near, date=date) if near else date


def moment(at: datetime, now: datetime, say: Words, *, day_only: bool = False) -> str:
    """`今天 11月14日（周四）17:00`; a day without a time of day is said without one."""
    date = date_words(at, now, say)
    return date if day_only else say("time.at", date=date, clock=f"{shanghai(at):%H:%M}")


def short_moment(at: datetime, now: datetime, say: Words, *, day_only: bool = False) -> str:
    """`今天17:00`, `11月14日17:00`: for a title."""
    local = shanghai(at)
    near = _near(local, shanghai(now), say)
    parts = _parts(local, say) | {"clock": "" if day_only else f"{local:%H:%M}", "near": near}
    return say("time.title_near" if near else "time.title_far", **parts).strip()


def _near(local: datetime, today: datetime, say: Words) -> str:
    days = (local.date() - today.date()).days
    near = say("time.near").split()
    return near[days] if 0 <= days < len(near) else ""


def _parts(local: datetime, say: Words) -> dict[str, object]:
    months = say("time.months").split()
    return {
        "year": local.year,
        "month": local.month,
        "day": local.day,
        "weekday": say("time.weekdays").split()[local.weekday()],
        "month_name": months[local.month - 1] if months else "",
    }
