"""Times that stand and are marked as doubtful, each a question to a person.

Whatever the board marks is asked about in one place: what no other doubt asks of is asked here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from notifier.domain.board_lines import BoardLine
from notifier.domain.doubts import Doubt, DoubtKind, is_going_on, marks_time
from notifier.domain.offers import Offer
from notifier.domain.values import Finding, Milestone, MilestoneName

Asked = tuple[int, MilestoneName]
"""A parcel by its id, and the milestone of it that somebody is asked about."""


def asked_of(doubts: Iterable[Doubt]) -> frozenset[Asked]:
    """Return the times that doubts ask about."""
    return frozenset(
        (offer.id, name) for doubt in doubts for offer in doubt.offers for name in doubt.milestones
    )


def unsure(lines: Iterable[BoardLine], asked: Collection[Asked], now: datetime) -> Iterator[Doubt]:
    """Yield a question for each marked time ahead that is not `asked` about.

    Parcels of one notice with the same time and the same findings are one question.
    """
    groups: dict[tuple[object, ...], list[Offer]] = {}
    firsts: dict[tuple[object, ...], tuple[MilestoneName, datetime, tuple[Finding, ...]]] = {}
    for line in lines:
        if not line.doubtful or line.skipped is not None or not is_going_on(line.offer, now):
            continue
        for name, milestone in _marked(line, now):
            if (line.offer.id, name) in asked:
                continue
            findings = _findings_of(line, name)
            words = tuple(
                (finding.code, tuple(sorted(finding.params.items()))) for finding in findings
            )
            offer = line.offer
            notice = offer.notice_no or offer.file
            key: tuple[object, ...] = (
                notice,
                offer.authority,
                name,
                milestone.at,
                milestone.source,
                words,
            )
            groups.setdefault(key, []).append(offer)
            firsts.setdefault(key, (name, line.known_at, findings))
    for key, offers in groups.items():
        name, known_at, findings = firsts[key]
        yield Doubt(
            kind=DoubtKind.UNSURE,
            keys=tuple(_key(offer, name) for offer in offers),
            raised_at=known_at,
            file=offers[0].file,
            offers=tuple(offers),
            milestones=(name,),
            findings=findings,
        )


def _marked(line: BoardLine, now: datetime) -> Iterator[tuple[MilestoneName, Milestone]]:
    """Yield the first time ahead of each milestone that the board marks."""
    seen: set[MilestoneName] = set()
    for name, milestone, _ in line.deadlines:
        if name in line.doubtful and name not in seen and milestone.over_at > now:
            seen.add(name)
            yield name, milestone


def _findings_of(line: BoardLine, name: MilestoneName) -> tuple[Finding, ...]:
    """Return what was found about a time, each sentence once."""
    found = {
        (finding.code, tuple(sorted(finding.params.items()))): finding
        for finding in line.open_findings
        if finding.field == name and marks_time(finding)
    }
    return tuple(found.values())


def _key(offer: Offer, name: MilestoneName) -> str:
    instants = ",".join(
        milestone.at.isoformat() for other, milestone, _ in offer.deadlines() if other is name
    )
    return f"unsure:{offer.key}:{name}:{instants}"
