"""Deliveries: marked before they are tried, recorded after, fenced on the attempt they belong to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from notifier.domain.delivery import HAS_ARRIVED, PASSED, DeliveryState, Recorded, Step
from notifier.domain.jobs import Conclusion, Job
from notifier.domain.outcomes import Outcome
from notifier.domain.recipients import Route
from notifier.ledger.database import Database, to_ms
from notifier.ledger.delivery_jobs import QUEUED_DELIVERY, JobReader
from notifier.ledger.fallbacks import Fallbacks
from notifier.ledger.settlement import Settlement

MOST_CHARACTERS = 8_000
"""Kept of one message: more than a person reads, and twice what a chat takes."""


class Deliveries:
    """Record how attempts ended."""

    def __init__(self, database: Database, *, jobs: JobReader, settlement: Settlement, fallbacks: Fallbacks) -> None:
        self._db = database
        self._jobs = jobs
        self._settlement = settlement
        self._fallbacks = fallbacks

    def record(
        self, job: Job, outcome: Outcome, step: Step, now: datetime, *, fallback: Sequence[Route] = ()
    ) -> Recorded:
        """Store the outcome of `job`'s attempt, as `record_all` does."""
        (recorded,) = self.record_all(outcome, [Conclusion(job=job, step=step, fallback=tuple(fallback))], now)
        return recorded

    def record_all(self, outcome: Outcome, conclusions: Sequence[Conclusion], now: datetime) -> list[Recorded]:
        """Store the outcome of an attempt for each of the deliveries that it ended; nothing is stored of one whose
        newer attempt has begun.

        A fallback is where the message goes as well, unless it is on its way there already.
        """
        with self._db.write():
            return [self._record(outcome, one, now) for one in conclusions]

    def _record(self, outcome: Outcome, end: Conclusion, now: datetime) -> Recorded:
        """Within `write` only."""
        job, step = end.job, end.step
        changed = self._db.execute(
            "UPDATE deliveries SET state = ?, next_at = coalesce(?, next_at), words = ?, unknowns = unknowns + ?, "
            "maybe_repeat = max(maybe_repeat, ?), ended_at = ?, lease_until = NULL, about = ?, "
            "bundle = CASE WHEN ? THEN id ELSE bundle END WHERE id = ? AND state = 'sending' AND attempts = ?",
            (
                step.state.value,
                None if step.at is None else to_ms(step.at),
                outcome.words,
                int(step.maybe_repeat),
                int(step.maybe_repeat),
                None if step.state is DeliveryState.QUEUED else to_ms(now),
                outcome.about.value if outcome.is_refusal else "",
                end.alone,
                job.id,
                job.attempt,
            ),
        ).rowcount
        if changed != 1:
            return Recorded.TOO_LATE
        self._db.execute(
            "UPDATE attempts SET ended_at = ?, verdict = ?, words = ? WHERE delivery_id = ? AND number = ?",
            (to_ms(now), outcome.verdict.value, outcome.words, job.id, job.attempt),
        )
        if outcome.is_refusal and step.state is DeliveryState.QUEUED and job.parts > 1:
            self._free_parts(job)
        self._fallbacks.add_routes(job.id, end.fallback, now)
        self._try_again_alone(job, end.again)
        if step.state in HAS_ARRIVED and not end.fallback:
            self._fallbacks.spare(job, now)
        return self._settlement.settle(job, step)

    def _free_parts(self, job: Job) -> None:
        """What was cut and did not get through is put together anew with whatever waits by then."""
        bundle = self._db.value("SELECT bundle FROM deliveries WHERE id = ?", (job.id,))
        self._db.execute(
            "UPDATE deliveries SET bundle = NULL, part = 1, parts = 1 "
            "WHERE state = 'queued' AND parts > 1 AND (id = ? OR bundle = ?)",
            (job.id, bundle),
        )

    def _try_again_alone(self, job: Job, again: Mapping[str, datetime]) -> None:
        """One delivery more for each address that did not get it, unless it is on its way there already."""
        for address, at in again.items():
            self._db.execute(
                "INSERT INTO deliveries (message_id, channel, address, fallback_for, urgent, part, parts, items, "
                "bundle, attempts, first_at, next_at) "
                "SELECT message_id, channel, ?, fallback_for, urgent, part, parts, items, NULL, attempts, first_at, ? "
                "FROM deliveries d WHERE id = ? AND NOT EXISTS (SELECT 1 FROM deliveries o "
                "WHERE o.message_id = d.message_id AND o.channel = d.channel AND o.address = ? AND o.part = d.part)",
                (address, to_ms(at), job.id, address),
            )

    def expire_passed(self, now: datetime) -> list[tuple[Job, Recorded]]:
        """Give up what waited until all that it tells of had passed, so that it is called missed, once; what that was.

        Without it each would find out at its own next try, and be called missed in a message of its own.
        """
        rows = self._db.rows(f"{QUEUED_DELIVERY} AND m.expires_at <= ? ORDER BY d.id", (to_ms(now),))
        if not rows:
            return []
        step = Step(state=DeliveryState.EXPIRED, reason=PASSED)
        ended = []
        with self._db.write():
            for row in rows:
                job = self._jobs.job(row, now)
                marked = self._db.execute(
                    "UPDATE deliveries SET state = 'expired', words = ?, ended_at = ? "
                    "WHERE id = ? AND state = 'queued'",
                    (PASSED, to_ms(now), job.id),
                )
                if marked.rowcount == 1:
                    ended.append((job, self._settlement.settle(job, step)))
        return ended

    def keep_text(self, deliveries: Iterable[int], text: str) -> None:
        """Keep the beginning of what was sent as these deliveries; an earlier attempt's words are replaced."""
        kept = text if len(text) <= MOST_CHARACTERS else text[:MOST_CHARACTERS] + "…"
        with self._db.write():
            self._db.execute_many(
                "INSERT INTO texts (delivery_id, text) VALUES (?, ?) "
                "ON CONFLICT (delivery_id) DO UPDATE SET text = excluded.text",
                [(delivery, kept) for delivery in deliveries],
            )
