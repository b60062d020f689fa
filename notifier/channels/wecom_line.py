"""The one connection of a WeCom intelligent robot.

As developer.work.weixin.qq.com/document/path/101463 has it: `aibot_subscribe` with the robot's id
and secret opens it, `ping` each half minute keeps it. A robot has one connection: whoever opens a
second one ends the first, which is told so by `disconnected_event`. Each frame that goes out bears
a `req_id`; the answer bears the same one, and an `errcode`, 0 for yes.
"""

from __future__ import annotations

import json
import logging
import threading
import time
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from notifier.channels.long_line import (
    OPENING,
    LineLostError,
    LineRefusedError,
    LongLine,
    is_id,
    table,
)
from notifier.errors import ChannelError

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

log = logging.getLogger("notifier")

Frame = dict[str, Any]

_PING = 30.0  # seconds
_STOOD_BACK = 60.0  # seconds before a line that was taken over is opened again; doubled each time
_LONGEST_BACK = 1_800.0
_HELD = 3_600.0  # seconds of its own after which being taken over counts as the first time


class LineTakenError(ChannelError):
    """another program holds the robot's connection

    `seconds`: how long this one stands back.
    """

    def __init__(self, words: str, seconds: float) -> None:
        super().__init__(words)
        self.seconds = seconds


class WecomLine:
    """The connection of one robot. For several threads."""

    def __init__(self, url: str, bot_id: str, secret: str) -> None:
        self._url = url
        self._bot_id = bot_id
        self._secret = secret
        self._line = LongLine(self, "WeCom")
        self._answers: dict[str, Frame | None] = {}
        self._opened_at = time.monotonic()
        self._free_at = 0.0
        self._taken = 0

    def ask(
        self, command: str, body: Mapping[str, object], seconds: float, req_id: str = ""
    ) -> Frame:
        """Send a frame and return the answer to it, opening the line first.

        `req_id`: of the event that it answers. LineLostError, LineRefusedError, LineTakenError.
        """
        return self._ask(self._line.opened(), command, body, seconds, req_id)

    def next_event(self, seconds: float) -> Frame | None:
        """Return the oldest event, which stays until it is dropped; None if none comes in time."""
        found = self._line.next_event(seconds)
        return None if found is None else found[1]

    def drop_event(self, msgid: str) -> None:
        """Forget the oldest event if it is this one: it is answered."""
        self._line.drop_event(msgid)

    def release(self) -> None:
        """Leave the connection to another node, and forget who has taken it."""
        with self._line.news:
            self._free_at = 0.0
            self._taken = 0
        self._line.close()

    def close(self) -> None:
        self._line.close()

    # -- the talk of its connection ---------------------------------------------------------------

    def address(self) -> str:
        back = self._free_at - time.monotonic()
        if back > 0:
            raise LineTakenError("another program has opened this robot's connection", back)
        return self._url

    def greet(self, line: ClientConnection) -> None:
        self._opened_at = time.monotonic()
        body = {"bot_id": self._bot_id, "secret": self._secret}
        try:
            answer = self._ask(line, "aibot_subscribe", body, OPENING)
        except LineLostError as fault:
            raise LineLostError(f"not let in: {fault}") from None
        code = answer.get("errcode")
        if code != 0:
            words = f"errcode {code}: {answer.get('errmsg')}".replace(self._secret, "****")
            raise LineRefusedError(words[:200], code if isinstance(code, int) else -1)

    def pause(self) -> float:
        return _PING

    def ping(self) -> str:
        return json.dumps({"cmd": "ping", "headers": {"req_id": f"ping_{uuid.uuid4().hex}"}})

    def take(self, line: ClientConnection, frame: str | bytes) -> None:
        try:
            taken = json.loads(frame)
        except (ValueError, RecursionError):
            return
        if not isinstance(taken, dict):
            return
        if taken.get("cmd") == "aibot_event_callback":
            self._take_event(line, taken)
            return
        number = table(taken.get("headers")).get("req_id")
        if "cmd" in taken or not isinstance(number, str):
            return
        with self._line.news:
            if number in self._answers:
                self._answers[number] = taken
                self._line.news.notify_all()

    # -- frames -----------------------------------------------------------------------------------

    def _ask(
        self,
        line: ClientConnection,
        command: str,
        body: Mapping[str, object],
        seconds: float,
        req_id: str = "",
    ) -> Frame:
        number = req_id or f"{command}_{uuid.uuid4().hex}"
        frame: Frame = {"cmd": command, "headers": {"req_id": number}, "body": dict(body)}
        self._answers[number] = None
        try:
            self._line.send(line, json.dumps(frame, ensure_ascii=False))
            self._line.wait_for(line, lambda: self._answers[number] is not None, seconds)
            return self._answers[number] or {}
        finally:
            self._answers.pop(number, None)

    def _take_event(self, line: ClientConnection, frame: Frame) -> None:
        event = table(table(frame.get("body")).get("event"))
        if event.get("eventtype") == "disconnected_event":
            self._stand_back()
            self._line.end(line)
            return
        msgid = table(frame.get("body")).get("msgid")
        if event.get("eventtype") == "template_card_event" and is_id(msgid):
            self._line.add_event(msgid, frame)

    def _stand_back(self) -> None:
        """Leave the connection to whoever has taken it, longer each time."""
        now = time.monotonic()
        with self._line.news:
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


_lines: dict[tuple[str, str, str], WecomLine] = {}
_guard = threading.Lock()


def line_of(url: str, bot_id: str, secret: str) -> WecomLine:
    """Return the line of a robot: one a process, whoever sends and listens on it."""
    with _guard:
        return _lines.setdefault((url, bot_id, secret), WecomLine(url, bot_id, secret))
