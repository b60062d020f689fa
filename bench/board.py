"""The board under load, and whether a reminder is late for it."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.figures import Figure, percentile
from bench.visitors import RATE, STREAMS
from bench.worlds import service_on, settings_of
from notifier import app
from notifier.clock import SystemClock
from notifier.config import Settings
from notifier.domain.drafts import DraftKind
from notifier.engines.embedded import Embedded
from notifier.ledger import open_ledger
from notifier.ports import Ledger
from notifier.service import Tried
from notifier.service.sign_in import SignIn
from notifier.testing import FakeChannel, a_notice, a_parcel
from tests.daemon import free_port

_PARCELS, _DUE = 5_000, 1_000
_SECONDS = 20.0
_STARTS_IN = timedelta(seconds=60)  # the ledger is filled and the board open by then
_LEAD = timedelta(hours=1)
_A_NOTICE = 100
_MOST_LATE = 0.100


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        late, seen = _under_load(Path(folder))
    yield Figure(
        what=f"{_DUE:,} reminders due within {_SECONDS:.0f} s, while the board of {_PARCELS:,} "
        "parcels is asked "
        f"{RATE} times a second with {STREAMS} event streams open",
        target=f"none late by more than {_MOST_LATE * 1000:.0f} ms",
        ours=f"the latest {max(late, default=0) * 1000:.0f} ms, p99 "
        f"{percentile(late, 99) * 1000:.0f} ms",
        met=len(late) == _DUE and max(late) <= _MOST_LATE,
        bound="two transactions with synchronous=FULL; the board is another process",
    )
    pages = seen["seconds"]
    yield Figure(
        what="a page of the board meanwhile",
        target="p99 < 200 ms, none refused",
        ours=f"{len(pages) / _SECONDS:.0f} a second, p99 {percentile(pages, 99) * 1000:.0f} ms, "
        f"{seen['failures']} refused, {seen['streams']} streams",
        met=percentile(pages, 99) < 0.200 and not seen["failures"] and seen["streams"] == STREAMS,
        bound="rendering, once a minute for each filter and after each change",
    )


def _under_load(folder: Path) -> tuple[list[float], dict[str, Any]]:
    port = free_port()
    text = f"""group_wait = "0s"
[web]
listen = "127.0.0.1:{port}"
[channels.console]
url = "console://"
per_minute = 100000
[[recipients]]
name = "team"
channels = ["console"]
rules = [{{ milestone = "registration_close", leads = ["1h"] }}]
[confirmation]
required = false
"""
    settings = settings_of(folder, text)
    begin = datetime.now(UTC) + _STARTS_IN
    due = {
        f"测地{number}号": begin + timedelta(seconds=number * _SECONDS / _DUE)
        for number in range(_DUE)
    }
    ledger = open_ledger(settings.ledger)
    _fill(ledger, due, begin)
    service_on(settings, ledger).planning.replan(datetime.now(UTC))
    with _board(settings.file):
        cookie = _signed_in(settings, ledger, port)
        return _measured(settings, ledger, due, begin, [str(port), cookie, str(_SECONDS)])


def _fill(ledger: Ledger, due: dict[str, datetime], begin: datetime) -> None:
    """Parcels whose reminders are `due`, and as many others as the board is to hold."""
    closes = {name: at + _LEAD for name, at in due.items()}
    for number in range(_PARCELS - len(due)):
        closes[f"他地{number}号"] = begin + timedelta(days=2, minutes=number)
    names = list(closes)
    for first in range(0, len(names), _A_NOTICE):
        parcels = tuple(
            a_parcel(parcel_no=name, milestones={"registration_close": closes[name]})
            for name in names[first : first + _A_NOTICE]
        )
        notice = a_notice(notice_no=f"测告{first}号", file=f"{first}.csv", parcels=parcels)
        ledger.notices.save(notice, (), begin - timedelta(days=1))


@contextmanager
def _board(config: Path) -> Iterator[None]:
    program = [sys.executable, "-m", "notifier", "-c", str(config), "web"]
    process = subprocess.Popen(program, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        process.stdout.readline()  # its address, when it listens
        yield
    finally:
        process.terminate()
        process.wait(10)


def _signed_in(settings: Settings, ledger: Ledger, port: int) -> str:
    """Sign in as a browser does; return the session's cookie."""
    link = SignIn(ledger, lambda: settings).make_link("team", datetime.now(UTC))
    connection = http.client.HTTPConnection("127.0.0.1", port)
    headers = {"Origin": f"http://127.0.0.1:{port}", "Content-Length": "0"}
    connection.request("POST", f"/sign-in/{link}", headers=headers)
    cookie = connection.getresponse().headers["set-cookie"]
    connection.close()
    return cookie.partition("=")[2].partition(";")[0]


def _measured(
    settings: Settings, ledger: Ledger, due: dict[str, datetime], begin: datetime, visit: list[str]
) -> tuple[list[float], dict[str, Any]]:
    late: list[float] = []
    done = threading.Event()

    def heard(tried: Tried) -> None:
        if tried.draft.kind is not DraftKind.REMINDER:
            return
        now = datetime.now(UTC)
        late.extend(
            (now - due[item.offer.parcel.parcel_no]).total_seconds() for item in tried.draft.items
        )
        if len(late) >= len(due):
            done.set()

    channel = FakeChannel("console")
    service = app.build(
        settings, ledger, SystemClock(), channels={"console": channel}, on_tried=heard
    )
    engine = Embedded(service=service, clock=SystemClock(), reload=lambda: None)
    engine.start()
    time.sleep(max(0.0, (begin - datetime.now(UTC)).total_seconds() - 1))
    visitors = subprocess.Popen(
        [sys.executable, "-m", "bench.visitors", *visit], stdout=subprocess.PIPE, text=True
    )
    seen = json.loads(visitors.communicate(timeout=_SECONDS + 60)[0])
    done.wait(30)
    engine.end()
    ledger.close()
    return late, seen
