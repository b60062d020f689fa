"""The place of this daemon among those that work on the same ledger: one leads, all send."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import NamedTuple

from notifier import __version__
from notifier.config import plan_fingerprint, setting_marks
from notifier.domain.nodes import TERM, Glance, Node, differing, objection
from notifier.errors import ConfigError, LedgerHeld
from notifier.ports import Clock, Ledger
from notifier.service.answer_desk import answer_key
from notifier.service.operator_alerts import Alerts
from notifier.service.setup import ActiveSetup, Setup
from notifier.service.steps import Again

log = logging.getLogger("notifier")

_EVERY = timedelta(seconds=2)
_QUICK = timedelta(seconds=1)
_MOST_KEY = 64  # bytes that blake2b takes
_FOLLOWERS_WAIT = timedelta(seconds=15)  # a step is called at once when its node leads


class _Marks(NamedTuple):
    """What a node works by, as short marks: of its key of answers, and of all that it sends."""

    setup: Setup
    answers: str
    config: str


class Crew:
    """Whether this node leads, and whether it leaves the work to others.

    The leader alone reads files, plans, claims and keeps house; every node sends. A daemon that
    has its ledger for itself leads always.
    """

    def __init__(
        self, *, ledger: Ledger, active: ActiveSetup, alerts: Alerts, clock: Clock, node: str
    ) -> None:
        """`node`: the name of this daemon among the others, empty if there can be none."""
        self._ledger = ledger
        self._active = active
        self._alerts = alerts
        self._clock = clock
        self._node = node
        self._leads_until = 0.0
        self._look_again = _EVERY
        self._has_led = False
        self._present_at: tuple[datetime, float] | None = None
        self._last_answer = 0
        self._described: Setup | None = None
        self._marks: _Marks | None = None
        self._waiting_since: datetime | None = None
        self._has_untold = False
        self._objection = "it has just started" if node else ""

    @property
    def is_alone(self) -> bool:
        """Whether no other daemon can work on this ledger."""
        return not self._node

    @property
    def leads(self) -> bool:
        """Whether this node leads, as far as it knows: the ledger is asked in each transaction."""
        return self.is_alone or self._clock.steady() < self._leads_until

    @property
    def stands_aside(self) -> bool:
        """Whether this node sends nothing, because others do it better."""
        return self._objection != ""

    @property
    def has_untold(self) -> bool:
        """Whether the ledger may hold what is to be told or planned, and nobody was called for.

        A node knows it from its last beat; a daemon that has its ledger for itself looks.
        """
        return self.is_alone or self._has_untold

    def leading(self) -> AbstractContextManager[None]:
        """Let this thread write as the leader: LedgerHeld once another leads."""
        return self._ledger.nodes.leading()

    def step(self, now: datetime) -> Again:
        """Beat, lead if nobody does, and take over what gone nodes had under way.

        The others are called when there is something for them that they cannot know of.
        """
        led, stood_aside, had_untold = self.leads, self.stands_aside, self._has_untold
        taken, glance = self._keep(now)
        waiting = glance.waiting_since
        if self.leads and waiting == self._waiting_since:  # it knows already what it waits for
            waiting = None
        self._waiting_since = glance.waiting_since
        has_answer = glance.last_answer != self._last_answer
        self._last_answer = glance.last_answer
        wake = (
            taken > 0
            or (self.leads and not led)
            or (stood_aside and not self.stands_aside)
            or (waiting is not None and waiting <= self._clock.now())
            or (self.leads and (has_answer or (self._has_untold and not had_untold)))
        )
        return Again(after=self._look_again, wake=wake)

    def keep(self, now: datetime) -> int:
        """Beat, lead if nobody does, and queue again what gone nodes had under way.

        Return how many deliveries that was.
        """
        taken, _ = self._keep(now)
        return taken

    def _keep(self, now: datetime) -> tuple[int, Glance]:
        begun = self._clock.steady()
        nodes = self._ledger.nodes
        own, glance = self._beat()
        if (
            abs(glance.present - own.until + TERM) > _QUICK
        ):  # this machine slept, or a clock was set
            begun = self._clock.steady()
            own, glance = self._beat()
        present = own.until - TERM
        self._has_untold = glance.has_untold
        # a node that ends is noticed at the end of its term, not some time after
        ends = [] if glance.others_until is None else [glance.others_until - present]
        self._look_again = min([_EVERY, *ends])
        self._describe(glance)
        is_fit = own.is_right or not glance.has_other_right
        if is_fit and (glance.leads or (not glance.leader and nodes.lead(present))):
            self._leads_until = begun + TERM.total_seconds()
            self._object("")
            if glance.has_gone:
                self._report_gone(present, now)
            if glance.has_other_config:
                self._report_differing(present, now)
        else:
            self._stand_back(own, glance, is_fit=is_fit)
        if self.leads != self._has_led:
            log.info("this node leads" if self.leads else "another node leads")
        self._has_led = self.leads
        taken = self._ledger.retries.take_over(now, present) if glance.has_abandoned else 0
        if taken:
            log.warning("%d deliveries of a node that is gone: sent as possible repeats", taken)
        return taken, glance

    def _beat(self) -> tuple[Node, Glance]:
        begun = self._clock.steady()
        present = self._present()
        own = Node(
            name=self._node,
            ahead=self._clock.now() - present,
            config=self._marks_of(self._active.setup).config,
            until=present + TERM,
        )
        glance = self._ledger.nodes.beat(present, ahead=own.ahead, config=own.config)
        ended = self._clock.steady()
        is_quick = ended - begun <= _QUICK.total_seconds()
        # of an answer that was long under way nobody knows of which moment it tells: asked anew
        self._present_at = (glance.present, (begun + ended) / 2) if is_quick else None
        return own, glance

    def _stand_back(self, own: Node, glance: Glance, *, is_fit: bool) -> None:
        """Let another lead, and send for it unless something speaks against it."""
        nodes = self._ledger.nodes
        if self._has_led:
            nodes.resign()
        self._leads_until = 0.0
        if not is_fit or glance.leader_config != own.config:
            alive = nodes.alive(own.until - TERM)
            if not is_fit or any(node.leads for node in alive):
                self._object(objection(own, alive))
        else:
            self._object("")

    def _marks_of(self, setup: Setup) -> _Marks:
        """Return the marks of a setup, made once: its links go by the key that it began with."""
        if self._marks is None or self._marks.setup is not setup:
            answers = _answers_mark(setup)
            config = _config_mark(setup, answers)
            self._marks = _Marks(setup=setup, answers=answers, config=config)
        return self._marks

    def _present(self) -> datetime:
        """Return what instant it is by the database's clock, as far as the last beat told."""
        if self._present_at is None:
            return self._ledger.nodes.present()
        known, at = self._present_at
        return known + timedelta(seconds=self._clock.steady() - at)

    def _object(self, words: str) -> None:
        if words and words != self._objection:
            log.warning("this node sends nothing: %s", words)
        elif self._objection and not words:
            log.info("this node sends")
        self._objection = words

    def _describe(self, glance: Glance) -> None:
        """Note what this node works by, if that is not what the ledger knows."""
        setup = self._active.setup
        if glance.is_described and self._described is setup:
            return
        key = self._ledger.nodes.settings_key()
        answers = self._marks_of(setup).answers
        marks = setting_marks(setup.settings, key) | {"answer.key": answers}
        self._ledger.nodes.describe(__version__, marks)
        self._described = setup

    def _report_differing(self, present: datetime, now: datetime) -> None:
        """Tell the operators which settings differ, once for each set of them."""
        alive = self._ledger.nodes.alive(present)
        names = differing(alive)
        if names and all(node.settings for node in alive):
            words = ", ".join(names)
            marks = sorted({node.config for node in alive})
            params = {"settings": words, "nodes": ", ".join(node.name for node in alive)}
            self._alerts.queue(
                f"nodes-differ:{':'.join(marks)}:{words}", "nodes-differ", params, now
            )

    def _report_gone(self, present: datetime, now: datetime) -> None:
        """Tell the operators of nodes that ended without a farewell."""
        gone = self._ledger.nodes.gone(present)
        for name in gone:
            log.warning("node gone: %s", name)
            self._alerts.queue(f"node-gone:{name}", "node-gone", {"node": name}, now)
        if gone:  # only now: what could not be told is found again
            self._ledger.nodes.forget(gone)

    def duty(
        self,
        run: Callable[[datetime], Again],
        *,
        take_up: Callable[[datetime], None],
        otherwise: Callable[[datetime], None],
    ) -> Callable[[datetime], Again]:
        """Wrap a step that only the leader may do.

        `take_up` is called before it each time, `otherwise` in its place where another leads.
        """

        def run_if_leading(now: datetime) -> Again:
            if not self.leads:
                otherwise(now)
                return Again(after=_FOLLOWERS_WAIT)
            try:
                with self.leading():
                    take_up(now)
                    return run(now)
            except LedgerHeld as fault:
                log.warning("%s", fault)  # the next look at this node's place says more
                self._leads_until = 0.0
                return Again(after=_EVERY)

        return run_if_leading

    def leave(self) -> None:
        """Tell the others that this node ends."""
        if not self.is_alone:
            self._ledger.nodes.leave()


def _config_mark(setup: Setup, answers: str) -> str:
    """Return a mark that is the same for configs by which the same is sent to the same people."""
    calendar = setup.settings.calendar
    people = [
        (
            name,
            plan_fingerprint(recipient, calendar),
            recipient.language,
            recipient.channels,
            recipient.fallback,
            recipient.digest,
            recipient.mentions,
            setup.voices[name],
        )
        for name, recipient in sorted(setup.recipients.items())
    ]
    words = repr((people, sorted(setup.channels), answers))
    return blake2b(words.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _answers_mark(setup: Setup) -> str:
    """Return a mark of the key by which links and buttons are known again; empty if none are.

    What one node sent is pressed on another.
    """
    settings = setup.settings
    if not settings.has_answers:
        return ""
    try:
        key = answer_key(settings.ledger.parent)
    except ConfigError:  # the node says so, and sends neither links nor buttons
        return ""
    return blake2b(b"answers", key=key[:_MOST_KEY], digest_size=8).hexdigest()
