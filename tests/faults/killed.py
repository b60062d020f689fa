"""`notifier run` that dies by its own hand at a named step: python -m tests.faults.killed WHEN STEP
PASS ARGUMENTS...

WHEN is `before` or `after`, STEP one of `STEPS`, PASS which pass through it that has work is the
last.
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
from notifier.ledger.outbox import Outbox
from notifier.messages.render import Renderer

STEPS: dict[str, tuple[type, str]] = {
    "claim": (DueClaims, "claim_due"),
    "mark": (Outbox, "begin"),
    "render": (Renderer, "render"),
    "send": (ServiceChannel, "send"),
    "record": (Deliveries, "record_all"),
}


def die_at(when: str, step: str, number: int) -> None:
    owner, name = STEPS[step]
    real = getattr(owner, name)
    passes = 0

    def dying(self: Any, *arguments: Any, **named: Any) -> Any:
        nonlocal passes
        if when == "before" and _has_work(self, step, arguments):
            passes += 1
            if passes == number:
                os.kill(os.getpid(), signal.SIGKILL)
        result = real(self, *arguments, **named)
        if when == "after" and result:
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
