"""What the peer really answered. Apprise reports success or failure alone; the answer decides what to do next."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import requests

_MOST = 65_536  # bytes of an answer that are read
_active: ContextVar[Exchange | None] = ContextVar("exchange", default=None)
_plain_send = requests.Session.send


@dataclass(kw_only=True)
class Exchange:
    """The requests of one attempt: the last answer, or how the last request failed."""

    deadline: float
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    fault: Exception | None = None
    handed_over: bool = False


def _send(session: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
    exchange = _active.get()
    if exchange is None:
        return _plain_send(session, request, **options)
    left = exchange.deadline - time.monotonic()
    if left <= 0:
        exchange.fault = requests.Timeout("no time left")
        raise exchange.fault
    options |= {"stream": True, "timeout": (min(left, 10), left), "allow_redirects": False}
    try:
        response = _plain_send(session, request, **options)
        # a peer that dribbles its answer keeps every single read alive: the whole is bounded here
        body = b""
        for chunk in response.iter_content(4_096):
            body += chunk
            if len(body) > _MOST or time.monotonic() > exchange.deadline:
                raise requests.Timeout("the answer did not end in time")
    except requests.RequestException as fault:
        exchange.fault = fault
        # a connection that was never made carried nothing
        exchange.handed_over = not isinstance(fault, requests.ConnectTimeout) and not _refused(fault)
        raise
    response._content = body
    exchange.answers.append((response.status_code, {k.lower(): v for k, v in response.headers.items()}, body))
    return response


def _refused(fault: Exception) -> bool:
    """Whether the connection could not even be made (refused, no such name, no route, bad certificate)."""
    if isinstance(fault, requests.exceptions.SSLError):
        return True
    names = {type(one).__name__ for one in _causes(fault)}
    return bool(names & {"NewConnectionError", "NameResolutionError", "ConnectTimeoutError", "ConnectionRefusedError"})


def _causes(fault: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = [fault]
    while seen:
        one = seen.pop()
        yield one
        more = [one.__cause__, getattr(one, "reason", None), *one.args]
        seen += [other for other in more if isinstance(other, BaseException) and other is not one]


requests.Session.send = _send  # type: ignore[method-assign,assignment]  # the one place where an answer can be seen


@contextmanager
def exchange(timeout: float) -> Iterator[Exchange]:
    """Everything that `requests` does inside is bounded by `timeout` seconds and kept."""
    one = Exchange(deadline=time.monotonic() + timeout)
    token = _active.set(one)
    try:
        yield one
    finally:
        _active.reset(token)
