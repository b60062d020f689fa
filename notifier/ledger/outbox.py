"""What waits to be sent: the next delivery of a channel, marked before it is tried with all that goes out with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from notifier.domain.batches import Share, marks, shares
from notifier.domain.claims import MOST_ITEMS
from notifier.domain.jobs import Entry, Job
from notifier.ledger.channel_troubles import ChannelTroubles
from notifier.ledger.database import Database, Row, from_ms, to_ms
from notifier.ledger.delivery_jobs import QUEUED_DELIVERY, JobReader
from notifier.ledger.row_values import dump

_MOST_TOGETHER = 500  # deliveries that one message ends

_FREE = f"{QUEUED_DELIVERY} AND d.channel = ? AND d.address = ? AND d.next_at <= ? AND d.bundle IS NULL AND d.parts = 1"
_FOREVER = 2**62

Voices = Mapping[str, str]
"""Recipient -> how it is spoken to (language, notes): the same words reach those of one voice."""


class Outbox:
    """Mark what is tried next, and put back what was not tried after all."""

    def __init__(self, database: Database, *, jobs: JobReader, troubles: ChannelTroubles) -> None:
        self._db = database
        self._jobs = jobs
        self._troubles = troubles

    def next_try(self, channel: str) -> datetime | None:
        """When the next queued delivery of `channel` may be tried."""
        ms = self._db.value(
            "SELECT min(n) FROM (SELECT min(next_at) AS n FROM deliveries "
            "WHERE state = 'queued' AND channel = ? AND urgent = 1 UNION ALL "
            "SELECT min(next_at) FROM deliveries WHERE state = 'queued' AND channel = ? AND urgent = 0)",
            (channel, channel),
        )
        return None if ms is None else from_ms(ms)

    def begin(self, channel: str, now: datetime, lease: timedelta, voices: Voices | None = None) -> Job | None:
        """Mark the next delivery of `channel` as under way, urgent ones first; None if there is none to try.

        `joined` to it, and marked with it: what else waits for its recipient there, and what recipients of the same
        voice are told in the same words at the same address. While the channel or the address is in trouble, what
        waits does not keep to its own next try.
        """
        picked = self._pick(channel, now)
        if picked is None:
            return None
        with self._db.write():
            lead = self._db.row(f"{QUEUED_DELIVERY} AND d.id = ?", (picked,))
            if lead is None:
                return None
            chosen = self._together(lead, now, voices or {})
            jobs = [self._mark(share, now, lease) for share in chosen]
        return replace(jobs[0], joined=tuple(jobs[1:]))

    def _pick(self, channel: str, now: datetime) -> int | None:
        for urgent in (1, 0):
            found = self._db.value(
                "SELECT id FROM deliveries WHERE state = 'queued' AND channel = ? AND urgent = ? AND next_at <= ? "
                "ORDER BY next_at LIMIT 1",
                (channel, urgent, to_ms(now)),
            )
            if found is not None:
                return int(found)
        return None

    def _mark(self, share: Share, now: datetime, lease: timedelta) -> Job:
        """Within `write` only. What the delivery leaves to another becomes one of its own."""
        job = share.job
        if share.left:
            job = self._cut(job, share.left)
        number = job.attempt + 1
        self._db.execute(
            "UPDATE deliveries SET state = 'sending', attempts = ?, lease_until = ?, "
            "first_at = coalesce(first_at, ?) WHERE id = ?",
            (number, to_ms(now + lease), to_ms(now), job.id),
        )
        self._db.execute(
            "INSERT INTO attempts (delivery_id, number, started_at) VALUES (?, ?, ?)",
            (job.id, number, to_ms(now)),
        )
        return replace(job, attempt=number)

    def _cut(self, job: Job, left: frozenset[bytes]) -> Job:
        kept = tuple(entry for entry in job.entries if entry.reminder.id not in left)
        self._db.execute(
            "INSERT INTO deliveries (message_id, channel, address, fallback_for, stands_for, urgent, items, next_at, "
            "maybe_repeat) SELECT message_id, channel, address, fallback_for, stands_for, 0, ?, next_at, "
            "maybe_repeat FROM deliveries WHERE id = ?",
            (dump(sorted(one.hex() for one in left)), job.id),
        )
        self._db.execute(
            "UPDATE deliveries SET items = ? WHERE id = ?",
            (dump(sorted(entry.reminder.id.hex() for entry in kept)), job.id),
        )
        return replace(job, entries=kept)

    # -- what goes out as one message -------------------------------------------------------------

    def _together(self, lead: Row, now: datetime, voices: Voices) -> list[Share]:
        """What is said with `lead`, which comes first unless it waits for the next message."""
        if lead["bundle"] is not None:
            rows = self._db.rows(f"{QUEUED_DELIVERY} AND d.bundle = ? AND d.part = ?", (lead["bundle"], lead["part"]))
            return [Share(self._jobs.job(row, now)) for row in rows]
        if lead["parts"] > 1:
            return [Share(self._jobs.job(lead, now))]
        until = _FOREVER if self._troubles.of(lead["channel"], lead["address"]) is not None else to_ms(now)
        if lead["key"] is not None:
            return [Share(self._jobs.job(row, now)) for row in (lead, *self._alike(lead, until, voices))]
        chosen = self._shares_of(lead["recipient"], lead, until, now)
        told = marks(chosen)
        for name in self._others(lead, voices):
            theirs = self._shares_of(name, lead, until, now)
            if theirs and marks(theirs) == told:
                chosen += theirs
        return chosen

    def _shares_of(self, recipient: str, lead: Row, until: int, now: datetime) -> list[Share]:
        """Of what waits for `recipient` where `lead` goes, that which is said first."""
        rows = self._db.rows(
            f"{_FREE} AND m.key IS NULL AND m.recipient = ? ORDER BY d.urgent DESC, d.next_at, d.id LIMIT ?",
            (lead["channel"], lead["address"], until, recipient, _MOST_TOGETHER),
        )
        jobs: list[Job] = []
        items = 0
        for row in rows:
            job = self._jobs.job(row, now, again=len(rows) > 1)
            items += len(job.entries)
            if jobs and items > MOST_ITEMS:
                break
            jobs.append(job)
        return shares(jobs, now) if jobs else []

    def _others(self, lead: Row, voices: Voices) -> list[str]:
        """Recipients of the same voice for whom a message of the same content waits where `lead` goes."""
        name = lead["recipient"]
        if lead["content"] is None or name not in voices:
            return []
        rows = self._db.rows(
            "SELECT DISTINCT m.recipient FROM messages m JOIN deliveries d ON d.message_id = m.id "
            "WHERE m.content = ? AND m.recipient <> ? AND d.state = 'queued' AND d.channel = ? AND d.address = ? "
            "ORDER BY m.recipient",
            (lead["content"], name, lead["channel"], lead["address"]),
        )
        return [row["recipient"] for row in rows if voices.get(row["recipient"]) == voices[name]]

    def _alike(self, lead: Row, until: int, voices: Voices) -> list[Row]:
        """The same alert, or a digest of the same lines, for others at the same address."""
        if lead["content"] is None or lead["recipient"] not in voices:
            return []
        rows = self._db.rows(
            f"{_FREE} AND m.content = ? AND m.kind = ? AND m.recipient <> ? ORDER BY d.id",
            (lead["channel"], lead["address"], until, lead["content"], lead["kind"], lead["recipient"]),
        )
        first = {row["recipient"]: row for row in reversed(rows)}
        voice = voices[lead["recipient"]]
        return [row for row in rows if first[row["recipient"]] is row and voices.get(row["recipient"]) == voice]

    def put_back(self, jobs: Sequence[Job]) -> None:
        """These were not tried after all: they wait as before."""
        with self._db.write():
            for job in jobs:
                self._db.execute(
                    "UPDATE deliveries SET state = 'queued', attempts = attempts - 1, lease_until = NULL "
                    "WHERE id = ? AND state = 'sending' AND attempts = ?",
                    (job.id, job.attempt),
                )
                self._db.execute("DELETE FROM attempts WHERE delivery_id = ? AND number = ?", (job.id, job.attempt))

    def split(self, job: Job, parts: Sequence[Iterable[bytes]]) -> None:
        """Replace deliveries that are too long for their channel by one each for each of `parts` (reminder ids).

        The parts are fixed before the first is sent, so that a part sent is never sent again in another cut.
        """
        with self._db.write():
            for one in job.together:
                own = {entry.reminder.id for entry in one.entries}
                pieces = [(number, own & set(ids)) for number, ids in enumerate(parts, 1)]
                self._split(one, [piece for piece in pieces if piece[1]], len(parts), job.id)

    def _split(self, job: Job, pieces: Sequence[tuple[int, set[bytes]]], count: int, bundle: int) -> None:
        for place, (number, ids) in enumerate(pieces):
            items = dump(sorted(one.hex() for one in ids))
            if place == 0:
                self._db.execute(
                    "UPDATE deliveries SET state = 'queued', part = ?, parts = ?, items = ?, bundle = ?, "
                    "attempts = attempts - 1, lease_until = NULL WHERE id = ? AND state = 'sending'",
                    (number, count, items, bundle, job.id),
                )
                self._db.execute("DELETE FROM attempts WHERE delivery_id = ? AND number = ?", (job.id, job.attempt))
                continue
            self._db.execute(
                "INSERT INTO deliveries (message_id, channel, address, fallback_for, stands_for, urgent, part, "
                "parts, items, bundle, next_at, maybe_repeat) SELECT message_id, channel, address, fallback_for, "
                "stands_for, urgent, ?, ?, ?, ?, next_at, maybe_repeat FROM deliveries WHERE id = ?",
                (number, count, items, bundle, job.id),
            )

    def put_off(self, job: Job, until: datetime) -> None:
        """Undo the beginning of `job`'s attempt, which was not made: it is queued again, to begin at `until`."""
        with self._db.write():
            self._db.execute(
                "UPDATE deliveries SET state = 'queued', next_at = ?, attempts = attempts - 1, lease_until = NULL, "
                "first_at = CASE WHEN attempts > 1 THEN first_at END "
                "WHERE id = ? AND state = 'sending' AND attempts = ?",
                (to_ms(until), job.id, job.attempt),
            )
            self._db.execute("DELETE FROM attempts WHERE delivery_id = ? AND number = ?", (job.id, job.attempt))

    def drop_entries(self, entries: Sequence[Entry], reason: str) -> None:
        """These reminders of a message are not said after all: acknowledged, or their deadline has moved."""
        with self._db.write():
            self._db.execute_many(
                "UPDATE reminders SET state = 'superseded', reason = ?, message_id = NULL "
                "WHERE parcel_id = ? AND id = ? AND state = 'claimed'",
                [(reason, entry.offer.id, entry.reminder.id) for entry in entries],
            )
