"""The answers of a peer.

Apprise reports success or failure alone; the answer decides what to do next.
"""

from __future__ import annotations

import io
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import requests
import urllib3.util.connection

from notifier.channels.deadline import AttemptDeadline, watch

_MOST = 65_536  # bytes of an answer that are read
_LONGEST_CONNECT = 10.0  # seconds


@dataclass(frozen=True, kw_only=True)
class CapturedAnswer:
    """Header names are in small letters; `body` is whatever of it arrived."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Lost:
    """No answer. `handed_over`: the request's body had begun to leave, so the peer may have it."""

    fault: str
    handed_over: bool


Step = CapturedAnswer | Lost


@dataclass(kw_only=True)
class Exchange:
    """The requests of one attempt and what came back, in their order."""

    deadline: AttemptDeadline
    steps: list[Step] = field(default_factory=list)
    handed_over: bool = False


_active: ContextVar[Exchange | None] = ContextVar("exchange", default=None)
_plain_send = requests.Session.send
_plain_connect = urllib3.util.connection.create_connection


class _Body(io.BytesIO):
    """A request's body that tells when it begins to leave.

    That is not before the connection, encrypted or not, is there.
    """

    def __init__(self, content: bytes, exchange: Exchange) -> None:
        super().__init__(content)
        self._exchange = exchange

    def read(self, size: int | None = -1, /) -> bytes:
        self._exchange.handed_over = True
        return super().read(size)


def _send(
    session: requests.Session, request: requests.PreparedRequest, **options: Any
) -> requests.Response:
    exchange = _active.get()
    if exchange is None:
        return _plain_send(session, request, **options)
    left = exchange.deadline.left()
    options |= {
        "stream": True,
        "timeout": (min(left, _LONGEST_CONNECT), left),
        "allow_redirects": False,
    }
    body = request.body
    if isinstance(body, str | bytes):
        request.body = _Body(body.encode() if isinstance(body, str) else body, exchange)
    exchange.handed_over = body is not None and not isinstance(body, str | bytes)
    # first of the hooks, for requests itself reads the whole of a redirection's body
    request.hooks["response"].insert(0, _read)
    try:
        if not left:
            raise requests.ConnectTimeout("no time left")
        response = _plain_send(session, request, **options)
    except requests.RequestException as fault:
        exchange.steps.append(Lost(fault=type(fault).__name__, handed_over=exchange.handed_over))
        raise
    headers = {name.lower(): value for name, value in response.headers.items()}
    exchange.steps.append(
        CapturedAnswer(status=response.status_code, headers=headers, body=response.content)
    )
    return response


def _read(response: requests.Response, **_: Any) -> None:
    """The body, within bounds.

    A refusal is one, however its body ends; an acceptance may have been more than that.
    """
    body = b""
    try:
        for chunk in response.iter_content(4_096):
            body += chunk
            if len(body) > _MOST:
                raise requests.exceptions.ContentDecodingError("the answer is too long")
        exchange = _active.get()
        if exchange is not None and not exchange.deadline.left():
            # which looks like the end of the headers, or of the body
            raise requests.ReadTimeout("the line was cut")
    except requests.RequestException:
        response.close()
        if response.status_code < 300:
            raise
    response._content = body
    response._content_consumed = True


def _connect(*args: Any, **options: Any) -> socket.socket:
    line = _plain_connect(*args, **options)
    watch(line)
    return line


# the two places where an answer and a line can be seen
requests.Session.send = _send  # type: ignore[method-assign,assignment]  # the same signature, less strictly typed
urllib3.util.connection.create_connection = _connect


@contextmanager
def exchange(deadline: AttemptDeadline) -> Iterator[Exchange]:
    """Everything that `requests` does inside ends by the deadline and is kept."""
    exchange = Exchange(deadline=deadline)
    token = _active.set(exchange)
    try:
        yield exchange
    finally:
        _active.reset(token)
