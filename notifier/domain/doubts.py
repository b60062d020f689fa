"""Doubts for a person to settle.

What the reader doubted or did not find, and which of two parcels is meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property, lru_cache
from hashlib import blake2b

from notifier.domain.changes import times_of
from notifier.domain.findings import Code
from notifier.domain.offers import Offer, OfferState
from notifier.domain.questions import Question
from notifier.domain.reach import ChangePart
from notifier.domain.statements import Statement, stands
from notifier.domain.times import utc
from notifier.domain.values import Evidence, Finding, Milestone, MilestoneName, Severity

_PAIRS = {
    "registration": (MilestoneName.REGISTRATION_CLOSE, MilestoneName.REGISTRATION_OPEN),
    "bidding": (MilestoneName.BIDDING_CLOSE, MilestoneName.BIDDING_OPEN),
}
_OF_FIELD = {**{name.value: (name,) for name in MilestoneName}, **_PAIRS}
_OF_THE_LAW = frozenset(
    {
        Code.NOTICE_TOO_SHORT,
        Code.LISTING_TOO_SHORT,
        Code.DEPOSIT_TOO_LOW,
        Code.DEPOSIT_HIGH,
        Code.REGISTRATION_AFTER_BIDDING,
        Code.DEPOSIT_AFTER_REGISTRATION,
        Code.DEPOSIT_AFTER_BIDDING,
        Code.AUCTION_BEFORE_CLOSE,
        Code.DEADLINE_ON_DAY_OFF,
        Code.DEADLINE_OUT_OF_HOURS,
        Code.DEADLINE_PAST,
        Code.DAY_ONLY,
        Code.ODD_SECOND,
        Code.FAR_MISMATCH,
        Code.TIME_SCANNED,
    }
)
"""What is odd and yet read: a person confirms or sets it (`domain/unsure_times.py`)."""

_NO_DOUBT_OF_A_TIME = frozenset({Code.DEADLINE_PAST})

_OF_A_NOTICE = frozenset(
    {
        Code.TIME_WITHOUT_LABEL,
        Code.PARCELS_MISSING,
        Code.PARCELS_NOT_FOUND,
        Code.PARCEL_WITHOUT_NUMBER,
        Code.NUMBERS_IN_ORDER,
        Code.CELLS_LEFT_OVER,
        Code.CHANGE_NOT_UNDERSTOOD,
        Code.DEADLINES_IN_A_RESULT,
        Code.OFFER_ENDS_TOO,
        Code.TIME_COLUMN_NOT_KNOWN,
        Code.REMARK_ON_TIMES,
        Code.NO_DEADLINE,
        Code.ROW_SHIFTED,
    }
)


class DoubtKind(StrEnum):
    """The kind of a doubt.

    TIME: a time that the reader doubted or did not find; UNSURE: a time that stands and is marked,
    because it was inferred or something about it is odd; RIVAL: two times of which nobody knows the
    newer; DIFFERS: a later document differs from a person's word; READING: something else of a
    notice that was not read; NAMELESS: a parcel without a number; ALIKE: two parcels that may be
    one; DROPPED: news of a parcel that was taken back; CHANGE: a change that fits no known parcel.
    """

    TIME = "time"
    UNSURE = "unsure"
    RIVAL = "rival"
    DIFFERS = "differs"
    READING = "reading"
    NAMELESS = "nameless"
    ALIKE = "alike"
    DROPPED = "dropped"
    CHANGE = "change"


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """One question to a person.

    `keys`: those of its parts, closed together; `offers`: the parcels that it is about; `others`:
    those that they may be; `milestones`: the times that may be set, the likeliest first; `parts`:
    what a change states of each of its `names`; `findings`: what is odd about a time that stands.
    """

    kind: DoubtKind
    keys: tuple[str, ...]
    raised_at: datetime
    file: str = ""
    offers: tuple[Offer, ...] = ()
    others: tuple[Offer, ...] = ()
    milestones: tuple[MilestoneName, ...] = ()
    candidates: tuple[Evidence, ...] = ()
    finding: Finding | None = None
    findings: tuple[Finding, ...] = ()
    question: Question | None = None
    notice_id: int = 0
    names: tuple[str, ...] = ()
    parts: tuple[ChangePart, ...] = ()
    title: str = ""

    @property
    def id(self) -> str:
        """Short, and the same as long as the doubt is."""
        return blake2b(
            "\n".join(self.keys).encode("utf-8", "surrogatepass"), digest_size=5
        ).hexdigest()

    @property
    def standing(self) -> tuple[tuple[MilestoneName, Milestone, str], ...]:
        """The times that stand of what it is about, as `Offer.deadlines` has them, each once."""
        found: dict[tuple[object, ...], tuple[MilestoneName, Milestone, str]] = {}
        for offer in self.offers:
            for name, milestone, condition in offer.deadlines():
                if name in self.milestones:
                    key = (name, milestone.at, condition)
                    found.setdefault(key, (name, milestone, condition))
        return tuple(found.values())

    def pressing(self, now: datetime) -> Evidence | None:
        """The soonest deadline ahead of what it is about; None: none is known."""
        ahead = (evidence for over_at, evidence in self._stated if over_at > now)
        soonest = next(ahead, None)
        found = [evidence for evidence in self.candidates if evidence.at > now]
        if soonest is not None:
            found.insert(0, soonest)
        return min(found, key=lambda evidence: evidence.at, default=None)

    @cached_property
    def _stated(self) -> tuple[tuple[datetime, Evidence], ...]:
        """The stated times of its parcels and of a change, the soonest first: when over, and which.

        Kept, for thousands of doubts are put in order at once.
        """
        stated = [
            milestone
            for offer in (*self.offers, *self.others)
            for _, milestone, _ in offer.deadlines()
        ]
        for part in self.parts:
            stated += times_of(part).values()
        stated.sort(key=lambda milestone: milestone.at)
        return tuple((milestone.over_at, _evidence(milestone)) for milestone in stated)


@dataclass(frozen=True, kw_only=True, slots=True)
class Raised:
    """A finding as it was raised for a parcel, or for a notice (`parcel_id` None).

    `stood`: the times of its milestones at that moment.
    """

    key: str
    group: str
    finding: Finding
    notice_id: int
    file: str
    raised_at: datetime
    parcel_id: int | None = None
    stood: str = ""


def is_doubt(finding: Finding) -> bool:
    """Return whether a person has to settle what was found."""
    if finding.severity is Severity.INFO or finding.code in _OF_THE_LAW:
        return False
    return bool(milestones_of(finding.field)) or finding.code in _OF_A_NOTICE


def marks_time(finding: Finding) -> bool:
    """Return whether what was found leaves a time in doubt until a person has looked at it."""
    about_time = bool(milestones_of(finding.field))
    return about_time and finding.code not in _NO_DOUBT_OF_A_TIME


def milestones_of(field: str) -> tuple[MilestoneName, ...]:
    """The milestones that a finding's field is about, the likeliest first."""
    return _OF_FIELD.get(field, ())


