"""One delivery of a channel: marked, put into words, handed over, recorded."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from notifier.domain.drafts import Draft, Message
from notifier.domain.jobs import Job
from notifier.domain.outcomes import About, Outcome, Verdict
from notifier.domain.presses import posts_of
from notifier.errors import LedgerError
from notifier.messages.link_blocks import without_links
from notifier.ports import Clock, Ledger
from notifier.service.composing import Composer
from notifier.service.crew import Crew
from notifier.service.failover import Failover
from notifier.service.outlets import Outlets
from notifier.service.pacing import Paces
from notifier.service.recording import Aftermath, Ended, Recorder
from notifier.service.setup import ActiveSetup, Setup
from notifier.service.steps import Again, until

log = logging.getLogger("notifier")

LEASE = timedelta(minutes=5)
"""How long an attempt may take before another may follow it."""

_Value = TypeVar("_Value")
_MAY_HAVE_ARRIVED = (Verdict.SENT, Verdict.ACCEPTED, Verdict.UNKNOWN)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tried:
    """An attempt: the delivery, what it was to say, in which words, and what became of it."""

    job: Job
    draft: Draft
    message: Message
    outcome: Outcome


class Sending:
    """Sends the deliveries of a channel, one at a time."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        active: ActiveSetup,
        clock: Clock,
        outlets: Outlets,
        paces: Paces,
        crew: Crew,
        composer: Composer,
        recorder: Recorder,
        failover: Failover,
        longest_wait: timedelta,
        on_tried: Callable[[Tried], None] | None = None,
    ) -> None:
        """`longest_wait`: the longest time between two looks for queued deliveries.

        `on_tried` is called after every attempt: `simulate` prints what it is given.
        """
        self._ledger = ledger
        self._active = active
        self._clock = clock
        self._outlets = outlets
        self._paces = paces
        self._crew = crew
        self._composer = composer
        self._recorder = recorder
        self._failover = failover
        self._longest_wait = longest_wait
        self._on_tried = on_tried
        self._unrecorded: dict[str, Ended] = {}
        self._aftermaths: dict[str, Aftermath] = {}
        self._interrupted: set[str] = set()
        self._under_way: dict[str, tuple[list[int], float]] = {}

    def step(self, channel: str, now: datetime) -> Again:
        """Try the next delivery of `channel`; a fallback may wait on another channel then."""
        again_at = self.send_next(channel, now)
        after = until(again_at, self._clock.now(), self._longest_wait)
        return Again(after=after, wake=again_at == now)

    def send_next(self, channel: str, now: datetime) -> datetime | None:
        """Try the next delivery of `channel`, if it is time.

        Return when to call again, None if nothing is queued. LedgerError while the attempt before
        cannot be recorded: nothing else is sent on this channel before that.
        """
        self._record_ended(channel)
        self._put_back_interrupted(channel)
        setup = self._active.setup
        if channel not in setup.channels:
            self._outlets.close(channel)
            return None
        if self._crew.stands_aside:
            return None
        wait = self._wait(channel, now)
        if wait is not None:
            made, next_at = self._failover.fall_back(channel, now)
            ready = now + wait
            return now if made else min(ready, next_at or ready)
        limit = self._paces.limit(channel)
        with self._noting_interruption(channel):
            job = self._ledger.outbox.begin(channel, now, LEASE, setup.voices, limit)
            if job is None:
                return self._ledger.outbox.next_try(channel)
            self._under_way[channel] = ([each.id for each in job.together], self._clock.steady())
            try:
                self._send(job, setup, now)
            finally:
                del self._under_way[channel]
        return now

    @contextmanager
    def _noting_interruption(self, channel: str) -> Iterator[None]:
        """Note that a LedgerError came before anything was handed over.

        The ledger may hold it for under way all the same, until its lease is over.
        """
        try:
            yield
        except LedgerError:
            if channel not in self._unrecorded and channel not in self._aftermaths:
                self._interrupted.add(channel)
            raise

    def _put_back_interrupted(self, channel: str) -> None:
        """Let what was begun and never handed over be tried again at once."""
        if channel in self._interrupted:
            count = self._ledger.outbox.put_back_unsent(channel)
            self._interrupted.discard(channel)
            if count:
                log.info("%s: %d deliveries were begun and not sent: begun again", channel, count)

    def _wait(self, channel: str, now: datetime) -> timedelta | None:
        """Return how long a channel has to wait, None if it has not to.

        Its pace is this node's own, and the one that all nodes keep together.
        """
        wait = self._paces.wait(channel)
        limit = self._paces.limit(channel)
        if wait is not None or limit is None:
            return wait
        ready = self._ledger.outbox.ready_at(channel, limit, now)
        return ready - now if ready > now else None

    def channels(self) -> tuple[str, ...]:
        """Return the channels of the config, and those with an attempt that is not yet recorded."""
        names = [*self._active.setup.channels, *self._unrecorded, *self._aftermaths]
        return tuple(dict.fromkeys(names))

    def close(self, channel: str) -> None:
        """Let go of a channel's sockets, when it is gone or the daemon ends."""
        self._outlets.close(channel)

    @property
    def has_unrecorded(self) -> bool:
        """Whether an attempt is over and not yet in the ledger."""
        return bool(self._unrecorded)

    def under_way(self) -> list[int]:
        """Return the deliveries that this process is busy with, whatever the wall clock says."""
        since = self._clock.steady() - LEASE.total_seconds()
        under_way = list(self._under_way.values())  # other channels' threads add to it meanwhile
        fresh = [numbers for numbers, begun in under_way if begun > since]
        return [number for numbers in fresh for number in numbers]

    # -- one delivery -----------------------------------------------------------------------------

    def _send(self, whole: Job, setup: Setup, now: datetime) -> None:
        job = whole
        channel = setup.channels[job.channel]
        try:
            composed = self._composer.compose(whole, setup, now)
            if composed is None:
                return
            job, draft = composed
            message = setup.renderer.render(draft, channel.form)
        except LedgerError:
            raise
        except Exception as fault:
            log.exception("delivery %d: an error in the program", job.id)
            words = f"an error in the program: {type(fault).__name__}"
            outcome = Outcome(verdict=Verdict.RETRY, words=words, about=About.MESSAGE)
            self._unrecorded[job.channel] = Ended(job=job, outcome=outcome, at=now)
            self._record_ended(job.channel)
            return
        if self._ledger.outbox.is_answered(job, now):
            # somebody was faster than the words: they are put together once more
            self._ledger.outbox.put_back(job.together)
            return
        if self._ledger.outbox.is_overtaken(job):
            log.warning("delivery %d: another node has taken it over: not sent here", job.id)
            return
        outcome = self._outlets.hand_over(channel, message, job.address)
        self._paces.note_sent(job.channel)
        text = _text_to_keep(message, setup) if outcome.verdict in _MAY_HAVE_ARRIVED else ""
        at = self._clock.now()
        posts = posts_of(job.channel, message, outcome, at)
        ended = Ended(job=job, outcome=outcome, at=at, text=text, posts=posts)
        self._unrecorded[job.channel] = ended
        self._record_ended(job.channel)
        if self._on_tried is not None:
            self._on_tried(Tried(job=job, draft=draft, message=message, outcome=outcome))

    def _record_ended(self, channel: str) -> None:
        """Record the attempt that is over, then do what follows from it.

        LedgerError leaves the rest for the next call: what was sent is not forgotten while the disk
        is full. After an error in the program nothing is left: it would come again each time.
        """
        if channel in self._unrecorded:
            with _kept_by_ledger_error(self._unrecorded, channel) as ended:
                aftermath = self._recorder.record(ended)
            if aftermath is not None:
                self._aftermaths[channel] = aftermath
        if channel in self._aftermaths:
            with _kept_by_ledger_error(self._aftermaths, channel) as following:
                self._recorder.follow(following)


@contextmanager
def _kept_by_ledger_error(waiting: dict[str, _Value], channel: str) -> Iterator[_Value]:
    """Yield what waits for `channel`; it waits no longer, unless a LedgerError ends the block."""
    value = waiting.pop(channel)
    try:
        yield value
    except LedgerError:
        waiting[channel] = value
        raise


def _text_to_keep(message: Message, setup: Setup) -> str:
    """Return what `history` may show of a message: no link that answers for somebody, no secret."""
    text = without_links(message.text)
    for secret in setup.settings.secrets:
        text = text.replace(secret, "****")
    return text
