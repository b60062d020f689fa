"""What tells open pages that the board shows something else: one look at the ledger serves all of
them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable

from starlette.concurrency import run_in_threadpool

from notifier.errors import NotifierError

log = logging.getLogger("notifier.web")

LOOK_EVERY = 0.25  # seconds
_KEEP_ALIVE = 20.0  # seconds; proxies end what is silent for longer


class Changes:
    """Looks at the mark of the board and wakes whoever waits when it is another one."""

    def __init__(self, mark: Callable[[], str]) -> None:
        self._mark = mark
        self._last = ""
        self._news = asyncio.Condition()
        self._ended = False
        self.listeners = 0

    @property
    def last(self) -> str:
        return self._last

    @contextlib.asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Look at the ledger until the block ends."""
        task = asyncio.create_task(self._look())
        try:
            yield
        finally:
            self._ended = True
            task.cancel()
            async with self._news:
                self._news.notify_all()

    async def _look(self) -> None:
        while True:
            if self.listeners:
                try:
                    mark = await run_in_threadpool(self._mark)
                except NotifierError as fault:
                    log.warning("the board's mark cannot be read: %s", fault)
                else:
                    await self._tell(mark)
            await asyncio.sleep(LOOK_EVERY)

    async def _tell(self, mark: str) -> None:
        if mark != self._last:
            self._last = mark
            async with self._news:
                self._news.notify_all()

    async def stream(self, since: str, is_welcome: Callable[[], bool]) -> AsyncIterator[str]:
        """Events of a page that shows the board as of the mark `since`; it ends with the
        session."""
        self.listeners += 1
        shown = since
        try:
            yield "retry: 2000\n\n"
            while not self._ended:
                if self._last and self._last != shown:
                    if not await run_in_threadpool(is_welcome):
                        return
                    shown = self._last
                    yield f"id: {shown}\nevent: changed\ndata: {shown}\n\n"
                    continue
                if not await self._wait(shown):
                    yield ": still here\n\n"
        finally:
            self.listeners -= 1

    async def _wait(self, shown: str) -> bool:
        """Wait for another mark than `shown`; False if none came for a while."""
        try:
            async with asyncio.timeout(_KEEP_ALIVE), self._news:
                await self._news.wait_for(lambda: self._ended or self._last not in ("", shown))
        except TimeoutError:
            return False
        return True
