"""All parcels for the board, and one parcel with its past.

Between two looks only what has changed is read anew.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from notifier.domain.board_lines import Answer, BoardLine, DatedChange, SentLine
from notifier.domain.confirmation import TimeMark, time_marks
from notifier.domain.doubts import rival_key, standing_words
from notifier.domain.lint import ORDER_CODES, odd_order
from notifier.domain.offers import Offer
from notifier.domain.plain import change_from_plain, finding_from_plain
from notifier.domain.reminders import Reminder
from notifier.domain.values import MilestoneName
from notifier.ledger.database import Database, DatabaseRow, from_ms
from notifier.ledger.kept_offers import KeptOffers
from notifier.ledger.row_values import due_of

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

# How many people have compared each time with the original, as it was read then.
_CONFIRMED = """SELECT parcel_id, name, at, condition, reading, count(*) AS people FROM confirmed
GROUP BY parcel_id, name, at, condition, reading
ORDER BY parcel_id, name, at, condition, reading"""

# How many doubts were raised of each field of a parcel while its times stood so, how many people
# settled, how many of those by leaving the parcel as it is.
_DOUBTED = """SELECT d.parcel_id, d.field, d.stood, count(*) AS raised,
    count(s.doubt_key) AS settled, sum(CASE WHEN s.how = 'left' THEN 1 ELSE 0 END) AS kept
