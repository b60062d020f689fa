"""Messages in, outcomes out. Nobody else knows Apprise; the only network."""

from __future__ import annotations

import logging
import re
import sys
from typing import TextIO

from notifier.errors import ChannelError
from notifier.ports import Channel

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_NOISY = ("apprise", "urllib3", "requests", "charset_normalizer")


def open_channel(
    name: str, url: str, *, timeout: float = 20, endpoint: str = "", stream: TextIO | None = None
) -> Channel:
    """The channel that `url` names. ChannelError, without the URL's secrets, if there is none.

    `{to}` in the URL is replaced by each recipient's address. `timeout` in seconds bounds one attempt;
    `endpoint` replaces the host of WeCom's and Telegram's API (a gateway).
    """
    if scheme_of(name, url) == "console":
        from notifier.channels.console import ConsoleChannel

        return ConsoleChannel(name, stream or sys.stdout)
    quiet_libraries()
    from notifier.channels.apprise_channel import AppriseChannel

    return AppriseChannel(name, url, timeout=timeout, endpoint=endpoint)


def scheme_of(name: str, url: str) -> str:
    found = _SCHEME.match(url)
    if found is None:
        raise ChannelError(f"channels.{name}.url: this is no URL: expected such as wecombot://KEY or mailto://...")
    return found[1].lower()


def describe(url: str) -> str:
    """What may be shown of a channel's URL: its scheme."""
    found = _SCHEME.match(url)
    return f"{found[1].lower()}://****" if found else "****"


def quiet_libraries() -> None:
    """Apprise and urllib3 print keys and tokens at DEBUG, and keys that they find invalid at WARNING."""
    for name in _NOISY:
        logger = logging.getLogger(name)
        logger.setLevel(logging.CRITICAL + 1)
        logger.propagate = False
