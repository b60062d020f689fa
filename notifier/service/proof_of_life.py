"""The heartbeat: a ping that tells somebody else that this machine lives."""

from __future__ import annotations

import logging
from datetime import datetime

from notifier.channels.heartbeat import Beat, ping
from notifier.errors import LedgerError
from notifier.ports import Ledger
from notifier.service.ledger_health import LedgerHealth
from notifier.service.remembered import LAST_PROOF
from notifier.service.setup import ActiveSetup
from notifier.service.steps import Again

log = logging.getLogger("notifier")


class ProofOfLife:
    """Pings the heartbeat URL, which tells somebody else that this machine lives."""

    def __init__(self, *, ledger: Ledger, active: ActiveSetup, health: LedgerHealth) -> None:
        self._ledger = ledger
        self._active = active
        self._health = health

    def step(self, now: datetime) -> Again:
        """Ping: success while what is due is looked for, else failure."""
        self.ping(Beat.SUCCESS if self._health.is_alive else Beat.FAIL, now)
        return Again(after=self._active.setup.settings.heartbeat_every)

    def ping(self, beat: Beat, now: datetime) -> None:
        """Ping the heartbeat URL, if there is one; `status` and `check` show what became of it."""
        url = self._active.setup.settings.heartbeat_url
        if url is None:
            return
        words = ping(url.get_secret_value(), beat)
        if words:
            log.warning("heartbeat: %s", words)
        try:
            self._ledger.memory.put(LAST_PROOF, f"{now.isoformat()} {words or 'ok'}")
        except LedgerError as fault:
            log.error("heartbeat: %s", fault)
