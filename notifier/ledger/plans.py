"""The plan: what is stale, what is planned for it, and what falls due."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b

from notifier.domain import claims
from notifier.domain.claims import Claim, Due
from notifier.domain.delivery import MAYBE_SENT, PASSED
from notifier.domain.drafts import DraftKind
from notifier.domain.offers import Offer
from notifier.domain.plain import change_from_plain
from notifier.domain.planning import Known, ParcelPlan
from notifier.domain.recipients import Route
from notifier.domain.reminders import whose
from notifier.domain.silences import Held, hold
from notifier.ledger.coverage import CoverageVerbs, coverage_changes
from notifier.ledger.difference import NEWS, difference, has_passed
from notifier.ledger.people import PeopleVerbs
from notifier.ledger.rows import OFFER_COLUMNS, REMINDER_COLUMNS, due_of, occasion_columns, offer_of
from notifier.ledger.store import COPIED_AT, RESTORED_AT, Row, from_ms, to_ms

_READ_AGAIN = timedelta(hours=1)
_DAY_MS = 86_400_000
_CLAIM_LIMIT = 20_000  # rows in one transaction; the rest follows at once


class PlanVerbs(PeopleVerbs, CoverageVerbs):
    def to_plan(self, *, after: int = 0, limit: int = 500, all_parcels: bool = False) -> list[Known]:
        """The next `limit` parcels by id beyond `after` that are stale, or simply the next ones."""
        stale = "" if all_parcels else "AND stale"
        parcels = self._rows(
            f"SELECT {OFFER_COLUMNS}, p.stale, p.planned, p.uncovered_at FROM parcels p "  # noqa: S608  # constants
            f"WHERE p.id > ? {stale} ORDER BY p.id LIMIT ?",
            (after, limit),
        )
        if not parcels:
            return []
        span = (parcels[0]["id"], parcels[-1]["id"])
        deadlines = self._grouped("SELECT parcel_id, name, at, known_at FROM milestones", span)
        watches = self._grouped("SELECT parcel_id, recipient, since FROM watches", span)
        acks = self._grouped("SELECT parcel_id, milestone FROM acks", span)
        untold = self._grouped("SELECT parcel_id, id, body FROM changes", span, "AND NOT told")
        return [
            Known(
                offer=offer_of(row),
                stale=row["stale"],
                fresh=not row["planned"],
                deadlines={(one["name"], from_ms(one["at"])): from_ms(one["known_at"]) for one in deadlines[row["id"]]},
                watches={one["recipient"]: from_ms(one["since"]) for one in watches[row["id"]]},
                acknowledged=frozenset(one["milestone"] for one in acks[row["id"]]),
                untold={one["id"]: _came_nearer(one["body"]) for one in untold[row["id"]]},
                uncovered=row["uncovered_at"] is not None,
            )
            for row in parcels
        ]

    def _grouped(self, select: str, span: tuple[int, int], more: str = "") -> Mapping[int, list[Row]]:
        grouped: dict[int, list[Row]] = defaultdict(list)
        for row in self._rows(f"{select} WHERE parcel_id BETWEEN ? AND ? {more}", span):
            grouped[row["parcel_id"]].append(row)
        return grouped

    def replace_plan(self, plans: Sequence[ParcelPlan], now: datetime, *, away: Collection[str] = ()) -> int:
        """Store the difference between `plans` and what is stored, in one transaction; how many rows differed.

        What was sent, is being sent, or was missed is never touched, nor is what waits for recipients who are
        `away`. Nothing is written if nothing differs.
        """
        if not plans:
            return 0
        ids = [plan.parcel_id for plan in plans]
        span = (min(ids), max(ids))  # it may hold parcels in between; they are left alone
        existing = self._grouped(f"SELECT {REMINDER_COLUMNS}, state FROM reminders", span)  # noqa: S608  # constants
        whole: list[ParcelPlan] = []
        inserts: list[tuple[object, ...]] = []
        updates: list[tuple[object, ...]] = []
        watches: list[tuple[int, str, int]] = []
        since = to_ms(now)
        for plan in plans:
            watches += [(plan.parcel_id, name, since) for name in plan.watchers if name not in plan.known.watches]
            if not existing[plan.parcel_id] and not has_passed(plan, now):
                whole.append(plan)
                continue
            more_inserts, more_updates = difference(plan, existing[plan.parcel_id], now, away)
            inserts += more_inserts
            updates += more_updates
        settled = [(plan.parcel_id, plan.known.stale) for plan in plans if plan.known.stale]
        coverage = coverage_changes(plans, now)
        if not (whole or inserts or updates or watches or settled or coverage):
            return 0
        with self.write():
            inserted = self._do_many(_INSERT, inserts) + self._insert_whole(whole)
            self._do_many(
                _UPDATE,
                updates,
            )
            self._do_many("INSERT INTO watches (parcel_id, recipient, since) VALUES (?, ?, ?)", watches)
            self._keep_coverage(coverage)
            told = [(change_id,) for plan in plans for change_id in plan.known.untold]
            self._do_many("UPDATE changes SET told = 1 WHERE id = ?", told)
            # what another process saved in the meantime has raised `stale` and is planned next
            self._do_many(
                "UPDATE parcels SET planned = 1, stale = stale - ? WHERE id = ?", [(n, i) for i, n in settled]
            )
        return inserted + len(updates)

    def _insert_whole(self, plans: Sequence[ParcelPlan]) -> int:
        """Every reminder of parcels of which none is stored; within `write` only.

        What recipients share goes to SQLite once and is multiplied there: half the time of handing over each row.
        """
        if not plans:
            return 0
        audiences = list(enumerate((plan, audience) for plan in plans for audience in plan.audiences))
        self._do_many(
            "INSERT INTO temp.hearers VALUES (?, ?, ?, ?)",
            (
                (number, plan.parcel_id, whose(name, plan.known.offer.key), name)
                for number, (plan, audience) in audiences
                for name in audience.recipients
            ),
        )
        self._do_many(
            "INSERT INTO temp.occasions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (number, one.mark, *occasion_columns(one))
                for number, (_, audience) in audiences
                for one in audience.occasions
            ),
        )
        inserted = self._do(_INSERT_WHOLE).rowcount
        self._do("DELETE FROM temp.hearers")
        self._do("DELETE FROM temp.occasions")
        return inserted

    def mark_stale(self, parcel_ids: Iterable[int]) -> None:
        with self.write():
            self._do_many("UPDATE parcels SET stale = stale + 1 WHERE id = ?", [(one,) for one in parcel_ids])

    def set_back(self, by: timedelta, now: datetime) -> None:
        """The clock was `by` ahead and is right again: what was noted while it was wrong is noted as of `now`, and
        what was called missed but is ahead is planned again.
        """
        ms, at = to_ms(now), round(by.total_seconds() * 1000)
        with self.write():
            self._do("UPDATE milestones SET known_at = ? WHERE known_at > ?", (ms, ms))
            self._do("DELETE FROM watches WHERE since > ?", (ms,))  # they begin anew: what is ahead is news again
            self._do(
                "UPDATE reminders SET due_at = max(due_at - ?, ?) WHERE state = 'planned' AND due_at > ? "
                "AND kind IN ('new', 'change')",
                (at, ms, ms),
            )
            self._do(
                "UPDATE reminders SET state = 'superseded', reason = 'clock set back', message_id = NULL "
                "WHERE state = 'missed' AND reason = ? AND milestone_at + day_only * ? > ?",
                (PASSED, _DAY_MS, ms),
            )
            self._do("UPDATE deliveries SET next_at = ? WHERE state = 'queued' AND next_at > ?", (ms, ms))
            self._do("UPDATE deliveries SET lease_until = lease_until - ? WHERE state = 'sending'", (at,))
            # a digest of a day that has not come is no reason to send none on that day
            self._do(
                "UPDATE messages SET key = key || ':' || id WHERE kind = 'digest' AND created_at > ?",
                (ms,),
            )
            self._do("UPDATE parcels SET stale = stale + 1")

    def next_due(self, *, away: Collection[str] = ()) -> datetime | None:
        """When the next reminder is due; what waits for recipients who are `away` is not looked at."""
        marks = ", ".join("?" * len(away))
        sql = f"SELECT min(due_at) FROM reminders WHERE state = 'planned' AND recipient NOT IN ({marks})"  # noqa: S608  # marks
        ms = self._value(sql, tuple(away))
        return None if ms is None else from_ms(ms)

    def claim_due(
        self,
        now: datetime,
        group_wait: timedelta,
        routes: Mapping[str, Sequence[Route]],
        *,
        away: Collection[str] = (),
    ) -> list[Claim]:
        """Claim what is due, one message a recipient, with its deliveries queued: all of it one transaction.

        What one recipient would be told within `group_wait` is pulled forward to the first of it. Whoever is `away`
        is told nothing: it waits.
        """
        marks = ", ".join("?" * len(away))
        rows = self._rows(
            f"SELECT {REMINDER_COLUMNS} FROM reminders WHERE state = 'planned' AND due_at <= ? "  # noqa: S608  # constants, marks
            f"AND recipient NOT IN ({marks}) ORDER BY due_at LIMIT ?",
            (to_ms(now + group_wait), *away, _CLAIM_LIMIT),
        )
        if not rows or rows[0]["due_at"] > to_ms(now):
            return []
        all_due = [due_of(row) for row in rows]
        held = self._silenced(all_due, now)
        grouped: dict[str, list[Due]] = defaultdict(list)
        for one in all_due:
            if (one.parcel_id, one.reminder.id) not in held:
                grouped[one.reminder.recipient].append(one)
        claimed = [
            claim
            for recipient, due in grouped.items()
            if due[0].reminder.due_at <= now
            for claim in claims.cut(claims.claim(recipient, due, now), now)
        ]
        with self.write():
            self._hold(held)
            waiting = self._waiting(now)
            for claim in claimed:
                self._store_claim(claim, routes.get(claim.recipient, ()), waiting, now)
        return claimed

    def _silenced(self, due: Sequence[Due], now: datetime) -> Mapping[tuple[int, bytes], Held]:
        """What a silence holds back, and until when; nothing is read of the parcels if there is no silence."""
        silences = [one for one in self.silences(now) if one.starts_at <= now]
        if not silences:
            return {}
        offers: dict[int, Offer] = {}
        held: dict[tuple[int, bytes], Held] = {}
        for one in due:
            if one.parcel_id not in offers:
                row = self._row(f"SELECT {OFFER_COLUMNS} FROM parcels p WHERE p.id = ?", (one.parcel_id,))  # noqa: S608  # constants
                if row is None:
                    continue
                offers[one.parcel_id] = offer_of(row)
            found = hold(offers[one.parcel_id], one.reminder, silences, now)
            if found is not None:
                held[one.parcel_id, one.reminder.id] = found
        return held

    def _hold(self, held: Mapping[tuple[int, bytes], Held]) -> None:
        """Within `write` only."""
        self._do_many(
            "UPDATE reminders SET state = ?, due_at = coalesce(?, due_at), reason = ? "
            "WHERE parcel_id = ? AND id = ? AND state = 'planned'",
            [
                ("superseded" if one.until is None else "planned", one.until and to_ms(one.until), one.reason, *key)
                for key, one in held.items()
            ],
        )

    def _waiting(self, now: datetime) -> dict[tuple[str, bool], Row]:
        """(recipient, urgent or not) -> a message of earlier that no channel has been tried for yet, nor cut."""
        rows = self._rows(
            "SELECT m.id, m.recipient, m.urgent, m.kind, "
            "(SELECT count(*) FROM reminders r WHERE r.message_id = m.id) AS items "
            "FROM deliveries d JOIN messages m ON m.id = d.message_id "
            "WHERE d.state = 'queued' AND m.key IS NULL AND m.created_at < ? GROUP BY m.id "
            "HAVING max(d.attempts) = 0 AND max(d.parts) = 1 AND max(d.items IS NOT NULL) = 0 "
            "AND max(d.fallback_for) = '' AND count(*) = "
            "(SELECT count(*) FROM deliveries o WHERE o.message_id = m.id)",
            (to_ms(now),),
        )
        return {(row["recipient"], bool(row["urgent"])): row for row in rows}

    def _store_claim(
        self, claim: Claim, routes: Sequence[Route], waiting: Mapping[tuple[str, bool], Row], now: datetime
    ) -> None:
        """As a message of its own, or with one that still waits for its channel: a queue that is late grows no
        longer by it."""
        joined = waiting.get((claim.recipient, claim.urgent))
        if joined is not None and joined["items"] + len(claim.said) + len(claim.missed) <= claims.MOST_ITEMS:
            message_id = joined["id"]
            kind = min(DraftKind(joined["kind"]), claim.kind, key=list(DraftKind).index)
            self._do(
                "UPDATE messages SET kind = ?, expires_at = max(expires_at, ?), soonest_at = min(soonest_at, ?) "
                "WHERE id = ?",
                (kind.value, to_ms(claim.expires_at), to_ms(claim.soonest_at), message_id),
            )
        else:
            message_id = self._message(
                claim.recipient,
                claim.kind,
                urgent=claim.urgent,
                now=now,
                soonest_at=claim.soonest_at,
                expires_at=claim.expires_at,
                routes=routes,
            )
        if self._may_have_been_sent(claim):
            self._do("UPDATE deliveries SET maybe_repeat = 1 WHERE message_id = ?", (message_id,))
        rows: list[tuple[str, int | None, str, Due]] = [("claimed", message_id, "", one) for one in claim.said]
        rows += [("missed", message_id, PASSED, one) for one in claim.missed]
        rows += [("superseded", None, claims.LATER_LEAD, one) for one in claim.superseded]
        self._do_many(
            "UPDATE reminders SET state = ?, message_id = ?, reason = CASE WHEN ? = '' THEN reason ELSE ? END "
            "WHERE parcel_id = ? AND id = ? AND state = 'planned'",
            [(state, message, why, why, one.parcel_id, one.reminder.id) for state, message, why, one in rows],
        )
        self._note_content(message_id)

    def _note_content(self, message_id: int) -> None:
        """The same for messages that tell the same, whoever they are for."""
        rows = self._rows(
            "SELECT parcel_id, kind, milestone, milestone_at, lead, origin, state FROM reminders "
            "WHERE message_id = ? ORDER BY parcel_id, kind, milestone, milestone_at, lead, origin",
            (message_id,),
        )
        digest = blake2b(repr([tuple(row) for row in rows]).encode("utf-8", "surrogatepass"), digest_size=16)
        self._do("UPDATE messages SET content = ? WHERE id = ?", (digest.hexdigest(), message_id))

    def _may_have_been_sent(self, claim: Claim) -> bool:
        """Whether an attempt to say some of this ended without an answer, or the ledger is a restored backup and some
        of this was due between its copying and its restoring.

        Files that came in meanwhile are read again after it: their news may have been told, too.
        """
        if any(one.reminder.reason == MAYBE_SENT for one in claim.said):
            return True
        copied, restored = self.get(COPIED_AT), self.get(RESTORED_AT)
        if copied is None or restored is None:
            return False
        begin, end = datetime.fromisoformat(copied), datetime.fromisoformat(restored)
        return any(
            begin <= one.reminder.due_at <= (end + _READ_AGAIN if one.reminder.kind in NEWS else end)
            for one in (*claim.said, *claim.missed)
        )

    def _message(
        self,
        recipient: str,
        kind: str,
        *,
        urgent: bool,
        now: datetime,
        soonest_at: datetime,
        expires_at: datetime,
        routes: Sequence[Route],
        key: str | None = None,
        body: str = "",
        content: str | None = None,
    ) -> int:
        """A message and one delivery for each of `routes`; within `write` only."""
        cursor = self._do(
            "INSERT INTO messages (recipient, kind, urgent, created_at, soonest_at, expires_at, key, body, "
            "content) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (recipient, str(kind), int(urgent), to_ms(now), to_ms(soonest_at), to_ms(expires_at), key, body, content),
        )
        message_id = int(cursor.lastrowid or 0)
        self._do_many(
            "INSERT INTO deliveries (message_id, channel, address, urgent, next_at) VALUES (?, ?, ?, ?, ?)",
            [(message_id, route.channel, route.address, int(urgent), to_ms(now)) for route in dict.fromkeys(routes)],
        )
        return message_id


_INSERT = f"INSERT INTO reminders ({REMINDER_COLUMNS}, state) VALUES ({'?, ' * 13}'planned')"  # noqa: S608  # constants

_UPDATE = (
    "UPDATE reminders SET state = ?, due_at = ?, urgent = ?, provisional = ?, day_only = ?, "  # noqa: S608  # constants
    f"reason = CASE reason WHEN '{MAYBE_SENT}' THEN reason ELSE ? END "
    "WHERE parcel_id = ? AND id = ? AND state IN ('planned', 'superseded', 'acknowledged')"
)

_INSERT_WHOLE = (
    f"INSERT INTO reminders ({REMINDER_COLUMNS}, state) "  # noqa: S608  # constants
    "SELECT h.parcel_id, CAST(h.first || o.mark AS BLOB), h.name, o.kind, o.milestone, o.lead, o.milestone_at, "
    "o.due_at, o.urgent, o.provisional, o.reason, o.origin, o.day_only, 'planned' "
    "FROM temp.hearers h CROSS JOIN temp.occasions o ON o.audience = h.audience"
)


def _came_nearer(body: str) -> bool:
    return change_from_plain(json.loads(body)).is_pressing
