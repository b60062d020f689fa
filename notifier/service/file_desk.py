"""The desk for files: put in, waited for, and what became of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256

from notifier.config import Settings
from notifier.domain.receipts import Deposit, Receipt, Reception, Way
from notifier.errors import IntakeError
from notifier.intake.inbox_door import InboxDoor, numbered_names, refuse_size, safe_name
from notifier.ports import Ledger
from notifier.service.file_records import readable_name

_LONGEST_NAME = 150  # characters


class FileDesk:
    """The verbs of people who bring files. Each answers with a value; none prints."""

    def __init__(self, ledger: Ledger, settings: Callable[[], Settings]) -> None:
        self._ledger = ledger
        self._settings = settings

    def put(self, name: str, data: bytes, *, way: Way, by: str = "", now: datetime) -> Deposit:
        """Put a file in, where the daemon reads it, on whichever machine; return its deposit.

        By the deposit's id its receipt is asked for. What is refused at once (empty, too large)
        has its receipt already. OSError if the inbox is away.
        """
        settings = self._settings()
        digest = sha256(data).hexdigest()
        words = ""
        try:
            file = self._put_in(name, data, digest, way, settings, now)
        except IntakeError as fault:
            file, words = readable_name(name)[-_LONGEST_NAME:], str(fault)
        number = self._ledger.receipts.expect(file, digest, way, by, now)
        if words:
            refused = Receipt(
                file=file, sha256=digest, reception=Reception.REFUSED, read_at=now, words=words
            )
            self._ledger.receipts.add(refused)
        (deposit,) = self._ledger.receipts.deposits([number])
        return deposit

    def _put_in(
        self, name: str, data: bytes, digest: str, way: Way, settings: Settings, now: datetime
    ) -> str:
        """Put a file into the inbox, or into the ledger of several nodes; return its name there.

        IntakeError if it is refused, OSError if the inbox is away.
        """
        kept = self._ledger.kept_files
        if not kept.are_handed_over:
            return InboxDoor(settings.inbox, way.value).put(name, data, settings.limits)
        refuse_size(data, settings.limits)
        names = (f"{way.value}/{candidate}" for candidate in numbered_names(safe_name(name)))
        if not kept.has_room():
            raise IntakeError("too many files wait to be read: put it in again later")
        file = kept.put(names, data, digest, now)
        if not file:
            raise IntakeError("too many files have this name: rename it")
        return file

    def refuse(
        self, name: str, words: str, *, digest: str, way: Way, by: str, now: datetime
    ) -> None:
        """Keep the receipt of a file that was not even taken in, and why.

        `digest` identifies the file.
        """
        receipts = self._ledger.receipts
        if receipts.deposit_of(digest, way) is not None:
            return
        file = readable_name(name)[-_LONGEST_NAME:]
        receipts.expect(file, digest, way, by, now)
        receipts.add(
            Receipt(file=file, sha256=digest, reception=Reception.REFUSED, read_at=now, words=words)
        )

    def deposits(self, ids: Sequence[int]) -> list[Deposit]:
        """Return these files, each with its receipt as soon as it has been read."""
        return self._ledger.receipts.deposits(ids)

    def waited_for(self) -> list[Deposit]:
        """Return the files that were put in and not read yet."""
        return self._ledger.receipts.waited_for()

    def receipts(self, limit: int = 50) -> list[Receipt]:
        """Return the latest receipts, the newest first."""
        return self._ledger.receipts.latest(limit)
