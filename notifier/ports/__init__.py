"""What the service needs from the outside, as Protocols. No implementation lives here."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from notifier.domain.drafts import Form, Message
from notifier.domain.outcomes import Outcome
from notifier.ports.ledger_verbs import Ledger
from notifier.ports.two_way import Replies

__all__ = ["Channel", "Clock", "Ledger", "Replies"]


class Clock(Protocol):
    def now(self) -> datetime:
        """Return the present instant, UTC, aware. It may jump, forth and back."""
        ...

    def steady(self) -> float:
        """Return seconds since some fixed moment, to measure how long it is; they never jump."""
        ...


class Channel(Protocol):
    """One way out, such as a mail server or a chat."""

    @property
    def name(self) -> str: ...

    @property
    def form(self) -> Form: ...

    @property
    def replies(self) -> Replies | None:
        """Return the way in by which its messages are answered; None: they only go out."""
        ...

    def send(self, message: Message, address: str = "") -> Outcome:
        """Hand `message` over; never raise for a peer's fault. Called from one thread at a time.

        `address` replaces `{to}` in the channel's URL, or the addresses that the URL names: then
        only this address gets it. Empty: whoever the URL names.
        """
        ...

    def close(self) -> None:
        """Let go of sockets. Called once, from the thread that sent."""
        ...
