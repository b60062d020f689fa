"""Files in: read, linted, stored, and said aloud where that fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from notifier.domain.examples import without_example
from notifier.domain.lint import lint
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

    `unmatched`: (the title of a notice of change, what it speaks of and nobody knows).
    """

    notices: tuple[Notice, ...]
    new: int = 0
    changed: int = 0
    unmatched: tuple[tuple[str, str], ...] = ()


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

    def take_in(self, path: Path, now: datetime) -> TakenIn:
        """Read and store one file. IntakeError if it is no record and no notice."""
        limits = self._parts.settings.limits
        return self.take_in_data(readable(path.name), read_bytes(path, limits), now)

    def take_in_data(self, name: str, data: bytes, now: datetime) -> TakenIn:
        """Read and store the bytes of a file whose name ends in its kind (`notice.pdf`), as `take_in`."""
        notices = self._reader.read(name, data, self._parts.settings.limits)
        return self.store([replace(notice, file=name) for notice in notices], now)

    def look_into(self, inbox: Inbox, now: datetime) -> int:
        """Take in what is new in the folder; return how many files are done with. OSError if it cannot be listed."""
        self.tell_unmatched(now)  # of a file that was stored just before a crash
        return self._arrivals.look_into(inbox, now)

    def store(self, notices: Sequence[Notice], now: datetime) -> TakenIn:
        """Store notices that were read, with what the lint says of them; a change that fits nothing is said aloud."""
        calendar = self._parts.settings.calendar
        real = [without_example(notice) for notice in notices]
        checked = [(notice, notice.findings + lint(notice, calendar, now)) for notice in real]
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
