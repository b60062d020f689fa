"""From (a parcel, the recipients, the calendar) to the full set of its reminders.

Pure and deterministic: planning twice gives the same rows. What a row may become afterwards is
decided in `claims.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple, TypeVar

from notifier.domain.drafts import ItemKind
from notifier.domain.offers import Offer, OfferState
from notifier.domain.pauses import COMES_BACK, Pause, pause_of
from notifier.domain.recipients import Recipient, Rule
from notifier.domain.reminders import Audience, Occasion, Reminder, occasion, reminders
from notifier.domain.repeats import REPEATED, every, is_office_day
from notifier.domain.values import (
    OFFERING_KINDS,
    Milestone,
    MilestoneName,
    Source,
    WindowEnd,
    milestones_with,
)
from notifier.domain.whole_days import by_daylight, day_reminders, morning_of
from notifier.domain.workdays import WorkCalendar

ALL_MILESTONES = "*"
"""In a set of acknowledged milestones: the whole parcel is skipped."""

POSTPONED = "postponed"
"""Why a reminder is void: its milestone is another time now."""

_MEMORY = 5_000
_MOMENT = timedelta(seconds=1)
_OPENINGS = frozenset(milestones_with(WindowEnd.OPEN))
_LATELY = timedelta(days=7)
"""How long ago the last deadline of a new parcel may have passed for people to be told of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """A parcel as planning needs it.

    Since when each deadline and each watcher is known, what is acknowledged, and the changes not
    yet told (change id -> whether a deadline came nearer). `stale` counts what happened to the
    parcel since it was planned, and `plannings` how often it was planned after such a thing;
    `fresh`: it never was. `uncovered`: nobody was reminded of it by then. `pauses`: who asked to
    hear nothing for a while. `words`: who gave an own answer, by milestone.
    """

    offer: Offer
    stale: int
    fresh: bool
    deadlines: Mapping[tuple[str, datetime], datetime]
    watches: Mapping[str, datetime]
    acknowledged: frozenset[str]
    untold: Mapping[int, bool]
    uncovered: bool = False
    plannings: int = 0
    pauses: tuple[Pause, ...] = ()
    words: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def is_answered(self, milestone: str, people: Collection[str]) -> bool:
        """Return whether `milestone` is done: by each of `people`, or (empty) by anybody."""
        if milestone not in self.acknowledged:
            return False
        return not people or self.words.get(milestone, frozenset()).issuperset(people)

    @property
    def skipped(self) -> bool:
        return ALL_MILESTONES in self.acknowledged

    @property
    def outdated_pauses(self) -> tuple[Pause, ...]:
        """Return the pauses of times that do not stand any more."""
        return tuple(
            pause
            for pause in self.pauses
            if self.offer.deadline(pause.milestone, pause.milestone_at) is None
        )

    def pauses_of(self, recipient: str) -> tuple[Pause, ...]:
        return tuple(pause for pause in self.pauses if pause.recipient == recipient)


@dataclass(frozen=True, kw_only=True, slots=True)
class ParcelPlan:
    """The full plan of one parcel."""

    known: Known
    audiences: Sequence[Audience]
    watchers: Sequence[str]
    uncovered: bool = False
    """Something is ahead, and nobody is reminded of it."""

    asked: frozenset[tuple[str, str, str]] = frozenset()
    """Whose own answers are waited for: (milestone, recipient, person)."""

    @property
    def parcel_id(self) -> int:
        return self.known.offer.id

    @property
    def void(self) -> str:
        """Return the reason why a reminder that is no longer in the plan is void."""
        if self.known.skipped:
            return "skipped"
        if self.known.offer.state is not OfferState.OPEN:
            return self.known.offer.state.value
        return "acknowledged" if self.known.acknowledged else POSTPONED

    def reminders(self) -> Iterator[Reminder]:
        for audience in self.audiences:
            yield from reminders(audience, self.known.offer.key)


