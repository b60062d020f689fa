"""When a page is looked at again, and what people hear of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.times import shanghai
from notifier.domain.watching import (
    Look,
    News,
    PageRole,
    PageState,
    Watch,
    after_look,
    within_hours,
)
from notifier.testing import shanghai_time

_NOW = shanghai_time("2031-05-06 10:00")
_WATCH = Watch(url="https://a.example/", every=timedelta(minutes=30))
_STATE = PageState(url=_WATCH.url, role=PageRole.WATCHED, watch_url=_WATCH.url, next_at=_NOW)


def looked(state: PageState, *looks: Look) -> tuple[PageState, list[News | None]]:
    news_told = []
    for look in looks:
        state, news = after_look(state, look, _WATCH, _NOW, spread=0.0)
        news_told.append(news)
    return state, news_told


def test_a_page_that_cannot_be_read_is_told_of_once_and_when_it_is_back() -> None:
    state, news_told = looked(_STATE, *[Look.UNREADABLE] * 5, Look.SAME, Look.SAME)
    assert news_told == [None, None, News.UNREADABLE, None, None, News.BACK, None]
    assert (state.failures, state.told, state.good_at) == (0, "", _NOW)


def test_a_page_that_is_gone_is_looked_for_twice_before_it_is_told() -> None:
    _, news_told = looked(
        _STATE, Look.GONE, Look.SAME, Look.GONE, Look.GONE, Look.GONE, Look.CHANGED
    )
    assert news_told == [None, None, None, News.GONE, None, News.BACK]


def test_a_page_that_seems_gone_is_looked_for_again_soon() -> None:
    state, _ = looked(_STATE, Look.GONE)
    assert state.next_at - _NOW == timedelta(minutes=10)


def test_a_page_in_trouble_is_looked_at_ever_more_seldom_but_daily() -> None:
    pauses = []
    state = _STATE
    for _ in range(12):
        state, _news = after_look(
            state, Look.UNREADABLE, replace(_WATCH, hours=(time(0), time(0))), _NOW, spread=0.0
        )
        pauses.append(state.next_at - _NOW)
    assert pauses[:3] == [timedelta(minutes=30), timedelta(minutes=60), timedelta(minutes=120)]
    assert pauses[-1] == timedelta(days=1)


def test_a_site_that_asks_to_be_left_alone_is() -> None:
    state, _ = after_look(
        _STATE, Look.UNREADABLE, _WATCH, _NOW, spread=0.0, wait=timedelta(hours=5)
    )
    assert state.next_at - _NOW == timedelta(hours=5)


@given(
    at=st.datetimes().map(
        lambda found: shanghai_time("2031-01-01 00:00") + (found - found.min) % timedelta(days=300)
    ),
    begin=st.times(),
    end=st.times(),
    spread=st.floats(0, 1),
)
def test_a_look_falls_into_the_hours_of_the_day(
    at: object, begin: time, end: time, spread: float
) -> None:
    from datetime import datetime

    assert isinstance(at, datetime)
    found = within_hours(at, (begin, end), spread)
    assert at <= found <= at + timedelta(days=1, minutes=11)
    if found != at and begin < end:
        assert shanghai(found).time() >= begin
