"""Choose values, here alone: facts about a milestone become its value, or a finding."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, time, timedelta

from notifier.domain.findings import Code
from notifier.domain.times import shanghai
from notifier.domain.values import (
    MILESTONES,
    Alternative,
    Kind,
    Milestone,
    MilestoneName,
    Place,
    Precision,
    Severity,
    Source,
    WindowEnd,
)
from notifier.intake.notice.facts import Fact, Reading
from notifier.intake.written_times import Instant

_WINDOWS = (
    (MilestoneName.REGISTRATION_OPEN, MilestoneName.REGISTRATION_CLOSE),
    (MilestoneName.BIDDING_OPEN, MilestoneName.BIDDING_CLOSE),
)
_EXPECTED = {
    Kind.LISTING: (
        MilestoneName.REGISTRATION_CLOSE,
        MilestoneName.DEPOSIT_CLOSE,
        MilestoneName.BIDDING_CLOSE,
    ),
    Kind.AUCTION: (
        MilestoneName.REGISTRATION_CLOSE,
        MilestoneName.DEPOSIT_CLOSE,
        MilestoneName.AUCTION_START,
    ),
    Kind.TENDER: (
        MilestoneName.REGISTRATION_CLOSE,
        MilestoneName.DEPOSIT_CLOSE,
        MilestoneName.BIDDING_CLOSE,
    ),
}
_RANK = {Source.STATED: 0, Source.INHERITED: 1, Source.INFERRED: 2}

Milestones = dict[MilestoneName, Milestone]


_MOST_RIVALS = 60


def of_each(facts: Sequence[Fact], keys: Sequence[int]) -> dict[int, list[Fact]]:
    """Key -> the facts about that parcel and about all, in the order of the document."""
    general: list[int] = []
    own: defaultdict[int, list[int]] = defaultdict(list)
    rivals: Counter[MilestoneName] = Counter()
    facts = _without_frames(facts, keys)
    for number, fact in enumerate(facts):
        for key in fact.subject:
            own[key].append(number)
        # so many times for one milestone of all parcels agree as little as all of them would
        if not fact.subject and rivals[fact.milestone] < _MOST_RIVALS:
            rivals[fact.milestone] += 1
            general.append(number)
    return {
        key: _without_general([facts[number] for number in sorted(general + own[key])])
        for key in keys
    }


def _without_frames(facts: Sequence[Fact], keys: Sequence[int]) -> Sequence[Fact]:
    """Leave out the end of a window of all parcels that is the last of their own ends.

    `挂牌活动定于6月1日至6月13日,各地块截止时间:…12日;…13日` tells of no parcel that ends on the
    13th; its beginning, and that of a session of auctions, likewise.
    """
    ends: dict[MilestoneName, Instant] = {}
    for name in _FRAMED:
        own = [fact for fact in facts if fact.milestone is name and fact.subject and fact.sure]
        differ = len({fact.value for fact in own}) > 1
        if differ and frozenset(keys) <= frozenset().union(*(fact.subject for fact in own)):
            closes = MILESTONES[name].end is WindowEnd.CLOSE
            last = (max if closes else min)(own, key=lambda fact: fact.value.at)
            ends[name] = last.value
    return [fact for fact in facts if fact.subject or ends.get(fact.milestone) != fact.value]


_FRAMED = [*(name for window in _WINDOWS for name in window), MilestoneName.AUCTION_START]


def _without_general(facts: Sequence[Fact]) -> list[Fact]:
    """Leave out what a paragraph says of all parcels before it says otherwise of this one."""
    own = {
        (fact.milestone, fact.condition, fact.line): place
        for place, fact in enumerate(facts)
        if fact.subject and fact.line >= 0
    }
    return [
        fact
        for place, fact in enumerate(facts)
        if fact.subject or place > own.get((fact.milestone, fact.condition, fact.line), -1)
    ]


def settle(candidates: Sequence[Fact], number: str, place: Place, reading: Reading) -> Milestones:
    """Return one value for each milestone.

    None, with a finding, where places disagree or a close is before its open.
    """
    settled: Milestones = {}
    for name in MilestoneName:
        about = [candidate for candidate in candidates if candidate.milestone is name]
        stated = [fact for fact in about if fact.sure]
        if about and not stated:
            text = about[0].quote
            reading.doubt(
                Code.TIME_WITHOUT_LABEL,
                name,
                about[0].place,
                parcel_no=number,
                candidates=about,
                text=text,
            )
        if not stated:
            continue
        best = _agreed(stated) or _earlier_alone(stated)
        if best is None:
            values = "、".join(dict.fromkeys(_words(fact) for fact in stated))
            reading.doubt(
                Code.PLACES_DISAGREE,
                name,
                stated[0].place,
                parcel_no=number,
                candidates=stated,
                values=values,
            )
            continue
        settled[name] = Milestone(
            at=best.value.at,
            precision=best.value.precision,
            source=best.source,
            quote=best.quote,
            place=best.place,
            evidence=tuple(fact.evidence for fact in stated),
        )
    for opens, closes in _WINDOWS:
        both = [candidate for candidate in candidates if candidate.milestone in (opens, closes)]
        if not _are_in_order(opens, closes, settled, both):
            for name in (opens, closes):
                reading.doubt(
                    Code.CLOSE_BEFORE_OPEN, name, place, parcel_no=number, candidates=both
                )
                settled.pop(name, None)
    return settled


def _are_in_order(
    opens: MilestoneName, closes: MilestoneName, settled: Milestones, both: Sequence[Fact]
) -> bool:
    """Return whether every stated close comes after every stated open.

    Columns that changed places show so, even where one end is already in doubt.
    """
    if opens not in settled and closes not in settled:
        return True
    last = settled[opens].at if opens in settled else None
    first = settled[closes].at if closes in settled else None
    stated_closes = [fact.value.at for fact in both if fact.milestone is closes]
    stated_opens = [fact.value.at for fact in both if fact.milestone is opens]
    if last is not None and any(
        at < last for at in ([first] if first is not None else stated_closes)
    ):
        return False
    return first is None or last is not None or not any(at > first for at in stated_opens)


def _agreed(stated: Sequence[Fact]) -> Fact | None:
    """Return the most exact of the candidates if all say the same.

    A day agrees with a time on that day.
    """
    exact = [fact for fact in stated if fact.value.precision is Precision.MINUTE]
    days = frozenset.intersection(*map(_days_of, stated))
    if len({fact.value.at for fact in exact}) > 1 or not days:
        return None
    return min(exact or stated, key=lambda fact: _RANK[fact.source])


def _days_of(fact: Fact) -> frozenset[date]:
    """The day of a time; midnight is the end of the day before, too: `11日24时`."""
    at = shanghai(fact.value.at)
    is_midnight = fact.value.precision is Precision.MINUTE and at.time() == time()
    return frozenset({at.date(), at.date() - timedelta(days=is_midnight)})


def _earlier_alone(stated: Sequence[Fact]) -> Fact | None:
    """Return the time under a label of its own that comes before all under joint labels.

    `报名期(含保证金交纳)至T时` says no more of the deposit than `保证金须于…前到账`; but what is
    said of the parcel by name says more than what is said of all.
    """
    if len({bool(fact.subject) for fact in stated}) > 1:
        return None
    alone = [fact for fact in stated if not fact.is_joint]
    best = _agreed(alone) if alone else None
    if best is None or best.value.precision is Precision.DAY:
        return None
    return best if all(best.value.at < fact.value.at for fact in stated if fact.is_joint) else None


def _words(fact: Fact) -> str:
    form = "%Y-%m-%d" if fact.value.precision is Precision.DAY else "%Y-%m-%d %H:%M"
    return f"{shanghai(fact.value.at):{form}}"


def alternatives(
    candidates: Sequence[Fact], number: str, place: Place, reading: Reading
) -> tuple[Alternative, ...]:
    """Return the sets of deadlines that hold only under a condition.

    A finding says that there are two sets.
    """
    conditions = list(dict.fromkeys(candidate.condition for candidate in candidates))
    sets = []
    for condition in conditions:
        under = settle(
            [candidate for candidate in candidates if candidate.condition == condition],
            number,
            place,
            reading,
        )
        if under:
            sets.append(Alternative(condition=condition, milestones=under))
    if sets:
        words = "；".join(alternative.condition for alternative in sets)
        reading.doubt(
            Code.TWO_SETS_OF_DEADLINES,
            "",
            place,
            parcel_no=number,
            severity=Severity.WARNING,
            words=words[:120],
        )
    return tuple(sets)


def report_missing(
    kind: Kind, found: Sequence[tuple[str, Milestones]], place: Place, reading: Reading
) -> None:
    """A finding for each deadline that should be there and is not, unless it has one already."""
    reported = {(finding.parcel_no, finding.field) for finding in reading.findings}
    for name in _EXPECTED.get(kind, ()):
        without = [
            number
            for number, milestones in found
            if name not in milestones and not {("", name), (number, name)} & reported
        ]
        for number in [""] if len(without) == len(found) else without:
            reading.doubt(
                Code.TIME_NOT_STATED, name, place, parcel_no=number, severity=Severity.WARNING
            )
