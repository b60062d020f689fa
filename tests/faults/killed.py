"""`notifier run` that dies by its own hand at a named step: python -m tests.faults.killed WHEN STEP
PASS ARGUMENTS...

WHEN is `before` or `after`, STEP one of `STEPS`, or `reading-` and one of `READING_STEPS`, PASS
which pass through it that has work is the last.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from notifier.channels.service_channel import ServiceChannel
from notifier.cli import main
from notifier.ledger.deliveries import Deliveries
from notifier.ledger.due_claims import DueClaims
from notifier.ledger.inbox_files import InboxFiles
from notifier.ledger.kept_files import KeptFiles
from notifier.ledger.kept_receipts import Receipts
from notifier.ledger.notices import Notices
from notifier.ledger.outbox import Outbox
from notifier.messages.render import Renderer

STEPS: dict[str, tuple[type, str]] = {
    "claim": (DueClaims, "claim_due"),
    "mark": (Outbox, "begin"),
    "render": (Renderer, "render"),
    "send": (ServiceChannel, "send"),
    "record": (Deliveries, "record_all"),
}


READING_STEPS: dict[str, tuple[type, str]] = {
    "carry": (KeptFiles, "carry"),
    "mark": (InboxFiles, "begin_reading"),
    "fetch": (KeptFiles, "bytes_of"),
    "store": (Notices, "save_all"),
    "note": (InboxFiles, "note_bytes"),
    "receipt": (Receipts, "add"),
    "remember": (InboxFiles, "save"),
    "end": (KeptFiles, "end"),
}
"""Those of a file on its way through a ledger that several nodes share."""


def die_at(when: str, step: str, number: int) -> None:
    is_of_reading = step.startswith("reading-")
    owner, name = READING_STEPS[step[8:]] if is_of_reading else STEPS[step]
    real = getattr(owner, name)
    passes = 0

    def dying(self: Any, *arguments: Any, **named: Any) -> Any:
        nonlocal passes
        if when == "before" and _has_work(self, step, arguments):
            passes += 1
            if passes == number:
                os.kill(os.getpid(), signal.SIGKILL)
        result = real(self, *arguments, **named)
        if when == "after" and (result or is_of_reading):
            passes += 1
            if passes == number:
                os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, dying)


def _has_work(owner: Any, step: str, arguments: tuple[Any, ...]) -> bool:
    if step == "claim":
        due = owner.next_due()
        return due is not None and due <= arguments[0]
    if step == "mark":
        channel, now = arguments[:2]
        ready = owner.next_try(channel)
        return ready is not None and ready <= now
    return True


if __name__ == "__main__":
    die_at(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    sys.argv[1:] = sys.argv[4:]
    sys.exit(main())
