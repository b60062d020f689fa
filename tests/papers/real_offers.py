"""What people read from a real notice, as an offer that the layouts can print anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from notifier.domain.times import SHANGHAI
from notifier.domain.values import Kind, MilestoneName, squash
from tests.papers.offers import Lot, MadeOffer

_N = MilestoneName
_FIELDS = {
    "location": "location", "area": "area_m2", "use": "use", "far": "far", "term": "term",
    "price": "start_price_wan", "deposit": "deposit_wan",
}  # fmt: skip
"""The field of a lot -> its name in the truth."""
_KINDS = {"listing": Kind.LISTING, "auction": Kind.AUCTION}

Truth = Mapping[str, Any]


def offer_of(truth: Truth) -> MadeOffer | None:
    """Return the offer of the facts that all parcels state; None if there is no such offer.

    An offer is a listing or an auction whose parcels have numbers of their own and a time in
    common.
    """
    parcels: Sequence[Truth] = truth["parcels"]
    kind = _KINDS.get(truth["kind"])
    numbers = {squash(parcel["parcel_no"] or "") for parcel in parcels}
    if kind is None or not parcels or "" in numbers or len(numbers) < len(parcels):
        return None
    names = [name for name in _names(kind) if all(parcel.get(name.value) for parcel in parcels)]
    if not names:
        return None
    lots = tuple(_lot(parcel, names) for parcel in parcels)
    first = min(min(lot.times.values()) for lot in lots)
    city = truth.get("city") or "临江市"
    return MadeOffer(
        kind=kind,
        number=truth.get("notice_no") or "",
        city=city,
        authority=f"{city}自然资源和规划局",
        published=first - timedelta(days=20),
        lots=lots,
        left_out=frozenset(_left_out(parcels)),
    )


def _names(kind: Kind) -> Sequence[MilestoneName]:
    """Milestones that one set of deadlines can hold: an auction that may become a listing has
    two."""
    bidding = (_N.BIDDING_OPEN, _N.BIDDING_CLOSE) if kind is Kind.LISTING else ()
    return (
        _N.REGISTRATION_OPEN,
        _N.REGISTRATION_CLOSE,
        _N.DEPOSIT_CLOSE,
        *bidding,
        _N.AUCTION_START,
    )


def _left_out(parcels: Sequence[Truth]) -> list[str]:
    return [
        field
        for field, name in _FIELDS.items()
        if any(parcel.get(name) in (None, "") for parcel in parcels)
    ]


def _lot(parcel: Truth, names: Sequence[MilestoneName]) -> Lot:
    times = {name: _instant(parcel[name.value]) for name in names}
    return Lot(
        number=parcel["parcel_no"],
        location=parcel.get("location") or "",
        area=parcel.get("area_m2") or 0,
        use=parcel.get("use") or "",
        far=str(parcel.get("far") or ""),
        term=str(parcel.get("term") or "").removesuffix("年"),
        price=parcel.get("start_price_wan") or 0,
        deposit=parcel.get("deposit_wan") or 0,
        times=times,
        days=frozenset(name for name in names if "T" not in parcel[name.value]),
    )


def _instant(text: str) -> datetime:
    if "T" in text:
        return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
    return datetime.combine(date.fromisoformat(text), time(), tzinfo=SHANGHAI)
