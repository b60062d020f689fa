"""A mail server on loopback that speaks what reading one folder needs of IMAP4rev1 (RFC 3501)."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from socketserver import StreamRequestHandler, ThreadingTCPServer

USER = "land@example.com"
PASSWORD = "planted-Pa55word/of-imap"


def _nothing() -> None:
    """Let the connection break and no more."""


@dataclass
class Kept:
    """A message in the folder."""

    uid: int
    octets: bytes
    seen: bool = False


@dataclass
class ImapServer:
    """`messages` is the folder 公告.

    `breaks_before`: a command at which the connection is cut, once; `on_break` is called then.
    """

    messages: list[Kept] = field(default_factory=list)
    breaks_before: str = ""
    on_break: Callable[[], None] = _nothing
    port: int = 0

    def add(self, octets: bytes) -> Kept:
        kept = Kept(
            uid=len(self.messages) + 7,
            octets=octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"),
        )
        self.messages.append(kept)
        return kept


class _Handler(StreamRequestHandler):
    folder: ImapServer

    def handle(self) -> None:
        self._say("* OK ready")
        while line := self.rfile.readline():
            tag, _, rest = line.decode().strip().partition(" ")
            command, _, arguments = rest.partition(" ")
            if command.upper() == "UID":
                command, _, arguments = arguments.partition(" ")
            if self.folder.breaks_before and command.upper() == self.folder.breaks_before:
                self.folder.breaks_before = ""
                self.folder.on_break()
                return
            if not self._do(command.upper(), arguments, tag):
                return

    def _do(self, command: str, arguments: str, tag: str) -> bool:
        if command == "CAPABILITY":
            self._say("* CAPABILITY IMAP4rev1")
        elif command == "LOGIN" and arguments != f'{USER} "{PASSWORD}"':
            self._say(f"{tag} NO wrong password {arguments}")
            return True
        elif command == "SELECT":
            if arguments != '"&UWxUSg-"':
                self._say(f"{tag} NO no such folder")
                return True
            self._say(f"* {len(self.folder.messages)} EXISTS")
        elif command == "SEARCH":
            uids = [str(kept.uid) for kept in self.folder.messages if not kept.seen]
            self._say("* SEARCH " + " ".join(uids))
        elif command == "FETCH":
            self._fetch(arguments)
        elif command == "STORE":
            self._of(arguments).seen = True
        elif command == "LOGOUT":
            self._say("* BYE")
            self._say(f"{tag} OK")
            return False
        self._say(f"{tag} OK done")
        return True

    def _fetch(self, arguments: str) -> None:
        kept = self._of(arguments)
        octets = kept.octets
        if fields := re.search(r"HEADER\.FIELDS \(([^)]*)\)", arguments):
            wanted = {name.lower() for name in fields[1].split()}
            whole = octets.partition(b"\r\n\r\n")[0]
            head = re.split(rb"\r\n(?![ \t])", whole)  # a folded field is one
            lines = [line for line in head if line.partition(b":")[0].decode().lower() in wanted]
            octets = b"\r\n".join(lines) + b"\r\n\r\n"
        size = len(kept.octets)
        self.wfile.write(
            f"* 1 FETCH (UID {kept.uid} RFC822.SIZE {size} BODY[] {{{len(octets)}}}\r\n".encode()
        )
        self.wfile.write(octets + b")\r\n")

    def _of(self, arguments: str) -> Kept:
        uid = int(arguments.partition(" ")[0])
        return next(kept for kept in self.folder.messages if kept.uid == uid)

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")


class _Server(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def imap_server() -> Iterator[ImapServer]:
    folder = ImapServer()
    handler = type("Handler", (_Handler,), {"folder": folder})
    with _Server(("127.0.0.1", 0), handler) as server:
        folder.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield folder
        finally:
            server.shutdown()
