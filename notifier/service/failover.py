"""Other ways for what does not get through: fallbacks, and channels that are gone."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from notifier.domain import delivery
from notifier.domain.outcomes import Outcome
from notifier.domain.troubles import MANY, Trouble
from notifier.ports import Ledger
from notifier.service.pacing import Paces
from notifier.service.setup import ActiveSetup

log = logging.getLogger("notifier")

_PROBE_EVERY = timedelta(seconds=20)
"""How often a channel that is down is tried; what waits for it meanwhile takes its fallback."""


class Failover:
    """Sends by another way what does not get through, and rests channels that are down."""

    def __init__(self, *, ledger: Ledger, active: ActiveSetup, paces: Paces) -> None:
        self._ledger = ledger
        self._active = active
        self._paces = paces

    def rest_channel(self, channel: str, outcome: Outcome, trouble: Trouble, now: datetime) -> None:
        """Pause a channel that asks for it or is down; what waited too long takes its fallback."""
        wait = outcome.retry_after
        if wait is not None:
            self._paces.pause(channel, min(wait, delivery.LONGEST_PAUSE))
        if trouble.failures < MANY:
            return
        if wait is None or wait < _PROBE_EVERY:
            self._paces.pause(channel, _PROBE_EVERY)
        self.fall_back(channel, now)

    def fall_back(self, channel: str, now: datetime) -> tuple[int, datetime | None]:
        """Send what has waited too long for `channel` by its fallback, too.

        Return how many deliveries that made, and when the next will have waited too long.
        """
        recipients = self._active.setup.recipients
        fallbacks = {
            name: recipient.fallback for name, recipient in recipients.items() if recipient.fallback
        }
        if not fallbacks:
            return 0, None
        return self._ledger.fallbacks.queue_overdue(channel, fallbacks, now)

    def reroute(self, now: datetime) -> None:
        """Send what waits for channels that are gone on its recipients' channels of today."""
        setup = self._active.setup
        moved = self._ledger.fallbacks.reroute(list(setup.channels), setup.routes(), now)
        if moved:
            log.warning(
                "%d deliveries waited for channels that are gone: sent on those of today", moved
            )
