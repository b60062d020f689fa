"""The engine of several nodes: what wakes a step is a job, which any node that may do it takes up.

A job is a wake-up and nothing else: what is to be done stands in the ledger's tables, and each
node calls its steps by its own time, too (`embedded.py`). So a job that is lost, stalled or doubled
costs nothing. Jobs let nodes send at once what another has claimed, and go on at the due instant
where another has ended.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Status
from procrastinate.schema import SchemaManager

from notifier.ports import Clock
from notifier.service import Queue, Service

log = logging.getLogger("notifier")

_FLOOR = 15  # seconds at most until each bell rings; so long a wait needs no job of its own
_SOON = timedelta(seconds=1)  # who waits no longer than this goes on by itself
_LOOK = 1.0  # seconds between two looks at which queues are this node's, and after a failure
_STALLED = 30.0  # seconds without a sign of the worker that has a job
_END_WITHIN = 2.0  # seconds
_BEFORE_OTHERS = 10  # the priority of the job that looks after the others
_OLD = 24  # hours that a job is kept which did not end well


def job_tables() -> str:
    """Return the statements that make the tables of Procrastinate."""
    return SchemaManager.get_schema()


class JobBells:
    """Bells of steps that the nodes of a ledger ring for each other, as jobs of Procrastinate.

    A job of a step is queued at most once (`queueing_lock`), and deleted when it was heard.
    """

    def __init__(
        self,
        *,
        service: Service,
        clock: Clock,
        pool: Mapping[str, Any],
        faults: tuple[type[Exception], ...],
        floor: int = _FLOOR,
    ) -> None:
        """`pool`: what its pool of connections is made with. `faults`: what such a pool raises.

        `floor`: after how many seconds, 60 at most, each bell rings at the latest.
        """
        self._service = service
        self._faults: tuple[type[Exception], ...] = (ConnectorException, *faults)
        self._clock = clock
        self._app = App(
            connector=PsycopgConnector(min_size=1, max_size=3, reconnect_timeout=_LOOK, **pool)
        )
        self._ring: Callable[[str], None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_open = False
        self._is_heard = True
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)
        self._app.task(name="wake")(self._wake)
        look = self._app.task(
            name="look", queue="nodes", queueing_lock="look", priority=_BEFORE_OTHERS
        )(self._look)
        self._app.periodic(cron=f"* * * * * */{floor}")(look)
        # what it would log at each restart of the database is said below, in one line
        logging.getLogger("procrastinate").setLevel(logging.CRITICAL)
        logging.getLogger("psycopg.pool").setLevel(logging.ERROR)

    def start(self, ring: Callable[[str], None]) -> None:
        """Begin to listen; `ring` has a step of this node called, by the step's name."""
        self._ring = ring
        self._thread.start()

    def end(self) -> None:
        """Listen no more."""
        self._ended.set()
        if self._ring is not None:
            self._thread.join(_END_WITHIN)

    def ring(self, name: str) -> bool:
        """Have a step called at once by a node that may do it.

        Return whether that is under way: if the job is refused after all, this node's own bell
        rings.
        """
        queue = self._queue_of(name)
        return queue != "" and self._send(name, self._defer(name, queue, None))

    def ring_after(self, name: str, wait: timedelta) -> None:
        """Have a step called after `wait` by a node that may do it, even if this one ends."""
        queue = self._queue_of(name)
        if _SOON < wait < timedelta(seconds=_FLOOR) and queue in self._queues():
            self._send(name, self._defer(name, queue, self._clock.now() + wait))

    def _send(self, name: str, work: Coroutine[Any, Any, None]) -> bool:
        loop = self._loop
        if loop is None or not self._is_open:
            work.close()
            return False

        def note(done: Any) -> None:
            if not done.cancelled() and done.exception() is None:
                return
            if self._ring is not None:  # for nothing, if it was for later
                self._ring(name)

        asyncio.run_coroutine_threadsafe(work, loop).add_done_callback(note)
        return True

    def _queues(self) -> tuple[Queue, ...]:
        """Return the queues that this node listens to."""
        if self._service.crew.stands_aside:
            return ()
        return ("nodes", "leader") if self._service.crew.leads else ("nodes",)

    def _queue_of(self, name: str) -> Queue:
        queues = (step.queue for step in self._service.steps() if step.name == name)
        return next(queues, "")

    # -- within the loop --------------------------------------------------------------------------

    def _run(self) -> None:
        asyncio.run(self._listen_until_the_end())

    async def _listen_until_the_end(self) -> None:
        """Listen again whenever it ends: a worker ends without an error if PostgreSQL does."""
        self._loop = asyncio.get_running_loop()
        while not self._ended.is_set():
            queues = self._queues()
            if queues:
                try:
                    await self._app.open_async()
                    self._is_open = True
                    await self._listen(queues)
                except self._faults as fault:
                    self._note_away(fault.__cause__ or fault)
                except Exception:
                    log.exception("jobs: an error in the program; each node works by its own time")
                finally:
                    self._is_open = False
                    with suppress(*self._faults):
                        # one that could not be opened is closed, too, or it is never opened again
                        await self._app.close_async()
            await asyncio.sleep(_LOOK)
        self._loop = None

    def _note_away(self, fault: BaseException | None = None) -> None:
        if self._is_heard and not self._ended.is_set():
            words = " ".join(str(fault or "the connection was closed").split())
            log.warning("jobs: the database is away, each node works by its own time: %s", words)
        self._is_heard = False

    async def _listen(self, queues: Sequence[str]) -> None:
        """Take up jobs until the worker ends, or other queues are this node's."""
        worker = asyncio.create_task(
            self._app.run_worker_async(
                queues=list(queues),
                concurrency=1,
                delete_jobs="successful",
                install_signal_handlers=False,
                stalled_worker_timeout=_STALLED,
            )
        )
        try:
            while not self._ended.is_set() and self._queues() == queues:
                done, _ = await asyncio.wait({worker}, timeout=_LOOK)
                if done:
                    await worker
                    self._note_away()
                    break
                if not self._is_heard:
                    log.info("jobs: the database is back")
                self._is_heard = True
        finally:
            worker.cancel()
            with suppress(asyncio.CancelledError):
                await worker

    async def _wake(self, step: str) -> None:
        """Do a job: have a step of this node called."""
        if self._ring is not None:
            self._ring(step)

    async def _look(self, timestamp: int) -> None:
        """Do the job of the floor: ring every bell, and end what stalled jobs began."""
        jobs = self._app.job_manager
        for job in await jobs.get_stalled_jobs(seconds_since_heartbeat=_STALLED):
            with suppress(ConnectorException):  # another node ended it
                await jobs.finish_job(job, Status.ABORTED, delete_job=True)
        if timestamp % 3600 < _FLOOR:
            await jobs.delete_old_jobs(
                nb_hours=_OLD, include_failed=True, include_cancelled=True, include_aborted=True
            )
        for step in self._service.steps():
            if step.queue:
                await self._defer(step.name, step.queue, None)

    async def _defer(self, name: str, queue: Queue, at: datetime | None) -> None:
        """Queue a step's job for `at`, or at once, unless it is queued for then or sooner."""
        jobs = self._app.job_manager
        for queued in await jobs.list_jobs_async(queueing_lock=name, status=Status.TODO.value):
            sooner = queued.scheduled_at
            if sooner is None or (at is not None and sooner <= at):
                return
            assert queued.id is not None
            await jobs.cancel_job_by_id_async(queued.id, delete_job=True)
        job = self._app.configure_task("wake", queue=queue, queueing_lock=name, schedule_at=at)
        with suppress(AlreadyEnqueued):  # by another node, a moment ago
            await job.defer_async(step=name)
