"""Deliveries: marked before they are tried, recorded after, fenced on the attempt they belong to."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from notifier.domain.claims import LATER_LEAD, is_over
from notifier.domain.delivery import PASSED, DeliveryState, Recorded, Step
from notifier.domain.drafts import DraftKind, ItemKind, Told
from notifier.domain.jobs import ACKNOWLEDGED, Entry, Job
from notifier.domain.offers import Offer, OfferChange
from notifier.domain.outcomes import Outcome
from notifier.domain.plain import Plain, change_from_plain, finding_from_plain
from notifier.domain.recipients import Route
from notifier.domain.reminders import Reminder
from notifier.domain.values import Finding
from notifier.ledger.routes import RouteVerbs
from notifier.ledger.rows import OFFER_COLUMNS, REMINDER_COLUMNS, due_of, dump, offer_of_joined
from notifier.ledger.store import COPIED_AT, RESTORED_AT, Row, from_ms, to_ms

NOT_DELIVERED = "not delivered"

# planned once more, unless another lead of the milestone is on its way, or has called it missed
_CALL_MISSED = (
    "UPDATE reminders AS r SET state = 'planned', message_id = NULL, reason = ? WHERE parcel_id = ? AND id = ? "
    "AND state = 'claimed' AND kind = 'reminder' AND NOT EXISTS (SELECT 1 FROM reminders o "
    "WHERE o.parcel_id = r.parcel_id AND o.recipient = r.recipient AND o.kind = r.kind AND o.milestone = r.milestone "
    "AND o.milestone_at = r.milestone_at AND o.id <> r.id AND (o.state = 'claimed' OR o.state = 'missed' "
    "AND o.reason = ? OR o.state = 'planned' AND o.reason = ?))"
)


class DeliveryVerbs(RouteVerbs):
    def next_try(self, channel: str) -> datetime | None:
        """When the next queued delivery of `channel` may be tried."""
        ms = self._value(
            "SELECT min(n) FROM (SELECT min(next_at) AS n FROM deliveries "
            "WHERE state = 'queued' AND channel = ? AND urgent = 1 UNION ALL "
            "SELECT min(next_at) FROM deliveries WHERE state = 'queued' AND channel = ? AND urgent = 0)",
            (channel, channel),
        )
        return None if ms is None else from_ms(ms)

    def begin(self, channel: str, now: datetime, lease: timedelta) -> Job | None:
        """Mark the next delivery of `channel` as under way, urgent ones first; None if there is none to try."""
        picked = self._pick(channel, now)
        if picked is None:
            return None
        with self.write():
            marked = self._do(
                "UPDATE deliveries SET state = 'sending', attempts = attempts + 1, lease_until = ?, "
                "first_at = coalesce(first_at, ?) WHERE id = ? AND state = 'queued'",
                (to_ms(now + lease), to_ms(now), picked),
            )
            if marked.rowcount != 1:
                return None
            row = self._row(
                "SELECT d.*, m.recipient, m.kind, m.created_at, m.soonest_at, m.expires_at, m.key, m.body "
                "FROM deliveries d JOIN messages m ON m.id = d.message_id WHERE d.id = ?",
                (picked,),
            )
            if row is None:
                return None
            self._do(
                "INSERT INTO attempts (delivery_id, number, started_at) VALUES (?, ?, ?)",
                (picked, row["attempts"], to_ms(now)),
            )
        return self._job(row, now)

    def _pick(self, channel: str, now: datetime) -> int | None:
        for urgent in (1, 0):
            found = self._value(
                "SELECT id FROM deliveries WHERE state = 'queued' AND channel = ? AND urgent = ? AND next_at <= ? "
                "ORDER BY next_at LIMIT 1",
                (channel, urgent, to_ms(now)),
            )
            if found is not None:
                return int(found)
        return None

    def _job(self, row: Row, now: datetime) -> Job:
        only = None if row["items"] is None else set(json.loads(row["items"]))
        return Job(
            id=row["id"],
            attempt=row["attempts"],
            unknowns=row["unknowns"],
            message_id=row["message_id"],
            recipient=row["recipient"],
            kind=DraftKind(row["kind"]),
            urgent=bool(row["urgent"]),
            channel=row["channel"],
            address=row["address"],
            part=row["part"],
            parts=row["parts"],
            maybe_repeat=bool(row["maybe_repeat"]),
            created_at=from_ms(row["created_at"]),
            first_at=from_ms(row["first_at"]),
            soonest_at=from_ms(row["soonest_at"] or row["expires_at"]),
            expires_at=from_ms(row["expires_at"]),
            key=row["key"] or "",
            body=json.loads(row["body"]) if row["body"] else {},
            fallback_for=row["fallback_for"],
            stands_for=row["stands_for"],
            entries=tuple(self._entries(row["message_id"], only, now, again=row["attempts"] > 1)),
        )

    def _entries(self, message_id: int, only: set[str] | None, now: datetime, *, again: bool) -> Iterable[Entry]:
        """`again`: it has been tried before, so a later lead of the same milestone may be on its way by now."""
        columns = ", ".join(f"r.{column.strip()}" for column in REMINDER_COLUMNS.split(","))
        rows = self._rows(
            f"SELECT {columns}, r.state AS reminder_state, {OFFER_COLUMNS}, p.findings, "  # noqa: S608  # constants
            "EXISTS (SELECT 1 FROM acks a WHERE a.parcel_id = p.id AND a.milestone IN (r.milestone, '*')) AS is_done "
            "FROM reminders r JOIN parcels p ON p.id = r.parcel_id WHERE r.message_id = ? "
            "ORDER BY r.milestone_at, p.id",
            (message_id,),
        )
        offers: dict[int, Offer] = {}
        for row in rows:
            if only is not None and row[1].hex() not in only:
                continue
            if row["parcel_id"] not in offers:
                offers[row["parcel_id"]] = offer_of_joined(row)
            reminder = due_of(row).reminder
            void = ACKNOWLEDGED if row["is_done"] and reminder.kind is not ItemKind.CHANGE else ""
            if not void and (again or is_over(reminder, now)) and self._is_followed(row["parcel_id"], reminder):
                void = LATER_LEAD
            yield Entry(
                reminder=reminder,
                offer=offers[row["parcel_id"]],
                missed=row["reminder_state"] == "missed" and reminder.reason == PASSED,
                void=void,
                change=self._change_of(reminder),
                findings=_findings(row["findings"]) if reminder.kind is ItemKind.NEW else (),
                told=self._told(row["parcel_id"], reminder) if reminder.kind is ItemKind.ESCALATION else (),
            )

    def _is_followed(self, parcel_id: int, reminder: Reminder) -> bool:
        """Whether a later lead of the same milestone is said, on its way, or has called it missed."""
        if reminder.kind is not ItemKind.REMINDER:
            return False
        found = self._value(
            "SELECT 1 FROM reminders WHERE parcel_id = ? AND recipient = ? AND kind = ? AND milestone = ? "
            "AND milestone_at = ? AND origin = ? AND due_at > ? "
            "AND (state IN ('claimed', 'done') OR state = 'missed' AND reason = ?) LIMIT 1",
            (
                parcel_id, reminder.recipient, reminder.kind.value, reminder.milestone,
                to_ms(reminder.milestone_at), reminder.origin, to_ms(reminder.due_at), PASSED,
            ),
        )  # fmt: skip
        return found is not None

    def _change_of(self, reminder: Reminder) -> OfferChange | None:
        if reminder.kind is not ItemKind.CHANGE:
            return None
        body = self._value("SELECT body FROM changes WHERE id = ?", (int(reminder.origin),))
        return None if body is None else change_from_plain(json.loads(body))

    def _told(self, parcel_id: int, reminder: Reminder) -> tuple[Told, ...]:
        """Where it was sent to the one who does not answer, and where it could not be sent (yet)."""
        rows = self._rows(
            "SELECT r.recipient, d.channel, coalesce(d.ended_at, d.first_at, d.next_at) AS at, d.state = 'sent' "
            "AS arrived FROM reminders r JOIN deliveries d ON d.message_id = r.message_id "
            "WHERE r.parcel_id = ? AND r.recipient = ? AND (d.state = 'sent' OR r.state <> 'done') "
            "AND (r.kind IN ('new', 'change') OR r.kind = 'reminder' AND r.milestone = ? AND r.milestone_at = ?) "
            "ORDER BY at",
            (parcel_id, reminder.origin, str(reminder.milestone), to_ms(reminder.milestone_at)),
        )
        return tuple(Told(recipient=row[0], channel=row[1], at=from_ms(row[2]), arrived=bool(row[3])) for row in rows)

    def split(self, job: Job, parts: Sequence[Sequence[bytes]]) -> None:
        """Replace a delivery that is too long for its channel by one for each of `parts` (reminder ids), queued.

        The parts are fixed before the first is sent, so that a part sent is never sent again in another cut.
        """
        with self.write():
            for number, ids in enumerate(parts, 1):
                items = dump([one.hex() for one in ids])
                if number == 1:
                    self._do(
                        "UPDATE deliveries SET state = 'queued', part = 1, parts = ?, items = ?, "
                        "attempts = attempts - 1 WHERE id = ? AND state = 'sending'",
                        (len(parts), items, job.id),
                    )
                    self._do("DELETE FROM attempts WHERE delivery_id = ? AND number = ?", (job.id, job.attempt))
                    continue
                self._do(
                    "INSERT INTO deliveries (message_id, channel, address, fallback_for, stands_for, urgent, part, "
                    "parts, items, next_at, maybe_repeat) SELECT message_id, channel, address, fallback_for, "
                    "stands_for, urgent, ?, ?, ?, next_at, maybe_repeat FROM deliveries WHERE id = ?",
                    (number, len(parts), items, job.id),
                )

    def record(
        self, job: Job, outcome: Outcome, step: Step, now: datetime, *, fallback: Sequence[Route] = ()
    ) -> Recorded:
        """Store the outcome of `job`'s attempt; nothing is stored if a newer attempt has begun.

        `fallback`: where the message goes as well, unless it is on its way there already.
        """
        with self.write():
            changed = self._do(
                "UPDATE deliveries SET state = ?, next_at = coalesce(?, next_at), words = ?, unknowns = unknowns + ?, "
                "maybe_repeat = max(maybe_repeat, ?), ended_at = ?, lease_until = NULL "
                "WHERE id = ? AND state = 'sending' AND attempts = ?",
                (
                    step.state.value,
                    None if step.at is None else to_ms(step.at),
                    outcome.words,
                    int(step.maybe_repeat),
                    int(step.maybe_repeat),
                    None if step.state is DeliveryState.QUEUED else to_ms(now),
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
            self._route_again(job.id, fallback, now)
            if step.state is DeliveryState.SENT and job.stands_for is not None:
                self._spare(job, now)
            return self._settle(job, step)

    def _settle(self, job: Job, step: Step) -> Recorded:
        """The reminders of a message are done when one delivery has arrived, missed when none can any more; those
        whose milestone passed meanwhile are planned once more, to be called missed."""
        ids = [(entry.offer.id, entry.reminder.id) for entry in job.entries]
        if step.state is DeliveryState.SENT:
            self._do_many(
                "UPDATE reminders SET state = 'done' WHERE parcel_id = ? AND id = ? AND state = 'claimed'", ids
            )
        if step.state not in (DeliveryState.FAILED, DeliveryState.EXPIRED):
            return Recorded.STORED
        hope = self._value(
            "SELECT 1 FROM deliveries WHERE message_id = ? AND state IN ('queued', 'sending', 'sent') LIMIT 1",
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
        failed = (
            "state = 'failed' AND message_id IN (SELECT id FROM messages WHERE expires_at > ?) "
            "AND NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.stands_for = deliveries.id AND o.state = 'sent')"
        )
        with self.write():
            self._do(
                "UPDATE reminders SET state = 'claimed' WHERE state = 'missed' AND reason = ? AND message_id IN "  # noqa: S608  # a constant, here and below
                f"(SELECT message_id FROM deliveries WHERE {failed})",
                (NOT_DELIVERED, to_ms(now)),
            )
            return self._do(
                f"UPDATE deliveries SET state = 'queued', next_at = ?, ended_at = NULL, unknowns = 0 WHERE {failed}",  # noqa: S608
                (to_ms(now), to_ms(now)),
            ).rowcount

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
    ) -> bool:
        """A message that is not about reminders (a digest, an alert); False if `key` was posted before."""
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
            )
        return True


def _findings(text: str) -> tuple[Finding, ...]:
    return tuple(finding_from_plain(one) for one in json.loads(text))
