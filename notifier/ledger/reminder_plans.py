"""The plan: which parcels are to be planned, and what is planned for them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from notifier.domain.delivery import MAYBE_SENT, PASSED
from notifier.domain.plain import change_from_plain
from notifier.domain.planning import Known, ParcelPlan
from notifier.domain.reminders import whose
from notifier.ledger.database import Database, DatabaseRow, from_ms, to_ms
from notifier.ledger.kept_pauses import pause_of_row
from notifier.ledger.plan_difference import difference, has_due_occasion
from notifier.ledger.row_values import occasion_columns, offer_of
from notifier.ledger.sent_posts import Posts
from notifier.ledger.uncovered import UncoveredParcels, coverage_changes

_DAY_MS = 86_400_000

# The next parcels by id that are to be planned anew.
_STALE_PARCELS = """SELECT p.id AS parcel_id, p.key AS parcel_key, p.state AS parcel_state, p.head,
    p.body,
p.stale, p.planned, p.uncovered_at FROM parcels p WHERE p.id > ? AND p.stale <> 0 ORDER BY p.id
LIMIT ?"""

# The next parcels by id.
_PARCELS = """SELECT p.id AS parcel_id, p.key AS parcel_key, p.state AS parcel_state, p.head,
    p.body,
p.stale, p.planned, p.uncovered_at FROM parcels p WHERE p.id > ? ORDER BY p.id LIMIT ?"""

# The milestones of a span of parcels, and since when they are known.
_MILESTONES = "SELECT parcel_id, name, at, known_at FROM milestones WHERE parcel_id BETWEEN ? AND ?"

# Who is reminded of a span of parcels, and since when.
_WATCHES = "SELECT parcel_id, recipient, since FROM watches WHERE parcel_id BETWEEN ? AND ?"

# What is done or skipped of a span of parcels.
_ACKS = "SELECT parcel_id, milestone FROM acks WHERE parcel_id BETWEEN ? AND ?"

# Who gave an own answer, of a span of parcels.
_OWN_ANSWERS = "SELECT parcel_id, milestone, by FROM own_answers WHERE parcel_id BETWEEN ? AND ?"

# Whose own answers are waited for, of a span of parcels.
_ASKED = """SELECT parcel_id, milestone, recipient, person FROM asked_people
WHERE parcel_id BETWEEN ? AND ?"""

# Somebody's own answer is waited for.
_ASK = "INSERT INTO asked_people (parcel_id, milestone, recipient, person) VALUES (?, ?, ?, ?)"

# It is not waited for any more.
_ASK_NO_MORE = """DELETE FROM asked_people
WHERE parcel_id = ? AND milestone = ? AND recipient = ? AND person = ?"""

# Who asked to hear nothing for a while, of a span of parcels.
_PAUSES = "SELECT * FROM pauses WHERE parcel_id BETWEEN ? AND ?"

# A pause whose time does not stand any more.
_FORGET_PAUSE = """DELETE FROM pauses WHERE parcel_id = ? AND recipient = ? AND milestone = ?
AND milestone_at = ?"""

# The changes of a span of parcels that are not in the plan yet.
_UNTOLD_CHANGES = (
    "SELECT parcel_id, id, body FROM changes WHERE parcel_id BETWEEN ? AND ? AND told = 0"
)

# All reminders of a span of parcels.
_REMINDERS = "SELECT * FROM reminders WHERE parcel_id BETWEEN ? AND ?"

# One reminder.
_INSERT = """INSERT INTO reminders (parcel_id, id, recipient, kind, milestone, lead, milestone_at,
    due_at,
urgent, provisional, reason, origin, day_only, state)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'planned')"""

# A reminder that is planned, or is not any more. That it may have been sent is not forgotten.
_UPDATE = """UPDATE reminders SET state = ?, due_at = ?, urgent = ?, provisional = ?, day_only = ?,
reason = CASE WHEN reason = ? THEN reason ELSE ? END
WHERE parcel_id = ? AND id = ? AND state IN ('planned', 'superseded', 'acknowledged')"""

# One recipient of an audience, for one parcel. `first`: the first bytes of the ids of its
# reminders; the mark of an occasion completes each.
_INSERT_HEARER = "INSERT INTO hearers (audience, parcel_id, first, name) VALUES (?, ?, ?, ?)"

# One occasion of an audience: what each of its recipients is reminded of.
_INSERT_OCCASION = """INSERT INTO occasions (audience, mark, kind, milestone, lead, milestone_at,
    due_at, urgent,
provisional, reason, origin, day_only) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""

