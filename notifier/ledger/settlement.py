"""What the end of a delivery means for the reminders that it tells of."""

from __future__ import annotations

import json

from notifier.domain.delivery import HAS_ARRIVED, PASSED, DeliveryState, DeliveryStep, Recorded
from notifier.domain.jobs import Job
from notifier.ledger.database import Database

NOT_DELIVERED = "not delivered"
"""Why a reminder is missed of which no delivery arrived."""

# A reminder was delivered.
_DONE = "UPDATE reminders SET state = 'done' WHERE parcel_id = ? AND id = ? AND state = 'claimed'"

# What the deliveries of a message that have arrived, or may still arrive, tell of it.
_MAY_ARRIVE = """SELECT items FROM deliveries WHERE message_id = ?
AND state IN ('queued', 'sending', 'sent', 'accepted')"""

# A reminder whose milestone passed is planned once more: the next claim calls the milestone missed.
# Not so if another reminder of the milestone is claimed, or tells or told that it was missed.
_PLAN_TO_CALL_MISSED = """UPDATE reminders AS r SET state = 'planned', message_id = NULL, reason = ?
WHERE parcel_id = ? AND id = ? AND state = 'claimed' AND kind = 'reminder'
AND NOT EXISTS (SELECT 1 FROM reminders o
WHERE o.parcel_id = r.parcel_id AND o.recipient = r.recipient AND o.kind = r.kind AND o.milestone =
r.milestone
AND o.milestone_at = r.milestone_at AND o.id <> r.id AND (o.state = 'claimed'
OR o.state = 'missed' AND o.reason = ? OR o.state = 'planned' AND o.reason = ?))"""

# A reminder was not delivered.
_MISSED = """UPDATE reminders SET state = 'missed', reason = ?
WHERE parcel_id = ? AND id = ? AND state = 'claimed'"""


class Settlement:
    """Settle reminders. Each verb is called within a transaction of the caller's."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def settle(self, job: Job, step: DeliveryStep) -> Recorded:
        """Settle the reminders of a delivery that ended.

        Each is done as soon as one delivery that tells it has arrived, and missed when none can
        arrive any more. A reminder whose milestone passed before is planned once more instead, to
        be called missed.
        """
        ids = [(entry.offer.id, entry.reminder.id) for entry in job.entries]
        if step.state in HAS_ARRIVED:
            self._db.execute_many(_DONE, ids)
        if step.state not in (DeliveryState.FAILED, DeliveryState.EXPIRED):
            return Recorded.STORED
        if not self.is_lost(job):
            return Recorded.STORED
        covered = self._covered(job)
        # each by itself: of two reminders of a milestone only the last is called missed
        for reminder in ids:
            if covered is not None and reminder[1].hex() in covered:
                continue
            if step.reason == PASSED:
                self._db.execute(
                    _PLAN_TO_CALL_MISSED, (NOT_DELIVERED, *reminder, PASSED, NOT_DELIVERED)
                )
            self._db.execute(_MISSED, (NOT_DELIVERED, *reminder))
        return Recorded.LOST

    def is_lost(self, job: Job) -> bool:
        """Return whether something that a delivery tells has reached nobody, and will not."""
        covered = self._covered(job)
        if covered is None or not job.entries:
            return covered == set()
        return not {entry.reminder.id.hex() for entry in job.entries} <= covered

    def _covered(self, job: Job) -> set[str] | None:
        """Return the reminders that other deliveries of the message tell; None: all of it."""
        covered: set[str] = set()
        for row in self._db.rows(_MAY_ARRIVE, (job.message_id,)):
            if row["items"] is None:
                return None
            covered |= set(json.loads(row["items"]))
        return covered
