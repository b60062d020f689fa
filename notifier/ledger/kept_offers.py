"""Parcels made of rows: what has not changed is not made from its text again."""

from __future__ import annotations

from notifier.domain.offers import Offer
from notifier.ledger.database import DatabaseRow
from notifier.ledger.row_values import offer_of

_Read = tuple[str, str, str, str]  # the columns of which a parcel is made


class KeptOffers:
    """Parcels by their id, for pages that ask for thousands of them again and again.

    A look at a parcel that changed makes it anew. Threads may ask at once: the worst that happens
    is that one parcel is made twice.
    """

    def __init__(self) -> None:
        self._offers: dict[int, tuple[_Read, Offer]] = {}

    def offer_of(self, row: DatabaseRow) -> Offer:
        """Return the parcel of a row, as `row_values.offer_of` does."""
        number = row["parcel_id"]
        read = (row["parcel_key"], row["parcel_state"], row["head"], row["body"])
        known = self._offers.get(number)
        if known is not None and known[0] == read:
            return known[1]
        offer = offer_of(row)
        self._offers[number] = read, offer
        return offer
