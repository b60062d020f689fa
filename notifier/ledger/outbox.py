"""What waits to be sent: the next delivery of a channel, marked before it is tried.

All that goes out as one message is marked with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from notifier.domain.batches import Share, marks, shares
from notifier.domain.claims import MOST_ITEMS
from notifier.domain.jobs import Job, JobEntry, Voices, void_reason
from notifier.domain.pace import PaceLimit
from notifier.ledger.channel_troubles import ChannelTroubles
from notifier.ledger.database import Database, DatabaseRow, from_ms, to_ms
from notifier.ledger.delivery_jobs import JobReader
from notifier.ledger.row_values import dump
from notifier.ledger.send_times import SendTimes

_MOST_TOGETHER = 500  # deliveries that one message ends
_ANY_TIME = 2**62  # beyond every `next_at`

# When the next delivery of a channel may be tried: of the urgent ones, and of the others.
_NEXT_TRY = """SELECT min(soonest.next_at) FROM (
SELECT min(next_at) AS next_at FROM deliveries WHERE state = 'queued' AND channel = ? AND urgent = 1
UNION ALL SELECT min(next_at) FROM deliveries WHERE state = 'queued' AND channel = ? AND urgent = 0)
AS soonest"""

# The next delivery of a channel that may be tried, of the urgent ones or of the others.
_PICK = """SELECT id FROM deliveries WHERE state = 'queued' AND channel = ? AND urgent = ? AND
    next_at <= ?
ORDER BY next_at LIMIT 1"""

# A queued delivery with its message.
_QUEUED = """SELECT d.*, m.recipient, m.kind, m.created_at, m.soonest_at, m.expires_at, m.key,
    m.body, m.content
FROM deliveries d JOIN messages m ON m.id = d.message_id WHERE d.state = 'queued' AND d.id = ?"""

# The queued deliveries that were cut together, of one part.
_OF_PART = """SELECT d.*, m.recipient, m.kind, m.created_at, m.soonest_at, m.expires_at, m.key,
    m.body, m.content
FROM deliveries d JOIN messages m ON m.id = d.message_id
WHERE d.state = 'queued' AND d.bundle = ? AND d.part = ? ORDER BY d.id"""

# What waits for one recipient at one address and is not cut, urgent before others.
_OF_RECIPIENT = """SELECT d.*, m.recipient, m.kind, m.created_at, m.soonest_at, m.expires_at, m.key,
    m.body,
m.content FROM deliveries d JOIN messages m ON m.id = d.message_id
WHERE d.state = 'queued' AND d.channel = ? AND d.address = ? AND d.next_at <= ? AND d.bundle IS NULL
AND d.parts = 1 AND m.key IS NULL AND m.recipient = ? ORDER BY d.urgent DESC, d.next_at, d.id LIMIT
?"""

# What tells others the same at one address: an alert, or a digest of the same lines.
_ALIKE = """SELECT d.*, m.recipient, m.kind, m.created_at, m.soonest_at, m.expires_at, m.key,
    m.body, m.content
FROM deliveries d JOIN messages m ON m.id = d.message_id
WHERE d.state = 'queued' AND d.channel = ? AND d.address = ? AND d.next_at <= ? AND d.bundle IS NULL
AND d.parts = 1 AND m.content = ? AND m.kind = ? AND m.recipient <> ? ORDER BY d.id"""

# The other recipients for whom a message of one content waits at one address.
_OTHERS = """SELECT DISTINCT m.recipient FROM messages m JOIN deliveries d ON d.message_id = m.id
WHERE m.content = ? AND m.recipient <> ? AND d.state = 'queued' AND d.channel = ? AND d.address = ?
ORDER BY m.recipient"""

# A delivery is under way.
_MARK = """UPDATE deliveries SET state = 'sending', attempts = ?, lease_until = ?, node = ?,
first_at = coalesce(first_at, ?) WHERE id = ? AND state = 'queued'"""

# An attempt begins.
_BEGIN_ATTEMPT = "INSERT INTO attempts (delivery_id, number, started_at) VALUES (?, ?, ?)"

# A delivery of what another leaves for the next message. It tells what has passed (see
# `batches.shares`), so it is not urgent.
_INSERT_REST = """INSERT INTO deliveries (message_id, channel, address, fallback_for, stands_for,
    urgent, items,
next_at, maybe_repeat)
SELECT message_id, channel, address, fallback_for, stands_for, 0, ?, next_at, maybe_repeat
FROM deliveries WHERE id = ?"""

# A delivery tells these reminders alone.
_NARROW = "UPDATE deliveries SET items = ? WHERE id = ?"

# An attempt that was not made after all.
_UNMARK = """UPDATE deliveries SET state = 'queued', attempts = attempts - 1, lease_until = NULL
WHERE id = ? AND state = 'sending' AND attempts = ?"""

# An attempt that was not made after all, and is to begin at an instant.
_POSTPONE = """UPDATE deliveries SET state = 'queued', next_at = ?, attempts = attempts - 1,
    lease_until = NULL,
