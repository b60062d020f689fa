"""All parcels for the board, and one parcel with its past.

Between two looks only what has changed is read anew.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping, Set
from dataclasses import replace
from datetime import datetime

from notifier.domain.board_lines import Answer, BoardLine, DatedChange, SentLine
from notifier.domain.doubts import rival_key, standing_words
from notifier.domain.lint import ORDER_CODES, odd_order
from notifier.domain.plain import change_from_plain, finding_from_plain
from notifier.domain.reminders import Reminder
from notifier.ledger.database import Database, DatabaseRow, from_ms
from notifier.ledger.row_values import due_of, offer_of

# What the board shows: how far statements, changes and comparisons have come, how many parcels and
# answers there are, and what reaches nobody at present.
_MARK = """SELECT (SELECT max(id) FROM statements), (SELECT max(id) FROM changes), (SELECT max(id)
    FROM parcels),
(SELECT count(*) FROM acks), (SELECT max(at) FROM acks), (SELECT max(id) FROM comparisons),
(SELECT count(*) FROM pauses), (SELECT max(said_at) FROM pauses), (SELECT count(*) FROM settled),
(SELECT count(*) FROM own_answers), (SELECT count(*) FROM asked_people),
(SELECT max(id) FROM asked_people), (SELECT count(*) FROM troubles WHERE is_over = 0),
(SELECT max(since) FROM troubles WHERE is_over = 0)"""

# When each parcel changed last.
_CHANGED = "SELECT parcel_id, max(at) AS at FROM changes GROUP BY parcel_id"

# Every parcel that was not taken back.
_PARCELS = """SELECT p.id AS parcel_id, p.key AS parcel_key, p.state AS parcel_state, p.head,
    p.body, p.known_at,
p.findings FROM parcels p WHERE p.state <> 'dropped' ORDER BY p.id"""

# What people have answered, each of those who are asked.
_ANSWERS = "SELECT parcel_id, milestone, at, by FROM answered"

# The own answers of those who are asked, the first one first.
_OWN = """SELECT DISTINCT q.parcel_id, q.milestone, q.person, o.at FROM asked_people q
JOIN own_answers o ON o.parcel_id = q.parcel_id AND o.milestone = q.milestone AND o.by = q.person
ORDER BY o.at, q.person"""

# Whose own answers are missing.
_MISSING = "SELECT DISTINCT parcel_id, milestone, person FROM missing_answers ORDER BY person"

# How many people have compared each time with the original.
_CONFIRMED = """SELECT parcel_id, name, at, condition, count(*) AS people FROM confirmed
GROUP BY parcel_id, name, at, condition"""

# How many doubts were raised of each field of a parcel while its times stood so, how many people
# settled, how many of those by leaving the parcel as it is.
_DOUBTED = """SELECT d.parcel_id, d.field, d.stood, count(*) AS raised,
    count(s.doubt_key) AS settled, sum(CASE WHEN s.how = 'left' THEN 1 ELSE 0 END) AS kept
FROM doubts d LEFT JOIN settled s ON s.doubt_key = d.doubt_key
WHERE d.parcel_id IS NOT NULL GROUP BY d.parcel_id, d.field, d.stood"""

# Which of two times holds, as people left it.
_RIVALS_LEFT = "SELECT doubt_key FROM settled WHERE doubt_key LIKE 'rival:%'"

# What people have said of times, in the order in which they did.
_SAID = "SELECT parcel_id, body FROM statements WHERE origin = 'person' ORDER BY id"

# What changed of a parcel, the newest first.
_LATEST_CHANGES = "SELECT parcel_id, at, body FROM changes ORDER BY id DESC LIMIT ?"

# What changed of a parcel, the newest first.
_CHANGES_OF = "SELECT at, body FROM changes WHERE parcel_id = ? ORDER BY id DESC"

# The reminders of a parcel that are planned, the soonest first.
_REMINDERS_OF = """SELECT * FROM reminders WHERE parcel_id = ? AND state = 'planned'
    ORDER BY due_at, recipient"""

# What was sent of a parcel, the newest first.
_SENT_OF = """SELECT m.created_at, d.ended_at, m.recipient, d.channel, d.state, d.words, d.items,
    r.id AS reminder_id,
