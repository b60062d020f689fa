"""The samples on which a replaced template is tried.

A message of every kind, with every field filled and with as little as there can be, so that no
branch of a template is seen for the first time when it matters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from notifier.domain.drafts import Draft, DraftKind, Form, Item, ItemKind, Told
from notifier.domain.findings import Code
from notifier.domain.offers import MilestoneChange, Offer, OfferChange
from notifier.domain.source_watch import SourceState, SourceWatch
from notifier.domain.values import Alternative, Finding, Milestone, MilestoneName, Parcel
from notifier.messages.context import FULL, NUMBERS_ONLY, Context

_NOW = datetime(2024, 11, 14, 6, tzinfo=UTC)
_NAME = MilestoneName.REGISTRATION_CLOSE


def samples() -> Iterator[Context]:
    for kind in DraftKind:
        draft = _draft(kind)
        picture = b"P" if kind is DraftKind.DIGEST else b""
        yield Context(draft=draft, form=Form.MAIL, level=FULL, left_out=1, picture=picture)
        calm = replace(
            draft,
            language="en",
            urgent=False,
            maybe_repeat=False,
            failed_channels=(),
            part=1,
            parts=2,
            items=tuple(replace(item, urgent=False) for item in draft.items),
        )
        yield Context(draft=calm, form=Form.MAIL, level=NUMBERS_ONLY)
    yield Context(draft=replace(_draft(DraftKind.DIGEST), items=()), form=Form.MAIL)


def _offer() -> Offer:
    closes = Milestone(at=_NOW + timedelta(hours=3), quote="M")
    return Offer(
        id=1,
        key="sample",
        notice_no="R017",
        city="杭州",
        platform="https://example.org",
        contacts=("0571-00000000",),
        file="L",
        parcel=Parcel(
            parcel_no="[2024]121",
            aliases=("N",),
            location="A",
            use="B",
            area_m2=Decimal(15494),
            start_price_wan=Decimal(101981),
            deposit_wan=Decimal(20397),
            milestones={_NAME: closes},
            alternatives=(Alternative(condition="C", milestones={_NAME: closes}),),
        ),
    )


def _item(kind: ItemKind) -> Item:
    offer = _offer()
    timed = kind not in (ItemKind.NEW, ItemKind.CHANGE)
    moved = MilestoneChange(milestone=_NAME, old=_NOW, new=offer.parcel.milestones[_NAME].at)
    return Item(
        kind=kind,
        offer=offer,
        milestone=_NAME if timed else None,
        at=offer.parcel.milestones[_NAME].at if timed else None,
        urgent=True,
        provisional=True,
        note="D",
        change=OfferChange(milestones=(moved,), file="E") if kind is ItemKind.CHANGE else None,
        findings=(Finding(code=Code.NO_DEADLINE),),
        told=(Told(recipient="F", channel="G", at=_NOW),),
        new=True,
        changed=True,
    )


_ITEMS: Mapping[DraftKind, tuple[ItemKind, ...]] = {
    DraftKind.ESCALATION: (ItemKind.ESCALATION,),
    DraftKind.CATCH_UP: (ItemKind.REMINDER, ItemKind.MISSED),
    DraftKind.CHANGE: (ItemKind.CHANGE,),
    DraftKind.REMINDER: (ItemKind.REMINDER,),
    DraftKind.NEW: (ItemKind.NEW,),
    DraftKind.MISSED: (ItemKind.MISSED,),
    DraftKind.DIGEST: (ItemKind.AGENDA,),
    DraftKind.ALERT: (),
}


def _draft(kind: DraftKind) -> Draft:
    return Draft(
        recipient="H",
        kind=kind,
        items=tuple(_item(item) for item in _ITEMS[kind]),
        now=_NOW,
        urgent=True,
        maybe_repeat=True,
        failed_channels=("I",),
        sources={1: tuple(SourceWatch(state=state, file="L") for state in SourceState)},
        alert="sample" if kind is DraftKind.ALERT else "",
        params={"J": "K"},
    )
