"""Which known parcels a notice may be about: by its number, by a parcel's number, by the place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from notifier.domain.identity import Likeness, is_distinctive, likeness, loose_key, notice_likeness
from notifier.domain.offers import Offer, OfferState
from notifier.domain.reach import mentioned_numbers
from notifier.domain.values import Notice, Parcel, number_key, squash
from notifier.ledger.database import Database
from notifier.ledger.row_values import offer_of

_GOING_ON = (OfferState.OPEN, OfferState.SUSPENDED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """The parcel that was found, or those that it may be.

    `offer`: the parcel. Without it `unsure` are those of its number that it may be, and `alike`
    those whose number is only nearly its own.
    """

    offer: Offer | None = None
    unsure: tuple[Offer, ...] = ()
    alike: tuple[Offer, ...] = ()


# The parcels of one of some numbers.
_OF_NUMBERS = """SELECT p.id AS parcel_id, p.key AS parcel_key, p.state AS parcel_state, p.head,
    p.body
FROM parcels p WHERE p.number IN (?*) ORDER BY p.id"""

# The parcels whose number is the same but for zeros, dashes and brackets.
_OF_LOOSE_NUMBER = """SELECT p.id AS parcel_id, p.key AS parcel_key, p.state AS parcel_state,
    p.head, p.body
FROM parcels p WHERE p.loose = ? AND p.loose <> '' ORDER BY p.id"""

# The parcels of a notice of which no number is known.
_NAMELESS = """SELECT p.id AS parcel_id, p.key AS parcel_key, p.state AS parcel_state, p.head,
    p.body
FROM parcels p WHERE p.notice_id = ? AND p.number = '' AND p.state <> 'dropped' ORDER BY p.id"""

# The parcels of a notice of which a number is known.
_NAMED = """SELECT p.id AS parcel_id, p.key AS parcel_key, p.state AS parcel_state, p.head, p.body
FROM parcels p WHERE p.notice_id = ? AND p.number <> '' AND p.state <> 'dropped' ORDER BY p.id"""

# The parcels of a notice by its number.
_OF_NOTICE_NUMBER = """SELECT p.id AS parcel_id, p.key AS parcel_key, p.state AS parcel_state,
    p.head, p.body
FROM parcels p WHERE p.notice_number = ? AND p.state <> 'dropped' ORDER BY p.id"""

# Parcels by their ids.
_OF_IDS = """SELECT p.id AS parcel_id, p.key AS parcel_key, p.state AS parcel_state, p.head, p.body
FROM parcels p WHERE p.id IN (?*) ORDER BY p.id"""


class ParcelLookup:
    """Find the known parcels that a notice may be about."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def _offers(self, query: str, value: object) -> list[Offer]:
        return [offer_of(row) for row in self._db.rows(query, (value,))]

    def find(self, notice: Notice, parcel: Parcel, ordinal: int) -> Found:
        """The known parcel that `parcel`, the `ordinal`th of its number in `notice`, is."""
        same_number = [
            offer for offer in self._of_number(parcel.parcel_no) if ordinal_of(offer) == ordinal
        ]
        judged = [
            (likeness(offer, notice, parcel), offer)
            for offer in same_number
            if _may_share(offer, notice)
        ]
        same = [offer for how, offer in judged if how is Likeness.SAME]
        unsure = [offer for how, offer in judged if how is Likeness.UNSURE]
        best = _best(same, notice, parcel)
        if best is not None:
            return Found(offer=best)
        if same or unsure:
            return Found(
                unsure=tuple(offer for offer in same or unsure if offer.state in _GOING_ON)
            )
        return Found(alike=tuple(self._spelled_alike(notice, parcel)) if not judged else ())

    def _spelled_alike(self, notice: Notice, parcel: Parcel) -> list[Offer]:
        """Return parcels that may be of this notice, by a number that is nearly the same.

        Zeros, dashes and brackets may differ.
        """
        found = self._offers(_OF_LOOSE_NUMBER, loose_key(parcel.parcel_no))
        of_place = [
            offer for offer in found if likeness(offer, notice, parcel) is not Likeness.OTHER
        ]
        return [
            offer for offer in of_place if _may_share(offer, notice) and offer.state in _GOING_ON
        ]

    def by_ids(self, ids: Sequence[int]) -> list[Offer]:
        """The parcels of these ids."""
        return self._offers(_OF_IDS, tuple(ids)) if ids else []

    def nameless(self, notice_id: int) -> list[Offer]:
        """The parcels of a notice of which no number is known."""
        return self._offers(_NAMELESS, notice_id)

    def named(self, notice_id: int) -> list[Offer]:
        return self._offers(_NAMED, notice_id)

    def _of_number(self, number: str) -> list[Offer]:
        """Those of that number, with or without the words behind it."""
        key = number_key(number)
        if not key:
            return []
        ways = (key, f"{key}号", f"{key}地块", f"{key}号地块", f"{key}宗地", f"{key}号宗地")
        return self._offers(_OF_NUMBERS, ways)

    def candidates(self, notice: Notice) -> tuple[list[Offer], bool]:
        """Return the parcels that `notice`, a notice of change, may be about.

        And whether they are all parcels of the notice that it changes. Empty where the notices of
        one number of several authorities cannot be told apart.
        """
        numbers = [
            squash(number) for number in (*notice.refers_to, notice.notice_no) if number.strip()
        ]
        for number in dict.fromkeys(numbers):
            found = self._offers(_OF_NOTICE_NUMBER, number)
            of_place = _of_one_authority(found, notice)
            if of_place:
                others: list[Offer] = []
                for other in numbers:
                    if other != number:
                        others += self._of_notice(other, notice)
                return _unique([*of_place, *others]), True
            if found:
                return [], False
        # a notice that gives no list may name parcels where another would name notices
        named: list[Offer] = []
        for number in mentioned_numbers(notice) or notice.refers_to:
            same = [
                offer for offer in self._of_number(number) if _may_be_named(offer, notice, number)
            ]
            named += same if len(same) == 1 else []
        return _unique(named), False

    def _of_notice(self, number: str, notice: Notice) -> list[Offer]:
        found = self._offers(_OF_NOTICE_NUMBER, number)
        return _of_one_authority(found, notice)


