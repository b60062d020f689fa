"""What people have compared with the original: their words, and the confirmed times."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from notifier.domain.comparison_asks import Stage, Waiting, is_deadline
from notifier.domain.confirmation import Checked, Comparison, TimeMark, time_marks
from notifier.domain.offers import Offer
from notifier.domain.planning import ALL_MILESTONES
from notifier.domain.questions import Question
from notifier.domain.values import MilestoneName
from notifier.ledger.database import Database, DatabaseRow, from_ms, to_ms
from notifier.ledger.open_questions import OpenQuestions
from notifier.ledger.row_values import dump, offer_of

_AT_ONCE = 500  # parcels of one query
_NO_PARCEL = 0  # an id that no parcel has: a list in SQL is never empty

# What a person said after comparing a parcel.
_KEEP_WORD = """INSERT INTO comparisons (parcel_id, said_at, by, is_right, why, times)
VALUES (?, ?, ?, ?, ?, ?)"""

# A time that a person confirms.
_CONFIRM = """INSERT INTO confirmed (parcel_id, name, at, condition, by, reading) VALUES (?, ?, ?,
    ?, ?, ?)
ON CONFLICT (parcel_id, name, at, condition, by) DO UPDATE SET reading = excluded.reading"""

# No time of a parcel is confirmed.
_DENY = "DELETE FROM confirmed WHERE parcel_id = ?"

# The confirmed times of some parcels.
_CONFIRMED = (
    "SELECT * FROM confirmed WHERE parcel_id IN (?*) ORDER BY parcel_id, name, at, condition, by"
)

# What is done or skipped of some parcels.
_DONE = "SELECT parcel_id, milestone FROM answered WHERE parcel_id IN (?*)"

# What people said of some parcels, in the order in which they said it.
_WORDS = "SELECT * FROM comparisons WHERE parcel_id IN (?*) ORDER BY id"

# What people said of one parcel, in the order in which they said it.
_HISTORY = "SELECT * FROM comparisons WHERE parcel_id = ? ORDER BY id"

# Some parcels.
_PARCELS = """SELECT p.id AS parcel_id, p.key AS parcel_key, p.state AS parcel_state, p.head, p.body
FROM parcels p WHERE p.id IN (?*) ORDER BY p.id"""

# The parcels of which somebody said last that something is wrong.
_SAID_WRONG = """SELECT c.parcel_id FROM comparisons c WHERE c.is_right = 0
AND NOT EXISTS (SELECT 1 FROM comparisons d WHERE d.parcel_id = c.parcel_id AND d.id > c.id)"""

# The times ahead of open parcels that are neither skipped nor done, and confirmed by too few.
_UNCONFIRMED_TIMES = """SELECT m.parcel_id, m.name, m.at, m.known_at
FROM milestones m JOIN parcels p ON p.id = m.parcel_id WHERE m.at > ? AND p.state = 'open'
AND NOT EXISTS (SELECT 1 FROM answered a
WHERE a.parcel_id = m.parcel_id AND a.milestone IN (m.name, ?))
AND (SELECT count(*) FROM confirmed c WHERE c.parcel_id = m.parcel_id AND c.name = m.name AND c.at =
m.at
AND c.condition = m.condition) < ?"""

# When people were asked about parcels.
_ASKED = "SELECT * FROM comparison_asks"

# People were asked about a parcel.
_MARK_ASKED = """INSERT INTO comparison_asks (parcel_id, stage, at) VALUES (?, ?, ?)
ON CONFLICT (parcel_id, stage) DO UPDATE SET at = excluded.at"""


class Confirmations:
    """Keep what people say after they compared a parcel with the original.

    A confirmation hangs on the time that it confirms, and goes with it: a time that changes is not
    confirmed.
    """

    def __init__(self, database: Database, questions: OpenQuestions) -> None:
        self._db = database
        self._questions = questions

    def confirm(
        self, offer: Offer, by: str, now: datetime, *, marks: Iterable[TimeMark] | None = None
    ) -> None:
        """Note that `by` found the times of `marks` as the original has them.

        `marks` None: all times of the parcel.

        A time that has changed meanwhile is not confirmed.
        """
        seen = list(time_marks(offer) if marks is None else marks)
        comparison = Comparison(said_at=now, is_right=True, by=by)
        with self._db.write("notices"):
            standing = {
                mark for current in self.parcels([offer.id]) for mark in time_marks(current)
            }
            compared = [mark for mark in seen if mark in standing]
            self._keep_word(offer, comparison, compared)
            rows = [
                (offer.id, mark.milestone.value, to_ms(mark.at), mark.condition, by, mark.reading)
                for mark in compared
            ]
            self._db.execute_many(_CONFIRM, rows)

    def deny(
        self, offer: Offer, by: str, why: str, now: datetime, *, question: Question | None = None
    ) -> None:
        """Note that `by` found something wrong: no time of the parcel counts as confirmed.

        `question`: what people are told of it.
        """
        with self._db.write("notices"):
            if question is not None:
                self._questions.keep(question)
            comparison = Comparison(said_at=now, is_right=False, by=by, why=why)
            self._keep_word(offer, comparison, list(time_marks(offer)))
            self._db.execute(_DENY, (offer.id,))

    def _keep_word(self, offer: Offer, comparison: Comparison, marks: Sequence[TimeMark]) -> None:
        """Keep what a person said of a parcel and of which times, within `write` only."""
        times = [
            [mark.milestone.value, to_ms(mark.at), mark.condition, mark.reading] for mark in marks
        ]
        values = (
            offer.id,
            to_ms(comparison.said_at),
            comparison.by,
            int(comparison.is_right),
            comparison.why,
            dump(times),
        )
        self._db.execute(_KEEP_WORD, values)

    def of_parcel(self, offer: Offer) -> Checked:
        """Return what has been compared of one parcel."""
        return self.of_parcels([offer])[0]

    def of_parcels(self, offers: Sequence[Offer]) -> list[Checked]:
        """Return what has been compared of each of `offers`, in their order."""
        found: list[Checked] = []
        for first in range(0, len(offers), _AT_ONCE):
            found += self._of_some(offers[first : first + _AT_ONCE])
        return found

    def _of_some(self, offers: Sequence[Offer]) -> list[Checked]:
        ids = [offer.id for offer in offers]
        confirmed = self._confirmed(ids)
        done = self._done(ids)
        words = self._last_words(ids)
        return [
            Checked(
                offer=offer,
                confirmed=confirmed.get(offer.id, {}),
                done=frozenset(done.get(offer.id, ())),
                last=words.get(offer.id),
            )
            for offer in offers
        ]

    def _confirmed(self, ids: Sequence[int]) -> dict[int, dict[TimeMark, frozenset[str]]]:
        found: dict[int, dict[TimeMark, frozenset[str]]] = defaultdict(dict)
        for row in self._db.rows(_CONFIRMED, (tuple(ids),)):
            mark = TimeMark(
                MilestoneName(row["name"]), from_ms(row["at"]), row["condition"], row["reading"]
            )
            people = found[row["parcel_id"]]
            people[mark] = people.get(mark, frozenset()) | {row["by"]}
        return found

    def _done(self, ids: Sequence[int]) -> dict[int, set[str]]:
        found: dict[int, set[str]] = defaultdict(set)
        rows = self._db.rows(_DONE, (tuple(ids),))
        for row in rows:
            is_skipped = row["milestone"] == ALL_MILESTONES
            found[row["parcel_id"]] |= set(MilestoneName) if is_skipped else {row["milestone"]}
        return found

    def _last_words(self, ids: Sequence[int]) -> dict[int, Comparison]:
        rows = self._db.rows(_WORDS, (tuple(ids),))
        return {row["parcel_id"]: _comparison_of(row) for row in rows}

    def history(self, parcel_id: int) -> list[Comparison]:
        """Return what people said after comparing a parcel, in the order in which they said it."""
        rows = self._db.rows(_HISTORY, (parcel_id,))
        return [_comparison_of(row) for row in rows]

    # -- what waits to be compared -----------------------------------------------------------------

    def said_wrong(self) -> frozenset[int]:
        """Return the parcels of which the last word is that something is wrong, by id."""
        return frozenset(row["parcel_id"] for row in self._db.rows(_SAID_WRONG))

    def waiting(self, now: datetime, people: int) -> list[Waiting]:
        """Return the parcels with an unconfirmed deadline ahead, each with when people were asked.

        Deadlines alone count, not times of other milestones.
        """
        rows = self._db.rows(_UNCONFIRMED_TIMES, (to_ms(now), ALL_MILESTONES, people))
        deadlines: dict[int, list[DatabaseRow]] = defaultdict(list)
        for row in rows:
            if is_deadline(MilestoneName(row["name"])):
                deadlines[row["parcel_id"]].append(row)
        asked = self._asked(deadlines.keys())
        return [
            Waiting(
                parcel_id=parcel_id,
                first_at=from_ms(min(row["at"] for row in times)),
                known_at=from_ms(max(row["known_at"] for row in times)),
                asked=asked.get(parcel_id, {}),
            )
            for parcel_id, times in deadlines.items()
        ]

    def _asked(self, ids: Collection[int]) -> dict[int, dict[Stage, datetime]]:
        found: dict[int, dict[Stage, datetime]] = defaultdict(dict)
        for row in self._db.rows(_ASKED):
            if row["parcel_id"] in ids:
                found[row["parcel_id"]][Stage(row["stage"])] = from_ms(row["at"])
        return found

    def parcels(self, ids: Sequence[int]) -> list[Offer]:
        """Return the parcels of these ids."""
        rows = self._db.rows(_PARCELS, ((_NO_PARCEL, *ids),))
        return [offer_of(row) for row in rows]

    def mark_asked(self, asked: Iterable[tuple[int, Stage]], now: datetime) -> None:
        """Note that people were asked about these parcels, (id, stage)."""
        with self._db.write():
            self._db.execute_many(
                _MARK_ASKED, [(parcel_id, stage.value, to_ms(now)) for parcel_id, stage in asked]
            )


def _comparison_of(row: DatabaseRow) -> Comparison:
    return Comparison(
        said_at=from_ms(row["said_at"]),
        is_right=bool(row["is_right"]),
        by=row["by"],
        why=row["why"],
    )
