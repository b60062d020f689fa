"""A ledger that is out of reach for a moment, between the begin of an attempt and its hand-over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from notifier.errors import LedgerBusy
from notifier.testing import a_notice, shanghai_time
from tests.faults.tally import REPEAT
from tests.services import ONE_TEAM, World


class _Interrupted:
    """A verb that fails once: before its work, or after it, when only its answer is lost."""

    def __init__(self, verb: Callable[..., Any], *, after: bool) -> None:
        self._verb = verb
        self._after = after
        self.has_failed = False

    def __call__(self, *arguments: Any) -> Any:
        if self.has_failed:
            return self._verb(*arguments)
        self.has_failed = True
        if self._after:
            self._verb(*arguments)
        raise LedgerBusy("the database cannot be reached at present")


@pytest.mark.parametrize(
    ("verb", "after"), [("is_overtaken", False), ("is_answered", False), ("begin", True)]
)
def test_what_was_begun_and_not_handed_over_goes_out_at_the_next_try_and_is_no_repeat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str, after: bool
) -> None:
    world = World(tmp_path, ONE_TEAM, shanghai_time("2024-11-01 10:00"))
    world.save(a_notice())
    world.clock.set(shanghai_time("2024-11-14 14:00"))
    outbox = world.ledger.outbox
    interrupted = _Interrupted(getattr(outbox, verb), after=after)
    monkeypatch.setattr(outbox, verb, interrupted)
    with pytest.raises(LedgerBusy):
        world.work()
    assert interrupted.has_failed
    assert world.tried() == 0
    world.clock.move(timedelta(seconds=2))
    world.work()
    (text,) = world.said()
    assert REPEAT not in text
    world.clock.move(timedelta(hours=1))
    world.ledger.retries.recover_expired_leases(world.clock.now())
    world.work()
    assert world.tried() == 1
    world.ledger.close()
