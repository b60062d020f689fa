"""What falls due as one job of Procrastinate each, as people would do it instead of a ledger.

`python -m bench.jobs URL` works as one of its workers until nothing is left.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
from procrastinate import App, PsycopgConnector
from procrastinate.types import JSONDict as JobDetails

from bench.figures import Figure
from notifier.engines.procrastinate import job_tables
from tests.postgres import PostgresServer

_AT_ONCE = 10  # jobs of one worker
_MOST_DEFERRED = 1_000


def figures(server: PostgresServer, jobs: int) -> Iterator[Figure]:
    """Defer so many jobs, one a reminder, and let 1, 2 and 4 workers do them."""
    first = 0.0
    for workers in (1, 2, 4):
        url = server.empty_database()
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute(job_tables().encode())
        deferred = asyncio.run(_defer(url, jobs))
        seconds = _work_apart(url, workers)
        first = first or seconds
        yield Figure(
            what=f"beside it: {jobs:,} jobs of Procrastinate, {workers} worker"
            f"{'s' if workers > 1 else ''}",
            target="",
            ours=f"all done after {seconds:.1f} s ({jobs / seconds:,.0f}/s), "
            f"deferred in {deferred:.1f} s",
            met=None,
            beside=f"{seconds / first:.2f} × one worker's time",
            bound="a transaction to fetch, and one to finish, for each job, which does nothing",
        )


def _app(url: str) -> App:
    app = App(connector=PsycopgConnector(conninfo=url, min_size=1, max_size=_AT_ONCE + 2))

    @app.task(name="remind")
    async def remind(reminder: int) -> None:
        del reminder

    return app


async def _defer(url: str, jobs: int) -> float:
    """Queue the jobs, due at once; return how many seconds that took."""
    app = _app(url)
    began = time.perf_counter()
    async with app.open_async():
        task = app.configure_task("remind", schedule_at=datetime.now(UTC))
        for begin in range(0, jobs, _MOST_DEFERRED):
            end = min(begin + _MOST_DEFERRED, jobs)
            several: list[JobDetails] = [{"reminder": number} for number in range(begin, end)]
            await task.batch_defer_async(*several)
    return time.perf_counter() - began


def _work_apart(url: str, workers: int) -> float:
    """Let so many processes do all jobs; return the seconds from the first begun to the last."""
    command = [sys.executable, "-m", "bench.jobs", url]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(workers)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
    began = time.perf_counter()
    for process in processes:
        assert process.stdin is not None
        process.stdin.close()
    for process in processes:
        assert process.wait() == 0
    seconds = time.perf_counter() - began
    with psycopg.connect(url) as conn:
        left = conn.execute("SELECT count(*) FROM procrastinate_jobs").fetchone()
    assert left == (0,), "not all jobs were done"
    return seconds


async def _work(url: str) -> None:
    app = _app(url)
    async with app.open_async():
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.read)
        await app.run_worker_async(
            wait=False,
            concurrency=_AT_ONCE,
            delete_jobs="successful",
            install_signal_handlers=False,
        )


if __name__ == "__main__":
    asyncio.run(_work(sys.argv[1]))
