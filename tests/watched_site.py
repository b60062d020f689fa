"""Five days at a bureau's site on loopback that does all that such sites do, by a virtual clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from threading import Event

from notifier.testing import shanghai_time
from tests import platforms
from tests.peers.land_site import LandSite, Page, land_site
from tests.services import CONSOLE, World

_START = shanghai_time("2031-04-21 09:00")
_DAYS = 5
_CLOSE = shanghai_time("2031-04-22 20:30")  # an evening on which no daemon runs
_AGAIN = shanghai_time("2031-04-22 23:00")
_FINELY = timedelta(seconds=7)  # between two steps at first
_FINELY_FOR = timedelta(minutes=40)
_COARSELY = timedelta(seconds=45)
_SLOW = 0.1  # seconds that the slow page takes
_TIRED_AFTER = 4  # looks after which the site has had enough
_COOKIE = {"Set-Cookie": "visitor=7; Path=/"}
_TEAM = (
    '[operators]\nchannels = ["console"]\n[[recipients]]\nname = "team"\nchannels = ["console"]\n'
)
WATCHED = {
    "/list": "1h",
    "/counter.html": "30m",
    "/tired.html": "1h",
    "/moved.html": "4h",
    "/away.html": "4h",
    "/busy.html": "4h",
    "/huge.html": "4h",
    "/slow.html": "4h",
    "/private/1.html": "4h",
    platforms.NATIONAL_LIST: "1h",
    platforms.SISTER_LIST: "4h",
    platforms.TRADING_LIST: "1h",
}
"""The pages that the config names, and how often."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """A request as the site saw it; `at` and `steady`: by the program's clocks."""

    at: datetime
    steady: float
    path: str
    status: int
    headers: Mapping[str, str]


@dataclass(slots=True)
class Stay:
    """What the site saw, and the program that looked."""

    program: World
    site: LandSite
    requests: list[Request] = field(default_factory=list)

    def of(self, path: str) -> list[Request]:
        """Return the requests for one path, in order."""
        return [request for request in self.requests if request.path == path]


@contextmanager
def five_days(folder: Path) -> Iterator[Stay]:
    """Watch the site for five days, with one evening on which no daemon runs."""
    with land_site() as site:
        watches = "".join(
            f'[[watch]]\nurl = \'{site.url(path)}\'\nevery = "{every}"\nhours = "07:00-22:00"\n'
            "allow_private = true\n"
            for path, every in WATCHED.items()
        )
        program = World(folder, CONSOLE + _TEAM + watches, _START)
        stay = Stay(program, site)
        _open(stay)
        try:
            _look(stay)
            yield stay
        finally:
            program.ledger.close()


def notice(number: int) -> bytes:
    """A notice of one parcel, in GB18030, and nothing that says so."""
    text = (
        "<html><body><h1>测试市自然资源局国有建设用地使用权挂牌出让公告</h1>"
        f"<p>测自然资告字〔2031〕{number}号</p><table><tr><td>地块编号</td><td>位置</td></tr>"
        f"<tr><td>2031-{number}号</td><td>测试路东</td></tr></table>"
        "<p>一、报名截止时间：2031年5月20日17时00分。</p>"
        "<p>二、挂牌时间：2031年5月12日9时00分至2031年5月22日10时00分。</p></body></html>"
    )
    return text.encode("gb18030")


def _open(stay: Stay) -> None:
    """Let the site answer, and note each answer with the time of the program's clocks."""
    stay.site.pages.clear()
    for path, page in _pages(stay).items():
        stay.site.pages[path] = _noted(stay, path, page)


def _noted(stay: Stay, path: str, make: Callable[[], Page]) -> Callable[[], Page]:
    def answer() -> Page:
        page = make()
        clock = stay.program.clock
        headers = stay.site.asked[-1][1]
        is_known = bool(page.etag) and headers.get("If-None-Match") == page.etag
        stay.requests.append(
            Request(
                at=clock.now(),
                steady=clock.steady(),
                path=path,
                status=304 if is_known else page.status,
                headers=headers,
            )
        )
        return page

    return answer


