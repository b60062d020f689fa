"""Files in: read, linted, stored, and said aloud where that fails."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from notifier.domain.drafts import Language
from notifier.domain.lint import lint
from notifier.domain.reports import FileLine
from notifier.domain.values import Notice, Severity
from notifier.errors import IntakeError
from notifier.intake.inbox import Inbox, Seen, digest
from notifier.messages import say
from notifier.service.base import Steps

log = logging.getLogger("notifier")

_ERRORS_TOLD = 10  # of one file, or files, in one alert
_REFUSED_ALONE = 3  # files of one look
_TOGETHER = 100  # notices in one transaction: reminders that fall due meanwhile wait for it


@dataclass(frozen=True, kw_only=True, slots=True)
class TakenIn:
    """What a file brought: its notices with the reader's and the lint's findings, and how much of it is news."""

    notices: tuple[Notice, ...]
    new: int = 0
    changed: int = 0


class FileSteps(Steps):
    def take_in(self, path: Path, now: datetime) -> TakenIn:
        """Read and store one file. IntakeError if it is no record and no notice."""
        from notifier.intake import read_file

        return self.store(read_file(path, self._parts.settings.limits), now)

    def look_into(self, inbox: Inbox, now: datetime) -> int:
        """Take in what is new in the folder, each file once, a bad one with its reason; how many files."""
        self.tell_unmatched(now)  # of a file that was stored just before a crash
        seen = inbox.look()
        refused: list[tuple[FileLine, Seen]] = []
        for one in seen:
            sha256 = "" if one.trouble else digest(one.path, self._parts.settings.limits.file_bytes)
            name = one.name.encode("utf-8", "replace").decode()
            before = inbox.read.get(one.name)
            same = before is not None and sha256 and before.sha256 == sha256  # saved again, the same bytes
            words = "" if same else one.trouble or self._take_in_seen(one.path, name, now)
            line = FileLine(
                name=name, size=one.stamp.size, mtime_ns=one.stamp.mtime_ns, sha256=sha256, read_at=now, words=words
            )
            if words:
                log.error("%s: %s", name, words)
                refused.append((line, one))
            else:
                self._dealt_with(line, one, inbox)
        self._tell_of_refused([line for line, _ in refused], now)
        for line, one in refused:
            self._dealt_with(line, one, inbox)
        return len(seen)

    def _dealt_with(self, line: FileLine, seen: Seen, inbox: Inbox) -> None:
        inbox.done(seen, line.sha256)
        self._ledger.save_file(line)

    def _tell_of_refused(self, lines: Sequence[FileLine], now: datetime) -> None:
        """Each by itself, or all in one message where they are many."""
        if len(lines) <= _REFUSED_ALONE:
            for line in lines:
                self._tell_of_file("file-refused", line.name, line.words, now)
            return
        words = "\n".join(f"{line.name}: {line.words}" for line in lines[:_ERRORS_TOLD])
        more = f" (+{len(lines) - _ERRORS_TOLD})" if len(lines) > _ERRORS_TOLD else ""
        self._tell_of_file("file-refused", f"{lines[0].name} (+{len(lines) - 1})", words + more, now)

    def _take_in_seen(self, path: Path, name: str, now: datetime) -> str:
        """Why the file was refused, or empty."""
        try:
            taken = self.take_in(path, now)
        except IntakeError as fault:
            return str(fault)
        errors = []
        for notice in taken.notices:
            for finding in notice.findings:
                line = f"{finding.place.prefix(name)}: {say(finding, 'en')}"
                if finding.severity is not Severity.INFO:
                    log.warning("%s", line)
                if finding.severity is Severity.ERROR:
                    errors.append(f"{finding.place.prefix(name)}: {say(finding, self._operators_language)}")
        if errors:
            more = f" (+{len(errors) - _ERRORS_TOLD})" if len(errors) > _ERRORS_TOLD else ""
            self._tell_of_file("file-errors", name, "\n".join(errors[:_ERRORS_TOLD]) + more, now)
        log.info("%s: read, %d parcels new, %d changed", name, taken.new, taken.changed)
        return ""

    @property
    def _operators_language(self) -> Language:
        return self._parts.settings.operators.language if self._parts.settings.operators is not None else "zh"

    def _tell_of_file(self, alert: str, name: str, words: str, now: datetime) -> None:
        """Whoever drops a file does not read the log."""
        self._tell_operators(f"{alert}:{name}:{words}", alert, {"file": name, "words": words}, now)

    def store(self, notices: Sequence[Notice], now: datetime) -> TakenIn:
        """Store notices that were read, with what the lint says of them; a change that fits nothing is said aloud."""
        calendar = self._parts.settings.calendar
        checked = [(notice, notice.findings + lint(notice, calendar, now)) for notice in notices]
        saved = [
            one
            for first in range(0, len(checked), _TOGETHER)
            for one in self._ledger.save_notices(checked[first : first + _TOGETHER], now)
        ]
        self.tell_unmatched(now)
        return TakenIn(
            notices=tuple(replace(notice, findings=findings) for notice, findings in checked),
            new=sum(len(one.new) for one in saved),
            changed=sum(len(one.changed) for one in saved),
        )

    def tell_unmatched(self, now: datetime) -> None:
        """To everyone whose filter could match its city: a postponement that fits nothing known may be about theirs."""
        for change in self._ledger.untold_changes():
            params = {
                "file": change.file,
                "kind": change.kind.value,
                "title": change.title,
                "names": ", ".join(change.names),
            }
            for recipient in self._parts.settings.recipients:
                if recipient.filters.could_match_city(change.city):
                    key = f"unmatched:{change.notice_id}:{':'.join(change.names)}"
                    self._post_alert(recipient, key, "unmatched-change", params, now)
            self._ledger.mark_told(change.notice_id)
