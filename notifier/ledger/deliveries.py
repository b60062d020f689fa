"""Deliveries: recorded after they were tried, fenced on the attempt that they belong to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from notifier.domain.delivery import HAS_ARRIVED, PASSED, DeliveryState, DeliveryStep, Recorded
from notifier.domain.jobs import Conclusion, Job
from notifier.domain.outcomes import Outcome
from notifier.domain.presses import Post
from notifier.domain.recipients import Route
from notifier.ledger.database import Database, message_locks, to_ms
from notifier.ledger.delivery_jobs import JobReader
from notifier.ledger.fallbacks import Fallbacks
from notifier.ledger.send_times import SendTimes
from notifier.ledger.sent_posts import Posts
from notifier.ledger.settlement import Settlement

MOST_CHARACTERS = 8_000
"""Kept of one message: more than a person reads, and twice what a chat takes."""

# How an attempt ended; nothing if a newer attempt has begun. An arrival counts also when its lease
# had ended, and the delivery waits again.
_RECORD = """UPDATE deliveries SET state = ?, next_at = coalesce(?, next_at), words = ?, unknowns =
    unknowns + ?,
maybe_repeat = CASE WHEN ? = 1 THEN 1 ELSE maybe_repeat END, ended_at = ?, lease_until = NULL, about
= ?,
bundle = CASE WHEN ? = 1 THEN id ELSE bundle END
WHERE id = ? AND (state = 'sending' OR ? = 1 AND state = 'queued') AND attempts = ?"""

# The end of an attempt, for the history.
_END_ATTEMPT = """UPDATE attempts SET ended_at = ?, verdict = ?, words = ?
WHERE delivery_id = ? AND number = ?"""

# What was cut and did not get through is put together anew with whatever waits by then.
_FREE_PARTS = """UPDATE deliveries SET bundle = NULL, part = 1, parts = 1
WHERE state = 'queued' AND parts > 1
AND (id = ? OR bundle = (SELECT d.bundle FROM deliveries d WHERE d.id = ?))"""

# A delivery more for an address that did not get it, unless the message has one for it already that
# tells the same, in whatever state.
_TRY_ALONE = """INSERT INTO deliveries (message_id, channel, address, fallback_for, urgent, part,
    parts, items,
bundle, attempts, first_at, next_at)
SELECT message_id, channel, ?, fallback_for, urgent, part, parts, items, NULL, attempts, first_at, ?
FROM deliveries d WHERE id = ? AND NOT EXISTS (SELECT 1 FROM deliveries o
WHERE o.message_id = d.message_id AND o.channel = d.channel AND o.address = ?
AND o.part = d.part AND coalesce(o.items, '') = coalesce(d.items, ''))"""

# The queued deliveries of messages whose last milestone passed by an instant.
_PASSED = """SELECT d.*, m.recipient, m.kind, m.created_at, m.soonest_at, m.expires_at, m.key,
    m.body, m.content
FROM deliveries d JOIN messages m ON m.id = d.message_id
WHERE d.state = 'queued' AND m.expires_at <= ? ORDER BY d.id"""

# The deliveries that ended in vain since an instant. Of the expired only those that had passed or
# had failed before: others were not needed.
_LOST = """SELECT d.*, m.recipient, m.kind, m.created_at, m.soonest_at, m.expires_at, m.key, m.body,
    m.content
