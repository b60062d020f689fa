"""Steps of the work: an engine calls them, and each answers when it is to be called again."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from notifier.errors import NotifierError

log = logging.getLogger("notifier")


@dataclass(frozen=True, kw_only=True, slots=True)
class Again:
    """When a step is to be called again, by a clock that nobody sets; sooner does no harm.

    `wake`: there may be work for the steps that this one wakes, so they are called at once.
    """

    after: timedelta
    wake: bool = False


def _do_nothing() -> None:
    """End a step that has nothing to let go of."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """A part of the work: `run` takes the present instant and raises nothing.

    `wakes` are the names of the steps for which it makes work. It is called first `first_after` the
    start, or a reload. `may_block`: it waits for a network, so that it needs a thread of its own;
    `end` is called from there when it is called no more.
    """

    name: str
    run: Callable[[datetime], Again]
    wakes: tuple[str, ...] = ()
    first_after: timedelta = timedelta(0)
    may_block: bool = False
    end: Callable[[], None] = _do_nothing


def until(at: datetime | None, now: datetime, longest: timedelta) -> timedelta:
    """Return the time from `now` to `at` (None: never): not negative, at most `longest`."""
    if at is None:
        return longest
    return min(max(at - now, timedelta(0)), longest)


def guarded(
    name: str,
    run: Callable[[datetime], Again],
    *,
    after_failure: timedelta,
    note_failure: Callable[[str, NotifierError, datetime], None],
    note_error: Callable[[Exception, datetime], object],
) -> Callable[[datetime], Again]:
    """Return `run` so that it raises nothing: whatever happens is noted and tried again.

    `note_error` is told of errors in the program.
    """

    def run_guarded(now: datetime) -> Again:
        try:
            return run(now)
        except NotifierError as fault:
            note_failure(name, fault, now)
        except Exception as fault:
            log.exception("%s: an error in the program; it is tried again", name)
            note_error(fault, now)
        return Again(after=after_failure)

    return run_guarded
