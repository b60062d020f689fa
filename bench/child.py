"""One measure in a process of its own, so that its memory is its own: python -m bench.child plan
FOLDER REMINDERS."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.worlds import rss_mb, saved, service_on, usual
from notifier.ledger.backends.sqlite import SqliteBackend
from notifier.testing import a_notice, a_parcel


def plan(folder: Path, reminders: int) -> dict[str, float]:
    """Plan so many reminders; then one parcel of them is postponed, again and again; then a config
    is read that touches nobody."""
    settings = usual(folder)
    ledger = saved(settings, reminders)
    service = service_on(settings, ledger)
    began = time.perf_counter()
    service.planning.replan(datetime.now(UTC))
    seconds = time.perf_counter() - began
    rows = ledger.database.value("SELECT count(*) FROM reminders")
    found = {"seconds": seconds, "rows": rows, "rss": rss_mb("VmHWM")}
    # what was planned by is remembered
    service.planning.replan_if_config_changed(datetime.now(UTC))
    found["postponed"] = sorted(postpone(service, days) for days in range(1, 22))[10]
    backend = ledger.database.backend
    assert isinstance(backend, SqliteBackend)
    before = (backend.connection.total_changes, _bytes(folder))
    service.planning.replan_if_config_changed(datetime.now(UTC))
    found["written"] = backend.connection.total_changes - before[0] + _bytes(folder) - before[1]
    ledger.close()
    return found


def postpone(service: object, days: int) -> float:
    """Seconds from the changed notice to the plan that holds it."""
    from notifier.service import Service

    assert isinstance(service, Service)
    at = datetime.now(UTC) + timedelta(days=60 + days)
    parcel = a_parcel(parcel_no="测地0号", milestones={"registration_close": at})
    notice = a_notice(notice_no="测告0号", file="0.csv", parcels=(parcel,))
    began = time.perf_counter()
    service.ingest.store([notice], datetime.now(UTC))
    service.planning.replan(datetime.now(UTC))
    return time.perf_counter() - began


def _bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.glob("notifier.db*"))


if __name__ == "__main__":
    assert sys.argv[1] == "plan"
    print(json.dumps(plan(Path(sys.argv[2]), int(sys.argv[3]))))
