"""Steps of the work: an engine calls them, and each returns when it wants to be called again."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from notifier.errors import LedgerBusy, NotifierError

log = logging.getLogger("notifier")

_BUSY_FOR = timedelta(seconds=2)
"""How soon a step is called again whose ledger was busy, or could not be reached for a moment."""


Queue = Literal["", "leader", "nodes"]
"""Who hears what wakes a step where nodes tell each other: nobody else, the leader, any node."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Again:
    """A step's answer: call me again `after` this long, by the steady clock; sooner is allowed.

    `wake`: this call may have made work for the steps of `Step.wakes`: call them at once.
    """

    after: timedelta
    wake: bool = False


def _do_nothing() -> None:
    """Close nothing: the step holds nothing open."""


def _is_busy() -> bool:
    """Return that a step may be busy with what must come to an end."""
    return False


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """A part of the work, which an engine calls again and again. `run` raises nothing.

    `wakes`: the names of the steps for which it makes work. `first_after`: the wait before its
    first call, after the start and after each reload, of a step that does not block.
    `may_block`: it waits for a network, so it needs a thread of its own. `end`: called once by
    that thread, when the daemon ends; a channel that a reload removes keeps its step, which then
    does nothing. `is_waiting`: whether it only waits for something to come in, so that the end of
    the daemon need not wait for it. `queue`: who may do it for all nodes.
    """

    name: str
    run: Callable[[datetime], Again]
    wakes: tuple[str, ...] = ()
    first_after: timedelta = timedelta(0)
    may_block: bool = False
    end: Callable[[], None] = _do_nothing
    is_waiting: Callable[[], bool] = _is_busy
    queue: Queue = ""


def until(at: datetime | None, now: datetime, longest: timedelta) -> timedelta:
    """Return the wait from `now` to `at`: from 0 to `longest`, which also stands for no `at`."""
    if at is None:
        return longest
    return min(max(at - now, timedelta(0)), longest)


def guarded(
    name: str,
    run: Callable[[datetime], Again],
    *,
    after_failure: timedelta,
    note_success: Callable[[str, datetime], None],
    note_failure: Callable[[str, NotifierError, datetime], None],
    note_error: Callable[[Exception, datetime], object],
) -> Callable[[datetime], Again]:
    """Wrap `run` so that it raises nothing: after a failure it is called again `after_failure`.

    While the ledger is busy or out of reach it is called sooner: nothing is wrong with its work.
    `note_failure` gets what the ledger, a file or a network caused, `note_error` what a mistake in
    the program caused; `note_success` the name of a step that worked.
    """

    def call(now: datetime) -> Again:
        after = after_failure
        try:
            again = run(now)
        except NotifierError as fault:
            if isinstance(fault, LedgerBusy):
                after = min(after_failure, _BUSY_FOR)
            note_failure(name, fault, now)
        except Exception as fault:
            log.exception("%s: an error in the program; it is tried again", name)
            note_error(fault, now)
        else:
            note_success(name, now)
            return again
        return Again(after=after)

    def run_guarded(now: datetime) -> Again:
        try:
            return call(now)
        except Exception:  # an alert of it that cannot be made must not end the step, too
            log.exception("%s: what went wrong could not be told", name)
            return Again(after=after_failure)

    return run_guarded
