"""The engine of `notifier run`: it decides when a step is called, and nothing else.

Steps whose work is on this machine are APScheduler's jobs. A step that may block, such as a
channel's, has a thread of its own, so that a hung channel delays no other.
"""

from __future__ import annotations

import gc
import logging
import os
import select
import signal
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Protocol

from notifier.clock import steady
from notifier.engines.steady import Every, SteadyTime
from notifier.engines.systemd import notify, watchdog_interval
from notifier.ports import Clock
from notifier.service import Again, Service, Step

log = logging.getLogger("notifier")

_PIPE = 65_536  # bytes, all that a pipe holds
_END_WITHIN = 8.0  # seconds for deliveries under way, before the process ends without them
_AT_LATEST = 300.0  # seconds; a net below `Again.after`, by which each job is really scheduled


class Bells(Protocol):
    """Bells of steps that the nodes of one ledger ring for each other."""

    def start(self, ring: Callable[[str], None]) -> None:
        """Begin to listen; `ring` has a step of this node called, by the step's name."""
        ...

    def ring(self, name: str) -> bool:
        """Have a step called at once by a node that may do it; return whether that is under way."""
        ...

    def ring_after(self, name: str, wait: timedelta) -> None:
        """Have a step called after `wait` by a node that may do it, even if this one ends."""
        ...

    def end(self) -> None:
        """Listen no more."""
        ...


class Embedded:
    """Call the service's steps inside this process, from its start to its end by a signal.

    Each step has a bell (`_bells`): ringing it has the step called at once, or, while it is being
    called, once more after that.
    """

    def __init__(
        self,
        *,
        service: Service,
        clock: Clock,
        reload: Callable[[], None],
        shared: Bells | None = None,
    ) -> None:
        """`reload` reads the config again and raises nothing. `shared`: for steps with a queue."""
        self._service = service
        self._clock = clock
        self._reload = reload
        self._shared = shared
        self._stopped = False
        self._steps: dict[str, Step] = {}
        self._bells: dict[str, threading.Event] = {}
        self._running: set[str] = set()
        self._lock = threading.Lock()
        self._workers: list[threading.Thread] = []
        self._scheduler: Any = None
        self._scheduler_time = SteadyTime()

    def run(self) -> None:
        """Work until SIGTERM or SIGINT; SIGHUP reads the config again."""
        # The interpreter itself writes the number of each signal to the pipe, at any moment and
        # without a lock. A handler of ours would interrupt whatever the main thread is doing.
        signals_in, signals_out = os.pipe()
        os.set_blocking(signals_out, False)
        signal.set_wakeup_fd(signals_out, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: None)
        waiting = select.poll()
        waiting.register(signals_in, select.POLLIN)
        self.start()
        notify("READY=1", "STATUS=running")
        try:
            while not self._stopped:
                waiting.poll()
                numbers = set(os.read(signals_in, _PIPE))
                if numbers & {signal.SIGTERM, signal.SIGINT}:
                    self._stopped = True
                else:
                    self.read_config_again()
        finally:
            notify("STOPPING=1")
            self.end()

    def start(self) -> None:
        """Let the service take up its work, then begin to call its steps; return at once."""
        self._service.lifecycle.start(self._clock.now())
        self._scheduler = _new_scheduler(self._scheduler_time)
        interval = watchdog_interval()
        if interval:
            every = Every(interval.total_seconds() / 3)
            self._scheduler.add_job(self._feed_watchdog, every, id="watchdog")
        gc.freeze()  # loaded code stays: no collection during a burst need look through it
        self._update_steps()
        self._scheduler.start()
        if self._shared is not None:
            self._shared.start(self._wake)
        self._service.lifecycle.log_ready()

    def read_config_again(self) -> None:
        """Have the config read again, and begin to call the steps of new channels."""
        notify("RELOADING=1")
        self._reload()
        self._update_steps()
        notify("READY=1")

    def end(self) -> None:
        """Call no step any more, and wait some seconds for deliveries under way.

        What does not end in time is sent again at the next start, as a possible repeat.
        """
        self._service.lifecycle.end()
        if self._shared is not None:
            self._shared.end()
        with self._lock:
            self._stopped = True
            if self._scheduler is not None:
                self._scheduler.shutdown(wait=False)
        for bell in list(self._bells.values()):
            bell.set()
        until = steady() + _END_WITHIN
        for worker in self._workers:
            if not self._steps[worker.name].is_waiting():
                worker.join(max(0.0, until - steady()))
        log.info("ended")

    def _update_steps(self) -> None:
        """Begin to call new steps; have each known job called again after its `first_after`."""
        for step in self._service.steps():
            is_new = step.name not in self._steps
            self._steps[step.name] = step
            self._bells.setdefault(step.name, threading.Event())
            if not step.may_block:
                self._schedule(step, is_new=is_new)
            elif is_new:
                worker = threading.Thread(
                    target=self._work, args=(step.name,), name=step.name, daemon=True
                )
                self._workers.append(worker)
                worker.start()

    def _schedule(self, step: Step, *, is_new: bool) -> None:
        first = self._scheduler_time.now() + step.first_after
        if is_new:
            every = Every(_AT_LATEST)
            self._scheduler.add_job(
                self._run_job, every, args=[step.name], id=step.name, next_run_time=first
            )
        else:
            # not later than it would be called anyway: whoever reloads often must not put it off
            planned = self._scheduler.get_job(step.name).next_run_time
            self._scheduler.modify_job(step.name, next_run_time=min(first, planned))

    def _run_job(self, name: str) -> None:
        """Call a step as APScheduler's job, and schedule its next call."""
        bell = self._bells[name]
        with self._lock:
            if name in self._running:
                bell.set()  # once more after that
                return
            self._running.add(name)
            bell.clear()
        again = self._run(name)
        with self._lock:
            self._running.discard(name)
            self._call_after(name, timedelta(0) if bell.is_set() else again.after)

    def _work(self, name: str) -> None:
        """Call a step that may block, in the thread of its own, until the daemon ends."""
        bell = self._bells[name]
        while True:
            bell.clear()
            if self._stopped:  # only now: the end's bell may have rung before it was cleared
                break
            again = self._run(name)
            bell.wait(again.after.total_seconds())
        self._steps[name].end()

    def _run(self, name: str) -> Again:
        """Call a step once, and wake the others if it asks for it."""
        step = self._steps[name]
        again = step.run(self._clock.now())
        shared = self._shared if step.queue else None
        if again.wake:
            for other in step.wakes:
                if shared is None or not shared.ring(other):
                    self._wake(other)
        if shared is not None:
            shared.ring_after(name, again.after)
        return again

    def _wake(self, name: str) -> None:
        """Have a step called at once; if it is being called, again after that."""
        if name not in self._steps:
            return
        with self._lock:
            self._bells[name].set()
            if not self._steps[name].may_block and name not in self._running:
                self._call_after(name, timedelta(0))

    def _call_after(self, name: str, wait: timedelta) -> None:
        if not self._stopped:
            at = self._scheduler_time.now() + wait
            self._scheduler.modify_job(name, next_run_time=at)

    def _feed_watchdog(self) -> None:
        """Feed systemd's watchdog while the daemon works, or reports that its ledger fails."""
        if self._service.health.is_responsive:
            notify("WATCHDOG=1")


def _new_scheduler(time: SteadyTime) -> Any:
    from apscheduler.schedulers.background import BackgroundScheduler

    # Two, for APScheduler skips a call that comes between the end of a job and its own note of it.
    # `_running` sees to it that a step is called once at a time.
    defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 2}
    return BackgroundScheduler(timezone=time, job_defaults=defaults)
