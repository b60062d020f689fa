"""What a later copy of a notice, or a notice of change, does to a parcel that is already known.

Nothing known is lost to a poorer copy: what a copy does not say stays. A copy that repeats what has been
changed since does not bring the old deadline back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from notifier.domain.offers import MilestoneChange, Offer, OfferChange, OfferState
from notifier.domain.times import aware
from notifier.domain.values import Kind, Milestone, MilestoneName, Notice, Parcel, number_key, squash

STATE_AFTER: Mapping[Kind, OfferState] = {
    Kind.SUSPENSION: OfferState.SUSPENDED,
    Kind.RESUMPTION: OfferState.OPEN,
    Kind.TERMINATION: OfferState.TERMINATED,
    Kind.RESULT: OfferState.SOLD,
}

_HEAD = ("notice_no", "title", "authority", "city", "published", "platform", "contacts")
_TOLD_FIELDS = ("location", "use", "area_m2", "floor_area_m2", "far", "start_price_wan", "deposit_wan")


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What a source (a file of that name) last said of a parcel, and which deadlines have been replaced."""

    parcel: Parcel | None = None
    replaced: frozenset[tuple[str, datetime]] = frozenset()

    def is_news(self, name: MilestoneName, milestone: Milestone) -> bool:
        """Whether `milestone` may replace another: the source changed its word, or never said this before."""
        before = self.parcel.milestones.get(name) if self.parcel is not None else None
        if before is not None:
            return before.at != milestone.at
        return (name.value, milestone.at) not in self.replaced


@dataclass(frozen=True, kw_only=True, slots=True)
class Saved:
    """What a notice did. `revision` 0: it was known already, word for word. `unmatched`: what a notice of change
    speaks of and nobody knows."""

    revision: int = 0
    new: tuple[Offer, ...] = ()
    changed: tuple[tuple[Offer, OfferChange], ...] = ()
    unmatched: tuple[str, ...] = ()


def merge(offer: Offer, notice: Notice, parcel: Parcel, said: Said) -> tuple[Offer, OfferChange | None]:
    """`offer` after another copy of its notice; the change is None if nothing that matters differs."""
    milestones = dict(offer.parcel.milestones)
    moved: list[MilestoneChange] = []
    for name, milestone in parcel.milestones.items():
        known = milestones.get(name)
        if known is None or (known.at != milestone.at and said.is_news(name, milestone)):
            milestones[name] = milestone
            moved.append(MilestoneChange(milestone=name, old=known.at if known else None, new=milestone.at))
    updates, told = _better(offer.parcel, parcel)
    alternatives = offer.parcel.alternatives
    if parcel.alternatives and (said.parcel is None or said.parcel.alternatives != parcel.alternatives):
        alternatives = parcel.alternatives
    merged = replace(offer.parcel, **updates, milestones=milestones, alternatives=alternatives)
    head = {name: getattr(notice, name) for name in _HEAD if getattr(notice, name)}
    after = replace(offer, parcel=merged, **head)
    if not moved and not told:
        return after, None
    return replace(after, file=notice.file), _change(notice, moved, told)


def _better(old: Parcel, new: Parcel) -> tuple[dict[str, Any], tuple[tuple[str, str, str], ...]]:
    """The fields that `new` states, and those of them that people are told of: (name, old, new)."""
    updates: dict[str, Any] = {}
    told: list[tuple[str, str, str]] = []
    for field in fields(Parcel):
        name = field.name
        if name in ("parcel_no", "milestones", "alternatives", "place"):
            continue
        before, value = getattr(old, name), getattr(new, name)
        if value in (None, "", ()) or value == before:
            continue
        updates[name] = value
        if name in _TOLD_FIELDS and before not in (None, "") and squash(str(before)) != squash(str(value)):
            told.append((name, str(before), str(value)))
    return updates, tuple(told)


def apply(offer: Offer, notice: Notice) -> tuple[Offer, OfferChange | None]:
    """`offer` after a notice that postpones, corrects, suspends, resumes, ends it or gives its result.

    The change is None if the notice does nothing to the offer that is not already so. A postponement that
    states no new time is still a change: people must look.
    """
    milestones = dict(offer.parcel.milestones)
    moved: list[MilestoneChange] = []
    for name, milestone in _stated(offer, notice).items():
        known = milestones.get(name)
        if known is None or known.at != milestone.at:
            milestones[name] = milestone
            moved.append(MilestoneChange(milestone=name, old=known.at if known else None, new=milestone.at))
    told: tuple[tuple[str, str, str], ...] = ()
    updates: dict[str, Any] = {}
    if listed := listed_parcel(offer, notice.parcels):
        updates, told = _better(offer.parcel, listed)
    state = STATE_AFTER.get(notice.kind, offer.state)
    turned = (offer.state, state) if state is not offer.state else None
    after = replace(offer, parcel=replace(offer.parcel, **updates, milestones=milestones), state=state)
    if not moved and not told and turned is None and notice.kind not in (Kind.POSTPONEMENT, Kind.CORRECTION):
        return after, None
    if not moved and not told and turned is None and _already_says(offer, notice):
        return after, None
    return after, _change(notice, moved, told, turned)


def _change(
    notice: Notice,
    moved: Iterable[MilestoneChange],
    told: tuple[tuple[str, str, str], ...],
    turned: tuple[OfferState, OfferState] | None = None,
) -> OfferChange:
    return OfferChange(
        milestones=tuple(moved),
        state=turned,
        fields=told,
        file=notice.file,
        kind=notice.kind,
        notice_no=notice.notice_no,
        title=notice.title,
    )


def _already_says(offer: Offer, notice: Notice) -> bool:
    return bool(_stated(offer, notice)) or listed_parcel(offer, notice.parcels) is not None


def listed_parcel(offer: Offer, parcels: Iterable[Parcel]) -> Parcel | None:
    wanted = number_key(offer.parcel.parcel_no)
    return next((parcel for parcel in parcels if number_key(parcel.parcel_no) == wanted), None)


def _stated(offer: Offer, notice: Notice) -> dict[MilestoneName, Milestone]:
    """The milestones that `notice` states for `offer`: of its own table, or as old -> new in `changes`."""
    stated: dict[MilestoneName, Milestone] = {}
    wanted = number_key(offer.parcel.parcel_no)
    names = {name.value for name in MilestoneName}
    for change in notice.changes:
        if change.field in names and number_key(change.parcel_no) in ("", wanted) and change.new:
            at = aware(datetime.fromisoformat(change.new))
            stated[MilestoneName(change.field)] = Milestone(at=at, quote=change.new)
    listed = listed_parcel(offer, notice.parcels)
    if listed is not None:
        stated.update(listed.milestones)
    return stated