r.kind, r.milestone, r.milestone_at, r.lead FROM reminders r
JOIN messages m ON m.id = r.message_id JOIN deliveries d ON d.message_id = m.id
WHERE r.parcel_id = ? ORDER BY d.id DESC LIMIT ?"""

_Read = tuple[str, str, str, str]  # the columns of which a line is made
_Confirmed = dict[tuple[str, datetime, str], int]
_NOTHING: frozenset[str] = frozenset()
_MOST_SENT = 200  # lines of one parcel


class BoardView:
    """Read the lines of the board. What has not changed is not read from its text again."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._lock = threading.Lock()
        self._lines: dict[int, tuple[_Read, BoardLine]] = {}
        self._seen = ""
        self._mark = ""

    def mark(self) -> str:
        """Return a text that changes with what the board shows.

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
        assert row is not None  # a row of aggregates is always there
        return "-".join(str(value or 0) for value in row)

    def lines(self) -> list[BoardLine]:
        """Return every parcel that was not taken back, in the order in which they came."""
        answers = self._answers()
        missing = self._missing()
        confirmed = self._confirmed()
        spoken = self._spoken()
        doubted = self._doubted()
        rivals = {row["doubt_key"] for row in self._db.rows(_RIVALS_LEFT)}
        changed = {row["parcel_id"]: from_ms(row["at"]) for row in self._db.rows(_CHANGED)}
        rows = self._db.rows(_PARCELS)
        with self._lock:
            kept = self._lines
            self._lines = {row["parcel_id"]: _line(row, kept.get(row["parcel_id"])) for row in rows}
            found = [line for _, line in self._lines.values()]
        return [
            _completed(
                line,
                answers.get(line.offer.id),
                changed.get(line.offer.id),
                confirmed.get(line.offer.id),
                _settled(line, spoken.get(line.offer.id, _NOTHING), doubted.get(line.offer.id, ()))
                | _rivals_left(line, rivals),
                missing.get(line.offer.id),
            )
            for line in found
        ]

    def _answers(self) -> dict[int, dict[str, Answer]]:
        found: dict[int, dict[str, Answer]] = {}
        for row in self._db.rows(_ANSWERS):
            answer = Answer(by=row["by"], at=from_ms(row["at"]))
            found.setdefault(row["parcel_id"], {})[row["milestone"]] = answer
        own: dict[tuple[int, str], list[str]] = {}
        for row in self._db.rows(_OWN):
            place = (row["parcel_id"], row["milestone"])
            own.setdefault(place, []).append(row["person"])
            answers = found.get(place[0], {})
            if place[1] in answers:
                everybody = Answer(by="、".join(own[place]), at=from_ms(row["at"]))
                answers[place[1]] = everybody
        return found

    def _missing(self) -> dict[int, dict[str, tuple[str, ...]]]:
        found: dict[int, dict[str, tuple[str, ...]]] = {}
        for row in self._db.rows(_MISSING):
            of_parcel = found.setdefault(row["parcel_id"], {})
            name = row["milestone"]
            of_parcel[name] = (*of_parcel.get(name, ()), row["person"])
        return found

    def _confirmed(self) -> dict[int, _Confirmed]:
        found: dict[int, _Confirmed] = {}
        for row in self._db.rows(_CONFIRMED):
            mark = (row["name"], from_ms(row["at"]), row["condition"])
            found.setdefault(row["parcel_id"], {})[mark] = row["people"]
        return found

    def _doubted(self) -> dict[int, list[DatabaseRow]]:
        found: dict[int, list[DatabaseRow]] = {}
        for row in self._db.rows(_DOUBTED):
            found.setdefault(row["parcel_id"], []).append(row)
        return found

    def _spoken(self) -> dict[int, set[str]]:
        """Return the milestones of which a person's word stands, by parcel."""
        found: dict[int, set[str]] = {}
        for row in self._db.rows(_SAID):
            body = json.loads(row["body"])
            names = found.setdefault(row["parcel_id"], set())
            names |= set(body.get("milestones", ()))
            names -= set(body.get("withdrawn", ()))
        return found

    # -- one parcel
    # ---------------------------------------------------------------------------------

    def changes_of(self, parcel_id: int) -> list[DatedChange]:
        """Return what changed of a parcel, the newest first."""
        return [_dated_change(row) for row in self._db.rows(_CHANGES_OF, (parcel_id,))]

    def latest_changes(self, limit: int) -> list[tuple[int, DatedChange]]:
        """Return what changed last of any parcel, by its id, the newest first."""
        rows = self._db.rows(_LATEST_CHANGES, (limit,))
        return [(row["parcel_id"], _dated_change(row)) for row in rows]

    def reminders_of(self, parcel_id: int) -> list[Reminder]:
        """Return the reminders of a parcel that are planned, the soonest first."""
        rows = self._db.rows(_REMINDERS_OF, (parcel_id,))
        return [due_of(row).reminder for row in rows]

    def sent_of(self, parcel_id: int) -> list[SentLine]:
        """Return what was sent of a parcel, the newest first."""
        rows = self._db.rows(_SENT_OF, (parcel_id, _MOST_SENT))
        return [_sent_line(row) for row in rows if _is_part(row)]


