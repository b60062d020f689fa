"""The engine of `simulate`: it runs the real service from an instant to another, at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from notifier.domain.drafts import Form, Message
from notifier.domain.outcomes import Outcome, Verdict
from notifier.ports import Ledger
from notifier.service import Service


class OutageSpan(NamedTuple):
    """The time from `begin` to before `end`."""

    begin: datetime
    end: datetime

    def holds(self, at: datetime) -> bool:
        return self.begin <= at < self.end


@dataclass
class VirtualClock:
    at: datetime

    def now(self) -> datetime:
        return self.at

    def steady(self) -> float:
        return self.at.timestamp()


@dataclass(frozen=True)
class PlainChannel:
    """A channel that takes every message and keeps none; it is not reachable during `outages`."""

    name: str
    clock: VirtualClock
    outages: tuple[OutageSpan, ...] = ()
    form: Form = Form.TEXT

    def send(self, message: Message, address: str = "") -> Outcome:
        del message, address
        if any(outage.holds(self.clock.at) for outage in self.outages):
            return Outcome(verdict=Verdict.RETRY, words="not reachable (simulated)")
        return Outcome(verdict=Verdict.SENT)

    def close(self) -> None:
        """Nothing to let go of."""


def run_until(
    service: Service,
    ledger: Ledger,
    clock: VirtualClock,
    channels: Iterable[str],
    to: datetime,
    *,
    down: Sequence[OutageSpan] = (),
) -> None:
    """Let whatever falls due until `to` be claimed and sent, each at its own instant.

    `down`: when no daemon runs.
    """
    names = list(channels)
    while clock.at <= to:
        outage = next((span for span in down if span.holds(clock.at)), None)
        if outage is not None:
            clock.at = outage.end
            ledger.retries.recover(clock.at)
            continue
        again = _next(service, clock, names)
        ahead = [*again, *(span.begin for span in down)]
        soonest = min((at for at in ahead if at > clock.at), default=None)
        if soonest is None:
            return
        clock.at = soonest


def _next(service: Service, clock: VirtualClock, names: Sequence[str]) -> list[datetime]:
    """Do all that is to be done now; return when something is to be done next."""
    ahead = [service.dispatch.queue_due(clock.at)]
    busy = True
    while busy:  # what one channel does may give another something to do
        tries = {name: service.sending.send_next(name, clock.at) for name in names}
        busy = clock.at in tries.values()
        ahead += tries.values()
    return [at for at in ahead if at is not None]
