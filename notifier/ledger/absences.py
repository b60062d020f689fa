"""Recipients who are away: planned for, but not in the config at present.

What waits for them is kept for a while.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime

from notifier.ledger.database import Database, to_ms
from notifier.ledger.memory import Memory
from notifier.ledger.row_values import dump

_KNOWN = "recipients"
_REMOVED = "recipient removed"

# Everyone who is reminded of a parcel: in a ledger that does not remember names yet.
_WATCHERS = "SELECT DISTINCT recipient FROM watches"

# What is planned for a recipient is not planned any more.
_CANCEL_REMINDERS = """UPDATE reminders SET state = 'superseded', reason = ?
WHERE state = 'planned' AND recipient = ?"""

# What waits to be sent to a recipient is not sent any more.
_CANCEL_DELIVERIES = """UPDATE deliveries SET state = 'expired', words = ?, ended_at = ?
WHERE state = 'queued' AND message_id IN (SELECT id FROM messages WHERE recipient = ?)"""

# What had been claimed for a recipient was not delivered.
_CALL_MISSED = (
    "UPDATE reminders SET state = 'missed', reason = ? WHERE state = 'claimed' AND recipient = ?"
)

# A recipient is reminded of nothing.
_END_WATCHES = "DELETE FROM watches WHERE recipient = ?"


class Absences:
    """Keep who has been planned for."""

    def __init__(self, database: Database, memory: Memory) -> None:
        self._db = database
        self._memory = memory

    def known_recipients(self) -> set[str]:
        """Return everyone who has been planned for and was not given up."""
        known = self._memory.get(_KNOWN)
        if known is not None:
            return set(json.loads(known))
        return {row["recipient"] for row in self._db.rows(_WATCHERS)}

    def replace_known(self, names: Collection[str]) -> None:
        """Keep the names of everyone who is planned for, in the place of those kept before."""
        words = dump(sorted(names))
        if self._memory.get(_KNOWN) != words:
            self._memory.put(_KNOWN, words)

    def give_up(self, recipient: str, now: datetime) -> int:
        """Cancel all that is planned or waits for a recipient; return how many rows that was.

        What is being sent at this moment counts as missed.
        """
        with self._db.write("plans"):
            cancelled = self._db.execute(_CANCEL_REMINDERS, (_REMOVED, recipient))
            cancelled += self._db.execute(_CANCEL_DELIVERIES, (_REMOVED, to_ms(now), recipient))
            self._db.execute(_CALL_MISSED, (_REMOVED, recipient))
            self._db.execute(_END_WATCHES, (recipient,))
        return cancelled