FROM deliveries d JOIN messages m ON m.id = d.message_id
WHERE d.ended_at >= ? AND (d.state = 'failed' OR d.state = 'expired' AND (d.words = ?
OR EXISTS (SELECT 1 FROM attempts a WHERE a.delivery_id = d.id AND a.number = d.attempts
AND a.verdict IN ('retry', 'unknown')))) ORDER BY d.id"""

# A queued delivery is given up.
_EXPIRE = (
    "UPDATE deliveries SET state = 'expired', words = ?, ended_at = ? WHERE id = ? AND state "
    "= 'queued'"
)

# The text of a delivery, in the place of an earlier attempt's.
_KEEP_TEXT = """INSERT INTO texts (delivery_id, text) VALUES (?, ?)
ON CONFLICT (delivery_id) DO UPDATE SET text = excluded.text"""


class Deliveries:
    """Record how attempts ended, and what waited in vain."""

    def __init__(
        self,
        database: Database,
        *,
        jobs: JobReader,
        settlement: Settlement,
        fallbacks: Fallbacks,
        send_times: SendTimes,
        posts: Posts,
    ) -> None:
        self._db = database
        self._posts = posts
        self._send_times = send_times
        self._jobs = jobs
        self._settlement = settlement
        self._fallbacks = fallbacks

    def record(
        self,
        job: Job,
        outcome: Outcome,
        step: DeliveryStep,
        now: datetime,
        *,
        fallback: Sequence[Route] = (),
    ) -> Recorded:
        """Store the outcome of `job`'s attempt, as `record_all` does."""
        (recorded,) = self.record_all(
            outcome, [Conclusion(job=job, step=step, fallback=tuple(fallback))], now
        )
        return recorded

    def record_all(
        self,
        outcome: Outcome,
        conclusions: Sequence[Conclusion],
        now: datetime,
        *,
        text: str = "",
        posts: Sequence[Post] = (),
    ) -> list[Recorded]:
        """Store the outcome of an attempt for each of the deliveries that it ended.

        Nothing but the text is stored of a delivery whose newer attempt has begun, or that failed
        after its lease had ended: it waits for that attempt. The message goes by the routes of
        `fallback` as well, as `Fallbacks.add_routes` says. `text`: what may have arrived; its
        beginning is kept, in the place of an earlier attempt's. `posts`: where a message with
        buttons arrived, which is kept whatever else is.
        """
        messages = {conclusion.job.message_id for conclusion in conclusions}
        with self._db.write(*message_locks(messages)):
            recorded = [self._record(outcome, conclusion, now) for conclusion in conclusions]
            self._send_times.end((conclusion.job for conclusion in conclusions), now)
            if text:
                self._keep_text(text, conclusions)
            for post in posts:
                self._posts.keep(post, now)
            return recorded

    def _keep_text(self, text: str, conclusions: Sequence[Conclusion]) -> None:
        kept = text if len(text) <= MOST_CHARACTERS else text[:MOST_CHARACTERS] + "…"
        self._db.execute_many(_KEEP_TEXT, [(end.job.id, kept) for end in conclusions])

    def _record(self, outcome: Outcome, end: Conclusion, now: datetime) -> Recorded:
        job, step = end.job, end.step
        values = (
            step.state.value,
            None if step.at is None else to_ms(step.at),
            outcome.words,
            int(step.maybe_repeat),
            int(step.maybe_repeat),
            None if step.state is DeliveryState.QUEUED else to_ms(now),
            outcome.about.value if outcome.is_refusal else "",
            int(end.alone),
            job.id,
            int(step.state in HAS_ARRIVED),
            job.attempt,
        )
        if self._db.execute(_RECORD, values) != 1:
            return Recorded.TOO_LATE
        self._db.execute(
            _END_ATTEMPT, (to_ms(now), outcome.verdict.value, outcome.words, job.id, job.attempt)
        )
        if outcome.is_refusal and step.state is DeliveryState.QUEUED and job.parts > 1:
            self._db.execute(_FREE_PARTS, (job.id, job.id))
        self._fallbacks.add_routes(job.id, end.fallback, now)
        self._try_again_alone(job, end.again)
        if step.state in HAS_ARRIVED and not end.fallback:
            self._fallbacks.expire_unneeded(job, now)
        return self._settlement.settle(job, step)

    def _try_again_alone(self, job: Job, again: Mapping[str, datetime]) -> None:
        for address, at in again.items():
            self._db.execute(_TRY_ALONE, (address, to_ms(at), job.id, address))

    def expire_passed(self, now: datetime) -> list[tuple[Job, Recorded]]:
        """Expire queued deliveries whose milestones have all passed; return them.

        Its reminders are planned once more, to be called missed, all in one message. Each would
        else be found at its own next try, and called missed in a message of its own.
        """
        rows = self._db.rows(_PASSED, (to_ms(now),))
        if not rows:
            return []
        step = DeliveryStep(state=DeliveryState.EXPIRED, reason=PASSED)
        ended = []
        with self._db.write(*message_locks(row["message_id"] for row in rows)):
            for row in rows:
                job = self._jobs.job(row, now)
                if self._db.execute(_EXPIRE, (PASSED, to_ms(now), job.id)) == 1:
                    ended.append((job, self._settlement.settle(job, step)))
        return ended

    def lost_since(self, since: datetime, now: datetime) -> list[tuple[Job, str]]:
        """Return what ended in vain since an instant and reached nobody, with its last words."""
        rows = self._db.rows(_LOST, (to_ms(since), PASSED))
        ended = [(self._jobs.job(row, now), row["words"]) for row in rows]
        return [(job, words) for job, words in ended if self._settlement.is_lost(job)]
