"""Deliveries that are tried again: after a crash, after a trouble, when a person asks for it."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime

from notifier.domain.nodes import TERM
from notifier.domain.outcomes import About
from notifier.domain.troubles import Trouble
from notifier.ledger.database import (
    COPIED_AT,
    RESTORED_AT,
    Database,
    DatabaseRow,
    message_locks,
    to_ms,
)
from notifier.ledger.memory import Memory
from notifier.ledger.send_times import SendTimes
from notifier.ledger.settlement import NOT_DELIVERED

_NO_DELIVERY = 0  # an id that no delivery has: a list in SQL is never empty

# Whatever waits in a restored copy may have been sent since it was made.
_MARK_QUEUE = "UPDATE deliveries SET maybe_repeat = 1 WHERE state = 'queued'"

# A copy is put to use.
_NOTE_RESTORING = "INSERT INTO meta (key, value) VALUES (?, ?)"

# Whether anything is under way.
_ANY_UNDER_WAY = "SELECT 1 FROM deliveries WHERE state = 'sending' LIMIT 1"

# What was under way may have been sent, and is queued again.
_REQUEUE = """UPDATE deliveries SET state = 'queued', maybe_repeat = 1, next_at = ?, lease_until =
    NULL
WHERE state = 'sending'"""

# Whether anything is under way on a node that has not beaten since an instant.
_ANY_OF_GONE = """SELECT 1 FROM deliveries WHERE state = 'sending'
AND node NOT IN (SELECT name FROM nodes WHERE seen_at > ?) LIMIT 1"""

# What was under way on a node that has not beaten since an instant may have been sent, and is
# queued again.
_REQUEUE_OF_GONE = """UPDATE deliveries SET state = 'queued', maybe_repeat = 1, next_at = ?,
    lease_until = NULL
WHERE state = 'sending' AND node NOT IN (SELECT name FROM nodes WHERE seen_at > ?)"""

# Whether anything is under way beyond its lease, but for some deliveries.
_ANY_EXPIRED = """SELECT 1 FROM deliveries
WHERE state = 'sending' AND lease_until < ? AND id NOT IN (?*) LIMIT 1"""

# What was under way beyond its lease may have been sent, and is queued again, but for some
# deliveries.
_REQUEUE_EXPIRED = """UPDATE deliveries SET state = 'queued', maybe_repeat = 1, next_at = ?,
    lease_until = NULL
WHERE state = 'sending' AND lease_until < ? AND id NOT IN (?*)"""

# What failed, is still of use, and was not said by what stands for it.
_FAILED = """SELECT d.id, d.message_id, d.items FROM deliveries d
JOIN messages m ON m.id = d.message_id
WHERE d.state = 'failed' AND m.expires_at > ?
AND NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.stands_for = d.id AND o.state IN ('sent',
'accepted'))"""

# What was given up because of a trouble, is still of use, and did not arrive in any other way: some
# of it is missed, or no delivery of an alert or a digest arrived.
_FAILED_BY_TROUBLE = """SELECT d.id, d.message_id, d.items FROM deliveries d
JOIN messages m ON m.id = d.message_id
WHERE d.state = 'failed' AND m.expires_at > ? AND d.channel = ? AND (? = 1 OR d.address = ?)
AND d.about = ? AND d.ended_at >= ?
AND (EXISTS (SELECT 1 FROM reminders r WHERE r.message_id = d.message_id
AND r.state = 'missed' AND r.reason = ?)
OR NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.message_id = d.message_id
AND o.state IN ('queued', 'sending', 'sent', 'accepted')))"""

# The reminders of a message that were not delivered.
_MISSED = """SELECT parcel_id, id FROM reminders
WHERE message_id = ? AND state = 'missed' AND reason = ?"""

# A reminder that was not delivered is on its way again.
_REVIVE_REMINDER = """UPDATE reminders SET state = 'claimed'
WHERE parcel_id = ? AND id = ? AND state = 'missed' AND reason = ?"""

# A failed delivery is queued again.
_REVIVE = """UPDATE deliveries SET state = 'queued', next_at = ?, ended_at = NULL, unknowns = 0
WHERE id = ? AND state = 'failed'"""

# Whether anything waits for a channel, or for one address of it, beyond an instant.
_ANY_WAITING = """SELECT 1 FROM deliveries WHERE state = 'queued' AND channel = ? AND next_at > ?
AND (? = 1 OR address = ?) LIMIT 1"""

# What waits for a channel, or for one address of it, is tried now.
_TRY_NOW = """UPDATE deliveries SET next_at = ? WHERE state = 'queued' AND channel = ? AND next_at >
    ?
