"""Deadlines as calendar events (iCalendar, RFC 5545)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from notifier.domain.drafts import Draft, DraftKind, Form, Item, ItemKind, Language
from notifier.domain.offers import Offer, OfferState
from notifier.domain.times import shanghai, utc
from notifier.domain.values import Milestone, MilestoneName
from notifier.messages.clean import tidy
from notifier.messages.context import Context
from notifier.messages.parcel_facts import facts, place

if TYPE_CHECKING:
    from icalendar import Event

MOST_EVENTS = 100
"""More at one click would flood a calendar; the soonest are kept."""

CALENDAR_TYPE = "text/calendar; method=PUBLISH"
"""The same method as within (RFC 6047, 2.4): a mail program shows the events instead of an unknown
file."""

_NAMESPACE = UUID("8f6b0c4e-52a3-5f0e-9d43-0f4f6e1f7a21")
_LENGTH = timedelta(minutes=30)
_A_DAY = timedelta(days=1)
_ALARM_BEFORE = timedelta(hours=1)
_ALARM_BEFORE_DAY = timedelta(hours=15)  # nine in the morning of the day before
_KINDS = frozenset({ItemKind.REMINDER, ItemKind.NEW, ItemKind.CHANGE, ItemKind.ESCALATION})
_WIDTH = 200
_CITY_WIDTH = 12
_URL = re.compile(r"https?://[!-'*+,\-./0-;=?@A-Z_a-z~]{3,300}")


@dataclass(frozen=True, slots=True)
class _Deadline:
    offer: Offer
    name: MilestoneName
    milestone: Milestone
    condition: str

    @property
    def uid(self) -> str:
        words = (self.offer.key, self.name, self.condition)
        return str(uuid5(_NAMESPACE, "\x1f".join(tidy(word, _WIDTH) for word in words)))


def calendar_of(draft: Draft) -> bytes:
    """Return one VCALENDAR with an event for every deadline ahead that `draft` speaks of.

    Empty if there is none.

    An event's UID follows from the parcel and the milestone, so that a postponed deadline moves the
    event that is already in the calendar; a parcel suspended or terminated cancels it.
    """
    deadlines = sorted(
        {deadline.uid: deadline for deadline in _deadlines(draft)}.items(),
        key=lambda pair: pair[1].milestone.at,
    )
    if not deadlines:
        return b""
    from icalendar import Calendar  # 0.1 s to import, and only mail needs it

    calendar = Calendar()
    calendar.add("prodid", "-//notifier//land auction deadlines//")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    context = Context(draft=draft, form=Form.MAIL)
    for uid, deadline in deadlines[:MOST_EVENTS]:
        status = "CONFIRMED" if deadline.offer.state is OfferState.OPEN else "CANCELLED"
        calendar.add_component(_event(uid, deadline, context, stamp=context.now, status=status))
    return bytes(calendar.to_ical())


_STATUS = {OfferState.OPEN: "CONFIRMED", OfferState.SUSPENDED: "TENTATIVE"}
_REFRESH = timedelta(hours=1)


def feed_of(entries: Iterable[tuple[Offer, datetime]], language: Language, now: datetime) -> bytes:
    """Return one VCALENDAR that programs ask for again and again.

    It holds an event for every deadline of the offers.

    `entries`: each offer with the instant at which it was changed last. The same entries give the
    same bytes. What is suspended is tentative, what is over is cancelled: an event that only
    vanished would stay in some calendars.
    """
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//notifier//land auction deadlines//")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    draft = Draft(recipient="", kind=DraftKind.DIGEST, items=(), now=now, language=language)
    context = Context(draft=draft, form=Form.MAIL)
    calendar.add("x-wr-calname", context.say("calendar.name"))
    calendar.add("refresh-interval", _REFRESH, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    found: dict[str, tuple[_Deadline, datetime]] = {}
    for offer, changed_at in entries:
        for name, milestone, condition in offer.deadlines():
            deadline = _Deadline(offer, name, milestone, condition)
            found[deadline.uid] = (deadline, changed_at)
    for uid, (deadline, changed_at) in sorted(
        found.items(), key=lambda pair: (pair[1][0].milestone.at, pair[0])
    ):
        status = _STATUS.get(deadline.offer.state, "CANCELLED")
        calendar.add_component(_event(uid, deadline, context, stamp=changed_at, status=status))
    return bytes(calendar.to_ical())


def _deadlines(draft: Draft) -> Iterator[_Deadline]:
    for item in draft.items:
        if item.kind in _KINDS:
            yield from (
                deadline for deadline in _of_item(item) if deadline.milestone.over_at > draft.now
            )


def _of_item(item: Item) -> Iterable[_Deadline]:
    every = [
        _Deadline(item.offer, name, milestone, condition)
        for name, milestone, condition in item.offer.deadlines()
    ]
    if item.milestone is not None:
        return [
            deadline
            for deadline in every
            if (deadline.name, deadline.milestone.at) == (item.milestone, item.at)
        ]
    if item.change is not None and item.change.state is None:
        moved = {(change.milestone, change.new) for change in item.change.milestones}
        return [deadline for deadline in every if (deadline.name, deadline.milestone.at) in moved]
    return every


def _event(
    uid: str, deadline: _Deadline, context: Context, *, stamp: datetime, status: str
) -> Event:
    """An event of one deadline; `stamp`: since when it stands so."""
    from icalendar import Alarm, Event

    offer, milestone = deadline.offer, deadline.milestone
    day_only = milestone.day_only
    name = context.milestone(deadline.name, offer, deadline.condition)
    city = tidy(offer.city or offer.parcel.district, _CITY_WIDTH)
    summary = context.say(
        "calendar.summary", milestone=name, city=city, number=context.number(offer)
    )
    remarks = [context.say("block.day_only")] if day_only else []
    if deadline.condition:
        remarks.append(context.say("block.condition", condition=tidy(deadline.condition, _WIDTH)))
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", utc(stamp))
    event.add("sequence", int(stamp.timestamp()) // 60)
    event.add("dtstart", shanghai(milestone.at).date() if day_only else utc(milestone.at))
    event.add(
        "dtend", shanghai(milestone.at + _A_DAY).date() if day_only else utc(milestone.at + _LENGTH)
    )
    event.add("summary", " ".join(summary.split()))
    if address := _URL.search(offer.platform):
        event.add("url", address[0])
    event.add("location", tidy(place(offer), _WIDTH))
    event.add("description", "\n".join([*remarks, *facts(offer, context)]))
    event.add("status", status)
    event.add("transp", "TRANSPARENT")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", -(_ALARM_BEFORE_DAY if day_only else _ALARM_BEFORE))
    alarm.add("description", context.say("calendar.alarm", summary=summary))
    event.add_component(alarm)
    return event
