"""Events that tell open pages that the board shows something else.

One look at the ledger serves all of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable

from starlette.concurrency import run_in_threadpool

from notifier.errors import NotifierError

log = logging.getLogger("notifier.web")

LOOK_EVERY = 0.25  # seconds
_HERE_EVERY = 5.0  # seconds; a page that hears nothing for longer says that it is cut off


class Changes:
    """Looks at the mark of the board and wakes whoever waits when it is another one."""

    def __init__(self, mark: Callable[[], str]) -> None:
        self._mark = mark
        self._last = ""
        self._news = asyncio.Condition()
        self._ended = False
        self._is_blind = False
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
                    self._is_blind = True
                    log.warning("the board's mark cannot be read: %s", fault)
                else:
                    self._is_blind = False
                    await self._tell(mark)
            await asyncio.sleep(LOOK_EVERY)

    async def _tell(self, mark: str) -> None:
        if mark != self._last:
            self._last = mark
            async with self._news:
                self._news.notify_all()

    async def stream(self, since: str, is_welcome: Callable[[], bool]) -> AsyncIterator[str]:
        """Events of a page that shows the board as of the mark `since`, to the session's end.

        `changed` tells that the board shows something else, `here` every few seconds that it does
        not; nothing comes while the ledger cannot be read, by which the page knows that it is old.
        """
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
                if not await self._wait(shown) and not self._is_blind:
                    yield "event: here\ndata: 1\n\n"
        finally:
            self.listeners -= 1

    async def _wait(self, shown: str) -> bool:
        """Wait for another mark than `shown`; False if none came for a while."""
        try:
            async with asyncio.timeout(_HERE_EVERY), self._news:
                await self._news.wait_for(lambda: self._ended or self._last not in ("", shown))
        except TimeoutError:
            return False
        return True
