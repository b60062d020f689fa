"""A line from a node to its database, which can be cut, or fall silent as if packets were lost."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PIECE = 65_536  # bytes


class DatabaseLine:
    """A port of loopback behind which PostgreSQL answers, whose server listens at a file."""

    def __init__(self, server: Path) -> None:
        """`server`: the socket in the file system at which PostgreSQL listens."""
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._lock = threading.Lock()
        self._ends: set[socket.socket] = set()
        self._is_cut = False
        self._flows = threading.Event()
        self._flows.set()
        self._has_ended = False

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @contextmanager
    def running(self) -> Iterator[DatabaseLine]:
        thread = threading.Thread(target=self._accept, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._has_ended = True
            self._flows.set()
            self.cut()
            with socket.create_connection(("127.0.0.1", self.port)):
                thread.join()
            self._listener.close()

    def cut(self) -> None:
        """End every connection, and each new one, until `mend`."""
        with self._lock:
            self._is_cut = True
            ends, self._ends = self._ends, set()
        for end in ends:
            _close(end)

    def hold(self) -> None:
        """Carry nothing more until `mend`; nobody is told."""
        self._flows.clear()

    def mend(self) -> None:
        with self._lock:
            self._is_cut = False
        self._flows.set()

    def _accept(self) -> None:
        while not self._has_ended:
            near, _ = self._listener.accept()
            far = socket.socket(socket.AF_UNIX)
            with self._lock:
                is_cut = self._is_cut
                if not is_cut:
                    self._ends |= {near, far}
            try:
                if is_cut:
                    raise ConnectionRefusedError
                far.connect(str(self._server))
            except OSError:  # the line is cut, or the server is down
                self._end(near, far)
                continue
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(_PIECE):
                self._flows.wait()
                sink.sendall(piece)
        self._flows.wait()  # that one side is gone is no news, either
        self._end(source, sink)

    def _end(self, *ends: socket.socket) -> None:
        with self._lock:
            self._ends -= set(ends)
        for end in ends:
            _close(end)


def _close(end: socket.socket) -> None:
    """Close a socket; whoever waits for it in another thread wakes up."""
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
