"""A ping to a dead man's switch (Healthchecks and the like): someone else notices when it stops."""

from __future__ import annotations

from enum import StrEnum
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

_TIMEOUT = 10.0  # seconds


class Beat(StrEnum):
    """What is appended to the URL's path (healthchecks.io/docs/http_api)."""

    START = "/start"
    SUCCESS = ""
    FAIL = "/fail"


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """A ping is not led elsewhere."""


def ping(url: str, beat: Beat, timeout: float = _TIMEOUT) -> str:
    """Empty if the peer answered well, else why not, without the URL."""
    parts = urlsplit(url)
    address = urlunsplit(parts._replace(path=parts.path.rstrip("/") + beat.value))
    try:
        with build_opener(_Stay).open(Request(address, headers={"User-Agent": "notifier"}), timeout=timeout) as answer:  # noqa: S310  # the config takes http and https alone
            answer.read(1_000)
    except HTTPError as fault:
        return f"HTTP {fault.code}"
    except (URLError, OSError, ValueError) as fault:
        return f"not reachable: {type(getattr(fault, 'reason', fault)).__name__}"
    return ""
