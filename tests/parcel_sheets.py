"""Sheets of parcels as text, read as the program reads a file that was dropped."""

from __future__ import annotations

from pathlib import Path

from notifier.domain.times import shanghai
from notifier.domain.values import Notice
from notifier.intake.limits import Limits
from notifier.intake.records import read_records


def read_sheet(text: str) -> list[Notice]:
    return read_records(Path("parcels.csv"), text.encode(), Limits())


def sheet_times(text: str) -> dict[str, dict[str, str]]:
    """Parcel's number -> milestone's name -> `01-02 17:00` in Shanghai."""
    return {
        parcel.parcel_no: {
            name.value: f"{shanghai(milestone.at):%m-%d %H:%M}"
            for name, milestone in parcel.milestones.items()
        }
        for notice in read_sheet(text)
        for parcel in notice.parcels
    }
