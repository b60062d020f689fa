"""A recipient's deadlines as a calendar that programs subscribe to.

Its address is known to the recipient alone.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from notifier.config import Settings
from notifier.domain.offers import Offer
from notifier.domain.recipients import Recipient
from notifier.errors import UsageError
from notifier.messages.ics import feed_of
from notifier.ports import Ledger
from notifier.service.answer_desk import answer_key
from notifier.service.board_desk import BoardDesk

_KEPT = timedelta(days=30)
_NUMBER = "feed {name}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Feed:
    """The calendar of one recipient; `tag` changes when what it says does."""

    data: bytes
    tag: str


class FeedDesk:
    """Calendars by address. An address can be exchanged: the old one then leads nowhere."""

    def __init__(self, ledger: Ledger, settings: Callable[[], Settings]) -> None:
        self._ledger = ledger
        self._settings = settings
        self._board = BoardDesk(ledger)

    def secret(self, name: str) -> str:
        """Return the secret part of the address of a recipient's calendar.

        UsageError: there is none of this name.
        """
        recipients = {recipient.name: recipient for recipient in self._settings().recipients}
        if name not in recipients:
            raise UsageError(
                f"{name}: there is none of this name: use one of {', '.join(recipients)}"
            )
        return self._secret_of(name)

    def exchange(self, name: str) -> str:
        """Give a recipient's calendar another address; return its secret part."""
        self.secret(name)
        number = int(self._ledger.memory.get(_NUMBER.format(name=name)) or "0")
        self._ledger.memory.put(_NUMBER.format(name=name), str(number + 1))
        return self._secret_of(name)

    def feed(self, secret: str, now: datetime) -> Feed | None:
        """Return the calendar to which an address leads; None if it leads nowhere."""
        recipient = self._recipient_of(secret)
        if recipient is None:
            return None
        lines = [line for line in self._board.lines() if _is_shown(line.offer, recipient, now)]
        entries = [(line.offer, line.changed_at or line.known_at) for line in lines]
        data = feed_of(entries, recipient.language, now)
        return Feed(data=data, tag=hashlib.sha256(data).hexdigest()[:32])

    def _recipient_of(self, secret: str) -> Recipient | None:
        found = None
        # all of them: the time that it takes tells nothing
        for recipient in self._settings().recipients:
            if hmac.compare_digest(self._secret_of(recipient.name).encode(), secret.encode()):
                found = recipient
        return found

    def _secret_of(self, name: str) -> str:
        number = self._ledger.memory.get(_NUMBER.format(name=name)) or "0"
        key = answer_key(self._settings().ledger.parent)
        return hmac.new(key, f"feed {number} {name}".encode(), hashlib.sha256).hexdigest()[:40]


def _is_shown(offer: Offer, recipient: Recipient, now: datetime) -> bool:
    """Return whether a calendar holds a parcel.

    It does if the parcel is watched, and a time of it is ahead or passed not long ago.
    """
    is_recent = any(milestone.over_at > now - _KEPT for _, milestone, _ in offer.deadlines())
    return is_recent and bool(recipient.filters.match(offer))
