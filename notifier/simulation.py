"""Show what would be sent: the real service on a copy of the ledger, by a virtual clock.

Its channels send nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from notifier import app
from notifier.config import Settings
from notifier.domain.recipients import Route
from notifier.domain.times import shanghai_iso
from notifier.engines.virtual import OutageSpan, PlainChannel, VirtualClock, run_until
from notifier.errors import IntakeError, UsageError
from notifier.intake.written_times import typed_instant
from notifier.ports import Ledger
from notifier.service import Tried


def simulated(
    settings: Settings,
    ledger: Ledger,
    files: Sequence[Path],
    week: OutageSpan,
    *,
    channels: Collection[str],
    down: Sequence[OutageSpan] = (),
    outages: Mapping[str, Sequence[OutageSpan]] | None = None,
) -> tuple[list[dict[str, Any]], list[tuple[Path, IntakeError]]]:
    """Return the messages as `simulate --json` prints them, and the files that cannot be read.

    `channels`: the names of all; `down`: when no daemon runs; `outages`: when a channel is not
    reachable.
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

    idle = {
        name: PlainChannel(name, clock, tuple((outages or {}).get(name, ()))) for name in channels
    }
    service = app.build(settings, ledger, clock, channels=idle, on_tried=keep)
    broken = []
    for path in files:
        try:
            service.ingest.take_in(path, clock.at, keeps_pictures=False)
        except IntakeError as fault:
            broken.append((path, fault))
    service.planning.replan(clock.at)
    run_until(service, ledger, clock, channels, week.end, down=down)
    return list(found.values()), broken


def outages_of(texts: Sequence[str], channels: Collection[str]) -> dict[str, list[OutageSpan]]:
    """Read texts such as `mail=2024-11-01T08:00..2024-11-01T12:00`.

    UsageError if one is not understood, or names none of `channels`.
    """
    found: dict[str, list[OutageSpan]] = {}
    for text in texts:
        channel, _, outage = text.partition("=")
        if channel not in channels:
            raise UsageError(f"--fail {text}: no such channel: known are {', '.join(channels)}")
        found.setdefault(channel, []).append(span_of(outage, "--fail"))
    return found


def span_of(text: str, option: str) -> OutageSpan:
    begin, sign, end = text.partition("..")
    if not sign:
        raise UsageError(
            f"{option} {text}: expected two instants, as in 2024-11-01T08:00..2024-11-01T12:00"
        )
    return span(typed_instant(begin, option), typed_instant(end, option), f"{option} {text}")


def span(begin: datetime, end: datetime, where: str) -> OutageSpan:
    if end <= begin:
        raise UsageError(f"{where}: it ends before it begins")
    return OutageSpan(begin, end)


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
