"""The one line on a phone's lock screen: what, when, how long is left, which parcel."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from notifier.domain.drafts import DraftKind, Item, ItemKind
from notifier.domain.offers import Offer, OfferChange, OfferState
from notifier.domain.recipients import OPERATORS
from notifier.domain.values import MilestoneName
from notifier.messages.alerts import alert_title
from notifier.messages.blocks import change_kind, in_time, is_day_only, is_too_late, setter
from notifier.messages.clean import clip
from notifier.messages.context import NUMBERS_ONLY, Context, Deadline
from notifier.messages.parcel_facts import amount
from notifier.messages.when import short_moment

_WIDTH = 120
_NUMBER_WIDTH = 30
_TITLE_LEVEL = NUMBERS_ONLY - 1
_PLACE_WIDTH = 12
_MOST_CITIES = 3
_MARKED = (DraftKind.REMINDER, DraftKind.ESCALATION, DraftKind.CATCH_UP)
"""In whose title it stands that nobody has compared the times: of a parcel that is new nobody
expects it."""


def title_of(context: Context) -> str:
    draft = context.draft
    title = _without_part(context)
    if context.is_all_uncompared and draft.kind in _MARKED:
        title = context.say("title.unconfirmed", title=title)
    if draft.parts > 1:
        title = context.say("title.part", part=draft.part, parts=draft.parts, title=title)
    return clip(title, _WIDTH)


def _of(context: Context, kind: ItemKind) -> list[Item]:
    return [item for item in context.draft.items if item.kind is kind]


def _parcels(items: Sequence[Item], context: Context) -> str:
    """`杭政储出[2024]121号（测试路）`, `杭政储出[2024]121号 等2宗`."""
    offer = items[0].offer
    number = clip(context.number(offer), _NUMBER_WIDTH)
    count = len({item.offer.key for item in items})
    if count == 1:
        return number + replace(context, level=_TITLE_LEVEL).place_beside(offer)
    return context.say("title.parcels", number=number, count=count)


def _first_group(items: Sequence[Item], context: Context) -> tuple[dict[str, object], list[Item]]:
    """The words of the most urgent, then soonest, deadline and the items that share it."""
    first = min(items, key=lambda item: (not item.urgent, in_time(item)))
    assert first.milestone is not None
    same = [
        item
        for item in items
        if (item.milestone, item.at, item.condition) == (first.milestone, first.at, first.condition)
    ]
    day_only = is_day_only(same)
    params: dict[str, object] = {
        "milestone": context.milestone(first.milestone, first.offer, first.condition),
        "at": short_moment(_at(first), context.now, context.say, day_only=day_only),
        "left": context.left(_at(first), day_only=day_only),
        "parcels": _parcels(same, context),
    }
    return params, same


def _at(item: Item) -> datetime:
    assert item.at is not None
    return item.at


def _more(title: str, shown: Collection[Item], context: Context) -> str:
    """Return the words for all else in the message: how much, and whether changes are among it."""
    known = set(map(id, shown))
    rest = [item for item in context.draft.items if id(item) not in known]
    if not rest:
        return title
    changed = any(item.kind is ItemKind.CHANGE for item in rest)
    return context.say(
        "title.more_changed" if changed else "title.more", title=title, count=len(rest)
    )


def _timed(kind: ItemKind, key: str, context: Context) -> str:
    params, same = _first_group(_of(context, kind), context)
    if context.draft.kind is DraftKind.CATCH_UP:
        same = [*same, *_of(context, ItemKind.MISSED)]  # counted by themselves
    return _more(context.say(key, **params), same, context)


def _reminder(context: Context) -> str:
    return _timed(ItemKind.REMINDER, "title.reminder", context)


def _missed(context: Context) -> str:
    return _timed(ItemKind.MISSED, "title.missed", context)


def _escalation(context: Context) -> str:
    return context.say(
        "title.escalation", title=_timed(ItemKind.ESCALATION, "title.reminder", context)
    )


def _new(context: Context) -> str:
    items = _of(context, ItemKind.NEW)
    count = len({item.offer.key for item in items})
    offers = [item.offer for item in items]
    number = clip(context.number(offers[0]), _NUMBER_WIDTH)
    params: dict[str, object] = {"parcels": number, "count": count}
    params |= {"where": _where(offers, context), "price": _price(offers, context)}
    many = "_many" if count > 1 else ""
    first = min(items, key=lambda item: _pressing(item, context))
    soonest = context.soonest(first.offer)
    if soonest is None:
        title = context.say(f"title.new{many}", **params)
    else:
        title = context.say(f"title.new{many}_with", **params, **_next(soonest, first, context))
    if any(is_too_late(offer, context) for offer in offers):
        title = context.say("title.too_late", title=title)
    return _more(title, items, context)


def _where(offers: Sequence[Offer], context: Context) -> str:
    """`杭州上城区 ` of one parcel, `（杭州、宁波）` of several; empty if it is not known."""
    if len(offers) == 1:
        (offer,) = offers
        city, district = offer.city, offer.parcel.district
        place = f"{'' if city in district else city}{district}" or offer.parcel.location
        place = context.clean(place, _PLACE_WIDTH)
        return context.say("title.where", place=place) if place else ""
    cities = list(dict.fromkeys(offer.city or offer.parcel.district for offer in offers))
    named = [context.clean(city, _PLACE_WIDTH) for city in cities if city][:_MOST_CITIES]
    return (
        context.say("title.where_many", places=context.say("block.joint").join(named))
        if named
        else ""
    )


def _price(offers: Sequence[Offer], context: Context) -> str:
    """`，起始价99,000万元`; of several the least and the highest; empty if it is not known."""
    prices = [offer.parcel.start_price_wan for offer in offers]
    known = sorted(price for price in prices if price is not None and amount(price))
    if not known:
        return ""
    low, high = amount(known[0]), amount(known[-1])
    span = low if low == high else context.say("title.span", low=low, high=high)
    return context.say("title.price", price=span)


def _next(soonest: Deadline, item: Item, context: Context) -> dict[str, object]:
    return {
        "milestone": context.milestone(soonest.name, item.offer, soonest.condition),
        "at": short_moment(
            soonest.milestone.at, context.now, context.say, day_only=soonest.day_only
        ),
    }


def _change(context: Context) -> str:
    items = _of(context, ItemKind.CHANGE)
    first = min(items, key=lambda item: _pressing(item, context))
    change = first.change or OfferChange()
    same = [item for item in items if item.change == first.change]
    key = "title.change"
    params: dict[str, object] = {
        "kind": context.say(f"kind.{change_kind(change)}"),
        "parcels": _parcels(same, context),
    }
    moved = _nearest_moved(change, context.now)
    if change.state is not None:
        key = "title.change_state"
        params["state"] = context.say(f"state.{change.state[1]}")
    elif moved is not None:
        name, at, day_only = moved
        key = "title.change_with"
        params["milestone"] = context.milestone(name, first.offer)
        params["at"] = short_moment(at, context.now, context.say, day_only=day_only)
        if change.is_set:
            key = "title.change_set"
            params["by"] = setter(change.by, context)
    if change.disputes and change.state is None:
        key = "title.change_doubt"
        params["milestone"] = context.milestone(change.disputes[0].milestone, first.offer)
    title = context.say(key, **params)
    soonest = context.soonest(first.offer) if first.urgent else None
    if soonest is not None and (moved is None or (soonest.name, soonest.milestone.at) != moved[:2]):
        # what makes it urgent may be a deadline that did not move
        title = context.say("title.next", title=title, **_next(soonest, first, context))
    return _more(title, same, context)


def _nearest_moved(
    change: OfferChange, now: datetime
) -> tuple[MilestoneName, datetime, bool] | None:
    """Return the milestone, its new instant, and whether that is a day without a time of day."""
    moved = [
        (milestone.milestone, milestone.new, milestone.new_day_only)
        for milestone in change.milestones
        if milestone.new is not None
    ]
    return min(moved, key=lambda move: (move[1] <= now, move[1]), default=None)


def _digest(context: Context) -> str:
    items = _of(context, ItemKind.AGENDA)
    params, _ = _first_group(items, context)
    deadlines = {(item.offer.key, item.milestone, item.at) for item in items}
    key = "title.digest_uncovered" if context.draft.recipient == OPERATORS else "title.digest"
    return context.say(key, **params, days=context.draft.ahead_days, count=len(deadlines))


_TITLES: Mapping[ItemKind, Callable[[Context], str]] = {
    ItemKind.ESCALATION: _escalation,
    ItemKind.CHANGE: _change,
    ItemKind.REMINDER: _reminder,
    ItemKind.NEW: _new,
    ItemKind.MISSED: _missed,
    ItemKind.AGENDA: _digest,
}
"""In order of precedence where deadlines are equally near."""

_PRECEDENCE = list(_TITLES)


def _pressing(item: Item, context: Context) -> tuple[bool, bool, float]:
    """Return the sort key of items for the title; the least is named first.

    What is ahead before what is over, the urgent, the nearest deadline.
    """
    at = item.at
    if at is None and item.offer.state is OfferState.OPEN:
        soonest = context.soonest(item.offer)
        at = None if soonest is None else soonest.milestone.at
    return item.kind is ItemKind.MISSED, not item.urgent, math.inf if at is None else at.timestamp()


def _without_part(context: Context) -> str:
    """Return the title of the kind whose deadline presses most.

    A change must not hide a parcel that closes within the hour.
    """
    draft = context.draft
    if draft.kind is DraftKind.ALERT:
        return alert_title(context)
    if not draft.items:
        return context.say("title.digest_empty", days=draft.ahead_days)
    first = min(
        draft.items, key=lambda item: (_pressing(item, context), _PRECEDENCE.index(item.kind))
    )
    title = _TITLES[first.kind](context)
    if draft.kind is DraftKind.CATCH_UP and first.kind is not ItemKind.MISSED:
        title = context.say("title.catch_up", title=title)
        if missed := len(_of(context, ItemKind.MISSED)):
            title = context.say("title.catch_up_missed", title=title, count=missed)
    is_urgent = first.urgent and first.kind not in (ItemKind.MISSED, ItemKind.AGENDA)
    return context.say("title.urgent", title=title) if is_urgent else title
