"""What people ask the ledger: the agenda, the plan, the history, how things are."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from notifier.domain.drafts import ItemKind
from notifier.domain.offers import Offer
from notifier.domain.planning import ALL_MILESTONES
from notifier.domain.reports import AgendaLine, HistoryLine, NoticeLine, PlanLine, ReportedMessage
from notifier.domain.silences import hold
from notifier.domain.values import MilestoneName
from notifier.ledger.database import Database, DatabaseRow, from_ms, to_ms
from notifier.ledger.kept_silences import Silences
from notifier.ledger.row_values import due_of, offer_of

_A_DAY = timedelta(days=1)
_ALL = 2**62  # rows: no ledger has so many
_NO_REMINDER = b""  # an id that no reminder has

# The milestones of a span of time whose auctions go on, the soonest first.
_AGENDA = """SELECT p.id AS parcel_id, p.key AS parcel_key, p.state AS parcel_state, p.head, p.body,
    p.known_at,
m.at, m.name, m.condition, (SELECT max(at) FROM changes c WHERE c.parcel_id = m.parcel_id) AS
changed_at
FROM milestones m JOIN parcels p ON p.id = m.parcel_id
WHERE m.at BETWEEN ? AND ? AND p.state IN ('open', 'suspended') ORDER BY m.at, m.parcel_id"""

# What is done or skipped of parcels that have a milestone in a span of time.
_AGENDA_ACKS = """SELECT a.parcel_id, a.milestone, a.by FROM answered a
WHERE a.parcel_id IN (SELECT m.parcel_id FROM milestones m WHERE m.at BETWEEN ? AND ?)"""

# Whose own answers are missing, of parcels that have a milestone in a span of time.
_AGENDA_MISSING = """SELECT DISTINCT q.parcel_id, q.milestone, q.person FROM missing_answers q
WHERE q.parcel_id IN (SELECT m.parcel_id FROM milestones m WHERE m.at BETWEEN ? AND ?)
ORDER BY q.person"""

# Of how many times ahead that others have answered a person's own answer is missing.
_OWING = """SELECT q.person, count(*) AS n FROM (SELECT DISTINCT x.parcel_id, x.milestone, x.person
FROM missing_answers x) q
JOIN parcels p ON p.id = q.parcel_id AND p.state = 'open'
WHERE EXISTS (SELECT 1 FROM milestones m WHERE m.parcel_id = q.parcel_id AND m.name = q.milestone
AND m.at > ?)
AND EXISTS (SELECT 1 FROM acks a WHERE a.parcel_id = q.parcel_id AND a.milestone = q.milestone)
AND NOT EXISTS (SELECT 1 FROM acks a WHERE a.parcel_id = q.parcel_id AND a.milestone = '*')
GROUP BY q.person ORDER BY q.person"""

# The reminders that are planned, of one recipient or of all, and those ahead that are held back.
_PLAN = """SELECT r.*, p.key AS parcel_key, p.state AS parcel_state, p.head, p.body
FROM reminders r JOIN parcels p ON p.id = r.parcel_id
WHERE r.id IN (SELECT q.id FROM reminders q
WHERE (q.state = 'planned' OR q.due_at > ? AND q.reason IN ('acknowledged', 'skipped', 'suspended'))
AND (? = 1 OR q.recipient = ?) ORDER BY q.due_at, q.parcel_id LIMIT ?)
ORDER BY r.due_at, r.parcel_id"""

# The latest deliveries, the newest first.
_HISTORY = """SELECT d.*, m.recipient, m.kind, m.created_at, m.body, t.text FROM deliveries d
JOIN messages m ON m.id = d.message_id LEFT JOIN texts t ON t.delivery_id = d.id
ORDER BY d.id DESC LIMIT ?"""

# What a message tells, the soonest milestone first.
_TOLD = """SELECT r.kind, r.milestone, r.milestone_at, r.lead, r.state, r.day_only, p.body
FROM (SELECT * FROM reminders WHERE message_id = ?
ORDER BY milestone_at, parcel_id, due_at LIMIT ?) r JOIN parcels p ON p.id = r.parcel_id
ORDER BY r.milestone_at, r.parcel_id, r.due_at"""

# What a part of a message tells, the soonest milestone first.
_TOLD_IN_PART = """SELECT r.kind, r.milestone, r.milestone_at, r.lead, r.state, r.day_only, p.body
FROM (SELECT * FROM reminders WHERE message_id = ? AND id IN (?*)
ORDER BY milestone_at, parcel_id, due_at LIMIT ?) r JOIN parcels p ON p.id = r.parcel_id
ORDER BY r.milestone_at, r.parcel_id, r.due_at"""

# How many reminders a message tells.
_COUNT_TOLD = "SELECT count(*) AS n FROM reminders WHERE message_id = ?"

# How many reminders a part of a message tells.
_COUNT_TOLD_IN_PART = "SELECT count(*) AS n FROM reminders WHERE message_id = ? AND id IN (?*)"

# The notices that were read last, the newest first.
_NOTICES = """SELECT n.id, n.kind, n.notice_no, n.title, n.authority, n.city, n.known_at, r.file,
    r.read_at,
