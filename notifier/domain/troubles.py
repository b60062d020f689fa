"""Troubles: failures in a row of one subject.

People hear of a trouble twice: when it begins and when it ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from notifier.domain.outcomes import About

MANY = 3
"""Failures in a row from which on a channel is taken to be down."""

_SOON = timedelta(hours=1)  # a trouble that comes back within it is most likely the same
_LASTING = timedelta(minutes=10)  # then it is reported when it has lasted that long


@dataclass(frozen=True, kw_only=True, slots=True)
class Trouble:
    """A trouble that goes on.

    It is of a channel (`address` is empty), of one `address` of it, or of the messages that it is
    given.

    `since` and `failures`: of the failures in a row. `is_reported`: people were told that it began.
    `reported_at`: when people were told last of a trouble of this subject, this one or one before.
    """

    channel: str
    about: About
    address: str
    since: datetime
    failures: int
    words: str
    is_reported: bool = False
    reported_at: datetime | None = None

    def is_news(self, now: datetime, *, given_up: bool) -> bool:
        """Return whether people are to be told now that it began.

        `given_up`: the last attempt was refused for good, or its fallback is used.

        An address that refuses for a while (greylisting, RFC 6647) is no trouble before it is given
        up, and words that are refused are none of the channel's before several messages in a row
        are.
        """
        if self.is_reported:
            return False
        many = self.failures >= MANY
        begins = {About.ADDRESS: given_up, About.MESSAGE: many, About.CHANNEL: given_up or many}
        came_back = self.reported_at is not None and now - self.reported_at < _SOON
        return begins[self.about] and (not came_back or now - self.since >= _LASTING)
