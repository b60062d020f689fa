"""What people say of parcels: done, skipped, silenced."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from notifier.domain.offers import Offer
from notifier.domain.planning import ALL_MILESTONES
from notifier.domain.silences import Silence
from notifier.domain.values import squash
from notifier.ledger.rows import OFFER_COLUMNS, dump, offer_of
from notifier.ledger.store import Store, from_ms, to_ms


def _ends_with(number: str, tail: str) -> bool:
    """`21号` is no end of `121号`."""
    before = number[: -len(tail)][-1:]
    return not (before.isdigit() and tail[0].isdigit())


def _which(offers: Sequence[Offer], which: str) -> list[Offer]:
    """Those that a word, or their id, singles out."""
    by_id = [offer for offer in offers if str(offer.id) == which]
    return by_id or [offer for offer in offers if any(which in squash(word) for word in _words_of(offer))]


def _words_of(offer: Offer) -> tuple[str, ...]:
    return (offer.city, offer.authority, offer.notice_no, offer.parcel.district, offer.parcel.location)


class PeopleVerbs(Store):
    def find_offers(self, number: str, *, dropped: bool = False) -> list[Offer]:
        """The parcels of that number, else those whose number ends with it (`121号`), a figure being one whole.

        Behind an `@` stands which of several: a word of its city, authority, notice, place, or its own id. Parcels
        that were taken back are found with `dropped` only.
        """
        wanted, _, which = squash(number).partition("@")
        if not wanted:
            return []
        states = "" if dropped else "AND p.state <> 'dropped'"
        exact = self._rows(
            f"SELECT {OFFER_COLUMNS} FROM parcels p WHERE p.number = ? {states} ORDER BY p.id",  # noqa: S608  # constants
            (wanted,),
        )
        tail = exact or self._rows(
            f"SELECT {OFFER_COLUMNS} FROM parcels p WHERE substr(p.number, -length(?)) = ? {states} ORDER BY p.id",  # noqa: S608  # constants
            (wanted, wanted),
        )
        found = [offer_of(row) for row in tail]
        ending_so = [offer for offer in found if _ends_with(squash(offer.parcel.parcel_no), wanted)]
        return _which(ending_so, which) if which else ending_so

    def offers_of_notice(self, number: str) -> list[Offer]:
        """The parcels of the notice of that number, but for those that were taken back; `@` as in `find_offers`."""
        wanted, _, which = squash(number).partition("@")
        rows = self._rows(
            f"SELECT {OFFER_COLUMNS} FROM parcels p WHERE p.notice_number = ? AND p.notice_number <> '' "  # noqa: S608  # constants
            "AND p.state <> 'dropped' ORDER BY p.id",
            (wanted,),
        )
        found = [offer_of(row) for row in rows]
        return _which(found, which) if which else found

    def acknowledge(self, parcel_id: int, milestone: str, by: str, now: datetime) -> None:
        """`milestone` is done, ALL_MILESTONES: the parcel is skipped. Its reminders are cancelled when planned anew."""
        with self.write():
            self._do(
                "INSERT INTO acks VALUES (?, ?, ?, ?) ON CONFLICT (parcel_id, milestone) DO NOTHING",
                (parcel_id, milestone, to_ms(now), by),
            )
            self._do("UPDATE parcels SET stale = stale + 1 WHERE id = ?", (parcel_id,))

    def resume(self, parcel_id: int, milestone: str) -> int:
        """Undo; with ALL_MILESTONES everything that was acknowledged of the parcel. How much that was."""
        with self.write():
            undone = self._do(
                "DELETE FROM acks WHERE parcel_id = ? AND (milestone = ? OR ? = ?)",
                (parcel_id, milestone, milestone, ALL_MILESTONES),
            ).rowcount
            if undone:
                self._do("UPDATE parcels SET stale = stale + 1 WHERE id = ?", (parcel_id,))
        return undone

    def add_silence(self, matchers: Sequence[str], *, starts_at: datetime, ends_at: datetime, by: str, why: str) -> int:
        with self.write():
            cursor = self._do(
                "INSERT INTO silences (matchers, starts_at, ends_at, by, why) VALUES (?, ?, ?, ?, ?)",
                (dump(list(matchers)), to_ms(starts_at), to_ms(ends_at), by, why),
            )
        return int(cursor.lastrowid or 0)

    def end_silence(self, silence_id: int, now: datetime) -> bool:
        """What it held back is said now; False if it had ended, or never was."""
        silence = next((one for one in self.silences(now) if one.id == silence_id), None)
        if silence is None:
            return False
        with self.write():
            self._do("UPDATE silences SET ends_at = ? WHERE id = ?", (to_ms(now), silence_id))
            self._do(
                "UPDATE reminders SET due_at = ? WHERE state = 'planned' AND due_at = ? AND reason = ?",
                (to_ms(now), to_ms(silence.ends_at), silence.words),
            )
            # what it would have outlasted was given up; what is ahead of that is planned again
            self._do(
                "UPDATE parcels SET stale = stale + 1 WHERE id IN (SELECT parcel_id FROM reminders "
                "WHERE state = 'superseded' AND reason = ? AND milestone_at > ?)",
                (silence.words, to_ms(now - timedelta(days=1))),
            )
        return True

    def silences(self, now: datetime) -> list[Silence]:
        """Those that have not ended."""
        rows = self._rows("SELECT * FROM silences WHERE ends_at > ? ORDER BY ends_at", (to_ms(now),))
        return [
            Silence(
                id=row["id"],
                matchers=tuple(json.loads(row["matchers"])),
                starts_at=from_ms(row["starts_at"]),
                ends_at=from_ms(row["ends_at"]),
                by=row["by"],
                why=row["why"],
            )
            for row in rows
        ]