def group_of(notice_id: int, finding: Finding) -> str:
    """The same for what is found alike of several parcels of a notice, in whichever copy of it."""
    candidates = [f"{evidence.at.isoformat()} {evidence.quote}" for evidence in finding.candidates]
    parts = [f"{name}={value}" for name, value in sorted(finding.params.items())]
    return _digest(str(notice_id), finding.code, finding.field, *parts, *candidates)


def key_of(group: str, parcel_id: int) -> str:
    return _digest(group, str(parcel_id))


def _digest(*parts: str) -> str:
    return blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def standing_words(offer: Offer, field: str) -> str:
    """Return the standing times of a field's milestones, as a text to compare."""
    found = [offer.parcel.milestones.get(name) for name in milestones_of(field)]
    return ",".join(
        "" if milestone is None else _instant_words(milestone.at) for milestone in found
    )


@lru_cache(maxsize=16_384)  # asked again and again of the same parcels
def _instant_words(at: datetime) -> str:
    return utc(at).isoformat()


def is_settled_already(offer: Offer, finding: Finding, history: dict[str, list[Statement]]) -> bool:
    """Return whether nobody needs to be asked any more.

    The time is known from elsewhere, or a person has given one of those that are doubted.
    """
    names = milestones_of(finding.field)
    known = [offer.parcel.milestones.get(name) for name in names]
    if finding.code == Code.TIME_NOT_STATED:
        return any(milestone is not None for milestone in known)
    for name in names:
        standing = stands(history.get(name.value, ()))
        if standing is None or not standing.statement.speaker.is_person:
            continue
        stated = standing.statement.milestone
        if not finding.candidates or any(
            stated is not None and candidate.at == stated.at for candidate in finding.candidates
        ):
            return True
    return False


def is_going_on(offer: Offer, now: datetime) -> bool:
    """Return whether a parcel has a time ahead, or none that is known."""
    if offer.state not in (OfferState.OPEN, OfferState.SUSPENDED):
        return False
    has_times = False
    for _, milestone, _ in offer.deadlines():
        if milestone.over_at > now:
            return True
        has_times = True
    return not has_times


def together(
    raised: Iterable[Raised],
    offers: Mapping[int, Offer],
    now: datetime,
    *,
    known: Mapping[str, Doubt] | None = None,
) -> dict[str, Doubt]:
    """Return the doubts that findings are now, by their group.

    Findings of one group are one doubt; a finding whose parcel has changed since is none.

    `offers`: the parcels that were not taken back. `known`: what this returned before: a doubt
    whose findings and parcels are the same is not put together again.
    """
    groups: dict[str, list[Raised]] = {}
    for finding in raised:
        groups.setdefault(finding.group, []).append(finding)
    known = known or {}
    found: dict[str, Doubt] = {}
    for group, members in groups.items():
        open_members = list(_going_on(members, offers, now))
        doubt = known.get(group)
        if doubt is None or not _is_made_of(doubt, open_members):
            doubt = _doubt_of([pair for pair in open_members if _still_stands(*pair)])
        if doubt is not None:
            found[group] = doubt
    return found


