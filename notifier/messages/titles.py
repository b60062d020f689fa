"""The one line on a phone's lock screen: what, when, how long is left, which parcel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from notifier.domain.drafts import DraftKind, Item, ItemKind
from notifier.domain.offers import OfferChange
from notifier.messages.alerts import alert_title
from notifier.messages.blocks import change_kind, is_day_only
from notifier.messages.clean import clip
from notifier.messages.context import Context, is_day
from notifier.messages.when import short_moment

_WIDTH = 120
_NUMBER_WIDTH = 30


def title_of(context: Context) -> str:
    draft = context.draft
    title = _without_part(context)
    if draft.parts > 1:
        title = context.say("title.part", part=draft.part, parts=draft.parts, title=title)
    return clip(title, _WIDTH)


def _of(context: Context, kind: ItemKind) -> list[Item]:
    return [item for item in context.draft.items if item.kind is kind]


def _parcels(items: Sequence[Item], context: Context) -> str:
    """`杭政储出[2024]121号 等2宗`."""
    number = clip(context.number(items[0].offer), _NUMBER_WIDTH)
    count = len({item.offer.key for item in items})
    return number if count == 1 else context.say("title.parcels", number=number, count=count)


def _first_group(items: Sequence[Item], context: Context) -> tuple[dict[str, object], list[Item]]:
    """The words of the most urgent, then soonest, deadline and the items that share it."""
    first = min(items, key=lambda item: (not item.urgent, _at(item)))
    assert first.milestone is not None
    same = [
        one for one in items if (one.milestone, one.at, one.condition) == (first.milestone, first.at, first.condition)
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


def _more(title: str, count: int, context: Context) -> str:
    return context.say("title.more", title=title, count=count) if count else title


def _timed(kind: ItemKind, key: str, context: Context) -> str:
    items = _of(context, kind)
    params, same = _first_group(items, context)
    return _more(context.say(key, **params), len(context.draft.items) - len(same), context)


def _reminder(context: Context) -> str:
    return _timed(ItemKind.REMINDER, "title.reminder", context)


def _missed(context: Context) -> str:
    return _timed(ItemKind.MISSED, "title.missed", context)


def _escalation(context: Context) -> str:
    return context.say("title.escalation", title=_timed(ItemKind.ESCALATION, "title.reminder", context))


def _catch_up(context: Context) -> str:
    params, same = _first_group(_of(context, ItemKind.REMINDER), context)
    missed = len(_of(context, ItemKind.MISSED))
    others = len(context.draft.items) - len(same) - missed
    title = _more(context.say("title.catch_up", title=context.say("title.reminder", **params)), others, context)
    return context.say("title.catch_up_missed", title=title, count=missed) if missed else title


def _new(context: Context) -> str:
    items = _of(context, ItemKind.NEW)
    count = len({item.offer.key for item in items})
    params: dict[str, object] = {"parcels": _parcels(items, context), "count": count}
    ahead = [(one, item) for item in items if (one := context.soonest(item.offer)) is not None]
    many = "_many" if count > 1 else ""
    if not ahead:
        return context.say(f"title.new{many}", **params)
    soonest, item = min(ahead, key=lambda pair: pair[0].milestone.at)
    params["milestone"] = context.milestone(soonest.name, item.offer, soonest.condition)
    params["at"] = short_moment(soonest.milestone.at, context.now, context.say, day_only=soonest.day_only)
    return context.say(f"title.new{many}_with", **params)


def _change(context: Context) -> str:
    items = _of(context, ItemKind.CHANGE)
    first = min(items, key=lambda item: not item.urgent)
    change = first.change or OfferChange()
    same = [item for item in items if item.change == first.change]
    key = "title.change"
    params: dict[str, object] = {
        "kind": context.say(f"kind.{change_kind(change)}"),
        "parcels": _parcels(same, context),
    }
    moved = next((one for one in change.milestones if one.new is not None), None)
    if change.state is not None:
        key = "title.change_state"
        params["state"] = context.say(f"state.{change.state[1]}")
    elif moved is not None and moved.new is not None:
        key = "title.change_with"
        day_only = is_day(first.offer, moved.milestone, moved.new)
        params["milestone"] = context.milestone(moved.milestone, first.offer)
        params["at"] = short_moment(moved.new, context.now, context.say, day_only=day_only)
    return _more(context.say(key, **params), len(context.draft.items) - len(same), context)


def _digest(context: Context) -> str:
    items = _of(context, ItemKind.AGENDA)
    params, _ = _first_group(items, context)
    deadlines = {(item.offer.key, item.milestone, item.at) for item in items}
    return context.say("title.digest", **params, days=context.draft.ahead_days, count=len(deadlines))


_Title = Callable[[Context], str]
_TITLES: Mapping[DraftKind, tuple[ItemKind, _Title]] = {
    DraftKind.ESCALATION: (ItemKind.ESCALATION, _escalation),
    DraftKind.CHANGE: (ItemKind.CHANGE, _change),
    DraftKind.REMINDER: (ItemKind.REMINDER, _reminder),
    DraftKind.NEW: (ItemKind.NEW, _new),
    DraftKind.MISSED: (ItemKind.MISSED, _missed),
    DraftKind.DIGEST: (ItemKind.AGENDA, _digest),
    DraftKind.CATCH_UP: (ItemKind.REMINDER, _catch_up),
}


def _without_part(context: Context) -> str:
    """By the message's kind, or by what it holds when that has gone (a deadline passed while it waited)."""
    draft = context.draft
    if draft.kind is DraftKind.ALERT:
        return alert_title(context)
    kinds = {item.kind for item in draft.items}
    needed, title = _TITLES[draft.kind]
    if needed in kinds:
        return title(context)
    for needed, title in _TITLES.values():
        if needed in kinds:
            return title(context)
    return context.say("title.digest_empty", days=draft.ahead_days)
