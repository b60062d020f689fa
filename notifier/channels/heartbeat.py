"""A ping to a dead man's switch (Healthchecks and the like): someone else notices when it stops."""

from __future__ import annotations

import contextlib
import json
import re
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

if TYPE_CHECKING:
    from notifier.channels.capture import CapturedAnswer

_TIMEOUT = 10.0  # seconds

# Healthchecks answers 200 "OK" and, without having noted anything, 200 "OK (not found)" or "OK
# (rate limited)" (healthchecks.io/docs/http_api, github.com/bdd/runitor/issues/66)
_NOT_NOTED = re.compile(
    r"not[ _]?found|rate[ -]?limit|too many|unknown|invalid|no such|does ?n[o']t "
    r"exist|expired|disabled|paused"
    r"|error|denied|forbidden|unauthori[sz]ed",
    re.IGNORECASE,
)
_PAGE = re.compile(rb"\s*<(!doctype|html|head|body|script)", re.IGNORECASE)
_QUOTED = 80  # characters


class Beat(StrEnum):
    """A word that is appended to the URL's path (healthchecks.io/docs/http_api)."""

    START = "/start"
    SUCCESS = ""
    FAIL = "/fail"


def ping(url: str, beat: Beat, timeout: float = _TIMEOUT) -> str:
    """Ping the peer; return why it may not have noted that, without the URL.

    Empty if it said so within `timeout` seconds. Never raises.
    """
    import requests  # 0.1 s to import, and only who has a heartbeat needs it

    from notifier.channels.capture import CapturedAnswer, exchange
    from notifier.channels.deadline import deadline

    try:
        parts = urlsplit(url)
        address = urlunsplit(parts._replace(path=parts.path.rstrip("/") + beat.value))
        with (
            deadline(timeout) as until,
            exchange(until) as done,
            contextlib.suppress(requests.RequestException),
        ):
            requests.get(address, headers={"User-Agent": "notifier"}, timeout=timeout)
    except ValueError as fault:  # no URL, or one that cannot be encoded
        return f"not reachable: {type(fault).__name__}"
    answer = done.steps[-1] if done.steps else None
    if answer is None:
        return "not reachable: InvalidURL"
    if not isinstance(answer, CapturedAnswer):
        return f"not reachable: {answer.fault}"
    return _doubt(answer, url) if answer.status < 300 else f"HTTP {answer.status}"


def _doubt(answer: CapturedAnswer, url: str) -> str:
    """Return the reason why an answer of HTTP 2xx is no yes; empty if it is one."""
    from notifier.channels.verdicts import clean

    if _PAGE.match(answer.body):
        return f"HTTP {answer.status} with a web page: is heartbeat_url the address to ping?"
    text = answer.body.decode("utf-8", "replace")
    flag, words = _read(text)
    if flag is True or (flag is None and not _NOT_NOTED.search(words)):
        return ""
    # it may quote the address, which is one
    secrets = [part for part in re.split(r"[/:@?&=]+", url) if part]
    return f"HTTP {answer.status}, but not noted: {clean(words, secrets)[:_QUOTED]}"


def _read(text: str) -> tuple[bool | None, str]:
    """Return what an answer says: (yes, no or not stated; its words).

    Uptime Kuma's is `{"ok": false, "msg": "..."}`.
    """
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return None, text
    if not isinstance(answer, dict):
        return None, text
    flag = answer.get("ok", answer.get("success"))
    words = " ".join(value for value in answer.values() if isinstance(value, str))
    return (flag if isinstance(flag, bool) else None), words
