"""Links by which a person answers a message.

Each can do one thing, for one person, one milestone, one instant.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from notifier.domain.pauses import PauseKind
from notifier.domain.times import aware
from notifier.domain.values import MilestoneName

WORKS_FOR = timedelta(days=1)
"""So long after its deadline a link is still answered."""

_MARK_BYTES = 16
_LONGEST = 600  # characters


class Deed(StrEnum):
    """The action of a link."""

    DONE = "done"
    SKIP = "skip"
    SEEN = "seen"
    SNOOZE = "snooze"

    @property
    def pause(self) -> PauseKind | None:
        """Return the pause that it asks for; None: it is an answer for good."""
        return PauseKind(self.value) if self.value in list(PauseKind) else None


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerLink:
    """The content of a link: `recipient` did `deed` for a parcel's milestone that is due `at`."""

    deed: Deed
    recipient: str
    parcel_id: int
    milestone: MilestoneName
    at: datetime

    def __post_init__(self) -> None:
        aware(self.at, "answer link")

    def has_ended(self, now: datetime) -> bool:
        """Return whether its deadline passed so long ago that no answer is taken any more."""
        return now > self.at + WORKS_FOR


def seal(key: bytes, link: AnswerLink) -> str:
    """Return the text of a link; nobody without `key` can make another one."""
    at = round(link.at.timestamp() * 1000)
    words = [link.deed.value, link.recipient, link.parcel_id, link.milestone.value, at]
    content = json.dumps(words, ensure_ascii=False, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_mark(key, content) + content).rstrip(b"=").decode()


def unseal(key: bytes, text: str) -> AnswerLink | None:
    """Return what a link says; None if it was not made with `key`."""
    if len(text) > _LONGEST or not text.isascii():
        return None
    try:
        whole = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        mark, content = whole[:_MARK_BYTES], whole[_MARK_BYTES:]
        if not hmac.compare_digest(mark, _mark(key, content)):
            return None
        deed, recipient, parcel_id, milestone, at = json.loads(content)
        return AnswerLink(
            deed=Deed(deed),
            recipient=str(recipient),
            parcel_id=int(parcel_id),
            milestone=MilestoneName(milestone),
            at=datetime.fromtimestamp(at / 1000, UTC),
        )
    except (ValueError, TypeError, binascii.Error, OverflowError):
        return None


def _mark(key: bytes, content: bytes) -> bytes:
    return hmac.new(key, content, hashlib.sha256).digest()[:_MARK_BYTES]