# A reminder for each pair of a recipient and an occasion of an audience.
_INSERT_PAIRS = """INSERT INTO reminders (parcel_id, id, recipient, kind, milestone, lead,
milestone_at, due_at, urgent, provisional, reason, origin, day_only, state)
SELECT h.parcel_id, CAST(h.first || o.mark AS BLOB), h.name, o.kind, o.milestone, o.lead,
o.milestone_at, o.due_at,
o.urgent, o.provisional, o.reason, o.origin, o.day_only, 'planned'
FROM hearers h CROSS JOIN occasions o WHERE o.audience = h.audience"""

# The recipients, once their reminders are written.
_CLEAR_HEARERS = "DELETE FROM hearers"

# The occasions, once their reminders are written.
_CLEAR_OCCASIONS = "DELETE FROM occasions"

# Somebody is reminded of a parcel from now on.
_WATCH = "INSERT INTO watches (parcel_id, recipient, since) VALUES (?, ?, ?)"

# A change is in the plan: in this table `told` means just that.
_MARK_CHANGE = "UPDATE changes SET told = 1 WHERE id = ?"

# How often each of a span of parcels was planned.
_PLANNINGS = "SELECT id, planned FROM parcels WHERE id BETWEEN ? AND ?"

# Parcels are planned once more. What another process saved in the meantime has raised `stale` and
# is planned next.
_MARK_PLANNED = "UPDATE parcels SET planned = planned + 1, stale = stale - ? WHERE id IN (?*)"

# A parcel is to be planned anew.
_MAKE_STALE = "UPDATE parcels SET stale = stale + 1 WHERE id = ?"

# Whether a parcel is to be planned anew.
_ANY_STALE = "SELECT 1 FROM parcels WHERE stale <> 0 LIMIT 1"

# What became known in the future became known now.
_RESET_MILESTONES = "UPDATE milestones SET known_at = ? WHERE known_at > ?"

# Who is reminded since the future is reminded anew: what is ahead is news again.
_RESET_WATCHES = "DELETE FROM watches WHERE since > ?"

# News that is due in the future is due earlier by as much, but not before now.
_RESET_NEWS = """UPDATE reminders SET due_at = CASE WHEN due_at - ? > ? THEN due_at - ? ELSE ? END
WHERE state = 'planned' AND due_at > ? AND kind IN ('new', 'change')"""

# What was called missed and is ahead is planned again.
_RESET_MISSED = """UPDATE reminders SET state = 'superseded', reason = 'clock set back', message_id
    = NULL
WHERE state = 'missed' AND reason = ? AND milestone_at + day_only * ? > ?"""

# What was to be tried in the future is tried now.
_RESET_QUEUE = "UPDATE deliveries SET next_at = ? WHERE state = 'queued' AND next_at > ?"

# A lease ends earlier by as much as the clock was ahead.
_RESET_LEASES = "UPDATE deliveries SET lease_until = lease_until - ? WHERE state = 'sending'"

# A digest of a day that has not come is no reason to send none on that day.
_RESET_DIGESTS = (
    "UPDATE messages SET key = key || ':' || id WHERE kind = 'digest' AND created_at > ?"
)

# Every parcel is to be planned anew.
_MAKE_ALL_STALE = "UPDATE parcels SET stale = stale + 1"


