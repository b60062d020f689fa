"""A wall clock that is set: what depends on it is looked at again."""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta

from notifier.ports import Clock, Ledger
from notifier.service.remembered import LAST_BEAT
from notifier.service.replanning import Planning
from notifier.service.steps import Again

log = logging.getLogger("notifier")

_EVERY = timedelta(seconds=2)
_JUMP = 5.0  # seconds; less is a clock that is being kept right
_SET_BACK = timedelta(seconds=10)  # the same, since the last time that reminders were claimed
_TRUSTED_AFTER = 3600.0  # seconds


class ClockWatch:
    """Compares the wall clock with the steady one, which nobody sets.

    Its step notices a jump and wakes the others; before it claims, dispatch has planned anew what
    a set-back brought back (`replan_after_set_back`).
    """

    def __init__(self, *, ledger: Ledger, clock: Clock, planning: Planning) -> None:
        self._ledger = ledger
        self._clock = clock
        self._planning = planning
        self._trusted_from = clock.steady() + _TRUSTED_AFTER
        self._latest: tuple[datetime, float] | None = None
        self._ahead = self._ahead_of_steady()
        self._is_untold = False  # a jump of which the others have not been woken
        self._lock = threading.Lock()

    @property
    def is_trusted(self) -> bool:
        """Whether nobody has set the clock for long: only then is anything deleted for its age."""
        self._note_jump()
        return self._clock.steady() >= self._trusted_from

    def step(self, now: datetime) -> Again:
        """Wake the others after a jump of the clock: something may be due."""
        del now
        self._note_jump()
        with self._lock:
            has_jumped, self._is_untold = self._is_untold, False
        return Again(after=_EVERY, wake=has_jumped)

    def _note_jump(self) -> None:
        """Notice a clock that was set, whichever step looks first; do not trust it for a while."""
        with self._lock:
            ahead = self._ahead_of_steady()
            jump, self._ahead = ahead - self._ahead, ahead
            if abs(jump) <= _JUMP:
                return
            self._is_untold = True
            self._trusted_from = self._clock.steady() + _TRUSTED_AFTER
        way = "forward" if jump > 0 else "back"
        log.warning("the clock was set %s by %s", way, timedelta(seconds=round(abs(jump))))

    def replan_after_set_back(self, now: datetime) -> None:
        """Plan anew what seemed to have passed while the clock was ahead."""
        steady = self._clock.steady()
        if self._latest is None:
            beat = self._ledger.memory.get(LAST_BEAT)
            expected = datetime.fromisoformat(beat) if beat else now
        else:
            latest, at = self._latest
            expected = latest + timedelta(seconds=steady - at)
        back = expected - now
        if abs(back) > _SET_BACK:
            self._trusted_from = steady + _TRUSTED_AFTER
        if back > _SET_BACK:
            log.warning(
                "the clock was set back by %s: what was noted meanwhile is planned anew", back
            )
            self._ledger.plans.set_back(back, now)
            self._planning.replan(now)
        self._latest = (now, steady)

    def _ahead_of_steady(self) -> float:
        return self._clock.now().timestamp() - self._clock.steady()
