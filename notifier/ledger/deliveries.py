"""Deliveries: marked before they are tried, recorded after, fenced on the attempt they belong to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from notifier.domain.delivery import HAS_ARRIVED, PASSED, DeliveryState, Recorded, Step
from notifier.domain.drafts import DraftKind
from notifier.domain.jobs import Conclusion, Entry, Job
from notifier.domain.outcomes import About, Outcome
from notifier.domain.plain import Plain
from notifier.domain.recipients import Route
from notifier.domain.troubles import Trouble
from notifier.ledger.outbox import WAITING, OutboxVerbs
from notifier.ledger.rows import dump
from notifier.ledger.store import ARRIVED, COPIED_AT, RESTORED_AT, to_ms

NOT_DELIVERED = "not delivered"

# planned once more, unless another lead of the milestone is on its way, or has called it missed
_CALL_MISSED = (
    "UPDATE reminders AS r SET state = 'planned', message_id = NULL, reason = ? WHERE parcel_id = ? AND id = ? "
    "AND state = 'claimed' AND kind = 'reminder' AND NOT EXISTS (SELECT 1 FROM reminders o "
    "WHERE o.parcel_id = r.parcel_id AND o.recipient = r.recipient AND o.kind = r.kind AND o.milestone = r.milestone "
    "AND o.milestone_at = r.milestone_at AND o.id <> r.id AND (o.state = 'claimed' OR o.state = 'missed' "
    "AND o.reason = ? OR o.state = 'planned' AND o.reason = ?))"
)


class DeliveryVerbs(OutboxVerbs):
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
        with self.write():
            return [self._record(outcome, one, now) for one in conclusions]

    def _record(self, outcome: Outcome, end: Conclusion, now: datetime) -> Recorded:
        """Within `write` only."""
        job, step = end.job, end.step
        changed = self._do(
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
        self._do(
            "UPDATE attempts SET ended_at = ?, verdict = ?, words = ? WHERE delivery_id = ? AND number = ?",
            (to_ms(now), outcome.verdict.value, outcome.words, job.id, job.attempt),
        )
        if outcome.is_refusal and step.state is DeliveryState.QUEUED and job.parts > 1:
            self._free_parts(job)
        self._route_again(job.id, end.fallback, now)
        self._try_again_alone(job, end.again)
        if step.state in HAS_ARRIVED and not end.fallback:
            self._spare(job, now)
        return self._settle(job, step)

    def _free_parts(self, job: Job) -> None:
        """What was cut and did not get through is put together anew with whatever waits by then."""
        bundle = self._value("SELECT bundle FROM deliveries WHERE id = ?", (job.id,))
        self._do(
            "UPDATE deliveries SET bundle = NULL, part = 1, parts = 1 "
            "WHERE state = 'queued' AND parts > 1 AND (id = ? OR bundle = ?)",
            (job.id, bundle),
        )

    def _try_again_alone(self, job: Job, again: Mapping[str, datetime]) -> None:
        """One delivery more for each address that did not get it, unless it is on its way there already."""
        for address, at in again.items():
            self._do(
                "INSERT INTO deliveries (message_id, channel, address, fallback_for, urgent, part, parts, items, "
                "bundle, attempts, first_at, next_at) "
                "SELECT message_id, channel, ?, fallback_for, urgent, part, parts, items, NULL, attempts, first_at, ? "
                "FROM deliveries d WHERE id = ? AND NOT EXISTS (SELECT 1 FROM deliveries o "
                "WHERE o.message_id = d.message_id AND o.channel = d.channel AND o.address = ? AND o.part = d.part)",
                (address, to_ms(at), job.id, address),
            )

    def _settle(self, job: Job, step: Step) -> Recorded:
        """The reminders of a message are done when one delivery has arrived, missed when none can any more; those
        whose milestone passed meanwhile are planned once more, to be called missed."""
        ids = [(entry.offer.id, entry.reminder.id) for entry in job.entries]
        if step.state in HAS_ARRIVED:
            self._do_many(
                "UPDATE reminders SET state = 'done' WHERE parcel_id = ? AND id = ? AND state = 'claimed'", ids
            )
        if step.state not in (DeliveryState.FAILED, DeliveryState.EXPIRED):
            return Recorded.STORED
        hope = self._value(
            "SELECT 1 FROM deliveries WHERE message_id = ? "
            "AND state IN ('queued', 'sending', 'sent', 'accepted') LIMIT 1",
            (job.message_id,),
        )
        if hope is not None:
            return Recorded.STORED
        for one in ids:  # each by itself: of two leads of one milestone only the last is to be called missed
            if step.reason == PASSED:
                self._do(_CALL_MISSED, (NOT_DELIVERED, *one, PASSED, NOT_DELIVERED))
            self._do(
                "UPDATE reminders SET state = 'missed', reason = ? "
                "WHERE parcel_id = ? AND id = ? AND state = 'claimed'",
                (NOT_DELIVERED, *one),
            )
        return Recorded.LOST

    def drop_entries(self, entries: Sequence[Entry], reason: str) -> None:
        """These reminders of a message are not said after all: acknowledged, or their deadline has moved."""
        with self.write():
            self._do_many(
                "UPDATE reminders SET state = 'superseded', reason = ?, message_id = NULL "
                "WHERE parcel_id = ? AND id = ? AND state = 'claimed'",
                [(reason, entry.offer.id, entry.reminder.id) for entry in entries],
            )

    def recover(self, now: datetime) -> int:
        """Queue again, as possible repeats, what was under way when the process died; how many deliveries.

        In a backup that is put to use, whatever waits or was due since it was made may have been sent.
        """
        if self.get(COPIED_AT) is not None and self.get(RESTORED_AT) is None:
            with self.write():
                self._do("UPDATE deliveries SET maybe_repeat = 1 WHERE state = 'queued'")
                self._do("INSERT INTO meta VALUES (?, ?)", (RESTORED_AT, now.isoformat()))
        return self._requeue("state = 'sending'", (), now)

    def recover_expired_leases(self, now: datetime, *, but: Collection[int] = ()) -> int:
        """The same for deliveries whose worker has been silent beyond its lease; `but` those that the caller knows to
        be under way, for the clock may have been set forth meanwhile."""
        marks = ", ".join("?" * len(but))
        return self._requeue(f"state = 'sending' AND lease_until < ? AND id NOT IN ({marks})", (to_ms(now), *but), now)

    def _requeue(self, where: str, parameters: tuple[int, ...], now: datetime) -> int:
        if not self._value(f"SELECT 1 FROM deliveries WHERE {where} LIMIT 1", parameters):  # noqa: S608  # constants
            return 0
        with self.write():
            return self._do(
                "UPDATE deliveries SET state = 'queued', maybe_repeat = 1, next_at = ?, lease_until = NULL "  # noqa: S608
                f"WHERE {where}",
                (to_ms(now), *parameters),
            ).rowcount

    def retry_failed(self, now: datetime) -> int:
        """Queue again what failed for good, is still of use, and was not said by a fallback; how many deliveries."""
        return self._queue_failed(
            f"NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.stands_for = deliveries.id AND o.state IN {ARRIVED})",  # noqa: S608  # a constant
            (),
            now,
        )

    def release(self, trouble: Trouble, now: datetime) -> int:
        """A trouble is over: what waits for the channel, or for the address, is tried now and not each at its own
        next try; with it what was given up because of it, is still of use, and did not arrive in any other way. How
        many deliveries."""
        where = "channel = ?"
        subject: tuple[object, ...] = (trouble.channel,)
        if trouble.about is About.ADDRESS:
            where, subject = f"{where} AND address = ?", (*subject, trouble.address)
        waiting = self._value(
            f"SELECT 1 FROM deliveries WHERE state = 'queued' AND next_at > ? AND {where} LIMIT 1",  # noqa: S608  # constants
            (to_ms(now), *subject),
        )
        released = 0
        if waiting is not None:
            with self.write():
                released = self._do(
                    f"UPDATE deliveries SET next_at = ? WHERE state = 'queued' AND next_at > ? AND {where}",  # noqa: S608  # constants
                    (to_ms(now), to_ms(now), *subject),
                ).rowcount
        return released + self._queue_failed(
            f"{where} AND about = ? AND ended_at >= ? AND NOT EXISTS (SELECT 1 FROM deliveries o "  # noqa: S608  # constants
            "WHERE o.message_id = deliveries.message_id AND o.state IN ('queued', 'sending', 'sent', 'accepted'))",
            (*subject, trouble.about.value, to_ms(trouble.since)),
            now,
        )

    def _queue_failed(self, which: str, parameters: Sequence[object], now: datetime) -> int:
        """Queue again those of the failed deliveries that are still of use."""
        of_use = "SELECT id FROM messages WHERE expires_at > ?"
        failed = f"state = 'failed' AND message_id IN ({of_use}) AND {which}"  # constants, here and below
        found = self._value(f"SELECT 1 FROM deliveries WHERE {failed} LIMIT 1", (to_ms(now), *parameters))  # noqa: S608
        if found is None:
            return 0
        with self.write():
            self._do(
                "UPDATE reminders SET state = 'claimed' WHERE state = 'missed' AND reason = ? AND message_id IN "  # noqa: S608
                f"(SELECT message_id FROM deliveries WHERE {failed})",
                (NOT_DELIVERED, to_ms(now), *parameters),
            )
            return self._do(
                f"UPDATE deliveries SET state = 'queued', next_at = ?, ended_at = NULL, unknowns = 0 WHERE {failed}",  # noqa: S608
                (to_ms(now), to_ms(now), *parameters),
            ).rowcount

    def expire_passed(self, now: datetime) -> list[tuple[Job, Recorded]]:
        """Give up what waited until all that it tells of had passed, so that it is called missed, once; what that was.

        Without it each would find out at its own next try, and be called missed in a message of its own.
        """
        rows = self._rows(f"{WAITING} AND m.expires_at <= ? ORDER BY d.id", (to_ms(now),))
        if not rows:
            return []
        step = Step(state=DeliveryState.EXPIRED, reason=PASSED)
        ended = []
        with self.write():
            for row in rows:
                job = self._job(row, now)
                marked = self._do(
                    "UPDATE deliveries SET state = 'expired', words = ?, ended_at = ? "
                    "WHERE id = ? AND state = 'queued'",
                    (PASSED, to_ms(now), job.id),
                )
                if marked.rowcount == 1:
                    ended.append((job, self._settle(job, step)))
        return ended

    def was_posted(self, key: str) -> bool:
        return self._value("SELECT 1 FROM messages WHERE key = ?", (key,)) is not None

    def post(
        self,
        recipient: str,
        kind: DraftKind,
        routes: Sequence[Route],
        *,
        key: str,
        body: Plain,
        now: datetime,
        keep_for: timedelta,
        urgent: bool = False,
        content: str | None = None,
    ) -> bool:
        """A message that is not about reminders (a digest, an alert); False if `key` was posted before.

        `content`: the same for recipients who are told the same.
        """
        if not routes:
            return False
        with self.write():
            if self._value("SELECT 1 FROM messages WHERE key = ?", (key,)):
                return False
            self._message(
                recipient,
                kind,
                urgent=urgent,
                now=now,
                soonest_at=now + keep_for,
                expires_at=now + keep_for,
                routes=routes,
                key=key,
                body=dump(body),
                content=content,
            )
        return True
