"""What people say of times and parcels, from wherever they say it: answered with values, printed by nobody here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from notifier.domain.offers import Offer, OfferState
from notifier.domain.values import Milestone, MilestoneName, Source
from notifier.errors import TimeNotUnderstood, UsageError
from notifier.intake.times import read_instant
from notifier.ledger import Ledger
from notifier.messages import milestone_typed

_MOST_NAMED = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class TimeSet:
    """What a person's word on a milestone did: `old` stood before, `new` stands now; None: no time."""

    offer: Offer
    milestone: MilestoneName
    old: Milestone | None
    new: Milestone | None


@dataclass(frozen=True, kw_only=True, slots=True)
class TakenBack:
    """The parcels that were taken back, of a `notice` or one alone."""

    offers: tuple[Offer, ...]
    notice: str = ""


class Desk:
    """Where people are served."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def parcel(self, number: str, *, dropped: bool = False) -> Offer:
        """The parcel that a person means. UsageError where it is none, or may be several."""
        offers = self._ledger.find_offers(number, dropped=dropped)
        if not offers:
            raise UsageError(f"{number}: no parcel has this number or one that ends so: see `notifier agenda`")
        if len(offers) > 1:
            going_on = [offer for offer in offers if offer.state is not OfferState.DROPPED]
            if len(going_on) == 1:
                return going_on[0]
            raise UsageError(f"{number}: more than one parcel ends so: {_named(offers)}")
        return offers[0]

    def milestone(self, text: str) -> MilestoneName:
        """The milestone that a person means by 报名, registration or registration_close. UsageError: none."""
        found = milestone_typed(text)
        if found is None:
            known = ", ".join(
                ["registration", "deposit", "bidding", "auction", *(name.value for name in MilestoneName)]
            )
            raise UsageError(f"{text!r} is no milestone: use one of {known}, or its name as in the messages")
        return found

    def set_time(
        self, number: str, milestone: str, time: str | None, *, by: str = "", why: str = "", now: datetime
    ) -> TimeSet:
        """Let a person's word on a time stand, whatever is read; `time` None: there is no such time."""
        name = self.milestone(milestone)
        stated = None if time is None else _read_time(time, by, why)
        offer = self.parcel(number)
        after = self._ledger.set_time(offer, name, stated, by=by, why=why, now=now)
        return _time_set(offer, after, name)

    def withdraw_time(self, number: str, milestone: str, *, by: str = "", why: str = "", now: datetime) -> TimeSet:
        """Take back what a person said of a time: what is read stands again."""
        name = self.milestone(milestone)
        offer = self.parcel(number)
        after = self._ledger.withdraw_time(offer, name, by=by, why=why, now=now)
        return _time_set(offer, after, name)

    def drop(self, name: str, *, by: str = "", why: str = "", now: datetime) -> TakenBack:
        """Take back a parcel, or all parcels of a notice: no reminders of it, whatever is read of it later."""
        offers = self._ledger.offers_of_notice(name)
        places = {(offer.authority, offer.city) for offer in offers}
        if len(places) > 1:
            raise UsageError(f"{name}: more than one notice has this number: say which parcels: {_named(offers)}")
        notice = offers[0].notice_no if offers else ""
        dropped = offers or [self.parcel(name)]
        for offer in dropped:
            self._ledger.turn(offer, OfferState.DROPPED, by=by, why=why, now=now)
        return TakenBack(offers=tuple(dropped), notice=notice)

    def restore(self, offer: Offer, *, by: str = "", why: str = "", now: datetime) -> bool:
        """Undo `drop` for one parcel; False if it was not dropped."""
        if offer.state is not OfferState.DROPPED:
            return False
        self._ledger.turn(offer, OfferState.OPEN, by=by, why=why, now=now)
        return True


def _time_set(before: Offer, after: Offer, name: MilestoneName) -> TimeSet:
    old, new = before.parcel.milestones.get(name), after.parcel.milestones.get(name)
    return TimeSet(offer=after, milestone=name, old=old, new=new)


def _named(offers: list[Offer]) -> str:
    """`2026-1号@3 (甲县自然资源局)`, as a person can type it."""
    names = [f"{offer.parcel.parcel_no}@{offer.id} ({_words(offer)})" for offer in offers[:_MOST_NAMED]]
    return "; ".join(names)


def _words(offer: Offer) -> str:
    words = (offer.notice_no, offer.authority or offer.city, offer.parcel.district, offer.parcel.location)
    return " ".join(word for word in words if word)


def _read_time(text: str, by: str, why: str) -> Milestone:
    try:
        instant = read_instant(text)
    except TimeNotUnderstood as fault:
        raise UsageError(f"{text}: {fault}") from None
    quote = why or by
    return Milestone(at=instant.at, precision=instant.precision, source=Source.SET, quote=quote)
