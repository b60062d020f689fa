"""The desk for people: what they ask and what they say, from wherever they do it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from notifier.config import Settings
from notifier.domain.confirmation import time_marks
from notifier.domain.drafts import Draft, DraftKind, Form, Language
from notifier.domain.matching import Filters
from notifier.domain.offers import Offer, OfferState
from notifier.domain.planning import ALL_MILESTONES
from notifier.domain.recipients import OPERATORS, Recipient
from notifier.domain.reports import HistoryLine
from notifier.domain.silences import Silence
from notifier.domain.statements import stands
from notifier.domain.values import Milestone, MilestoneName, Source
from notifier.errors import ConfigError, TimeNotUnderstood, UsageError
from notifier.intake.written_times import read_instant
from notifier.messages import milestone_typed
from notifier.messages.alert_lines import listed
from notifier.ports import Ledger
from notifier.service.desk_values import (
    Acknowledged,
    Agenda,
    HistoryEntry,
    Plan,
    Resumed,
    SilenceSet,
    TakenBack,
    TimeSet,
    new_oddities,
)
from notifier.service.status import Status, status_of

_MOST_NAMED = 10
_ALL_DAYS = 36_500
_GOING_ON = (OfferState.OPEN, OfferState.SUSPENDED)


class Desk:
    """The verbs of people. Each answers with a value; none prints.

    A parcel is named by a person's words for its number, or by its offer.
    """

    def __init__(self, ledger: Ledger, settings: Callable[[], Settings]) -> None:
        """`settings` is asked only where a verb needs the config: it may raise ConfigError."""
        self._ledger = ledger
        self._settings = settings

    # -- what is ahead, what was, how the daemon is ------------------------------------------------

    def agenda(
        self, now: datetime, days: int | None = None, recipient: str | None = None
    ) -> Agenda:
        """Return the milestones of the next `days`, of the parcels that `recipient` watches.

        None stands for all of them. UsageError if the config knows no such recipient.
        """
        until = now + timedelta(days=_ALL_DAYS if days is None else days)
        lines = self._ledger.views.agenda(now, until)
        if recipient is not None:
            filters = self._recipient(recipient).filters
            lines = [line for line in lines if filters.match(line.offer)]
        return Agenda(now=now, lines=tuple(lines))

    def plan(
        self, now: datetime, recipient: str | None = None, *, limit: int | None = None
    ) -> Plan:
        """Return the reminders ahead, the soonest first; no more than `limit`, where it is given.

        UsageError if there is none and the config knows no such recipient.
        """
        lines = tuple(self._ledger.views.plan_ahead(now, recipient, limit=limit))
        if not lines and recipient is not None:
            self._recipient(recipient)
        return Plan(
            lines=lines,
            is_complete=not self._ledger.plans.has_stale(),
            holder=self._ledger.upkeep.holder(),
        )

    def history(self, limit: int = 50, *, named: int | None = None) -> tuple[HistoryEntry, ...]:
        """Return the latest deliveries, newest first, each with no more than `named` reminders."""
        lines = self._ledger.views.history(limit, named=named)
        languages = self._languages() if any(line.alert for line in lines) else {}
        return tuple(_history_entry(line, languages.get(line.recipient, "zh")) for line in lines)

    def status(self, now: datetime) -> Status:
        return status_of(self._ledger, now)

    def retry(self, now: datetime) -> int:
        """Queue failed deliveries again; return how many."""
        return self._ledger.retries.retry_failed(now)

    def _recipient(self, name: str) -> Recipient:
        recipients = {recipient.name: recipient for recipient in self._settings().recipients}
        if name not in recipients:
            known = ", ".join(recipients)
            raise UsageError(f"{name}: there is none of this name: use one of {known}")
        return recipients[name]

    def _languages(self) -> dict[str, Language]:
        """Return each recipient's language; empty if the config cannot be read."""
        try:
            settings = self._settings()
        except ConfigError:
            return {}
        languages = {recipient.name: recipient.language for recipient in settings.recipients}
        if settings.operators is not None:
            languages[OPERATORS] = settings.operators.language
        return languages

    # -- parcels and answers -----------------------------------------------------------------------

    def parcel(self, number: str, *, dropped: bool = False) -> Offer:
        """Return the parcel that a person means. UsageError where it is none, or may be several."""
        offers = self._ledger.parcels.find(number, dropped=dropped)
        if not offers:
            raise UsageError(
                f"{number}: no parcel has this number or one that ends so: see `notifier agenda`"
            )
        if len(offers) > 1:
            going_on = [offer for offer in offers if offer.state is not OfferState.DROPPED]
            if len(going_on) == 1:
                return going_on[0]
            raise UsageError(f"{number}: more than one parcel ends so: {_listed(offers)}")
        return offers[0]

    def milestone(self, text: str) -> MilestoneName:
        """Return the milestone that a person means by 报名, registration or registration_close.

        UsageError if it is none.
        """
        found = milestone_typed(text)
        if found is None:
            short = ["registration", "deposit", "bidding", "auction"]
            known = ", ".join([*short, *(name.value for name in MilestoneName)])
            raise UsageError(
                f"{text!r} is no milestone: use one of {known}, or its name as in the messages"
            )
        return found

    def acknowledge(
        self, parcel: str | Offer, milestone: str | None, *, by: str = "", now: datetime
    ) -> Acknowledged:
        """Note that `milestone` is done, or (None) that we are not bidding: reminders end."""
        name = None if milestone is None else self.milestone(milestone)
        offer = self._offer(parcel)
        self._ledger.acknowledgements.add(
            offer.id, ALL_MILESTONES if name is None else name, by, now
        )
        is_stated = name is None or any(stated == name for stated, *_ in offer.deadlines())
        missing = () if name is None else self._ledger.acknowledgements.missing(offer.id, name)
        return Acknowledged(
            offer=offer, milestone=name, by=by, is_stated=is_stated, missing=missing
        )

    def skip(self, parcel: str | Offer, *, by: str = "", now: datetime) -> Acknowledged:
        """Note that we are not bidding: no more reminders of the parcel follow."""
        return self.acknowledge(parcel, None, by=by, now=now)

    def resume(
        self, parcel: str | Offer, milestone: str | None = None, *, by: str = "", now: datetime
    ) -> Resumed:
        """Undo what was said of `milestone`, or (None) of all: done, put off, skipped, dropped."""
        name = None if milestone is None else self.milestone(milestone)
        offer = self._offer(parcel, dropped=name is None)
        which = ALL_MILESTONES if name is None else name
        undone = self._ledger.acknowledgements.remove(offer.id, which, by, now)
        undone += self._ledger.pauses.remove(offer.id, which)
        if offer.state is OfferState.DROPPED:
            self._ledger.parcels.set_state(offer, OfferState.OPEN, by=by, why="", now=now)
            undone += 1
        return Resumed(offer=offer, milestone=name, by=by, undone=undone)

    def set_time(
        self,
        parcel: str | Offer,
        milestone: str,
        time: str | None,
        *,
        by: str = "",
        why: str = "",
        now: datetime,
    ) -> TimeSet:
        """Let a person's word on a time stand, whatever is read; `time` None: there is none."""
        name = self.milestone(milestone)
        stated = None if time is None else _read_time(time, by, why)
        offer = self._offer(parcel)
        after = self._ledger.parcels.set_time(offer, name, stated, by=by, why=why, now=now)
        self._confirm(after, name, by, now)
        return _time_set(offer, after, name, by, why)

    def _confirm(self, offer: Offer, name: MilestoneName, by: str, now: datetime) -> None:
        """Count the time that a person gave as compared by that person."""
        marks = [
            mark for mark in time_marks(offer) if mark.milestone is name and not mark.condition
        ]
        if marks:
            self._ledger.confirmations.confirm(offer, by, now, marks=marks)
        self._ledger.doubts.settle_time(offer.id, name, by=by, now=now)

    def withdraw_time(
        self, parcel: str | Offer, milestone: str, *, by: str = "", why: str = "", now: datetime
    ) -> TimeSet:
        """Take back a person's word on a time: what is read stands again.

        UsageError where no person's word stands.
        """
        name = self.milestone(milestone)
        offer = self._offer(parcel)
        standing = stands(self._ledger.statements.of_parcel(offer.id).get(name.value, ()))
        if standing is None or not standing.statement.speaker.is_person:
            raise UsageError("nobody has set this time: it stands as it was read")
        after = self._ledger.parcels.withdraw_time(offer, name, by=by, why=why, now=now)
        self._ledger.doubts.reopen_time(offer, name)
        return _time_set(offer, after, name, by, why)

    def drop(self, name: str | Offer, *, by: str = "", why: str = "", now: datetime) -> TakenBack:
        """Take back a parcel, or all of a notice: no reminders, whatever is read of it later."""
        offers = self._ledger.parcels.of_notice(name) if isinstance(name, str) else []
        places = {(offer.authority, offer.city) for offer in offers}
        if len(places) > 1:
            raise UsageError(
                f"{name}: more than one notice has this number: "
                f"say which parcels: {_listed(offers)}"
            )
        notice = offers[0].notice_no if offers else ""
        dropped = offers or [self._offer(name)]
        for offer in dropped:
            self._ledger.parcels.set_state(offer, OfferState.DROPPED, by=by, why=why, now=now)
        return TakenBack(offers=tuple(dropped), notice=notice, by=by, why=why)

    def _offer(self, parcel: str | Offer, *, dropped: bool = False) -> Offer:
        return self.parcel(parcel, dropped=dropped) if isinstance(parcel, str) else parcel

    # -- silences ----------------------------------------------------------------------------------

    def silence(
        self,
        matchers: Sequence[str],
        until: datetime,
        *,
        since: datetime | None = None,
        by: str = "",
        why: str = "",
        now: datetime,
    ) -> SilenceSet:
        """Send nothing of the parcels that all `matchers` (`city=杭州`) match until an instant.

        `since`: from when on, None: from now on. UsageError for a matcher that is none.
        """
        begin = now if since is None else since
        if until <= max(begin, now):
            raise UsageError("a silence must end after it begins, and after the present")
        try:
            Filters.parse_matchers(matchers)
        except ValueError as fault:
            raise UsageError(str(fault)) from None
        number = self._ledger.silences.add(matchers, starts_at=begin, ends_at=until, by=by, why=why)
        added = next(
            silence for silence in self._ledger.silences.current(now) if silence.id == number
        )
        return self._effect(added, now)

    def silences(self, now: datetime) -> tuple[Silence, ...]:
        """Return the silences that have not ended."""
        return tuple(self._ledger.silences.current(now))

    def lift_silence(self, number: int, *, now: datetime) -> Silence:
        """End a silence: what it held back is sent now. UsageError if there is none of it."""
        found = [silence for silence in self._ledger.silences.current(now) if silence.id == number]
        if not found or not self._ledger.silences.end(number, now):
            raise UsageError(f"silence {number}: there is none of this number that has not ended")
        return found[0]

    def _effect(self, silence: Silence, now: datetime) -> SilenceSet:
        begin = max(silence.starts_at, now)
        hit = [
            offer.parcel.parcel_no
            for offer in self._ledger.parcels.all()
            if _has_deadline_ahead(offer, now) and silence.holds(offer, begin)
        ]
        swallowed = [
            line
            for line in self._ledger.views.agenda(begin, silence.ends_at)
            if line.state == "ahead" and silence.holds(line.offer, begin)
        ]
        return SilenceSet(silence=silence, parcels=tuple(hit), swallowed=tuple(swallowed))


