"""When an answer from outside was heard for the first time, kept over a crash."""

from __future__ import annotations

from datetime import datetime

from notifier.ports import Ledger


def first_heard(ledger: Ledger, place: str, number: str, now: datetime) -> datetime:
    """Return when the answer `number` was heard first at `place`, and note it before it is done.

    `place` keeps one answer: the one that is being taken. It counts from then on, so that what a
    crash interrupts is not done anew at a later instant.
    """
    known, _, at = (ledger.memory.get(f"{place}:first") or "").rpartition(" ")
    if known == number:
        return min(datetime.fromisoformat(at), now)
    ledger.memory.put(f"{place}:first", f"{number} {now.isoformat()}")
    return now
