"""Hands the files of this machine's inbox to the ledger, where the node that reads takes them."""

from __future__ import annotations

import hashlib
import logging
import os
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from notifier.domain.waiting_files import FolderFile
from notifier.errors import IntakeError
from notifier.intake.inbox import Inbox, Seen, Stamp
from notifier.ports import Ledger
from notifier.service.file_records import readable_name
from notifier.service.folder_trouble import FolderTrouble
from notifier.service.kept_inbox import KeptInbox
from notifier.service.operator_alerts import Alerts
from notifier.service.setup import ActiveSetup
from notifier.service.steps import Again

log = logging.getLogger("notifier")

_EVERY = timedelta(seconds=2)  # a file is carried when it looked the same twice


class FolderCarrier:
    """Looks into the folder of this machine; every node has one, whoever leads.

    The ledger knows how each file lay there, so that a restart carries nothing again.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        active: ActiveSetup,
        alerts: Alerts,
        trouble: FolderTrouble,
        kept: KeptInbox,
    ) -> None:
        self._ledger = ledger
        self._active = active
        self._alerts = alerts
        self._trouble = trouble
        self._kept = kept
        self._inbox: Inbox | None = None
        self._unreadable: set[str] = set()
        self._is_full = False

    @property
    def is_needed(self) -> bool:
        """Whether the ledger is one to which files are handed."""
        return self._ledger.kept_files.are_handed_over

    def step(self, now: datetime) -> Again:
        """Look into the folder; wake who reads if something of it was handed over."""
        folder = self._active.setup.settings.inbox
        carried = 0
        try:
            carried = self.look_into(folder, now)
            self._trouble.end(folder, now)
        except OSError as fault:
            self._trouble.begin(folder, fault, now)
        if carried:
            self._kept.ring()
        return Again(after=_EVERY, wake=carried > 0)

    def look_into(self, folder: Path, now: datetime) -> int:
        """Hand over what is new in `folder`; return how many files. OSError if it is away."""
        inbox = self._inbox
        if inbox is None or inbox.folder != folder:
            inbox = self._inbox = self._open(folder)
        present = inbox.look()
        if not present:
            return 0
        if not self._ledger.kept_files.has_room():
            if not self._is_full:
                log.warning("inbox %s: too much waits to be read: the rest waits here", folder)
            self._is_full = True
            return 0
        self._is_full = False
        return sum(self._carry(seen, inbox, now) for seen in present)

    def _open(self, folder: Path) -> Inbox:
        with suppress(OSError):  # the first look tells what is wrong with it
            folder.mkdir(parents=True, exist_ok=True)
        known = {
            file.name: Stamp(size=file.size, changed_ns=file.changed_ns, sha256=file.sha256)
            for file in self._ledger.kept_files.lying_in(_place(folder))
        }
        return Inbox.knowing(folder, known)

    def _carry(self, seen: Seen, inbox: Inbox, now: datetime) -> bool:
        """Hand over one file; return whether it is to be read."""
        data, trouble = b"", seen.trouble
        if not trouble:
            try:
                found = inbox.bytes_of(seen, self._active.setup.settings.limits)
            except IntakeError as fault:
                trouble = str(fault)
            except OSError as fault:
                self._tell_unreadable(seen, inbox, fault, now)
                return False
            else:
                if found is None:
                    return False  # half a copy, it seems
                data = found
        sha256 = "" if trouble else hashlib.sha256(data).hexdigest()
        name = readable_name(seen.name)
        file = FolderFile(
            place=_place(inbox.folder),
            name=name,
            size=seen.stamp.size,
            changed_ns=seen.stamp.changed_ns,
            sha256=sha256,
            trouble=trouble,
        )
        is_new = self._ledger.kept_files.carry(file, data, now)
        inbox.done(seen, sha256)
        if is_new:
            log.info("%s: handed to the node that reads", name)
        return is_new

    def _tell_unreadable(self, seen: Seen, inbox: Inbox, fault: OSError, now: datetime) -> None:
        """Tell the operators, once, of a file that is tried again at each look."""
        name = readable_name(seen.name)
        key = f"file-unreadable:{_place(inbox.folder)}:{name}:{seen.stamp.changed_ns}"
        if isinstance(fault, FileNotFoundError) or key in self._unreadable:
            return
        words = f"it cannot be read: {fault.strerror or fault}"
        log.error("%s: %s", name, words)
        where = f"{os.uname().nodename}: {name}"
        self._alerts.queue(key, "file-refused", {"file": where, "words": words}, now)
        self._unreadable.add(key)


def _place(folder: Path) -> str:
    """Return the name of a folder of this machine among those of all nodes."""
    return readable_name(f"{os.uname().nodename}:{folder.resolve()}")
