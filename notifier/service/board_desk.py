"""What the board asks: every parcel at once, and one parcel with all that is known of it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from notifier.domain.board_lines import BoardLine, DatedChange, SentLine
from notifier.domain.offers import Offer
from notifier.domain.pauses import Pause
from notifier.domain.recipients import Recipient
from notifier.domain.reminders import Reminder
from notifier.domain.reports import NoticeLine
from notifier.domain.statements import Statement
from notifier.ports import Ledger
from notifier.service.status import Pulse, pulse_of

_PULSE_LASTS = timedelta(seconds=2)


@dataclass(frozen=True, kw_only=True, slots=True)
class ParcelStory:
    """All that is known of one parcel.

    `statements` by milestone in the order in which they came, the rest newest first, `reminders`
    soonest first; `pauses`: who put off what.
    """

    line: BoardLine
    statements: Mapping[str, Sequence[Statement]]
    changes: Sequence[DatedChange]
    reminders: Sequence[Reminder]
    sent: Sequence[SentLine]
    pauses: Sequence[Pause] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Snapshot:
    """The board at a mark."""

    mark: str
    by_id: Mapping[int, BoardLine]
    offers: Mapping[int, Offer]
    lines: Sequence[BoardLine]
    cities: Sequence[str]


class BoardDesk:
    """The questions of the board. What people say there are verbs of `service/desk.py`."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = threading.Lock()
        self._kept: _Snapshot | None = None
        self._pulse: Pulse | None = None

    def mark(self, now: datetime) -> str:
        """Return a text that changes whenever what the board shows changes.

        A daemon that stops, or moves again, changes it as well.
        """
        pulse = self.pulse(now)
        stopped = "" if pulse.ready else f"!{pulse.fault}{bool(pulse.holder)}{pulse.last_beat}"
        return f"{self._ledger.board.mark()}{stopped}"

    def lines(self) -> Sequence[BoardLine]:
        """Return every parcel that was not taken back, in the order in which they came."""
        return self._snapshot().lines

    def cities(self) -> Sequence[str]:
        """Return the cities of the parcels of the board, in the order of their names."""
        return self._snapshot().cities

    def line(self, parcel_id: int) -> BoardLine | None:
        """Return one parcel; None if there is none, or it was taken back."""
        return self._snapshot().by_id.get(parcel_id)

    def offers(self) -> Mapping[int, Offer]:
        """Return the parcels that were not taken back, by their ids."""
        return self._snapshot().offers

    def lines_of(self, parcel_ids: Iterable[int]) -> dict[int, BoardLine]:
        """Return some parcels by their ids, all as of one moment; without those as in `line`."""
        by_id = self._snapshot().by_id
        return {number: by_id[number] for number in parcel_ids if number in by_id}

    def story(self, parcel_id: int) -> ParcelStory | None:
        """Return all that is known of one parcel; None as in `line`."""
        line = self.line(parcel_id)
        if line is None:
            return None
        board = self._ledger.board
        return ParcelStory(
            line=line,
            statements=self._ledger.statements.of_parcel(parcel_id),
            changes=board.changes_of(parcel_id),
            reminders=board.reminders_of(parcel_id),
            sent=board.sent_of(parcel_id),
            pauses=self._ledger.pauses.of_parcel(parcel_id),
        )

    def latest_changes(self, limit: int) -> list[tuple[BoardLine, DatedChange]]:
        """Return what changed last of the parcels of the board, the newest first."""
        lines = self._snapshot().by_id
        return [
            (lines[parcel_id], dated)
            for parcel_id, dated in self._ledger.board.latest_changes(limit)
            if parcel_id in lines
        ]

    def notices(self, limit: int) -> list[NoticeLine]:
        """Return the notices that were read last, the newest first."""
        return self._ledger.views.notices(limit)

    def unreached(self, recipients: Sequence[Recipient]) -> frozenset[str]:
        """Return the recipients whom no route of theirs reaches at present, by name."""
        failing = self._ledger.troubles.current()
        return frozenset(
            recipient.name
            for recipient in recipients
            if all(
                route.channel in failing or str(route) in failing for route in recipient.channels
            )
        )

    def pulse(self, now: datetime) -> Pulse:
        """Return whether a daemon ran some seconds ago: without one nothing is sent."""
        known = self._pulse
        if known is None or not known.now <= now < known.now + _PULSE_LASTS:
            known = self._pulse = pulse_of(self._ledger, now)
        return known

    def _snapshot(self) -> _Snapshot:
        with self._lock:
            mark = self._ledger.board.mark()
            if self._kept is None or self._kept.mark != mark:
                lines = tuple(self._ledger.board.lines())
                by_id = {line.offer.id: line for line in lines}
                self._kept = _Snapshot(
                    mark=mark,
                    by_id=by_id,
                    offers={number: line.offer for number, line in by_id.items()},
                    lines=lines,
                    cities=sorted({line.offer.city for line in lines} - {""}),
                )
            return self._kept
