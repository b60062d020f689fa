"""The inbox: each file is taken in once, slow files beside the others, bad ones with a reason."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from notifier.domain.reports import FileLine
from notifier.errors import IntakeError, LedgerError, NotifierError
from notifier.intake.child import FileReader, FileReading, ReadingStopped
from notifier.intake.inbox import Inbox, Seen, Stamp
from notifier.intake.limits import Limits
from notifier.ports import Clock, Ledger
from notifier.service.file_records import FileRecords, log_findings, readable_name
from notifier.service.folder_trouble import FolderTrouble
from notifier.service.ingest import Ingest
from notifier.service.kept_inbox import KeptInbox
from notifier.service.operator_alerts import Alerts
from notifier.service.receipt_writer import ReceiptWriter
from notifier.service.replanning import Planning
from notifier.service.setup import ActiveSetup
from notifier.service.steps import Again

log = logging.getLogger("notifier")

_EVERY = timedelta(seconds=2)  # a file is read when it looked the same twice
_PATIENCE = 3.0  # seconds; a file that takes longer goes on being read beside the next ones
_IDLE = 600.0  # seconds until the warm child of a quiet inbox is let go
_LIVES = 2  # daemons that may end while they read the same bytes
_PLAN_EVERY = 2.0  # seconds


class FileSource(Protocol):
    """Where files come from: the folder of this machine, or the ledger of all."""

    def look(self) -> list[Seen]:
        """Return what is to be read. OSError if it is away."""
        ...

    def bytes_of(self, seen: Seen, limits: Limits) -> bytes | None:
        """Return the bytes of a file, None if it may yet grow. IntakeError: it is not for reading.

        OSError if they cannot be had now.
        """
        ...

    def done(self, seen: Seen, sha256: str) -> Stamp:
        """Remember that `seen` was dealt with; return its stamp."""
        ...


@dataclass(slots=True)
class _Slow:
    """A file that takes long. `reading` is set while it is read: one of them at a time."""

    seen: Seen
    sha256: str
    reading: FileReading | None


class InboxWatch:
    """Takes in what is new in the inbox, and plans what is stale, wherever it came from."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        reader: FileReader,
        clock: Clock,
        active: ActiveSetup,
        ingest: Ingest,
        planning: Planning,
        records: FileRecords,
        alerts: Alerts,
        receipts: ReceiptWriter,
        has_untold: Callable[[], bool],
        trouble: FolderTrouble,
        kept: KeptInbox | None,
        ending: threading.Event,
    ) -> None:
        """`has_untold`: whether another process may have stored what is to be told or planned.

        `kept`: the files that wait in the ledger, which then come in place of a folder's. `ending`
        is set when the daemon ends: what this interrupts is no trouble.
        """
        self._ledger = ledger
        self._reader = reader
        self._clock = clock
        self._active = active
        self._ingest = ingest
        self._planning = planning
        self._records = records
        self._alerts = alerts
        self._receipts = receipts
        self._has_untold = has_untold
        self._ending = ending
        self._trouble = trouble
        self._kept = kept
        self._inbox: Inbox | None = None
        self._slow: dict[str, _Slow] = {}
        self._begun: set[tuple[str, str]] = set()

    # the folder

    def step(self, now: datetime) -> Again:
        """Take in what is new; then plan what any process stored, with or without an inbox."""
        folder = self._active.setup.settings.inbox
        done = 0
        try:
            done = self.look_into(self._source(folder), now)
            self._note_look(folder, now)
        except OSError as fault:
            self._trouble.begin(folder, fault, now)
        except NotifierError as fault:
            self._trouble.note(folder, str(fault))
        is_asked = done > 0 or self._has_untold()
        return Again(after=_EVERY, wake=is_asked and self._plan())

    def _note_look(self, folder: Path, now: datetime) -> None:
        """Note that a look succeeded; of the folder only if it was into the folder."""
        if self._kept is None:
            self._trouble.end(folder, now)
        else:
            self._trouble.note(folder, "")

    def _source(self, folder: Path) -> FileSource:
        """Return where files come from: this machine's folder, or all nodes' by the ledger."""
        if self._kept is not None:
            return self._kept
        if self._inbox is None or self._inbox.folder != folder:
            return self._open_folder(folder)
        return self._inbox

    def open(self) -> None:
        """Begin to look, with what the ledger knows of files."""
        if self._kept is not None:
            self._kept.ring()
        else:
            self._open_folder(self._active.setup.settings.inbox)

    def _open_folder(self, folder: Path) -> Inbox:
        """Make the folder if it is not there, and begin with what the ledger knows of its files."""
        with suppress(OSError):  # the first look tells what is wrong with it
            folder.mkdir(parents=True, exist_ok=True)
        known = {line.name: _stamp(line) for line in self._ledger.files.all()}
        self._inbox = Inbox.knowing(folder, known)
        return self._inbox

    def leave(self, _: datetime) -> None:
        """Read nothing any more: another node leads. What is under way is that node's to read."""
        for slow in self._slow.values():
            if slow.reading is not None:
                slow.reading.cancel()
        self._slow.clear()
        self.stop()
        self._begun.clear()

    def stop(self) -> None:
        """Note that what is being read stops with the daemon, by no fault of the files."""
        for name, sha256 in list(self._begun):
            try:
                self._unmark(name, sha256)
            except LedgerError as fault:
                log.info("%s: not noted that its reading stops: %s", name, fault)

    def _plan(self) -> bool:
        """Plan what is stale; return whether there was something."""
        try:
            return self._planning.replan_if_stale(self._clock.now())
        except NotifierError as fault:
            if not self._ending.is_set():
                log.error("planning: %s", fault)
            return False

    def look_into(self, inbox: FileSource, now: datetime) -> int:
        """Take in what is new in the folder; return how many files are done with.

        OSError if it cannot be listed.
        """
        if self._has_untold():
            self._ingest.tell_unsettled(now)  # of a file that was stored just before a crash
            self._records.tell(now)
        seen = inbox.look()
        done = 0
        try:
            done += self._collect_slow(inbox, now)
            planned = self._clock.steady()
            for file in seen:
                if not self._is_being_read(file):
                    done += self._take_in(file, inbox, now)
                # a deadline may be near in a flood of files
                if self._clock.steady() - planned > _PLAN_EVERY:
                    planned = self._clock.steady()
                    self._planning.replan(self._clock.now())
            self._begin_slow(inbox, now)
        except ReadingStopped:
            return done  # the daemon ends; what was being read is read at the next start
        self._reader.rest(_IDLE)
        return done

    # one file

    def _take_in(self, seen: Seen, inbox: FileSource, now: datetime) -> bool:
        """Read one file; return whether it is done with, for better or worse."""
        if seen.trouble:
            self._remember(inbox, seen, "", now, words=seen.trouble)
            return True
        try:
            data = inbox.bytes_of(seen, self._active.setup.settings.limits)
        except IntakeError as fault:
            self._remember(inbox, seen, "", now, words=str(fault))
            return True
        except OSError as fault:
            self._records.save_absent(readable_name(seen.name), fault, now)
            return False
        if data is None:
            return False
        sha256 = hashlib.sha256(data).hexdigest()
        known = self._ledger.files.get(readable_name(seen.name))
        if known is not None and known.sha256 == sha256:  # saved again, the same bytes
            self._receipts.repeated(known.name, sha256, now)
            self._keep(inbox, seen, known)
            return True
        if self._mark(seen, sha256, now) >= _LIVES:
            words = (
                "the program ended twice while it read this file: "
                "save its text or table as a new file"
            )
            self._remember(inbox, seen, sha256, now, words=words)
            return True
        return self._read(seen, sha256, data, inbox, now)

    def _mark(self, seen: Seen, sha256: str, now: datetime) -> int:
        """Note that these bytes are being read; return how many daemons ended while they did."""
        name = readable_name(seen.name)
        if (name, sha256) in self._begun:
            return 0
        lives = self._ledger.files.begin_reading(name, sha256, now)
        self._begun.add((name, sha256))
        return lives

    def _unmark(self, name: str, sha256: str) -> None:
        self._ledger.files.stop_reading(name, sha256)
        self._begun.discard((name, sha256))

    def _read(self, seen: Seen, sha256: str, data: bytes, inbox: FileSource, now: datetime) -> bool:
        try:
            reading = self._reader.begin(
                readable_name(seen.name), data, self._active.setup.settings.limits
            )
        except OSError as fault:  # no child can be started
            self._records.save_absent(readable_name(seen.name), fault, now)
            return False
        if reading.wait(_PATIENCE):
            self._finish(seen, sha256, reading, inbox, now)
            return True
        log.info("%s: it takes long to read; others are read meanwhile", readable_name(seen.name))
        if any(slow.reading is not None for slow in self._slow.values()):
            reading.cancel()
            self._unmark(readable_name(seen.name), sha256)  # it only waits
            self._slow[seen.name] = _Slow(seen, sha256, None)
        else:
            self._slow[seen.name] = _Slow(seen, sha256, reading)
        return False

    def _finish(
        self, seen: Seen, sha256: str, reading: FileReading, inbox: FileSource, now: datetime
    ) -> None:
        """Store what a file holds, and remember it as read or refused."""
        name = readable_name(seen.name)
        try:
            taken = self._ingest.store(reading.notices(), now, sha256)
        except IntakeError as fault:
            self._remember(inbox, seen, sha256, now, words=str(fault))
            return
        except (LedgerError, ReadingStopped):
            raise
        except Exception as fault:
            log.exception("%s: an error in the program", name)
            words = f"it cannot be read: {type(fault).__name__}: {fault}"
            self._remember(inbox, seen, sha256, now, words=words)
            return
        self._receipts.taken_in(name, sha256, taken, now)
        log.info("%s: read, %d parcels new, %d changed", name, taken.new, taken.changed)
        self._remember(
            inbox, seen, sha256, now, errors=log_findings(name, taken.notices, self._active.setup)
        )

    # slow files

    def _is_being_read(self, seen: Seen) -> bool:
        """Return whether these bytes are read or wait for it; give up older ones of that name."""
        slow = self._slow.get(seen.name)
        if slow is None:
            return False
        if slow.seen.stamp.looks_like(seen.stamp):
            return True
        if slow.reading is not None:
            slow.reading.cancel()
        del self._slow[seen.name]
        return False

    def _collect_slow(self, inbox: FileSource, now: datetime) -> int:
        done = 0
        for name, slow in list(self._slow.items()):
            if slow.reading is not None and slow.reading.wait(0):
                del self._slow[name]
                self._finish(slow.seen, slow.sha256, slow.reading, inbox, now)
                done += 1
        return done

    def _begin_slow(self, inbox: FileSource, now: datetime) -> None:
        """Begin with the next of them when none is read."""
        if any(slow.reading is not None for slow in self._slow.values()):
            return
        for name, slow in list(self._slow.items()):
            try:
                data = inbox.bytes_of(slow.seen, self._active.setup.settings.limits)
                if data is not None and hashlib.sha256(data).hexdigest() == slow.sha256:
                    self._mark(slow.seen, slow.sha256, now)
                    slow.reading = self._reader.begin(
                        readable_name(name), data, self._active.setup.settings.limits
                    )
                    return
            except (IntakeError, OSError) as fault:
                log.info("%s: %s", readable_name(name), fault)
            del self._slow[name]  # it has changed or is gone: the next look sees it as it is

    # what the ledger keeps of a file

    def _keep(self, inbox: FileSource, seen: Seen, known: FileLine) -> None:
        inbox.done(seen, known.sha256)
        stamp = seen.stamp
        self._ledger.files.save(replace(known, size=stamp.size, mtime_ns=stamp.changed_ns))

    def _remember(
        self,
        inbox: FileSource,
        seen: Seen,
        sha256: str,
        now: datetime,
        *,
        words: str = "",
        errors: str = "",
    ) -> None:
        name = readable_name(seen.name)
        if words:
            self._receipts.refused(name, sha256, words, now)
        self._records.save(
            FileLine(
                name=name,
                size=seen.stamp.size,
                mtime_ns=seen.stamp.changed_ns,
                sha256=sha256,
                read_at=now,
                words=words,
                errors=errors,
            )
        )
        inbox.done(seen, sha256)
        self._begun.discard((name, sha256))


def _stamp(line: FileLine) -> Stamp:
    return Stamp(size=line.size, changed_ns=line.mtime_ns, sha256=line.sha256)
