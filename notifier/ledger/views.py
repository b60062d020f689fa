"""What people ask the ledger: the agenda, the plan, the history, how things are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from notifier.domain.drafts import ItemKind
from notifier.domain.offers import Offer
from notifier.domain.planning import ALL_MILESTONES
from notifier.domain.reports import AgendaLine, HistoryLine, PlanLine, Said
from notifier.domain.silences import hold
from notifier.domain.values import MilestoneName
from notifier.ledger.database import Database, Row, from_ms, to_ms
from notifier.ledger.kept_silences import Silences
from notifier.ledger.row_values import OFFER_COLUMNS, REMINDER_COLUMNS, due_of, offer_of, offer_of_joined

_A_DAY = timedelta(days=1)
_HELD_REASONS = ("acknowledged", "skipped", "suspended")


class Views:
    """Read what people ask for; nothing here writes."""

    def __init__(self, database: Database, silences: Silences) -> None:
        self._db = database
        self._silences = silences

    def agenda(self, since: datetime, until: datetime, *, news_since: datetime | None = None) -> list[AgendaLine]:
        """The milestones from `since` to `until`, soonest first; those of ended auctions left out.

        A day without a time of day is ahead until the day is over.
        """
        rows = self._db.rows(
            f"SELECT {OFFER_COLUMNS}, p.known_at, m.at, m.name, m.condition, "  # noqa: S608  # constants
            "(SELECT group_concat(milestone) FROM acks a WHERE a.parcel_id = m.parcel_id) AS acks, "
            "(SELECT max(at) FROM changes c WHERE c.parcel_id = m.parcel_id) AS changed_at "
            "FROM milestones m JOIN parcels p ON p.id = m.parcel_id "
            "WHERE m.at BETWEEN ? AND ? AND p.state IN ('open', 'suspended') ORDER BY m.at, m.parcel_id",
            (to_ms(since - _A_DAY), to_ms(until)),
        )
        news = to_ms(news_since) if news_since is not None else None
        offers: dict[int, Offer] = {}
        lines = []
        for row in rows:
            if row["id"] not in offers:
                offers[row["id"]] = offer_of(row)
            at = from_ms(row["at"])
            found = offers[row["id"]].deadline(MilestoneName(row["name"]), at)
            day_only = found is not None and found[0].day_only
            if at < since and not day_only:
                continue
            acks = set((row["acks"] or "").split(","))
            lines.append(
                AgendaLine(
                    at=at,
                    milestone=row["name"],
                    condition=row["condition"],
                    offer=offers[row["id"]],
                    state=_state(row["state"], row["name"], acks),
                    day_only=day_only,
                    new=news is not None and row["known_at"] >= news,
                    changed=news is not None and (row["changed_at"] or 0) >= news,
                )
            )
        return lines

    def plan_ahead(self, now: datetime, recipient: str | None = None) -> Iterator[PlanLine]:
        """The reminders ahead, soonest first, with those that are held back."""
        columns = ", ".join(f"r.{column.strip()}" for column in REMINDER_COLUMNS.split(","))
        more = "" if recipient is None else "AND r.recipient = ?"
        parameters = (to_ms(now), *_HELD_REASONS, *(() if recipient is None else (recipient,)))
        rows = self._db.rows(
            f"SELECT {columns}, r.state AS reminder_state, {OFFER_COLUMNS} FROM reminders r "  # noqa: S608  # constants
            "JOIN parcels p ON p.id = r.parcel_id "
            f"WHERE (r.state = 'planned' OR r.due_at > ? AND r.reason IN (?, ?, ?)) {more} "
            "ORDER BY r.due_at, r.parcel_id",
            parameters,
        )
        silences = self._silences.current(now)
        for row in rows:
            reminder = due_of(row).reminder
            held = reminder.reason if row["reminder_state"] != "planned" else ""
            if silences and not held:
                found = hold(offer_of_joined(row), reminder, silences, max(now, reminder.due_at))
                held = found.reason if found is not None else ""
            yield PlanLine(
                reminder=reminder,
                offer_id=row["parcel_id"],
                parcel_no=json.loads(row["body"])["parcel_no"],
                held=held,
            )

    def history(self, limit: int = 50) -> list[HistoryLine]:
        """The latest deliveries, newest first."""
        rows = self._db.rows(
            "SELECT d.*, m.recipient, m.kind, m.created_at, m.body, t.text FROM deliveries d "
            "JOIN messages m ON m.id = d.message_id LEFT JOIN texts t ON t.delivery_id = d.id "
            "ORDER BY d.id DESC LIMIT ?",
            (limit,),
        )
        return [self._history_line(row) for row in rows]

    def _history_line(self, row: Row) -> HistoryLine:
        said = tuple(self._said(row["message_id"], row["items"]))
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
            parcels=tuple(sorted({one.parcel_no for one in said})),
            said=said,
            alert=str(body.get("alert", "")),
            params=body.get("params", {}),
            text=row["text"] or "",
        )

    def _said(self, message_id: int, items: str | None) -> Iterator[Said]:
        """`items`: the ids that this part of a message holds, or None for all."""
        only = None if items is None else set(json.loads(items))
        rows = self._db.rows(
            "SELECT r.id, r.kind, r.milestone, r.milestone_at, r.lead, r.state, r.day_only, "
            "json_extract(p.body, '$.parcel_no') AS parcel_no "
            "FROM reminders r JOIN parcels p ON p.id = r.parcel_id WHERE r.message_id = ? "
            "ORDER BY r.milestone_at, r.parcel_id, r.due_at",
            (message_id,),
        )
        for row in rows:
            if only is None or row["id"].hex() in only:
                yield Said(
                    kind=ItemKind.MISSED if row["state"] == "missed" else ItemKind(row["kind"]),
                    parcel_no=row["parcel_no"],
                    milestone=row["milestone"],
                    milestone_at=from_ms(row["milestone_at"]),
                    lead=row["lead"],
                    day_only=bool(row["day_only"]),
                )

    def delivery_counts(self) -> Mapping[str, int]:
        """State -> how many deliveries."""
        rows = self._db.rows("SELECT state, count(*) AS n FROM deliveries GROUP BY state")
        return {row["state"]: row["n"] for row in rows}

    def reminders_ahead(self) -> int:
        return int(self._db.value("SELECT count(*) FROM reminders WHERE state = 'planned'"))


def _state(offer_state: str, milestone: str, acks: set[str]) -> str:
    if ALL_MILESTONES in acks:
        return "skipped"
    if milestone in acks:
        return "acknowledged"
    return "suspended" if offer_state == "suspended" else "ahead"
