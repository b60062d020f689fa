"""Files in: read, linted, stored; and people are told what they must settle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from notifier.domain.answer_words import SheetWord
from notifier.domain.examples import without_example
from notifier.domain.findings import Code
from notifier.domain.lint import checked
from notifier.domain.questions import Question
from notifier.domain.receipts import Way
from notifier.domain.recipients import Recipient
from notifier.domain.values import Notice, Severity
from notifier.errors import IntakeError
from notifier.intake import read_bytes
from notifier.intake.child import FileReader
from notifier.ports import Ledger
from notifier.service.file_records import readable_name
from notifier.service.kept_cutouts import KeptCutouts
from notifier.service.operator_alerts import Alerts
from notifier.service.receipt_writer import ReceiptWriter
from notifier.service.setup import ActiveSetup

_TOGETHER = 100  # notices in one transaction: reminders that fall due meanwhile wait for it


@dataclass(frozen=True, kw_only=True, slots=True)
class TakenIn:
    """What a file brought: its notices with all findings, and how much of it is news.

    `is_known`: the same bytes were read before. `unmatched`: (the title of a notice of change, the
    names in it that nobody knows); `asked`: the questions that people must settle.
    """

    notices: tuple[Notice, ...]
    new: int = 0
    changed: int = 0
    is_known: bool = False
    unmatched: tuple[tuple[str, str], ...] = ()
    asked: tuple[Question, ...] = ()


class Ingest:
    """Stores notices, linted, and tells people what they must settle."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        reader: FileReader,
        active: ActiveSetup,
        alerts: Alerts,
        receipts: ReceiptWriter,
    ) -> None:
        self._ledger = ledger
        self._reader = reader
        self._active = active
        self._alerts = alerts
        self._receipts = receipts

    def take_in(
        self,
        path: Path,
        now: datetime,
        *,
        on_purpose: bool = False,
        keeps_pictures: bool = True,
    ) -> TakenIn:
        """Read and store a file. IntakeError if it is no record and no notice.

        `on_purpose`: a person has it read by a command, so that it counts even if the same bytes
        were read before. `keeps_pictures`: false where nothing is to be left beside the ledger.
        """
        data = read_bytes(path, self._active.setup.settings.limits)
        return self.take_in_data(
            readable_name(path.name),
            data,
            now,
            on_purpose=on_purpose,
            keeps_pictures=keeps_pictures,
        )

    def take_in_data(
        self,
        name: str,
        data: bytes,
        now: datetime,
        *,
        on_purpose: bool = False,
        keeps_pictures: bool = True,
    ) -> TakenIn:
        """Read and store bytes as `take_in`; the `name` ends in the kind of file (`notice.pdf`)."""
        digest = sha256(data).hexdigest()
        try:
            notices = self._reader.read(name, data, self._active.setup.settings.limits)
        except IntakeError as fault:
            self._receipts.refused(name, digest, str(fault), now, way=Way.IMPORT)
            raise
        if not keeps_pictures:
            notices = [replace(notice, cutouts=()) for notice in notices]
        taken = self.store(notices, now, digest, on_purpose=on_purpose)
        self._receipts.taken_in(name, digest, taken, now, way=Way.IMPORT)
        return taken

    def store(
        self,
        notices: Sequence[Notice],
        now: datetime,
        digest: str = "",
        *,
        on_purpose: bool = False,
    ) -> TakenIn:
        """Store notices that were read, with the lint's findings; tell of changes that fit nothing.

        `digest`: of the bytes that they were read from. Bytes that were read before say nothing
        new, unless a person has them read by a command: `on_purpose`.
        """
        calendar = self._active.setup.settings.calendar
        settings = self._active.setup.settings
        people = {notice.file: settings.answers_by(notice.file) for notice in notices}
        found = tuple(
            checked(_of_own_sheet(without_example(notice), people[notice.file]), calendar, now)
            for notice in notices
        )
        file = notices[0].file if notices else ""
        if digest and not on_purpose and self._ledger.files.says_nothing_new(file, digest):
            return TakenIn(notices=found, is_known=True)
        saved = []
        for first in range(0, len(found), _TOGETHER):
            together = [(notice, notice.findings) for notice in found[first : first + _TOGETHER]]
            saved += self._ledger.notices.save_all(
                together,
                now,
                on_purpose=on_purpose,
                answers_by={file: by for file, by in people.items() if by},
            )
        KeptCutouts(self._ledger, settings.ledger).keep(found)
        if digest:
            self._ledger.files.note_bytes(file, digest, now)
        self.tell_unsettled(now)
        unmatched = [
            (notice.title or notice.notice_no, "、".join(result.unmatched))
            for notice, result in zip(found, saved, strict=True)
            if result.unmatched
        ]
        asked = [question for result in saved for question in result.asked]
        return TakenIn(
            notices=found,
            new=sum(len(result.new) for result in saved),
            changed=sum(len(result.changed) for result in saved),
            unmatched=tuple(unmatched),
            asked=tuple(asked),
        )

    def tell_unsettled(self, now: datetime) -> None:
        """Tell of the changes that fit no known parcel, and ask the questions that are open.

        Everyone whose filter could match the city is told: a postponement may be about theirs.
        """
        for change in self._ledger.waiting.untold():
            params = {
                "file": change.file,
                "kind": change.kind.value,
                "title": change.title,
                "names": ", ".join(change.names),
            }
            key = f"unmatched:{change.notice_id}:{':'.join(change.names)}"
            self._tell_concerned(change.city, key, "unmatched-change", params, now)
            self._ledger.waiting.mark_told(change.notice_id)
        gone = self._ledger.sheet_answers.untold()
        for word in gone:
            self._tell_gone(word, now)
        if gone:
            self._ledger.sheet_answers.mark_told(gone)
        for question in self._ledger.questions.untold():
            self._ask(question, now)
            self._ledger.questions.mark_asked(question.key)

    def _tell_gone(self, word: SheetWord, now: datetime) -> None:
        """Tell everyone concerned that a sheet does not say any more what was taken for an answer.

        The answer stands: a cell may be emptied by mistake, and a person can take it back.
        """
        offer = word.offer
        number = f"{offer.parcel.parcel_no}@{offer.id}"
        params = {"file": word.file, "number": number, "by": word.by}
        key = f"sheet:{word.file}:{offer.id}:{word.at.isoformat()}"
        alert = f"sheet-{word.was}-gone"
        if not self._tell_concerned(offer.city, key, alert, params, now):
            self._alerts.queue(key, alert, params, now)

    def _ask(self, question: Question, now: datetime) -> None:
        """Ask everyone concerned; the operators where that is nobody."""
        key, alert, params = question.key, question.alert, question.params
        if not self._tell_concerned(question.city, key, alert, params, now):
            self._alerts.queue(key, alert, params, now)

    def _tell_concerned(
        self, city: str, key: str, alert: str, params: Mapping[str, str], now: datetime
    ) -> bool:
        """Queue an alert to those whose filter could match `city`; return whether there are any."""
        concerned = self._concerned(city)
        for recipient in concerned:
            self._alerts.queue_for(recipient, key, alert, params, now)
        return bool(concerned)

    def _concerned(self, city: str) -> list[Recipient]:
        """Return whose filter could match `city`: those who want changes, all if nobody does."""
        recipients = self._active.setup.settings.recipients
        matching = [each for each in recipients if each.filters.could_match_city(city)]
        wanting = [recipient for recipient in matching if "change" in recipient.kinds]
        return wanting or matching


def _of_own_sheet(notice: Notice, answers_by: str) -> Notice:
    """Return a notice whose findings say of its column of answers what is true of its file."""
    findings = []
    for finding in notice.findings:
        if finding.code == Code.ANSWER_STATED and answers_by:
            continue  # it counts
        if finding.code == Code.ANSWER_NOT_UNDERSTOOD:
            if not answers_by:
                continue  # nobody said that it is a column of answers
            finding = replace(finding, severity=Severity.WARNING)
        findings.append(finding)
    return replace(notice, findings=tuple(findings))
