"""Whether the watchdog is fed: a daemon that hangs must not pass for one that says its ledger is
away."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import cast

from notifier.errors import LedgerError
from notifier.service.ledger_health import LedgerHealth
from notifier.service.operator_alerts import Alerts
from notifier.testing import ManualClock, shanghai_time


class _Alerts:
    """Keeps the alerts that it is given, and sends nothing."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send_now(self, alert: str, params: Mapping[str, str], now: datetime) -> bool:
        assert params
        assert now
        self.sent.append(alert)
        return True

    def send_all_clear(self, alert: str, all_clear: str, now: datetime) -> None:
        assert alert
        assert now
        self.sent.append(all_clear)


def test_a_failure_of_long_ago_does_not_make_a_hanging_daemon_pass_for_a_living_one() -> None:
    clock = ManualClock(shanghai_time("2031-05-06 10:00"))
    health = LedgerHealth(alerts=cast(Alerts, _Alerts()), clock=clock, ending=threading.Event())
    found = []
    clock.move(timedelta(seconds=90))
    found.append(health.is_responsive)
    health.note_failure("inbox", LedgerError("it is away"), clock.now())
    found.append(health.is_responsive)
    clock.move(timedelta(seconds=90))
    found.append(health.is_responsive)
    health.note_dispatched()
    found.append(health.is_responsive)
    assert found == [False, True, False, True]


def test_a_trouble_ends_when_every_step_that_failed_works_again() -> None:
    clock = ManualClock(shanghai_time("2031-05-06 10:00"))
    alerts = _Alerts()
    health = LedgerHealth(alerts=cast(Alerts, alerts), clock=clock, ending=threading.Event())
    full = LedgerError("the disk is full")
    for step in ("inbox", "housekeeping"):
        health.note_failure(step, full, clock.now())
    for step in ("dispatch", "inbox", "dispatch"):  # dispatch has worked all the time
        health.note_success(step, clock.now())
    assert alerts.sent == ["ledger-trouble"] * 2
    health.note_success("housekeeping", clock.now())
    health.note_success("housekeeping", clock.now())
    assert alerts.sent == ["ledger-trouble", "ledger-trouble", "ledger-works"]