def _going_on(
    raised: Iterable[Raised], offers: Mapping[int, Offer], now: datetime
) -> Iterator[tuple[Raised, Offer | None]]:
    """Yield the findings of a notice, and those of parcels that go on, each with its parcel."""
    for finding in raised:
        if finding.parcel_id is None:
            yield finding, None
            continue
        offer = offers.get(finding.parcel_id)
        if offer is not None and is_going_on(offer, now):
            yield finding, offer


def _is_made_of(doubt: Doubt, members: Sequence[tuple[Raised, Offer | None]]) -> bool:
    """Return whether a doubt is about these very findings and parcels."""
    if doubt.keys != tuple(raised.key for raised, _ in members):
        return False
    offers = [offer for _, offer in members if offer is not None]
    return all(offer is other for offer, other in zip(offers, doubt.offers, strict=True))


def _doubt_of(members: Sequence[tuple[Raised, Offer | None]]) -> Doubt | None:
    if not members:
        return None
    first = members[0][0]
    milestones = milestones_of(first.finding.field)
    return Doubt(
        kind=DoubtKind.TIME if milestones else DoubtKind.READING,
        keys=tuple(raised.key for raised, _ in members),
        raised_at=first.raised_at,
        file=first.file,
        offers=tuple(offer for _, offer in members if offer is not None),
        milestones=milestones,
        candidates=first.finding.candidates,
        finding=first.finding,
        notice_id=first.notice_id,
    )


def _still_stands(raised: Raised, offer: Offer | None) -> bool:
    return offer is None or raised.stood == standing_words(offer, raised.finding.field)


def rivals(offer: Offer, history: dict[str, list[Statement]], now: datetime) -> Iterator[Doubt]:
    """The times of a parcel with a rival of which nobody knows whether it is newer."""
    for name, milestone in offer.parcel.milestones.items():
        if milestone.rival is None or milestone.over_at <= now:
            continue
        candidates = (_evidence(milestone), _stated(milestone.rival, history.get(name.value, ())))
        yield Doubt(
            kind=DoubtKind.RIVAL,
            keys=(rival_key(offer, name, milestone),),
            raised_at=now,
            file=offer.file,
            offers=(offer,),
            milestones=(name,),
            candidates=candidates,
        )


def rival_key(offer: Offer, name: MilestoneName, milestone: Milestone) -> str:
    """Return the key of the doubt which of the two times of a milestone holds."""
    rival = "" if milestone.rival is None else milestone.rival.isoformat()
    return f"{rival_of(offer, name)}:{milestone.at.isoformat()}:{rival}"


def rival_of(offer: Offer, name: MilestoneName) -> str:
    """Return how the keys begin of the doubts which of two times of a milestone holds."""
    return f"rival:{offer.key}:{name}"


def _stated(at: datetime, statements: Sequence[Statement]) -> Evidence:
    """The words in which a time was stated last."""
    for statement in reversed(statements):
        if statement.milestone is not None and statement.milestone.at == at:
            return _evidence(statement.milestone)
    return Evidence(at=at)


def differing(offer: Offer, history: dict[str, list[Statement]], now: datetime) -> Iterator[Doubt]:
    """Yield the differences between a later document and a person's word on a parcel's times."""
    for name, statements in history.items():
        word, later = _since_word(statements)
        if word is None:
            continue
        others = [
            statement
            for statement in later
            if statement.milestone is not None and not statement.agrees(word)
        ]
        ahead = [
            other
            for other in others
            if other.milestone is not None and other.milestone.over_at > now
        ]
        if not ahead:
            continue
        milestones = [
            statement.milestone for statement in (word, *ahead) if statement.milestone is not None
        ]
        unique = list({milestone.at: milestone for milestone in milestones}.values())
        last = ahead[-1].speaker
        yield Doubt(
            kind=DoubtKind.DIFFERS,
            keys=(
                f"differs:{offer.key}:{name}:{word.speaker.said_at.isoformat()}:{_evidence(unique[-1]).at}",
            ),
            raised_at=last.said_at,
            file=last.file,
            offers=(offer,),
            milestones=(MilestoneName(name),),
            candidates=tuple(map(_evidence, unique)),
            title=word.speaker.by,
        )


def _since_word(statements: Sequence[Statement]) -> tuple[Statement | None, list[Statement]]:
    """A person's last word, unless it was taken back, and what was said after it."""
    word: Statement | None = None
    later: list[Statement] = []
    for statement in statements:
        if statement.speaker.is_person:
            word, later = (None if statement.withdrawn else statement), []
        else:
            later.append(statement)
    return word, later


def _evidence(milestone: Milestone) -> Evidence:
    return Evidence(
        at=milestone.at, precision=milestone.precision, quote=milestone.quote, place=milestone.place
    )


def sorted_doubts(doubts: Iterable[Doubt], now: datetime) -> list[Doubt]:
    """The soonest deadline first, then what has none."""

    def order(doubt: Doubt) -> tuple[bool, float, tuple[str, ...]]:
        soonest = doubt.pressing(now)
        return soonest is None, 0.0 if soonest is None else soonest.at.timestamp(), doubt.keys

    return sorted(doubts, key=order)
