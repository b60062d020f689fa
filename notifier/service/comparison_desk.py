"""The desk for people who compare what was read with the original.

They say that it is right or wrong, and see what is still to be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from notifier.config import Settings
from notifier.domain.confirmation import Checked, TimeMark, Trust, time_mark, time_marks
from notifier.domain.doubts import milestones_of
from notifier.domain.offers import Offer
from notifier.domain.questions import Question
from notifier.domain.statements import Statement, stands
from notifier.domain.values import Milestone, MilestoneName, Source
from notifier.ports import Ledger
from notifier.service.board_desk import BoardDesk
from notifier.service.desk import Desk


@dataclass(frozen=True, kw_only=True, slots=True)
class ToCompare:
    """A parcel whose times are to be compared with the original.

    `times` are those ahead that are not confirmed, the soonest first.

    `wanted`: how many people have to confirm them.
    """

    checked: Checked
    times: tuple[tuple[MilestoneName, Milestone, str], ...]
    trust: Trust
    wanted: int

    @property
    def offer(self) -> Offer:
        return self.checked.offer

    @property
    def compared_by(self) -> tuple[str, ...]:
        """Who has compared every one of `times` already, where one person is not enough."""
        people = [
            self.checked.confirmed.get(time_mark(*deadline), frozenset()) for deadline in self.times
        ]
        return tuple(sorted(frozenset.intersection(*people) - {""})) if people else ()


class ComparisonDesk:
    """The verbs of people who compare. Each answers with a value; none prints."""

    def __init__(
        self, ledger: Ledger, desk: Desk, board: BoardDesk, settings: Callable[[], Settings]
    ) -> None:
        self._ledger = ledger
        self._desk = desk
        self._board = board
        self._settings = settings

    def waiting(self, now: datetime, *, scanned_only: bool = False) -> list[Offer]:
        """Return the parcels with unconfirmed times ahead.

        First come those that somebody found wrong, then the soonest. `scanned_only`: those with a
        time among them that was recognised in a picture.
        """
        people = self._people()
        wrong = self._ledger.confirmations.said_wrong()
        found = []
        for line in self._board.lines():
            times = line.unconfirmed(now, people)
            if times and (not scanned_only or _has_scanned(times)):
                offer = line.offer
                found.append((offer.id not in wrong, times[0][1].at, offer.id, offer))
        return [offer for *_, offer in sorted(found, key=lambda entry: entry[:3])]

    def to_compare(
        self, now: datetime, offers: Sequence[Offer] | None = None
    ) -> tuple[ToCompare, ...]:
        """Return what is to be compared of `offers`; None: of all that wait, in their order."""
        wanted = self.waiting(now) if offers is None else offers
        checked = self._ledger.confirmations.of_parcels(wanted)
        people = self._people()
        found = [self._to_compare(parcel, now, people) for parcel in checked]
        return tuple(parcel for parcel in found if parcel.times)

    def of_parcel(self, parcel: str | Offer, now: datetime) -> ToCompare:
        """Return what of one parcel is to be compared; its `times` are empty where nothing is."""
        checked = self._ledger.confirmations.of_parcel(self._offer(parcel))
        return self._to_compare(checked, now, self._people())

    def confirm(
        self,
        parcel: str | Offer,
        *,
        by: str = "",
        now: datetime,
        marks: Iterable[TimeMark] | None = None,
    ) -> ToCompare:
        """Note that the times of a parcel are as the original has them.

        Return what is left to compare.

        `marks`: the times that the person saw. None: those that stand now.
        """
        offer = self._offer(parcel)
        seen = list(time_marks(offer) if marks is None else marks)
        self._ledger.confirmations.confirm(offer, by, now, marks=seen)
        self._settle_doubts_of(offer, seen, by, now)
        return self.of_parcel(offer, now)

    def _settle_doubts_of(
        self, offer: Offer, seen: Sequence[TimeMark], by: str, now: datetime
    ) -> None:
        """Settle what was doubted of times that stand and were compared, as they stand."""
        standing = [
            mark
            for current in self._ledger.confirmations.parcels([offer.id])
            for mark in time_marks(current)
        ]
        keys = []
        for raised in self._ledger.doubts.raised(offer.id):
            names = set(milestones_of(raised.finding.field))
            marks = {mark for mark in standing if mark.milestone in names}
            if {mark.milestone for mark in marks} == names and marks <= set(seen):
                keys.append(raised.key)
        self._ledger.doubts.settle(keys, by=by, how="left", now=now)

    def deny(self, parcel: str | Offer, *, by: str = "", why: str = "", now: datetime) -> ToCompare:
        """Note that a time of a parcel is wrong.

        No time of it counts as confirmed, and people are told at once.
        """
        offer = self._offer(parcel)
        self._ledger.confirmations.deny(
            offer, by, why, now, question=_said_wrong(offer, by, why, now)
        )
        return self.of_parcel(offer, now)

    def files_of(self, offers: Sequence[Offer]) -> Mapping[int, Mapping[str, str]]:
        """Return, by parcel, milestone -> the file that its time stands by.

        The file is empty for a person's word.
        """
        stated = self._ledger.statements.of_parcels([offer.id for offer in offers])
        return {number: dict(_files(by_milestone)) for number, by_milestone in stated.items()}

    def _offer(self, parcel: str | Offer) -> Offer:
        return self._desk.parcel(parcel) if isinstance(parcel, str) else parcel

    def _people(self) -> int:
        return self._settings().confirmation.people

    def _to_compare(self, checked: Checked, now: datetime, people: int) -> ToCompare:
        return ToCompare(
            checked=checked,
            times=tuple(checked.unconfirmed(now, people)),
            trust=checked.trust(now, people),
            wanted=people,
        )


def _files(by_milestone: Mapping[str, Sequence[Statement]]) -> Iterator[tuple[str, str]]:
    for name, statements in by_milestone.items():
        word = stands(statements)
        if word is not None:
            yield name, word.statement.speaker.file


def _has_scanned(times: Iterable[tuple[MilestoneName, Milestone, str]]) -> bool:
    """Return whether a time was recognised in a picture: it is never certain by itself."""
    return any(milestone.source is Source.SCANNED for _, milestone, _ in times)


def _said_wrong(offer: Offer, by: str, why: str, now: datetime) -> Question:
    place = " ".join(word for word in (offer.city, offer.parcel.district) if word)
    return Question(
        key=f"said-wrong:{offer.key}:{now.isoformat()}",
        alert="said-wrong",
        city=offer.city,
        params={
            "number": offer.parcel.parcel_no,
            "id": str(offer.id),
            "place": place or offer.notice_no,
            "by": by or "?",
            "why": why or "?",
        },
    )
