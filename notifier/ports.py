"""What the service needs from the outside, as Protocols. No implementation lives here."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from notifier.domain.drafts import Form, Message
from notifier.domain.outcomes import Outcome


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, UTC, aware. It may jump, forth and back."""
        ...

    def steady(self) -> float:
        """Seconds since some fixed moment, by which to tell how long something takes; they never jump."""
        ...


class Channel(Protocol):
    """One way out. `send` is called from one thread at a time and never raises for a peer's fault."""

    @property
    def name(self) -> str: ...

    @property
    def form(self) -> Form: ...

    def send(self, message: Message, address: str = "") -> Outcome:
        """Hand `message` over. `address` replaces `{to}` in the channel's URL, or the addresses that the URL names:
        then only this one gets it. Empty: whoever the URL names."""
        ...

    def close(self) -> None:
        """Let go of sockets. Called once, from the thread that sent."""
        ...
