"""A connection that is opened outward and kept, so that no public address is needed.

All that is particular to a service is its `Talk`. What comes in and wants an answer is an event,
which stays until it is dropped; one that comes twice is taken once.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Protocol, TypeGuard

from notifier.errors import ChannelError

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

log = logging.getLogger("notifier")

Event = dict[str, Any]

OPENING = 10.0  # seconds
_PATIENCE = 15.0  # seconds without any frame, beside those of two pings that nobody answered
_READ_OUT = 5.0  # seconds for whoever reads it to take what came in before a line ended
_IDLE = 180.0  # seconds after which a line that nobody asks for is closed
_LARGEST = 1 << 20  # bytes of a frame
_MOST_EVENTS = 1_000
_LONGEST_ID = 256  # characters


class LineLostError(ChannelError):
    """the connection to the service is not there

    `handed_over`: whether the frame may have arrived.
    """

    def __init__(self, words: str, *, handed_over: bool = False) -> None:
        super().__init__(words)
        self.handed_over = handed_over


class LineRefusedError(ChannelError):
    """the service refuses the account"""

    def __init__(self, words: str, code: int) -> None:
        super().__init__(words)
        self.code = code


class Talk(Protocol):
    """What a service wants to be told, and what it says. Its errors are those of this module."""

    def address(self) -> str:
        """Return where to connect to; it may be asked for."""
        ...

    def greet(self, line: ClientConnection) -> None:
        """Be let in on a connection that has just been opened."""
        ...

    def pause(self) -> float:
        """Return the seconds between two pings."""
        ...

    def ping(self) -> str | bytes:
        """Return a frame that keeps the connection."""
        ...

    def take(self, line: ClientConnection, frame: str | bytes) -> None:
        """Take a frame, whatever it is; what is not understood is left. Raises nothing."""
        ...


class LongLine:
    """The connection of one account, opened when it is asked for. For several threads.

    `news` is notified whenever something came in or the connection ended.
    """

    def __init__(self, talk: Talk, title: str) -> None:
        self.news = threading.Condition()
        self._talk = talk
        self._title = title
        self._opening = threading.Lock()
        self._line: ClientConnection | None = None
        self._events: deque[tuple[str, Event]] = deque()
        self._known: OrderedDict[str, None] = OrderedDict()
        self._asked_at = time.monotonic()

    def opened(self) -> ClientConnection:
        """Return the connection, opened first if there is none."""
        with self._opening:
            with self.news:
                self._asked_at = time.monotonic()
                if self._line is not None:
                    return self._line
            return self._open()

    def is_open(self, line: ClientConnection) -> bool:
        """Return whether this is the connection still."""
        return self._line is line

    def send(self, line: ClientConnection, frame: str | bytes) -> None:
        """Hand a frame over. LineLostError if the connection ends."""
        from websockets.exceptions import WebSocketException

        try:
            line.send(frame)
        except (OSError, WebSocketException) as fault:
            with self.news:  # what came in before the end may say why it ended
                self.news.wait_for(lambda: self._line is not line, _READ_OUT)
            self.end(line)
            words = f"the connection ended: {type(fault).__name__}"
            raise LineLostError(words, handed_over=True) from None

    def wait_for(
        self, line: ClientConnection, has_come: Callable[[], bool], seconds: float
    ) -> None:
        """Wait for what `news` brings. LineLostError if it does not come."""
        with self.news:
            self.news.wait_for(lambda: has_come() or self._line is not line, seconds)
            if has_come():
                return
            is_lost = self._line is not line
        words = "the connection ended" if is_lost else f"no answer within {seconds:.0f} s"
        raise LineLostError(words, handed_over=True)

    def next_event(self, seconds: float) -> tuple[str, Event] | None:
        """Return the oldest event and its id; None if none comes in time.

        It stays until it is dropped.
        """
        until = time.monotonic() + seconds
        self.opened()
        with self.news:
            while not self._events:
                self._asked_at = time.monotonic()
                if self._line is None:
                    raise LineLostError("the connection ended")
                left = until - time.monotonic()
                if left <= 0:
                    return None
                self.news.wait(left)
            return self._events[0]

    def drop_event(self, number: str) -> None:
        """Forget the oldest event if it is this one: it is answered."""
        with self.news:
            if self._events and self._events[0][0] == number:
                self._events.popleft()

    def add_event(self, number: str, event: Event) -> None:
        with self.news:
            if number in self._known or len(self._events) >= _MOST_EVENTS:
                return
            self._known[number] = None
            if len(self._known) > _MOST_EVENTS:
                self._known.popitem(last=False)
            self._events.append((number, event))
            self.news.notify_all()

    def end(self, line: ClientConnection) -> None:
        with self.news:
            if self._line is line:
                self._line = None
            self.news.notify_all()
        line.close()

    def close(self) -> None:
        with self.news:
            line = self._line
        if line is not None:
            self.end(line)

    def _open(self) -> ClientConnection:
        from websockets.exceptions import WebSocketException
        from websockets.sync.client import connect

        address = self._talk.address()
        try:
            opening = connect(
                address,
                open_timeout=OPENING,
                close_timeout=2,
                ping_interval=None,  # the services want frames of their own
                max_size=_LARGEST,
                user_agent_header="notifier",
            )
            line = ExitStack().enter_context(opening)  # closed by `end`, by whoever sees it end
        except (OSError, WebSocketException, ValueError) as fault:
            raise LineLostError(f"not reachable: {type(fault).__name__}") from None
        with self.news:
            self._line = line
        threading.Thread(target=self._read, args=(line,), name=self._title, daemon=True).start()
        try:
            self._talk.greet(line)
        except ChannelError:
            self.end(line)
            raise
        return line

    def _read(self, line: ClientConnection) -> None:
        """Take what comes in until the line ends. The only thread that reads it."""
        from websockets.exceptions import WebSocketException

        pinged = heard = time.monotonic()
        try:
            while self._line is line:
                now = time.monotonic()
                pause = self._talk.pause()
                if now - heard > 2 * pause + _PATIENCE or now - self._asked_at > _IDLE:
                    break
                if now - pinged >= pause:
                    pinged = now
                    line.send(self._talk.ping())
                try:
                    frame = line.recv(timeout=max(0.0, min(5.0, pinged + pause - now)))
                except TimeoutError:
                    continue
                heard = time.monotonic()
                self._talk.take(line, frame)
        except (OSError, WebSocketException) as fault:
            log.debug("a connection of %s ended: %s", self._title, type(fault).__name__)
        finally:
            self.end(line)


def is_id(value: object) -> TypeGuard[str]:
    """Return whether `value` can be an id: the ledger and a log can hold it as it is."""
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_ID and value.isprintable()


def table(value: object) -> dict[str, Any]:
    """Return `value` if it is a table of JSON, else an empty one."""
    return value if isinstance(value, dict) else {}
