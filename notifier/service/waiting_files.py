"""The inbox of a node that does not lead, whose files nobody reads unless the leader sees them."""

from __future__ import annotations

import hashlib
import logging
from datetime import datetime
from pathlib import Path

from notifier.errors import IntakeError
from notifier.intake.inbox import Inbox, Seen
from notifier.ports import Clock, Ledger
from notifier.service.file_records import readable_name
from notifier.service.operator_alerts import Alerts
from notifier.service.setup import ActiveSetup

log = logging.getLogger("notifier")

_PATIENCE = 60.0  # seconds; the leader reads what it sees long before


class WaitingFiles:
    """Tells the operators of files that wait in this node's inbox while another node leads."""

    def __init__(
        self, *, ledger: Ledger, active: ActiveSetup, alerts: Alerts, clock: Clock
    ) -> None:
        self._ledger = ledger
        self._active = active
        self._alerts = alerts
        self._clock = clock
        self._inbox = Inbox(folder=Path())
        self._since: dict[str, float] = {}

    def look(self, now: datetime) -> None:
        """Look into the inbox; tell of what nobody has read for a minute, once a file."""
        folder = self._active.setup.settings.inbox
        if self._inbox.folder != folder:
            self._inbox = Inbox(folder=folder)
        try:
            unread = [seen for seen in self._inbox.look() if not self._was_read(seen)]
        except OSError as fault:
            log.warning("inbox %s: %s", folder, fault)
            return
        present = self._clock.steady()
        self._since = {seen.name: self._since.get(seen.name, present) for seen in unread}
        for seen in unread:
            if present - self._since[seen.name] >= _PATIENCE:
                name = readable_name(seen.name)
                log.warning("%s waits in %s, where no node that leads looks", name, folder)
                key = f"file-waits:{folder}:{name}:{seen.stamp.changed_ns}"
                params = {"file": name, "folder": str(folder)}
                self._alerts.queue(key, "file-waits", params, now)
                self._inbox.done(seen, "")

    def _was_read(self, seen: Seen) -> bool:
        """Return whether the ledger knows these bytes by that name, from whichever folder."""
        known = self._ledger.files.get(readable_name(seen.name))
        if known is None or seen.trouble:
            return False
        stamp = seen.stamp
        if (known.size, known.mtime_ns) != (stamp.size, stamp.changed_ns):
            try:
                data = self._inbox.bytes_of(seen, self._active.setup.settings.limits)
            except (IntakeError, OSError):
                return False
            if data is None or hashlib.sha256(data).hexdigest() != known.sha256:
                return False
        self._inbox.done(seen, known.sha256)
        return True
