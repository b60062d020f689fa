"""The example row of a sheet that `notifier template` writes.

It is known as such, so that nobody is reminded of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from notifier.domain.values import MilestoneName, Notice, Parcel

NOTICE_NUMBERS = ("示例告〔2000〕1号", "EXAMPLE notice 1")
PARCEL_NUMBERS = ("示例（请改为地块编号）", "EXAMPLE (the number of your parcel)")
NOTES = ("示例：请改写这一行，或整行删除。", "An example: overwrite this row or delete it.")

_AFTER_FIRST: Mapping[MilestoneName, timedelta] = {
    MilestoneName.REGISTRATION_OPEN: timedelta(0),
    MilestoneName.REGISTRATION_CLOSE: timedelta(days=9, hours=8),
    MilestoneName.DEPOSIT_CLOSE: timedelta(days=9, hours=8),
    MilestoneName.BIDDING_OPEN: timedelta(0),
    MilestoneName.BIDDING_CLOSE: timedelta(days=11, hours=1),
}


def example_times(first: datetime) -> dict[MilestoneName, datetime]:
    """The times of the example whose registration opens at `first`."""
    return {name: first + after for name, after in _AFTER_FIRST.items()}


def without_example(notice: Notice) -> Notice:
    """`notice` without the example row.

    A row in which somebody changed a number or a time is a parcel of theirs.
    """
    if notice.notice_no not in NOTICE_NUMBERS:
        return notice
    kept = tuple(parcel for parcel in notice.parcels if not _is_example(parcel))
    if len(kept) == len(notice.parcels):
        return notice
    findings = tuple(
        finding for finding in notice.findings if finding.parcel_no not in PARCEL_NUMBERS
    )
    return replace(notice, parcels=kept, findings=findings)


def _is_example(parcel: Parcel) -> bool:
    first = parcel.milestones.get(MilestoneName.REGISTRATION_OPEN)
    if parcel.parcel_no not in PARCEL_NUMBERS or first is None:
        return False
    times = {name: milestone.at for name, milestone in parcel.milestones.items()}
    return times == example_times(first.at)
