"""What became of one attempt to send one message on one channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Verdict(StrEnum):
    """SENT: accepted by the peer. REJECTED: refused for good, trying again cannot help.
    RETRY: refused or unreachable for now. UNKNOWN: the answer was lost, it may have arrived."""

    SENT = "sent"
    REJECTED = "rejected"
    RETRY = "retry"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """`words`: the peer's own (errcode, description, SMTP code), no secrets, at most 300 characters."""

    verdict: Verdict
    words: str = ""
    retry_after: timedelta | None = None
