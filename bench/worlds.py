"""Ledgers of a given size, and the service on them, for measuring."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from notifier import app
from notifier.clock import SystemClock
from notifier.config import Settings, load_settings
from notifier.ledger import SqlLedger, open_ledger
from notifier.service import Service
from notifier.testing import a_notice, a_parcel

LEADS = 4
RECIPIENTS = 5
A_PARCEL = LEADS * RECIPIENTS  # reminders
_A_NOTICE = 100  # parcels
_TICKS = os.sysconf("SC_CLK_TCK")


def settings_of(folder: Path, text: str) -> Settings:
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    return load_settings(file)


def usual(folder: Path, url: str = "") -> Settings:
    """Five recipients with four leads each; `url`: of a ledger on PostgreSQL."""
    teams = "".join(
        f'[[recipients]]\nname = "team {number}"\nchannels = ["console"]\n'
        'rules = [{ milestone = "registration_close", leads = ["7d", "1d", "3h", "30m"] }]\n'
        for number in range(RECIPIENTS)
    )
    ledger = f'[ledger]\nurl = "{url}"\n' if url else ""
    return settings_of(folder, f'{ledger}[channels.console]\nurl = "console://"\n{teams}')


def saved(settings: Settings, reminders: int) -> SqlLedger:
    """A ledger with parcels enough for so many reminders, not yet planned."""
    ledger = open_ledger(settings.ledger_place)
    now = datetime.now(UTC)
    closes = now + timedelta(days=60)
    for first in range(0, reminders // A_PARCEL, _A_NOTICE):
        parcels = tuple(
            a_parcel(
                parcel_no=f"测地{number}号",
                milestones={"registration_close": closes + timedelta(minutes=number % 40_000)},
            )
            for number in range(first, min(first + _A_NOTICE, reminders // A_PARCEL))
        )
        ledger.notices.save(
            a_notice(notice_no=f"测告{first}号", file=f"{first}.csv", parcels=parcels), (), now
        )
    return ledger


def service_on(settings: Settings, ledger: SqlLedger) -> Service:
    return app.build(settings, ledger, SystemClock(), channels={})


def cpu_seconds(process: int, *, ended: bool = False) -> float:
    """Seconds of CPU that a process has used; `ended`: with those of its children that ended."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    last = 15 if ended else 13
    return sum(int(field) for field in fields[11:last]) / _TICKS


def cpu_seconds_of_family(parent: int) -> float:
    """Seconds of CPU that a process and its children have used, those that ended included."""
    total = cpu_seconds(parent, ended=True)
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii")
    for child in children.split():
        with suppress(OSError):  # it has just ended
            total += cpu_seconds(int(child))
    return total


def rss_mb(kind: str = "VmRSS", process: int | str = "self") -> float:
    """`VmHWM`: the most that the process ever held."""
    for line in Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{kind}:"):
            return int(line.split()[1]) / 1000
    return float("nan")
