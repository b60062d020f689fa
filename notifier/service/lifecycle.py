"""The begin of the daemon's work, a change of its settings, and its end."""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta

from notifier.channels.heartbeat import Beat
from notifier.errors import NotifierError
from notifier.ports import Ledger
from notifier.service.failover import Failover
from notifier.service.inbox_watch import InboxWatch
from notifier.service.proof_of_life import ProofOfLife
from notifier.service.remembered import LAST_BEAT
from notifier.service.replanning import Planning
from notifier.service.setup import ActiveSetup, Setup
from notifier.service.trouble_alerts import TroubleAlerts

log = logging.getLogger("notifier")

_BEFORE_BEAT = timedelta(minutes=1)
"""How long before its last beat a daemon may have recorded a loss without telling of it."""


class Lifecycle:
    """Begins the daemon's work, changes what it works by, and ends it."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        active: ActiveSetup,
        planning: Planning,
        failover: Failover,
        inbox: InboxWatch,
        trouble_alerts: TroubleAlerts,
        proof: ProofOfLife,
        ending: threading.Event,
    ) -> None:
        self._ledger = ledger
        self._active = active
        self._planning = planning
        self._failover = failover
        self._inbox = inbox
        self._trouble_alerts = trouble_alerts
        self._proof = proof
        self._ending = ending

    def start(self, now: datetime) -> None:
        """Take up the work where the last daemon left it, before any step is called."""
        self._proof.ping(Beat.START, now)
        repeated = self._ledger.retries.recover(now)
        if repeated:
            log.warning(
                "%d deliveries were under way at the last end: sent again as possible repeats",
                repeated,
            )
        beat = self._ledger.memory.get(LAST_BEAT)
        if beat is not None:
            since = datetime.fromisoformat(beat) - _BEFORE_BEAT
            self._trouble_alerts.queue_interrupted(since, now)
        self._failover.reroute(now)
        self._planning.replan_if_config_changed(now)
        self._planning.replan(now)
        self._inbox.open()

    def log_ready(self) -> None:
        """Log that all steps are being called."""
        settings = self._active.setup.settings
        log.info("ready: ledger %s, inbox %s", self._ledger.upkeep.place, settings.inbox)

    def apply(self, setup: Setup, now: datetime) -> None:
        """Work by `setup` from now on; what cannot be done at once is done by housekeeping."""
        self._active.exchange(setup)
        try:
            self._inbox.open()
            self._failover.reroute(now)
            self._planning.replan_if_config_changed(now)
            log.info("config read again")
        except NotifierError as fault:
            log.error(
                "config read again, but not all is planned by it: tried again within a minute: %s",
                fault,
            )

    def end(self) -> None:
        """Announce the end: what it interrupts is no trouble, and no fault of a file."""
        self._ending.set()
        self._inbox.stop()
