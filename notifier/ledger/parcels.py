"""Parcels: found by what people type, and changed by what people say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from notifier.domain import changes
from notifier.domain.offers import Offer, OfferChange, OfferState
from notifier.domain.statements import Origin, Speaker
from notifier.domain.values import Milestone, MilestoneName, squash
from notifier.ledger.database import Database
from notifier.ledger.parcel_writer import ParcelWriter
from notifier.ledger.row_values import offer_of
from notifier.ledger.statement_history import StatementHistory

# Every parcel.
_ALL = """SELECT p.id AS parcel_id, p.key AS parcel_key, p.state AS parcel_state, p.head, p.body
FROM parcels p ORDER BY p.id"""

# The parcels of a number, with those that were taken back or without.
_OF_NUMBER = """SELECT p.id AS parcel_id, p.key AS parcel_key, p.state AS parcel_state, p.head,
    p.body
FROM parcels p WHERE p.number = ? AND (? = 1 OR p.state <> 'dropped') ORDER BY p.id"""

# The parcels whose number ends with a text of a length.
_OF_ENDING = """SELECT p.id AS parcel_id, p.key AS parcel_key, p.state AS parcel_state, p.head,
    p.body
FROM parcels p
WHERE length(p.number) >= ? AND substr(p.number, length(p.number) - ? + 1) = ?
AND (? = 1 OR p.state <> 'dropped') ORDER BY p.id"""

# The parcels of the notice of a number, without those that were taken back.
_OF_NOTICE = """SELECT p.id AS parcel_id, p.key AS parcel_key, p.state AS parcel_state, p.head,
    p.body
FROM parcels p
WHERE p.notice_number = ? AND p.notice_number <> '' AND p.state <> 'dropped' ORDER BY p.id"""


class Parcels:
    """Find parcels, and keep what a person says of them."""

    def __init__(
        self, database: Database, statements: StatementHistory, writer: ParcelWriter
    ) -> None:
        self._db = database
        self._statements = statements
        self._writer = writer

    def all(self) -> Iterator[Offer]:
        """Yield every parcel, in the order in which they came."""
        for row in self._db.rows(_ALL):
            yield offer_of(row)

    def find(self, number: str, *, dropped: bool = False) -> list[Offer]:
        """Return the parcels of that number, else those whose number ends with it (`121号`).

        A figure counts only as a whole. Behind an `@` stands which of several is meant: a word of
        its city, authority, notice or place, or its own id. Parcels that were taken back are found
        with `dropped` only.
        """
        wanted, _, which = squash(number).partition("@")
        if not wanted:
            return []
        exact = self._db.rows(_OF_NUMBER, (wanted, int(dropped)))
        rows = exact or self._db.rows(_OF_ENDING, (len(wanted), len(wanted), wanted, int(dropped)))
        offers = [offer_of(row) for row in rows]
        found = [offer for offer in offers if _ends_with(squash(offer.parcel.parcel_no), wanted)]
        return _which(found, which) if which else found

    def of_notice(self, number: str) -> list[Offer]:
        """Return the parcels of a notice that were not taken back; `@` as in `find`."""
        wanted, _, which = squash(number).partition("@")
        found = [offer_of(row) for row in self._db.rows(_OF_NOTICE, (wanted,))]
        return _which(found, which) if which else found

    def set_time(
        self,
        offer: Offer,
        name: MilestoneName,
        milestone: Milestone | None,
        *,
        by: str,
        why: str,
        now: datetime,
    ) -> Offer:
        """Keep a person's word on a milestone, None if there is none.

        Return the parcel after it.
        """
        speaker = Speaker(origin=Origin.PERSON, said_at=now, by=by, why=why)
        with self._db.write("notices"):
            offer = self._writer.current(offer)
            merged = changes.set_time(
                offer, name, milestone, speaker, self._statements.of_parcel(offer.id)
            )
            self._statements.keep_merged(offer.id, merged, speaker)
            return self._keep_word(offer, merged.offer, merged.change, now)

    def withdraw_time(
        self, offer: Offer, name: MilestoneName, *, by: str, why: str, now: datetime
    ) -> Offer:
        """Take back a person's word on a milestone, so that what is read stands again.

        Return the parcel after it.
        """
        speaker = Speaker(origin=Origin.PERSON, said_at=now, by=by, why=why)
        with self._db.write("notices"):
            offer = self._writer.current(offer)
            merged = changes.withdraw(offer, name, speaker, self._statements.of_parcel(offer.id))
            self._statements.keep_said(offer.id, merged.said, {}, speaker, withdrawn=True)
            return self._keep_word(offer, merged.offer, merged.change, now)

    def set_state(
        self, offer: Offer, state: OfferState, *, by: str, why: str, now: datetime
    ) -> None:
        """Keep that a person drops a parcel, or takes that back."""
        speaker = Speaker(origin=Origin.PERSON, said_at=now, by=by, why=why)
        with self._db.write("notices"):
            offer = self._writer.current(offer)
            change = OfferChange(state=(offer.state, state), is_set=True, by=by, why=why)
            self._statements.keep_state(offer.id, state.value, speaker)
            self._keep_word(offer, replace(offer, state=state), change, now)

    def _keep_word(
        self, offer: Offer, after: Offer, change: OfferChange | None, now: datetime
    ) -> Offer:
        self._writer.update(after, now, has_changed=after != offer)
        if change is not None:
            self._writer.keep_change(after, change, now)
        return after


def _ends_with(number: str, tail: str) -> bool:
    """Return whether a number ends with `tail` as a whole: `21号` is no end of `121号`."""
    before = number[: -len(tail)][-1:]
    return not (before.isdigit() and tail[0].isdigit())


def _which(offers: Sequence[Offer], which: str) -> list[Offer]:
    """Return the parcels that a word, or their id, singles out."""
    by_id = [offer for offer in offers if str(offer.id) == which]
    return by_id or [
        offer for offer in offers if any(which in squash(word) for word in _words_of(offer))
    ]


def _words_of(offer: Offer) -> tuple[str, ...]:
    return (
        offer.city,
        offer.authority,
        offer.notice_no,
        offer.parcel.district,
        offer.parcel.location,
    )
