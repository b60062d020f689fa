"""Feishu as an application sees it: its interface, and the long connection on which presses come.

As its documents and its own clients have it: a token for the interface, an address that opens one
connection, frames that go back within 3 seconds, cards that are exchanged by an answer or by PATCH.
"""

from __future__ import annotations

import json
import threading
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from notifier.channels.feishu_frames import CONTROL, DATA, FeishuFrame, decode, encode
from tests.peers.http import WAIT, Answer, HttpPeer, Reply, Request

APP_ID, SECRET = "cli_a1b2c3d4e5", "feishu-secret-0123456789abcdef"
TOKEN = "t-0123456789abcdef0123456789"

Table = dict[str, Any]


@dataclass
class Posted:
    """A message of the application: a text, or a card that replies to one."""

    number: str
    to: str
    text: str = ""
    card: Table = field(default_factory=dict)

    @property
    def buttons(self) -> list[Table]:
        rows = self.card.get("elements", [])
        return [button for row in rows for button in row["actions"]]

    @property
    def labels(self) -> list[str]:
        return [button["text"]["content"] for button in self.buttons]

    def value(self, words: str) -> Table:
        """What the button carries whose words begin so."""
        found = (b for b in self.buttons if b["text"]["content"].startswith(words))
        return dict(next(found)["value"])


