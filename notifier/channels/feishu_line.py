"""The long connection of a Feishu application, on which its cards' presses come in.

As Feishu's own clients do it (larksuite/oapi-sdk-go, ws/): `POST /callback/ws/endpoint` with the
application's id and secret gives an address that is good once; a ping each two minutes, or as often
as the answer says, keeps the connection. A `card.action.trigger` comes as a frame, perhaps in
several parts; the same frame goes back within 3 seconds, with what is to be shown
(document/feishu-cards/card-callback-communication). Of several connections of an
application one gets it: a node that does not lead must close its own.
"""

from __future__ import annotations

import json
import threading
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from notifier.channels.deadline import deadline
from notifier.channels.feishu_frames import CONTROL, DATA, FeishuFrame, decode, encode
from notifier.channels.long_line import (
    OPENING,
    Event,
    LineLostError,
    LineRefusedError,
    LongLine,
    is_id,
    table,
)
from notifier.channels.replies import ReplyLine, UnansweredError

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

_PING = 120.0  # seconds, unless Feishu says otherwise
_SHORTEST_PING = 5.0
_BUSY = (1, 1000040343)  # "system busy", "internal error"
_MOST_PARTS = 64  # of one event
_MOST_WAITING = 16  # events of which not every part has come

_PRESS = "card.action.trigger"


@dataclass(slots=True)
class _Parts:
    """An event that comes in several frames."""

    count: int
    found: dict[int, bytes] = field(default_factory=dict)


class FeishuLine:
    """The connection of one application. For several threads."""

    def __init__(self, host: str, app_id: str, secret: str) -> None:
        self._host = host
        self._app_id = app_id
        self._secret = secret
        self._line = LongLine(self, "Feishu")
        self._service = 0
        self._pause = _PING
        self._waiting: dict[str, _Parts] = {}

    def next_event(self, seconds: float) -> tuple[str, Event] | None:
        """Return the oldest press and its id, which stays until it is dropped; None if none comes.

        LineLostError, LineRefusedError.
        """
        return self._line.next_event(seconds)

    def drop_event(self, number: str) -> None:
        """Forget the oldest press if it is this one: it is answered."""
        self._line.drop_event(number)

    def answer(self, number: str, shown: Mapping[str, object]) -> None:
        """Say what is to be shown for the oldest press. LineLostError if that cannot be said."""
        found = self._line.next_event(0)
        if found is None or found[0] != number:
            raise LineLostError("the connection on which it was pressed ended")
        event = found[1]
        data = b64encode(json.dumps(shown).encode()).decode()
        payload = json.dumps({"code": 200, "headers": {}, "data": data}).encode()
        line: ClientConnection = event["line"]
        if not self._line.is_open(line):
            raise LineLostError("the connection on which it was pressed ended")
        self._line.send(line, encode(replace(event["frame"], payload=payload)))

    def release(self) -> None:
        """Leave what is pressed to another node."""
        self._line.close()

    # -- the talk of its connection ---------------------------------------------------------------

    def address(self) -> str:
        body = {"AppID": self._app_id, "AppSecret": self._secret}
        try:
            with deadline(OPENING) as until:
                reply = ReplyLine(until).post(
                    f"{self._host}/callback/ws/endpoint", json=body, headers={"locale": "zh"}
                )
        except UnansweredError as fault:
            raise LineLostError(fault.outcome.words) from None
        code = reply.number("code")
        words = f"code {code}: {reply.text('msg')}".replace(self._secret, "****")[:200]
        if reply.status != 200 or code is None:
            raise LineLostError(f"HTTP {reply.status}")
        if code in _BUSY:
            raise LineLostError(words)
        if code != 0:
            raise LineRefusedError(words, code)
        data = table(reply.fields.get("data"))
        address = data.get("URL")
        if not isinstance(address, str) or urlsplit(address).scheme not in ("ws", "wss"):
            raise LineLostError("Feishu gave no address to connect to")
        self._configure(table(data.get("ClientConfig")))
        service = parse_qs(urlsplit(address).query).get("service_id", ["0"])[0]
        self._service = int(service) if service.isascii() and service.isdecimal() else 0
        return address

    def greet(self, line: ClientConnection) -> None:
        """Say nothing: the address has let it in."""
        del line
        self._waiting.clear()

    def pause(self) -> float:
        return self._pause

    def ping(self) -> bytes:
        return encode(
            FeishuFrame(service=self._service, method=CONTROL, headers=(("type", "ping"),))
        )

    def take(self, line: ClientConnection, frame: str | bytes) -> None:
        try:
            taken = decode(frame if isinstance(frame, bytes) else frame.encode())
            payload = self._whole(taken) if taken.method == DATA else taken.payload
            content = table(json.loads(payload)) if payload else {}
        except (ValueError, RecursionError):  # half a frame, no text, no JSON
            return
        kind = taken.header("type")
        if taken.method == CONTROL and kind == "pong":
            self._configure(content)
        elif taken.method == DATA and kind == "event":
            header = table(content.get("header"))
            number = header.get("event_id")
            if header.get("event_type") == _PRESS and is_id(number):
                press = table(content.get("event"))
                self._line.add_event(number, {"line": line, "frame": taken, "press": press})

    def _whole(self, frame: FeishuFrame) -> bytes:
        """Return what all parts of an event hold; empty as long as some are missing."""
        count, number = _count(frame.header("sum")), _count(frame.header("seq"))
        if count <= 1:
            return frame.payload
        if count > _MOST_PARTS or number >= count:
            return b""
        name = frame.header("message_id")
        parts = self._waiting.setdefault(name, _Parts(count))
        parts.found[number] = frame.payload
        if len(parts.found) < parts.count:
            if len(self._waiting) > _MOST_WAITING:
                del self._waiting[next(iter(self._waiting))]
            return b""
        del self._waiting[name]
        return b"".join(parts.found[index] for index in sorted(parts.found))

    def _configure(self, config: Mapping[str, object]) -> None:
        seconds = config.get("PingInterval")
        if type(seconds) is int:
            self._pause = min(max(float(seconds), _SHORTEST_PING), _PING)


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0


_lines: dict[tuple[str, str, str], FeishuLine] = {}
_guard = threading.Lock()


def line_of(host: str, app_id: str, secret: str) -> FeishuLine:
    """Return the line of an application: one a process, however many channels name it."""
    with _guard:
        return _lines.setdefault((host, app_id, secret), FeishuLine(host, app_id, secret))
