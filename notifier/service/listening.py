"""Listening to services in which people can answer: a step an account, which delays nothing else.

A press is done, then answered, and only then the mark after which it is listened on is kept: what a
crash interrupts is heard again, and the desk does nothing twice.
"""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta

from notifier.domain.presses import Press
from notifier.domain.times import shanghai
from notifier.errors import ChannelError, RepliesRefused
from notifier.ports import Clock, Ledger, Replies
from notifier.service.first_heard import first_heard
from notifier.service.operator_alerts import Alerts
from notifier.service.press_desk import PressDesk
from notifier.service.setup import ActiveSetup, Setup
from notifier.service.steps import Again

log = logging.getLogger("notifier")

_OFF = timedelta(minutes=1)
_FIRST_WAIT = timedelta(seconds=1)
_LONGEST_WAIT = timedelta(minutes=1)
_FAILURES_TOLD = 10  # some minutes
_REFUSALS_TOLD = 2  # the first may come of a daemon that has just ended
_MOST_ATTEMPTS = 3  # to answer a press; what it says is done by then
_AT_ONCE = timedelta(0)


class Listening:
    def __init__(
        self,
        *,
        ledger: Ledger,
        active: ActiveSetup,
        clock: Clock,
        alerts: Alerts,
        ending: threading.Event,
    ) -> None:
        self._ledger = ledger
        self._active = active
        self._clock = clock
        self._alerts = alerts
        self._ending = ending
        self._desk = PressDesk(ledger, active)
        self._failures: dict[str, int] = {}
        self._attempts: dict[str, int] = {}
        self._waiting: set[str] = set()

    def accounts(self) -> tuple[str, ...]:
        """Return the accounts to listen to; several channels may share one."""
        return tuple(accounts_of(self._active.setup))

    def is_waiting(self, account: str) -> bool:
        """Return whether the step of `account` only waits for a press."""
        return account in self._waiting

    def release(self, account: str, now: datetime) -> None:
        """Leave an account to another node, which leads now."""
        del now
        replies = accounts_of(self._active.setup).get(account)
        if replies is not None:
            replies.release()

    def step(self, account: str, now: datetime) -> Again:
        """Wait for a press and answer it. A service that fails is told of once."""
        del now  # it is over when the press comes
        replies = accounts_of(self._active.setup).get(account)
        if replies is None:
            return Again(after=_OFF)
        try:
            is_taken = self._listen(replies)
        except RepliesRefused as fault:
            return self._note_failure(replies, str(fault), _REFUSALS_TOLD)
        except ChannelError as fault:
            return self._note_failure(replies, str(fault), _FAILURES_TOLD)
        self._failures.pop(account, None)
        return Again(after=_AT_ONCE, wake=is_taken)

    def _listen(self, replies: Replies) -> bool:
        """Take the next press; return whether there was one."""
        place = f"replies:{replies.account}"
        mark = self._ledger.memory.get(f"{place}:mark") or ""
        self._waiting.add(replies.account)
        try:
            heard = replies.listen(mark)
        finally:
            self._waiting.discard(replies.account)
        if self._ending.is_set():  # the ledger may be closed at any moment: it is heard again
            return False
        if heard.press is not None:
            self._answer(replies, heard.press, place)
        if heard.mark != mark:
            self._ledger.memory.put(f"{place}:mark", heard.mark)
        return heard.press is not None

    def _answer(self, replies: Replies, press: Press, place: str) -> None:
        now = self._clock.now()
        first_at = first_heard(self._ledger, place, press.id, now)
        reaction = self._desk.take(replies, press, now, first_at)
        try:
            replies.react(press, reaction)
        except ChannelError as fault:
            attempts = self._attempts.get(replies.account, 0) + 1
            self._attempts[replies.account] = attempts
            if attempts < _MOST_ATTEMPTS:
                raise
            log.warning("a press was taken and could not be answered: %s", fault)
        self._attempts.pop(replies.account, None)

    def _note_failure(self, replies: Replies, words: str, told_at: int) -> Again:
        account = replies.account
        count = self._failures.get(account, 0) + 1
        self._failures[account] = count
        log.warning("presses are not heard: %s", words)
        if count >= told_at:  # the key has it told once a day
            now = self._clock.now()
            code = "line-closed" if replies.sends_alone else "presses-unheard"
            key = f"{code}:{account}:{shanghai(now):%Y-%m-%d}"
            self._alerts.queue(key, code, {"account": account, "words": words}, now)
        return Again(after=min(_FIRST_WAIT * 2 ** min(count - 1, 10), _LONGEST_WAIT))


def accounts_of(setup: Setup) -> dict[str, Replies]:
    """Return the way in of each account in which people answer; several channels may share one."""
    found: dict[str, Replies] = {}
    for channel in setup.channels.values():
        if channel.replies is not None:
            found.setdefault(channel.replies.account, channel.replies)
    return found
