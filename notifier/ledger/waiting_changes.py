"""Notices of change that name what is not known yet, kept until it is."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from notifier.domain.changes import Unmatched
from notifier.domain.offers import Offer
from notifier.domain.plain import parcel_from_plain
from notifier.domain.values import Change, Kind, Notice, number_key
from notifier.ledger.database import Database

# The names that nobody knows and nobody was told of, by notice, in the order in which the notice
# gives them.
_UNTOLD = "SELECT notice_id, name FROM waiting WHERE told = 0 ORDER BY notice_id, place"

# All names that nobody knows, by notice, in the order in which the notice gives them.
_ALL = "SELECT notice_id, name FROM waiting ORDER BY notice_id, place"

# Nothing of a notice waits any more.
_END_NOTICE = "DELETE FROM waiting WHERE notice_id = ?"

# People were told what a notice of change names.
_MARK_TOLD = "UPDATE waiting SET told = 1 WHERE notice_id = ?"

# A name that a notice of change waits for.
_WAIT = """INSERT INTO waiting (key, notice_id, name, told, place) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (key, notice_id) DO NOTHING"""

# Whether anything waits.
_ANY = "SELECT 1 FROM waiting LIMIT 1"

# The notices that wait for a name.
_WAITING_FOR = "SELECT notice_id FROM waiting WHERE key = ?"

# Nothing waits for a name any more.
_END = "DELETE FROM waiting WHERE key = ?"

# What a notice said last.
_LAST_REVISION = """SELECT r.file, r.body, n.title FROM revisions r JOIN notices n ON n.id =
    r.notice_id
WHERE n.id = ? ORDER BY r.id DESC LIMIT 1"""


class WaitingChanges:
    """Keep notices of change until what they name is known."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def untold(self) -> list[Unmatched]:
        """Return the changes that wait for what they name, and that nobody was told of yet."""
        return self._waiting(_UNTOLD)

    def all(self) -> list[Unmatched]:
        """Return all changes that wait for what they name."""
        return self._waiting(_ALL)

    def _waiting(self, query: str) -> list[Unmatched]:
        names: dict[int, list[str]] = {}
        for row in self._db.rows(query):
            names.setdefault(row["notice_id"], []).append(row["name"])
        return [self._unmatched(notice_id, unknown) for notice_id, unknown in names.items()]

    def end(self, notice_id: int) -> Notice:
        """Let a notice wait for nothing any more, within a transaction of the caller's.

        Return it.
        """
        self._db.execute(_END_NOTICE, (notice_id,))
        return self._last_words(notice_id)

    def _unmatched(self, notice_id: int, names: Iterable[str]) -> Unmatched:
        notice = self._last_words(notice_id)
        return Unmatched(
            notice_id=notice_id,
            file=notice.file,
            kind=notice.kind,
            title=notice.title,
            city=notice.city,
            names=tuple(names),
        )

    def mark_told(self, notice_id: int) -> None:
        """Note that people were told what this notice names."""
        with self._db.write():
            self._db.execute(_MARK_TOLD, (notice_id,))

    def wait(self, notice_id: int, names: Iterable[str], *, is_told: bool) -> None:
        """Let a notice wait for `names`, within a transaction of the caller's."""
        rows = [
            (number_key(name), notice_id, name, int(is_told), place)
            for place, name in enumerate(names)
        ]
        self._db.execute_many(_WAIT, rows)

    def take_for(self, offers: Iterable[Offer]) -> list[Notice]:
        """Return the changes that wait for one of `offers`, in the order of their days.

        They wait for these no longer, though perhaps for others. Within a transaction of the
        caller's.
        """
        if self._db.row(_ANY) is None:
            return []
        keys = {
            number_key(number)
            for offer in offers
            for number in (offer.notice_no, offer.parcel.parcel_no)
        }
        keys.discard("")
        ids: set[int] = set()
        for key in keys:
            ids |= {row["notice_id"] for row in self._db.rows(_WAITING_FOR, (key,))}
        self._db.execute_many(_END, [(key,) for key in sorted(keys)])
        waiting = [self._last_words(notice_id) for notice_id in sorted(ids)]
        return sorted(waiting, key=lambda notice: notice.published or date.min)

    def _last_words(self, notice_id: int) -> Notice:
        row = self._db.row(_LAST_REVISION, (notice_id,))
        assert row is not None  # a notice is stored with its first revision
        return _change_from_body(row["file"], row["title"], json.loads(row["body"]))


def _change_from_body(file: str, title: str, body: dict[str, Any]) -> Notice:
    """Return what the ledger keeps of a notice of change: enough to apply it."""
    changes = [
        Change(parcel_no=number, field=field, old="", new=new)
        for number, field, new in body["changes"]
    ]
    return Notice(
        file=file,
        kind=Kind(body["kind"]),
        notice_no=body["notice_no"],
        title=title,
        city=body["city"],
        refers_to=tuple(body["refers_to"]),
        parcels=tuple(map(parcel_from_plain, body["parcels"])),
        changes=tuple(changes),
        published=date.fromisoformat(body["published"]) if body.get("published") else None,
        words=body.get("words", ""),
    )
