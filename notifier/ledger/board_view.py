"""All parcels for the board. Between two looks only what has changed is read anew."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import datetime

from notifier.domain.board import Answer, BoardLine
from notifier.domain.plain import finding_from_plain
from notifier.ledger.database import Database, Row, from_ms
from notifier.ledger.row_values import offer_of

# What the board shows: how far statements and changes have come, how many parcels and answers there are.
_MARK = """SELECT (SELECT max(id) FROM statements), (SELECT max(id) FROM changes), (SELECT count(*) FROM parcels),
(SELECT count(*) FROM parcels WHERE state = 'dropped'), (SELECT count(*) FROM acks), (SELECT max(at) FROM acks)"""

# When each parcel changed last.
_CHANGED = "SELECT parcel_id, max(at) AS at FROM changes GROUP BY parcel_id"

# Every parcel that was not taken back.
_PARCELS = """SELECT p.id AS parcel_id, p.key AS parcel_key, p.state AS parcel_state, p.head, p.body, p.known_at,
p.findings FROM parcels p WHERE p.state <> 'dropped' ORDER BY p.id"""

# What people have answered.
_ANSWERS = "SELECT parcel_id, milestone, at, by FROM acks"

_Read = tuple[str, str, str, str]  # the columns of which a line is made


class BoardView:
    """Read the lines of the board. A line that has not changed is the same object as the last time."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._lock = threading.Lock()
        self._lines: dict[int, tuple[_Read, BoardLine]] = {}
        self._seen = ""
        self._mark = ""

    def mark(self) -> str:
        """Return a text that is another one whenever the board shows something else.

        What the daemon notes while it sends (messages, deliveries) does not count.
        """
        written = self._db.backend.change_mark()
        with self._lock:
            if self._seen != written:
                self._mark = self._read_mark()
                self._seen = written
            return self._mark

    def _read_mark(self) -> str:
        row = self._db.row(_MARK)
        assert row is not None
        return "-".join(str(value or 0) for value in row)

    def lines(self) -> list[BoardLine]:
        """Return every parcel that was not taken back, in the order in which they came."""
        answers = self._answers()
        changed = {row["parcel_id"]: from_ms(row["at"]) for row in self._db.rows(_CHANGED)}
        rows = self._db.rows(_PARCELS)
        with self._lock:
            kept = self._lines
            self._lines = {row["parcel_id"]: self._line(row, kept.get(row["parcel_id"])) for row in rows}
            found = [line for _, line in self._lines.values()]
        return [_answered(line, answers, changed) for line in found]

    def _line(self, row: Row, known: tuple[_Read, BoardLine] | None) -> tuple[_Read, BoardLine]:
        read = (row["parcel_state"], row["head"], row["body"], row["findings"])
        if known is not None and known[0] == read:
            return known
        findings = tuple(finding_from_plain(plain) for plain in json.loads(row["findings"]))
        return read, BoardLine(offer=offer_of(row), known_at=from_ms(row["known_at"]), findings=findings)

    def _answers(self) -> dict[int, dict[str, Answer]]:
        found: dict[int, dict[str, Answer]] = {}
        for row in self._db.rows(_ANSWERS):
            answer = Answer(by=row["by"], at=from_ms(row["at"]))
            found.setdefault(row["parcel_id"], {})[row["milestone"]] = answer
        return found


def _answered(line: BoardLine, answers: dict[int, dict[str, Answer]], changed: dict[int, datetime]) -> BoardLine:
    parcel_id = line.offer.id
    if parcel_id not in answers and parcel_id not in changed:
        return line
    return replace(line, answers=answers.get(parcel_id, {}), changed_at=changed.get(parcel_id))