first_at = CASE WHEN attempts > 1 THEN first_at END WHERE id = ? AND state = 'sending' AND attempts
= ?"""

# What a node has under way on a channel.
_BEGUN_HERE = """SELECT id, attempts FROM deliveries
WHERE state = 'sending' AND channel = ? AND node = ?"""

# An attempt that was not made leaves no trace.
_FORGET_ATTEMPT = "DELETE FROM attempts WHERE delivery_id = ? AND number = ?"

# A delivery becomes the first part of what it told.
_FIRST_PART = """UPDATE deliveries SET state = 'queued', part = ?, parts = ?, items = ?, bundle = ?,
attempts = attempts - 1, lease_until = NULL WHERE id = ? AND state = 'sending' AND attempts = ?"""

# A further part of what a delivery told.
_FURTHER_PART = """INSERT INTO deliveries (message_id, channel, address, fallback_for, stands_for,
    urgent, part,
parts, items, bundle, next_at, maybe_repeat)
SELECT message_id, channel, address, fallback_for, stands_for, urgent, ?, ?, ?, ?, next_at,
maybe_repeat
FROM deliveries WHERE id = ?"""

# How many of some deliveries are under way on a node.
_UNDER_WAY_HERE = """SELECT count(*) FROM deliveries
WHERE id IN (?*) AND state = 'sending' AND node = ?"""

# A reminder of a message is not said after all.
_DROP_ENTRY = """UPDATE reminders SET state = 'superseded', reason = ?, message_id = NULL
WHERE parcel_id = ? AND id = ? AND state = 'claimed'"""


class Outbox:
    """Mark what is tried next, and put back what was not tried after all."""

    def __init__(
        self,
        database: Database,
        *,
        jobs: JobReader,
        troubles: ChannelTroubles,
        send_times: SendTimes,
    ) -> None:
        self._db = database
        self._jobs = jobs
        self._troubles = troubles
        self._send_times = send_times

    def next_try(self, channel: str) -> datetime | None:
        """Return when the next queued delivery of `channel` may be tried."""
        ms = self._db.value(_NEXT_TRY, (channel, channel))
        return None if ms is None else from_ms(ms)

    def ready_at(self, channel: str, limit: PaceLimit, now: datetime) -> datetime:
        """Return when a channel may be given its next message by any node: `now` or later."""
        return self._send_times.ready_at(channel, limit, now)

    def begin(
        self,
        channel: str,
        now: datetime,
        lease: timedelta,
        voices: Voices | None = None,
        limit: PaceLimit | None = None,
    ) -> Job | None:
        """Mark the next delivery of `channel` as under way, urgent ones first.

        Return None if there is none to try, or its time has not come by `limit`, a pace that all
        nodes keep together.

        Its `joined` deliveries are marked with it: what else waits for its recipient there, and
        what recipients of the same voice are told in the same words at the same address. While the
        channel or the address is in trouble, what waits does not keep to its own next try.
        """
        while self._pick(channel, now) is not None:
            with self._db.write("outbox " + channel):
                if limit is not None and self.ready_at(channel, limit, now) > now:
                    return None
                jobs = self._begin_next(channel, now, lease, voices or {})
                if jobs and limit is not None:
                    self._send_times.begin(jobs[0], limit, now)
            if jobs:
                return replace(jobs[0], joined=tuple(jobs[1:]))
        return None

    def _begin_next(
        self, channel: str, now: datetime, lease: timedelta, voices: Voices
    ) -> list[Job]:
        """Mark the next delivery and what goes out with it.

        What another node has ended since it was read is left out: perhaps all of it.
        """
        picked = self._pick(channel, now)
        lead = None if picked is None else self._db.row(_QUEUED, (picked,))
        if lead is None:
            return []
        marked = [self._mark(share, now, lease) for share in self._together(lead, now, voices)]
        return [job for job in marked if job is not None]

    def _pick(self, channel: str, now: datetime) -> int | None:
        for urgent in (1, 0):
            found = self._db.value(_PICK, (channel, urgent, to_ms(now)))
            if found is not None:
                return int(found)
        return None

    def _mark(self, share: Share, now: datetime, lease: timedelta) -> Job | None:
        """Mark a delivery as under way; return None if it does not wait any more.

        What it leaves to the next message becomes a delivery of its own.
        """
        job = share.job
        number = job.attempt + 1
        values = (number, to_ms(now + lease), self._db.node, to_ms(now), job.id)
        if self._db.execute(_MARK, values) == 0:
            return None
        if share.left:
            job = self._cut(job, share.left)
        self._db.execute(_BEGIN_ATTEMPT, (job.id, number, to_ms(now)))
        return replace(job, attempt=number)

    def _cut(self, job: Job, left: frozenset[bytes]) -> Job:
        kept = tuple(entry for entry in job.entries if entry.reminder.id not in left)
        self._db.execute(_INSERT_REST, (_items(left), job.id))
        self._db.execute(_NARROW, (_items(entry.reminder.id for entry in kept), job.id))
        return replace(job, entries=kept)

    # -- what goes out as one message -------------------------------------------------------------

    def _together(self, lead: DatabaseRow, now: datetime, voices: Voices) -> list[Share]:
        """Return the deliveries that go out as one message with `lead`.

        `lead` itself is not among them if it tells only what has passed and others what is ahead.
        """
        if lead["bundle"] is not None:
            rows = self._db.rows(_OF_PART, (lead["bundle"], lead["part"]))
            return [Share(self._jobs.job(row, now)) for row in rows]
        if lead["parts"] > 1:
            return [Share(self._jobs.job(lead, now))]
        trouble = self._troubles.of(lead["channel"], lead["address"])
        # in trouble everything waits for the same attempt, so all of it goes out together
        until = to_ms(now) if trouble is None else _ANY_TIME
        if lead["key"] is not None:
            rows = [lead, *self._alike(lead, until, voices)]
            return [Share(self._jobs.job(row, now)) for row in rows]
        chosen = self._shares_of(lead["recipient"], lead, until, now)
        content = marks(chosen)
        for name in self._others(lead, voices):
            theirs = self._shares_of(name, lead, until, now)
            if theirs and marks(theirs) == content:
                chosen += theirs
        return chosen

    def _shares_of(
        self, recipient: str, lead: DatabaseRow, until: int, now: datetime
    ) -> list[Share]:
        """Return what the next message tells `recipient` at the address of `lead`.

        `until`: deliveries whose next try is later are left out.
        """
        values = (lead["channel"], lead["address"], until, recipient, _MOST_TOGETHER)
        rows = self._db.rows(_OF_RECIPIENT, values)
        jobs: list[Job] = []
        items = 0
        for row in rows:
            job = self._jobs.job(row, now, again=len(rows) > 1)
            items += len(job.entries)
            if jobs and items > MOST_ITEMS:
                break
            jobs.append(job)
        return shares(jobs, now) if jobs else []

    def _others(self, lead: DatabaseRow, voices: Voices) -> list[str]:
        """Return recipients of the same voice for whom the same content waits at the address."""
        name = lead["recipient"]
        if lead["content"] is None or name not in voices:
            return []
        rows = self._db.rows(_OTHERS, (lead["content"], name, lead["channel"], lead["address"]))
        return [row["recipient"] for row in rows if voices.get(row["recipient"]) == voices[name]]

    def _alike(self, lead: DatabaseRow, until: int, voices: Voices) -> list[DatabaseRow]:
        """Return the same alert or digest for others at the address, one delivery for each."""
        if lead["content"] is None or lead["recipient"] not in voices:
            return []
        place = (lead["channel"], lead["address"], until)
        rows = self._db.rows(_ALIKE, (*place, lead["content"], lead["kind"], lead["recipient"]))
        first: dict[str, DatabaseRow] = {}
        for row in rows:
            first.setdefault(row["recipient"], row)
        voice = voices[lead["recipient"]]
        return [row for name, row in first.items() if voices.get(name) == voice]

    # -- what is not tried after all
    # ----------------------------------------------------------------

    def put_back(self, jobs: Sequence[Job]) -> None:
        """Undo the beginning of attempts that were not made; their next try stays as it was.

        `first_at` stays, too: it says since when it has been the delivery's turn.
        """
        with self._db.write():
            self._unmark([(job.id, job.attempt) for job in jobs])

    def put_back_unsent(self, channel: str) -> int:
        """Undo the beginning of every attempt of `channel` by this process; return how many.

        Only for who knows that it hands nothing over at present: a transaction whose end was not
        heard of may have begun something.
        """
        with self._db.write("outbox " + channel):
            begun = self._db.rows(_BEGUN_HERE, (channel, self._db.node))
            self._unmark([(row["id"], row["attempts"]) for row in begun])
        return len(begun)

    def _unmark(self, attempts: Sequence[tuple[int, int]]) -> None:
        self._db.execute_many(_UNMARK, attempts)
        self._db.execute_many(_FORGET_ATTEMPT, attempts)
        self._send_times.undo(attempts)

    def put_off(self, job: Job, until: datetime) -> None:
        """Undo the beginning of an attempt that was not made; the next begins at `until`.

        Unlike after `put_back`, a delivery that was never tried has no `first_at` again.
        """
        with self._db.write():
            self._db.execute(_POSTPONE, (to_ms(until), job.id, job.attempt))
            self._db.execute(_FORGET_ATTEMPT, (job.id, job.attempt))
            self._send_times.undo([(job.id, job.attempt)])

    def split(self, job: Job, parts: Sequence[Iterable[bytes]]) -> None:
        """Replace the deliveries of `job`, too long for their channel, by one for each part.

        `parts`: reminder ids. They are fixed before the first is sent, so that a part sent is never
        sent again in another cut.
        """
        with self._db.write():
            self._send_times.undo([(each.id, each.attempt) for each in job.together])
            for delivery in job.together:
                own = {entry.reminder.id for entry in delivery.entries}
                pieces = [(number, own & set(ids)) for number, ids in enumerate(parts, 1)]
                self._split(delivery, [piece for piece in pieces if piece[1]], len(parts), job.id)

    def _split(
        self, job: Job, pieces: Sequence[tuple[int, set[bytes]]], count: int, bundle: int
    ) -> None:
        for place, (number, ids) in enumerate(pieces):
            values = (number, count, _items(ids), bundle, job.id)
            if place > 0:
                self._db.execute(_FURTHER_PART, values)
            elif self._db.execute(_FIRST_PART, (*values, job.attempt)) == 0:
                return  # a newer attempt has begun
            else:
                self._db.execute(_FORGET_ATTEMPT, (job.id, job.attempt))

    def is_answered(self, job: Job, now: datetime) -> bool:
        """Return whether people have answered by now what `job`, which has begun, is to tell."""
        for delivery in job.together:
            waiting = {entry.reminder.id for entry in delivery.entries if not void_reason(entry)}
            if waiting and not waiting.isdisjoint(self._jobs.answered(delivery.message_id, now)):
                return True
        return False

    def is_overtaken(self, job: Job) -> bool:
        """Return whether others have taken over any of `job`, which has begun.

        They took this node for gone.
        """
        ids = tuple(delivery.id for delivery in job.together)
        return bool(self._db.value(_UNDER_WAY_HERE, (ids, self._db.node)) != len(ids))

    def drop_entries(self, entries: Sequence[JobEntry], reason: str) -> None:
        """Note that these reminders are not told after all, and why."""
        rows = [(reason, entry.offer.id, entry.reminder.id) for entry in entries]
        with self._db.write():
            self._db.execute_many(_DROP_ENTRY, rows)


def _items(ids: Iterable[bytes]) -> str:
    """Return the ids of reminders as the ledger keeps them for a delivery."""
    return dump(sorted(reminder_id.hex() for reminder_id in ids))
