"""Copies of the ledger, made once a day and rotated."""

from __future__ import annotations

import logging
import re
from datetime import datetime, timedelta
from pathlib import Path

from notifier.domain.times import at_shanghai, shanghai
from notifier.errors import LedgerError
from notifier.ports import Ledger
from notifier.service.operator_alerts import Alerts
from notifier.service.remembered import LAST_BACKUP
from notifier.service.setup import ActiveSetup

log = logging.getLogger("notifier")

_COPY = re.compile(r"notifier-\d{8}-\d{6}\.db")


class Backups:
    """Copies the ledger once a day, and deletes the oldest copies."""

    def __init__(self, *, ledger: Ledger, active: ActiveSetup, alerts: Alerts) -> None:
        self._ledger = ledger
        self._active = active
        self._alerts = alerts

    def back_up_if_time(self, now: datetime) -> None:
        """Copy the ledger if today's time for it has come; tell the operators if that fails."""
        backups = self._active.setup.settings.backups
        planned = at_shanghai(shanghai(now).date(), backups.at)
        if planned > now:
            planned -= timedelta(days=1)
        last = self._ledger.memory.get(LAST_BACKUP)
        if last is not None and planned <= datetime.fromisoformat(last) <= now:
            return  # a copy of tomorrow, by a clock that was ahead, does not count
        try:
            backups.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            target = backups.folder / f"notifier-{shanghai(now):%Y%m%d-%H%M%S}.db"
            self._ledger.upkeep.copy_to(target, now)
            # before the old ones are deleted: if that fails, today's copy is there all the same
            self._ledger.memory.put(LAST_BACKUP, now.isoformat())
            log.info("backup: %s written", target)
            _rotate(backups.folder, backups.keep, target.name)
        except (LedgerError, OSError) as fault:
            log.error("backup: %s", fault)
            key = f"backup:{planned.isoformat()}"
            self._alerts.queue(key, "backup-failed", {"words": str(fault)}, now)


def _rotate(folder: Path, keep: int, newest: str) -> None:
    """Delete the oldest copies that this program named.

    A name after `newest` is of a clock that was ahead: it goes first.
    """
    copies = [file for file in folder.iterdir() if _COPY.fullmatch(file.name)]
    copies.sort(key=lambda file: (file.name <= newest, file.name))
    for old in copies[:-keep]:
        old.unlink(missing_ok=True)
