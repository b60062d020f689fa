"""How well notices are read, and how fast: the score on real ones, a large page, a folder of a
thousand.

    python -m bench.notices [--ablate] [FOLDER]

FOLDER holds one folder a notice, as `../shared/notices` does; without it the notices of tests/ are
read. Prints one line a figure. Rates are of one core. `--ablate` prints what each rule,
layout, expression and word of the reader earns instead (minutes).
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from bench.ablation import print_ablation
from notifier.intake.limits import Limits
from notifier.intake.notice import read_notice

_ROOT = Path(__file__).parent.parent
_SHARED = _ROOT.parent / "shared" / "notices"
_FOLDER = 1_000
_PAGE = 1_000_000  # bytes


def main() -> None:
    folders = [Path(argument) for argument in sys.argv[1:] if argument != "--ablate"]
    folder = folders[0] if folders else _SHARED
    if "--ablate" in sys.argv:
        print_ablation(folder)
        return
    own = [
        path for path in sorted((_ROOT / "tests" / "notices").iterdir()) if path.suffix != ".json"
    ]
    real = sorted(folder.glob("*/notice.*"))
    print(f"notices: {len(real)} real, {len(own)} of tests/")
    if real:
        _score(folder)
    _folder(real or own)
    _page()


def _score(folder: Path) -> None:
    command = f"{sys.executable} -m notifier read --json"
    script = [
        sys.executable,
        str(folder.parent / "score_notices.py"),
        str(folder),
        "--command",
        command,
    ]
    lines = subprocess.run(script, capture_output=True, text=True, check=False).stdout.splitlines()
    print("\n".join(line for line in lines if line.startswith(("notices ", "milestones "))))


def _folder(paths: list[Path]) -> None:
    data = [(path, path.read_bytes()) for path in paths]
    rates = []
    for _ in range(5):
        began = time.perf_counter()
        for number in range(_FOLDER):
            read_notice(*data[number % len(data)], Limits())
        rates.append(_FOLDER / (time.perf_counter() - began))
    print(f"{_FOLDER:,} notices: {median(rates):.0f} a second (target 150)")


def _page() -> None:
    """A page of a megabyte: a table of parcels, with the menus and the rest that surrounds it."""
    row = (
        "<tr><td>甲政储出[2025]{}号</td><td>新城大道以南</td><td>15494</td><td>住宅</td><td>101981</td><td>20397</td>"
        "<td>2025年11月14日17:00</td><td>2025年11月5日9:00至2025年11月15日9:00</td></tr>\n"
    )
    head = (
        "<h1>甲市国有建设用地使用权挂牌出让公告</h1><table><tr><th>地块编号</th><th>地块坐落</th><th>面积(㎡)</th>"
        "<th>用途</th><th>起始价(万元)</th><th>保证金(万元)</th><th>报名截止时间</th><th>挂牌时间</th></tr>"
    )
    rows = "".join(row.format(number) for number in range(1, 300))
    filler = "<p>竞得人应当按照规定签订合同，并按约定缴纳出让金。</p>\n"
    page = f"<html><body>{head}{rows}</table>"
    page += filler * ((_PAGE - len(page.encode())) // len(filler.encode()))
    data = f"{page}</body></html>".encode()
    times = []
    for _ in range(5):
        began = time.perf_counter()
        (notice,) = read_notice(Path("page.html"), data, Limits())
        times.append(time.perf_counter() - began)
    size = len(data) / 1e6
    print(
        f"a page of {size:.1f} MB, {len(notice.parcels)} parcels: {median(times):.2f} s "
        "(target 2 s for 1 MB)"
    )


if __name__ == "__main__":
    main()
