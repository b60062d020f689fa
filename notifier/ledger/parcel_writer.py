"""Writes parcels: new ones, what they are after a notice or a word, and what changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from notifier.domain import changes
from notifier.domain.confirmation import time_marks
from notifier.domain.identity import loose_key
from notifier.domain.offers import Offer, OfferChange
from notifier.domain.plain import change_to_plain, finding_to_plain, offer_head_to_plain, parcel_to_plain
from notifier.domain.statements import Speaker
from notifier.domain.values import Finding, Notice, Parcel, squash
from notifier.ledger.database import Database, to_ms
from notifier.ledger.row_values import dump
from notifier.ledger.statement_history import StatementHistory


class ParcelWriter:
    """Write parcels with their milestones and changes. Each verb is called within a transaction of the caller's."""

    def __init__(self, database: Database, statements: StatementHistory) -> None:
        self._db = database
        self._statements = statements

    def insert(
        self,
        notice_id: int,
        notice: Notice,
        parcel: Parcel,
        ordinal: int,
        findings: list[Finding],
        speaker: Speaker,
    ) -> Offer:
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
        parcel_id = self._db.insert(
            "INSERT INTO parcels (key, notice_id, notice_number, number, loose, state, head, body, findings, known_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                offer.key, notice_id, squash(notice.notice_no), squash(parcel.parcel_no), loose_key(parcel.parcel_no),
                offer.state.value, dump(offer_head_to_plain(offer)), dump(parcel_to_plain(parcel)),
                dump([finding_to_plain(one) for one in findings]), to_ms(speaker.said_at),
            ),
        )  # fmt: skip
        offer = replace(offer, id=parcel_id)
        self._statements.keep_said(offer.id, changes.milestones_of(parcel), changes.texts_of(parcel), speaker)
        self._keep_milestones(offer, speaker.said_at)
        return offer

    def _free_key(self, notice: Notice, parcel: Parcel, ordinal: int) -> str:
        """A key that no other parcel has: by its notice and number alone, as long as no other authority's has it."""
        key = _offer_key(notice.notice_no, parcel.parcel_no, ordinal)
        ways = [key, _offer_key(notice.notice_no, f"{parcel.parcel_no}@{notice.authority or notice.city}", ordinal)]
        ways += [_offer_key(notice.notice_no, f"{parcel.parcel_no}@{notice.file}", ordinal)]
        for way in ways:
            if self._db.row("SELECT 1 FROM parcels WHERE key = ?", (way,)) is None:
                return way
        count = self._db.value("SELECT count(*) FROM parcels WHERE key >= ? AND key < ?", (key, f"{key}\U0010ffff"))
        return f"{ways[-1]}@{count}"

    def update(self, offer: Offer, now: datetime, *, stale: bool) -> None:
        if not stale:
            return
        self._db.execute(
            "UPDATE parcels SET notice_number = ?, number = ?, loose = ?, state = ?, head = ?, body = ?, "
            "stale = stale + 1 WHERE id = ?",
            (
                squash(offer.notice_no), squash(offer.parcel.parcel_no), loose_key(offer.parcel.parcel_no),
                offer.state.value, dump(offer_head_to_plain(offer)),
                dump(parcel_to_plain(offer.parcel)), offer.id,
            ),
        )  # fmt: skip
        self._keep_milestones(offer, now)
        self._forget_other_readings(offer)

    def _forget_other_readings(self, offer: Offer) -> None:
        """Let no confirmation stand for a time that is now known more precisely, or has a rival."""
        self._db.execute_many(
            "DELETE FROM confirmed WHERE parcel_id = ? AND name = ? AND at = ? AND condition = ? AND reading <> ?",
            [
                (offer.id, mark.milestone.value, to_ms(mark.at), mark.condition, mark.reading)
                for mark in time_marks(offer)
            ],
        )

    def _keep_milestones(self, offer: Offer, now: datetime) -> None:
        standing = {(name.value, to_ms(one.at), condition) for name, one, condition in offer.deadlines()}
        known = {
            (row["name"], row["at"], row["condition"])
            for row in self._db.rows("SELECT name, at, condition FROM milestones WHERE parcel_id = ?", (offer.id,))
        }
        self._db.execute_many(
            "DELETE FROM milestones WHERE parcel_id = ? AND name = ? AND at = ? AND condition = ?",
            [(offer.id, *gone) for gone in known - standing],
        )
        self._db.execute_many(
            "INSERT INTO milestones (parcel_id, name, at, condition, known_at) VALUES (?, ?, ?, ?, ?)",
            [(offer.id, *one, to_ms(now)) for one in standing - known],
        )

    def keep_change(self, offer: Offer, change: OfferChange, now: datetime) -> None:
        self._db.execute(
            "INSERT INTO changes (parcel_id, at, body) VALUES (?, ?, ?)",
            (offer.id, to_ms(now), dump(change_to_plain(change))),
        )
        self._db.execute("UPDATE parcels SET stale = stale + 1 WHERE id = ?", (offer.id,))


def _offer_key(notice_no: str, parcel_no: str, ordinal: int) -> str:
    """Stable across ledgers. `ordinal`: the second parcel of one number in one notice is another parcel."""
    key = f"{squash(notice_no)}|{squash(parcel_no)}"
    return key if ordinal == 1 else f"{key}#{ordinal}"
