"""Notices of change that name what is not known yet: kept until it is, whichever file comes first."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from notifier.domain.offers import Offer
from notifier.domain.plain import parcel_from_plain
from notifier.domain.values import Change, Kind, Notice, number_key
from notifier.ledger.database import Database


@dataclass(frozen=True, kw_only=True, slots=True)
class Unmatched:
    """A notice of change and the `names` (of notices, of parcels) in it that nobody knows."""

    notice_id: int
    file: str
    kind: Kind
    title: str
    city: str
    names: tuple[str, ...]


class WaitingChanges:
    """Keep notices of change until what they name is known."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def untold(self) -> list[Unmatched]:
        """The changes that wait for what they name, and that nobody was told of yet."""
        rows = self._db.rows("SELECT notice_id, name FROM waiting WHERE told = 0 ORDER BY notice_id, rowid")
        names: dict[int, list[str]] = {}
        for row in rows:
            names.setdefault(row["notice_id"], []).append(row["name"])
        found = []
        for notice_id, unknown in names.items():
            notice = self._said_of(notice_id)
            found.append(
                Unmatched(
                    notice_id=notice_id, file=notice.file, kind=notice.kind, title=notice.title, city=notice.city,
                    names=tuple(unknown),
                )
            )  # fmt: skip
        return found

    def mark_told(self, notice_id: int) -> None:
        with self._db.write():
            self._db.execute("UPDATE waiting SET told = 1 WHERE notice_id = ?", (notice_id,))

    def wait(self, notice_id: int, names: Iterable[str], *, told: bool) -> None:
        self._db.execute_many(
            "INSERT OR IGNORE INTO waiting (key, notice_id, name, told) VALUES (?, ?, ?, ?)",
            [(number_key(name), notice_id, name, int(told)) for name in names],
        )

    def take_for(self, offers: Iterable[Offer]) -> list[Notice]:
        """The changes that wait for one of `offers`, in the order in which they were published; they wait no longer."""
        if self._db.row("SELECT 1 FROM waiting LIMIT 1") is None:
            return []
        keys = {number_key(number) for offer in offers for number in (offer.notice_no, offer.parcel.parcel_no)}
        ids: set[int] = set()
        for key in keys - {""}:
            ids |= {row["notice_id"] for row in self._db.rows("SELECT notice_id FROM waiting WHERE key = ?", (key,))}
        self._db.execute_many("DELETE FROM waiting WHERE key = ?", [(key,) for key in keys])
        waiting = [self._said_of(notice_id) for notice_id in sorted(ids)]
        return sorted(waiting, key=lambda notice: notice.published or date.min)

    def _said_of(self, notice_id: int) -> Notice:
        row = self._db.row(
            "SELECT r.file, r.body, n.title FROM revisions r JOIN notices n ON n.id = r.notice_id "
            "WHERE n.id = ? ORDER BY r.id DESC LIMIT 1",
            (notice_id,),
        )
        assert row is not None  # a notice is stored with its first revision
        return _change_from_body(row["file"], row["title"], json.loads(row["body"]))


def _change_from_body(file: str, title: str, body: dict[str, Any]) -> Notice:
    """What the ledger keeps of a notice of change: enough to apply it."""
    return Notice(
        file=file,
        kind=Kind(body["kind"]),
        notice_no=body["notice_no"],
        title=title,
        city=body["city"],
        refers_to=tuple(body["refers_to"]),
        parcels=tuple(map(parcel_from_plain, body["parcels"])),
        changes=tuple(Change(parcel_no=number, field=field, old="", new=new) for number, field, new in body["changes"]),
        published=date.fromisoformat(body["published"]) if body.get("published") else None,
        words=body.get("words", ""),
    )
