"""Deliveries: marked before they are tried, recorded after, fenced on the attempt they belong to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from notifier.domain.delivery import DeliveryState, Step, failover_at
from notifier.domain.drafts import DraftKind, ItemKind, Told
from notifier.domain.jobs import Entry, Job
from notifier.domain.offers import Offer, OfferChange
from notifier.domain.outcomes import Outcome
from notifier.domain.plain import Plain, change_from_plain, finding_from_plain
from notifier.domain.recipients import Route
from notifier.domain.reminders import Reminder
from notifier.domain.values import Finding
from notifier.ledger.plans import PlanVerbs
from notifier.ledger.rows import OFFER_COLUMNS, REMINDER_COLUMNS, due_of, dump, offer_of_joined
from notifier.ledger.store import COPIED_AT, RESTORED_AT, Row, from_ms, to_ms


class DeliveryVerbs(PlanVerbs):
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
                "SELECT d.*, m.recipient, m.kind, m.created_at, m.expires_at, m.key, m.body "
                "FROM deliveries d JOIN messages m ON m.id = d.message_id WHERE d.id = ?",
                (picked,),
            )
            if row is None:
                return None
            self._do(
                "INSERT INTO attempts (delivery_id, number, started_at) VALUES (?, ?, ?)",
                (picked, row["attempts"], to_ms(now)),
            )
        return self._job(row)

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

    def _job(self, row: Row) -> Job:
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
            expires_at=from_ms(row["expires_at"]),
            key=row["key"] or "",
            body=json.loads(row["body"]) if row["body"] else {},
            fallback_for=row["fallback_for"],
            entries=tuple(self._entries(row["message_id"], only)),
        )

    def _entries(self, message_id: int, only: set[str] | None) -> Iterable[Entry]:
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
            yield Entry(
                reminder=reminder,
                offer=offers[row["parcel_id"]],
                missed=row["reminder_state"] == "missed",
                is_void=bool(row["is_done"]) and reminder.kind is not ItemKind.CHANGE,
                change=self._change_of(reminder),
                findings=_findings(row["findings"]) if reminder.kind is ItemKind.NEW else (),
                told=self._told(row["parcel_id"], reminder) if reminder.kind is ItemKind.ESCALATION else (),
            )

    def _change_of(self, reminder: Reminder) -> OfferChange | None:
        if reminder.kind is not ItemKind.CHANGE:
            return None
        body = self._value("SELECT body FROM changes WHERE id = ?", (int(reminder.origin),))
        return None if body is None else change_from_plain(json.loads(body))

    def _told(self, parcel_id: int, reminder: Reminder) -> tuple[Told, ...]:
        rows = self._rows(
            "SELECT r.recipient, d.channel, d.ended_at FROM reminders r "
            "JOIN deliveries d ON d.message_id = r.message_id "
            "WHERE r.parcel_id = ? AND r.milestone = ? AND r.milestone_at = ? AND r.recipient = ? "
            "AND r.kind = 'reminder' AND d.state = 'sent' ORDER BY d.ended_at",
            (parcel_id, str(reminder.milestone), to_ms(reminder.milestone_at), reminder.origin),
        )
        return tuple(Told(recipient=row[0], channel=row[1], at=from_ms(row[2])) for row in rows)

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
                    "INSERT INTO deliveries (message_id, channel, address, fallback_for, urgent, part, parts, items, "
                    "next_at, maybe_repeat) SELECT message_id, channel, address, fallback_for, urgent, ?, ?, ?, "
                    "next_at, maybe_repeat FROM deliveries WHERE id = ?",
                    (number, len(parts), items, job.id),
                )

    def record(self, job: Job, outcome: Outcome, step: Step, now: datetime, *, fallback: Sequence[Route] = ()) -> bool:
        """Store the outcome of `job`'s attempt; False, and nothing stored, if a newer attempt has begun.

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
                return False
            self._do(
                "UPDATE attempts SET ended_at = ?, verdict = ?, words = ? WHERE delivery_id = ? AND number = ?",
                (to_ms(now), outcome.verdict.value, outcome.words, job.id, job.attempt),
            )
            self._route_again(job.id, fallback, now)
            if step.state is DeliveryState.SENT and job.fallback_for:
                self._spare(job, now)
            self._settle(job, step.state)
        return True

    def _route_again(self, delivery_id: int, routes: Sequence[Route], now: datetime) -> int:
        """A copy of a delivery for each of `routes` that it is not on already; how many. Within `write`."""
        return sum(
            self._do(
                "INSERT INTO deliveries (message_id, channel, address, fallback_for, urgent, next_at, maybe_repeat, "
                "part, parts, items) "
                "SELECT message_id, ?, ?, channel, urgent, ?, maybe_repeat, 1, 1, items FROM deliveries AS d "
                "WHERE id = ? AND NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.message_id = d.message_id "
                "AND o.channel = ? AND o.address = ? AND o.items IS d.items)",
                (route.channel, route.address, to_ms(now), delivery_id, route.channel, route.address),
            ).rowcount
            for route in routes
        )

    def _spare(self, job: Job, now: datetime) -> None:
        """What a fallback has said in full need not be said again by the channel that it stood in for."""
        self._do(
            "UPDATE deliveries SET state = 'expired', words = ?, ended_at = ? WHERE message_id = ? AND channel = ? "
            "AND state = 'queued' AND NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.message_id = ? "
            "AND o.fallback_for = ? AND o.channel = ? AND o.state <> 'sent')",
            (
                f"said by {job.channel} instead", to_ms(now), job.message_id, job.fallback_for,
                job.message_id, job.fallback_for, job.channel,
            ),
        )  # fmt: skip

    def fall_back_queued(self, channel: str, fallbacks: Mapping[str, Sequence[Route]], now: datetime) -> int:
        """Send what has waited too long for `channel` by its recipient's `fallbacks`, too; how many deliveries."""
        added = 0
        with self.write():
            rows = self._rows(
                "SELECT d.id, m.recipient, m.created_at, m.expires_at "
                "FROM deliveries d JOIN messages m ON m.id = d.message_id "
                "WHERE d.state = 'queued' AND d.channel = ? AND d.fallback_for = ''",
                (channel,),
            )
            for row in rows:
                if failover_at(from_ms(row["created_at"]), from_ms(row["expires_at"])) <= now:
                    added += self._route_again(row["id"], fallbacks.get(row["recipient"], ()), now)
        return added

    def reroute(self, channels: Sequence[str], routes: Mapping[str, Sequence[Route]], now: datetime) -> int:
        """Fail what waits for a channel that is not one of `channels`, and send it by its recipient's `routes`."""
        marks = ", ".join("?" * len(channels))
        where = f"state = 'queued' AND channel NOT IN ({marks})"
        rows = self._rows(
            f"SELECT d.id, m.recipient FROM deliveries d JOIN messages m ON m.id = d.message_id WHERE d.{where}",  # noqa: S608  # marks
            channels,
        )
        if not rows:
            return 0
        with self.write():
            for row in rows:
                self._route_again(row["id"], routes.get(row["recipient"], ()), now)
                self._do(
                    "UPDATE deliveries SET state = 'failed', words = 'channel removed', ended_at = ? "
                    "WHERE id = ? AND state = 'queued'",
                    (to_ms(now), row["id"]),
                )
        return len(rows)

    def _settle(self, job: Job, state: DeliveryState) -> None:
        """The reminders of a message are done when one delivery has arrived, missed when none can any more."""
        ids = [(entry.offer.id, entry.reminder.id) for entry in job.entries]
        if state is DeliveryState.SENT:
            self._do_many(
                "UPDATE reminders SET state = 'done' WHERE parcel_id = ? AND id = ? AND state = 'claimed'", ids
            )
        elif state in (DeliveryState.FAILED, DeliveryState.EXPIRED):
            hope = self._value(
                "SELECT 1 FROM deliveries WHERE message_id = ? AND state IN ('queued', 'sending') LIMIT 1",
                (job.message_id,),
            )
            if hope is None:
                self._do_many(
                    "UPDATE reminders SET state = 'missed', reason = 'not delivered' "
                    "WHERE parcel_id = ? AND id = ? AND state = 'claimed'",
                    ids,
                )

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

    def recover_expired_leases(self, now: datetime) -> int:
        """The same for deliveries whose worker has been silent beyond its lease."""
        return self._requeue("state = 'sending' AND lease_until < ?", (to_ms(now),), now)

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
        """Queue again what failed for good and is still of use; how many deliveries."""
        with self.write():
            return self._do(
                "UPDATE deliveries SET state = 'queued', next_at = ?, ended_at = NULL, unknowns = 0 "
                "WHERE state = 'failed' AND message_id IN (SELECT id FROM messages WHERE expires_at > ?)",
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
                expires_at=now + keep_for,
                routes=routes,
                key=key,
                body=dump(body),
            )
        return True

    def channel_failed(self, channel: str, words: str, now: datetime) -> tuple[int, datetime]:
        """Count a failure in a row; (how many, since when)."""
        with self.write():
            self._do(
                "INSERT INTO troubles (channel, since, failures, reported, words) VALUES (?, ?, 1, 0, ?) "
                "ON CONFLICT (channel) DO UPDATE SET failures = failures + 1, words = excluded.words",
                (channel, to_ms(now), words),
            )
            row = self._row("SELECT failures, since FROM troubles WHERE channel = ?", (channel,))
        return (int(row["failures"]), from_ms(row["since"])) if row else (0, now)

    def report_trouble(self, channel: str) -> bool:
        """Whether this is the first time that the trouble of `channel` is reported."""
        with self.write():
            sql = "UPDATE troubles SET reported = 1 WHERE channel = ? AND reported = 0"
            return self._do(sql, (channel,)).rowcount == 1

    def channel_works(self, channel: str) -> tuple[bool, datetime] | None:
        """The channel answered well: (whether its trouble was reported, since when it lasted); None if it had none."""
        row = self._row("SELECT reported, since FROM troubles WHERE channel = ?", (channel,))
        if row is None:
            return None
        with self.write():
            self._do("DELETE FROM troubles WHERE channel = ?", (channel,))
        return bool(row["reported"]), from_ms(row["since"])

    def troubles(self) -> Mapping[str, tuple[datetime, str]]:
        """The channels that fail at present: since when, and their last words."""
        rows = self._rows("SELECT channel, since, words FROM troubles")
        return {row["channel"]: (from_ms(row["since"]), row["words"]) for row in rows}


def _findings(text: str) -> tuple[Finding, ...]:
    return tuple(finding_from_plain(one) for one in json.loads(text))
