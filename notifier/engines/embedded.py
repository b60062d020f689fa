"""Decides when, in one process: APScheduler for the few recurring jobs, one worker thread a channel."""

from __future__ import annotations

import gc
import logging
import os
import select
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from notifier.channels.heartbeat import Beat
from notifier.clock import steady
from notifier.config import Settings
from notifier.domain.reports import FileLine
from notifier.engines.steady import Every, SteadyTime
from notifier.engines.systemd import notify, watchdog_interval
from notifier.errors import LedgerBusy, NotifierError
from notifier.intake.inbox import Inbox, Stamp
from notifier.ports import Clock, Ledger
from notifier.service import Service

log = logging.getLogger("notifier")

_INBOX_EVERY = 2  # seconds; a file is read when it looked the same twice
_HOUSEKEEPING_EVERY = 60
_CLOCK_EVERY = 2  # seconds; what the wall clock says is compared with what has passed
_CLOCK_SET = 5.0  # seconds; less is a clock that is being kept right
_PIPE = 65_536  # bytes, all that a pipe holds
_END_WITHIN = 8.0
_BUSY_FOR_LONG = 60.0  # seconds


class Embedded:
    def __init__(
        self,
        *,
        service: Service,
        ledger: Ledger,
        clock: Clock,
        settings: Settings,
        reload: Callable[[], Settings],
        longest_wait: float = 15.0,
    ) -> None:
        """`longest_wait` in seconds: so often it is looked for what is due, even if nothing seems to be."""
        self._longest_wait = longest_wait
        self._service = service
        self._ledger = ledger
        self._clock = clock
        self._settings = settings
        self._reload = reload
        self._stopped = False
        self._bells: dict[str, threading.Event] = {}
        self._workers: dict[str, threading.Thread] = {}
        self._beat = steady()
        self._failing_since: float | None = None
        self._scheduler: Any = None
        self._scheduler_time = SteadyTime()
        self._ahead = self._ahead_of_steady()
        self._inbox_trouble = ""
        self._inbox = self._open_inbox(settings)

    def _open_inbox(self, settings: Settings) -> Inbox:
        with suppress(OSError):  # what is wrong with it is said at the first look
            settings.inbox.mkdir(parents=True, exist_ok=True)
        known = {line.name: _stamp(line) for line in self._ledger.files.all()}
        return Inbox.knowing(settings.inbox, known)

    def run(self) -> None:
        """Until SIGTERM or SIGINT; SIGHUP reads the config again."""
        # The interpreter itself writes the number of each signal to the pipe, at any moment and without a lock.
        # A handler of ours would run in the middle of whatever the main thread does, even of itself.
        ear, mouth = os.pipe()
        os.set_blocking(mouth, False)
        signal.set_wakeup_fd(mouth, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: None)
        heard = select.poll()
        heard.register(ear, select.POLLIN)
        self.start()
        notify("READY=1", "STATUS=running")
        try:
            while not self._stopped:
                numbers = set(os.read(ear, _PIPE)) if heard.poll(self._longest_wait * 1000) else set()
                if numbers & {signal.SIGTERM, signal.SIGINT}:
                    self._stopped = True
                elif numbers:
                    self._on_reload()
        finally:
            notify("STOPPING=1")
            self.end()

    def start(self) -> None:
        from apscheduler.schedulers.background import BackgroundScheduler

        now = self._clock.now()
        self._service.prove_life(Beat.START, now)
        repeated = self._ledger.retries.recover(now)
        if repeated:
            log.warning("%d deliveries were under way when the daemon ended: sent again as possible repeats", repeated)
        self._service.reroute(now)
        self._service.replan_if_config_changed(now)
        self._service.replan(now)
        self._scheduler = BackgroundScheduler(
            timezone=self._scheduler_time,
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        at_once = self._scheduler_time.now()
        self._scheduler.add_job(self._dispatch, Every(self._longest_wait), id="dispatch", next_run_time=at_once)
        self._scheduler.add_job(self._look, Every(_INBOX_EVERY), id="inbox", next_run_time=at_once)
        self._scheduler.add_job(self._keep_house, Every(_HOUSEKEEPING_EVERY), id="housekeeping", next_run_time=at_once)
        self._scheduler.add_job(self._watch_clock, Every(_CLOCK_EVERY), id="clock")
        self._scheduler.add_job(self._prove_life, Every(self._settings.heartbeat_every.total_seconds()), id="heartbeat")
        interval = watchdog_interval()
        if interval:
            self._scheduler.add_job(self._feed, Every(interval.total_seconds() / 3), id="watchdog")
        self._start_workers()
        gc.freeze()  # what is loaded by now stays: a burst must not have it looked through again and again
        self._scheduler.start()
        log.info("ready: ledger %s, inbox %s", self._settings.ledger, self._settings.inbox)

    def _start_workers(self) -> None:
        for channel in self._settings.channels:
            if channel not in self._workers or not self._workers[channel].is_alive():
                self._bells[channel] = threading.Event()
                worker = threading.Thread(target=self._work, args=(channel,), name=f"channel {channel}", daemon=True)
                self._workers[channel] = worker
                worker.start()

    def end(self) -> None:
        """Deliveries under way are given some seconds; what does not end is tried again at the next start."""
        self._stopped = True
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
        self._ring()
        until = steady() + _END_WITHIN
        for worker in self._workers.values():
            worker.join(max(0.0, until - steady()))
        log.info("ended")

    def _ring(self) -> None:
        for bell in list(self._bells.values()):
            bell.set()

    def _dispatch(self) -> None:
        due = None
        now = self._clock.now()
        try:
            due = self._service.deliver_due(now)
            self._beat = steady()
            self._ledger_works(now)
        except NotifierError as fault:
            self._ledger_failed("dispatch", fault, now)
        except Exception as fault:
            log.exception("dispatch: an error in the program; it is tried again")
            self._service.cry("program-error", {"words": f"{type(fault).__name__}: {fault}"}, now)
        self._ring()
        wait = (
            self._longest_wait
            if due is None
            else min(max((due - self._clock.now()).total_seconds(), 0.0), self._longest_wait)
        )
        self._next_dispatch(wait)

    def _next_dispatch(self, wait: float) -> None:
        self._run_in(wait, "dispatch")

    def _run_in(self, wait: float, job: str) -> None:
        if not self._stopped:
            self._scheduler.modify_job(job, next_run_time=self._scheduler_time.now() + timedelta(seconds=wait))

    def _watch_clock(self) -> None:
        """After a jump of the wall clock something may be due, and what waits for an instant waits too long."""
        ahead = self._ahead_of_steady()
        jumped = ahead - self._ahead
        self._ahead = ahead
        if abs(jumped) > _CLOCK_SET:
            way = "forth" if jumped > 0 else "back"
            log.warning("the clock was set %s by %s", way, timedelta(seconds=round(abs(jumped))))
            self._next_dispatch(0)
            self._run_in(0, "housekeeping")

    def _ahead_of_steady(self) -> float:
        return self._clock.now().timestamp() - self._clock.steady()

    def _look(self) -> None:
        """What other processes stored is planned here, too, whatever is wrong with the inbox."""
        now = self._clock.now()
        try:
            self._service.look_into(self._inbox, now)
            self._log_inbox("")
            self._service.calm("inbox-trouble", "inbox-works", now)
        except OSError as fault:
            self._log_inbox(str(fault))
            self._service.cry("inbox-trouble", {"folder": str(self._settings.inbox), "words": str(fault)}, now)
        except NotifierError as fault:
            self._log_inbox(str(fault))
        try:
            if self._ledger.plans.has_stale():
                self._service.replan(self._clock.now())
                self._next_dispatch(0)
        except NotifierError as fault:
            if not self._stopped:
                log.error("planning: %s", fault)

    def _log_inbox(self, trouble: str) -> None:
        """Write a line when the inbox goes away and one when it is there again: it is looked at all the time."""
        if trouble != self._inbox_trouble and not self._stopped:
            level, words = (logging.ERROR, trouble) if trouble else (logging.INFO, "it can be read again")
            log.log(level, "inbox %s: %s", self._settings.inbox, words)
        self._inbox_trouble = trouble

    def _keep_house(self) -> None:
        now = self._clock.now()
        try:
            self._service.housekeeping(now)
            # what a reload could not do while the ledger was locked, or what was under way on a channel that is gone
            self._service.reroute(now)
            self._service.give_up_the_absent(now)
            if self._service.replan_if_config_changed(now):
                self._next_dispatch(0)
        except NotifierError as fault:
            self._ledger_failed("housekeeping", fault, now)

    def _ledger_failed(self, step: str, fault: NotifierError, now: datetime) -> None:
        """In the log at once; to people by channels that need no ledger, unless it is only busy for a while, or closed
        under a step that was under way when the daemon ended."""
        if self._stopped:
            log.info("%s: ended before it was done: %s", step, fault)
            return
        log.error("%s: %s", step, fault)
        self._failing_since = self._failing_since or steady()
        if not isinstance(fault, LedgerBusy) or steady() - self._failing_since > _BUSY_FOR_LONG:
            self._service.cry("ledger-trouble", {"words": str(fault)}, now)

    def _ledger_works(self, now: datetime) -> None:
        self._failing_since = None
        self._service.calm("ledger-trouble", "ledger-works", now)

    def _is_alive(self) -> bool:
        """Whether the loop that sends what is due went round lately."""
        return steady() - self._beat < 4 * self._longest_wait

    def _feed(self) -> None:
        """Only a loop that is alive feeds the watchdog; one that cannot reach its ledger is alive, and says so."""
        if self._is_alive() or self._failing_since is not None:
            notify("WATCHDOG=1")

    def _prove_life(self) -> None:
        self._service.prove_life(Beat.SUCCESS if self._is_alive() else Beat.FAIL, self._clock.now())

    def _work(self, channel: str) -> None:
        bell = self._bells[channel]
        while not self._stopped and channel in self._settings.channels:
            bell.clear()
            now = self._clock.now()
            wait = self._longest_wait
            try:
                again = self._service.send_next(channel, now)
                if again is not None:
                    wait = min(max((again - self._clock.now()).total_seconds(), 0.0), self._longest_wait)
                if again == now:
                    self._ring()  # a fallback or an alert may wait on another channel
            except NotifierError as fault:
                log.error("channel %s: %s", channel, fault)
            except Exception:
                log.exception("channel %s: an error in the program; it is tried again", channel)
            if wait > 0:
                bell.wait(wait)

    def _on_reload(self) -> None:
        notify("RELOADING=1")
        try:
            self._settings = self._reload()
        except (NotifierError, OSError) as fault:
            log.error("config not changed, the old one stays: %s", fault)
        else:
            self._work_by_new_settings()
        notify("READY=1")

    def _work_by_new_settings(self) -> None:
        now = self._clock.now()
        self._start_workers()
        every = self._settings.heartbeat_every.total_seconds()
        self._scheduler.reschedule_job("heartbeat", trigger=Every(every))
        try:
            self._inbox = self._open_inbox(self._settings)
            self._service.reroute(now)
            self._service.replan_if_config_changed(now)
            self._next_dispatch(0)
            log.info("config read again")
        except (NotifierError, OSError) as fault:
            log.error("config read again, but not all is planned by it yet; tried again within a minute: %s", fault)


def _stamp(line: FileLine) -> Stamp:
    return Stamp(size=line.size, changed_ns=line.mtime_ns, sha256=line.sha256)
