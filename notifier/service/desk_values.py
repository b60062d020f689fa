"""What the desk answers: frozen values that a command prints and a page shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from notifier.domain.doubts import Doubt
from notifier.domain.lint import odd_order
from notifier.domain.offers import Offer
from notifier.domain.reports import AgendaLine, HistoryLine, PlanLine
from notifier.domain.silences import Silence
from notifier.domain.values import Finding, Milestone, MilestoneName


@dataclass(frozen=True, kw_only=True, slots=True)
class Agenda:
    """The milestones ahead of `now`, soonest first."""

    now: datetime
    lines: tuple[AgendaLine, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """The reminders ahead, soonest first.

    `is_complete` is False while parcels wait to be planned; `holder` names the daemon that plans
    them, empty if none runs.
    """

    lines: tuple[PlanLine, ...]
    is_complete: bool
    holder: str


@dataclass(frozen=True, kw_only=True, slots=True)
class HistoryEntry:
    """A delivery. `title` and `text` are those of an alert, in its recipient's language."""

    line: HistoryLine
    title: str = ""
    text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Acknowledged:
    """An answer to a parcel's reminders: `milestone` is done, or None: the parcel is skipped.

    `is_stated`: a time of this milestone is known; `by` gave the answer. `missing`: whose own
    answer is still waited for.
    """

    offer: Offer
    milestone: MilestoneName | None
    by: str
    is_stated: bool = True
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Resumed:
    """What was undone of `milestone`, or (None) of the parcel. `undone`: how many answers."""

    offer: Offer
    milestone: MilestoneName | None
    by: str
    undone: int


@dataclass(frozen=True, kw_only=True, slots=True)
class TimeSet:
    """A person's word on a milestone: `old` stood before, `new` stands now; None: no time.

    `findings`: what is odd in the order of the parcel's times by that word.
    """

    offer: Offer
    milestone: MilestoneName
    old: Milestone | None
    new: Milestone | None
    by: str = ""
    why: str = ""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Settled:
    """A doubt that a person settled, and what it did to times.

    `known`: the parcel that is meant, where that was asked; `changed`: all parcels that it touched.
    """

    doubt: Doubt
    times: tuple[TimeSet, ...] = ()
    known: Offer | None = None
    changed: tuple[Offer, ...] = ()

    @property
    def is_untouched(self) -> bool:
        """Whether the parcel that is meant stays as it was: the notice excepts it, say."""
        return self.known is not None and self.known.id not in {offer.id for offer in self.changed}


def moved_times(before: Offer, after: Offer, by: str) -> tuple[TimeSet, ...]:
    """Return the times of a parcel that are others than before."""
    old, new = before.parcel.milestones, after.parcel.milestones
    return tuple(
        TimeSet(
            offer=after,
            milestone=name,
            old=old.get(name),
            new=new.get(name),
            by=by,
            findings=new_oddities(before, after),
        )
        for name in MilestoneName
        if old.get(name) != new.get(name)
    )


def new_oddities(before: Offer, after: Offer) -> tuple[Finding, ...]:
    """Return what is odd in the order of a parcel's times, and was not before."""
    known = odd_order(before.parcel)
    return tuple(finding for finding in odd_order(after.parcel) if finding not in known)


@dataclass(frozen=True, kw_only=True, slots=True)
class TakenBack:
    """The parcels that were taken back: all of a `notice`, or one alone."""

    offers: tuple[Offer, ...]
    notice: str = ""
    by: str = ""
    why: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class SilenceSet:
    """A silence that begins, and what it does as things stand.

    `parcels`: the numbers of those it hits; `swallowed`: the deadlines that pass within it.
    """

    silence: Silence
    parcels: tuple[str, ...]
    swallowed: tuple[AgendaLine, ...]
