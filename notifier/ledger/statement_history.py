"""Every statement about a parcel, kept: who said it, when, from which file, how precisely, in which words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from notifier.domain.changes import Merged
from notifier.domain.plain import milestone_from_plain, milestone_to_plain
from notifier.domain.statements import Origin, Speaker, Statement
from notifier.domain.values import Milestone
from notifier.ledger.database import Database, Row, from_ms, to_ms
from notifier.ledger.row_values import dump

_INSERT = (
    "INSERT INTO statements (parcel_id, said_at, origin, file, published, by, why, on_purpose, body) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


class StatementHistory:
    """Keep statements; what stands is decided in `domain/statements.py`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def of_parcel(self, parcel_id: int) -> dict[str, list[Statement]]:
        """What was said of each milestone of a parcel, in the order in which it came."""
        found: dict[str, list[Statement]] = {}
        for row in self._db.rows("SELECT * FROM statements WHERE parcel_id = ? ORDER BY id", (parcel_id,)):
            speaker = _speaker_of(row)
            body = json.loads(row["body"])
            for name, plain in body.get("milestones", {}).items():
                statement = Statement(speaker=speaker, milestone=milestone_from_plain(plain) if plain else None)
                found.setdefault(name, []).append(statement)
            for name in body.get("withdrawn", ()):
                took_back = Statement(speaker=speaker, milestone=None, withdrawn=True)
                found.setdefault(name, []).append(took_back)
        return found

    def keep_merged(self, parcel_id: int, merged: Merged, speaker: Speaker) -> None:
        self.keep_said(parcel_id, merged.said, merged.fields, speaker)

    def keep_said(
        self,
        parcel_id: int,
        said: Mapping[str, Milestone | None],
        fields: Mapping[str, str],
        speaker: Speaker,
        *,
        withdrawn: bool = False,
    ) -> None:
        body: dict[str, Any] = {}
        if withdrawn:
            body["withdrawn"] = list(said)
        elif said:
            body["milestones"] = {name: stated and milestone_to_plain(stated) for name, stated in said.items()}
        if fields:
            body["fields"] = dict(fields)
        if body:
            self._db.execute(_INSERT, _row(parcel_id, speaker, body))

    def keep_state(self, parcel_id: int, state: str, speaker: Speaker) -> None:
        self._db.execute(_INSERT, _row(parcel_id, speaker, {"state": state}))

    def day_of_state(self, parcel_id: int) -> date | None:
        """The day on which the notice was published that gave a parcel its state; None: not known."""
        row = self._db.row(
            "SELECT published FROM statements WHERE parcel_id = ? AND json_extract(body, '$.state') IS NOT NULL "
            "ORDER BY id DESC LIMIT 1",
            (parcel_id,),
        )
        return date.fromisoformat(row["published"]) if row is not None and row["published"] else None


def _row(parcel_id: int, speaker: Speaker, body: Mapping[str, Any]) -> tuple[Any, ...]:
    published = speaker.published.isoformat() if speaker.published else ""
    return (
        parcel_id, to_ms(speaker.said_at), speaker.origin.value, speaker.file, published, speaker.by, speaker.why,
        int(speaker.on_purpose), dump(body),
    )  # fmt: skip


def _speaker_of(row: Row) -> Speaker:
    return Speaker(
        origin=Origin(row["origin"]),
        said_at=from_ms(row["said_at"]),
        file=row["file"],
        published=date.fromisoformat(row["published"]) if row["published"] else None,
        by=row["by"],
        why=row["why"],
        on_purpose=bool(row["on_purpose"]),
    )
