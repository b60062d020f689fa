"""Sets messages right that arrived: what they tell was answered elsewhere, or has changed."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from notifier.domain.answer_links import short_key
from notifier.domain.drafts import Button
from notifier.domain.presses import Post, relabelled, row_labels
from notifier.errors import ChannelError, ConfigError
from notifier.ports import Clock, Ledger, Replies
from notifier.service.answer_desk import answer_key
from notifier.service.listening import accounts_of
from notifier.service.press_desk import PressDesk
from notifier.service.setup import ActiveSetup
from notifier.service.steps import Again

log = logging.getLogger("notifier")

_LOOKS = timedelta(seconds=5)
_APART = timedelta(seconds=3)
"""Between two corrections of an account: its pace is for what is new."""

_AT_ONCE = timedelta(0)
_NEWS_FIRST = timedelta(seconds=2)
_RESTS = timedelta(minutes=1)
_AGAIN = (timedelta(minutes=1), timedelta(minutes=10))  # after the first and the second failure
_MOST_CHECKED = 50  # of which nothing is to be corrected, in one call


class Corrections:
    """Let the buttons below a message say what stands: done by whom, moved to when, suspended.

    Only buttons are exchanged, never the words, and nothing is sent anew. Whatever waits to be sent
    by the same account goes first.
    """

    def __init__(self, *, ledger: Ledger, active: ActiveSetup, clock: Clock) -> None:
        self._ledger = ledger
        self._active = active
        self._clock = clock
        self._desk = PressDesk(ledger, active)

    def step(self, account: str, now: datetime) -> Again:
        """Set the next message of an account right, if there is one and nothing else waits."""
        replies = accounts_of(self._active.setup).get(account)
        if replies is None:
            return Again(after=_LOOKS)
        try:
            return self._set_next_right(replies, now)
        except ConfigError as fault:  # it is not known any more which buttons are whose
            log.error("no message is set right: %s", fault)
            return Again(after=_RESTS)

    def _set_next_right(self, replies: Replies, now: datetime) -> Again:
        channels = self._channels(replies.account)
        for post in self._ledger.posts.to_check(channels, now, _MOST_CHECKED):
            rows = self._rows(post, now)
            labels = row_labels(rows)
            if labels == post.labels:
                self._ledger.posts.settle(post, labels)
                continue
            if self._is_news_waiting(channels):
                return Again(after=_NEWS_FIRST)
            return Again(after=self._correct(replies, post, rows, now))
        return Again(after=_LOOKS)

    def _correct(
        self, replies: Replies, post: Post, rows: tuple[tuple[Button, ...], ...], now: datetime
    ) -> timedelta:
        """Set a message right; return how long this account then rests."""
        try:
            replies.correct(post.place, rows)
        except ChannelError as fault:
            is_last = post.attempts >= len(_AGAIN)
            end = ", and is left as it is" if is_last else ""
            log.warning("a message was not set right%s: %s", end, fault)
            self._ledger.posts.put_off(post, None if is_last else now + _AGAIN[post.attempts])
            return _RESTS
        self._ledger.posts.settle(post, row_labels(rows))
        log.info("a message of %s was set right on %s", f"{post.at:%Y-%m-%d %H:%M}", post.channel)
        return _APART

    def _rows(self, post: Post, now: datetime) -> tuple[tuple[Button, ...], ...]:
        """Return the buttons that are to stand below a message, by what stands now."""
        key = answer_key(self._active.setup.settings.ledger.parent)
        rows = tuple(
            tuple(Button(shown.label, short_key(key, shown.link), shown.link) for shown in row)
            for row in post.rows
        )
        for button in [button for row in rows for button in row]:
            is_there = any(button in row for row in rows)
            if is_there and button.link is not None:
                rows = relabelled(rows, self._desk.standing(button.link, now))
        return rows

    def _channels(self, account: str) -> tuple[str, ...]:
        channels = self._active.setup.channels.items()
        return tuple(
            name
            for name, channel in channels
            if channel.replies is not None and channel.replies.account == account
        )

    def _is_news_waiting(self, channels: tuple[str, ...]) -> bool:
        now = self._clock.now()
        tries = [self._ledger.outbox.next_try(channel) for channel in channels]
        return any(at is not None and at <= now for at in tries)
