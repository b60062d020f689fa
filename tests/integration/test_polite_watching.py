"""What a site sees of a program that watches it for five days: no more than was promised."""

from __future__ import annotations

from datetime import time, timedelta
from itertools import pairwise
from pathlib import Path

from notifier.domain.times import shanghai
from tests import platforms
from tests.watched_site import Request, Stay, five_days

_APART = 30  # seconds between two pages of a site
_HOP = ("/m/15.html",)  # what a page that moved leads to is the same page
_ON_PLATFORMS = (21, 22, 31, 41, 42)
_DAY = timedelta(days=1)


def test_a_site_sees_for_five_days_no_more_than_was_promised(tmp_path: Path) -> None:
    with five_days(tmp_path) as stay:
        _is_never_in_a_hurry(stay)
        _backs_off(stay)
        _takes_each_answer_for_what_it_is(stay)


def _is_never_in_a_hurry(stay: Stay) -> None:
    pages = [request for request in stay.requests if request.path not in _HOP]
    gaps = [later.steady - sooner.steady for sooner, later in pairwise(pages)]
    assert len(pages) > 150
    assert min(gaps) >= _APART
    assert stay.site.most_at_once == 1
    clocks = [shanghai(request.at).time() for request in stay.requests]
    assert time(7) <= min(clocks)
    assert max(clocks) < time(22)
    # the rules first, and once a day
    assert stay.requests[0].path == "/robots.txt"
    assert min(_pauses(stay.of("/robots.txt"))) >= _DAY
    assert stay.of("/private/1.html") == []
    # a page of the config each half hour, a notice of a list each six hours
    assert min(_pauses(stay.of("/counter.html"))) >= timedelta(minutes=30)
    assert min(_pauses(stay.of("/n/2.html"))) >= timedelta(hours=6)
    # so are the lists of platforms, and their notices
    assert min(_pauses(stay.of(platforms.NATIONAL_LIST))) >= timedelta(hours=1)
    assert min(_pauses(stay.of(platforms.SISTER_LIST))) >= timedelta(hours=4)
    assert min(_pauses(stay.of(platforms.TRADING_LIST))) >= timedelta(hours=1)
    for path in (
        platforms.national_path(22),
        platforms.sister_path(31),
        platforms.trading_path(41),
        platforms.trading_path(42),
    ):
        assert min(_pauses(stay.of(path))) >= timedelta(hours=6)
    agents = {request.headers["User-Agent"] for request in stay.requests}
    assert agents == {"auction-deadline-notifier"}
    assert not any("Cookie" in request.headers for request in stay.requests)


def _backs_off(stay: Stay) -> None:
    refused = [request for request in stay.of("/tired.html") if request.status == 403]
    pauses = _pauses(refused)
    # at least twice as long each time, up to a day: nights, and what the site asks for, add to it
    assert all(
        pause >= min(timedelta(hours=2**number), _DAY) for number, pause in enumerate(pauses)
    )
    assert max(pauses) >= _DAY
    (busy,) = [request for request in stay.of("/busy.html") if request.status == 429]
    after = [request for request in stay.requests if request.steady > busy.steady]
    assert after[0].at - busy.at >= timedelta(hours=3)  # the whole site is left alone
    for path in ("/huge.html", "/away.html"):
        assert len(stay.of(path)) < 12


def _takes_each_answer_for_what_it_is(stay: Stay) -> None:
    numbers = sorted(offer.parcel.parcel_no for offer in stay.program.ledger.parcels.all())
    assert numbers == sorted(
        f"2031-{number}号" for number in (1, 2, 3, 11, 12, 13, 14, 15, *_ON_PLATFORMS)
    )
    assert {request.status for request in stay.of("/list")} == {200, 304}
    assert [request.status for request in stay.of("/list")].count(200) == 2  # it changed once
    assert len(stay.of("/m/15.html")) == len(stay.of("/moved.html"))
    texts = "\n".join(stay.program.said())
    assert "网页没有了" in texts
    assert "读不到" in texts


def _pauses(requests: list[Request]) -> list[timedelta]:
    return [later.at - sooner.at for sooner, later in pairwise(requests)]
