"""Writes the receipt of each file that came in, for whoever brought it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from notifier.domain.doubts import marks_time
from notifier.domain.receipts import FileContents, ReadParcel, Receipt, Reception, Way
from notifier.domain.values import Finding, Notice, Parcel, Severity
from notifier.ports import Ledger

if TYPE_CHECKING:
    from notifier.service.ingest import TakenIn


class ReceiptWriter:
    """Write receipts; what is written twice, because a crash came between, is kept once."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def taken_in(
        self, file: str, sha256: str, taken: TakenIn, now: datetime, *, way: Way = Way.INBOX
    ) -> None:
        """Write the receipt of a file that was read."""
        since = self._ledger.files.begun_at(file) or now
        files = list(dict.fromkeys([file, *(notice.file for notice in taken.notices)]))
        new, changes = self._ledger.receipts.brought_by(files, since)
        is_known = taken.is_known and not new and not changes
        changed = {offer.id: offer.parcel.parcel_no for offer, _ in changes}
        receipt = Receipt(
            file=file,
            sha256=sha256,
            reception=Reception.KNOWN if is_known else Reception.READ,
            read_at=now,
            way=way,
            contents=FileContents(
                parcels=tuple(_parcels(taken.notices)),
                new=tuple(new),
                changed=tuple(changed.values()),
                changes=tuple((offer.parcel.parcel_no, change) for offer, change in changes),
                findings=tuple(_doubtful(taken.notices)),
                unmatched=tuple(names for _, names in taken.unmatched),
                asked=taken.asked,
            ),
        )
        self._add(receipt, since)

    def refused(
        self, file: str, sha256: str, words: str, now: datetime, *, way: Way = Way.INBOX
    ) -> None:
        """Write the receipt of a file that was not read, and why."""
        since = self._ledger.files.begun_at(file) or now
        receipt = Receipt(
            file=file,
            sha256=sha256,
            reception=Reception.REFUSED,
            read_at=now,
            way=way,
            words=words,
        )
        self._add(receipt, since)

    def repeated(self, file: str, sha256: str, now: datetime) -> None:
        """Write the receipt of a file that came in once more, for somebody who waits for it.

        It says what was read the time before.
        """
        receipts = self._ledger.receipts
        if not receipts.is_expected(file, sha256):
            return
        before = receipts.last_of(file, sha256)
        is_refused = before is not None and before.reception is Reception.REFUSED
        receipts.add(
            Receipt(
                file=file,
                sha256=sha256,
                reception=Reception.REFUSED if is_refused else Reception.KNOWN,
                read_at=now,
                words="" if before is None else before.words,
                contents=FileContents() if before is None else before.contents,
            )
        )

    def _add(self, receipt: Receipt, since: datetime) -> None:
        receipts = self._ledger.receipts
        last = receipts.last_of(receipt.file, receipt.sha256)
        is_written = last is not None and last.read_at >= since and receipt.way is not Way.IMPORT
        if is_written and not receipts.is_expected(receipt.file, receipt.sha256):
            return
        receipts.add(receipt)


def _parcels(notices: Iterable[Notice]) -> Iterable[ReadParcel]:
    for notice in notices:
        for parcel in notice.parcels:
            yield ReadParcel(number=parcel.parcel_no, times=_times(parcel))


def _times(parcel: Parcel) -> int:
    others = sum(len(alternative.milestones) for alternative in parcel.alternatives)
    return len(parcel.milestones) + others


def _doubtful(notices: Iterable[Notice]) -> Iterable[Finding]:
    for notice in notices:
        for finding in notice.findings:
            if finding.severity is not Severity.INFO or marks_time(finding):
                yield finding
