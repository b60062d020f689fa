"""Receipts of the files that came in, and who waits for one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from notifier.domain.offers import Offer, OfferChange
from notifier.domain.plain import (
    change_from_plain,
    change_to_plain,
    finding_from_plain,
    finding_to_plain,
)
from notifier.domain.questions import Question
from notifier.domain.receipts import Deposit, FileContents, ReadParcel, Receipt, Reception, Way
from notifier.ledger.database import Database, DatabaseRow, from_ms, to_ms
from notifier.ledger.row_values import dump, offer_of

_MOST_FINDINGS = 100  # kept of one file
_MOST_PARCELS = 500
_NO_DEPOSIT = 0  # an id that no deposit has: a list in SQL is never empty

# Somebody who waits for the receipt of a file, with the receipt as soon as there is one.
_DEPOSITS = """SELECT d.id AS deposit_id, d.file AS deposit_file, d.sha256 AS deposit_sha256,
d.way AS deposit_way, d.sender AS deposit_sender, d.put_at,
r.id, r.file, r.sha256, r.way, r.sender, r.read_at, r.reception, r.words, r.body
FROM deposits d LEFT JOIN receipts r ON r.id = d.receipt_id"""

# Those who wait and have none yet.
_WITHOUT_RECEIPT = _DEPOSITS + " WHERE d.receipt_id IS NULL ORDER BY d.id"

# Those with these ids.
_SOME_DEPOSITS = _DEPOSITS + " WHERE d.id IN (?*) ORDER BY d.id"

# Who waits for the receipt of these bytes by this name, the first one.
_WAITING_FOR = """SELECT * FROM deposits WHERE file = ? AND sha256 = ? AND receipt_id IS NULL
ORDER BY id LIMIT 1"""

# The one who waits for it already.
_WAITS_ALREADY = """SELECT id FROM deposits
WHERE file = ? AND sha256 = ? AND way = ? AND sender = ? AND receipt_id IS NULL"""

# A receipt that was written since.
_WRITTEN_SINCE = "SELECT max(id) FROM receipts WHERE file = ? AND sha256 = ? AND read_at >= ?"

# By which way, and from whom, a file came after all.
_CAME_BY = "UPDATE receipts SET way = ?, sender = ? WHERE id = ?"

# Somebody waits for the receipt of a file.
_EXPECT = (
    "INSERT INTO deposits (file, sha256, way, sender, put_at, receipt_id) VALUES (?, ?, ?, "
    "?, ?, ?) RETURNING id"
)

# A receipt.
_ADD = """INSERT INTO receipts (file, sha256, way, sender, read_at, reception, words, body)
VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id"""

# Those who wait have their receipt.
_GIVE_RECEIPT = (
    "UPDATE deposits SET receipt_id = ? WHERE file = ? AND sha256 = ? AND receipt_id IS NULL"
)

# The latest receipts, the newest first.
_LATEST = "SELECT * FROM receipts ORDER BY id DESC LIMIT ?"

# The last receipt of these bytes by this name.
_LAST = "SELECT * FROM receipts WHERE file = ? AND sha256 = ? ORDER BY id DESC LIMIT 1"

# The parcels that are known since then, each with the file of the first statement about it.
_NEW_SINCE = """SELECT p.body, s.file FROM parcels p JOIN statements s ON s.parcel_id = p.id
WHERE p.known_at >= ? AND s.id = (SELECT min(f.id) FROM statements f WHERE f.parcel_id = p.id) ORDER
BY p.id"""

# The changes since then, each with its parcel.
_CHANGED_SINCE = """SELECT p.id AS parcel_id, p.key AS parcel_key, p.state AS parcel_state, p.head,
    p.body, c.body AS change FROM changes c