def _time_set(before: Offer, after: Offer, name: MilestoneName, by: str, why: str) -> TimeSet:
    old, new = before.parcel.milestones.get(name), after.parcel.milestones.get(name)
    findings = new_oddities(before, after)
    return TimeSet(offer=after, milestone=name, old=old, new=new, by=by, why=why, findings=findings)


def _has_deadline_ahead(offer: Offer, now: datetime) -> bool:
    ahead = any(milestone.over_at > now for _, milestone, _ in offer.deadlines())
    return ahead and offer.state in _GOING_ON


def _history_entry(line: HistoryLine, language: Language) -> HistoryEntry:
    """Put an alert into its recipient's words again."""
    if not line.alert:
        return HistoryEntry(line=line)
    from notifier.messages.render import Renderer  # a template engine, which few commands need

    draft = Draft(
        recipient=line.recipient,
        kind=DraftKind.ALERT,
        items=(),
        now=line.created_at,
        alert=line.alert,
        params=line.params,
        language=language,
    )
    message = Renderer().render(draft, Form.TEXT)
    text = message.text.removeprefix(message.title).strip()
    return HistoryEntry(line=line, title=message.title, text=text)


def _listed(offers: list[Offer]) -> str:
    """Write parcels as a person can type them: `2026-1号@3 (甲县自然资源局)`."""
    names = [
        f"{offer.parcel.parcel_no}@{offer.id} ({_words(offer)})" for offer in offers[:_MOST_NAMED]
    ]
    return listed(names, len(offers), "; ")


def _words(offer: Offer) -> str:
    words = (
        offer.notice_no,
        offer.authority or offer.city,
        offer.parcel.district,
        offer.parcel.location,
    )
    return " ".join(word for word in words if word)


def _read_time(text: str, by: str, why: str) -> Milestone:
    try:
        instant = read_instant(text)
    except TimeNotUnderstood as fault:
        words = str(fault).partition("; expected")[0]
        if text not in words:
            words = f"{text!r}: {words}"
        raise UsageError(
            f"{words}: write it as 2026-12-02 17:00, or as 2026-12-02 if only the day is known"
        ) from None
    quote = why or by
    return Milestone(at=instant.at, precision=instant.precision, source=Source.SET, quote=quote)
