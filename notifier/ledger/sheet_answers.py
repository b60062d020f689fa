"""What the team's own sheets say of parcels: a new word counts, one that is gone is told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from notifier.domain.answer_words import SheetWord
from notifier.domain.offers import Offer
from notifier.domain.planning import ALL_MILESTONES
from notifier.domain.values import MilestoneName
from notifier.ledger.acknowledgements import Acknowledgements
from notifier.ledger.database import Database, DatabaseRow, from_ms, to_ms
from notifier.ledger.row_values import offer_of

# What a file said last of a parcel.
_LAST = "SELECT answer FROM sheet_answers WHERE file = ? AND parcel_id = ?"

# What a file says now, and what it said before. `told` 0: people are to hear of it.
_KEEP = """INSERT INTO sheet_answers (file, parcel_id, answer, was, at, by, told)
VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (file, parcel_id) DO UPDATE SET answer = excluded.answer,
was = excluded.was, at = excluded.at, by = excluded.by, told = excluded.told"""

# The words that are gone from their sheets, and nobody knows yet.
_UNTOLD = """SELECT s.file, s.answer, s.was, s.at, s.by, p.id AS parcel_id, p.key AS parcel_key,
p.state AS parcel_state, p.head, p.body
FROM sheet_answers s JOIN parcels p ON p.id = s.parcel_id WHERE s.told = 0 ORDER BY s.at, p.id"""

# People know of a word that is gone.
_MARK_TOLD = "UPDATE sheet_answers SET told = 1 WHERE file = ? AND parcel_id = ? AND at = ?"

_MEANS = {"done": MilestoneName.REGISTRATION_CLOSE.value, "skip": ALL_MILESTONES}


class SheetAnswers:
    """Take the words of sheets for answers, each once."""

    def __init__(self, database: Database, acknowledgements: Acknowledgements) -> None:
        self._db = database
        self._acknowledgements = acknowledgements

    def take(self, file: str, stated: Iterable[tuple[Offer, str]], by: str, now: datetime) -> None:
        """Let what `file` says of parcels (`done`, `skip`, empty) count as the answer of `by`.

        Within a transaction of the caller's. Only a word that differs from the last one of this
        file counts, so that what a person has taken back since stays so.
        """
        for offer, answer in stated:
            was = self._db.value(_LAST, (file, offer.id)) or ""
            if answer == was:
                continue
            # of `skip` after `done` the others hear as of any answer
            is_gone = bool(was) and (was, answer) != ("done", "skip")
            values = (file, offer.id, answer, was, to_ms(now), by, int(not is_gone))
            self._db.execute(_KEEP, values)
            if answer:
                self._acknowledgements.keep(offer.id, _MEANS[answer], by, now)

    def untold(self) -> list[SheetWord]:
        """Return the words that are gone from their sheets, and nobody has been told."""
        return [_word_of(row) for row in self._db.rows(_UNTOLD)]

    def mark_told(self, words: Sequence[SheetWord]) -> None:
        """Note that people have been told of these."""
        rows = [(word.file, word.offer.id, to_ms(word.at)) for word in words]
        with self._db.write():
            self._db.execute_many(_MARK_TOLD, rows)


def _word_of(row: DatabaseRow) -> SheetWord:
    return SheetWord(
        file=row["file"],
        offer=offer_of(row),
        answer=row["answer"],
        was=row["was"],
        at=from_ms(row["at"]),
        by=row["by"],
    )
