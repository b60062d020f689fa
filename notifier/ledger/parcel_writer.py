"""Writes parcels: new ones, what they are after a notice or a word, and what changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from notifier.domain import changes
from notifier.domain.confirmation import time_marks
from notifier.domain.doubts import standing_words
from notifier.domain.identity import loose_key
from notifier.domain.offers import Offer, OfferChange
from notifier.domain.plain import (
    Plain,
    change_to_plain,
    finding_to_plain,
    offer_head_to_plain,
    parcel_to_plain,
)
from notifier.domain.statements import Speaker
from notifier.domain.values import Finding, Notice, Parcel, squash
from notifier.ledger.database import Database, to_ms
from notifier.ledger.row_values import dump, offer_of
from notifier.ledger.statement_history import StatementHistory

# One parcel.
_INSERT_PARCEL = """INSERT INTO parcels
(key, notice_id, notice_number, number, loose, state, head, body, findings, known_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id"""

# What a parcel is now; it is to be planned anew.
_UPDATE_PARCEL = """UPDATE parcels SET notice_number = ?, number = ?, loose = ?, state = ?, head =
    ?, body = ?,
stale = stale + 1 WHERE id = ?"""

# A parcel as it is now.
_CURRENT = """SELECT p.id AS parcel_id, p.key AS parcel_key, p.state AS parcel_state, p.head, p.body
FROM parcels p WHERE p.id = ?"""

# Whether a parcel of a key is there.
_HAS_KEY = "SELECT 1 FROM parcels WHERE key = ?"

# How many keys begin with a text.
_COUNT_KEYS = "SELECT count(*) FROM parcels WHERE key >= ? AND key < ?"

# The milestones of a parcel.
_MILESTONES = "SELECT name, at, condition FROM milestones WHERE parcel_id = ?"

# A milestone that does not stand any more.
_DELETE_MILESTONE = (
    "DELETE FROM milestones WHERE parcel_id = ? AND name = ? AND at = ? AND condition = ?"
)

# A milestone that stands from now on.
_INSERT_MILESTONE = """INSERT INTO milestones (parcel_id, name, at, condition, known_at)
VALUES (?, ?, ?, ?, ?)"""

# A time is confirmed no longer if what was confirmed was another reading of it.
_FORGET_OTHER_READING = """DELETE FROM confirmed
WHERE parcel_id = ? AND name = ? AND at = ? AND condition = ? AND reading <> ?"""

# A change to be told.
_INSERT_CHANGE = "INSERT INTO changes (parcel_id, at, body) VALUES (?, ?, ?)"

# A parcel is to be planned anew.
_MAKE_STALE = "UPDATE parcels SET stale = stale + 1 WHERE id = ?"


class ParcelWriter:
    """Write parcels with their milestones and changes, within a transaction of the caller's."""

    def __init__(self, database: Database, statements: StatementHistory) -> None:
        self._db = database
        self._statements = statements

    def current(self, offer: Offer) -> Offer:
        """Return a parcel as it is now.

        Whoever changes a parcel begins with this: other words may have come since it was shown.
        """
        row = self._db.row(_CURRENT, (offer.id,))
        return offer if row is None else offer_of(row)

    def insert(
        self,
        notice_id: int,
        notice: Notice,
        parcel: Parcel,
        ordinal: int,
        findings: list[Finding],
        speaker: Speaker,
    ) -> Offer:
        """Write the `ordinal`th parcel of its number in `notice`, with the findings about it."""
        offer = Offer(
            id=0,
            key=self._free_key(notice, parcel, ordinal),
            parcel=parcel,
            notice_no=notice.notice_no,
            kind=notice.kind,
            title=notice.title,
            authority=notice.authority,
            city=notice.city,
            published=notice.published,
            platform=notice.platform,
            contacts=notice.contacts,
            file=notice.file,
        )
        values = (
            offer.key,
            notice_id,
            *_known_values(offer),
            dump([_with_times(finding, offer) for finding in findings]),
            to_ms(speaker.said_at),
        )
        offer = replace(offer, id=self._db.insert(_INSERT_PARCEL, values))
        self._statements.keep_said(
            offer.id, changes.milestones_of(parcel), changes.texts_of(parcel), speaker
        )
        self._keep_milestones(offer, speaker.said_at)
        return offer

    def _free_key(self, notice: Notice, parcel: Parcel, ordinal: int) -> str:
        """Return a key that no parcel has: of notice and number, if need be of the authority."""
        key = _offer_key(notice.notice_no, parcel.parcel_no, ordinal)
        place = notice.authority or notice.city
        of_place = _offer_key(notice.notice_no, f"{parcel.parcel_no}@{place}", ordinal)
        of_file = _offer_key(notice.notice_no, f"{parcel.parcel_no}@{notice.file}", ordinal)
        for candidate in (key, of_place, of_file):
            if self._db.value(_HAS_KEY, (candidate,)) is None:
                return candidate
        count = self._db.value(_COUNT_KEYS, (key, f"{key}\U0010ffff"))
        return f"{of_file}@{count}"

    def update(self, offer: Offer, now: datetime, *, has_changed: bool) -> None:
        """Write what a parcel is now, so that it is planned anew; nothing unless it has changed."""
        if not has_changed:
            return
        self._db.execute(_UPDATE_PARCEL, (*_known_values(offer), offer.id))
        self._keep_milestones(offer, now)
        self._forget_other_readings(offer)

    def _forget_other_readings(self, offer: Offer) -> None:
        """Let no confirmation stand for a time that is now known more precisely, or has a rival."""
        rows = [
            (offer.id, mark.milestone.value, to_ms(mark.at), mark.condition, mark.reading)
            for mark in time_marks(offer)
        ]
        self._db.execute_many(_FORGET_OTHER_READING, rows)

    def _keep_milestones(self, offer: Offer, now: datetime) -> None:
        deadlines = offer.deadlines()
        standing = {
            (name.value, to_ms(milestone.at), condition) for name, milestone, condition in deadlines
        }
        rows = self._db.rows(_MILESTONES, (offer.id,))
        known = {(row["name"], row["at"], row["condition"]) for row in rows}
        gone = [(offer.id, *milestone) for milestone in known - standing]
        new = [(offer.id, *milestone, to_ms(now)) for milestone in standing - known]
        self._db.execute_many(_DELETE_MILESTONE, gone)
        self._db.execute_many(_INSERT_MILESTONE, new)

    def keep_change(self, offer: Offer, change: OfferChange, now: datetime) -> None:
        """Write a change to be told; the parcel is planned anew."""
        self._db.execute(_INSERT_CHANGE, (offer.id, to_ms(now), dump(change_to_plain(change))))
        self._db.execute(_MAKE_STALE, (offer.id,))


def _with_times(finding: Finding, offer: Offer) -> Plain:
    """A finding with the times of which it is said: of others it says nothing."""
    return {**finding_to_plain(finding), "stood": standing_words(offer, finding.field)}


def _known_values(offer: Offer) -> tuple[str, ...]:
    """Return notice_number, number, loose, state, head and body of a parcel."""
    return (
        squash(offer.notice_no),
        squash(offer.parcel.parcel_no),
        loose_key(offer.parcel.parcel_no),
        offer.state.value,
        dump(offer_head_to_plain(offer)),
        dump(parcel_to_plain(offer.parcel)),
    )


def _offer_key(notice_no: str, parcel_no: str, ordinal: int) -> str:
    """Return a key that is the same in every ledger.

    The second parcel of a number in a notice is another parcel.
    """
    key = f"{squash(notice_no)}|{squash(parcel_no)}"
    return key if ordinal == 1 else f"{key}#{ordinal}"
