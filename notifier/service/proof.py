"""Proof of life and what is kept for a bad day: the heartbeat, the nightly copy of the ledger."""

from __future__ import annotations

import logging
import re
from datetime import datetime, timedelta
from pathlib import Path

from notifier.channels.heartbeat import Beat, ping
from notifier.domain.times import at_shanghai, shanghai
from notifier.errors import LedgerError
from notifier.service.base import LEASE, Steps
from notifier.service.remembered import LAST_BACKUP, LAST_BEAT, LAST_PROOF

log = logging.getLogger("notifier")

_CHECK_EVERY = 1800.0  # seconds
_COPY = re.compile(r"notifier-\d{8}-\d{6}\.db")


class ProofSteps(Steps):
    _checked: float | None = None

    def housekeeping(self, now: datetime) -> None:
        """What may be done at any time and must be done some time. LedgerError if it cannot be."""
        self._ledger.memory.put(LAST_BEAT, now.isoformat())
        self._check_if_time(now)
        if not self._ended:
            self._ledger.retries.recover_expired_leases(now, but=self._fresh())
        if self._clock.steady() >= self._clock_trusted_from:
            self._ledger.upkeep.forget_old(now)
        self._back_up_if_time(now)

    def _fresh(self) -> list[int]:
        """The deliveries that this process is busy with, whatever the wall clock says of their leases."""
        since = self._clock.steady() - LEASE.total_seconds()
        return [number for numbers, begun in self._under_way.values() if begun > since for number in numbers]

    def _check_if_time(self, now: datetime) -> None:
        """A ledger whose file is damaged goes on working from memory for a while: say so while it does."""
        steady = self._clock.steady()
        if self._checked is not None and steady < self._checked + _CHECK_EVERY:
            return
        self._checked = steady
        if words := self._ledger.upkeep.damage():
            log.error("%s is damaged: %s", self._ledger.upkeep.place, words)
            self.cry("ledger-damaged", {"words": words}, now)

    def prove_life(self, beat: Beat, now: datetime) -> None:
        """Ping the heartbeat URL, if there is one; what became of it is seen in `status` and `check`."""
        url = self._parts.settings.heartbeat_url
        if url is None:
            return
        words = ping(url.get_secret_value(), beat)
        if words:
            log.warning("heartbeat: %s", words)
        try:
            self._ledger.memory.put(LAST_PROOF, f"{now.isoformat()} {words or 'ok'}")
        except LedgerError as fault:
            log.error("heartbeat: %s", fault)

    def _back_up_if_time(self, now: datetime) -> None:
        backups = self._parts.settings.backups
        planned = at_shanghai(shanghai(now).date(), backups.at)
        if planned > now:
            planned -= timedelta(days=1)
        last = self._ledger.memory.get(LAST_BACKUP)
        if last is not None and planned <= datetime.fromisoformat(last) <= now:  # none was made tomorrow
            return
        try:
            backups.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            target = backups.folder / f"notifier-{shanghai(now):%Y%m%d-%H%M%S}.db"
            self._ledger.upkeep.copy_to(target, now)
            _rotate(backups.folder, backups.keep, target.name)
        except (LedgerError, OSError) as fault:
            log.error("backup: %s", fault)
            self._tell_operators(f"backup:{planned.isoformat()}", "backup-failed", {"words": str(fault)}, now)
            return
        self._ledger.memory.put(LAST_BACKUP, now.isoformat())
        log.info("backup: %s written", target)


def _rotate(folder: Path, keep: int, newest: str) -> None:
    """Only what this program named is ever deleted. A name after `newest` is of a clock that was ahead: it goes
    first."""
    copies = [file for file in folder.iterdir() if _COPY.fullmatch(file.name)]
    copies.sort(key=lambda file: (file.name <= newest, file.name))
    for old in copies[:-keep]:
        old.unlink(missing_ok=True)