(SELECT count(*) FROM revisions v WHERE v.notice_id = n.id) AS revisions,
(SELECT count(*) FROM parcels p WHERE p.notice_id = n.id AND p.state <> 'dropped') AS parcels
FROM notices n JOIN revisions r ON r.id = (SELECT max(v.id) FROM revisions v WHERE v.notice_id =
    n.id)
ORDER BY r.id DESC LIMIT ?"""

# How many deliveries are in each state.
_COUNT_DELIVERIES = "SELECT state, count(*) AS n FROM deliveries GROUP BY state"

# How many reminders are planned.
_COUNT_PLANNED = "SELECT count(*) FROM reminders WHERE state = 'planned'"


class _Content(NamedTuple):
    """What a delivery tells: a message, or those reminders of it that `items` names."""

    message_id: int
    items: str | None

    @property
    def ids(self) -> tuple[bytes, ...]:
        """The reminders of a part; a list in SQL is never empty."""
        return (_NO_REMINDER, *map(bytes.fromhex, json.loads(self.items or "[]")))


class Views:
    """Read what people ask for; nothing here writes."""

    def __init__(self, database: Database, silences: Silences) -> None:
        self._db = database
        self._silences = silences

    def agenda(
        self, since: datetime, until: datetime, *, news_since: datetime | None = None
    ) -> list[AgendaLine]:
        """Return the milestones from `since` to `until`, the soonest first.

        Those of ended auctions are left out.

        A day without a time of day is ahead until the day is over. What is known or changed since
        `news_since` is new.
        """
        span = (to_ms(since - _A_DAY), to_ms(until))
        news = to_ms(news_since) if news_since is not None else None
        acks: dict[int, dict[str, str]] = defaultdict(dict)
        for row in self._db.rows(_AGENDA_ACKS, span):
            acks[row["parcel_id"]][row["milestone"]] = row["by"]
        missing: dict[int, dict[str, tuple[str, ...]]] = defaultdict(dict)
        for row in self._db.rows(_AGENDA_MISSING, span):
            of_parcel, name = missing[row["parcel_id"]], row["milestone"]
            of_parcel[name] = (*of_parcel.get(name, ()), row["person"])
        offers: dict[int, Offer] = {}
        lines = []
        for row in self._db.rows(_AGENDA, span):
            number = row["parcel_id"]
            if number not in offers:
                offers[number] = offer_of(row)
            line = _agenda_line(row, offers[number], acks[number], news)
            if line.milestone in missing[number] and line.state != "skipped":
                line = replace(line, missing=missing[number][line.milestone])
            if line.at >= since or line.day_only:
                lines.append(line)
        return lines

    def plan_ahead(
        self, now: datetime, recipient: str | None = None, *, limit: int | None = None
    ) -> Iterator[PlanLine]:
        """Yield the reminders ahead, soonest first, with those that are held back.

        `limit`: how many at most; None: all.
        """
        values = (to_ms(now), int(recipient is None), recipient or "")
        rows = self._db.rows(_PLAN, (*values, _ALL if limit is None else limit))
        silences = self._silences.current(now)
        for row in rows:
            reminder = due_of(row).reminder
            held = reminder.reason if row["state"] != "planned" else ""
            if silences and not held:
                found = hold(offer_of(row), reminder, silences, max(now, reminder.due_at))
                held = found.reason if found is not None else ""
            yield PlanLine(
                reminder=reminder,
                offer_id=row["parcel_id"],
                parcel_no=json.loads(row["body"])["parcel_no"],
                held=held,
            )

    def history(self, limit: int = 50, *, named: int | None = None) -> list[HistoryLine]:
        """Return the latest deliveries, newest first.

        `named`: how many reminders of each at most; None: all.
        """
        return [self._history_line(row, named) for row in self._db.rows(_HISTORY, (limit,))]

    def _history_line(self, row: DatabaseRow, named: int | None) -> HistoryLine:
        content = _Content(row["message_id"], row["items"])
        reported = self._said(content, named)
        is_whole = named is None or len(reported) < named
        body = json.loads(row["body"]) if row["body"] else {}
        return HistoryLine(
            id=row["id"],
            message_id=row["message_id"],
            created_at=from_ms(row["created_at"]),
            ended_at=None if row["ended_at"] is None else from_ms(row["ended_at"]),
            recipient=row["recipient"],
            kind=row["kind"],
            channel=row["channel"],
            state=row["state"],
            attempts=row["attempts"],
            next_at=from_ms(row["next_at"]) if row["state"] == "queued" else None,
            words=row["words"],
            parcels=tuple(sorted({line.parcel_no for line in reported})),
            said=reported,
            more=0 if is_whole else self._count_said(content) - len(reported),
            alert=str(body.get("alert", "")),
            params=body.get("params", {}),
            text=row["text"] or "",
        )

    def _said(self, content: _Content, named: int | None) -> tuple[ReportedMessage, ...]:
        most = _ALL if named is None else named
        if content.items is None:
            rows = self._db.rows(_TOLD, (content.message_id, most))
        else:
            rows = self._db.rows(_TOLD_IN_PART, (content.message_id, content.ids, most))
        return tuple(
            ReportedMessage(
                kind=ItemKind.MISSED if row["state"] == "missed" else ItemKind(row["kind"]),
                parcel_no=json.loads(row["body"])["parcel_no"],
                milestone=row["milestone"],
                milestone_at=from_ms(row["milestone_at"]),
                lead=row["lead"],
                day_only=bool(row["day_only"]),
            )
            for row in rows
        )

    def _count_said(self, content: _Content) -> int:
        if content.items is None:
            row = self._db.row(_COUNT_TOLD, (content.message_id,))
        else:
            row = self._db.row(_COUNT_TOLD_IN_PART, (content.message_id, content.ids))
        assert row is not None  # a count is always there
        count: int = row["n"]
        return count

    def notices(self, limit: int = 50) -> list[NoticeLine]:
        """Return the notices that were read last, the newest first."""
        return [
            NoticeLine(
                id=row["id"],
                kind=row["kind"],
                notice_no=row["notice_no"],
                title=row["title"],
                authority=row["authority"],
                city=row["city"],
                known_at=from_ms(row["known_at"]),
                file=row["file"],
                read_at=from_ms(row["read_at"]),
                revisions=row["revisions"],
                parcels=row["parcels"],
            )
            for row in self._db.rows(_NOTICES, (limit,))
        ]

    def owing(self, now: datetime) -> Mapping[str, int]:
        """Return who has not answered what others have: person -> of how many times ahead."""
        return {row["person"]: row["n"] for row in self._db.rows(_OWING, (to_ms(now),))}

    def delivery_counts(self) -> Mapping[str, int]:
        """Return how many deliveries are in each state."""
        return {row["state"]: row["n"] for row in self._db.rows(_COUNT_DELIVERIES)}

    def reminders_ahead(self) -> int:
        """Return how many reminders are planned."""
        return int(self._db.value(_COUNT_PLANNED))


def _agenda_line(
    row: DatabaseRow, offer: Offer, acks: Mapping[str, str], news: int | None
) -> AgendaLine:
    """Return a line; `acks`: who answered by milestone."""
    at = from_ms(row["at"])
    found = offer.deadline(MilestoneName(row["name"]), at)
    return AgendaLine(
        at=at,
        milestone=row["name"],
        condition=row["condition"],
        offer=offer,
        state=_state(row["parcel_state"], row["name"], acks),
        answered_by=acks.get(ALL_MILESTONES, acks.get(row["name"], "")),
        day_only=found is not None and found[0].day_only,
        new=news is not None and row["known_at"] >= news,
        changed=news is not None and (row["changed_at"] or 0) >= news,
    )


def _state(offer_state: str, milestone: str, acks: Collection[str]) -> str:
    if ALL_MILESTONES in acks:
        return "skipped"
    if milestone in acks:
        return "acknowledged"
    return "suspended" if offer_state == "suspended" else "ahead"
