"""What the program costs when it does nothing: start of the command line, memory and CPU of an idle daemon.

    python -m bench.footprint [REMINDERS]

Prints one line a figure. Linux only: it reads /proc.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from notifier.domain.times import shanghai

_TICKS = os.sysconf("SC_CLK_TCK")
_LEADS = 5
_IDLE = 60.0  # seconds


def main() -> None:
    reminders = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    print(f"notifier --help, warm, median of 9: {_help() * 1000:.0f} ms")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = prepared(folder, reminders)
        with (folder / "log").open("w", encoding="utf-8") as log:
            began = time.perf_counter()
            daemon = subprocess.Popen(
                [sys.executable, "-m", "notifier", "-c", str(config), "run"], stdout=log, stderr=log
            )
            try:
                _until_ready(folder / "log")
                print(f"start to ready, {reminders:,} reminders planned: {time.perf_counter() - began:.2f} s")
                time.sleep(5)  # what the start leaves to do is not idling
                busy = _cpu(daemon.pid)
                time.sleep(_IDLE)
                share = (_cpu(daemon.pid) - busy) / _IDLE
                print(f"idle daemon: {_rss(daemon.pid):.0f} MB RSS, {share * 100:.2f} % of a core over {_IDLE:.0f} s")
            finally:
                daemon.terminate()
                daemon.wait()


def prepared(folder: Path, reminders: int) -> Path:
    """A config and a ledger with about that many reminders ahead, a month away."""
    config = folder / "config.toml"
    leads = ", ".join(f'"{minutes}m"' for minutes in range(10, 10 + _LEADS))
    config.write_text(
        '[channels.console]\nurl = "console://"\n[limits]\nrows = 2000000\nfile_bytes = 1000000000\n[[recipients]]\n'
        f'name = "team"\nchannels = ["console"]\nrules = [{{ milestone = "registration_close", leads = [{leads}] }}]\n',
        encoding="utf-8",
    )
    begin = datetime.now(UTC) + timedelta(days=30)
    with (folder / "parcels.csv").open("w", encoding="utf-8") as out:
        out.write("公告编号,地块编号,报名截止时间\n")
        for number in range(reminders // _LEADS):
            close = shanghai(begin + timedelta(minutes=number % 10_000))
            out.write(f"测告{number // 100}号,测地{number}号,{close:%Y-%m-%d %H:%M}\n")
    command = [sys.executable, "-m", "notifier", "-c", str(config), "import", str(folder / "parcels.csv")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return config


def _help() -> float:
    times = []
    for _ in range(10):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "notifier", "--help"], check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - began)
    return statistics.median(times[1:])


def _until_ready(log: Path) -> None:
    while "ready: ledger" not in log.read_text(encoding="utf-8"):
        time.sleep(0.02)


def _cpu(pid: int) -> float:
    """Seconds of CPU that the process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _rss(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1000
    return float("nan")


if __name__ == "__main__":
    main()
