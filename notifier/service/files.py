"""Files in: read, linted, stored, and said aloud where that fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from notifier.domain.examples import without_example
from notifier.domain.lint import lint
from notifier.domain.questions import Question
from notifier.domain.values import Notice
from notifier.intake import read_bytes
from notifier.intake.child import FileReader
from notifier.intake.inbox import Inbox
from notifier.service.arrivals import Arrivals, readable
from notifier.service.plans import PlanSteps

_TOGETHER = 100  # notices in one transaction: reminders that fall due meanwhile wait for it


@dataclass(frozen=True, kw_only=True, slots=True)
class TakenIn:
    """What a file brought: its notices with the reader's and the lint's findings, and how much of it is news.

    `unmatched`: (the title of a notice of change, what it speaks of and nobody knows); `asked`: what people must
    settle.
    """

    notices: tuple[Notice, ...]
    new: int = 0
    changed: int = 0
    unmatched: tuple[tuple[str, str], ...] = ()
    asked: tuple[Question, ...] = ()


class FileSteps(PlanSteps):
    def __init__(self, *, reader: FileReader, **parts: Any) -> None:
        super().__init__(**parts)
        self._reader = reader
        self._arrivals = Arrivals(
            ledger=self._ledger,
            reader=reader,
            clock=self._clock,
            settings=lambda: self._parts.settings,
            store=self.store,
            replan=self.replan,
            tell_operators=self._tell_operators,
        )

    def take_in(self, path: Path, now: datetime, *, on_purpose: bool = False) -> TakenIn:
        """Read and store one file. IntakeError if it is no record and no notice. `on_purpose`: a person has it read
        by a command, so that it counts even if the same bytes were read before."""
        limits = self._parts.settings.limits
        return self.take_in_data(readable(path.name), read_bytes(path, limits), now, on_purpose=on_purpose)

    def take_in_data(self, name: str, data: bytes, now: datetime, *, on_purpose: bool = False) -> TakenIn:
        """Read and store the bytes of a file whose name ends in its kind (`notice.pdf`), as `take_in`."""
        notices = self._reader.read(name, data, self._parts.settings.limits)
        return self.store(notices, now, sha256(data).hexdigest(), on_purpose=on_purpose)

    def look_into(self, inbox: Inbox, now: datetime) -> int:
        """Take in what is new in the folder; return how many files are done with. OSError if it cannot be listed."""
        self.tell_unmatched(now)  # of a file that was stored just before a crash
        return self._arrivals.look_into(inbox, now)

    def store(self, notices: Sequence[Notice], now: datetime, digest: str = "", *, on_purpose: bool = False) -> TakenIn:
        """Store notices that were read, with what the lint says of them; a change that fits nothing is said aloud.

        `digest`: of the bytes that they were read from. Bytes that were read before say nothing new, unless a person
        has them read by a command: `on_purpose`.
        """
        calendar = self._parts.settings.calendar
        real = [without_example(notice) for notice in notices]
        checked = [(notice, notice.findings + lint(notice, calendar, now)) for notice in real]
        found = tuple(replace(notice, findings=findings) for notice, findings in checked)
        file = notices[0].file if notices else ""
        if digest and not on_purpose and self._ledger.files.says_nothing_new(file, digest):
            return TakenIn(notices=found)
        saved = [
            one
            for first in range(0, len(checked), _TOGETHER)
            for one in self._ledger.notices.save_all(checked[first : first + _TOGETHER], now, on_purpose=on_purpose)
        ]
        if digest:
            self._ledger.files.note_reading(file, digest, now)
        self.tell_unmatched(now)
        return TakenIn(
            notices=found,
            new=sum(len(one.new) for one in saved),
            changed=sum(len(one.changed) for one in saved),
            unmatched=tuple(
                (notice.title or notice.notice_no, "、".join(one.unmatched))
                for notice, one in zip(found, saved, strict=True)
                if one.unmatched
            ),
            asked=tuple(question for one in saved for question in one.asked),
        )

    def tell_unmatched(self, now: datetime) -> None:
        """To everyone whose filter could match its city: a postponement that fits nothing known may be about theirs."""
        for change in self._ledger.waiting.untold():
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
            self._ledger.waiting.mark_told(change.notice_id)
        for question in self._ledger.questions.untold():
            self._ask(question, now)
            self._ledger.questions.mark_asked(question.key)

    def _ask(self, question: Question, now: datetime) -> None:
        """Ask everyone whose filter could match its city; the operators where that is nobody."""
        concerned = [
            recipient
            for recipient in self._parts.settings.recipients
            if recipient.filters.could_match_city(question.city)
        ]
        for recipient in [one for one in concerned if "change" in one.kinds] or concerned:
            self._post_alert(recipient, question.key, question.alert, question.params, now)
        if not concerned:
            self._tell_operators(question.key, question.alert, question.params, now)
