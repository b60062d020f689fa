"""Lists of addresses as people write them."""

from __future__ import annotations

import re

_BETWEEN = re.compile(r"[,;\s\uff0c\uff1b\u3001]+")

MAIL_ADDRESS = (
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?"
)


def split_addresses(text: str) -> tuple[str, ...]:
    """Return the addresses in `text`, each once.

    They stand between commas and semicolons of either width, 、 and white space.
    """
    return tuple(dict.fromkeys(part for part in _BETWEEN.split(text) if part))
