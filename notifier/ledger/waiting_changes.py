"""Notices of change that name what is not known yet, kept until it is."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from notifier.domain.changes import Unmatched
from notifier.domain.offers import Offer
from notifier.domain.plain import parcel_from_plain
from notifier.domain.reach import MeantParcel, parts_of
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

# Nothing waits any more for a name in a notice.
_END_NAME = "DELETE FROM waiting WHERE notice_id = ? AND key = ?"

# The names in a notice that nobody knows.
_NAMES_LEFT = "SELECT name FROM waiting WHERE notice_id = ? ORDER BY place"

# A name in a notice of change means a parcel.
_MEAN = """INSERT INTO meant_parcels (notice_id, name, parcel_id) VALUES (?, ?, ?)
ON CONFLICT (notice_id, name) DO UPDATE SET parcel_id = excluded.parcel_id"""

# What the names in a notice of change mean.
_MEANT = "SELECT name, parcel_id FROM meant_parcels WHERE notice_id = ? ORDER BY name"

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

    def end(self, notice_id: int) -> None:
        """Let a notice wait for nothing any more, within a transaction of the caller's."""
        self._db.execute(_END_NOTICE, (notice_id,))

    def _unmatched(self, notice_id: int, names: Iterable[str]) -> Unmatched:
        notice = self.last_words(notice_id)
        return Unmatched(
            notice_id=notice_id,
            file=notice.file,
            kind=notice.kind,
            title=notice.title,
            city=notice.city,
            names=tuple(names),
            parts=parts_of(notice, tuple(names)),
        )

    def last_words(self, notice_id: int) -> Notice:
        """Return what a notice of change said last: enough to apply it."""
        row = self._db.row(_LAST_REVISION, (notice_id,))
        assert row is not None  # a notice is stored with its first revision
        return _change_from_body(row["file"], row["title"], json.loads(row["body"]))

    def names_of(self, notice_id: int) -> tuple[str, ...]:
        """Return the names that a notice waits for."""
        return tuple(row["name"] for row in self._db.rows(_NAMES_LEFT, (notice_id,)))

    def meant(self, notice_id: int) -> tuple[MeantParcel, ...]:
        """Return the parcels that names in a notice mean, as people said."""
        return tuple(
            MeantParcel(name=row["name"], parcel_id=row["parcel_id"])
            for row in self._db.rows(_MEANT, (notice_id,))
        )

    def keep_meaning(self, notice_id: int, names: Iterable[str], parcel_id: int) -> None:
        """Keep which parcel names in a notice mean, within a transaction of the caller's."""
        self._db.execute_many(_MEAN, [(notice_id, name, parcel_id) for name in names])

    def end_names(self, notice_id: int, names: Iterable[str]) -> None:
        """Let a notice wait for these names no longer, within a transaction of the caller's."""
        self._db.execute_many(_END_NAME, [(notice_id, number_key(name)) for name in names])

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

    def take_for(self, offers: Iterable[Offer]) -> list[tuple[int, Notice]]:
        """Return the changes that wait for one of `offers`, with ids, in the order of their days.

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
        waiting = [(notice_id, self.last_words(notice_id)) for notice_id in sorted(ids)]
        return sorted(waiting, key=lambda change: change[1].published or date.min)


def _change_from_body(file: str, title: str, body: dict[str, Any]) -> Notice:
    """Return what the ledger keeps of a notice of change: enough to apply it."""
    changes = [
        Change(parcel_no=number, field=field, old="", new=new, scanned=bool(scanned))
        for number, field, new, *scanned in body["changes"]
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
