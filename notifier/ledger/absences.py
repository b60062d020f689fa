"""Recipients who are away: planned for, and not in the config at present. What waits for them is kept for a while."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime

from notifier.domain.jobs import Job
from notifier.ledger.rows import dump
from notifier.ledger.store import Store, to_ms

_KNOWN = "recipients"
_REMOVED = "recipient removed"


class AbsenceVerbs(Store):
    def known_recipients(self) -> set[str]:
        """Whoever has been planned for and was not given up."""
        known = self.get(_KNOWN)
        if known is not None:
            return set(json.loads(known))
        return {row["recipient"] for row in self._rows("SELECT DISTINCT recipient FROM watches")}

    def remember_recipients(self, names: Collection[str]) -> None:
        if self.get(_KNOWN) != (words := dump(sorted(names))):
            self.put(_KNOWN, words)

    def put_off(self, job: Job, until: datetime) -> None:
        """Undo the beginning of `job`'s attempt, which was not made: it is queued again, to begin at `until`."""
        with self.write():
            self._do(
                "UPDATE deliveries SET state = 'queued', next_at = ?, attempts = attempts - 1, lease_until = NULL, "
                "first_at = CASE WHEN attempts > 1 THEN first_at END "
                "WHERE id = ? AND state = 'sending' AND attempts = ?",
                (to_ms(until), job.id, job.attempt),
            )
            self._do("DELETE FROM attempts WHERE delivery_id = ? AND number = ?", (job.id, job.attempt))

    def bring_forward(self, recipient: str, now: datetime) -> None:
        """What was put off for `recipient` is tried now."""
        with self.write():
            self._do(
                "UPDATE deliveries SET next_at = ? WHERE state = 'queued' AND next_at > ? "
                "AND message_id IN (SELECT id FROM messages WHERE recipient = ?)",
                (to_ms(now), to_ms(now), recipient),
            )

    def give_up(self, recipient: str, now: datetime) -> int:
        """Cancel what is planned and what waits for a recipient who does not come back; how much that was."""
        with self.write():
            cancelled = self._do(
                "UPDATE reminders SET state = 'superseded', reason = ? WHERE state = 'planned' AND recipient = ?",
                (_REMOVED, recipient),
            ).rowcount
            cancelled += self._do(
                "UPDATE deliveries SET state = 'expired', words = ?, ended_at = ? WHERE state = 'queued' "
                "AND message_id IN (SELECT id FROM messages WHERE recipient = ?)",
                (_REMOVED, to_ms(now), recipient),
            ).rowcount
            self._do(
                "UPDATE reminders SET state = 'missed', reason = ? WHERE state = 'claimed' AND recipient = ?",
                (_REMOVED, recipient),
            )
            self._do("DELETE FROM watches WHERE recipient = ?", (recipient,))
        return cancelled