def _dated_change(row: DatabaseRow) -> DatedChange:
    return DatedChange(at=from_ms(row["at"]), change=change_from_plain(json.loads(row["body"])))


def _line(row: DatabaseRow, known: tuple[_Read, BoardLine] | None) -> tuple[_Read, BoardLine]:
    read = (row["parcel_state"], row["head"], row["body"], row["findings"])
    if known is not None and known[0] == read:
        return known
    offer = offer_of(row)
    found = [
        finding_from_plain(plain)
        for plain in json.loads(row["findings"])
        if plain.get("stood") in (None, standing_words(offer, plain["field"]))
    ]
    # what is odd in the order of times is so as they stand now, not as they first came
    lasting = [finding for finding in found if finding.code not in ORDER_CODES]
    findings = (*lasting, *odd_order(offer.parcel))
    return read, BoardLine(offer=offer, known_at=from_ms(row["known_at"]), findings=findings)


def _completed(
    line: BoardLine,
    answers: Mapping[str, Answer] | None,
    changed_at: datetime | None,
    confirmed: _Confirmed | None,
    settled: frozenset[str],
    missing: Mapping[str, tuple[str, ...]] | None,
) -> BoardLine:
    known = (answers, changed_at, confirmed, missing)
    if known == (None, None, None, None) and not settled:
        return line
    return replace(
        line,
        missing=missing or {},
        answers=answers or {},
        changed_at=changed_at,
        confirmed=confirmed or {},
        settled=settled,
    )


def _settled(line: BoardLine, spoken: Set[str], doubted: Iterable[DatabaseRow]) -> frozenset[str]:
    """Return the fields of which nothing is open.

    A person gave the time, or left it as it is, or it is another one since the doubt was raised.
    """
    settled = set(spoken)
    still_open: set[str] = set()
    for row in doubted:
        field = row["field"]
        if row["stood"] != standing_words(line.offer, field) or row["kept"] == row["raised"]:
            settled.add(field)
        elif row["settled"] < row["raised"]:
            still_open.add(field)
    return frozenset(settled - still_open)


def _rivals_left(line: BoardLine, rivals: Set[str]) -> frozenset[str]:
    """Return the milestones whose two times a person saw and left as they are."""
    milestones = line.offer.parcel.milestones.items() if rivals else ()
    return frozenset(
        name
        for name, milestone in milestones
        if milestone.rival is not None and rival_key(line.offer, name, milestone) in rivals
    )


def _is_part(row: DatabaseRow) -> bool:
    """Whether this part of a message that was cut holds the reminder."""
    return row["items"] is None or row["reminder_id"].hex() in json.loads(row["items"])


def _sent_line(row: DatabaseRow) -> SentLine:
    return SentLine(
        at=from_ms(row["created_at"]),
        ended_at=None if row["ended_at"] is None else from_ms(row["ended_at"]),
        recipient=row["recipient"],
        channel=row["channel"],
        state=row["state"],
        words=row["words"],
        kind=row["kind"],
        milestone=row["milestone"],
        milestone_at=from_ms(row["milestone_at"]),
        lead=row["lead"],
    )
