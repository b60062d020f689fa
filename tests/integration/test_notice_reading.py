"""Notices as bureaus write them, made up for this: each file of tests/notices/ with what a person
reads in it.

`expected.json` holds, by file name: kind, numbers, parcels with `instant[ day][
inherited|inferred]` of each milestone, changes, and the findings that ask for a person.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from notifier.domain.times import shanghai
from notifier.domain.values import Milestone, Parcel, Severity
from notifier.intake.limits import Limits
from notifier.intake.notice import read_notice

_FOLDER = Path(__file__).parent.parent / "notices"
_EXPECTED: dict[str, Any] = json.loads((_FOLDER / "expected.json").read_text("utf-8"))


def read(name: str) -> dict[str, Any]:
    """What is read from the file, in the shape of `expected.json`."""
    path = _FOLDER / name
    (notice,) = read_notice(path, path.read_bytes(), Limits())
    return {
        "kind": notice.kind.value,
        "notice_no": notice.notice_no,
        "refers_to": list(notice.refers_to),
        "parcels": {parcel.parcel_no: _parcel(parcel) for parcel in notice.parcels},
        "changes": [
            f"{change.parcel_no} {change.field}: {change.old} -> {change.new}"
            for change in notice.changes
        ],
        "findings": sorted(
            f"{finding.code} {finding.parcel_no} {finding.field}".strip()
            for finding in notice.findings
            if finding.severity is not Severity.INFO
        ),
    }


def _parcel(parcel: Parcel) -> dict[str, str]:
    facts = {
        name: str(value)
        for name in ("location", "use", "area_m2", "far", "start_price_wan", "deposit_wan", "term")
        if (value := getattr(parcel, name)) not in (None, "")
    }
    return facts | {name.value: _words(milestone) for name, milestone in parcel.milestones.items()}


def _words(milestone: Milestone) -> str:
    marks = [
        mark
        for mark in (milestone.precision.value, milestone.source.value)
        if mark not in ("minute", "stated")
    ]
    return " ".join([f"{shanghai(milestone.at):%Y-%m-%dT%H:%M}", *marks])


@pytest.mark.parametrize("name", sorted(_EXPECTED))
def test_a_notice_is_read_as_a_person_reads_it(name: str) -> None:
    assert read(name) == _EXPECTED[name]


def test_every_notice_of_the_folder_has_its_truth() -> None:
    assert sorted(_EXPECTED) == sorted(
        path.name for path in _FOLDER.iterdir() if path.name != "expected.json"
    )
