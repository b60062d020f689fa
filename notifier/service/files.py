"""Files in: read, linted, stored, and said aloud where that fails."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from notifier.domain.drafts import Language
from notifier.domain.examples import without_example
from notifier.domain.lint import lint
from notifier.domain.reports import FileLine
from notifier.domain.values import Notice, Severity
from notifier.errors import IntakeError, LedgerError
from notifier.intake import read_bytes
from notifier.intake.child import FileReader
from notifier.intake.inbox import Inbox, Seen, digest
from notifier.messages import say
from notifier.service.plans import PlanSteps

log = logging.getLogger("notifier")

_ERRORS_TOLD = 10  # of one file, or files, in one alert
_TOLD_ALONE = 3  # files of one look
_PLAN_EVERY = 2.0  # seconds
_TOGETHER = 100  # notices in one transaction: reminders that fall due meanwhile wait for it


@dataclass(frozen=True, kw_only=True, slots=True)
class TakenIn:
    """What a file brought: its notices with the reader's and the lint's findings, and how much of it is news.

    `unmatched`: (the title of a notice of change, what it speaks of and nobody knows).
    """

    notices: tuple[Notice, ...]
    new: int = 0
    changed: int = 0
    unmatched: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Trouble:
    """A file of the inbox, what is told of it as which alert (empty: nothing), and whether it is read again."""

    seen: Seen
    line: FileLine
    alert: str = ""
    words: str = ""
    again: bool = False


def readable(name: str) -> str:
    """A file's name whose bytes are no UTF-8 (out of an archive made on Windows) with marks in their place."""
    return name.encode("utf-8", "replace").decode()


def _listed(lines: Sequence[str]) -> str:
    more = f"\n(+{len(lines) - _ERRORS_TOLD})" if len(lines) > _ERRORS_TOLD else ""
    return "\n".join(lines[:_ERRORS_TOLD]) + more


class FileSteps(PlanSteps):
    def __init__(self, *, reader: FileReader, **parts: Any) -> None:
        super().__init__(**parts)
        self._reader = reader

    def take_in(self, path: Path, now: datetime) -> TakenIn:
        """Read and store one file. IntakeError if it is no record and no notice."""
        limits = self._parts.settings.limits
        return self.take_in_data(readable(path.name), read_bytes(path, limits), now)

    def take_in_data(self, name: str, data: bytes, now: datetime) -> TakenIn:
        """Read and store the bytes of a file whose name ends in its kind (`notice.pdf`), as `take_in`."""
        notices = [without_example(one) for one in self._reader.read(name, data, self._parts.settings.limits)]
        return self.store([replace(notice, file=name) for notice in notices], now)

    def look_into(self, inbox: Inbox, now: datetime) -> int:
        """Take in what is new in the folder, each file once, a bad one with its reason; how many files."""
        self.tell_unmatched(now)  # of a file that was stored just before a crash
        seen = inbox.look()
        troubled: list[_Trouble] = []
        planned = self._clock.steady()
        for one in seen:
            found = self._take_in_seen(one, inbox, now)
            troubled += [] if found is None else [found]
            if self._clock.steady() - planned > _PLAN_EVERY:  # in a flood, too, a deadline may be minutes away
                planned = self._clock.steady()
                self.replan(self._clock.now())
        for alert in ("file-refused", "file-errors"):
            self._tell_of_files(alert, [one for one in troubled if one.alert == alert], now)
        for trouble in troubled:
            self._dealt_with(trouble, inbox)
        return len(seen)

    def _dealt_with(self, one: _Trouble, inbox: Inbox) -> None:
        if not one.again:
            inbox.done(one.seen, one.line.sha256)
            self._ledger.save_file(one.line)

    def _take_in_seen(self, seen: Seen, inbox: Inbox, now: datetime) -> _Trouble | None:
        """Read one file and remember it; what is wrong with it, which is said before it is remembered."""
        sha256 = "" if seen.trouble else digest(seen.path, self._parts.settings.limits.file_bytes)
        before = inbox.read.get(seen.name)
        alert, words, again = "", "", False
        if before is None or not sha256 or before.sha256 != sha256:  # else it was saved again, the same bytes
            alert, words, again = ("file-refused", seen.trouble, False) if seen.trouble else self._read_seen(seen, now)
        line = FileLine(
            name=readable(seen.name),
            size=seen.stamp.size,
            mtime_ns=seen.stamp.changed_ns,
            sha256=sha256,
            read_at=now,
            words=words if alert == "file-refused" else "",
        )
        trouble = _Trouble(seen=seen, line=line, alert=alert, words=words, again=again)
        if alert:
            log.error("%s: %s", line.name, words)
            return trouble
        self._dealt_with(trouble, inbox)
        return None

    def _read_seen(self, seen: Seen, now: datetime) -> tuple[str, str, bool]:
        """(alert, its words, whether it is read again at the next look); no alert if all is well."""
        try:
            taken = self.take_in(seen.path, now)
        except IntakeError as fault:
            return "file-refused", str(fault), False
        except LedgerError:
            raise
        except OSError as fault:  # a network drive that is away: it is tried again
            return "file-refused", f"it cannot be read: {fault.strerror or fault}", True
        except Exception as fault:
            log.exception("%s: an error in the program", readable(seen.name))
            return "file-refused", f"it cannot be read: {type(fault).__name__}: {fault}", False
        name = readable(seen.name)
        errors = []
        for notice in taken.notices:
            for finding in notice.findings:
                if finding.severity is not Severity.INFO:
                    log.warning("%s: %s", finding.place.prefix(name), say(finding, "en"))
                if finding.severity is Severity.ERROR:
                    errors.append(f"{finding.place.prefix(name)}: {say(finding, self._operators_language)}")
        log.info("%s: read, %d parcels new, %d changed", name, taken.new, taken.changed)
        return ("file-errors", _listed(errors), False) if errors else ("", "", False)

    def _tell_of_files(self, alert: str, troubled: Sequence[_Trouble], now: datetime) -> None:
        """Whoever drops a file does not read the log. Each by itself, or all in one message where they are many."""
        if len(troubled) <= _TOLD_ALONE:
            for one in troubled:
                self._tell_of_file(alert, one.line.name, one.words, now)
            return
        words = _listed([one.words if alert == "file-errors" else f"{one.line.name}: {one.words}" for one in troubled])
        self._tell_of_file(alert, f"{troubled[0].line.name} (+{len(troubled) - 1})", words, now)

    @property
    def _operators_language(self) -> Language:
        return self._parts.settings.operators.language if self._parts.settings.operators is not None else "zh"

    def _tell_of_file(self, alert: str, name: str, words: str, now: datetime) -> None:
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
            unmatched=tuple(
                (notice.title or notice.notice_no, "、".join(one.unmatched))
                for (notice, _), one in zip(checked, saved, strict=True)
                if one.unmatched
            ),
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
            concerned = [
                recipient
                for recipient in self._parts.settings.recipients
                if recipient.filters.could_match_city(change.city)
            ]
            for recipient in [one for one in concerned if "change" in one.kinds] or concerned:
                key = f"unmatched:{change.notice_id}:{':'.join(change.names)}"
                self._post_alert(recipient, key, "unmatched-change", params, now)
            self._ledger.mark_told(change.notice_id)