AND (? = 1 OR address = ?)"""

# What waits for a recipient is tried now.
_BRING_FORWARD = """UPDATE deliveries SET next_at = ? WHERE state = 'queued' AND next_at > ?
AND message_id IN (SELECT id FROM messages WHERE recipient = ?)"""


class Retries:
    """Queue deliveries again."""

    def __init__(self, database: Database, memory: Memory, send_times: SendTimes) -> None:
        self._db = database
        self._memory = memory
        self._send_times = send_times

    def recover(self, now: datetime) -> int:
        """Queue again what was under way when the process died; return how many deliveries.

        They are marked as possible repeats. In a backup that is put to use everything queued is
        marked, too: it may have been sent since the backup was made.
        """
        self.mark_restored(now)
        if self._db.value(_ANY_UNDER_WAY) is None:
            return 0
        with self._db.write():
            return self._db.execute(_REQUEUE, (to_ms(now),))

    def mark_restored(self, now: datetime) -> None:
        """Mark everything queued as a possible repeat, if a backup is put to use here.

        It may have been sent since the backup was made.
        """
        if self._memory.get(COPIED_AT) is not None and self._memory.get(RESTORED_AT) is None:
            with self._db.write("restoring"):
                if self._memory.get(RESTORED_AT) is None:
                    self._db.execute(_MARK_QUEUE)
                    self._db.execute(_NOTE_RESTORING, (RESTORED_AT, now.isoformat()))

    def take_over(self, now: datetime, present: datetime) -> int:
        """Queue again what gone nodes had under way; return how many deliveries.

        They are marked as possible repeats. A node is gone that has not beaten within a TERM before
        `present`, by the database's clock. `now`: when they are tried again, by this node's.
        """
        since = to_ms(present - TERM)
        if self._db.value(_ANY_OF_GONE, (since,)) is None:
            return 0
        with self._db.write():
            taken = self._db.execute(_REQUEUE_OF_GONE, (to_ms(now), since))
            self._send_times.end_abandoned(now)
        return taken

    def recover_expired_leases(self, now: datetime, *, under_way: Collection[int] = ()) -> int:
        """Queue again what has been under way beyond its lease; return how many deliveries.

        They are marked as possible repeats. The ids `under_way` are left alone: this process is
        sending them, and the clock may have been set forth meanwhile.
        """
        excluded = (_NO_DELIVERY, *under_way)
        if self._db.value(_ANY_EXPIRED, (to_ms(now), excluded)) is None:
            return 0
        with self._db.write():
            return self._db.execute(_REQUEUE_EXPIRED, (to_ms(now), to_ms(now), excluded))

    def retry_failed(self, now: datetime) -> int:
        """Queue again what failed for good, is of use, and no fallback told; return how many."""
        return self._revive(self._db.rows(_FAILED, (to_ms(now),)), now)

    def release(self, trouble: Trouble, now: datetime) -> int:
        """Let what waits for a channel or address in trouble be tried now; return how many.

        `trouble`: it is over. What failed because of it is queued again, too, if it is still of use
        and did not arrive in any other way.
        """
        is_of_all = int(trouble.about is not About.ADDRESS)
        waiting = (trouble.channel, to_ms(now), is_of_all, trouble.address)
        released = 0
        if self._db.value(_ANY_WAITING, waiting) is not None:
            with self._db.write():
                released = self._db.execute(_TRY_NOW, (to_ms(now), *waiting))
        given_up = self._db.rows(
            _FAILED_BY_TROUBLE,
            (
                to_ms(now),
                trouble.channel,
                is_of_all,
                trouble.address,
                trouble.about.value,
                to_ms(trouble.since),
                NOT_DELIVERED,
            ),
        )
        missed = [row for row in given_up if row["items"] is None or self._missed(row)]
        return released + self._revive(missed, now)

    def _revive(self, failed: Sequence[DatabaseRow], now: datetime) -> int:
        if not failed:
            return 0
        revived = 0
        with self._db.write(*message_locks(row["message_id"] for row in failed)):
            for row in failed:
                if self._db.execute(_REVIVE, (to_ms(now), row["id"])) == 1:
                    revived += 1
                    reminders = [(*key, NOT_DELIVERED) for key in self._missed(row)]
                    self._db.execute_many(_REVIVE_REMINDER, reminders)
        return revived

    def _missed(self, delivery: DatabaseRow) -> list[tuple[int, bytes]]:
        """Return the reminders (parcel, id) that a delivery tells and that reached nobody."""
        only = None if delivery["items"] is None else set(json.loads(delivery["items"]))
        missed = self._db.rows(_MISSED, (delivery["message_id"], NOT_DELIVERED))
        keys = [(int(row["parcel_id"]), bytes(row["id"])) for row in missed]
        return [key for key in keys if only is None or key[1].hex() in only]

    def bring_forward(self, recipient: str, now: datetime) -> None:
        """Let what waits for `recipient` be tried now, whenever its next try was to be."""
        with self._db.write():
            self._db.execute(_BRING_FORWARD, (to_ms(now), to_ms(now), recipient))
