"""The daemon and the commands on a ledger of a million reminders: start, memory, idling, `--help`,
`agenda`."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from bench.figures import Figure
from bench.worlds import cpu_seconds, rss_mb, saved, service_on, usual

_MOST = 1_000_000
_IDLE = 60.0  # seconds


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = usual(folder)
        ledger = saved(settings, _MOST)
        service = service_on(settings, ledger)
        service.planning.replan_if_config_changed(datetime.now(UTC))
        _settle(folder)
        ledger.close()
        yield from _daemon(folder)
        yield from _commands(folder)


def _settle(folder: Path) -> None:
    """What was planned long ago has been announced long ago, too."""
    with closing(sqlite3.connect(folder / "notifier.db")) as conn, conn:
        conn.execute("UPDATE reminders SET state = 'done' WHERE kind = 'new'")


def _daemon(folder: Path) -> Iterator[Figure]:
    with (folder / "log").open("w", encoding="utf-8") as log:
        began = time.perf_counter()
        daemon = subprocess.Popen(_command(folder, "run"), stdout=log, stderr=log)
        try:
            while "ready: ledger" not in (folder / "log").read_text(encoding="utf-8"):
                time.sleep(0.01)
            ready = time.perf_counter() - began
            time.sleep(10)  # what the start leaves to do is not idling
            busy = cpu_seconds(daemon.pid)
            time.sleep(_IDLE)
            share = (cpu_seconds(daemon.pid) - busy) / _IDLE
            rss = rss_mb("VmRSS", daemon.pid)
        finally:
            daemon.terminate()
            daemon.wait()
    yield Figure(
        what=f"start to ready, {_MOST:,} reminders planned",
        target="< 1 s",
        ours=f"{ready:.2f} s",
        met=ready < 1,
        bound="Python's imports",
    )
    yield Figure(
        what=f"idle daemon, {_MOST:,} reminders planned",
        target="< 100 MB RSS, < 0.5 % of a core",
        ours=f"{rss:.0f} MB, {share:.2%} of a core over {_IDLE:.0f} s",
        met=rss < 100 and share < 0.005,
        bound="the libraries that are loaded; a look into the inbox each 2 s",
    )


def _commands(folder: Path) -> Iterator[Figure]:
    for arguments, most in ((("--help",), 0.2), (("agenda",), 0.4)):
        times = []
        for _ in range(9):
            began = time.perf_counter()
            subprocess.run(_command(folder, *arguments), check=True, stdout=subprocess.DEVNULL)
            times.append(time.perf_counter() - began)
        yield Figure(
            what=f"notifier {arguments[0]}" + (f" on {_MOST:,} reminders" if most > 0.2 else ""),
            target=f"< {most * 1000:.0f} ms",
            ours=f"{median(times) * 1000:.0f} ms",
            met=median(times) < most,
            bound="Python's start and imports",
        )


def _command(folder: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "notifier", "-c", str(folder / "config.toml"), *arguments]
