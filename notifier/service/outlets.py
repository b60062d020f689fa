"""The channels in use: one thread at a time speaks to each, and each is closed in the end."""

from __future__ import annotations

import threading

from notifier.domain.drafts import Message
from notifier.domain.outcomes import Outcome, Verdict
from notifier.ports import Channel

_FREE_WITHIN = 60.0  # seconds; longer than any attempt lasts


class Outlets:
    """Hands messages to channels: one thread at a time speaks to each."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._turns: dict[str, threading.Lock] = {}
        self._used: dict[str, Channel] = {}

    def hand_over(self, channel: Channel, message: Message, address: str) -> Outcome:
        """Give `message` to `channel` when its turn comes; RETRY if another message keeps it busy.

        A channel of the same name that a reload has replaced is closed before.
        """
        turn = self._turn(channel.name)
        if not turn.acquire(timeout=_FREE_WITHIN):
            return Outcome(verdict=Verdict.RETRY, words="the channel is busy with another message")
        try:
            replaced = self._used.get(channel.name)
            if replaced is not None and replaced is not channel:
                replaced.close()
            self._used[channel.name] = channel
            return channel.send(message, address)
        finally:
            turn.release()

    def close(self, name: str) -> None:
        """Close the channel of this name, if it was used and is not busy for long."""
        turn = self._turn(name)
        if turn.acquire(timeout=_FREE_WITHIN):
            try:
                channel = self._used.pop(name, None)
                if channel is not None:
                    channel.close()
            finally:
                turn.release()

    def _turn(self, name: str) -> threading.Lock:
        with self._guard:
            return self._turns.setdefault(name, threading.Lock())
