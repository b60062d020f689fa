"""Recipients who are away: planned for, and not in the config at present. What waits for them is kept for a while."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime

from notifier.ledger.database import Database, to_ms
from notifier.ledger.memory import Memory
from notifier.ledger.row_values import dump

_KNOWN = "recipients"
_REMOVED = "recipient removed"


class Absences:
    """Keep who has been planned for."""

    def __init__(self, database: Database, memory: Memory) -> None:
        self._db = database
        self._memory = memory

    def known_recipients(self) -> set[str]:
        """Whoever has been planned for and was not given up."""
        known = self._memory.get(_KNOWN)
        if known is not None:
            return set(json.loads(known))
        return {row["recipient"] for row in self._db.rows("SELECT DISTINCT recipient FROM watches")}

    def remember(self, names: Collection[str]) -> None:
        if self._memory.get(_KNOWN) != (words := dump(sorted(names))):
            self._memory.put(_KNOWN, words)

    def give_up(self, recipient: str, now: datetime) -> int:
        """Cancel what is planned and what waits for a recipient who does not come back; how much that was."""
        with self._db.write():
            cancelled = self._db.execute(
                "UPDATE reminders SET state = 'superseded', reason = ? WHERE state = 'planned' AND recipient = ?",
                (_REMOVED, recipient),
            ).rowcount
            cancelled += self._db.execute(
                "UPDATE deliveries SET state = 'expired', words = ?, ended_at = ? WHERE state = 'queued' "
                "AND message_id IN (SELECT id FROM messages WHERE recipient = ?)",
                (_REMOVED, to_ms(now), recipient),
            ).rowcount
            self._db.execute(
                "UPDATE reminders SET state = 'missed', reason = ? WHERE state = 'claimed' AND recipient = ?",
                (_REMOVED, recipient),
            )
            self._db.execute("DELETE FROM watches WHERE recipient = ?", (recipient,))
        return cancelled
