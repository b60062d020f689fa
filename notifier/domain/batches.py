"""Batches: the deliveries that wait for one recipient on one channel, put together.

One message tells what is ahead, one what was missed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from notifier.domain.claims import Due, is_over, kind_of
from notifier.domain.drafts import DraftKind, Item
from notifier.domain.jobs import Job, JobEntry, Void, items_of, void_reason
from notifier.domain.recipients import Recipient

Mark = tuple[object, ...]


class Share(NamedTuple):
    """The share of a delivery in a message.

    `left`: the ids of its reminders that are left to another message; empty: none.
    """

    job: Job
    left: frozenset[bytes] = frozenset()


def mark_of(entry: JobEntry) -> Mark:
    """Return the mark of an entry's content, the same for two recipients with the same content."""
    reminder = entry.reminder
    return (
        entry.offer.id,
        reminder.kind,
        reminder.milestone,
        reminder.milestone_at,
        reminder.lead,
        reminder.origin,
    )


def shares(jobs: Sequence[Job], now: datetime) -> list[Share]:
    """Return the deliveries that are told now, together: what is ahead, else what was missed.

    A delivery that tells both tells what is ahead. One with nothing left to tell comes along, to be
    ended.
    """
    if len(jobs) == 1:
        return [Share(jobs[0])]
    missed = {job.id: frozenset(_missed(job, now)) for job in jobs}
    ahead = [job for job in jobs if _live(job) - missed[job.id]]
    if not ahead:
        return [Share(job) for job in jobs]
    empty = [job for job in jobs if not _live(job)]
    return [Share(job, missed[job.id]) for job in ahead] + [Share(job) for job in empty]


def marks(chosen: Iterable[Share]) -> frozenset[Mark]:
    """Return the marks of the content of `chosen`."""
    return frozenset(
        mark_of(entry)
        for share in chosen
        for entry in share.job.entries
        if not void_reason(entry) and entry.reminder.id not in share.left
    )


def _live(job: Job) -> frozenset[bytes]:
    return frozenset(entry.reminder.id for entry in job.entries if not void_reason(entry))


def _missed(job: Job, now: datetime) -> Iterable[bytes]:
    for entry in job.entries:
        if not void_reason(entry) and (entry.missed or is_over(entry.reminder, now)):
            yield entry.reminder.id


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """The common content of the deliveries of a message.

    `twins`: item id -> the ids of all reminders that it stands for. `void`: what is not said after
    all, by delivery. `empty`: the deliveries of which nothing is left to say.
    """

    items: tuple[Item, ...]
    twins: dict[bytes, tuple[bytes, ...]]
    void: tuple[tuple[Job, Void], ...]
    empty: tuple[Job, ...]

    def ids_of(self, items: Iterable[Item]) -> list[bytes]:
        """The reminders that `items` stand for."""
        return [twin for item in items for twin in self.twins[item.id]]


def content_of(job: Job, recipient: Recipient, now: datetime) -> Content:
    """As things stand at `now`; what several deliveries tell alike is said once."""
    items: dict[Mark, Item] = {}
    ids: dict[Mark, list[bytes]] = {}
    void: list[tuple[Job, Void]] = []
    empty: list[Job] = []
    for other in job.together:
        kept, dropped = items_of(other.entries, recipient, now)
        void += [(other, entry) for entry in dropped]
        empty += [] if kept or other.key else [other]
        marks_by_id = {entry.reminder.id: mark_of(entry) for entry in other.entries}
        for item in kept:
            mark = marks_by_id[item.id]
            items.setdefault(mark, item)
            ids.setdefault(mark, []).append(item.id)
    twins = {items[mark].id: tuple(alike) for mark, alike in ids.items()}
    return Content(items=tuple(items.values()), twins=twins, void=tuple(void), empty=tuple(empty))


def draft_kind(job: Job, now: datetime) -> DraftKind:
    """Return the main kind of a message of several deliveries."""
    if not job.joined:
        return job.kind
    ahead: list[Due] = []
    missed: list[Due] = []
    for other in job.together:
        for entry in other.entries:
            if void_reason(entry):
                continue
            over = entry.missed or is_over(entry.reminder, now)
            (missed if over else ahead).append(
                Due(parcel_id=entry.offer.id, reminder=entry.reminder)
            )
    return kind_of(ahead, missed, now) if ahead or missed else job.kind
