"""Digests: each recipient's is queued when its time has come, once, and only if it is news."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta

from notifier.domain import digests
from notifier.domain.digests import DigestContents
from notifier.domain.drafts import DraftKind
from notifier.domain.recipients import DigestTime, Recipient
from notifier.domain.times import shanghai
from notifier.ports import Ledger
from notifier.service.operator_alerts import content_mark
from notifier.service.setup import ActiveSetup

log = logging.getLogger("notifier")

_NEWS = timedelta(days=1)  # how long a parcel is marked as new or changed in a digest


class DigestPosts:
    """Queues each recipient's digest when its time has come, once, and only if it is news."""

    def __init__(self, *, ledger: Ledger, active: ActiveSetup) -> None:
        self._ledger = ledger
        self._active = active
        self._decided: dict[str, date] = {}

    def queue_due(self, now: datetime) -> datetime | None:
        """Queue the digests whose time has come; return when the next is due, None if none is."""
        setup = self._active.setup
        calendar = setup.settings.calendar
        ahead = []
        for recipient in setup.recipients.values():
            if recipient.digest is None:
                continue
            day = digests.due_digest(recipient.digest, now, calendar)
            if day is not None and self._decided.get(recipient.name) != day:
                self._queue(recipient, recipient.digest, day, now)
                self._decided[recipient.name] = day
            following = digests.next_digest(recipient.digest, now, calendar)
            if following is not None:
                ahead.append(following)
        return min(ahead, default=None)

    def _queue(self, recipient: Recipient, digest: DigestTime, day: date, now: datetime) -> None:
        """Queue a digest, unless it is empty or says what the last digest did."""
        key = f"{recipient.name}:digest:{day}"
        if self._ledger.bulletins.was_posted(key):
            return
        contents = self.contents(recipient, now)
        if not contents.marks and not digest.empty:
            return
        last = None if digest.unchanged else self._ledger.bulletins.last_digest(recipient.name)
        if not digests.is_news(contents.marks, last, now):
            log.info("digest of %s: nothing new since the last one, not sent", recipient.name)
            return
        self._ledger.bulletins.post(
            recipient.name,
            DraftKind.DIGEST,
            recipient.channels,
            key=key,
            body={"marks": list(contents.marks)},
            now=now,
            keep_for=digests.late(digest),
            content=content_mark((contents.items, contents.uncovered, digest.ahead_days)),
        )

    def contents(self, recipient: Recipient, now: datetime) -> DigestContents:
        """Return what a recipient's digest says at `now`."""
        if recipient.digest is None:
            return DigestContents()
        until = now + timedelta(days=recipient.digest.ahead_days)
        lines = self._ledger.views.agenda(now, until, news_since=now - _NEWS)
        planner = self._active.setup.planner
        return digests.contents_for(
            recipient, lines, now, lambda offer: planner.is_uncovered(offer, now)
        )

    def days_off(self, recipient: Recipient, now: datetime) -> frozenset[date]:
        """Return the days off that the picture of a recipient's digest shows."""
        ahead = recipient.digest.ahead_days if recipient.digest is not None else 0
        calendar = self._active.setup.settings.calendar
        today = shanghai(now).date()
        days = [today + timedelta(days=number) for number in range(ahead + 1)]
        return frozenset(day for day in days if not calendar.is_working(day))
