"""Changes to a known parcel by a later copy of its notice, a notice of change, a table or a person.

Nothing known is lost to a poorer copy: what a copy does not say stays. Which of several statements
of a milestone stands is decided in `domain/statements.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import Any

from notifier.domain.offers import Dispute, MilestoneChange, Offer, OfferChange, OfferState
from notifier.domain.questions import Question
from notifier.domain.reach import ChangePart
from notifier.domain.statements import (
    Origin,
    Speaker,
    Standing,
    Statement,
    StatementVerdict,
    settle,
    stands,
    weigh,
)
from notifier.domain.times import at_shanghai, aware, utc
from notifier.domain.values import (
    NOTICE_FIELDS,
    OFFERING_KINDS,
    PARCEL_FIELDS,
    Alternative,
    Kind,
    Milestone,
    MilestoneName,
    Notice,
    Parcel,
    Precision,
    Source,
    number_key,
    squash,
)

STATE_AFTER: Mapping[Kind, OfferState] = {
    Kind.SUSPENSION: OfferState.SUSPENDED,
    Kind.RESUMPTION: OfferState.OPEN,
    Kind.TERMINATION: OfferState.TERMINATED,
    Kind.RESULT: OfferState.SOLD,
}

_HEAD = tuple(field.name for field in NOTICE_FIELDS if field.name != "kind")
_NEWS = tuple(field.name for field in PARCEL_FIELDS if field.is_news)
_UPDATED = ("aliases", *(field.name for field in PARCEL_FIELDS if field.name != "parcel_no"))

History = Mapping[str, Sequence[Statement]]
"""Milestone's name -> what was said of it before, in the order in which it came."""

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Saved:
    """The effects of a notice.

    `revision` 0: it was known already, word for word. `unmatched`: what a notice of change speaks
    of and nobody knows, `asked`: what people must settle.
    """

    revision: int = 0
    new: tuple[Offer, ...] = ()
    changed: tuple[tuple[Offer, OfferChange], ...] = ()
    unmatched: tuple[str, ...] = ()
    asked: tuple[Question, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Unmatched:
    """A notice of change and the `names` (of notices, of parcels) in it that nobody knows.

    `parts`: what it states of each of them.
    """

    notice_id: int
    file: str
    kind: Kind
    title: str
    city: str
    names: tuple[str, ...]
    parts: tuple[ChangePart, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Merged:
    """An offer after a notice, and what of it is news.

    `change` is to be told, if any. `said`: the milestones that were stated and are news of their
    source; `fields` the same of texts and figures.
    """

    offer: Offer
    change: OfferChange | None
    said: Mapping[str, Milestone | None] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(kw_only=True, slots=True)
class _Heard:
    """The effects of the milestones that a source states."""

    milestones: dict[MilestoneName, Milestone]
    moved: list[MilestoneChange] = field(default_factory=list)
    disputes: list[Dispute] = field(default_factory=list)
    said: dict[str, Milestone | None] = field(default_factory=dict)


def speaker_of(notice: Notice, said_at: datetime, *, on_purpose: bool = False) -> Speaker:
    """The source that `notice` is."""
    origin = (
        Origin.NOTICE
        if notice.kind in OFFERING_KINDS or notice.kind is Kind.OTHER
        else Origin.CHANGE
    )
    if notice.tabular:
        origin = Origin.TABLE
    return Speaker(
        origin=origin,
        said_at=said_at,
        file=notice.file,
        published=notice.published,
        on_purpose=on_purpose,
    )


def merge(
    offer: Offer,
    notice: Notice,
    parcel: Parcel,
    speaker: Speaker,
    history: History,
    own: Parcel | None = None,
) -> Merged:
    """`offer` after another copy of its notice.

    `own`: what the same source last said of the parcel.
    """
    heard = _hear(offer, parcel.milestones, speaker, history)
    repeated = own if own is not None and not speaker.on_purpose else Parcel(parcel_no="")
    updates, news = _better(offer.parcel, parcel, repeated)
    alternatives = offer.parcel.alternatives
    if parcel.alternatives and parcel.alternatives != repeated.alternatives:
        alternatives = _finer(alternatives, parcel.alternatives)
    merged = replace(
        offer.parcel, **updates, milestones=heard.milestones, alternatives=alternatives
    )
    head = {name: getattr(notice, name) for name in _HEAD if getattr(notice, name)}
    after = replace(offer, parcel=merged, **head)
    change = None
    if heard.moved or heard.disputes or news:
        after = replace(after, file=notice.file)
        change = _change(notice, heard, news)
    return Merged(offer=after, change=change, said=heard.said, fields=_texts(updates))


def set_time(
    offer: Offer,
    name: MilestoneName,
    milestone: Milestone | None,
    speaker: Speaker,
    history: History,
) -> Merged:
    """`offer` after a person's word on a milestone; None: there is none."""
    heard = _hear(offer, {name: milestone}, speaker, history)
    parcel = replace(
        offer.parcel,
        milestones=heard.milestones,
        alternatives=_not_moved(offer.parcel.alternatives, heard.moved),
    )
    after = replace(offer, parcel=parcel)
    return Merged(offer=after, change=_set(heard.moved, speaker), said=heard.said)


def withdraw(offer: Offer, name: MilestoneName, speaker: Speaker, history: History) -> Merged:
    """Return `offer` after a person's word on a milestone was taken back: what is read stands."""
    milestones = dict(offer.parcel.milestones)
    before = milestones.pop(name, None)
    took_back = Statement(speaker=speaker, milestone=None, withdrawn=True)
    standing = stands([*history.get(name, ()), took_back])
    stated = None if standing is None else standing.milestone
    if stated is not None:
        milestones[name] = stated
    moved = _moved(name, before, stated)
    after = replace(offer, parcel=replace(offer.parcel, milestones=milestones))
    return Merged(offer=after, change=_set(moved, speaker), said={name.value: None})


def _set(moved: Sequence[MilestoneChange], speaker: Speaker) -> OfferChange | None:
    if not moved:
        return None
    return OfferChange(milestones=tuple(moved), is_set=True, by=speaker.by, why=speaker.why)


def _hear(
    offer: Offer,
    stated: Mapping[MilestoneName, Milestone | None],
    speaker: Speaker,
    history: History,
) -> _Heard:
    heard = _Heard(milestones=dict(offer.parcel.milestones))
    for name, milestone in stated.items():
        earlier = history.get(name.value, ())
        standing = _standing(offer, name, earlier)
        new = Statement(speaker=speaker, milestone=milestone)
        verdict = weigh(standing, earlier, new)
        if verdict is StatementVerdict.REPEATED:
            continue
        heard.said[name.value] = milestone
        after = settle(standing, new, verdict)
        if verdict.is_taken or verdict is StatementVerdict.UNORDERED:
            _take(heard, name, after)
        if verdict in (StatementVerdict.UNORDERED, StatementVerdict.KEPT):
            heard.disputes += _disputes(name, after, new, verdict)
    return heard


def _take(heard: _Heard, name: MilestoneName, standing: Standing | None) -> None:
    before = heard.milestones.pop(name, None)
    stated = None if standing is None else standing.milestone
    if stated is not None:
        heard.milestones[name] = stated
    heard.moved += _moved(name, before, stated)


def _moved(
    name: MilestoneName, before: Milestone | None, after: Milestone | None
) -> list[MilestoneChange]:
    old, new = _at(before), _at(after)
    if old == new:
        return []
    return [
        MilestoneChange(
            milestone=name,
            old=old,
            new=new,
            old_day_only=_is_day(before),
            new_day_only=_is_day(after),
        )
    ]


def _at(milestone: Milestone | None) -> datetime | None:
    return None if milestone is None else milestone.at


def _is_day(milestone: Milestone | None) -> bool:
    return milestone is not None and milestone.day_only


def _disputes(
    name: MilestoneName, after: Standing | None, new: Statement, verdict: StatementVerdict
) -> list[Dispute]:
    if after is None or new.milestone is None:
        return []
    stated = after.statement.milestone
    is_set = verdict is StatementVerdict.KEPT
    rival = new if is_set else after.rival
    if rival is None or rival.milestone is None or (stated is None and not is_set):
        return []
    return [
        Dispute(
            milestone=name,
            stands=_at(stated),
            other=rival.milestone.at,
            stands_day_only=_is_day(stated),
            other_day_only=_is_day(rival.milestone),
            is_set=is_set,
            by=after.statement.speaker.by if is_set else "",
        )
    ]


def _standing(offer: Offer, name: MilestoneName, earlier: Sequence[Statement]) -> Standing | None:
    """Return the standing statement of a milestone.

    The parcel's own value counts where no statement gives it (a ledger of a version that kept
    none).
    """
    standing = stands(earlier)
    known = offer.parcel.milestones.get(name)
    stated = None if standing is None else standing.milestone
    if _at(stated) == _at(known):
        return standing
    if known is None:
        return None
    unknown = Speaker(origin=Origin.NOTICE, said_at=_LONG_AGO, published=offer.published)
    return Standing(statement=Statement(speaker=unknown, milestone=known))


def _finer(old: Sequence[Alternative], new: Sequence[Alternative]) -> tuple[Alternative, ...]:
    """The new alternatives; an hour that is known is not replaced by its day."""
    known = {alternative.condition: alternative.milestones for alternative in old}
    return tuple(
        replace(
            alternative,
            milestones=_with_hours(known.get(alternative.condition, {}), alternative.milestones),
        )
        for alternative in new
    )


def _with_hours(
    old: Mapping[MilestoneName, Milestone], new: Mapping[MilestoneName, Milestone]
) -> dict[MilestoneName, Milestone]:
    found = dict(new)
    for name, milestone in new.items():
        known = old.get(name)
        if (
            known is not None
            and milestone.day_only
            and milestone.at <= known.at < milestone.over_at
        ):
            found[name] = known
    return found


def milestones_of(parcel: Parcel) -> dict[str, Milestone | None]:
    """Return the milestones that a parcel's first source states."""
    return {name.value: milestone for name, milestone in parcel.milestones.items()}


def texts_of(parcel: Parcel) -> dict[str, str]:
    """Return the texts and figures that the first source states and whose changes are news."""
    return _texts({name: getattr(parcel, name) for name in _NEWS if getattr(parcel, name)})


def _texts(updates: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in updates.items() if name in _NEWS}


def _better(
    old: Parcel, new: Parcel, own: Parcel
) -> tuple[dict[str, Any], tuple[tuple[str, str, str], ...]]:
    """Return the fields that `new` states, and those that people are told of: (name, old, new).

    What its source said before (`own`) is no news.
    """
    updates: dict[str, Any] = {}
    news: list[tuple[str, str, str]] = []
    for name in _UPDATED:
        before, value = getattr(old, name), getattr(new, name)
        if value in (None, "", ()) or value in (before, getattr(own, name)):
            continue
        updates[name] = value
        if name in _NEWS and before not in (None, "") and squash(str(before)) != squash(str(value)):
            news.append((name, str(before), str(value)))
    return updates, tuple(news)


def apply(
    offer: Offer, notice: Notice, speaker: Speaker, history: History, state_of: date | None = None
) -> Merged:
    """Return `offer` after a notice of change.

    The notice postpones, corrects, suspends, resumes or ends it, or gives its result.

    The change is None if the notice does nothing to the offer that is not already so. A
    postponement that states no new time is still a change: people must look. `state_of`: the day on
    which the notice was published that gave the offer its state; an older one does not turn it
    back.
    """
    heard = _hear(offer, _stated(offer.parcel.parcel_no, notice), speaker, history)
    news: tuple[tuple[str, str, str], ...] = ()
    updates: dict[str, Any] = {}
    if listed := listed_parcel(offer, notice.parcels):
        updates, news = _better(offer.parcel, listed, Parcel(parcel_no=""))
    state = (
        STATE_AFTER.get(notice.kind, offer.state)
        if may_turn(notice, speaker, state_of)
        else offer.state
    )
    turned = (offer.state, state) if state is not offer.state else None
    parcel = replace(
        offer.parcel,
        **updates,
        milestones=heard.milestones,
        alternatives=_not_moved(offer.parcel.alternatives, heard.moved),
    )
    after = replace(offer, parcel=parcel, state=state)
    is_news = bool(heard.moved or heard.disputes or news or turned)
    must_look = notice.kind in (Kind.POSTPONEMENT, Kind.CORRECTION) and not _already_says(
        offer, notice
    )
    change = _change(notice, heard, news, turned) if is_news or must_look else None
    return Merged(offer=after, change=change, said=heard.said, fields=_texts(updates))


def _not_moved(
    alternatives: Sequence[Alternative], moved: Sequence[MilestoneChange]
) -> tuple[Alternative, ...]:
    """The alternatives without deadlines that they alone had, and that stand elsewhere now."""
    gone = {change.milestone for change in moved if change.old is None}
    left = [
        replace(
            alternative,
            milestones={
                name: milestone
                for name, milestone in alternative.milestones.items()
                if name not in gone
            },
        )
        for alternative in alternatives
    ]
    return tuple(alternative for alternative in left if alternative.milestones)


def may_turn(notice: Notice, speaker: Speaker, state_of: date | None) -> bool:
    """Return whether `notice` is not older than the one that gave a parcel its state.

    That one was published on `state_of`.
    """
    is_older = bool(state_of and notice.published and notice.published < state_of)
    return speaker.on_purpose or not is_older


def _change(
    notice: Notice,
    heard: _Heard,
    news: tuple[tuple[str, str, str], ...],
    turned: tuple[OfferState, OfferState] | None = None,
) -> OfferChange:
    return OfferChange(
        milestones=tuple(heard.moved),
        disputes=tuple(heard.disputes),
        state=turned,
        fields=news,
        file=notice.file,
        kind=notice.kind,
        notice_no=notice.notice_no,
        title=notice.title,
    )


def _already_says(offer: Offer, notice: Notice) -> bool:
    return (
        bool(_stated(offer.parcel.parcel_no, notice))
        or listed_parcel(offer, notice.parcels) is not None
    )


def listed_parcel(offer: Offer, parcels: Iterable[Parcel]) -> Parcel | None:
    return _listed(offer.parcel.parcel_no, parcels)


def _listed(parcel_no: str, parcels: Iterable[Parcel]) -> Parcel | None:
    wanted = number_key(parcel_no)
    return next((parcel for parcel in parcels if number_key(parcel.parcel_no) == wanted), None)


def times_of(part: ChangePart) -> dict[MilestoneName, Milestone]:
    """Return the milestones that a notice of change states of something that nobody knows."""
    return _stated("", part.said_of(""))


def _stated(parcel_no: str, notice: Notice) -> dict[MilestoneName, Milestone]:
    """Return the milestones that `notice` states for the parcel `parcel_no`.

    They stand in its own table, or as old -> new in `changes`.
    """
    stated: dict[MilestoneName, Milestone] = {}
    wanted = number_key(parcel_no)
    names = {name.value for name in MilestoneName}
    # what is said of this parcel holds, whatever is said of all
    for change in sorted(notice.changes, key=lambda change: bool(change.parcel_no)):
        if change.field in names and number_key(change.parcel_no) in ("", wanted) and change.new:
            source = Source.SCANNED if change.scanned else Source.STATED
            stated[MilestoneName(change.field)] = changed_time(change.new, source)
    listed = _listed(parcel_no, notice.parcels)
    if listed is not None:
        stated.update(listed.milestones)
    return stated


def changed_time(text: str, source: Source) -> Milestone:
    """Return the time of a change: `2031-06-12T16:00:00+08:00`, or a day alone."""
    if len(text) <= len("2031-06-12"):
        midnight = at_shanghai(date.fromisoformat(text), time())
        return Milestone(at=utc(midnight), precision=Precision.DAY, source=source, quote=text)
    return Milestone(at=aware(datetime.fromisoformat(text)), source=source, quote=text)