JOIN parcels p ON p.id = c.parcel_id WHERE c.at >= ? ORDER BY p.id, c.id"""

# The files that came by a way, were read, and whose sender has not been answered.
_TO_ANSWER = (
    _DEPOSITS + " WHERE d.way = ? AND d.receipt_id IS NOT NULL AND d.answered = 0 ORDER BY d.id"
)

# A sender has been answered.
_MARK_ANSWERED = "UPDATE deposits SET answered = 1 WHERE id = ?"

# The file of these bytes that came by a way.
_BY_WAY = _DEPOSITS + " WHERE d.sha256 = ? AND d.way = ? ORDER BY d.id LIMIT 1"


class Receipts:
    """Keep what became of each file that came in."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def expect(self, file: str, sha256: str, way: Way, sender: str, now: datetime) -> int:
        """Note that somebody waits for the receipt of a file that was put in; return its id.

        Waiting twice for the same is waiting once: after a crash the file is put in again. `now`:
        when it was put in; it may have been read since.
        """
        with self._db.write("receipts"):
            known = self._db.value(_WAITS_ALREADY, (file, sha256, way.value, sender))
            if known is not None:
                return int(known)
            receipt = self._db.value(_WRITTEN_SINCE, (file, sha256, to_ms(now)))
            if receipt is not None:
                self._db.execute(_CAME_BY, (way.value, sender, receipt))
            return self._db.insert(_EXPECT, (file, sha256, way.value, sender, to_ms(now), receipt))

    def is_expected(self, file: str, sha256: str) -> bool:
        """Return whether somebody waits for the receipt of this file."""
        return self._db.row(_WAITING_FOR, (file, sha256)) is not None

    def add(self, receipt: Receipt) -> int:
        """Keep a receipt, for whoever waits for it; return its id.

        The way and the sender are those of who waits for it.
        """
        with self._db.write("receipts"):
            waiting = self._db.row(_WAITING_FOR, (receipt.file, receipt.sha256))
            way = receipt.way.value if waiting is None else waiting["way"]
            sender = receipt.sender if waiting is None else waiting["sender"]
            body = dump(_contents_to_plain(receipt.contents))
            values = (receipt.file, receipt.sha256, way, sender, to_ms(receipt.read_at))
            number = self._db.insert(_ADD, (*values, receipt.reception.value, receipt.words, body))
            self._db.execute(_GIVE_RECEIPT, (number, receipt.file, receipt.sha256))
        return number

    def latest(self, limit: int = 50) -> list[Receipt]:
        """Return the latest receipts, the newest first."""
        return [_receipt_of(row) for row in self._db.rows(_LATEST, (limit,))]

    def last_of(self, file: str, sha256: str) -> Receipt | None:
        """Return the last receipt of these bytes by that name."""
        row = self._db.row(_LAST, (file, sha256))
        return None if row is None else _receipt_of(row)

    def waited_for(self) -> list[Deposit]:
        """Return the files whose receipt somebody waits for, the first put in first."""
        return [_deposit_of(row) for row in self._db.rows(_WITHOUT_RECEIPT)]

    def deposits(self, ids: Sequence[int]) -> list[Deposit]:
        """Return the files of these ids, each with its receipt as soon as there is one."""
        return [_deposit_of(row) for row in self._db.rows(_SOME_DEPOSITS, ((*ids, _NO_DEPOSIT),))]

    def deposit_of(self, sha256: str, way: Way) -> Deposit | None:
        """Return the file of these bytes that came by that way, if there is one."""
        row = self._db.row(_BY_WAY, (sha256, way.value))
        return None if row is None else _deposit_of(row)

    def unanswered(self, way: Way) -> list[Deposit]:
        """Return the files that came by a way and were read, but whose sender has no answer yet."""
        return [_deposit_of(row) for row in self._db.rows(_TO_ANSWER, (way.value,))]

    def mark_answered(self, deposit_id: int) -> None:
        """Note that the sender of a file has been answered."""
        with self._db.write():
            self._db.execute(_MARK_ANSWERED, (deposit_id,))

    def brought_by(
        self, files: Sequence[str], since: datetime
    ) -> tuple[list[str], list[tuple[Offer, OfferChange]]]:
        """Return the numbers of the new parcels of these files, and what they changed of others.

        Counted from `since`: a reading that a crash cut in two brought what both halves brought.
        """
        new = [
            json.loads(row["body"])["parcel_no"]
            for row in self._db.rows(_NEW_SINCE, (to_ms(since),))
            if row["file"] in files
        ]
        dated = [
            (offer_of(row), change_from_plain(json.loads(row["change"])))
            for row in self._db.rows(_CHANGED_SINCE, (to_ms(since),))
        ]
        return new, [(offer, change) for offer, change in dated if change.file in files]


def _contents_to_plain(contents: FileContents) -> dict[str, Any]:
    return {
        "parcels": [[parcel.number, parcel.times] for parcel in contents.parcels[:_MOST_PARCELS]],
        "new": list(contents.new[:_MOST_PARCELS]),
        "changed": list(contents.changed[:_MOST_PARCELS]),
        "changes": [
            [number, change_to_plain(change)] for number, change in contents.changes[:_MOST_PARCELS]
        ],
        "findings": [finding_to_plain(finding) for finding in contents.findings[:_MOST_FINDINGS]],
        "unmatched": list(contents.unmatched),
        "asked": [
            [question.key, question.alert, question.city, dict(question.params)]
            for question in contents.asked
        ],
    }


def _contents_of(plain: dict[str, Any]) -> FileContents:
    return FileContents(
        parcels=tuple(ReadParcel(number=number, times=times) for number, times in plain["parcels"]),
        new=tuple(plain["new"]),
        changed=tuple(plain["changed"]),
        changes=tuple(
            (number, change_from_plain(change)) for number, change in plain.get("changes", ())
        ),
        findings=tuple(map(finding_from_plain, plain["findings"])),
        unmatched=tuple(plain["unmatched"]),
        asked=tuple(
            Question(key=key, alert=alert, city=city, params=params)
            for key, alert, city, params in plain["asked"]
        ),
    )


def _receipt_of(row: DatabaseRow) -> Receipt:
    return Receipt(
        id=row["id"],
        file=row["file"],
        sha256=row["sha256"],
        reception=Reception(row["reception"]),
        read_at=from_ms(row["read_at"]),
        way=Way(row["way"]),
        sender=row["sender"],
        words=row["words"],
        contents=_contents_of(json.loads(row["body"])),
    )


def _deposit_of(row: DatabaseRow) -> Deposit:
    return Deposit(
        id=row["deposit_id"],
        file=row["deposit_file"],
        sha256=row["deposit_sha256"],
        way=Way(row["deposit_way"]),
        sender=row["deposit_sender"],
        put_at=from_ms(row["put_at"]),
        receipt=None if row["id"] is None else _receipt_of(row),
    )
