"""An HTTP server on loopback that plays WeCom and Telegram as they document themselves, or breaks
on demand."""

from __future__ import annotations

import json
import os
import re
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

BOT_TOKEN = "123456789:abcdefghijklmnopqrstuvwxyz-ABCDEFGH"
ROBOT_KEY = "6b0c1d2e-0000-4a4b-8c8d-planted00key"
APP_SECRET = "planted-corp-secret-0001"
ACCESS_TOKEN = "planted-access-token-0001"

WAIT = 120.0  # seconds until a test gives up on something that should happen at once


@dataclass(frozen=True, kw_only=True)
class Request:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    at: datetime = field(default_factory=lambda: datetime.now(UTC), compare=False)

    @property
    def json(self) -> dict[str, Any]:
        value = json.loads(self.body)
        assert isinstance(value, dict)
        return value

    @property
    def text(self) -> str:
        """What a person reads of it: WeCom's Markdown or text, or Telegram's text, whichever it
        is."""
        text = self.json.get("markdown") or self.json["text"]
        return str(text["content"] if isinstance(text, dict) else text)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A dict is sent as JSON. `promised`: the Content-Length, if it is to be a lie."""

    status: int = 200
    body: bytes | dict[str, Any] = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    promised: int | None = None

    @property
    def octets(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class Fault:
    """What a peer does instead of answering, once it has the whole request."""

    CLOSE = "closes the connection"
    RESET = "resets the connection"
    SILENCE = "keeps the line open and says nothing"
    DRIP_HEADERS = "sends one header a byte at a time for ever"
    DRIP_BODY = "sends its body a few bytes at a time for ever"
    NO_HTTP = "answers in another protocol"


Reply = Answer | str
Held = Callable[[], Answer]
"""An answer that is waited for while other requests come in."""
Play = Callable[[Request], Reply | Held]


class _Server(ThreadingHTTPServer):
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """A client that was killed in the middle of a request is part of the tests."""


class HttpPeer:
    """`requests` are those that came, `play` answers them unless `script` still holds replies."""

    def __init__(self, play: Play) -> None:
        self.requests: list[Request] = []
        self.script: list[Reply] = []
        self.play = play
        self.stopping = threading.Event()
        self._news = threading.Condition()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = False
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @contextmanager
    def running(self) -> Iterator[HttpPeer]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield self
        finally:
            self.stopping.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    def reply_to(self, request: Request) -> Reply | Held:
        with self._news:
            self.requests.append(request)
            self._news.notify_all()
            return self.script.pop(0) if self.script else self.play(request)

    def wait_for(
        self, enough: Callable[[list[Request]], bool], timeout: float = WAIT
    ) -> list[Request]:
        """Every request so far, as soon as they are enough; AssertionError if they never are."""
        with self._news:
            if not self._news.wait_for(lambda: enough(self.requests), timeout):
                raise AssertionError(
                    f"after {timeout} s only {len(self.requests)} requests: {self.requests[-3:]}"
                )
            return list(self.requests)


def _handler(peer: HttpPeer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            if len(body) < length:  # whoever sent it died over it: it did not arrive
                self.close_connection = True
                return
            request = Request(
                method=self.command,
                path=self.path,
                headers={name.lower(): value for name, value in self.headers.items()},
                body=body,
            )
            reply = peer.reply_to(request)
            reply = reply() if callable(reply) else reply
            self.close_connection = True
            if isinstance(reply, str):
                self._break(reply)
                return
            octets = reply.octets
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header(
                "Content-Length", str(len(octets) if reply.promised is None else reply.promised)
            )
            self.end_headers()
            self.wfile.write(octets)

        do_GET = do_POST = do_PATCH = _any  # noqa: N815  # http.server's own names

        def _break(self, fault: str) -> None:
            if fault == Fault.RESET:
                # closed without lingering and without http.server's polite shutdown, the line is
                # reset
                self.connection.setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                )
                os.close(self.connection.detach())
                return
            if fault == Fault.SILENCE:
                peer.stopping.wait()
            elif fault == Fault.NO_HTTP:
                self.wfile.write(b"220 mail.example.com ESMTP\r\n")
            elif fault == Fault.DRIP_HEADERS:
                self._drip(b"HTTP/1.1 200 OK\r\nX-More: ", b"x")
            elif fault == Fault.DRIP_BODY:
                self._drip(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b"{")

        def _drip(self, first: bytes, again: bytes) -> None:
            """Until the other side has had enough: each piece comes well before any wait for one
            piece ends."""
            try:
                self.wfile.write(first)
                while not peer.stopping.wait(0.05):
                    self.wfile.write(again)
            except OSError:
                return

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server's own name
            """Silent: what came is kept in `requests`."""

    return Handler


WECOM_MOST = 2_048  # bytes (developer.work.weixin.qq.com/document/path/91770)
WECOM_MOST_MARKDOWN = 4_096
WECOM_OK = {"errcode": 0, "errmsg": "ok"}
WECOM_TOO_OFTEN = {"errcode": 45009, "errmsg": "api freq out of limit"}
WECOM_BAD_IMAGE = {"errcode": 40009, "errmsg": "invalid image size"}
WECOM_BAD_KEY = {"errcode": 93000, "errmsg": "invalid webhook url"}


def wecom(request: Request) -> Reply:
    """A group robot, and the interface of a corporation's own application."""
    parts = urlsplit(request.path)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    if parts.path == "/cgi-bin/webhook/send":
        return Answer(
            body=WECOM_BAD_KEY if query.get("key") != ROBOT_KEY else _judge_wecom_robot(request)
        )
    if parts.path == "/cgi-bin/gettoken":
        if query.get("corpsecret") != APP_SECRET:
            return Answer(body={"errcode": 40001, "errmsg": "invalid credential"})
        return Answer(body=WECOM_OK | {"access_token": ACCESS_TOKEN, "expires_in": 7_200})
    if parts.path == "/cgi-bin/message/send":
        if query.get("access_token") != ACCESS_TOKEN:
            return Answer(body={"errcode": 40014, "errmsg": "invalid access_token"})
        return Answer(body=_judge_wecom_text(request))
    return Answer(status=404)


