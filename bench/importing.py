"""A real table of parcels, read and stored."""

from __future__ import annotations

import csv
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from bench.figures import ROUNDS, Figure
from bench.worlds import service_on, usual
from notifier.ledger import open_ledger

_TABLE = Path(__file__).parent.parent.parent / "shared" / "records" / "land3-land_last_data.csv"
_DEADLINE = "报名截止时间"


def figures() -> Iterator[Figure]:
    what, target = "import of the real table of parcels", "2,249 rows < 1 s"
    if not _TABLE.is_file():
        yield Figure(
            what=what,
            target=target,
            ours="not measured: the table is not on this machine",
            met=None,
        )
        return
    times, rows = [], 0
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            rows = _mapped(folder / "parcels.csv")
            ledger = open_ledger((settings := usual(folder)).ledger)
            service = service_on(settings, ledger)
            began = time.perf_counter()
            service.ingest.take_in(folder / "parcels.csv", datetime.now(UTC))
            times.append(time.perf_counter() - began)
            ledger.close()
    yield Figure(
        what=what,
        target=target,
        ours=f"{rows:,} rows in {median(times):.2f} s",
        met=median(times) < 1,
        bound="reading and comparing each row; one transaction a notice",
    )


def _mapped(target: Path) -> int:
    """The table with our headings and, as it holds no deadline, the day of the deal as one; how
    many rows."""
    with (
        _TABLE.open(encoding="utf-8-sig", newline="") as source,
        target.open("w", encoding="utf-8", newline="") as out,
    ):
        reader = csv.DictReader(source)
        writer = csv.writer(out)
        writer.writerow(
            [
                "公告编号",
                "地块编号",
                "城市",
                "区县",
                "用途",
                "面积（公顷）",
                "起始价（万元）",
                _DEADLINE,
            ]
        )
        rows = [row for row in reader if row["transaction_date"]]
        for row in rows:
            writer.writerow(
                [
                    row["transfer_announcement"], row["plot_number"], row["city"], row["district"],
                    row["land_usage"],
                    row["area"], row["starting_price"], f"{row['transaction_date']} 10:00",
                ]
            )  # fmt: skip
    return len(rows)
