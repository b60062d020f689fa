"""What the ledger keeps of the inbox's files, and what operators hear of those that went wrong."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from notifier.domain.reports import FileLine
from notifier.domain.values import Notice, Severity
from notifier.messages import say
from notifier.messages.alert_lines import first_lines
from notifier.messages.sentences import place_words
from notifier.ports import Ledger
from notifier.service.operator_alerts import Alerts
from notifier.service.setup import Setup

log = logging.getLogger("notifier")

_MOST_LINES = 10  # of errors in one file, or of files, in one alert
_QUIET = timedelta(seconds=10)  # without a further bad file, before people hear of those that came
_LONGEST = timedelta(seconds=60)  # that they wait for it
_APART = timedelta(seconds=60)  # between two alerts about one file: it is being worked on


class FileRecords:
    """Keeps how files of the inbox were read, and tells operators of those that went wrong."""

    def __init__(self, *, ledger: Ledger, alerts: Alerts) -> None:
        self._ledger = ledger
        self._alerts = alerts

    def save(self, line: FileLine) -> None:
        """Store a file as it was read; what is wrong with it is told to operators once."""
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

    def save_absent(self, name: str, fault: OSError, now: datetime) -> None:
        """Note a file that cannot be read now: it is tried again at each look, and told of once."""
        if isinstance(fault, FileNotFoundError):
            return
        words = f"it cannot be read: {fault.strerror or fault}"
        line = FileLine(name=name, size=-1, mtime_ns=0, sha256="", read_at=now, words=words)
        self.save(line)

    def tell(self, now: datetime) -> None:
        """Tell the operators what is wrong with files, once no more come in."""
        lines = [
            line
            for line in self._ledger.files.untold()
            if not _is_within(_APART, line.told_at, now)
        ]
        if not lines:
            return
        newest = max(line.read_at for line in lines)
        oldest = min(line.untold_since or now for line in lines)
        if _is_within(_QUIET, newest, now) and _is_within(_LONGEST, oldest, now):
            return
        refused = [(line, line.words) for line in lines if line.words]
        doubtful = [(line, line.errors) for line in lines if not line.words]
        self._alert("file-refused", refused, now)
        self._alert("file-errors", doubtful, now)
        self._ledger.files.mark_told([line.name for line in lines], now)

    def _alert(self, alert: str, wrong: Sequence[tuple[FileLine, str]], now: datetime) -> None:
        """Queue one message of one kind, of all files."""
        if not wrong:
            return
        (first, words), *others = wrong
        name = first.name
        if others:
            name = f"{name} (+{len(others)})"
            is_named = alert != "file-errors"  # these lines name their file themselves
            lines = [f"{line.name}: {text}" if is_named else text for line, text in wrong]
            words = shortened(lines)
        marks = [f"{line.name}:{line.sha256}:{text}" for line, text in wrong]
        digest = hashlib.sha256("\n".join(marks).encode()).hexdigest()[:16]
        since = min(line.untold_since or now for line, _ in wrong)
        key = f"{alert}:{since.isoformat()}:{digest}"
        self._alerts.queue(key, alert, {"file": name, "words": words}, now)


def log_findings(name: str, notices: Sequence[Notice], setup: Setup) -> str:
    """Write what was found in a file to the log; return what of it the operators have to know."""
    operators = setup.settings.operators
    language = operators.language if operators is not None else "zh"
    errors = []
    for notice in notices:
        for finding in notice.findings:
            place = finding.place.prefix(name)
            if finding.severity is not Severity.INFO:
                log.warning("%s: %s", place, say(finding, "en"))
            if finding.severity is Severity.ERROR:
                where = place_words(place, language)
                errors.append(f"{where}: {say(finding, language)}")
    # a notice that speaks for several parcels is doubted in the same words for each
    return shortened([*dict.fromkeys(errors)])


def readable_name(name: str) -> str:
    """Return a file's name with marks in place of bytes that are no UTF-8."""
    return name.encode("utf-8", "replace").decode()


def shortened(lines: Sequence[str]) -> str:
    """Join the first lines, and say how many more there are."""
    return "\n".join(first_lines(lines, _MOST_LINES))


def _is_within(length: timedelta, since: datetime | None, now: datetime) -> bool:
    return since is not None and timedelta(0) <= now - since < length
