"""Every figure in one table, printed and written to bench/RESULTS.md: python -m bench [THEME...]

Themes: planning, due, standing, importing, board, pages, nodes. Without one all are measured and
the file is written.
"""

from __future__ import annotations

import logging
import os
import platform
import sqlite3
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench import board, due, importing, nodes, pages, planning, standing
from bench.figures import Figure

_THEMES = {
    "planning": planning,
    "due": due,
    "standing": standing,
    "importing": importing,
    "board": board,
    "pages": pages,
    "nodes": nodes,
}
_RESULTS = Path(__file__).parent / "RESULTS.md"


def main() -> None:
    logging.disable()
    names = sys.argv[1:] or list(_THEMES)
    found: list[Figure] = []
    for name in names:
        for figure in _THEMES[name].figures():
            found.append(figure)
            print(
                f"{_verdict(figure):<4} {figure.what}: {figure.ours} (target: "
                f"{figure.target}) {figure.beside}",
                flush=True,
            )
    if names == list(_THEMES):
        _RESULTS.write_text(_page(found), encoding="utf-8")


def _verdict(figure: Figure) -> str:
    return "-" if figure.met is None else "yes" if figure.met else "NO"


def _page(found: Sequence[Figure]) -> str:
    lines = [
        "# Results",
        "",
        f"Measured by `make bench` on {datetime.now(UTC):%Y-%m-%d}: {_machine()}.",
        "Every comparison is a ratio of medians of five, measured in turn on the same disk, "
        "all with synchronous=FULL.",
        "",
        "| what | must reach | reached | | beside | what bounds it now |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {result.what} | {result.target} | {result.ours} | {_verdict(result)} | "
        f"{result.beside} | {result.bound} |"
        for result in found
    ]
    return "\n".join(lines) + "\n\n" + _MORE


_MORE = """`python -m bench.notices` measures how well and how fast notices are read,
`python -m bench.faults` what is lost, repeated and late under faults.
"""


def _machine() -> str:
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("apscheduler", "sqlalchemy", "huey", "sqlite-utils")
    )
    load = ", ".join(f"{load_average:.1f}" for load_average in os.getloadavg())
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), Linux {platform.release().split('-')[0]}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {packages}; "
        f"load {load}"
    )


if __name__ == "__main__":
    main()
