"""Messages with buttons where they arrived, so that they can be set right when things change."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from notifier.domain.answer_links import AnswerLink, Deed
from notifier.domain.outcomes import PostPlace
from notifier.domain.presses import CORRECTED_FOR, Post, ShownButton
from notifier.domain.values import MilestoneName
from notifier.ledger.database import Database, DatabaseRow, from_ms, to_ms
from notifier.ledger.row_values import dump

# A message that arrived. It is looked at once: what it tells may have changed on its way.
_ADD = """INSERT INTO posts (channel, chat, number, buttons, labels, at, next_at)
VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id"""

# A parcel that a message tells of.
_ADD_PARCEL = "INSERT INTO post_parcels (parcel_id, post_id) VALUES (?, ?)"

# The parcels of messages that nobody looks at any more.
_FORGET_PARCELS = (
    """DELETE FROM post_parcels WHERE post_id IN (SELECT id FROM posts WHERE at < ?)"""
)

# The messages that nobody looks at any more.
_FORGET = "DELETE FROM posts WHERE at < ?"

# The last message that could be set right; NULL: there is none.
_ANY = "SELECT max(id) FROM posts"

# Something has happened to parcels.
_TOUCH = """UPDATE posts SET next_at = ?, attempts = 0, turn = turn + 1
WHERE id IN (SELECT post_id FROM post_parcels WHERE parcel_id IN (?*))"""

# The messages that may have to be set right by now, the one that waits longest first.
_TO_CHECK = """SELECT * FROM posts WHERE next_at <= ? AND at >= ? AND channel IN (?*)
ORDER BY next_at, id LIMIT ?"""

# A message shows other words.
_KEEP_LABELS = "UPDATE posts SET labels = ? WHERE id = ?"

# A message is as it should be.
_SETTLE = "UPDATE posts SET next_at = NULL, attempts = 0 WHERE id = ? AND turn = ?"

# A message could not be set right, and is tried again; NULL: not before something happens.
_PUT_OFF = "UPDATE posts SET next_at = ?, attempts = attempts + 1 WHERE id = ? AND turn = ?"


class Posts:
    """Keep where messages with buttons arrived, and which of them may have to be set right.

    A message is looked at when it has arrived, and whenever one of its parcels was planned anew:
    whatever people say or files bring has that done.
    """

    def __init__(self, database: Database) -> None:
        self._db = database

    def keep(self, post: Post, now: datetime) -> None:
        """Keep a message that arrived, within a transaction of the caller's."""
        before = (to_ms(now - CORRECTED_FOR),)
        self._db.execute(_FORGET_PARCELS, before)
        self._db.execute(_FORGET, before)
        labels = dump(list(post.labels))
        where = (post.channel, post.place.chat, post.place.number)
        values = (*where, _buttons(post), labels, to_ms(post.at), to_ms(now))
        number = self._db.insert(_ADD, values)
        parcels = [(parcel_id, number) for parcel_id in sorted(post.parcels)]
        self._db.execute_many(_ADD_PARCEL, parcels)

    def touch(self, parcel_ids: Sequence[int], now: datetime) -> None:
        """Have the messages about parcels looked at, within a transaction of the caller's."""
        if parcel_ids and self._db.value(_ANY) is not None:
            self._db.execute(_TOUCH, (to_ms(now), tuple(parcel_ids)))

    def to_check(self, channels: Sequence[str], now: datetime, limit: int) -> list[Post]:
        """Return the messages of these channels that are to be looked at by now.

        Those that arrived more than CORRECTED_FOR ago are left as they are.
        """
        values = (to_ms(now), to_ms(now - CORRECTED_FOR), tuple(channels), limit)
        return [_post_of(row) for row in self._db.rows(_TO_CHECK, values)] if channels else []

    def settle(self, post: Post, labels: Sequence[str]) -> None:
        """Note that a message shows `labels`.

        If something has happened since `post` was read, it is looked at again.
        """
        with self._db.write():
            self._db.execute(_KEEP_LABELS, (dump(list(labels)), post.id))
            self._db.execute(_SETTLE, (post.id, post.turn))

    def put_off(self, post: Post, until: datetime | None) -> None:
        """Note that a message could not be set right; it is tried again at `until`.

        None: not before something happens to one of its parcels.
        """
        with self._db.write():
            at = None if until is None else to_ms(until)
            self._db.execute(_PUT_OFF, (at, post.id, post.turn))


def _buttons(post: Post) -> str:
    """Return the buttons of a message as the ledger keeps them: without the keys that do it."""
    return dump([[_plain(button) for button in row] for row in post.rows])


def _plain(button: ShownButton) -> list[object]:
    link = button.link
    what = (link.deed.value, link.recipient, link.parcel_id, link.milestone.value, to_ms(link.at))
    return [button.label, *what]


def _button_of(plain: Sequence[Any]) -> ShownButton:
    label, deed, recipient, parcel_id, milestone, at = plain
    link = AnswerLink(
        deed=Deed(deed),
        recipient=recipient,
        parcel_id=parcel_id,
        milestone=MilestoneName(milestone),
        at=from_ms(at),
    )
    return ShownButton(label=label, link=link)


def _post_of(row: DatabaseRow) -> Post:
    return Post(
        id=row["id"],
        channel=row["channel"],
        place=PostPlace(chat=row["chat"], number=row["number"]),
        rows=tuple(tuple(map(_button_of, plain)) for plain in json.loads(row["buttons"])),
        at=from_ms(row["at"]),
        labels=tuple(json.loads(row["labels"])),
        attempts=row["attempts"],
        turn=row["turn"],
    )