@dataclass(frozen=True, kw_only=True)
class Planner:
    """Plans for one set of recipients and one calendar.

    It remembers the schedule of a deadline that parcels share.
    """

    recipients: tuple[Recipient, ...]
    calendar: WorkCalendar
    group_wait: timedelta = timedelta(seconds=30)
    _schedules: dict[tuple[object, ...], tuple[Occasion, ...]] = field(default_factory=dict)

    @cached_property
    def _alike(self) -> Mapping[str, str]:
        """Recipient -> the first one with the same rules and quiet hours, so the same schedule."""
        first: dict[tuple[object, ...], str] = {}
        return {
            recipient.name: first.setdefault(
                (recipient.rules, recipient.quiet, recipient.kinds, recipient.people),
                recipient.name,
            )
            for recipient in self.recipients
        }

    @cached_property
    def _by_name(self) -> Mapping[str, Recipient]:
        return {recipient.name: recipient for recipient in self.recipients}

    def watchers(self, offer: Offer) -> list[Recipient]:
        """Return the recipients who are reminded of `offer`, in the order of the config."""
        return [recipient for recipient in self.recipients if recipient.filters.match(offer)]

    def is_uncovered(
        self, offer: Offer, now: datetime, watchers: Sequence[Recipient] | None = None
    ) -> bool:
        """Return whether nobody is reminded of `offer`, though somebody should be.

        It has something ahead, or no deadline of it was read.

        `watchers`: those whose filters are known to match; None: they are looked for.
        """
        if offer.state is not OfferState.OPEN:
            return False
        ends = [milestone.over_at for _, milestone, _ in offer.deadlines()]
        concerns = max(ends) > now if ends else offer.kind in OFFERING_KINDS
        if not concerns:
            return False
        return not any(
            watcher.is_reminded
            for watcher in (self.watchers(offer) if watchers is None else watchers)
        )

    def plan(self, known: Known, now: datetime) -> ParcelPlan:
        """Return the reminders and news of this parcel: who gets what, when.

        Of a parcel that is skipped nobody gets anything; of one that is suspended, terminated or
        sold only that it is.

        Leads that were due before both the deadline and the recipient were known are told by the
        message that announces the parcel or its change.
        """
        if known.skipped:
            return ParcelPlan(known=known, audiences=(), watchers=())
        watchers = self.watchers(known.offer)
        groups: dict[_Alike, list[Recipient]] = {}
        for watcher in watchers:
            since = known.watches.get(watcher.name)
            alike = (self._alike[watcher.name], since, _asked(known.pauses_of(watcher.name)))
            groups.setdefault(alike, []).append(watcher)
        audiences: list[Audience] = []
        for (_, since, _), group in groups.items():
            occasions = self._occasions(known, group[0], since, now)
            audiences.append(
                Audience(recipients=[recipient.name for recipient in group], occasions=occasions)
            )
            for recipient in group:
                if recipient.escalation and "reminder" in recipient.kinds:
                    audiences += self._escalations(known, recipient, since, now)
        watching = {watcher.name for watcher in watchers}
        for name in known.watches:
            if known.untold and name not in watching and name in self._by_name:
                # whoever watched a parcel is told of the change by which it leaves the filter
                changes = self._changes(known, self._by_name[name], now)
                audiences.append(Audience(recipients=(name,), occasions=list(changes)))
        return ParcelPlan(
            known=known,
            audiences=audiences,
            watchers=[watcher.name for watcher in watchers],
            uncovered=self.is_uncovered(known.offer, now, watchers),
            asked=_asked_people(known.offer, watchers),
        )

    def _occasions(
        self, known: Known, recipient: Recipient, since: datetime | None, now: datetime
    ) -> Sequence[Occasion]:
        """`since` when the recipient watches the parcel; None: it does not yet."""
        occasions: list[Occasion] = []
        pauses = known.pauses_of(recipient.name)
        if "reminder" in recipient.kinds:
            for name, milestone, known_at in _reminded_of(known, recipient.people, since, now):
                scheduled = self._schedule(recipient, name, milestone, known_at)
                pause = pause_of(pauses, name, milestone.at)
                if pause is None:
                    occasions += scheduled
                else:
                    occasions += self._paused(scheduled, recipient, milestone, pause)
        if since is None and "new" in recipient.kinds and _is_announced(known, now):
            occasions += self._news(known.offer, recipient, ItemKind.NEW, now)
        if since is not None:
            occasions += self._changes(known, recipient, now)
        return list({occasion.mark: occasion for occasion in occasions}.values())

    def _paused(
        self,
        scheduled: Iterable[Occasion],
        recipient: Recipient,
        milestone: Milestone,
        pause: Pause,
    ) -> list[Occasion]:
        """Return what is left of a schedule: the reminder that ends the pause, and what follows."""
        back_at = self._ends_at(pause, recipient, milestone)
        left = [occasion for occasion in scheduled if occasion.due_at >= back_at]
        if back_at < milestone.over_at and all(occasion.due_at != back_at for occasion in left):
            name = pause.milestone
            back = occasion(
                ItemKind.REMINDER,
                back_at,
                milestone=name,
                milestone_at=milestone.at,
                lead=COMES_BACK,
                urgent=self._is_urgent_at(recipient, name, milestone, back_at),
                day_only=milestone.day_only,
                turn=str(back_at.timestamp()),
            )
            left.append(back)
        return left

    def _ends_at(self, pause: Pause, recipient: Recipient, milestone: Milestone) -> datetime:
        return pause.ends_at(self.last_lead(recipient, pause.milestone, milestone))

    def last_lead(
        self, recipient: Recipient, name: MilestoneName, milestone: Milestone
    ) -> datetime | None:
        """Return when the last urgent lead before a milestone is due.

        The last of any lead where none is urgent; None where the recipient has no lead before it.
        """
        dues = [
            due
            for rule in recipient.rules
            if rule.milestone == name
            for due in self._dues(recipient, rule, milestone)
        ]
        urgent = [at for at, is_urgent in dues if is_urgent]
        return max(urgent or (at for at, _ in dues), default=None)

    def _dues(
        self, recipient: Recipient, rule: Rule, milestone: Milestone
    ) -> Iterator[tuple[datetime, bool]]:
        """Yield when each lead before the milestone is due, and whether it is urgent."""
        if milestone.day_only:
            for day in day_reminders(rule, milestone, recipient.quiet, self.calendar):
                yield day.at, day.urgent
            return
        for lead in rule.leads:
            due = lead.due(milestone.at, self.calendar, rule.roll)
            if due is not None and due.at < milestone.at:
                yield due.at, rule.is_urgent(lead)

    def _schedule(
        self, recipient: Recipient, name: MilestoneName, milestone: Milestone, known_at: datetime
    ) -> tuple[Occasion, ...]:
        is_scanned = milestone.source is Source.SCANNED

        def schedule() -> tuple[Occasion, ...]:
            found: list[Occasion] = []
            for rule in recipient.rules:
                if rule.milestone == name:
                    timely = rule.begun_earlier() if is_scanned else rule
                    found += self._leads(recipient, timely, milestone, known_at)
                    found += self._repeats(recipient, rule, milestone, known_at)
            return tuple(found)

        alike = self._alike[recipient.name]
        key = (alike, name, milestone.at, milestone.day_only, is_scanned, known_at)
        return _remembered(self._schedules, key, schedule)

    def _leads(
        self, recipient: Recipient, rule: Rule, milestone: Milestone, known_at: datetime
    ) -> Iterable[Occasion]:
        late: Occasion | None = None
        leads = self._days if milestone.day_only else self._instants
        for was_due, lead in leads(recipient, rule, milestone, known_at):
            if was_due > known_at:
                yield lead
            elif late is None or was_due >= late.due_at:
                late = lead
        if late is not None and not recipient.hears_news and milestone.over_at > known_at:
            # no announcement comes here to tell what this lead was too late for
            pressing_at = self._pressing_at(recipient, rule.milestone, milestone, known_at)
            due_at, reason = self._soon(recipient, pressing_at, known_at, urgent=late.urgent)
            yield late._replace(due_at=due_at, reason=reason)

    def _instants(
        self, recipient: Recipient, rule: Rule, milestone: Milestone, known_at: datetime
    ) -> Iterator[tuple[datetime, Occasion]]:
        """Yield the instant at which each lead is due, and its reminder, moved by quiet hours."""
        at = milestone.at
        for lead in rule.leads:
            due = lead.due(at, self.calendar, rule.roll)
            if due is None:
                continue
            urgent = rule.is_urgent(lead)
            due_at, reason = due.at, ""
            if recipient.quiet is not None and due.at > known_at:
                moved = recipient.quiet.move(
                    due.at,
                    known_at=known_at,
                    milestone_at=at,
                    urgent=urgent,
                    calendar=self.calendar,
                )
                due_at, reason = moved.at, moved.reason
            yield (
                due.at,
                occasion(
                    ItemKind.REMINDER,
                    due_at,
                    milestone=rule.milestone,
                    milestone_at=at,
                    lead=str(lead),
                    urgent=urgent,
                    provisional=due.provisional,
                    reason=reason,
                ),
            )

    def _days(
        self, recipient: Recipient, rule: Rule, milestone: Milestone, known_at: datetime
    ) -> Iterator[tuple[datetime, Occasion]]:
        for reminder in day_reminders(rule, milestone, recipient.quiet, self.calendar, known_at):
            yield (
                reminder.at,
                occasion(
                    ItemKind.REMINDER,
                    reminder.at,
                    milestone=rule.milestone,
                    milestone_at=milestone.at,
                    lead=str(reminder.lead),
                    urgent=reminder.urgent,
                    provisional=reminder.provisional,
                    reason=reminder.reason,
                    day_only=True,
                ),
            )

    def _repeats(
        self, recipient: Recipient, rule: Rule, milestone: Milestone, known_at: datetime
    ) -> Iterator[Occasion]:
        """Yield what is said again after each urgent lead until the next one.

        Also after the deadline became known. Not in quiet hours, and of a day only by day.
        """
        if rule.repeat is None:
            return
        dues = self._dues(recipient, rule, milestone)
        urgent = sorted({max(at, known_at) for at, is_urgent in dues if is_urgent})
        for begin, end in pairwise([*urgent, milestone.over_at]):
            for at in every(rule.repeat, begin, end):
                is_quiet = recipient.quiet is not None and recipient.quiet.holds(at, self.calendar)
                if is_quiet or (milestone.day_only and not is_office_day(at)):
                    continue
                yield occasion(
                    ItemKind.REMINDER,
                    at,
                    milestone=rule.milestone,
                    milestone_at=milestone.at,
                    lead=REPEATED,
                    urgent=True,
                    reason=REPEATED,
                    day_only=milestone.day_only,
                    turn=str(at.timestamp()),
                )

    def _soon(
        self, recipient: Recipient, pressing_at: datetime, known_at: datetime, *, urgent: bool
    ) -> tuple[datetime, str]:
        """Return the instant for news known since `known_at`, and the reason for any delay.

        News goes with its like, and after quiet hours, but before `pressing_at`.
        """
        due_at = known_at + self.group_wait
        if pressing_at <= due_at:
            return known_at, ""
        if recipient.quiet is None:
            return due_at, ""
        moved = recipient.quiet.move(
            due_at,
            known_at=known_at,
            milestone_at=pressing_at,
            urgent=urgent,
            calendar=self.calendar,
        )
        return moved.at, moved.reason

    def _escalations(
        self, known: Known, recipient: Recipient, since: datetime | None, now: datetime
    ) -> Iterator[Audience]:
        """Yield who is told of the recipient's silence, one step after the other."""
        silences = list(self._silences(known, recipient, since, now))
        steps = recipient.escalation
        earlier: Counter[str] = Counter()
        for number, step in enumerate(steps, 1):
            for name in step.to:
                # who is told once more must not seem to have been told already
                turn = str(earlier[name]) if earlier[name] else ""
                occasions = [
                    _escalation(silence, step.after, number / (len(steps) + 1), recipient, turn)
                    for silence in silences
                ]
                earlier[name] += 1
                yield Audience(recipients=(name,), occasions=occasions)

    def _silences(
        self, known: Known, recipient: Recipient, since: datetime | None, now: datetime
    ) -> Iterator[_Silence]:
        """Yield from when on the recipient's silence about each deadline counts.

        From its first urgent reminder, or since it is known if every urgent lead had passed by
        then, but not before the end of a pause.
        """
        pauses = known.pauses_of(recipient.name)
        for name, milestone, known_at in _reminded_of(known, recipient.people, since, now):
            scheduled = self._schedule(recipient, name, milestone, known_at)
            urgent = min(
                (planned for planned in scheduled if planned.urgent and planned.lead != REPEATED),
                key=lambda planned: planned.due_at,
                default=None,
            )
            if urgent is None and not self._is_urgent_at(recipient, name, milestone, known_at):
                continue
            begin, lead, provisional = known_at, "", False
            if urgent is not None:
                begin, lead, provisional = urgent.due_at, urgent.lead, urgent.provisional
            pause = pause_of(pauses, name, milestone.at)
            if pause is not None:
                begin = max(begin, self._ends_at(pause, recipient, milestone))
            if begin < milestone.over_at:
                yield _Silence(name, milestone, begin, lead, provisional)

    def _changes(self, known: Known, recipient: Recipient, now: datetime) -> Iterator[Occasion]:
        if "change" not in recipient.kinds:
            return
        for change_id, nearer in known.untold.items():
            yield from self._news(
                known.offer, recipient, ItemKind.CHANGE, now, origin=str(change_id), pressing=nearer
            )

    def _news(
        self,
        offer: Offer,
        recipient: Recipient,
        kind: ItemKind,
        now: datetime,
        *,
        origin: str = "",
        pressing: bool = False,
    ) -> Iterator[Occasion]:
        """The NEW or CHANGE (`origin`: which one) item.

        It waits `group_wait` for its like and for the end of quiet hours, unless a deadline is too
        close. `pressing`: urgent whatever the leads say (a deadline came nearer).
        """
        milestones = [
            (name, milestone) for name, milestone, _ in offer.deadlines() if milestone.over_at > now
        ]
        ahead = [
            milestone.at if milestone.at > now else milestone.over_at for _, milestone in milestones
        ]
        soonest = min(ahead, default=now + timedelta(days=1))
        urgent = pressing or any(
            self._is_urgent_at(recipient, name, milestone, now) for name, milestone in milestones
        )
        pressing_at = min(
            (self._pressing_at(recipient, name, milestone, now) for name, milestone in milestones),
            default=soonest,
        )
        due_at, reason = self._soon(recipient, pressing_at, now, urgent=urgent)
        yield occasion(
            kind, due_at, milestone_at=soonest, urgent=urgent, reason=reason, origin=origin
        )

    def _pressing_at(
        self, recipient: Recipient, name: MilestoneName, milestone: Milestone, now: datetime
    ) -> datetime:
        """Return the instant before which news of the milestone is said.

        The end of its day's morning if it is a day; at once on that day, whose hour nobody knows.
        What has opened by then does not press.
        """
        if not milestone.day_only:
            return milestone.at
        morning = morning_of(milestone, recipient.quiet, self.calendar)
        if morning > now:
            return morning + _MOMENT
        return now + timedelta(days=1) if name in _OPENINGS else now

    def _is_urgent_at(
        self, recipient: Recipient, name: MilestoneName, milestone: Milestone, now: datetime
    ) -> bool:
        """Return whether an urgent lead of this deadline is due by now.

        Then its announcement is urgent too.
        """
        soon = now + self.group_wait
        return any(
            due_at <= soon
            for rule in recipient.rules
            if rule.milestone == name
            for due_at in self._urgent_dues(recipient, rule, milestone)
        )

    def _urgent_dues(
        self, recipient: Recipient, rule: Rule, milestone: Milestone
    ) -> Iterator[datetime]:
        if milestone.day_only:
            days = day_reminders(rule, milestone, recipient.quiet, self.calendar)
            yield from (day.at for day in days if day.urgent)
            return
        for lead in rule.leads:
            due = lead.due(milestone.at, self.calendar, rule.roll) if rule.is_urgent(lead) else None
            if due is not None:
                yield due.at


