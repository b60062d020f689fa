"""Instants and what is left of the time, as people read them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.drafts import Language
from notifier.domain.times import shanghai
from notifier.messages.catalogue import words
from notifier.messages.when import left, moment, short_moment
from notifier.testing import shanghai_time
from tests.drafts import NOW


@pytest.mark.parametrize(
    ("delta", "zh", "en"),
    [
        (timedelta(days=3, hours=10), "还剩3天10小时", "3 d 10 h left"),
        (timedelta(days=3), "还剩3天", "3 d left"),
        (timedelta(days=9, hours=10), "还剩9天", "9 d left"),
        (timedelta(hours=3), "还剩3小时", "3 h left"),
        (timedelta(hours=3, minutes=5), "还剩3小时5分钟", "3 h 5 min left"),
        (timedelta(minutes=59, seconds=40), "还剩1小时", "1 h left"),
        (timedelta(minutes=2, seconds=59), "还剩2分钟", "2 min left"),
        (timedelta(seconds=20), "还剩不到1分钟", "less than 1 min left"),
        (timedelta(0), "已到时间", "time is up"),
        (-timedelta(seconds=59), "已到时间", "time is up"),
        (-timedelta(minutes=5), "已过5分钟", "5 min ago"),
        (-timedelta(hours=2, minutes=50), "已过2小时", "2 h ago"),
        (-timedelta(days=9, hours=5), "已过9天", "9 d ago"),
    ],
)
def test_what_is_left_is_said_as_people_say_it(delta: timedelta, zh: str, en: str) -> None:
    assert left(delta) == zh
    assert left(delta, "en") == en


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400)))
def test_never_more_time_is_promised_than_half_a_minute_above_what_is_left(
    delta: timedelta,
) -> None:
    words = left(delta, "en").replace("less than 1 min", "0 min").removesuffix(" left").split()
    units = {"d": timedelta(days=1), "h": timedelta(hours=1), "min": timedelta(minutes=1)}
    if words == ["time", "is", "up"]:
        assert delta == timedelta(0)
        return
    promised = sum(
        (int(count) * units[unit] for count, unit in zip(words[::2], words[1::2], strict=True)),
        timedelta(0),
    )
    assert promised <= delta + (
        timedelta(seconds=30) if delta >= timedelta(minutes=10) else timedelta(0)
    )
    assert delta - promised < (
        timedelta(days=1) if delta >= timedelta(days=7) else timedelta(hours=1)
    )


@pytest.mark.parametrize(
    ("at", "zh", "en"),
    [
        ("2024-11-14 17:00", "今天 11月14日（周四）17:00", "today, Thu 14 Nov 17:00"),
        ("2024-11-15 09:05", "明天 11月15日（周五）09:05", "tomorrow, Fri 15 Nov 09:05"),
        ("2024-11-16 10:00", "后天 11月16日（周六）10:00", "Sat 16 Nov 10:00"),
        ("2024-11-18 10:00", "11月18日（周一）10:00", "Mon 18 Nov 10:00"),
        ("2024-11-13 10:00", "11月13日（周三）10:00", "Wed 13 Nov 10:00"),
        ("2025-01-06 10:00", "2025年1月6日（周一）10:00", "Mon 6 Jan 2025 10:00"),
    ],
)
def test_an_instant_has_date_weekday_and_time_and_its_year_if_it_is_another(
    at: str, zh: str, en: str
) -> None:
    assert moment(shanghai_time(at), NOW, words("zh")) == zh
    assert moment(shanghai_time(at), NOW, words("en")) == en


def test_a_day_without_a_time_of_day_is_said_without_one() -> None:
    at = shanghai_time("2024-11-18 00:00")
    assert moment(at, NOW, words("zh"), day_only=True) == "11月18日（周一）"
    assert short_moment(at, NOW, words("zh"), day_only=True) == "11月18日"
    assert short_moment(at, NOW, words("en"), day_only=True) == "18 Nov"


@pytest.mark.parametrize(
    ("at", "zh", "en"),
    [
        ("2024-11-14 17:00", "今天17:00", "today 17:00"),
        ("2024-11-20 10:00", "11月20日10:00", "20 Nov 10:00"),
    ],
)
def test_in_a_title_the_instant_is_short(at: str, zh: str, en: str) -> None:
    assert short_moment(shanghai_time(at), NOW, words("zh")) == zh
    assert short_moment(shanghai_time(at), NOW, words("en")) == en


@pytest.mark.parametrize("language", ["zh", "en"])
def test_days_are_shanghais_wherever_the_instant_comes_from(language: Language) -> None:
    late = datetime.fromisoformat("2024-11-14T23:30:00+08:00")
    same = datetime.fromisoformat("2024-11-14T15:30:00+00:00")
    say = words(language)
    assert moment(same, NOW, say) == moment(late, NOW, say)
    assert shanghai(same).day == 14
