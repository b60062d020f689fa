"""Decides when under a virtual clock: `simulate` runs the real service from one instant to another, at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from notifier.domain.drafts import Form, Message
from notifier.domain.outcomes import Outcome, Verdict
from notifier.service import Service


@dataclass
class VirtualClock:
    at: datetime

    def now(self) -> datetime:
        return self.at


@dataclass(frozen=True)
class PlainChannel:
    """Takes every message, in plain text, and keeps none."""

    name: str
    form: Form = Form.TEXT

    def send(self, message: Message, address: str = "") -> Outcome:
        del message, address
        return Outcome(verdict=Verdict.SENT)

    def close(self) -> None:
        """Nothing to let go of."""


def run_until(service: Service, clock: VirtualClock, channels: Iterable[str], to: datetime) -> None:
    """From the clock's instant to `to`: whatever falls due is claimed and sent at its own instant."""
    names = list(channels)
    while clock.at <= to:
        ahead = [service.deliver_due(clock.at)]
        for name in names:
            again = service.send_next(name, clock.at)
            while again == clock.at:
                again = service.send_next(name, clock.at)
            ahead.append(again)
        soonest = min((at for at in ahead if at is not None and at > clock.at), default=None)
        if soonest is None:
            return
        clock.at = soonest
