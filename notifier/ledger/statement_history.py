"""Every statement about a parcel: its source, its file, when it came, in which words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from notifier.domain.changes import Merged
from notifier.domain.plain import milestone_from_plain, milestone_to_plain
from notifier.domain.statements import Origin, Speaker, Statement
from notifier.domain.values import Milestone
from notifier.ledger.database import Database, DatabaseRow, from_ms, to_ms
from notifier.ledger.row_values import dump

# One statement.
_INSERT = """INSERT INTO statements
(parcel_id, said_at, origin, file, published, by, why, on_purpose, body)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""

# Every statement about some parcels, in the order in which they came.
_OF_PARCELS = "SELECT * FROM statements WHERE parcel_id IN (?*) ORDER BY id"

# The last statement that gave a parcel its state: its body is of nothing else.
_LAST_STATE = """SELECT published FROM statements WHERE parcel_id = ? AND body LIKE '{"state":%'
ORDER BY id DESC LIMIT 1"""

_AT_ONCE = 500  # parcels of one query


class StatementHistory:
    """Keep statements; what stands is decided in `domain/statements.py`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def of_parcel(self, parcel_id: int) -> dict[str, list[Statement]]:
        """Return the statements about each milestone of a parcel, the first to come first."""
        return self.of_parcels([parcel_id])[parcel_id]

    def of_parcels(self, parcel_ids: Sequence[int]) -> dict[int, dict[str, list[Statement]]]:
        """Return the same of several parcels, by the id of each."""
        found: dict[int, dict[str, list[Statement]]] = {number: {} for number in parcel_ids}
        numbers = list(found)
        for begin in range(0, len(numbers), _AT_ONCE):
            for row in self._db.rows(_OF_PARCELS, (tuple(numbers[begin : begin + _AT_ONCE]),)):
                for name, statement in _statements_of(row):
                    found[row["parcel_id"]].setdefault(name, []).append(statement)
        return found

    def keep_merged(self, parcel_id: int, merged: Merged, speaker: Speaker) -> None:
        """Keep what a source said, within a transaction of the caller's."""
        self.keep_said(parcel_id, merged.said, merged.fields, speaker)

    def keep_said(
        self,
        parcel_id: int,
        milestones: Mapping[str, Milestone | None],
        fields: Mapping[str, str],
        speaker: Speaker,
        *,
        withdrawn: bool = False,
    ) -> None:
        """Keep what was said of milestones (None: there is none) and of fields.

        `withdrawn`: it is taken back.

        Within a transaction of the caller's. Nothing is kept where nothing was said.
        """
        body: dict[str, Any] = {}
        if withdrawn:
            body["withdrawn"] = list(milestones)
        elif milestones:
            body["milestones"] = {
                name: stated and milestone_to_plain(stated) for name, stated in milestones.items()
            }
        if fields:
            body["fields"] = dict(fields)
        if body:
            self._db.execute(_INSERT, _statement_row(parcel_id, speaker, body))

    def keep_state(self, parcel_id: int, state: str, speaker: Speaker) -> None:
        """Keep the state that a source gave a parcel, within a transaction of the caller's."""
        self._db.execute(_INSERT, _statement_row(parcel_id, speaker, {"state": state}))

    def day_of_state(self, parcel_id: int) -> date | None:
        """Return the day of the notice that gave a parcel its state; None where it is not known."""
        published = self._db.value(_LAST_STATE, (parcel_id,))
        return date.fromisoformat(published) if published else None


def _statement_row(parcel_id: int, speaker: Speaker, body: Mapping[str, Any]) -> tuple[Any, ...]:
    return (
        parcel_id,
        to_ms(speaker.said_at),
        speaker.origin.value,
        speaker.file,
        speaker.published.isoformat() if speaker.published else "",
        speaker.by,
        speaker.why,
        int(speaker.on_purpose),
        dump(body),
    )


def _statements_of(row: DatabaseRow) -> Iterator[tuple[str, Statement]]:
    """The milestones of which a row says something, each with what it says."""
    speaker = _speaker_of(row)
    body = json.loads(row["body"])
    for name, plain in body.get("milestones", {}).items():
        milestone = milestone_from_plain(plain) if plain else None
        yield name, Statement(speaker=speaker, milestone=milestone)
    for name in body.get("withdrawn", ()):
        yield name, Statement(speaker=speaker, milestone=None, withdrawn=True)


def _speaker_of(row: DatabaseRow) -> Speaker:
    return Speaker(
        origin=Origin(row["origin"]),
        said_at=from_ms(row["said_at"]),
        file=row["file"],
        published=date.fromisoformat(row["published"]) if row["published"] else None,
        by=row["by"],
        why=row["why"],
        on_purpose=bool(row["on_purpose"]),
    )
