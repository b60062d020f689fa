"""A land bureau's site on loopback that does what such sites do, told by a table of paths."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread


@dataclass(kw_only=True, slots=True)
class Page:
    """What a path answers. `etag`: answers 304 to whoever has it already."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    etag: str = ""
    packed: bool = False


@dataclass(slots=True)
class LandSite:
    """`pages`: path -> what it answers, or what makes it; `asked`: every request so far, in
    order. What is asked for by POST bears its body behind a #, as in `/list#{"page":1}`.
    `most_at_once`: requests that waited for their answers at the same time."""

    port: int = 0
    pages: dict[str, Page | Callable[[], Page]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    most_at_once: int = 0
    _waiting: int = 0
    _lock: Lock = field(default_factory=Lock)

    def answer_to(self, path: str) -> Page:
        """What a path answers now. It may take as long as it takes to make."""
        with self._lock:
            self._waiting += 1
            self.most_at_once = max(self.most_at_once, self._waiting)
        made = self.pages.get(path, Page(status=404))
        page = made() if callable(made) else made
        with self._lock:
            self._waiting -= 1
        return page

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


@contextmanager
def land_site() -> Iterator[LandSite]:
    site = LandSite()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer(self.path)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            self.answer(f"{self.path}#{body.decode()}")

        def answer(self, path: str) -> None:
            site.asked.append((path, dict(self.headers)))
            page = site.answer_to(path)
            if page.etag and self.headers.get("If-None-Match") == page.etag:
                self.send_response(304)
                self.end_headers()
                return
            body = gzip.compress(page.body) if page.packed else page.body
            self.send_response(page.status)
            given = {"Content-Type": "text/html", **page.headers}
            if page.etag:
                given["ETag"] = page.etag
            if page.packed:
                given["Content-Encoding"] = "gzip"
            for name, value in given.items():
                self.send_header(name, value)
            if "Content-Length" not in given:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(ConnectionError):  # whoever asks may have had enough
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep the tests' output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def dripping_site(begin: bytes) -> Iterator[str]:
    """A site that answers for its rules, then begins with `begin` and goes on with a byte now and
    then, without end."""
    ended = Event()
    none = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

    def serve(listener: socket.socket) -> None:
        with suppress(OSError):
            while not ended.is_set():
                peer, _ = listener.accept()
                with peer, suppress(OSError):
                    if b"robots.txt" in peer.recv(4096):
                        peer.sendall(none)
                        continue
                    peer.sendall(begin)
                    while not ended.wait(0.05):
                        peer.sendall(b"a")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/a"
        finally:
            ended.set()
            thread.join()
