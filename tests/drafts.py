"""Drafts for tests: what one recipient is told on 2024-11-14 at 14:00, three hours before
registration closes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from notifier.domain.drafts import Draft, DraftKind, Item, ItemKind
from notifier.domain.offers import Offer
from notifier.domain.values import MilestoneName
from notifier.testing import an_offer, shanghai_time

NOW = shanghai_time("2024-11-14 14:00")
CLOSE = MilestoneName.REGISTRATION_CLOSE


def an_item(
    kind: ItemKind = ItemKind.REMINDER,
    offer: Offer | None = None,
    milestone: MilestoneName | None = CLOSE,
    at: datetime | None = None,
    **fields: Any,
) -> Item:
    """One that names a milestone stands at its instant; NEW and CHANGE name none."""
    offer = offer or an_offer()
    if kind in (ItemKind.NEW, ItemKind.CHANGE):
        return Item(kind=kind, offer=offer, **fields)
    assert milestone is not None
    return Item(
        kind=kind,
        offer=offer,
        milestone=milestone,
        at=at or offer.parcel.milestones[milestone].at,
        **fields,
    )


def parcels(count: int, **fields: Any) -> list[Offer]:
    """Offers numbered from 1 with the same deadlines."""
    return [an_offer(id=n, parcel_no=f"杭政储出[2024]{n}号", **fields) for n in range(1, count + 1)]


def a_draft(
    *items: Item, kind: DraftKind = DraftKind.REMINDER, now: datetime = NOW, **fields: Any
) -> Draft:
    return Draft(recipient="张三", kind=kind, items=items, now=now, **fields)
