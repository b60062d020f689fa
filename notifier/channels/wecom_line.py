"""The one connection of a WeCom intelligent robot.

As developer.work.weixin.qq.com/document/path/101463 has it: it is opened outward, so that no public
address is needed. `aibot_subscribe` with the robot's id and
secret opens it, `ping` each half minute keeps it. A robot has one connection: whoever opens a
second one ends the first, which is told so by `disconnected_event`. Each frame that goes out bears
a `req_id`; the answer bears the same one, and an `errcode`, 0 for yes.
"""

from __future__ import annotations

import json
import logging
import threading
import time
import uuid
from collections import OrderedDict, deque
from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, TypeGuard

from notifier.errors import ChannelError

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

log = logging.getLogger("notifier")

Frame = dict[str, Any]

_PING = 30.0  # seconds
_SILENT = 75.0  # seconds without any frame, after two pings that nobody answered
_IDLE = 180.0  # seconds after which a line that nobody asks for is closed
_OPENING = 10.0  # seconds
_LARGEST = 1 << 20  # bytes of a frame
_MOST_EVENTS = 1_000
_LONGEST_ID = 256  # characters
_STOOD_BACK = 60.0  # seconds before a line that was taken over is opened again; doubled each time
_LONGEST_BACK = 1_800.0
_HELD = 3_600.0  # seconds of its own after which being taken over counts as the first time


class LineLostError(ChannelError):
    """the connection to WeCom is not there

    `handed_over`: whether the frame may have arrived.
    """

    def __init__(self, words: str, *, handed_over: bool = False) -> None:
        super().__init__(words)
        self.handed_over = handed_over


class LineRefusedError(ChannelError):
    """WeCom refuses the robot"""

    def __init__(self, words: str, code: int) -> None:
        super().__init__(words)
        self.code = code


class LineTakenError(ChannelError):
    """another program holds the robot's connection

    `seconds`: how long this one stands back.
    """

    def __init__(self, words: str, seconds: float) -> None:
        super().__init__(words)
        self.seconds = seconds