def _pages(stay: Stay) -> dict[str, Callable[[], Page]]:
    counter, tired, busy = count(), count(), count()

    def is_after(days: int) -> bool:
        return stay.program.clock.now() >= _START + timedelta(days=days)

    def listed() -> Page:
        numbers = (1, 2, 3) if is_after(1) else (1, 2)
        links = "".join(
            f'<li><a href="/n/{n}.html">测自然资告字〔2031〕{n}号国有建设用地挂牌出让公告</a></li>'
            for n in numbers
        )
        body = f"<html><body><ul>{links}</ul></body></html>".encode()
        return Page(body=body, packed=True, etag=f'"{len(numbers)}"', headers=_COOKIE)

    def counting() -> Page:
        clock = f"<p>浏览次数：{next(counter)}</p>".encode("gb18030")
        return Page(body=notice(11) + clock, headers=_COOKIE)

    def is_tired() -> Page:
        enough = next(tired) >= _TIRED_AFTER
        return Page(status=403) if enough else Page(body=notice(12))

    def is_busy() -> Page:
        if next(busy) == 1:
            return Page(status=429, headers={"Retry-After": "10800"})
        return Page(body=notice(13))

    def slow() -> Page:
        Event().wait(_SLOW)
        return Page(body=notice(14))

    away = f"http://localhost:{stay.site.port}/n/1.html"
    return {
        "/robots.txt": lambda: Page(body=b"User-agent: *\nDisallow: /private/\n"),
        "/list": listed,
        "/n/1.html": lambda: Page(status=404) if is_after(2) else Page(body=notice(1)),
        "/n/2.html": lambda: Page(body=notice(2), packed=True),
        "/n/3.html": lambda: Page(body=notice(3)),
        "/moved.html": lambda: Page(status=302, headers={"Location": "/m/15.html"}),
        "/m/15.html": lambda: Page(body=notice(15)),
        "/away.html": lambda: Page(status=302, headers={"Location": away}),
        "/counter.html": counting,
        "/tired.html": is_tired,
        "/busy.html": is_busy,
        "/huge.html": lambda: Page(body=b"<html>" + b"x" * 5_500_000),
        "/slow.html": slow,
        "/private/1.html": lambda: Page(body=notice(16)),
        **_platforms(is_after),
    }


def _platforms(is_after: Callable[[int], bool]) -> dict[str, Callable[[], Page]]:
    """The lists of trading platforms, two of which list a new notice after a day."""

    def national() -> Page:
        return Page(body=platforms.national_list((22, 21) if is_after(1) else (21,)))

    def trading() -> Page:
        return Page(body=platforms.trading_list((42, 41) if is_after(1) else (41,)))

    def fleeting() -> Page:
        return Page(body=b'{"data":null}' if is_after(2) else platforms.national_notice(21))

    return {
        platforms.NATIONAL_LIST: national,
        platforms.national_path(21): fleeting,
        platforms.national_path(22): lambda: Page(body=platforms.national_notice(22)),
        platforms.SISTER_LIST: lambda: Page(body=platforms.sister_list((31,))),
        platforms.sister_path(31): lambda: Page(body=platforms.sister_notice(31)),
        platforms.TRADING_LIST: trading,
        platforms.trading_path(41): lambda: Page(body=platforms.trading_notice(41)),
        platforms.trading_path(42): lambda: Page(body=platforms.trading_notice(42)),
    }


def _look(stay: Stay) -> None:
    """Call the step every few seconds at first, then whenever a page is due."""
    program = stay.program
    until = _START + timedelta(days=_DAYS)
    while (now := program.clock.now()) < until:
        is_fine = now < _START + _FINELY_FOR
        due_at = min((page.next_at for page in program.ledger.pages.all()), default=now)
        ahead = now + (_FINELY if is_fine else _COARSELY)
        program.clock.set(_unless_down(ahead if is_fine else max(ahead, min(due_at, until))))
        program.service.pages.step(program.clock.now())
    program.work()


def _unless_down(at: datetime) -> datetime:
    """Return the instant, or the one at which the daemon runs again."""
    return _AGAIN if _CLOSE <= at < _AGAIN else at
