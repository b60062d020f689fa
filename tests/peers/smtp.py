"""Mail servers on loopback: a real one (aiosmtpd) that keeps what it takes, and a scripted one that
breaks."""

from __future__ import annotations

import asyncio
import ssl
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER = "notifier@example.com"
PASSWORD = "planted-Pa55word-of-mail"


@dataclass(frozen=True, kw_only=True)
class Mail:
    sender: str
    recipients: tuple[str, ...]
    octets: bytes
    encrypted: bool
    signed_in: bool

    @property
    def message(self) -> EmailMessage:
        parsed = message_from_bytes(self.octets, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed


@dataclass(kw_only=True)
class MailServer:
    """`mails` are those that were taken.

    `refusals`: an address, or DATA -> what is answered instead of 250.
    """

    refusals: Mapping[str, str] = field(default_factory=dict)
    mails: list[Mail] = field(default_factory=list)
    port: int = 0

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's own name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  # as above
        if "DATA" in self.refusals:
            return self.refusals["DATA"]
        assert isinstance(envelope.content, bytes)
        mail = Mail(
            sender=str(envelope.mail_from),
            recipients=tuple(envelope.rcpt_tos),
            octets=envelope.content,
            encrypted=session.ssl is not None,
            signed_in=bool(session.authenticated),
        )
        self.mails.append(mail)
        return "250 Queued"


@contextmanager
def mail_server(
    *,
    tls: ssl.SSLContext | None = None,
    auth: bool = False,
    refusals: Mapping[str, str] | None = None,
) -> Iterator[MailServer]:
    """With `tls` it takes mail only after STARTTLS, with `auth` only from USER with PASSWORD."""
    handler = MailServer(refusals=refusals or {})
    loop = asyncio.new_event_loop()

    def protocol() -> SMTP:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Requiring AUTH while not requiring TLS", UserWarning)
            return SMTP(
                handler,
                loop=loop,
                hostname="mail.example.com",
                tls_context=tls,
                require_starttls=tls is not None,
                auth_required=auth,
                auth_require_tls=tls is not None,
                authenticator=_authenticate,
            )

    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    # in its own thread: a browser's test may have a loop in this one
    listening = loop.create_server(protocol, "127.0.0.1", 0)
    server = asyncio.run_coroutine_threadsafe(listening, loop).result()
    handler.port = server.sockets[0].getsockname()[1]
    try:
        yield handler
    finally:
        asyncio.run_coroutine_threadsafe(_wind_up(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _wind_up(server: asyncio.Server) -> None:
    server.close()
    await server.wait_closed()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def _authenticate(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (
        USER.encode(),
        PASSWORD.encode(),
    )
    return AuthResult(success=right, handled=False)


HANG_UP = ""
SILENCE = "(silence)"
DRIP = "(drip)"

_POLITE = {
    "CONNECT": "220 mail.example.com ESMTP",
    "EHLO": "250 mail.example.com",
    "MAIL": "250 OK",
    "RCPT": "250 OK",
    "DATA": "354 go on",
    ".": "250 Queued",
    "RSET": "250 OK",
    "QUIT": "221 bye",
}


class ScriptedMailServer:
    """Answers each verb by `_POLITE` overlaid with `replies`; "." is the end of the mail's data.

    A reply may be HANG_UP, SILENCE or DRIP (lines of one answer that never ends). `heard` are the
    lines that came, `taken` how many mails were ended with a full stop.
    """

    def __init__(self, replies: Mapping[str, str | Callable[[str], str]]) -> None:
        self.replies = {**_POLITE, **replies}
        self.heard: list[str] = []
        self.taken = 0
        self.stopping = threading.Event()
        self._server = ThreadingTCPServer(("127.0.0.1", 0), _talk(self))
        self.port = int(self._server.server_address[1])

    @contextmanager
    def running(self) -> Iterator[ScriptedMailServer]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield self
        finally:
            self.stopping.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join()


def _talk(peer: ScriptedMailServer) -> type[StreamRequestHandler]:
    class Talk(StreamRequestHandler):
        def handle(self) -> None:
            try:
                self._handle()
            except OSError:
                return  # the other side hung up

        def _handle(self) -> None:
            if not self._say("CONNECT", ""):
                return
            while line := self.rfile.readline():
                text = line.decode("ascii", "replace").strip()
                peer.heard.append(text)
                verb = text.partition(" ")[0].upper()
                if not self._say(verb, text):
                    return
                if verb == "DATA" and str(peer.replies["DATA"]).startswith("354"):
                    while (data := self.rfile.readline()) and data != b".\r\n":
                        pass
                    peer.taken += bool(data)
                    if not self._say(".", ""):
                        return

        def _say(self, verb: str, line: str) -> bool:
            reply = peer.replies.get(verb, "502 unknown")
            if callable(reply):
                reply = reply(line)
            if reply == SILENCE:
                peer.stopping.wait()
            while reply == DRIP and not peer.stopping.wait(0.05):
                self.wfile.write(b"250-and more\r\n")
            if reply in (HANG_UP, SILENCE, DRIP):
                return False
            self.wfile.write(reply.encode() + b"\r\n")
            return True

    return Talk