class WecomLine:
    """The connection of one robot, opened when it is asked for. For several threads."""

    def __init__(self, url: str, bot_id: str, secret: str) -> None:
        self._url = url
        self._bot_id = bot_id
        self._secret = secret
        self._opening = threading.Lock()
        self._news = threading.Condition()
        self._line: ClientConnection | None = None
        self._answers: dict[str, Frame | None] = {}
        self._events: deque[Frame] = deque()
        self._known: OrderedDict[str, None] = OrderedDict()
        self._asked_at = self._opened_at = time.monotonic()
        self._free_at = 0.0
        self._taken = 0

    def ask(
        self, command: str, body: Mapping[str, object], seconds: float, req_id: str = ""
    ) -> Frame:
        """Send a frame and return the answer to it, opening the line first.

        `req_id`: of the event that it answers. LineLostError, LineRefusedError, LineTakenError.
        """
        line = self._opened()
        return self._ask(line, command, body, seconds, req_id)

    def next_event(self, seconds: float) -> Frame | None:
        """Return the oldest event, which stays until it is dropped; None if none comes in time."""
        until = time.monotonic() + seconds
        self._opened()
        with self._news:
            while not self._events:
                self._asked_at = time.monotonic()
                if self._line is None:
                    raise LineLostError("the connection ended")
                left = until - time.monotonic()
                if left <= 0:
                    return None
                self._news.wait(left)
            return self._events[0]

    def drop_event(self, msgid: str) -> None:
        """Forget the oldest event if it is this one: it is answered."""
        with self._news:
            if self._events and _msgid(self._events[0]) == msgid:
                self._events.popleft()

    def close(self) -> None:
        with self._news:
            line, self._line = self._line, None
            self._news.notify_all()
        if line is not None:
            line.close()

    def _opened(self) -> ClientConnection:
        with self._opening:
            with self._news:
                self._asked_at = time.monotonic()
                if self._line is not None:
                    return self._line
                back = self._free_at - time.monotonic()
            if back > 0:
                raise LineTakenError("another program has opened this robot's connection", back)
            return self._open()

    def _open(self) -> ClientConnection:
        from websockets.exceptions import WebSocketException
        from websockets.sync.client import connect

        try:
            opening = connect(
                self._url,
                open_timeout=_OPENING,
                close_timeout=2,
                ping_interval=None,  # WeCom wants frames of its own
                max_size=_LARGEST,
                user_agent_header="notifier",
            )
            line = ExitStack().enter_context(opening)  # closed by `_end`, by whoever sees it end
        except (OSError, WebSocketException, ValueError) as fault:
            raise LineLostError(f"not reachable: {type(fault).__name__}") from None
        with self._news:
            self._line = line
            self._opened_at = time.monotonic()
        threading.Thread(target=self._read, args=(line,), name="wecom", daemon=True).start()
        body = {"bot_id": self._bot_id, "secret": self._secret}
        try:
            answer = self._ask(line, "aibot_subscribe", body, _OPENING)
        except LineLostError as fault:
            self._end(line)
            raise LineLostError(f"not let in: {fault}") from None
        code = answer.get("errcode")
        if code != 0:
            self._end(line)
            words = f"errcode {code}: {answer.get('errmsg')}".replace(self._secret, "****")
            raise LineRefusedError(words[:200], code if isinstance(code, int) else -1)
        return line

    def _ask(
        self,
        line: ClientConnection,
        command: str,
        body: Mapping[str, object],
        seconds: float,
        req_id: str = "",
    ) -> Frame:
        from websockets.exceptions import WebSocketException

        number = req_id or f"{command}_{uuid.uuid4().hex}"
        frame: Frame = {"cmd": command, "headers": {"req_id": number}, "body": dict(body)}
        with self._news:
            self._answers[number] = None
        try:
            try:
                line.send(json.dumps(frame, ensure_ascii=False))
            except (OSError, WebSocketException) as fault:
                self._end(line)
                words = f"the connection ended: {type(fault).__name__}"
                raise LineLostError(words, handed_over=True) from None
            return self._answer(line, number, seconds)
        finally:
            with self._news:
                self._answers.pop(number, None)

    def _answer(self, line: ClientConnection, number: str, seconds: float) -> Frame:
        def is_over() -> bool:
            return self._answers[number] is not None or self._line is not line

        with self._news:
            self._news.wait_for(is_over, seconds)
            answer = self._answers[number]
            is_lost = self._line is not line
        if answer is None:
            words = "the connection ended" if is_lost else f"no answer within {seconds:.0f} s"
            raise LineLostError(words, handed_over=True)
        return answer

    def _read(self, line: ClientConnection) -> None:
        """Take what comes in until the line ends. The only thread that reads it."""
        from websockets.exceptions import WebSocketException

        pinged = heard = time.monotonic()
        try:
            while self._line is line:
                now = time.monotonic()
                if now - heard > _SILENT or now - self._asked_at > _IDLE:
                    break
                if now - pinged >= _PING:
                    pinged = now
                    ping = {"cmd": "ping", "headers": {"req_id": f"ping_{uuid.uuid4().hex}"}}
                    line.send(json.dumps(ping))
                try:
                    text = line.recv(timeout=max(0.0, min(5.0, pinged + _PING - now)))
                except TimeoutError:
                    continue
                heard = time.monotonic()
                self._take(line, text)
        except (OSError, WebSocketException) as fault:
            log.debug("the connection of a WeCom robot ended: %s", type(fault).__name__)
        finally:
            self._end(line)

    def _take(self, line: ClientConnection, text: str | bytes) -> None:
        """Take a frame; what is not understood is left."""
        try:
            frame = json.loads(text)
        except (ValueError, RecursionError):
            return
        if not isinstance(frame, dict):
            return
        if frame.get("cmd") == "aibot_event_callback":
            self._take_event(line, frame)
            return
        number = table(frame.get("headers")).get("req_id")
        if "cmd" in frame or not isinstance(number, str):
            return
        with self._news:
            if number in self._answers:
                self._answers[number] = frame
                self._news.notify_all()

    def _take_event(self, line: ClientConnection, frame: Frame) -> None:
        event = table(table(frame.get("body")).get("event"))
        if event.get("eventtype") == "disconnected_event":
            self._stand_back()
            self._end(line)
            return
        msgid = _msgid(frame)
        if event.get("eventtype") != "template_card_event" or not msgid:
            return
        with self._news:
            if msgid in self._known or len(self._events) >= _MOST_EVENTS:
                return
            self._known[msgid] = None
            if len(self._known) > _MOST_EVENTS:
                self._known.popitem(last=False)
            self._events.append(frame)
            self._news.notify_all()

    def _stand_back(self) -> None:
        """Leave the connection to whoever has taken it, longer each time."""
        now = time.monotonic()
        with self._news:
            self._taken = 0 if now - self._opened_at > _HELD else self._taken
            back = min(_STOOD_BACK * 2**self._taken, _LONGEST_BACK)
            self._taken = min(self._taken + 1, 10)
            self._free_at = now + back
        log.warning(
            "another program has opened the connection of the WeCom robot %s: "
            "this one stands back for %.0f s",
            self._bot_id,
            back,
        )

    def _end(self, line: ClientConnection) -> None:
        with self._news:
            if self._line is line:
                self._line = None
            self._news.notify_all()
        line.close()


def table(value: object) -> dict[str, Any]:
    """Return `value` if it is a table of JSON, else an empty one."""
    return value if isinstance(value, dict) else {}


def is_id(value: object) -> TypeGuard[str]:
    """Return whether `value` can be an id: the ledger and a log can hold it as it is."""
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_ID and value.isprintable()


def _msgid(frame: Frame) -> str:
    msgid = table(frame.get("body")).get("msgid")
    return msgid if is_id(msgid) else ""


_lines: dict[tuple[str, str, str], WecomLine] = {}
_guard = threading.Lock()


def line_of(url: str, bot_id: str, secret: str) -> WecomLine:
    """Return the line of a robot: one a process, whoever sends and listens on it."""
    with _guard:
        return _lines.setdefault((url, bot_id, secret), WecomLine(url, bot_id, secret))
