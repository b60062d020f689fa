"""`simulate`: the real service on a copy of the ledger, by a virtual clock, with idle channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from notifier import app
from notifier.cli.shared import file_name, refuse_folder
from notifier.cli.speech import reason
from notifier.config import Settings
from notifier.domain.recipients import Route
from notifier.domain.times import shanghai_iso
from notifier.engines.virtual import OutageSpan, PlainChannel, VirtualClock, run_until
from notifier.errors import IntakeError
from notifier.ports import Ledger
from notifier.service import Tried


def simulated(
    settings: Settings,
    ledger: Ledger,
    files: Sequence[Path],
    week: OutageSpan,
    *,
    down: Sequence[OutageSpan] = (),
    outages: Mapping[str, Sequence[OutageSpan]] | None = None,
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the messages as `simulate --json` prints them, and a line for each unreadable file.

    `down`: when no daemon runs; `outages`: when a channel is not reachable.
    """
    clock = VirtualClock(week.begin)
    found: dict[tuple[int, int, datetime], dict[str, Any]] = {}

    def keep(tried: Tried) -> None:
        if not tried.outcome.has_arrived:
            return
        key = (tried.job.message_id, tried.job.part, clock.at)
        found.setdefault(key, _message(tried, clock.at))["channels"].append(
            str(Route(channel=tried.job.channel, address=tried.job.address))
        )

    channels = {
        name: PlainChannel(name, clock, tuple((outages or {}).get(name, ())))
        for name in settings.channels
    }
    service = app.build(settings, ledger, clock, channels=channels, on_tried=keep)
    broken = []
    for path in files:
        try:
            refuse_folder(path)
            service.ingest.take_in(path, clock.at)
        except IntakeError as fault:
            broken.append(f"{file_name(path)}: {reason(str(fault))}")
    service.planning.replan(clock.at)
    run_until(service, ledger, clock, channels, week.end, down=down)
    return list(found.values()), broken


def _message(tried: Tried, at: datetime) -> dict[str, Any]:
    return {
        "at": shanghai_iso(at),
        "recipient": ", ".join(tried.job.recipients),
        "channels": [],
        "kind": tried.draft.kind.value,
        "urgent": tried.draft.urgent,
        "title": tried.message.title,
        "body": tried.message.text,
        "reminders": [
            {
                "parcel_no": item.offer.parcel.parcel_no,
                "milestone": item.milestone.value,
                "lead": item.lead,
                "milestone_at": shanghai_iso(item.at),
            }
            for item in tried.draft.items
            if item.milestone is not None and item.at is not None
        ],
    }
