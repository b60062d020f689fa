"""The plan: what is stale, what is planned for it, and what falls due."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from notifier.domain.delivery import MAYBE_SENT, PASSED
from notifier.domain.plain import change_from_plain
from notifier.domain.planning import Known, ParcelPlan
from notifier.domain.reminders import whose
from notifier.ledger.database import Database, Row, from_ms, to_ms
from notifier.ledger.plan_difference import difference, has_passed
from notifier.ledger.row_values import OFFER_COLUMNS, REMINDER_COLUMNS, occasion_columns, offer_of
from notifier.ledger.uncovered import UncoveredParcels, coverage_changes

_READ_AGAIN = timedelta(hours=1)
_DAY_MS = 86_400_000
_CLAIM_LIMIT = 20_000  # rows in one transaction; the rest follows at once


class ReminderPlans:
    """Keep what is planned; only the difference to what is stored is written."""

    def __init__(self, database: Database, uncovered: UncoveredParcels) -> None:
        self._db = database
        self._uncovered = uncovered

    def to_plan(self, *, after: int = 0, limit: int = 500, all_parcels: bool = False) -> list[Known]:
        """The next `limit` parcels by id beyond `after` that are stale, or simply the next ones."""
        stale = "" if all_parcels else "AND stale"
        parcels = self._db.rows(
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
        for row in self._db.rows(f"{select} WHERE parcel_id BETWEEN ? AND ? {more}", span):
            grouped[row["parcel_id"]].append(row)
        return grouped

    def replace(self, plans: Sequence[ParcelPlan], now: datetime, *, away: Collection[str] = ()) -> int:
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
        with self._db.write():
            inserted = self._db.execute_many(_INSERT, inserts) + self._insert_whole(whole)
            self._db.execute_many(
                _UPDATE,
                updates,
            )
            self._db.execute_many("INSERT INTO watches (parcel_id, recipient, since) VALUES (?, ?, ?)", watches)
            self._uncovered.keep(coverage)
            told = [(change_id,) for plan in plans for change_id in plan.known.untold]
            self._db.execute_many("UPDATE changes SET told = 1 WHERE id = ?", told)
            # what another process saved in the meantime has raised `stale` and is planned next
            self._db.execute_many(
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
        self._db.execute_many(
            "INSERT INTO temp.hearers VALUES (?, ?, ?, ?)",
            (
                (number, plan.parcel_id, whose(name, plan.known.offer.key), name)
                for number, (plan, audience) in audiences
                for name in audience.recipients
            ),
        )
        self._db.execute_many(
            "INSERT INTO temp.occasions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (number, one.mark, *occasion_columns(one))
                for number, (_, audience) in audiences
                for one in audience.occasions
            ),
        )
        inserted = self._db.execute(_INSERT_WHOLE).rowcount
        self._db.execute("DELETE FROM temp.hearers")
        self._db.execute("DELETE FROM temp.occasions")
        return inserted

    def mark_stale(self, parcel_ids: Iterable[int]) -> None:
        with self._db.write():
            self._db.execute_many("UPDATE parcels SET stale = stale + 1 WHERE id = ?", [(one,) for one in parcel_ids])

    def set_back(self, by: timedelta, now: datetime) -> None:
        """The clock was `by` ahead and is right again: what was noted while it was wrong is noted as of `now`, and
        what was called missed but is ahead is planned again.
        """
        ms, at = to_ms(now), round(by.total_seconds() * 1000)
        with self._db.write():
            self._db.execute("UPDATE milestones SET known_at = ? WHERE known_at > ?", (ms, ms))
            self._db.execute(
                "DELETE FROM watches WHERE since > ?", (ms,)
            )  # they begin anew: what is ahead is news again
            self._db.execute(
                "UPDATE reminders SET due_at = max(due_at - ?, ?) WHERE state = 'planned' AND due_at > ? "
                "AND kind IN ('new', 'change')",
                (at, ms, ms),
            )
            self._db.execute(
                "UPDATE reminders SET state = 'superseded', reason = 'clock set back', message_id = NULL "
                "WHERE state = 'missed' AND reason = ? AND milestone_at + day_only * ? > ?",
                (PASSED, _DAY_MS, ms),
            )
            self._db.execute("UPDATE deliveries SET next_at = ? WHERE state = 'queued' AND next_at > ?", (ms, ms))
            self._db.execute("UPDATE deliveries SET lease_until = lease_until - ? WHERE state = 'sending'", (at,))
            # a digest of a day that has not come is no reason to send none on that day
            self._db.execute(
                "UPDATE messages SET key = key || ':' || id WHERE kind = 'digest' AND created_at > ?",
                (ms,),
            )
            self._db.execute("UPDATE parcels SET stale = stale + 1")

    def has_stale(self) -> bool:
        """Whether a parcel waits to be planned."""
        return self._db.value("SELECT 1 FROM parcels WHERE stale LIMIT 1") is not None


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