class _Silence(NamedTuple):
    """A deadline that a recipient does not answer, from `begin` on."""

    name: MilestoneName
    milestone: Milestone
    begin: datetime
    lead: str
    provisional: bool


def _escalation(
    silence: _Silence, after: timedelta, most: float, recipient: Recipient, turn: str
) -> Occasion:
    """Return the escalation of a silence that lasts `after`, or sooner.

    Sooner: when the share `most` of the time that was left is over.
    """
    milestone = silence.milestone
    left = milestone.over_at - silence.begin
    due_at = silence.begin + min(after, left * most)
    if milestone.day_only:
        due_at = by_daylight(due_at, until=milestone.over_at)
    return occasion(
        ItemKind.ESCALATION,
        due_at,
        milestone=silence.name,
        milestone_at=milestone.at,
        lead=silence.lead,
        urgent=True,
        provisional=silence.provisional,
        reason="escalation",
        origin=recipient.name,
        day_only=milestone.day_only,
        turn=turn,
    )


_Asked = tuple[tuple[MilestoneName, datetime, datetime, datetime], ...]
_Alike = tuple[str, datetime | None, _Asked]
"""What recipients have in common who are told the same of a parcel."""


def _asked(pauses: Iterable[Pause]) -> _Asked:
    return tuple(
        (pause.milestone, pause.milestone_at, pause.said_at, pause.until) for pause in pauses
    )


