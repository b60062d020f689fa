"""An HTTP server that answers as WeCom or Telegram do, or as the test scripts it, and keeps what it was sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WAIT = 30.0  # seconds until a test gives up on something that should happen at once


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.body)
        return value

    @property
    def text(self) -> str:
        """What a person reads: WeCom's or Telegram's text, whichever it is."""
        value = self.json
        return str(value["text"]["content"] if isinstance(value.get("text"), dict) else value["text"])


@dataclass(frozen=True)
class Answer:
    """Status and JSON body; `raw` replaces the body, `headers` come on top."""

    status: int = 200
    value: Any = None
    raw: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def body(self) -> bytes:
        return json.dumps(self.value, ensure_ascii=False).encode() if self.raw is None else self.raw


class Hang:
    """Accept the request and never answer, until the server is closed."""


class Reset:
    """Read the request and close without a byte of answer."""


class Half:
    """Promise a long answer, send some of it and close."""


Step = Answer | type[Hang] | type[Reset] | type[Half]


def wecom(code: int = 0, words: str = "ok") -> Answer:
    return Answer(value={"errcode": code, "errmsg": words})


def telegram(status: int = 200, description: str = "", **parameters: Any) -> Answer:
    if status == 200:
        return Answer(value={"ok": True, "result": {"message_id": 1}})
    value: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    if parameters:
        value["parameters"] = parameters
    return Answer(status=status, value=value)


class WebPeer:
    """`script` are the next answers in their order, afterwards `usual`. `asked` is everything that arrived."""

    def __init__(self, usual: Step) -> None:
        self.usual = usual
        self.script: list[Step] = []
        self.asked: list[Asked] = []
        self._news = threading.Condition()
        self._closing = threading.Event()
        peer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                peer._answer(self, Asked(self.path, dict(self.headers), self.rfile.read(length)))

            do_GET = do_POST  # noqa: N815  # the name that http.server looks for

            def log_message(self, *_: Any) -> None:
                """Nothing on stderr."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_: Any) -> None:
                """A client that was killed is part of the tests."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def _answer(self, handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        with self._news:
            step = self.script.pop(0) if self.script else self.usual
            self.asked.append(asked)
            self._news.notify_all()
        if step is Hang:
            self._closing.wait()
            handler.close_connection = True
        elif step is Reset:
            handler.close_connection = True
        elif step is Half:
            handler.send_response(200)
            handler.send_header("Content-Length", "1000")
            handler.end_headers()
            handler.wfile.write(b'{"errcode"')
            handler.close_connection = True
        elif isinstance(step, Answer):
            body = step.body()
            handler.send_response(step.status)
            for name, value in {"Content-Type": "application/json", **step.headers}.items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)

    def wait_for(self, enough: Callable[[list[Asked]], bool], timeout: float = WAIT) -> list[Asked]:
        """Everything asked so far, as soon as it is enough; AssertionError if it never is."""
        with self._news:
            if not self._news.wait_for(lambda: enough(self.asked), timeout):
                raise AssertionError(f"after {timeout} s only {len(self.asked)} requests: {self.asked[-3:]}")
            return list(self.asked)

    def close(self) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def web_peer(usual: Step | None = None) -> Iterator[WebPeer]:
    peer = WebPeer(wecom() if usual is None else usual)
    try:
        yield peer
    finally:
        peer.close()
