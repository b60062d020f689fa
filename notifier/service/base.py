"""What all steps share: the parts they work with, and how something is said aloud."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

from notifier.config import Settings
from notifier.domain.drafts import Draft, DraftKind, Message
from notifier.domain.jobs import Job
from notifier.domain.outcomes import Outcome, Verdict
from notifier.domain.pace import Pace
from notifier.domain.plain import Plain
from notifier.domain.planning import Planner
from notifier.domain.recipients import OPERATORS, Recipient, Route
from notifier.errors import LedgerError
from notifier.messages.render import Renderer
from notifier.ports import Channel, Clock, Ledger

log = logging.getLogger("notifier")

_ALERT_KEPT = timedelta(days=7)
_CRY_AGAIN = 3600.0  # seconds
_CRY_ON = 60.0  # seconds, while nobody can be reached
CLOCK_TRUSTED_AFTER = 3600.0
"""Seconds for which nobody may have set the clock, before anything is deleted for its age."""

LEASE = timedelta(minutes=5)
"""How long an attempt may take before another may follow it."""

_CHANNEL_FREE = 60.0  # seconds; longer than any attempt lasts


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """What follows from the config; exchanged as one, so that no step sees half of two configs."""

    settings: Settings
    renderer: Renderer
    channels: Mapping[str, Channel]
    recipients: Mapping[str, Recipient]
    planner: Planner


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """An attempt that is over, and at the time `at` not yet in the ledger."""

    job: Job
    outcome: Outcome
    at: datetime


class Steps:
    def __init__(
        self, *, ledger: Ledger, renderer: Renderer, channels: Mapping[str, Channel], settings: Settings, clock: Clock
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._planning = threading.Lock()
        self._paces: dict[str, Pace] = {}
        self._turns: dict[str, threading.Lock] = {}
        self._ended: dict[str, Ended] = {}
        self._known_recipients: set[str] = set()
        self._away_since: dict[str, float] = {}
        self._under_way: dict[str, tuple[list[int], float]] = {}
        self._clock_trusted_from = clock.steady() + CLOCK_TRUSTED_AFTER
        self._cried: dict[str, float] = {}
        self.adopt(settings, renderer, channels)

    def adopt(self, settings: Settings, renderer: Renderer, channels: Mapping[str, Channel]) -> None:
        """Work by these settings from now on."""
        recipients = {recipient.name: recipient for recipient in settings.recipients}
        if settings.operators is not None:
            recipients[OPERATORS] = settings.operators
        for name in channels:
            # a channel that stays keeps its pace: a reload in the middle of a burst must not break its limit
            pace = self._paces.setdefault(name, Pace())
            pace.per_minute = settings.channels[name].per_minute
            pace.apart = settings.channels[name].seconds_apart
            self._turns.setdefault(name, threading.Lock())
        self._voices = {name: _voice(recipient) for name, recipient in recipients.items()}
        self._parts = Parts(
            settings=settings,
            renderer=renderer,
            channels=dict(channels),
            recipients=recipients,
            planner=Planner(recipients=settings.recipients, calendar=settings.calendar, group_wait=settings.group_wait),
        )

    def _away(self, parts: Parts) -> set[str]:
        """Who has been planned for and is not in the config of `parts`, at the moment or for good."""
        return self._known_recipients - parts.recipients.keys()

    def _hand_over(self, channel: Channel, message: Message, address: str) -> Outcome:
        """One thread at a time speaks to a channel."""
        turn = self._turns[channel.name]
        if not turn.acquire(timeout=_CHANNEL_FREE):
            return Outcome(verdict=Verdict.RETRY, words="the channel is busy with another message")
        try:
            return channel.send(message, address)
        finally:
            turn.release()

    # -- said aloud -------------------------------------------------------------------------------

    def _tell_operators(self, key: str, alert: str, params: Mapping[str, str], now: datetime, but: str = "") -> None:
        """Queue an alert, once for each `key`; not on the channel or by the route `but`, if there is another."""
        operators = self._parts.recipients.get(OPERATORS)
        if operators is not None:
            self._post_alert(operators, key, alert, params, now, but=but)

    def _post_alert(
        self, to: Recipient, key: str, alert: str, params: Mapping[str, str], now: datetime, but: str = ""
    ) -> None:
        routes = tuple(route for route in to.channels if but not in (route.channel, str(route))) or to.channels
        body: Plain = {"alert": alert, "params": dict(params)}
        content = content_mark((alert, sorted(params.items())))
        try:
            self._ledger.bulletins.post(
                to.name,
                DraftKind.ALERT,
                routes,
                key=f"{to.name}:{key}",
                body=body,
                now=now,
                keep_for=_ALERT_KEPT,
                content=content,
            )
        except LedgerError as fault:
            log.error("alert to %s not queued: %s", to.name, fault)

    def cry(self, alert: str, params: Mapping[str, str], now: datetime) -> bool:
        """Tell the operators, or everyone if there are none, at once and without the ledger; at most once an hour
        for each `alert`. Whether they were told now."""
        if self._clock.steady() < self._cried.get(alert, 0.0):
            return False
        heard = False
        parts = self._parts
        operators = parts.settings.operators
        reached: set[tuple[Route, str]] = set()
        for to in parts.settings.recipients if operators is None else (operators,):
            routes = [route for route in to.channels if (route, to.language) not in reached]
            said = say_at_once(
                to,
                alert,
                params,
                renderer=parts.renderer,
                channels=parts.channels,
                routes=routes,
                now=now,
                hand_over=self._hand_over,
            )
            for route, outcome in said:
                log.warning("%s said to %s on %s: %s %s", alert, to.name, route, outcome.verdict.value, outcome.words)
                if outcome.has_arrived or outcome.verdict is Verdict.UNKNOWN:
                    heard = True
                    reached.add((route, to.language))
        self._cried[alert] = self._clock.steady() + (_CRY_AGAIN if heard else _CRY_ON)
        return True

    def calm(self, alert: str, then: str, now: datetime) -> None:
        """What was cried as `alert` is over: say `then`, once."""
        if self._cried.pop(alert, None) is not None:
            self._cried.pop(then, None)
            self.cry(then, {}, now)


def say_at_once(
    to: Recipient,
    alert: str,
    params: Mapping[str, str],
    *,
    renderer: Renderer,
    channels: Mapping[str, Channel],
    routes: Sequence[Route],
    now: datetime,
    hand_over: Callable[[Channel, Message, str], Outcome] | None = None,
) -> list[tuple[Route, Outcome]]:
    """Send an alert now, without the ledger; what became of it on each of `routes` that can be used.

    `hand_over` gives a message to a channel that other threads use, too.
    """
    draft = Draft(
        recipient=to.name, kind=DraftKind.ALERT, items=(), now=now, language=to.language, urgent=True, alert=alert,
        params=params,
    )  # fmt: skip
    said = []
    for route in routes:
        channel = channels.get(route.channel)
        if channel is not None:
            message = renderer.render(draft, channel.form)
            send = hand_over or _send
            said.append((route, send(channel, message, route.address)))
    return said


def content_mark(value: object) -> str:
    """The same for what is told alike."""
    return blake2b(repr(value).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _voice(recipient: Recipient) -> str:
    """How a recipient is spoken to: of those alike, who is told the same is told it in the same words."""
    notes = [(str(rule.milestone), rule.note) for rule in recipient.rules if rule.note]
    return repr((recipient.language, notes))


def _send(channel: Channel, message: Message, address: str) -> Outcome:
    return channel.send(message, address)
