"""The machine's clocks: what instant it is, and how long something takes.

Nobody else reads them.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

# it counts while the machine sleeps, too; other systems than Linux have only one that may not
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def steady() -> float:
    """Return the seconds since the machine started.

    Nobody sets them, in whichever direction the wall clock jumps.
    """
    return time.clock_gettime(_STEADY)


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def steady(self) -> float:
        return steady()