class ReminderPlans:
    """Keep what is planned; only the difference to what is stored is written."""

    def __init__(self, database: Database, uncovered: UncoveredParcels, posts: Posts) -> None:
        self._db = database
        self._posts = posts
        self._uncovered = uncovered

    def to_plan(
        self, *, after: int = 0, limit: int = 500, all_parcels: bool = False
    ) -> list[Known]:
        """Return the next `limit` stale parcels by id beyond `after`.

        `all_parcels`: whether they are stale or not.
        """
        query = _PARCELS if all_parcels else _STALE_PARCELS
        parcels = self._db.rows(query, (after, limit))
        if not parcels:
            return []
        span = (parcels[0]["parcel_id"], parcels[-1]["parcel_id"])
        deadlines = self._by_parcel(_MILESTONES, span)
        watches = self._by_parcel(_WATCHES, span)
        acks = self._by_parcel(_ACKS, span)
        untold = self._by_parcel(_UNTOLD_CHANGES, span)
        pauses = self._by_parcel(_PAUSES, span)
        words = self._by_parcel(_OWN_ANSWERS, span)
        found = []
        for row in parcels:
            number = row["parcel_id"]
            known = _known(row, deadlines[number], watches[number], acks[number], untold[number])
            if pauses[number]:
                known = replace(known, pauses=tuple(pause_of_row(line) for line in pauses[number]))
            if words[number]:
                known = replace(known, words=_words(words[number]))
            found.append(known)
        return found

    def _by_parcel(self, query: str, span: tuple[int, int]) -> Mapping[int, list[DatabaseRow]]:
        grouped: dict[int, list[DatabaseRow]] = defaultdict(list)
        for row in self._db.rows(query, span):
            grouped[row["parcel_id"]].append(row)
        return grouped

    def replace(
        self, plans: Sequence[ParcelPlan], now: datetime, *, away: Collection[str] = ()
    ) -> int:
        """Store the difference between `plans` and what is stored, in one transaction.

        Return how many rows differed.

        What was sent, is being sent, or was missed is never touched, nor is what waits for
        recipients who are `away`. Nothing is written if nothing differs. Of a parcel that another
        process has planned since `plans` were made nothing is stored: it is to be planned anew.
        """
        if not plans:
            return 0
        with self._db.write("plans"):
            return self._replace(plans, now, away)

    def _replace(self, plans: Sequence[ParcelPlan], now: datetime, away: Collection[str]) -> int:
        ids = [plan.parcel_id for plan in plans]
        span = (min(ids), max(ids))  # it may hold parcels in between; they are left alone
        plannings = {row["id"]: row["planned"] for row in self._db.rows(_PLANNINGS, span)}
        current: list[ParcelPlan] = []
        outdated: list[ParcelPlan] = []
        for plan in plans:
            is_current = plannings.get(plan.parcel_id) == plan.known.plannings
            (current if is_current else outdated).append(plan)
        existing = self._by_parcel(_REMINDERS, span)
        whole: list[ParcelPlan] = []
        inserts: list[tuple[object, ...]] = []
        updates: list[tuple[object, ...]] = []
        for plan in current:
            if not existing[plan.parcel_id] and not has_due_occasion(plan, now):
                whole.append(plan)
                continue
            more_inserts, more_updates = difference(plan, existing[plan.parcel_id], now, away)
            inserts += more_inserts
            updates += more_updates
        planned_changes = [(change_id,) for plan in current for change_id in plan.known.untold]
        outdated_pauses = [
            (plan.parcel_id, pause.recipient, pause.milestone.value, to_ms(pause.milestone_at))
            for plan in current
            for pause in plan.known.outdated_pauses
        ]
        coverage = coverage_changes(current, now)
        inserted = self._db.execute_many(_INSERT, inserts) if inserts else 0
        inserted += self._insert_whole(whole)
        self._db.execute_many(_UPDATE, [(*row[:5], MAYBE_SENT, *row[5:]) for row in updates])
        self._keep_watches(current, span, now)
        self._uncovered.keep(coverage)
        self._db.execute_many(_MARK_CHANGE, planned_changes)
        self._db.execute_many(_FORGET_PAUSE, outdated_pauses)
        self._keep_asked(current, span)
        self._mark_planned(current, now)
        self._db.execute_many(_MAKE_STALE, [(plan.parcel_id,) for plan in outdated])
        return inserted + len(updates)

    def _keep_watches(
        self, plans: Sequence[ParcelPlan], span: tuple[int, int], now: datetime
    ) -> None:
        """Keep who is reminded of parcels from now on; who was before stays."""
        since = to_ms(now)
        watches = [
            (plan.parcel_id, name, since)
            for plan in plans
            for name in plan.watchers
            if name not in plan.known.watches
        ]
        if not watches:
            return
        stored = {(row["parcel_id"], row["recipient"]) for row in self._db.rows(_WATCHES, span)}
        self._db.load(_WATCH, [watch for watch in watches if watch[:2] not in stored])

    def _mark_planned(self, plans: Sequence[ParcelPlan], now: datetime) -> None:
        """Note that stale parcels are planned, and have the messages about them looked at."""
        settled: dict[int, list[int]] = defaultdict(list)
        for plan in plans:
            if plan.known.stale:
                settled[plan.known.stale].append(plan.parcel_id)
        for stale, parcel_ids in settled.items():
            self._db.execute(_MARK_PLANNED, (stale, tuple(parcel_ids)))
        self._posts.touch([number for numbers in settled.values() for number in numbers], now)

    def _keep_asked(self, plans: Sequence[ParcelPlan], span: tuple[int, int]) -> None:
        """Keep whose own answers are waited for; of parcels that are skipped it stays."""
        stored: dict[int, set[tuple[str, str, str]]] = defaultdict(set)
        for row in self._db.rows(_ASKED, span):
            stored[row["parcel_id"]].add((row["milestone"], row["recipient"], row["person"]))
        more, less = [], []
        for plan in plans:
            number = plan.parcel_id
            if stored[number] != plan.asked and not plan.known.skipped:
                more += [(number, *asked) for asked in sorted(plan.asked - stored[number])]
                less += [(number, *asked) for asked in sorted(stored[number] - plan.asked)]
        self._db.execute_many(_ASK, more)
        self._db.execute_many(_ASK_NO_MORE, less)

    def _insert_whole(self, plans: Sequence[ParcelPlan]) -> int:
        """Write all reminders of parcels that have none in the ledger; return how many.

        Recipients and occasions are handed over once, and the database makes a reminder of each
        pair: that takes half the time of handing over each reminder.
        """
        if not plans:
            return 0
        audiences = list(
            enumerate((plan, audience) for plan in plans for audience in plan.audiences)
        )
        hearers = (
            (number, plan.parcel_id, whose(name, plan.known.offer.key), name)
            for number, (plan, audience) in audiences
            for name in audience.recipients
        )
        occasions = (
            (number, occasion.mark, *occasion_columns(occasion))
            for number, (_, audience) in audiences
            for occasion in audience.occasions
        )
        self._db.load(_INSERT_HEARER, hearers)
        self._db.load(_INSERT_OCCASION, occasions)
        inserted = self._db.execute(_INSERT_PAIRS)
        self._db.execute(_CLEAR_HEARERS)
        self._db.execute(_CLEAR_OCCASIONS)
        return inserted

    def mark_stale(self, parcel_ids: Iterable[int]) -> None:
        """Let these parcels be planned anew."""
        with self._db.write():
            self._db.execute_many(_MAKE_STALE, [(parcel_id,) for parcel_id in parcel_ids])

    def has_stale(self) -> bool:
        """Return whether a parcel waits to be planned."""
        return self._db.value(_ANY_STALE) is not None

    def set_back(self, by: timedelta, now: datetime) -> None:
        """Mend what was noted while the clock was `by` ahead, now that it is right again.

        Milestones, watchers and deliveries noted as of the future count as of `now`; news and
        leases move back by as much; a digest of a day to come does not count. All parcels are to be
        planned anew, and what was called missed but is ahead with them.
        """
        at, ahead = to_ms(now), round(by.total_seconds() * 1000)
        with self._db.write("plans"):
            self._db.execute(_RESET_MILESTONES, (at, at))
            self._db.execute(_RESET_WATCHES, (at,))
            self._db.execute(_RESET_NEWS, (ahead, at, ahead, at, at))
            self._db.execute(_RESET_MISSED, (PASSED, _DAY_MS, at))
            self._db.execute(_RESET_QUEUE, (at, at))
            self._db.execute(_RESET_LEASES, (ahead,))
            self._db.execute(_RESET_DIGESTS, (at,))
            self._db.execute(_MAKE_ALL_STALE)


def _known(
    row: DatabaseRow,
    deadlines: Sequence[DatabaseRow],
    watches: Sequence[DatabaseRow],
    acks: Sequence[DatabaseRow],
    untold: Sequence[DatabaseRow],
) -> Known:
    return Known(
        offer=offer_of(row),
        stale=row["stale"],
        fresh=not row["planned"],
        plannings=row["planned"],
        deadlines={
            (line["name"], from_ms(line["at"])): from_ms(line["known_at"]) for line in deadlines
        },
        watches={line["recipient"]: from_ms(line["since"]) for line in watches},
        acknowledged=frozenset(line["milestone"] for line in acks),
        untold={line["id"]: _came_nearer(line["body"]) for line in untold},
        uncovered=row["uncovered_at"] is not None,
    )


def _words(rows: Iterable[DatabaseRow]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        found[row["milestone"]].add(row["by"])
    return {milestone: frozenset(people) for milestone, people in found.items()}


def _came_nearer(body: str) -> bool:
    return change_from_plain(json.loads(body)).is_pressing
