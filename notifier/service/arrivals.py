"""The inbox: each file is taken in once, a slow one beside the others, a bad one with its reason."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from notifier.config import Settings
from notifier.domain.reports import FileLine
from notifier.domain.values import Notice, Severity
from notifier.errors import IntakeError, LedgerError
from notifier.intake.child import FileReader, Reading, ReadingStopped
from notifier.intake.inbox import Inbox, Seen
from notifier.messages import say
from notifier.messages.sentences import place_words
from notifier.ports import Clock, Ledger

log = logging.getLogger("notifier")

_PATIENCE = 3.0  # seconds; a file that takes longer goes on being read beside the next ones
_IDLE = 600.0  # seconds until the warm child of a quiet inbox is let go
_LIVES = 2  # daemons that may end while they read the same bytes
_PLAN_EVERY = 2.0  # seconds
_ERRORS_TOLD = 10  # of one file, or files, in one alert
_QUIET = timedelta(seconds=10)  # without a further bad file, before people are told of those that came
_LONGEST = timedelta(seconds=60)  # that they wait for it
_APART = timedelta(seconds=60)  # between two alerts about one file: it is being worked on

if TYPE_CHECKING:
    from notifier.service.files import TakenIn

    Store = Callable[[Sequence[Notice], datetime, str], TakenIn]
    TellOperators = Callable[[str, str, Mapping[str, str], datetime], None]


@dataclass(slots=True)
class _Slow:
    """A file that takes long; `reading` while it is read, one of them at a time."""

    seen: Seen
    sha256: str
    reading: Reading | None


class Arrivals:
    """Looks into the inbox, and remembers in the ledger what came of each file."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        reader: FileReader,
        clock: Clock,
        settings: Callable[[], Settings],
        store: Store,
        replan: Callable[[datetime], object],
        tell_operators: TellOperators,
    ) -> None:
        """`settings` returns those of now; the rest are steps of the service."""
        self._ledger = ledger
        self._reader = reader
        self._clock = clock
        self._settings = settings
        self._store = store
        self._replan = replan
        self._tell_operators = tell_operators
        self._slow: dict[str, _Slow] = {}
        self._begun: set[tuple[str, str]] = set()

    def look_into(self, inbox: Inbox, now: datetime) -> int:
        """Take in what is new in the folder; return how many files are done with. OSError if it cannot be listed."""
        self._tell(now)
        seen = inbox.look()
        done = 0
        try:
            done += self._collect_slow(inbox, now)
            planned = self._clock.steady()
            for file in seen:
                if not self._is_being_read(file):
                    done += self._take_in(file, inbox, now)
                if self._clock.steady() - planned > _PLAN_EVERY:  # a deadline may be minutes away in a flood, too
                    planned = self._clock.steady()
                    self._replan(self._clock.now())
            self._begin_slow(inbox)
        except ReadingStopped:
            return done  # the daemon ends; what was being read is read at the next start
        self._reader.rest(_IDLE)
        return done

    # one file

    def _take_in(self, seen: Seen, inbox: Inbox, now: datetime) -> bool:
        """Read one file; return whether it is done with, for better or worse."""
        if seen.trouble:
            self._remember(inbox, seen, "", now, words=seen.trouble)
            return True
        try:
            data = inbox.bytes_of(seen, self._settings().limits)
        except IntakeError as fault:
            self._remember(inbox, seen, "", now, words=str(fault))
            return True
        except OSError as fault:
            self._note_absent(seen, fault, now)
            return False
        if data is None:
            return False
        sha256 = hashlib.sha256(data).hexdigest()
        known = self._ledger.files.get(readable(seen.name))
        if known is not None and known.sha256 == sha256:  # saved again, the same bytes
            self._keep(inbox, seen, known)
            return True
        if self._mark(seen, sha256, now) >= _LIVES:
            words = "the program ended twice while it read this file: save its text or table as a new file"
            self._remember(inbox, seen, sha256, now, words=words)
            return True
        return self._read(seen, sha256, data, inbox, now)

    def _mark(self, seen: Seen, sha256: str, now: datetime) -> int:
        """Note in the ledger that these bytes are being read; return how many daemons ended while they did."""
        name = readable(seen.name)
        if (name, sha256) in self._begun:
            return 0
        lives = self._ledger.files.begin_reading(name, sha256, now)
        self._begun.add((name, sha256))
        return lives

    def _read(self, seen: Seen, sha256: str, data: bytes, inbox: Inbox, now: datetime) -> bool:
        try:
            reading = self._reader.begin(readable(seen.name), data, self._settings().limits)
        except OSError as fault:  # no child can be started
            self._note_absent(seen, fault, now)
            return False
        if reading.wait(_PATIENCE):
            self._finish(seen, sha256, reading, inbox, now)
            return True
        log.info("%s: it takes long to read; others are read meanwhile", readable(seen.name))
        if any(slow.reading is not None for slow in self._slow.values()):
            reading.cancel()
            self._slow[seen.name] = _Slow(seen, sha256, None)
        else:
            self._slow[seen.name] = _Slow(seen, sha256, reading)
        return False

    def _finish(self, seen: Seen, sha256: str, reading: Reading, inbox: Inbox, now: datetime) -> None:
        """Store what a file holds, and remember it as read or refused."""
        name = readable(seen.name)
        try:
            notices = reading.notices()
            taken = self._store(notices, now, sha256)
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
        log.info("%s: read, %d parcels new, %d changed", name, taken.new, taken.changed)
        self._remember(inbox, seen, sha256, now, errors=self._errors(name, taken))

    def _errors(self, name: str, taken: TakenIn) -> str:
        """Write what was found to the log; return what of it the operators have to know."""
        operators = self._settings().operators
        language = operators.language if operators is not None else "zh"
        errors = []
        for notice in taken.notices:
            for finding in notice.findings:
                place = finding.place.prefix(name)
                if finding.severity is not Severity.INFO:
                    log.warning("%s: %s", place, say(finding, "en"))
                if finding.severity is Severity.ERROR:
                    errors.append(f"{place_words(place, language)}: {say(finding, language)}")
        return _listed(errors)

    # slow files

    def _is_being_read(self, seen: Seen) -> bool:
        """Return whether these very bytes are read or wait for it; older ones of that name are given up."""
        slow = self._slow.get(seen.name)
        if slow is None:
            return False
        if slow.seen.stamp.looks_like(seen.stamp):
            return True
        if slow.reading is not None:
            slow.reading.cancel()
        del self._slow[seen.name]
        return False

    def _collect_slow(self, inbox: Inbox, now: datetime) -> int:
        done = 0
        for name, slow in list(self._slow.items()):
            if slow.reading is not None and slow.reading.wait(0):
                del self._slow[name]
                self._finish(slow.seen, slow.sha256, slow.reading, inbox, now)
                done += 1
        return done

    def _begin_slow(self, inbox: Inbox) -> None:
        """Begin with the next of them when none is read."""
        if any(slow.reading is not None for slow in self._slow.values()):
            return
        for name, slow in list(self._slow.items()):
            try:
                data = inbox.bytes_of(slow.seen, self._settings().limits)
                if data is not None and hashlib.sha256(data).hexdigest() == slow.sha256:
                    slow.reading = self._reader.begin(readable(name), data, self._settings().limits)
                    return
            except (IntakeError, OSError) as fault:
                log.info("%s: %s", readable(name), fault)
            del self._slow[name]  # it has changed or is gone: the next look sees it as it is

    # what the ledger and people hear of a file

    def _keep(self, inbox: Inbox, seen: Seen, known: FileLine) -> None:
        inbox.done(seen, known.sha256)
        self._ledger.files.save(replace(known, size=seen.stamp.size, mtime_ns=seen.stamp.changed_ns))

    def _note_absent(self, seen: Seen, fault: OSError, now: datetime) -> None:
        """Of a file that cannot be had now: it is tried again at each look, and told of once."""
        if isinstance(fault, FileNotFoundError):
            return
        words = f"it cannot be read: {fault.strerror or fault}"
        self._save(FileLine(name=readable(seen.name), size=-1, mtime_ns=0, sha256="", read_at=now, words=words))

    def _remember(
        self, inbox: Inbox, seen: Seen, sha256: str, now: datetime, *, words: str = "", errors: str = ""
    ) -> None:
        self._save(
            FileLine(
                name=readable(seen.name),
                size=seen.stamp.size,
                mtime_ns=seen.stamp.changed_ns,
                sha256=sha256,
                read_at=now,
                words=words,
                errors=errors,
            )
        )
        inbox.done(seen, sha256)
        self._begun.discard((readable(seen.name), sha256))

    def _save(self, line: FileLine) -> None:
        """Store a file as it was read; what is wrong with it waits to be told, unless people know it already."""
        known = self._ledger.files.get(line.name)
        untold = known.untold_since if known is not None else None
        wrong = (line.sha256, line.words, line.errors)
        if not (line.words or line.errors):
            untold = None
        elif known is None or (known.sha256, known.words, known.errors) != wrong:
            untold = untold or line.read_at
            if line.words:
                log.error("%s: %s", line.name, line.words)
        elif known.size == line.size == -1:
            return
        self._ledger.files.save(replace(line, untold_since=untold))

    def _tell(self, now: datetime) -> None:
        """Tell the operators what is wrong with files when no more come: whoever drops one does not read the log."""
        lines = [line for line in self._ledger.files.untold() if not _is_within(_APART, line.told_at, now)]
        if not lines:
            return
        newest = max(line.read_at for line in lines)
        oldest = min(line.untold_since or now for line in lines)
        if _is_within(_QUIET, newest, now) and _is_within(_LONGEST, oldest, now):
            return
        self._alert("file-refused", [(line, line.words) for line in lines if line.words], now)
        self._alert("file-errors", [(line, line.errors) for line in lines if not line.words], now)
        self._ledger.files.mark_told([line.name for line in lines], now)

    def _alert(self, alert: str, wrong: Sequence[tuple[FileLine, str]], now: datetime) -> None:
        """One message of one kind, of all files."""
        if not wrong:
            return
        (first, words), *others = wrong
        name = first.name
        if others:
            name = f"{name} (+{len(others)})"
            words = _listed([text if alert == "file-errors" else f"{line.name}: {text}" for line, text in wrong])
        mark = hashlib.sha256("\n".join(f"{line.name}:{line.sha256}:{text}" for line, text in wrong).encode())
        since = min(line.untold_since or now for line, _ in wrong)
        key = f"{alert}:{since.isoformat()}:{mark.hexdigest()[:16]}"
        self._tell_operators(key, alert, {"file": name, "words": words}, now)


def readable(name: str) -> str:
    """A file's name whose bytes are no UTF-8 (out of an archive made on Windows) with marks in their place."""
    return name.encode("utf-8", "replace").decode()


def _is_within(length: timedelta, since: datetime | None, now: datetime) -> bool:
    return since is not None and timedelta(0) <= now - since < length


def _listed(lines: Sequence[str]) -> str:
    more = f"\n(+{len(lines) - _ERRORS_TOLD})" if len(lines) > _ERRORS_TOLD else ""
    return "\n".join(lines[:_ERRORS_TOLD]) + more
