"""A ping to a dead man's switch (Healthchecks and the like): someone else notices when it stops."""

from __future__ import annotations

import contextlib
from enum import StrEnum
from urllib.parse import urlsplit, urlunsplit

_TIMEOUT = 10.0  # seconds


class Beat(StrEnum):
    """What is appended to the URL's path (healthchecks.io/docs/http_api)."""

    START = "/start"
    SUCCESS = ""
    FAIL = "/fail"


def ping(url: str, beat: Beat, timeout: float = _TIMEOUT) -> str:
    """Empty if the peer answered well within `timeout` seconds, else why not, without the URL. Never raises."""
    import requests  # 0.1 s to import, and only who has a heartbeat needs it

    from notifier.channels.capture import Answer, exchange
    from notifier.channels.deadline import deadline

    try:
        parts = urlsplit(url)
        address = urlunsplit(parts._replace(path=parts.path.rstrip("/") + beat.value))
        with deadline(timeout) as until, exchange(until) as done, contextlib.suppress(requests.RequestException):
            requests.get(address, headers={"User-Agent": "notifier"}, timeout=timeout)
    except ValueError as fault:  # no URL, or one that cannot be encoded
        return f"not reachable: {type(fault).__name__}"
    answer = done.steps[-1] if done.steps else None
    if answer is None:
        return "not reachable: InvalidURL"
    if not isinstance(answer, Answer):
        return f"not reachable: {answer.fault}"
    return "" if answer.status < 300 else f"HTTP {answer.status}"
