"""Outcomes: the results of attempts to send a message on a channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Verdict(StrEnum):
    """SENT: the service's own yes.

    ACCEPTED: HTTP's yes alone, from a service whose answers are not known here. REJECTED: refused
    for good, trying again cannot help. RETRY: refused or unreachable for now. UNKNOWN: the answer
    was lost, it may have arrived.
    """

    SENT = "sent"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    RETRY = "retry"
    UNKNOWN = "unknown"


class About(StrEnum):
    """The subject of a refusal.

    ADDRESS: this person or chat alone, the channel works for others. MESSAGE: this text (too long,
    forbidden words), another one may pass. CHANNEL: the sign-in, the service, the line.
    """

    ADDRESS = "address"
    MESSAGE = "message"
    CHANNEL = "channel"


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """One address of several that did not get the message; `verdict` is REJECTED or RETRY."""

    address: str
    verdict: Verdict
    words: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class PostPlace:
    """Where a message arrived: the `chat` and the `number` by which its service finds it again."""

    chat: str
    number: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """The outcome of an attempt.

    `words`: the peer's own (errcode, description, SMTP code), no secrets, at most 300 characters.

    `about` matters where `verdict` is REJECTED or RETRY. `refusals`: with SENT, the addresses that
    did not get it; `places`: where it arrived, of a service that can set it right later.
    """

    verdict: Verdict
    words: str = ""
    retry_after: timedelta | None = None
    about: About = About.CHANNEL
    refusals: tuple[Refusal, ...] = ()
    places: tuple[PostPlace, ...] = ()

    @property
    def has_arrived(self) -> bool:
        """Return whether the message counts as delivered; only SENT is proof of it."""
        return self.verdict in (Verdict.SENT, Verdict.ACCEPTED)

    @property
    def is_refusal(self) -> bool:
        """Return whether it surely did not arrive."""
        return self.verdict in (Verdict.REJECTED, Verdict.RETRY)
