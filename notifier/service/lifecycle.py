"""The begin of the daemon's work, a change of its settings, and its end."""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta

from notifier.channels.heartbeat import Beat
from notifier.errors import NotifierError
from notifier.ports import Ledger
from notifier.service.crew import Crew
from notifier.service.failover import Failover
from notifier.service.inbox_watch import InboxWatch
from notifier.service.ledger_health import LedgerHealth
from notifier.service.proof_of_life import ProofOfLife
from notifier.service.remembered import LAST_BEAT
from notifier.service.replanning import Planning
from notifier.service.setup import ActiveSetup, Setup
from notifier.service.steps import Again
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
        crew: Crew,
        health: LedgerHealth,
        trouble_alerts: TroubleAlerts,
        proof: ProofOfLife,
        ending: threading.Event,
    ) -> None:
        self._ledger = ledger
        self._active = active
        self._planning = planning
        self._failover = failover
        self._inbox = inbox
        self._crew = crew
        self._health = health
        self._trouble_alerts = trouble_alerts
        self._proof = proof
        self._ending = ending
        self._has_taken_up = False
        self._lock = threading.Lock()

    def start(self, now: datetime) -> None:
        """Take up the work where the last daemon left it, before any step is called.

        Where others may be at work, only take a place among them: who leads takes up the work with
        its first step.
        """
        if self._crew.is_alone:
            self._recover(now)
            self.take_up(now)
        else:
            self._ledger.retries.mark_restored(now)
            self._crew.keep(now)

    def _recover(self, now: datetime) -> None:
        repeated = self._ledger.retries.recover(now)
        if repeated:
            log.warning(
                "%d deliveries were under way at the last end: sent again as possible repeats",
                repeated,
            )

    def take_up(self, now: datetime) -> None:
        """Take up the work, unless this node has done so since it leads."""
        with self._lock:
            if self._has_taken_up:
                return
            self._proof.ping(Beat.START, now)
            beat = self._ledger.memory.get(LAST_BEAT)
            if beat is not None:
                since = datetime.fromisoformat(beat) - _BEFORE_BEAT
                self._trouble_alerts.queue_interrupted(since, now)
            self._failover.reroute(now)
            self._planning.replan_if_config_changed(now)
            self._planning.replan(now)
            self._inbox.open()
            self._has_taken_up = True

    def keep_place(self, now: datetime) -> Again:
        """Keep this node's place among the others, as `Crew.step` says."""
        again = self._crew.step(now)
        if not self._crew.leads:
            self._has_taken_up = False
            self._health.note_dispatched()  # to send for who leads is all there is to do
        return again

    def log_ready(self) -> None:
        """Log that all steps are being called."""
        settings = self._active.setup.settings
        log.info("ready: ledger %s, inbox %s", self._ledger.upkeep.place, settings.inbox)

    def apply(self, setup: Setup, now: datetime) -> None:
        """Work by `setup` from now on; what cannot be done at once is done by housekeeping."""
        self._active.exchange(setup)
        try:
            if self._crew.leads:
                with self._crew.leading():
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

    def leave(self) -> None:
        """Tell other nodes that nothing is under way here any more."""
        try:
            self._crew.leave()
        except NotifierError as fault:
            log.warning("the other nodes notice the end of this one by themselves: %s", fault)
