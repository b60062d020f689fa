"""Look into a folder of a mail server (IMAP4, RFC 3501) by the standard library's imaplib.

It tells what is unread, gives a message's bytes, and marks that it was taken. A connection lives
for one look. Nothing here decides what is done with a message.
"""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from notifier.errors import ChannelError

_PORT, _PORT_OF_TLS = 143, 993
_TIMEOUT = 30.0  # seconds
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_HEADERS = (
    "FROM SENDER RETURN-PATH AUTO-SUBMITTED PRECEDENCE X-AUTOREPLY LIST-ID SUBJECT "
    "AUTHENTICATION-RESULTS IN-REPLY-TO REFERENCES"
)
_MOST_LOOKED_AT = 200  # messages of one look


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """An unread message: its number in the folder, its size in bytes, its head."""

    uid: str
    size: int
    head: EmailMessage

    def field(self, name: str) -> str:
        """Return the values of a field of the head as one text.

        Empty if it is missing, or so broken that the library's parser fails over it.
        """
        try:
            return " ".join(str(value) for value in self.head.get_all(name, []))
        except Exception:  # noqa: BLE001  # it fails in many ways, and what is broken says nothing
            return ""


class ImapFolder:
    """An opened folder. Every verb may raise ChannelError, whose words hold no password."""

    def __init__(self, server: imaplib.IMAP4) -> None:
        self._server = server

    def unread(self) -> Iterator[Letter]:
        """Yield what is unread, the oldest first."""
        listed = self._answer("search", "UNSEEN")
        uids = [uid for part in listed if isinstance(part, bytes) for uid in part.split()]
        for uid in uids[:_MOST_LOOKED_AT]:
            fields = f"(UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS ({_HEADERS})])"
            for part in self._answer("fetch", uid.decode(), fields):
                if isinstance(part, tuple):
                    size = _SIZE.search(part[0])
                    head = message_from_bytes(part[1], policy=policy.default)
                    assert isinstance(head, EmailMessage)
                    yield Letter(uid=uid.decode(), size=int(size[1]) if size else 0, head=head)

    def octets(self, uid: str) -> bytes:
        """Return the bytes of a message, which stays unread."""
        for part in self._answer("fetch", uid, "(UID BODY.PEEK[])"):
            if isinstance(part, tuple):
                return bytes(part[1])
        raise ChannelError(f"the mail server gave no message {uid}")

    def mark_read(self, uid: str) -> None:
        """Mark a message, so that it is unread no more."""
        self._answer("store", uid, "+FLAGS.SILENT", r"(\Seen)")

    def _answer(self, command: str, *arguments: str) -> list[bytes | tuple[bytes, bytes]]:
        try:
            status, data = self._server.uid(command, *arguments)
        except (imaplib.IMAP4.error, OSError) as fault:
            raise ChannelError(f"the mail server broke off: {type(fault).__name__}") from fault
        if status != "OK":
            raise ChannelError(f"the mail server refused {command}")
        return [part for part in data if part is not None]


@contextmanager
def opened_folder(url: str) -> Iterator[ImapFolder]:
    """Open the folder of `imaps://user:password@host/FOLDER` (imap: without TLS).

    ChannelError if that fails.
    """
    parts = urlsplit(url)
    folder = unquote(parts.path.strip("/")) or "INBOX"
    server = _connected(parts.scheme, parts.hostname or "", parts.port)
    try:
        try:
            server.login(unquote(parts.username or ""), unquote(parts.password or ""))
            status, _ = server.select(_quoted(folder))
        except (imaplib.IMAP4.error, OSError) as fault:
            # its words may quote what was sent
            raise ChannelError("the mail server refused user, password or folder") from fault
        if status != "OK":
            raise ChannelError("the mail server has no such folder")
        yield ImapFolder(server)
    finally:
        try:
            server.logout()
        except (imaplib.IMAP4.error, OSError):
            server.shutdown()


def _connected(scheme: str, host: str, port: int | None) -> imaplib.IMAP4:
    try:
        if scheme == "imaps":
            context = ssl.create_default_context()
            return imaplib.IMAP4_SSL(
                host, port or _PORT_OF_TLS, ssl_context=context, timeout=_TIMEOUT
            )
        return imaplib.IMAP4(host, port or _PORT, timeout=_TIMEOUT)
    except (imaplib.IMAP4.error, OSError) as fault:
        raise ChannelError(f"the mail server cannot be reached: {type(fault).__name__}") from fault


def _quoted(folder: str) -> str:
    """Return a folder's name as the protocol wants it, quoted.

    In its own UTF-7 (RFC 3501, 5.1.3).
    """
    coded = re.sub(r"[^\x20-\x7e]+", _as_utf7, folder.replace("&", "&-"))
    escaped = coded.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _as_utf7(found: re.Match[str]) -> str:
    coded = found[0].encode("utf-7").decode().strip("+-")
    return f"&{coded.replace('/', ',')}-"
