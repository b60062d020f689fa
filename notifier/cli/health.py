"""How the daemon is: whether one runs, when it moved last, what is next, what is stuck."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from notifier.cli.speech import phrase, reason
from notifier.domain.times import shanghai, shanghai_iso
from notifier.ledger import LAST_BEAT, Ledger

_BEATS_WITHIN = timedelta(minutes=3)
_STATES = {
    "queued": "queued",
    "sending": "being sent",
    "sent": "sent",
    "accepted": "accepted",
    "failed": "failed",
    "expired": "expired",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Pulse:
    """`holder`: who holds the ledger as its daemon, empty if nobody does; a process that has ended holds nothing."""

    holder: str
    last_beat: datetime | None
    now: datetime

    @property
    def ready(self) -> bool:
        return bool(self.holder) and self._is_moving

    @property
    def _is_moving(self) -> bool:
        return self.last_beat is not None and self.now - self.last_beat < _BEATS_WITHIN

    @property
    def words(self) -> str:
        if not self.holder:
            last = "" if self.last_beat is None else f" (the last one was alive at {_seconds(self.last_beat)})"
            return f"no daemon is running, nothing is sent{last}: start `notifier run`"
        if not self._is_moving:
            since = "" if self.last_beat is None else f" since {_seconds(self.last_beat)}"
            return f"{self.holder}: it has not moved{since}: look at its log, restart it"
        return self.holder


def pulse_of(ledger: Ledger, now: datetime) -> Pulse:
    beat = ledger.get(LAST_BEAT)
    return Pulse(holder=ledger.holder(), last_beat=None if beat is None else datetime.fromisoformat(beat), now=now)


def last_proof(ledger: Ledger) -> tuple[datetime, str] | None:
    """When the heartbeat URL was pinged last, and `ok` or what went wrong."""
    last = ledger.get("last_proof")
    if last is None:
        return None
    at, _, words = last.partition(" ")
    return datetime.fromisoformat(at), words


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    pulse: Pulse
    ledger: str
    reminders_ahead: int
    next_due: datetime | None
    deliveries: Mapping[str, int]
    proof: tuple[datetime, str] | None
    last_backup: datetime | None
    troubles: Mapping[str, tuple[datetime, str]]

    @property
    def ready(self) -> bool:
        return self.pulse.ready

    def plain(self) -> dict[str, Any]:
        """As `status --json` prints it; every instant is Shanghai's."""
        return {
            "ready": self.ready,
            "daemon": reason(self.pulse.words),
            "ledger": self.ledger,
            "reminders_ahead": self.reminders_ahead,
            "next_due": _iso(self.next_due),
            "deliveries": {state: self.deliveries.get(state, 0) for state in _STATES},
            "last_beat": _iso(self.pulse.last_beat),
            "last_proof": _iso(self.proof and self.proof[0]),
            "last_proof_words": self.proof and self.proof[1],
            "last_backup": _iso(self.last_backup),
            "troubles": {name: words for name, (_, words) in self.troubles.items()},
        }

    def lines(self) -> Iterator[str]:
        yield phrase("ready: {answer}", answer=phrase("yes") if self.ready else phrase("NO"))
        yield phrase("daemon: {words}", words=reason(self.pulse.words))
        yield phrase("ledger: {file}", file=self.ledger)
        ahead = phrase("reminders ahead: {count}", count=self.reminders_ahead)
        if self.next_due is not None:
            ahead += phrase(", the next one at {at}", at=_seconds(self.next_due))
        yield ahead
        counts = (
            f"{self.deliveries.get(state, 0)} {phrase(words)}"
            for state, words in _STATES.items()
            if state != "accepted" or state in self.deliveries  # only of services whose answers are not known
        )
        yield phrase("deliveries: {counts}", counts=", ".join(counts))
        yield phrase("last beat: {at}", at=_seconds(self.pulse.last_beat))
        proof = _seconds(self.proof and self.proof[0])
        words = f" {reason(self.proof[1])}" if self.proof else ""
        yield phrase("last proof of life: {at}", at=proof) + words
        yield phrase("last backup: {at}", at=_seconds(self.last_backup))
        for name, (since, fault) in self.troubles.items():
            yield phrase(
                "trouble: channel {name} fails since {at}: {words}", name=name, at=_seconds(since), words=reason(fault)
            )


def health_of(ledger: Ledger, now: datetime) -> Health:
    backup = ledger.get("last_backup")
    return Health(
        pulse=pulse_of(ledger, now),
        ledger=str(ledger.path),
        reminders_ahead=ledger.reminders_ahead(),
        next_due=ledger.next_due(),
        deliveries=ledger.delivery_counts(),
        proof=last_proof(ledger),
        last_backup=None if backup is None else datetime.fromisoformat(backup),
        troubles=ledger.troubles(),
    )


def _iso(instant: datetime | None) -> str | None:
    return None if instant is None else shanghai_iso(instant)


def _seconds(instant: datetime | None) -> str:
    return phrase("never") if instant is None else f"{shanghai(instant):%Y-%m-%d %H:%M:%S}"
