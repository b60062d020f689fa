"""Each page of the board on a ledger of 5,000 parcels, alone, before and after a change."""

from __future__ import annotations

import gc
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from starlette.testclient import TestClient

from bench.figures import Figure
from bench.worlds import settings_of
from notifier import app
from notifier.config import Settings
from notifier.domain.findings import Code
from notifier.domain.values import Evidence, Finding, Parcel
from notifier.ledger import SqlLedger, open_ledger
from notifier.testing import FakeChannel, ManualClock, a_notice, a_parcel
from notifier.web.site import build_application, build_site
from notifier.web.visits import Site

_PARCELS, _A_NOTICE = 5_000, 20
_ROUNDS = 5
_MOST = 0.200
_HOST = "http://127.0.0.1:8010"
_PATHS = {
    "board": "/",
    "board, searched": "/?q=77",
    "wall": "/?wall=1",
    "parcel": "/parcel/77",
    "review": "/review",
    "news": "/news",
    "news of a week": "/news?days=7",
    "files": "/files",
    "silences": "/silences",
    "sign-in": "/sign-in",
}
_TEXT = """group_wait = "0s"
[channels.console]
url = "console://"
per_minute = 100000
[[recipients]]
name = "team"
channels = ["console"]
rules = [{ milestone = "registration_close", leads = ["7d", "1d", "1h"] }]
[[recipients]]
name = "others"
channels = ["console"]
"""


def figures() -> Iterator[Figure]:
    for name, (warm, cold) in measured().items():
        yield Figure(
            what=f"{name}: a page of {_PARCELS:,} parcels, none confirmed, each with a doubt, "
            "asked for alone",
            target=f"< {_MOST * 1000:.0f} ms after a change",
            ours=f"{cold * 1000:.0f} ms; again without a change {warm * 1000:.0f} ms",
            met=cold < _MOST,
            bound="reading what changed; ranking; rendering",
        )


def measured(url: str = "") -> dict[str, tuple[float, float]]:
    """Return page -> (seconds without a change, seconds after one), the median of some rounds.

    `url`: of a ledger on PostgreSQL; empty: on SQLite.
    """
    with tempfile.TemporaryDirectory() as folder:
        place = f'[ledger]\nurl = "{url}"\n' if url else ""
        settings = settings_of(Path(folder), place + _TEXT)
        clock = ManualClock(datetime.now(UTC).replace(second=0, microsecond=0))
        with open_ledger(settings.ledger_place) as ledger:
            _fill(ledger, clock.now())
            _send(settings, ledger, clock)
            return _pages(build_site(ledger, lambda: settings, clock), clock)


def _fill(ledger: SqlLedger, now: datetime) -> None:
    known_at = now - timedelta(hours=1)
    for first in range(0, _PARCELS, _A_NOTICE):
        numbers = range(first, first + _A_NOTICE)
        closes = {number: now + timedelta(days=2, minutes=number * 7) for number in numbers}
        notice = a_notice(
            notice_no=f"测告{first}号",
            file=f"{first}.csv",
            parcels=tuple(_parcel(number, at) for number, at in closes.items()),
        )
        findings = tuple(_finding(number, at) for number, at in closes.items())
        ledger.notices.save(notice, findings, known_at)


def _parcel(number: int, closes: datetime) -> Parcel:
    milestones = {
        "registration_open": closes - timedelta(days=1),
        "registration_close": closes,
        "deposit_close": closes,
        "bidding_open": closes + timedelta(days=1),
        "bidding_close": closes + timedelta(days=11),
    }
    return a_parcel(
        parcel_no=f"测地{number}号", location=f"测试路{number}号", milestones=milestones
    )


def _finding(number: int, closes: datetime) -> Finding:
    candidates = (
        Evidence(at=closes, quote=f"{number}"),
        Evidence(at=closes + timedelta(days=1), quote=f"{number}"),
    )
    return Finding(
        code=Code.PLACES_DISAGREE,
        parcel_no=f"测地{number}号",
        field="registration_close",
        params={"values": "2"},
        candidates=candidates,
    )


def _send(settings: Settings, ledger: SqlLedger, clock: ManualClock) -> None:
    """Send what is due, the news of all parcels with it, until nothing is left."""
    channel = FakeChannel("console")
    service = app.build(settings, ledger, clock, channels={"console": channel})
    service.planning.replan(clock.now())
    clock.move(timedelta(minutes=1))
    service.dispatch.queue_due(clock.now())
    while service.sending.send_next("console", clock.now()) == clock.now():
        pass


def _pages(site: Site, clock: ManualClock) -> dict[str, tuple[float, float]]:
    headers = {"sec-fetch-site": "same-origin", "origin": _HOST}
    with TestClient(
        build_application(site), base_url=_HOST, headers=headers, follow_redirects=False
    ) as browser:
        browser.post(f"/sign-in/{site.sign_in.make_link('team', clock.now())}")
        gc.collect()
        gc.freeze()  # as the board's process does
        try:
            return {name: _timed(site, clock, browser, path) for name, path in _PATHS.items()}
        finally:
            gc.unfreeze()


def _timed(site: Site, clock: ManualClock, browser: TestClient, path: str) -> tuple[float, float]:
    _seconds(browser, path)  # its template is read
    warm, cold = [], []
    for _ in range(_ROUNDS):
        warm.append(_seconds(browser, path))
        clock.move(timedelta(seconds=1))
        number = int(clock.steady()) % _PARCELS
        site.desk.acknowledge(f"测地{number}号", "registration_close", now=clock.now())
        cold.append(_seconds(browser, path))
    return median(warm), median(cold)


def _seconds(browser: TestClient, path: str) -> float:
    begin = time.perf_counter()
    answer = browser.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return time.perf_counter() - begin
