"""What waits to be sent: the next delivery of a channel, marked before it is tried with all that goes out with it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from notifier.domain.batches import Share, marks, shares
from notifier.domain.claims import LATER_LEAD, MOST_ITEMS, is_over
from notifier.domain.delivery import PASSED
from notifier.domain.drafts import DraftKind, ItemKind, Told
from notifier.domain.jobs import ACKNOWLEDGED, Entry, Job
from notifier.domain.offers import Offer, OfferChange
from notifier.domain.plain import change_from_plain, finding_from_plain
from notifier.domain.reminders import Reminder
from notifier.domain.values import Finding
from notifier.ledger.routes import RouteVerbs
from notifier.ledger.rows import OFFER_COLUMNS, REMINDER_COLUMNS, due_of, dump, offer_of_joined
from notifier.ledger.store import Row, from_ms, to_ms

_MOST_TOGETHER = 500  # deliveries that one message ends

WAITING = (
    "SELECT d.*, m.recipient, m.kind, m.created_at, m.soonest_at, m.expires_at, m.key, m.body, m.content "
    "FROM deliveries d JOIN messages m ON m.id = d.message_id WHERE d.state = 'queued'"
)
_FREE = f"{WAITING} AND d.channel = ? AND d.address = ? AND d.next_at <= ? AND d.bundle IS NULL AND d.parts = 1"
_FOREVER = 2**62

Voices = Mapping[str, str]
"""Recipient -> how it is spoken to (language, notes): the same words reach those of one voice."""


class OutboxVerbs(RouteVerbs):
    def next_try(self, channel: str) -> datetime | None:
        """When the next queued delivery of `channel` may be tried."""
        ms = self._value(
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
        with self.write():
            lead = self._row(f"{WAITING} AND d.id = ?", (picked,))
            if lead is None:
                return None
            chosen = self._together(lead, now, voices or {})
            jobs = [self._mark(share, now, lease) for share in chosen]
        return replace(jobs[0], joined=tuple(jobs[1:]))

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

    def _mark(self, share: Share, now: datetime, lease: timedelta) -> Job:
        """Within `write` only. What the delivery leaves to another becomes one of its own."""
        job = share.job
        if share.left:
            job = self._cut(job, share.left)
        number = job.attempt + 1
        self._do(
            "UPDATE deliveries SET state = 'sending', attempts = ?, lease_until = ?, "
            "first_at = coalesce(first_at, ?) WHERE id = ?",
            (number, to_ms(now + lease), to_ms(now), job.id),
        )
        self._do(
            "INSERT INTO attempts (delivery_id, number, started_at) VALUES (?, ?, ?)",
            (job.id, number, to_ms(now)),
        )
        return replace(job, attempt=number)

    def _cut(self, job: Job, left: frozenset[bytes]) -> Job:
        kept = tuple(entry for entry in job.entries if entry.reminder.id not in left)
        self._do(
            "INSERT INTO deliveries (message_id, channel, address, fallback_for, stands_for, urgent, items, next_at, "
            "maybe_repeat) SELECT message_id, channel, address, fallback_for, stands_for, 0, ?, next_at, "
            "maybe_repeat FROM deliveries WHERE id = ?",
            (dump(sorted(one.hex() for one in left)), job.id),
        )
        self._do(
            "UPDATE deliveries SET items = ? WHERE id = ?",
            (dump(sorted(entry.reminder.id.hex() for entry in kept)), job.id),
        )
        return replace(job, entries=kept)

    # -- what goes out as one message -------------------------------------------------------------

    def _together(self, lead: Row, now: datetime, voices: Voices) -> list[Share]:
        """What is said with `lead`, which comes first unless it waits for the next message."""
        if lead["bundle"] is not None:
            rows = self._rows(f"{WAITING} AND d.bundle = ? AND d.part = ?", (lead["bundle"], lead["part"]))
            return [Share(self._job(row, now)) for row in rows]
        if lead["parts"] > 1:
            return [Share(self._job(lead, now))]
        until = _FOREVER if self.trouble_of(lead["channel"], lead["address"]) is not None else to_ms(now)
        if lead["key"] is not None:
            return [Share(self._job(row, now)) for row in (lead, *self._alike(lead, until, voices))]
        chosen = self._shares_of(lead["recipient"], lead, until, now)
        told = marks(chosen)
        for name in self._others(lead, voices):
            theirs = self._shares_of(name, lead, until, now)
            if theirs and marks(theirs) == told:
                chosen += theirs
        return chosen

    def _shares_of(self, recipient: str, lead: Row, until: int, now: datetime) -> list[Share]:
        """Of what waits for `recipient` where `lead` goes, that which is said first."""
        rows = self._rows(
            f"{_FREE} AND m.key IS NULL AND m.recipient = ? ORDER BY d.urgent DESC, d.next_at, d.id LIMIT ?",
            (lead["channel"], lead["address"], until, recipient, _MOST_TOGETHER),
        )
        jobs: list[Job] = []
        items = 0
        for row in rows:
            job = self._job(row, now, again=len(rows) > 1)
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
        rows = self._rows(
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
        rows = self._rows(
            f"{_FREE} AND m.content = ? AND m.kind = ? AND m.recipient <> ? ORDER BY d.id",
            (lead["channel"], lead["address"], until, lead["content"], lead["kind"], lead["recipient"]),
        )
        first = {row["recipient"]: row for row in reversed(rows)}
        voice = voices[lead["recipient"]]
        return [row for row in rows if first[row["recipient"]] is row and voices.get(row["recipient"]) == voice]

    def put_back(self, jobs: Sequence[Job]) -> None:
        """These were not tried after all: they wait as before."""
        with self.write():
            for job in jobs:
                self._do(
                    "UPDATE deliveries SET state = 'queued', attempts = attempts - 1, lease_until = NULL "
                    "WHERE id = ? AND state = 'sending' AND attempts = ?",
                    (job.id, job.attempt),
                )
                self._do("DELETE FROM attempts WHERE delivery_id = ? AND number = ?", (job.id, job.attempt))

    def split(self, job: Job, parts: Sequence[Iterable[bytes]]) -> None:
        """Replace deliveries that are too long for their channel by one each for each of `parts` (reminder ids).

        The parts are fixed before the first is sent, so that a part sent is never sent again in another cut.
        """
        with self.write():
            for one in job.together:
                own = {entry.reminder.id for entry in one.entries}
                pieces = [(number, own & set(ids)) for number, ids in enumerate(parts, 1)]
                self._split(one, [piece for piece in pieces if piece[1]], len(parts), job.id)

    def _split(self, job: Job, pieces: Sequence[tuple[int, set[bytes]]], count: int, bundle: int) -> None:
        for place, (number, ids) in enumerate(pieces):
            items = dump(sorted(one.hex() for one in ids))
            if place == 0:
                self._do(
                    "UPDATE deliveries SET state = 'queued', part = ?, parts = ?, items = ?, bundle = ?, "
                    "attempts = attempts - 1, lease_until = NULL WHERE id = ? AND state = 'sending'",
                    (number, count, items, bundle, job.id),
                )
                self._do("DELETE FROM attempts WHERE delivery_id = ? AND number = ?", (job.id, job.attempt))
                continue
            self._do(
                "INSERT INTO deliveries (message_id, channel, address, fallback_for, stands_for, urgent, part, "
                "parts, items, bundle, next_at, maybe_repeat) SELECT message_id, channel, address, fallback_for, "
                "stands_for, urgent, ?, ?, ?, ?, next_at, maybe_repeat FROM deliveries WHERE id = ?",
                (number, count, items, bundle, job.id),
            )

    # -- what a delivery tells --------------------------------------------------------------------

    def _job(self, row: Row, now: datetime, *, again: bool = False) -> Job:
        """A delivery before its next attempt. `again`: as for `_entries`."""
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
            first_at=from_ms(row["first_at"] or to_ms(now)),
            soonest_at=from_ms(row["soonest_at"] or row["expires_at"]),
            expires_at=from_ms(row["expires_at"]),
            key=row["key"] or "",
            body=json.loads(row["body"]) if row["body"] else {},
            fallback_for=row["fallback_for"],
            stands_for=row["stands_for"],
            entries=tuple(self._entries(row["message_id"], only, now, again=again or row["attempts"] > 0)),
        )

    def _entries(self, message_id: int, only: set[str] | None, now: datetime, *, again: bool) -> Iterable[Entry]:
        """`again`: it has been tried before, or others wait with it, so a later lead of the same milestone may be on
        its way by now."""
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
        """Where it was sent to the one who does not answer, and where it could not be sent (yet); first what was sent
        of this very milestone, urgent before others and the last before the first."""
        rows = self._rows(
            "SELECT r.recipient, d.channel, coalesce(d.ended_at, d.first_at, d.next_at) AS at, "
            "d.state IN ('sent', 'accepted') AS arrived, r.urgent FROM reminders r "
            "JOIN deliveries d ON d.message_id = r.message_id "
            "WHERE r.parcel_id = ? AND r.recipient = ? AND (d.state IN ('sent', 'accepted') OR r.state <> 'done') "
            "AND (r.kind IN ('new', 'change') OR r.kind = 'reminder' AND r.milestone = ? AND r.milestone_at = ?) "
            "ORDER BY r.kind <> 'reminder', r.urgent DESC, at DESC, d.id DESC",
            (parcel_id, reminder.origin, str(reminder.milestone), to_ms(reminder.milestone_at)),
        )
        return tuple(
            Told(recipient=row[0], channel=row[1], at=from_ms(row[2]), arrived=bool(row[3]), urgent=bool(row[4]))
            for row in rows
        )


def _findings(text: str) -> tuple[Finding, ...]:
    return tuple(finding_from_plain(one) for one in json.loads(text))
