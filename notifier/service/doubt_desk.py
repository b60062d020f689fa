"""The desk for people who settle doubts: which time holds, or none, and which parcel is meant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from notifier.domain.changes import Unmatched
from notifier.domain.confirmation import time_marks
from notifier.domain.doubts import (
    Doubt,
    DoubtKind,
    differing,
    is_going_on,
    rivals,
    sorted_doubts,
    together,
)
from notifier.domain.offers import Offer
from notifier.domain.questions import Question
from notifier.domain.reach import ChangePart
from notifier.domain.times import shanghai
from notifier.domain.unsure_times import asked_of, unsure
from notifier.domain.values import MilestoneName, Precision
from notifier.errors import UsageError
from notifier.ports import Ledger
from notifier.service.board_desk import BoardDesk
from notifier.service.desk import Desk
from notifier.service.desk_values import Settled, TimeSet, moved_times

_ALIKE = ("same-number", "number-alike")
_DROPPED = "dropped-parcel"
_ONE_OF_TWO = 2


class DoubtDesk:
    """The verbs of people who settle what the program does not decide. All answer with values."""

    def __init__(self, ledger: Ledger, desk: Desk, board: BoardDesk) -> None:
        self._ledger = ledger
        self._desk = desk
        self._board = board
        self._read: dict[str, Doubt] = {}

    def doubts(self, now: datetime) -> list[Doubt]:
        """Return what is to be settled, the soonest deadline first."""
        raised, offers = self._ledger.doubts.raised(), self._board.offers()
        self._read = together(raised, offers, now, known=self._read)
        found = [
            *self._read.values(),
            *self._of_times(now),
            *self._of_parcels(now),
        ]
        settled = self._ledger.doubts.settled()
        open_doubts = [doubt for doubt in found if not set(doubt.keys) <= settled]
        marked = unsure(self._board.lines(), asked_of(open_doubts), now)
        return sorted_doubts([*open_doubts, *marked], now)

    def doubt(self, number: str, now: datetime) -> Doubt:
        """Return the doubt of this id. UsageError if there is none, or it is settled."""
        for doubt in self.doubts(now):
            if doubt.id == number:
                return doubt
        raise UsageError(
            f"{number}: nothing of this number is to be settled: see `notifier doubts`"
        )

    def take(self, number: str, candidate: int, *, by: str = "", now: datetime) -> Settled:
        """Let the `candidate`th time of a doubt stand, counted from 1."""
        doubt = self.doubt(number, now)
        if not 1 <= candidate <= len(doubt.candidates):
            raise UsageError(f"{number}: it has no candidate {candidate}: see `notifier doubts`")
        evidence = doubt.candidates[candidate - 1]
        local = shanghai(evidence.at)
        text = (
            f"{local:%Y-%m-%d}"
            if evidence.precision is Precision.DAY
            else f"{local:%Y-%m-%dT%H:%M}"
        )
        return self._set(doubt, doubt.milestones[0], text, by=by, why=evidence.quote, now=now)

    def enter(
        self,
        number: str,
        time: str | None,
        *,
        milestone: str = "",
        by: str = "",
        why: str = "",
        now: datetime,
    ) -> Settled:
        """Let another time stand for what is doubted; `time` None: the notice gives no such time.

        `milestone`: which one is meant, where the doubt may be about either end of a window.
        """
        doubt = self.doubt(number, now)
        if not doubt.milestones:
            raise UsageError(f"{number}: it is about no single time: use `notifier set`")
        name = self._desk.milestone(milestone) if milestone else doubt.milestones[0]
        return self._set(doubt, name, time, by=by, why=why, now=now)

    def _set(
        self,
        doubt: Doubt,
        name: MilestoneName,
        time: str | None,
        *,
        by: str,
        why: str,
        now: datetime,
    ) -> Settled:
        times = [
            self._desk.set_time(offer, name.value, time, by=by, why=why, now=now)
            for offer in doubt.offers
        ]
        if doubt.kind is not DoubtKind.UNSURE:
            self._ledger.doubts.settle(
                doubt.keys, by=by, how="none" if time is None else "set", now=now
            )
        return Settled(doubt=doubt, times=tuple(times))

    def leave(self, number: str, *, by: str = "", now: datetime) -> Settled:
        """Settle a doubt without a change: what stands is right, or it concerns nobody here.

        The times that stand of what was doubted then count as compared with the original.
        """
        doubt = self.doubt(number, now)
        if doubt.kind is DoubtKind.CHANGE:
            self._ledger.notices.end_waiting(doubt.notice_id)
        if doubt.kind in (DoubtKind.TIME, DoubtKind.UNSURE):
            self._confirm(doubt, by, now)
        if doubt.kind is DoubtKind.UNSURE:  # asked again as soon as it is not confirmed any more
            return Settled(doubt=doubt)
        self._ledger.doubts.settle(doubt.keys, by=by, how="left", now=now)
        return Settled(doubt=doubt)

    def _confirm(self, doubt: Doubt, by: str, now: datetime) -> None:
        for offer in doubt.offers:
            marks = [mark for mark in time_marks(offer) if mark.milestone in doubt.milestones]
            if marks:
                self._ledger.confirmations.confirm(offer, by, now, marks=marks)

    def unite(
        self, number: str, known: str | Offer, *, name: str = "", by: str = "", now: datetime
    ) -> Settled:
        """Say that the parcel of a doubt is the parcel `known`, or that a change is about it.

        `name`: which of the names of a change is meant, where there are several.
        """
        doubt = self.doubt(number, now)
        other = self._desk.parcel(known) if isinstance(known, str) else known
        if doubt.kind is DoubtKind.CHANGE:
            part = _part_named(doubt, name)
            changed = self._ledger.notices.apply_to(doubt.notice_id, part, other, now=now)
        elif doubt.kind in (DoubtKind.ALIKE, DoubtKind.NAMELESS):
            if any(offer.id == other.id for offer in doubt.offers):
                raise UsageError(f"{number}: a parcel is the same as itself: name the other one")
            after = other
            for offer in doubt.offers:
                after = self._ledger.notices.unite(offer, after, by=by, now=now)
            changed = ((other, after),)
        else:
            raise UsageError(f"{number}: it does not ask which parcel is meant")
        self._ledger.doubts.settle(doubt.keys, by=by, how="same", now=now)
        times: list[TimeSet] = []
        for old, new in changed:
            times += moved_times(old, new, by)
        offers = tuple(new for _, new in changed)
        return Settled(doubt=doubt, times=tuple(times), known=other, changed=offers)

    # -- what is not kept as a finding ----------------------------------------------------------

    def _of_times(self, now: datetime) -> Iterator[Doubt]:
        rivalled = self._ledger.doubts.with_rival()
        spoken = [offer for offer in self._ledger.doubts.spoken_of() if is_going_on(offer, now)]
        ids = [offer.id for offer in (*rivalled, *spoken)]
        statements = self._ledger.statements.of_parcels(ids)
        for offer in rivalled:
            yield from rivals(offer, statements[offer.id], now)
        for offer in spoken:
            yield from differing(offer, statements[offer.id], now)

    def _of_parcels(self, now: datetime) -> Iterator[Doubt]:
        for question in self._ledger.doubts.questions((*_ALIKE, _DROPPED)):
            yield from self._of_question(question, now)
        for offer, named in self._ledger.doubts.nameless():
            if is_going_on(offer, now):
                yield Doubt(
                    kind=DoubtKind.NAMELESS,
                    keys=(f"nameless:{offer.key}",),
                    raised_at=now,
                    file=offer.file,
                    offers=(offer,),
                    others=tuple(named),
                )
        for change in self._ledger.doubts.unmatched():
            yield self._of_change(change, now)

    def _of_question(self, question: Question, now: datetime) -> Iterator[Doubt]:
        ids = [int(question.params[name]) for name in ("id", "other_id") if name in question.params]
        offers = {offer.id: offer for offer in self._ledger.confirmations.parcels(ids)}
        about = offers.get(ids[0]) if ids else None
        if about is None:
            return
        others = [offers[number] for number in ids[1:] if number in offers]
        if question.alert == _DROPPED:
            kind, concerns = DoubtKind.DROPPED, True
        else:
            kind = DoubtKind.ALIKE
            concerns = len(offers) == _ONE_OF_TWO and all(
                is_going_on(offer, now) for offer in offers.values()
            )
        if concerns:
            yield Doubt(
                kind=kind,
                keys=(f"question:{question.key}",),
                raised_at=now,
                file=question.params.get("file", ""),
                offers=(about,),
                others=tuple(others),
                question=question,
            )

    def _of_change(self, change: Unmatched, now: datetime) -> Doubt:
        return Doubt(
            kind=DoubtKind.CHANGE,
            keys=(f"change:{change.notice_id}:{':'.join(change.names)}",),
            raised_at=now,
            file=change.file,
            notice_id=change.notice_id,
            names=change.names,
            parts=change.parts,
            title=change.title,
        )


def _part_named(doubt: Doubt, name: str) -> ChangePart:
    """Return the part of a change that a person means by a name, or the only one."""
    if not name and len(doubt.parts) == 1:
        return doubt.parts[0]
    for part in doubt.parts:
        if name in part.names:
            return part
    number, known = doubt.id, ", ".join(part.name for part in doubt.parts)
    raise UsageError(f"{number}: say which of its names is meant, with --name NAME: {known}")
