"""The engine of `simulate`: the real service, by a clock that jumps to the next instant of work.

It calls two parts alone: dispatch and sending. Its caller takes files in and plans before.
"""

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
    """A clock that stands at `at` until it is moved."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def steady(self) -> float:
        return self.at.timestamp()


@dataclass(frozen=True)
class PlainChannel:
    """A channel that accepts every message and sends none; during `outages` it asks for a retry."""

    name: str
    clock: VirtualClock
    outages: tuple[OutageSpan, ...] = ()
    form: Form = Form.TEXT
    replies: None = None

    def send(self, message: Message, address: str = "") -> Outcome:
        del message, address
        if any(outage.holds(self.clock.at) for outage in self.outages):
            return Outcome(verdict=Verdict.RETRY, words="not reachable (simulated)")
        return Outcome(verdict=Verdict.SENT)

    def close(self) -> None:
        """Close nothing: no connection is open."""


def run_until(
    service: Service,
    ledger: Ledger,
    clock: VirtualClock,
    channels: Iterable[str],
    to: datetime,
    *,
    down: Sequence[OutageSpan] = (),
) -> None:
    """Claim and send whatever falls due until `to`, each at its own instant.

    `down`: spans in which no daemon runs. At the end of each the ledger recovers as at a start.
    """
    names = list(channels)
    while clock.at <= to:
        outage = next((span for span in down if span.holds(clock.at)), None)
        if outage is not None:
            clock.at = outage.end
            ledger.retries.recover(clock.at)
            continue
        instants = _work(service, clock, names)
        ahead = [*instants, *(span.begin for span in down)]
        soonest = min((at for at in ahead if at > clock.at), default=None)
        if soonest is None:
            return
        clock.at = soonest


def _work(service: Service, clock: VirtualClock, names: Sequence[str]) -> list[datetime]:
    """Do all that is to be done now; return the instants of the next work."""
    ahead = [service.dispatch.queue_due(clock.at)]
    has_sent = True
    while has_sent:  # a failed attempt on one channel may queue a fallback on another
        next_tries = {name: service.sending.send_next(name, clock.at) for name in names}
        has_sent = clock.at in next_tries.values()
        ahead += next_tries.values()
    return [at for at in ahead if at is not None]
