"""Alerts: what is wrong is told to the operators, through the ledger or at once without it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b

from notifier.domain.drafts import Draft, DraftKind, Message
from notifier.domain.outcomes import Outcome, Verdict
from notifier.domain.plain import Plain
from notifier.domain.recipients import OPERATORS, Recipient, Route
from notifier.messages.render import Renderer
from notifier.ports import Channel, Clock, Ledger
from notifier.service.outlets import Outlets
from notifier.service.setup import ActiveSetup

log = logging.getLogger("notifier")

_KEPT_FOR = timedelta(days=7)
_AGAIN_AFTER = 3600.0  # seconds
_AGAIN_IF_UNHEARD = 60.0  # seconds, while nobody can be reached


class Alerts:
    """Tells operators, or one recipient, what is wrong: by the ledger, or at once without it."""

    def __init__(
        self, *, ledger: Ledger, active: ActiveSetup, outlets: Outlets, clock: Clock
    ) -> None:
        self._ledger = ledger
        self._active = active
        self._outlets = outlets
        self._clock = clock
        self._not_before: dict[str, float] = {}
        self._lock = threading.Lock()  # of `_not_before`: any step may send an alert

    def queue(
        self, key: str, alert: str, params: Mapping[str, str], now: datetime, avoid: str = ""
    ) -> None:
        """Queue an alert to the operators, once for each `key`.

        `avoid` names a channel or a route that is not used if there is another. LedgerError: it is
        not queued; whoever notes that people were told must not do so then.
        """
        operators = self._active.setup.recipients.get(OPERATORS)
        if operators is not None:
            self.queue_for(operators, key, alert, params, now, avoid)

    def queue_for(
        self,
        recipient: Recipient,
        key: str,
        alert: str,
        params: Mapping[str, str],
        now: datetime,
        avoid: str = "",
    ) -> None:
        """Queue an alert to one recipient, as `queue`."""
        others = [route for route in recipient.channels if avoid not in (route.channel, str(route))]
        body: Plain = {"alert": alert, "params": dict(params)}
        self._ledger.bulletins.post(
            recipient.name,
            DraftKind.ALERT,
            tuple(others) or recipient.channels,
            key=f"{recipient.name}:{key}",
            body=body,
            now=now,
            keep_for=_KEPT_FOR,
            content=content_mark((alert, sorted(params.items()))),
        )

    def queue_event(
        self, hook: Recipient, key: str, params: Mapping[str, str], now: datetime
    ) -> None:
        """Queue the event that `key` names before its colon to a program, once for each `key`."""
        name = key.partition(":")[0]
        own_key = f"{hook.name}:{key}"
        event: Plain = {"id": content_mark(own_key), "event": name, **params}
        self._ledger.bulletins.post(
            hook.name,
            DraftKind.ALERT,
            hook.channels,
            key=own_key,
            body={"alert": name, "params": dict(params), "events": [event]},
            now=now,
            keep_for=_KEPT_FOR,
        )

    def send_now(self, alert: str, params: Mapping[str, str], now: datetime) -> bool:
        """Send an alert at once, without the ledger: to the operators, else to everyone.

        Each `alert` is sent at most once an hour, once a minute while it reaches nobody. Return
        whether it was sent now.
        """
        with self._lock:
            present = self._clock.steady()
            if present < self._not_before.get(alert, 0.0):
                return False
            # before it is sent: another step may have the same to say meanwhile
            self._not_before[alert] = present + _AGAIN_IF_UNHEARD
        setup = self._active.setup
        operators = setup.settings.operators
        heard = False
        reached: set[tuple[Route, str]] = set()
        for recipient in setup.settings.recipients if operators is None else (operators,):
            routes = [
                route for route in recipient.channels if (route, recipient.language) not in reached
            ]
            outcomes = send_alert(
                recipient,
                alert,
                params,
                renderer=setup.renderer,
                channels=setup.channels,
                routes=routes,
                now=now,
                hand_over=self._outlets.hand_over,
            )
            for route, outcome in outcomes:
                log.warning(
                    "alert %s to %s on %s: %s %s",
                    alert,
                    recipient.name,
                    route,
                    outcome.verdict.value,
                    outcome.words,
                )
                if outcome.has_arrived or outcome.verdict is Verdict.UNKNOWN:
                    heard = True
                    reached.add((route, recipient.language))
        wait = _AGAIN_AFTER if heard else _AGAIN_IF_UNHEARD
        with self._lock:
            self._not_before[alert] = self._clock.steady() + wait
        return True

    def send_all_clear(self, alert: str, all_clear: str, now: datetime) -> None:
        """Send `all_clear` once, if `alert` was sent by `send_now` before."""
        with self._lock:
            was_sent = self._not_before.pop(alert, None) is not None
            if was_sent:
                self._not_before.pop(all_clear, None)
        if was_sent:
            self.send_now(all_clear, {}, now)


def send_alert(
    recipient: Recipient,
    alert: str,
    params: Mapping[str, str],
    *,
    renderer: Renderer,
    channels: Mapping[str, Channel],
    routes: Sequence[Route],
    now: datetime,
    hand_over: Callable[[Channel, Message, str], Outcome] | None = None,
) -> list[tuple[Route, Outcome]]:
    """Send an alert now, without the ledger; return the outcome on each route that can be used.

    `hand_over` gives a message to a channel that other threads use, too.
    """
    draft = Draft(
        recipient=recipient.name,
        kind=DraftKind.ALERT,
        items=(),
        now=now,
        language=recipient.language,
        urgent=True,
        alert=alert,
        params=params,
    )
    send = hand_over or _send
    outcomes = []
    for route in routes:
        channel = channels.get(route.channel)
        if channel is not None:
            message = renderer.render(draft, channel.form)
            outcomes.append((route, send(channel, message, route.address)))
    return outcomes


def content_mark(value: object) -> str:
    """Return the same mark for messages that say the same."""
    words = repr(value).encode("utf-8", "surrogatepass")
    return blake2b(words, digest_size=16).hexdigest()


def _send(channel: Channel, message: Message, address: str) -> Outcome:
    return channel.send(message, address)