def _judge_wecom_robot(request: Request) -> dict[str, Any]:
    message = request.json
    if message.get("msgtype") == "image":
        return (
            WECOM_OK if message["image"]["base64"] and message["image"]["md5"] else WECOM_BAD_IMAGE
        )
    if message.get("msgtype") != "markdown":
        return _judge_wecom_text(request)
    return _judge_size(message["markdown"]["content"], WECOM_MOST_MARKDOWN)


def _judge_wecom_text(request: Request) -> dict[str, Any]:
    message = request.json
    if message.get("msgtype") != "text":
        return {"errcode": 40008, "errmsg": "invalid message type"}
    return _judge_size(message["text"]["content"], WECOM_MOST)


def _judge_size(content: str, most: int) -> dict[str, Any]:
    size = len(content.encode())
    if not 0 < size <= most:
        return {"errcode": 45002, "errmsg": f"content size {size} out of limit"}
    return WECOM_OK


TELEGRAM_MOST = 4_096  # characters after parsing (core.telegram.org/bots/api#sendmessage)
_TELEGRAM_TAGS = {
    "b",
    "strong",
    "i",
    "em",
    "u",
    "ins",
    "s",
    "strike",
    "del",
    "code",
    "pre",
    "a",
    "blockquote",
}


def telegram(request: Request) -> Reply:
    """The Bot API's sendMessage in its HTML mode, as strict with mark-up as the real one."""
    found = re.fullmatch(r"/bot([^/]+)/(\w+)", request.path)
    if found is None:
        return telegram_error(404, "Not Found")
    if found[1] != BOT_TOKEN:
        return telegram_error(401, "Unauthorized")
    if found[2] == "sendPhoto":
        if b"\x89PNG" not in request.body:
            return telegram_error(400, "Bad Request: IMAGE_PROCESS_FAILED")
        return Answer(body={"ok": True, "result": {"message_id": 2}})
    if found[2] != "sendMessage":
        return telegram_error(404, "Not Found")
    message = request.json
    if message.get("parse_mode") != "HTML":
        return telegram_error(400, "Bad Request: this peer knows HTML only")
    try:
        text = telegram_text(message["text"])
    except ValueError as fault:
        return telegram_error(400, f"Bad Request: can't parse entities: {fault}")
    if not text.strip():
        return telegram_error(400, "Bad Request: message text is empty")
    if len(text) > TELEGRAM_MOST:
        return telegram_error(400, "Bad Request: message is too long")
    return Answer(
        body={"ok": True, "result": {"message_id": 1, "chat": {"id": message["chat_id"]}}}
    )


def telegram_error(status: int, description: str, **parameters: int) -> Answer:
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    return Answer(status=status, body=body | ({"parameters": parameters} if parameters else {}))


def telegram_text(html: str) -> str:
    """What the reader sees. ValueError where Telegram refuses the mark-up."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    if reader.open:
        raise ValueError(f"can't find end tag corresponding to start tag {reader.open[-1]}")
    return "".join(reader.seen)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TELEGRAM_TAGS:
            raise ValueError(f'unsupported start tag "{tag}"')
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise ValueError(f'unexpected end tag "{tag}"')

    def handle_data(self, data: str) -> None:
        self.seen.append(data.replace("\r", ""))  # as Telegram does