@dataclass
class FeishuServer:
    """`answer`: what answers a request of the interface instead; `before_shown`: called when a
    press is about to be answered, which is then not taken; `parts`: into how many frames a press is
    cut; `ping_interval`: what it asks for; `shown_within`: 3 seconds of Feishu's, more on a machine
    that is busy with others."""

    posted: list[Posted] = field(default_factory=list)
    shown: list[tuple[str, Table]] = field(default_factory=list)
    pings: int = 0
    opened: int = 0
    tokens: int = 0
    parts: int = 1
    ping_interval: int = 120
    shown_within: float = WAIT
    answer: Callable[[Request], Reply | None] | None = None
    before_shown: Callable[[], None] | None = None
    peer: HttpPeer = field(init=False)
    _url: str = ""
    _lines: list[ServerConnection] = field(default_factory=list)
    _tickets: set[str] = field(default_factory=set)
    _pressed: dict[str, tuple[str, float, Posted]] = field(default_factory=dict)
    _count: int = 0
    _news: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self) -> None:
        self.peer = HttpPeer(self._play)

    @property
    def url(self) -> str:
        return self.peer.url

    @contextmanager
    def running(self) -> Iterator[FeishuServer]:
        with ExitStack() as ends:
            server = ends.enter_context(serve(self._serve, "127.0.0.1", 0, ping_interval=None))
            self._url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            ends.enter_context(self.peer.running())
            try:
                yield self
            finally:
                server.shutdown()
                self.hang_up()
                thread.join(WAIT)

    @property
    def cards(self) -> list[Posted]:
        return [message for message in self.posted if message.card]

    @property
    def texts(self) -> list[Posted]:
        return [message for message in self.posted if message.text]

    @property
    def is_open(self) -> bool:
        return bool(self._lines)

    def wait_until(self, come: Callable[[], bool], timeout: float = WAIT) -> None:
        with self._news:
            if not self._news.wait_for(come, timeout):
                raise AssertionError(f"not within {timeout} s: {self.posted} {self.shown}")

    def press(
        self, message: Posted, value: object, by: str, number: str = "", chat: str = ""
    ) -> str:
        """Somebody presses a button of a card; return the id of the press."""
        with self._news:
            self._count += 1
            number = number or f"event-{self._count}"
            name = f"message-{self._count}"
            self._pressed[name] = (number, time.monotonic(), message)
        event = {
            "operator": {"open_id": by, "tenant_key": "t"},
            "token": "c-1",
            "action": {"value": value, "tag": "button"},
            "host": "im_message",
            "context": {"open_message_id": message.number, "open_chat_id": chat or message.to},
        }
        header = {"event_id": number, "event_type": "card.action.trigger", "app_id": APP_ID}
        self.push_event({"schema": "2.0", "header": header, "event": event}, name)
        return number

    def push_event(self, content: object, name: str = "message") -> None:
        """Let an event come in, in as many frames as `parts` says."""
        payload = json.dumps(content).encode()
        size = -(-len(payload) // self.parts)
        for index in range(self.parts):
            headers = (
                ("type", "event"),
                ("message_id", name),
                ("sum", str(self.parts)),
                ("seq", str(index)),
                ("trace_id", "trace"),
            )
            piece = payload[index * size : (index + 1) * size]
            frame = FeishuFrame(
                seq_id=7, log_id=9, service=3, method=DATA, headers=headers, payload=piece
            )
            self.push(encode(frame))

    def push(self, octets: bytes | str) -> None:
        """Let whatever it is come in on the newest connection."""
        self.wait_until(lambda: bool(self._lines))
        with suppress(ConnectionClosed):
            self._lines[-1].send(octets)

    def hang_up(self) -> None:
        for line in list(self._lines):
            line.close()

    def shown_for(self, press: str) -> Table:
        """What was shown for a press, as soon as it was."""
        self.wait_until(lambda: any(number == press for number, _ in self.shown))
        return next(content for number, content in self.shown if number == press)

    # -- the interface ----------------------------------------------------------------------------

    def _play(self, request: Request) -> Reply:
        reply = self.answer(request) if self.answer is not None else None
        return reply if reply is not None else self._answer(request)

    def _answer(self, request: Request) -> Reply:
        parts = urlsplit(request.path)
        body = json.loads(request.body)
        if parts.path == "/callback/ws/endpoint":
            return self._endpoint(body)
        path = parts.path.removeprefix("/open-apis/")
        if path == "auth/v3/tenant_access_token/internal":
            if (body["app_id"], body["app_secret"]) != (APP_ID, SECRET):
                return _json({"code": 10014, "msg": "app secret invalid"})
            self.tokens += 1
            return _json({"code": 0, "msg": "ok", "expire": 7200, "tenant_access_token": TOKEN})
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return _json({"code": 99991663, "msg": "Invalid access token"}, 400)
        return self._message(request.method, path, parse_qs(parts.query), body)

    def _message(self, method: str, path: str, query: dict[str, list[str]], body: Table) -> Reply:
        content = json.loads(body["content"])
        names = path.removeprefix("im/v1/messages").strip("/").split("/")
        known = next((message for message in self.posted if message.number == names[0]), None)
        with self._news:
            self._count += 1
            number = f"om_{self._count}"
            if method == "PATCH" and known is not None:
                known.card = content
            elif names[-1] == "reply" and known is not None:
                self.posted.append(Posted(number, known.to, card=content))
            elif names == [""]:
                kind = "open_id" if body["receive_id"].startswith("ou_") else "chat_id"
                if query["receive_id_type"] != [kind]:
                    return _json({"code": 230001, "msg": "invalid receive_id"}, 400)
                self.posted.append(Posted(number, body["receive_id"], text=content["text"]))
            else:
                return _json({"code": 230011, "msg": "The message is recalled."}, 400)
            self._news.notify_all()
        return _json({"code": 0, "msg": "success", "data": {"message_id": number}})

    def _endpoint(self, body: Table) -> Reply:
        if (body["AppID"], body["AppSecret"]) != (APP_ID, SECRET):
            return _json({"code": 10014, "msg": "app secret invalid"})
        with self._news:
            self._count += 1
            ticket = f"ticket-{self._count}"
            self._tickets.add(ticket)
        url = f"{self._url}/ws/v2?device_id=1&service_id=3&ticket={ticket}"
        config = {"PingInterval": self.ping_interval, "ReconnectInterval": 120}
        return _json({"code": 0, "msg": "", "data": {"URL": url, "ClientConfig": config}})

    # -- the connection ---------------------------------------------------------------------------

    def _serve(self, line: ServerConnection) -> None:
        assert line.request is not None
        ticket = parse_qs(urlsplit(line.request.path).query)["ticket"][0]
        with self._news:
            if ticket not in self._tickets:
                line.close()
                return
            self._tickets.remove(ticket)
            self._lines.append(line)
            self.opened += 1
            self._news.notify_all()
        try:
            for octets in line:
                assert isinstance(octets, bytes)
                self._take(line, decode(octets))
        except ConnectionClosed:
            pass
        finally:
            with self._news:
                self._lines.remove(line)
                self._news.notify_all()

    def _take(self, line: ServerConnection, frame: FeishuFrame) -> None:
        if frame.method == CONTROL:
            pong = FeishuFrame(service=3, method=CONTROL, headers=(("type", "pong"),))
            line.send(encode(pong))
            with self._news:
                self.pings += 1
                self._news.notify_all()
            return
        if self.before_shown is not None:
            self.before_shown()
            return
        answer = json.loads(frame.payload)
        content = json.loads(b64decode(answer["data"]))
        with self._news:
            pressed = self._pressed.pop(frame.header("message_id"), None)
            if pressed is not None and answer["code"] == 200:
                number, at, message = pressed
                if time.monotonic() - at <= self.shown_within:
                    message.card = content["card"]["data"] if "card" in content else message.card
                    self.shown.append((number, content))
            self._news.notify_all()


def _json(content: Table, status: int = 200) -> Answer:
    return Answer(status=status, body=content)
