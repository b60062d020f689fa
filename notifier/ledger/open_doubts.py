"""What people have to settle, kept until they did.

What is settled stays so when the same is read again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from notifier.domain.changes import Unmatched
from notifier.domain.doubts import (
    Raised,
    group_of,
    is_doubt,
    is_settled_already,
    key_of,
    milestones_of,
    rival_of,
    standing_words,
)
from notifier.domain.offers import Offer
from notifier.domain.plain import finding_from_plain, finding_to_plain
from notifier.domain.questions import Question
from notifier.domain.statements import Statement
from notifier.domain.times import utc
from notifier.domain.values import (
    MILESTONES,
    Evidence,
    Finding,
    MilestoneName,
    Place,
    Precision,
    squash,
)
from notifier.ledger.database import Database, DatabaseRow, from_ms, to_ms
from notifier.ledger.kept_offers import KeptOffers
from notifier.ledger.row_values import dump
from notifier.ledger.statement_history import StatementHistory
from notifier.ledger.waiting_changes import WaitingChanges

# What the reader doubts, unless the same was raised before.
_RAISE = """INSERT INTO doubts (doubt_key, group_key, parcel_id, notice_id, file, field, stood,
    finding, raised_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (doubt_key) DO NOTHING"""

# What the reader doubts and nobody has settled, of one parcel or of all.
_OPEN = """SELECT d.doubt_key, d.group_key, d.notice_id, d.parcel_id, d.file, d.stood, d.finding,
    d.raised_at FROM doubts d
WHERE (? = 1 OR d.parcel_id = ?)
AND NOT EXISTS (SELECT 1 FROM settled s WHERE s.doubt_key = d.doubt_key)
ORDER BY d.raised_at, d.parcel_id, d.doubt_key"""

# A person has settled something.
_SETTLE = """INSERT INTO settled (doubt_key, settled_at, by, how) VALUES (?, ?, ?, ?)
ON CONFLICT (doubt_key) DO NOTHING"""

# The doubts about one field of a parcel.
_OF_FIELD = "SELECT doubt_key FROM doubts WHERE parcel_id = ? AND field IN (?*)"

# Something is to be settled again.
_REOPEN = "DELETE FROM settled WHERE doubt_key = ? AND how IN ('set', 'none')"

# Which of two times of a milestone holds is to be settled again.
_REOPEN_RIVAL = """DELETE FROM settled WHERE doubt_key >= ? AND doubt_key < ?
AND how IN ('set', 'none')"""

# What is settled.
_SETTLED = "SELECT doubt_key FROM settled"

# The parcels with a rival time; the text is found in other places of a body, too.
_WITH_RIVAL = """SELECT p.id AS parcel_id, p.key AS parcel_key, p.state AS parcel_state, p.head,
    p.body
FROM parcels p WHERE p.state IN ('open', 'suspended') AND p.body LIKE ? ORDER BY p.id"""

# The parcels of which a person has said something.
_SPOKEN_OF = """SELECT p.id AS parcel_id, p.key AS parcel_key, p.state AS parcel_state, p.head,
    p.body
FROM parcels p WHERE p.state IN ('open', 'suspended')
AND p.id IN (SELECT parcel_id FROM statements WHERE origin = 'person') ORDER BY p.id"""

# The parcels without a number, each with the id of its notice.
_NAMELESS = """SELECT p.id AS parcel_id, p.key AS parcel_key, p.state AS parcel_state, p.head,
    p.body, p.notice_id
FROM parcels p
WHERE p.number = '' AND p.state IN ('open', 'suspended') ORDER BY p.id"""

# The parcels with a number of the notices that have a parcel without one, each with its notice.
_NAMED = """SELECT p.id AS parcel_id, p.key AS parcel_key, p.state AS parcel_state, p.head, p.body,
    p.notice_id
FROM parcels p
WHERE p.number <> '' AND p.state IN ('open', 'suspended') AND p.notice_id IN
(SELECT n.notice_id FROM parcels n WHERE n.number = '' AND n.state IN ('open', 'suspended'))
ORDER BY p.id"""

# The questions about parcels.
_QUESTIONS = "SELECT key, alert, city, params FROM questions WHERE alert IN (?*) ORDER BY id"


class OpenDoubts:
    """Keep what the reader doubts and what people said to it."""

    def __init__(
        self,
        database: Database,
        statements: StatementHistory,
        waiting: WaitingChanges,
        offers: KeptOffers,
    ) -> None:
        self._db = database
        self._statements = statements
        self._waiting = waiting
        self._offers = offers
        self._raised: dict[str, Raised] = {}

    def keep(
        self,
        notice_id: int,
        file: str,
        findings: Iterable[Finding],
        offers: Sequence[Offer],
        now: datetime,
    ) -> None:
        """Keep what is doubtful of a notice and its parcels, in the caller's transaction."""
        for finding in findings:
            if not is_doubt(finding):
                continue
            group = group_of(notice_id, finding)
            concerned = [offer for offer in offers if _concerns(finding, offer)]
            if not milestones_of(finding.field) and not finding.parcel_no:
                self._raise(group, finding, None, notice_id, file, now)
            for offer in concerned:
                if not is_settled_already(offer, finding, self._history(offer, finding)):
                    self._raise(group, finding, offer, notice_id, file, now)

    def _history(self, offer: Offer, finding: Finding) -> dict[str, list[Statement]]:
        return self._statements.of_parcel(offer.id) if milestones_of(finding.field) else {}

    def _raise(
        self,
        group: str,
        finding: Finding,
        offer: Offer | None,
        notice_id: int,
        file: str,
        now: datetime,
    ) -> None:
        parcel_id = None if offer is None else offer.id
        stood = "" if offer is None else standing_words(offer, finding.field)
        plain = {
            **finding_to_plain(finding),
            "candidates": [_evidence_to_plain(evidence) for evidence in finding.candidates],
        }
        values = (key_of(group, parcel_id or 0), group, parcel_id, notice_id, file, finding.field)
        self._db.execute(_RAISE, (*values, stood, dump(plain), to_ms(now)))

    def raised(self, parcel_id: int | None = None) -> list[Raised]:
        """Return what the reader doubts and nobody has settled, of one parcel or of all."""
        rows = self._db.rows(_OPEN, (int(parcel_id is None), parcel_id or 0))
        if parcel_id is not None:
            return [_raised(row) for row in rows]
        known = self._raised
        found: dict[str, Raised] = {}
        for row in rows:  # a doubt that was raised stays as it is: its text is read once
            key = row["doubt_key"]
            found[key] = known.get(key) or _raised(row)
        self._raised = found
        return list(found.values())

    def settle(self, keys: Iterable[str], *, by: str, how: str, now: datetime) -> None:
        """Keep that a person has settled these; they stay settled when the same is read again."""
        with self._db.write():
            self._db.execute_many(_SETTLE, [(key, to_ms(now), by, how) for key in keys])

    def settle_time(self, parcel_id: int, name: MilestoneName, *, by: str, now: datetime) -> None:
        """Keep that a person gave the time of a milestone: what was doubted of it is settled."""
        fields = (name.value, MILESTONES[name].window.value)
        keys = [row["doubt_key"] for row in self._db.rows(_OF_FIELD, (parcel_id, fields))]
        self.settle(keys, by=by, how="set", now=now)

    def reopen_time(self, offer: Offer, name: MilestoneName) -> None:
        """Ask again what a person's word on a time had settled: that word was taken back."""
        fields = (name.value, MILESTONES[name].window.value)
        rival = f"{rival_of(offer, name)}:"
        with self._db.write():
            keys = [row["doubt_key"] for row in self._db.rows(_OF_FIELD, (offer.id, fields))]
            self._db.execute_many(_REOPEN, [(key,) for key in keys])
            self._db.execute(_REOPEN_RIVAL, (rival, f"{rival}\U0010ffff"))

    def settled(self) -> frozenset[str]:
        """Return the keys of everything that people have settled."""
        return frozenset(row["doubt_key"] for row in self._db.rows(_SETTLED))

    def with_rival(self) -> list[Offer]:
        """Return the parcels of which two times may hold."""
        return [self._offers.offer_of(row) for row in self._db.rows(_WITH_RIVAL, ('%"rival"%',))]

    def spoken_of(self) -> list[Offer]:
        """Return the parcels of whose times a person has said something."""
        return [self._offers.offer_of(row) for row in self._db.rows(_SPOKEN_OF)]

    def nameless(self) -> list[tuple[Offer, list[Offer]]]:
        """Return each parcel without a number, with the named parcels of its notice."""
        named: dict[int, list[Offer]] = {}
        for row in self._db.rows(_NAMED):
            named.setdefault(row["notice_id"], []).append(self._offers.offer_of(row))
        return [
            (self._offers.offer_of(row), named.get(row["notice_id"], []))
            for row in self._db.rows(_NAMELESS)
        ]

    def questions(self, alerts: Sequence[str]) -> list[Question]:
        """Return the questions of these kinds, asked or not."""
        return [
            Question(
                key=row["key"],
                alert=row["alert"],
                city=row["city"],
                params=json.loads(row["params"]),
            )
            for row in self._db.rows(_QUESTIONS, (tuple(alerts),))
        ]

    def unmatched(self) -> list[Unmatched]:
        """Return the changes that wait for what they name, whether people were told or not."""
        return self._waiting.all()


def _concerns(finding: Finding, offer: Offer) -> bool:
    if finding.parcel_no:
        return squash(finding.parcel_no) == squash(offer.parcel.parcel_no)
    return bool(milestones_of(finding.field))


def _evidence_to_plain(evidence: Evidence) -> dict[str, Any]:
    place = {
        name: value for name, value in _place_values(evidence.place).items() if value is not None
    }
    return {
        "at": evidence.at.isoformat(),
        "precision": evidence.precision.value,
        "quote": evidence.quote,
        "rule": evidence.rule,
        "place": place,
    }


def _place_values(place: Place) -> dict[str, Any]:
    return {
        name: getattr(place, name) for name in ("line", "row", "column", "table", "page", "sheet")
    }


def _raised(row: DatabaseRow) -> Raised:
    return Raised(
        key=row["doubt_key"],
        group=row["group_key"],
        finding=_finding_of(json.loads(row["finding"])),
        notice_id=row["notice_id"],
        file=row["file"],
        raised_at=from_ms(row["raised_at"]),
        parcel_id=row["parcel_id"],
        stood=row["stood"],
    )


def _finding_of(plain: dict[str, Any]) -> Finding:
    candidates = tuple(
        Evidence(
            at=utc(datetime.fromisoformat(evidence["at"])),
            precision=Precision(evidence["precision"]),
            quote=evidence["quote"],
            rule=evidence["rule"],
            place=Place(**evidence["place"]),
        )
        for evidence in plain["candidates"]
    )
    return replace(finding_from_plain(plain), candidates=candidates)