def _is_announced(known: Known, now: datetime) -> bool:
    """Return whether the parcel is told of as new.

    It is if something is ahead, or was lately when its notice came in, or if none of its deadlines
    was read, so that people must look.
    """
    if known.offer.state is not OfferState.OPEN:
        return False
    last = max((milestone.over_at for _, milestone, _ in known.offer.deadlines()), default=None)
    if last is None:
        return known.fresh and known.offer.kind in OFFERING_KINDS
    return last > now or (known.fresh and last > now - _LATELY)


def _asked_people(offer: Offer, watchers: Iterable[Recipient]) -> frozenset[tuple[str, str, str]]:
    names = {name for name, *_ in offer.deadlines()}
    return frozenset(
        (name.value, watcher.name, person)
        for watcher in watchers
        if watcher.people
        for name in names
        for person in watcher.asks(name)
    )


def _reminded_of(
    known: Known, people: Collection[str], since: datetime | None, now: datetime
) -> Iterator[tuple[MilestoneName, Milestone, datetime]]:
    """Yield each milestone that is reminded of, and since when a recipient has known it.

    `people`: whose answers the recipient waits for; `since`: since when it watches the parcel.
    """
    if known.offer.state is not OfferState.OPEN:
        return
    # a rule or a recipient is new, the parcel is not: leads that have passed are not news
    watching = now if since is None and not known.fresh else since
    for name, milestone, _condition in known.offer.deadlines():
        if not known.is_answered(name, people):
            known_at = known.deadlines.get((name, milestone.at), now)
            yield name, milestone, known_at if watching is None else max(known_at, watching)


_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


def _remembered(memory: dict[_Key, _Value], key: _Key, make: Callable[[], _Value]) -> _Value:
    """Remember what many parcels share; start anew when the memory is full."""
    value = memory.get(key)
    if value is None:
        if len(memory) >= _MEMORY:
            memory.clear()
        value = memory[key] = make()
    return value