FROM doubts d LEFT JOIN settled s ON s.doubt_key = d.doubt_key
WHERE d.parcel_id IS NOT NULL GROUP BY d.parcel_id, d.field, d.stood
ORDER BY d.parcel_id, d.field, d.stood"""

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

_MOST_SENT = 200  # lines of one parcel


class _KeptRow(NamedTuple):
    """A parcel as it was read: what its findings were read from, and its line without answers."""

    findings: str
    line: BoardLine


class _BesideRows(NamedTuple):
    """What stands of a parcel in other tables, as plain values: by it a line is made or kept."""

    answers: Mapping[str, tuple[str, int]] | None
    missing: Mapping[str, tuple[str, ...]] | None
    changed_at: int | None
    confirmed: Sequence[tuple[str, int, str, str, int]]
    spoken: Set[str] | None
    doubted: Sequence[tuple[str, str, int, int, int]]
    rivals_left: Set[str]


class _KeptLine(NamedTuple):
    row: _KeptRow
    beside: _BesideRows
    line: BoardLine


class BoardView:
    """Read the lines of the board.

    A line whose rows have not changed stays the same object: it is neither read from its text nor
    put in order again.
    """

    def __init__(self, database: Database, offers: KeptOffers) -> None:
        self._db = database
        self._offers = offers
        self._lock = threading.Lock()
        self._lines: dict[int, _KeptLine] = {}
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
        changed = {row["parcel_id"]: row["at"] for row in self._db.rows(_CHANGED)}
        confirmed = _by_parcel(self._db.rows(_CONFIRMED))
        spoken = self._spoken()
        doubted = _by_parcel(self._db.rows(_DOUBTED))
        rivals = {row["doubt_key"] for row in self._db.rows(_RIVALS_LEFT)}
        rows = self._db.rows(_PARCELS)
        with self._lock:
            found: dict[int, _KeptLine] = {}
            for row in rows:
                number = row["parcel_id"]
                known = self._lines.get(number)
                kept = self._row_of(row, known)
                beside = _BesideRows(
                    answers=answers.get(number),
                    missing=missing.get(number),
                    changed_at=changed.get(number),
                    confirmed=confirmed.get(number, ()),
                    spoken=spoken.get(number),
                    doubted=doubted.get(number, ()),
                    rivals_left=_rivals_left(kept.line, rivals),
                )
                if known is None or known.row is not kept or known.beside != beside:
                    known = _KeptLine(kept, beside, _completed(kept.line, beside))
                found[number] = known
            self._lines = found
        return [kept.line for kept in found.values()]

    def _row_of(self, row: DatabaseRow, known: _KeptLine | None) -> _KeptRow:
        offer = self._offers.offer_of(row)
        findings = row["findings"]
        is_kept = (
            known is not None and known.row.line.offer is offer and known.row.findings == findings
        )
        if known is not None and is_kept:
            return known.row
        return _KeptRow(findings, _line(row, offer))

    def _answers(self) -> dict[int, dict[str, tuple[str, int]]]:
        """Return (by whom, when) by parcel and milestone."""
        found: dict[int, dict[str, tuple[str, int]]] = {}
        for row in self._db.rows(_ANSWERS):
            found.setdefault(row["parcel_id"], {})[row["milestone"]] = (row["by"], row["at"])
        own: dict[tuple[int, str], list[str]] = {}
        for row in self._db.rows(_OWN):
            place = (row["parcel_id"], row["milestone"])
            own.setdefault(place, []).append(row["person"])
            answers = found.get(place[0], {})
            if place[1] in answers:
                answers[place[1]] = ("、".join(own[place]), row["at"])
        return found

    def _missing(self) -> dict[int, dict[str, tuple[str, ...]]]:
        found: dict[int, dict[str, tuple[str, ...]]] = {}
        for row in self._db.rows(_MISSING):
            of_parcel = found.setdefault(row["parcel_id"], {})
            name = row["milestone"]
            of_parcel[name] = (*of_parcel.get(name, ()), row["person"])
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


def _by_parcel(rows: Iterable[DatabaseRow]) -> dict[int, list[tuple[Any, ...]]]:
    """Gather rows by their first column, the parcel; the others stay as they are."""
    found: dict[int, list[tuple[Any, ...]]] = {}
    for parcel_id, *others in rows:
        found.setdefault(parcel_id, []).append(tuple(others))
    return found


def _line(row: DatabaseRow, offer: Offer) -> BoardLine:
    found = [
        finding_from_plain(plain)
        for plain in json.loads(row["findings"])
        if plain.get("stood") in (None, standing_words(offer, plain["field"]))
    ]
    # what is odd in the order of times is so as they stand now, not as they first came
    lasting = [finding for finding in found if finding.code not in ORDER_CODES]
    findings = (*lasting, *odd_order(offer.parcel))
    return BoardLine(offer=offer, known_at=from_ms(row["known_at"]), findings=findings)


def _completed(line: BoardLine, beside: _BesideRows) -> BoardLine:
    """Return the line with what people said, and with when it changed."""
    answers = beside.answers or {}
    return replace(
        line,
        missing=beside.missing or {},
        answers={name: Answer(by=by, at=from_ms(at)) for name, (by, at) in answers.items()},
        changed_at=None if beside.changed_at is None else from_ms(beside.changed_at),
        confirmed=_confirmed(line, beside),
        settled=_settled(line, beside) | beside.rivals_left,
    )


def _confirmed(line: BoardLine, beside: _BesideRows) -> dict[tuple[str, datetime, str], int]:
    """Return how many people have compared each time that stands, as precisely as it is known."""
    standing = set(time_marks(line.offer)) if beside.confirmed else set()
    found = {}
    for name, at_ms, condition, reading, people in beside.confirmed:
        at = from_ms(at_ms)
        if TimeMark(MilestoneName(name), at, condition, reading) in standing:
            found[name, at, condition] = people
    return found


def _settled(line: BoardLine, beside: _BesideRows) -> frozenset[str]:
    """Return the fields of which nothing is open.

    A person gave the time, or left it as it is, or it is another one since the doubt was raised.
    """
    settled = set(beside.spoken or ())
    still_open: set[str] = set()
    for field, stood, raised, closed, kept in beside.doubted:
        if stood != standing_words(line.offer, field) or kept == raised:
            settled.add(field)
        elif closed < raised:
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