def ordinal_of(offer: Offer) -> int:
    """Which parcel of its number an offer is in its notice, from its key."""
    of_parcel = offer.key.partition("|")[2]
    number = squash(offer.parcel.parcel_no)
    if not number or not of_parcel.startswith(number):
        return 1
    match = re.search(r"#(\d+)$", of_parcel.removeprefix(number))
    return int(match[1]) if match else 1


def _may_share(offer: Offer, notice: Notice) -> bool:
    """Whether they may be of one notice: one has no number, or both have the same."""
    return not (offer.notice_no and notice.notice_no) or squash(offer.notice_no) == squash(
        notice.notice_no
    )


def _best(same: list[Offer], notice: Notice, parcel: Parcel) -> Offer | None:
    """The one that fits best; None where several fit alike."""

    def rank(offer: Offer) -> tuple[bool, bool, bool, bool]:
        return (
            offer.state in _GOING_ON,
            bool(notice.notice_no) and squash(offer.notice_no) == squash(notice.notice_no),
            offer.file == notice.file,
            squash(offer.parcel.parcel_no) == squash(parcel.parcel_no),
        )

    ranked = sorted(same, key=rank, reverse=True)
    if not ranked or (len(ranked) > 1 and rank(ranked[0]) == rank(ranked[1])):
        return None
    return ranked[0]


def _of_one_authority(offers: list[Offer], notice: Notice) -> list[Offer]:
    """Those of the authority that `notice` is of; none where several may be meant."""
    judged = [(notice_likeness(offer.authority, offer.city, notice), offer) for offer in offers]
    sure = [offer for how, offer in judged if how is Likeness.SAME]
    possible = sure or [offer for how, offer in judged if how is not Likeness.OTHER]
    for first in possible:
        for second in possible:
            likeness = notice_likeness(first.authority, first.city, _as_notice(second))
            if likeness is Likeness.OTHER:
                return []
    return possible


def _as_notice(offer: Offer) -> Notice:
    return Notice(
        file=offer.file, notice_no=offer.notice_no, authority=offer.authority, city=offer.city
    )


def _may_be_named(offer: Offer, notice: Notice, number: str) -> bool:
    """Return whether a notice of change may mean this parcel by its number alone.

    Such a notice refers to no notice that is known.
    """
    if (
        offer.state is OfferState.DROPPED
        or notice_likeness(offer.authority, offer.city, notice) is Likeness.OTHER
    ):
        return False
    return not notice.refers_to or not offer.notice_no or is_distinctive(number)


def _unique(offers: Iterable[Offer]) -> list[Offer]:
    return list({offer.id: offer for offer in offers}.values())
