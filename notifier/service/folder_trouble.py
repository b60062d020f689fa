"""What the log and people hear of an inbox that cannot be read."""

from __future__ import annotations

import logging
import threading
from datetime import datetime
from pathlib import Path

from notifier.service.operator_alerts import Alerts

log = logging.getLogger("notifier")


class FolderTrouble:
    """Tells when the inbox goes away and when it is back, and not at each look between."""

    def __init__(self, alerts: Alerts, ending: threading.Event) -> None:
        """`ending` is set when the daemon ends: what this interrupts is no trouble."""
        self._alerts = alerts
        self._ending = ending
        self._words = ""

    def begin(self, folder: Path, fault: Exception, now: datetime) -> None:
        """Tell that the folder cannot be read."""
        self.note(folder, str(fault))
        params = {"folder": str(folder), "words": str(fault)}
        self._alerts.send_now("inbox-trouble", params, now)

    def end(self, folder: Path, now: datetime) -> None:
        """Tell that the folder can be read again, if it was told that it could not."""
        self.note(folder, "")
        self._alerts.send_all_clear("inbox-trouble", "inbox-works", now)

    def note(self, folder: Path, words: str) -> None:
        """Log what keeps the inbox from being read; empty: nothing does any more."""
        if words != self._words and not self._ending.is_set():
            if words:
                log.error("inbox %s: %s", folder, words)
            else:
                log.info("inbox %s: it can be read again", folder)
        self._words = words
